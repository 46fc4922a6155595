"""Requests to Amplitude's Taxonomy API, and the reading of its refusals. Facts: apis/amplitude.md section 3."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from connectors import errors
from connectors.amplitude.cost import READ, WRITE
from connectors.amplitude.settings import AmplitudeSettings
from connectors.contract import Wiring
from connectors.http import Answer, ToolClient, path
from connectors.settings import reveal
from mappings.amplitude.documents import EVENT_PROPERTY, SHARED_PROPERTY
from mappings.canonical.kinds import JSON
from mappings.contract import Address

EVENTS_LIST: Final = "/api/2/events/list"
"""The neighbour that tells which events were ingested (section 1)."""

_COLLECTIONS: Final = re.compile(r"\w+ /api/2/taxonomy/(category|event|event-property|user-property)")
_KEYS_HINT: Final = (
    "Check api_key, secret_key and region; with several environments only the first one's keys work. "
    "Then run `hub connect` to test them."
)
_ENTITLED_HINT: Final = (
    "Ask Amplitude for access to the Taxonomy API, and see that base_url, if set, is the right host."
)

REFUSALS: Final[tuple[tuple[str, type[errors.ToolError], str], ...]] = (
    (
        r"Account Properties feature is not enabled",
        errors.NotEntitled,
        "Group properties need the Accounts add-on: buy it, or set `groups = false` in the target's settings.",
    ),
    (
        r"feature is not enabled",
        errors.NotEntitled,
        "Classifications need Data Access Controls: switch them on, or set `classifications = false`.",
    ),
    (
        r"schema .*not initiali[sz]ed",
        errors.Misconfigured,
        "Initialise the project's schema in Amplitude Data once, by hand.",
    ),
    (r"for an overridden", errors.Invalid, "Classifications are set on the shared property only."),
    (
        r"not in schema|does not exist|^Not found$",
        errors.NotFound,
        "It may be deleted, or ingested without being planned: look at it in Amplitude, add it to the plan there.",
    ),
    (
        r"(is|was) live\b",
        errors.Invalid,
        "Amplitude renames only what has no data yet: publish the new name as a new one, with a tombstone for the old.",
    ),
    (r"already", errors.Conflict, ""),
)
"""The texts of refusals, first match wins (section 3.6): one status has several meanings, and there are no codes."""


class AmplitudeClient:
    """One project's requests. May be used by several threads at once."""

    def __init__(self, settings: AmplitudeSettings, wiring: Wiring) -> None:
        keys = reveal(settings.api_key), reveal(settings.secret_key)
        self._http = ToolClient(settings.host, wiring, basic=keys, secrets=keys, explain=explain)

    def close(self) -> None:
        self._http.close()

    # Reading ------------------------------------------------------------------------------------------------------

    def rows(self, kind: str, **query: str) -> list[JSON]:
        """All rows of one list; there are no pages. `kind` is a path segment, such as "event-property"."""
        return self._list(path("api", "2", "taxonomy", kind), query)

    def ingested(self) -> frozenset[str]:
        """The names of the visible events for which data has arrived."""
        rows = self._list(EVENTS_LIST, {})
        return frozenset(row["value"] for row in rows if isinstance(row, Mapping) and isinstance(row.get("value"), str))

    def one(self, address: Address) -> Mapping[str, JSON]:
        """The row at an address. Raises NotFound."""
        answer = self._http.send("GET", _place(address), units=READ.units, params=selectors(address))
        data = self._envelope(answer).get("data")
        if not isinstance(data, Mapping):
            raise answer.error(errors.BadAnswer, "the answer is not one object")
        return data

    def _list(self, place: str, query: Mapping[str, str]) -> list[JSON]:
        answer = self._http.send("GET", place, units=READ.units, params=query)
        data = self._envelope(answer).get("data")
        if not isinstance(data, list):
            raise answer.error(errors.BadAnswer, "the answer is not a list")
        return data

    # Writing ------------------------------------------------------------------------------------------------------
    #
    # Every write may be sent twice: a second create meets "already exists", a second delete or restore "Not found",
    # and the connector settles both by reading.

    def create(self, kind: str, form: Mapping[str, str]) -> Answer:
        return self._write("POST", path("api", "2", "taxonomy", kind), form)

    def update(self, address: Address, form: Mapping[str, str]) -> Answer:
        return self._write("PUT", _place(address), form)

    def delete(self, address: Address, form: Mapping[str, str]) -> Answer:
        return self._write("DELETE", _place(address), form)

    def restore(self, address: Address) -> Answer:
        return self._write("POST", _place(address) + "/restore", selectors(address))

    def _write(self, method: str, place: str, form: Mapping[str, str]) -> Answer:
        answer = self._http.send(method, place, units=WRITE.units, form=form, repeatable=True)
        if self._envelope(answer).get("success") is not True:
            raise answer.error(errors.BadAnswer, "the answer does not say success")
        return answer

    def _envelope(self, answer: Answer) -> Mapping[str, JSON]:
        """The answer's outer object, {} where it is none. Raises what an answer of 200 may refuse."""
        value = answer.value if isinstance(answer.value, Mapping) else {}
        if value.get("success") is False and (refusal := explain(answer)) is not None:
            refusal.message = self._http.redact(refusal.message)
            raise refusal
        return value


def selectors(address: Address) -> dict[str, str]:
    """The parameters that choose which of several things of one name is meant."""
    if address.kind == EVENT_PROPERTY:
        return {"event_type": address.names[0]}
    return {"group_type": address.names[0]} if address.kind == "group-property" else {}


def resource(kind: str) -> str:
    """The path segment of a kind of address."""
    return EVENT_PROPERTY if kind == SHARED_PROPERTY else kind


def _place(address: Address) -> str:
    return path("api", "2", "taxonomy", resource(address.kind), address.names[-1])


# Refusals ---------------------------------------------------------------------------------------------------------


def explain(answer: Answer) -> errors.ToolError | None:
    """What a refusal means; None where the status says all.

    Also read from an answer of 200 that says `"success": false`: not every refusal's status is stated (section 3.4).
    """
    if answer.status in (401, 403):
        return answer.error(errors.Unauthorized, _auth_message(answer), hint=_KEYS_HINT)
    if answer.status == 404 and _COLLECTIONS.fullmatch(answer.place):
        return answer.error(errors.NotEntitled, "there is no Taxonomy API for this project", hint=_ENTITLED_HINT)
    message = _message(answer)
    for pattern, kind, hint in REFUSALS:
        if message and re.search(pattern, message, re.IGNORECASE):
            return answer.error(kind, message, hint=hint)
    if answer.status in (409, 200):
        return answer.error(errors.Conflict, message or "the tool refuses without giving a reason")
    if answer.status == 400 and message:
        return answer.error(errors.Invalid, message)
    return None


def _auth_message(answer: Answer) -> str:
    """Refused keys come in an envelope of their own (section 1)."""
    try:
        return f"the keys are not accepted: {answer.json()['error']['metadata']['details']}"
    except (errors.BadAnswer, LookupError, TypeError):
        return "the keys are not accepted"


def _message(answer: Answer) -> str:
    """The texts of the error envelope, "" where there are none."""
    try:
        value = answer.json()
    except errors.BadAnswer:
        return ""
    rows = value.get("errors") if isinstance(value, Mapping) else None
    texts = [row.get("message") for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []
    return "; ".join(text for text in texts if isinstance(text, str))
