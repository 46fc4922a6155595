"""hub.toml: what is wrong with it is said all at once, with place and next step, and no secret is ever shown."""

from __future__ import annotations

import os
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors import registry
from connectors.contract import CostModel, Plugin
from connectors.settings import Secret, Settings, reveal
from hub.changes.guard import Share
from hub.config import Config, load
from hub.errors import Problems, Refusal
from hub.notify.destinations import Destination, open_destinations


class PigeonSettings(Settings):
    """A tool that exists only here."""

    loft: int
    key: Secret
    spare_key: Secret | None = None
    region: str = "eu"


def _nothing(*_: Any) -> Any:
    return None


PLUGIN = Plugin(
    "pigeon", "Pigeon", "Post.", PigeonSettings, _nothing, _nothing, _nothing, _nothing, lambda _: CostModel(()),
    _nothing, _nothing,
)  # fmt: skip


@pytest.fixture(autouse=True)
def only_the_pigeon(monkeypatch: pytest.MonkeyPatch) -> None:
    entries = [EntryPoint(name, f"{__name__}:PLUGIN", registry.GROUP) for name in ("pigeon", "impostor")]
    monkeypatch.setattr(registry, "entry_points", lambda group: EntryPoints(entries))
    monkeypatch.setattr(EntryPoint, "load", lambda self: PLUGIN)
    monkeypatch.setenv("PIGEON_KEY", "s3cr3t-coo")
    for name in [name for name in os.environ if name.startswith("HUB_")]:
        monkeypatch.delenv(name)


GOOD = """
[targets.post]
tool = "pigeon"
loft = 7
key = "env:PIGEON_KEY"
"""


def with_key(reference: str) -> str:
    return GOOD.replace("env:PIGEON_KEY", reference)


def configured(folder: Path, text: str, **environment: str) -> Config:
    (folder / "hub.toml").write_text(text)
    return load(folder / "hub.toml", environment)


def problems_of(folder: Path, text: str, **environment: str) -> list[Refusal]:
    """Everything that is said about this file, when all of its targets are opened."""
    with pytest.raises(Refusal) as caught:
        configured(folder, text, **environment).open_targets()
    return caught.value.problems if isinstance(caught.value, Problems) else [caught.value]


def test_a_good_file_gives_its_targets(tmp_path: Path) -> None:
    text = GOOD + 'removal = "delete"\nspare_key = "file:spare"\n[targets.post.guards]\nupdates = 0.75\n'
    (tmp_path / "spare").write_text("  another\n")
    (target,) = configured(tmp_path, text).open_targets()
    assert (target.name, target.plugin.tool, target.settings.loft, target.delete) == ("post", "pigeon", 7, True)
    assert (reveal(target.settings.key), reveal(target.settings.spare_key)) == ("s3cr3t-coo", "another")
    assert (target.limits.updates, target.limits.removals) == (Share(0.75, 20), Share(0.25, 5))


BAD = [
    ("unknown key, near", GOOD + "lofd = 7\n", "[targets.post] lofd", "unknown key", "'loft'"),
    ("unknown key, far", GOOD + "zzz = 7\n", "[targets.post] zzz", "unknown key", "loft, key, spare_key, region"),
    ("unknown common key", GOOD + 'removals = "hide"\n', "[targets.post] removals", "unknown key", "'removal'"),
    ("unknown top key", 'databse = "x"\n' + GOOD, "hub.toml databse", "unknown key", "'database'"),
    ("unknown guard", GOOD + "guards = {updtes = 0.1}\n", "[targets.post] guards.updtes", "unknown key", "'updates'"),
    ("guard out of range", GOOD + "guards = {updates = 1.5}\n", "guards.updates", "less than or equal to 1", ""),
    ("wrong type", GOOD.replace("7", '"seven"'), "[targets.post] loft", "valid integer", ""),
    ("wrong choice", GOOD + 'removal = "burn"\n', "[targets.post] removal", "'hide' or 'delete'", ""),
    ("missing", GOOD.replace("loft = 7", ""), "[targets.post] loft", "is missing", "add it"),
    ("no tool", GOOD.replace('tool = "pigeon"', ""), "[targets.post] tool", "is missing", "add it"),
    ("tool of a wrong type", GOOD.replace('"pigeon"', "5"), "[targets.post] tool", "valid string", ""),
    ("unknown tool", GOOD.replace("pigeon", "owl"), "[targets.post] tool", "no tool 'owl'", "`hub connectors list`"),
    ("broken tool", GOOD.replace("pigeon", "impostor"), "[targets.post] tool", "is broken", "`hub connectors list`"),
    ("secret itself", with_key("hush"), "[targets.post] key", "as a reference", "env:NAME"),
    ("number as a secret", GOOD.replace('"env:PIGEON_KEY"', "5"), "[targets.post] key", "as a reference", "env:NAME"),
    ("misspelt reference", GOOD.replace("env:", "evn:"), "[targets.post] key", "as a reference", "env:NAME"),
    ("reference to nothing", with_key("env:"), "[targets.post] key", "as a reference", "env:NAME"),
    ("no variable", GOOD.replace("PIGEON_KEY", "NO_KEY"), "[targets.post] key", "no NO_KEY", "export NO_KEY=..."),
    ("no file", with_key("file:nest"), "[targets.post] key", "nest cannot be read: No such", "path"),
    ("a folder", with_key("file:."), "[targets.post] key", "cannot be read: Is a dir", "path"),
    ("no home", with_key("file:~nobody-here/x"), "[targets.post] key", "cannot be read", "path"),
    ("zero byte", with_key("file:a\\u0000b"), "key", "cannot be read", "path"),
    ("broken TOML", '[targets.post]\ntool = "pigeon\n', "hub.toml", "not valid TOML", "mend the line"),
    ("target is no table", "[targets]\npost = 5\n", "hub.toml targets.post", "valid dictionary", ""),
    ("targets are no table", 'targets = "post"\n', "hub.toml targets", "valid dictionary", ""),
    ("database of a wrong type", "database = 5\n" + GOOD, "hub.toml database", "valid string", ""),
    ("no targets", "", "hub.toml", "no target is configured", "`hub connect TOOL`"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "place", "message", "hint"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_what_is_wrong_has_a_place_a_message_and_a_hint(
    tmp_path: Path, text: str, place: str, message: str, hint: str
) -> None:
    (problem,) = problems_of(tmp_path, text)
    assert place in problem.place and "hub.toml" in problem.place
    assert message in problem.message and hint in problem.hint


@pytest.mark.parametrize(
    ("content", "message"), [(b"", "nest is empty"), (b" \n", "nest is empty"), (b"\xff\xfe", "cannot be read")]
)
def test_a_secret_file_must_hold_a_text(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "nest").write_bytes(content)
    (problem,) = problems_of(tmp_path, with_key("file:nest"))
    assert message in problem.message


def test_all_problems_of_all_targets_are_said_at_once(tmp_path: Path) -> None:
    text = """
        [targets.a]
        tool = "owl"
        [targets.b]
        tool = "pigeon"
        removal = "burn"
        loft = "x"
        key = "literal"
        spare_key = "env:NO_KEY"
        colour = 1
        [targets.c]
        tool = "pigeon"
    """
    places = [problem.place.partition("[targets.")[2] for problem in problems_of(tmp_path, text)]
    wanted = ["a] tool", "b] colour", "b] key", "b] loft", "b] removal", "b] spare_key", "c] key", "c] loft"]
    assert sorted(places) == wanted


def test_only_the_targets_that_are_used_need_their_secrets(tmp_path: Path) -> None:
    config = configured(tmp_path, GOOD + '[targets.other]\ntool = "pigeon"\nloft = 1\nkey = "env:NO_KEY"\n')
    assert [target.name for target in config.open_targets(["post"])] == ["post"]


@pytest.mark.parametrize(
    ("name", "hint"), [("psot", "did you mean 'post'?"), ("entirely else", "configured are: post")]
)
def test_an_unknown_target_is_answered_with_the_nearest(tmp_path: Path, name: str, hint: str) -> None:
    with pytest.raises(Problems) as caught:
        configured(tmp_path, GOOD).open_targets([name])
    (problem,) = caught.value.problems
    assert (problem.message, problem.hint) == (f"no target {name!r}", hint)


# Files and the environment


def test_a_named_file_must_exist_and_the_usual_one_need_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert load(environment={}) == Config()
    for named in ({"path": tmp_path / "no.toml"}, {"environment": {"HUB_CONFIG": "no.toml"}}):
        with pytest.raises(Refusal, match="no such file") as caught:
            load(**named)  # type: ignore[arg-type]
        assert "no.toml" in caught.value.place and caught.value.hint


def test_a_folder_in_place_of_the_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="cannot be read"):
        load(tmp_path, {})


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "hub.toml").write_bytes(b"database = '\xff'")
    with pytest.raises(Refusal, match="not valid TOML"):
        load(tmp_path / "hub.toml", {})


@pytest.mark.parametrize("where", ["file", "environment"])
def test_a_relative_database_lies_beside_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    (tmp_path / "conf").mkdir()
    monkeypatch.chdir(tmp_path)
    text = 'database = "sqlite:///data/my.db"\n' if where == "file" else ""
    environment = {"HUB_DATABASE": "sqlite:///data/my.db"} if where == "environment" else {}
    Path("conf/hub.toml").write_text(text)
    assert load(Path("conf/hub.toml"), environment).database == f"sqlite:///{tmp_path}/conf/data/my.db"


@pytest.mark.parametrize("database", ["sqlite:////var/hub.db", "postgresql://host/hub"])
def test_an_absolute_database_stays_where_it_is(tmp_path: Path, database: str) -> None:
    assert configured(tmp_path, f'database = "{database}"\n').database == database


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    text = 'database = "sqlite:////old.db"\n' + GOOD.replace("targets.post", "targets.post-eu")
    given = {"HUB_TARGETS__POST_EU__LOFT": "9", "HUB_TARGETS__POST_EU__REGION": "us", "HUB_TARGETS__NONE__LOFT": "1"}
    config = configured(tmp_path, text, HUB_DATABASE="sqlite:////new.db", **given)
    (target,) = config.open_targets()
    assert (config.database, target.settings.loft, target.settings.region) == ("sqlite:////new.db", 9, "us")


def test_an_override_nobody_knows_is_a_problem_like_in_the_file(tmp_path: Path) -> None:
    (problem,) = problems_of(tmp_path, GOOD, HUB_TARGETS__POST__LOFD="9")
    assert (problem.message, problem.hint) == ("unknown key", "did you mean 'loft'?")


@pytest.mark.parametrize(("text", "share"), [("", 0.07), ("reading_share = 0.5\n", 0.5)])
def test_a_target_knows_what_it_may_spend_on_reading(tmp_path: Path, text: str, share: float) -> None:
    (target,) = configured(tmp_path, GOOD + text).open_targets()
    assert target.reading_share == share


@pytest.mark.parametrize("share", ["0", "1.5", '"much"'])
def test_a_share_that_is_none_is_refused(tmp_path: Path, share: str) -> None:
    (problem,) = problems_of(tmp_path, GOOD + f"reading_share = {share}\n")
    assert problem.place.endswith("reading_share")


# Secrets


@given(secret=st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=12, max_size=40))
def test_a_secret_put_into_the_file_is_never_shown(tmp_path_factory: pytest.TempPathFactory, secret: str) -> None:
    folder = tmp_path_factory.mktemp("conf")
    text = with_key(secret) + f'kye = "{secret}"\n'
    config = configured(folder, text)
    with pytest.raises(Problems) as caught:
        config.open_targets()
    said = [f"{one} {one!r} {one.hint} {vars(one)}" for one in (caught.value, *caught.value.problems)]
    assert secret not in repr(config) + str(config) + "".join(said)


def test_a_resolved_secret_is_never_shown(tmp_path: Path) -> None:
    (target,) = configured(tmp_path, GOOD).open_targets()
    shown = f"{target} {target!r} {target.settings} {target.settings!r} {target.settings.model_dump_json()}"
    assert "s3cr3t-coo" not in shown and reveal(target.settings.key) == "s3cr3t-coo"


def test_a_resolved_secret_is_not_in_the_problems_beside_it(tmp_path: Path) -> None:
    said = [f"{one} {one!r} {one.hint}" for one in problems_of(tmp_path, GOOD.replace("7", '"seven"'))]
    assert said and "s3cr3t-coo" not in "".join(said)


# Destinations


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> None:
    """The secrets that the tables below refer to."""
    for name in ("SLACK", "JIRA", "HOOK"):
        monkeypatch.setenv(f"{name}_SECRET", "made-up-and-long-enough")


SLACK = '[notify.slack]\ntoken = "env:SLACK_SECRET"\nchannel = "C0TRACK01"\n'
JIRA = (
    '[notify.jira]\nbase_url = "https://jira.example.com"\nemail = "hub@example.com"\n'
    'api_token = "env:JIRA_SECRET"\nproject = "DATA"\n'
)
FEED = '[notify.feed]\nkind = "webhook"\nurl = "https://feed.example.com/in"\nsecret = "env:HOOK_SECRET"\n'


def destinations(folder: Path, text: str, *names: str) -> list[Destination]:
    return open_destinations(configured(folder, text), names)


def faults(folder: Path, text: str) -> list[Refusal]:
    """Everything that is said about the destinations of this file."""
    with pytest.raises(Problems) as caught:
        destinations(folder, text)
    return caught.value.problems


def test_a_destination_is_of_the_kind_that_its_name_or_its_key_says(tmp_path: Path, told: None) -> None:
    opened = destinations(tmp_path, SLACK + JIRA + FEED)
    assert [(one.name, one.kind.kind) for one in opened] == [("slack", "slack"), ("jira", "jira"), ("feed", "webhook")]


def test_rules_stand_in_the_order_of_the_file_and_none_is_silence(tmp_path: Path, told: None) -> None:
    rows = '[[notify.slack.rules]]\non = "publish.*"\n[[notify.slack.rules]]\non = ["drift.*"]\ndeliver = "daily"\n'
    (slack, feed) = destinations(tmp_path, FEED.replace("feed]", "feed]\nrules = []") + SLACK + rows, "slack", "feed")
    assert [(rule.on, rule.deliver) for rule in slack.rules] == [(("publish.*",), "now"), (("drift.*",), "daily")]
    assert feed.rules == ()


def test_only_the_destinations_that_are_used_need_their_secrets(tmp_path: Path, told: None) -> None:
    text = SLACK + FEED.replace("HOOK_SECRET", "NO_SUCH")
    assert [one.name for one in destinations(tmp_path, text, "slack")] == ["slack"]


WRONG = [
    ("no kind", FEED.replace('kind = "webhook"\n', ""), "[notify.feed] kind", "is missing", "add it"),
    ("unknown kind", FEED.replace("webhook", "pigeon"), "[notify.feed] kind", "'slack', 'jira' or 'webhook'", ""),
    ("unknown key, near", SLACK + "quite = []\n", "[notify.slack] quite", "unknown key", "'quiet'"),
    ("its own key, near", SLACK.replace("channel", "chanel"), "[notify.slack] chanel", "unknown key", "'channel'"),
    ("another kind's key", SLACK + 'project = "X"\n', "[notify.slack] project", "unknown key", "known are: "),
    ("a name for a channel", SLACK.replace("C0TRACK01", "#plan"), "[notify.slack] channel", "match pattern", ""),
    ("no channel", '[notify.slack]\ntoken = "env:SLACK_SECRET"\n', "[notify.slack]", "channel is missing", ""),
    ("both roads", SLACK + 'webhook_url = "env:SLACK_SECRET"\n', "[notify.slack]", "either token", ""),
    ("secret itself", SLACK.replace("env:SLACK_SECRET", "hush"), "[notify.slack] token", "as a reference", "env:NAME"),
    ("no variable", SLACK.replace("SLACK_SECRET", "NO_SUCH"), "[notify.slack] token", "no NO_SUCH", "export NO_SUCH"),
    ("missing, of a length", FEED.replace("HOOK_SECRET", "NO_SUCH"), "[notify.feed] secret", "no NO_SUCH", "export"),
    ("unreadable zone", SLACK + 'timezone = "Mars"\n', "[notify.slack] timezone", "Mars", ""),
    ("unreadable quiet", SLACK + 'quiet = ["at night"]\n', "[notify.slack] quiet", "at night", ""),
    ("unreadable clock", SLACK + 'digest_at = "noon"\n', "[notify.slack] digest_at", "noon", ""),
    ("unknown happening", SLACK + 'rules = [{on = "publish.done"}]\n', "rules.0.on", "publish.finished", ""),
    ("a rule about nothing", SLACK + "rules = [{}]\n", "rules.0.on", "is missing", "add it"),
    ("unknown digest", SLACK + 'rules = [{on = "*", deliver = "weekly"}]\n', "rules.0.deliver", "'daily'", ""),
    ("both deployments", JIRA + 'pat = "env:JIRA_SECRET"\n', "[notify.jira]", "not both", ""),
    ("address of a query", JIRA.replace(".com", ".com/?a=b", 1), "[notify.jira] base_url", "base_url", ""),
    ("a field of ours", JIRA + 'fields = {summary = "x"}\n', "[notify.jira] fields", "'summary'", ""),
    ("no address", FEED.replace("https://", ""), "[notify.feed] url", "match pattern", ""),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "place", "message", "hint"), [row[1:] for row in WRONG], ids=[row[0] for row in WRONG]
)
def test_what_is_wrong_with_a_destination_has_a_place_a_message_and_a_hint(
    tmp_path: Path, told: None, text: str, place: str, message: str, hint: str
) -> None:
    (problem,) = faults(tmp_path, text)
    assert place in problem.place and "hub.toml" in problem.place
    assert message in problem.message and hint in problem.hint


def test_all_problems_of_all_destinations_are_said_at_once(tmp_path: Path, told: None) -> None:
    text = SLACK + "quite = []\n" + JIRA.replace("JIRA_SECRET", "NO_SUCH") + "labls = []\n[notify.x]\n"
    places = [problem.place.partition("[notify.")[2] for problem in faults(tmp_path, text)]
    assert sorted(places) == ["jira] api_token", "jira] labls", "slack] quite", "x] kind"]


@pytest.mark.parametrize("name", ["slak", "pigeon"])
def test_an_unknown_destination_is_answered_with_those_there_are(tmp_path: Path, told: None, name: str) -> None:
    with pytest.raises(Problems) as caught:
        destinations(tmp_path, SLACK + FEED, name)
    (problem,) = caught.value.problems
    assert (problem.message, problem.hint) == (f"no destination {name!r}", "configured: slack, feed")


@pytest.mark.parametrize(
    ("address", "fine"),
    [
        ("https://hub.example.com", True),
        ("https://hub.example.com/plan", True),
        ("http://10.0.0.7:8080", True),
        ("https://hub.example.com/", False),
        ("hub.example.com", False),
        ("https://", False),
    ],
)
def test_the_hubs_own_address_is_one_that_paths_can_follow(tmp_path: Path, address: str, fine: bool) -> None:
    text = f'public_url = "{address}"\n'
    if fine:
        assert configured(tmp_path, text).public_url == address
    else:
        with pytest.raises(Problems) as caught:
            configured(tmp_path, text)
        assert "public_url" in caught.value.problems[0].place


@pytest.mark.parametrize("text", [SLACK, JIRA, FEED])
def test_a_secret_of_a_destination_is_never_shown(tmp_path: Path, told: None, text: str) -> None:
    config = configured(tmp_path, text)
    (opened,) = open_destinations(config)
    shown = f"{config!r} {opened!r} {opened.settings} {opened.settings.model_dump_json()} {opened.own!r}"
    assert "made-up-and-long-enough" not in shown


@given(secret=st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=12, max_size=40))
def test_a_secret_put_into_a_destination_is_never_shown(tmp_path_factory: pytest.TempPathFactory, secret: str) -> None:
    text = SLACK.replace("env:SLACK_SECRET", secret) + f'tokn = "{secret}"\nwebhook_url = "{secret}"\n'
    config = configured(tmp_path_factory.mktemp("conf"), text)
    with pytest.raises(Problems) as caught:
        open_destinations(config)
    said = [f"{one} {one!r} {one.hint} {vars(one)}" for one in (caught.value, *caught.value.problems)]
    assert secret not in repr(config) + str(config) + "".join(said)
