"""The page that explains the format: its examples are plans, and together they show every field."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from hub.files import load
from mappings.canonical.planformat import plan_schema

PAGE = Path(__file__).parents[3] / "docs" / "plan-format.md"
BLOCKS = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(), re.S)


@pytest.mark.parametrize("block", BLOCKS)
def test_every_example_is_read(block: str, tmp_path: Path) -> None:
    name = "plan.yaml" if "# events/" not in block else "events/order_completed.yaml"
    (tmp_path / "events").mkdir()
    (tmp_path / "plan.yaml").write_text("name: Shop\n")
    (tmp_path / name).write_text(block)
    assert load(tmp_path if name != "plan.yaml" else _alone(tmp_path)).plan.name


def _alone(folder: Path) -> Path:
    return (folder / "plan.yaml").rename(folder / "alone.yaml")


def _keys(value: Any) -> Iterator[str]:
    for key, one in value.items() if isinstance(value, dict) else ():
        yield key
        yield from _keys(one)
    for one in value if isinstance(value, list) else ():
        yield from _keys(one)


def test_every_field_is_shown() -> None:
    shown = {key for block in BLOCKS for key in _keys(yaml.safe_load(block))}
    fields = {name for part in [plan_schema(), *plan_schema()["$defs"].values()] for name in part["properties"]}
    assert fields - shown == set()
