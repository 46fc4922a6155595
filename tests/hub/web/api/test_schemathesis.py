"""The API against what it says of itself: thousands of requests made of its own description, good ones and bad ones.

HUB_THOROUGH=1 makes more of them. The requests are the same in every run.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    ignored_auth,
    negative_data_rejection,
    positive_data_acceptance,
)

from tests.hub.web.api.programs import Program, edit, program, published
from tests.hub.web.visitors import Quay

THOROUGH = os.environ.get("HUB_THOROUGH") == "1"
EXAMPLES = 50 if THOROUGH else 6
"""Requests of each kind for each call."""
FEWEST = 5_000 if THOROUGH else 400
TAKEN = ["2xx", "404", "409", "412"]
"""How a good request may end: done, not there, refused as things are, or somebody was faster."""
NEEDS_MEANING = {
    *("put_draft_event", "edit_a_draft", "comment_on_draft", "snooze_proposal"),
    *("import_plan", "import_into_draft", "connect_target", "change_target"),
}
"""What these take is more than a schema can say, such as which field an event has: a 422 is no contradiction."""


@dataclass
class Tried:
    """What was sent, and what was wrong with the answers."""

    one: Program
    publication: str
    statuses: Counter[tuple[str, int]] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    @property
    def count(self) -> int:
        return sum(self.statuses.values())

    def filled(self, case: Any) -> None:
        """Make a good request one about something that is there: a row that exists, the revision that is newest."""
        known = {"number": 1 + self.count % 4, "publication": self.publication}
        case.path_parameters.update({name: one for name, one in known.items() if name in case.path_parameters})
        names = {"plan": "Harbour", "target": "segment", "name": "Ferry Left", "field": "Ferry Left.description"}
        asked = [case.query, case.body] if isinstance(case.body, dict) else [case.query]
        if case.operation.definition.raw["operationId"] == "disconnect_target":
            return  # the only target is still needed
        for given_names in asked if self.count % 4 else []:
            given_names.update({name: one for name, one in names.items() if isinstance(given_names.get(name), str)})
        case.query.pop("cursor", None)  # no schema says what one looks like; test_paging sends wrong ones
        if "If-Match" in case.headers and self.count % 4:
            etag = self.one.ask("GET", f"/drafts/{known['number']}").headers.get("etag", '"1"')
            case.headers["If-Match"] = etag


@pytest.fixture(scope="module")
def tried(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tried]:
    """A hub where there is something of everything, and an admin's program."""
    quay = Quay.open(Path(tmp_path_factory.mktemp("quay")))
    quay.hub.resolve = lambda host: ["10.0.0.1"]  # no host leads anywhere
    one = program(quay, name="ada")
    publication = published(one)
    for number in range(4):
        one.post("/drafts", {"plan": "Harbour", "title": str(number)})
        quay.propose(f"Words {number}.")
    one.ask("PATCH", "/drafts/1", edit("It left the quay."), headers={"if-match": '"1"'})
    one.post("/drafts/1/comments", {"text": "Still sent?"})
    quay.hub.store.approvals.ask("7fdf753d9a0843ef", "Harbour", "dana", quay.now)
    yield Tried(one, publication)
    quay.hub.close()


def attempt(tried: Tried, operation: Any, mode: GenerationMode) -> None:
    """Send many requests of one kind to one call; what is wrong with an answer is noted.

    A parameter whose value is an empty list is in no address: a request that is bad for its sake alone arrives as a
    good one.
    """
    own = {"Authorization": f"Bearer {tried.one.token}"}
    skipped = [ignored_auth]  # wrong tokens are answered by 429 in the end; test_tokens has them
    skipped += [positive_data_acceptance] if operation.definition.raw["operationId"] in NEEDS_MEANING else []

    @settings(
        max_examples=EXAMPLES,
        phases=[Phase.explicit, Phase.generate],
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def send(case: Any) -> None:
        if mode == GenerationMode.POSITIVE:
            tried.filled(case)
            if "Idempotency-Key" in case.headers:
                case.headers["Idempotency-Key"] = f"key-{tried.count}"
        answer = case.call(headers=own)
        tried.statuses[mode.name, answer.status_code] += 1
        try:
            unsent = [negative_data_rejection] if [] in case.query.values() or {} in case.query.values() else []
            case.validate_response(answer, headers=own, excluded_checks=skipped + unsent)
        except FailureGroup as group:
            sent = f"{operation.label} {case.path_parameters} {case.query} {case.body!r}"
            tried.faults += [f"{sent}: {answer.status_code}, {one}" for one in group.exceptions]

    send()


@pytest.mark.timeout(3600)
def test_no_answer_contradicts_the_description(tried: Tried, capsys: pytest.CaptureFixture[str]) -> None:
    schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", tried.one.quay.web)
    schema.config.checks.positive_data_acceptance.expected_statuses = TAKEN
    schema.config.generation.allow_x00 = False  # refused everywhere, which no schema says; test_attacks sends it
    for found in schema.get_all_operations():
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            attempt(tried, found.ok(), mode)
        tried.one.quay.work()
    with capsys.disabled():
        print(f"\n{tried.count} requests: {dict(sorted(tried.statuses.items()))}")
    assert tried.faults == [], "\n".join(tried.faults)
    assert tried.count >= FEWEST and not [status for _, status in tried.statuses if status >= 500]
