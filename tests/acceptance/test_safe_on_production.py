"""Harm that must not happen: a plan emptied in small steps, and several publishers at the same moment."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.acceptance.workshop import Run, Workshop, workshop

EVENTS = [f"Event {number:02}" for number in range(40)]


def plan_text(events: Sequence[str], removed: Sequence[str] = (), words: str = "What it means.") -> str:
    listed = "".join(f"  {name}:\n    description: {words}\n" for name in events)
    gone = "".join(f'  - {{event: {name}, reason: never used, date: "2026-11-25"}}\n' for name in removed)
    return f"format: 1\nname: Shop\nevents:\n{listed}" + (f"removed:\n{gone}" if gone else "")


def publish(shop: Workshop, text: str, *options: str) -> Run:
    path = shop.folder / "plan.yaml"
    path.write_text(text, encoding="utf-8")
    return shop.run("publish", str(path), "--yes", "--json", *options)


@pytest.mark.process
def test_the_third_batch_of_ten_percent_deletes_is_stopped(tmp_path: Path) -> None:
    with workshop(tmp_path, ["segment"], limits=False) as shop:
        assert publish(shop, plan_text(EVENTS)).exit_code == 0
        codes = [publish(shop, plan_text(EVENTS[4 * batch :], EVENTS[: 4 * batch])).exit_code for batch in range(1, 5)]
        assert codes == [0, 0, 1, 1]
        assert len(shop.sandboxes["segment"].dump()["plans"][0]["rules"]) == 32


@pytest.mark.process
def test_two_processes_and_a_person_at_the_same_moment(tmp_path: Path) -> None:
    with workshop(tmp_path, limits=False) as shop:
        assert publish(shop, plan_text(EVENTS[:6])).exit_code == 0
        before = len(shop.writes())
        (tmp_path / "one.yaml").write_text(plan_text(EVENTS[:6], words="Said better."), encoding="utf-8")
        edit = {"do": "set", "name": "Event 05", "field": "displayName", "value": "A person's name for it"}
        runs: list[Run] = []

        def hub() -> None:
            runs.append(
                shop.run(
                    "publish", str(tmp_path / "one.yaml"), "--yes", "--json", output_name=f"{threading.get_ident()}.txt"
                )
            )

        publishers = [threading.Thread(target=hub) for _ in range(2)]
        for publisher in publishers:
            publisher.start()
        shop.sandboxes["mixpanel"].edit(edit)
        for publisher in publishers:
            publisher.join()
        assert publish(shop, plan_text(EVENTS[:6], words="Said better.")).exit_code == 0
        assert {run.exit_code for run in runs} <= {0, 1} and all(b"Said better." in held for held in _holdings(shop))
        assert b"A person's name for it" in _holdings(shop)[1]
        assert [write for write, times in Counter(shop.writes()[before:]).items() if times > 1] == []


def _holdings(shop: Workshop) -> list[bytes]:
    return [repr(shop.holdings()[tool]).encode().replace(b"\\'", b"'") for tool in shop.sandboxes]
