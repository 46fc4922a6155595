"""Issues, people and comments as a read answers them (apis/jira.md sections 1, 3 and 4)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from connectors.sandbox import JSON
from hub.notify.jira.sandbox.adf import document_of, plain_text
from hub.notify.jira.sandbox.call import Call
from hub.notify.jira.sandbox.state import (
    CATEGORIES,
    PRIORITIES,
    RESOLUTIONS,
    Comment,
    Issue,
    IssueType,
    Project,
    Status,
    User,
    stamp,
)


def rich_text(call: Call, text: JSON) -> JSON:
    """A text in this version's form, however it was written."""
    if text is None or isinstance(text, str) != call.speaks_documents:
        return text
    return document_of(text) if call.speaks_documents else plain_text(text)


def user_card(call: Call, account: str | None) -> JSON:
    """A person as the deployment knows people: by account on Cloud, by name on Data Center."""
    user = call.site.user(account)
    return None if user is None else person(call, user)


def person(call: Call, user: User) -> JSON:
    shown = {"displayName": user.display, "emailAddress": user.email, "active": user.active, "timeZone": "Etc/UTC"}
    if call.cloud:
        own = {"self": f"{call.url('user')}?accountId={user.account}", "accountId": user.account}
        return {**own, "accountType": "atlassian", **shown}
    return {"self": f"{call.url('user')}?username={user.name}", "key": user.name, "name": user.name, **shown}


def status_card(call: Call, status: Status) -> JSON:
    """A status with its category, whose key is one of new, indeterminate, done."""
    number, name, color = CATEGORIES[status.category]
    category = {
        "self": call.url("statuscategory", str(number)),
        "id": number,
        "key": status.category,
        "colorName": color,
        "name": name,
    }
    return {
        "self": call.url("status", status.id),
        "description": "",
        "name": status.name,
        "id": status.id,
        "statusCategory": category,
    }


def type_card(call: Call, kind: IssueType) -> JSON:
    return {
        "self": call.url("issuetype", kind.id),
        "id": kind.id,
        "description": "",
        "name": kind.name,
        "subtask": kind.subtask,
    }


def project_card(call: Call, project: Project) -> JSON:
    card: dict[str, JSON] = {
        "self": call.url("project", project.id),
        "id": project.id,
        "key": project.key,
        "name": project.name,
    }
    if call.cloud:
        card |= {"projectTypeKey": "software", "simplified": project.style == "next-gen", "style": project.style}
    return card


def named(call: Call, family: str, choices: Sequence[str], name: str | None) -> JSON:
    """A priority, resolution or component: an object with an id, never a bare string."""
    if name is None:
        return None
    number = str(choices.index(name) + 1)
    return {"self": call.url(family, number), "name": name, "id": number}


def comment_card(call: Call, issue: Issue, comment: Comment, *, with_properties: bool = False) -> JSON:
    """A comment; its properties are shown by the list of comments by id alone."""
    card = {
        "self": call.url("issue", issue.id, "comment", comment.id),
        "id": comment.id,
        "author": user_card(call, comment.author),
        "body": rich_text(call, comment.body),
        "updateAuthor": user_card(call, comment.editor),
        "created": stamp(comment.created),
        "updated": stamp(comment.updated),
    }
    if comment.visibility is not None:
        card["visibility"] = comment.visibility
    if call.cloud:
        card["jsdPublic"] = True
    if with_properties:
        card["properties"] = [{"key": key, "value": value} for key, value in comment.properties.items()]
    return card


def _parent(call: Call, issue: Issue) -> JSON:
    parent = call.site.issues.get(issue.parent or "")
    if parent is None:
        return None
    status = call.site.project_of(parent).status(parent.status)
    return {
        "id": parent.id,
        "key": parent.key,
        "self": call.url("issue", parent.id),
        "fields": {"summary": parent.summary, "status": status_card(call, status)},
    }


def _subtasks(call: Call, issue: Issue) -> JSON:
    children = [one for one in call.site.issues.values() if one.parent == issue.id]
    return [{"id": one.id, "key": one.key, "self": call.url("issue", one.id)} for one in children]


def _comments(call: Call, issue: Issue) -> JSON:
    cards = [comment_card(call, issue, one) for one in issue.comments]
    return {"comments": cards, "maxResults": len(cards), "total": len(cards), "startAt": 0}


def _components(call: Call, issue: Issue) -> JSON:
    known = call.site.project_of(issue).components
    return [named(call, "component", known, one) for one in issue.components if one in known]


FIELDS: Mapping[str, Callable[[Call, Issue], JSON]] = {
    "summary": lambda call, issue: issue.summary,
    "description": lambda call, issue: rich_text(call, issue.description),
    "status": lambda call, issue: status_card(call, call.site.project_of(issue).status(issue.status)),
    "labels": lambda call, issue: shown_labels(call, issue),
    "issuetype": lambda call, issue: type_card(call, call.site.project_of(issue).type(issue.type)),
    "project": lambda call, issue: project_card(call, call.site.project_of(issue)),
    "priority": lambda call, issue: named(call, "priority", PRIORITIES, issue.priority),
    "resolution": lambda call, issue: named(call, "resolution", RESOLUTIONS, issue.resolution),
    "assignee": lambda call, issue: user_card(call, issue.assignee),
    "reporter": lambda call, issue: user_card(call, issue.reporter),
    "creator": lambda call, issue: user_card(call, issue.reporter),
    "components": _components,
    "parent": _parent,
    "subtasks": _subtasks,
    "created": lambda call, issue: stamp(issue.created),
    "updated": lambda call, issue: stamp(issue.updated),
    "watches": lambda call, issue: {"watchCount": len(issue.watchers), "isWatching": issue.reporter in issue.watchers},
    "comment": _comments,
}
NOT_NAVIGABLE = ("comment",)


def shown_labels(call: Call, issue: Issue) -> list[str]:
    return sorted(issue.labels) if call.switches["label_order"] == "sorted" else list(issue.labels)


def wanted_fields(asked: Iterable[str], issue: Issue) -> list[str]:
    """Which fields a list such as `summary`, `*all`, `*navigable`, `-comment` asks for; unknown names are ignored."""
    known = [*FIELDS, *issue.custom]
    chosen: set[str] = set()
    names = list(asked)
    if names and all(one.startswith("-") for one in names):
        names = ["*all", *names]
    for name in names:
        if name == "*all":
            chosen.update(known)
        elif name == "*navigable":
            chosen.update(one for one in known if one not in NOT_NAVIGABLE)
        elif name.startswith("-"):
            chosen.discard(name[1:])
        else:
            chosen.add(name)
    return [one for one in known if one in chosen]


def issue_card(call: Call, issue: Issue, asked: Iterable[str], properties: Iterable[str] = ()) -> JSON:
    """An issue with the fields and properties asked for. A sub-task's parent is left out where there is none."""
    values = {
        name: FIELDS[name](call, issue) if name in FIELDS else issue.custom[name]
        for name in wanted_fields(asked, issue)
    }
    if values.get("parent", "") is None:
        del values["parent"]
    card = {
        "expand": "renderedFields,names,schema,operations,editmeta,changelog,versionedRepresentations",
        "id": issue.id,
        "self": call.url("issue", issue.id),
        "key": issue.key,
        "fields": values,
    }
    held = issue.properties
    wanted = list(properties)
    if wanted:
        card["properties"] = {key: value for key, value in held.items() if key in wanted or "*all" in wanted}
    return card
