"""The pages in a real browser, over a real `hub serve` and four sandboxes on loopback."""

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

pytestmark = pytest.mark.process
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
PLAN = "Acme Shop"
PATIENCE = 30_000
"""Milliseconds that a publish to four sandboxes may take on a busy machine."""
NARROW, WIDE = 360, 1300
LISTS = ("/", "/proposals", "/proposals?state=all", "/publications", "/targets", "/notifications", "/people", "/audit")
OF_PLAN = (f"/plan?name={PLAN}", f"/event?plan={PLAN}&name=Order Completed", f"/publish?plan={PLAN}")
OTHERS = ("/proposals/1", "/approvals/f00d", "/jobs/1", "/nowhere", "/plan?name=Nowhere")
OUTSIDE = ("/login", "/welcome?token=")


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

    def of_admin(self) -> list[str]:
        """Every page that somebody who is logged in can look at."""
        publications = [f"/publications/{one.id}" for one in self._store().publications(limit=1)]
        return [*LISTS, *OF_PLAN, *OTHERS, *publications]

    def outside(self) -> list[str]:
        """Those for strangers."""
        token = self._store().people.invite("viewer", "test", time.time() + 60)
        return [*OUTSIDE, f"/welcome?token={token}"]

    def _store(self) -> Any:
        return App(load(self.shop.folder / "hub.toml")).store


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    if CHROMIUM is None:
        missing = "no Chromium on this machine: apt-get install chromium"
        pytest.fail(missing) if os.environ.get("CI") == "true" else pytest.skip(missing)
    with ExitStack() as stack:
        shop = stack.enter_context(workshop(tmp_path_factory.mktemp("site"), limits=False))
        configured(shop)
        url, first_login = stack.enter_context(served(shop))
        player = stack.enter_context(sync_playwright())
        browser = player.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"])
        found = Site(shop, stack.enter_context(closing(browser)), url, first_login)
        sign_up(found)
        yield found


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


def publish(page: Page, site: Site) -> None:
    """From the home page to the receipt, as a person goes."""
    page.goto(site.url)
    page.get_by_role("link", name="Preview and publish").click()
    page.get_by_role("button", name="Read the tools again").click()
    page.get_by_role("button", name="Publish to 4 tools").click()
    page.wait_for_url("**/publications/*")
    expect(page.get_by_role("heading", name=PLAN)).to_be_visible()
    expect(page.get_by_text("Receipts of amplitude")).to_be_visible(timeout=PATIENCE)


def statuses(page: Page) -> list[str]:
    return [one.split(" ", 1)[1] for one in page.locator("tbody").first.locator(".state").all_inner_texts()]


def reworded(site: Site, before: str, after: str) -> None:
    file = site.shop.folder / "plan.yaml"
    text = file.read_text(encoding="utf-8")
    assert before in text
    file.write_text(text.replace(before, after), encoding="utf-8")


def test_an_owner_publishes_takes_an_edit_back_and_publishes_again(site: Site) -> None:
    with site.visit() as page:
        page.goto(site.url)
        page.get_by_role("link", name=PLAN, exact=True).click()
        page.get_by_label("Search").press_sequentially("refunded")
        expect(page.get_by_text("1 of 18 events")).to_be_visible()
        expect(page.get_by_role("link", name="Order Refunded")).to_be_visible()
        assert "search=refunded" in page.url

        publish(page, site)
        assert statuses(page) == ["published"] * 4

        site.shop.sandboxes["mixpanel"].edit(
            {"do": "set", "name": "Product Viewed", "field": "description", "value": "Somebody looked at a product."}
        )
        assert site.shop.run("reconcile").exit_code == 2
        page.goto(site.url)
        page.get_by_role("link", name="1 open proposal").click()
        expect(page.locator("ins")).to_have_text("Somebody looked at a product.")
        page.get_by_role("button", name="Accept what the tool says").click()
        expect(page.get_by_text("Nothing waits for a decision")).to_be_visible()
        assert "Somebody looked at a product." in (site.shop.folder / "plan.yaml").read_text(encoding="utf-8")

        publish(page, site)
        receipt = page.url
        assert "v2" in page.get_by_role("heading", level=1).inner_text()
        page.goto(f"{site.url}/publications")
        page.locator("tbody a").first.click()
        assert page.url == receipt
    tools = ("amplitude", "segment", "snowplow")
    assert all("Somebody looked at a product." in str(site.shop.holdings()[tool]) for tool in tools)
    assert site.strays == []


def test_without_script_a_publish_is_previewed_pressed_and_proven(site: Site) -> None:
    reworded(site, "The cart was opened.", "Somebody opened the cart.")
    with site.visit(java_script_enabled=False) as page:
        publish(page, site)
        assert statuses(page) == ["published"] * 4
        expect(page.get_by_text("This page looks again")).to_have_count(0)
    assert "Somebody opened the cart." in str(site.shop.holdings()["mixpanel"])
    assert site.strays == []


def test_times_are_shown_in_the_readers_zone_with_the_exact_one_on_hover(site: Site) -> None:
    with site.visit(timezone_id="Asia/Kathmandu", locale="en-GB") as page:
        page.goto(f"{site.url}/audit")
        time_of = page.locator("time").first
        assert "GMT+5:45" in (time_of.get_attribute("title") or "") and "UTC" not in time_of.inner_text()


def test_every_page_can_be_read_by_everybody(site: Site) -> None:
    grave = []
    for storage, addresses in ((site.admin, site.of_admin()), (None, site.outside())):
        with site.visit(storage_state=storage, viewport={"width": WIDE, "height": 900}) as page:
            for address in addresses:
                page.emulate_media(color_scheme="light")
                page.goto(site.url + address)
                page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
                grave += [(address, *one) for one in violations(page)]
                page.emulate_media(color_scheme="dark")
                grave += [(address, "dark", *one) for one in violations(page, runOnly=["color-contrast"])]
    assert grave == [] and site.strays == []


def violations(page: Page, **options: Any) -> list[tuple[str, Any]]:
    """What axe finds serious or critical."""
    found = Axe().run(page, options={"resultTypes": ["violations"], **options}).response["violations"]
    return [(one["id"], one["nodes"]) for one in found if one["impact"] in GRAVE]


GRAVE = ("serious", "critical")


def test_no_page_scrolls_sideways_on_a_phone(site: Site) -> None:
    wide = []
    for storage, addresses in ((site.admin, site.of_admin()), (None, site.outside())):
        with site.visit(storage_state=storage, viewport={"width": NARROW, "height": 740}) as page:
            for address in addresses:
                page.goto(site.url + address)
                if page.evaluate("document.documentElement.scrollWidth") > NARROW:
                    wide.append(address)
    assert wide == []
