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
from hub.notify.jira.screens import unfit
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


def known_of(letter: Letter) -> Known:
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


def put(client: JiraClient, letter: Letter, note: Note) -> Delivered:
    """Make the letter's issue say what its story says. Raises ToolError."""
    return _Putting(client, letter, note).put(known_of(letter))


class _Putting:
    """One letter on its way into its issue."""

    def __init__(self, client: JiraClient, letter: Letter, note: Note) -> None:
        self._client, self._letter, self._note = client, letter, note
        self._story = letter.story
        self._text = text_of(letter.story, client.format, client.settings)

    def put(self, known: Known) -> Delivered:
        """Find the issue, or make it, and see to it that it says everything."""
        if not known.id:
            return self._put_unseen(known)
        try:
            issue = self._client.read(known.id)
        except errors.NotFound as problem:
            raise self._gone(known, problem) from None
        return self._renew(issue, known)

    def _gone(self, known: Known, problem: errors.ToolError) -> errors.ToolError:
        """Raises UnknownOutcome as long as even a look into the database may come too early."""
        since = lost_since(self._letter)
        if known.fresh and since is not None:
            wait(self._client.time.now() - since, LOOKS, self._client.settings.grace)
        return comments.gone(self._client, self._letter.memo if known.fresh else self._letter.remote or {}, problem)

    def _put_unseen(self, known: Known) -> Delivered:
        since = lost_since(self._letter) if not self._letter.remote or "sent_at" in self._letter.memo else None
        issue = find_issue(self._client, known.key, self._letter, since)
        return self._adopt(issue, replace(known, sent_at=since)) if issue else self._open(known)

    def _adopt(self, issue: Issue, known: Known) -> Delivered:
        """Go on with an issue that an earlier attempt made."""
        self._note_made(issue.id, issue.key, known)
        return self._renew(issue, known)

    def _note_made(self, id_: str, key: str, known: Known) -> None:
        """From here on the issue is known, whatever happens to what still belongs to it."""
        kept = {"id": id_, "key": key, "dedupe_key": known.key, "follows": known.follows, "sent_at": known.sent_at}
        self._note(kept)

    # A new issue ----------------------------------------------------------------------------------------------

    def _open(self, known: Known) -> Delivered:
        """Make the issue. What may have to be looked for later is noted before it is sent."""
        screen = self._client.screen()
        screen.check(self._client.settings)
        newest = self._client.newest()
        known = replace(known, sent_at=self._client.time.now())
        self._note({"newest": newest, "sent_at": known.sent_at})
        try:
            id_, key, without = self._created(known, frozenset(OPTIONAL) - screen.fields)
        except errors.UnknownOutcome as lost:
            found = self._seen_at_once(known.key, newest)
            if found is None:
                lost.retry_after = max(lost.retry_after or 0.0, LOOKS[0])
                raise
            return self._adopt(found, known)
        except errors.ToolError:
            self._note({})
            raise
        self._note_made(id_, key, known)
        return self._fill(id_, known, without)

    def _created(self, known: Known, without: frozenset[str]) -> tuple[str, str, frozenset[str]]:
        """Id and key of the new issue, and the fields it went without. Refused optional fields are dropped, once."""
        try:
            return *self._create(known, without), without
        except RefusedFields as refusal:
            more = without | (frozenset(refusal.fields) & DROPPABLE)
            if more == without:
                raise unfit(refusal) from None
        try:
            return *self._create(known, more), more
        except RefusedFields as refusal:
            raise unfit(refusal) from None

    def _create(self, known: Known, without: frozenset[str]) -> tuple[str, str]:
        body = creation(
            self._text_for(known.key, suffixed="labels" in without),
            self._story,
            known.key,
            self._client.format,
            self._client.settings,
            issue_type=self._client.screen().issue_type,
            without=without,
        )
        return self._client.create(body)

    def _seen_at_once(self, key: str, newest: int) -> Issue | None:
        """The issue, where a look into the database shows it right after its answer was lost."""
        try:
            return probe(self._client, key, newest)
        except errors.ToolError:
            return None

    def _fill(self, id_: str, known: Known, without: frozenset[str]) -> Delivered:
        """See to what the new issue could not hold from its first moment."""
        text = self._text_for(known.key, suffixed="labels" in without)
        with _half_done():
            if "description" in without:
                comments.tell_below(self._client, id_, _news(known, text), self._story, comments.NO_TEXT)
            issue = self._settled(id_, text.mark(known.key))
        wanted = creation(text, self._story, known.key, self._client.format, self._client.settings)["fields"]
        left_out = [name for name in OPTIONAL if name in wanted and name in without]
        said = f"The project takes no {' and no '.join(left_out)} with a new issue." if left_out else ""
        return self._complete(issue, known, body=self._client.format.hash(issue.body), said=said)

    # An issue that is there -----------------------------------------------------------------------------------

    def _renew(self, issue: Issue, known: Known) -> Delivered:
        """Bring the issue up to date; where it was closed too long ago, a new one follows it."""
        mark = issue.mark or known.mark
        if mark and mark.content_hash == self._text.content_hash:
            return self._complete(issue, known, body=known.body or self._body_just_made(issue, known))
        stays_closed = self._story.done and bool(self._client.settings.when_done)  # it would be moved on at once
        if issue.closed and not stays_closed and not reopen(self._client, issue):
            return self._put_unseen(Known(key=f"{self._letter.key}~{issue.id}", follows=issue.key))
        return self._write(issue, known)

    def _body_just_made(self, issue: Issue, known: Known) -> str:
        """The text's hash when an attempt made it a moment ago; "" when a person may have edited it since."""
        recent = known.sent_at is not None and self._client.time.now() - known.sent_at < UNTOUCHED
        return self._client.format.hash(issue.body) if recent else ""

    def _write(self, issue: Issue, known: Known) -> Delivered:
        """Write what a person has not changed; tell the rest in a comment."""
        mark = issue.mark or known.mark
        text = self._text_for(known.key, suffixed=(mark or issue).summary.endswith(suffix_of(known.key)))
        before = mark or text.mark(known.key, told=False)
        edited = self._client.format.hash(issue.body) not in (known.body, before.body_hash)
        untold = edited or (not issue.body and "description" not in self._client.screen().fields)
        after = replace(
            text.mark(known.key),
            body_hash=before.body_hash if untold else text.body_hash,
            summary=text.summary if issue.summary == before.summary else before.summary,
        )
        fields: dict[str, JSON] = {"summary": text.summary} if issue.summary == before.summary != text.summary else {}
        if untold:
            why = comments.KEPT if edited else comments.NO_TEXT
            comments.tell_below(self._client, issue.id, _news(known, text), self._story, why)
        else:
            fields["description"] = text.body
        if fields:
            self._client.edit(issue.id, fields, after)
        issue = self._settled(issue.id, after)
        body = known.body if untold else self._client.format.hash(issue.body)
        said = "A person edited the description: the news is in a comment." if edited else ""
        return self._complete(issue, known, body=body, said=said)

    def _settled(self, id_: str, mark: Mark) -> Issue:
        """The issue as it reads after our write, its mark with it: Data Center may drop properties that come along."""
        issue = self._client.read(id_)
        if issue.mark != mark:
            self._client.set_mark(id_, mark)
        return replace(issue, mark=mark)

    def _text_for(self, key: str, *, suffixed: bool) -> Text:
        """The text, its summary carrying the mark of this key where no label can."""
        return replace(self._text, summary=summary_of(self._story.title, suffix_of(key))) if suffixed else self._text

    # What belongs to it ---------------------------------------------------------------------------------------

    def _complete(self, issue: Issue, known: Known, *, body: str, said: str = "") -> Delivered:
        """Links and the last move, and where all is."""
        with _half_done() if known.fresh else nullcontext():
            hung = self._hang(issue, known) if known.fresh else ()
            notes = [said, *hung, finish(self._client, issue, self._story)]
        mark = issue.mark or known.mark or self._text.mark(known.key)
        remote: dict[str, JSON] = {**mark.value, "id": issue.id, "key": issue.key, "body": body}
        if told := " ".join(filter(None, notes)):
            remote["note"] = told
        return Delivered(remote, self._client.address(issue.key))

    def _hang(self, issue: Issue, known: Known) -> Iterator[str]:
        """Link the issue to the hub and to the one that it follows; what Jira refuses of that is told and no more."""
        client = self._client
        if url := safe_url(self._story.url):
            id_, title = f"hub:{label_of(known.key)}", summary_of(self._story.title)
            yield tried(lambda: client.link(issue.id, id_, url, title), "no link to the hub")
        if known.follows:
            yield tried(lambda: client.relate(issue.key, known.follows), f"no link to {known.follows}")


def _news(known: Known, text: Text) -> str:
    """The key of the comment that tells this text where the description cannot."""
    return f"{known.key}#{text.content_hash}"


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
