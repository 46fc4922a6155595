"""Pictures of every page, light and dark, wide and narrow: `./run python -m tests.acceptance.screenshots FOLDER`."""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.acceptance.site import NARROW, PATIENCE, PLAN, Site, opened

WIDTHS = {"wide": 1600, "narrow": NARROW}
LOOKS = ("light", "dark")


def main(folder: Path) -> int:
    """Fill a hub with something of everything, then look at all of it; the number of pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place, opened(Path(place)) as site:
        live(site)
        return sum(pictures(site, folder, name, width) for name, width in WIDTHS.items())


def live(site: Site) -> None:
    """A publish, an edit in a tool that waits as a proposal, and a change of the plan that is not published yet."""
    with site.visit() as page:
        publish(page, site)
    site.shop.sandboxes["mixpanel"].edit(
        {
            "do": "set",
            "name": "Product Viewed",
            "field": "description",
            "value": "Somebody looked closely at it.",
        }
    )
    site.shop.run("reconcile")
    file = site.shop.folder / "plan.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("The cart was opened.", "Somebody opened the cart."))


def publish(page: Page, site: Site) -> None:
    """From the home page to the receipt."""
    page.goto(f"{site.url}/publish?plan={PLAN}")
    page.get_by_role("button", name="Read the tools again").click()
    page.locator("#publish").click()
    page.wait_for_url("**/publications/*")
    expect(page.get_by_text("Receipts of amplitude")).to_be_visible(timeout=PATIENCE)


def pictures(site: Site, folder: Path, name: str, width: int) -> int:
    """Every page at this width, in both looks."""
    taken = 0
    for storage, addresses in ((site.admin, site.of_admin()), (None, site.outside())):
        with site.visit(storage_state=storage, viewport={"width": width, "height": 900}) as page:
            for address in addresses:
                page.goto(site.url + address)
                for look in LOOKS:
                    page.emulate_media(color_scheme=look)
                    page.screenshot(path=folder / f"{_spelled(address)}-{name}-{look}.png", full_page=True)
                    taken += 1
    return taken


def _spelled(address: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "-", re.sub("token=.+", "token", address)).strip("-").lower() or "home"


if __name__ == "__main__":
    print(main(Path(sys.argv[1])), "pictures")
