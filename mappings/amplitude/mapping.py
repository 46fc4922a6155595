"""Amplitude Taxonomy as a mapping. Projecting and reading are one module each; this one is their face."""

from __future__ import annotations

from typing import ClassVar

from mappings.amplitude.documents import WAVES
from mappings.amplitude.projecting import Projecting
from mappings.amplitude.reading import read_documents
from mappings.canonical.plan import TrackingPlan
from mappings.contract import Documents, Projection, Reading
from mappings.part import Part


class AmplitudeMapping:
    """Translation to and from Amplitude's Taxonomy API.

    `classifications` and `groups` say that the organisation has Data Access Controls and the Accounts add-on; without
    them sensitivity and group properties are dropped with a finding that names the setting.
    """

    tool: ClassVar[str] = "amplitude"
    waves: ClassVar[tuple[str, ...]] = WAVES
    event_at: ClassVar[int] = 0

    def __init__(self, *, classifications: bool = False, groups: bool = False) -> None:
        self._classifications = classifications
        self._groups = groups

    def to_tool(self, plan: TrackingPlan, onto: Documents) -> Projection:
        """See `ToolMapping.to_tool`. Display names and visibility are said only of events known to be ingested."""
        return self._projecting(plan, onto).result()

    def part_to_tool(self, plan: TrackingPlan, onto: Documents, part: Part) -> Projection:
        """See `mappings.part.ProjectsPart`."""
        return self._projecting(plan, onto).result_of(part)

    def _projecting(self, plan: TrackingPlan, onto: Documents) -> Projecting:
        return Projecting(plan, onto, classifications=self._classifications, groups=self._groups)

    def from_tool(self, documents: Documents) -> Reading:
        """See `ToolMapping.from_tool`. What Amplitude owns is not part of the plan."""
        return read_documents(documents, classifications=self._classifications, groups=self._groups)
