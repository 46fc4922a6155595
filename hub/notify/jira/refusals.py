"""How Jira says no, and what to do about it (apis/jira.md sections 2, 3 and 6). Only here are its errors read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from connectors import errors
from connectors.http import Answer

RIGHTS = (
    "Give the account the rights Browse projects, Create issues, Edit issues, Add comments, Link issues, Assign issues "
    "and Transition issues in the project."
)
CREDENTIALS = (
    "Check email and api_token (Cloud) or pat (Data Center) of the destination. A scoped token works only at the "
    "gateway: then base_url is https://api.atlassian.com/ex/jira/ and the cloud id."
)
ANEW = "`hub notifications retry ID --anew` tells it again in a new issue."
FULL = "Remove comments or links from the issue in Jira, then run `hub notifications retry ID`."
CAPTCHA = "Log in once in a browser as that account and solve the CAPTCHA, or use a personal access token."
BASE_URL = "Correct base_url of the destination: the site's address with its context path, if it has one."


class RefusedFields(errors.Invalid):
    """Jira refuses an issue because of some of its fields. `fields`: what it says, by the field's id."""

    default_hint = "Correct the destination's settings, or the project's screens in Jira."
    fields: Mapping[str, str]


class Reading(NamedTuple):
    """What a status means: the error, its words when Jira gives none, and the next step ("": the error's own)."""

    kind: type[errors.ToolError]
    words: str
    hint: str = ""


READINGS: dict[int, Reading] = {
    400: Reading(errors.Invalid, "Jira refuses the request", RefusedFields.default_hint),
    401: Reading(errors.Unauthorized, "Jira does not accept the credentials", CREDENTIALS),
    403: Reading(errors.NotEntitled, "the account may not do this", RIGHTS),
    404: Reading(errors.NotFound, "Jira holds nothing there, or hides it from this account", ANEW),
    408: Reading(errors.Unavailable, "Jira took too long"),
    409: Reading(errors.Conflict, "somebody else is changing the issue at this moment"),
    410: Reading(errors.Misconfigured, "this Jira has removed the address", "Update the hub: it asks in an old way."),
    413: Reading(errors.TooLarge, "the issue has reached one of Jira's limits", FULL),
    422: Reading(errors.Misconfigured, "the project's configuration stands against it", "Ask Jira's administrator."),
    429: Reading(errors.RateLimited, "too many requests"),
}

REASONS = {
    "jira-burst-based": "too many requests at once",
    "jira-per-issue-on-write": "too many writes to one issue",
    "jira-quota-global-based": "the hour's quota, shared by all sites, is used up",
    "jira-quota-tenant-based": "the hour's quota of this site is used up",
}
"""The header RateLimit-Reason in words (section 2)."""
HOUR = 3_600.0
PROBE = "/serverInfo"
"""Asked to learn whether a Jira is there at all: any "not found" is an answer to that."""


def explain(answer: Answer, now: float) -> errors.ToolError | None:
    """The error that a refusal is; None for what the plain reading of the status tells as well."""
    reading = READINGS.get(answer.status)
    if answer.status == 403 and "x-authentication-denied-reason" in answer.headers:
        reading = Reading(errors.Unauthorized, "Jira wants a CAPTCHA solved after wrong passwords", CAPTCHA)
    if answer.status == 404 and _is_page(answer) and not answer.place.endswith(PROBE):
        # Jira itself says so in JSON: this is something in front of it, which may be better in a moment.
        reading = Reading(errors.BadAnswer, "a web page came instead of Jira's answer", BASE_URL)
    if 300 <= answer.status < 400:
        reading = Reading(errors.Misconfigured, "Jira redirects to another address", BASE_URL)
    if answer.status == 429:
        return _too_many(answer, now)
    if reading is None:
        return None
    general, fields = told(answer)
    if fields and reading.kind is errors.Invalid:
        return _refused_fields(answer, general, fields)
    return answer.error(reading.kind, _sentence(general, fields) or reading.words, hint=reading.hint)


def _too_many(answer: Answer, now: float) -> errors.ToolError:
    reason = answer.headers.get("ratelimit-reason", "").strip()
    words = REASONS.get(reason) or _sentence(*told(answer)) or READINGS[429].words
    return answer.error(errors.RateLimited, words, retry_after=_pause(answer, reason, now))


def _pause(answer: Answer, reason: str, now: float) -> float | None:
    """Seconds to wait where Retry-After does not tell: until the reset, or for an hour's quota until the full hour."""
    if answer.headers.get("retry-after"):
        return None
    reset = moment(answer.headers.get("x-ratelimit-reset", ""))
    if reset is not None:
        return max(reset - now, 0.0)
    return HOUR - now % HOUR if reason.startswith("jira-quota") else None


def moment(text: str) -> float | None:
    """Seconds since the epoch of a time as Jira writes it ("2021-01-17T12:34:00.000+0000"); None for anything else."""
    try:
        return datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError):
        return None


def _refused_fields(answer: Answer, general: list[str], fields: Mapping[str, str]) -> RefusedFields:
    error = answer.error(RefusedFields, _sentence(general, fields))
    assert isinstance(error, RefusedFields)
    error.fields = fields
    return error


def told(answer: Answer) -> tuple[list[str], dict[str, str]]:
    """What a body says: general messages, and messages by field. Nothing of a web page."""
    if _is_page(answer):
        return [], {}
    try:
        body = answer.json()
    except errors.BadAnswer:
        return [text] if (text := " ".join(answer.text.split())[:300]) else [], {}
    if not isinstance(body, Mapping):
        return [], {}
    listed, fields = body.get("errorMessages"), body.get("errors")
    general = [*(listed if isinstance(listed, list) else []), body.get("message"), body.get("errorMessage")]
    named = {str(name): str(text) for name, text in fields.items()} if isinstance(fields, Mapping) else {}
    return [str(one) for one in general if one], named


def _is_page(answer: Answer) -> bool:
    return "html" in answer.headers.get("content-type", "") or answer.content.lstrip()[:1] == b"<"


def _sentence(general: list[str], fields: Mapping[str, str]) -> str:
    return "; ".join([*general, *(f"{name}: {text}" for name, text in fields.items())])[:500]


def anonymous(account: Any) -> errors.ToolError:
    """The error for an answer that was given to nobody: Jira ignored the credentials, so it hides everything."""
    said = f"it sees {account!r}" if account else "it sees nobody"
    return errors.Unauthorized(f"Jira ignores the credentials: {said}", hint=CREDENTIALS)
