"""Comments and their properties (apis/jira.md sections 3 and 5)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from connectors.sandbox import JSON, Response
from hub.notify.jira.sandbox.call import (
    BAD_PAYLOAD,
    Call,
    Complaints,
    Refusal,
    answer,
    check_property,
    in_mood,
    nothing,
    page_of,
    property_pairs,
)
from hub.notify.jira.sandbox.fields import NO_DOCUMENT, Invalid, off_screen, read_text
from hub.notify.jira.sandbox.showing import comment_card
from hub.notify.jira.sandbox.state import Comment, Issue, Project

MOST_IN_LIST = 1000
LONGEST_PAGE = 1_048_576
"""What the vendor says it allows on a page of comments by id."""
NO_COMMENT = "Can not find a comment for the id"


def read_body(call: Call, value: JSON) -> JSON:
    """Raises Invalid with the words for a comment."""
    refusal = NO_DOCUMENT if call.switches["comment_refusal"] == "document" else "Comment body is not valid!"
    if isinstance(value, str) and not call.speaks_documents and not value.strip():
        raise Invalid("Comment body can not be empty!")
    return read_text(call, value, refusal)


def read_comment_adds(
    call: Call, project: Project, update: Mapping[str, JSON], complaints: Complaints
) -> Sequence[JSON]:
    """The checked bodies of `update.comment`, a list of `{"add": {"body"}}`."""
    if "comment" not in update:
        return ()
    adds = update["comment"]
    if not call.can(project, "ADD_COMMENTS"):
        complaints.add("comment", off_screen("comment"))
        return ()
    if not isinstance(adds, list) or not all(_is_add(one) for one in adds):
        complaints.add("comment", "data was not an array of operations")
        return ()
    try:
        return [read_body(call, one["add"].get("body")) for one in adds]
    except Invalid as problem:
        complaints.add("comment", str(problem))
        return ()


def _is_add(operation: JSON) -> bool:
    return isinstance(operation, dict) and operation.keys() == {"add"} and isinstance(operation["add"], dict)


def add_comment(call: Call, issue: Issue, body: JSON, properties: JSON = None, visibility: JSON = None) -> Issue:
    author = call.login().account
    number = str(call.site.next_id())
    comment = Comment(number, author, body, call.now, call.now, author, visibility, properties or {})
    return call.put(replace(issue, comments=(*issue.comments, comment)))


def _checked_body(call: Call, value: JSON) -> JSON:
    try:
        return read_body(call, value)
    except Invalid as problem:
        raise Refusal(400, errors={"comment": str(problem)}) from problem


def create_comment(call: Call) -> Response:
    issue = call.issue_for("ADD_COMMENTS", call.switches["comment_permission_status"])
    most = call.switches["most_comments"]
    if call.cloud and len(issue.comments) >= most:
        raise Refusal(413, f"The issue has reached the limit of {most} comments.")
    sent = call.object()
    body = _checked_body(call, sent.get("body"))
    issue = add_comment(call, issue, body, property_pairs(sent.get("properties")), sent.get("visibility"))
    return answer(201, comment_card(call, issue, issue.comments[-1]))


ORDERS: Mapping[str, Callable[[Sequence[Comment]], Sequence[Comment]]] = {
    "created": lambda comments: comments,
    " created": lambda comments: comments,  # a plus sign as a query string carries it
    "+created": lambda comments: comments,
    "-created": lambda comments: comments[::-1],
}


def list_comments(call: Call) -> Response:
    """Oldest first unless asked otherwise."""
    issue = call.issue()
    order = call.request.param("orderBy") or "created"
    if order not in ORDERS:
        raise Refusal(400, f"Cannot order comments by '{order}'.")
    rows, numbers = page_of(ORDERS[order](issue.comments), call.number("startAt", 0), call.number("maxResults", 100))
    return answer(200, {**numbers, "comments": [comment_card(call, issue, one) for one in in_mood(call, rows)]})


def list_by_id(call: Call) -> Response:
    """Comments of any issue the user sees, with their properties where `expand` asks; unknown ids are left out."""
    ids = call.object().get("ids")
    if not isinstance(ids, list) or not all(isinstance(one, int) and not isinstance(one, bool) for one in ids):
        raise Refusal(400, BAD_PAYLOAD)
    if not 0 < len(ids) <= MOST_IN_LIST:
        raise Refusal(400, f"Between 1 and {MOST_IN_LIST} comment ids are needed.")
    wanted = {str(one) for one in ids}
    with_properties = "properties" in (call.listed("expand") or ())
    cards = [
        comment_card(call, issue, comment, with_properties=with_properties)
        for issue, comment in call.site.comments()
        if comment.id in wanted and call.can(call.site.project_of(issue), "BROWSE_PROJECTS")
    ]
    numbers = {"startAt": 0, "maxResults": LONGEST_PAGE, "total": len(cards), "isLast": True}
    return answer(200, {**numbers, "values": list(in_mood(call, cards))})


def _of_issue(call: Call, issue: Issue) -> Comment:
    found = next((one for one in issue.comments if one.id == call.args["id"]), None)
    if found is None:
        raise Refusal(404, f"{NO_COMMENT}: {call.args['id']}.")
    return found


def _stored(call: Call, issue: Issue, comment: Comment) -> Issue:
    return call.put(replace(issue, comments=tuple(comment if one.id == comment.id else one for one in issue.comments)))


def show_comment(call: Call) -> Response:
    issue = call.issue()
    return answer(200, comment_card(call, issue, _of_issue(call, issue)))


def change_comment(call: Call) -> Response:
    issue = call.issue_for("ADD_COMMENTS", 400)
    comment = _of_issue(call, issue)
    sent = call.object()
    body = _checked_body(call, sent.get("body"))
    properties = {**comment.properties, **property_pairs(sent.get("properties"))}
    editor = call.login().account
    changed = replace(comment, body=body, updated=call.now, editor=editor, properties=properties)
    return answer(200, comment_card(call, _stored(call, issue, changed), changed))


def delete_comment(call: Call) -> Response:
    issue = call.issue_for("ADD_COMMENTS", 400)
    gone = _of_issue(call, issue)
    call.put(replace(issue, comments=tuple(one for one in issue.comments if one.id != gone.id)))
    return nothing()


# Properties of comments --------------------------------------------------------------------------------------


def _anywhere(call: Call) -> tuple[Issue, Comment]:
    for issue, comment in call.site.comments():
        if comment.id == call.args["id"] and call.can(call.site.project_of(issue), "BROWSE_PROJECTS"):
            return issue, comment
    raise Refusal(404, f"{NO_COMMENT}: {call.args['id']}.")


def list_comment_properties(call: Call) -> Response:
    _, comment = _anywhere(call)
    keys = [{"key": key, "self": call.url("comment", comment.id, "properties", key)} for key in comment.properties]
    return answer(200, {"keys": keys})


def show_comment_property(call: Call) -> Response:
    _, comment = _anywhere(call)
    key = call.args["key"]
    if key not in comment.properties:
        raise Refusal(404, f"The property with key '{key}' does not exist.")
    return answer(200, {"key": key, "value": comment.properties[key]})


def put_comment_property(call: Call) -> Response:
    issue, comment = _anywhere(call)
    key, value = check_property(call.args["key"], call.json())
    _stored(call, issue, replace(comment, properties={**comment.properties, key: value}))
    return nothing(200 if key in comment.properties else 201)
