"""Every question type has its figure, and a figure holds nothing that may not be shown."""

from collections.abc import Mapping
from typing import Any, get_args

import msgspec
import pytest

from bot.engine.flow import Choice, Question, QuestionType
from reports.figures import FIGURES, Figure, Picture, Steps, Tally, figure
from reports.figures.publish import share
from reports.suppression import Percent
from tests.reports.seed import faces, nps, plain, select, yes_no


def tallied(question: Question, counts: Mapping[Any, int], **values: Any) -> Tally:
    """A tally of these values, each with the number of people who gave it."""
    raw = {msgspec.json.encode(value).decode(): n for value, n in counts.items()}
    n = sum(counts.values())
    return Tally(**{"question": question, "values": raw, "steps": Steps(asked=n, answered=n), **values})


def shares(picture: Picture) -> dict[str, str]:
    """Bars as they may be printed."""
    return {bar.id: f"{bar.share.sign}{bar.share.value} ({bar.low}–{bar.high})" for bar in picture.bars}


def ranges(picture: Picture) -> list[tuple[float | None, float | None, int]]:
    """Ranges and their shares."""
    return [(bar.first, bar.last, bar.share.value) for bar in picture.bars]


def test_every_type_but_the_note_has_a_figure() -> None:
    """A note is not answered; every other question type stands in the registry."""
    assert set(FIGURES) == set(get_args(QuestionType)) - {"note"}


# --- choices ----------------------------------------------------------------------------------------------


def test_yes_no_tells_the_share_of_yes() -> None:
    """7 of 10 said yes: Wilson's interval is 39.68 to 89.22 percent, rounded outwards to whole percent."""
    found = figure(tallied(yes_no("again"), {True: 7, False: 3}))
    assert found.n == 10
    assert shares(found.picture) == {"yes": "70 (39–90)", "no": "30 (10–61)"}
    headline = found.picture.headline
    assert headline is not None
    assert (headline.what, headline.value, headline.low, headline.high, headline.method) == (
        "yes", 0.7, 0.39, 0.9, "wilson",
    )  # fmt: skip


def test_the_population_narrows_the_interval() -> None:
    """With 7 of 10 among 12 people n becomes 10 · 11 / 2 = 55 in Wilson's formula: 56.8 to 80.5 percent."""
    found = figure(tallied(yes_no("again"), {True: 7, False: 3}, population=12))
    assert shares(found.picture)["yes"] == "70 (56–81)"


def test_where_everybody_answered_there_is_no_interval() -> None:
    """6 of 9 among 9 is two thirds, and nothing else it could be."""
    found = figure(tallied(yes_no("again"), {True: 6, False: 3}, population=9))
    assert shares(found.picture) == {"yes": "67 (67–67)", "no": "33 (33–33)"}


def test_more_answers_than_people_leave_the_population_out() -> None:
    """A population that cannot be right is not used."""
    found = figure(tallied(yes_no("again"), {True: 7, False: 3}, population=4))
    assert shares(found.picture)["yes"] == "70 (39–90)"


def test_unanimity_is_not_given_away() -> None:
    """Of 10 people who all said yes the page says at least 80 percent, and an interval that fits 8 as well.

    Wilson's lower limit for 8 of 10 is 49.02 percent.
    """
    found = figure(tallied(yes_no("again"), {True: 10}))
    assert shares(found.picture) == {"yes": "≥80 (49–100)", "no": "≤20 (0–51)"}
    headline = found.picture.headline
    assert headline is not None
    assert (headline.sign, headline.value) == ("≥", 0.8)
    assert found == figure(tallied(yes_no("again"), {True: 8, False: 2}))


def test_one_choice_of_several_comes_with_the_most_frequent_first() -> None:
    """Choices are ordered by what is shown, and the leader is the headline."""
    counts = {"a": 8, "b": 22, "c": 10}
    found = figure(tallied(select("why", "a", "b", "c", "d"), counts)).picture
    assert [bar.id for bar in found.bars] == ["b", "c", "a", "d"]
    assert [bar.share for bar in found.bars] == [
        Percent("", 55), Percent("", 25), Percent("", 20), Percent("≤", 5),
    ]  # fmt: skip
    assert found.headline is not None
    assert (found.headline.value, found.headline.of) == (0.55, ("b",))


@pytest.mark.parametrize("counts", [{"a": 20, "b": 20}, {"a": 1, "b": 1, "c": 1, "d": 1, "e": 1, "f": 1}])
def test_no_leader_where_the_first_look_alike(counts: Mapping[str, int]) -> None:
    """Equal shares, or shares too small to be told, make nobody the most frequent."""
    assert figure(tallied(select("why", *"abcdef"), counts)).picture.headline is None


def test_a_question_without_choices_has_neither_bars_nor_leader() -> None:
    """A flow from elsewhere may know no choices."""
    assert figure(tallied(select("why"), {})).picture == Picture()


def test_a_choice_that_the_flow_no_longer_knows_keeps_its_id() -> None:
    """Its answers count, under the id."""
    found = figure(tallied(select("why", "a"), {"a": 5, "gone": 5})).picture
    assert [(bar.id, bar.label) for bar in found.bars] == [("a", {"en": "A"}), ("gone", {"": "gone"})]


def test_a_multiple_selection_counts_people_not_marks() -> None:
    """10 people marked 14 choices: the shares are of people."""
    question = select("topics", "art", "sport", "food", multiple=True)
    raw = {'["art","sport"]': 4, '["art"]': 3, '["sport","art"]': 0, "[]": 3}
    found = figure(Tally(question=question, values=raw, steps=Steps(asked=10, answered=10))).picture
    assert shares(found) == {"art": "70 (39–90)", "sport": "40 (16–69)", "food": "≤20 (0–51)"}


def test_faces_tell_the_best_two_the_worst_and_the_mean() -> None:
    """Of 20 faces 13 are 4 or 5 (Wilson 43.3–81.9), and the mean is 3.7 with sd 1.2183 (t 3.13–4.27)."""
    found = figure(tallied(faces("mood"), {1: 1, 2: 3, 3: 3, 4: 7, 5: 6})).picture
    assert found.headline is not None
    assert (found.headline.what, found.headline.of) == ("top", ("4", "5"))
    assert (found.headline.value, found.headline.low, found.headline.high) == (0.65, 0.43, 0.82)
    worst, mean = found.others
    assert (worst.what, worst.sign, worst.value, worst.of) == ("bottom", "≤", 0.1, ("1",))
    assert (mean.what, round(mean.value, 4)) == ("mean", 3.7)
    assert (round(mean.low or 0, 2), round(mean.high or 0, 2)) == (3.13, 4.27)
    assert [bar.strong for bar in found.bars] == [False, False, False, True, True]


def test_a_mean_would_give_away_that_nearly_all_agree() -> None:
    """Where one point holds nearly everybody, there is no mean."""
    found = figure(tallied(faces("mood"), {5: 9, 1: 1})).picture
    assert [estimate.what for estimate in found.others] == ["bottom"]


def test_a_short_scale_counts_only_its_best_point() -> None:
    """Of three points the best alone is the top."""
    choices = tuple(Choice(id=str(n), label={"en": str(n)}, value=n) for n in (1, 2, 3))
    question = Question(id="q", type="scale", text={"en": "Q"}, minimum=1, maximum=3, choices=choices)
    found = figure(tallied(question, {1: 2, 2: 4, 3: 4})).picture
    assert found.headline is not None
    assert (found.headline.of, found.headline.value) == (("3",), 0.4)
    assert [estimate.what for estimate in found.others] == ["mean"]


def test_answers_without_a_number_do_not_count_in_a_mean() -> None:
    """A point that the newest scale no longer knows has no value."""
    found = figure(tallied(faces("mood"), {3.0: 4, 4.0: 4, 9: 2})).picture
    (mean,) = (estimate for estimate in found.others if estimate.what == "mean")
    assert mean.value == 3.5


def test_the_net_promoter_score_has_an_adjusted_wald_interval() -> None:
    """6 promoters, 2 passives, 2 detractors: +40; centre 4/13, se = √((8.25/13 − (4/13)²) / 13) · … = ±."""
    found = figure(tallied(nps("rec"), {10: 4, 9: 2, 8: 1, 7: 1, 6: 1, 0: 1})).picture
    assert found.headline is not None
    assert (found.headline.unit, found.headline.value, found.headline.method) == (
        "score", 40, "adjusted_wald",
    )  # fmt: skip
    # p' = 6.75/13, d' = 2.75/13: centre 0.3077, variance (0.7308 − 0.0947)/13 = 0.04893, z·se = 0.4336
    assert (found.headline.low, found.headline.high) == (-13, 75)
    assert [(one.what, one.sign, one.value) for one in found.others] == [
        ("promoters", "", 0.6), ("passives", "≤", 0.2), ("detractors", "≤", 0.2),
    ]  # fmt: skip
    assert [bar.id for bar in found.bars if bar.strong] == ["9", "10"]


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ({10: 10}, ("≥", 60, 100)),
        ({9: 8, 0: 2}, ("≥", 60, 100)),
        ({0: 10}, ("≤", -60, -100)),
        ({8: 10}, None),
    ],
)
def test_a_score_of_nearly_everybody_is_a_limit(
    counts: Mapping[int, int], expected: tuple[str, int, int] | None
) -> None:
    """Where nearly all promote, the score is at least what two detractors in ten would leave of it."""
    headline = figure(tallied(nps("rec"), counts)).picture.headline
    if expected is None:
        assert headline is None
        return
    assert headline is not None
    sign, value, open_end = expected
    assert (headline.sign, headline.value) == (sign, value)
    assert (headline.high if sign == "≥" else headline.low) == open_end


# --- numbers and dates ------------------------------------------------------------------------------------


def test_numbers_come_in_ranges_of_at_least_k() -> None:
    """20 answers in ranges of at least 5; the oldest member, 97, is not told apart."""
    counts = dict.fromkeys((*range(20, 39), 97), 1)
    found = figure(tallied(plain("age", "integer"), counts))
    assert ranges(found.picture) == [(None, 24, 25), (25, 29, 25), (30, 34, 25), (35, None, 25)]
    headline, (middle,) = found.picture.headline, found.picture.others
    assert headline is not None
    assert (headline.what, headline.value) == ("mean", 32.4)
    assert (middle.what, middle.value, middle.low) == ("median", 29.5, None)


def test_a_range_of_one_frequent_value_is_closed() -> None:
    """Ten people said 0: that is no extreme; the few above come together."""
    found = figure(tallied(plain("visits", "decimal"), {0: 10, 1.5: 3, 2: 2})).picture
    assert ranges(found) == [(0, 0, 67), (1.5, None, 33)]


def test_what_is_left_over_joins_its_neighbours() -> None:
    """Too few at the end do not make a range of their own."""
    found = figure(tallied(plain("visits", "integer"), {1: 5, 2: 5, 3: 2})).picture
    assert ranges(found) == [(1, 1, 42), (2, None, 58)]


def test_a_single_range_says_nothing() -> None:
    """Six different numbers of six people are one range, and one range is no picture."""
    found = figure(tallied(plain("visits", "integer"), dict.fromkeys(range(6), 1))).picture
    assert found.bars == ()


def test_a_number_that_nearly_all_gave_has_no_mean() -> None:
    """Mean and median would tell what the recoded share hides."""
    found = figure(tallied(plain("visits", "integer"), {2: 9, 40: 1})).picture
    assert (found.headline, found.others) == (None, ())


def test_without_answers_there_is_no_share() -> None:
    """A share of nobody is refused; figures are only made of k answers and more."""
    with pytest.raises(ValueError, match="no share"):
        share(0, 0, None)


def test_dates_come_in_ranges_of_days() -> None:
    """Bounds are days of the common era."""
    counts = {f"2026-05-{day:02}": 1 for day in range(1, 11)}
    found = figure(tallied(plain("when", "date"), counts)).picture
    first = 739737  # 2026-05-01, as date(2026, 5, 1).toordinal() says
    assert ranges(found) == [(None, first + 4, 50), (first + 5, None, 50)]
    assert found.form == "dates"


# --- what is hidden ---------------------------------------------------------------------------------------


def hidden(found: Figure) -> bool:
    """Nothing about the answers is left in the figure."""
    return (found.n, found.picture, found.comments, found.median_seconds) == (None, Picture(), (), None)


@pytest.mark.parametrize("n", [0, 1, 4])
def test_fewer_than_k_answers_say_nothing(n: int) -> None:
    """Neither number, nor shares, nor time."""
    found = figure(tallied(yes_no("again"), {True: n}, tenths={40: n}))
    assert hidden(found)
    assert found.passage is None


def test_k_of_the_survey_counts() -> None:
    """With k = 12, eleven answers are too few and twelve enough."""
    assert hidden(figure(tallied(yes_no("again"), {True: 6, False: 5}, k=12)))
    assert figure(tallied(yes_no("again"), {True: 6, False: 6}, k=12)).n == 12


@pytest.mark.parametrize(("k", "n", "shown"), [(5, 9, False), (5, 10, True), (12, 11, False), (12, 12, True)])
def test_comments_need_ten_or_k(k: int, n: int, shown: bool) -> None:
    """Comments are shown from ten on, and never below the survey's own k."""
    words = tuple(f"word {number}" for number in range(n))
    found = figure(tallied(plain("why", "text"), {"": 20}, words=words, k=k))
    assert (found.comments == words, found.comments_hidden) == (shown, not shown)


def test_no_comments_are_not_hidden_comments() -> None:
    """Where nobody wrote anything there is nothing to keep back."""
    found = figure(tallied(plain("why", "text"), {"": 20}))
    assert (found.comments, found.comments_hidden) == ((), False)


def test_the_way_through_a_question_is_told_in_shares() -> None:
    """Of 40 people asked, 30 answered; 2 left, which is told as at most 5 percent."""
    steps = Steps(asked=40, answered=30, skipped=8, left=2)
    passage = figure(tallied(yes_no("again"), {True: 15, False: 15}, steps=steps)).passage
    assert passage is not None
    assert (passage.asked, passage.answered, passage.skipped, passage.left) == (
        40, Percent("", 75), Percent("", 20), Percent("≤", 5),
    )  # fmt: skip
    assert (passage.refused, passage.timed_out) == (Percent("≤", 5), Percent("≤", 5))


def test_all_refused_is_told_without_figures() -> None:
    """Forty people preferred not to say: the way is told, the answers are not."""
    steps = Steps(asked=40, refused=40)
    found = figure(Tally(question=yes_no("again"), steps=steps))
    assert hidden(found)
    assert found.passage is not None
    assert found.passage.refused == Percent("≥", 95)


def test_the_usual_time_is_the_median_in_seconds() -> None:
    """Half of the answers came within 4.5 seconds."""
    found = figure(tallied(yes_no("again"), {True: 3, False: 3}, tenths={40: 3, 50: 3}))
    assert found.median_seconds == 4.5


def test_a_thousand_choices_have_a_thousand_bars() -> None:
    """Nothing is left out of a figure because there is much of it."""
    question = select("town", *(f"town{number}" for number in range(1000)))
    found = figure(tallied(question, {"town7": 600, "town8": 400})).picture
    assert len(found.bars) == 1000
    assert [bar.id for bar in found.bars[:3]] == ["town7", "town8", "town0"]
