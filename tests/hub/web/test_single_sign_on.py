"""Logging in through a provider that may misbehave, and from browsers that may have been sent."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from hub.store.identities import Identity
from hub.store.people import FIRST_START
from hub.web.pages.single_sign_on import UNDER_WAY
from tests.hub.web.door import ADA, GROUPS, NOW, Browser, Door, deeds, role_of
from tests.hub.web.provider import CLIENT, SECRET, Person
from tests.hub.web.visitors import HOST, Quay, Visitor

# The way in


def test_somebody_new_comes_in_and_sees_the_page_they_asked_for(door: Door) -> None:
    quay = door.open()
    browser = Browser(quay)
    answer = door.came_back(browser, back="/plan%3Fname=Harbour")
    assert (answer.status_code, answer.headers["location"]) == (303, "/plan?name=Harbour")
    assert "ada@example.com (viewer)" in browser.get("/account").text
    assert deeds(quay) == [("ada@example.com", "sign up")]


def test_the_login_page_offers_it_beside_the_password(door: Door) -> None:
    said = Visitor(door.open()).get("/login", back="/plan?name=Harbour").text
    assert "Log in with Example" in said and 'href="/login/provider?back=%2Fplan%3Fname%3DHarbour"' in said


def test_without_single_sign_on_nothing_of_it_is_there(quay: Quay) -> None:
    assert "Log in with" not in quay.nobody().get("/login").text
    assert [quay.nobody().get(one).status_code for one in ("/login/provider", "/login/callback")] == [404, 404]


def test_the_second_time_it_is_the_same_account_whatever_they_are_called_by_then(door: Door) -> None:
    quay = door.open()
    door.came_back(Browser(quay))
    door.came_back(renamed := Browser(quay), Person("1815", {"email": "lovelace@example.com", "email_verified": True}))
    assert "ada@example.com (viewer)" in renamed.get("/account").text and quay.hub.store.people.count() == 1


def test_a_provider_may_take_the_secret_in_the_form(door: Door) -> None:
    door.provider.description["token_endpoint_auth_methods_supported"] = ["client_secret_post"]
    assert door.came_back(Browser(door.open())).status_code == 303


def test_what_the_provider_says_of_itself_is_read_once(door: Door) -> None:
    quay = door.open()
    for subject in "abc":
        door.came_back(Browser(quay), Person(subject))
    assert sorted(door.provider.asked) == ["/.well-known/openid-configuration", "/keys", *["/token"] * 3]


def test_a_new_key_is_fetched_when_it_is_first_used(door: Door) -> None:
    quay = door.open()
    door.came_back(Browser(quay))
    door.provider.signing, door.provider.published = "second", ["first", "second"]
    assert door.came_back(Browser(quay)).status_code == 303
    assert door.provider.asked.count("/keys") == 2


def test_keys_may_be_points_of_a_curve(door: Door) -> None:
    door.provider.algorithm, door.provider.signing, door.provider.published = "ES256", "curve", ["first", "curve"]
    assert door.came_back(Browser(door.open())).status_code == 303


def test_a_key_signs_only_as_it_was_made_to(door: Door) -> None:
    door.provider.algorithm, door.provider.kid, door.provider.published = "ES256", "first", ["first", "curve"]
    assert door.came_back(Browser(door.open())).status_code == 403


# Who may come in


@pytest.mark.parametrize(
    ("settings", "person", "said"),
    [
        ({"newcomers": "none"}, ADA, "nobody here is linked"),
        ({"domains": ["example.org"]}, ADA, "not of a domain that may come in"),
        ({"domains": ["ample.com"]}, ADA, "not of a domain that may come in"),
        ({"domains": ["example.com"]}, Person("1", {"email": "a@example.com"}), "has not verified"),
        (
            {"domains": ["example.com"]},
            Person("1", {"email": "a@example.com", "email_verified": False}),
            "not verified",
        ),
        ({"domains": ["example.com"]}, Person("1"), "has not verified"),
    ],
)
def test_who_may_not_come_in_is_told_why(door: Door, settings: dict[str, Any], person: Person, said: str) -> None:
    quay = door.open(**settings)
    answer = door.came_back(Browser(quay), person)
    assert (answer.status_code, said in answer.text.lower(), "admin" in answer.text) == (403, True, True)
    assert quay.hub.store.people.count() == 0 and deeds(quay) == [("single sign-on", "failed login")]


def test_an_address_of_the_domain_comes_in_however_it_is_spelt(door: Door) -> None:
    somebody = Person("1", {"email": "Ada@Example.COM", "email_verified": "true"})
    assert door.came_back(Browser(door.open(domains=["example.com"])), somebody).status_code == 303


@pytest.mark.parametrize(
    ("groups", "role"),
    [(["plan"], "editor"), ("plan", "editor"), (["look", "owners", "plan"], "admin"), (["other"], None), (7, None)],
)
def test_a_claim_says_the_role(door: Door, groups: object, role: str | None) -> None:
    quay = door.open(role=GROUPS, newcomers="none")
    door.came_back(Browser(quay), Person("1", {"preferred_username": "ada", "groups": groups}))
    assert role_of(quay, "ada") == role


def test_a_role_that_changes_at_the_provider_changes_here_and_ends_older_sessions(door: Door) -> None:
    quay = door.open(role=GROUPS)
    door.came_back(before := Browser(quay))
    door.came_back(Browser(quay), Person("1815", {"groups": ["look"]}))
    assert role_of(quay, "ada@example.com") == "viewer"
    assert before.get("/").headers["location"] == "/login"


def test_who_has_no_group_any_more_stays_out(door: Door) -> None:
    quay = door.open(role=GROUPS, newcomers="none")
    door.came_back(Browser(quay))
    answer = door.came_back(Browser(quay), Person("1815", {"groups": []}))
    assert answer.status_code == 403 and "gives you no role here" in answer.text


@pytest.mark.parametrize(("groups", "good"), [(["look"], True), (["owners"], False)])
def test_the_link_of_the_first_start_is_good_until_there_is_an_admin(door: Door, groups: list[str], good: bool) -> None:
    quay = door.open(role=GROUPS)
    token = quay.hub.store.people.invite("admin", FIRST_START, NOW + 60)
    door.came_back(Browser(quay), Person("1", {"groups": groups}))
    assert (quay.nobody().get("/welcome", token=token).status_code == 200) == good


def test_the_only_admin_is_not_made_less_by_the_provider(door: Door) -> None:
    quay = door.open(role=GROUPS)
    door.came_back(Browser(quay), Person("1", {"preferred_username": "ada", "groups": ["owners"]}))
    answer = door.came_back(Browser(quay), Person("1", {"groups": ["look"]}))
    assert answer.status_code == 403 and "only admin" in answer.text and role_of(quay, "ada") == "admin"


def test_an_account_without_entrance_stays_out(door: Door) -> None:
    quay = door.open()
    door.came_back(Browser(quay))
    quay.somebody("admin")
    quay.hub.store.people.set_role("ada@example.com", None, NOW)
    answer = door.came_back(Browser(quay))
    assert answer.status_code == 403 and "no entrance" in answer.text
    assert quay.hub.store.people.find("ada@example.com").disabled == NOW  # type: ignore[union-attr]


def test_nobody_becomes_somebody_else_by_an_address(door: Door) -> None:
    quay = door.open(role=GROUPS)
    quay.somebody("admin", "ada@example.com")
    browser = Browser(quay)
    answer = door.came_back(browser)
    assert answer.status_code == 403 and "log in with your password and link the two" in answer.text
    assert (
        "hub_session" not in browser.jar
        and quay.hub.store.identities.account_of(Identity(door.provider.url, "1815")) is None
    )


def test_the_same_subject_at_another_issuer_is_somebody_else(door: Door) -> None:
    quay = door.open(newcomers="none")
    quay.somebody("admin", "dana")
    quay.hub.store.identities.link(Identity("https://other.example", "1815"), "dana", NOW)
    assert door.came_back(Browser(quay)).status_code == 403


def test_an_account_of_the_provider_has_no_password_to_guess(door: Door) -> None:
    quay = door.open()
    door.came_back(Browser(quay))
    tried = [
        quay.nobody().post("/login", name="ada@example.com", password=word) for word in ("", "nobody has this password")
    ]
    assert [one.status_code for one in tried] == [401, 401]


def test_html_in_what_the_provider_says_is_only_text(door: Door) -> None:
    quay = door.open(name="<b>Example</b>")
    door.came_back(browser := Browser(quay), Person("1", {"preferred_username": "<script>alert(1)</script>"}))
    said = browser.get("/account").text + Visitor(quay).get("/login").text
    assert "&lt;script&gt;alert(1)" in said and "<script>alert" not in said and "<b>" not in said


# What proves nothing


@pytest.mark.parametrize(
    ("misbehaviour", "said"),
    [
        ({"algorithm": "none"}, "proves nothing"),
        ({"algorithm": "HS256"}, "proves nothing"),
        ({"signing": "stranger", "kid": "first"}, "proves nothing"),
        ({"signing": "stranger"}, "proves nothing"),
        ({"kid": None, "published": ["first", "second"]}, "proves nothing"),
        ({"claims": {"aud": "another client"}}, "proves nothing"),
        ({"claims": {"aud": [CLIENT, "another"], "azp": "another"}}, "proves nothing"),
        ({"claims": {"aud": [CLIENT, "another"]}}, "proves nothing"),
        ({"claims": {"iss": "https://evil.example"}}, "proves nothing"),
        ({"claims": {"nonce": "of another login"}}, "proves nothing"),
        ({"claims": {"nonce": None}}, "proves nothing"),
        ({"claims": {"sub": None}}, "proves nothing"),
        ({"claims": {"exp": None}}, "proves nothing"),
        ({"claims": {"at_hash": "wrong"}}, "proves nothing"),
        ({"claims": {"iat": int(NOW) + 3600, "exp": int(NOW) + 7200}}, "proves nothing"),
        ({"claims": {"exp": int(NOW) - 61}}, "has expired"),
        ({"broken": {"/token": 400}}, "did not confirm"),
    ],
    ids=str,
)
def test_an_answer_that_proves_nothing_lets_nobody_in(door: Door, misbehaviour: dict[str, Any], said: str) -> None:
    quay = door.open()
    for name, value in misbehaviour.items():
        setattr(door.provider, name, value)
    browser = Browser(quay)
    answer = door.came_back(browser)
    assert (answer.status_code, said in answer.text, "start again" in answer.text.lower()) == (403, True, True)
    assert "hub_session" not in browser.jar and quay.hub.store.people.count() == 0


def test_an_answer_for_several_is_taken_when_it_was_made_for_us(door: Door) -> None:
    door.provider.claims = {"aud": ["another", CLIENT], "azp": CLIENT}
    assert door.came_back(Browser(door.open())).status_code == 303


def test_an_unknown_key_is_asked_for_once_more_only(door: Door) -> None:
    quay = door.open()
    door.came_back(Browser(quay))
    door.provider.signing = "stranger"
    door.came_back(Browser(quay))
    assert door.provider.asked.count("/keys") == 2


def test_a_clock_that_goes_a_little_wrong_is_forgiven(door: Door) -> None:
    door.provider.claims = {"exp": int(NOW) - 30}
    assert door.came_back(Browser(door.open())).status_code == 303


@pytest.mark.parametrize(
    "description",
    [
        {"issuer": "https://evil.example"},
        {"token_endpoint": "http://evil.example/token"},
        {"jwks_uri": "file:///etc/passwd"},
        {"authorization_endpoint": None},
    ],
    ids=str,
)
def test_a_description_that_leads_elsewhere_is_not_followed(door: Door, description: dict[str, Any]) -> None:
    door.provider.description = description
    answer = Browser(door.open()).get("/login/provider")
    assert answer.status_code == 502 and "admin" in answer.text and "location" not in answer.headers


def test_a_provider_that_is_down_is_said_and_asked_again_later(door: Door) -> None:
    door.provider.broken = {"/.well-known/openid-configuration": 503}
    browser = Browser(door.open())
    answer = browser.get("/login/provider")
    assert answer.status_code == 502 and "Try again in a minute" in answer.text
    door.provider.broken = {}
    assert browser.get("/login/provider").status_code == 303


def test_nobody_listens_at_the_provider(door: Door) -> None:
    quay = door.open(issuer="http://127.0.0.1:9")
    assert Browser(quay).get("/login/provider").status_code == 502


def test_no_secret_is_logged_or_shown(door: Door, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    browser = Browser(door.open())
    address = door.provider.log_in(browser.begin(), ADA)
    door.provider.codes.clear()
    answer = browser.get(address.removeprefix(HOST))
    code = address.split("code=")[1].split("&")[0]
    assert "no such code ***" in caplog.text
    assert not any(word in caplog.text + answer.text for word in (code, SECRET))


# Browsers that were sent


def test_an_answer_is_good_once(door: Door) -> None:
    browser = Browser(door.open())
    address = door.provider.log_in(browser.begin(), ADA).removeprefix(HOST)
    kept = dict(browser.jar)
    assert [Browser(browser.quay, dict(kept)).get(address).status_code for _ in range(2)] == [303, 403]


def test_a_login_that_somebody_else_began_is_not_taken(door: Door) -> None:
    quay = door.open()
    theirs, mine = Browser(quay), Browser(quay)
    address = door.provider.log_in(theirs.begin(), Person("mallory")).removeprefix(HOST)
    mine.begin()
    assert mine.get(address).status_code == 403 and Browser(quay).get(address).status_code == 403
    assert "hub_session" not in mine.jar and theirs.get(address).status_code == 303


def test_a_state_that_was_mixed_up_is_not_taken(door: Door) -> None:
    browser = Browser(door.open())
    address = door.provider.log_in(browser.begin(), ADA).removeprefix(HOST)
    assert browser.get(address.split("&state=")[0] + "&state=another").status_code == 403


def test_an_answer_of_another_provider_is_not_taken(door: Door) -> None:
    browser = Browser(door.open())
    address = door.provider.log_in(browser.begin(), ADA).removeprefix(HOST)
    assert browser.get(f"{address}&iss=https://evil.example").status_code == 403
    assert door.provider.asked == ["/.well-known/openid-configuration"]


def test_a_provider_that_names_itself_in_answers_must_do_so(door: Door) -> None:
    door.provider.description["authorization_response_iss_parameter_supported"] = True
    quay = door.open()
    silent, named = Browser(quay), Browser(quay)
    assert door.came_back(silent).status_code == 403
    address = door.provider.log_in(named.begin(), ADA).removeprefix(HOST)
    assert named.get(f"{address}&iss={door.provider.url}").status_code == 303


def test_who_takes_longer_than_ten_minutes_starts_again(door: Door) -> None:
    browser = Browser(door.open())
    address = door.provider.log_in(browser.begin(), ADA).removeprefix(HOST)
    door.clock.at += UNDER_WAY + 1
    answer = browser.get(address)
    assert answer.status_code == 403 and "took too long" in answer.text


@pytest.mark.parametrize(("error", "said"), [("access_denied", "access denied"), ("<b>x</b>", "nothing that could be")])
def test_what_the_provider_refuses_is_said(door: Door, error: str, said: str) -> None:
    browser = Browser(door.open())
    state = browser.begin().split("state=")[1].split("&")[0]
    answer = browser.get(f"/login/callback?state={state}&error={error}")
    assert answer.status_code == 403 and said in answer.text and "<b>x" not in answer.text


@pytest.mark.parametrize("back", ["//evil.example", "https://evil.example", "/%5Cevil.example", "/a%0D%0Ax:y", ""])
def test_afterwards_nobody_is_sent_elsewhere(door: Door, back: str) -> None:
    assert door.came_back(Browser(door.open()), back=back).headers["location"] == "/"


def test_the_cookie_of_a_login_is_short_lived_and_for_this_hub_alone(door: Door) -> None:
    flags = Browser(door.open()).get("/login/provider").headers["set-cookie"].lower()
    assert "httponly" in flags and "samesite=lax" in flags and "path=/login" in flags and "max-age=600" in flags


def test_a_session_that_was_there_before_ends(door: Door) -> None:
    quay = door.open()
    planted = quay.somebody("viewer", "mallory").cookie
    browser = Browser(quay, {"hub_session": planted})
    door.came_back(browser)
    assert browser.jar["hub_session"] != planted and Visitor(quay, planted).get("/").status_code == 303
