"""A database for each test, copied from one that was migrated once."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from hub.store.database import Database


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an empty database of today's schema, to be copied."""
    folder = tmp_path_factory.mktemp("migrated")
    Database(f"sqlite:///{folder}/hub.db").close()
    return folder


@pytest.fixture
def database(migrated: Path, tmp_path: Path) -> Database:
    shutil.copy(migrated / "hub.db", tmp_path / "hub.db")
    return Database(f"sqlite:///{tmp_path}/hub.db")
