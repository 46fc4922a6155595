"""What a request names, looked up; what is not there is a 404. Names travel in the query: they may have slashes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Annotated

from fastapi import Path, Query

from hub.app import App
from hub.config import TargetSettings
from hub.engine.ports import Publication
from hub.engine.target import Target
from hub.errors import Refusal
from hub.jobs.port import Job
from hub.web import work
from hub.web.api.problems import Unknown
from hub.web.catalogue import Catalogue, Catalogued

PlanName = Annotated[
    str, Query(alias="plan", min_length=1, max_length=200, description="Name of a plan.", examples=["Harbour"])
]
SomePlan = Annotated[
    str, Query(alias="plan", max_length=200, description="Only of the plan of this name.", examples=["Harbour"])
]
TargetName = Annotated[
    str, Query(alias="target", min_length=1, max_length=200, description="Name of a target.", examples=["segment"])
]
SomeTarget = Annotated[
    str, Query(alias="target", max_length=200, description="Only of the target of this name.", examples=["segment"])
]
EventName = Annotated[
    str, Query(alias="name", min_length=1, max_length=500, description="Name of an event.", examples=["Ferry Boarded"])
]
PublicationId = Annotated[
    str, Path(alias="publication", pattern="^p?[0-9a-f]{11,12}$", description="Id of a publication.")
]
Fingerprint = Annotated[str, Path(pattern="^[0-9a-f]{16}$", description="Fingerprint of a changeset.")]
Number = Annotated[int, Path(ge=1, le=2**53, description="Number of a row.", examples=[1])]


@contextmanager
def looked_up() -> Iterator[None]:
    """Of a look-up by number or id alone: a refusal says that it is not there. Raises Unknown."""
    try:
        yield
    except Refusal as refusal:
        raise Unknown(refusal.message, hint=refusal.hint) from None


def find_plan(plans: Catalogue, name: str) -> Catalogued:
    """Raises Unknown; Refusal when the plan that the configuration names cannot be read."""
    try:
        return plans.get(name)
    except Refusal as refusal:
        every, trouble = plans.every()
        if trouble is not None or any(one.plan.name == name for one in every):
            raise
        raise Unknown(refusal.message, place="plan", hint="GET /api/v1/plans lists those there are") from None


def find_target(hub: App, name: str) -> TargetSettings:
    """The hub's own settings of a target. Raises Unknown, and Problems when the configuration is not right."""
    if name not in hub.config.targets:
        raise Unknown(f"there is no target {name!r}", place="target", hint="GET /api/v1/targets lists those there are")
    return hub.config.own_settings()[name]


def open_target(hub: App, name: str) -> Target:
    """A target that can be used. Raises as `find_target`."""
    find_target(hub, name)
    (opened,) = hub.config.open_targets([name])
    return opened


def find_publication(hub: App, identity: str) -> Publication:
    """By its whole id. Raises Unknown."""
    with looked_up():
        return hub.store.publication(identity)


def seen_from_here(hub: App, written: Iterable[str]) -> list[str]:
    """Files that were written, as seen from the configuration: programs need not know the machine's folders."""
    folder = f"{hub.config.folder.resolve()}/"
    return [one.removeprefix(folder) for one in written]


def find_job(hub: App, number: int) -> Job:
    """Raises Unknown."""
    found = work.find_job(hub, number)
    if found is None:
        raise Unknown(f"there is no job {number}", hint="jobs that ended are kept for a month")
    return found
