"""Proposals and what people decided about them, and how long each field has drifted."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from hub.changes.happening import HappeningKind
from hub.changes.merge import ABSENT, Value
from hub.changes.resolve import Decided, Edit, Proposal, value_hash
from hub.engine.ports import ProposalState, StoredProposal
from hub.errors import Refusal
from hub.store import happenings
from hub.store.database import Database
from hub.store.schema import drift, proposal
from mappings.contract import Path


class Decisions:
    """The proposals of all plans. Implements `hub.engine.ports.DecisionLog`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(
        self,
        plan: str,
        found: Sequence[Proposal],
        targets: Iterable[str],
        at: float,
        dropped: Collection[tuple[str, Path]] = (),
    ) -> tuple[list[StoredProposal], list[StoredProposal]]:
        """Bring the open proposals in line with what `targets` show now; (new ones, withdrawn ones).

        Proposals that only targets outside of `targets` show are left as they are: those were not looked at. So
        are those of events that the plan lacks, which `adopt` looks at, unless the tool has `dropped` them.
        """
        looked_at = set(targets)
        now = {one.key: one for one in found}
        opened = {one.proposal.key: one for one in self.of_plan(plan, "open")}
        with self._database.write() as connection:
            for key, known in opened.items():
                one = known.proposal
                if key not in now and one.is_stranger:
                    elsewhere = tuple(pair for pair in one.shown if (pair[0], one.path) not in dropped)
                else:
                    elsewhere = tuple(pair for pair in one.shown if pair[0] not in looked_at)
                shown = tuple(sorted({*elsewhere, *(now[key].shown if key in now else ())}))
                values = {**(_said(now[key]) if key in now else {}), "shown": json.dumps(shown)}
                if not shown:
                    values |= {"state": "withdrawn", "decided": at}
                connection.execute(update(proposal).where(proposal.c.id == known.id).values(**values))
            rows = [_row(plan, one, at) for key, one in now.items() if key not in opened]
            if rows:
                connection.execute(insert(proposal), rows)
            _tell_of_proposals(connection, plan, set(opened), at)
        after = {one.proposal.key: one for one in self.of_plan(plan, "open")}
        return [after[key] for key in after if key not in opened], [opened[key] for key in opened if key not in after]

    def of_plan(self, plan: str | None = None, *states: ProposalState) -> list[StoredProposal]:
        """Proposals, oldest first; of all plans and states when none is named."""
        query = select(proposal).order_by(proposal.c.id)
        if plan is not None:
            query = query.where(proposal.c.plan == plan)
        if states:
            query = query.where(proposal.c.state.in_(states))
        with self._database.read() as connection:
            return [_stored(row) for row in connection.execute(query)]

    def one(self, identity: int) -> StoredProposal:
        """By id. Raises Refusal when there is none."""
        with self._database.read() as connection:
            row = connection.execute(select(proposal).where(proposal.c.id == identity)).first()
        if row is None:
            raise Refusal(f"no proposal {identity}", hint="`hub proposals` lists them")
        return _stored(row)

    def decide(self, identity: int, state: ProposalState, *, who: str, why: str, at: float) -> StoredProposal:
        """Record a decision about an open proposal. Raises Refusal when somebody decided before."""
        open_one = (proposal.c.id == identity) & (proposal.c.state == "open")
        with self._database.write() as connection:
            changed = connection.execute(
                update(proposal).where(open_one).values(state=state, who=who, why=why, decided=at)
            )
            row = connection.execute(select(proposal).where(proposal.c.id == identity)).first()
            if changed.rowcount and row is not None:
                _thaw(connection, row.path, row.shown)
                told = {"state": state, "who": who}
                happenings.note(connection, "proposal.decided", row.plan, str(identity), at, told)
        known = self.one(identity)
        if changed.rowcount == 0:
            raise Refusal(
                f"proposal {identity} is {known.state} already" + (f", by {known.who}" if known.who else ""),
                hint="look at it again with `hub proposals --all`",
            )
        return known

    def decided(self, plan: str) -> Decided:
        """What `hub.changes.resolve` needs to know of earlier decisions."""
        decided = self.of_plan(plan, "accepted", "edited", "rejected", "different")
        at_path: dict[Path, list[StoredProposal]] = {}
        for one in decided:
            at_path.setdefault(one.proposal.path, []).append(one)
        lasting = [one for one in decided if not any(_overtakes(other, one) for other in at_path[one.proposal.path])]
        rejected = [one for one in lasting if one.state in ("rejected", "edited")]
        different = [one for one in lasting if one.state == "different"]
        return Decided(
            frozenset(("*", one.proposal.path, shown) for one in rejected for _, shown in one.proposal.shown),
            frozenset((target, one.proposal.path, shown) for one in different for target, shown in one.proposal.shown),
            frozenset(self.frozen()),
        )

    def note_drift(
        self,
        plan: str,
        target: str,
        edits: Sequence[Edit],
        at: float,
        *,
        whole: bool = True,
        pattern: Callable[[Edit], str] = str,
    ) -> list[Path]:
        """Remember since when each field differs; the fields that came back twice after a restore (tug-of-war).

        A field is flipping when the tool shows the same foreign value again after the hub had restored its own.
        What a reading that was not `whole` did not show is not taken for restored. A field that is in sync again is
        remembered with its flips, so that a return is noticed; one that was left alone begins anew.
        """
        fought: list[Edit] = []
        with self._database.write() as connection:
            known = {row.path: row for row in connection.execute(select(drift).where(drift.c.target == target))}
            before = {tuple(json.loads(path)) for path, row in known.items() if row.differs}
            for edit in edits:
                row, newly_frozen = _drift_row(target, edit, known.pop(json.dumps(edit.path), None), at)
                statement = upsert(drift).values(**row)
                connection.execute(statement.on_conflict_do_update(index_elements=["target", "path"], set_=row))
                fought += [edit] if newly_frozen else []
            for path, gone in known.items() if whole else ():
                agreed = {"differs": 0, **(THAWED if gone.frozen else {})}
                connection.execute(update(drift).where(_field(target, path)).values(**agreed))
            happenings.note_drift(connection, plan, target, before, at)
            for edit in fought:
                told = {"target": target, "path": list(edit.path), "pattern": pattern(edit)}
                happenings.note(connection, "tug-of-war", plan, f"{target}:{'.'.join(edit.path)}", at, told)
        return [edit.path for edit in fought]

    def drifting(self, target: str) -> list[tuple[Path, float]]:
        """The fields that differ now, with since when, oldest first."""
        query = select(drift.c.path, drift.c.since).where(drift.c.target == target, drift.c.differs == 1)
        with self._database.read() as connection:
            return [
                (tuple(json.loads(path)), since) for path, since in connection.execute(query.order_by(drift.c.since))
            ]

    def frozen(self) -> list[tuple[str, Path]]:
        """The fields in a tug-of-war: (target, path)."""
        with self._database.read() as connection:
            rows = connection.execute(select(drift.c.target, drift.c.path).where(drift.c.frozen == 1))
            return [(target, tuple(json.loads(path))) for target, path in rows]


FLIPS = 2
"""How often a field may come back after a restore before it is left alone."""
THAWED = {"frozen": 0, "flips": 0}
"""What is remembered of a tug-of-war that ended."""


def _field(target: str, path: str) -> ColumnElement[bool]:
    return (drift.c.target == target) & (drift.c.path == path)


def _thaw(connection: Connection, path: str, shown: str) -> None:
    """A person decided about a field: the tug-of-war over it is over in the tools that showed the value."""
    for target, _ in json.loads(shown):
        connection.execute(update(drift).where(_field(target, path)).values(**THAWED))


def _drift_row(target: str, edit: Edit, before: Row[Any] | None, at: float) -> tuple[dict[str, Any], bool]:
    """The row of a field that differs now, and whether that makes it a tug-of-war for the first time."""
    seen = value_hash(edit.theirs)
    came_back = before is not None and not before.differs and before.value == seen
    flips = (before.flips if before is not None else 0) + int(came_back)
    was_frozen = bool(before is not None and before.frozen)
    frozen = was_frozen or flips >= FLIPS
    since = before.since if before is not None and before.differs and before.value == seen else at
    row = {"target": target, "path": json.dumps(edit.path), "value": seen, "since": since}
    return {**row, "flips": flips, "differs": 1, "frozen": int(frozen)}, frozen and not was_frozen


def _tell_of_proposals(connection: Connection, plan: str, before: set[str], at: float) -> None:
    """Of the proposals that were opened or withdrawn in this transaction, at this moment."""
    table = proposal
    opened = select(table.c.id, table.c.key, table.c.conflict).where(
        table.c.plan == plan, table.c.state == "open", table.c.opened == at
    )
    for row in connection.execute(opened).all():
        if row.key not in before:
            kind: HappeningKind = "proposal.conflict" if row.conflict else "proposal.opened"
            happenings.note(connection, kind, plan, str(row.id), at, {})
    withdrawn = select(table.c.id).where(table.c.plan == plan, table.c.state == "withdrawn", table.c.decided == at)
    for (identity,) in connection.execute(withdrawn).all():
        happenings.note(connection, "proposal.withdrawn", plan, str(identity), at, {})


def _overtakes(later: StoredProposal, one: StoredProposal) -> bool:
    """Whether the value at the same path changed again, in a tool that showed `one`, after that was decided."""
    tools = {target for target, _ in one.proposal.shown}
    return later.opened > (one.decided or one.opened) and any(target in tools for target, _ in later.proposal.shown)


_SIDES = ("value", "base", "ours")


def _row(plan: str, one: Proposal, at: float) -> dict[str, Any]:
    place = {"plan": plan, "key": one.key, "path": json.dumps(one.path), "shown": json.dumps(one.shown)}
    return {**place, **_said(one), "state": "open", "opened": at}


def _said(one: Proposal) -> dict[str, Any]:
    """What may change while a proposal is open: the plan moves on below it."""
    content = {side: getattr(one, side) for side in _SIDES if getattr(one, side) is not ABSENT}
    text = json.dumps({**content, "policy": one.policy}, ensure_ascii=False)
    return {"content": text, "conflict": int(one.conflict)}


def _stored(row: Row[Any]) -> StoredProposal:
    content = json.loads(row.content)
    value, base, ours = (_side(content, side) for side in _SIDES)
    shown = tuple((target, digest) for target, digest in json.loads(row.shown))
    path = tuple(json.loads(row.path))
    one = Proposal(path, value, base, ours, bool(row.conflict), content["policy"], shown)
    return StoredProposal(row.id, row.plan, one, row.state, row.opened, row.decided, row.who or "", row.why or "")


def _side(content: dict[str, Value], side: str) -> Value:
    return content.get(side, ABSENT)
