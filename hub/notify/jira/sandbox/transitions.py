"""Moving an issue through its workflow (apis/jira.md sections 3 and 6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from connectors.sandbox import JSON, Response
from hub.notify.jira.sandbox.call import BAD_PAYLOAD, Call, Complaints, Refusal, answer, nothing
from hub.notify.jira.sandbox.comments import add_comment, read_comment_adds
from hub.notify.jira.sandbox.fields import check_required, off_screen, read_change, read_parts
from hub.notify.jira.sandbox.showing import status_card
from hub.notify.jira.sandbox.state import Issue, Project, Transition


def offered(call: Call, project: Project, issue: Issue) -> list[Transition]:
    """The arrows that leave the issue's status; none for a user who may not transition."""
    if not call.can(project, "TRANSITION_ISSUES"):
        return []
    return [one for one in project.transitions if one.starts_at(issue.status)]


def list_transitions(call: Call) -> Response:
    """What is offered to this user now; an unknown `transitionId` gives an empty list."""
    issue = call.issue()
    project = call.site.project_of(issue)
    wanted = call.request.param("transitionId")
    cards = [
        {
            "id": one.id,
            "name": one.name,
            "to": status_card(call, project.status(one.to)),
            "hasScreen": bool(one.screen),
            "isGlobal": not one.sources,
            "isInitial": False,
            "isAvailable": True,
            "isConditional": False,
        }
        for one in offered(call, project, issue)
        if wanted in (None, one.id)
    ]
    return answer(200, {"expand": "transitions", "transitions": cards})


def transition_issue(call: Call) -> Response:
    issue = call.issue()
    apply_transition(call, issue, call.object())
    return nothing()


def apply_transition(call: Call, issue: Issue, body: Mapping[str, JSON]) -> None:
    """Move the issue. Raises Refusal 400: not offered, a field that is not on the transition's screen."""
    project = call.site.project_of(issue)
    arrow = _asked(body.get("transition"), offered(call, project, issue))
    parts = read_parts(body)
    complaints = Complaints()
    change = read_change(call, project, arrow.screen, parts, issue, complaints)
    check_required(call, arrow.screen, change, complaints, present_only=False)
    if call.switches["transition_comment"] == "screen-only" and "comment" in parts[1] and not arrow.screen:
        complaints.add("comment", off_screen("comment"))
    comments = read_comment_adds(call, project, parts[1], complaints)
    complaints.settle()
    moved = call.put(replace(issue, status=arrow.to, **change))
    for comment in comments:
        moved = add_comment(call, moved, comment)


def _asked(given: JSON, arrows: list[Transition]) -> Transition:
    identifier = given.get("id") if isinstance(given, dict) else None
    if not isinstance(identifier, str):
        raise Refusal(400, BAD_PAYLOAD if given is not None else "Missing 'transition' identifier")
    found = next((one for one in arrows if one.id == identifier), None)
    if found is None:
        raise Refusal(400, f"Transition id '{identifier}' is not valid for this issue.")
    return found
