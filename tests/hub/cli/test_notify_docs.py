"""What docs/operations.md says of telling people is so: tables, examples, figures, and the receiver's check."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from connectors import errors
from hub.changes.happening import KINDS
from hub.config import load
from hub.notify import delivering, herald, routing
from hub.notify.delivering import check
from hub.notify.destinations import DestinationSettings, open_destinations
from hub.notify.dry_run import read_happening
from hub.notify.jira import adf, wiki
from hub.notify.jira.refusals import RIGHTS
from hub.notify.jira.settings import JiraSettings
from hub.notify.kinds import KINDS as CHANNELS
from hub.notify.rules import DEFAULTS, Rule
from hub.notify.slack.settings import SlackSettings
from hub.notify.webhook.channel import signature
from hub.notify.webhook.settings import WebhookSettings
from hub.store.outbox import STATES
from hub.web import slack
from hub.web.app import PAGES
from tests.acceptance import pages
from tests.acceptance.test_docs import keys
from tests.architecture.rules import ROOT
from tests.hub.notify.town import Town

MANUAL = pages.page("docs/operations.md")


@pytest.mark.parametrize(
    ("section", "model"),
    [
        ("Every destination", DestinationSettings),
        ("A row of rules", Rule),
        ("slack", SlackSettings),
        ("jira", JiraSettings),
        ("webhook", WebhookSettings),
    ],
)
def test_the_tables_of_keys_are_those_of_the_models(section: str, model: type[Any]) -> None:
    assert MANUAL.table("key", under=section) == keys(model)


def test_every_kind_of_happening_and_every_state_is_explained() -> None:
    assert tuple(MANUAL.table("kind of happening", under="A row of rules")) == KINDS
    assert tuple(MANUAL.table("state of a message", under="Delivery")) == STATES


def test_every_kind_of_channel_is_named_and_has_its_section() -> None:
    assert set(CHANNELS) <= set(re.findall(r"^### (.+)$", MANUAL.prose, re.MULTILINE))


def test_the_example_of_destinations_is_valid(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (example,) = (block.text for block in MANUAL.blocks if block.info == "toml notify")
    (tmp_path / "hub.toml").write_text(example)
    for name in re.findall(r'"env:(\w+)"', example):
        monkeypatch.setenv(name, "made-up, but long enough")
    opened = open_destinations(load(tmp_path / "hub.toml", {}))
    assert [one.kind.kind for one in opened] == ["slack", "jira", "webhook"]
    assert [len(one.rules) for one in opened] == [2, 1, 1]


def test_the_defaults_are_the_ones_described() -> None:
    assert [(rule.on, rule.deliver) for rule in DEFAULTS["chat"]] == [(("drift.*",), "daily"), (("*",), "now")]
    assert [(rule.on, rule.change) for rule in DEFAULTS["tracker"]] == [
        (("publish.finished", "publish.partial"), ("breaking", "additive"))
    ]
    assert DEFAULTS["feed"] == (Rule(on=("*",)),)


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("after 5 seconds, 10, 20,", delivering.FIRST_PAUSE == 5),
        ("up to every ten minutes", delivering.LONGEST_PAUSE == 600),
        ("tried again every 15 minutes", delivering.BROKEN_PAUSE == 15 * 60),
        ("After three days a message is given up", delivering.LONGEST == 3 * 86_400),
        ("up to ten\nseconds after", herald.FLUSH == 10),
        ("more than a day late is no news", routing.STALE == 86_400),
        ("30,000 characters on Cloud and 32,000 on Data Center", (adf.LIMIT, wiki.LIMIT) == (30_000, 32_000)),
    ],
)  # fmt: skip
def test_the_figures_are_those_of_the_code(words: str, value: bool) -> None:
    assert words in MANUAL.text and value


def test_the_address_for_presses_is_the_one_that_is_served() -> None:
    (served,) = {route.path for route in slack.router.routes}  # type: ignore[attr-defined]
    (proxied,) = (block.text for block in MANUAL.blocks if block.info == "nginx")
    assert f"location {served} " in proxied and f"https://HOST{served}" in MANUAL.text


def test_the_pages_that_stories_link_to_are_served() -> None:
    sources = (ROOT / "hub" / "notify" / "telling").glob("*.py")
    linked = {name for file in sources for name in re.findall(r'desk\.page\("(\w+)"', file.read_text())}
    pages = FastAPI()
    pages.include_router(PAGES)
    served = {path.split("/")[1] for path in pages.openapi()["paths"]}
    assert linked and linked <= served


def test_the_happenings_that_are_shown_can_be_read() -> None:
    blocks = [block.text for block in MANUAL.blocks if "hub notify preview" in block.text]
    shown = [re.search(r"<<'END'\n(.*?)END", blocks[0], re.DOTALL)[1]]  # type: ignore[index]
    shown += re.findall(r'`(\{"kind": "publish.+?\})`', MANUAL.text)
    read = [read_happening(json.loads(text), Path("event.json")).kind for text in shown]
    assert read == ["drift.found", "publish.finished"]


# The receiver's check of a signature -----------------------------------------------------------------------------

SECRET, BODY = "a-made-up-secret", b'{"kind": "publish.finished", "plan": "H\xc3\xa4fen"}'


@pytest.fixture(scope="module")
def is_genuine() -> Callable[[str, dict[str, str], bytes], bool]:
    """The function as the manual prints it."""
    (code,) = (block.text for block in MANUAL.blocks if block.info == "python")
    found: dict[str, Any] = {}
    exec(compile(code, "docs/operations.md", "exec"), found)
    return found["is_genuine"]  # type: ignore[no-any-return]


def signed(age: float = 0.0, secret: str = SECRET, body: bytes = BODY) -> dict[str, str]:
    stamp = f"{time.time() - age:.0f}"
    return {"x-hub-timestamp": stamp, "x-hub-signature": signature(secret, stamp, body)}


def test_the_manuals_receiver_takes_what_the_hub_signs(is_genuine: Callable[..., bool]) -> None:
    assert is_genuine(SECRET, signed(), BODY)
    assert is_genuine(SECRET, signed(age=280), BODY)


FORGED: dict[str, dict[str, str]] = {
    "nothing": {},
    "another secret": signed(secret="another-secret-16"),
    "another body": signed(body=BODY + b" "),
    "an old delivery": signed(age=3600),
    "one from tomorrow": signed(age=-3600),
    "another time than was signed": {**signed(), "x-hub-timestamp": f"{time.time() - 60:.0f}"},
    "no time": {**signed(), "x-hub-timestamp": "now"},
    "an odd digit": {**signed(), "x-hub-timestamp": "²"},
    "no signature": {"x-hub-timestamp": signed()["x-hub-timestamp"]},
    "an odd signature": {**signed(), "x-hub-signature": "v1=é"},
    "another version": {**signed(), "x-hub-signature": signed()["x-hub-signature"].replace("v1=", "v2=")},
}


@pytest.mark.parametrize("name", FORGED)
def test_the_manuals_receiver_refuses_all_else(is_genuine: Callable[..., bool], name: str) -> None:
    assert not is_genuine(SECRET, FORGED[name], BODY)


# Rights and scopes -------------------------------------------------------------------------------------------------


def test_the_rights_that_jira_asks_for_are_the_ones_that_the_manual_asks_for() -> None:
    rights = re.findall(r"(?:Browse|Create|Edit|Add|Link|Assign|Transition) [a-z]+", RIGHTS)
    manual = MANUAL.text.split("### jira")[1].replace("\n", " ")
    assert len(rights) == 7 and [one for one in rights if one not in manual] == []


def test_the_scopes_of_the_manual_are_enough(tmp_path: Path) -> None:
    setting_up = MANUAL.text.split("### slack")[1].split("### jira")[0]
    named = set(re.findall(r"`((?:chat|channels|groups|users):[a-z.:]+)`", setting_up))
    town = Town.open(tmp_path, "slack")
    for scope in set(town.people["slack"].dump()["token"]["scopes"]) - named:
        town.people["slack"].edit({"do": "remove_scope", "scope": scope})
    assert "channel C0TRACK01" in check(town.deliverer, town.destinations[0])
    town.publish()
    town.settle_down()
    assert len(town.posts()) == 2


def test_without_the_right_to_read_a_test_says_what_is_missing(tmp_path: Path) -> None:
    town = Town.open(tmp_path, "slack")
    town.people["slack"].edit({"do": "remove_scope", "scope": "channels:history"})
    with pytest.raises(errors.NotEntitled, match="channels:history"):
        check(town.deliverer, town.destinations[0])
