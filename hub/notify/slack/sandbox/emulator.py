"""A stateful local emulator of Slack, strict where the service is, adjustable where it is unknown."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import ClassVar
from urllib.parse import unquote

from connectors.sandbox import Clock, Request, Response, Sandbox
from hub.notify.slack.sandbox.edits import make_edit
from hub.notify.slack.sandbox.limits import Limits
from hub.notify.slack.sandbox.methods import METHODS, Method
from hub.notify.slack.sandbox.page import draw_page
from hub.notify.slack.sandbox.scheduled import send_due
from hub.notify.slack.sandbox.state import JSON, Refusal, demo_workspace
from hub.notify.slack.sandbox.webhooks import Post, answer_response_url, answer_webhook
from hub.notify.slack.sandbox.wire import Call, check_scope, check_token, read_request, refused, succeeded


class SlackSandbox(Sandbox):
    """One workspace with one installed app. Serves `/api/<method>`, `/services/…` and `/actions/…` (response_url).

    `edit` takes ``{"do": verb, ...}``; a `channel` is an id or a name.

    * ``post`` (`channel`, `user`, `text`), ``reply`` (and `thread_ts`; `broadcast`): as a person; both tell the `ts`;
    * ``edit_message`` (`channel`, `ts`, `text`), ``delete_message``, ``lock_thread`` (`channel`, `ts`): of anybody;
    * ``add_channel`` (`name`, `private`, `id`; `bot` false keeps the bot out), ``delete_channel``, ``archive``,
      ``unarchive``, ``remove_bot``, ``invite_bot`` (`channel`);
    * ``restrict`` (`channel`, `rule`: read-only (default), restricted, thread-only, non-threadable, "" for none);
    * ``add_user`` (`name`, `email`, `real_name`, `id`), ``deactivate_user`` (`user`);
    * ``token`` (`state`: active, revoked, expired, inactive), ``revoke_token``; ``remove_scope``, ``add_scope``
      (`scope`); ``edit_window`` (`seconds`; None for ever);
    * ``webhook`` (`state`: active, removed, disabled, revoked, prohibited, general-denied, team-disabled,
      creator-left), ``remove_webhook``;
    * ``click`` (`channel`, `ts`, `action_id`, `user`; `to`, `base_url`, `mode`): answers with the request that Slack
      would send, `url` (what `to` says), `method`, `headers`, `body`, and sends nothing. Modes: normal,
      wrong-signature, stale, bad-timestamp, double (the same click again under `second`). The response_url inside
      starts with `base_url` (default: the vendor's host).

    Moods: ``commit-500``, ``commit-internal-error``, ``commit-fatal-error`` (done, then reported as failed),
    ``half-page`` and ``empty-list`` (history and replies). `dump` leaves out rate windows, nothing else.
    """

    tool = "slack"

    SWITCHES: ClassVar[Mapping[str, Sequence[JSON]]] = {
        # Getting in (apis/slack.md section 1).
        "revoked_word": ("token_revoked", "account_inactive", "invalid_auth"),
        "api_test_token": ("optional", "needed"),
        "json_reads": ("ignored", "parsed"),
        "nested_json_text": ("refuse", "accept"),  # blocks as JSON text inside a JSON body
        "mixed_arguments": ("refuse", "merge"),
        "get_writes": ("refuse", "accept"),
        "charset_warnings": ("on", "off"),
        "customize_without_scope": ("missing_scope", "ignored"),
        # Limits (section 2).
        "limits": ("on", "off"),
        "burst": (25, 1, 3, 5, 10, 50),  # messages in one channel
        "workspace_per_minute": (300, 100, 600),  # messages in all channels
        "special_per_minute": (300, 100, 600),  # calls of methods with "special" limits
        "post_overrun": ("status", "word"),  # 429, or 200 with rate_limited
        "history_tier": ("internal", "restricted"),
        "blocks_total": (12_000, 8_000, 11_000, 13_200),  # characters
        "metadata_bytes": (8_000, 2_000, 16_000),
        "big_limit": ("clamp", "refuse"),
        # Messages (sections 4 and 5).
        "text_rewrite": ("on", "off"),
        "plain_text": ("as-sent", "escaped"),
        "metadata": ("kept", "dropped", "refused"),
        "metadata_schema": ("strict", "lenient"),
        "client_msg_id": ("ignored", "returns-first", "refuses"),
        "reply_to_reply": ("refuse", "loose"),
        "edited_with_blocks": ("hidden", "stored"),
        "deleted_parent": ("tombstone", "gone"),
        # Reading back (sections 3.3 and 6).
        "history_delay": (0, 1, 2, 5, 10, 15, 30, 60),  # seconds until a message shows
        "short_pages": ("full", "half"),
        "last_cursor": ("empty", "absent"),
        "parent_on_pages": ("first", "every"),
        "private_outsider": ("channel_not_found", "not_in_channel"),
        # Incoming webhooks (section 3.1).
        "loose_statuses": (0, 200, 400, 403, 404, 500),  # for words without a fixed one; 0: as reported
        "webhook_unescaped": ("refuse", "accept"),
        "webhook_metadata": ("dropped", "kept"),
    }

    def __init__(self, *, clock: Clock = time.time, switches: Mapping[str, JSON] | None = None) -> None:
        super().__init__(clock=clock, switches=switches)
        self._workspace = demo_workspace()
        self._limits = Limits(self.switches)

    def demo_credentials(self) -> Mapping[str, str]:
        """As settings name them; `webhook_path` goes after the server's address."""
        hook, team = self._workspace.webhook, self._workspace.team
        return {
            "token": self._workspace.token["value"],
            "channel": "C0TRACK01",
            "webhook_path": f"/services/{team['id']}/{hook['id']}/{hook['secret']}",
            "signing_secret": self._workspace.signing_secret,
        }

    def respond(self, request: Request) -> Response:
        send_due(self._workspace, self.clock())
        first = request.segments[0] if request.segments else ""
        if first not in ("services", "actions", "api"):
            return Response(404, b"<!doctype html><title>Not found</title>", {"content-type": "text/html"})
        if first == "api":
            return self._afterwards(self._answer_method(request), "internal_error")
        post = Post(self._workspace, request, self._limits, self.switches, self.clock())
        answer = answer_webhook(post) if first == "services" else answer_response_url(post)
        return self._afterwards(answer, "rollup_error")

    def edit(self, change: JSON) -> JSON:
        return make_edit(self._workspace, change, self.clock())

    def dump(self) -> JSON:
        return self._workspace.dump()

    def load(self, state: JSON) -> None:
        self._workspace.load(state)
        self._limits = Limits(self.switches)

    def page(self) -> str:
        return draw_page(self._workspace)

    def _answer_method(self, request: Request) -> Response:
        try:
            return self._called(request)
        except Refusal as refusal:
            return refused(refusal)

    def _called(self, request: Request) -> Response:
        name = unquote(request.path.removeprefix("/api/"))
        method = METHODS.get(name)
        if method is None:
            raise Refusal("unknown_method")
        if request.method == "GET" and method.writes and not method.public and self.switch("get_writes") == "refuse":
            raise Refusal("invalid_post_type")
        call = self._admitted(request, name, method)
        return succeeded(method.answer(call), call.warnings)

    def _admitted(self, request: Request, name: str, method: Method) -> Call:
        """The call, once encoding, token, rate and scope are in order."""
        arrived = read_request(request, method.writes, self.switches)
        if not method.public or self.switch("api_test_token") == "needed":
            check_token(request, arrived, self._workspace, self.switches)
        now = self.clock()
        self._limits.count_call(name, method.tier, now)
        check_scope(self._workspace, *method.scopes)
        warnings = list(arrived.warnings) if self.switch("charset_warnings") == "on" else []
        return Call(
            self._workspace, arrived.arguments, arrived.typed, self.switches, self.mood, now, self._limits, warnings
        )

    def _afterwards(self, answer: Response, word: str) -> Response:
        """The answer, unless the chassis put the sandbox in the mood to deny what it has done."""
        if self.mood == "commit-500" and word == "rollup_error":
            return Response(500, word.encode(), {"content-type": "text/html"})
        if self.mood == "commit-500":
            return Response(500, b"<!doctype html><title>Server error</title>", {"content-type": "text/html"})
        if self.mood in ("commit-internal-error", "commit-fatal-error"):
            return refused(Refusal(self.mood.removeprefix("commit-").replace("-", "_")))
        return answer
