"""The laws of mappings, for Segment."""

from __future__ import annotations

from mappings.segment import SegmentMapping
from mappings.testing import MappingConformance


class TestLaws(MappingConformance):
    mapping = SegmentMapping()
