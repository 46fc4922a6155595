"""What the site tells of itself: who am I, fields, screens, people, projects (apis/jira.md sections 1 and 3)."""

from __future__ import annotations

from collections.abc import Mapping

from connectors.sandbox import JSON, Response
from hub.notify.jira.sandbox.call import Call, Refusal, answer, in_mood, page_of
from hub.notify.jira.sandbox.fields import LISTS, NAMES, name_and_schema
from hub.notify.jira.sandbox.showing import named, person, project_card, type_card
from hub.notify.jira.sandbox.state import PERMISSIONS, PRIORITIES, RESOLUTIONS, IssueType, Project, stamp

LONGEST_META_PAGE = 200
SERVER_VERSIONS: Mapping[str, tuple[int, ...]] = {"Cloud": (1001, 0, 0), "Server": (10, 3, 19)}


def show_server(call: Call) -> Response:
    """Anonymous, too."""
    kind = call.switches["deployment"]
    numbers = SERVER_VERSIONS[kind]
    return answer(
        200,
        {
            "baseUrl": call.base,
            "version": ".".join(map(str, numbers)) + ("-SNAPSHOT" if kind == "Cloud" else ""),
            "versionNumbers": list(numbers),
            "deploymentType": kind,
            "buildNumber": 100_290 if kind == "Cloud" else 1_030_019,
            "serverTime": stamp(call.now),
            "serverTitle": "Jira",
        },
    )


def show_myself(call: Call) -> Response:
    return answer(200, person(call, call.login()))


def list_fields(call: Call) -> Response:
    call.login()
    added = {name for project in call.site.projects for kind in project.types for name in kind.screen} - NAMES.keys()
    return answer(200, [_field_card(name) for name in [*NAMES, *sorted(added)]])


def _field_card(name: str) -> JSON:
    label, schema = name_and_schema(name)
    custom = name not in NAMES
    flags = {"custom": custom, "orderable": True, "navigable": True, "searchable": True}
    return {"id": name, "key": name, "name": label, **flags, "clauseNames": [name], "schema": schema}


# Screens -----------------------------------------------------------------------------------------------------


def _meta_project(call: Call) -> Project:
    found = call.project(call.args["project"])
    if found is None or not call.can(found, "CREATE_ISSUES"):
        raise Refusal(400, "The project does not exist, or you may not create issues in it.")
    return found


def _meta_page(call: Call, name: str, rows: list[JSON]) -> Response:
    """Data Center lists under `values` in both calls."""
    most = call.number("maxResults", 50)
    if most > LONGEST_META_PAGE:
        raise Refusal(400, f"Parameter 'maxResults' must not exceed the limit '{LONGEST_META_PAGE}'")
    start = call.number("startAt", 0)
    page, numbers = page_of(in_mood(call, rows), start, most)
    if call.cloud:
        return answer(200, {**numbers, name: page})
    return answer(200, {**numbers, "isLast": start + most >= len(rows), "values": page})


def list_types(call: Call) -> Response:
    return _meta_page(call, "issueTypes", [type_card(call, one) for one in _meta_project(call).types])


def list_screen(call: Call) -> Response:
    project = _meta_project(call)
    kind = next((one for one in project.types if one.id == call.args["type"]), None)
    if kind is None:
        raise Refusal(400, "The issue type does not exist in this project.")
    screen = {"project": True, "issuetype": True, **kind.screen}
    return _meta_page(call, "fields", [_screen_card(call, project, kind, name, screen[name]) for name in screen])


def _screen_card(call: Call, project: Project, kind: IssueType, name: str, required: bool) -> JSON:
    label, schema = name_and_schema(name)
    allowed = _allowed(call, project, kind, name)
    return {
        "required": required,
        "schema": schema,
        "name": label,
        "key": name,
        "fieldId": name,
        "hasDefaultValue": name == "priority",
        "operations": ["add", "set", "remove"] if name in LISTS else ["set"],
        **({} if allowed is None else {"allowedValues": allowed}),
    }


def _allowed(call: Call, project: Project, kind: IssueType, name: str) -> list[JSON] | None:
    if name == "project":
        return [project_card(call, project)]
    if name == "issuetype":
        return [type_card(call, kind)]
    choices = {"priority": PRIORITIES, "resolution": RESOLUTIONS, "components": project.components}.get(name)
    family = "component" if name == "components" else name
    return None if choices is None else [named(call, family, choices, one) for one in choices]


def show_old_screens(call: Call) -> Response:
    """The call before paging: deprecated on Cloud, gone from Data Center since 9.0."""
    if not call.cloud:
        raise Refusal(404, "Issue Does Not Exist")
    wanted = call.listed("projectKeys")
    projects = [
        {
            "self": call.url("project", one.id),
            "id": one.id,
            "key": one.key,
            "name": one.name,
            "issuetypes": [type_card(call, kind) for kind in one.types],
        }
        for one in call.site.projects
        if call.can(one, "CREATE_ISSUES") and (wanted is None or one.key in wanted)
    ]
    return answer(200, {"expand": "projects", "projects": projects})


# Projects, people, permissions -------------------------------------------------------------------------------


def show_project(call: Call) -> Response:
    found = call.project(call.args["project"])
    if found is None:
        raise Refusal(404, f"No project could be found with key '{call.args['project']}'.")
    components = [named(call, "component", found.components, one) for one in found.components]
    types = [type_card(call, one) for one in found.types]
    return answer(200, {**project_card(call, found), "issueTypes": types, "components": components})


def _matching(call: Call, *, assignable: bool) -> Response:
    """People by the start of a word of their name or address; Cloud asks with `query`, Data Center with `username`."""
    call.login()
    name = "query" if call.cloud else "username"
    wanted = call.request.param(name)
    account = call.request.param("accountId") if call.cloud else None
    if wanted is None and account is None:
        raise Refusal(400, f"The parameter '{name}' is required.")
    found = [
        person(call, one)
        for one in call.site.users
        if one.active
        and (one.assignable or not assignable)
        and (one.account == account if account else _is_called(f"{one.display} {one.email} {one.name}", wanted or ""))
    ]
    start, most = call.number("startAt", 0), call.number("maxResults", 50)
    return answer(200, found[start : start + most])


def _is_called(names: str, wanted: str) -> bool:
    return any(word.startswith(wanted.lower()) for word in names.lower().split())


def show_user(call: Call) -> Response:
    """One person by account on Cloud, by name on Data Center."""
    call.login()
    name = "accountId" if call.cloud else "username"
    wanted = call.request.param(name)
    found = next((one for one in call.site.users if wanted == (one.account if call.cloud else one.name)), None)
    if found is None:
        raise Refusal(404, "Specified user does not exist or you do not have required permissions")
    return answer(200, person(call, found))


def search_users(call: Call) -> Response:
    return _matching(call, assignable=False)


def search_assignable(call: Call) -> Response:
    project, issue = call.request.param("project"), call.request.param("issueKey") or call.request.param("issueId")
    if project is None and issue is None:
        raise Refusal(400, "A project or an issue is required.")
    if issue is not None:
        call.issue(issue)
    elif call.project(project or "") is None:
        raise Refusal(404, f"No project could be found with key '{project}'.")
    return _matching(call, assignable=True)


def show_permissions(call: Call) -> Response:
    """What this user may do in a project; Cloud wants to be told which permissions are asked about."""
    asked = call.listed("permissions")
    if asked is None and call.cloud:
        raise Refusal(400, "The 'permissions' query parameter is required.")
    unknown = [one for one in asked or () if one not in PERMISSIONS]
    if unknown:
        raise Refusal(400, f"Unrecognized permission(s): {', '.join(unknown)}")
    granted = _granted(call)
    rows = {
        key: {"id": str(number), "key": key, "name": name, "type": "PROJECT", "havePermission": key in granted}
        for number, (key, name) in enumerate(PERMISSIONS.items(), 10)
        if asked is None or key in asked
    }
    return answer(200, {"permissions": rows})


def _granted(call: Call) -> set[str]:
    """In the named project or issue; without one, what any project grants."""
    project = call.request.param("projectKey") or call.request.param("projectId")
    issue = call.request.param("issueKey") or call.request.param("issueId")
    projects = call.site.projects
    if issue is not None:
        projects = [call.site.project_of(call.issue(issue))]
    elif project is not None:
        found = call.project(project)
        if found is None:
            raise Refusal(404, f"No project could be found with key '{project}'.")
        projects = [found]
    return {one for each in projects for one in each.permissions} if call.user else set()
