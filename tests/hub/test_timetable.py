"""When schedules fire: intervals, cron, jitter, blackouts; and what hub.toml says about them, right or wrong."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.config import Config, load
from hub.errors import Problems
from hub.timetable import Timetable, timetable


def at(text: str) -> float:
    """Seconds since the epoch of a UTC time such as "2026-11-25 10:07"."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def shown(moment: float | None) -> str:
    return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%d %H:%M}" if moment is not None else "never"


def fires(table: Timetable, start: str, count: int) -> list[str]:
    found, moment = [], at(start)
    for _ in range(count):
        following = table.after(moment)
        found.append(shown(following))
        moment = following or moment
    return found


@pytest.mark.parametrize(
    ("schedule", "start", "expected"),
    [
        ("every 30m", "2026-11-25 10:07", "2026-11-25 10:30"),
        ("every 30m", "2026-11-25 10:30", "2026-11-25 11:00"),
        ("every 1d", "2026-11-25 10:07", "2026-11-26 00:00"),
        ("EVERY 2 h", "2026-11-25 10:07", "2026-11-25 12:00"),
        ("every 90s", "1970-01-01 00:01", "1970-01-01 00:01"),
        ("*/15 8-18 * * mon-fri", "2026-11-27 18:50", "2026-11-30 08:00"),
        ("0 6 * * 0", "2026-11-25 10:07", "2026-11-29 06:00"),
        ("0 6 * * 7", "2026-11-25 10:07", "2026-11-29 06:00"),
        ("0 6 * * sun", "2026-11-25 10:07", "2026-11-29 06:00"),
        ("0 6 * * 1-5", "2026-11-28 10:07", "2026-11-30 06:00"),
        ("0 6 * * 5-7", "2026-11-28 10:07", "2026-11-29 06:00"),
        ("0 6 * * fri-mon", "2026-11-24 10:07", "2026-11-27 06:00"),
        ("0 6 * * fri-mon", "2026-11-29 10:07", "2026-11-30 06:00"),
        ("0 6 * * */3", "2026-11-25 00:00", "2026-11-25 06:00"),
        ("0 6 * * */3", "2026-11-25 10:07", "2026-11-28 06:00"),
        ("0 6 * * tue,thu", "2026-11-25 10:07", "2026-11-26 06:00"),
        ("0 6 1 feb *", "2026-11-25 10:07", "2027-02-01 06:00"),
        ("0 0 29 2 *", "2026-11-25 10:07", "2028-02-29 00:00"),
    ],
)
def test_the_next_moment(schedule: str, start: str, expected: str) -> None:
    assert shown(timetable("lab", schedule).after(at(start))) == expected


def test_cron_fields_are_local_and_a_named_hour_comes_once_a_day_all_year() -> None:
    daily = timetable("lab", "30 2 * * *", "Europe/Berlin")
    assert fires(daily, "2026-10-24 00:00", 3) == ["2026-10-24 00:30", "2026-10-25 00:30", "2026-10-26 01:30"]
    assert fires(daily, "2026-03-28 00:00", 3) == ["2026-03-28 01:30", "2026-03-29 01:30", "2026-03-30 00:30"]


def test_every_half_hour_goes_on_through_the_hour_that_comes_twice() -> None:
    hourly = timetable("lab", "*/30 * * * *", "Europe/Berlin")
    assert fires(hourly, "2026-10-25 00:00", 4) == [
        f"2026-10-25 {time}" for time in ("00:30", "01:00", "01:30", "02:00")
    ]


@pytest.mark.parametrize(
    ("blackout", "start", "expected"),
    [
        ("22:00-06:00", "2026-11-25 21:30", "2026-11-26 05:00"),  # Berlin is an hour ahead
        ("22:00-06:00", "2026-11-25 20:00", "2026-11-25 20:30"),
        ("22:00-06:00", "2026-11-26 01:00", "2026-11-26 05:00"),
        ("12:00-24:00", "2026-11-25 11:30", "2026-11-25 23:00"),
        ("sat", "2026-11-27 22:45", "2026-11-28 23:00"),
        ("2026-11-26", "2026-11-25 22:45", "2026-11-26 23:00"),
        ("2026-12-24..2026-12-26", "2026-12-23 22:45", "2026-12-26 23:00"),
    ],
)
def test_nothing_fires_in_a_blackout(blackout: str, start: str, expected: str) -> None:
    table = timetable("lab", "every 30m", "Europe/Berlin", blackout=[blackout])
    assert shown(table.after(at(start))) == expected


def test_blackouts_that_touch_are_one() -> None:
    table = timetable("lab", "every 30m", blackout=["22:00-06:00", "sat", "sun", "2026-11-30"])
    assert fires(table, "2026-11-27 21:15", 2) == ["2026-11-27 21:30", "2026-12-01 06:00"]


def test_jitter_that_ends_in_a_blackout_falls_out() -> None:
    table = timetable("lab", "every 30m", jitter="29m", blackout=["22:00-06:00"])
    moment = at("2026-11-25 12:00")
    for _ in range(200):
        following = table.after(moment)
        assert following is not None and 6 <= datetime.fromtimestamp(following, UTC).hour < 22
        moment = following


SECONDS = st.integers(1_600_000_000, 1_900_000_000)
SCHEDULES = st.sampled_from(["every 30m", "every 7m", "*/20 * * * *", "0,5,7 8-18 * * mon-fri"])
JITTERS = st.sampled_from(["0s", "45s", "6m"])
BLACKOUTS = st.lists(st.sampled_from(["22:00-06:00", "sat", "wed", "12:15-12:45", "2024-02-29"]), max_size=3)
TABLES = st.builds(
    timetable, st.sampled_from(["lab", "pier"]), SCHEDULES, st.sampled_from(["UTC", "Asia/Kolkata"]), JITTERS, BLACKOUTS
)


@given(table=TABLES, moment=SECONDS)
def test_every_moment_is_found_from_before_and_from_after(table: Timetable, moment: int) -> None:
    following = table.after(moment)
    assert following is not None and following > moment
    assert table.after(following - 1) == table.latest(following) == table.latest(following + 0.5) == following
    assert table.dark_until(following) is None
    before = table.latest(following - 1)
    assert before is not None and before <= moment and table.after(before) == following


@given(moment=SECONDS)
def test_jitter_moves_each_moment_by_its_own_amount_and_loses_none(moment: int) -> None:
    moved = timetable("lab", "*/20 * * * *", jitter="15m")
    first = moment // 1200 * 1200 + 1200
    times = [moved.after(slot - 1) or 0 for slot in range(first, first + 12 * 1200, 1200)]
    offsets = [time - slot for time, slot in zip(times, range(first, first + 12 * 1200, 1200), strict=True)]
    assert all(0 <= offset <= 900 for offset in offsets) and len(set(offsets)) > 3


def test_replicas_agree_and_targets_differ() -> None:
    mine, replica, other = (timetable(name, "every 1h", jitter="30m") for name in ("lab", "lab", "pier"))
    assert fires(mine, "2026-11-25 10:07", 20) == fires(replica, "2026-11-25 10:07", 20)
    assert fires(mine, "2026-11-25 10:07", 20) != fires(other, "2026-11-25 10:07", 20)


def test_an_interval_is_made_up_for_and_a_chosen_hour_soon_is_not() -> None:
    night, often = timetable("lab", "0 3 * * *"), timetable("lab", "every 1d")
    assert not night.is_late(at("2026-11-25 03:00"), at("2026-11-25 03:59"))
    assert night.is_late(at("2026-11-25 03:00"), at("2026-11-25 04:01"))
    assert not often.is_late(at("2026-11-25 00:00"), at("2026-11-25 23:59"))


# hub.toml


def configured(folder: Path, lines: str, top: str = "") -> Config:
    (folder / "hub.toml").write_text(f'{top}\n[targets.lab]\ntool = "notebook"\n{lines}\n')
    return load(folder / "hub.toml", {})


def test_a_target_has_its_timetable_and_mode_without_its_secrets(tmp_path: Path) -> None:
    lines = 'schedule = "*/15 8-18 * * mon-fri"\ntimezone = "Europe/Berlin"\njitter = "90s"\nblackout = ["sat", "sun"]'
    config = configured(tmp_path, lines + '\nmode = "heal"\nkey = "env:NOT_SET"')
    (table,) = config.timetables()
    assert (table.name, table.jitter, config.modes()) == ("lab", 90, {"lab": "heal"})
    local = datetime.fromtimestamp(table.after(at("2026-11-25 20:00")) or 0, table.zone)
    assert (local.day, local.hour) == (26, 8) and local.minute < 2


def test_without_a_schedule_nothing_fires_and_edits_are_proposed(tmp_path: Path) -> None:
    config = configured(tmp_path, 'blackout = ["sat"]')
    assert (config.timetables(), config.modes()) == ([], {"lab": "propose"})


@pytest.mark.parametrize(
    ("line", "place", "message"),
    [
        ('schedule = "often"', "schedule", '"every 30m" nor five cron fields'),
        ('schedule = ""', "schedule", '"every 30m" nor five cron fields'),
        ('schedule = "every"', "schedule", "is not a duration"),
        ('schedule = "every 5"', "schedule", "is not a duration"),
        ('schedule = "every 5w"', "schedule", "s, m, h or d"),
        ('schedule = "every 0m"', "schedule", "at least 1s"),
        ('schedule = "0 0 31 2 *"', "schedule", "never fires"),
        ('schedule = "61 * * * *"', "schedule", "is not a cron schedule"),
        ('schedule = "* * * *"', "schedule", "five cron fields"),
        ('schedule = "0 0 0 * * *"', "schedule", "five cron fields"),
        ('schedule = "0 0 1 * mon"', "schedule", "not both"),
        ('schedule = "0 0 * * moonday"', "schedule", "no day of week"),
        ('schedule = "0 0 * * abc"', "schedule", "no day of week"),
        ('schedule = "0 0 * * 8"', "schedule", "no day of week"),
        ('schedule = "0 0 * * mon/2"', "schedule", "no day of week"),
        ("schedule = 30", "schedule", "valid string"),
        ('timezone = "Berlin"', "timezone", "no time zone"),
        ('timezone = "../UTC"', "timezone", "no time zone"),
        ('timezone = "Europe"', "timezone", "no time zone"),
        ('jitter = "soon"', "jitter", "is not a duration"),
        ('schedule = "every 5m"\njitter = "5m"', "", "not shorter than the interval"),
        ('blackout = ["night"]', "blackout", "is no blackout"),
        ('blackout = ["25:00-06:00"]', "blackout", "'25:00-06:00'"),
        ('blackout = ["06:00-06:00"]', "blackout", "starts when it ends"),
        ('blackout = ["2026-02-30"]', "blackout", "'2026-02-30'"),
        ('blackout = ["2026-12-26..2026-12-24"]', "blackout", "before the first"),
        ('blackout = "sat"', "blackout", "valid tuple"),
        ('schedule = "0 3 * * *"\nblackout = ["22:00-06:00"]', "", "in a blackout"),
        ('mode = "repair"', "mode", "'observe', 'propose' or 'heal'"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(tmp_path: Path, line: str, place: str, message: str) -> None:
    with pytest.raises(Problems) as caught:
        configured(tmp_path, line).timetables()
    (problem,) = caught.value.problems
    assert problem.place.endswith(f"hub.toml [targets.lab] {place}".strip()) and message in problem.message


@pytest.mark.parametrize(
    ("plan", "expected"), [("plan.yaml", "{here}/plan.yaml"), ("plans/web", "{here}/plans/web"), ("web", "web")]
)
def test_the_plan_is_a_path_beside_the_file_or_a_name(tmp_path: Path, plan: str, expected: str) -> None:
    assert configured(tmp_path, "", top=f'plan = "{plan}"').plan == expected.format(here=tmp_path)


def test_a_plan_folder_beside_the_file_is_found_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "web").mkdir()
    assert configured(tmp_path, "", top='plan = "web"').plan == f"{tmp_path}/web"
