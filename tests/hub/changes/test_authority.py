"""Who has the last word: the first row that matches, whatever things are called."""

from __future__ import annotations

import pytest

from hub.changes.authority import DEFAULT, POLICIES, Authority, Policy, Rule, field_of

EVENT = ("events", "Net Cast")
TEXT = (*EVENT, "description")


@pytest.mark.parametrize(
    ("path", "policy"),
    [
        (TEXT, "propose"),
        ((*EVENT, "display_name"), "propose"),
        ((*EVENT, "tags"), "propose"),
        ((*EVENT, "owners"), "propose"),
        ((*EVENT, "category"), "propose"),
        ((*EVENT, "hidden"), "tool"),
        (EVENT, "propose"),
        ((*EVENT, "properties", "depth"), "propose"),
        ((*EVENT, "properties", "depth", "type"), "plan"),
        ((*EVENT, "properties", "depth", "required"), "plan"),
        ((*EVENT, "properties", "depth", "enum"), "plan"),
        ((*EVENT, "properties", "depth", "items"), "plan"),
        ((*EVENT, "status"), "plan"),
    ],
)
def test_the_default_profile(path: tuple[str, ...], policy: Policy) -> None:
    assert Authority().policy(path, "lab") == policy


@pytest.mark.parametrize("name", ["properties", "events", "groups", "user_properties", "items"])
def test_the_type_of_a_property_is_structure_whatever_it_is_called(name: str) -> None:
    assert field_of((*EVENT, "properties", name, "type")) == "type"
    assert field_of((*EVENT, "properties", name)) == "existence"
    assert field_of(("events", name, "description")) == "description"


@pytest.mark.parametrize(
    "path", [("user_properties", "rank"), ("groups", "Crew"), ("groups", "Crew", "properties", "n")]
)
def test_a_whole_thing_is_about_its_existence(path: tuple[str, ...]) -> None:
    assert field_of(path) == "existence"


def test_the_first_row_that_matches_holds() -> None:
    table = Authority.of([Rule("tool", "description"), Rule("plan", "description")])
    assert table.policy(TEXT, "lab") == "tool"


def test_a_plan_s_own_rows_come_before_the_configuration_s_and_those_before_the_default() -> None:
    table = Authority.of([Rule("tool", "description"), Rule("tool", "type")]).under([Rule("ignore", "description")])
    assert [row.policy for row in table.rules[:3]] == ["ignore", "tool", "tool"]
    assert table.rules[3:] == DEFAULT


@pytest.mark.parametrize(
    ("rule", "target", "tags", "status", "matches"),
    [
        (Rule("tool", "desc*"), "lab", [], "active", True),
        (Rule("tool", "Desc*"), "lab", [], "active", False),
        (Rule("tool", target="mix*"), "mixpanel-prod", [], "active", True),
        (Rule("tool", target="mix*"), "segment", [], "active", False),
        (Rule("tool", tag="core"), "lab", ["deck", "core"], "active", True),
        (Rule("tool", tag="core"), "lab", ["score"], "active", False),
        (Rule("tool", status="deprecated"), "lab", [], "deprecated", True),
        (Rule("tool", status="deprecated"), "lab", [], "active", False),
        (Rule("tool", "description", "lab", "core", "planned"), "lab", ["core"], "planned", True),
        (Rule("tool", "description", "lab", "core", "planned"), "lab", [], "planned", False),
    ],
)
def test_a_row_matches_when_everything_it_says_holds(
    rule: Rule, target: str, tags: list[str], status: str, matches: bool
) -> None:
    expected = "tool" if matches else "propose"
    assert Authority.of([rule]).policy(TEXT, target, tags, status) == expected


@pytest.mark.parametrize("policy", POLICIES)
def test_there_is_an_answer_for_every_path(policy: Policy) -> None:
    assert Authority.of([Rule(policy)]).policy((), "anything") == policy
    assert Authority().row(("events", "E", "something new"), "anything").policy == "plan"
