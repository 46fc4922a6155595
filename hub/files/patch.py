"""Changing a plan file where it changes: new text is spliced between the places of its parts.

What is not touched stays as it is by construction, to the byte: comments, order, quotes, blank lines, line ends. (A
round trip through a YAML library would lay out the whole file again, hang a comment on the entry before it, and take
twenty times as long.)
"""

from __future__ import annotations

import bisect
import difflib
import json
import re
from collections.abc import Callable, Mapping, Sequence

from hub.files import emit
from hub.files.complaints import model_at
from hub.files.nodes import Node, plain
from hub.files.scalars import spell
from mappings.canonical.kinds import JSON
from mappings.canonical.text import canonical_bytes, same

Path = tuple[str | int, ...]
Renames = Mapping[Path, Mapping[str, str]]
"""By the path of a map: {new name: old name} of what is the same thing under another key."""

_SETS = frozenset({"owners", "tags", "sources", "sensitivity", "type"})
_BLOCK_HEADER = re.compile(r"[|>][^\n#]*(#[^\n]*)?")


def patch(
    text: str,
    root: Node,
    old: Mapping[str, JSON],
    new: Mapping[str, JSON],
    *,
    path: Path = (),
    renames: Renames | None = None,
    notation: str = ".yaml",
) -> str:
    """The text with the difference between two plain data applied. `old` is what the model made of the text.

    `path` is where the file's root is in the plan; `notation` a file suffix.
    """
    patcher = _Patcher(text, renames or {}, notation == ".json")
    patcher.change_map(root, old, new, path)
    return patcher.result()


def without_aliases(text: str, root: Node) -> str:
    """The text with every alias written out in brackets, and no anchors."""
    patcher = _Patcher(text, {}, False)
    patcher.write_out(root)
    return patcher.result()


class _Patcher:
    def __init__(self, text: str, renames: Renames, as_json: bool) -> None:
        self.text = text
        self.renames = renames
        self.as_json = as_json
        self.newline = "\r\n" if "\r\n" in text else "\n"
        self.edits: list[tuple[int, int, str]] = []

    def result(self) -> str:
        done, at = [], 0
        for start, end, words in sorted(self.edits, key=lambda edit: edit[:2]):
            done += [self.text[at:start], words.replace("\n", self.newline)]
            at = max(at, end)
        return "".join([*done, self.text[at:]])

    def replace(self, start: int, end: int, words: str) -> None:
        self.edits.append((start, end, words))

    # Deciding ----------------------------------------------------------------------------------------------------

    def change_map(self, node: Node, old: Mapping[str, JSON], new: Mapping[str, JSON], path: Path) -> None:
        """Bring a map that keeps at least one of its keys from `old` to `new`."""
        former = self.renamed(node, new, path)
        current = {was: now for now, was in former.items()}
        spans = _Spans(self.text, node)
        kept: dict[str, int] = {}
        gone: list[int] = []
        for index, (key, value) in enumerate(node.entries):
            name = current.get(str(key.value), str(key.value))
            if name not in new and key.value in old:
                gone.append(index)
                continue
            kept[name] = index
            if name != key.value:
                self.replace(key.start, key.end, self.key(name, node.flow))
            if name in new and not same(old.get(key.value), new[name]):
                self.change(spans, key, value, old.get(key.value), new[name], (*path, name))
        self.remove(spans, gone)
        added = [name for name in new if name not in kept and not (name in old and same(old[name], new[name]))]
        for name in _insertion_order(added, kept, path):
            self.insert(spans, _after(name, kept, list(new), path), min(kept.values()), (name, new[name]))

    def renamed(self, node: Node, new: Mapping[str, JSON], path: Path) -> dict[str, str]:
        """{new: old} for the keys of this map that only change their name."""
        here = {key.value for key, _ in node.entries}
        moves = self.renames.get(path, {})
        return {now: was for now, was in moves.items() if now in new and now not in here and was in here - set(new)}

    def change(self, spans: _Spans, key: Node, node: Node, old: JSON, new: JSON, path: Path) -> None:
        """Bring the value of one key from `old` to `new`; `spans` are those of the map."""
        if node.kind == "map" and isinstance(new, dict) and _survives(node, old, new, self.renames.get(path, {})):
            self.change_map(node, old, new, path)
        elif node.kind == "list" and isinstance(new, list) and node.items and new:
            self.change_list(node, new, path)
        elif spans.flow:
            self.replace(node.start, node.end, ("" if node.end > node.start else " ") + self.inline(new, node.start))
        else:
            if node.kind == "scalar" and isinstance(new, list) and len(new) == 1 and _is_set(path):
                new = new[0]
            self.replace_block(spans.pad, key, node, new)

    def change_list(self, node: Node, new: list[JSON], path: Path) -> None:
        """Bring a list that is not empty before or after to the new items."""
        before = [plain(item) for item in node.items]
        after = _merged_set(before, new) if _is_set(path) else new
        spans = _Spans(self.text, node)
        matcher = difflib.SequenceMatcher(None, _comparable(before), _comparable(after), autojunk=False)
        for _, start, stop, first, last in (code for code in matcher.get_opcodes() if code[0] != "equal"):
            both = min(stop - start, last - first)
            for offset in range(both):
                self.replace_item(node, spans, start + offset, after[first + offset])
            self.remove(spans, list(range(start + both, stop)))
            for one in after[first + both : last]:
                self.insert(spans, start + both - 1 if start + both else None, 0, (None, one))

    # Splicing ----------------------------------------------------------------------------------------------------

    def key(self, name: str, flow: bool) -> str:
        return json.dumps(name, ensure_ascii=False) if self.as_json else spell(name, flow=flow)

    def inline(self, value: JSON, at: int) -> str:
        """A value inside brackets; in JSON that is laid out in lines, laid out below the line it stands in."""
        if not self.as_json:
            return emit.inline(value)
        pad = _pad(self.text, at)
        if "\n" not in self.text.strip():
            return json.dumps(value, ensure_ascii=False, allow_nan=False)
        step = re.search(r"\n([ \t]+)", self.text)
        spelled = json.dumps(value, ensure_ascii=False, allow_nan=False, indent=step[1] if step else "  ")
        return spelled.replace("\n", "\n" + pad)

    def flow_child(self, key: str | None, value: JSON, at: int) -> str:
        spelled = self.inline(value, at)
        return spelled if key is None else f"{self.key(key, True)}: {spelled}"

    def replace_item(self, node: Node, spans: _Spans, index: int, new: JSON) -> None:
        item = node.items[index]
        if node.flow:
            self.replace(item.start, item.end, self.inline(new, item.start))
        elif item.kind == "scalar" and item.style not in ("|", ">") and isinstance(new, str) and "\n" not in new:
            self.replace(item.start, item.end, spell(new, quote=item.style))
        else:
            start = _line_start(self.text, spans.starts[index])
            self.replace(start, spans.ends[index], "\n".join(emit.item(new, spans.pad)))

    def replace_block(self, pad: str, key: Node, node: Node, new: JSON) -> None:
        """Put another value below or beside a key, itself at `pad`, of a map without braces; a comment stays."""
        colon = self.text.index(":", key.end) + 1
        head, lines = emit.body(new, pad, node.style)
        below = "".join("\n" + line for line in lines)
        if "\n" in self.text[colon : node.start]:
            start = _line_start(self.text, node.start) - len(_break_before(self.text, node.start))
            self.replace(colon, colon, f" {head}" if head else "")
            self.replace(start, _line_end(self.text, node.end), below)
            return
        beside = _BLOCK_HEADER.match(self.text, node.start) if node.style in ("|", ">") else None
        comment = f" {beside[1]}" if beside is not None and beside[1] else ""
        at = node.start if head and node.start < node.end else colon
        self.replace(at, node.end, ("" if at == node.start else " ") + head + comment if head else comment)
        end = _line_end(self.text, node.end)
        self.replace(end, end, below)

    def remove(self, spans: _Spans, indexes: Sequence[int]) -> None:
        """Take out children of one collection that keeps at least one."""
        for first, last in _runs(indexes):
            if not spans.flow:
                for index in range(first, last + 1):
                    self.replace(*spans.region(index), "")
            elif last + 1 < len(spans.starts):
                self.replace(spans.starts[first], spans.starts[last + 1], "")
            else:
                self.replace(spans.ends[first - 1], spans.ends[last], "")

    def insert(self, spans: _Spans, after: int | None, first: int, child: tuple[str | None, JSON]) -> None:
        """Put a child after another, or before the child `first` when `after` is None."""
        beside = first if after is None else after
        if spans.flow:
            at = spans.starts[beside] if after is None else spans.ends[beside]
            words = self.flow_child(*child, spans.starts[beside])
            gap = "\n" + spans.pad if spans.own_line(beside) else " "
            self.replace(at, at, f"{words},{gap}" if after is None else f",{gap}{words}")
            return
        key, value = child
        lines = emit.item(value, spans.pad) if key is None else emit.entry(key, value, spans.pad)
        words = "\n".join(lines)
        if after is None and spans.own_line(beside):
            at = _line_start(self.text, spans.starts[beside])
            self.replace(at, at, words + "\n")
        elif after is None:
            self.replace(spans.starts[beside], spans.starts[beside], f"{words.lstrip()}\n{spans.pad}")
        else:
            at = _next_line(self.text, spans.past(beside))
            words = ("\n" if spans.spaced(beside) else "") + words
            self.replace(at, at, words + "\n" if at and self.text[at - 1] == "\n" else "\n" + words)

    def write_out(self, node: Node) -> None:
        """Replace the aliases below a node by what they stand for, and remove its anchors."""
        if node.kind == "alias":
            self.replace(node.start, node.end, emit.inline(plain(node)))
            return
        if node.anchored:
            anchor = re.compile(r"&\S+[ \t]*").match(self.text, node.start)
            self.replace(node.start, anchor.end() if anchor else node.start, "")
        for key, value in node.entries:
            self.write_out(key)
            self.write_out(value)
        for item in node.items:
            self.write_out(item)


class _Spans:
    """Where the children of a map or list begin and end in the text, and the lines that belong to each."""

    def __init__(self, text: str, node: Node) -> None:
        self.text = text
        self.flow = node.flow
        if node.kind == "map":
            self.starts = [_entry_start(text, key.start) for key, _ in node.entries]
            self.ends = [max(key.end, value.end) for key, value in node.entries]
        else:
            self.starts = [one.start if node.flow else text.rindex("-", 0, one.start + 1) for one in node.items]
            self.ends = [one.end for one in node.items]
        self.pad = " " * (self.starts[0] - _line_start(text, self.starts[0]))

    def own_line(self, index: int) -> bool:
        """Whether nothing stands before a child in its line."""
        return not self.text[_line_start(self.text, self.starts[index]) : self.starts[index]].strip()

    def past(self, index: int) -> int:
        """The end of the last line that belongs to a child: comments below it that are indented deeper do."""
        end = _line_end(self.text, self.ends[index])
        while (line := re.compile(r"\r?\n([ \t]*)#[^\n]*").match(self.text, end)) and len(line[1]) > len(self.pad):
            end = line.end()
        return end

    def region(self, index: int) -> tuple[int, int]:
        """The lines to take out with a child: the comment right above it, and the blank lines it leaves doubled.

        A comment that opens the file is about the file.
        """
        if not self.own_line(index):
            return self.starts[index], self.starts[index + 1]
        start = _line_start(self.text, self.starts[index])
        above = start
        while above and self.text[_line_start(self.text, above - 1) : above].startswith(self.pad + "#"):
            above = _line_start(self.text, above - 1)
        start = above or start
        end = _next_line(self.text, self.past(index))
        if end >= len(self.text):
            last_break = _break_before(self.text, start) if self.text.endswith("\n") else ""
            return len(self.text[:start].rstrip()) + len(last_break), end
        blank_above = not start or not self.text[_line_start(self.text, start - 1) : start].strip()
        if blank_above and not self.text[end : _line_end(self.text, end)].strip():
            end = _next_line(self.text, end)
        return start, end

    def spaced(self, index: int) -> bool:
        """Whether blank lines stand between this child and its neighbour."""
        other = index + 1 if index + 1 < len(self.starts) else index
        if other == 0:
            return False
        between = self.text[self.ends[other - 1] : self.starts[other]]
        return re.search(r"\n[ \t]*\r?\n", between) is not None


def _survives(node: Node, old: JSON, new: Mapping[str, JSON], moves: Mapping[str, str]) -> bool:
    """Whether a map keeps at least one of its keys, maybe renamed; otherwise it is written anew."""
    kept = {*new, *(was for now, was in moves.items() if now in new)}
    return isinstance(old, dict) and any(key.value in kept or key.value not in old for key, _ in node.entries)


def _is_set(path: Path) -> bool:
    return bool(path) and path[-1] in _SETS and model_at(path[:-1]) is not None


def _merged_set(before: list[JSON], new: list[JSON]) -> list[JSON]:
    """The members of a set in the order a person gave them; new ones where they sort, or last."""
    after = [one for one in before if one in new]
    ordered = all(isinstance(one, str) for one in after) and after == sorted(after)
    add: Callable[[list[JSON], JSON], None] = bisect.insort if ordered else list.append
    for one in new:
        if one not in after:
            add(after, one)
    return after


def _comparable(values: list[JSON]) -> list[bytes]:
    return [canonical_bytes(value) for value in values]


def _insertion_order(added: list[str], kept: Mapping[str, int], path: Path) -> list[str]:
    return sorted(added) if _sorted_by_name(kept, path) else added


def _after(name: str, kept: Mapping[str, int], order: list[str], path: Path) -> int | None:
    """The index of the child that a new key goes after: by name where names are sorted, else as in the model."""
    if _sorted_by_name(kept, path):
        before = [other for other in kept if other < name]
    else:
        before = [other for other in order[: order.index(name)] if other in kept]
    return kept[before[-1]] if before else None


def _sorted_by_name(kept: Mapping[str, int], path: Path) -> bool:
    return model_at(path) is None and len(kept) > 1 and list(kept) == sorted(kept)


def _runs(indexes: Sequence[int]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for index in indexes:
        if runs and runs[-1][1] == index - 1:
            runs[-1] = (runs[-1][0], index)
        else:
            runs.append((index, index))
    return runs


def _entry_start(text: str, key: int) -> int:
    """Where the entry of a key begins: at the question mark that may announce a long key."""
    at = key - 1
    while at > 0 and text[at].isspace():
        at -= 1
    announced = at >= 0 and text[at] == "?" and at + 1 < key and (at == 0 or text[at - 1] in " \n\t{,")
    return at if announced else key


def _line_start(text: str, offset: int) -> int:
    return text.rfind("\n", 0, offset) + 1


def _line_end(text: str, offset: int) -> int:
    """The end of the line without its line break."""
    end = text.find("\n", offset)
    end = len(text) if end < 0 else end
    return end - 1 if end > offset and text[end - 1] == "\r" else end


def _next_line(text: str, offset: int) -> int:
    return text.find("\n", offset) + 1 or len(text)


def _break_before(text: str, offset: int) -> str:
    start = _line_start(text, offset)
    return "\r\n" if text[:start].endswith("\r\n") else "\n"


def _pad(text: str, offset: int) -> str:
    """The blanks that the line of this offset begins with."""
    start = _line_start(text, offset)
    line = text[start:offset]
    return line[: len(line) - len(line.lstrip())]
