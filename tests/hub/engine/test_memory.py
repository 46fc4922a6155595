"""What a tool held at any time, and how its values came about."""

from __future__ import annotations

from typing import Any

import pytest

from hub.changes.merge import ABSENT
from hub.engine.memory import Link, dictionary, dictionary_changes, field_path, restored, why
from hub.errors import Refusal
from mappings.canonical import TrackingPlan
from tests.hub.engine.bench import Bench, described, plan_of
from tests.hub.engine.road import EDITED, look, person

PLAN = plan_of()


@pytest.fixture
def story(bench: Bench) -> Bench:
    """Published, read, edited by a person, read, published anew, read; a minute apart."""
    bench.publish(PLAN)
    look(bench, PLAN)
    person(bench, "Boat Rented", text="A person's words.")
    look(bench, PLAN)
    plan = plan_of(authority=[{"policy": "plan"}])
    bench.time.sleep(60)
    bench.publish(plan)
    look(bench, plan)
    return bench


def chain(bench: Bench, path: tuple[str, ...], plan: TrackingPlan = PLAN) -> list[Link]:
    return why(bench.engine, plan, bench.targets[0], path)


def said(bench: Bench, at: float | None = None) -> Any:
    return dictionary(bench.engine, PLAN, bench.targets[0], at)[0]


def test_each_value_has_its_cause_in_order(story: Bench) -> None:
    links = chain(story, EDITED)
    assert [(link.value, link.how, link.who) for link in links] == [
        ("A boat left the pier.", "published", "dana"),
        ("A person's words.", "observed", ""),
        ("A boat left the pier.", "published", "dana"),
    ]
    assert [link.at for link in links] == sorted(link.at for link in links)


def test_a_published_value_names_its_publication(story: Bench) -> None:
    newest, oldest = story.store.publications("Harbour")
    assert [link.publication for link in chain(story, EDITED)] == [oldest.id, "", newest.id]


def test_a_value_that_went_away_is_a_link_too(story: Bench) -> None:
    person(story, "Boat Rented", text="")
    look(story, PLAN)
    assert chain(story, EDITED)[-1].value is ABSENT


def test_what_was_never_there_has_no_chain(story: Bench) -> None:
    assert chain(story, ("events", "Boat Rented", "display_name")) == []


def test_other_events_do_not_lengthen_the_chain(story: Bench) -> None:
    assert len(chain(story, ("events", "Oar Lost", "description"))) == 1


def test_the_dictionary_of_a_moment_is_what_was_read_last_by_then(story: Bench) -> None:
    _, edited, _ = chain(story, EDITED)
    at = {one: said(story, edited.at + one)["events"]["Boat Rented"]["description"] for one in (-1.0, 0.0, 1.0)}
    assert at == {-1.0: "A boat left the pier.", 0.0: "A person's words.", 1.0: "A person's words."}


def test_without_a_time_it_is_the_newest(story: Bench) -> None:
    assert said(story)["events"]["Boat Rented"]["description"] == "A boat left the pier."


def test_before_anything_was_read_there_is_none(story: Bench) -> None:
    with pytest.raises(Refusal) as refused:
        said(story, 1.0)
    assert refused.value.place == "lab"


def test_two_dictionaries_differ_field_by_field(story: Bench) -> None:
    _, edited, _ = chain(story, EDITED)
    (change,) = dictionary_changes(said(story, edited.at), said(story))
    assert (change.path, change.before, change.after) == (EDITED, "A person's words.", "A boat left the pier.")


def test_an_event_is_put_back_with_the_plan_s_own_steering_kept(story: Bench) -> None:
    _, edited, _ = chain(story, EDITED)
    plan = plan_of({"Boat Rented": {"description": "Now.", "names": {"segment": "boat"}}, "Oar Lost": {}})
    found = restored(plan, "Boat Rented", said(story, edited.at)).events
    assert (found["Boat Rented"].description, found["Boat Rented"].names) == ("A person's words.", {"segment": "boat"})
    assert found["Oar Lost"] == plan.events["Oar Lost"]


def test_an_event_that_was_not_there_then_is_not_put_back(story: Bench) -> None:
    with pytest.raises(Refusal, match="no event 'Ink'"):
        restored(PLAN, "Ink", said(story))


def test_the_same_content_read_twice_is_one_moment(bench: Bench) -> None:
    bench.publish(PLAN)
    for _ in range(3):
        look(bench, PLAN)
    assert len(bench.store.snapshot_times("lab")) == 2


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("A", ("events", "A")),
        ("A.description", ("events", "A", "description")),
        ("A.b", ("events", "A", "properties", "b")),
        ("A.b.type", ("events", "A", "properties", "b", "type")),
        ("A.b.c", ("events", "A", "properties", "b.c")),
        ("A.b.c.type", ("events", "A", "properties", "b.c", "type")),
        ("A.x.y.description", ("events", "A.x.y", "description")),
        ("A.x.y", ("events", "A.x.y")),
    ],
)
def test_a_field_is_named_with_dots_even_where_names_have_them(text: str, path: tuple[str, ...]) -> None:
    plan = plan_of({"A": {"properties": {"b": {}, "b.c": {}}}, "A.x.y": {}})
    assert field_path(plan, text) == path


@pytest.mark.parametrize("text", ["", "B", "AB.description", ".A"])
def test_a_field_of_no_event_is_refused(text: str) -> None:
    with pytest.raises(Refusal, match="no event at the start"):
        field_path(described("x"), text)


def test_names_that_differ_by_a_large_letter_are_two_events(bench: Bench) -> None:
    alike = plan_of({"Oar Lost": {"description": "One."}, "oar lost": {"description": "Another."}})
    bench.publish(alike)
    look(bench, alike)
    changed = plan_of({"Oar Lost": {"description": "One."}, "oar lost": {"description": "A third."}})
    bench.time.sleep(60)
    bench.publish(changed)
    look(bench, changed)
    person(bench, "Oar Lost", text="By hand.")
    look(bench, changed)
    found = {name: chain(bench, ("events", name, "description"), changed) for name in alike.events}
    assert [(one.value, one.how) for one in found["Oar Lost"]] == [("One.", "published"), ("By hand.", "observed")]
    assert [one.value for one in found["oar lost"]] == ["Another.", "A third."]


def test_only_what_concerns_the_field_is_read_of_each_reading(story: Bench) -> None:
    log = story.store.observations
    asked: list[int] = []

    class Counting:
        def __getattr__(self, name: str) -> Any:
            return getattr(log, name)

        def held(self, *given: Any) -> Any:
            found = log.held(*given)
            asked.append(len(found))
            return found

    story.store._observations = Counting()  # type: ignore[attr-defined]
    assert len(chain(story, EDITED)) == 3 and max(asked) == 1
