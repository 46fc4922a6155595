"""What the API hands over is taken as it comes: whatever its shape, it is saved as it is meant or refused."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.registry import plugin
from hub.app import App
from hub.config import load
from hub.errors import Moved, Problems, Refusal
from hub.verbs import connecting

TOP = 'database = "sqlite:///hub.db"\n'
LAB = {"base_url": "https://iglu.example.com", "vendor": "com.lab", "static": True}


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> App:
    """A hub without a target, for which every host is out there."""
    monkeypatch.delenv("HUB_SECRET_KEY", raising=False)
    (tmp_path / "hub.toml").write_text(TOP)
    return App(load(tmp_path / "hub.toml", {}), resolve=lambda host: ["93.184.215.14"])


def text(hub: App) -> str:
    assert hub.config.path is not None
    return hub.config.path.read_text(encoding="utf-8")


def nested(levels: int) -> Any:
    value: Any = "deep"
    for _ in range(levels):
        value = [value]
    return value


def test_values_of_their_own_types_are_saved_as_they_are(hub: App) -> None:
    own = {"blackout": ["sat"], "guards": {"updates": 0.25, "removals": None}, "schedule": None}
    connecting.connect(hub, "snowplow", "lab", {**LAB, **own}, test=False)
    saved = tomllib.loads(text(hub))["targets"]["lab"]
    assert saved == {"tool": "snowplow", **LAB, "blackout": ["sat"], "guards": {"updates": 0.25}}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("tool", "segment"), ("colour", "red"), ("static", "perhaps"), ("vendor", 7), ("vendor", None), ("base_url", 5),
        ("base_url", ["https://x.example"]), ("guards", "many"), ("guards", {"updates": "x"}), ("guards", nested(900)),
        ("blackout", [None]), ("blackout", {"a": 1}), ("slo", "\ud800"), ("vendor", "a" * 5000), ("api_key", "\ud800"),
        ("api_key", {"a": "b"}), ("api_key", ""), ("reading_share", 10**30), ("", 1),
    ],
)  # fmt: skip
def test_what_is_no_setting_is_refused_and_nothing_is_saved(hub: App, key: str, value: Any) -> None:
    with pytest.raises(Refusal):
        connecting.connect(hub, "snowplow", "lab", {**LAB, key: value}, test=False)
    assert text(hub) == TOP


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text()),
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(st.text(), inner, max_size=2)),
    max_leaves=4,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.dictionaries(st.sampled_from(["mode", "slo", "guards", "vendor", "blackout", "api_key", "x"]), JSON))
def test_whatever_is_handed_over_the_file_stays_one_that_can_be_read(hub: App, values: dict[str, Any]) -> None:
    try:
        connecting.connect(hub, "snowplow", "lab", {**LAB, **values}, test=False)
    except Refusal:
        assert text(hub) == TOP
    else:
        assert hub.config.open_targets(["lab"])
        connecting.disconnect(hub, "lab")


def test_a_version_that_somebody_else_replaced_is_refused(hub: App) -> None:
    connecting.connect(hub, "snowplow", "lab", LAB, test=False)
    seen = connecting.version_of(connecting.table_of(hub, "lab"))
    connecting.change(hub, "lab", {"mode": "heal"}, test=False, known=seen)
    with pytest.raises(Moved):
        connecting.change(hub, "lab", {"mode": "observe"}, test=False, known=seen)
    assert hub.config.modes() == {"lab": "heal"}


def test_a_target_that_is_not_there_is_not_changed(hub: App) -> None:
    for act in (connecting.table_of, connecting.disconnect):
        with pytest.raises(Refusal, match="there is no target 'lab'"):
            act(hub, "lab")


def test_by_hand_a_reference_may_lead_anywhere_and_an_address_inside(hub: App) -> None:
    values = {"base_url": "http://127.0.0.1:9", "vendor": "com.lab", "api_key": "file:/nowhere"}
    done = connecting.connect(hub, "snowplow", "lab", values, test=False, careful=False)
    assert (done.added, done.identity) == (True, None) and hub.config.targets["lab"]["api_key"] == "file:/nowhere"


def test_every_problem_names_its_setting(hub: App) -> None:
    wrong = {"base_url": "http://10.0.0.1", "vendor": "a b", "mode": "destroy", "static": True}
    with pytest.raises(Problems) as caught:
        connecting.connect(hub, "snowplow", "lab", wrong, test=False)
    assert {one.place.rpartition(" ")[2] for one in caught.value.problems} == {"base_url", "vendor", "mode"}


@pytest.mark.parametrize(
    ("tool", "key", "said", "value"),
    [
        ("mixpanel", "project_id", "12", 12), ("mixpanel", "project_id", "012", "012"), ("segment", "region", "1", "1"),
        ("mixpanel", "project_id", "9" * 5000, "9" * 5000), ("snowplow", "static", "true", True),
        ("snowplow", "static", "yes", "yes"),
    ],
)  # fmt: skip
def test_a_text_becomes_a_value_where_it_looks_like_one(tool: str, key: str, said: str, value: object) -> None:
    assert connecting.typed(plugin(tool).settings.model_fields[key].annotation, said) == value
