"""The store of `hub.engine.ports`, on a database."""

from __future__ import annotations

import fcntl
import json
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict

from sqlalchemy import Connection, and_, delete, func, or_, select, update
from sqlalchemy.dialects.sqlite import insert

from connectors.contract import Operation, Receipt, Snapshot
from hub.changes.changeset import Base, Changeset
from hub.changes.guard import Recent, Ticket
from hub.engine.ports import PlanVersion, Publication, TargetRun
from hub.errors import Busy, Refusal
from hub.store import documents, happenings, schema
from hub.store.answers import Answers
from hub.store.approvals import Approvals
from hub.store.database import Database
from hub.store.decisions import Decisions
from hub.store.drafts import Drafts
from hub.store.histories import Histories
from hub.store.identities import Identities
from hub.store.observations import Observations
from hub.store.outbox import Outbox
from hub.store.pauses import Pauses
from hub.store.people import People
from hub.store.presses import Presses
from hub.store.receipts import Receipts
from hub.store.rows import (
    bodies_of,
    operation_from,
    operation_rows,
    operations_of,
    publication_from,
    receipt_data,
    run_row,
    runs_of,
    snapshot_from,
)
from hub.store.snoozes import Snoozes
from hub.store.stamps import Stamps
from hub.store.tokens import Tokens
from hub.store.uploads import Uploads
from hub.store.versions import Versions
from mappings.canonical import TrackingPlan
from mappings.canonical.kinds import JSON
from mappings.canonical.text import short_hash, snake_case
from mappings.contract import Address, Document, Documents


class SqlStore:
    """Implements `hub.engine.ports.Store`."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._decisions = Decisions(database)
        self._approvals = Approvals(database)
        self.answers = Answers(database)
        self.drafts = Drafts(database)
        self.outbox = Outbox(database)
        self.pauses = Pauses(database)
        self.people = People(database)
        self.identities = Identities(database)
        self.presses = Presses(database)
        self.uploads = Uploads(database)
        self.versions = Versions(database)
        self.tokens = Tokens(database)
        self.snoozes = Snoozes(database)
        self.histories = Histories(database)
        self._observations = Observations(database)
        self.stamps = Stamps(database)
        self.receipts = Receipts(database)

    @property
    def decisions(self) -> Decisions:
        return self._decisions

    @property
    def approvals(self) -> Approvals:
        return self._approvals

    @property
    def observations(self) -> Observations:
        return self._observations

    # Plans

    def freeze(self, plan: TrackingPlan, who: str, at: float) -> PlanVersion:
        table = schema.plan_version
        with self.database.write() as connection:
            (digest,) = documents.keep(connection, [plan.data()])
            newest = connection.execute(
                select(table.c.number, table.c.hash)
                .where(table.c.plan == plan.name)
                .order_by(table.c.number.desc())
                .limit(1)
            ).first()
            if newest is not None and newest.hash == digest:
                return PlanVersion(plan.name, newest.number, digest)
            number = newest.number + 1 if newest is not None else 1
            row = {"plan": plan.name, "number": number, "hash": digest, "who": who, "at": at}
            connection.execute(insert(table), [row])
            return PlanVersion(plan.name, number, digest)

    def plan_version(self, plan: str, number: int | None = None) -> TrackingPlan:
        table = schema.plan_version
        wanted = and_(table.c.plan == plan, table.c.number == number) if number else table.c.plan == plan
        with self.database.read() as connection:
            row = connection.execute(select(table.c.hash).where(wanted).order_by(table.c.number.desc())).first()
            if row is None:
                raise Refusal(f"the store has no plan {plan!r}", hint="`hub status` lists the plans it knows")
            return TrackingPlan.model_validate(documents.fetch_one(connection, row.hash))

    def plans(self) -> list[PlanVersion]:
        """The newest version of each plan."""
        table = schema.plan_version
        with self.database.read() as connection:
            rows = connection.execute(
                select(table.c.plan, func.max(table.c.number), table.c.hash).group_by(table.c.plan)
            )
            return [PlanVersion(plan, number, digest) for plan, number, digest in rows]

    # What targets hold

    def base(self, target: str) -> Base:
        table = schema.base
        with self.database.read() as connection:
            rows = connection.execute(select(table.c.address, table.c.hash).where(table.c.target == target))
            return {Address.parse(address): digest for address, digest in rows}

    def base_documents(self, target: str) -> Documents:
        """What was last verified at this target, in full."""
        table = schema.base
        with self.database.read() as connection:
            rows = connection.execute(
                select(table.c.address, table.c.hash, table.c.about).where(table.c.target == target)
            ).all()
            bodies = documents.fetch(connection, (row.hash for row in rows))
        return Documents(
            Document(Address.parse(row.address), bodies[row.hash], about=tuple(json.loads(row.about))) for row in rows
        )

    def written(self, target: str) -> Mapping[Address, frozenset[str]]:
        table, runs = schema.operation, schema.target_run
        base, publications = schema.base, schema.publication
        unverified = select(runs.c.publication).where(runs.c.target == target, runs.c.status != "published")
        same_place = (base.c.target == table.c.target) & (base.c.address == table.c.address)
        before = (base.c.verified_at <= publications.c.started) & (base.c.publication != publications.c.id)
        query = (
            select(table.c.address, table.c.after_hash)
            .join(publications, publications.c.id == table.c.publication)
            .outerjoin(base, same_place)
            .where(table.c.target == target, table.c.after_hash.is_not(None), table.c.publication.in_(unverified))
            .where(or_(base.c.verified_at.is_(None), before))
        )
        found: dict[Address, set[str]] = {}
        with self.database.read() as connection:
            for address, digest in connection.execute(query):
                found.setdefault(Address.parse(address), set()).add(digest)
        return {address: frozenset(digests) for address, digests in found.items()}

    def document(self, digest: str) -> Mapping[str, JSON] | None:
        with self.database.read() as connection:
            return documents.fetch_one(connection, digest)

    def keep_snapshot(self, target: str, snapshot: Snapshot) -> None:
        held = snapshot.documents.values()
        entries = [[str(one.address), one.hash, list(one.about), dict(one.facts)] for one in held]
        coverage = [[str(one.scope), one.completeness, one.since, one.why] for one in snapshot.coverage]
        with self.database.write() as connection:
            documents.keep_hashed(connection, {one.hash: one.body for one in held})
            entries_hash, coverage_hash = documents.keep(connection, [entries, coverage])
            row = {"target": target, "taken_at": snapshot.taken_at, "entries": entries_hash, "coverage": coverage_hash}
            connection.execute(insert(schema.snapshot), [{**row, "requests": snapshot.requests}])

    def last_snapshot(self, target: str) -> Snapshot | None:
        return self.snapshot_at(target)

    def snapshot_at(self, target: str, at: float | None = None) -> Snapshot | None:
        table = schema.snapshot
        query = select(table).where(table.c.target == target).order_by(table.c.taken_at.desc(), table.c.id.desc())
        with self.database.read() as connection:
            row = connection.execute((query if at is None else query.where(table.c.taken_at <= at)).limit(1)).first()
            return None if row is None else snapshot_from(connection, row)

    def snapshot_times(self, target: str) -> list[float]:
        table = schema.snapshot
        query = select(table.c.taken_at, table.c.entries).where(table.c.target == target).order_by(table.c.taken_at)
        times: list[float] = []
        before = ""
        with self.database.read() as connection:
            for taken_at, entries in connection.execute(query):
                if entries != before:
                    times.append(taken_at)
                before = entries
        return times

    def standing_key(self, target: str) -> tuple[int | None, float | None, int]:
        """What changes whenever this target is read again or its base moves."""
        seen, held = schema.snapshot, schema.base
        with self.database.read() as connection:
            newest = connection.execute(select(func.max(seen.c.id)).where(seen.c.target == target)).scalar()
            base = select(func.max(held.c.verified_at), func.count()).where(held.c.target == target)
            verified, count = connection.execute(base).one()
        return newest, verified, count

    def advance_base(
        self, target: str, publication: str, held: Iterable[Document], gone: Iterable[Address], at: float
    ) -> None:
        with self.database.write() as connection:
            _move_base(connection, target, publication, held, gone, at)

    # Publications

    def open_publication(self, changeset: Changeset, version: PlanVersion, who: str, at: float) -> Publication:
        identity = f"p{uuid.uuid4().hex[:11]}"  # a letter first: no reader of YAML takes it for a number
        row = {"id": identity, "plan": version.plan, "version": version.number, "fingerprint": changeset.fingerprint}
        with self.database.write() as connection:
            _supersede_unfinished(connection, version.plan, at)
            connection.execute(
                insert(schema.publication), [{**row, "status": "running", "who": who, "started": at, "receipt": ""}]
            )
            for changes in changeset.targets:
                run = TargetRun(changes.target, "running", len(changes.operations))
                connection.execute(insert(schema.target_run), [run_row(identity, run, changes.managed)])
                _move_base(connection, changes.target, identity, changes.in_sync, changes.gone, at)
                documents.keep_hashed(connection, bodies_of(changes))
                if rows := operation_rows(identity, changes):
                    connection.execute(insert(schema.operation), rows)
            happenings.note_publication(connection, "publish.planned", identity, version.plan, at)
        return self.publication(identity)

    def start_publication(self, publication: str, at: float) -> None:
        table = schema.publication
        with self.database.write() as connection:
            connection.execute(update(table).where(table.c.id == publication).values(status="running", finished=None))
            plan = connection.execute(select(table.c.plan).where(table.c.id == publication)).scalar_one()
            happenings.note_publication(connection, "publish.started", publication, plan, at)

    def planned(self, publication: str, target: str) -> Sequence[Operation]:
        with self.database.read() as connection:
            rows = connection.execute(operations_of(publication, target)).all()
            digests = {digest for row in rows for digest in (row.before_hash, row.after_hash) if digest}
            bodies = documents.fetch(connection, digests)
        return [operation_from(row, bodies) for row in rows]

    def bases(self, publication: str, target: str) -> Mapping[Address, Document]:
        with self.database.read() as connection:
            rows = [row for row in connection.execute(operations_of(publication, target)) if row.base_hash]
            bodies = documents.fetch(connection, (row.base_hash for row in rows))
        found = ((Address.parse(row.address), row) for row in rows)
        return {
            address: Document(address, bodies[row.base_hash], about=tuple(json.loads(row.about)))
            for address, row in found
        }

    def add_receipts(self, publication: str, target: str, receipts: Iterable[Receipt]) -> None:
        table = schema.operation
        with self.database.write() as connection:
            for one in receipts:
                details = {name: getattr(one, name) for name in ("request_id", "status", "message", "hint", "verdict")}
                connection.execute(
                    update(table)
                    .where(table.c.publication == publication, table.c.target == target, table.c.id == one.operation.id)
                    .values(outcome=one.outcome, at=one.at, receipt=json.dumps(details))
                )

    def receipt_rows(self, publication: str, target: str) -> list[Mapping[str, JSON]]:
        with self.database.read() as connection:
            rows = connection.execute(operations_of(publication, target)).all()
        return [receipt_data(row) for row in rows]

    def first_trouble(self, publication: str, target: str) -> Receipt | None:
        for row in self.receipt_rows(publication, target):
            if row["outcome"] not in ("done", "already", "not-tried"):
                operation = Operation("update", Address.parse(row["address"]), None)
                return Receipt(
                    operation, row["outcome"], row["at"] or 0.0, message=row["message"], hint=row.get("hint", "")
                )
        return None

    def set_run(self, publication: str, run: TargetRun) -> None:
        table = schema.target_run
        with self.database.write() as connection:
            connection.execute(
                update(table)
                .where(table.c.publication == publication, table.c.target == run.target)
                .values(status=run.status, details=json.dumps(asdict(run)))
            )

    def close_publication(self, publication: str, status: str, record: JSON, at: float) -> Publication:
        table = schema.publication
        with self.database.write() as connection:
            (digest,) = documents.keep(connection, [record])
            connection.execute(
                update(table).where(table.c.id == publication).values(status=status, finished=at, receipt=digest)
            )
            plan = connection.execute(select(table.c.plan).where(table.c.id == publication)).scalar_one()
            happenings.note_publication(connection, happenings.PUBLISHED[status], publication, plan, at)
        return self.publication(publication)

    def paused_by(self, publication: str) -> str:
        return self.pauses.by(publication)

    def publication(self, publication: str) -> Publication:
        table = schema.publication
        with self.database.read() as connection:
            rows = connection.execute(select(table).where(table.c.id.startswith(publication, autoescape=True))).all()
            if len(rows) != 1 or not publication:
                what = "no publication" if not rows else f"{len(rows)} publications start with"
                raise Refusal(f"{what} {publication!r}", hint="`hub history` lists them")
            return publication_from(rows[0], runs_of(connection, [rows[0].id]))

    def publications(self, plan: str | None = None, limit: int = 50) -> list[Publication]:
        table = schema.publication
        query = select(table).order_by(table.c.started.desc()).limit(limit)
        with self.database.read() as connection:
            rows = connection.execute(query.where(table.c.plan == plan) if plan else query).all()
            runs = runs_of(connection, [row.id for row in rows])
        return [publication_from(row, runs) for row in rows]

    def unfinished(self) -> list[Publication]:
        """The publications that are under way or wait for a quota."""
        return [one for one in self.publications(limit=20) if one.status in ("running", "waiting")]

    def published_before(self, publication: Publication) -> int | None:
        """The plan version of the newest earlier publication that reached a tool; None when this is the first."""
        table = schema.publication
        earlier = (table.c.plan == publication.plan) & (table.c.started < publication.started)
        reached = table.c.status.in_(("published", "partial"))
        query = select(table.c.version).where(earlier, reached).order_by(table.c.started.desc()).limit(1)
        with self.database.read() as connection:
            number: int | None = connection.execute(query).scalar()
        return number

    def progress(self, publication: str) -> dict[str, tuple[int, int]]:
        """How many operations have a receipt, and how many there are, by target."""
        table = schema.operation
        counted = select(table.c.target, func.count(table.c.outcome), func.count())
        with self.database.read() as connection:
            found = connection.execute(counted.where(table.c.publication == publication).group_by(table.c.target))
            return {target: (ended, every) for target, ended, every in found}

    def record(self, digest: str) -> JSON:
        with self.database.read() as connection:
            return documents.fetch_one(connection, digest)

    # Guards

    def recent(self, target: str, since: float) -> Recent:
        table, runs = schema.operation, schema.target_run
        publications = schema.publication  # few of them: all operations ever are many, and stand under these
        young = publications.c.finished.is_(None) | (publications.c.finished > since)
        mine = table.c.publication.in_(select(publications.c.id).where(young)) & (table.c.target == target)
        mine &= (table.c.at > since) & (table.c.outcome == "done")
        with self.database.read() as connection:
            counts = connection.execute(
                select(table.c.verb, func.count(), func.sum(table.c.retypes)).where(mine).group_by(table.c.verb)
            ).all()
            ids = select(table.c.publication).where(mine)
            managed = connection.execute(
                select(func.max(runs.c.managed_before)).where(runs.c.target == target, runs.c.publication.in_(ids))
            ).scalar()
        by_verb = {verb: count for verb, count, _ in counts}
        return Recent(
            updates=by_verb.get("update", 0) + by_verb.get("rename", 0),
            removals=by_verb.get("hide", 0) + by_verb.get("delete", 0),
            type_changes=sum(retypes or 0 for _, _, retypes in counts),
            managed_before=managed or 0,
        )

    def add_ticket(self, ticket: Ticket) -> None:
        with self.database.write() as connection:
            connection.execute(insert(schema.ticket), [asdict(ticket)])

    def tickets(self, fingerprint: str) -> list[Ticket]:
        table = schema.ticket
        columns = (table.c.guard, table.c.fingerprint, table.c.who, table.c.why, table.c.expires)
        with self.database.read() as connection:
            return [
                Ticket(*row) for row in connection.execute(select(*columns).where(table.c.fingerprint == fingerprint))
            ]

    @contextmanager
    def lock(self, target: str) -> Iterator[None]:
        """A file lock: the kernel frees it when the process dies, whatever killed it."""
        folder = self.database.folder / ".hub-locks"
        try:
            folder.mkdir(exist_ok=True)
            file = (folder / f"{snake_case(target)[:80]}-{short_hash(target)}.lock").open("w")
        except OSError as error:
            hint = "the folder of the database must be writable"
            raise Refusal(f"cannot lock: {error.strerror}", place=str(folder), hint=hint) from None
        with file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Busy(
                    "another run is publishing to this target", place=target, hint="try again when it ended"
                ) from None
            yield


def _move_base(
    connection: Connection,
    target: str,
    publication: str,
    held: Iterable[Document],
    gone: Iterable[Address],
    at: float,
) -> None:
    table = schema.base
    common = {"target": target, "publication": publication, "verified_at": at}
    kept = list(held)
    documents.keep_hashed(connection, {one.hash: one.body for one in kept})
    rows = [{**common, "address": str(one.address), "hash": one.hash, "about": json.dumps(one.about)} for one in kept]
    if rows:
        upsert = insert(table)
        changed = {name: upsert.excluded[name] for name in ("hash", "about", "publication", "verified_at")}
        connection.execute(upsert.on_conflict_do_update(index_elements=["target", "address"], set_=changed), rows)
    for address in gone:
        connection.execute(delete(table).where(table.c.target == target, table.c.address == str(address)))


def _supersede_unfinished(connection: Connection, plan: str, at: float) -> None:
    """A new publication of the plan takes over from those that never ended: it starts from what the tools hold."""
    table = schema.publication
    unfinished = (table.c.plan == plan) & table.c.status.in_(("running", "waiting", "paused"))
    for identity in connection.execute(select(table.c.id).where(unfinished)).scalars().all():
        happenings.note_publication(connection, "publish.superseded", identity, plan, at)
    connection.execute(update(table).where(unfinished).values(status="superseded", finished=at))
