"""What a write to an issue's fields may say, field by field (apis/jira.md sections 2, 3 and 4)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence

from connectors.sandbox import JSON
from hub.notify.jira.sandbox.adf import is_document, plain_text, walk
from hub.notify.jira.sandbox.call import BAD_PAYLOAD, Call, Complaints, Refusal, text_length
from hub.notify.jira.sandbox.state import PRIORITIES, RESOLUTIONS, Issue, IssueType, Project

LONGEST_SUMMARY = 255
LONGEST_LABEL = 255
LONGEST_TEXT = 32_767

NO_DOCUMENT = "Operation value must be an Atlassian Document (see the Atlassian Document Format)"
TOO_LONG = "The entered text is too long. It exceeds the allowed limit of 32,767 characters."
NO_SUMMARY = "You must specify a summary of the issue."

Change = dict[str, JSON]
"""Attributes of an Issue → their new values."""


class Invalid(Exception):
    """A value that its field does not take; the text is what the vendor says."""


def off_screen(name: str) -> str:
    return f"Field '{name}' cannot be set. It is not on the appropriate screen, or unknown."


# One value of one field --------------------------------------------------------------------------------------


def read_summary(call: Call, project: Project, value: JSON) -> str:
    """One line of 1 to 255 characters. Raises Invalid."""
    if value is None or value == "":
        raise Invalid(NO_SUMMARY)
    if not isinstance(value, str):
        raise Invalid("Operation value must be a string")
    if not value.strip():
        raise Invalid(NO_SUMMARY)
    if "\n" in value or "\r" in value:
        raise Invalid("The summary is invalid because it contains newline characters.")
    if text_length(call, value) > LONGEST_SUMMARY:
        raise Invalid("Summary must be less than 255 characters.")
    return value


def read_text(call: Call, value: JSON, no_document: str = NO_DOCUMENT) -> JSON:
    """A rich text: a document in v3, wiki text in v2. Raises Invalid."""
    if call.speaks_documents:
        if not is_document(value) or (call.switches["task_lists"] == "refused" and _has_tasks(value)):
            raise Invalid(no_document)
        serialised = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        counted = serialised if call.switches["document_length"] == "json" else plain_text(value)
    else:
        if not isinstance(value, str):
            raise Invalid("Operation value must be a string")
        if call.cloud and call.switches["cloud_wiki_text"] == "refused":
            raise Invalid(no_document)
        counted = value
    if text_length(call, counted) > LONGEST_TEXT:
        raise Invalid(TOO_LONG)
    return value


def _has_tasks(document: JSON) -> bool:
    return any(node["type"] == "taskList" for node in walk(document))


def read_description(call: Call, project: Project, value: JSON) -> JSON:
    return None if value is None or (value == "" and not call.speaks_documents) else read_text(call, value)


def read_label(call: Call, value: JSON) -> str:
    if not isinstance(value, str) or not value:
        raise Invalid("A label must be a string that is not empty.")
    if re.search(r"\s", value):
        raise Invalid(f"The label '{value}' contains spaces which is invalid.")
    if text_length(call, value) > LONGEST_LABEL:
        raise Invalid(f"The label '{value}' is longer than {LONGEST_LABEL} characters.")
    return value


def read_labels(call: Call, project: Project, value: JSON) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, list):
        raise Invalid("data was not an array")
    return tuple(dict.fromkeys(read_label(call, one) for one in value))


def read_assignee(call: Call, project: Project, value: JSON) -> str | None:
    """The account; null unassigns. People are named by account on Cloud, by name on Data Center."""
    if value is None:
        return None
    if not isinstance(value, dict):
        raise Invalid("data was not an object")
    given = value.get("accountId", value.get("id")) if call.cloud else value.get("name")
    if not isinstance(given, str):
        raise Invalid("A user is named by accountId." if call.cloud else "A user is named by name.")
    user = next((one for one in call.site.users if given == (one.account if call.cloud else one.name)), None)
    if user is None:
        raise Invalid(f"User '{given}' does not exist.")
    if not (user.active and user.assignable):
        raise Invalid(f"User '{given}' cannot be assigned issues.")
    return user.account


def choose(value: JSON, choices: Sequence[str], what: str) -> str:
    """One of a numbered list by `{"name"}` or `{"id"}`; a bare string is refused. Raises Invalid."""
    if not isinstance(value, dict):
        raise Invalid("data was not an object")
    by_id = {str(number): name for number, name in enumerate(choices, 1)}
    found = by_id.get(str(value["id"])) if "id" in value else value.get("name")
    if found not in choices:
        raise Invalid(f"The {what} selected is invalid.")
    return str(found)


def read_priority(call: Call, project: Project, value: JSON) -> str | None:
    return None if value is None else choose(value, PRIORITIES, "priority")


def read_resolution(call: Call, project: Project, value: JSON) -> str | None:
    return None if value is None else choose(value, RESOLUTIONS, "resolution")


def read_components(call: Call, project: Project, value: JSON) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise Invalid("data was not an array")
    return tuple(dict.fromkeys(choose(one, project.components, "component") for one in value))


def read_parent(call: Call, project: Project, value: JSON) -> str | None:
    if value is None:
        return None
    given = (value.get("id") or value.get("key")) if isinstance(value, dict) else None
    found = call.site.find(given) if isinstance(given, str) else None
    if found is None or found.project != project.id:
        raise Invalid("Could not find issue by id or key.")
    return found.id


def read_type(project: Project, value: JSON) -> IssueType:
    """The issue type by `{"name"}` or `{"id"}`. Raises Invalid."""
    if not isinstance(value, dict) or not isinstance(value.get("id", value.get("name")), str):
        raise Invalid("valid issue type is required")
    if "id" in value:
        found = next((one for one in project.types if one.id == value["id"]), None)
    else:
        found = next((one for one in project.types if one.name == value["name"]), None)
    if found is None:
        raise Invalid("The issue type selected is invalid.")
    return found


Reader = Callable[[Call, Project, JSON], JSON]

READERS: Mapping[str, Reader] = {
    "summary": read_summary,
    "description": read_description,
    "labels": read_labels,
    "assignee": read_assignee,
    "priority": read_priority,
    "components": read_components,
    "parent": read_parent,
    "resolution": read_resolution,
    "issuetype": lambda call, project, value: read_type(project, value).id,
}
LISTS = ("labels", "components")

NAMES: Mapping[str, tuple[str, JSON]] = {
    "project": ("Project", {"type": "project", "system": "project"}),
    "issuetype": ("Issue Type", {"type": "issuetype", "system": "issuetype"}),
    "summary": ("Summary", {"type": "string", "system": "summary"}),
    "description": ("Description", {"type": "string", "system": "description"}),
    "labels": ("Labels", {"type": "array", "items": "string", "system": "labels"}),
    "assignee": ("Assignee", {"type": "user", "system": "assignee"}),
    "priority": ("Priority", {"type": "priority", "system": "priority"}),
    "components": ("Components", {"type": "array", "items": "component", "system": "components"}),
    "parent": ("Parent", {"type": "issuelink", "system": "parent"}),
    "resolution": ("Resolution", {"type": "resolution", "system": "resolution"}),
}
"""Field → its name and schema, as field lists and screens show them. Other names are fields somebody added."""


def custom_name(name: str) -> str:
    """What people call a field that somebody added."""
    return "Field " + name.removeprefix("customfield_")


def name_and_schema(name: str) -> tuple[str, JSON]:
    return NAMES.get(name) or (custom_name(name), {"type": "string", "custom": name})


# A whole write -----------------------------------------------------------------------------------------------


def read_parts(body: Mapping[str, JSON]) -> tuple[dict[str, JSON], dict[str, JSON]]:
    """`fields` and `update` of a write; a field stands in one of them. Raises Refusal 400."""
    fields, update = body.get("fields"), body.get("update")
    fields, update = ({} if fields is None else fields), ({} if update is None else update)
    if not isinstance(fields, dict) or not isinstance(update, dict):
        raise Refusal(400, BAD_PAYLOAD)
    twice = {name: f"Field '{name}' cannot appear in both 'fields' and 'update'" for name in fields if name in update}
    if twice:
        raise Refusal(400, errors=twice)
    return fields, update


def read_change(
    call: Call,
    project: Project,
    screen: Mapping[str, bool],
    parts: tuple[Mapping[str, JSON], Mapping[str, JSON]],
    issue: Issue | None,
    complaints: Complaints,
) -> Change:
    """The new values; whatever is wrong goes to `complaints`. `comment` of `update` is left to the caller."""
    fields, update = parts
    change: Change = {}
    for name, value in {**fields, **update}.items():
        if name == "comment" and name in update:
            continue
        try:
            if name not in screen or (name == "assignee" and not call.can(project, "ASSIGN_ISSUES")):
                raise Invalid(off_screen(name))
            new = _read(call, project, name, value) if name in fields else _operate(call, project, name, value, issue)
        except Invalid as problem:
            complaints.add(name, str(problem))
        else:
            _note(change, issue, name, new)
    return change


def _read(call: Call, project: Project, name: str, value: JSON) -> JSON:
    return READERS[name](call, project, value) if name in READERS else value


def _note(change: Change, issue: Issue | None, name: str, value: JSON) -> None:
    if name == "issuetype":
        change["type"] = value
    elif name in READERS:
        change[name] = value
    else:
        before = change.get("custom", issue.custom if issue else {})
        change["custom"] = {**before, name: value}


def _operate(call: Call, project: Project, name: str, operations: JSON, issue: Issue | None) -> JSON:
    """Apply `[{"add": x}, {"remove": y}, {"set": z}]` to what the field holds. Raises Invalid."""
    if not isinstance(operations, list) or not all(isinstance(one, dict) and len(one) == 1 for one in operations):
        raise Invalid("data was not an array of operations")
    held = getattr(issue, name, None) if name in READERS else (issue.custom.get(name) if issue else None)
    for operation in operations:
        ((verb, value),) = operation.items()
        if verb == "set":
            held = _read(call, project, name, value)
        elif verb in ("add", "remove") and name in LISTS:
            (item,) = READERS[name](call, project, [value])
            others = [one for one in held or () if one != item]
            held = tuple(others) if verb == "remove" else tuple(held or ()) if item in (held or ()) else (*others, item)
        else:
            raise Invalid(f"Operation '{verb}' is not supported by the field '{name}'.")
    return held


def check_required(
    call: Call, screen: Mapping[str, bool], values: Mapping[str, JSON], complaints: Complaints, *, present_only: bool
) -> None:
    """Every required field has a value; in an edit (`present_only`) only the fields that are sent are looked at."""
    for name, required in screen.items():
        if not required or name in ("project", "issuetype") or name in complaints.errors:
            continue
        if (present_only and name not in values) or values.get(name) not in (None, "", (), []):
            continue
        if name == "summary":
            complaints.add(name, NO_SUMMARY)
        elif call.switches["required_error"] == "messages":
            complaints.messages.append(f"Field '{name}' is required")
        else:
            complaints.add(name, f"{name_and_schema(name)[0]} is required.")
