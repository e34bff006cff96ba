"""Stories, outcomes and rates: who was asked, who answered, who was not asked and why."""

from fractions import Fraction
from typing import Any

import pytest

from reports.response import Case, response, story
from reports.statistics import Outcome


@pytest.mark.parametrize(
    ("case", "told"),
    [
        ({"invite": "sent", "status": "completed"}, "completed"),
        ({"invite": "sent", "status": "partial"}, "partial"),
        ({"invite": "sent", "status": "abandoned"}, "abandoned"),
        ({"invite": "sent", "status": "declined"}, "declined"),
        ({"invite": "sent", "status": "not_now"}, "not_now"),
        ({"invite": "sent", "status": "ignored"}, "ignored"),
        ({"invite": "unknown", "status": "ignored"}, "doubtful"),
        ({"invite": "unknown", "status": "completed"}, "completed"),
        ({"invite": "unknown", "status": "invited"}, "doubtful"),
        ({"invite": "unknown"}, "doubtful"),
        ({"invite": "sent", "status": "declined", "cut_off": True}, "blocked"),
        ({"invite": "released", "status": "declined", "cut_off": True}, "blocked"),
        ({"invite": "sent", "status": "partial", "cut_off": True}, "partial"),
        ({"invite": "sent", "status": "invited"}, "open"),
        ({"invite": "sent", "status": "active"}, "open"),
        ({"invite": "unknown", "status": "active"}, "open"),
        ({"invite": "sent"}, "ignored"),
        ({"invite": "released"}, "withheld"),
        ({"invite": "released", "status": "invited"}, "withheld"),
        ({"invite": "reserved", "status": "invited", "closed": False}, "planned"),
        ({"invite": "reserved", "status": "invited", "closed": True}, "withheld"),
        ({}, "not_asked"),
    ],
)
def test_every_person_has_one_story(case: dict[str, Any], told: str) -> None:
    """Invite, session and address together tell what became of a person."""
    assert story(Case(**case)) == told


@pytest.mark.parametrize(
    ("case", "outcome"),
    [
        ({"status": "completed", "answered": 4, "applicable": 5}, Outcome.COMPLETE),
        ({"status": "completed", "answered": 3, "applicable": 5}, Outcome.PARTIAL),
        ({"status": "completed", "answered": 1, "applicable": 5}, Outcome.REFUSAL),
        ({"status": "partial", "answered": 3, "applicable": 4}, Outcome.PARTIAL),
        ({"status": "abandoned", "answered": 1, "applicable": 2}, Outcome.REFUSAL),
        ({"status": "declined"}, Outcome.REFUSAL),
        ({"status": "not_now"}, Outcome.REFUSAL),
        ({"status": "ignored"}, Outcome.NON_CONTACT),
        ({"status": "active", "answered": 1, "applicable": 2}, Outcome.NON_CONTACT),
        ({"status": "declined", "cut_off": True}, Outcome.UNKNOWN_OTHER),
        ({"status": "ignored", "invite": "unknown"}, Outcome.UNKNOWN_OTHER),
        ({"status": None, "invite": "released", "reason": 10}, Outcome.OTHER),
        ({"status": None, "invite": "released", "reason": 6}, Outcome.NOT_ELIGIBLE),
    ],
)
def test_every_story_of_the_drawn_has_an_outcome(case: dict[str, Any], outcome: Outcome) -> None:
    """The outcomes are those of the AAPOR standard, by the limits of 80 and 50 percent of the questions."""
    assert response([Case(**{"invite": "sent", **case})]).outcomes == {outcome: 1}


def test_the_rates_of_a_wave() -> None:
    """Drawn 20: 8 complete, 2 partial, 3 said no, 4 silent, 1 withheld, 1 blocked, 1 in doubt; 10 not drawn.

    RR1 = 8/20, RR2 = 10/20. Of the 30 meant, 20 drawn and 4 not reached by the lot could have been asked.
    """
    found = response(
        [
            Case(people=8, invite="sent", status="completed", answered=4, applicable=4, reason=0),
            Case(people=2, invite="sent", status="partial", answered=2, applicable=3, reason=0),
            Case(people=3, invite="sent", status="declined", reason=0),
            Case(people=4, invite="sent", status="ignored", reason=0),
            Case(people=1, invite="released", reason=10),
            Case(people=1, invite="sent", status="declined", cut_off=True, reason=0),
            Case(people=1, invite="unknown", status="ignored", reason=0),
            Case(people=4, reason=22),
            Case(people=6, reason=10),
            Case(people=2, reason=6),
        ],
        {300.0: 5, 500.0: 5},
    )
    assert (found.audience, found.drawn, found.asked, found.reached) == (32, 20, 19, 17)
    assert (found.started, found.answered) == (10, 10)
    assert (found.rr1, found.rr2) == (Fraction(8, 20), Fraction(10, 20))
    assert found.coverage == Fraction(24, 30)
    assert found.not_asked == {10: 7, 22: 4, 6: 2}
    assert list(found.not_asked) == [10, 22, 6]
    assert found.median_seconds == 40.0
    assert dict(found.stories) == {
        "completed": 8, "partial": 2, "declined": 3, "ignored": 4, "blocked": 1, "doubtful": 1, "withheld": 1,
        "not_asked": 12,
    }  # fmt: skip


def test_nobody_has_no_rates() -> None:
    """An empty audience has neither rates nor a usual time."""
    found = response([])
    assert (found.rr1, found.rr2, found.coverage, found.median_seconds) == (None, None, None, None)
    assert (found.audience, found.stories, found.not_asked) == (0, {}, {})


def test_those_whose_turn_did_not_come_are_counted_together() -> None:
    """No verdict yet and the verdict "selected" are the same to the reader."""
    assert response([Case(people=2), Case(people=3, reason=0)]).not_asked == {0: 5}


def test_the_blocked_are_no_people_who_were_not_asked() -> None:
    """An invite that bounced is a story of its own, not a reason of the policy."""
    found = response([Case(invite="released", status="declined", cut_off=True, reason=0)])
    assert (found.not_asked, found.stories) == ({}, {"blocked": 1})
