"""The part of JQL that apis/jira.md sections 4 and 5 name; all else is refused as unreadable.

query   = [ any ] [ ORDER BY field [ASC | DESC] { , field [ASC | DESC] } ]
any     = all { OR all }        all = term { AND term }        term = ( any ) | clause
clause  = field (= | != | ~ | !~ | < | <= | > | >=) value | field [NOT] IN ( value { , value } )
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from hub.notify.jira.sandbox.call import Refusal

Operand = tuple[str, ...]

EQUALS = ("=", "!=", "in", "not in")
COMPARES = ("<", "<=", ">", ">=")
FIELDS: Mapping[str, tuple[str, ...]] = {
    "project": EQUALS,
    "labels": EQUALS,
    "summary": ("~", "!~"),
    "key": (*EQUALS, *COMPARES),
    "id": (*EQUALS, *COMPARES),
    "created": ("=", "!=", *COMPARES),
    "updated": ("=", "!=", *COMPARES),
    "status": EQUALS,
    "statusCategory": EQUALS,
    "issuetype": EQUALS,
}
"""Field → the operators it takes."""
ALIASES = {"issuekey": "key", "issue": "key", "type": "issuetype", "createddate": "created", "updateddate": "updated"}
ORDERABLE = ("key", "id", "created", "updated", "summary", "status", "priority", "project", "issuetype")
RESERVED = ("and", "or", "not", "in", "is", "empty", "null", "order", "by", "was", "changed")

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<quoted>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
      | (?P<property>[A-Za-z.]+\[[^\]]*\](?:\.[\w.]+)?)
      | (?P<operator>!=|!~|<=|>=|=|~|<|>)
      | (?P<mark>[(),])
      | (?P<word>[-\w.]+)
    )""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "'": "'", "\\": "\\", " ": " "}


@dataclass(frozen=True, slots=True)
class Clause:
    """One comparison; an operand of several values belongs to `in` and `not in`."""

    field: str
    operator: str
    operand: Operand


@dataclass(frozen=True, slots=True)
class Group:
    """Parts joined by `word`, "and" or "or"."""

    word: str
    parts: tuple[Term, ...]


Term = Clause | Group


@dataclass(frozen=True, slots=True)
class Query:
    """`where` is None for a query without a restriction; each order is (field, descending)."""

    where: Term | None
    order: tuple[tuple[str, bool], ...]


def clauses(term: Term | None) -> list[Clause]:
    if term is None:
        return []
    return [term] if isinstance(term, Clause) else [one for part in term.parts for one in clauses(part)]


def matches(term: Term, test: Callable[[Clause], bool]) -> bool:
    if isinstance(term, Clause):
        return test(term)
    return (all if term.word == "and" else any)(matches(part, test) for part in term.parts)


def parse_jql(text: str) -> Query:
    """Raises Refusal 400 with the place or the name that cannot be read."""
    reader = _Reader(_tokens(text))
    where = None if reader.peek() in ("", "order") else reader.any_of()
    order = reader.order()
    if reader.peek():
        raise _unreadable(f"unexpected '{reader.tokens[reader.place][1]}'")
    return Query(where, order)


def _unreadable(why: str) -> Refusal:
    return Refusal(400, f"Error in the JQL Query: {why}.")


def _tokens(text: str) -> list[tuple[str, str]]:
    tokens, place, end = [], 0, len(text.rstrip())
    while place < end:
        found = _TOKEN.match(text, place)
        if found is None or found.lastgroup is None:
            raise _unreadable(f"the character '{text[place:].lstrip()[:1]}' at {place + 1} is reserved")
        value = found[found.lastgroup]
        tokens.append((found.lastgroup, _unquoted(value) if found.lastgroup == "quoted" else value))
        place = found.end()
    return tokens


def _unquoted(text: str) -> str:
    def plain(escape: re.Match[str]) -> str:
        if escape[1][0] == "u" and len(escape[1]) == 5:
            return chr(int(escape[1][1:], 16))
        if escape[1] not in _ESCAPES:
            raise _unreadable(f"'\\{escape[1]}' is an illegal escape")
        return _ESCAPES[escape[1]]

    return re.sub(r"\\(u[0-9a-fA-F]{4}|.)", plain, text[1:-1], flags=re.DOTALL)


class _Reader:
    """Reads a term after another from the tokens; recursion follows the grammar above."""

    def __init__(self, tokens: Sequence[tuple[str, str]]) -> None:
        self.tokens = tokens
        self.place = 0

    def peek(self) -> str:
        """The next token in lower case when it is a word, operator or mark; "" at the end."""
        if self.place >= len(self.tokens):
            return ""
        kind, value = self.tokens[self.place]
        return f'"{value}"' if kind == "quoted" else value.lower()

    def take(self, *wanted: str) -> bool:
        if self.peek() not in wanted:
            return False
        self.place += 1
        return True

    def need(self, wanted: str) -> None:
        if not self.take(wanted):
            raise _unreadable(f"expecting '{wanted}' but got '{self.peek() or 'the end'}'")

    def any_of(self) -> Term:
        return self._joined("or", lambda: self._joined("and", self.term))

    def _joined(self, word: str, read: Callable[[], Term]) -> Term:
        parts = [read()]
        while self.take(word):
            parts.append(read())
        return parts[0] if len(parts) == 1 else Group(word, tuple(parts))

    def term(self) -> Term:
        if self.take("("):
            inside = self.any_of()
            self.need(")")
            return inside
        field = self.field()
        operator = self.operator()
        if operator not in FIELDS[field]:
            raise Refusal(400, f"The operator '{operator}' is not supported by the '{field}' field.")
        return Clause(field, operator, self.values() if operator.endswith("in") else (self.value(),))

    def field(self) -> str:
        kind, given = self.tokens[self.place] if self.place < len(self.tokens) else ("", "")
        if kind not in ("word", "quoted", "property") or (kind == "word" and given.lower() in RESERVED):
            raise _unreadable(f"expecting a field name but got '{given or 'the end'}'")
        self.place += 1
        name = next((one for one in FIELDS if one.lower() == given.lower()), ALIASES.get(given.lower()))
        if name is None:
            raise _no_field(given)
        return name

    def operator(self) -> str:
        if self.take("not"):
            self.need("in")
            return "not in"
        found = self.peek()
        if not self.take("in", "=", "!=", "~", "!~", *COMPARES):
            raise _unreadable(f"expecting an operator but got '{found or 'the end'}'")
        return found

    def values(self) -> Operand:
        self.need("(")
        found = [self.value()]
        while self.take(","):
            found.append(self.value())
        self.need(")")
        return tuple(found)

    def value(self) -> str:
        kind, given = self.tokens[self.place] if self.place < len(self.tokens) else ("", "")
        if kind not in ("word", "quoted") or (kind == "word" and given.lower() in RESERVED):
            raise _unreadable(f"expecting a value but got '{given or 'the end'}'")
        if kind == "word" and "." in given:
            raise _unreadable("the character '.' is reserved; a value that holds it stands in quotes")
        self.place += 1
        return given

    def order(self) -> tuple[tuple[str, bool], ...]:
        if not self.take("order"):
            return ()
        self.need("by")
        found = [self._ordered()]
        while self.take(","):
            found.append(self._ordered())
        return tuple(found)

    def _ordered(self) -> tuple[str, bool]:
        given = self.value()
        name = ALIASES.get(given.lower(), given.lower())
        if name not in ORDERABLE:
            raise _no_field(given)
        descending = self.peek() == "desc"
        self.take("asc", "desc")
        return name, descending


def _no_field(name: str) -> Refusal:
    return Refusal(400, f"Field '{name}' does not exist or you do not have permission to view it.")
