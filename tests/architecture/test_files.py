"""What may stand in a tracked file: no machine's paths, no registry's hosts, nothing that was copied in minified."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath

import pytest

from tests.architecture.rules import ROOT

FORBIDDEN: tuple[tuple[str, str], ...] = (
    ("a path of one machine", r"(?<![\w.$~}])/" + r"(?:home|Users|root|work|tmp|opt)/[\w.-]+"),
    ("a path of one machine", r"\b[A-Za-z]:\\" + r"Users\\"),
    ("a package registry", r"\b(?:files\.)?python" + r"hosted\.org|\bpypi\." + r"(?:org|python\.org)"),
    (
        "a package registry",
        r"\bregistry\." + r"(?:npmjs\.org|yarnpkg\.com)|\bcdn\.jsdelivr" + r"\.net|\bunpkg" + r"\.com",
    ),
    ("an index address", r"https?://\S+/" + r"simple/?(?=[\s\"']|$)|--(?:extra-)?index" + r"-url|--trusted" + r"-host"),
    ("our notes, which readers do not have", r"/shared/" + r"(?:DESIGN|style|libraries|apis)"),
)
FOREIGN_LICENCE = re.compile(r"(?im)^\W*(?:@licen[sc]e|copyright \(c\)|SPDX-License-" + r"Identifier)")
LONGEST_LINE = 500
ASSETS = frozenset({".js", ".css", ".html", ".svg", ".mjs"})
Rule = Callable[[str, str], Iterator[str]]


def tracked() -> list[tuple[str, str]]:
    """(path, text) of every file under version control that is text."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    paths = [path for path in listed.stdout.split("\0") if path and (ROOT / path).is_file()]
    return [(path, (ROOT / path).read_text(encoding="utf-8", errors="replace")) for path in paths]


def forbidden_words(path: str, text: str) -> Iterator[str]:
    """Places and hosts that are true on one machine only."""
    for what, pattern in FORBIDDEN:
        for match in re.finditer(pattern, text):
            yield f"{path}:{text.count(chr(10), 0, match.start()) + 1} holds {what}: {match.group()}"


def copied_assets(path: str, text: str) -> Iterator[str]:
    """Somebody else's file: minified, vendored, or under a licence header."""
    pure = PurePosixPath(path)
    if ".min." in pure.name or {"vendor", "vendored", "third_party", "node_modules"} & set(pure.parts):
        yield f"{path} is a copy by its name"
    if pure.suffix in ASSETS and max(map(len, text.splitlines()), default=0) > LONGEST_LINE:
        yield f"{path} has a line of more than {LONGEST_LINE} characters"
    if pure.suffix in ASSETS | {".py"} and FOREIGN_LICENCE.search(text):
        yield f"{path} has a licence header"


@pytest.mark.parametrize("rule", [forbidden_words, copied_assets])
def test_every_tracked_file_keeps_the_rule(rule: Rule) -> None:
    assert [fault for path, text in tracked() for fault in rule(path, text)] == []


SLASH = "/"  # planted words are put together, or this file would break its own rule


@pytest.mark.parametrize(
    ("rule", "path", "text"),
    [
        (forbidden_words, "x.py", f"HERE = '{SLASH}home/ann/hub'"),
        (forbidden_words, "README.md", f"cd {SLASH}work/main"),
        (forbidden_words, "x.toml", "C:" + "\\Users\\ann"),
        (forbidden_words, "constraints.txt", "https:" + "//py" + "pi.org/x"),
        (forbidden_words, "constraints.txt", "httpx @ https:" + "//files.python" + "hosted.org/x.whl"),
        (forbidden_words, "run", "pip install --index" + "-url x"),
        (forbidden_words, "pip.conf", "https:" + "//mirror.example/py" + f"pi{SLASH}simple"),
        (forbidden_words, "page.html", "https:" + "//unpkg" + ".com/htmx"),
        (forbidden_words, "x.py", f"see {SLASH}shared{SLASH}DESIGN.md"),
        (copied_assets, "hub/web/static/htmx.min.js", "var a"),
        (copied_assets, "hub/web/vendor/htmx.js", "var a"),
        (copied_assets, "hub/web/static/live.js", "a=1;" * 200),
        (copied_assets, "hub/web/static/live.css", "/*! Copyright" + " (c) Somebody */"),
        (copied_assets, "hub/merge.py", "# SPDX-License-" + "Identifier: MIT"),
    ],
)
def test_a_planted_violation_is_found(rule: Rule, path: str, text: str) -> None:
    assert list(rule(path, text))


@pytest.mark.parametrize(
    ("rule", "path", "text"),
    [
        (forbidden_words, "x.py", "apis/segment.md section 3.4, https://api.example.com/home/me, a/tmp/b"),
        (forbidden_words, "x.py", "path('~/hub'), ${HOME}/work/x, /etc/hub.toml"),
        (copied_assets, "docs/plan.schema.json", "x" * 5000),
        (copied_assets, "hub/web/static/live.js", "const minute = 60;"),
    ],
)
def test_what_is_allowed_is_not_reported(rule: Rule, path: str, text: str) -> None:
    assert list(rule(path, text)) == []
