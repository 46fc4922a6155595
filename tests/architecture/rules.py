"""What the architecture tests look at: modules as syntax trees, and each rule as a function from a module to faults."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("hub", "connectors", "mappings")
TOOLS = ("amplitude", "mixpanel", "segment", "snowplow")
CHANNELS = ("slack", "jira", "webhook")


@dataclass(frozen=True)
class Module:
    """A source file under its dotted name."""

    name: str
    source: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.source)

    @cached_property
    def imports(self) -> frozenset[str]:
        """Everything imported, anywhere in the file, as dotted names; `from a import b` gives both a and a.b."""
        return frozenset(name for node in ast.walk(self.tree) for name in self._imported(node))

    def _imported(self, node: ast.AST) -> Iterator[str]:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            package = self.name.split(".")[: -node.level] if node.level else []
            base = ".".join([*package, *([node.module] if node.module else [])])
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)

    def within(self, *packages: str) -> bool:
        return within(self.name, *packages)


def within(name: str, *packages: str) -> bool:
    """Whether a dotted name is one of these packages or stands below one of them."""
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def modules() -> list[Module]:
    """Every Python file of the product."""
    files = sorted(file for part in PARTS for file in (ROOT / part).rglob("*.py"))
    return [Module(_dotted(file.relative_to(ROOT)), file.read_text(encoding="utf-8")) for file in files]


def _dotted(path: Path) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


# Who may import whom

LAYERS = ("mappings", "connectors", "hub")
"""From the bottom to the top: nobody imports what stands above."""

HUB_LAYERS: tuple[tuple[str, ...], ...] = (
    ("hub.errors",),
    ("hub.changes",),
    ("hub.engine",),
    ("hub.store", "hub.jobs", "hub.notify", "hub.schedule", "hub.files", "hub.config"),
    ("hub.app",),
    ("hub.verbs",),
    ("hub.cli", "hub.web"),
)
"""The same inside hub. What stands side by side may import each other; a name that is not here is on its own."""

IO_LIBRARIES = (
    "aiosqlite", "alembic", "apscheduler", "asyncio", "click", "fastapi", "fcntl", "glob", "http", "httpx", "io",
    "logging", "multiprocessing", "os", "pathlib", "psycopg", "random", "requests", "rich", "secrets", "select",
    "shutil", "signal", "socket", "sqlalchemy", "sqlite3", "ssl", "starlette", "subprocess", "sys", "tempfile",
    "tenacity", "threading", "time", "urllib.request", "uuid", "uvicorn",
)  # fmt: skip
"""What code that only computes has no use for."""
IO_CALLS = frozenset({"open", "print", "input"})
PURE = ("mappings", "hub.changes")
TEST_SUITE = ("mappings.testing",)
"""Suites that other people's tests subclass: they may use pytest, and stand beside what they test."""

HTTPX_USERS = ("connectors.http", "connectors.testing", "hub.notify")
CHASSIS = ("connectors.sandbox",)


def layer_faults(module: Module) -> Iterator[str]:
    """Imports that go up: hub → connectors → mappings is the only way."""
    own = module.name.split(".")[0]
    above = LAYERS[LAYERS.index(own) + 1 :]
    yield from (f"{module.name} imports {name}" for name in sorted(module.imports) if within(name, *above))


def hub_layer_faults(module: Module) -> Iterator[str]:
    """Imports that go up inside hub."""
    rank = _hub_rank(module.name)
    for name in sorted(module.imports):
        other = _hub_rank(name)
        if rank is not None and other is not None and other > rank:
            yield f"{module.name} imports {name}"


def _hub_rank(name: str) -> int | None:
    return next((rank for rank, layer in enumerate(HUB_LAYERS) if within(name, *layer)), None)


def tool_faults(module: Module) -> Iterator[str]:
    """Imports from one tool's folder into another's, and from anything that serves all tools into one tool's."""
    own = next((tool for tool in TOOLS if f".{tool}." in f"{module.name}."), None)
    others = [f"{part}.{tool}" for part in ("connectors", "mappings") for tool in TOOLS if tool != own]
    yield from (f"{module.name} imports {name}" for name in sorted(module.imports) if within(name, *others))


def channel_faults(module: Module) -> Iterator[str]:
    """Imports from one channel's folder into another's, and from what serves all channels into one's."""
    own = next((kind for kind in CHANNELS if module.within(f"hub.notify.{kind}", f"hub.web.{kind}")), None)
    others = [f"hub.notify.{kind}" for kind in CHANNELS if kind != own]
    yield from (f"{module.name} imports {name}" for name in sorted(module.imports) if within(name, *others))


def sandbox_faults(module: Module) -> Iterator[str]:
    """A sandbox knows the chassis and its own files only, so that one misreading cannot agree with itself."""
    if not is_emulator(module):
        return
    own = f"{module.name.partition('.sandbox')[0]}.sandbox"
    for imported in sorted(module.imports):
        if within(imported, *PARTS) and not within(imported, *CHASSIS) and not within(imported, own):
            yield f"{module.name} imports {imported}"


def is_emulator(module: Module) -> bool:
    """Whether this is a file of one tool's or channel's sandbox."""
    return re.match(r"(connectors|hub\.notify)\.\w+\.sandbox", module.name) is not None


def purity_faults(module: Module) -> Iterator[str]:
    """Libraries and calls that reach outside, in code that must only compute."""
    if not module.within(*PURE) or module.within(*TEST_SUITE):
        return
    reaching = (name for name in sorted(module.imports) if within(name, *IO_LIBRARIES))
    yield from (f"{module.name} imports {name}" for name in reaching if not _only_computes(name, module))
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in IO_CALLS:
            yield f"{module.name}:{node.lineno} calls {node.func.id}"


def _only_computes(name: str, module: Module) -> bool:
    """Pure paths are texts; the rest of pathlib is not."""
    used = {one for one in module.imports if within(one, "pathlib")} - {"pathlib"}
    return within(name, "pathlib") and bool(used) and all(one.startswith("pathlib.Pure") for one in used)


def httpx_faults(module: Module) -> Iterator[str]:
    """httpx outside the few places that speak HTTP: its successor has to replace it there alone."""
    if "httpx" in module.imports and not module.within(*HTTPX_USERS):
        yield f"{module.name} imports httpx"


# How a module reads

LONGEST_FILE = 500
TRIVIAL = 10
"""Lines up to which a public function may explain itself by its name and types."""
NAMES_SAY_IT = ("test_", "upgrade", "downgrade")
"""Tests say in their names what they assert; migrations do what alembic calls."""


def docstring_faults(module: Module) -> Iterator[str]:
    """Modules and public classes without a docstring, and public functions that nothing explains.

    A function needs none when it is short or a single statement, when it carries out a method that a contract (a
    Protocol, an abstract class) explains, or when it is a handler inside an emulator, which no other code can import.
    """
    if not ast.get_docstring(module.tree) and module.tree.body:
        yield f"{module.name} has no docstring"
    for node, owner in _public(module.tree):
        if ast.get_docstring(node) is None and not _is_explained(node, owner, module):
            yield f"{module.name}:{node.lineno} {node.name} has no docstring"


Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def _public(node: ast.Module | ast.ClassDef) -> Iterator[tuple[Definition, ast.Module | ast.ClassDef]]:
    """Public definitions of a module and of its public classes; what stands inside functions is nobody's to call."""
    for inner in node.body:
        if isinstance(inner, Definition) and not inner.name.startswith("_"):
            yield inner, node
            if isinstance(inner, ast.ClassDef):
                yield from _public(inner)


def _is_explained(node: Definition, owner: ast.AST, module: Module) -> bool:
    if is_emulator(module) or node.name.startswith(NAMES_SAY_IT):
        return True
    if isinstance(node, ast.ClassDef):
        return False
    by_contract = isinstance(owner, ast.ClassDef) and node.name in contract_methods()
    lines = (node.end_lineno or node.lineno) - node.body[0].lineno + 1
    return by_contract or len(node.body) == 1 or lines <= TRIVIAL


@cache
def contract_methods() -> frozenset[str]:
    """The names of all methods that a Protocol or an abstract class of the product explains."""
    classes = (node for module in modules() for node in ast.walk(module.tree) if isinstance(node, ast.ClassDef))
    contracts = (one for one in classes if {ast.unparse(base) for base in one.bases} & {"Protocol", "abc.ABC", "ABC"})
    methods = (node for one in contracts for node in one.body if isinstance(node, ast.FunctionDef))
    return frozenset(node.name for node in methods if ast.get_docstring(node))


def length_faults(module: Module) -> Iterator[str]:
    """Files that have more than one reason to change, going by their length."""
    lines = module.source.count("\n")
    if lines > LONGEST_FILE:
        yield f"{module.name} has {lines} lines"
