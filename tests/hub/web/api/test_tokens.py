"""Tokens: how people make and revoke them on the page, and what one opens."""

from __future__ import annotations

import re

import pytest

from hub.store.people import Role
from hub.web.guarding import COOKIE
from hub.web.people import TRIES_BY_ADDRESS, WINDOW
from hub.web.tokens import DAY, Scope
from tests.hub.web.api.programs import Program, program
from tests.hub.web.visitors import Quay, Visitor

SPELLING = re.compile(r"hub_[0-9a-f]{12}_[A-Za-z0-9_-]{43}")


def made(somebody: Visitor, **form: str) -> str:
    """The spelling of a token that somebody makes on the page."""
    shown = somebody.post("/tokens", **{"name": "nightly", "scope": "read", "days": "30", **form})
    assert shown.status_code == 200, shown.text
    (spelling,) = SPELLING.findall(shown.text)
    return str(spelling)


# On the page


def test_the_secret_is_shown_once_and_only_its_hash_is_kept(quay: Quay) -> None:
    ada = quay.somebody("admin", "ada")
    secret = made(ada).rpartition("_")[2]
    assert secret not in ada.get("/tokens").text
    assert secret.encode() not in (quay.folder / "hub.db").read_bytes()
    assert secret not in str(quay.hub.store.people.audit())


def test_a_token_works_until_it_is_revoked(quay: Quay) -> None:
    ben = quay.somebody("editor", "ben")
    one = Program(quay, made(ben))
    assert one.get("/me")["account"] == "ben"
    identity = one.token.split("_")[1]
    assert ben.post(f"/tokens/{identity}/revoke").status_code == 303
    answer = one.ask("GET", "/me")
    assert (answer.status_code, answer.json()["detail"]) == (401, "the token was revoked")


def test_the_list_says_when_a_token_was_last_used(quay: Quay) -> None:
    ben = quay.somebody("editor", "ben")
    one = Program(quay, made(ben))
    assert "never" in ben.get("/tokens").text
    one.get("/me")
    assert "never" not in ben.get("/tokens").text


@pytest.mark.parametrize(
    ("role", "scope"), [("viewer", "propose"), ("editor", "publish"), ("publisher", "admin"), ("viewer", "admin")]
)
def test_no_scope_above_ones_own_role(quay: Quay, role: Role, scope: Scope) -> None:
    somebody = quay.somebody(role)
    refused = somebody.post("/tokens", name="x", scope=scope, days="1")
    assert refused.status_code == 400 and f"you are {role}" in refused.text
    assert f"<option>{scope}" not in somebody.get("/tokens").text
    assert quay.hub.store.tokens.every() == []


@pytest.mark.parametrize(
    "form", [{"name": ""}, {"name": "x" * 101}, {"name": "a\nb"}, {"days": "0"}, {"days": "366"}, {"days": "-1"}]
)
def test_what_a_token_cannot_be_is_said_and_kept(quay: Quay, form: dict[str, str]) -> None:
    somebody = quay.somebody("viewer")
    refused = somebody.post("/tokens", **{"name": "robot", "scope": "read", "days": "7", **form})
    assert refused.status_code == 400 and 'role="alert"' in refused.text
    assert "days" in form or form["name"].strip()[:5] in refused.text


def test_html_in_a_name_is_text(quay: Quay) -> None:
    somebody = quay.somebody("viewer")
    made(somebody, name="<b>bold</b>")
    assert "&lt;b&gt;bold" in somebody.get("/tokens").text and "<b>bold" not in somebody.get("/tokens").text


def test_people_see_and_revoke_their_own_and_admins_all(quay: Quay) -> None:
    ben, eve, ada = quay.somebody("editor", "ben"), quay.somebody("editor", "eve"), quay.somebody("admin", "ada")
    one = Program(quay, made(ben, name="bens robot"))
    identity = one.token.split("_")[1]
    assert identity not in eve.get("/tokens").text
    assert eve.post(f"/tokens/{identity}/revoke").status_code == 409 and one.get("/me")
    assert "bens robot" in ada.get("/tokens").text
    ada.post(f"/tokens/{identity}/revoke")
    assert one.ask("GET", "/me").status_code == 401


def test_forms_of_tokens_need_their_csrf_token(quay: Quay) -> None:
    ben = quay.somebody("editor", "ben")
    identity = made(ben).split("_")[1]
    assert ben.post("/tokens", form_token="", name="x", scope="read", days="1").status_code == 403
    assert ben.post(f"/tokens/{identity}/revoke", form_token="wrong").status_code == 403
    assert len(quay.hub.store.tokens.every()) == 1


def test_nobody_sees_the_page_without_a_login(quay: Quay) -> None:
    assert quay.nobody().get("/tokens").headers["location"].startswith("/login")


# What opens the API


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        "Bearer x",
        "Basic aHViOmh1Yg==",
        f"Bearer hub_{'0' * 12}_{'a' * 43}",
        "Bearer hub_..%2f..%2f_x",
        "Bearer " + "a" * 5000,
    ],
)
def test_no_token_no_answer(quay: Quay, authorization: str) -> None:
    answer = Program(quay).ask("GET", "/plans", headers={"authorization": authorization} if authorization else {})
    assert answer.status_code == 401 and answer.headers["www-authenticate"].startswith("Bearer")
    assert "Harbour" not in answer.text and answer.json()["hint"]


def test_a_right_id_with_another_secret_opens_nothing(quay: Quay) -> None:
    one, other = program(quay, name="ada"), program(quay, name="eve")
    mixed = f"hub_{one.token.split('_')[1]}_{other.token.split('_', 2)[2]}"
    assert Program(quay, mixed).ask("GET", "/me").json()["detail"] == "there is no such token"


def test_an_expired_token_opens_nothing(quay: Quay) -> None:
    owner = quay.somebody("viewer", "ben")
    known, secret = quay.hub.store.tokens.make("ben", "old", ("read",), quay.now - 2 * DAY, quay.now - DAY)
    answer = Program(quay, f"hub_{known.id}_{secret}").ask("GET", "/me")
    assert (answer.status_code, answer.json()["detail"]) == (401, "the token has expired")
    assert "expired" in owner.get("/tokens").text


def test_a_token_in_the_address_opens_nothing(quay: Quay) -> None:
    one = program(quay)
    for name in ("token", "access_token", "authorization"):
        assert Program(quay).ask("GET", "/plans", query={name: one.token}).status_code == 401
        assert one.ask("GET", "/plans", query={name: one.token}).status_code == 422


def test_a_cookie_opens_nothing(quay: Quay) -> None:
    ada = quay.somebody("admin", "ada")
    assert ada.get("/api/v1/plans").status_code == 401
    assert (
        ada.ask("POST", "/api/v1/readings", json={"plan": "Harbour"}, headers={COOKIE: ada.cookie}).status_code == 401
    )


@pytest.mark.parametrize(
    ("scope", "method", "address", "body"),
    [
        ("read", "POST", "/drafts", {"plan": "Harbour"}),
        ("read", "POST", "/proposals/1/decision", {"decision": "accept"}),
        ("propose", "POST", "/publications", {"plan": "Harbour", "fingerprint": "0" * 16}),
        ("propose", "POST", "/targets/reconcile", {"target": "segment"}),
        ("propose", "POST", "/tickets", {"fingerprint": "0" * 16, "guard": "unmanaged", "why": "x"}),
        ("publish", "GET", "/audit", None),
    ],
)
def test_a_scope_too_low_is_told_which_one_it_takes(
    quay: Quay, scope: Scope, method: str, address: str, body: dict[str, str] | None
) -> None:
    answer = program(quay, scope, role="admin").ask(method, address, body)
    assert answer.status_code == 403 and "this takes the scope" in answer.json()["detail"]
    assert quay.jobs() == [] and quay.hub.store.drafts.of_plan() == []


def test_a_role_taken_down_takes_the_scope_with_it(quay: Quay) -> None:
    quay.somebody("admin", "ada")
    one = program(quay, "publish", name="ben")
    quay.hub.store.people.set_role("ben", "viewer", quay.now)
    answer = one.ask("POST", "/targets/test", {"target": "segment"})
    assert answer.status_code == 403 and "ben is viewer by now" in answer.json()["detail"]
    assert one.get("/me")["scopes"] == ["read"]


def test_an_account_without_entrance_has_no_tokens(quay: Quay) -> None:
    quay.somebody("admin", "ada")
    one = program(quay, "read", name="ben")
    quay.hub.store.people.set_role("ben", None, quay.now)
    assert one.ask("GET", "/me").status_code == 401


def test_wrong_tokens_are_counted_by_address_and_right_ones_still_open(quay: Quay) -> None:
    one, wrong = program(quay, name="ada"), Program(quay, f"hub_{'0' * 12}_{'a' * 43}")
    statuses = [wrong.ask("GET", "/me").status_code for _ in range(TRIES_BY_ADDRESS + 2)]
    assert statuses == [401] * TRIES_BY_ADDRESS + [429] * 2
    throttled = wrong.ask("GET", "/me")
    assert throttled.headers["retry-after"] == str(int(WINDOW)) and one.get("/me")
    noted = [entry for entry in quay.hub.store.people.audit(limit=500) if entry.verb == "failed token"]
    assert len(noted) == TRIES_BY_ADDRESS and "a" * 43 not in str(noted)


def test_no_token_at_all_is_nobodys_guess(quay: Quay) -> None:
    assert {Program(quay).ask("GET", "/me").status_code for _ in range(TRIES_BY_ADDRESS + 2)} == {401}
