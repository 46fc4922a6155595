"""What people do to an emulated Jira site in their browsers; one function per verb."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from connectors.sandbox import JSON
from hub.notify.jira.sandbox.adf import is_document
from hub.notify.jira.sandbox.demo import new_project
from hub.notify.jira.sandbox.state import (
    PERMISSIONS,
    PRIORITIES,
    RESOLUTIONS,
    SECRET_KINDS,
    Comment,
    Issue,
    IssueType,
    Project,
    Secret,
    Site,
    User,
)

Change = Mapping[str, JSON]
Edit = Callable[[Site, Change, float], JSON]

STYLES = ("next-gen", "classic")


def make_edit(site: Site, change: JSON, now: float) -> JSON:
    """Do one change. Raises ValueError with a plain sentence when it makes no sense."""
    verb = change.get("do") if isinstance(change, dict) else None
    if not isinstance(verb, str) or verb not in VERBS:
        raise ValueError(f"a change is an object whose 'do' is one of {', '.join(VERBS)}, not {verb!r}")
    try:
        return VERBS[verb](site, change, now) or {}
    except KeyError as missing:
        raise ValueError(f"{verb} needs {missing}") from missing


# What a change names -----------------------------------------------------------------------------------------


def _issue(site: Site, change: Change) -> Issue:
    found = site.find(str(change["issue"]))
    if found is None:
        raise ValueError(f"there is no issue {change['issue']!r}")
    return found


def _project(site: Site, change: Change) -> Project:
    found = site.project(str(change["project"]))
    if found is None:
        raise ValueError(f"there is no project {change['project']!r}")
    return found


def _type(project: Project, name: str) -> IssueType:
    found = next((one for one in project.types if one.name == name), None)
    if found is None:
        raise ValueError(f"{project.key} has no issue type {name!r}")
    return found


def _user(site: Site, name: str) -> User:
    found = next((one for one in site.users if name in (one.account, one.name)), None)
    if found is None:
        raise ValueError(f"there is nobody called {name!r}")
    return found


def _person(site: Site, change: Change) -> User:
    """Who does it: the first colleague of the hub unless the change says otherwise."""
    return _user(site, change["by"]) if "by" in change else next(one for one in site.users if one.name != "hub")


def _one_of(value: JSON, choices: tuple[str, ...] | list[str], what: str) -> str:
    if value not in choices:
        raise ValueError(f"no {what} {value!r}; known: {', '.join(choices)}")
    return str(value)


def _status(project: Project, name: str) -> str:
    """The id of a status by its name."""
    known = {one.name: one.id for one in project.statuses}
    return known[_one_of(name, list(known), "status")]


def _text(value: JSON) -> JSON:
    """A rich text, checked as the editor would: a document, or wiki text."""
    if value is not None and not isinstance(value, str) and not is_document(value):
        raise ValueError("a text is wiki text or an Atlassian document")
    return value


# Issues ------------------------------------------------------------------------------------------------------


def _edit(site: Site, change: Change, now: float) -> None:
    issue = _issue(site, change)
    new = {"summary": change["summary"]} if "summary" in change else {}
    if "description" in change:
        new["description"] = _text(change["description"])
    if "labels" in change:
        new["labels"] = tuple(change["labels"])
    if "priority" in change:
        new["priority"] = _one_of(change["priority"], PRIORITIES, "priority")
    if "assignee" in change:
        new["assignee"] = None if change["assignee"] is None else _user(site, change["assignee"]).account
    if "status" in change:
        new["status"] = _status(site.project_of(issue), change["status"])
    if not new:
        raise ValueError("edit needs something to change")
    site.put(replace(issue, **new), now)


def _transition(site: Site, change: Change, now: float) -> None:
    issue = _issue(site, change)
    given = change.get("resolution")
    resolution = None if given is None else _one_of(given, RESOLUTIONS, "resolution")
    status = _status(site.project_of(issue), change["to"])
    site.put(replace(issue, status=status, resolution=resolution), now)


def _label(site: Site, change: Change, now: float) -> None:
    issue = _issue(site, change)
    site.put(replace(issue, labels=tuple(dict.fromkeys((*issue.labels, change["label"])))), now)


def _unlabel(site: Site, change: Change, now: float) -> None:
    issue = _issue(site, change)
    if change["label"] not in issue.labels:
        raise ValueError(f"{issue.key} has no label {change['label']!r}")
    site.put(replace(issue, labels=tuple(one for one in issue.labels if one != change["label"])), now)


def _comment(site: Site, change: Change, now: float) -> JSON:
    issue, author, body = _issue(site, change), _person(site, change).account, _text(change["body"])
    comment = Comment(str(site.next_id()), author, body, now, now, author)
    site.put(replace(issue, comments=(*issue.comments, comment)), now)
    return {"id": comment.id}


def _uncomment(site: Site, change: Change, now: float) -> None:
    issue = _issue(site, change)
    left = tuple(one for one in issue.comments if one.id != change["id"])
    if len(left) == len(issue.comments):
        raise ValueError(f"{issue.key} has no comment {change['id']!r}")
    site.put(replace(issue, comments=left), now)


def _unlink(site: Site, change: Change, now: float) -> None:
    issue = _issue(site, change)
    left = tuple(one for one in issue.links if one.id != change["id"])
    if len(left) == len(issue.links):
        raise ValueError(f"{issue.key} has no remote link {change['id']!r}")
    site.put(replace(issue, links=left), now)


def _forget_property(site: Site, change: Change, now: float) -> None:
    issue = _issue(site, change)
    if change["key"] not in issue.properties:
        raise ValueError(f"{issue.key} has no property {change['key']!r}")
    left = {key: value for key, value in issue.properties.items() if key != change["key"]}
    site.put(replace(issue, properties=left), now)


def _create(site: Site, change: Change, now: float) -> JSON:
    project = _project(site, change)
    kind = _type(project, change.get("type", project.types[0].name))
    summary, description = change["summary"], _text(change.get("description"))
    issue = Issue(
        id=str(site.next_id()),
        key=site.next_key(project, 0),
        project=project.id,
        type=kind.id,
        status=project.statuses[0].id,
        summary=summary,
        reporter=_person(site, change).account,
        created=now,
        updated=now,
        description=description,
        labels=tuple(change.get("labels", ())),
    )
    site.add(issue, now)
    return {"id": issue.id, "key": issue.key}


def _delete(site: Site, change: Change, now: float) -> None:
    site.remove(_issue(site, change).id, now)


def _move(site: Site, change: Change, now: float) -> JSON:
    """The nearest type and status of the new project are taken, as the web page offers them."""
    issue, target = _issue(site, change), _project(site, change)
    source = site.project_of(issue)
    if target is source:
        raise ValueError(f"{issue.key} is in {target.key} already")
    kind, status = source.type(issue.type), source.status(issue.status)
    moved = replace(
        issue,
        key=site.next_key(target, 0),
        project=target.id,
        type=next((one.id for one in target.types if one.name == kind.name), target.types[0].id),
        status=next(one.id for one in target.statuses if one.category == status.category),
        parent=None,
    )
    site.moved[issue.key] = issue.id
    site.put(moved, now)
    return {"key": moved.key}


# Projects, people, credentials -------------------------------------------------------------------------------


def _screen(required: bool | None) -> Edit:
    """Puts a field on a type's screen, required or not; None takes it off."""

    def edit(site: Site, change: Change, now: float) -> None:
        project, field = _project(site, change), change["field"]
        kind = _type(project, change["type"])
        if required is None and field not in kind.screen:
            raise ValueError(f"{field!r} is not on the screen of {kind.name}")
        others = {name: needed for name, needed in kind.screen.items() if name != field}
        screen = others if required is None else {**others, field: required}
        project.types = [replace(one, screen=screen) if one is kind else one for one in project.types]

    return edit


def _permission(granted: bool) -> Edit:
    def edit(site: Site, change: Change, now: float) -> None:
        project = _project(site, change)
        name = _one_of(change["permission"], list(PERMISSIONS), "permission")
        others = [one for one in project.permissions if one != name]
        project.permissions = [*others, name] if granted else others

    return edit


def _revoke(site: Site, change: Change, now: float) -> None:
    gone = SECRET_KINDS if "kind" not in change else (_one_of(change["kind"], SECRET_KINDS, "kind of credential"),)
    site.secrets = [one for one in site.secrets if one.kind not in gone]


def _issue_secret(site: Site, change: Change, now: float) -> None:
    kind = _one_of(change["kind"], SECRET_KINDS, "kind of credential")
    site.secrets.append(Secret(kind, _user(site, change["user"]).account, change["text"]))


def _log_in(site: Site, change: Change, now: float) -> None:
    site.failed_logins.pop(_user(site, change["user"]).name, None)


def _add_project(site: Site, change: Change, now: float) -> None:
    if site.project(change["project"]):
        raise ValueError(f"there is a project {change['project']!r} already")
    style = _one_of(change.get("style", STYLES[0]), STYLES, "style")
    number = max((int(one.id) for one in site.projects), default=10_000) + 100
    site.projects.append(new_project(str(number), change["project"], change.get("name", change["project"]), style))


def _add_type(site: Site, change: Change, now: float) -> None:
    project = _project(site, change)
    if any(one.name == change["type"] for one in project.types):
        raise ValueError(f"{project.key} has an issue type {change['type']!r} already")
    number = max(int(one.id) for one in project.types) + 1
    screen = project.types[0].screen
    project.types.append(IssueType(str(number), change["type"], screen, bool(change.get("subtask"))))


def _add_user(site: Site, change: Change, now: float) -> None:
    if any(change["account"] == one.account or change["name"] == one.name for one in site.users):
        raise ValueError(f"there is somebody called {change['name']!r} already")
    site.users.append(User(change["account"], change["name"], change["display"], change["email"]))


def _change_user(site: Site, change: Change, now: float) -> None:
    user = _user(site, change["user"])
    active, assignable = bool(change.get("active", user.active)), bool(change.get("assignable", user.assignable))
    changed = replace(user, active=active, assignable=assignable)
    site.users = [changed if one is user else one for one in site.users]


def _skip_keys(site: Site, change: Change, now: float) -> None:
    _project(site, change).last_number += int(change["count"])


def _conflict(site: Site, change: Change, now: float) -> None:
    site.conflicts += int(change.get("times", 1))


VERBS: Mapping[str, Edit] = {
    "edit": _edit,
    "label": _label,
    "unlabel": _unlabel,
    "transition": _transition,
    "comment": _comment,
    "uncomment": _uncomment,
    "unlink": _unlink,
    "forget-property": _forget_property,
    "create": _create,
    "delete": _delete,
    "move": _move,
    "require": _screen(True),
    "unrequire": _screen(False),
    "put-on-screen": _screen(False),
    "take-off-screen": _screen(None),
    "take-permission": _permission(False),
    "give-permission": _permission(True),
    "revoke": _revoke,
    "issue-secret": _issue_secret,
    "log-in": _log_in,
    "add-project": _add_project,
    "add-type": _add_type,
    "add-user": _add_user,
    "change-user": _change_user,
    "skip-keys": _skip_keys,
    "conflict": _conflict,
}
