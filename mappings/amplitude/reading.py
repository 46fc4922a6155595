"""From Amplitude's documents to a plan. Total: what cannot be understood is a finding."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mappings.amplitude import limits
from mappings.amplitude.documents import (
    CATEGORY,
    EVENT,
    EVENT_PROPERTY,
    GROUP_PROPERTY,
    HIDDEN_FLAGS,
    SHARED_PROPERTY,
    USER_PROPERTY,
    place_of,
)
from mappings.amplitude.limits import Limit
from mappings.amplitude.table import EVENT_TEXTS, Body, is_text, read_shape, read_tags, read_text
from mappings.canonical.kinds import JSON
from mappings.canonical.plan import TrackingPlan
from mappings.contract import Document, Documents, Finding, Path, Reading


def read_documents(documents: Documents, *, classifications: bool, groups: bool) -> Reading:
    """What these documents mean, as plain data that is validated once."""
    reader = _Reader(documents, classifications)
    data: dict[str, JSON] = {
        "name": "read",
        "categories": {place[1]: {} for place, _ in reader.of_kind(CATEGORY)},
        "events": reader.events(),
        "user_properties": reader.user_properties(),
        "groups": reader.groups() if groups else {},
    }
    plan = TrackingPlan.model_validate(data).model_copy(update={"name": ""})
    return Reading(plan, tuple(reader.findings))


class _Reader:
    def __init__(self, documents: Documents, classifications: bool) -> None:
        self._documents = documents
        self._classifications = classifications
        self.findings: list[Finding] = []
        self._path: Path = ()

    def _report(self, limit: Limit, place: tuple[str, ...], name: str = "") -> None:
        self.findings.append(limit.at((*self._path, *place), name or place[-1]))

    def of_kind(self, kind: str) -> Iterator[tuple[Path, Document]]:
        """The documents of a kind under their canonical path by Amplitude's names, what is not ours left out."""
        length = 2 if kind in (EVENT_PROPERTY, GROUP_PROPERTY) else 1
        for document in self._documents.of_kind(kind):
            names = document.address.names
            if len(names) != length or not all(name and is_text(name) for name in names):
                self.findings.append(limits.UNREADABLE.at((), f"{kind} without a usable name"))
            elif (path := place_of(kind, names[-1], names[0])) is not None:
                yield path, document

    def events(self) -> dict[str, JSON]:
        events = {path[1]: self._event(path, document.body) for path, document in self.of_kind(EVENT)}
        shared = self._shared_classes()
        for path, document in self.of_kind(EVENT_PROPERTY):
            if path[1] in events:
                data = self._property(path, document.body)
                if document.body.get("is_required") is True:
                    data["required"] = True
                if classes := shared.get(path[3]):
                    data["sensitivity"] = classes
                events[path[1]]["properties"][path[3]] = data
            elif not limits.belongs_to_amplitude(path[1]):
                self.findings.append(limits.ORPHAN.at(path))
        return events

    def _event(self, path: Path, body: Body) -> dict[str, JSON]:
        self._path = path
        data: dict[str, JSON] = {"properties": {}}
        for field, named in EVENT_TEXTS:
            if named in body:
                read_text(data, field, body[named], self._report)
        if "owner" in body:
            self._owner(data, body["owner"])
        if "tags" in body:
            self._tags(data, body["tags"])
        hidden = sum(body.get(flag) is True for flag in HIDDEN_FLAGS)
        if hidden == len(HIDDEN_FLAGS):
            data["hidden"] = True
        elif hidden:
            self._report(limits.PARTLY_HIDDEN, ("hidden",))
        return data

    def _owner(self, data: dict[str, JSON], owner: JSON) -> None:
        if is_text(owner):
            data["owners"] = [owner]
        else:
            self._report(limits.UNREADABLE, ("owners",))

    def _tags(self, data: dict[str, JSON], tags: JSON) -> None:
        if not isinstance(tags, list) or not all(is_text(tag) for tag in tags):
            return self._report(limits.UNREADABLE, ("tags",))
        data["tags"], data["status"] = read_tags(tags)
        return None

    def _property(self, path: Path, body: Body) -> dict[str, JSON]:
        self._path = path
        data = read_shape(body, self._report)
        if "description" in body:
            read_text(data, "description", body["description"], self._report)
        if body.get("is_hidden") is True:
            data["hidden"] = True
        return data

    def user_properties(self) -> dict[str, JSON]:
        properties = {}
        for path, document in self.of_kind(USER_PROPERTY):
            properties[path[1]] = data = self._property(path, document.body)
            if classes := self._classes(document.body):
                data["sensitivity"] = classes
        return properties

    def groups(self) -> dict[str, JSON]:
        groups: dict[str, JSON] = {}
        for path, document in self.of_kind(GROUP_PROPERTY):
            properties = groups.setdefault(path[1], {"properties": {}})["properties"]
            properties[path[3]] = self._property(path, document.body)
        return groups

    def _shared_classes(self) -> Mapping[str, list[str]]:
        if not self._classifications:
            return {}
        return {one.address.names[0]: self._classes(one.body) for _, one in self.of_kind(SHARED_PROPERTY)}

    def _classes(self, body: Body) -> list[str]:
        """The classes of a body; those the plan has no word for are left as they are in the tool."""
        values = body.get("classifications")
        if not self._classifications or not isinstance(values, list):
            return []
        return [value.lower() for value in values if isinstance(value, str) and value.lower() in limits.CLASSES]
