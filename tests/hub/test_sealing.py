"""Secrets at rest: only a key opens them, several keys can, and what is wrong names the setting and shows no value."""

from __future__ import annotations

import re
import stat
import threading
import tomllib
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from connectors.settings import Secret, reveal
from hub import sealing
from hub.config import load, resolve_secret
from hub.errors import Moved, Problems, Refusal
from hub.rotating import rotate

SECRET = "s3cr3t-ünd-lang"


@pytest.fixture(autouse=True)
def no_key_around(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(sealing.VARIABLE, raising=False)


def a_key() -> str:
    return Fernet.generate_key().decode()


def test_a_sealed_secret_opens_with_the_key_that_was_made_for_it(tmp_path: Path) -> None:
    sealed = sealing.seal(SECRET, tmp_path)
    assert sealed.startswith("sealed:") and SECRET not in sealed
    assert sealing.opened(sealed, tmp_path, "here") == SECRET
    assert stat.S_IMODE((tmp_path / "hub.key").stat().st_mode) == 0o600
    assert "never commit it" in (tmp_path / "hub.key").read_text()


def test_the_environment_has_the_first_word_about_keys_and_no_file_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = a_key(), a_key()
    monkeypatch.setenv(sealing.VARIABLE, old)
    sealed = sealing.seal(SECRET, tmp_path)
    monkeypatch.setenv(sealing.VARIABLE, f"{new} {old}")
    assert sealing.opened(sealed, tmp_path, "here") == SECRET
    again = sealing.seal(SECRET, tmp_path)
    assert Fernet(new).decrypt(again.removeprefix("sealed:")).decode() == SECRET
    assert not (tmp_path / "hub.key").exists()


def test_an_empty_variable_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(sealing.VARIABLE, "")
    assert sealing.opened(sealing.seal(SECRET, tmp_path), tmp_path, "here") == SECRET
    assert (tmp_path / "hub.key").exists()


def wrong(folder: Path, sealed: str) -> Refusal:
    problems: list[Refusal] = []
    assert resolve_secret(sealed, "hub.toml [targets.a] token", problems, folder) is None
    (found,) = problems
    return found


def test_without_its_key_a_secret_stays_closed_and_the_next_step_is_said(tmp_path: Path) -> None:
    sealed = sealing.seal(SECRET, tmp_path)
    (tmp_path / "hub.key").unlink()
    missing = wrong(tmp_path, sealed)
    assert "there is no key" in missing.message and "hub.key beside hub.toml" in missing.hint
    (tmp_path / "hub.key").write_text(a_key())
    other = wrong(tmp_path, sealed)
    assert "cannot be opened with the keys there are" in other.message and "seal the secret anew" in other.hint
    (tmp_path / "hub.key").write_text("not a key\n")
    assert "holds is no key" in wrong(tmp_path, sealed).message
    assert {one.place for one in (missing, other)} == {"hub.toml [targets.a] token"}
    assert not any(sealed[20:40] in f"{one} {one.hint}" for one in (missing, other))


@pytest.mark.parametrize("sealed", ["sealed:", "sealed:x", "sealed:gAAAAA==", "sealed:ü"])
def test_what_was_never_sealed_is_refused(tmp_path: Path, sealed: str) -> None:
    sealing.seal(SECRET, tmp_path)
    assert wrong(tmp_path, sealed).hint


def test_of_two_that_need_a_key_at_once_one_makes_it(tmp_path: Path) -> None:
    sealed: list[str] = []
    threads = [threading.Thread(target=lambda: sealed.append(sealing.seal(SECRET, tmp_path))) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert [sealing.opened(one, tmp_path, "here") for one in sealed] == [SECRET] * 8
    assert [one.name for one in tmp_path.iterdir()] == ["hub.key"]


def test_a_key_that_cannot_be_kept_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match=r"hub\.key"):
        sealing.seal(SECRET, tmp_path / "nowhere")


# The whole configuration


def sealed_config(folder: Path) -> Path:
    """hub.toml with one secret of a target and one of a destination, both sealed."""
    file = folder / "hub.toml"
    one, other = sealing.seal(SECRET, folder), sealing.seal("another", folder)
    file.write_text(
        f'# mine\n[targets.harbour]\ntool = "segment"\ntoken = "{one}"  # of the workspace\ntracking_plan_id = "tp_1"\n'
        f'[notify.slack]\ntoken = "{other}"\nchannel = "C1"\n'
    )
    return file


def token(file: Path) -> str:
    (target,) = load(file, {}).open_targets()
    held: Secret = target.settings.token
    return reveal(held)


def test_a_target_is_opened_with_its_sealed_secret(tmp_path: Path) -> None:
    assert token(sealed_config(tmp_path)) == SECRET


def test_rotating_seals_all_with_a_new_key_and_changes_nothing_else(tmp_path: Path) -> None:
    file = sealed_config(tmp_path)
    before = file.read_text()
    assert rotate(file, new_key=True) == ["targets.harbour.token", "notify.slack.token"]
    comment, new, old = (tmp_path / "hub.key").read_text().splitlines()
    assert comment.startswith("#") and new != old
    (tmp_path / "hub.key").write_text(new)
    assert token(file) == SECRET
    sealed = re.compile(r"sealed:[\w=-]+")
    assert sealed.sub("", file.read_text()) == sealed.sub("", before)


def test_with_one_secret_that_does_not_open_nothing_is_sealed_anew(tmp_path: Path) -> None:
    file = sealed_config(tmp_path)
    foreign = Fernet(a_key()).encrypt(b"x").decode()
    file.write_text(file.read_text() + f'[targets.b]\ntool = "segment"\ntoken = "sealed:{foreign}"\n')
    texts = [(tmp_path / name).read_text() for name in ("hub.toml", "hub.key")]
    with pytest.raises(Problems) as caught:
        rotate(file, new_key=True)
    assert [one.place.partition("[")[2] for one in caught.value.problems] == ["targets.b] token"]
    assert [(tmp_path / name).read_text() for name in ("hub.toml", "hub.key")] == texts


def test_where_keys_come_from_the_environment_no_file_gets_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(sealing.VARIABLE, a_key())
    file = sealed_config(tmp_path)
    with pytest.raises(Refusal, match="the keys come from HUB_SECRET_KEY"):
        rotate(file, new_key=True)
    assert rotate(file) and not (tmp_path / "hub.key").exists()


def test_a_file_that_moves_while_it_is_rotated_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = sealed_config(tmp_path)
    seal = sealing.seal

    def slow(secret: str, folder: Path) -> str:
        file.write_text(f"{file.read_text()}# somebody\n")
        return seal(secret, folder)

    monkeypatch.setattr(sealing, "seal", slow)
    with pytest.raises(Moved):
        rotate(file)
    assert "# somebody" in file.read_text() and tomllib.loads(file.read_text())
