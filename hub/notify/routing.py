"""From happenings to messages: which destination is to show what, under which key.

A chat has one living message per publication, proposal and drift, with details below; a tracker one issue per piece
of work, with a comment for each later publish; a feed every happening as data.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from hub.changes.happening import Happening
from hub.changes.news import EventNews
from hub.notify.contract import Ability
from hub.notify.desk import Desk
from hub.notify.destinations import Destination
from hub.notify.due import awake_at, digest_at
from hub.notify.matters import matter_of
from hub.notify.rules import Rule, rule_for
from hub.notify.story import Story
from hub.notify.telling import decisions, publication, work
from hub.notify.telling.digest import digest
from hub.store.outbox import Entry, Outbox


@dataclass(frozen=True, slots=True)
class Told:
    """One story of a happening, before anyone knows when it is due. `aside` tells below what `parent` tells."""

    key: str
    story: Story
    parent: str = ""
    aside: bool = False
    only_if_known: bool = False


STALE = 86_400.0
"""Seconds after which a happening that nobody was told of is left untold."""


def route_all(outbox: Outbox, desk: Desk, destinations: Sequence[Destination], now: float) -> int:
    """Give every destination its messages of all happenings that were not looked at yet; how many those were.

    What happened long ago is no news: somebody has just configured the first destination.
    """
    waiting = outbox.unrouted()
    for happening in waiting:
        told = destinations if now - happening.at < STALE else ()
        entries = [entry for one in told for entry in entries_for(outbox, desk, happening, one, now)]
        outbox.route([happening.id], entries)
        if happening.kind in ("proposal.decided", "proposal.withdrawn"):
            outbox.cancel(f"proposal:{happening.subject}:reminder:")
    return len(waiting)


def entries_for(outbox: Outbox, desk: Desk, happening: Happening, destination: Destination, now: float) -> list[Entry]:
    """What this destination is to show on account of this happening; nothing where its rules are silent."""
    matter = matter_of(desk, happening)
    rule = rule_for(destination.rules, matter)
    if rule is None:
        return []
    told = tell(desk, outbox, happening, destination, rule)
    return [_entry(outbox, destination, rule, one, now) for one in told if _fits(outbox, destination, rule, one)]


def _fits(outbox: Outbox, destination: Destination, rule: Rule, told: Told) -> bool:
    """Whether it is to be shown now: not below what only a digest told of, and not again where nothing is edited."""
    if not could_show(destination, told):
        return False
    if told.parent:
        return rule.deliver == "now" or outbox.story(destination.name, told.parent) is not None
    if told.aside or "edit" in _abilities(destination):
        return True
    known = outbox.story(destination.name, told.key)
    return known is None or not known[0].told


def could_show(destination: Destination, told: Told) -> bool:
    """Whether the channel has a way to: without threads nothing stands below, without edits only the end is told."""
    abilities = _abilities(destination)
    if told.parent and "thread" not in abilities:
        return False
    return told.aside or told.story.final or "edit" in abilities


def _abilities(destination: Destination) -> frozenset[Ability]:
    return destination.kind.abilities(destination.settings)


def tell(desk: Desk, outbox: Outbox, happening: Happening, destination: Destination, rule: Rule) -> list[Told]:
    """The stories of a happening for the style of this destination; without mentions where the rule wants none."""
    told = _stories(desk, outbox, happening, destination, rule)
    return told if rule.mention else [replace(one, story=_unmentioned(one.story)) for one in told]


def _unmentioned(story: Story) -> Story:
    return story.model_copy(update={"mentions": ()})


def _stories(desk: Desk, outbox: Outbox, happening: Happening, destination: Destination, rule: Rule) -> list[Told]:
    style = destination.kind.style
    if style == "feed":
        return [_as_data(desk, happening)]
    if happening.kind.startswith("publish."):
        return list(
            _tracked(desk, outbox, happening, destination, rule)
            if style == "tracker"
            else _lived(desk, happening, rule)
        )
    return list(_other(desk, happening))


# Stories by style ----------------------------------------------------------------------------------------------


def _lived(desk: Desk, happening: Happening, rule: Rule) -> Iterator[Told]:
    """A chat: the living message, what is new below it, and what went wrong."""
    found = desk.publication(happening.subject)
    key = f"publication:{found.id}"
    planned = happening.kind == "publish.planned"
    yield Told(
        key, publication.living(desk, found, planned=planned), only_if_known=happening.kind == "publish.superseded"
    )
    if happening.kind == "publish.started":
        news = [one for one in desk.news(found) if rule.concerns(one)]
        details = publication.details(desk, found, news)
        yield from [Told(f"{key}:news", details, key, aside=True)] if details is not None else []
    if happening.kind in ("publish.partial", "publish.failed"):
        ending = publication.ending(desk, found)
        yield from [Told(f"{key}:end:{happening.id}", ending, key, aside=True)] if ending is not None else []


def _tracked(desk: Desk, outbox: Outbox, happening: Happening, destination: Destination, rule: Rule) -> Iterator[Told]:
    """A tracker: an issue for each whose code has to change. Later publishes bring its text up to date, which says all
    that is new since the version before the issue was made, and leave a comment about their own part."""
    found = desk.publication(happening.subject)
    per = str(getattr(destination.settings, "issue_per", "owner"))
    latest = dict(_scopes([one for one in desk.news(found) if rule.concerns(one)], per))
    for scope, mine in latest.items():
        if not any(one.needs_code for one in mine):
            continue
        key = f"work:{found.plan}:{per}:{found.id if per == 'publication' else scope or '-'}"
        known = outbox.story(destination.name, key)
        told = known[1]["data"] if known is not None else {}
        since = told.get("since", desk.store.published_before(found))
        every = dict(_scopes([one for one in desk.news(found, since) if rule.concerns(one)], per)).get(scope, [])
        owners = (scope,) if per == "owner" and scope else ()
        story = work.work(desk, found, every, scope, since, owners)
        yield from [Told(key, story)] if story is not None else []
        if told and told["publication"] != found.id:
            yield Told(f"{key}:{found.id}", work.update_note(found, mine), key, aside=True)


def _scopes(news: Sequence[EventNews], per: str) -> list[tuple[str, list[EventNews]]]:
    """The news by owner or source, each event with each of them; "" for those that have none."""
    if per == "publication":
        return [("", list(news))]
    found: dict[str, list[EventNews]] = {}
    for one in news:
        for scope in (one.event.owners if per == "owner" else one.event.sources) or ("",):
            found.setdefault(scope, []).append(one)
    return sorted(found.items())


def _other(desk: Desk, happening: Happening) -> Iterator[Told]:
    """What waits for a decision."""
    family = happening.kind.partition(".")[0]
    owners = matter_of(desk, happening).owners
    if family == "proposal":
        stored = desk.proposal(happening.subject)
        late = happening.kind in ("proposal.decided", "proposal.withdrawn")
        story = decisions.proposal(desk, stored, owners)
        yield Told(f"proposal:{stored.id}", story, only_if_known=late)
    elif family == "drift":
        late = happening.kind == "drift.resolved"
        yield Told(f"drift:{happening.subject}", decisions.drift(desk, happening, owners), only_if_known=late)
    elif family == "approval":
        one = desk.store.approvals.find(happening.subject)
        late = happening.kind == "approval.decided"
        yield from (
            [Told(f"approval:{one.fingerprint}", decisions.approval(desk, one), only_if_known=late)] if one else []
        )
    else:
        yield Told(f"tug-of-war:{happening.id}", decisions.tug_of_war(desk, happening, owners), aside=True)


def _as_data(desk: Desk, happening: Happening) -> Told:
    """A feed: the happening itself, once, with the publication as it stands where it is about one."""
    facts: dict[str, object] = {"happening": happening.id, "kind": happening.kind, "plan": happening.plan}
    facts |= {"subject": happening.subject, "at": happening.at, "data": dict(happening.data)}
    if happening.kind.startswith("publish."):
        found = desk.publication(happening.subject)
        facts["publication"] = publication.publication_facts(found, desk.news(found), desk.progress(found))
    title = f"{happening.kind} {happening.subject}"
    return Told(f"happening:{happening.id}", Story(title=title, data=facts), aside=True)


# When ----------------------------------------------------------------------------------------------------------


def _entry(outbox: Outbox, destination: Destination, rule: Rule, told: Told, now: float) -> Entry:
    """A message of its own, or a line in the digest that is due next."""
    if rule.deliver == "now" or told.parent:
        due = awake_at(destination, now)
        verb = "add" if told.aside else "put"
        return Entry(destination.name, told.key, verb, told.story.plain(), due, told.parent, told.only_if_known)  # type: ignore[arg-type]
    due = digest_at(destination, rule, now)
    key = f"digest:{rule.deliver}:{due:.0f}"
    known = outbox.story(destination.name, key)
    before = Story.model_validate(known[1]) if known is not None else None
    story = digest(before, told.key, told.story, rule.deliver)
    return Entry(destination.name, key, "put", story.plain(), awake_at(destination, due))
