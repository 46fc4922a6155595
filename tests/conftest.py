import pytest

pytest.register_assert_rewrite("connectors.testing.conformance", "mappings.testing")
