"""Rounds of surveys: opened once, with an audience that is fixed, and a reason kept for everybody in it."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, select
from sqlalchemy.exc import NoResultFound

from scheduler.crowd import NONE, micros
from storage import crowds, waves
from storage.tables import wave_people
from storage.waves import Decision
from tests.storage.rows import DAY, HOUR, NOW, address, contact, person, session, wave


def enrol(connection: Connection, number: int, *people: int, stratum: str = "") -> int:
    """Put these people into the audience, and count it."""
    waves.enrol(
        connection, number, ({"person_id": one, "wanted_at": NOW, "stratum": stratum} for one in people)
    )
    return waves.count_frame(connection, number)


def waiting(connection: Connection, number: int, moment: datetime | None = None) -> list[int]:
    """Who waits in a wave."""
    people: list[int] = crowds.frame(connection, number, moment).person.tolist()
    return people


def decide(connection: Connection, number: int, who: int, state: str, reason: int = 0, **values: Any) -> None:
    """Keep a verdict, reached now."""
    decision = Decision(wave_id=number, person_id=who, state=state, reason=reason, **values)
    waves.decide(connection, [decision], NOW)


def row(connection: Connection, who: int) -> tuple[object, ...]:
    """State, reason, mask and earliest moment of somebody in the only wave."""
    columns = (wave_people.c.state, wave_people.c.reason, wave_people.c.mask, wave_people.c.earliest)
    return tuple(connection.execute(select(*columns).where(wave_people.c.person_id == who)).one())


def test_a_survey_has_one_wave_of_a_name(connection: Connection) -> None:
    """Another process, or the same moment looked at twice, opens nothing."""
    number = wave(connection)
    found = waves.find(connection, "pulse", "w1")
    assert found is not None
    assert found == waves.get(connection, number)
    values = {
        "survey": "pulse",
        "flow_digest": found.flow_digest,
        "opens_at": NOW,
        "closes_at": NOW,
        "seed": 1,
    }
    assert waves.open_wave(connection, name="w1", **values) is None
    assert waves.open_wave(connection, name="w1", **{**values, "survey": "other"}) not in (None, number)


def test_an_unknown_wave_is_told(connection: Connection) -> None:
    """By name softly, by number loudly."""
    assert (waves.find(connection, "pulse", "none"), waves.closes_at(connection, 1)) == (None, None)
    with pytest.raises(NoResultFound):
        waves.get(connection, 1)


def test_open_waves_are_those_that_still_invite(connection: Connection) -> None:
    """Oldest first; a survey's waves newest first."""
    first, second = wave(connection), wave(connection, "w2")
    other = wave(connection, survey="other")
    assert [one.id for one in waves.open_waves(connection)] == [first, second, other]
    waves.close(connection, first)
    assert [one.id for one in waves.open_waves(connection)] == [second, other]
    assert [one.id for one in waves.of_survey(connection, "pulse")] == [second, first]
    assert waves.closes_at(connection, second) == NOW + 7 * DAY


def test_an_audience_is_fixed(connection: Connection) -> None:
    """Twice the same people are enrolled once; the frame is counted, with its strata."""
    number = wave(connection)
    people = [person(connection) for _ in range(3)]
    assert enrol(connection, number, *people[:2], stratum="a") == 2
    assert enrol(connection, number, *people[1:], stratum="b") == 3
    assert (waves.get(connection, number).frame_size, waves.strata(connection, number)) == (
        3,
        {"a": 2, "b": 1},
    )
    assert waves.wanted_at(connection, number, people[0]) == NOW
    assert waves.wanted_at(connection, number, person(connection)) is None
    waves.set_quota(connection, number, 2)
    assert waves.get(connection, number).quota == 2


def test_a_large_audience_is_enrolled_in_parts(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However the parts fall."""
    monkeypatch.setattr(waves, "CHUNK", 3)
    people = [person(connection) for _ in range(9)]
    for number, size in ((wave(connection), 7), (wave(connection, "w2"), 9)):
        assert enrol(connection, number, *people[:size]) == size


def test_who_waits_comes_with_what_is_kept_of_them(connection: Connection) -> None:
    """By person: the wanted moment, the stratum, the last verdict, and whether they took part already."""
    number, other = wave(connection), wave(connection, "w2")
    people = [person(connection) for _ in range(4)]
    enrol(connection, number, *reversed(people[:2]), stratum="young")
    enrol(connection, number, *people[2:])
    enrol(connection, other, people[0])
    decide(connection, number, people[1], "frame", 10, earliest=NOW + HOUR)
    contact(connection, people[2], wave_id=number)
    found = crowds.frame(connection, number)
    assert found.person.tolist() == people
    assert found.at.tolist() == [micros(NOW)] * 4
    assert [found.strata[code] for code in found.stratum] == ["young", "young", "", ""]
    assert found.reason.tolist() == [-1, 10, -1, -1]
    assert found.earliest.tolist() == [NONE, micros(NOW + HOUR), NONE, NONE]
    assert found.taken_part.tolist() == [False, False, True, False]
    assert crowds.frame(connection, 99).person.tolist() == []


@pytest.mark.parametrize("state", ["planned", "asked", "dropped"])
def test_who_is_decided_waits_no_more(connection: Connection, state: str) -> None:
    """Planned, asked and dropped people are out of the frame."""
    number, who = wave(connection), person(connection)
    enrol(connection, number, who)
    decide(connection, number, who, state)
    assert waiting(connection, number) == []
    assert waves.counts(connection, number) == {state: 1}


def test_a_verdict_is_looked_at_again_when_it_may_have_changed(connection: Connection) -> None:
    """Never decided, its earliest moment come, or two hours old; not sooner."""
    number = wave(connection)
    never, later, open_ended = (person(connection) for _ in range(3))
    enrol(connection, number, never, later, open_ended)
    decide(connection, number, later, "frame", 5, earliest=NOW + HOUR)
    decide(connection, number, open_ended, "frame", 6)

    assert waiting(connection, number, NOW + timedelta(minutes=59)) == [never]
    assert waiting(connection, number, NOW + HOUR) == [never, later]
    assert waiting(connection, number, NOW + 3 * HOUR) == [never, later, open_ended]
    assert waiting(connection, number) == [never, later, open_ended]


def test_a_verdict_is_kept_with_its_reason(connection: Connection) -> None:
    """The last one counts; nothing decided is no mistake."""
    number, who = wave(connection), person(connection)
    enrol(connection, number, who)
    decide(connection, number, who, "frame", 5, mask=1 << 40, earliest=NOW + DAY, detail='{"a": 1}')
    assert row(connection, who) == ("frame", 5, 1 << 40, NOW + DAY)
    decide(connection, number, who, "asked")
    waves.decide(connection, [], NOW)
    assert row(connection, who) == ("asked", 0, 0, None)


def test_a_wave_that_is_over_gives_everybody_up_who_was_not_reached(connection: Connection) -> None:
    """Whoever was held back keeps that reason beside the new one; who was asked stays asked."""
    number = wave(connection)
    plain, held, planned, asked = (person(connection) for _ in range(4))
    enrol(connection, number, plain, held, planned, asked)
    decide(connection, number, held, "frame", 5, mask=1 << 5, earliest=NOW + DAY)
    decide(connection, number, planned, "planned")
    decide(connection, number, asked, "asked")
    contact(connection, planned, wave_id=number, state="reserved")
    contact(connection, asked, wave_id=number, state="sent")
    waves.give_up(connection, number, 19, NOW)
    assert row(connection, plain) == ("dropped", 19, 0, None)
    assert row(connection, held) == ("dropped", 5, 1 << 5 | 1 << 19, None)
    assert row(connection, planned)[:2] == ("dropped", 19)
    assert row(connection, asked)[:2] == ("asked", 0)


def test_answers_and_invites_of_a_wave_are_counted(connection: Connection) -> None:
    """At least half an answer set; invites before today and from today on, given-back ones left out."""
    number = wave(connection)
    for n, (status, at, state) in enumerate(
        [("completed", NOW, "sent"), ("partial", NOW - DAY, "unknown"), ("abandoned", NOW + DAY, "reserved"),
         ("ignored", NOW, "released")]
    ):  # fmt: skip
        who = person(connection)
        session(
            connection,
            who,
            address(connection, who, f"telegram:{n}"),
            public_id=str(n),
            status=status,
            wave_id=number,
        )
        contact(connection, who, wave_id=number, at=at, state=state)
    assert waves.answered(connection, number) == 2
    assert waves.invited(connection, number, NOW) == (1, 2)
    assert waves.past_response(connection, "pulse") == (0, 0)
    waves.close(connection, number)
    assert waves.past_response(connection, "pulse") == (2, 2)
    assert waves.invited(connection, wave(connection, "w2"), NOW) == (0, 0)


def test_newcomers_are_found_once(connection: Connection) -> None:
    """By the day they joined the association, or the bot where that is unknown; the first moment is out."""
    known = person(connection, joined_at=NOW, zone="Europe/Helsinki")
    unknown = person(connection, created_at=NOW - HOUR)
    person(connection, joined_at=NOW - DAY)
    person(connection, joined_at=NOW + timedelta(microseconds=1))
    found = waves.newly_joined(connection, "pulse", NOW - DAY, NOW)
    assert sorted(found) == [(known, NOW, "Europe/Helsinki"), (unknown, NOW - HOUR, None)]
    enrol(connection, wave(connection), known)
    enrol(connection, wave(connection, survey="other"), unknown)
    assert [one[0] for one in waves.newly_joined(connection, "pulse", NOW - DAY, NOW)] == [unknown]
