"""JSON text to nodes. Strict: what `json` would let pass (NaN, repeated keys, half of a surrogate pair) is a fault."""

from __future__ import annotations

import json
import re
from itertools import islice

from hub.files.nodes import MAX_DEPTH, MAX_FAULTS, Fault, Node, Unreadable, repeated_keys, too_deep, too_many
from hub.files.scalars import BadNumber, resolve

_TOKEN = re.compile(r'[ \t\r\n]*(?:([{}\[\],:])|("[^"\\\x00-\x1f]*(?:\\.[^"\\\x00-\x1f]*)*")|([^\s{}\[\],:"]+)|(\Z))')
_VALUE, _COMMA, _COLON = "a value", "a comma or the end of the list or map", "a colon"
_KEY = "a key in double quotes"


def compose(text: str) -> tuple[Node | None, list[Fault]]:
    """The value of the text, None when it cannot be read to its end, and all that is wrong with it."""
    if not text.strip():
        return None, [Fault(0, "the file is empty", 'a plan needs at least a name: {"name": "My plan"}')]
    composer = _Composer(text)
    try:
        while composer.step():
            if len(composer.faults) > MAX_FAULTS:
                raise too_many(composer.at)
    except Unreadable as stop:
        return None, [*composer.faults, stop.fault]
    return composer.root, composer.faults


class _Composer:
    """Reads one token a step; `expects` is what must come next, `closable` whether the collection may end here."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.root: Node | None = None
        self.faults: list[Fault] = []
        self.open: list[Node] = []
        self.keys: list[Node | None] = []
        self.expects = _VALUE
        self.closable = False

    def step(self) -> bool:
        """Take one token; False at the end of the text. Raises Unreadable."""
        match = _TOKEN.match(self.text, self.at)
        if match is None:
            blank = len(self.text) - len(self.text[self.at :].lstrip(" \t\r\n"))
            raise self.wrong(blank, "a text is not closed or holds a bare control character")
        start, self.at = match.start(match.lastindex or 0), match.end()
        if match[4] is not None:
            if self.root is None:
                raise self.wrong(start, "the text ends too early")
            return False
        if self.root is not None:
            raise self.wrong(start, "something follows after the end")
        if match[1] is not None:
            self.mark(match[1], start)
        else:
            self.scalar(match[2], match[3], start)
        return True

    def wrong(self, start: int, message: str) -> Unreadable:
        return Unreadable(Fault(start, f"not valid JSON: {message}", "check commas, quotes and brackets around here"))

    def mark(self, mark: str, start: int) -> None:
        if mark in "{[" and self.expects == _VALUE:
            self.enter(mark, start)
        elif mark in "}]" and self.closable and self.open and self.open[-1].style == {"}": "{", "]": "["}[mark]:
            self.leave()
        elif (mark, self.expects) == (",", _COMMA):
            self.expects, self.closable = (_KEY if self.open[-1].kind == "map" else _VALUE), False
        elif (mark, self.expects) == (":", _COLON):
            self.expects = _VALUE
        else:
            raise self.wrong(start, f"{self.expects} was expected, not {mark!r}")

    def enter(self, mark: str, start: int) -> None:
        if len(self.open) >= MAX_DEPTH:
            raise too_deep(start)
        self.open.append(Node("map" if mark == "{" else "list", start, 0, mark))
        self.keys.append(None)
        self.expects, self.closable = (_KEY if mark == "{" else _VALUE), True

    def leave(self) -> None:
        node = self.open.pop()
        self.keys.pop()
        node.end = self.at
        self.faults.extend(islice(repeated_keys(node, self.text), MAX_FAULTS + 1))
        self.put(node)

    def scalar(self, quoted: str | None, word: str | None, start: int) -> None:
        if self.expects not in (_VALUE, _KEY) or (self.expects == _KEY and quoted is None):
            raise self.wrong(start, f"{self.expects} was expected, not {quoted or word}")
        node = Node("scalar", start, self.at, '"' if quoted is not None else "")
        node.value = self.word(word, start) if quoted is None else self.string(quoted, start)
        if self.expects == _KEY:
            self.keys[-1] = node
            self.expects, self.closable = _COLON, False
        else:
            self.put(node)

    def string(self, quoted: str, start: int) -> str:
        try:
            value = str(json.loads(quoted))
        except ValueError:
            raise self.wrong(start, "a backslash is followed by something unknown") from None
        sound = value.encode(errors="replace").decode()
        if sound != value:
            self.faults.append(Fault(start, "the text holds half of a surrogate pair", "write the character itself"))
        return sound

    def word(self, word: str | None, start: int) -> object:
        try:
            value = resolve(word or "")
        except BadNumber as error:
            self.faults.append(Fault(start, str(error), "quote it if it is a text"))
            return word
        if isinstance(value, str):
            raise self.wrong(start, f"{word} is neither a number nor true, false or null")
        return value

    def put(self, node: Node) -> None:
        if not self.open:
            self.root = node
            return
        parent = self.open[-1]
        parent.size += node.size
        if parent.kind == "list":
            parent.items.append(node)
        elif (key := self.keys[-1]) is not None:
            parent.entries.append((key, node))
        self.expects, self.closable = _COMMA, True
