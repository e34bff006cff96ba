"""Triggers that want each person at a moment of their own: anniversaries, follow-ups, random moments."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from storage import tables as t
from tests.service.association import PULSE, SHIFT, configured
from tests.service.checker import wrong
from tests.service.conftest import BOTH, MakeRig
from tests.service.rig import NOON, Rig

BY_HAND = "trigger = { by_hand = true }"
PEOPLE = '[people]\ncolumns = { id = "Nro" }\nattributes = { born = "Syntynyt" }\ndate_format = "%d.%m.%Y"\n'
HELSINKI = ZoneInfo("Europe/Helsinki")


def triggered(trigger: str, more: str = "") -> str:
    """The pulse with another trigger."""
    return PULSE.replace(BY_HAND, f"trigger = {trigger}\n{more}")


def born(rig: Rig, name: str, day: str, zone: str | None = None) -> None:
    """Somebody with a birthday."""
    rig.person(name, attributes=f'{{"born": "{day}"}}', zone=zone)


def asked(rig: Rig) -> dict[str, datetime]:
    """Who was asked, and when first."""
    return {one.outgoing.chat: one.at for one in reversed(rig.invites())}


# --- anniversaries ------------------------------------------------------------------------------------------

BIRTHDAY = triggered('{ anniversary = "born", time = "11:00" }', "good_until_hours = 48")


def test_a_day_returns_at_its_time_on_the_persons_own_clock(make_rig: MakeRig) -> None:
    """Who has no such day, or another one, is not asked."""
    rig = make_rig(configured(BIRTHDAY, PEOPLE), now=NOON - timedelta(days=1))
    born(rig, "Aino", "02.09.1980")
    born(rig, "Bo", "2.9.1990", "America/New_York")
    born(rig, "Cilla", "03.10.1970")
    born(rig, "Dan", "unknown")
    rig.passes(days=3)
    assert asked(rig) == {
        "aino": datetime(2026, 9, 2, 8, tzinfo=UTC),
        "bo": datetime(2026, 9, 2, 15, tzinfo=UTC),
    }


@pytest.mark.parametrize(("year", "day"), [(2027, 28), (2028, 29)])
def test_a_leap_day_returns_every_year(make_rig: MakeRig, year: int, day: int) -> None:
    """On the 29th where there is one, else on the last day of February."""
    rig = make_rig(configured(BIRTHDAY, PEOPLE), now=datetime(year, 2, 26, 9, tzinfo=UTC))
    born(rig, "Aino", "29.02.2000")
    rig.passes(days=5)
    assert asked(rig)["aino"].astimezone(HELSINKI).day in (day, day + 1)
    assert rig.row(t.wave_people)["wanted_at"] == datetime(year, 2, day, 9, tzinfo=UTC)


def test_a_birthday_that_was_slept_through_is_asked_about_while_it_is_good(make_rig: MakeRig) -> None:
    """The program stood still for three days: two days late is too late, one is not; and nobody twice."""
    rig = make_rig(configured(BIRTHDAY, PEOPLE))
    born(rig, "Aino", "02.09.1980")
    born(rig, "Bo", "04.09.1980")
    rig.tick()
    rig.now += timedelta(days=3)
    for _ in range(3):
        rig.tick()
    rig.passes(days=1)
    assert list(asked(rig)) == ["bo"]
    assert len(rig.invites()) == 1


def test_the_day_of_joining_is_a_day_like_others(make_rig: MakeRig) -> None:
    """A year after joining, not on the day itself."""
    rig = make_rig(configured(triggered('{ anniversary = "joined" }')), now=NOON - timedelta(hours=3))
    rig.person("Aino", joined_at=datetime(2020, 8, 31, 22, tzinfo=UTC))
    rig.person("Bo", joined_at=NOON - timedelta(hours=3))
    rig.passes(hours=9)
    assert asked(rig) == {"aino": datetime(2026, 9, 1, 7, tzinfo=UTC)}


# --- follow-ups ---------------------------------------------------------------------------------------------

FOLLOW = SHIFT.replace(
    BY_HAND, 'trigger = { follow_up = "pulse", when = \'mood == "bad"\', delay = "30d" }'
).replace("volunteers", "members")


@pytest.mark.parametrize("kind", BOTH)
def test_an_earlier_answer_is_followed_up(make_rig: MakeRig, kind: str) -> None:
    """After thirty days, those whose answer was so, and only once."""
    rig = make_rig(configured(PULSE + FOLLOW), kind=kind)
    people = {name: rig.person(name) for name in ("Aino", "Bo", "Cilla")}
    rig.wave()
    for name, answer in (("Aino", "Bad"), ("Bo", "Good")):
        people[name].taps("Start")
        people[name].taps(answer)
        people[name].taps("Skip")
    before = len(rig.invites())
    rig.passes(days=29, step=timedelta(hours=6))
    assert [one for one in rig.invites()[before:] if one.outgoing.chat != "cilla"] == []
    rig.passes(days=12, step=timedelta(hours=6))
    after = [one for one in rig.invites()[before:] if one.outgoing.chat != "cilla"]
    assert [(one.outgoing.chat, (one.at - NOON).days) for one in after] == [("aino", 30), ("aino", 32)]
    assert rig.values(t.contacts, "kind", survey="shift", person_id=people["Aino"].person) == [
        "invite", "reminder",
    ]  # fmt: skip
    assert wrong(rig) == []


# --- random moments -----------------------------------------------------------------------------------------

OFTEN = """
[policy.caps]
invites_per_1d = 6
invites_per_30d = 90
invites_per_365d = 900
messages_per_7d = 30
min_gap_days = 0
[policy.person]
rest_days = { completed = 0, partial = 0, abandoned = 0, not_now = 0, declined = 0 }
backoff = { dormant_after_ignored = 20 }
[policy.burden]
capacity = 100.0
"""
MOMENTS = triggered(
    '{ random = 3, between = ["10:00", "19:00"], apart = "2h" }',
    """
kind = "event"
good_until_hours = 1
open_hours = 1
reminders = { max = 0 }
expiry = { start_by_hours = 1, grace_hours = 0 }
""",
)


def test_random_moments_come_several_a_day_and_keep_their_distance(make_rig: MakeRig) -> None:
    """Within the hours of each person's own clock, other ones for each, and the same after a restart."""
    rig = make_rig(configured(MOMENTS, OFTEN), now=datetime(2026, 9, 1, 3, tzinfo=UTC))
    rig.person("Aino")
    rig.person("Bo", zone="America/New_York")
    rig.passes(days=1, hours=20, step=timedelta(minutes=20))
    rig.restart()
    rig.tick()
    moments: dict[int, list[datetime]] = {}
    for row in rig.rows(t.wave_people):
        moments.setdefault(row["person_id"], []).append(row["wanted_at"])
    aino, bo = ([one for one in sorted(found) if one < rig.now] for _, found in sorted(moments.items()))
    assert (len(aino), len(bo)) == (6, 6)
    for found, zone in ((aino, HELSINKI), (bo, ZoneInfo("America/New_York"))):
        local = [one.astimezone(zone) for one in found]
        assert all(10 <= one.hour < 19 for one in local)
        assert all(later - one >= timedelta(hours=2) for one, later in pairwise(local))
    assert {one.time() for one in aino} & {one.time() for one in bo} == set()
    assert len([one for one in rig.invites() if one.outgoing.chat == "aino"]) == 6
    assert wrong(rig) == []


def test_a_day_that_was_slept_through_brings_no_moments_at_once(make_rig: MakeRig) -> None:
    """Three days later nobody is asked three times in a row."""
    rig = make_rig(configured(MOMENTS, OFTEN), now=datetime(2026, 9, 1, 3, tzinfo=UTC))
    rig.person("Aino")
    rig.tick()
    rig.now += timedelta(days=3, hours=8)
    rig.tick()
    rig.tick()
    assert len(rig.invites()) <= 1
