"""One hub for each test, closed afterwards; for those of single sign-on a provider."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hub.web.door import NOW, Door
from tests.hub.web.provider import serving
from tests.hub.web.visitors import Quay


@pytest.fixture
def quay(tmp_path: Path) -> Iterator[Quay]:
    """A hub with the plan Harbour in a file, one target, and nothing published."""
    found = Quay.open(tmp_path)
    yield found
    found.hub.close()


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    """A provider of single sign-on, and a folder for a hub that knows it."""
    with serving(NOW) as provider:
        yield Door(tmp_path, provider)
