"""A fresh bench for each test, on an empty database that was migrated once."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hub.store.database import Database
from tests.hub.engine.bench import Bench

OpenBench = Callable[..., Bench]


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an empty database of today's schema, to be copied."""
    folder = tmp_path_factory.mktemp("migrated")
    Database(f"sqlite:///{folder}/hub.db").close()
    return folder


@pytest.fixture(scope="session")
def open_bench(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> OpenBench:
    """Call it with target names (one is "lab" when none is given) for a hub that remembers nothing."""

    def open_(*names: str, **options: Any) -> Bench:
        folder = tmp_path_factory.mktemp("hub")
        shutil.copy(migrated / "hub.db", folder / "hub.db")
        return Bench(folder, *names, **options)

    return open_


@pytest.fixture
def bench(open_bench: OpenBench) -> Bench:
    return open_bench()
