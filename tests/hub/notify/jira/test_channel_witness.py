"""What the channel made, read back over real HTTP by the common Python client, which nobody here wrote."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from connectors.contract import Wiring
from connectors.limits import NoLimit
from connectors.sandbox_server import serve_on_loopback
from hub.notify.contract import Letter
from hub.notify.jira import KIND
from hub.notify.jira.sandbox import JiraSandbox
from tests.hub.notify.jira.channel_desk import KEY, label
from tests.hub.notify.jira.stories import story

jira = pytest.importorskip("jira")


class Witness:
    """A site on loopback, our channel and their client."""

    def __init__(self, deployment: str, url: str, sandbox: JiraSandbox) -> None:
        given = sandbox.demo_credentials()
        cloud = deployment == "Cloud"
        ours = {name: given[name] for name in (("email", "api_token") if cloud else ("pat",))}
        settings = KIND.settings.model_validate(
            {"base_url": url, "project": given["project"], "when_done": "Done", **ours}
        )
        self.channel = KIND.connect(settings, Wiring(NoLimit(), patience=5.0))
        auth: dict[str, Any] = {"token_auth": given["pat"]}
        if cloud:
            auth = {"basic_auth": (given["email"], given["api_token"]), "options": {"rest_api_version": "3"}}
        self.client = jira.JIRA(server=url, max_retries=0, timeout=10, proxies={"http": "", "https": ""}, **auth)


@pytest.fixture
def witness(deployment: str) -> Iterator[Witness]:
    sandbox = JiraSandbox(switches={"deployment": deployment, "index_delay": 0})
    with serve_on_loopback(sandbox) as server:
        yield Witness(deployment, server.url, sandbox)


def test_an_issue_with_all_that_belongs_to_it_is_there_for_anyone(witness: Witness) -> None:
    made = witness.channel.deliver(Letter(KEY, "put", story(done=True)), lambda memo: None)
    witness.channel.deliver(Letter("reply", "add", story(parts=1), parent=made.remote), lambda memo: None)
    (found,) = witness.client.search_issues(f'labels = "{label()}"', fields="summary,status")
    assert found.key == made.remote["key"] and found.fields.summary == "Web plan, version 42"
    assert found.fields.status.name == "Done"
    assert witness.client.issue_property(found.key, "hub.trackingplan").value.dedupe_key == KEY
    assert [one.object.url for one in witness.client.remote_links(found.key)] == ["https://hub.example/p/42"]
    assert len(witness.client.comments(found.key)) == 1
