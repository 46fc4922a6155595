"""What a Slack destination is told, and what the kind says of it."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from pydantic import ValidationError

from hub.notify.slack import KIND
from tests.hub.notify.slack.bench import Bench

TOKEN = {"token": "xoxb-s3cret", "channel": "C0TRACK01"}
HOOK = {"webhook_url": "https://hooks.slack.com/services/T0/B0/s3cret"}

WRONG: list[tuple[dict[str, Any], str]] = [
    ({}, "either token"),
    ({**TOKEN, **HOOK}, "either token"),
    ({"token": "xoxb-s3cret"}, "channel is missing"),
    ({**TOKEN, "channel": "#general"}, "channel"),
    ({**TOKEN, "channel": "U0ADA0001"}, "channel"),
    ({**TOKEN, "people": {"Ada": "@ada"}}, "people.Ada"),
    ({**TOKEN, "chanel": "C1"}, "chanel"),
    ({**HOOK, "channel": "C0TRACK01"}, "remove channel"),
    ({**HOOK, "signing_secret": "s3cret"}, "remove signing_secret"),
    ({**HOOK, "base_url": "http://x"}, "remove base_url"),
]


@pytest.mark.parametrize(("values", "words"), WRONG)
def test_what_does_not_fit_is_said_without_the_secret(values: Any, words: str) -> None:
    with pytest.raises(ValidationError) as caught:
        KIND.settings.model_validate(values)
    assert words in str(caught.value) and "s3cret" not in str(caught.value)


ABILITIES: list[tuple[dict[str, Any], set[str]]] = [
    (TOKEN, {"edit", "thread", "mentions"}),
    ({**TOKEN, "signing_secret": "x"}, {"edit", "thread", "mentions", "buttons"}),
    (HOOK, {"mentions"}),
]


@pytest.mark.parametrize(("values", "abilities"), ABILITIES)
def test_a_road_can_do_so_much(values: Any, abilities: set[str]) -> None:
    assert KIND.abilities(KIND.settings.model_validate(values)) == abilities


def test_an_account_is_a_credential_that_it_does_not_show() -> None:
    accounts = [KIND.account(KIND.settings.model_validate(one)) for one in (TOKEN, {**TOKEN, "channel": "C2AA"}, HOOK)]
    assert accounts[0] == accounts[1] != accounts[2] and "s3cret" not in "".join(accounts)


@pytest.mark.parametrize("values", [TOKEN, HOOK])
def test_a_channel_takes_one_message_a_second(values: Any) -> None:
    first, *_ = KIND.windows(KIND.settings.model_validate(values))
    assert (first.limit, first.seconds) == (1, 1)


def test_channels_of_one_account_have_windows_of_their_own_and_share_the_others() -> None:
    one, other = (
        {window.name for window in KIND.windows(KIND.settings.model_validate({**TOKEN, "channel": channel}))}
        for channel in ("C0AAA", "C0BBB")
    )
    assert len(one ^ other) == 2 and {"chat.postMessage", "chat.update", "conversations.history"} <= one & other


def test_the_sandbox_is_slacks() -> None:
    assert KIND.sandbox is not None and KIND.sandbox().tool == KIND.kind == "slack"


def test_describing_a_destination_loads_nothing_that_talks() -> None:
    heavy = "['httpx', 'tenacity', 'hub.notify.slack.channel', 'hub.notify.slack.sandbox']"
    code = f"import sys, hub.notify.slack; print([one for one in {heavy} if one in sys.modules])"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


def test_a_closed_channel_may_be_closed_again() -> None:
    channel = Bench().connect()
    channel.close()
    channel.close()
