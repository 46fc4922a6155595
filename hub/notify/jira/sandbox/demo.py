"""The demo site: three people, a team-managed and a company-managed project, a few issues."""

from __future__ import annotations

from collections.abc import Mapping

from connectors.sandbox import JSON
from hub.notify.jira.sandbox.state import Comment, Issue, IssueType, Project, Secret, Site, Status, Transition, User

EMAIL = "hub@example.com"
API_TOKEN = "demo-jira-api-token"
SCOPED_TOKEN = "demo-jira-scoped-token"
PASSWORD = "demo-jira-password"
PAT = "demo-jira-personal-access-token"
CLOUD_ID = "00000000-demo-4000-8000-000000000001"
PROJECT = "DATA"
"""The team-managed project."""

HUB = User("712020:demo-hub", "hub", "Schema Sync Hub", EMAIL)
MARA = User("712020:demo-mara", "mara", "Mara Lind", "mara@example.com")
TOMAS = User("712020:demo-tomas", "tomas", "Tomas Ek", "tomas@example.com", assignable=False)

SCREEN: Mapping[str, bool] = {
    "summary": True,
    "description": False,
    "labels": False,
    "assignee": False,
    "priority": False,
    "parent": False,
    "components": False,
}

TEAM_STATUSES = [
    Status("10000", "To Do", "new"),
    Status("10001", "In Progress", "indeterminate"),
    Status("10002", "Done", "done"),
]
TEAM_ARROWS = [
    Transition("11", "To Do", "10000"),
    Transition("21", "In Progress", "10001"),
    Transition("31", "Done", "10002"),
]
COMPANY_STATUSES = [
    Status("1", "Open", "new"),
    Status("3", "In Progress", "indeterminate"),
    Status("5", "Resolved", "done"),
]
COMPANY_ARROWS = [
    Transition("4", "Start Progress", "3", ("1",)),
    Transition("5", "Resolve Issue", "5", ("1", "3"), {"resolution": True, "assignee": False}),
    Transition("711", "Reopen Issue", "1", ("5",), {"resolution": False}),
]


def new_project(identifier: str, key: str, name: str, style: str) -> Project:
    """A project as one is set up, with the workflow that its style brings along."""
    team = style == "next-gen"
    first = int(identifier) * 10
    return Project(
        identifier,
        key,
        name,
        style,
        types=[
            IssueType(str(first + 1), "Task", SCREEN),
            IssueType(str(first + 2), "Bug", SCREEN),
            IssueType(str(first + 3), "Sub-task" if not team else "Subtask", SCREEN, subtask=True),
        ],
        statuses=list(TEAM_STATUSES if team else COMPANY_STATUSES),
        transitions=list(TEAM_ARROWS if team else COMPANY_ARROWS),
        components=["Web", "Warehouse"],
    )


def demo_site(deployment: str, now: float) -> Site:
    """The site as it is before anybody asks; the search index knows all of it."""
    site = Site(users=[HUB, MARA, TOMAS])
    texts = {"token": API_TOKEN, "scoped": SCOPED_TOKEN, "password": PASSWORD, "pat": PAT}
    site.secrets = [Secret(kind, HUB.account, text) for kind, text in texts.items()]
    site.projects = [
        new_project("10100", PROJECT, "Data Platform", "next-gen"),
        new_project("10200", "OPS", "Operations", "classic"),
    ]
    documents = deployment == "Cloud"
    for issue in (_todo(site, now, documents), _done(site, now)):
        site.add(issue, now)
    site.index(now)
    return site


def _todo(site: Site, now: float, documents: bool) -> Issue:
    project = site.projects[0]
    comment = Comment(str(site.next_id()), MARA.account, _remark(documents), now, now, MARA.account)
    return Issue(
        id=str(site.next_id()),
        key=site.next_key(project, 0),
        project=project.id,
        type=project.types[0].id,
        status="10001",
        summary="Instrument the new checkout",
        reporter=MARA.account,
        created=now,
        updated=now,
        description=_outline(documents),
        labels=("checkout", "tracking"),
        assignee=MARA.account,
        comments=(comment,),
    )


def _done(site: Site, now: float) -> Issue:
    project = site.projects[0]
    return Issue(
        id=str(site.next_id()),
        key=site.next_key(project, 0),
        project=project.id,
        type=project.types[1].id,
        status="10002",
        summary="Coupon field is empty on returns",
        reporter=MARA.account,
        created=now,
        updated=now,
    )


def _remark(documents: bool) -> JSON:
    text = "The cart team starts on Monday."
    return {"type": "doc", "version": 1, "content": [_paragraph(text)]} if documents else text


def _paragraph(text: str) -> JSON:
    return {"type": "paragraph", "content": [{"type": "text", "text": text}]}


def _outline(documents: bool) -> JSON:
    events = ("Basket Opened", "Voucher Entered")
    if not documents:
        return "h3. Events to send\n" + "\n".join(f"* {{{{{one}}}}}" for one in events)
    items = [
        {
            "type": "listItem",
            "content": [{"type": "paragraph", "content": [{"type": "text", "text": one, "marks": [{"type": "code"}]}]}],
        }
        for one in events
    ]
    heading = {"type": "heading", "attrs": {"level": 3}, "content": [{"type": "text", "text": "Events to send"}]}
    return {"type": "doc", "version": 1, "content": [heading, {"type": "bulletList", "content": items}]}
