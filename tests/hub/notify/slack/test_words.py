"""Every documented word has a meaning, and the meanings that matter most are the right ones."""

from __future__ import annotations

import json

import pytest

from connectors import errors
from hub.notify.slack.words import WEBHOOK_WORDS, WORDS
from tests.architecture.rules import ROOT

FACTS = ROOT.parent / "shared" / "apis" / "specs" / "slack_methods_facts.json"
CALLED = (
    "auth.test",
    "chat.postMessage",
    "chat.update",
    "chat.getPermalink",
    "conversations.history",
    "conversations.replies",
    "users.lookupByEmail",
)


@pytest.mark.skipif(not FACTS.exists(), reason="the collected facts are not beside this checkout")
@pytest.mark.parametrize("method", CALLED)
def test_every_documented_word_of_a_method_is_known(method: str) -> None:
    facts = json.loads(FACTS.read_text(encoding="utf-8"))
    documented = {*facts["common_errors"], *facts["methods"][method]["method_errors"]}
    assert documented - WORDS.keys() == set()


VERDICTS: list[tuple[str, str]] = [
    ("ask", "invalid_auth token_revoked not_authed account_inactive missing_scope ekm_access_denied"),
    ("ask", "org_login_required team_access_not_granted channel_not_found not_in_channel is_archived is_inactive"),
    ("ask", "restricted_action restricted_action_read_only_channel restricted_action_thread_only_channel"),
    ("wait", "ratelimited rate_limited message_limit_exceeded"),
    ("retry", "service_unavailable update_failed external_channel_migrating"),
    ("read", "internal_error fatal_error request_timeout duplicate_message_not_found duplicate_channel_not_found"),
    ("give-up", "invalid_arguments no_text cannot_reply_to_message thread_not_found users_not_found invalid_blocks"),
]


@pytest.mark.parametrize(
    ("word", "verdict"), [(word, verdict) for verdict, words in VERDICTS for word in words.split()]
)
def test_a_word_gives_the_verdict_of_the_facts(word: str, verdict: str) -> None:
    assert WORDS[word].kind.verdict == verdict


WEBHOOK: list[tuple[str, str]] = [
    ("ask", "invalid_token no_service no_active_hooks no_service_id no_team action_prohibited team_disabled"),
    ("ask", "posting_to_general_channel_denied channel_not_found channel_is_archived"),
    ("give-up", "invalid_payload invalid_blocks no_text user_not_found too_many_attachments"),
    ("wait", "rate_limited"),
    ("read", "rollup_error"),
]


@pytest.mark.parametrize(("word", "verdict"), [(word, verdict) for verdict, words in WEBHOOK for word in words.split()])
def test_a_word_of_webhooks_gives_the_verdict_of_the_facts(word: str, verdict: str) -> None:
    assert WEBHOOK_WORDS[word].kind.verdict == verdict


def test_every_word_has_a_next_step_and_an_error_of_the_closed_set() -> None:
    meanings = [*WORDS.values(), *WEBHOOK_WORDS.values()]
    assert all(one.hint.endswith(".") and one.kind in errors.ALL for one in meanings)
