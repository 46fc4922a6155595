"""What hangs on an issue or a project beside its fields: properties and remote links (apis/jira.md section 3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from connectors.sandbox import JSON, Response
from hub.notify.jira.sandbox.call import Call, Complaints, Refusal, answer, check_property, nothing
from hub.notify.jira.sandbox.state import Issue, Project, RemoteLink

LONGEST_GLOBAL_ID = 255
OBJECT_PARTS = ("url", "title", "summary", "icon", "status")


# Issue properties --------------------------------------------------------------------------------------------


def _keys(call: Call, held: Mapping[str, JSON], *place: str) -> Response:
    keys = [{"key": key, "self": call.url(*place, "properties", key)} for key in held]
    return answer(200, {"keys": keys})


def _one(held: Mapping[str, JSON], key: str) -> Response:
    if key not in held:
        raise Refusal(404, f"The property with key '{key}' does not exist.")
    return answer(200, {"key": key, "value": held[key]})


def _stored(call: Call, key: str, *, known: bool) -> Response:
    """201 created or 200 updated; what the body holds is not documented."""
    status = 200 if known else 201
    return nothing(status) if call.switches["property_put_body"] == "empty" else answer(status, {"key": key})


def list_properties(call: Call) -> Response:
    issue = call.issue()
    return _keys(call, issue.properties, "issue", issue.id)


def show_property(call: Call) -> Response:
    return _one(call.issue().properties, call.args["key"])


def put_property(call: Call) -> Response:
    issue = call.issue_for("EDIT_ISSUES")
    key, value = check_property(call.args["key"], call.json())
    call.put(replace(issue, properties={**issue.properties, key: value}))
    return _stored(call, key, known=key in issue.properties)


def delete_property(call: Call) -> Response:
    issue = call.issue_for("EDIT_ISSUES")
    _one(issue.properties, call.args["key"])
    call.put(replace(issue, properties=_without(issue.properties, call.args["key"])))
    return nothing()


def _without(held: Mapping[str, JSON], key: str) -> dict[str, JSON]:
    return {name: value for name, value in held.items() if name != key}


# Project properties ------------------------------------------------------------------------------------------


def _project(call: Call, *, administer: bool = False) -> Project:
    found = call.project(call.args["project"])
    if found is None:
        raise Refusal(404, f"No project could be found with key '{call.args['project']}'.")
    if administer and not call.can(found, "ADMINISTER_PROJECTS"):
        raise Refusal(403, "You do not have permission to administer this project.")
    return found


def list_project_properties(call: Call) -> Response:
    project = _project(call)
    return _keys(call, project.properties, "project", project.key)


def show_project_property(call: Call) -> Response:
    return _one(_project(call).properties, call.args["key"])


def put_project_property(call: Call) -> Response:
    project = _project(call, administer=True)
    key, value = check_property(call.args["key"], call.json())
    known = key in project.properties
    project.properties = {**project.properties, key: value}
    return _stored(call, key, known=known)


def delete_project_property(call: Call) -> Response:
    project = _project(call, administer=True)
    _one(project.properties, call.args["key"])
    project.properties = _without(project.properties, call.args["key"])
    return nothing()


# Remote links ------------------------------------------------------------------------------------------------


def _link_card(call: Call, issue: Issue, link: RemoteLink) -> JSON:
    card = {"id": link.id, "self": _link_url(call, issue, link.id), "globalId": link.global_id, **link.details}
    return {name: value for name, value in card.items() if value is not None}


def _link_url(call: Call, issue: Issue, number: int) -> str:
    return call.url("issue", issue.key, "remotelink", str(number))


def read_link(body: Mapping[str, JSON]) -> tuple[str | None, dict[str, JSON]]:
    """The global id and the details; what is left out is null. Raises Refusal 400."""
    complaints = Complaints()
    given = body.get("object")
    target = given if isinstance(given, dict) else {}
    for name in ("url", "title"):
        if not isinstance(target.get(name), str) or not target[name].strip():
            complaints.add(name, f"'{name}' is required.")
    global_id = body.get("globalId")
    if global_id is not None and not isinstance(global_id, str):
        complaints.add("globalId", "'globalId' must be a string.")
    elif global_id and len(global_id) > LONGEST_GLOBAL_ID:
        complaints.add("globalId", f"'globalId' must not be longer than {LONGEST_GLOBAL_ID} characters.")
    _check_parts(body, target, complaints)
    complaints.settle()
    details = {"application": body.get("application") or {}, "relationship": body.get("relationship")}
    shown = {name: target[name] for name in OBJECT_PARTS if target.get(name) is not None}
    return global_id or None, {**details, "object": {"icon": {}, "status": {"icon": {}}, **shown}}


def _check_parts(body: Mapping[str, JSON], target: Mapping[str, JSON], complaints: Complaints) -> None:
    for holder, name in ((body, "application"), (target, "icon"), (target, "status")):
        if not isinstance(holder.get(name), dict | None):
            complaints.add(name, f"'{name}' must be an object.")
    for holder, name in ((body, "relationship"), (target, "summary")):
        if not isinstance(holder.get(name), str | None):
            complaints.add(name, f"'{name}' must be a string.")
    status = target.get("status")
    if isinstance(status, dict) and not isinstance(status.get("resolved"), bool | None):
        complaints.add("resolved", "'resolved' must be a boolean.")


def put_link(call: Call) -> Response:
    """201 creates; 200 replaces the whole link of the same global id."""
    issue = call.issue_for("LINK_ISSUES")
    global_id, details = read_link(call.object())
    same = next((one for one in issue.links if global_id is not None and one.global_id == global_id), None)
    most = call.switches["most_links"]
    if same is None and call.cloud and len(issue.links) >= most:
        raise Refusal(413, f"The issue has reached the limit of {most} remote links.")
    link = RemoteLink(same.id if same else call.site.next_id(), global_id, details)
    _replace_links(call, issue, [*(one for one in issue.links if one is not same), link])
    return answer(200 if same else 201, {"id": link.id, "self": _link_url(call, issue, link.id)})


def _replace_links(call: Call, issue: Issue, links: list[RemoteLink]) -> None:
    call.put(replace(issue, links=tuple(sorted(links, key=lambda one: one.id))))


def list_links(call: Call) -> Response:
    """One object with `globalId`, an array without (section 6, item 4)."""
    issue = call.issue()
    wanted = call.request.param("globalId")
    if wanted is None:
        return answer(200, [_link_card(call, issue, one) for one in issue.links])
    return answer(200, _link_card(call, issue, _by_global_id(issue, wanted)))


def _by_global_id(issue: Issue, wanted: str) -> RemoteLink:
    found = next((one for one in issue.links if one.global_id == wanted), None)
    if found is None:
        raise Refusal(404, f"A remote link with globalId '{wanted}' does not exist.")
    return found


def delete_link_by_global_id(call: Call) -> Response:
    issue = call.issue_for("LINK_ISSUES")
    wanted = call.request.param("globalId")
    if not wanted:
        raise Refusal(400, "The parameter 'globalId' is required.")
    gone = _by_global_id(issue, wanted)
    _replace_links(call, issue, [one for one in issue.links if one is not gone])
    return nothing()


def _by_number(call: Call, issue: Issue) -> RemoteLink:
    found = next((one for one in issue.links if str(one.id) == call.args["id"]), None)
    if found is None:
        raise Refusal(404, f"A remote link with id '{call.args['id']}' does not exist.")
    return found


def show_link(call: Call) -> Response:
    issue = call.issue()
    return answer(200, _link_card(call, issue, _by_number(call, issue)))


def change_link(call: Call) -> Response:
    issue = call.issue_for("LINK_ISSUES")
    old = _by_number(call, issue)
    global_id, details = read_link(call.object())
    link = RemoteLink(old.id, global_id, details)
    _replace_links(call, issue, [*(one for one in issue.links if one is not old), link])
    return nothing()


def delete_link(call: Call) -> Response:
    issue = call.issue_for("LINK_ISSUES")
    gone = _by_number(call, issue)
    _replace_links(call, issue, [one for one in issue.links if one is not gone])
    return nothing()
