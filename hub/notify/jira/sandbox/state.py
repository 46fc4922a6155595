"""What an emulated Jira site holds: people, projects, issues, and the search index that runs behind them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from pydantic import TypeAdapter

from connectors.sandbox import JSON

PERMISSIONS: Mapping[str, str] = {
    "BROWSE_PROJECTS": "Browse Projects",
    "CREATE_ISSUES": "Create Issues",
    "EDIT_ISSUES": "Edit Issues",
    "DELETE_ISSUES": "Delete Issues",
    "ASSIGN_ISSUES": "Assign Issues",
    "TRANSITION_ISSUES": "Transition Issues",
    "LINK_ISSUES": "Link Issues",
    "ADD_COMMENTS": "Add Comments",
    "ADMINISTER_PROJECTS": "Administer Projects",
}
PRIORITIES = ("Highest", "High", "Medium", "Low", "Lowest")
RESOLUTIONS = ("Done", "Won't Do", "Duplicate", "Cancelled")
CATEGORIES: Mapping[str, tuple[int, str, str]] = {
    "new": (2, "To Do", "blue-gray"),
    "indeterminate": (4, "In Progress", "yellow"),
    "done": (3, "Done", "green"),
}
"""Key of a status category → id, name and colour."""

SECRET_KINDS = ("token", "scoped", "password", "pat")


def stamp(now: float) -> str:
    """A moment as Jira writes it: milliseconds, no colon in the offset (apis/jira.md section 6, item 16)."""
    return datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0000"


@dataclass(frozen=True, slots=True)
class User:
    """`account` is the Cloud's accountId, `name` the Data Center's user name."""

    account: str
    name: str
    display: str
    email: str
    active: bool = True
    assignable: bool = True


@dataclass(frozen=True, slots=True)
class Secret:
    """One credential; `kind` is one of SECRET_KINDS, `user` an account."""

    kind: str
    user: str
    text: str


@dataclass(frozen=True, slots=True)
class IssueType:
    """`screen` holds the fields that may be set, each with whether it is required."""

    id: str
    name: str
    screen: Mapping[str, bool]
    subtask: bool = False


@dataclass(frozen=True, slots=True)
class Status:
    """`category` is a key of CATEGORIES."""

    id: str
    name: str
    category: str


@dataclass(frozen=True, slots=True)
class Transition:
    """One arrow of a workflow; no `sources` means from everywhere but its own end."""

    id: str
    name: str
    to: str
    sources: tuple[str, ...] = ()
    screen: Mapping[str, bool] = field(default_factory=dict)

    def starts_at(self, status: str) -> bool:
        return status in self.sources if self.sources else status != self.to


@dataclass(slots=True)
class Project:
    """`style` is "next-gen" (team-managed) or "classic"; `permissions` are what everybody who is logged in has."""

    id: str
    key: str
    name: str
    style: str
    types: list[IssueType]
    statuses: list[Status]
    transitions: list[Transition]
    components: list[str] = field(default_factory=list)
    permissions: list[str] = field(default_factory=lambda: list(PERMISSIONS))
    properties: dict[str, JSON] = field(default_factory=dict)
    last_number: int = 0

    def status(self, identifier: str) -> Status:
        return next(one for one in self.statuses if one.id == identifier)

    def type(self, identifier: str) -> IssueType:
        return next(one for one in self.types if one.id == identifier)


@dataclass(frozen=True, slots=True)
class Comment:
    """`body` is an Atlassian document or wiki text, as it was written; times are seconds."""

    id: str
    author: str
    body: JSON
    created: float
    updated: float
    editor: str
    visibility: JSON = None
    properties: Mapping[str, JSON] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RemoteLink:
    """`details` holds what was sent besides the global id; what was left out is null."""

    id: int
    global_id: str | None
    details: Mapping[str, JSON]


@dataclass(frozen=True, slots=True)
class Issue:
    """One issue. `project`, `type`, `status`, `parent` are ids; `reporter`, `assignee`, `watchers` are accounts."""

    id: str
    key: str
    project: str
    type: str
    status: str
    summary: str
    reporter: str
    created: float
    updated: float
    description: JSON = None
    labels: tuple[str, ...] = ()
    assignee: str | None = None
    priority: str | None = "Medium"
    resolution: str | None = None
    parent: str | None = None
    components: tuple[str, ...] = ()
    watchers: tuple[str, ...] = ()
    custom: Mapping[str, JSON] = field(default_factory=dict)
    properties: Mapping[str, JSON] = field(default_factory=dict)
    comments: tuple[Comment, ...] = ()
    links: tuple[RemoteLink, ...] = ()
    related: tuple[tuple[str, str], ...] = ()
    """Links to other issues: the type's name and the other one's id."""

    @property
    def number(self) -> int:
        return int(self.key.rpartition("-")[2])


@dataclass(frozen=True, slots=True)
class Pending:
    """A change that the search index has not seen yet; no issue means a deletion."""

    at: float
    id: str
    issue: Issue | None


@dataclass(slots=True)
class Site:
    """The whole state. Issues are values: a write replaces one and tells the index, which follows later."""

    users: list[User] = field(default_factory=list)
    secrets: list[Secret] = field(default_factory=list)
    projects: list[Project] = field(default_factory=list)
    issues: dict[str, Issue] = field(default_factory=dict)
    moved: dict[str, str] = field(default_factory=dict)
    """Former keys → issue ids."""
    indexed: dict[str, Issue] = field(default_factory=dict)
    pending: list[Pending] = field(default_factory=list)
    last_id: int = 9999
    """The last id given to an issue, a comment or a remote link."""
    created: dict[str, int] = field(default_factory=dict)
    """Label → how many issues were created with it, deleted ones included."""
    failed_logins: dict[str, int] = field(default_factory=dict)
    conflicts: int = 0
    """How many edits to come are answered with 409."""

    # Writing -------------------------------------------------------------------------------------------------

    def next_id(self) -> int:
        self.last_id += 1
        return self.last_id

    def put(self, issue: Issue, now: float) -> Issue:
        """Store an issue, new or changed; its `updated` becomes `now`."""
        issue = replace(issue, updated=now)
        self.issues[issue.id] = issue
        self.pending.append(Pending(now, issue.id, issue))
        return issue

    def add(self, issue: Issue, now: float) -> Issue:
        for label in issue.labels:
            self.created[label] = self.created.get(label, 0) + 1
        return self.put(issue, now)

    def remove(self, identifier: str, now: float) -> None:
        del self.issues[identifier]
        self.pending.append(Pending(now, identifier, None))

    def next_key(self, project: Project, gap: int) -> str:
        project.last_number += 1 + gap
        return f"{project.key}-{project.last_number}"

    def index(self, until: float) -> None:
        """Let the index see what was written up to a moment."""
        due = [one for one in self.pending if one.at <= until]
        self.pending = [one for one in self.pending if one.at > until]
        for one in due:
            if one.issue is None:
                self.indexed.pop(one.id, None)
            else:
                self.indexed[one.id] = one.issue

    # Finding -------------------------------------------------------------------------------------------------

    def project(self, id_or_key: str) -> Project | None:
        wanted = id_or_key.upper()
        return next((one for one in self.projects if wanted in (one.id, one.key)), None)

    def project_of(self, issue: Issue) -> Project:
        return next(one for one in self.projects if one.id == issue.project)

    def find(self, id_or_key: str, *, lagging: bool = False) -> Issue | None:
        """By id, by key in any case, or by a key from before a move. Lagging: keys are looked up in the index."""
        if re.fullmatch(r"[0-9]+", id_or_key):
            return self.issues.get(id_or_key)
        wanted = id_or_key.upper()
        known = self.indexed if lagging else self.issues
        found = next((one.id for one in known.values() if one.key == wanted), self.moved.get(wanted))
        return self.issues.get(found) if found else None

    def user(self, account: str | None) -> User | None:
        return next((one for one in self.users if one.account == account), None)

    def comments(self) -> Iterator[tuple[Issue, Comment]]:
        for issue in self.issues.values():
            for comment in issue.comments:
                yield issue, comment

    # As JSON -------------------------------------------------------------------------------------------------

    def dump(self) -> JSON:
        """All of it; of the index only where it is behind: id → the issue as searched, null where it is not found."""
        state = _SITE.dump_python(self, mode="json")
        del state["indexed"]
        behind = {one for one in {*self.issues, *self.indexed} if self.indexed.get(one) != self.issues.get(one)}
        state["behind"] = {one: _ISSUE.dump_python(self.indexed.get(one), mode="json") for one in sorted(behind)}
        return state

    @classmethod
    def loaded(cls, state: JSON) -> Site:
        """The inverse of `dump`. Raises ValueError when the state has another shape."""
        site = _SITE.validate_python(state)
        behind = {one: _ISSUE.validate_python(issue) for one, issue in state["behind"].items()}
        seen = {**site.issues, **behind}
        site.indexed = {one: issue for one, issue in seen.items() if issue is not None}
        return site


_SITE = TypeAdapter(Site)
_ISSUE: TypeAdapter[Issue | None] = TypeAdapter(Issue | None)
