"""kill -9 at every single request of a publish to four tools: the next publish ends as if nothing had happened."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.acceptance.workshop import Workshop, at_peace, killer, workshop

PLAN = """\
format: 1
name: Shop
events:
  Order Completed:
    description: The order is binding.
    category: Checkout
    tags: [core]
    properties:
      total: {type: number, required: true, description: What is paid.}
      currency: {type: string, enum: [EUR, USD]}
  Signed Up:
    description: An account exists.
user_properties:
  tier: {type: string, description: Loyalty level.}
"""


def publish(shop: Workshop, plan: Path, **options: object) -> int | None:
    return shop.run("publish", str(plan), "--yes", "--json", **options).exit_code  # type: ignore[arg-type]


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    path = tmp_path / "plan.yaml"
    path.write_text(PLAN, encoding="utf-8")
    return path


@pytest.mark.process
@pytest.mark.parametrize("after", [False, True], ids=["before it takes effect", "after it took effect"])
def test_a_publish_killed_at_any_request_is_finished_by_the_next_one(plan: Path, tmp_path: Path, after: bool) -> None:
    with workshop(tmp_path / "calm", limits=False) as calm:
        assert publish(calm, plan) == 0
        undisturbed, requests = calm.holdings(), calm.requests()
    assert requests > 20
    for at in range(requests):
        with workshop(tmp_path / f"at-{at}", limits=False) as shop:
            assert publish(shop, plan, started=killer(shop, at, after=after)) == -9, at
            at_peace(shop)
            assert publish(shop, plan) == 0, at
            assert shop.holdings() == undisturbed, at
            assert [write for write, times in Counter(shop.writes()).items() if times > 1] == [], at
            assert shop.run("preview", str(plan), "--json").exit_code == 0, at
