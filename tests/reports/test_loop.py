"""Feedback unasked and the loop: what was heard, what was told back, and how long people have waited."""

from datetime import UTC, date, datetime, timedelta

from reports.figures.feedback import feedback
from reports.figures.loop import Message, loop
from reports.suppression import Percent

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)


def days_ago(days: float) -> datetime:
    """A moment in the past."""
    return NOW - timedelta(days=days)


def told(days: float) -> Message:
    """Something that was told back to forty people."""
    return Message(texts={"en": "We heard you."}, people=40, at=days_ago(days))


def test_a_message_closes_what_it_is_about() -> None:
    """One about a round closes that round; one about the survey all rounds that were over by then."""
    rounds = [("pulse", 1, days_ago(70)), ("pulse", 2, days_ago(50)), ("pulse", 3, days_ago(20))]
    found = loop(rounds, [("pulse", 2, told(48)), ("other", None, told(1))], {"pulse": {"en": "P"}}, NOW)
    assert found is not None
    (promise,) = found.promises
    assert (promise.rounds, promise.told, promise.waits_since, promise.late) == (3, 1, days_ago(70), True)
    assert (found.rounds, found.told, found.late, found.days) == (3, 1, 1, 2.0)
    everything = loop(rounds, [("pulse", None, told(30))], {}, NOW)
    assert everything is not None
    (promise,) = everything.promises
    assert (promise.told, promise.waits_since, promise.late, promise.purpose) == (2, days_ago(20), False, {})
    assert promise.last == told(30)
    assert everything.days == 30.0


def test_the_longest_wait_stands_first() -> None:
    """Surveys that owe nothing come last; without any round there is no loop."""
    rounds = [("a", 1, days_ago(5)), ("b", 2, days_ago(40)), ("c", 3, days_ago(90))]
    found = loop(rounds, [("c", 3, told(80))], {}, NOW)
    assert found is not None
    assert [promise.survey for promise in found.promises] == ["b", "a", "c"]
    assert loop([], [], {}, NOW) is None
    silent = loop(rounds[:1], [], {}, NOW)
    assert silent is not None
    assert silent.days is None


def voices(day: date, good: int, bad: int, first: int = 0) -> list[tuple[date, str, str, int]]:
    """So many good and bad voices on one day, each of a person of their own."""
    return [
        (day, "good" if number < good else "bad", "open" if number % 2 else "done", first + number)
        for number in range(good + bad)
    ]


def test_feedback_month_by_month() -> None:
    """May and June stand by themselves; July is too small and hides the next smallest with it."""
    may, june, july = (date(2026, month, 9) for month in (5, 6, 7))
    found = feedback([*voices(may, 12, 8), *voices(june, 3, 3, 50), *voices(july, 1, 1, 80)], 5)
    assert found is not None
    assert (found.voices, found.waiting, found.taken, found.done, found.rest) == (28, 14, 0, 14, 8)
    assert [(month, mood.n, mood.good, mood.bad) for month, mood in found.months] == [
        (date(2026, 5, 1), 20, Percent("", 60), Percent("", 40)),
    ]  # fmt: skip
    assert found.mood is not None
    assert (found.mood.n, found.mood.mixed) == (28, Percent("≤", 10))


def test_few_voices_are_only_counted() -> None:
    """Four people: how many, and what became of it, but not how it felt; one person many times is one."""
    few = feedback(voices(date(2026, 5, 9), 2, 2), 5)
    assert few is not None
    assert (few.voices, few.mood, few.months, few.rest) == (4, None, (), 4)
    one = feedback([(date(2026, 5, 9), "bad", "open", 7)] * 9, 5)
    assert one is not None
    assert one.mood is None
    unsaid = feedback([(date(2026, 5, 9), "", "taken", 7)], 5)
    assert unsaid is not None
    assert (unsaid.voices, unsaid.taken, unsaid.rest) == (1, 1, 0)
    assert feedback([], 5) is None
