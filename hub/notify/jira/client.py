"""The calls to Jira that the channel needs, the same for Cloud v3 and Data Center v2 (apis/jira.md section 3)."""

from __future__ import annotations

import abc
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from connectors import errors
from connectors.contract import Wiring
from connectors.http import path
from hub.notify.jira.formats import CLOUD, SERVER, Format
from hub.notify.jira.marks import PROPERTY, Mark, label_of, mark_of, suffix_of, word_of
from hub.notify.jira.refusals import BASE_URL, PROBE, anonymous, moment
from hub.notify.jira.screens import Screen, read_screen
from hub.notify.jira.settings import JiraSettings
from hub.notify.jira.texts import safe_url
from hub.notify.jira.wire import Wire, part, rows, total
from mappings.canonical.kinds import JSON

FIELDS = ("summary", "description", "labels", "status", "resolutiondate", "statuscategorychangedate", "updated")
CLOSED_AT = ("resolutiondate", "statuscategorychangedate", "updated")
"""Fields that tell when an issue was closed, the best first."""
FOUND_AT_MOST = 20
"""Issues that a search for one mark looks at: people may have cloned ours, labels and all."""
COMMENTS_PER_PAGE = 100
PROBED = 100
"""Keys beyond the newest known one that a lost issue may have got (section 5)."""
PROBED_SINGLY = 20
GAPS = 3
"""Keys in a row that may be missing before nothing more is expected, where each costs a request."""


@dataclass(frozen=True, slots=True)
class Issue:
    """An issue as the database holds it. Its id never changes; its key does when it is moved."""

    id: str
    key: str
    summary: str
    body: JSON
    labels: frozenset[str]
    status: str
    closed: bool
    closed_at: float | None
    """Seconds since the epoch; None where Jira does not tell."""
    mark: Mark | None

    def is_of(self, key: str) -> bool:
        """Whether it tells what this key stands for: by its property, or by label or summary where it has none."""
        if self.mark:
            return self.mark.key == key
        return label_of(key) in self.labels or self.summary.endswith(suffix_of(key))


@dataclass(frozen=True, slots=True)
class Transition:
    """A way out of an issue's status. `category` is "new", "indeterminate" or "done"."""

    id: str
    name: str
    to: str
    category: str


class JiraClient(abc.ABC):
    """One site, one project. Raises ToolErrors only."""

    format: ClassVar[Format]

    def __init__(self, settings: JiraSettings, wire: Wire, site: str) -> None:
        self.settings = settings
        self.time = wire.time
        self._wire = wire
        self._site = site
        self._rest = self.format.rest
        self._screen: Screen | None = None
        self._account = ""

    # Who and what ---------------------------------------------------------------------------------------------

    def close(self) -> None:
        self._wire.close()

    def account(self) -> str:
        """Who we are, as Jira sees it. Raises Unauthorized when it sees nobody, or somebody else than before.

        With wrong credentials Jira may answer like to a stranger: nothing is found, which would read as "not there
        yet" (apis/jira.md section 6.1). So this comes before every search that a new issue may follow.
        """
        me = self._wire.read(f"{self._rest}/myself")
        id_ = str(me.get("accountId") or me.get("name") or me.get("key") or "") if isinstance(me, Mapping) else ""
        if not id_ or id_ == "anonymous" or id_ != (self._account or id_):
            raise anonymous(id_)
        self._account = id_
        return str(me.get("displayName") or id_)

    def screen(self) -> Screen:
        """What a new issue may say; read once."""
        if self._screen is None:
            self._screen = read_screen(self._wire, self._rest, self.settings)
        return self._screen

    def address(self, key: str) -> str:
        """Where a person sees the issue."""
        return f"{self._site}/browse/{key}"

    # Issues ---------------------------------------------------------------------------------------------------

    def read(self, id_or_key: str) -> Issue:
        """An issue with its mark. Raises NotFound when it is gone or hidden."""
        params = {"fields": ",".join(FIELDS), "properties": PROPERTY}
        return _issue(self._wire.read(self._issue(id_or_key), params))

    def create(self, body: JSON) -> tuple[str, str]:
        """Create an issue; its id and key. Raises RefusedFields, and UnknownOutcome when the answer was lost."""
        made = self._wire.post(f"{self._rest}/issue", body)
        if not isinstance(made, Mapping) or not made.get("id") or not made.get("key"):
            raise errors.UnknownOutcome("Jira's answer to a new issue names none")
        return str(made["id"]), str(made["key"])

    def edit(self, issue: str, fields: Mapping[str, JSON], mark: Mark) -> None:
        """Set fields and the mark in one write."""
        body = {"fields": fields, "properties": [{"key": PROPERTY, "value": mark.value}]}
        self._wire.write("PUT", self._issue(issue), body, issue=issue)

    def set_mark(self, issue: str, mark: Mark) -> None:
        """Write the mark alone."""
        self._wire.write("PUT", self._issue(issue, "properties", PROPERTY), mark.value, issue=issue)

    def newest(self) -> int:
        """The number of the project's newest issue as far as the search knows, 0 for none: never too high."""
        found = self._search(f"project = {quoted(self.settings.project)} ORDER BY created DESC", 1)
        numbers = (re.search(r"-(\d+)$", str(one.get("key"))) for one in found)
        return max((int(number[1]) for number in numbers if number), default=0)

    def marked(self, key: str) -> list[Issue]:
        """The issues that the search finds under the mark of this key, oldest first, as the database holds them."""
        if "labels" in self.screen().fields:
            return self._found(f"labels = {quoted(label_of(key))}")
        return self._found(f"summary ~ {quoted(word_of(key))}")

    def _found(self, clause: str) -> list[Issue]:
        jql = f"project = {quoted(self.settings.project)} AND {clause} ORDER BY created ASC"
        return [issue for one in self._search(jql, FOUND_AT_MOST) if (issue := self._read_if_there(str(one.get("id"))))]

    def _read_if_there(self, id_or_key: str) -> Issue | None:
        try:
            return self.read(id_or_key)
        except errors.NotFound:
            return None

    @abc.abstractmethod
    def behind(self, number: int) -> Iterator[Issue]:
        """The issues that got the next keys after this number: a look into the database, not into the search."""

    @abc.abstractmethod
    def _search(self, jql: str, most: int) -> list[Mapping[str, Any]]:
        """As the deployment does it."""

    # What hangs on an issue -----------------------------------------------------------------------------------

    def link(self, issue: str, global_id: str, url: str, title: str) -> None:
        """Point from the issue to a page; the same `global_id` replaces the link it had."""
        body = {
            "globalId": global_id,
            "application": {"type": "schema-sync-hub", "name": "Schema sync hub"},
            "relationship": "is told about in",
            "object": {"url": url, "title": title},
        }
        self._wire.write("POST", self._issue(issue, "remotelink"), body, issue=issue)

    def relate(self, newer: str, older: str) -> None:
        """Link two issues, by their keys, as relating to each other."""
        body = {"type": {"name": "Relates"}, "inwardIssue": {"key": newer}, "outwardIssue": {"key": older}}
        self._wire.write("POST", f"{self._rest}/issueLink", body, issue=newer, repeatable=False)

    def transitions(self, issue: str) -> list[Transition]:
        """The ways out of the issue's status; none when the account may not take any."""
        return [_transition(one) for one in rows(self._wire.read(self._issue(issue, "transitions")), "transitions")]

    def take(self, issue: str, transition: Transition, fields: Mapping[str, JSON] | None = None) -> None:
        """Move the issue on. Not repeatable: the second time the way is no longer offered."""
        body = {"transition": {"id": transition.id}, **({"fields": fields} if fields else {})}
        self._wire.write("POST", self._issue(issue, "transitions"), body, issue=issue, repeatable=False)

    def comment(self, issue: str, body: JSON, key: str) -> str:
        """Add a comment that carries the mark of this key; its id."""
        made = self._wire.post(self._issue(issue, "comment"), self.format.comment(body, key), issue=issue)
        return str(made.get("id") or "") if isinstance(made, Mapping) else ""

    def find_comment(self, issue: str, key: str) -> str | None:
        """The comment that carries the mark of this key, looked for from the newest on."""
        seen = 0
        while True:
            params = {"startAt": str(seen), "maxResults": str(COMMENTS_PER_PAGE), "orderBy": "-created"}
            page = self._wire.read(self._issue(issue, "comment"), params)
            comments = rows(page, "comments")
            found = self._marked_comment(comments, key)
            seen += len(comments)
            if found or not comments or seen >= total(page):
                return found

    @abc.abstractmethod
    def _marked_comment(self, comments: Any, key: str) -> str | None:
        """As the deployment does it."""

    def _issue(self, id_or_key: str, *more: str) -> str:
        return self._rest + path("issue", id_or_key, *more)


class CloudClient(JiraClient):
    """Cloud v3: texts as ADF, a search that lags, lookups of many keys at once, properties on comments."""

    format = CLOUD

    def behind(self, number: int) -> Iterator[Issue]:
        keys = [f"{self.settings.project}-{number + step}" for step in range(1, PROBED + 1)]
        body = {"issueIdsOrKeys": keys, "fields": list(FIELDS), "properties": [PROPERTY]}
        yield from map(_issue, rows(self._wire.ask(f"{self._rest}/issue/bulkfetch", body), "issues"))

    def _search(self, jql: str, most: int) -> list[Mapping[str, Any]]:
        body = {"jql": jql, "fields": ["summary"], "maxResults": most}
        return list(rows(self._wire.ask(f"{self._rest}/search/jql", body), "issues"))

    def _marked_comment(self, comments: Any, key: str) -> str | None:
        ids = [int(one["id"]) for one in comments if str(one.get("id")).isdigit()]
        if not ids:
            return None
        address = f"{self._rest}/comment/list?expand=properties"
        for one in rows(self._wire.ask(address, {"ids": ids}), "values"):
            values = (kept.get("value") for kept in rows(one, "properties") if kept.get("key") == PROPERTY)
            if any(isinstance(value, Mapping) and value.get("dedupe_key") == key for value in values):
                return str(one.get("id"))
        return None


class ServerClient(JiraClient):
    """Data Center v2: texts as wiki markup, a search that is up to date, comments marked by a line."""

    format = SERVER

    def behind(self, number: int) -> Iterator[Issue]:
        missing = 0
        for step in range(1, PROBED_SINGLY + 1):
            issue = self._read_if_there(f"{self.settings.project}-{number + step}")
            if issue:
                yield issue
            missing = 0 if issue else missing + 1
            if missing == GAPS:
                return

    def _search(self, jql: str, most: int) -> list[Mapping[str, Any]]:
        body = {"jql": jql, "startAt": 0, "fields": ["summary"], "maxResults": most}
        return list(rows(self._wire.ask(f"{self._rest}/search", body), "issues"))

    def _marked_comment(self, comments: Any, key: str) -> str | None:
        return next((str(one.get("id")) for one in comments if label_of(key) in str(one.get("body"))), None)


CLIENTS: tuple[type[JiraClient], ...] = (CloudClient, ServerClient)


def open_site(settings: JiraSettings, wiring: Wiring) -> JiraClient:
    """A client for the deployment that the site says it is. Raises Misconfigured when no Jira answers there."""
    wire = Wire(settings, wiring)
    try:
        info = _server_info(wire, settings)
    except errors.ToolError:
        wire.close()
        raise
    kind = CloudClient if info.get("deploymentType") == "Cloud" else ServerClient
    return kind(settings, wire, safe_url(str(info.get("baseUrl") or "")).rstrip("/") or settings.base_url)


def _server_info(wire: Wire, settings: JiraSettings) -> Mapping[str, Any]:
    """What the site says of itself, asked at the address of the likelier deployment first."""
    for kind in CLIENTS if settings.likely_cloud else CLIENTS[::-1]:
        try:
            info = wire.read_unproven(f"{kind.format.rest}{PROBE}")
        except errors.NotFound:
            continue
        if isinstance(info, Mapping) and info.get("deploymentType"):
            return info
    raise errors.Misconfigured("no Jira answers at base_url", place=settings.base_url, hint=BASE_URL)


def quoted(text: str) -> str:
    """The text as a value in JQL."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _issue(value: Any) -> Issue:
    """An issue as the API tells it. Raises BadAnswer for anything else."""
    if not isinstance(value, Mapping) or not value.get("id") or not isinstance(value.get("fields"), Mapping):
        raise errors.BadAnswer("the answer is no issue")
    fields, status = part(value, "fields"), part(value["fields"], "status")
    closed = part(status, "statusCategory").get("key") == "done"
    labels = fields.get("labels")
    moments = (moment(str(fields.get(name) or "")) for name in CLOSED_AT)
    return Issue(
        id=str(value["id"]),
        key=str(value.get("key") or ""),
        summary=str(fields.get("summary") or ""),
        body=fields.get("description"),
        labels=frozenset(map(str, labels if isinstance(labels, list) else ())),
        status=str(status.get("name") or ""),
        closed=closed,
        closed_at=next((one for one in moments if one is not None), None) if closed else None,
        mark=mark_of(part(value, "properties").get(PROPERTY)),
    )


def _transition(value: Mapping[str, Any]) -> Transition:
    to = part(value, "to")
    category = part(to, "statusCategory").get("key")
    return Transition(str(value.get("id")), str(value.get("name") or ""), str(to.get("name") or ""), str(category))
