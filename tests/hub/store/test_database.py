"""Opening the database: schema, several processes at once, and every way in which a disk can be unkind."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import Engine, MetaData, Table, create_engine, inspect, text

from hub.errors import Refusal
from hub.store import documents
from hub.store.database import HEAD, Database
from hub.store.schema import metadata
from tests.hub.store.processes import children


def at(folder: Path, name: str = "hub.db") -> str:
    return f"sqlite:///{folder}/{name}"


def described(engine: Engine) -> dict[str, object]:
    """Everything that makes a schema, by table, in comparable form."""
    found = MetaData()
    found.reflect(engine)
    return {name: _table(engine, table) for name, table in found.tables.items() if name != "alembic_version"}


def _table(engine: Engine, table: Table) -> object:
    seen = inspect(engine)
    columns = [(one.name, str(one.type), one.nullable, one.primary_key) for one in table.columns]
    indexes = sorted((one["name"], tuple(one["column_names"]), one["unique"]) for one in seen.get_indexes(table.name))
    foreign = sorted(
        (tuple(one["constrained_columns"]), one["referred_table"]) for one in seen.get_foreign_keys(table.name)
    )
    unique = sorted(tuple(one["column_names"]) for one in seen.get_unique_constraints(table.name))
    return columns, list(table.primary_key.columns.keys()), indexes, foreign, unique


# The schema


def test_the_migrated_schema_is_the_fresh_schema(tmp_path: Path) -> None:
    fresh = create_engine(at(tmp_path, "fresh.db"))
    metadata.create_all(fresh)
    migrated = Database(at(tmp_path, "migrated.db"))
    assert described(migrated.engine) == described(fresh)


def test_the_comparison_would_see_a_difference(tmp_path: Path) -> None:
    database = Database(at(tmp_path))
    before = described(database.engine)
    with database.write() as connection:
        connection.execute(text("drop index snapshot_by_target"))
    assert described(database.engine) != before


def test_the_newest_migration_is_the_one_that_is_asked_for(tmp_path: Path) -> None:
    database = Database(at(tmp_path))
    with database.read() as connection:
        assert connection.execute(text("select version_num from alembic_version")).scalars().all() == [HEAD]


def test_a_database_of_a_newer_hub_is_left_alone(tmp_path: Path) -> None:
    database = Database(at(tmp_path))
    with database.write() as connection:
        connection.execute(text("update alembic_version set version_num = '9999'"))
    with pytest.raises(Refusal, match="'9999'") as caught:
        Database(at(tmp_path))
    assert "newer hub" in caught.value.hint and "hub.db" in caught.value.place


@pytest.mark.process
def test_opening_what_is_up_to_date_imports_no_alembic(tmp_path: Path) -> None:
    Database(at(tmp_path)).close()
    script = "Database(sys.argv[1])\nprint('ready')\nprint(any(name.startswith('alembic') for name in sys.modules))"
    with children(script, at(tmp_path), cwd=tmp_path) as (child,):
        assert child.hear() == "False"


@pytest.mark.process
def test_processes_that_open_a_new_database_at_once_all_succeed(tmp_path: Path) -> None:
    script = """
import alembic.command
print("ready")
for line in sys.stdin:
    database = Database(line.strip())
    with database.read() as connection:
        print(connection.exec_driver_sql("select version_num from alembic_version").scalar())
    database.close()
"""
    with children(script, cwd=tmp_path, count=3) as opening:
        for number in range(6):
            for child in opening:
                child.say(at(tmp_path, f"{number}.db"))
            assert [child.hear() for child in opening] == [HEAD] * 3


def test_writers_wait_for_each_other_and_readers_for_nobody(tmp_path: Path) -> None:
    database = Database(at(tmp_path))
    with database.read() as connection:
        settings = ("journal_mode", "foreign_keys", "busy_timeout")
        assert [connection.exec_driver_sql(f"pragma {one}").scalar() for one in settings] == ["wal", 1, 30_000]
    with database.write() as writing, database.read() as reading:
        documents.keep(writing, [{"a": 1}])
        assert reading.execute(text("select count(*) from document")).scalar() == 0


def test_the_locks_lie_beside_the_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert Database("sqlite:///hub.db").folder == tmp_path == Database(at(tmp_path)).folder


# Unkind disks


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("sqlite:///{folder}/missing/hub.db", "unable to open"),
        ("sqlite:///{folder}", "unable to open"),
        ("sqlite:///{folder}/file/hub.db", "unable to open"),
        ("sqlite:///{folder}/file", "not a database"),
    ],
)
def test_what_cannot_be_opened_is_a_refusal_with_a_hint(tmp_path: Path, url: str, message: str) -> None:
    (tmp_path / "file").write_bytes(b"surely not a database " * 100)
    with pytest.raises(Refusal, match=message) as caught:
        Database(url.format(folder=tmp_path))
    assert str(tmp_path) in caught.value.place and "writable" in caught.value.hint


@pytest.mark.parametrize("url", ["postgresql://ann:hush@host/hub", "mysql://ann:hush@host/hub", "hub.db", ""])
def test_another_database_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(Refusal, match="unsupported") as caught:
        Database(url)
    assert "sqlite:///PATH" in caught.value.hint and "hush" not in str(caught.value)


def test_a_database_that_may_only_be_read_can_be_read(tmp_path: Path) -> None:
    Database(at(tmp_path)).close()
    database = Database(f"sqlite:///file:{tmp_path}/hub.db?mode=ro&uri=true")
    with database.read() as connection:
        assert documents.known(connection, ["x"]) == set()
    with pytest.raises(Refusal, match="readonly"), database.write() as connection:
        documents.keep(connection, [{"a": 1}])


def test_a_damaged_database_is_a_refusal(tmp_path: Path) -> None:
    database = Database(at(tmp_path))
    with database.write() as connection:
        digests = documents.keep(connection, [{"text": f"{number}" * 900} for number in range(200)])
    database.close()
    with (tmp_path / "hub.db").open("r+b") as file:
        file.seek(40_000)
        file.write(b"\xff" * 200_000)
    with pytest.raises(Refusal, match="malformed") as caught, Database(at(tmp_path)).read() as connection:
        documents.fetch(connection, digests)
    assert "hub.db" in caught.value.place


@pytest.mark.process
def test_a_full_disk_is_a_refusal_and_what_was_recorded_is_kept(tmp_path: Path) -> None:
    script = """
import resource
from hub.store import documents
database = Database(sys.argv[1])
with database.write() as connection:
    documents.keep(connection, [{"kept": True}])
resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))
print("ready")
try:
    with database.write() as connection:
        documents.keep(connection, [{"text": str(number) * 1000} for number in range(2000)])
except Refusal as refusal:
    print(f"{refusal} | {refusal.hint}")
with database.write() as connection:
    documents.keep(connection, [{"small": True}])
print("wrote again")
"""
    with children(script, at(tmp_path), cwd=tmp_path) as (child,):
        said = child.hear()
        assert "cannot be used" in said and "the disk is not full" in said
        assert child.hear() == "wrote again"
    assert bodies(tmp_path) == [b'{"kept":true}', b'{"small":true}']


@pytest.mark.process
def test_kill_9_in_the_middle_of_a_transaction_leaves_the_state_before(tmp_path: Path) -> None:
    script = """
from hub.store import documents
database = Database(sys.argv[1])
with database.write() as connection:
    documents.keep(connection, [{"kept": True}])
with database.write() as connection:
    documents.keep(connection, [{"text": str(number) * 1000} for number in range(5000)])
    print("ready")
    sys.stdin.readline()
"""
    with children(script, at(tmp_path), cwd=tmp_path) as (child,):
        child.kill()
    with Database(at(tmp_path)).write() as connection:
        documents.keep(connection, [{"next": True}])
    assert bodies(tmp_path) == [b'{"kept":true}', b'{"next":true}']


def test_a_block_that_raises_writes_nothing(tmp_path: Path) -> None:
    database = Database(at(tmp_path))
    with pytest.raises(KeyError), database.write() as connection:
        documents.keep(connection, [{"a": 1}])
        raise KeyError
    assert bodies(tmp_path) == []


def bodies(folder: Path) -> list[bytes]:
    """What is in the database, seen without the hub's own code."""
    connection = sqlite3.connect(folder / "hub.db")
    try:
        return sorted(row[0] for row in connection.execute("select body from document"))
    finally:
        connection.close()


# Documents


def test_a_value_is_kept_once_whatever_the_order_of_its_keys(tmp_path: Path) -> None:
    with Database(at(tmp_path)).write() as connection:
        first, second = documents.keep(connection, [{"a": 1, "b": "ü"}, {"b": "ü", "a": 1}])
        assert first == second and documents.fetch_one(connection, first) == {"a": 1, "b": "ü"}
        assert documents.fetch_one(connection, "0" * 64) is None
    assert bodies(tmp_path) == ['{"a":1,"b":"ü"}'.encode()]


def test_more_values_than_one_statement_takes_are_kept_and_found(tmp_path: Path) -> None:
    values = [{"number": number} for number in range(2500)]
    with Database(at(tmp_path)).write() as connection:
        digests = documents.keep(connection, values)
        assert documents.known(connection, [*digests, "0" * 64]) == set(digests)
        found = documents.fetch(connection, digests)
    assert [found[digest] for digest in digests] == values
