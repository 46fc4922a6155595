"""Reads bodies and query strings as the vendor does: what it would not parse is not there, the rest is checked."""

from __future__ import annotations

import ast
import base64
import binascii
import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NoReturn

from connectors.sandbox import JSON, Request
from connectors.segment.sandbox.call import Call, Problems, Refusal, invalid

DEFAULT_COUNT = 200
"""Rows of a page when the request names no count (apis/segment.md section 2)."""

_JSON_TYPE = re.compile(r"application/([\w.-]+\+)?json\s*(;.*)?", re.IGNORECASE)
_PAGE_FIELD = re.compile(r"pagination(?:\[(\w+)\]|\.(\w+))")


def read_body(call: Call) -> Mapping[str, JSON]:
    """The JSON object in the body; empty when there is no body or its media type is not a JSON one.

    Raises Refusal for broken JSON and for JSON that is no object.
    """
    request = call.request
    if not request.body or not _JSON_TYPE.fullmatch(request.headers.get("content-type", "").strip()):
        return {}
    try:
        value = _parse_strictly(request.body.decode("utf-8"))
    except (ValueError, RecursionError):
        refusal = invalid(call, "value", "must be valid JSON")
        raise Refusal(call.switches["broken_json_status"], refusal.errors) from None
    if not isinstance(value, dict):
        raise invalid(call, "value", "must be of type object")
    return value


def _parse_strictly(text: str) -> JSON:
    """JSON without Python's extensions; an unpaired surrogate becomes U+FFFD, as it cannot be sent back."""
    value = json.loads(text, parse_constant=_refuse_constant, parse_float=_finite, parse_int=_bounded)
    if "\\ud" not in text.lower():
        return value
    plain = json.dumps(value, ensure_ascii=False)
    return json.loads(plain.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))


def _refuse_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is not JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise ValueError(f"{digits} is out of range")
    return number


def _bounded(digits: str) -> int:
    _finite(digits)
    return int(digits)


# Plain fields -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TextRule:
    """How a text input is checked."""

    name: str
    required: bool = False
    may_be_empty: bool = False
    choices: Sequence[str] = ()


def check_text(problems: Problems, body: Mapping[str, JSON], rule: TextRule) -> None:
    """Adds at most one problem; an optional field that is absent is fine, a null is not a text."""
    if rule.name not in body:
        if rule.required:
            problems.add(rule.name, "is required")
        return
    value = body[rule.name]
    if rule.choices and value not in rule.choices:
        problems.add(rule.name, f"must be one of [{', '.join(rule.choices)}]")
    elif not isinstance(value, str):
        problems.add(rule.name, "must be a string")
    elif not value and not rule.may_be_empty:
        problems.add(rule.name, "is not allowed to be empty")


# Pages --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Page:
    """The rows that a list request asks for."""

    offset: int
    count: int

    def answer(self, call: Call, name: str, rows: Sequence[JSON], as_json: Callable[[JSON], JSON]) -> JSON:
        """`data` of a list answer. Keys `next` and `previous` are absent at the ends (section 3.3).

        Moods: "empty-list" hides every row, "half-page" the second half of the page and all that follows.
        """
        rows = [] if call.mood == "empty-list" else rows
        shown = rows[self.offset : self.offset + self.count]
        if call.mood == "half-page":
            shown = shown[: len(shown) // 2]
            rows = rows[: self.offset + len(shown)]
        return {name: [as_json(row) for row in shown], "pagination": self._links(call, len(rows))}

    def _links(self, call: Call, total: int) -> JSON:
        links: dict[str, JSON] = {"current": _cursor(call, self.offset)}
        if self.offset + self.count < total:
            links["next"] = _cursor(call, self.offset + self.count)
        if self.offset > 0:
            links["previous"] = _cursor(call, max(0, self.offset - self.count))
        elif call.switches["first_page_previous"] == "null":
            links["previous"] = None
        if call.switches["total_entries"]:
            links["totalEntries"] = total
        return links


def read_page(call: Call) -> Page:
    """Reads `pagination` in any of its spellings (section 3.3); query first, then body. Raises Refusal."""
    asked = _asked_page(call)
    problems = Problems()
    count = _read_count(call, asked, problems)
    offset = _read_cursor(call, asked, problems)
    problems.settle(call.switches)
    return Page(offset, count)


def _asked_page(call: Call) -> Mapping[str, JSON]:
    asked: dict[str, JSON] = {}
    for name, text in call.request.query:
        if name == "pagination":
            asked.update(_page_object(call, text))
        elif match := _PAGE_FIELD.fullmatch(name):
            asked[match[1] or match[2]] = text
    if asked:
        return asked
    value = read_body(call).get("pagination", {})
    if not isinstance(value, dict):
        raise invalid(call, "pagination", "must be of type object")
    return value


def _page_object(call: Call, text: str) -> Mapping[str, JSON]:
    try:
        value = _parse_strictly(text)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise invalid(call, "pagination", "must be of type object")
    return value


def _read_count(call: Call, asked: Mapping[str, JSON], problems: Problems) -> int:
    count, most = asked.get("count", DEFAULT_COUNT), call.switches["largest_page"]
    number = _number(count)
    if number is None:
        problems.add("pagination.count", "must be a number")
    elif number != int(number):
        problems.add("pagination.count", "must be an integer")
    elif number < 1:
        problems.add("pagination.count", "must be greater than or equal to 1")
    elif number > most:
        problems.add("pagination.count", f"must be less than or equal to {most}")
    else:
        return int(number)
    return DEFAULT_COUNT


def _number(value: JSON) -> float | None:
    """A finite number, also written as text: query strings have nothing else."""
    if isinstance(value, str) and not re.fullmatch(r"[+-]?\d{1,15}(\.\d{1,15})?", value, re.ASCII):
        return None
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return None
    number = float(value)
    return number if math.isfinite(number) else None


def _cursor(call: Call, offset: int) -> str:
    """Base64 of the decimal offset in every sample, opaque by contract (section 3.3)."""
    prefix = "" if call.switches["cursors"] == "offset" else "after:"
    return base64.b64encode(f"{prefix}{offset}".encode()).decode()


def _read_cursor(call: Call, asked: Mapping[str, JSON], problems: Problems) -> int:
    if "cursor" not in asked:
        return 0
    try:
        text = base64.b64decode(str(asked["cursor"]), validate=True).decode()
    except (binascii.Error, ValueError):
        text = ""
    prefix = "" if call.switches["cursors"] == "offset" else "after:"
    if re.fullmatch(prefix + r"\d{1,15}", text, re.ASCII):
        return int(text.removeprefix(prefix))
    problems.add("pagination.cursor", "must be a valid cursor")
    return 0


# The `rules` list of a removal, in its query forms ------------------------------------------------------------

_RULE_FIELD = re.compile(r"rules(?:\[(\d{1,6})\]|\.(\d{1,6}))(?:\[(\w+)\]|\.(\w+))")


def read_removals(call: Call) -> JSON:
    """The `rules` of a removal: from the body, else from the query in a bracket form (section 3.4); None without any.

    A field in brackets is text; a version in digits counts as a number. The Python SDK's repeated `rules={...}` is not
    JSON and stays the text that it is, unless the switch "python_repr_query" says that the service reads it.
    """
    body = read_body(call)
    if "rules" in body:
        return body["rules"]
    found: dict[int, dict[str, JSON]] = {}
    for name, text in call.request.query:
        if match := _RULE_FIELD.fullmatch(name):
            field = match[3] or match[4]
            found.setdefault(int(match[1] or match[2]), {})[field] = _query_value(field, text)
    whole = _whole_rules(call.request, call.switches["python_repr_query"] == "parsed")
    return [found[index] for index in sorted(found)] or whole or None


def _query_value(field: str, text: str) -> JSON:
    number = _number(text) if field == "version" else None
    return text if number is None else number


def _whole_rules(request: Request, parsed: bool) -> list[JSON]:
    texts = [text for name, text in request.query if name == "rules"]
    return [_literal(text) for text in texts] if parsed else list(texts)


def _literal(text: str) -> JSON:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return text
