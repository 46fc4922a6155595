"""Draws demo.svg: what `hub demo --once` prints on a terminal. To draw it anew: ``./run python docs/images/draw.py``.

The picture is text in the reader's own monospace font; it refers to nothing outside itself.
"""

from __future__ import annotations

import io
import os
import pty
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

PICTURE = Path(__file__).parent / "demo.svg"
COMMAND = (sys.executable, "-c", "from hub.cli.main import run; run(['demo', '--once'])")
WIDTH = 88
FRAME = """\
<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{
  font-family: ui-monospace, Menlo, Consolas, monospace;
  font-size: {char_height}px;
  line-height: {line_height}px;
}}
.{unique_id}-title {{ font-family: sans-serif; font-size: 18px; font-weight: bold; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def on_a_terminal(command: tuple[str, ...]) -> str:
    """What the command writes to standard output when that is a terminal; progress on standard error is not shown."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(command, stdout=theirs, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL):
        os.close(theirs)
        return "".join(_chunks(ours))


def _chunks(descriptor: int) -> list[str]:
    found: list[str] = []
    while True:
        try:
            chunk = os.read(descriptor, 65536)
        except OSError:  # how Linux says that the other end is closed
            chunk = b""
        if not chunk:
            os.close(descriptor)
            return found
        found.append(chunk.decode("utf-8"))


def draw(printed: str) -> str:
    """The printed text as a picture, its lines kept short enough to be read and compared."""
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True)
    console.print(Text.from_ansi("$ ./run demo\n" + printed.replace("\r", "").strip()), soft_wrap=True)
    picture = console.export_svg(title="schema-sync hub", theme=MONOKAI, code_format=FRAME, unique_id="demo")
    return picture.replace("&#160;", "\N{NO-BREAK SPACE}").replace("><", ">\n<")


if __name__ == "__main__":
    PICTURE.write_text(draw(on_a_terminal(COMMAND)), encoding="utf-8")
