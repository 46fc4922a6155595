"""Who has the last word about a field: the authority matrix, field × target × tag × status, first match wins."""

from __future__ import annotations

import fnmatch
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from hub.changes.merge import place_of
from mappings.contract import Path

Policy = Literal["plan", "tool", "propose", "fill-empty", "union", "ignore"]
"""`plan`: the plan's value is restored. `tool`: the tool's value stays and the plan does not care. `propose`: the
tool's value stays until a person decided. `fill-empty`: it is taken over where the plan says nothing, else as `plan`.
`union`: elements from both sides. `ignore`: never compared."""

POLICIES: tuple[Policy, ...] = ("plan", "tool", "propose", "fill-empty", "union", "ignore")

TEXT_FIELDS = ("description", "display_name", "tags", "owners", "category", "sources", "examples")
"""Fields that people care for in the tools; everything else but visibility is structure."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the matrix. `field` and `target` are patterns (``*``, ``?``); `tag` and `status` are the event's."""

    policy: Policy
    field: str = "*"
    target: str = "*"
    tag: str | None = None
    status: str | None = None

    def matches(self, field: str, target: str, tags: Sequence[str], status: str) -> bool:
        return (
            fnmatch.fnmatchcase(field, self.field)
            and fnmatch.fnmatchcase(target, self.target)
            and (self.tag is None or self.tag in tags)
            and (self.status is None or self.status == status)
        )


DEFAULT: tuple[Rule, ...] = (
    Rule("tool", "hidden"),
    *(Rule("propose", field) for field in (*TEXT_FIELDS, "existence")),
    Rule("plan"),
)


@dataclass(frozen=True, slots=True)
class Authority:
    """The effective matrix: a plan's own rows, then the configuration's, then the default profile."""

    rules: tuple[Rule, ...] = DEFAULT

    @classmethod
    def of(cls, *tables: Sequence[Rule]) -> Authority:
        """The matrix of these tables, the first before the second, the default last."""
        return cls((*(rule for table in tables for rule in table), *DEFAULT))

    def under(self, rows: Sequence[Rule]) -> Authority:
        """This matrix with other rows (a plan's own) tried first."""
        return Authority((*rows, *self.rules))

    def policy(self, path: Path, target: str, tags: Sequence[str] = (), status: str = "active") -> Policy:
        """What holds for the field at this canonical path."""
        return self.row(path, target, tags, status).policy

    def row(self, path: Path, target: str, tags: Sequence[str] = (), status: str = "active") -> Rule:
        """The first rule that matches; there always is one."""
        field = field_of(path)
        return next(rule for rule in self.rules if rule.matches(field, target, tags, status))


def field_of(path: Path) -> str:
    """The field a path is about, as the matrix names it: "description", ..., or "existence" for a whole thing."""
    return path[-1] if path and place_of(path) != "thing" else "existence"
