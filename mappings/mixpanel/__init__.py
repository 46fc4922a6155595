"""Mixpanel Lexicon: its documents, and the translation between them and the canonical plan."""

from mappings.mixpanel.mapping import MixpanelMapping

__all__ = ["MixpanelMapping"]
