"""Approvals: whether another person agreed to exactly this changeset."""

from __future__ import annotations

from typing import Literal

from sqlalchemy import insert, select, update

from hub.engine.ports import Approval
from hub.errors import Refusal
from hub.store import happenings
from hub.store.database import Database
from hub.store.schema import approval


class Approvals:
    """The approvals of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def ask(self, fingerprint: str, plan: str, who: str, at: float) -> Approval:
        """Ask for approval, once: a question that was asked before keeps its answer."""
        known = self.find(fingerprint)
        if known is not None:
            return known
        row = {"fingerprint": fingerprint, "plan": plan, "asked_by": who, "asked": at}
        with self._database.write() as connection:
            connection.execute(insert(approval).values(**row, state="open", who="", why=""))
            happenings.note(connection, "approval.asked", plan, fingerprint, at, {"asked_by": who})
        return Approval(fingerprint, plan, who, at, "open")

    def find(self, fingerprint: str) -> Approval | None:
        """By fingerprint."""
        with self._database.read() as connection:
            row = connection.execute(select(approval).where(approval.c.fingerprint == fingerprint)).first()
        return None if row is None else Approval(**row._mapping)

    def waiting(self) -> list[Approval]:
        """Those that nobody has answered, oldest first."""
        query = select(approval).where(approval.c.state == "open").order_by(approval.c.asked)
        with self._database.read() as connection:
            return [Approval(**row._mapping) for row in connection.execute(query)]

    def decide(self, fingerprint: str, *, approve: bool, who: str, why: str, at: float) -> Approval:
        """Answer. Raises Refusal when nobody asked, when it was answered before, or by the person who asked."""
        known = self.find(fingerprint)
        if known is None:
            raise Refusal(f"nobody asked for approval of {fingerprint!r}", hint="`hub approvals` lists what waits")
        if known.state != "open":
            raise Refusal(f"{fingerprint} is {known.state} already, by {known.who}", hint="preview and ask anew")
        if approve and known.asked_by == who:
            raise Refusal("an approval needs another person", place=fingerprint, hint=f"{who} asked for it")
        state: Literal["approved", "refused"] = "approved" if approve else "refused"
        mine = (approval.c.fingerprint == fingerprint) & (approval.c.state == "open")
        with self._database.write() as connection:
            changed = connection.execute(update(approval).where(mine).values(state=state, who=who, why=why, decided=at))
            if changed.rowcount:
                told = {"state": state, "who": who}
                happenings.note(connection, "approval.decided", known.plan, fingerprint, at, told)
        answered = self.find(fingerprint)
        assert answered is not None
        return answered
