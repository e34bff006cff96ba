"""The respondent's year: spread, wishes and fatigue, and never one person."""

import pytest

from reports.figures.year import Year, year
from reports.suppression import Percent

COSTS = [(0, 0, 0, 20), (1, 4, 1, 30), (2, 8, 2, 30), (6, 24, 5, 19), (40, 160, 30, 1)]
"""One hundred people; one of them was asked a great deal."""


def made(met: list[tuple[float, bool]] | None = None, **outcomes: int) -> Year | None:
    """The year of these people."""
    wishes = {"normal": 80, "less": 12, "stop": 8}
    return year(
        COSTS,
        outcomes or {"completed": 60, "ignored": 30, "declined": 6, "not_now": 4},
        wishes,
        met or [],
        k=5,
    )


def test_what_was_asked_is_spread_over_people() -> None:
    """Half had at most one contact, nine in ten at most six; nobody stands alone in a range."""
    found = made()
    assert found is not None
    contacts = found.loads[0]
    assert (found.people, found.never, contacts.median, contacts.most) == (100, Percent("", 20), 1.5, 6)
    assert contacts.top == Percent("", 39)
    assert [(bar.first, bar.last, bar.share.value) for bar in contacts.bars] == [
        (0, 0, 20), (1, 1, 30), (2, 2, 30), (6, None, 20),
    ]  # fmt: skip


def test_how_it_was_taken() -> None:
    """Ignored and declined of the invites whose end is known; what people asked for of all people."""
    found = made(completed=60, ignored=30, declined=6, not_now=4, active=50)
    assert found is not None
    assert (found.invites, found.ignored, found.declined) == (100, Percent("", 30), Percent("", 10))
    assert (found.less, found.more, found.stop) == (Percent("", 12), Percent("≤", 2), Percent("", 8))
    few = made(completed=2, ignored=2)
    assert few is not None
    assert (few.ignored, few.declined) == (None, None)


def test_those_who_are_asked_more_answer_less() -> None:
    """90 of 100 without burden, 50 of 100 with it: 40 points, beyond chance; equal burdens stay together."""
    met = [(0.0, place % 10 > 0) for place in range(100)] + [(3.0, place % 2 > 0) for place in range(100)]
    found = made(met)
    assert found is not None
    assert [(step.burden, step.invites, step.answered.value) for step in found.steps] == [
        (0.0, 100, 90), (3.0, 100, 50),
    ]  # fmt: skip
    assert found.tired is not None
    assert (round(found.tired[0], 2), found.tired[1] > 0.2) == (0.4, True)


@pytest.mark.parametrize("met", [[], [(1.0, True)] * 39, [(1.0, True)] * 200])
def test_too_little_tells_nothing_about_fatigue(met: list[tuple[float, bool]]) -> None:
    """Few invites, or all at the same burden: no steps and no verdict."""
    found = made(met)
    assert found is not None
    assert (found.steps, found.tired) == ((), None)


def test_a_year_without_contacts_is_no_section() -> None:
    """Fewer than k people, or nobody contacted; contacts without questions carry nothing."""
    assert year([(1, 1, 1, 4)], {}, {}, [], k=5) is None
    assert year([(0, 0, 0, 40)], {}, {}, [], k=5) is None
    found = year([(1, 0, 0, 40)], {}, {}, [], k=5)
    assert found is not None
    assert [load.top for load in found.loads] == [Percent("", 10), None, None]
