"""Something of everything in a hub, and the address of every page that shows it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from urllib.parse import quote

from playwright.sync_api import Page, expect

from tests.acceptance.site import PATIENCE, PLAN, Site
from tests.acceptance.workshop import TOOLS

EVENT = "Order Completed"
LISTS = (
    "/",
    "/drafts",
    "/drafts?state=all",
    "/proposals",
    "/proposals?state=all",
    "/publications",
    "/dictionary",
    "/dictionary?target=mixpanel",
    "/dictionary/diff",
    f"/dictionary/diff?before=mixpanel&after=segment&plan={PLAN}",
    f"/dictionary/event?target=mixpanel&name={EVENT}&plan={PLAN}",
    "/targets",
    "/targets/new",
    "/notifications",
    "/people",
    "/audit",
    "/account",
    "/tokens",
    "/import",
    "/api/v1/docs",
)
OF_PLAN = (
    f"/plan?name={PLAN}",
    f"/event?plan={PLAN}&name={EVENT}",
    f"/event/history?plan={PLAN}&name={EVENT}",
    f"/publish?plan={PLAN}",
    f"/publish?plan={PLAN}&by=tool",
    f"/why?plan={PLAN}&path=events&path={EVENT}&path=description",
)
OF_TOOLS = tuple(
    address for tool in TOOLS for address in (f"/targets/{tool}", f"/targets/new?tool={tool}", f"/adopt?target={tool}")
)
OF_DRAFT = ("", "/changes", "/events", "/more", "/preview", "/settle", f"/event?name={EVENT}")
OTHERS = ("/proposals/1", "/approvals/f00d", "/jobs/1", "/nowhere", "/plan?name=Nowhere")
OUTSIDE = ("/login", "/welcome?token=", "/reset?token=")
NO_PAGES = {
    "/audit/export": "a file",
    "/drift": "another name of /targets",
    "/import/done": "follows the upload, seen in the story",
    "/jobs/{number}/events": "a stream",
    "/login/callback": "leads back from the provider",
    "/login/provider": "leads to the provider",
    "/plan/export": "a file",
    "/publications/{identity}/events": "a stream",
    "/publications/{identity}/receipt.json": "a file",
}
"""What answers without being a page of its own."""


def fill(site: Site) -> None:
    """A publish, an edit in a tool that waits as a proposal, a draft, an upload, and a change that is not published."""
    with site.visit() as page:
        publish(page, site)
        site.shop.sandboxes["mixpanel"].edit(
            {"do": "set", "name": "Product Viewed", "field": "description", "value": "Somebody looked closely at it."}
        )
        site.shop.run("reconcile")
        _draft(page, site)
        site.uploaded = _upload(page, site)
    file = site.shop.folder / "plan.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("The cart was opened.", "Somebody opened the cart."))


def publish(page: Page, site: Site) -> None:
    """From the preview to the receipt."""
    page.goto(f"{site.url}/publish?plan={PLAN}")
    page.get_by_role("button", name="Read the tools again").click()
    page.locator("#publish").click()
    page.wait_for_url("**/publications/*")
    expect(page.locator("tbody").first.locator(".state.good")).to_have_count(len(TOOLS), timeout=PATIENCE)


def _draft(page: Page, site: Site) -> None:
    """By changing a description in place."""
    page.goto(f"{site.url}/event?plan={PLAN}&name={EVENT}")
    page.locator("details:has(form[action='/drafts/describe']) > summary").click()
    page.locator("form[action='/drafts/describe'] textarea").fill("The order was accepted, and binds both sides.")
    page.locator("form[action='/drafts/describe'] button").click()
    expect(page.get_by_text("says something else about this event")).to_be_visible()


def _upload(page: Page, site: Site) -> str:
    """The address of what would come in."""
    schema = {"$id": "Refund Asked", "type": "object", "properties": {"reason": {"type": "string"}}}
    file = site.shop.folder / "refund.json"
    file.write_text(json.dumps(schema), encoding="utf-8")
    page.goto(f"{site.url}/import?plan={PLAN}")
    page.get_by_label("Files, or one zip").set_input_files(file)
    page.get_by_role("button", name="Look at it first").click()
    expect(page.get_by_role("heading", name="What would come in")).to_be_visible()
    return page.url.removeprefix(site.url)


def of_admin(site: Site) -> Iterator[str]:
    """Every page that somebody who is logged in can look at."""
    yield from (*LISTS, *OF_PLAN, *OF_TOOLS, *OTHERS)
    if site.uploaded:
        yield site.uploaded
    for draft in site.store().drafts.of_plan(PLAN)[:1]:
        yield from (f"/drafts/{draft.id}{rest}" for rest in OF_DRAFT)
        yield f"/drafts/{draft.id}/thing?at={quote(json.dumps(['events', EVENT, 'properties', 'currency']))}"
    for publication in site.store().publications(limit=1):
        yield from (f"/publications/{publication.id}", f"/publications/{publication.id}/undo")


def outside(site: Site) -> Iterator[str]:
    """Every page for strangers."""
    yield from OUTSIDE
    yield f"/welcome?token={site.invitation()}"
