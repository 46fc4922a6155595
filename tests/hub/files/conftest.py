"""Plan files on disk, in one line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from hub.errors import Problems
from hub.files import load


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """write(content, name="plan.yaml") puts a file into the test's folder, with the folders above it."""

    def put(content: str | bytes, name: str = "shop.yaml") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return put


@pytest.fixture
def complaints() -> Callable[[Path], list[str]]:
    """What is wrong with a plan: "file:line:column: message → next step" for each problem."""

    def gather(path: Path) -> list[str]:
        with pytest.raises(Problems) as caught:
            load(path)
        base = path if path.is_dir() else path.parent
        return [f"{one} → {one.hint}".replace(f"{base}/", "") for one in caught.value.problems]

    return gather
