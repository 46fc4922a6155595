"""The first afternoon of a new owner, in a browser and with nothing else: from an empty hub to a second publish."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from tests.acceptance.real_plans import DATA
from tests.acceptance.site import PATIENCE, Site, opened
from tests.acceptance.workshop import TOOLS

pytestmark = pytest.mark.process
PLAN = "Ferry line"
CORRECTED = "Corrected by somebody who knows better."
PRICE = {"price": {"type": "number", "description": "What was paid."}}
RULES = [
    ("Ticket Bought", "A ticket was paid.", PRICE),
    ("Ferry Boarded", "Somebody went aboard.", {"deck": {"type": "string", "description": "Which deck."}}),
    ("Ferry Left", "The ferry left the quay.", {}),
]
REAL = DATA / "plans/segment-public-api/segment-services-eng+trackings-plans+prod-javascript-2025-05-20.json"


@dataclass(frozen=True)
class Plan:
    """A tracking plan as Segment's Public API gives it, and the event whose text is corrected in a tool."""

    content: str
    event: str
    text: str


def made_up() -> Plan:
    rules = [
        {
            "key": name,
            "type": "TRACK",
            "version": 1,
            "jsonSchema": {
                "$schema": "http://json-schema.org/draft-07/schema#",
                "type": "object",
                "description": text,
                "properties": {"properties": {"type": "object", "properties": properties, "required": [*properties]}},
            },
        }
        for name, text, properties in RULES
    ]
    return Plan(json.dumps({"data": {"rules": rules}}), "Ticket Bought", "A ticket was paid.")


def real() -> Plan:
    if not REAL.exists():
        pytest.skip("real plans are not part of the project: ../shared is absent")
    return Plan(REAL.read_text(encoding="utf-8"), "First Event", "First Event description 10")


@pytest.fixture(scope="module", params=[made_up, real], ids=["made up", "real"])
def plan(request: pytest.FixtureRequest) -> Plan:
    found: Plan = request.param()
    return found


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, plan: Plan) -> Iterator[Site]:
    with opened(tmp_path_factory.mktemp("story"), connected=False) as found:
        (found.shop.folder / "given.json").write_text(plan.content, encoding="utf-8")
        yield found


def import_plan(page: Page, site: Site, plan: Plan) -> None:
    page.goto(site.url)
    page.get_by_role("link", name="Import", exact=False).first.click()
    page.get_by_label("Files, or one zip").set_input_files(site.shop.folder / "given.json")
    page.get_by_label("Name of the new plan").fill(PLAN)
    page.get_by_role("button", name="Look at it first").click()
    expect(page.get_by_label(plan.event, exact=True)).to_be_checked()
    page.get_by_role("button", name="Make the plan").click()
    expect(page.get_by_text("The plan is in the store")).to_be_visible()


def connect(page: Page, site: Site, tool: str) -> None:
    """With the secrets typed into the form."""
    page.goto(f"{site.url}/targets")
    page.get_by_role("link", name="Connect a tool").first.click()
    page.locator(f"a[href='/targets/new?tool={tool}']").click()
    page.get_by_label("Name of the target").fill(tool)
    page.locator("#set-base_url").fill(site.shop.addresses[tool])
    for key, value in site.shop.sandboxes[tool].demo_credentials().items():
        page.locator(f"#set-{key}").fill(value)
    page.get_by_role("button", name="Test and save").click()
    expect(page.get_by_role("heading", level=1, name=tool)).to_be_visible()


def adopt(page: Page, site: Site, tool: str) -> None:
    """What the tool holds already and the plan knows; the rest stays unmanaged."""
    page.goto(f"{site.url}/adopt?target={tool}&plan={PLAN}")
    page.get_by_role("button", name="Read the tool").click()
    page.get_by_label("Propose what the plan lacks").uncheck(timeout=PATIENCE)
    page.get_by_role("button", name="Adopt", exact=True).click()
    expect(page.get_by_text("Adopted:")).to_be_visible()


def publish(page: Page, site: Site) -> None:
    page.goto(site.url)
    page.get_by_role("link", name="Preview and publish").click()
    page.get_by_role("button", name="Read the tools again").click()
    page.locator("#publish").click(timeout=PATIENCE)
    page.wait_for_url("**/publications/*")
    expect(page.locator("tbody").first.locator(".state.good")).to_have_count(len(TOOLS), timeout=PATIENCE)


def reconcile(page: Page, site: Site, tool: str) -> None:
    page.goto(f"{site.url}/targets")
    page.get_by_role("button", name=f"Reconcile now {tool}").click()
    page.wait_for_url("**/jobs/*")
    expect(page.locator(".state", has_text="done")).to_be_visible(timeout=PATIENCE)


def test_a_new_owner_comes_from_an_empty_hub_to_a_second_publish(site: Site, plan: Plan) -> None:
    mixpanel = site.shop.sandboxes["mixpanel"]
    mixpanel.edit({"do": "add", "name": plan.event, "schema": {"description": plan.text}})
    mixpanel.edit({"do": "add", "name": "Old Thing", "schema": {"description": "Whose is it?"}})
    with site.visit() as page:
        import_plan(page, site, plan)
        for tool in TOOLS:
            connect(page, site, tool)
        adopt(page, site, "mixpanel")
        publish(page, site)

        mixpanel.edit({"do": "set", "name": plan.event, "field": "description", "value": CORRECTED})
        reconcile(page, site, "mixpanel")
        page.goto(f"{site.url}/proposals")
        page.get_by_role("button", name="Accept what the tool says").click()
        expect(page.get_by_text("Nothing waits for a decision")).to_be_visible()

        publish(page, site)
        receipt = page.url
        page.goto(f"{site.url}/publications")
        page.locator("tbody a").first.click()
        assert page.url == receipt
    assert all(CORRECTED in str(site.shop.holdings()[tool]) for tool in TOOLS)
    assert "Whose is it?" in str(site.shop.holdings()["mixpanel"])
    assert site.strays == []


def test_no_secret_that_was_typed_is_in_the_configuration_or_the_database(site: Site) -> None:
    typed = [one for tool in TOOLS for one in site.shop.sandboxes[tool].demo_credentials().values()]
    secret = [one for one in typed if "secret" in one or "token" in one or "key" in one]
    written = b"".join(one.read_bytes() for one in site.shop.folder.glob("hub.*") if one.name != "hub.key")
    assert len(secret) == 4 and [one for one in secret if one.encode() in written] == []
    assert written.count(b'"sealed:') == 5
