"""Accounts that are linked to a login at the provider by who has both."""

from __future__ import annotations

import httpx

from tests.hub.web.door import ADA, GROUPS, Browser, Door, deeds
from tests.hub.web.provider import Person
from tests.hub.web.visitors import HOST, Quay


def linked(door: Door, browser: Browser, person: Person = ADA) -> httpx.Response:
    """Somebody who is logged in goes to the provider and comes back."""
    shown = browser.post("/account/link").text
    page = shown.split('<a class="button primary" href="')[1].split('"')[0].replace("&amp;", "&")
    return browser.get(door.provider.log_in(page, person).removeprefix(HOST))


def logged_in(quay: Quay, name: str = "dana") -> Browser:
    return Browser(quay, {"hub_session": quay.somebody("admin", name).cookie})


def test_somebody_links_their_account_and_keeps_name_and_role(door: Door) -> None:
    quay = door.open(newcomers="none", role=GROUPS)
    assert linked(door, logged_in(quay)).headers["location"] == "/account"
    door.came_back(later := Browser(quay))
    assert "dana (admin)" in later.get("/account").text
    assert deeds(quay) == [("dana", "link account")]


def test_one_login_is_one_account(door: Door) -> None:
    quay = door.open()
    linked(door, logged_in(quay, "dana"))
    answer = linked(door, logged_in(quay, "lee"))
    assert answer.status_code == 403 and "belongs to another account" in answer.text


def test_one_account_is_one_login(door: Door) -> None:
    browser = logged_in(door.open())
    linked(door, browser)
    answer = linked(door, browser, Person("1906"))
    assert answer.status_code == 403 and "end that link first" in answer.text.lower()


def test_a_link_is_finished_by_who_began_it(door: Door) -> None:
    quay = door.open(newcomers="none")
    browser = logged_in(quay)
    page = browser.post("/account/link").text.split('<a class="button primary" href="')[1].split('"')[0]
    address = door.provider.log_in(page.replace("&amp;", "&"), ADA).removeprefix(HOST)
    browser.jar["hub_session"] = quay.somebody("admin", "lee").cookie
    assert browser.get(address).status_code == 403
    assert quay.hub.store.identities.of_account("lee") == quay.hub.store.identities.of_account("dana") == []


def test_a_login_links_nobody_who_happens_to_be_logged_in(door: Door) -> None:
    quay = door.open()
    browser = logged_in(quay)
    door.came_back(browser)
    assert quay.hub.store.identities.of_account("dana") == []


def test_a_link_ends_when_there_is_a_password(door: Door) -> None:
    quay = door.open(newcomers="none")
    browser = logged_in(quay)
    linked(door, browser)
    assert browser.post("/account/unlink").status_code == 303
    assert door.came_back(Browser(quay)).status_code == 403


def test_the_only_way_in_stays(door: Door) -> None:
    door.came_back(browser := Browser(door.open()))
    answer = browser.post("/account/unlink")
    assert answer.status_code == 409 and "no password" in answer.text
