"""Where a page may send the hub: only to the open internet, however an inside address is spelt or hidden."""

from __future__ import annotations

import socket

import pytest

from hub.addresses import ALLOW, check_address, system_resolver
from hub.errors import Refusal

OUTSIDE = "93.184.215.14"


def refusal(url: str, *resolved: str, private: bool = False) -> str:
    """What is said against this address when its host has these addresses; nothing when it may be used."""
    try:
        check_address(url, lambda host: list(resolved), place="here", private=private)
    except Refusal as said:
        assert said.place == "here" and said.hint
        return f"{said.message} ({said.hint})"
    return ""


@pytest.mark.parametrize(
    "url",
    ["https://api.example.com", "http://iglu.example.com:8080/api", "https://EXAMPLE.com.", f"https://{OUTSIDE}",
     "https://[2606:4700::6810:84e5]:443/x", "https://xn--bcher-kva.example", "https://a_b.example.com"],
)  # fmt: skip
def test_a_host_of_the_open_internet_may_be_used(url: str) -> None:
    assert refusal(url, OUTSIDE, "2606:4700::6810:84e5") == ""


INSIDE = [
    ("loopback", "127.0.0.1"),
    ("all of loopback", "127.255.255.254"),
    ("link-local, where clouds keep credentials", "169.254.169.254"),
    ("private", "10.1.2.3"),
    ("private", "172.16.0.1"),
    ("private", "192.168.0.1"),
    ("behind a carrier's NAT", "100.64.0.1"),
    ("this machine", "0.0.0.0"),
    ("multicast", "224.0.0.1"),
    ("multicast that is routed", "233.252.0.1"),
    ("broadcast", "255.255.255.255"),
    ("reserved", "240.0.0.1"),
    ("for documentation", "192.0.2.1"),
    ("loopback", "::1"),
    ("unspecified", "::"),
    ("link-local", "fe80::1"),
    ("link-local with a zone", "fe80::1%eth0"),
    ("unique local", "fd00::1"),
    ("site-local of old", "fec0::1"),
    ("multicast", "ff02::1"),
    ("mapped loopback", "::ffff:127.0.0.1"),
    ("mapped private", "::ffff:10.0.0.1"),
    ("compatible loopback of old", "::127.0.0.1"),
    ("6to4 of loopback", "2002:7f00:1::"),
    ("NAT64 of link-local", "64:ff9b::a9fe:a9fe"),
]


@pytest.mark.parametrize("address", [row[1] for row in INSIDE], ids=[f"{row[0]} {row[1]}" for row in INSIDE])
def test_an_address_inside_is_refused_as_it_stands_and_behind_a_name(address: str) -> None:
    written = f"http://[{address}]/" if ":" in address else f"http://{address}:80/"
    if "%" not in address:
        assert ALLOW in refusal(written)
    named = refusal("https://innocent.example.com", OUTSIDE, address)
    assert "is not an address of the open internet, and innocent.example.com leads there" in named


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("http://2130706433/", "four decimal ones"),
        ("http://0177.0.0.1/", "four decimal ones"),
        ("http://0x7f000001/", "four decimal ones"),
        ("http://0x7f.1/", "four decimal ones"),
        ("http://127.1/", "four decimal ones"),
        ("http://127.0.0.01/", "four decimal ones"),
        ("http://127.0.0.1.0x1/", "four decimal ones"),
        ("http://１２７.0.0.1/", "beyond ASCII"),
        ("http://bücher.example/", "beyond ASCII"),
        ("http://a b.example/", "no spaces"),
        ("http://example.com\\@127.0.0.1/", "backslashes"),
        ("http://example.com\n.evil/", "no spaces"),
        ("http://user:pw@example.com/", "no name or password"),
        ("http://example.com@127.0.0.1/", "no name or password"),
        ("http://127.0.0.1%2f.example.com/", "not the name of a host"),
        ("http://[::1%25eth0]/", "not the name of a host"),
        ("http://[::1/", ""),
        ("http://-x.example/", "not the name of a host"),
        ("http://a..example/", "not the name of a host"),
        ("http:///path", "not the name of a host"),
        ("//example.com", "starts with https://"),
        ("example.com", "starts with https://"),
        ("ftp://example.com", "starts with https://"),
        ("file:///etc/passwd", "starts with https://"),
        ("gopher://example.com", "starts with https://"),
        ("https://example.com:99999", ""),
        ("https://example.com:port", ""),
        ("https://example.com:0", "port 0"),
        ("https://example.com/?a=b", "before ? and #"),
        ("https://example.com/#part", "before ? and #"),
        ("", "no spaces"),
    ],
)
def test_an_address_that_can_be_read_in_two_ways_is_refused_even_where_private_ones_are_allowed(
    url: str, message: str
) -> None:
    for private in (False, True):
        assert message in refusal(url, OUTSIDE, private=private) != ""


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8084", "http://localhost:9", "https://iglu.internal", "http://[::1]:1"]
)
def test_where_private_addresses_are_allowed_nobody_is_asked(url: str) -> None:
    def resolve(host: str) -> list[str]:
        raise AssertionError("looked up")

    check_address(url, resolve, place="", private=True)


@pytest.mark.parametrize("problem", [OSError("no such host"), UnicodeError("label too long")])
def test_a_host_that_nobody_knows_is_refused(problem: Exception) -> None:
    def resolve(host: str) -> list[str]:
        raise problem

    with pytest.raises(Refusal, match=r"nowhere\.example is not known"):
        check_address("https://nowhere.example", resolve, place="")


def test_the_system_gives_every_address_of_a_host(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [(0, 0, 0, "", (address, 0)) for address in ("10.0.0.1", "::1", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    assert system_resolver("two.example") == ["10.0.0.1", "::1"]
