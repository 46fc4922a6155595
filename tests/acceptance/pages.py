"""The pages of the documentation as data: their blocks, links, tables, and what they say of commands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import click

from hub.cli.main import hub
from tests.architecture.rules import ROOT

FENCE = re.compile(r"^```(?P<info>[^\n]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"!?\[[^\]]*\]\((?P<target>[^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A fenced block. `info` is what stands behind the opening fence: "sh" is run, "console" only illustrates."""

    page: str
    info: str
    text: str


@dataclass(frozen=True)
class Page:
    """A page under its path in the repository."""

    name: str
    text: str

    @property
    def blocks(self) -> list[Block]:
        return [Block(self.name, match["info"].strip(), match["text"]) for match in FENCE.finditer(self.text)]

    @property
    def prose(self) -> str:
        return FENCE.sub("", self.text)

    @property
    def anchors(self) -> set[str]:
        """The names of the headings as links spell them."""
        spelled = (re.sub(r"[^\w\- ]", "", title.lower()) for title in HEADING.findall(self.prose))
        return {title.strip().replace(" ", "-") for title in spelled}

    def table(self, first: str, *, under: str) -> dict[str, str]:
        """First cell → second cell of the table below a heading whose first column has this title."""
        section = re.split(rf"^#+ {re.escape(under)}$", self.prose, flags=re.MULTILINE)[1]
        rows = section.split(f"| {first} |")[1].split("\n\n")[0].splitlines()[2:]
        cells = ([cell.strip() for cell in re.split(r"(?<!\\)\|", row)[1:3]] for row in rows)
        return {key.strip("`"): value.strip("`") for key, value in cells}


def pages() -> list[Page]:
    """README, CHANGELOG and everything under docs."""
    files = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
    return [Page(file.relative_to(ROOT).as_posix(), file.read_text(encoding="utf-8")) for file in files]


def page(name: str) -> Page:
    return next(one for one in pages() if one.name == name)


def broken_links(one: Page) -> Iterator[str]:
    """Relative links that lead nowhere, in this page or to a heading of another."""
    for match in LINK.finditer(one.prose):
        target = match["target"]
        if "://" in target:
            continue
        path, _, anchor = target.partition("#")
        file = (ROOT / one.name).parent / path if path else ROOT / one.name
        if not file.exists() or (anchor and anchor not in Page(path, file.read_text(encoding="utf-8")).anchors):
            yield f"{one.name}: {target}"


# Commands ---------------------------------------------------------------------------------------------------------


def commands() -> dict[str, click.Command]:
    """Every command by its full name: "publish", "connectors new"."""
    return dict(_below(hub, ""))


def _below(group: click.Group, prefix: str) -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from _below(command, f"{prefix}{name} ")
        if command is not None and not (isinstance(command, click.Group) and command.no_args_is_help):
            yield f"{prefix}{name}", command


def options(command: click.Command) -> set[str]:
    """The option names of a command that are its own, each in its longest and shortest spelling."""
    return {name for one in command.params if isinstance(one, click.Option) for name in one.opts}


def spoken(one: Page) -> Iterator[str]:
    """Every line of code on a page that calls the hub: in blocks and in the running text."""
    for block in one.blocks:
        if block.info.split(" ")[0] in ("sh", "console"):
            lines = block.text.replace("\\\n", " ").splitlines()
            yield from (call for line in lines for call in re.findall(r"(?:^|&& )(hub .*)", line))
    yield from (code for code in INLINE.findall(one.prose) if re.match(r"hub [a-z-]", code))


def misspoken(call: str) -> Iterator[str]:
    """What a call of the hub gets wrong: a command or an option that does not exist."""
    words = re.split(r"[#>]|\$\(", call)[0].split()[1:]
    known = commands()
    name = next((name for name in (" ".join(words[:2]), words[0]) if name in known), None)
    given = {word.partition("=")[0] for word in words if re.match(r"--?[a-z]", word)} - {"--help"}
    if name is not None:
        yield from (f"{call}: {option}" for option in sorted(given - options(known[name])))
    elif words[0] not in {one.split()[0] for one in known} and not words[0].startswith("--"):
        yield call


def toml_default(value: object) -> str:
    """A default as the tables of keys spell it: TOML, or a dash for nothing and for a whole table or list."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{value}"'
    return str(value) if isinstance(value, int | float) else "–"
