"""Amplitude Taxonomy: the canonical plan as event types, categories and per-event property definitions."""

from mappings.amplitude.mapping import AmplitudeMapping

__all__ = ["AmplitudeMapping"]
