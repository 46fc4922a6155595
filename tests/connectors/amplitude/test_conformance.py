"""Amplitude's connector on the tour that every connector passes, in every mood the vendor may turn out to have."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, ClassVar

import pytest

from connectors.amplitude import PLUGIN
from connectors.amplitude.sandbox import AmplitudeSandbox
from connectors.testing.conformance import ConnectorConformance
from connectors.testing.harness import Rig

BEYOND_US = {"empty_string"}
"""If an empty text does not clear a field, nothing documented does (apis/amplitude.md section 3)."""

OTHER_CHOICES = [
    (switch, choice)
    for switch, choices in AmplitudeSandbox.SWITCHES.items()
    for choice in choices[1:]
    if switch not in BEYOND_US
]
GROUPS = len(OTHER_CHOICES) if os.environ.get("HUB_THOROUGH") else 8
"""Several choices that have nothing to do with each other are tried at once; with HUB_THOROUGH each alone."""
TRIED_TOGETHER = [dict(OTHER_CHOICES[start::GROUPS]) for start in range(GROUPS)]


class TestAmplitude(ConnectorConformance):
    plugin = PLUGIN
    wrong_credentials: ClassVar[Mapping[str, Any]] = {"secret_key": "not-the-secret-of-this-project"}


class TestAmplitudeWithClassifications(TestAmplitude):
    options: ClassVar[Mapping[str, Any]] = {"classifications": True}


class TestAmplitudeOtherwise(TestAmplitude):
    """Each behaviour that the vendor leaves undocumented, turned the other way."""

    @pytest.fixture(params=TRIED_TOGETHER, ids=" ".join)
    def rig(self, request: pytest.FixtureRequest) -> Rig:
        return Rig.of(self.plugin, self.options, **request.param)


def test_every_choice_is_tried() -> None:
    assert sum(len(choices) for choices in TRIED_TOGETHER) == len(OTHER_CHOICES)
