"""Segment Protocols: a tracking plan as a list of rules, each with one JSON Schema."""

from mappings.segment.mapping import SegmentMapping

__all__ = ["SegmentMapping"]
