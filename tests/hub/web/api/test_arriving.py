"""What comes from outside through the API: targets that are connected, files that are imported, holdings adopted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.testing.harness import SANDBOX_URL
from hub.web.guarding import LARGEST_BODY
from tests.hub.web.api.programs import Program, program
from tests.hub.web.api.test_verbs import has_shape
from tests.hub.web.visitors import PLAN, Quay

PIER = "format: 1\nname: Pier\nevents:\n  Ferry Turned: {description: It turned.}\n"


@pytest.fixture
def inside(tmp_path: Path) -> Iterator[Quay]:
    """A hub that may talk to addresses inside, as that of a sandbox is."""
    found = Quay.open(tmp_path, top="allow_private_addresses = true")
    found.hub.resolve = lambda host: ["127.0.0.1"]
    yield found
    found.hub.close()


def settings(quay: Quay) -> dict[str, Any]:
    known = quay.box.demo_credentials()
    return {"base_url": SANDBOX_URL, "token": known["token"], "tracking_plan_id": known["tracking_plan_id"]}


# Targets


def test_a_tool_is_connected_changed_and_disconnected(inside: Quay) -> None:
    one = program(inside, "admin")
    asked = {"tool": "segment", "target": "second", "settings": settings(inside)}
    done = one.post("/targets", asked)
    assert has_shape("connect", done) and (done["added"], done["tested"]) == (True, True)
    known = one.get("/target/settings", target="second")
    changed = {"settings": {"mode": "observe"}, "version": known["version"], "test": False}
    assert one.ask("PATCH", "/target", changed, query={"target": "second"}).status_code == 200
    assert one.get("/target/settings", target="second")["settings"]["mode"] == "observe"
    stale = one.ask("PATCH", "/target", {**changed, "settings": {"mode": "heal"}}, query={"target": "second"})
    assert (stale.status_code, stale.json()["type"]) == (409, "/api/v1/docs#moved")
    assert one.ask("DELETE", "/target", query={"target": "second"}).json() == {"target": "second"}
    assert [target["target"] for target in one.get("/targets")["items"]] == ["segment"]


def test_a_secret_is_sealed_and_never_shown(inside: Quay) -> None:
    one = program(inside, "admin")
    answers = [
        one.ask("POST", "/targets", {"tool": "segment", "target": "second", "settings": settings(inside)}),
        one.ask("GET", "/target/settings", query={"target": "second"}),
        one.ask("GET", "/audit"),
    ]
    secret = inside.box.demo_credentials()["token"]
    assert all(answer.is_success and secret not in answer.text for answer in answers)
    assert secret not in (inside.folder / "hub.toml").read_text()


@pytest.mark.parametrize(
    "address",
    ["http://127.0.0.1:9", "http://169.254.169.254/latest", "http://[::1]", "http://2130706433", "file:///etc"],
)
def test_an_address_inside_is_refused_and_noted(quay: Quay, address: str) -> None:
    one = program(quay, "admin")
    quay.hub.resolve = lambda host: ["127.0.0.1"]
    asked = {"tool": "segment", "target": "second", "settings": {**settings(quay), "base_url": address}}
    answer = one.ask("POST", "/targets", {**asked, "test": False})
    assert answer.status_code == 422 and "base_url" in str(answer.json()["problems"])
    assert "second" not in quay.hub.config.targets
    assert one.get("/audit")["items"][0]["verb"] == "connect refused"


@pytest.mark.parametrize("reference", ["file:../outside", "file:/etc/passwd", "env:HUB_SECRET_KEY", "file:hub.db"])
def test_a_reference_out_of_bounds_is_refused(inside: Quay, reference: str) -> None:
    asked = {"tool": "segment", "target": "second", "settings": {**settings(inside), "token": reference}}
    answer = program(inside, "admin").ask("POST", "/targets", asked)
    assert answer.status_code == 422 and "token" in str(answer.json()["problems"])


@pytest.mark.parametrize("name", ["../x", "", "a b", "new", "x" * 100])
def test_a_name_that_is_none_is_refused(inside: Quay, name: str) -> None:
    asked = {"tool": "segment", "target": name, "settings": settings(inside)}
    assert program(inside, "admin").ask("POST", "/targets", asked).status_code == 422


def test_unknown_tools_and_targets_are_not_there(quay: Quay) -> None:
    one = program(quay, "admin")
    assert "segment" in [tool["tool"] for tool in one.get("/tools")["tools"]]
    assert one.ask("POST", "/targets", {"tool": "nothing", "target": "x", "settings": {}}).status_code == 404
    assert one.ask("DELETE", "/target", query={"target": "nowhere"}).status_code == 404


def test_connecting_takes_the_scope_admin(quay: Quay) -> None:
    one = program(quay, "publish", role="admin")
    asked = {"tool": "segment", "target": "second", "settings": {}}
    assert one.ask("POST", "/targets", asked).status_code == 403
    assert one.ask("DELETE", "/target", query={"target": "segment"}).status_code == 403
    assert "segment" in quay.hub.config.targets


# Files


def test_files_become_a_plan(quay: Quay) -> None:
    one = program(quay, "propose", name="ben")
    done = one.post("/imports", {"files": {"pier.yaml": PIER}})
    assert has_shape("import", done) and done["place"] == "store, version 1"
    assert one.get("/event", plan="Pier", name="Ferry Turned")["content"]["description"] == "It turned."
    again = one.ask("POST", "/imports", {"files": {"pier.yaml": PIER}})
    assert again.status_code == 409 and "draft" in again.json()["hint"]


def test_files_become_a_draft_of_a_plan(quay: Quay) -> None:
    one = program(quay, "propose", name="ben")
    done = one.post("/imports/draft", {"plan": "Harbour", "files": {"pier.yaml": PIER}, "title": "Pier"})
    assert [(thing["theirs"], thing["state"], thing["taken"]) for thing in done["things"]] == [
        ("Ferry Turned", "new", True)
    ]
    assert one.get(f"/drafts/{done['draft']['id']}/changes")["created"] == ["Ferry Turned"]
    assert quay.plan_file.read_text() == PLAN


def test_a_schema_is_found_out(quay: Quay) -> None:
    schema = json.dumps({"title": "Seen", "type": "object", "properties": {"at": {"type": "string"}}})
    done = program(quay, "propose").post("/imports", {"files": {"seen.json": schema}, "name": "Seen"})
    assert (done["plan"], done["events"], done["properties"]) == ("Seen", 1, 1)


BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    "files",
    [
        {"x.yaml": ""},
        {"x.yaml": "\x1b\x02"},
        {"x.json": "{"},
        {"x.yaml": "events: 5\nname: X\n"},
        {"../../x.yaml": "{"},
        {"x.yaml": BOMB},
        {"x.json": "[" * 50_000},
        {"x.txt": "hello"},
    ],
)
def test_files_that_cannot_be_read_are_the_callers_mistake(quay: Quay, files: dict[str, str]) -> None:
    answer = program(quay, "propose").ask("POST", "/imports", {"files": files, "name": "X"})
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert quay.hub.store.plans() == []


def test_a_name_of_a_file_is_only_a_name(quay: Quay) -> None:
    one = program(quay, "propose")
    one.post("/imports", {"files": {"../../pier.yaml": PIER}})
    assert not (quay.folder.parent.parent / "pier.yaml").exists()
    assert one.ask("POST", "/imports", {"files": {"pier.yaml": PIER}, "name": "../up"}).status_code == 422


def test_files_may_be_larger_than_other_bodies(quay: Quay) -> None:
    padded = PIER + "#" * LARGEST_BODY
    assert program(quay, "propose").post("/imports", {"files": {"pier.yaml": padded}})["events"] == 1


# Holdings


def read(one: Program) -> None:
    one.post("/readings", {"plan": "Harbour", "targets": ["segment"]})
    one.quay.work()


def test_what_a_tool_holds_is_adopted_as_it_was_seen(quay: Quay) -> None:
    one = program(quay, "publish")
    assert one.get("/adoption", plan="Harbour", target="segment")["seen"] is None
    read(one)
    outlook = one.get("/adoption", plan="Harbour", target="segment")
    asked = {"plan": "Harbour", "target": "segment", "seen": outlook["seen"]}
    assert has_shape("adopt", one.post("/adoptions", asked))
    moved = one.ask("POST", "/adoptions", {**asked, "seen": outlook["seen"] - 1})
    assert (moved.status_code, moved.json()["type"]) == (409, "/api/v1/docs#moved")


def test_only_the_targets_that_are_named_are_read(quay: Quay) -> None:
    one = program(quay, "read")
    answer = one.ask("POST", "/readings", {"plan": "Harbour", "targets": ["nowhere"]})
    assert answer.status_code == 404 and quay.jobs() == []
