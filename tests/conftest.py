"""How all tests run: how many examples the laws get."""

import os

import pytest
from hypothesis import settings

pytest.register_assert_rewrite("connectors.testing.conformance", "mappings.testing")

settings.register_profile("quick", max_examples=25, deadline=None)
settings.register_profile("thorough", max_examples=400, deadline=None)
settings.load_profile("thorough" if os.environ.get("HUB_THOROUGH") else "quick")
