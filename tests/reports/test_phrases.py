"""What a figure says in words, on the page and in the terminal alike."""

from collections.abc import Mapping
from typing import Any

import pytest

from bot.engine.flow import Question
from reports import phrases
from reports.figures import Bar, figure
from reports.report import SurveyReport, Unasked, key_figure, key_question
from reports.response import Response
from reports.suppression import Percent
from reports.words import Words
from tests.reports.seed import START, faces, nps, plain, select, yes_no
from tests.reports.test_figures import tallied

EN = Words("en")


def notes(question: Question, counts: Mapping[Any, int], **values: Any) -> list[str]:
    """The notes under a figure, in English."""
    return [
        note.replace("\u00a0", " ") for note in phrases.notes(figure(tallied(question, counts, **values)), EN)
    ]


def short(question: Question, counts: Mapping[Any, int]) -> str:
    """The headline in a few words, in English."""
    return phrases.short(figure(tallied(question, counts)), EN).replace("\u00a0", " ")


def test_headlines_in_a_few_words() -> None:
    """A share with its interval, a score by its name, a number of answers where there is no headline."""
    assert short(yes_no("q"), {True: 7, False: 3}) == "70% (39–90%)"
    assert short(nps("q"), {10: 6, 8: 2, 0: 2}) == "NPS +40 (−13 – +75)"
    assert short(select("q", "a", "b"), {"a": 5, "b": 5}) == "10 answers"
    assert short(yes_no("q"), {True: 1}) == "fewer than 5 answers"
    assert short(plain("q", "integer"), {1: 5, 2: 5}) == "1.5 (1.1–1.9)"


def test_what_a_headline_is_about() -> None:
    """The labels of the choices that count, or the name of the figure."""
    for question, counts, said in (
        (faces("q"), {5: 4, 4: 4, 1: 4}, "🙂 rather good or 😀 good"),
        (nps("q"), {10: 6, 8: 2, 0: 2}, "net promoter score, −100 to 100"),
        (plain("q", "integer"), {1: 5, 2: 5}, "on average"),
    ):
        found = figure(tallied(question, counts))
        assert found.picture.headline is not None
        assert phrases.about(found, found.picture.headline, EN) == said


def test_notes_of_a_scale() -> None:
    """The worst point and the mean, with their intervals and the scale."""
    assert notes(faces("q"), {1: 4, 3: 4, 4: 3, 5: 4}) == [
        "😞 bad: 27% (10–52%)", "Mean 3.2 on a scale from 1 to 5 (2.3–4.1)",
    ]  # fmt: skip


def test_notes_of_the_net_promoter_score() -> None:
    """The three groups."""
    assert notes(nps("q"), {10: 8, 7: 6, 6: 6}) == [
        "Promoters (9–10) 40% (21–62%)", "Passives (7–8) 30% (14–52%)", "Detractors (0–6) 30% (14–52%)",
    ]  # fmt: skip


def test_notes_of_numbers_and_selections() -> None:
    """The median; that several could be chosen; that a mean is withheld."""
    assert notes(plain("q", "integer"), {1: 5, 2: 5}) == ["Median 1.5"]
    assert notes(select("q", "a", multiple=True), {}) == []
    assert notes(plain("q", "integer"), {2: 9, 3: 1}) == [
        "Nearly everybody answered alike, so no mean is shown."
    ]
    assert notes(select("q", "a", "b"), {"a": 5, "b": 5}, versions=2, retired=True) == [
        "Asked in 2 wordings; the newest is shown.", "No longer asked.",
    ]  # fmt: skip


def test_several_choices_add_up_to_more() -> None:
    """Shares of people, not of marks."""
    found = figure(tallied(select("q", "a", "b", multiple=True), {}))
    assert list(phrases.notes(found, EN)) == []
    question = select("q", "a", "b", multiple=True)
    tally = tallied(question, {})
    full = type(tally)(
        question=question, values={'["a","b"]': 6}, steps=type(tally.steps)(asked=6, answered=6)
    )
    assert list(phrases.notes(figure(full), EN)) == [
        "People could choose several, so the shares add up to more than 100%."
    ]


@pytest.mark.parametrize(
    ("form", "first", "last", "said"),
    [
        ("numbers", None, 4.0, "4 or less"),
        ("numbers", 5.0, None, "5 or more"),
        ("numbers", 5.0, 5.0, "5"),
        ("numbers", 5.0, 7.25, "5–7.25"),
        ("dates", None, 739737.0, "until 1 May 2026"),
        ("dates", 739737.0, None, "1 May 2026 or later"),
        ("dates", 739737.0, 739738.0, "1 May 2026 – 2 May 2026"),
        ("dates", 739737.0, 739737.0, "1 May 2026"),
    ],
)
def test_ranges_in_words(form: str, first: float | None, last: float | None, said: str) -> None:
    """Open ends say so, one value stands alone."""
    bar = Bar(id="1", first=first, last=last, share=Percent("", 50), low=1, high=99)
    assert phrases.label(bar, form, EN) == said


def test_a_choice_without_a_label_is_called_by_its_id() -> None:
    """An empty label would be an empty line."""
    bar = Bar(id="a", label={"en": ""}, share=Percent("", 50), low=1, high=99)
    assert phrases.label(bar, "choices", EN) == "a"


def test_the_ends_of_a_scale() -> None:
    """Numbers and their words; nothing where the ends have none."""
    assert phrases.ends(nps("q"), EN) == "0 = not at all likely, 10 = extremely likely"
    assert phrases.ends(faces("q"), EN) == ""


def test_reasons_in_words() -> None:
    """A reason that this version does not know is still a reason."""
    assert phrases.reason(10, EN) == "Too soon after the last question"
    assert phrases.reason(0, EN) == "Their turn did not come, or not yet"
    assert phrases.reason(99, EN) == "Another reason"


def survey(**values: Any) -> SurveyReport:
    """A survey of which nothing is known but what is given."""
    empty: dict[str, Any] = {
        "id": "s", "flow": "f", "title": {"en": "S"}, "purpose": {}, "k": 5, "first": None, "last": None,
        "waves": (), "response": Response(), "figures": (), "held_back": (), "next_close": None,
        "unasked": Unasked(started=0, completed=0, figures=()),
    }  # fmt: skip
    return SurveyReport(**{**empty, **values})


def test_what_is_held_back_says_until_when() -> None:
    """The day on which the first open round closes."""
    one = survey(held_back=("w1",), next_close=START)
    assert phrases.held_back(one, EN).startswith(
        "One round is still open. Its answers are shown when it closes, on 2 November 2026"
    )
    two = survey(held_back=("w1", "w2"), next_close=START)
    assert phrases.held_back(two, EN).startswith("2 rounds are still open.")


def test_the_key_question() -> None:
    """The one marked as key; else the first scale; else the first that is not free text; else none."""
    text, choice, scale = plain("t", "text"), yes_no("y"), faces("f")
    assert key_question([text, choice, scale, nps("n", key=True)]) == "n"
    assert key_question([text, choice, scale]) == "f"
    assert key_question([text, choice]) == "y"
    assert key_question([text]) is None


def test_the_key_figure_is_never_a_retired_one() -> None:
    """The headline is about what is asked now; unasked answers stand in where nobody was asked."""
    now, before = (figure(tallied(yes_no("q"), {True: n, False: n}, retired=n == 9)) for n in (3, 9))
    assert key_figure([now, before]) == now
    assert key_figure([before]) is None
    assert survey(figures=(now, before)).key == now
    assert survey(unasked=Unasked(started=6, completed=6, figures=(now,))).key == now
    assert survey().key is None


def test_what_people_said_unasked_may_be_too_little() -> None:
    """Figures that say nothing are left out, and that there are some is known."""
    told, hidden = (figure(tallied(yes_no("q"), {True: n, False: n})) for n in (3, 1))
    both = Unasked(started=8, completed=8, figures=(told, hidden))
    assert (both.shown, both.hidden) == ((told,), True)
    assert not Unasked(started=6, completed=6, figures=(told,)).hidden


def test_a_survey_is_used_when_it_asked_or_heard_anything() -> None:
    """Without waves and without anybody's own start there is nothing to show."""
    assert not survey().used
    assert survey(unasked=Unasked(started=1, completed=0, figures=())).used
