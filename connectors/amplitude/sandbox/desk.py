"""What every endpoint of the Amplitude sandbox works with: the call, the workspace, the switches, the refusals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from connectors.amplitude.sandbox.state import Workspace
from connectors.sandbox import JSON

SWITCHES: Final[Mapping[str, Sequence[JSON]]] = {
    # The appendix of open points, apis/amplitude.md section 9, in its order.
    "json_bodies": ("ignored", "refused", "accepted"),
    "enum_values_shape": ("array", "comma", "comma-space"),
    "deleted_value": ("true", "timestamp"),
    "duplicate_category": ("refused", "ignored"),
    "unknown_category": ("dropped", "created"),
    "used_category_delete": ("cleared", "refused"),
    "duplicate_event_text": ("by analogy", "other"),
    "empty_string": ("clears", "ignored"),
    "tags_update": ("replaces", "merges"),
    "hidden_events": ("documented", "inverted"),
    "unexpected_create": ("adopted", "refused"),
    "rename_live": ("refused", "renamed"),
    "wrong_state": ("409 delete, 400 restore", "400 delete, 409 restore"),
    "retry_after": ("absent", "30"),
    "hour_window": ("rolling", "clock hour"),
    "properties_of_unknown_event": ("400", "empty"),
    "list_order": ("shuffled", "stable"),
    "unexpected_listed": ("no", "yes"),
    "restore_status": ("200", "201"),
    "bare_user_property_update": ("no effect", "applies"),
    "classifications_without_dac": ("refused", "ignored"),
    "hide_planned_property": ("ignored", "refused"),
    "list_items": ("trimmed", "as sent"),
    "slash_in_name": ("decoded", "404"),
    # Unknowns named elsewhere in apis/amplitude.md.
    "bad_values": ("refused", "ignored"),  # section 3: odd booleans, unknown types, scopes, classifications
    "hide_planned_event": ("applied", "ignored"),  # section 3.2
    "hidden_event_means": ("any flag", "dropdowns only"),  # section 5.5
    "enum_values_without_enum": ("kept", "ignored", "refused"),  # section 3.4
    "override_inherits": ("everything unset", "description only"),  # sections 4.2 and 5.11
    "override_where_unattached": ("created", "refused"),  # section 3.3
    "unfiltered_overrides": ("one", "none", "all"),  # section 3.3, live oddity
    "hidden_properties": ("listed", "omitted"),  # section 5.5
    "user_property_rename": ("works", "no effect"),  # section 5.17
    "unset_event_description": ("null", "empty"),  # section 4.1
    "project_limits": ("not enforced", "refused"),  # section 2.2
    "etag_match": ("200", "304"),  # section 3
    "events_list_states": ("live", "all ingested"),  # section 1
    "events_list_cost": ("1", "0"),  # section 1: whether the neighbour shares the budget of section 2.1
}
"""Each undocumented behaviour with its choices, the default first."""


class Refused(Exception):
    """The call ends in an error answer.

    `bare` gives `{"success": false}` alone, which is all that writes of user properties show (section 3.4).
    """

    def __init__(self, status: int, message: str = "Not found", *, bare: bool = False) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.bare = bare


@dataclass(frozen=True, slots=True)
class Call:
    """One routed request: the name from the path ("" for a collection), the query and the parsed form."""

    name: str
    query: Mapping[str, str]
    form: Mapping[str, str]

    def ask(self, field: str) -> str | None:
        """A parameter of a read, which is taken from the query or the body (section 3); empty counts as absent."""
        return self.query.get(field) or self.form.get(field) or None

    def selector(self, field: str) -> str | None:
        """A parameter of a write, which is taken from the body alone; empty counts as absent."""
        return self.form.get(field) or None

    def required(self, field: str) -> str:
        """A field a write cannot do without. Raises Refused 400; the wording is ours, the vendor's is unknown."""
        if not (value := self.form.get(field)):
            raise Refused(400, f'Missing required field "{field}".')
        return value


@dataclass(frozen=True, slots=True)
class Desk:
    """Where a call is worked on."""

    workspace: Workspace
    switches: Mapping[str, JSON]

    def chose(self, switch: str, choice: JSON) -> bool:
        return bool(self.switches[switch] == choice)

    def shows(self, state: str) -> bool:
        """Whether reads show an entity in that state; the API knows what is in the plan (section 4.6)."""
        return state in ("planned", "live", "blocked") or (
            state == "unexpected" and self.chose("unexpected_listed", "yes")
        )

    def admit(self, kind: str, count: int, limit: int) -> None:
        """Refuse to go beyond the project's instrumentation limit (section 2.2), where that is switched on."""
        if count >= limit and self.chose("project_limits", "refused"):
            raise Refused(409, f"Attempted to exceed the limit of {limit} {kind}.")

    def wrong_state(self, deed: str) -> Refused:
        """The answer to a "delete" or "restore" in a state that does not allow it (sections 3.2, 3.6)."""
        usual = self.chose("wrong_state", "409 delete, 400 restore")
        return Refused(409 if usual == (deed == "delete") else 400)

    def deleted(self, state: str, alive: JSON) -> JSON:
        """The `deleted` value of a row; `alive` is what this kind shows while it lives."""
        if state != "deleted":
            return alive
        return True if self.chose("deleted_value", "true") else "2026-01-05 09:30:00.000000"
