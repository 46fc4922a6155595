"""What people do about their own account, and what an admin does for who forgot."""

from __future__ import annotations

import httpx
import pytest

from hub.errors import Refusal
from hub.store.identities import Identity
from hub.web import people
from hub.web.people import TRIES_BY_NAME
from tests.hub.web.visitors import HOST, Quay, Visitor

OLD, NEW = "correct horse battery", "another horse battery"
IDENTITY = Identity("https://login.example", "1815")
EVIL = "<script>alert(1)</script>"


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A password hash that takes no time worth waiting for."""
    quick = people.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(people, "_hasher", quick)
    monkeypatch.setattr(people, "_NOBODY", quick.hash("nobody has this password"))


def signed_up(quay: Quay, name: str = "dana") -> Visitor:
    token = quay.hub.store.people.invite("viewer", "test", quay.now + 60)
    return entered(quay, quay.nobody().post("/welcome", token=token, name=name, password=OLD))


def entered(quay: Quay, answer: httpx.Response) -> Visitor:
    return Visitor(quay, answer.headers["set-cookie"].split("hub_session=")[1].split(";")[0])


def logged_in(quay: Quay, password: str) -> int:
    return quay.nobody().post("/login", name="dana", password=password).status_code


def reset_link(quay: Quay, name: str = "dana") -> str:
    return quay.somebody("admin").post("/people/reset", name=name).text.split("/reset?token=")[1].split("<")[0]


def deeds(quay: Quay) -> list[tuple[str, str]]:
    return [(one.who, one.verb) for one in quay.hub.store.people.audit()]


# Passwords


def test_another_password_ends_all_sessions_but_the_one_that_asked(quay: Quay) -> None:
    dana, elsewhere = signed_up(quay), quay.somebody("viewer", "dana")
    answer = dana.post("/account/password", old=OLD, new=NEW)
    here = entered(quay, answer)
    assert (answer.headers["location"], here.get("/").status_code) == ("/account", 200)
    assert [one.get("/").status_code for one in (dana, elsewhere)] == [303, 303]
    assert (logged_in(quay, OLD), logged_in(quay, NEW), deeds(quay)[1]) == (401, 303, ("dana", "change password"))


@pytest.mark.parametrize(
    ("old", "new", "said"), [("wrong", NEW, "not your password"), ("", NEW, "not your"), (OLD, "short", "at least 12")]
)
def test_a_slip_changes_nothing_and_says_what_to_do(quay: Quay, old: str, new: str, said: str) -> None:
    dana = signed_up(quay)
    answer = dana.post("/account/password", old=old, new=new)
    assert answer.status_code == 400 and said in answer.text and dana.get("/").status_code == 200
    assert logged_in(quay, OLD) == 303


def test_the_old_password_is_guessed_at_as_often_as_at_the_login(quay: Quay) -> None:
    dana = signed_up(quay)
    guesses = [dana.post("/account/password", old=f"guess {n}", new=NEW).status_code for n in range(TRIES_BY_NAME + 1)]
    assert guesses == [400] * TRIES_BY_NAME + [429]
    assert logged_in(quay, OLD) == 429


def test_no_password_is_shown_again(quay: Quay) -> None:
    said = signed_up(quay).post("/account/password", old="my old words", new="my new words and more").text
    assert "my old words" not in said and "my new words" not in said


# Sessions


def test_somebody_sees_where_they_are_logged_in_and_ends_the_others(quay: Quay) -> None:
    dana, elsewhere, lee = signed_up(quay), quay.somebody("viewer", "dana"), quay.somebody("viewer", "lee")
    said = dana.get("/account").text
    assert (said.count("this one"), said.count("another browser"), "End the others" in said) == (1, 1, True)
    dana.post("/account/sessions")
    assert [one.get("/").status_code for one in (dana, elsewhere, lee)] == [200, 303, 200]
    assert "End the others" not in dana.get("/account").text


def test_a_planted_cookie_is_worth_nothing_after_the_login(quay: Quay) -> None:
    signed_up(quay)
    planted = quay.somebody("viewer", "mallory").cookie
    answer = Visitor(quay, planted).post("/login", name="dana", password=OLD, form_token="")
    assert entered(quay, answer).session.account == "dana"
    assert Visitor(quay, planted).get("/").status_code == 303


def test_a_made_up_cookie_is_not_taken_over_by_a_login(quay: Quay) -> None:
    signed_up(quay)
    answer = Visitor(quay, "chosen-by-somebody").post("/login", name="dana", password=OLD, form_token="")
    assert entered(quay, answer).cookie != "chosen-by-somebody"
    assert Visitor(quay, "chosen-by-somebody").get("/").status_code == 303


# Links for another password


def test_who_forgot_gets_a_link_that_works_once(quay: Quay) -> None:
    dana = signed_up(quay)
    token = reset_link(quay)
    assert "sets the password of dana" in quay.nobody().get("/reset", token=token).text
    answer = quay.nobody().post("/reset", token=token, password=NEW)
    assert entered(quay, answer).session.account == "dana" and dana.get("/").status_code == 303
    again = [quay.nobody().get("/reset", token=token), quay.nobody().post("/reset", token=token, password=OLD + "!")]
    assert [one.status_code for one in again] == [404, 404]
    assert (logged_in(quay, OLD), logged_in(quay, NEW)) == (401, 303)
    assert ("a admin", "offer password reset") in deeds(quay) and ("dana", "reset password") in deeds(quay)


def test_a_slip_does_not_use_a_link_up(quay: Quay) -> None:
    signed_up(quay)
    token = reset_link(quay)
    answer = quay.nobody().post("/reset", token=token, password="short")
    assert answer.status_code == 400 and "at least 12" in answer.text
    assert quay.nobody().post("/reset", token=token, password=NEW).status_code == 303


def test_a_newer_link_makes_the_older_void(quay: Quay) -> None:
    signed_up(quay)
    older, newer = reset_link(quay), reset_link(quay)
    assert [quay.nobody().get("/reset", token=one).status_code for one in (older, newer)] == [404, 200]


@pytest.mark.parametrize("kind", ["expired", "without entrance", "an invitation", "made up", "empty"])
def test_a_link_that_is_not_good_sets_nothing(quay: Quay, kind: str) -> None:
    signed_up(quay)
    quay.somebody("admin")
    store = quay.hub.store.people
    tokens = {
        "expired": store.offer_reset("dana", quay.now - 1),
        "an invitation": store.invite("admin", "dana", quay.now + 60),
        "empty": "",
    }
    token = store.offer_reset("dana", quay.now + 60) if kind == "without entrance" else tokens.get(kind, "x" * 43)
    if kind == "without entrance":
        store.set_role("dana", None, quay.now)
    assert quay.nobody().post("/reset", token=token, password=NEW).status_code == 404


def test_of_two_who_use_a_link_at_once_one_succeeds(quay: Quay) -> None:
    signed_up(quay)
    token = quay.hub.store.people.offer_reset("dana", quay.now + 60)
    quay.hub.store.people.reset(token, "the hash of the first")
    with pytest.raises(Refusal, match="used already"):
        quay.hub.store.people.reset(token, "the hash of the second")
    assert quay.hub.store.people.find("dana").password == "the hash of the first"  # type: ignore[union-attr]


def test_a_link_for_a_password_makes_no_account(quay: Quay) -> None:
    signed_up(quay)
    token = reset_link(quay)
    assert quay.nobody().get("/welcome", token=token).status_code == 404
    assert quay.nobody().post("/welcome", token=token, name="mallory", password=NEW).status_code == 404
    assert quay.hub.store.people.find("mallory") is None


@pytest.mark.parametrize("name", ["nobody", "out", "ada"])
def test_no_link_is_made_for_who_has_no_use_for_it(quay: Quay, name: str) -> None:
    admin = quay.somebody("admin")
    quay.somebody("viewer", "out")
    quay.hub.store.people.set_role("out", None, quay.now)
    quay.hub.store.identities.join(IDENTITY, "ada", "viewer", quay.now)
    answer = admin.post("/people/reset", name=name)
    assert answer.status_code == 409 and "/reset?token=" not in answer.text


def test_the_link_leads_to_the_public_address(quay: Quay) -> None:
    signed_up(quay)
    assert f"{HOST}/reset?token=" in quay.somebody("admin").post("/people/reset", name="dana").text


# Texts


def test_a_name_is_only_text_wherever_it_stands(quay: Quay) -> None:
    mallory = signed_up(quay, EVIL)
    admin = quay.somebody("admin")
    token = reset_link(quay, EVIL)
    pages = [
        mallory.get("/account"),
        admin.get("/people"),
        admin.get("/audit"),
        quay.nobody().get("/reset", token=token),
    ]
    pages.append(quay.nobody().post("/login", name=EVIL, password="x"))
    assert all("<script>alert" not in one.text and "&lt;script&gt;alert" in one.text for one in pages)
