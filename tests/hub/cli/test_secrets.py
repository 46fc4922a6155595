"""`hub secrets`: a secret sealed from standard input, and all of them anew; what is printed has its shape."""

from __future__ import annotations

import io
import tomllib
from pathlib import Path

import pytest

from hub import sealing
from tests.acceptance.workshop import Workshop
from tests.hub.cli.conftest import Desk
from tests.hub.cli.test_json_output import complaints


@pytest.fixture(autouse=True)
def no_key_around(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(sealing.VARIABLE, raising=False)


def piped(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(text))


def test_what_is_piped_in_is_sealed_and_only_the_reference_is_printed(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    piped(monkeypatch, "  sgp_hush\n")
    ran = desk.hub("secrets", "seal")
    assert ran.code == 0 and "sgp_hush" not in ran.out + ran.err
    assert sealing.opened(ran.out.strip(), desk.folder, "here") == "sgp_hush"
    piped(monkeypatch, "sgp_hush")
    said = desk.hub("secrets", "seal", "--json").json()
    assert complaints("secrets seal", said) == [] and said["key"] == "hub.key"


def test_nothing_is_not_sealed(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    piped(monkeypatch, " \n")
    ran = desk.hub("secrets", "seal")
    assert ran.code == 64 and "there is no secret to seal" in ran.err and not Path("hub.key").exists()


def test_a_target_with_a_sealed_secret_is_connected_and_its_key_rotated(
    desk: Desk, shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    piped(monkeypatch, (desk.folder / "segment_token").read_text())
    reference = desk.hub("secrets", "seal").out.strip()
    table = tomllib.loads((desk.folder / "hub.toml").read_text())["targets"]["segment"]
    settings = [f"{key}={table[key]}" for key in ("base_url", "tracking_plan_id")]
    options = [word for one in (*settings, f"token={reference}") for word in ("--set", one)]
    assert desk.hub("connect", "segment", "--name", "second", *options).code == 0
    rotated = desk.hub("secrets", "rotate", "--new-key", "--json")
    assert rotated.json() == {"resealed": ["targets.second.token"], "new_key": True}
    assert complaints("secrets rotate", rotated.json()) == []
    assert reference not in (desk.folder / "hub.toml").read_text()
    assert desk.hub("connect", "segment", "--name", "second").code == 0


def test_without_the_key_rotating_names_the_settings_and_the_next_step(
    desk: Desk, shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    piped(monkeypatch, "x")
    reference = desk.hub("secrets", "seal").out.strip()
    with (desk.folder / "hub.toml").open("a") as file:
        file.write(f'[targets.b]\ntool = "segment"\ntoken = "{reference}"\n')
    (desk.folder / "hub.key").unlink()
    ran = desk.hub("secrets", "rotate")
    assert ran.code == 1 and "hub.toml [targets.b] token: is sealed, and there is no key" in ran.err
    assert "put the key back" in ran.err


def test_where_nothing_is_sealed_there_is_nothing_to_do(desk: Desk, shop: Workshop) -> None:
    ran = desk.hub("secrets", "rotate")
    assert (ran.code, ran.out) == (0, "hub.toml: no secret is sealed\n")
