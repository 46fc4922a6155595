"""What Amplitude is asked for first within a budget, and what its lists are not believed about."""

from __future__ import annotations

import pytest

from connectors.contract import Budget
from connectors.lookup import LooksUp, asked_by_name
from connectors.sandbox import Fault
from connectors.testing.harness import Rig
from mappings.contract import Address
from tests.connectors.amplitude.test_connector import BOOKED, EVENT, PORT, SEAT, completeness, plan_of, published


def asked_for(rig: Rig) -> list[str]:
    """The events whose properties were asked for, in that order, and what was asked for by name."""
    names = [dict(one.query).get("event_type") or one.path.partition("taxonomy/")[2] for one in rig.requests()]
    return [name for name in names if name not in ("event", "category", "event-property", "user-property", "")]


SAILINGS = plan_of(events={f"Sailing {number}": {"properties": {"leg": {}}} for number in range(8)})
FIXED = 5
"""Requests of any full reading: categories, events, which were ingested, user properties, shared properties."""


def set_text(rig: Rig, event: str, text: str) -> None:
    change = {"do": "set", "entity": "event_property", "name": "leg", "on": event, "fields": {"description": text}}
    rig.sandbox.edit(change)


def test_events_that_keep_changing_are_read_first_in_half_of_the_budget() -> None:
    rig = published(SAILINGS)
    known = rig.observe()
    for number, event in enumerate(["Sailing 5", "Sailing 6", "Sailing 6", "Sailing 7"]):
        set_text(rig, event, f"Text {number}.")
        known = rig.observe(known)
    rig.forget_requests()
    rig.observe(known, Budget(units=FIXED + 4))
    assert asked_for(rig) == ["Sailing 6", "Sailing 5", "Sailing 0", "Sailing 1"]


def test_an_event_whose_own_row_changed_comes_first_and_none_is_forgotten() -> None:
    rig = published(SAILINGS)
    known = rig.observe()
    rig.sandbox.edit({"do": "set", "entity": "event", "name": "Sailing 7", "fields": {"description": "Late."}})
    seen = []
    for _ in range(7):
        rig.time.sleep(60)
        rig.forget_requests()
        known = rig.observe(known, Budget(units=FIXED + 2))
        seen.append(asked_for(rig))
    assert {first for first, _ in seen} == {"Sailing 7"}
    assert sorted(other for _, other in seen) == [f"Sailing {number}" for number in range(7)]


@pytest.mark.parametrize("units", range(FIXED, FIXED + 14))
def test_what_is_asked_for_by_name_counts_in_the_same_budget(units: int) -> None:
    rig = published(SAILINGS)
    known = rig.observe()
    for number in (1, 2, 3):
        rig.sandbox.edit({"do": "delete", "entity": "event", "name": f"Sailing {number}"})
    rig.sandbox.edit({"do": "delete", "entity": "event_property", "name": "leg", "on": "Sailing 0"})
    rig.forget_requests()
    snapshot = rig.observe(known, Budget(units=units))
    # Three events by name, the properties of five, and one of these by name.
    assert len(rig.requests()) == snapshot.requests == min(units, FIXED + 3 + 5 + 1)


def test_what_the_budget_does_not_let_ask_for_is_unknown_and_not_gone() -> None:
    rig = published(SAILINGS)
    known = rig.observe()
    rig.sandbox.edit({"do": "delete", "entity": "event", "name": "Sailing 1"})
    snapshot = rig.observe(known, Budget(units=FIXED))
    assert completeness(snapshot, Address("event", ("Sailing 1",))) == "hidden"
    assert Address("event", ("Sailing 1",)) in snapshot.documents


@pytest.mark.parametrize(
    ("listing", "address"),
    [
        ("taxonomy/event[?]", EVENT),
        ("event-property[?]event_type", SEAT),
        ("user-property[?]", PORT),
        ("taxonomy/category$", Address("category", ("Sea",))),
    ],
)
def test_a_list_that_lies_the_same_way_each_time_hides_nothing(listing: str, address: Address) -> None:
    rig = published(plan_of(events={"Trip Booked": {**BOOKED, "category": "Sea"}}, user_properties={"port": {}}))
    known = rig.observe()
    rig.sandbox.faults.append(Fault("mood", on=f"^GET .*{listing}", mood="empty-list", times=99))
    for _ in range(3):
        known = rig.observe(known)
        assert completeness(known, address) == "hidden" and address in known.documents


def test_what_is_gone_was_asked_for_by_name_too_and_so_were_its_properties() -> None:
    rig = published()
    known = rig.observe()
    rig.sandbox.edit({"do": "delete", "entity": "event", "name": "Trip Booked"})
    snapshot = rig.observe(known)
    assert asked_by_name(snapshot, EVENT) and asked_by_name(snapshot, SEAT) and not asked_by_name(snapshot, PORT)


def test_looking_up_takes_one_request_each_within_its_units() -> None:
    rig = published()
    rig.sandbox.edit({"do": "delete", "entity": "event_property", "name": "seat", "on": "Trip Booked"})
    rig.forget_requests()
    connector = rig.connect()
    assert isinstance(connector, LooksUp)
    snapshot = connector.look_up([EVENT, SEAT, PORT], units=2)
    asked = [one.path.rpartition("taxonomy/")[2] for one in rig.requests()]
    assert asked == ["event/Trip%20Booked", "event-property/seat"]
    assert EVENT in snapshot.documents and asked_by_name(snapshot, SEAT) and not snapshot.knows_absent(PORT)
