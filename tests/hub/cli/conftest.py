"""`hub` in this process, beside one or more sandboxes on loopback and an empty database that was migrated once."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from hub.cli.main import _run
from hub.store.database import Database
from hub.store.quota import SharedLimiter
from tests.acceptance.workshop import Workshop, workshop

PLAN = """\
format: 1
name: Shop
events:
  Order Completed:
    description: The order is binding.
    category: Checkout
    properties:
      total: {type: number, required: true, description: What is paid.}
  Signed Up:
    description: An account exists.
"""


@dataclass(frozen=True)
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        return json.loads(self.out)


class Desk:
    """A folder to work in, with plan.yaml in it, and `hub` run there."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._capsys = capsys
        self.write("plan.yaml", PLAN)

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def hub(self, *arguments: str) -> Ran:
        self._capsys.readouterr()
        code = _run(list(arguments))
        said = self._capsys.readouterr()
        return Ran(code, said.out, said.err)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], migrated: Path) -> Desk:
    """No target is configured."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HUB_CONFIG", raising=False)
    shutil.copy(migrated, tmp_path / "hub.db")
    return Desk(tmp_path, capsys)


@pytest.fixture
def shop(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workshop]:
    """hub.toml has one target, segment, whose sandbox is up; quotas are not waited for."""
    monkeypatch.setattr(SharedLimiter, "reserve", lambda self, units: 0.0)
    with workshop(desk.folder, ("segment",), limits=False) as shop:
        yield shop


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file of today's schema, to be copied."""
    path = tmp_path_factory.mktemp("migrated") / "hub.db"
    Database(f"sqlite:///{path}").close()
    return path
