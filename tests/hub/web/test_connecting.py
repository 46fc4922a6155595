"""Targets on the page: connected, tested, changed and taken out; what is refused is said beside the field."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors.registry import Broken, plugin
from hub.config import load
from hub.files import load as load_plan
from hub.web.pages import connecting
from tests.hub.web.visitors import Quay, Visitor

OUTSIDE, INSIDE = "93.184.215.14", "127.0.0.1"
SECRET = "sgp_very-secret-indeed"


@pytest.fixture(autouse=True)
def nothing_from_outside(quay: Quay, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every host is somewhere out there, and no variable of the hub is set."""
    quay.hub.resolve = lambda host: [OUTSIDE]
    for name in ("HUB_SECRET_KEY", "HUB_CONFIG", "HUB_DATABASE"):
        monkeypatch.delenv(name, raising=False)


def the_form(quay: Quay, **changes: str) -> dict[str, str]:
    """What somebody sends who connects the same workspace a second time, and other fields as given."""
    known = quay.box.demo_credentials()
    typed = {
        "token": known["token"],
        "tracking_plan_id": known["tracking_plan_id"],
        "region": "",
        "rules_per_write": "",
        "base_url": "http://sandbox.test",
        "mode": "",
        "schedule": "",
    }
    own = {"tool": "segment", "name": "second", "act": ""}
    own |= {key: changes.pop(key) for key in own if key in changes}
    return {**own, **{f"set.{key}": text for key, text in (typed | changes).items()}}


def table(quay: Quay, name: str) -> dict[str, Any] | None:
    found: dict[str, Any] | None = tomllib.loads((quay.folder / "hub.toml").read_text())["targets"].get(name)
    return found


def noted(quay: Quay, verb: str) -> dict[str, Any]:
    """The details of the newest entry of this verb in the audit log."""
    return dict(next(one for one in quay.hub.store.people.audit() if one.verb == verb).details)


def changed(visitor: Visitor, name: str = "segment", **fields: str) -> Any:
    """Send the form of a target as it is shown, with these fields typed over."""
    page = visitor.get(f"/targets/{name}").text
    known = re.search(r'name="known" value="(.*?)"', page)
    assert known is not None
    return visitor.post(f"/targets/{name}", known=known[1], **{f"set.{key}": text for key, text in fields.items()})


# A new one


def test_the_tools_to_choose_from_are_those_installed_broken_ones_with_the_reason(
    quay: Quay, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = [plugin("snowplow"), Broken("owl", "ImportError: no <b>nest</b>")]
    monkeypatch.setattr(connecting, "installed", lambda: found)
    page = quay.somebody("admin").get("/targets/new").text
    assert 'href="/targets/new?tool=snowplow"' in page
    assert "ImportError: no &lt;b&gt;nest&lt;/b&gt;" in page


@pytest.mark.parametrize("tool", ["amplitude", "mixpanel", "segment", "snowplow"])
def test_a_form_has_a_field_with_a_label_and_a_help_for_each_setting_of_its_tool(quay: Quay, tool: str) -> None:
    page = quay.somebody("admin").get("/targets/new", tool=tool).text
    for key in (*plugin(tool).settings.model_fields, "mode", "schedule"):
        assert f'<label for="set-{key}">' in page and f'name="set.{key}"' in page
        assert re.search(rf'id="set-{key}-help">\s*\S', page)


def test_a_tool_that_is_not_there_cannot_be_connected(quay: Quay) -> None:
    admin = quay.somebody("admin")
    assert admin.get("/targets/new", tool="owl").status_code == 404
    assert admin.post("/targets/new", **the_form(quay, tool="owl")).status_code == 409


def test_a_target_is_tested_saved_and_used_at_once_and_its_secret_is_sealed(quay: Quay) -> None:
    admin = quay.somebody("admin")
    token = quay.box.demo_credentials()["token"]
    answer = admin.post("/targets/new", **the_form(quay, mode="observe", schedule="every 2h"))
    assert (answer.status_code, answer.headers["location"]) == (303, "/targets/second?after=connect")
    saved = table(quay, "second")
    assert saved is not None and saved.pop("token").startswith("sealed:")
    assert saved == {
        "tool": "segment",
        "tracking_plan_id": quay.box.demo_credentials()["tracking_plan_id"],
        "base_url": "http://sandbox.test",
        "mode": "observe",
        "schedule": "every 2h",
    }
    assert [one.name for one in quay.hub.config.timetables()] == ["second"]
    page = admin.get("/targets/second", after="connect").text
    assert "Demo plan in Demo workspace" in page and "every 2h" in page
    kept = [quay.folder / "hub.toml", *quay.folder.glob("hub.db*")]
    assert token not in page and not any(token.encode() in file.read_bytes() for file in kept)
    assert admin.post("/reconcile", target="second").status_code == 303
    quay.work()
    assert [job.state for job in quay.jobs()] == ["done"]


def test_what_the_tool_refuses_is_said_and_nothing_is_saved(quay: Quay) -> None:
    before = (quay.folder / "hub.toml").read_text()
    answer = quay.somebody("admin").post("/targets/new", **the_form(quay, token=SECRET, schedule="every 3h"))
    assert answer.status_code == 409 and 'role="alert"' in answer.text
    assert 'value="every 3h"' in answer.text and SECRET not in answer.text
    assert (quay.folder / "hub.toml").read_text() == before
    assert noted(quay, "connect")["refused"] and SECRET not in str(noted(quay, "connect"))


def test_without_a_test_the_tool_is_not_asked(quay: Quay) -> None:
    admin = quay.somebody("admin")
    answer = admin.post("/targets/new", **the_form(quay, token=SECRET, act="untested"))
    assert "nobody knows yet whether the credentials work" in admin.get(answer.headers["location"]).text
    assert answer.status_code == 303 and table(quay, "second")
    assert quay.box.log == [] and noted(quay, "connect")["tested"] is False


def test_a_name_is_proposed_that_is_free(quay: Quay) -> None:
    assert 'name="name" value="segment-2"' in quay.somebody("admin").get("/targets/new", tool="segment").text


FIELDS = [
    ("name", "", "is no name for a target"),
    ("name", "new", "is no name for a target"),
    ("name", "../etc", "is no name for a target"),
    ("name", "<b>", "is no name for a target"),
    ("token", "", "Is missing"),
    ("tracking_plan_id", "", "Is missing"),
    ("rules_per_write", "many", "valid integer"),
    ("rules_per_write", "7", "greater than or equal to 200"),
    ("region", "mars", "Input should be"),
    ("schedule", "sometimes", "is neither"),
    ("mode", "destroy", "Input should be"),
    ("token", "env:path", "no variable that a page may name"),
    ("token", "env:HUB_SECRET_KEY", "no variable that a page may name"),
    ("token", "env:NOT_SET_ANYWHERE", "The environment has no NOT_SET_ANYWHERE"),
    ("token", "file:../secret", "no file that a page may name"),
    ("token", "file:/etc/hostname", "no file that a page may name"),
    ("token", "file:~/.netrc", "no file that a page may name"),
    ("token", "file:hub.toml", "no file that a page may name"),
    ("token", "file:hub.key", "no file that a page may name"),
    ("token", "file:./hub.db", "no file that a page may name"),
    ("token", "file:link", "no file that a page may name"),
    ("token", "file:a\x00b", "no file that a page may name"),
    ("token", "file:nowhere", "cannot be read"),
    ("token", "sealed:gAAAA", "cannot be opened with the keys there are"),
    ("base_url", "ftp://example.com", "starts with https://"),
    ("base_url", "http://169.254.169.254/latest", "not an address of the open internet"),
    ("base_url", "http://127.0.0.1:8080", "not an address of the open internet"),
    ("base_url", "http://2130706433", "four decimal ones"),
    ("base_url", "http://me:pw@example.com", "no name or password"),
]


def said_beside(answer: httpx.Response, field: str) -> str:
    """What stands beside this field, if the field says that it does."""
    wrong = re.search(rf'<span class="wrong" id="{field}-wrong">(.*?)</span>', answer.text)
    described = f'aria-describedby="{field}-help {field}-wrong" aria-invalid="true"' in answer.text
    return wrong[1].lower() if wrong is not None and described and answer.status_code == 400 else ""


def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_saved_or_asked(quay: Quay) -> None:
    (quay.folder / "link").symlink_to("/etc/hostname")
    before, admin = (quay.folder / "hub.toml").read_text(), quay.somebody("admin")
    said = {
        (key, text): said_beside(
            admin.post("/targets/new", **the_form(quay, **{key: text})), key if key == "name" else f"set-{key}"
        )
        for key, text, _ in FIELDS
    }
    assert [(key, text) for key, text, message in FIELDS if message.lower() not in said[key, text]] == []
    assert (quay.folder / "hub.toml").read_text() == before and quay.box.log == []
    assert sum(one.verb == "connect" for one in quay.hub.store.people.audit()) == len(FIELDS)


def test_all_that_is_wrong_is_said_at_once(quay: Quay) -> None:
    wrong = the_form(quay, tracking_plan_id="", rules_per_write="x", schedule="never", base_url="http://[::1]")
    page = quay.somebody("admin").post("/targets/new", **wrong).text
    assert page.count('aria-invalid="true"') == 4 and "4 fields need another look" in page


def test_a_name_that_leads_inside_is_refused_when_it_is_saved_and_when_it_is_tested(quay: Quay) -> None:
    admin = quay.somebody("admin")
    assert admin.post("/targets/new", **the_form(quay)).status_code == 303
    asked = len(quay.box.log)
    quay.hub.resolve = lambda host: [OUTSIDE, INSIDE]
    again = admin.post("/targets/new", **the_form(quay, name="third"))
    tested = admin.post("/targets/second/test")
    assert (again.status_code, tested.status_code) == (400, 409)
    assert "sandbox.test leads there" in again.text and "sandbox.test leads there" in tested.text
    assert len(quay.box.log) == asked


def test_where_hub_toml_allows_it_a_sandbox_on_this_machine_can_be_connected(quay: Quay) -> None:
    file = quay.folder / "hub.toml"
    file.write_text(f"allow_private_addresses = true\n{file.read_text()}")
    quay.reopen()
    answer = quay.somebody("admin").post("/targets/new", **the_form(quay, base_url="http://127.0.0.1:9999"))
    assert answer.status_code == 303


def test_a_name_that_is_taken_is_refused(quay: Quay) -> None:
    answer = quay.somebody("admin").post("/targets/new", **the_form(quay, name="segment"))
    assert answer.status_code == 409 and "exists already" in answer.text


def test_a_file_and_a_variable_may_hold_the_secret(quay: Quay, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEGMENT_TOKEN", quay.box.demo_credentials()["token"])
    admin = quay.somebody("admin")
    for name, reference in (("by-file", "file:token"), ("by-variable", "env:SEGMENT_TOKEN")):
        assert admin.post("/targets/new", **the_form(quay, name=name, token=reference)).status_code == 303
        saved = table(quay, name)
        assert saved is not None and saved["token"] == reference
    assert not (quay.folder / "hub.key").exists()


# A target as it is


def test_a_viewer_sees_how_it_is_set_up_and_no_form(quay: Quay) -> None:
    page = quay.somebody("viewer").get("/targets/segment").text
    assert "tp_DemoPlan" in page and "<dd>set</dd>" in page and "file:token" not in page
    assert 'name="set.' not in page and "Disconnect" not in page and "Reconcile now" not in page


def test_what_is_used_of_the_quota_and_who_has_the_last_word_is_shown(quay: Quay) -> None:
    file = quay.folder / "hub.toml"
    rows = '[[authority]]\nfield = "category"\ntarget = "seg*"\npolicy = "tool"\n'
    file.write_text(f'{file.read_text()}{rows}[[authority]]\nfield = "owners"\ntarget = "other"\npolicy = "ignore"\n')
    quay.reopen()
    (target,) = quay.hub.config.open_targets()
    quay.hub.quota(target).reserve({"requests": 7})
    page = quay.somebody("viewer").get("/targets/segment").text
    assert '<meter min="0" max="600" value="7.0" aria-label="requests">' in page
    assert re.search(r"<code>category</code></td><td>any</td><td>any</td><td>tool", page) and "ignore" not in page


def test_a_test_is_noted_and_shown_to_all(quay: Quay) -> None:
    answer = quay.somebody("publisher", "lee").post("/targets/segment/test")
    assert (answer.status_code, answer.headers["location"]) == (303, "/targets/segment?after=test")
    page = quay.somebody("viewer").get("/targets/segment").text
    assert "by lee:" in page and "Demo plan in Demo workspace" in page


def test_a_test_that_fails_says_why_and_is_noted(quay: Quay) -> None:
    (quay.folder / "token").write_text(SECRET)
    answer = quay.somebody("publisher").post("/targets/segment/test")
    assert answer.status_code == 409 and 'role="alert"' in answer.text and SECRET not in answer.text
    assert noted(quay, "test")["refused"]


def test_without_the_key_of_its_secret_a_target_says_what_to_do(quay: Quay) -> None:
    admin = quay.somebody("admin")
    admin.post("/targets/new", **the_form(quay))
    (quay.folder / "hub.key").unlink()
    page, tested = admin.get("/targets/second"), admin.post("/targets/second/test")
    assert page.status_code == 200 and tested.status_code == 409
    assert all("there is no key to open it" in one.text for one in (page, tested))


def test_what_the_environment_overrides_is_said(quay: Quay) -> None:
    quay.hub.use(load(quay.folder / "hub.toml", {"HUB_TARGETS__SEGMENT__MODE": "heal"}))
    page = quay.somebody("admin").get("/targets/segment").text
    assert "The environment has the last word about mode" in page


def test_a_target_of_a_tool_that_is_gone_can_be_looked_at_and_taken_out(quay: Quay) -> None:
    file = quay.folder / "hub.toml"
    file.write_text(f'{file.read_text()}[targets.old]\ntool = "owl"\n')
    quay.reopen()
    admin = quay.somebody("admin")
    page = admin.get("/targets/old")
    assert page.status_code == 200 and "no tool &#39;owl&#39;" in page.text
    assert admin.post("/targets/old/disconnect", typed="old").status_code == 303 and table(quay, "old") is None


def test_a_target_that_cannot_be_read_can_still_be_found(quay: Quay) -> None:
    file = quay.folder / "hub.toml"
    file.write_text(f'{file.read_text()}mode = "destroy"\n')
    quay.reopen()
    admin = quay.somebody("admin")
    assert 'href="/targets/segment"' in admin.get("/targets").text
    assert admin.get("/targets/segment").status_code == 200
    assert admin.get("/targets/nowhere").status_code == 404


# Changing


def test_a_change_holds_at_once_keeps_the_secret_and_every_comment(quay: Quay) -> None:
    file = quay.folder / "hub.toml"
    file.write_text(f"{file.read_text()}# below\n")
    answer = changed(
        quay.somebody("admin"),
        token="",
        schedule="every 1d",
        blackout="sat\r\nsun\r\n",
        **{"guards.updates": "0.9"},
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "/targets/segment?after=change")
    saved = table(quay, "segment")
    assert saved is not None and saved["token"] == "file:token" and saved["blackout"] == ["sat", "sun"]
    assert saved["guards"] == {"updates": 0.9} and "# below" in file.read_text()
    assert [one.name for one in quay.hub.config.timetables()] == ["segment"]
    assert "token" not in str(noted(quay, "change target")["settings"])


def test_a_field_that_is_emptied_goes_back_to_what_is_usual(quay: Quay) -> None:
    admin = quay.somebody("admin")
    changed(admin, mode="heal", **{"guards.updates": "0.9"})
    changed(admin, mode="", **{"guards.updates": ""})
    saved = table(quay, "segment")
    assert saved is not None and "mode" not in saved and "guards" not in saved


def test_a_secret_goes_to_no_other_host_than_it_was_given_for(quay: Quay) -> None:
    admin, before = quay.somebody("admin"), (quay.folder / "hub.toml").read_text()
    answer = changed(admin, token="", base_url="https://evil.example")
    assert answer.status_code == 400 and "kept for the address that it was given for" in answer.text
    assert (quay.folder / "hub.toml").read_text() == before and quay.box.log == []
    token = quay.box.demo_credentials()["token"]
    assert changed(admin, token=token, base_url="https://proxy.example").status_code == 303


def test_what_hub_toml_says_by_hand_of_an_address_inside_keeps_nobody_from_changing_the_rest(quay: Quay) -> None:
    quay.hub.resolve = lambda host: [INSIDE]
    admin = quay.somebody("admin")
    known = re.search(r'name="known" value="(.*?)"', admin.get("/targets/segment").text)
    assert known is not None
    form = {"known": known[1], "set.base_url": "http://sandbox.test", "set.mode": "heal"}
    assert admin.post("/targets/segment", **form).status_code == 400
    assert admin.post("/targets/segment", act="untested", **form).status_code == 303
    assert quay.box.log == []


def test_of_two_people_the_second_sees_both_and_loses_nothing(quay: Quay) -> None:
    dana, lee = quay.somebody("admin", "dana"), quay.somebody("admin", "lee")
    known = re.search(r'name="known" value="(.*?)"', lee.get("/targets/segment").text)
    assert known is not None
    changed(dana, schedule="every 1d")
    late = lee.post("/targets/segment", known=known[1], **{"set.schedule": "every 2d", "set.jitter": "5m"})
    assert late.status_code == 409 and "somebody changed this target in between" in late.text.lower()
    assert 'value="every 2d"' in late.text and 'value="5m"' in late.text
    assert "In hub.toml by now: <code>every 1d</code>" in late.text
    assert changed(lee, schedule="every 2d").status_code == 303


def test_what_somebody_wrote_by_hand_elsewhere_in_the_file_stays(quay: Quay) -> None:
    file, admin = quay.folder / "hub.toml", quay.somebody("admin")
    page = admin.get("/targets/segment").text
    file.write_text(
        f'{file.read_text()}[targets.hand]\ntool = "segment"\ntoken = "file:token"\ntracking_plan_id = "tp_2"\n'
    )
    known = re.search(r'name="known" value="(.*?)"', page)
    assert known is not None
    assert admin.post("/targets/segment", known=known[1], **{"set.mode": "heal"}).status_code == 303
    assert set(quay.hub.config.targets) == {"segment", "hand"}


def test_a_broken_file_is_not_made_worse(quay: Quay) -> None:
    file, admin = quay.folder / "hub.toml", quay.somebody("admin")
    file.write_text("[targets.segment\n")
    answers = [admin.post("/targets/segment/disconnect", typed="segment"), admin.post("/targets/new", **the_form(quay))]
    assert {one.status_code for one in answers} == {409} and file.read_text() == "[targets.segment\n"


# Taking out


def test_a_target_is_taken_out_only_under_its_name_and_what_is_known_of_it_stays(quay: Quay) -> None:
    admin = quay.somebody("admin")
    admin.post("/reconcile", target="segment")
    quay.work()
    wrong = admin.post("/targets/segment/disconnect", typed="segmnt")
    assert wrong.status_code == 400 and "Type the target&#39;s name" in wrong.text and table(quay, "segment")
    assert admin.post("/targets/segment/disconnect", typed=" segment ").status_code == 303
    assert "targets" not in tomllib.loads((quay.folder / "hub.toml").read_text())
    assert quay.hub.store.last_snapshot("segment") is not None
    assert admin.get("/targets/segment").status_code == 404 and "No target is configured" in admin.get("/targets").text


# Who may


ADDRESSES = ("/targets/new", "/targets/segment", "/targets/segment/disconnect")


@pytest.mark.parametrize("address", ADDRESSES)
def test_only_an_admin_connects_changes_and_disconnects_and_only_by_our_own_form(quay: Quay, address: str) -> None:
    before = (quay.folder / "hub.toml").read_text()
    form = the_form(quay, typed="segment")
    assert quay.somebody("publisher").post(address, **form).status_code == 403
    assert quay.somebody("admin").post(address, form_token="another", **form).status_code == 403
    assert quay.nobody().post(address, **form).headers["location"].startswith("/login")
    assert (quay.folder / "hub.toml").read_text() == before


def test_a_test_takes_a_publisher_and_the_form_of_a_new_target_an_admin(quay: Quay) -> None:
    assert quay.somebody("editor").post("/targets/segment/test").status_code == 403
    assert quay.somebody("publisher").post("/targets/segment/test", form_token="another").status_code == 403
    refused = quay.somebody("publisher").get("/targets/new")
    assert refused.status_code == 403 and "takes the role admin" in refused.text


# Plans, and words from outside


def test_reconciling_goes_by_the_only_plan_in_the_store(tmp_path: Path) -> None:
    folder = tmp_path / "other"
    folder.mkdir()
    quay = Quay.open(folder)
    plan = load_plan(quay.plan_file).plan
    file = quay.folder / "hub.toml"
    file.write_text(file.read_text().replace('plan = "plan.yaml"\n', ""))
    quay.reopen()
    quay.hub.store.freeze(plan, "dana", quay.now)
    quay.somebody("publisher").post("/reconcile", target="segment")
    quay.work()
    (job,) = quay.jobs()
    assert (job.args["plan"], job.state) == ("Harbour", "done")
    quay.hub.close()


MARKUP = "\"><script>alert(1)</script><b x='"


def test_html_in_a_text_field_stays_text_where_it_is_shown_again(quay: Quay) -> None:
    admin = quay.somebody("admin")
    fields = dict.fromkeys(("tracking_plan_id", "rules_per_write", "base_url", "schedule", "mode", "name"), MARKUP)
    refused = admin.post("/targets/new", **the_form(quay, **fields))
    changing = changed(admin, **dict.fromkeys(("tracking_plan_id", "jitter", "blackout", "slo", "timezone"), MARKUP))
    disconnecting = admin.post("/targets/segment/disconnect", typed=MARKUP)
    assert [one.status_code for one in (refused, changing, disconnecting)] == [400] * 3
    assert not any("<script>alert" in one.text or "<b x=" in one.text for one in (refused, changing, disconnecting))


def test_html_that_was_saved_stays_text(quay: Quay) -> None:
    admin = quay.somebody("admin")
    answer = admin.post("/targets/new", **the_form(quay, tracking_plan_id=MARKUP, act="untested"))
    assert answer.status_code == 303
    assert "<script>alert" not in admin.get("/targets/second").text + admin.get("/audit").text
