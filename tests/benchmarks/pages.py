"""How soon the page of a large plan is there: the list, a search, a filter; and what its first load takes."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import anyio
import httpx

from connectors.contract import Coverage, Snapshot
from connectors.registry import plugin
from connectors.testing.harness import SANDBOX_URL
from hub.app import App
from hub.config import load
from hub.store import documents
from hub.web.app import create_app
from mappings.canonical import TrackingPlan
from mappings.canonical.text import content_hash
from mappings.contract import Address
from tests.benchmarks.figures import Figure, cpu_seconds
from tests.benchmarks.world import World, plan_of, reworded

ASKED = {
    "list": "/plan?name=Bench",
    "last-of-list": "/plan?name=Bench&start={last}",
    "search": "/plan?name=Bench&search=number+{last}",
    "filter": "/plan?name=Bench&tag=team-3",
    "filter-by-state": "/plan?name=Bench&mark=in+sync",
    "home": "/",
    "targets": "/targets",
}
PREVIEW = "/publish?plan=Bench"
TOOL = "mixpanel"


def pages(events: int = 10_000, properties: int = 5, repeat: int = 5) -> Iterator[Figure]:
    """Each page after its first load, and as a ratio to reading the plan's rows alone from the database."""
    with tempfile.TemporaryDirectory() as folder:
        plan = plan_of(events, properties)
        hub = _published(Path(folder), plan)
        digest = content_hash(plan.data())
        rows = cpu_seconds(lambda: _rows(hub, digest), repeat=repeat)
        yield Figure(f"plan-rows-{events}", "s", rows)
        ask = Visitor(hub)
        yield Figure(f"page-first-load-{events}", "s", cpu_seconds(lambda: ask(ASKED["list"]), repeat=1))
        for name, address in ASKED.items():
            filled = address.format(last=events - 1)
            ask(filled)
            spent = cpu_seconds(lambda: ask(filled), repeat=repeat)  # noqa: B023
            yield Figure(f"page-{name}-{events}", "s", spent, 0.2, spent / rows, 1.0, "the plan's rows alone")
        yield from _previews(hub, plan, ask, repeat)
        hub.close()


def _previews(hub: App, plan: TrackingPlan, ask: Visitor, repeat: int) -> Iterator[Figure]:
    """The preview in which every event has other words: when it is first asked for, and again as nothing changed."""
    events = len(plan.events)
    hub.store.freeze(reworded(plan, events), "dana", hub.engine.time.now())
    yield Figure(f"page-preview-first-{events}", "s", cpu_seconds(lambda: ask(PREVIEW), repeat=1))
    yield Figure(f"page-preview-again-{events}", "s", cpu_seconds(lambda: ask(PREVIEW), repeat=repeat), 0.2)
    searched = cpu_seconds(lambda: ask(f"{PREVIEW}&search=said+better"), repeat=repeat)
    yield Figure(f"page-preview-search-{events}", "s", searched, 0.2)


def _rows(hub: App, digest: str) -> object:
    with hub.store.database.read() as connection:
        return documents.fetch_one(connection, digest)


def _published(folder: Path, plan: TrackingPlan) -> App:
    """A hub that has published this plan to a tool and read it back."""
    credentials = plugin(TOOL).sandbox().demo_credentials()
    (folder / "secret").write_text(credentials["secret"])
    settings = [f'{key} = "{value}"' for key, value in credentials.items() if key not in ("secret", "project_id")]
    lines = [f"[targets.{TOOL}]", f'tool = "{TOOL}"', f'base_url = "{SANDBOX_URL}"', 'secret = "file:secret"']
    lines = [*lines, f"project_id = {credentials['project_id']}", *settings]
    (folder / "hub.toml").write_text("\n".join(lines) + "\n")
    hub = App(load(folder / "hub.toml", {"HUB_DATABASE": f"sqlite:///{folder}/hub.db"}))
    now = hub.engine.time.now()
    held = World(folder).project(plan)[TOOL]
    hub.store.freeze(plan, "dana", now)
    hub.store.keep_snapshot(TOOL, Snapshot(held, (Coverage(Address("event", ()), "complete", now),), now))
    hub.store.advance_base(TOOL, "made-up", held.values(), (), now)
    return hub


class Visitor:
    """Somebody who is logged in; every page has to be there."""

    def __init__(self, hub: App) -> None:
        people, now = hub.store.people, hub.engine.time.now()
        people.accept(people.invite("admin", "bench", now + 60), "dana", "no hash", now)
        self._cookies = {"hub_session": people.open_session("dana", now, 3600)}
        self._transport = httpx.ASGITransport(create_app(hub))

    def __call__(self, address: str) -> None:
        async def send() -> None:
            client = httpx.AsyncClient(transport=self._transport, base_url="http://hub.test", cookies=self._cookies)
            async with client:
                (await client.get(address)).raise_for_status()

        anyio.run(send)
