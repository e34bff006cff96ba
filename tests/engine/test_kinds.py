"""What conditions, ways and texts know of times, things, draws and values that nobody was asked for."""

import pytest

from bot.engine import times
from bot.engine.conditions import check, holds
from bot.engine.flow import Question
from bot.engine.paths import measure
from bot.engine.questions import shown
from bot.engine.session import Answer, Control, Media, Reply, Say, Tap
from bot.engine.variables import variables
from tests.engine.builders import ask, choice, flow, opened, step

KNOWN = variables([ask("came", "time"), ask("left", "time"), ask("picture", "photo"), ask("best", "rank")])


@pytest.mark.parametrize(
    ("source", "values", "held"),
    [
        ('came < "12:00"', {"came": "09:30"}, True),
        ('came < "12:00"', {"came": "12:00"}, False),
        ("came < left", {"came": "09:30", "left": "10:00"}, True),
        ("picture is answered", {"picture": "telegram:A"}, True),
        ("picture is unanswered", {}, True),
    ],
)
def test_times_have_an_order_and_things_are_there(source: str, values: dict[str, object], held: bool) -> None:
    """A time of day is compared as such; a file only as given or not."""
    assert check(source, KNOWN) == []
    assert holds(source, values) is held


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("came < 12", '`came` is a time; compare it with one written hour:minute: came < "12:00".'),
        ('came == "noon"', '`came` is a time; compare it with one written hour:minute: came < "12:00".'),
        (
            'picture == "x"',
            "`picture` cannot be compared, it is only there or not. Write picture is answered.",
        ),
        ("picture == best", "`picture` and `best` are of different kinds and cannot be compared."),
        ('"x" in best', "`best` holds one value, so nothing can be `in` it. Write best is answered."),
    ],
)
def test_mistakes_with_them(source: str, said: str) -> None:
    """Each is told with what to write instead."""
    assert check(source, KNOWN) == [said]


def _seconds(question: Question) -> float:
    return 10.0


def test_ways_over_times_and_things() -> None:
    """An exit that no time of day can take is found out, and so is one behind a photo."""
    early = ask("came", "time", ('came < "08:00"', "early"), ('came < "07:00"', "never"), ("", "end"))
    paths = measure(flow(early, ask("early", "text", ("", "end")), ask("never")), _seconds)
    assert paths.unreachable == ("never",)
    photo = ask("p", "photo", ("p is answered", "end"), required=False)
    assert measure(flow(photo, ask("why")), _seconds).unreachable == ()


def test_ways_through_a_pool() -> None:
    """Everybody is asked as many, and every question of the pool by somebody."""
    names = tuple(f"q{number}" for number in range(9))
    pool = ask("drawn", "pool", of=names, pick=3)
    paths = measure(flow(pool, *(ask(one, ask_if=f'"{one}" in drawn') for one in names)), _seconds)
    assert (paths.longest_questions, paths.typical_questions, paths.unreachable) == (3, 3.0, ())
    assert paths.complete


@pytest.mark.parametrize(
    ("value", "said"),
    [(5.5, "5,5"), (True, "Kyllä"), (False, "Ei"), (["a", "b"], "a, b"), ("kevät", "kevät")],
)
def test_values_nobody_gave_in_words(value: object, said: str) -> None:
    """A text may quote them, as the language writes them."""
    question = ask("x", "calculate")
    assert shown(question, Answer(value, "computed"), "fi") == said  # type: ignore[arg-type]
    assert shown(question, Answer(None, "skipped"), "fi") == ""


def test_a_time_in_a_language_without_a_catalogue() -> None:
    """It is written as it is kept."""
    assert times.show("09:30", "tlh") == "09:30"


def test_what_is_sent_where_words_are_awaited() -> None:
    """A sticker gets one word about it; a caption is what was said; an album after a photo needs none."""
    of = flow(ask("p", "photo"), ask("a"), ask("b", "photo", choices=(choice("x", "X"),)))
    first = opened(of)
    refused = step(of, first, Media("sticker"))
    assert [one.message.text for one in refused.effects if isinstance(one, Say)] == [
        "A photo belongs here. Send it with the attach button beside the message box."
    ]
    assert step(of, refused.session, Media("sticker"), 1).effects == ()
    assert step(of, first, Media("photo", "no file in it")).session.tries == 1


def test_an_order_can_be_undone_also_where_back_is_off() -> None:
    """Taking the last one out again leaves the question open; then back says that it is off."""
    choices = (choice("a", "A"), choice("b", "B"), choice("c", "C"))
    of = flow(ask("lead"), ask("r", "rank", choices=choices), back=False)
    session = step(of, opened(of), Reply("x")).session
    picked = step(of, session, Tap("abc.2.1"), 30).session
    assert picked.picked == ("b",)
    again = step(of, picked, Control("back"), 40)
    assert again.session.picked == ()
    off = step(of, again.session, Control("back"), 60)
    assert [one.message.text for one in off.effects if isinstance(one, Say)] == [
        "Earlier answers cannot be changed here."
    ]
