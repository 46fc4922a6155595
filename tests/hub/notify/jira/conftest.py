"""Both deployments, one after the other."""

from __future__ import annotations

import pytest

from tests.hub.notify.jira.channel_desk import Desk


@pytest.fixture(params=["Cloud", "Server"])
def deployment(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def desk(deployment: str) -> Desk:
    return Desk.of(deployment)
