"""Pictures of every page, light and dark, wide and narrow: `./run python -m tests.acceptance.screenshots FOLDER`."""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path

from tests.acceptance.every_page import fill, of_admin, outside
from tests.acceptance.site import NARROW, Site, opened

WIDTHS = {"wide": 1600, "narrow": NARROW}
LOOKS = ("light", "dark")


def main(folder: Path) -> int:
    """Fill a hub with something of everything, then look at all of it; the number of pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place, opened(Path(place)) as site:
        fill(site)
        return sum(pictures(site, folder, name, width) for name, width in WIDTHS.items())


def pictures(site: Site, folder: Path, name: str, width: int) -> int:
    """Every page at this width, in both looks."""
    taken = 0
    for storage, addresses in ((site.admin, of_admin(site)), (None, outside(site))):
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
