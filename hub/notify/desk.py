"""What a teller looks up: the store, with what one round of telling needs again and again kept at hand."""

from __future__ import annotations

from typing import Literal

from hub.changes.news import EventNews, news
from hub.engine.ports import Publication, StoredProposal
from hub.store.sql import SqlStore
from mappings.canonical import TrackingPlan
from mappings.canonical.identity import expand

Progress = dict[str, tuple[int, int]]
"""Operations that ended well or badly, and all of them, by target."""


class Desk:
    """One round's view of the store. `public_url` is where people reach the hub's pages, or ""."""

    def __init__(self, store: SqlStore, public_url: str = "") -> None:
        self.store = store
        self.public_url = public_url
        self._plans: dict[tuple[str, int], TrackingPlan] = {}
        self._news: dict[tuple[str, int | None], tuple[EventNews, ...]] = {}

    def publication(self, identity: str) -> Publication:
        """As it stands now."""
        return self.store.publication(identity)

    def plan(self, name: str, number: int) -> TrackingPlan:
        """A frozen version, references to shared properties replaced."""
        if (name, number) not in self._plans:
            self._plans[name, number] = expand(self.store.plan_version(name, number))
        return self._plans[name, number]

    def news(self, publication: Publication, since: int | Literal["before"] | None = "before") -> tuple[EventNews, ...]:
        """What the publication's version says that version `since` did not: by default, the one published before.

        None stands for no version at all: everything is new.
        """
        former = self.store.published_before(publication) if since == "before" else since
        if (publication.id, former) not in self._news:
            plan = self.plan(publication.plan, former) if former is not None else None
            self._news[publication.id, former] = news(plan, self.plan(publication.plan, publication.version))
        return self._news[publication.id, former]

    def newest_plan(self, name: str) -> TrackingPlan:
        """The newest frozen version, references to shared properties replaced."""
        return expand(self.store.plan_version(name))

    def progress(self, publication: Publication) -> Progress:
        """How many operations have ended, and how many there are, by target."""
        return self.store.progress(publication.id)

    def proposal(self, number: str) -> StoredProposal:
        """By its number. Raises Refusal when there is none."""
        return self.store.decisions.one(int(number))

    def page(self, *parts: str) -> str:
        """The address of one of the hub's pages, or "" where nobody can reach them."""
        return "/".join((self.public_url, *parts)) if self.public_url else ""
