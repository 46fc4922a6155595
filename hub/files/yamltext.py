"""YAML text to nodes: one pass over the events of the C parser, so that 2,000 event files take about a second.

Of YAML, a plan file uses maps, lists, texts, numbers, true, false, null, comments and, sparingly, aliases. The rest
(merge keys, tags, several documents, keys that are not text) is refused in plain words.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from typing import Any

import yaml
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from hub.files.nodes import (
    LONG,
    MAX_ALIASED,
    MAX_DEPTH,
    MAX_FAULTS,
    Fault,
    Node,
    NodeKind,
    Unreadable,
    repeated_keys,
    too_deep,
    too_many,
)
from hub.files.scalars import BadNumber, resolve


def compose(text: str) -> tuple[Node | None, list[Fault]]:
    """The one document of the text, None when it cannot be read to its end, and all that is wrong with it."""
    composer = _Composer(text)
    try:
        composer.run()
    except Unreadable as stop:
        return None, [*composer.faults, stop.fault]
    except yaml.MarkedYAMLError as error:
        return None, [*composer.faults, _syntax_fault(text, error)]
    except yaml.reader.ReaderError as error:
        return None, [*composer.faults, _character_fault(text, error)]
    if composer.root is None:
        return None, [Fault(0, "the file is empty", "a plan needs at least a name: `name: My plan`")]
    return composer.root, composer.faults


class _Composer:
    """Builds nodes with a stack of its own, so that no depth of nesting can exhaust Python's.

    The types of events lack their marks' types, hence the `Any`.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.root: Node | None = None
        self.faults: list[Fault] = []
        self.open: list[Node] = []
        self.keys: list[Node | None] = []
        self.anchors: dict[str, Node] = {}
        self.aliased = 0
        self.documents = 0

    def run(self) -> None:
        """Take all events. Raises Unreadable and what the parser raises."""
        loader = yaml.CSafeLoader(self.text)
        takers: dict[type, Callable[[Any], None]] = {
            ScalarEvent: self.scalar,
            MappingStartEvent: self.enter,
            SequenceStartEvent: self.enter,
            MappingEndEvent: self.leave,
            SequenceEndEvent: self.leave,
            AliasEvent: self.alias,
            DocumentStartEvent: self.begin,
        }
        while (event := loader.get_event()) is not None:
            if (take := takers.get(event.__class__)) is not None:
                take(event)
                if len(self.faults) > MAX_FAULTS:
                    raise too_many(self.faults[-1].at)

    def begin(self, event: Any) -> None:
        self.documents += 1
        if self.documents > 1:
            where = event.start_mark.index
            raise Unreadable(Fault(where, "a second document starts here", "one file holds one document"))

    def scalar(self, event: Any) -> None:
        start, end = event.start_mark.index, event.end_mark.index
        style = event.style or ""
        if style in ("|", ">"):
            end = _end_of_block(self.text, start, end)
        node = Node("scalar", start, end, style, event.value)
        node.size += len(event.value) // LONG
        if not style:
            try:
                node.value = resolve(event.value)
            except BadNumber as error:
                self.faults.append(Fault(start, str(error), "quote it if it is a text"))
        if event.anchor is not None or event.tag is not None:
            self.note(event, node)
        self.put(node)

    def note(self, event: Any, node: Node) -> None:
        """Remember an anchor, complain about a tag."""
        if event.anchor is not None:
            node.anchored = True
            self.anchors[event.anchor] = node
        if event.tag is not None:
            message = f"the tag {event.tag!r} has no meaning here"
            self.faults.append(Fault(node.start, message, "remove it; quote what is meant as text"))

    def enter(self, event: Any) -> None:
        kind: NodeKind = "map" if isinstance(event, MappingStartEvent) else "list"
        node = Node(kind, event.start_mark.index, 0, "[{"[kind == "map"] if event.flow_style else "")
        if len(self.open) >= MAX_DEPTH:
            raise too_deep(node.start)
        self.note(event, node)
        self.open.append(node)
        self.keys.append(None)

    def leave(self, event: Any) -> None:
        node = self.open.pop()
        self.keys.pop()
        if node.flow:
            node.end = event.end_mark.index
        else:
            node.end = node.entries[-1][1].end if node.entries else node.items[-1].end
        if node.kind == "map":
            self.faults.extend(islice(repeated_keys(node, self.text), MAX_FAULTS + 1))
        self.put(node)

    def alias(self, event: Any) -> None:
        start, name = event.start_mark.index, event.anchor
        target = self.anchors.get(name)
        if target is None or any(target is one for one in self.open):
            reason = "has no anchor before it" if target is None else "stands inside what it refers to"
            raise Unreadable(Fault(start, f"the alias *{name} {reason}", "write the value out"))
        self.aliased += target.size
        if self.aliased > MAX_ALIASED:
            hint = "write the values out, or use shared_properties"
            raise Unreadable(Fault(start, f"the aliases stand for more than {MAX_ALIASED} values", hint))
        node = Node("alias", start, event.end_mark.index)
        node.target, node.size = target, target.size
        self.put(node)

    def put(self, node: Node) -> None:
        """Hang a finished node where it belongs: in the open map or list, or at the root."""
        if not self.open:
            self.root = node
            return
        parent = self.open[-1]
        parent.size += node.size
        if parent.kind == "list":
            parent.items.append(node)
        elif (key := self.keys[-1]) is None:
            self.keys[-1] = self.key(node)
        else:
            parent.entries.append((key, node))
            self.keys[-1] = None

    def key(self, node: Node) -> Node:
        if node.kind == "scalar" and node.value == "<<" and not node.style:
            hint = "repeat the fields, or use shared_properties"
            self.faults.append(Fault(node.start, "merge keys (<<) are not read", hint))
        elif node.kind != "scalar" or not isinstance(node.value, str):
            what = "a list or map" if node.kind != "scalar" else self.text[node.start : node.end]
            self.faults.append(Fault(node.start, f"a key must be text, not {what or 'empty'}", "put it in quotes"))
            return Node("scalar", node.start, node.end, value=self.text[node.start : node.end])
        return node


def _syntax_fault(text: str, error: yaml.MarkedYAMLError) -> Fault:
    mark = error.problem_mark or error.context_mark
    offset = mark.index if mark is not None else 0
    start = text.rfind("\n", 0, offset) + 1
    line = text[start:].split("\n", 1)[0]
    if "\t" in line[: len(line) - len(line.lstrip())]:
        return Fault(start + line.index("\t"), "a tab is used to indent", "indent with spaces")
    said = error.problem or "this is not YAML"
    within = f" {error.context}" if error.context else ""
    return Fault(offset, f"not valid YAML: {said}{within}", _syntax_hint(said, line))


def _syntax_hint(said: str, line: str) -> str:
    if "cannot start any token" in said:
        return "put the text in quotes; a bare text cannot begin with this character"
    if "mapping values are not allowed" in said or line.count(": ") > 1:
        return "put the text in quotes; it holds a colon followed by a space"
    if "nesting" in said:
        return "flatten the structure"
    return "check indentation, brackets and quotes around this line"


def _character_fault(text: str, error: yaml.reader.ReaderError) -> Fault:
    char = error.character if isinstance(error.character, str) else chr(error.character)
    message = f"the character {char!a} is not allowed"
    return Fault(max(text.find(char), 0), message, "remove it, or write it as an escape in a double-quoted text")


def _end_of_block(text: str, start: int, end: int) -> int:
    """Where the content of a block text ends; the parser counts the blank lines after it in, which only `+` means."""
    header = text[start:end].split("\n", 1)[0].split("#", 1)[0]
    if "+" in header:
        return end - 1 if text[end - 1] == "\n" else end
    return start + len(text[start:end].rstrip())
