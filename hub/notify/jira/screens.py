"""What the project lets a new issue say: read once per connection (apis/jira.md section 4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from connectors import errors
from connectors.http import path
from hub.notify.jira.refusals import RIGHTS, RefusedFields
from hub.notify.jira.settings import OWN_FIELDS, JiraSettings
from hub.notify.jira.wire import Wire, rows, total

PAGE = 200
"""Rows of a page that the vendor allows at most (section 2)."""
ALWAYS = frozenset({"project", "issuetype", "summary", "description", "labels"})
"""Fields that an issue of ours always has, so that it does not matter whether they are required."""


@dataclass(frozen=True, slots=True)
class Screen:
    """An issue type of the project, and the fields that may be set while one is created."""

    issue_type: str
    fields: frozenset[str]
    required: Mapping[str, str]
    """Names of the fields that have to be set and have no default, by id."""

    def check(self, settings: JiraSettings) -> None:
        """Raises Misconfigured, naming the fields that somebody has to say something about."""
        given = ALWAYS | set(settings.fields) | ({"parent"} if settings.parent else set())
        missing = {field: name for field, name in self.required.items() if field not in given}
        if not missing:
            return
        listed = ", ".join(f"{name} ({field})" for field, name in missing.items())
        raise required(f"{self.issue_type} issues of {settings.project} need {listed}", next(iter(missing)))


def required(message: str, field: str, **more: Any) -> errors.ToolError:
    """The error for a field that the hub knows nothing of."""
    setting = OWN_FIELDS.get(field) or f"fields.{field}"
    hint = f"Give it a value with the destination's setting {setting}, or make it optional in the project's screens."
    return errors.Misconfigured(message, hint=hint, **more)


OURS = {
    "project": "Correct the destination's project, or give the account the right Create issues there.",
    "issuetype": "Correct the destination's issue_type.",
    "parent": "Correct the destination's parent: an issue that the issue type may belong to.",
    "assignee": "Correct the destination's people: account ids on Cloud, user names on Data Center.",
}
"""What to do about a refused field that a setting rules."""


def unfit(refusal: RefusedFields) -> errors.ToolError:
    """What a refusal of fields asks of a person; a text that Jira refuses is nobody's setting."""
    field = next((name for name in refusal.fields if name in OURS), next(iter(refusal.fields)))
    if field in ("summary", "description"):
        return refusal
    place: dict[str, Any] = {"place": refusal.place, "status": refusal.status, "request_id": refusal.request_id}
    if field in OURS:
        return errors.Misconfigured(refusal.message, hint=OURS[field], **place)
    return required(refusal.message, field, **place)


def read_screen(wire: Wire, rest: str, settings: JiraSettings) -> Screen:
    """The screen of the destination's project and issue type.

    Raises Misconfigured when there is no such project or type, and NotEntitled when the account may create nothing.
    """
    base = rest + path("issue", "createmeta", settings.project, "issuetypes")
    try:
        types = _pages(wire, base, "issueTypes")
    except (errors.NotFound, errors.Invalid) as problem:
        raise _no_project(settings, problem) from None
    if not types:
        raise errors.NotEntitled(f"the account may not create issues in {settings.project}", hint=RIGHTS)
    wanted = settings.issue_type.casefold()
    found = next((one for one in types if wanted in (str(one.get("name")).casefold(), str(one.get("id")))), None)
    if found is None:
        names = ", ".join(str(one.get("name")) for one in types)
        raise errors.Misconfigured(
            f"{settings.project} has no issue type {settings.issue_type!r}", hint=f"Set issue_type to one of: {names}."
        )
    return _screen(str(found.get("name")), _pages(wire, base + path(str(found.get("id"))), "fields"))


def _screen(issue_type: str, fields: list[Mapping[str, Any]]) -> Screen:
    ids = {str(one.get("fieldId") or one.get("key")): one for one in fields}
    needed = {id_: one for id_, one in ids.items() if one.get("required") and not one.get("hasDefaultValue")}
    return Screen(issue_type, frozenset(ids), {id_: str(one.get("name") or id_) for id_, one in needed.items()})


def _pages(wire: Wire, address: str, name: str) -> list[Mapping[str, Any]]:
    """All rows of a list; Data Center calls every list `values`."""
    found: list[Mapping[str, Any]] = []
    while True:
        page = wire.read(address, {"startAt": str(len(found)), "maxResults": str(PAGE)})
        more = rows(page, name, "values")
        found += more
        if not more or len(found) >= total(page):
            return found


def _no_project(settings: JiraSettings, problem: errors.ToolError) -> errors.ToolError:
    return errors.Misconfigured(
        f"Jira shows this account no project {settings.project!r}: {problem.message}",
        hint="Correct the destination's project (its key), or give the account the right Browse projects there.",
        place=problem.place,
        status=problem.status,
        request_id=problem.request_id,
    )
