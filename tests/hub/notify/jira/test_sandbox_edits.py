"""What people do to the Jira sandbox in their browsers, its state as JSON, and its page."""

import json
import re
from typing import Any

import pytest

from connectors.sandbox import Fault
from hub.notify.jira.sandbox import JiraSandbox
from tests.hub.notify.jira.sandbox_desk import Desk, document


def edited(desk: Desk, do: str, **change: Any) -> Any:
    return desk.box.edit({"do": do, **change})


@pytest.mark.parametrize(
    ("change", "field", "value"),
    [
        ({"summary": "By hand"}, "summary", "By hand"),
        ({"description": document("By hand")}, "description", document("By hand")),
        ({"labels": ["b", "a"]}, "labels", ["a", "b"]),
    ],
)
def test_a_person_edits_an_issue(change: dict[str, Any], field: str, value: Any) -> None:
    desk = Desk()
    desk.now += 60
    edited(desk, "edit", issue="DATA-1", **change)
    assert desk.field("DATA-1", field) == value
    assert desk.field("DATA-1", "updated") == "2026-09-21T14:14:20.000+0000"


@pytest.mark.parametrize(
    ("change", "field", "name"),
    [
        ({"do": "edit", "status": "Done"}, "status", "Done"),
        ({"do": "edit", "priority": "Low"}, "priority", "Low"),
        ({"do": "transition", "to": "Done", "resolution": "Cancelled"}, "resolution", "Cancelled"),
        ({"do": "transition", "to": "To Do"}, "status", "To Do"),
    ],
)
def test_a_person_chooses_from_a_list(change: dict[str, Any], field: str, name: str) -> None:
    desk = Desk()
    desk.box.edit({"issue": "DATA-1", **change})
    assert desk.field("DATA-1", field)["name"] == name


def test_people_and_labels() -> None:
    desk = Desk()
    edited(desk, "edit", issue="DATA-1", assignee="tomas")
    edited(desk, "label", issue="DATA-1", label="new")
    edited(desk, "unlabel", issue="DATA-1", label="checkout")
    assert desk.field("DATA-1", "assignee")["displayName"] == "Tomas Ek"
    assert desk.field("DATA-1", "labels") == ["new", "tracking"]


def test_people_comment_and_take_comments_back() -> None:
    desk = Desk()
    made = edited(desk, "comment", issue="DATA-1", body=document("Mine"), by="tomas")
    shown = desk.ask("GET", f"issue/DATA-1/comment/{made['id']}")[1]
    assert shown["author"]["displayName"] == "Tomas Ek" and shown["body"] == document("Mine")
    edited(desk, "uncomment", issue="DATA-1", id=made["id"])
    assert desk.field("DATA-1", "comment")["total"] == 1


def test_people_create_delete_and_move() -> None:
    desk = Desk()
    made = edited(desk, "create", project="DATA", type="Bug", summary="Broken", labels=["x"])
    assert desk.field(made["id"], "reporter")["displayName"] == "Mara Lind"
    moved = edited(desk, "move", issue=made["key"], project="OPS")
    read = desk.ask("GET", f"issue/{made['key']}")[1]
    assert (moved["key"], read["key"], read["id"]) == ("OPS-1", "OPS-1", made["id"])
    edited(desk, "delete", issue="OPS-1")
    assert {desk.status("GET", f"issue/{one}") for one in (made["id"], made["key"], "OPS-1")} == {404}


def test_people_remove_links_and_scripts_remove_properties() -> None:
    desk = Desk()
    number = desk.ask("POST", "issue/DATA-1/remotelink", {"object": {"url": "https://x", "title": "x"}})[1]["id"]
    desk.send("PUT", "issue/DATA-1/properties/k", 1)
    edited(desk, "unlink", issue="DATA-1", id=number)
    edited(desk, "forget-property", issue="DATA-1", key="k")
    assert (
        desk.ask("GET", "issue/DATA-1/remotelink")[1] == [] and desk.status("GET", "issue/DATA-1/properties/k") == 404
    )


def test_screens_change() -> None:
    desk = Desk()
    place = {"project": "DATA", "type": "Task"}
    edited(desk, "take-off-screen", **place, field="labels")
    edited(desk, "require", **place, field="customfield_10010")
    refused = desk.ask("POST", "issue", desk.fields(labels=["x"]))[1]
    assert refused["errors"].keys() == {"labels"} and refused["errorMessages"] == [
        "Field 'customfield_10010' is required"
    ]
    key = desk.create(customfield_10010="Web")
    assert desk.field(key, "customfield_10010") == "Web"
    edited(desk, "unrequire", **place, field="customfield_10010")
    edited(desk, "put-on-screen", **place, field="labels")
    assert desk.create(labels=["x"])


def test_permissions_and_credentials_come_and_go() -> None:
    desk = Desk()
    edited(desk, "take-permission", project="DATA", permission="BROWSE_PROJECTS")
    assert desk.status("GET", "issue/DATA-1") == 404
    edited(desk, "give-permission", project="DATA", permission="BROWSE_PROJECTS")
    assert desk.status("GET", "issue/DATA-1") == 200
    edited(desk, "revoke", kind="token")
    assert desk.status("GET", "myself") == 401
    edited(desk, "issue-secret", kind="token", user="hub", text="demo-jira-api-token")
    assert desk.status("GET", "myself") == 200
    edited(desk, "revoke")
    assert desk.status("GET", "myself") == 401


def test_projects_types_and_people_are_added() -> None:
    desk = Desk()
    edited(desk, "add-project", project="NEW", name="New things", style="classic")
    edited(desk, "add-type", project="NEW", type="Story")
    edited(desk, "add-user", account="acc-1", name="ida", display="Ida Berg", email="ida@example.com")
    key = desk.create(project={"key": "NEW"}, issuetype={"name": "Story"}, assignee={"id": "acc-1"})
    assert key == "NEW-1" and desk.field(key, "assignee")["displayName"] == "Ida Berg"
    edited(desk, "change-user", user="ida", assignable=False)
    assert desk.status("PUT", f"issue/{key}/assignee", {"accountId": "acc-1"}) == 400


def test_numbers_are_skipped() -> None:
    desk = Desk()
    edited(desk, "skip-keys", project="DATA", count=40)
    assert desk.create() == "DATA-43"


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"do": "fly"},
        {"do": "edit", "issue": "DATA-1"},
        {"do": "edit", "issue": "DATA-99", "summary": "x"},
        {"do": "edit", "issue": "DATA-1", "status": "Asleep"},
        {"do": "edit", "issue": "DATA-1", "priority": "Urgent"},
        {"do": "edit", "issue": "DATA-1", "assignee": "nobody"},
        {"do": "unlabel", "issue": "DATA-1", "label": "none"},
        {"do": "uncomment", "issue": "DATA-1", "id": "1"},
        {"do": "unlink", "issue": "DATA-1", "id": 1},
        {"do": "forget-property", "issue": "DATA-1", "key": "k"},
        {"do": "comment", "issue": "DATA-1"},
        {"do": "comment", "issue": "DATA-1", "body": {"type": "doc"}},
        {"do": "create", "project": "DATA"},
        {"do": "move", "issue": "DATA-1", "project": "DATA"},
        {"do": "move", "issue": "DATA-1", "project": "NOPE"},
        {"do": "take-off-screen", "project": "DATA", "type": "Task", "field": "none"},
        {"do": "require", "project": "DATA", "type": "Epic", "field": "labels"},
        {"do": "take-permission", "project": "DATA", "permission": "FLY"},
        {"do": "revoke", "kind": "badge"},
        {"do": "add-project", "project": "DATA"},
        {"do": "add-type", "project": "DATA", "type": "Bug"},
        {"do": "add-user", "account": "x", "name": "hub", "display": "x", "email": "x"},
    ],
)
def test_an_edit_that_makes_no_sense_changes_nothing(change: dict[str, Any]) -> None:
    desk = Desk()
    before = desk.box.dump()
    with pytest.raises(ValueError, match=r"."):
        desk.box.edit(change)
    assert desk.box.dump() == before


def test_an_edit_in_the_middle_of_a_request() -> None:
    desk = Desk()
    desk.box.faults.append(Fault("edit", on="PUT", edit={"do": "delete", "issue": "DATA-1"}))
    assert desk.status("PUT", "issue/DATA-1", {"fields": {"summary": "x"}}) == 404


# State -------------------------------------------------------------------------------------------------------


def busy_desk() -> Desk:
    """A desk with something of everything, the index behind."""
    desk = Desk()
    desk.create(labels=["tph-a"], description=document("x"), customfield_10010=None)
    desk.send("POST", "issue/DATA-1/remotelink", {"globalId": "g", "object": {"url": "https://x", "title": "x"}})
    desk.send("PUT", "issue/DATA-1/properties/k", {"v": [1, None]})
    desk.send("PUT", "project/DATA/properties/k", 1)
    edited(desk, "move", issue="DATA-2", project="OPS")
    edited(desk, "require", project="DATA", type="Task", field="labels")
    edited(desk, "conflict", times=2)
    return desk


def test_a_dump_loads_to_the_same_and_goes_on_the_same() -> None:
    desk, other = busy_desk(), Desk()
    state = json.loads(json.dumps(desk.box.dump()))
    other.box.load(state)
    assert other.box.dump() == state and other.search("labels = tph-a") == []
    other.now += 3
    assert other.search("labels = tph-a") == ["DATA-3"] and other.field("DATA-2", "summary")
    assert other.create(labels=["x"]) == "DATA-4"
    assert other.status("PUT", "issue/DATA-1", {"fields": {"summary": "x"}}) == 409


def test_a_dump_tells_of_the_index_only_where_it_is_behind() -> None:
    desk = Desk()
    key = desk.create()
    identifier = desk.ask("GET", f"issue/{key}")[1]["id"]
    assert desk.box.dump()["behind"] == {identifier: None} and len(desk.box.dump()["pending"]) == 1
    desk.now += 3
    assert desk.box.dump()["behind"] == {} and desk.box.dump()["pending"] == []


@pytest.mark.parametrize("state", [{}, {"issues": []}, []])
def test_a_state_of_another_shape_is_refused(state: Any) -> None:
    with pytest.raises((ValueError, LookupError, TypeError)):
        JiraSandbox().load(state)


def test_credentials_of_the_demo_go_by_the_names_of_settings() -> None:
    assert JiraSandbox().demo_credentials().keys() == {"email", "api_token", "pat", "project"}


# The page ----------------------------------------------------------------------------------------------------


def text(value: str, *marks: Any) -> dict[str, Any]:
    return {"type": "text", "text": value, "marks": [{"type": one} if isinstance(one, str) else one for one in marks]}


def node(kind: str, *content: Any, **attrs: Any) -> dict[str, Any]:
    return {"type": kind, "content": list(content), **({"attrs": attrs} if attrs else {})}


def link(href: str) -> dict[str, Any]:
    return {"type": "link", "attrs": {"href": href}}


PLAIN = node("paragraph", text("x"))
DOCUMENTS = [
    (node("heading", text("H"), level=2), "<h2>H</h2>"),
    (node("paragraph", text("<b>&", "strong", "em")), "<p><em><strong>&lt;b&gt;&amp;</strong></em></p>"),
    (node("paragraph", text("e", "code")), "<p><code>e</code></p>"),
    (node("paragraph", text("l", link("https://x/?a=1&b='"))), "<a href='https://x/?a=1&amp;b=&#x27;'>l</a>"),
    (node("paragraph", text("l", link("javascript:alert(1)"))), "<p>l</p>"),
    (node("bulletList", node("listItem", PLAIN)), "<ul><li><p>x</p></li></ul>"),
    (node("orderedList", node("listItem", PLAIN)), "<ol><li><p>x</p></li></ol>"),
    (node("paragraph", text("2", {"type": "subsup", "attrs": {"type": "sup"}})), "<p><sup>2</sup></p>"),
    (node("codeBlock", {"type": "text", "text": "a < b"}, language="sql"), "<pre><code>a &lt; b</code></pre>"),
    (node("panel", PLAIN, panelType="warning"), "<div class='panel warning'><p>x</p></div>"),
    (node("expand", PLAIN, title="<T>"), "<summary>&lt;T&gt;</summary><p>x</p></details>"),
    (
        node("table", node("tableRow", node("tableHeader", PLAIN), node("tableCell", PLAIN, colspan=2))),
        "<table><tr><th><p>x</p></th><td colspan=2><p>x</p></td></tr></table>",
    ),
    (node("blockquote", node("paragraph", text("q"))), "<blockquote><p>q</p></blockquote>"),
    ({"type": "rule"}, "<hr>"),
]


@pytest.mark.parametrize(("block", "html"), DOCUMENTS)
def test_documents_on_the_page(block: Any, html: str) -> None:
    desk = Desk()
    desk.create(description={"type": "doc", "version": 1, "content": [block]})
    assert html in desk.box.page()


@pytest.mark.parametrize(
    ("wiki", "html"),
    [
        ("h2. *Hi* _you_", "<h2><strong>Hi</strong> <em>you</em></h2>"),
        ("{{a_b_c}} a_b_c", "<p><code>a_b_c</code> a_b_c</p>"),
        (r"\*not bold\* \_nor\_ \{", "<p>*not bold* _nor_ {</p>"),
        ("[plan|https://x?a&b]", "<a href='https://x?a&amp;b'>plan</a>"),
        ("[plan|javascript:x]", "<p>plan</p>"),
        ("* a\n** b\n* c", "<ul><li>a</li><ul><li>b</li></ul><li>c</li></ul>"),
        ("# a\n# b", "<ol><li>a</li><li>b</li></ol>"),
        ("||h||i||\n|a \\| b|{{c|d}}|", "<th>i</th></tr><tr><td>a | b</td><td><code>c|d</code></td></tr></table>"),
        ("{code:json}\n{\"a\": '<'}\n{code}", "<pre><code>{&quot;a&quot;: &#x27;&lt;&#x27;}</code></pre>"),
        ("{panel:title=Mind}\n*x*\n{panel}", "<p><strong>Mind</strong></p><p><strong>x</strong></p></div>"),
        ("{noformat}*x*{noformat}", "<pre><code>*x*</code></pre>"),
        ("----", "<hr>"),
        ("[https://x]", "<a href='https://x'>https://x</a>"),
        ("{code}\nnever closed", "<pre><code>never closed</code></pre>"),
        (r"{{a\|b}}", "<code>a|b</code>"),
        ("Ask [~mara]", "<strong>@mara</strong>"),
        ("<script>", "<p>&lt;script&gt;</p>"),
    ],
)
def test_wiki_text_on_the_page(wiki: str, html: str) -> None:
    desk = Desk(deployment="Server")
    desk.create(description=wiki)
    assert html in desk.box.page()


def test_the_page_shows_what_a_person_would_see_and_asks_nobody() -> None:
    desk = Desk()
    desk.create(summary="<script>1</script>", labels=["<i>"])
    target = {"url": "https://hub.example.com/1", "title": "Publication", "status": {"resolved": True}}
    desk.send("POST", "issue/DATA-1/remotelink", {"object": target})
    page = desk.box.page()
    for shown in ("Data Platform", "DATA-1", "In Progress", "Mara Lind", "The cart team starts on Monday."):
        assert shown in page
    assert "<script" not in page and "<i>" not in page and not re.search(r"""(src=|@import|url\()""", page)
    assert ">Publication</a></s>" in page and "prefers-color-scheme: dark" in page
    assert page.index("DATA-3") < page.index("DATA-1")
