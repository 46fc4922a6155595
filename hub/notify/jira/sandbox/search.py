"""Finding issues: the index, which follows the database, and the searches over it (apis/jira.md sections 2 to 6)."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime

from connectors.sandbox import JSON, Response
from hub.notify.jira.sandbox.call import BAD_PAYLOAD, Call, Refusal, answer, in_mood, page_of
from hub.notify.jira.sandbox.jql import Clause, Query, clauses, matches, parse_jql
from hub.notify.jira.sandbox.showing import issue_card
from hub.notify.jira.sandbox.state import CATEGORIES, PRIORITIES, Issue

DEFAULT_PAGE = 50
LONGEST_ID_PAGE = 5000
LONGEST_FIELD_PAGE = 100
LONGEST_OFFSET_PAGE = 1000
MOST_PROPERTIES = 5
MOST_RECONCILED = 50
MOST_ORDERS = 7
TOKEN_SECONDS = 7 * 24 * 3600

REMOVED = (
    "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API. A full migration guideline"
    " is available at https://developer.atlassian.com/changelog/#CHANGE-2046"
)
UNBOUNDED = "Unbounded JQL queries are not allowed here. Please add a search restriction to your query."

KEYS = {"jql", "fields", "properties", "maxResults", "nextPageToken", "reconcileIssues", "expand", "fieldsByKeys"}


# What a query means ------------------------------------------------------------------------------------------


def find(call: Call, query: Query, reconciled: Iterable[int] = ()) -> list[Issue]:
    """Issues this user may see as the index knows them; those of `reconciled` as the database does."""
    site = call.site
    known = dict(site.indexed)
    for number in map(str, reconciled):
        known.pop(number, None)
        if number in site.issues:
            known[number] = site.issues[number]
    seen = [one for one in known.values() if call.can(site.project_of(one), "BROWSE_PROJECTS")]
    if call.user is not None:
        _check_values(call, query)
    found = [one for one in seen if _is_hit(call, query, one)]
    if call.switches["search_values"] == "database":
        found = [site.issues[one.id] for one in found if one.id in site.issues]
    return _ordered(call, found, query)


def _is_hit(call: Call, query: Query, issue: Issue) -> bool:
    return query.where is None or matches(query.where, lambda clause: _holds(call, clause, issue))


def _check_values(call: Call, query: Query) -> None:
    """A project, key, status or type that does not exist is an error, not an empty result."""
    for clause in clauses(query.where):
        for value in clause.operand:
            if not _exists(call, clause.field, value):
                text = (
                    f"An issue with key '{value}' does not exist for field 'key'."
                    if clause.field == "key"
                    else f"The value '{value}' does not exist for the field '{clause.field}'."
                )
                raise Refusal(400, text)


def _exists(call: Call, field: str, value: str) -> bool:
    visible = [one for one in call.site.projects if call.can(one, "BROWSE_PROJECTS")]
    known: Mapping[str, Callable[[], Iterable[str]]] = {
        "project": lambda: [text for one in visible for text in (one.key, one.id, one.name)],
        "status": lambda: [text for one in visible for status in one.statuses for text in (status.name, status.id)],
        "issuetype": lambda: [text for one in visible for kind in one.types for text in (kind.name, kind.id)],
        "statusCategory": lambda: [text for key, row in CATEGORIES.items() for text in (key, row[1], str(row[0]))],
    }
    if field in ("created", "updated"):
        return _moment(value, call.now) is not None
    if field in ("key", "id"):
        return call.site.find(value) is not None
    return field not in known or value.lower() in {one.lower() for one in known[field]()}


def _texts(call: Call, field: str, issue: Issue) -> set[str]:
    """The values by which an issue is found in a field, in lower case where case does not matter."""
    project = call.site.project_of(issue)
    status = project.status(issue.status)
    if field == "labels":
        return {_label(call, one) for one in issue.labels}
    if field == "statusCategory":
        number, name, _ = CATEGORIES[status.category]
        return {status.category, name.lower(), str(number)}
    kind = project.type(issue.type)
    names = {
        "project": (project.key, project.id, project.name),
        "status": (status.name, status.id),
        "issuetype": (kind.name, kind.id),
    }
    return {one.lower() for one in names[field]}


def _label(call: Call, label: str) -> str:
    return label.lower() if call.switches["label_search"] == "any-case" else label


def _holds(call: Call, clause: Clause, issue: Issue) -> bool:
    if clause.field == "summary":
        return _says(issue.summary, clause.operand[0]) != (clause.operator == "!~")
    if clause.field in ("created", "updated"):
        return _compares(clause.operator, getattr(issue, clause.field), [_moment(clause.operand[0], call.now) or 0.0])
    if clause.field in ("key", "id"):
        found = [call.site.find(one) for one in clause.operand]
        numbers = [_rank(clause.field, one) for one in found if one is not None]
        return _compares(clause.operator, _rank(clause.field, issue), numbers)
    spell = (lambda one: _label(call, one)) if clause.field == "labels" else str.lower
    held = _texts(call, clause.field, issue)
    if clause.operator in ("!=", "not in") and not held:
        return False  # != never matches EMPTY (section 4)
    return bool(held & {spell(one) for one in clause.operand}) == (clause.operator in ("=", "in"))


def _rank(field: str, issue: Issue) -> tuple[str, int]:
    """Keys compare by number within their project, ids by number."""
    return (issue.project, issue.number) if field == "key" else ("", int(issue.id))


def _compares(operator: str, held: JSON, wanted: Sequence[JSON]) -> bool:
    if operator in ("=", "in"):
        return held in wanted
    if operator in ("!=", "not in"):
        return held not in wanted
    if isinstance(held, tuple) and held[0] != wanted[0][0]:
        return False
    return bool(
        {"<": held < wanted[0], "<=": held <= wanted[0], ">": held > wanted[0]}.get(operator, held >= wanted[0])
    )


def _says(summary: str, text: str) -> bool:
    """Every word occurs, whatever stands between; a text in quotes occurs as a phrase, a last `*` ends any word."""
    words = _words(summary)
    if len(text) > 1 and text[0] == text[-1] == '"':
        phrase = _words(text)
        return any(words[at : at + len(phrase)] == phrase for at in range(len(words)))
    wanted = [(word, text[end : end + 1] == "*") for word, end in _words_with_end(text)]
    return all(any(one.startswith(word) if open_end else one == word for one in words) for word, open_end in wanted)


def _words(text: str) -> list[str]:
    return [word for word, _ in _words_with_end(text)]


def _words_with_end(text: str) -> list[tuple[str, int]]:
    return [(found[0].lower(), found.end()) for found in re.finditer(r"\w+", text)]


_UNITS = {"m": 60, "h": 3600, "d": 86_400, "w": 604_800}


def _moment(text: str, now: float) -> float | None:
    """`2026-01-31`, `2026-01-31 09:30`, or `-5m` from now; None for anything else."""
    if relative := re.fullmatch(r"([-+]?)(\d+)([mhdw])", text):
        return now + (-1 if relative[1] == "-" else 1) * int(relative[2]) * _UNITS[relative[3]]
    for form in ("%Y-%m-%d", "%Y/%m/%d", "%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M"):
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC).timestamp()
        except ValueError:
            continue
    return None


# Order -------------------------------------------------------------------------------------------------------

_ORDERS: Mapping[str, Callable[[Issue], JSON]] = {
    "key": lambda issue: (issue.key.rpartition("-")[0], issue.number),
    "id": lambda issue: int(issue.id),
    "created": lambda issue: issue.created,
    "updated": lambda issue: issue.updated,
    "summary": lambda issue: issue.summary.lower(),
    "status": lambda issue: int(issue.status),
    "priority": lambda issue: -PRIORITIES.index(issue.priority) if issue.priority else -len(PRIORITIES),
    "project": lambda issue: issue.key.rpartition("-")[0],
    "issuetype": lambda issue: int(issue.type),
}
_UNORDERED: Mapping[str, Callable[[Issue], JSON]] = {
    "newest-first": lambda issue: -int(issue.id),
    "oldest-first": lambda issue: int(issue.id),
    "scattered": lambda issue: hashlib.sha1(issue.id.encode()).hexdigest(),
}


def _ordered(call: Call, found: list[Issue], query: Query) -> list[Issue]:
    """By the query, ties and all else in the order the switch says: the vendor promises none."""
    found = sorted(found, key=_UNORDERED[call.switches["search_order"]])
    for field, descending in reversed(query.order):
        found.sort(key=_ORDERS[field], reverse=descending)
    return found


# Cloud -------------------------------------------------------------------------------------------------------


def refuse_old_search(call: Call) -> Response:
    raise Refusal(410, REMOVED)


def bounded(jql: JSON) -> Query:
    """A query for Cloud. Raises Refusal 400: unreadable, unbounded, ordered by too many fields."""
    if jql is not None and not isinstance(jql, str):
        raise Refusal(400, BAD_PAYLOAD)
    query = parse_jql(jql or "")
    if query.where is None:
        raise Refusal(400, UNBOUNDED)
    if len(query.order) > MOST_ORDERS:
        raise Refusal(400, f"No more than {MOST_ORDERS} fields can be ordered by.")
    return query


def search_by_get(call: Call) -> Response:
    """The same search, its lists repeated or separated by commas; unknown parameters are ignored."""
    ids = call.listed("reconcileIssues")
    if ids and not all(one.isdecimal() for one in ids):
        raise Refusal(400, "Parameter 'reconcileIssues' takes issue ids.")
    asked = {
        "jql": call.request.param("jql"),
        "nextPageToken": call.request.param("nextPageToken"),
        "maxResults": call.number("maxResults", DEFAULT_PAGE),
        "fields": call.listed("fields"),
        "properties": call.listed("properties"),
        "reconcileIssues": [int(one) for one in ids or ()],
    }
    return _search(call, asked)


_SHAPES: Mapping[str, Callable[[JSON], bool]] = {
    "fields": lambda value: isinstance(value, list) and all(isinstance(one, str) for one in value),
    "properties": lambda value: isinstance(value, list) and all(isinstance(one, str) for one in value),
    "reconcileIssues": lambda value: isinstance(value, list) and all(type(one) is int for one in value),
    "maxResults": lambda value: type(value) is int and value >= 0,
    "nextPageToken": lambda value: isinstance(value, str),
    "expand": lambda value: isinstance(value, str),
    "fieldsByKeys": lambda value: isinstance(value, bool),
}


def search_by_post(call: Call) -> Response:
    """Unknown keys and wrong types are refused; null is as good as left out."""
    asked = {name: value for name, value in call.object().items() if value is not None}
    if not asked.keys() <= KEYS or not all(check(asked[name]) for name, check in _SHAPES.items() if name in asked):
        raise Refusal(400, BAD_PAYLOAD)
    return _search(call, asked)


def _search(call: Call, asked: Mapping[str, JSON]) -> Response:
    query = bounded(asked.get("jql"))
    reconciled = asked.get("reconcileIssues") or []
    properties = asked.get("properties") or []
    if len(properties) > MOST_PROPERTIES:
        raise Refusal(400, f"No more than {MOST_PROPERTIES} properties can be asked for.")
    if len(reconciled) > MOST_RECONCILED:
        raise Refusal(400, f"No more than {MOST_RECONCILED} issues can be reconciled.")
    fields = asked.get("fields") or []
    bare = all(one in ("id", "key") for one in fields) and not properties
    most = min(asked.get("maxResults", DEFAULT_PAGE) or DEFAULT_PAGE, LONGEST_ID_PAGE if bare else LONGEST_FIELD_PAGE)
    start = _start(call, asked)
    found = in_mood(call, find(call, query, reconciled))
    page = found[start : start + most]
    last = start + most >= len(found)
    body: dict[str, JSON] = {"issues": [_hit(call, one, fields, properties) for one in page], "isLast": last}
    return answer(200, body if last else {**body, "nextPageToken": _token(call, asked, start + most)})


def _hit(call: Call, issue: Issue, fields: Sequence[str], properties: Sequence[str]) -> JSON:
    """Without `fields` only the id (section 6, item 9); with "key" the key and the address, too."""
    card = issue_card(call, issue, fields, properties)
    if properties or any(one not in ("id", "key") for one in fields):
        return card
    shown = ("id", "key", "self") if "key" in fields or call.switches["bare_hits"] == "id-key-self" else ("id",)
    return {name: card[name] for name in shown}


def _digest(asked: Mapping[str, JSON]) -> str:
    return hashlib.sha1((asked.get("jql") or "").encode()).hexdigest()[:12]


def _token(call: Call, asked: Mapping[str, JSON], start: int) -> str:
    return base64.urlsafe_b64encode(json.dumps([start, _digest(asked), call.now]).encode()).decode()


def _start(call: Call, asked: Mapping[str, JSON]) -> int:
    """Where a token continues. Raises Refusal 400: no token of this query, or older than seven days."""
    token = asked.get("nextPageToken")
    if not token:
        return 0
    try:
        start, digest, at = json.loads(base64.b64decode(token, altchars=b"-_", validate=True))
    except (ValueError, TypeError) as problem:
        raise Refusal(400, "The provided next page token is invalid.") from problem
    if digest != _digest(asked) or call.now - at > TOKEN_SECONDS:
        raise Refusal(400, "The provided next page token is invalid or expired.")
    return int(start)


def count(call: Call) -> Response:
    body = call.object()
    if not body.keys() <= {"jql"}:
        raise Refusal(400, BAD_PAYLOAD)
    return answer(200, {"count": len(find(call, bounded(body.get("jql"))))})


# Data Center -------------------------------------------------------------------------------------------------


def offset_search_by_get(call: Call) -> Response:
    most = call.number("maxResults", DEFAULT_PAGE)
    return _offset_search(call, call.request.param("jql"), call.number("startAt", 0), most, call.listed("fields"))


def offset_search_by_post(call: Call) -> Response:
    body = call.object()
    jql, start, most = body.get("jql"), body.get("startAt", 0), body.get("maxResults", DEFAULT_PAGE)
    fields = body.get("fields")
    if not isinstance(jql, str | None) or not (fields is None or _SHAPES["fields"](fields)):
        raise Refusal(400, BAD_PAYLOAD)
    if type(start) is not int or type(most) is not int or start < 0 or most < 0:
        raise Refusal(400, BAD_PAYLOAD)
    return _offset_search(call, jql, start, most, fields)


def _offset_search(call: Call, jql: str | None, start: int, most: int, fields: list[str] | None) -> Response:
    """A page length beyond 1,000 is cut without a word (section 2)."""
    found = in_mood(call, find(call, parse_jql(jql or "")))
    rows, numbers = page_of(found, start, min(most, LONGEST_OFFSET_PAGE))
    issues = [issue_card(call, one, fields or ["*navigable"]) for one in rows]
    return answer(200, {"expand": "schema,names", **numbers, "issues": issues})
