"""The laws of every mapping, over generated plans."""

from mappings.mixpanel import MixpanelMapping
from mappings.testing import MappingConformance


class TestLaws(MappingConformance):
    mapping = MixpanelMapping()
