"""Verdicts in the admin's words."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from scheduler.explain import WORDS, moment, sentence, told_of
from scheduler.policy import decide
from scheduler.verdicts import GO, Finding, Later, Never, Reason
from tests.scheduler.examples import ANYBODY, DAY, INVITE, NOW, USUAL

HELSINKI = ZoneInfo("Europe/Helsinki")


def test_a_gap_is_told_with_its_numbers_and_its_end() -> None:
    """The rule, what was found, what is allowed, and when it ends by the organisation's clock."""
    verdict = decide(USUAL, replace(ANYBODY, invites=(NOW - 3 * DAY,)), INVITE, NOW)
    assert sentence(verdict, HELSINKI, NOW) == "MIN_GAP, asked 3 days ago, limit 7. Earliest 10 May 12:00."


def test_the_other_rules_are_named() -> None:
    """What else stands in the way follows the first reason."""
    ledger = replace(ANYBODY, invites=(NOW - 3 * DAY,), outcomes={"completed": NOW - DAY}, stopped=True)
    told = sentence(decide(USUAL, ledger, INVITE, NOW), HELSINKI, NOW)
    assert told == "OPT_OUT, said stop or blocked the bot. Also QUARANTINE, MIN_GAP."


def test_a_moment_after_good_until_is_told() -> None:
    """That it would have been possible later is worth knowing."""
    ask = replace(INVITE, good_until=NOW + DAY)
    told = sentence(decide(USUAL, replace(ANYBODY, invites=(NOW - DAY,)), ask, NOW), HELSINKI, NOW)
    assert told == "MIN_GAP, asked 1 day ago, limit 7. Also TOO_LATE. Earliest 12 May 12:00."


def test_go_is_a_sentence_too() -> None:
    """Somebody who is free is said to be."""
    assert sentence(GO, HELSINKI, NOW) == "May be asked now."


def test_a_verdict_without_findings_still_has_its_code() -> None:
    """A stored code alone is told as it is."""
    told = [
        sentence(verdict, HELSINKI, NOW) for verdict in (Never(Reason.DORMANT), Later(NOW, Reason.PAUSED))
    ]
    assert told == ["DORMANT.", "PAUSED. Earliest 6 May 12:00."]


def test_another_year_is_written_out() -> None:
    """A date of next year would be misread without its year."""
    assert moment(datetime(2027, 1, 1, 8, 5, tzinfo=UTC), HELSINKI, NOW) == "1 Jan 2027 10:05"


@pytest.mark.parametrize(
    ("finding", "told"),
    [
        (Finding(Reason.SELECTED), "may be asked"),
        (Finding(Reason.OPT_OUT), "said stop or blocked the bot"),
        (Finding(Reason.OPT_OUT, about="Courses"), 'left the topic "Courses"'),
        (Finding(Reason.PAUSED, NOW), "asked for a pause"),
        (Finding(Reason.DORMANT, None, 3, 3), "3 invites ignored in a row"),
        (Finding(Reason.UNREACHABLE), "no address that can be written to"),
        (Finding(Reason.NOT_IN_AUDIENCE), "not in the audience that was fixed at opening"),
        (Finding(Reason.NOT_ELIGIBLE), "a condition of the survey does not hold"),
        (Finding(Reason.ALREADY_ASKED), "already invited in this wave"),
        (Finding(Reason.ALREADY_ASKED, about="declined"), "declined in this wave"),
        (Finding(Reason.ALREADY_ASKED, NOW, 20.0, 30), "this survey asked 20 days ago, limit 30"),
        (Finding(Reason.IN_SESSION, NOW), "another conversation is open"),
        (Finding(Reason.QUARANTINE, NOW, 1.04, 7, "not_now"), "not now 1 day ago, rest 7"),
        (Finding(Reason.MIN_GAP, NOW, 6.97, 7), "asked 6.9 days ago, limit 7"),
        (Finding(Reason.CAP_1D, NOW, 1, 1), "1 invite within a day, planned ones included, limit 1"),
        (Finding(Reason.CAP_30D, NOW, 2, 2), "2 invites within 30 days, planned ones included, limit 2"),
        (
            Finding(Reason.CAP_365D, NOW, 12, 12),
            "12 invites within 365 days, planned ones included, limit 12",
        ),
        (Finding(Reason.CAP_MESSAGES, NOW, 3, 3), "3 messages within 7 days, planned ones included, limit 3"),
        (
            Finding(Reason.RESERVED_FOR_SAMPLE, NOW, 9, 9),
            "9 invites within 365 days, the rest kept for samples, limit 9",
        ),
        (Finding(Reason.GROUP_CAP, NOW, 1, 1), "1 invite to the household or board within 30 days, limit 1"),
        (Finding(Reason.BURDEN, NOW, 4.6419, 4.0), "4.64 points with this contact, limit 4"),
        (Finding(Reason.SEND_WINDOW, NOW), "outside the hours in which people are written to"),
        (Finding(Reason.TOO_LATE), "no longer worth asking by then"),
        (Finding(Reason.ENOUGH_ANSWERS), "the wave has the answers it wanted"),
        (Finding(Reason.TAKEN_BY_HIGHER_PRIORITY), "another survey came first"),
        (
            Finding(Reason.NOT_DRAWN, None, 7912, 400, "active"),
            "place 7,912 in the queue of the group active; 400 drawn",
        ),
        (Finding(Reason.NOT_DRAWN, None, 2, 1), "place 2 in the queue of the group; 1 drawn"),
        (Finding(Reason.NOT_DRAWN), "free, but not reached in the queue"),
    ],
    ids=lambda value: value.rule.name if isinstance(value, Finding) else "",
)
def test_every_finding_has_its_words(finding: Finding, told: str) -> None:
    """Each rule is told with its own numbers."""
    assert told_of(finding) == told


def test_no_reason_is_without_words() -> None:
    """A new reason needs its line."""
    assert set(WORDS) == set(Reason)


def test_days_are_cut_not_rounded_up() -> None:
    """A minute before the seventh day nobody reads that it was seven days ago."""
    verdict = decide(USUAL, replace(ANYBODY, invites=(NOW - 7 * DAY + timedelta(minutes=1),)), INVITE, NOW)
    assert sentence(verdict, HELSINKI, NOW).startswith("MIN_GAP, asked 6.9 days ago, limit 7.")
