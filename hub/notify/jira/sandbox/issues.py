"""Creating, reading, editing and deleting issues (apis/jira.md sections 3 to 5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from connectors.sandbox import JSON, Response
from hub.notify.jira.sandbox.call import (
    BAD_PAYLOAD,
    Call,
    Complaints,
    Refusal,
    answer,
    in_mood,
    nothing,
    property_pairs,
)
from hub.notify.jira.sandbox.comments import add_comment, read_comment_adds
from hub.notify.jira.sandbox.fields import (
    Change,
    Invalid,
    check_required,
    read_assignee,
    read_change,
    read_parts,
    read_type,
)
from hub.notify.jira.sandbox.showing import issue_card
from hub.notify.jira.sandbox.state import Issue, IssueType, Project, User
from hub.notify.jira.sandbox.transitions import apply_transition

MOST_IN_BULK = 50
MOST_IN_FETCH = 100
OVERRIDES = ("overrideScreenSecurity", "overrideEditableFlag")


# Creating ----------------------------------------------------------------------------------------------------


def create_issue(call: Call) -> Response:
    return answer(201, _create(call, call.object()))


def create_many(call: Call) -> Response:
    """201 when at least one was created, else 400 in the same shape."""
    updates = call.object().get("issueUpdates")
    if not isinstance(updates, list) or not updates:
        raise Refusal(400, BAD_PAYLOAD)
    if len(updates) > MOST_IN_BULK:
        raise Refusal(400, f"No more than {MOST_IN_BULK} issues can be created at once.")
    call.login()
    made: list[JSON] = []
    errors: list[JSON] = []
    half = call.mood == "half-batch"
    for place, update in enumerate(updates[: len(updates) // 2] if half else updates):
        try:
            made.append(_create(call, update))
        except Refusal as refusal:
            failure = {"status": refusal.status, "elementErrors": refusal.collection, "failedElementNumber": place}
            errors.append(failure)
    if half:
        raise Refusal(500, "Internal server error")
    return answer(201 if made else 400, {"issues": made, "errors": errors})


def _create(call: Call, body: JSON) -> JSON:
    """One issue with its properties, in one operation. Raises Refusal and stores nothing then."""
    user = call.login()
    if not isinstance(body, dict):
        raise Refusal(400, BAD_PAYLOAD)
    fields, update = read_parts(body)
    project, kind = _place(call, fields)
    if not call.can(project, "CREATE_ISSUES"):
        raise Refusal(403, "You do not have permission to create issues in this project.")
    rest = {name: value for name, value in fields.items() if name not in ("project", "issuetype")}
    change, comments = _read_create(call, project, kind, (rest, update))
    properties = property_pairs(body.get("properties"))
    if not call.cloud and call.switches["dc_create_properties"] == "ignored":
        properties = {}
    issue = _stored(call, project, user, {**change, "type": kind.id, "properties": properties})
    for comment in comments:
        issue = add_comment(call, issue, comment)
    return {**_reference(call, issue), **_transition_on_create(call, issue, body)}


def _place(call: Call, fields: Mapping[str, JSON]) -> tuple[Project, IssueType]:
    """Where the issue belongs. Raises Refusal 400: no such project, no such type in it."""
    given = fields.get("project")
    name = (given.get("id") or given.get("key")) if isinstance(given, dict) else None
    project = call.project(name) if isinstance(name, str) else None
    if project is None:
        raise Refusal(400, errors={"project": "valid project is required"})
    try:
        return project, read_type(project, fields.get("issuetype"))
    except Invalid as problem:
        raise Refusal(400, errors={"issuetype": str(problem)}) from problem


def _read_create(
    call: Call, project: Project, kind: IssueType, parts: tuple[Mapping[str, JSON], Mapping[str, JSON]]
) -> tuple[Change, Sequence[JSON]]:
    """The values and the comments to write. Raises Refusal 400 with all that is wrong."""
    complaints = Complaints()
    change = read_change(call, project, kind.screen, parts, None, complaints)
    check_required(call, kind.screen, _sent(change), complaints, present_only=False)
    if "parent" not in complaints.errors:
        _check_parent(call, project, kind, change.get("parent"), complaints)
    comments = read_comment_adds(call, project, parts[1], complaints)
    complaints.settle()
    return change, comments


def _stored(call: Call, project: Project, reporter: User, values: Mapping[str, JSON]) -> Issue:
    issue = Issue(
        id=str(call.site.next_id()),
        key=call.site.next_key(project, call.switches["key_gap"]),
        project=project.id,
        status=project.statuses[0].id,
        reporter=reporter.account,
        created=call.now,
        updated=call.now,
        **{"summary": "", **values},
    )
    return call.site.add(issue, call.now)


def _sent(change: Mapping[str, JSON]) -> Mapping[str, JSON]:
    """The change by field name, added fields beside the others."""
    return {**change, **change.get("custom", {})}


def _reference(call: Call, issue: Issue) -> dict[str, JSON]:
    return {"id": issue.id, "key": issue.key, "self": call.url("issue", issue.id)}


def _check_parent(call: Call, project: Project, kind: IssueType, parent: str | None, complaints: Complaints) -> None:
    """A sub-task needs a parent; any type may have one in a team-managed project of Cloud, elsewhere none other."""
    if kind.subtask and parent is None:
        complaints.add("parent", "Issue type is a sub-task but parent issue key or id not specified.")
    elif parent is not None and not kind.subtask and not (call.cloud and project.style == "next-gen"):
        complaints.add("parent", "The issue type selected cannot have a parent.")


def _transition_on_create(call: Call, issue: Issue, body: Mapping[str, JSON]) -> dict[str, Any]:
    if body.get("transition") is None:
        return {}
    try:
        apply_transition(call, issue, {"transition": body["transition"]})
    except Refusal as refusal:
        return {"transition": {"status": refusal.status, "errorCollection": refusal.collection}}
    return {"transition": {"status": 200, "errorCollection": {"errorMessages": [], "errors": {}}}}


# Reading -----------------------------------------------------------------------------------------------------


def show_issue(call: Call) -> Response:
    fields = call.listed("fields")
    return answer(200, issue_card(call, call.issue(), fields or ["*all"], call.listed("properties") or ()))


def fetch_many(call: Call) -> Response:
    """Up to 100 by id or key, ascending ids; what is missing or hidden is left out without a word."""
    body = call.object()
    known = {"issueIdsOrKeys", "fields", "properties", "expand", "fieldsByKeys"}
    if not body.keys() <= known or not all(_are_texts(body.get(one)) for one in ("fields", "properties", "expand")):
        raise Refusal(400, BAD_PAYLOAD)
    asked = body.get("issueIdsOrKeys")
    if not asked or not _are_texts(asked):
        raise Refusal(400, "At least one issue id or key is needed.")
    if len(asked) > MOST_IN_FETCH:
        raise Refusal(400, f"No more than {MOST_IN_FETCH} issues can be fetched at once.")
    found = {issue.id: issue for one in asked if (issue := _seen(call, one)) is not None}
    rows = in_mood(call, sorted(found.values(), key=lambda issue: int(issue.id)))
    fields, properties = body.get("fields") or ["*navigable"], body.get("properties") or ()
    cards = [issue_card(call, issue, fields, properties) for issue in rows]
    return answer(200, {"expand": "schema,names", "issues": cards, "issueErrors": []})


def _are_texts(value: JSON) -> bool:
    return value is None or (isinstance(value, list) and all(isinstance(one, str) for one in value))


def _seen(call: Call, id_or_key: str) -> Issue | None:
    try:
        return call.issue(id_or_key)
    except Refusal:
        return None


# Editing -----------------------------------------------------------------------------------------------------


def edit_issue(call: Call) -> Response:
    """204, or the issue where Cloud is asked for it. A transition in the body is ignored (section 6, item 7)."""
    if call.cloud and any(call.flag(one) for one in OVERRIDES):
        raise Refusal(403, "Only Connect and Forge apps may override screen security.")
    issue = call.issue_for("EDIT_ISSUES")
    if call.site.conflicts:
        call.site.conflicts -= 1
        raise Refusal(409, "The issue was updated by somebody else at the same time.")
    body = call.object()
    change, comments = _read_edit(call, issue, body)
    properties = property_pairs(body.get("properties"))
    project = call.site.project_of(issue)
    quiet = call.request.param("notifyUsers") == "false" and not call.can(project, "ADMINISTER_PROJECTS")
    if not (quiet and call.switches["quiet_edit_without_admin"] == "edit-ignored"):
        issue = call.put(replace(issue, **change, properties={**issue.properties, **properties}))
        for comment in comments:
            issue = add_comment(call, issue, comment)
    if call.cloud and call.flag("returnIssue"):
        return answer(200, issue_card(call, issue, ["*all"]))
    return nothing()


def _read_edit(call: Call, issue: Issue, body: Mapping[str, JSON]) -> tuple[dict[str, JSON], Sequence[JSON]]:
    project = call.site.project_of(issue)
    kind = project.type(issue.type)
    parts = read_parts(body)
    complaints = Complaints()
    screen = {"issuetype": True, **kind.screen}
    change = read_change(call, project, screen, parts, issue, complaints)
    check_required(call, screen, _sent(change), complaints, present_only=True)
    if change.get("parent") and "parent" not in complaints.errors:
        _check_parent(call, project, kind, change["parent"], complaints)
    comments = read_comment_adds(call, project, parts[1], complaints)
    complaints.settle()
    return change, comments


def assign_issue(call: Call) -> Response:
    issue = call.issue_for("ASSIGN_ISSUES")
    try:
        account = read_assignee(call, call.site.project_of(issue), _assignee(call.object()))
    except Invalid as problem:
        raise Refusal(400, errors={"assignee": str(problem)}) from problem
    call.put(replace(issue, assignee=account))
    return nothing()


def _assignee(body: Mapping[str, JSON]) -> JSON:
    """A null name or account unassigns."""
    return None if any(body.get(one, "") is None for one in ("accountId", "name")) else body


def delete_issue(call: Call) -> Response:
    issue = call.issue_for("DELETE_ISSUES")
    children = [one.id for one in call.site.issues.values() if one.parent == issue.id]
    if children and not call.flag("deleteSubtasks"):
        raise Refusal(400, f"The issue '{issue.key}' has subtasks. You must specify the 'deleteSubtasks' parameter.")
    for identifier in [*children, issue.id]:
        call.site.remove(identifier, call.now)
    return nothing()


# Watching ----------------------------------------------------------------------------------------------------


def list_watchers(call: Call) -> Response:
    from_issue = call.issue()
    users = [user for user in call.site.users if user.account in from_issue.watchers]
    shown = [{"accountId": one.account} if call.cloud else {"name": one.name} for one in users]
    return answer(200, {"watchCount": len(users), "isWatching": call.user in users, "watchers": shown})


def add_watcher(call: Call) -> Response:
    """The body is a bare JSON string: an account or a name; without a body, whoever asks."""
    issue = call.issue()
    given = call.json() if call.request.body.strip() else None
    user = call.login()
    if given is not None:
        known = {one.account if call.cloud else one.name: one for one in call.site.users}
        if not isinstance(given, str) or given not in known:
            raise Refusal(400, f"User {given!r} does not exist.")
        user = known[given]
    call.put(replace(issue, watchers=(*(one for one in issue.watchers if one != user.account), user.account)))
    return nothing()
