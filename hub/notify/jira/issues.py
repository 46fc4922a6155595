"""Issues: one for each key, made once, then kept up to date without touching what a person wrote."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace

from connectors import errors
from hub.notify.contract import Delivered, Letter, Note
from hub.notify.jira import comments
from hub.notify.jira.client import Issue, JiraClient
from hub.notify.jira.finding import LOOKS, find_issue, lost_since, probe, wait
from hub.notify.jira.marks import Mark, label_of, mark_of, suffix_of
from hub.notify.jira.moves import finish, reopen, tried
from hub.notify.jira.refusals import RefusedFields
from hub.notify.jira.screens import required
from hub.notify.jira.texts import safe_url
from hub.notify.jira.writing import DROPPABLE, OPTIONAL, Text, creation, summary_of, text_of
from mappings.canonical.kinds import JSON

UNTOUCHED = 300.0
"""Seconds within which nobody edits an issue that was just made."""


@dataclass(frozen=True, slots=True)
class Known:
    """What we know of the issue of a letter beforehand."""

    key: str
    """The key it is found under: the letter's, or that of an issue which followed a closed one."""
    id: str = ""
    body: str = ""
    """Hash of its text as the server showed it right after our last write."""
    mark: Mark | None = None
    follows: str = ""
    """Key of the closed issue before it, as long as the two may not be linked yet."""
    fresh: bool = True
    """Whether what hangs on it (its link to the hub) may still be missing."""
    sent_at: float | None = None
    """When the attempt that made it was begun, as far as anybody knows."""


def put(client: JiraClient, letter: Letter, note: Note) -> Delivered:
    """Make the letter's issue say what its story says. Raises ToolError."""
    known = _known(letter)
    if not known.id:
        return _put_unseen(client, known, letter, note)
    try:
        issue = client.read(known.id)
    except errors.NotFound as problem:
        since = lost_since(letter)
        if known.fresh and since is not None:  # even a look into the database may come too early
            wait(client.time.now() - since, LOOKS, client.settings.grace)
        raise comments.gone(client, letter.memo if known.fresh else letter.remote or {}, problem) from None
    return _renew(client, issue, known, letter, note)


def _known(letter: Letter) -> Known:
    """From where the letter was delivered before, or from what an attempt noted that did not get to its end."""
    remote, memo = letter.remote or {}, letter.memo
    if remote.get("id") and memo.get("id") in (None, remote["id"]):
        return _known_from(remote, letter.key, fresh=False)
    return _known_from(memo, letter.key, fresh=True)


def _known_from(kept: Mapping[str, JSON], letter_key: str, *, fresh: bool) -> Known:
    key, id_, body, follows = (str(kept.get(name) or "") for name in ("dedupe_key", "id", "body", "follows"))
    sent = kept.get("sent_at")
    sent_at = sent if isinstance(sent, int | float) else None
    return Known(key or letter_key, id_, body, mark_of(kept), follows, fresh, sent_at)


def _put_unseen(client: JiraClient, known: Known, letter: Letter, note: Note) -> Delivered:
    since = lost_since(letter) if not letter.remote or "sent_at" in letter.memo else None
    issue = find_issue(client, known.key, letter, since)
    if issue is None:
        return _open(client, known, letter, note)
    return _adopt(client, issue, replace(known, sent_at=since), letter, note)


def _adopt(client: JiraClient, issue: Issue, known: Known, letter: Letter, note: Note) -> Delivered:
    """Go on with an issue that an earlier attempt made."""
    _note_made(issue.id, issue.key, known, note)
    return _renew(client, issue, known, letter, note)


def _note_made(id_: str, key: str, known: Known, note: Note) -> None:
    """From here on the issue is known, whatever happens to what still belongs to it."""
    note({"id": id_, "key": key, "dedupe_key": known.key, "follows": known.follows, "sent_at": known.sent_at})


# A new issue ----------------------------------------------------------------------------------------------------


def _open(client: JiraClient, known: Known, letter: Letter, note: Note) -> Delivered:
    screen = client.screen()
    screen.check(client.settings)
    without = frozenset(OPTIONAL) - screen.fields
    before = letter.memo.get("newest")
    newest = client.newest()
    newest = min(newest, before) if isinstance(before, int) else newest
    known = replace(known, sent_at=client.time.now())
    note({"newest": newest, "sent_at": known.sent_at})
    try:
        id_, key, without = _created(client, known, letter, without)
    except errors.UnknownOutcome as lost:
        found = _seen_at_once(client, known.key, newest)
        if found is None:
            lost.retry_after = max(lost.retry_after or 0.0, LOOKS[0])
            raise
        return _adopt(client, found, known, letter, note)
    except errors.ToolError:
        note({})
        raise
    _note_made(id_, key, known, note)
    text = _text(client, known.key, letter, suffixed="labels" in without)
    with _half_done():
        if "description" in without:
            comments.tell_below(client, id_, _news(known, text), letter.story, comments.NO_TEXT)
        issue = _settled(client, id_, text.mark(known.key))
    said = _left_out(creation(text, letter.story, known.key, client.format, client.settings), without)
    return _complete(client, issue, known, letter, body=client.format.hash(issue.body), said=said)


def _created(
    client: JiraClient, known: Known, letter: Letter, without: frozenset[str]
) -> tuple[str, str, frozenset[str]]:
    """Id and key of the new issue, and the fields it went without. A refused optional field is dropped, once."""
    try:
        return *_create(client, known, letter, without), without
    except RefusedFields as refusal:
        more = without | (frozenset(refusal.fields) & DROPPABLE)
        if more == without:
            raise _unfit(refusal) from None
    try:
        return *_create(client, known, letter, more), more
    except RefusedFields as refusal:
        raise _unfit(refusal) from None


def _create(client: JiraClient, known: Known, letter: Letter, without: frozenset[str]) -> tuple[str, str]:
    text = _text(client, known.key, letter, suffixed="labels" in without)
    issue_type = client.screen().issue_type
    body = creation(
        text, letter.story, known.key, client.format, client.settings, issue_type=issue_type, without=without
    )
    return client.create(body)


OURS = {
    "project": "Correct the destination's project, or give the account the right Create issues there.",
    "issuetype": "Correct the destination's issue_type.",
    "parent": "Correct the destination's parent: an issue that the issue type may belong to.",
    "assignee": "Correct the destination's people: account ids on Cloud, user names on Data Center.",
}
"""What to do about a refused field that a setting rules."""


def _unfit(refusal: RefusedFields) -> errors.ToolError:
    """What a refusal of fields asks of a person; a text that Jira refuses is nobody's setting."""
    field = next((name for name in refusal.fields if name in OURS), next(iter(refusal.fields)))
    place = {"place": refusal.place, "status": refusal.status, "request_id": refusal.request_id}
    if field in OURS:
        return errors.Misconfigured(refusal.message, hint=OURS[field], **place)  # type: ignore[arg-type]
    return refusal if field in ("summary", "description") else required(refusal.message, field, **place)


def _seen_at_once(client: JiraClient, key: str, newest: int) -> Issue | None:
    """The issue, where a look into the database shows it right after its answer was lost."""
    try:
        return probe(client, key, newest)
    except errors.ToolError:
        return None


def _left_out(wanted: Mapping[str, JSON], without: frozenset[str]) -> str:
    names = [name for name in OPTIONAL if name in wanted["fields"] and name in without]
    return f"The project takes no {' and no '.join(names)} with a new issue." if names else ""


@contextmanager
def _half_done() -> Iterator[None]:
    """What fails after the issue was made must not read as "nothing was posted"."""
    try:
        yield
    except errors.ToolError as problem:
        if problem.verdict not in ("wait", "retry") and not isinstance(problem, errors.NotFound):
            raise
        raise errors.UnknownOutcome(
            f"the issue is there, but not all that belongs to it: {problem.message}",
            place=problem.place,
            status=problem.status,
            retry_after=LOOKS[0] if problem.retry_after is None else problem.retry_after,
        ) from None


# An issue that is there -----------------------------------------------------------------------------------------


def _renew(client: JiraClient, issue: Issue, known: Known, letter: Letter, note: Note) -> Delivered:
    """Bring the issue up to date; where it was closed too long ago, a new one follows it."""
    mark = issue.mark or known.mark
    text = _text(client, known.key, letter, suffixed=_is_suffixed(issue, mark, known.key))
    if mark and mark.content_hash == text.content_hash:
        return _complete(client, issue, known, letter, body=known.body or _body_just_made(client, issue, known))
    if issue.closed and not letter.story.done and not reopen(client, issue):
        next_ = Known(key=f"{letter.key}~{issue.id}", follows=issue.key)
        return _put_unseen(client, next_, letter, note)
    return _write(client, issue, known, letter, text)


def _body_just_made(client: JiraClient, issue: Issue, known: Known) -> str:
    """The text's hash when an attempt made it a moment ago; "" when a person may have edited it since."""
    recent = known.sent_at is not None and client.time.now() - known.sent_at < UNTOUCHED
    return client.format.hash(issue.body) if recent else ""


def _news(known: Known, text: Text) -> str:
    """The key of the comment that tells this text where the description cannot."""
    return f"{known.key}#{text.content_hash}"


def _is_suffixed(issue: Issue, mark: Mark | None, key: str) -> bool:
    return (mark.summary if mark else issue.summary).endswith(suffix_of(key)) and label_of(key) not in issue.labels


def _write(client: JiraClient, issue: Issue, known: Known, letter: Letter, text: Text) -> Delivered:
    """Write what a person has not changed; tell the rest in a comment."""
    before = issue.mark or known.mark or Mark(known.key, "", text.body_hash, text.summary)
    edited = client.format.hash(issue.body) not in (known.body, before.body_hash)
    untold = edited or (not issue.body and "description" not in client.screen().fields)
    mark = Mark(
        key=known.key,
        content_hash=text.content_hash,
        body_hash=before.body_hash if untold else text.body_hash,
        summary=text.summary if issue.summary == before.summary else before.summary,
    )
    fields: dict[str, JSON] = {"summary": text.summary} if issue.summary == before.summary != text.summary else {}
    if untold:
        why = comments.KEPT if edited else comments.NO_TEXT
        comments.tell_below(client, issue.id, _news(known, text), letter.story, why)
    else:
        fields["description"] = text.body
    if fields:
        client.edit(issue.id, fields, mark)
    after = _settled(client, issue.id, mark)
    body = known.body if untold else client.format.hash(after.body)
    said = "A person edited the description: the news is in a comment." if edited else ""
    return _complete(client, after, known, letter, body=body, said=said)


def _settled(client: JiraClient, id_: str, mark: Mark) -> Issue:
    """The issue as it reads after our write, its mark with it: Data Center may not take properties with an issue."""
    issue = client.read(id_)
    if issue.mark != mark:
        client.set_mark(id_, mark)
    return replace(issue, mark=mark)


def _text(client: JiraClient, key: str, letter: Letter, *, suffixed: bool) -> Text:
    return text_of(letter.story, key, client.format, client.settings, suffixed=suffixed)


# What belongs to it ---------------------------------------------------------------------------------------------


def _complete(
    client: JiraClient, issue: Issue, known: Known, letter: Letter, *, body: str, said: str = ""
) -> Delivered:
    """Links and the last move, and where all is."""
    with _half_done() if known.fresh else nullcontext():
        notes = [
            said,
            *(_hang(client, issue, known, letter) if known.fresh else ()),
            finish(client, issue, letter.story),
        ]
    text = _text(client, known.key, letter, suffixed=False)
    mark = issue.mark or known.mark or text.mark(known.key)
    remote: dict[str, JSON] = {**mark.value, "id": issue.id, "key": issue.key, "body": body}
    if told := " ".join(filter(None, notes)):
        remote["note"] = told
    return Delivered(remote, client.address(issue.key))


def _hang(client: JiraClient, issue: Issue, known: Known, letter: Letter) -> Iterator[str]:
    """Link the issue to the hub and to the one that it follows; what Jira refuses of that is told and no more."""
    if url := safe_url(letter.story.url):
        title = summary_of(letter.story.title)
        yield tried(lambda: client.link(issue.id, f"hub:{label_of(known.key)}", url, title), "no link to the hub")
    if known.follows:
        yield tried(lambda: client.relate(issue.key, known.follows), f"no link to {known.follows}")
