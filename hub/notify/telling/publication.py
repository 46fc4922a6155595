"""A publish, told in a chat: one message that lives from planned to done, its details below it."""

from __future__ import annotations

from collections.abc import Sequence

from hub.changes.news import EventNews
from hub.changes.render import duration
from hub.engine.ports import Publication, TargetRun
from hub.notify.desk import Desk, Progress
from hub.notify.story import (
    Block,
    Button,
    Facts,
    Line,
    Part,
    Story,
    Tone,
    callout,
    line,
    moment,
    name,
    paragraph,
    person,
    strong,
)
from hub.notify.telling.words import counted, gist, owners_of, percent, tally

EXCEPTIONS = frozenset({"failed", "conflict", "unknown", "not-tried"})
"""Outcomes of operations that somebody has to look at."""
ENDED = frozenset({"published", "partial", "failed", "superseded"})
GO_ON = {"partial": "Retry what failed", "failed": "Retry what failed", "paused": "Go on"}
"""The button's words, by how the publication stands."""


def living(desk: Desk, publication: Publication, *, planned: bool = False) -> Story:
    """The message of a publication as it stands; `planned` before its first write."""
    progress = desk.progress(publication)
    found = desk.news(publication)
    done = sum(ended for ended, _ in progress.values())
    every = sum(of for _, of in progress.values())
    title, tone = _headline(publication, percent(done, every), planned, desk.store.paused_by(publication.id))
    return Story(
        title=f"{publication.plan} v{publication.version} {title}",
        tone=tone,
        lead=tuple(_lead(publication, found, progress)),
        buttons=_buttons(publication),
        footer=_footer(publication),
        url=desk.page("publications", publication.id),
        final=publication.status in ENDED,
        data=publication_facts(publication, found, progress),
    )


def _headline(publication: Publication, done: int, planned: bool, paused_by: str) -> tuple[str, Tone]:
    status, targets = publication.status, counted(len(publication.targets), "tool")
    if status == "running":
        return ("is about to be published", "neutral") if planned else (f"is being published: {done} %", "running")
    if status == "waiting":
        return f"waits for a quota: {done} %", "running"
    if status == "paused":
        return f"is paused{f' by {paused_by}' if paused_by else ''}: {done} %", "warning"
    if status == "superseded":
        return "gave way to a later publication", "neutral"
    if status == "published":
        return f"is published to {targets}", "good"
    exceptions = counted(exceptions_of(publication.targets), "exception")
    return (f"is published with {exceptions}", "warning") if status == "partial" else ("could not be published", "bad")


def exceptions_of(runs: Sequence[TargetRun]) -> int:
    """Operations that did not end well; a target that could not even begin counts as one."""
    return sum(_exceptions(run) for run in runs)


def _exceptions(run: TargetRun) -> int:
    counted_ones = sum(number for outcome, number in run.outcomes.items() if outcome in EXCEPTIONS)
    return counted_ones or int(run.status in ("failed", "partial"))


def _lead(publication: Publication, found: Sequence[EventNews], progress: Progress) -> list[Block]:
    new = tally(found)
    said: list[Block] = [paragraph(strong(new), " since the last publish")] if new else []
    rows = tuple((run.target, _state(run, *progress.get(run.target, (0, 0)))) for run in publication.targets)
    return [*said, Facts(rows=rows)]


def _state(run: TargetRun, ended: int, every: int) -> Line:
    if not every:
        return line("nothing to write")
    if run.status == "published":
        return line(f"done, {counted(every, 'change')} in {duration(run.seconds)}, read back")
    if run.status == "running":
        return line(f"{ended:,} of {every:,}, {percent(ended, every)} %")
    word = {"waiting": "waits for its quota", "partial": "done in part"}.get(run.status, run.status)
    still = run.status in ("waiting", "paused")
    tail = f", {ended:,} of {every:,}" if still else f", {counted(_exceptions(run), 'exception')} of {every:,}"
    return line(strong(word), tail)


def _buttons(publication: Publication) -> tuple[Button, ...]:
    label = GO_ON.get(publication.status)
    return (Button(act="retry", label=label, subject=publication.id, style="primary"),) if label else ()


def _footer(publication: Publication) -> Line:
    started = moment(publication.started)
    return line("by ", person(publication.who), " · ", started, " · ", name(f"hub history {publication.id}"))


def publication_facts(publication: Publication, found: Sequence[EventNews], progress: Progress) -> dict[str, object]:
    """The same for machines."""
    return {
        "kind": "publication",
        "publication": publication.id,
        "plan": publication.plan,
        "version": publication.version,
        "fingerprint": publication.fingerprint,
        "status": publication.status,
        "who": publication.who,
        "targets": [
            {
                "target": run.target,
                "status": run.status,
                "operations": progress.get(run.target, (0, 0))[1],
                "ended": progress.get(run.target, (0, 0))[0],
                "outcomes": dict(run.outcomes),
                "message": run.message,
            }
            for run in publication.targets
        ],
        "events": [{"event": one.name, "kind": one.kind, "impact": one.impact} for one in found[:NAMED]],
        "event_count": len(found),
    }


NAMED = 500
"""Events that are named to machines; more are counted."""


def details(desk: Desk, publication: Publication, found: Sequence[EventNews]) -> Story | None:
    """The reply that lists what is new, for those it concerns. None when nothing in the plan is."""
    if not found:
        return None
    return Story(
        title=f"What is new in {publication.plan} v{publication.version}: {tally(found)}",
        parts=tuple(Part(name=one.name, gist=gist(one)) for one in found),
        mentions=owners_of(found),
        url=desk.page("publications", publication.id),
        data={"kind": "news", "publication": publication.id},
    )


def ending(desk: Desk, publication: Publication) -> Story | None:
    """The reply that says what went wrong where, and what to do. None when all went well."""
    troubled = [run for run in publication.targets if run.status in ("failed", "partial", "waiting")]
    if not troubled or publication.status not in ("partial", "failed"):
        return None
    return Story(
        title=f"{counted(exceptions_of(publication.targets), 'exception')} to look at",
        tone="warning" if publication.status == "partial" else "bad",
        parts=tuple(_trouble(desk, publication, run) for run in troubled),
        footer=line("to go on: ", name(f"hub publish --resume {publication.id}")),
        url=desk.page("publications", publication.id),
        data={"kind": "exceptions", "publication": publication.id},
    )


def _trouble(desk: Desk, publication: Publication, run: TargetRun) -> Part:
    rows = desk.store.receipt_rows(publication.id, run.target)
    amiss = [row for row in rows if row["outcome"] in EXCEPTIONS]
    said = f"{run.status}: {run.message or 'see its receipts'}"
    blocks: list[Block] = [callout("neutral", run.hint)] if run.hint else []
    for row in amiss[:LISTED]:
        words = f" {row['outcome']}" + (f": {row['message']}" if row["message"] else "")
        blocks.append(paragraph(name(str(row["address"])), words))
    if len(amiss) > LISTED:
        blocks.append(paragraph(f"… and {len(amiss) - LISTED} more"))
    return Part(name=run.target, gist=line(strong(run.target), f" {said}"), blocks=tuple(blocks))


LISTED = 10
"""Operations that are listed for one target; more are counted."""
