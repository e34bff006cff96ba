"""Facts, holds, alerts, schedules, flows and the past of a person: short tables, short rules."""

from datetime import timedelta

import pytest
from sqlalchemy import Connection

from storage import alerts, flows, history, holds, meta, schedules, waves
from storage.waves import Decision
from tests.storage.rows import DAY, HOUR, NOW, PULSE, SECOND, contact, correspondent, session, wave

# --- facts ------------------------------------------------------------------------------------------------


def test_a_fact_is_kept_and_replaced(connection: Connection) -> None:
    """One value for each key."""
    assert meta.get(connection, "account.telegram") is None
    meta.put(connection, "account.telegram", "1")
    meta.put(connection, "account.telegram", "2")
    assert meta.get(connection, "account.telegram") == "2"


# --- holds ------------------------------------------------------------------------------------------------


def test_an_account_is_held_until_a_moment(connection: Connection) -> None:
    """Then it is free by itself; other accounts never were held."""
    holds.put(connection, "telegram:1", NOW + HOUR, "all", "flood")
    assert holds.current(connection, "telegram:1", NOW) == "all"
    assert holds.current(connection, "telegram:1", NOW + HOUR) == ""
    assert holds.current(connection, "telegram:2", NOW) == ""


def test_a_hold_of_everything_stands_above_one_of_invites(connection: Connection) -> None:
    """Both may run at once, and the longer one goes on when the other ends."""
    holds.put(connection, "telegram:1", NOW + 2 * HOUR, "first", "doubts")
    holds.put(connection, "telegram:1", NOW + HOUR, "all", "flood")
    moments = (NOW, NOW + HOUR, NOW + 2 * HOUR)
    assert [holds.current(connection, "telegram:1", moment) for moment in moments] == ["all", "first", ""]


def test_a_shorter_hold_cuts_no_longer_one_short(connection: Connection) -> None:
    """The platform's order stands; a reason is cut to what fits."""
    holds.put(connection, "telegram:1", NOW + HOUR, "all", "flood")
    holds.put(connection, "telegram:1", NOW + SECOND, "all", "x" * 500)
    assert holds.current(connection, "telegram:1", NOW + 30 * 60 * SECOND) == "all"
    holds.put(connection, "telegram:1", NOW + 2 * HOUR, "all", "x" * 500)
    assert holds.current(connection, "telegram:1", NOW + HOUR) == "all"


def test_a_hold_by_a_wrong_clock_does_not_last(connection: Connection) -> None:
    """One that would last for days was put by a clock that was wrong; a new one takes its place."""
    holds.put(connection, "telegram:1", NOW + 30 * DAY, "all", "flood")
    assert holds.current(connection, "telegram:1", NOW) == ""
    holds.put(connection, "telegram:1", NOW + HOUR, "all", "flood")
    assert holds.current(connection, "telegram:1", NOW) == "all"


# --- alerts -----------------------------------------------------------------------------------------------


def test_the_same_alert_again_only_counts_up(connection: Connection) -> None:
    """One row for each condition, with its first and last moment and its newest words."""
    alerts.raise_(connection, "refused", "telegram:1", "first", NOW)
    alerts.raise_(connection, "refused", "telegram:1", "again", NOW + HOUR)
    (found,) = alerts.open_alerts(connection)
    assert (found.message, found.count, found.first_at, found.last_at) == ("again", 2, NOW, NOW + HOUR)


def test_alerts_are_listed_newest_first_until_they_are_over(connection: Connection) -> None:
    """A condition that comes back is open again."""
    alerts.raise_(connection, "refused", "a", "x", NOW)
    alerts.raise_(connection, "refused", "b", "x", NOW + HOUR)
    alerts.raise_(connection, "clock", "a", "x", NOW + DAY)
    assert [(one.kind, one.subject) for one in alerts.open_alerts(connection)] == [
        ("clock", "a"), ("refused", "b"), ("refused", "a"),
    ]  # fmt: skip
    alerts.close(connection, "refused", "b", NOW)
    alerts.close(connection, "clock", "none", NOW)
    assert [one.subject for one in alerts.open_alerts(connection)] == ["a", "a"]
    alerts.raise_(connection, "refused", "b", "x", NOW + DAY)
    assert len(alerts.open_alerts(connection)) == 3


def test_a_long_subject_is_the_same_subject(connection: Connection) -> None:
    """It is cut the same way each time."""
    for _ in range(2):
        alerts.raise_(connection, "refused", "x" * 300, "words " * 1000, NOW)
    assert [one.count for one in alerts.open_alerts(connection)] == [2]
    alerts.close(connection, "refused", "x" * 300, NOW)
    assert alerts.open_alerts(connection) == []


# --- schedules --------------------------------------------------------------------------------------------


def test_a_rule_remembers_how_far_it_was_looked_at(connection: Connection) -> None:
    """A changed rule begins anew."""
    assert schedules.checked_until(connection, "pulse#0", "rule") is None
    schedules.check(connection, "pulse#0", "rule", NOW)
    schedules.check(connection, "pulse#0", "rule", NOW + DAY)
    assert schedules.checked_until(connection, "pulse#0", "rule") == NOW + DAY
    assert schedules.checked_until(connection, "pulse#0", "other") is None
    schedules.check(connection, "pulse#0", "other", NOW)
    assert schedules.checked_until(connection, "pulse#0", "rule") is None


def test_a_slot_is_taken_once(connection: Connection) -> None:
    """Whatever the clocks and other processes do."""
    taken = [
        schedules.take_slot(connection, key, slot, NOW)
        for key, slot in (("a", "1"), ("a", "1"), ("a", "2"), ("b", "1"), ("a", "1"))
    ]
    assert taken == [True, False, True, True, False]


# --- flows ------------------------------------------------------------------------------------------------


def test_a_flow_is_kept_by_its_content(connection: Connection) -> None:
    """The same content is one version; what was kept comes back the same."""
    digest = flows.keep(connection, PULSE, NOW)
    assert flows.keep(connection, PULSE, NOW + DAY) == digest
    assert flows.get(connection, digest) == PULSE
    with pytest.raises(KeyError):
        flows.get(connection, "0" * 16)


# --- the past ---------------------------------------------------------------------------------------------


def test_a_persons_past_is_told_newest_first(connection: Connection) -> None:
    """Decisions, contacts and sessions; never answers."""
    who = correspondent(connection)
    for number, name in enumerate(("w1", "w2", "w3")):
        row = wave(connection, name)
        wanted = NOW + number * DAY
        waves.enrol(connection, row, [{"person_id": who.person_id, "wanted_at": wanted}])
        waves.decide(
            connection, [Decision(wave_id=row, person_id=who.person_id, state="frame", reason=number)], NOW
        )
        contact(connection, who.person_id, wave_id=row, at=wanted)
    session(connection, who.person_id, who.address_id, status="completed", ended_at=NOW)
    session(connection, who.person_id, who.address_id, public_id="s2")
    found = history.decisions(connection, who.person_id, None)
    assert [(one.name, one.reason) for one in found] == [("w3", 2), ("w2", 1), ("w1", 0)]
    assert len(history.decisions(connection, who.person_id, 2)) == 2
    assert [one["at"] for one in history.contacts(connection, who.person_id)] == [
        NOW + 2 * DAY,
        NOW + DAY,
        NOW,
    ]
    assert [one["status"] for one in history.sessions(connection, who.person_id)] == ["active", "completed"]


def test_planned_invites_are_told_by_moment(connection: Connection) -> None:
    """Everybody's, and a person's next one."""
    one, two = correspondent(connection), correspondent(connection, "telegram:6")
    contact(connection, one.person_id, state="reserved", at=NOW + DAY)
    contact(connection, two.person_id, state="reserved", at=NOW + HOUR)
    contact(connection, two.person_id, state="sent", at=NOW)
    contact(connection, two.person_id, state="reserved", kind="reminder", at=NOW + timedelta(minutes=1))
    assert [(row.person_id, row.at) for row in history.reserved(connection)] == [
        (two.person_id, NOW + HOUR),
        (one.person_id, NOW + DAY),
    ]
    assert [row.at for row in history.coming(connection, two.person_id)] == [NOW + HOUR]
    assert history.coming(connection, correspondent(connection, "telegram:7").person_id) == []
