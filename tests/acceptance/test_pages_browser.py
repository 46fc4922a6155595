"""The pages in a real browser, over a real `hub serve` and four sandboxes on loopback."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from hub.web.app import PAGES
from tests.acceptance.every_page import NO_PAGES, fill, of_admin, outside
from tests.acceptance.site import NARROW, PATIENCE, PLAN, WIDE, Site, opened, violations

pytestmark = pytest.mark.process


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with opened(tmp_path_factory.mktemp("site")) as found:
        yield found


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


def test_every_page_can_be_read_by_everybody_also_on_a_phone(site: Site) -> None:
    reworded(site, "Somebody opened the cart.", "The cart was opened.")
    fill(site)
    grave, wide = [], []
    for storage, addresses in ((site.admin, [*of_admin(site)]), (None, [*outside(site)])):
        with site.visit(storage_state=storage) as page:
            for address in addresses:
                page.set_viewport_size({"width": NARROW, "height": 740})
                page.emulate_media(color_scheme="light")
                page.goto(site.url + address)
                if page.evaluate("document.documentElement.scrollWidth") > NARROW:
                    wide.append(address)
                page.set_viewport_size({"width": WIDE, "height": 900})
                page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
                grave += [(address, *one) for one in violations(page)]
                page.emulate_media(color_scheme="dark")
                grave += [(address, "dark", *one) for one in violations(page, runOnly=["color-contrast"])]
    assert (grave, wide, site.strays) == ([], [], [])


def test_no_page_is_forgotten_when_all_are_looked_at(site: Site) -> None:
    looked_at = [address.partition("?")[0] for address in (*of_admin(site), *outside(site))]
    addresses = {*addresses_of(PAGES)} - set(NO_PAGES)
    assert [one for one in addresses if not any(map(as_pattern(one).fullmatch, looked_at))] == []


def addresses_of(router: Any) -> Iterator[str]:
    """What a router answers to GET, with the routers inside it."""
    for route in router.routes:
        if hasattr(route, "methods"):
            yield from [route.path] if "GET" in route.methods else []
        else:
            yield from addresses_of(route.original_router)


def as_pattern(address: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\{[^}]+\}", "[^/]+", address))
