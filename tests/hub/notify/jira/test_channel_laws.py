"""Whatever goes wrong, in whichever order, on whichever site: one issue for a key, one comment for a reply."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.hub.notify.jira.channel_desk import KEY, Desk, Killed, dying, label, said
from tests.hub.notify.jira.stories import story

troubles = st.lists(st.tuples(st.sampled_from(("lost", "refuse", "cut", "html")), st.integers(0, 12)), max_size=3)
deaths = st.lists(st.tuples(st.integers(1, 10), st.booleans()), max_size=2)
sites = st.one_of(
    st.fixed_dictionaries(
        {
            "deployment": st.just("Cloud"),
            "index_delay": st.sampled_from((0, 3, 60)),
            "key_lookup": st.sampled_from(("immediate", "lagging")),
            "key_gap": st.sampled_from((0, 1, 7)),
            "search_values": st.sampled_from(("database", "index")),
            "search_order": st.sampled_from(("newest-first", "scattered")),
        }
    ),
    st.fixed_dictionaries(
        {
            "deployment": st.just("Server"),
            "server_index_delay": st.sampled_from((0, 3)),
            "dc_create_properties": st.sampled_from(("accepted", "ignored")),
        }
    ),
)


def die(desk: Desk, step: int, after: bool, **letter: object) -> None:
    """An attempt in a process that is killed, if it lives for so long."""
    try:
        desk.try_once(story(), channel=desk.connect(dying(desk.sandbox, step, after=after)), **letter)  # type: ignore[arg-type]
    except Killed:
        desk.time.sleep(5)
    except Exception:
        desk.time.sleep(30)


@given(sites, troubles, deaths)
def test_one_key_is_one_issue(
    site: dict[str, str | int], faults: list[tuple[str, int]], killed: list[tuple[int, bool]]
) -> None:
    desk = Desk.of(**site)  # type: ignore[arg-type]
    for kind, skip in faults:
        desk.fault(kind, skip=skip, status=502)
    for step, after in killed:
        die(desk, step, after)
    desk.tell(story(), tries=40)
    (issue,) = desk.issues()
    assert desk.sandbox.created_with(label()) == 1 and "Event 1" in said(issue["description"])
    assert issue["properties"]["hub.trackingplan"]["dedupe_key"] == KEY and len(issue["links"]) == 1
    assert not issue["comments"]


@given(sites, troubles, deaths)
def test_one_reply_is_one_comment(
    site: dict[str, str | int], faults: list[tuple[str, int]], killed: list[tuple[int, bool]]
) -> None:
    desk = Desk.of(**site)  # type: ignore[arg-type]
    parent = desk.tell(story()).remote
    desk.forget()
    for kind, skip in faults:
        desk.fault(kind, skip=skip % 4, status=502)
    for step, after in killed:
        die(desk, step % 4 + 1, after, key="reply", verb="add", parent=parent)
    desk.tell(story(), tries=40, key="reply", verb="add", parent=parent)
    assert len(desk.issue(parent["id"])["comments"]) == 1
