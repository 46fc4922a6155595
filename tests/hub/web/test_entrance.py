"""Who comes in, how far, and how guessing is slowed down."""

from __future__ import annotations

import logging
import re
import sqlite3
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from hub.store.people import FIRST_START, Role
from hub.web import guarding, people
from hub.web.app import PAGES
from hub.web.people import TRIES_BY_ADDRESS, TRIES_BY_NAME
from tests.hub.web.visitors import HOST, Quay, Visitor

PASSWORD = "correct horse battery"
DENIED = 403


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A password hash that takes no time worth waiting for."""
    quick = people.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(people, "_hasher", quick)
    monkeypatch.setattr(people, "_NOBODY", quick.hash("nobody has this password"))


def invited(quay: Quay, role: Role = "admin", seconds: float = 60.0) -> str:
    return quay.hub.store.people.invite(role, "test", quay.now + seconds)


def signed_up(quay: Quay, name: str = "dana") -> httpx.Response:
    return quay.nobody().post("/welcome", token=invited(quay), name=name, password=PASSWORD)


def cookie_of(answer: httpx.Response) -> str:
    return answer.headers["set-cookie"].split("hub_session=")[1].split(";")[0]


# The first admin, and those invited later


def test_a_one_time_link_makes_an_account_and_logs_in(quay: Quay) -> None:
    token = invited(quay)
    assert "makes you admin" in quay.nobody().get("/welcome", token=token).text
    answer = quay.nobody().post("/welcome", token=token, name="dana", password=PASSWORD)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert "dana (admin)" in Visitor(quay, cookie_of(answer)).get("/").text


@pytest.mark.parametrize("kind", ["used", "expired", "wrong", "empty"])
def test_a_link_that_is_no_longer_good_makes_nobody(quay: Quay, kind: str) -> None:
    token = invited(quay, seconds=-1.0 if kind == "expired" else 60.0)
    if kind == "used":
        quay.nobody().post("/welcome", token=token, name="first", password=PASSWORD)
    before = quay.hub.store.people.count()
    sent = {"wrong": "x" * 43, "empty": ""}.get(kind, token)
    looked = quay.nobody().get("/welcome", token=sent)
    tried = quay.nobody().post("/welcome", token=sent, name="second", password=PASSWORD)
    assert (looked.status_code, tried.status_code, "used up" in tried.text) == (404, 404, True)
    assert quay.hub.store.people.count() == before


def test_the_first_account_makes_the_other_links_of_a_first_start_void(quay: Quay) -> None:
    older, newer = (quay.hub.store.people.invite("admin", FIRST_START, quay.now + 60) for _ in range(2))
    quay.nobody().post("/welcome", token=newer, name="dana", password=PASSWORD)
    assert quay.nobody().get("/welcome", token=older).status_code == 404


@pytest.mark.parametrize(
    ("name", "password", "why"),
    [
        ("dana", "short", "at least 12 characters"),
        ("  ", PASSWORD, "1 to 200 printable characters"),
        ("x" * 201, PASSWORD, "1 to 200 printable characters"),
        ("a\nb", PASSWORD, "1 to 200 printable characters"),
        ("taken", PASSWORD, "somebody called"),
    ],
)
def test_a_link_is_not_used_up_by_a_slip(quay: Quay, name: str, password: str, why: str) -> None:
    quay.somebody("viewer", "taken")
    token = invited(quay)
    answer = quay.nobody().post("/welcome", token=token, name=name, password=password)
    assert answer.status_code == 400 and why in answer.text
    assert quay.nobody().post("/welcome", token=token, name="dana", password=PASSWORD).status_code == 303


def test_an_admin_invites_with_a_link_that_is_shown_once(quay: Quay) -> None:
    admin = quay.somebody("admin")
    shown = admin.post("/people/invite", role="editor").text
    token = shown.split("/welcome?token=")[1].split("<")[0]
    assert quay.hub.store.people.invited_as(token, quay.now) == "editor"
    assert "/welcome?token=" not in admin.get("/people").text


@pytest.mark.parametrize("name", ["a/b", "invite", "role", "..", "<b>"])
def test_whatever_somebody_is_called_their_role_can_be_changed(quay: Quay, name: str) -> None:
    quay.somebody("viewer", name)
    assert quay.somebody("admin").post("/people/role", name=name, role="publisher").status_code == 303
    found = quay.hub.store.people.find(name)
    assert found is not None and found.role == "publisher"


def test_the_only_admin_stays(quay: Quay) -> None:
    admin = quay.somebody("admin", "dana")
    answer = admin.post("/people/role", name="dana", role="none")
    assert answer.status_code == 409 and "only admin" in answer.text and admin.get("/people").status_code == 200


def test_nobody_gets_a_role_who_is_not_there(quay: Quay) -> None:
    assert quay.somebody("admin").post("/people/role", name="nobody", role="admin").status_code == 404
    assert quay.hub.store.people.audit() == []


# Logging in


def test_somebody_logs_in_and_out(quay: Quay) -> None:
    signed_up(quay)
    visitor = Visitor(quay, cookie_of(quay.nobody().post("/login", name="dana", password=PASSWORD)))
    assert visitor.get("/").status_code == 200
    visitor.post("/logout")
    assert visitor.get("/").headers["location"] == "/login"


def test_the_session_cookie_is_for_this_hub_alone(quay: Quay) -> None:
    flags = signed_up(quay).headers["set-cookie"].lower()
    assert "httponly" in flags and "samesite=lax" in flags and "path=/" in flags and "secure" not in flags


def test_behind_tls_the_cookie_never_travels_in_the_clear(tmp_path: Path) -> None:
    quay = Quay.open(tmp_path, top='public_url = "https://hub.example.com"')
    assert "secure" in signed_up(quay).headers["set-cookie"].lower()


def test_after_logging_in_the_page_that_was_asked_for_is_shown(quay: Quay) -> None:
    signed_up(quay)
    asked = quay.nobody().get("/plan", name="Harbour").headers["location"]
    back = quay.nobody().get(asked).text.split('name="back" value="')[1].split('"')[0]
    answer = quay.nobody().post("/login", name="dana", password=PASSWORD, back=back)
    assert answer.headers["location"] == "/plan?name=Harbour"


@pytest.mark.parametrize(
    "back", ["//evil.example", "https://evil.example", "/\\evil.example", "evil", "/a\r\nx: y", ""]
)
def test_logging_in_leads_nowhere_else(quay: Quay, back: str) -> None:
    signed_up(quay)
    assert quay.nobody().post("/login", name="dana", password=PASSWORD, back=back).headers["location"] == "/"


def test_a_wrong_login_says_the_same_whoever_it_was(quay: Quay) -> None:
    signed_up(quay)
    known = quay.nobody().post("/login", name="dana", password="wrong horse battery")
    unknown = quay.nobody().post("/login", name="nobody", password="wrong horse battery")
    assert (known.status_code, unknown.status_code) == (401, 401)
    assert known.text.replace("dana", "") == unknown.text.replace("nobody", "")


@pytest.mark.parametrize("name", ["dana", "nobody"])
def test_a_name_is_guessed_at_ten_times(quay: Quay, name: str) -> None:
    signed_up(quay)
    guesses = [quay.nobody().post("/login", name=name, password=f"guess {n} of many") for n in range(TRIES_BY_NAME + 2)]
    assert [one.status_code for one in guesses] == [401] * TRIES_BY_NAME + [429, 429]
    assert quay.nobody().post("/login", name=name, password=PASSWORD).status_code == 429


def test_an_address_guesses_fifty_times(quay: Quay) -> None:
    signed_up(quay)
    guesses = [quay.nobody().post("/login", name=f"n{n}", password="wrong").status_code for n in range(52)]
    assert guesses == [401] * TRIES_BY_ADDRESS + [429, 429]
    assert quay.nobody().post("/login", name="dana", password=PASSWORD).status_code == 429


def test_a_quarter_of_an_hour_later_it_is_forgotten(quay: Quay) -> None:
    signed_up(quay)
    for _ in range(TRIES_BY_NAME):
        people_of = quay.hub.store.people
        with pytest.raises(people.Refusal):
            people.log_in(people_of, "dana", "wrong", "10.0.0.1", quay.now - people.WINDOW - 1)
    assert quay.nobody().post("/login", name="dana", password=PASSWORD).status_code == 303


@pytest.mark.parametrize(("key", "name"), [("name", "dana"), ("address", "somebody else")])
def test_a_restart_forgives_no_guesses(quay: Quay, key: str, name: str) -> None:
    signed_up(quay)
    guesses = TRIES_BY_NAME if key == "name" else TRIES_BY_ADDRESS
    for number in range(guesses):
        quay.nobody().post("/login", name="dana" if key == "name" else f"n{number}", password="wrong")
    quay.hub.close()
    quay.reopen()
    assert quay.nobody().post("/login", name=name, password=PASSWORD).status_code == 429


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
        ("x" * 300, "x" * 400, True),
    ],
)
def test_addresses_that_one_guesser_may_have_count_as_one(one: str, other: str, same: bool) -> None:
    assert (people.neighbourhood(one) == people.neighbourhood(other)) == same


def test_failures_are_kept_for_admins_without_what_was_typed(quay: Quay) -> None:
    signed_up(quay)
    quay.nobody().post("/login", name="dana", password="wrong")
    quay.nobody().post("/login", name="my password in the wrong field", password="")
    told = [(one.who, one.verb) for one in quay.hub.store.people.audit()][:2]
    assert told == [("a name that is not known", "failed login"), ("dana", "failed login")]


def test_a_password_stands_nowhere(quay: Quay, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    pages = [signed_up(quay), quay.nobody().post("/login", name="dana", password=PASSWORD)]
    pages.append(quay.nobody().post("/login", name="dana", password=PASSWORD + "x"))
    pages.append(quay.nobody().post("/login", name=PASSWORD, password=""))
    with closing(sqlite3.connect(quay.folder / "hub.db")) as database:
        stored = "\n".join(database.iterdump())
    assert PASSWORD not in stored and PASSWORD not in caplog.text
    assert not any(PASSWORD in one.text for one in pages[:3])


def test_tokens_are_kept_as_hashes(quay: Quay) -> None:
    token, visitor = invited(quay), quay.somebody("viewer")
    with closing(sqlite3.connect(quay.folder / "hub.db")) as database:
        stored = "\n".join(database.iterdump())
    assert token not in stored and visitor.cookie not in stored


# Sessions


@pytest.mark.parametrize("address", ["/", "/plan?name=Harbour", "/people", "/jobs/1", "/jobs/x", "/publications/x"])
def test_without_a_session_there_is_the_login(quay: Quay, address: str) -> None:
    answer = quay.nobody().ask("GET", address)
    assert answer.status_code == 303 and answer.headers["location"].startswith("/login")


def test_a_session_ends(quay: Quay) -> None:
    late = quay.somebody("admin", seconds=-1.0)
    assert late.get("/").headers["location"] == "/login"
    assert late.ask("POST", "/read", data={"form_token": "x", "plan": "Harbour"}).headers["location"] == "/login"


def test_an_account_without_entrance_is_out_at_once_and_stays_out(quay: Quay) -> None:
    lee = Visitor(quay, cookie_of(signed_up(quay, "lee")))
    quay.somebody("admin").post("/people/role", name="lee", role="none")
    assert lee.get("/").headers["location"] == "/login"
    assert quay.nobody().post("/login", name="lee", password=PASSWORD).status_code == 401


def test_another_role_takes_another_login(quay: Quay) -> None:
    lee = quay.somebody("admin", "lee")
    quay.somebody("admin").post("/people/role", name="lee", role="viewer")
    assert lee.get("/").headers["location"] == "/login"


@pytest.mark.parametrize("cookie", ["x", "x" * 5000, "'; drop table session; --"])
def test_a_made_up_cookie_is_nobody(quay: Quay, cookie: str) -> None:
    assert Visitor(quay, cookie).get("/").headers["location"] == "/login"


# Roles

RANKS: tuple[Role, ...] = ("viewer", "editor", "publisher", "admin")
LEAST: dict[str, Role] = {
    "/logout": "viewer",
    "/account/password": "viewer",
    "/account/sessions": "viewer",
    "/account/link": "viewer",
    "/account/unlink": "viewer",
    "/read": "viewer",
    "/proposals/{number}": "editor",
    "/drafts": "editor",
    "/drafts/describe": "editor",
    "/drafts/edit": "editor",
    "/drafts/{number}/thing": "editor",
    "/drafts/{number}/new": "editor",
    "/drafts/{number}/words": "editor",
    "/drafts/{number}/comments": "viewer",
    "/drafts/{number}/merge": "editor",
    "/drafts/{number}/settle": "editor",
    "/drafts/{number}/discard": "editor",
    "/drafts/{number}/take-back": "editor",
    "/import": "editor",
    "/import/{identity}": "editor",
    "/dictionary/restore": "editor",
    "/proposals/together": "editor",
    "/publish": "publisher",
    "/publish/allow": "publisher",
    "/publications/{identity}/resume": "publisher",
    "/publications/{identity}/pause": "publisher",
    "/publications/{identity}/undo/read": "viewer",
    "/publications/{identity}/undo": "publisher",
    "/publications/{identity}/undo/allow": "publisher",
    "/adopt/read": "viewer",
    "/adopt": "publisher",
    "/approvals/{fingerprint}": "publisher",
    "/reconcile": "publisher",
    "/targets/new": "admin",
    "/targets/{name}": "admin",
    "/targets/{name}/test": "publisher",
    "/targets/{name}/disconnect": "admin",
    "/tokens": "viewer",
    "/tokens/{identity}/revoke": "viewer",
    "/people/invite": "admin",
    "/people/role": "admin",
    "/people/reset": "admin",
}
"""The least role that may send each form."""
OPEN = {"/login", "/welcome", "/reset", "/slack/actions"}


def test_every_form_of_the_hub_is_in_the_table() -> None:
    pages = FastAPI()
    pages.include_router(PAGES)
    assert {path for path, verbs in pages.openapi()["paths"].items() if "post" in verbs} - OPEN == set(LEAST)


def sent(visitor: Visitor, path: str, **form: str) -> httpx.Response:
    """A form without its fields: who may send it is looked at before what it says."""
    return visitor.post(re.sub(r"\{\w+\}", "1", path), **form)


@pytest.mark.parametrize("path", LEAST)
def test_each_role_may_what_it_may(quay: Quay, path: str) -> None:
    refused = [role for role in RANKS if sent(quay.somebody(role), path).status_code == DENIED]
    assert refused == list(RANKS[: RANKS.index(LEAST[path])])


@pytest.mark.parametrize("role", RANKS)
@pytest.mark.parametrize("address", ["/people", "/audit", "/audit/export"])
def test_pages_for_admins_are_for_admins(quay: Quay, address: str, role: Role) -> None:
    assert quay.somebody(role).get(address).status_code == (200 if role == "admin" else DENIED)


@pytest.mark.parametrize("role", RANKS)
@pytest.mark.parametrize("address", ["/people", "/audit"])
def test_nobody_is_shown_the_way_to_pages_that_are_not_for_them(quay: Quay, address: str, role: Role) -> None:
    assert (f'href="{address}"' in quay.somebody(role).get("/").text) == (role == "admin")


@pytest.mark.parametrize("path", LEAST)
def test_a_form_without_a_session_or_its_token_does_nothing(quay: Quay, path: str) -> None:
    unknown, admin = sent(quay.nobody(), path), quay.somebody("admin")
    assert (unknown.status_code, unknown.headers["location"]) == (303, "/login")
    assert {sent(admin, path, form_token=token).status_code for token in ("", "wrong", "é")} == {DENIED}
    assert quay.hub.store.people.audit() == [] and quay.jobs() == []


# Forms


def test_the_token_of_another_session_does_not_fit(quay: Quay) -> None:
    mine, other = quay.somebody("admin", "dana"), quay.somebody("admin", "dana")
    assert mine.post("/read", plan="Harbour", form_token=other.session.form_token).status_code == DENIED


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://hub.test.evil.example", "http://hub.test:81"]
)
def test_a_form_from_another_page_does_nothing(quay: Quay, origin: str) -> None:
    headers = {"origin": origin}
    acted = quay.somebody("admin").post("/read", plan="Harbour", headers=headers)
    entered = quay.nobody().post("/login", name="dana", password=PASSWORD, headers=headers)
    made = quay.nobody().post("/welcome", token=invited(quay), name="dana", password=PASSWORD, headers=headers)
    assert {acted.status_code, entered.status_code, made.status_code} == {DENIED} and quay.jobs() == []


def test_a_form_from_a_page_of_ours_is_taken(quay: Quay) -> None:
    assert quay.somebody("admin").post("/read", plan="Harbour", headers={"origin": HOST}).status_code == 303


def test_behind_a_proxy_our_page_is_the_public_one(tmp_path: Path) -> None:
    quay = Quay.open(tmp_path, top='public_url = "https://hub.example.com"')
    somebody = quay.somebody("admin")
    ours, clear = ({"origin": f"{scheme}://hub.example.com"} for scheme in ("https", "http"))
    assert somebody.post("/read", plan="Harbour", headers=ours).status_code == 303
    assert somebody.post("/read", plan="Harbour", headers=clear).status_code == DENIED


# Every answer


@pytest.mark.parametrize(
    ("method", "address", "status"),
    [
        ("GET", "/", 200),
        ("GET", "/nowhere", 404),
        ("GET", "/plan", 400),
        ("PUT", "/read", 405),
        ("POST", "/read", 403),
        ("GET", "/static/hub.css", 200),
        ("GET", "/static/nowhere", 404),
        ("GET", "/healthz", 200),
        ("POST", "/slack/actions", 401),
        ("GET", "/notifications", 500),
    ],
)
def test_every_answer_has_the_headers(
    quay: Quay, monkeypatch: pytest.MonkeyPatch, method: str, address: str, status: int
) -> None:
    monkeypatch.setattr(type(quay.hub.store.outbox), "messages", lambda *_, **__: 1 / 0)
    answer = quay.somebody("viewer").ask(method, address)
    policy = answer.headers["content-security-policy"]
    assert answer.status_code == status
    assert "default-src 'none'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == ("no-cache" if "/static/" in address else "no-store")


def test_no_page_has_a_script_or_style_of_its_own(quay: Quay) -> None:
    said = quay.somebody("admin").get("/").text
    assert "<script>" not in said and "<style" not in said and " style=" not in said and " onclick=" not in said


# Too much


@pytest.mark.parametrize("address", ["/login", "/read", "/slack/actions"])
def test_a_body_that_is_too_large_is_refused(quay: Quay, address: str) -> None:
    body = b"x=" + b"y" * guarding.LARGEST_BODY
    answer = quay.somebody("admin").ask("POST", address, content=body, headers=FORM)
    assert answer.status_code == 413 and "content-security-policy" in answer.headers


FORM = {"content-type": "application/x-www-form-urlencoded"}


@pytest.mark.parametrize("address", ["/login", "/read", "/slack/actions"])
def test_a_body_that_says_nothing_of_its_length_is_refused_too(quay: Quay, address: str) -> None:
    async def parts():  # type: ignore[no-untyped-def]
        for _ in range(20):
            yield b"y" * (guarding.LARGEST_BODY // 10)

    answer = quay.somebody("admin").ask("POST", address, content=parts(), headers=FORM)
    assert answer.status_code == 413


@pytest.mark.parametrize("length", ["little", "-1", "9" * 5000])
def test_a_length_that_is_no_number_hides_nothing(quay: Quay, length: str) -> None:
    headers = {**FORM, "content-length": length}
    answer = quay.nobody().ask("POST", "/login", content=b"y" * (guarding.LARGEST_BODY + 1), headers=headers)
    assert answer.status_code == 413
