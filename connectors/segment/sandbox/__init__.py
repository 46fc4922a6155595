"""A local emulator of Segment's Protocols, written from the vendor's documentation alone."""

from connectors.segment.sandbox.emulator import SegmentSandbox

__all__ = ["SegmentSandbox"]
