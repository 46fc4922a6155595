"""`hub serve` over four sandboxes on loopback, and people who use its pages in a real browser."""

from __future__ import annotations

import json
import os
import shutil
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from hub.app import App
from hub.cli.demo import EXAMPLE_PLAN
from hub.config import load
from tests.acceptance.workshop import Workshop, workshop

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
PLAN = "Acme Shop"
PATIENCE = 30_000
"""Milliseconds that a publish to four sandboxes may take on a busy machine."""
NARROW, WIDE = 360, 1300


@dataclass
class Site:
    """The pages as people reach them, with what went wrong in any of their browsers."""

    shop: Workshop
    browser: Browser
    url: str
    first_login: str
    admin: Any = None
    strays: list[str] = field(default_factory=list)
    """Requests to anywhere else, and what browsers complained of."""
    uploaded: str = ""
    """The address of files that wait for a decision."""

    @contextmanager
    def visit(self, **options: Any) -> Iterator[Page]:
        """A browser of the admin's, or with `storage_state=None` of a stranger's."""
        with closing(self.browser.new_context(**{"storage_state": self.admin, **options})) as context:
            yield self._watched(context)

    def _watched(self, context: BrowserContext) -> Page:
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        page.on("request", lambda one: None if one.url.startswith(self.url) else self.strays.append(one.url))
        page.on("pageerror", lambda problem: self.strays.append(str(problem)))
        page.on("console", lambda said: self.strays.append(said.text) if "Content Security" in said.text else None)
        return page

    def invitation(self) -> str:
        """The token of a one-time link."""
        token: str = self.store().people.invite("viewer", "test", time.time() + 60)
        return token

    def store(self) -> Any:
        """What the hub keeps."""
        return App(load(self.shop.folder / "hub.toml")).store


@contextmanager
def opened(folder: Path, *, connected: bool = True) -> Iterator[Site]:
    """A hub and its first admin; `connected` to the four sandboxes and with the example plan, or empty."""
    if CHROMIUM is None:
        missing = "no Chromium on this machine: apt-get install chromium"
        pytest.fail(missing) if os.environ.get("CI") == "true" else pytest.skip(missing)
    with ExitStack() as stack:
        shop = stack.enter_context(workshop(folder, limits=False))
        configured(shop) if connected else emptied(shop)
        url, first_login = stack.enter_context(served(shop))
        player = stack.enter_context(sync_playwright())
        browser = player.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"])
        found = Site(shop, stack.enter_context(closing(browser)), url, first_login)
        sign_up(found)
        yield found


def emptied(shop: Workshop) -> None:
    """Nothing but a database; targets inside may be connected."""
    database = f"sqlite:///{shop.folder}/hub.db"
    (shop.folder / "hub.toml").write_text(f'database = "{database}"\nallow_private_addresses = true\n')


def configured(shop: Workshop) -> None:
    """The example plan is the hub's own, and there is something to decide and to approve."""
    (shop.folder / "plan.yaml").write_text(EXAMPLE_PLAN.read_text(encoding="utf-8"), encoding="utf-8")
    config = shop.folder / "hub.toml"
    text = config.read_text().replace("sqlite:///hub.db", f"sqlite:///{shop.folder}/hub.db")
    config.write_text(f'plan = "plan.yaml"\n{text}')
    App(load(config)).store.approvals.ask("f00d", PLAN, "lee", time.time())


@contextmanager
def served(shop: Workshop) -> Iterator[tuple[str, str]]:
    """`hub serve` in a process of its own: its address, and the one-time link that it printed."""
    pids: list[int] = []
    output = shop.folder / "served.txt"
    serving = threading.Thread(
        target=lambda: shop.run("serve", "--port", "0", "--json", started=pids.append, output_name=output.name)
    )
    serving.start()
    try:
        said = json.loads(first_answer(output))
        yield said["url"], said["first_login"]
    finally:
        os.kill(pids[0], signal.SIGTERM)
        serving.join()


def first_answer(output: Path) -> str:
    """The JSON that a command printed first, once it is there."""
    for _ in range(600):
        text = output.read_text(encoding="utf-8") if output.exists() else ""
        if text.rstrip().endswith("}"):
            return text
        threading.Event().wait(0.05)
    raise AssertionError(f"hub serve says nothing: {text!r}")


def sign_up(site: Site) -> None:
    """The one-time link makes the first admin."""
    with site.visit() as page:
        page.goto(site.first_login)
        page.get_by_label("Name").fill("dana")
        page.get_by_label("Password").fill("a long enough sentence")
        page.get_by_role("button", name="Make my account").click()
        expect(page.get_by_role("heading", name="Home")).to_be_visible()
        site.admin = page.context.storage_state()


def violations(page: Page, **options: Any) -> list[tuple[str, Any]]:
    """What axe finds serious or critical."""
    found = Axe().run(page, options={"resultTypes": ["violations"], **options}).response["violations"]
    return [(one["id"], one["nodes"]) for one in found if one["impact"] in GRAVE]


GRAVE = ("serious", "critical")
