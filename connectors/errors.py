"""What can go wrong with a tool: a closed set, each failure with a verdict, a place and a next step.

The verdict says what may be done without asking anyone:

* ``retry``: the same request again, soon; the tool was not well.
* ``wait``: the same request at `retry_at`; a quota is used up.
* ``read``: nobody knows whether it happened; read the tool before anything else.
* ``give-up``: the same request will fail the same way; the operation is over, others may go on.
* ``ask``: a person must change something (credentials, entitlement, configuration) before any request helps.
"""

from __future__ import annotations

from typing import ClassVar, Literal

Verdict = Literal["retry", "wait", "read", "give-up", "ask"]


class ToolError(Exception):
    """Base of the closed set. `message` says what the tool said, `hint` what to do; neither holds a secret."""

    verdict: ClassVar[Verdict] = "give-up"
    default_hint: ClassVar[str] = "See the tool's message."

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        place: str = "",
        status: int = 0,
        request_id: str = "",
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint or self.default_hint
        self.place = place
        """The request, as "PUT /tracking-plans/tp_1/rules", or the setting at fault."""
        self.status = status
        """HTTP status, 0 when there was no answer."""
        self.request_id = request_id
        self.retry_after = retry_after
        """Seconds, when the tool said so."""

    def __str__(self) -> str:
        where = f"{self.place}: " if self.place else ""
        answer = f" (HTTP {self.status})" if self.status else ""
        return f"{where}{self.message}{answer}. {self.hint}"


class Unauthorized(ToolError):
    """The credentials are missing, wrong, expired, or belong to another region or project."""

    verdict = "ask"
    default_hint = "Check the target's credentials and region, then run `hub connect` to test them."


class NotEntitled(ToolError):
    """The credentials are right, but the plan, role or add-on that the request needs is missing."""

    verdict = "ask"
    default_hint = "Ask the workspace's owner for the role or product this needs."


class Misconfigured(ToolError):
    """The target's settings do not fit the tool: an unknown plan id, another region's host, a redirect."""

    verdict = "ask"
    default_hint = "Correct the target's settings in hub.toml."


class NotFound(ToolError):
    """The addressed thing is not there, or not visible to these credentials."""


class Conflict(ToolError):
    """The tool already holds something else there. Settled by reading and comparing."""

    default_hint = "Read the tool again; if it holds what was wanted, all is well."


class Invalid(ToolError):
    """The tool refuses the content."""

    default_hint = "Change the plan so that the tool accepts it; `hub check` lists each tool's limits."


class TooLarge(ToolError):
    """The request is larger than the tool accepts."""

    default_hint = "Split or shorten the entry."


class RateLimited(ToolError):
    """The tool's quota is used up. Nothing was applied."""

    verdict = "wait"
    default_hint = "The run waits and goes on by itself."


class Unavailable(ToolError):
    """No answer, or a 5xx, to a request that changes nothing or may be repeated."""

    verdict = "retry"
    default_hint = "Try again later; nothing was lost."


class UnknownOutcome(ToolError):
    """The answer to a write was lost: it may have happened."""

    verdict = "read"
    default_hint = "The hub reads the tool back before it goes on."


class BadAnswer(ToolError):
    """The answer is not what the API promises: HTML, cut JSON, another shape."""

    verdict = "retry"
    default_hint = "If it stays so, something stands between the hub and the tool (proxy, login page, wrong base_url)."


ALL: tuple[type[ToolError], ...] = (
    Unauthorized,
    NotEntitled,
    Misconfigured,
    NotFound,
    Conflict,
    Invalid,
    TooLarge,
    RateLimited,
    Unavailable,
    UnknownOutcome,
    BadAnswer,
)
