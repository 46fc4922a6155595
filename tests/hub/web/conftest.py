"""One hub for each test, closed afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hub.web.visitors import Quay


@pytest.fixture
def quay(tmp_path: Path) -> Iterator[Quay]:
    """A hub with the plan Harbour in a file, one target, and nothing published."""
    found = Quay.open(tmp_path)
    yield found
    found.hub.close()
