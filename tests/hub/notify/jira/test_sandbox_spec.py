"""Answers of the Cloud sandbox held to the vendor's own description of the API, where that is at hand."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.hub.notify.jira.sandbox_desk import Desk, document

SPEC = Path(__file__).parents[5] / "shared" / "apis" / "specs" / "jira_cloud_v3.cut.json"
LINK = {"globalId": "g", "object": {"url": "https://hub.example.com/1", "title": "Publication"}}

CALLS: list[tuple[str, str, Any]] = [
    ("GET", "serverInfo", None),
    ("GET", "myself", None),
    ("GET", "field", None),
    ("GET", "mypermissions?permissions=EDIT_ISSUES", None),
    ("GET", "user/search?query=mara", None),
    ("GET", "user/assignable/search?project=DATA&query=mara", None),
    ("GET", "project/DATA", None),
    ("GET", "issue/createmeta?projectKeys=DATA", None),
    ("GET", "issue/createmeta/DATA/issuetypes", None),
    ("GET", "issue/createmeta/DATA/issuetypes/101001", None),
    ("POST", "issue", Desk().fields()),
    ("POST", "issue", {**Desk().fields(), "transition": {"id": "31"}}),
    ("POST", "issue", {"fields": {}}),
    ("POST", "issue/bulk", {"issueUpdates": [Desk().fields(), {"fields": {}}]}),
    ("GET", "issue/DATA-1", None),
    ("GET", "issue/DATA-1/comment", None),
    ("POST", "issue/DATA-1/comment", {"body": document("x"), "properties": [{"key": "k", "value": 1}]}),
    ("POST", "comment/list?expand=properties", {"ids": [10000]}),
    ("PUT", "issue/DATA-1/properties/k", 1),
    ("GET", "issue/DATA-1/properties", None),
    ("GET", "issue/DATA-1/properties/k", None),
    ("POST", "issue/DATA-1/remotelink", LINK),
    ("GET", "issue/DATA-1/remotelink?globalId=g", None),
    ("GET", "issue/DATA-1/transitions", None),
    ("GET", "issue/DATA-1/watchers", None),
    ("POST", "search/jql", {"jql": "project = DATA", "fields": ["*all"], "maxResults": 1, "properties": ["k"]}),
    ("POST", "search/jql", {"jql": "nonsense"}),
    ("POST", "search/approximate-count", {"jql": "project = DATA"}),
    ("PUT", "project/DATA/properties/k", 1),
    ("GET", "project/DATA/properties/k", None),
]


@pytest.fixture(scope="module")
def spec() -> Any:
    if not SPEC.exists():
        pytest.skip("the vendor's description is not at hand")
    return json.loads(SPEC.read_text())


@pytest.fixture(scope="module")
def desk() -> Desk:
    """One desk for all the calls, which build on each other."""
    return Desk()


def operation(spec: Any, method: str, path: str) -> Any:
    """The most literal path of the description that fits."""
    segments = path.partition("?")[0].split("/")
    fitting = [
        template
        for template in spec["paths"]
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), "/rest/api/3/" + "/".join(segments))
    ]
    return spec["paths"][min(fitting, key=lambda template: template.count("{"))][method.lower()]


@pytest.mark.parametrize(("method", "path", "body"), CALLS)
def test_an_answer_is_as_described(spec: Any, desk: Desk, method: str, path: str, body: Any) -> None:
    status, answer = desk.ask(method, path, body)
    described = operation(spec, method, path)["responses"][str(status)].get("content", {})
    schema = described.get("application/json", {}).get("schema")
    if answer is not None and schema is not None:
        jsonschema.Draft4Validator({**schema, "components": spec["components"]}).validate(answer)
