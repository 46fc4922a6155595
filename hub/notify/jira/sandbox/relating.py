"""Links between two issues (apis/jira.md section 6.3: 201 with an empty body; sections 1 and 2: rights and limit)."""

from __future__ import annotations

from dataclasses import replace

from connectors.sandbox import JSON, Response
from hub.notify.jira.sandbox.call import Call, Refusal, nothing
from hub.notify.jira.sandbox.state import Issue

TYPES = ("Relates", "Blocks", "Cloners", "Duplicate")
"""The types that every new site has."""
MOST = 2_000
"""Links of one issue (section 2)."""


def create_issue_link(call: Call) -> Response:
    """Link two issues. The same link again changes nothing."""
    body = call.json()
    kind = _name(body.get("type"))
    if kind not in TYPES:
        raise Refusal(404, f"No issue link type with name '{kind}' found.")
    inward, outward = (_issue(call, body.get(side)) for side in ("inwardIssue", "outwardIssue"))
    for one in (inward, outward):
        if not call.can(call.site.project_of(one), "LINK_ISSUES"):
            raise Refusal(401, "No Link Issue Permission for issue.")
        if len(one.related) >= MOST:
            raise Refusal(413, "The issue has reached the limit of issue links.")
    link = (kind, outward.id)
    if link not in inward.related:
        call.put(replace(inward, related=(*inward.related, link)))
    return nothing(201)


def _name(given: JSON) -> str:
    return str(given.get("name") or "") if isinstance(given, dict) else ""


def _issue(call: Call, given: JSON) -> Issue:
    key = given.get("key") or given.get("id") if isinstance(given, dict) else None
    if not isinstance(key, str):
        raise Refusal(400, "An issue to link must be given by its key or id.")
    return call.issue(key)
