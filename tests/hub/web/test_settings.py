"""The table `[web]`: what is wrong with it is said at once, and no secret is shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.config import load
from hub.errors import Problems
from hub.web.settings import LOOPBACK, Web, web_settings

OIDC = """\
public_url = "https://hub.example.com"
[web.oidc]
issuer = "https://login.example.com"
client_id = "hub"
client_secret = "file:secret"
"""


def read(folder: Path, text: str) -> Web:
    (folder / "secret").write_text("a secret of the hub")
    (folder / "hub.toml").write_text(text)
    return web_settings(load(folder / "hub.toml", {}))


def test_without_a_table_proxies_of_this_machine_are_believed(tmp_path: Path) -> None:
    assert read(tmp_path, "") == Web(LOOPBACK, None)


def test_single_sign_on_takes_three_keys(tmp_path: Path) -> None:
    found = read(tmp_path, OIDC).oidc
    assert found is not None and found.client_secret.get_secret_value() == "a secret of the hub"
    assert (found.newcomers, found.scopes, found.domains, found.role) == (
        "none",
        ("openid", "email", "profile"),
        (),
        None,
    )


def test_openid_is_always_asked_for(tmp_path: Path) -> None:
    found = read(tmp_path, OIDC + 'scopes = ["groups"]\n').oidc
    assert found is not None and found.scopes == ("openid", "groups")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[web]\ntrusted_proxy = []\n", "did you mean 'trusted_proxies'?"),
        ('[web]\ntrusted_proxies = ["proxy.example.com"]\n', "does not appear to be an IPv4 or IPv6"),
        (OIDC.replace('public_url = "https://hub.example.com"\n', ""), "single sign-on needs public_url"),
        (OIDC.replace("https://login", "http://login"), "has to start with https://"),
        (OIDC.replace("https://login.example.com", "https://"), "has to start with https://"),
        (OIDC.replace('client_id = "hub"\n', ""), "client_id: is missing"),
        (OIDC.replace("file:secret", "a secret of the hub"), "a secret is given as a reference"),
        (OIDC.replace("file:secret", "file:nowhere"), "cannot be read"),
        (OIDC + 'newcomers = "owner"\n', "newcomers"),
        (OIDC + 'domain = ["example.com"]\n', "did you mean 'domains'?"),
        (OIDC + '[web.oidc.role]\nclaim = "groups"\nvalues = { a = "owner" }\n', "role.values.a"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(Problems) as caught:
        read(tmp_path, text)
    told = " ".join(f"{one} {one.hint}" for one in caught.value.problems)
    assert said in told and "hub.toml" in told and "a secret of the hub" not in told


def test_all_mistakes_are_said_at_once(tmp_path: Path) -> None:
    text = OIDC.replace('public_url = "https://hub.example.com"\n', "").replace("https://", "ftp://")
    with pytest.raises(Problems) as caught:
        read(tmp_path, text + "colour = 1\n")
    assert len(caught.value.problems) == 3
