"""Waves: opened once by their trigger whatever the clocks do, with a fixed audience, and closed for good."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.errors import UserError
from bot.service import rounds
from scheduler.verdicts import Reason
from storage import tables as t
from tests.service.association import FLOWS, PULSE, SHIFT, configured
from tests.service.checker import wrong
from tests.service.conftest import MakeRig
from tests.service.rig import NOON, Rig

BY_HAND = "trigger = { by_hand = true }"


def triggered(trigger: str, more: str = "") -> str:
    """The pulse with another trigger, and further keys."""
    return PULSE.replace(BY_HAND, f"{more}\ntrigger = {trigger}")


def opened(rig: Rig) -> list[datetime]:
    """When each wave opened, by the organisation's noon."""
    return rig.values(t.waves, "opens_at")


# --- one moment ---------------------------------------------------------------------------------------------


def test_one_moment_opens_one_wave(make_rig: MakeRig) -> None:
    """Not before, and once, however often it is looked at."""
    rig = make_rig(configured(triggered("{ at = 2026-09-01T13:00:00 }")))
    rig.person("Aino")
    rig.tick()
    assert opened(rig) == []
    rig.passes(hours=1)
    for _ in range(3):
        rig.restart()
        rig.tick()
    assert opened(rig) == [NOON + timedelta(hours=1)]
    assert len(rig.invites()) == 1


@pytest.mark.parametrize(("hours", "waves"), [(100, 1), (169, 0)])
def test_a_moment_that_was_slept_through_opens_while_its_wave_would_be_open(
    make_rig: MakeRig, hours: int, waves: int
) -> None:
    """The bot was down: late is late, but a week's wave is worth opening within the week."""
    rig = make_rig(configured(triggered("{ at = 2026-09-01T13:00:00 }")))
    rig.person("Aino")
    rig.now += timedelta(hours=1 + hours)
    rig.tick()
    rig.tick()
    assert len(opened(rig)) == waves
    if waves:
        assert rig.row(t.waves)["closes_at"] == NOON + timedelta(hours=1, days=7)


# --- again and again ----------------------------------------------------------------------------------------

DAILY = '{ cron = "0 12 * * *", zone = "Europe/Helsinki" }'


@pytest.mark.parametrize(
    "start", [datetime(2026, 10, 23, 12, tzinfo=UTC), datetime(2027, 3, 26, 12, tzinfo=UTC)]
)
def test_a_daily_round_opens_once_a_day_over_both_changes_of_the_clocks(
    make_rig: MakeRig, start: datetime
) -> None:
    """Half past three every night, where that comes twice in October and not at all in March."""
    nightly = triggered('{ cron = "30 3 * * *", zone = "Europe/Helsinki" }', "open_hours = 20")
    rig = make_rig(configured(nightly), now=start)
    rig.tick()
    rig.passes(days=4, step=timedelta(minutes=30))
    assert len(opened(rig)) == 4
    assert wrong(rig) == []


@pytest.mark.parametrize(("catch_up", "expected"), [("once", 1), ("skip", 0)])
def test_rounds_that_were_slept_through_are_caught_up_as_configured(
    make_rig: MakeRig, catch_up: str, expected: int
) -> None:
    """Three slots missed: one late wave, or none; the next one comes on time either way."""
    cron = triggered(DAILY.replace("}", f', catch_up = "{catch_up}" }}'), "open_hours = 20")
    rig = make_rig(configured(cron))
    rig.tick()
    rig.now += timedelta(days=3, hours=5)
    rig.tick()
    assert len(opened(rig)) == expected
    rig.passes(days=1)
    assert len(opened(rig)) == expected + 1
    assert wrong(rig) == []


def test_what_is_too_late_to_catch_up_is_left(make_rig: MakeRig) -> None:
    """Beyond max_late not even the newest missed slot opens."""
    cron = triggered(DAILY.replace("}", ", max_late_hours = 2 }"), "open_hours = 20")
    rig = make_rig(configured(cron))
    rig.tick()
    rig.now += timedelta(days=1, hours=3)
    rig.tick()
    assert opened(rig) == []


def test_a_clock_that_jumps_opens_no_slot_twice(make_rig: MakeRig) -> None:
    """Two hours forward, two back, a step each minute: one wave for each day."""
    rig = make_rig(configured(triggered(DAILY, "open_hours = 20")), now=NOON - timedelta(hours=1))
    rig.tick()
    for jump in (2, -2, 1, -1, 3, -3):
        rig.now += timedelta(hours=jump)
        rig.tick()
    rig.passes(hours=2)
    assert len(opened(rig)) == 1
    rig.passes(days=1)
    assert len(opened(rig)) == 2
    assert wrong(rig) == []


def test_the_moment_up_to_which_a_rule_was_looked_at_never_goes_back(make_rig: MakeRig) -> None:
    """I14: it grows with every tick, also under a clock that is put back."""
    rig = make_rig(configured(triggered(DAILY)))
    seen: list[datetime] = []
    for jump in (0, 5, -3, 1, -1, 30):
        rig.now += timedelta(minutes=jump)
        rig.tick()
        seen += rig.values(t.schedules, "checked_until")
    assert seen == sorted(seen)


def test_a_rule_that_is_changed_begins_anew_from_now(make_rig: MakeRig) -> None:
    """Yesterday's slots of today's rule are not made up for, and today's slot is not taken twice."""
    rig = make_rig(configured(triggered(DAILY, "open_hours = 20")))
    rig.now -= timedelta(minutes=30)
    rig.tick()
    rig.passes(hours=1)
    rig.restart(configured(triggered(DAILY.replace("0 12", "0 8"), "open_hours = 20")))
    rig.passes(hours=2)
    assert len(opened(rig)) == 1
    rig.passes(days=1)
    assert len(opened(rig)) == 2


def test_a_draft_opens_nothing_and_dates_of_its_own_are_kept(make_rig: MakeRig) -> None:
    """Priority 0 is never opened; outside open and close no slot opens a wave."""
    rig = make_rig(configured(triggered(DAILY, "priority = 0")))
    rig.passes(days=2)
    assert opened(rig) == []
    dated = "open = 2026-09-05T00:00:00\nclose = 2026-09-07T00:00:00\nopen_hours = 20"
    rig.restart(configured(triggered(DAILY, dated)))
    rig.passes(days=8, step=timedelta(hours=2))
    assert [moment.day for moment in opened(rig)] == [5, 6]


# --- after joining ------------------------------------------------------------------------------------------

JOINED = triggered('{ joined = "14d", time = "10:00" }')


def test_newcomers_are_asked_so_long_after_joining_at_the_hour_of_their_own_clock(make_rig: MakeRig) -> None:
    """Each at their own moment, in the wave of the month; nobody twice."""
    rig = make_rig(configured(JOINED))
    here = rig.person("Aino", joined_at=NOON - timedelta(days=13))
    there = rig.person("Bo", joined_at=NOON - timedelta(days=13), zone="America/New_York")
    rig.person("Cecilia", joined_at=NOON - timedelta(days=400))
    rig.passes(days=2, step=timedelta(minutes=30))
    assert [sent.at for sent in rig.invites(here)] == [datetime(2026, 9, 2, 7, tzinfo=UTC)]
    assert [sent.at for sent in rig.invites(there)] == [datetime(2026, 9, 2, 14, tzinfo=UTC)]
    assert rig.values(t.waves, "name") == ["2026-09"]
    rig.passes(days=60, step=timedelta(hours=6))
    assert {len(rig.invites(member)) for member in (here, there)} == {2}  # an invite and its reminder each
    assert rig.rows(t.wave_people, person_id=3) == []


def test_whoever_joined_on_29_february_is_asked_a_year_later(make_rig: MakeRig) -> None:
    """Days are counted, not dates that do not exist."""
    rig = make_rig(configured(triggered('{ joined = "365d" }')), now=datetime(2029, 2, 27, 6, tzinfo=UTC))
    leap = rig.person("Aino", joined_at=datetime(2028, 2, 29, 9, tzinfo=UTC))
    rig.passes(days=3)
    assert [sent.at for sent in rig.invites(leap)] == [datetime(2029, 2, 28, 9, tzinfo=UTC)]


def test_where_joining_is_unknown_the_first_message_counts(make_rig: MakeRig) -> None:
    """A stranger who begins to write has joined the bot."""
    rig = make_rig(configured(JOINED.replace('audience = { groups = ["members"] }\n', "")))
    aino = rig.stranger("Aino")
    aino.says("hello")
    rig.passes(days=15, step=timedelta(hours=1))
    assert [sent.at for sent in rig.invites(aino)] == [datetime(2026, 9, 15, 7, tzinfo=UTC)]


def test_newcomers_that_were_slept_through_are_asked_while_it_makes_sense(make_rig: MakeRig) -> None:
    """Three days late they are asked; ten days late they are told in the list to be too late."""
    rig = make_rig(configured(JOINED))
    aino = rig.person("Aino", joined_at=NOON - timedelta(days=14 + 3))
    bo = rig.person("Bo", joined_at=NOON - timedelta(days=14 + 10))
    rig.tick()
    assert rig.places(aino) == [("asked", 0)]
    assert rig.places(bo) == [("dropped", Reason.TOO_LATE)]


def test_newcomers_outside_the_audience_or_the_dates_are_left(make_rig: MakeRig) -> None:
    """The rule selects; the survey's own dates hold for each person's moment."""
    rig = make_rig(configured(JOINED.replace("owner =", "open = 2026-09-10T00:00:00\nowner =")))
    rig.person("Aino", joined_at=NOON - timedelta(days=14))
    rig.person("Bo", joined_at=NOON - timedelta(days=3), groups=("staff",))
    cecilia = rig.person("Cecilia", joined_at=NOON - timedelta(days=3))
    rig.passes(days=20, step=timedelta(hours=3))
    assert rig.values(t.wave_people, "person_id") == [cecilia.person]


# --- by hand ------------------------------------------------------------------------------------------------


def test_a_wave_by_hand_asks_at_once_and_not_twice_in_a_minute(each_rig: Rig) -> None:
    """A slip of the finger opens no second wave."""
    rig = each_rig
    rig.person("Aino")
    rig.wave()
    assert len(rig.invites()) == 1
    with pytest.raises(UserError, match="this very minute"):
        rig.open_wave()
    with pytest.raises(UserError, match="There is no survey 'pulze'"):
        rig.open_wave("pulze")


def test_a_draft_is_not_opened_by_hand_either(make_rig: MakeRig) -> None:
    """The admin is told to give it a priority."""
    rig = make_rig(configured(PULSE.replace("owner =", "priority = 0\nowner =")))
    with pytest.raises(UserError, match="draft"):
        rig.open_wave()


# --- the audience -------------------------------------------------------------------------------------------


def test_the_audience_is_fixed_when_the_wave_opens(make_rig: MakeRig) -> None:
    """Groups, exceptions and attributes select; whoever joins or changes later is not in it."""
    rule = (
        'audience = { groups = ["members", "friends"], not_groups = ["staff"], where = "city == \\"Oulu\\"" }'
    )
    more = '[people.columns]\nid = "Id"\n[people.attributes]\ncity = "City"'
    rig = make_rig(configured(PULSE.replace('audience = { groups = ["members"] }', rule), more))
    oulu, turku = '{"city": "Oulu"}', '{"city": "Turku"}'
    aino = rig.person("Aino", attributes=oulu)
    bo = rig.person("Bo", groups=("friends",), attributes=oulu)
    for name, groups, city in (
        ("Cecilia", ("members",), turku),
        ("David", ("members", "staff"), oulu),
        ("Eino", (), oulu),
        ("Frida", ("members",), "{}"),
    ):
        rig.person(name, groups=groups, attributes=city)
    rig.wave()
    rig.person("Late", attributes=oulu)
    rig.passes(days=1)
    assert rig.values(t.wave_people, "person_id") == [aino.person, bo.person]
    assert rig.row(t.waves)["frame_size"] == 2


def test_an_empty_audience_opens_an_empty_wave(rig: Rig) -> None:
    """Nobody is wanted, nothing fails, and it closes like any other."""
    rig.wave()
    rig.passes(days=8, step=timedelta(hours=12))
    assert rig.values(t.waves, "state", "frame_size") == [("closed", 0)]


# --- samples ------------------------------------------------------------------------------------------------

SAMPLE = PULSE.replace("owner =", 'kind = "sample"\nsample = 20\nowner =')


def test_a_sample_draws_its_invitations_over_the_days_and_no_more(make_rig: MakeRig) -> None:
    """Wanted answers over the expected rate of response; ticks of one day draw nobody anew."""
    rig = make_rig(configured(SAMPLE))
    for number in range(100):
        rig.person(f"P{number}")
    rig.wave()
    first = len(rig.invites())
    for _ in range(5):
        rig.now += timedelta(minutes=10)
        rig.tick()
    assert len(rig.invites()) == first
    rig.passes(days=7, step=timedelta(hours=3))
    invites = [row for row in rig.rows(t.contacts) if row["kind"] == "invite"]
    assert len(invites) == 50  # 20 answers at a rate of 0.4
    assert 0 < first < 15
    places = rig.values(t.wave_people, "state")
    assert places.count("asked") == 50
    assert {row["reason"] for row in rig.rows(t.wave_people, state="dropped")} == {Reason.NOT_DRAWN}
    assert wrong(rig) == []


def test_a_sample_of_nearly_everybody_is_a_census(make_rig: MakeRig) -> None:
    """Twenty answers of thirty people: all are asked."""
    rig = make_rig(configured(SAMPLE))
    for number in range(30):
        rig.person(f"P{number}")
    rig.wave()
    assert len(rig.invites()) == 30


def test_an_event_pulse_drops_whom_it_cannot_ask_and_a_census_waits(make_rig: MakeRig) -> None:
    """Late is worthless after an event; a census asks as soon as it may."""
    event = SHIFT.replace("owner =", 'kind = "event"\nowner =')
    rig = make_rig(configured(event + PULSE))
    aino = rig.person("Aino", groups=("members", "volunteers"))
    aino.says("later")
    rig.now += timedelta(hours=1)
    rig.open_wave("shift")
    rig.open_wave("pulse")
    rig.tick()
    assert rig.places(aino) == [("dropped", Reason.PAUSED), ("frame", Reason.PAUSED)]
    rig.passes(days=7)
    assert rig.places(aino) == [("dropped", Reason.PAUSED), ("asked", 0)]


# --- closing ------------------------------------------------------------------------------------------------


def test_a_closed_wave_asks_nobody_and_says_why_nobody_was_asked(rig: Rig) -> None:
    """Each of the audience ends asked, or dropped for the reason that held them back."""
    people = {name: rig.person(name) for name in ("Aino", "Bo", "Cecilia")}
    unreachable = rig.person("David", started=False)
    people["Bo"].says("stop")
    people["Cecilia"].uses("later", "30")
    rig.now += timedelta(hours=1)
    rig.wave()
    rig.passes(days=8, step=timedelta(hours=3))
    assert rig.row(t.waves)["state"] == "closed"
    assert rig.places(people["Aino"]) == [("asked", 0)]
    assert rig.places(people["Bo"]) == [("dropped", Reason.OPT_OUT)]
    assert rig.places(people["Cecilia"]) == [("dropped", Reason.PAUSED)]
    assert rig.places(unreachable) == [("dropped", Reason.UNREACHABLE)]
    unreachable.says("hello")
    rig.passes(days=1)
    assert rig.places(unreachable) == [("dropped", Reason.UNREACHABLE)]
    assert wrong(rig) == []


def test_a_wave_of_a_survey_that_is_gone_closes_all_the_same(make_rig: MakeRig) -> None:
    """Taken out of the configuration: nobody is asked any more, and its time runs out."""
    rig = make_rig(configured(PULSE + SHIFT))
    rig.person("Aino")
    rig.open_wave()
    rig.restart(configured(SHIFT))
    rig.passes(days=8, step=timedelta(hours=6))
    assert rig.values(t.waves, "state") == ["closed"]
    assert rig.invites() == []


def test_an_edited_flow_does_not_touch_an_open_session(make_rig: MakeRig) -> None:
    """The session keeps its version; the next wave asks the new one."""
    rig = make_rig()
    aino = rig.person("Aino")
    rig.wave()
    aino.taps("Start")
    rig.restart(configured(flows=FLOWS.replace("How are you?", "How do you do?").replace('"good"', '"fine"')))
    assert aino.taps("Good")[-1] == "2/2 · What would you tell? | [Skip] [Back]"
    assert rig.answers(aino) == {"mood": "good"}
    bo = rig.person("Bo")
    rig.now += timedelta(minutes=1)
    rig.wave()
    assert bo.taps("Start")[-1] == "1/2 · How do you do? [Good] [Bad]"


def test_opening_twice_at_the_same_moment_is_one_wave(each_rig: Rig) -> None:
    """Two processes that look at the same slot: the second finds it taken."""
    rig = each_rig
    rig.person("Aino")
    survey = rig.config.surveys["pulse"]
    found = [
        rig.write(lambda c: rounds.open_wave(rig.context, c, survey, "slot", rig.now, rig.now))
        for _ in range(2)
    ]
    assert found[1] is None
    assert len(rig.rows(t.wave_people)) == 1
