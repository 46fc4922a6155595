"""What runs, in a real browser: the page is told when to look again, and looks by itself where nobody tells it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from hub.app import App
from hub.config import load
from hub.engine.ports import Publication
from tests.acceptance.site import PATIENCE, PLAN, Site, opened

pytestmark = pytest.mark.process
MOMENT = 1_500
"""Milliseconds in which a page that looked again by itself would have done so."""


@dataclass
class Running:
    """A publication that another process is at work on, as far as the records and the locks tell."""

    app: App
    publication: Publication
    asked: list[str] = field(default_factory=list)

    def say(self, words: str) -> None:
        """Something happens that is to be seen."""
        run = replace(self.publication.targets[0], status="running", message=words)
        self.app.store.set_run(self.publication.id, run)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with opened(tmp_path_factory.mktemp("site")) as found, found.visit() as page:
        page.goto(f"{found.url}/publish?plan={PLAN}")
        page.get_by_role("button", name="Read the tools again").click()
        page.locator("#publish").click()
        expect(page.get_by_text("Receipts of amplitude")).to_be_visible(timeout=PATIENCE)
        yield found


@contextmanager
def running(site: Site, **options: Any) -> Iterator[tuple[Page, Running]]:
    app = App(load(site.shop.folder / "hub.toml"))
    found = Running(app, app.store.publications()[0])
    found.say("at work")
    app.store.start_publication(found.publication.id, time.time())
    with app.store.lock(found.publication.targets[0].target), site.visit(**options) as page:
        page.on("request", lambda one: found.asked.append(one.url))
        yield page, found
    app.close()


def test_a_page_is_told_when_to_look_again_and_does_not_before(site: Site) -> None:
    with running(site) as (page, found):
        page.goto(f"{site.url}/publications/{found.publication.id}")
        page.wait_for_timeout(MOMENT)
        found.asked.clear()
        page.wait_for_timeout(MOMENT)
        assert found.asked == []
        found.say("nearly there")
        expect(page.get_by_text("Nearly there.")).to_be_visible()
        assert len(found.asked) == 1
    assert site.strays == []


def test_without_a_stream_a_page_looks_again_by_itself(site: Site) -> None:
    with running(site) as (page, found):
        page.route("**/events", lambda route: route.fulfill(status=429))
        page.goto(f"{site.url}/publications/{found.publication.id}")
        found.say("getting along")
        expect(page.get_by_text("Getting along.")).to_be_visible()
    assert site.strays == []


@pytest.mark.parametrize("script", [True, False])
def test_somebody_pauses_it_and_has_it_go_on(site: Site, script: bool) -> None:
    with running(site, java_script_enabled=script) as (page, found):
        page.goto(f"{site.url}/publications/{found.publication.id}")
        page.get_by_role("button", name="Pause").click()
        expect(page.locator("#content").get_by_text("dana asked for a pause")).to_be_visible()
        assert found.app.store.paused_by(found.publication.id) == "dana"
    with site.visit(java_script_enabled=script) as page:
        app = App(load(site.shop.folder / "hub.toml"))
        app.store.close_publication(found.publication.id, "paused", {}, time.time())
        page.goto(f"{site.url}/publications/{found.publication.id}")
        page.get_by_role("button", name="Go on with it").click()
        expect(page.locator("#content").get_by_text("Everything was written, read back")).to_be_visible(
            timeout=PATIENCE
        )
        app.close()
