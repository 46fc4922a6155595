"""Links between issues in the Jira sandbox (apis/jira.md sections 1, 3 and 6)."""

from typing import Any

import pytest

from tests.hub.notify.jira.sandbox_desk import Desk

RELATES = {"type": {"name": "Relates"}, "inwardIssue": {"key": "DATA-2"}, "outwardIssue": {"key": "DATA-1"}}


def related(desk: Desk) -> dict[str, Any]:
    return {one["key"]: one["related"] for one in desk.box.dump()["issues"].values()}


def test_two_issues_are_linked_and_the_answer_is_empty() -> None:
    desk = Desk()
    assert desk.ask("POST", "issueLink", RELATES) == (201, None)
    ((kind, other),) = related(desk)["DATA-2"]
    assert kind == "Relates" and desk.box.dump()["issues"][other]["key"] == "DATA-1"


def test_the_same_link_again_is_one() -> None:
    desk = Desk()
    assert [desk.status("POST", "issueLink", RELATES) for _ in range(2)] == [201, 201]
    assert len(related(desk)["DATA-2"]) == 1


REFUSED: list[tuple[str, dict[str, Any], int]] = [
    ("an unknown type", {"type": {"name": "Befriends"}}, 404),
    ("no such issue", {"outwardIssue": {"key": "DATA-99"}}, 404),
    ("no issue at all", {"inwardIssue": {}}, 400),
]


@pytest.mark.parametrize(("what", "change", "status"), REFUSED, ids=[row[0] for row in REFUSED])
def test_what_cannot_be_linked_is_refused(what: str, change: dict[str, Any], status: int) -> None:
    desk = Desk()
    assert desk.status("POST", "issueLink", {**RELATES, **change}) == status
    assert not any(related(desk).values())
