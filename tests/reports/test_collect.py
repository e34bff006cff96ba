"""From real rows to a report: what is counted, what is the same question, and what is never told."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from bot.config.model import Config
from bot.engine.session import Answer
from bot.errors import UserError
from reports import collect, page, summary
from reports.collect import Wish
from reports.figures import Figure
from reports.report import Report, SurveyReport
from reports.shape import shape
from scheduler.surveys import Survey
from storage.store import Store, open_postgres
from tests.reports.seed import (
    START,
    WEEK,
    Seed,
    configured,
    faces,
    nps,
    plain,
    pulse,
    seeding,
    select,
    sqlite,
    yes_no,
)  # fmt: skip

LATER = START + timedelta(days=60)
DURING = START + timedelta(days=1)


def made(store: Store, config: Config, wish: Wish = collect.EVERYTHING, now: datetime = LATER) -> Report:
    """The report of a store."""
    with store.read() as connection:
        return collect.make(connection, config, wish, now)


def only(
    store: Store, config: Config, wish: Wish = collect.EVERYTHING, now: datetime = LATER
) -> SurveyReport:
    """The report's only survey."""
    (survey,) = made(store, config, wish, now).surveys
    return survey


def shares(figure: Figure) -> dict[str, str]:
    """Shares of a figure as they may be printed."""
    return {bar.id: f"{bar.share.sign}{bar.share.value}" for bar in figure.picture.bars}


def answer_all(seed: Seed, flow: Any, wave: int, question: str, values: Sequence[Any], **more: Any) -> None:
    """Each of these values from a person of their own."""
    for value in values:
        seed.asked(flow, wave, {question: value}, **more)


class Contract:
    """What holds on every database."""

    def test_an_empty_database_reports_nothing(self, store: Store) -> None:
        """No survey, no figure, and every way to write it down says so."""
        found = made(store, configured())
        assert found.surveys == ()
        assert "Nothing has been asked yet." in summary.overview(found, "en")
        assert "Nothing has been asked yet." in summary.details(found, "en")
        assert list(page.pages(found, "en")) == ["index.html"]
        assert shape(found)["surveys"] == []

    def test_a_survey_that_asked_nobody_is_there(self, store: Store) -> None:
        """A survey of the configuration without any wave has no figures."""
        survey = only(store, configured(pulse(faces("mood"))))
        assert (survey.id, survey.used, survey.figures, survey.key) == ("pulse", False, (), None)
        assert survey.title["en"] == "How are things?"

    def test_response_and_figures_of_one_wave(self, store: Store) -> None:
        """Audience 30: 20 answered, 3 declined, 2 silent, 1 blocked, 1 withheld, 3 never asked."""
        flow = pulse(faces("mood", key=True), yes_no("again"))
        with seeding(store) as seed:
            wave = seed.wave(flow)
            for felt in (1, 2, 2, 2, 3, 3, 3, *[4] * 7, *[5] * 6):
                seed.asked(flow, wave, {"mood": felt, "again": felt > 2}, seconds=5.0)
            for _ in range(3):
                seed.asked(flow, wave, status="declined")
            for _ in range(2):
                seed.asked(flow, wave, status="ignored")
            seed.asked(flow, wave, status="declined", unreachable="blocked")
            withheld = seed.person()
            seed.audience(wave, withheld, state="dropped", reason=10)
            seed.invite(wave, withheld, "released")
            seed.unasked(wave, reason=1, people=2)
            seed.unasked(wave, reason=22)
        survey = only(store, configured(flow))
        response = survey.response
        assert (response.audience, response.drawn, response.asked, response.reached) == (30, 27, 26, 25)
        assert (response.started, response.answered) == (20, 20)
        assert dict(response.stories) == {
            "completed": 20, "declined": 3, "ignored": 2, "blocked": 1, "withheld": 1, "not_asked": 3,
        }  # fmt: skip
        assert (response.rr1, response.rr2) == (Fraction(20, 27), Fraction(20, 27))
        assert response.coverage == Fraction(28, 30)
        assert response.not_asked == {1: 2, 10: 1, 22: 1}
        assert response.median_seconds == 10.0
        mood, again = survey.figures
        assert mood.n == 20
        assert shares(mood) == {"1": "≤10", "2": "15", "3": "15", "4": "35", "5": "30"}
        assert mood.picture.headline is not None
        # 13 of 20 among 30: m = 20 · 29 / 10 = 58, Wilson 52.2 to 76.0 percent
        assert (mood.picture.headline.low, mood.picture.headline.high) == (0.52, 0.76)
        assert shares(again) == {"yes": "80", "no": "20"}
        assert mood.median_seconds == 5.0
        assert survey.key == mood

    def test_only_the_last_revision_counts(self, store: Store) -> None:
        """Who went back and changed an answer has one answer; a withdrawn one is none."""
        flow = pulse(yes_no("again"))
        with seeding(store) as seed:
            wave = seed.wave(flow)
            answer_all(seed, flow, wave, "again", [True] * 5)
            for last in (Answer(False), Answer(False), Answer(None, "withdrawn")):
                person = seed.person()
                seed.audience(wave, person, state="asked", reason=0)
                seed.invite(wave, person)
                row = seed.session(flow, person, {"again": True}, wave_id=wave)
                seed.answer(row, "again", last, 7)
        (figure,) = only(store, configured(flow)).figures
        assert (figure.n, shares(figure)) == (7, {"yes": "71", "no": "29"})
        assert figure.passage is not None
        assert figure.passage.asked == 7

    def test_each_code_of_an_answer_is_told_apart(self, store: Store) -> None:
        """40 asked: 24 answered, 6 skipped, 4 refused, 3 out of time, 3 stopped there."""
        flow = pulse(yes_no("again", required=False, refusable=True), yes_no("more"))
        with seeding(store) as seed:
            wave = seed.wave(flow)
            answer_all(seed, flow, wave, "again", [True, False] * 12)
            answer_all(seed, flow, wave, "again", [Answer(None, "skipped")] * 6)
            answer_all(seed, flow, wave, "again", [Answer(None, "refused")] * 4)
            answer_all(seed, flow, wave, "again", [Answer(None, "timed_out")] * 3)
            for _ in range(3):
                seed.asked(flow, wave, status="abandoned", stopped_at="again")
        again, more = only(store, configured(flow)).figures
        passage = again.passage
        assert passage is not None
        assert (again.n, passage.asked, passage.answered.value, passage.skipped.value) == (24, 40, 60, 15)
        assert (passage.refused.value, passage.timed_out.value, passage.left.value) == (10, 8, 8)
        assert (more.n, more.passage) == (None, None)

    def test_who_answered_half_is_partial(self, store: Store) -> None:
        """Refused questions were asked for: three of five answered is partial, four of five complete."""
        questions = [yes_no(name, refusable=True) for name in "abcde"]
        flow = pulse(*questions)
        no = Answer(None, "refused")
        with seeding(store) as seed:
            wave = seed.wave(flow)
            seed.asked(flow, wave, {"a": True, "b": True, "c": True, "d": True, "e": no})
            seed.asked(flow, wave, {"a": True, "b": True, "c": True, "d": no, "e": no})
            seed.asked(flow, wave, {"a": True, "b": no, "c": no, "d": no, "e": no})
        response = only(store, configured(flow)).response
        assert (response.rr1, response.rr2) == (Fraction(1, 3), Fraction(2, 3))

    def test_a_skip_of_an_optional_question_leaves_nothing_open(self, store: Store) -> None:
        """Who answers all but the optional text is complete; who skips everything answered nothing."""
        flow = pulse(yes_no("a"), yes_no("b"), plain("c", "text", required=False))
        skipped = Answer(None, "skipped")
        with seeding(store) as seed:
            wave = seed.wave(flow)
            seed.asked(flow, wave, {"a": True, "b": True, "c": skipped})
            seed.asked(flow, wave, {"a": skipped, "b": skipped, "c": skipped})
        response = only(store, configured(flow)).response
        assert (response.stories["completed"], response.rr1, response.rr2) == (
            2,
            Fraction(1, 2),
            Fraction(1, 2),
        )

    def test_what_people_say_unasked_stands_apart(self, store: Store) -> None:
        """Self-started sessions are in no rate and in no figure of a wave."""
        flow = pulse(yes_no("again"))
        with seeding(store) as seed:
            wave = seed.wave(flow)
            answer_all(seed, flow, wave, "again", [True] * 3 + [False] * 3)
            for said in [False] * 4 + [True] * 2:
                seed.session(flow, seed.person(), {"again": said})
            seed.session(flow, seed.person(), status="abandoned", stopped_at="again")
        survey = only(store, configured(flow))
        assert (survey.response.audience, survey.response.answered) == (6, 6)
        assert [(one.n, shares(one)) for one in survey.figures] == [(6, {"yes": "50", "no": "50"})]
        assert (survey.unasked.started, survey.unasked.completed) == (7, 6)
        assert [(one.n, shares(one)) for one in survey.unasked.figures] == [(6, {"yes": "33", "no": "67"})]
        headline = survey.unasked.figures[0].picture.headline
        assert headline is not None
        assert headline.method == "wilson"

    def test_numbers_dates_words_and_other(self, store: Store) -> None:
        """Each type goes through the database and comes back as its figure."""
        other = select("why", "bus", "else")
        other = replace(other, choices=(other.choices[0], replace(other.choices[1], other=True)))
        flow = pulse(
            plain("age", "integer"), plain("cost", "decimal"), plain("day", "date"), other,
            select("topics", "art", "food", multiple=True), plain("story", "text"), nps("rec"),
        )  # fmt: skip
        with seeding(store) as seed:
            wave = seed.wave(flow)
            for number in range(10):
                answers = {
                    "age": 20 + number, "cost": number / 2, "day": f"2026-05-{number + 1:02}",
                    "why": Answer("else", other=f"by boat {number}"), "story": f"Once {number}",
                    "rec": number, "topics": ["art", "food"][: 1 + number % 2],
                }  # fmt: skip
                seed.asked(flow, wave, answers)
        age, cost, day, why, topics, story, rec = only(store, configured(flow)).figures
        assert age.picture.headline is not None
        assert age.picture.headline.value == 24.5
        assert cost.picture.headline is not None
        assert cost.picture.headline.value == 2.25
        assert [bar.share.value for bar in day.picture.bars] == [50, 50]
        assert shares(why) == {"else": "≥80", "bus": "≤20"}
        assert sorted(why.comments) == [f"by boat {number}" for number in range(10)]
        assert shares(topics) == {"art": "≥80", "food": "50"}
        assert sorted(story.comments) == [f"Once {number}" for number in range(10)]
        assert rec.picture.headline is not None
        assert rec.picture.headline.value == -60

    def test_the_order_of_comments_tells_nothing_and_never_changes(self, store: Store) -> None:
        """Comments come in an order of their own, the same each time."""
        flow = pulse(plain("story", "text"))
        said = [f"comment {number:02}" for number in range(40)]
        with seeding(store) as seed:
            answer_all(seed, flow, seed.wave(flow), "story", said)
        first, again = (only(store, configured(flow)).figures[0].comments for _ in range(2))
        assert list(first) != said
        assert sorted(first) == said
        assert first == again

    def test_the_population_is_known_only_where_everybody_is_asked(self, store: Store) -> None:
        """Behind a condition nobody knows how many could have answered."""
        flow = pulse(yes_no("a"), yes_no("b", ask_if="a"))
        with seeding(store) as seed:
            wave = seed.wave(flow)
            for said in [True, False] * 3:
                seed.asked(flow, wave, {"a": said, "b": said})
            seed.unasked(wave, reason=22, people=4)
        methods = [
            one.picture.headline.method
            for one in only(store, configured(flow)).figures
            if one.picture.headline
        ]
        assert methods == ["wilson_fpc", "wilson"]

    # --- versions ---

    def test_versions_of_a_question_are_counted_together(self, store: Store) -> None:
        """A new wording and a new choice keep the answers in one figure."""
        old = pulse(select("why", "a", "b", text={"en": "Why?"}))
        new = pulse(select("why", "b", "c", text={"en": "Why so?"}))
        with seeding(store) as seed:
            answer_all(seed, old, seed.wave(old, "w1"), "why", ["a"] * 4 + ["b"] * 4)
            wave = seed.wave(new, "w2", opens_at=START + WEEK)
            answer_all(seed, new, wave, "why", ["b"] * 4 + ["c"] * 8, at=START + WEEK)
        (figure,) = only(store, configured(new)).figures
        assert (figure.n, figure.versions, figure.question.text) == (20, 2, {"en": "Why so?"})
        assert shares(figure) == {"b": "40", "c": "40", "a": "20"}

    def test_a_retyped_question_is_never_mixed_up(self, store: Store) -> None:
        """Text became yes or no, and a scale of five became eleven: each keeps its own figure."""
        old = pulse(plain("why", "text"), faces("how"))
        new = pulse(yes_no("why"), nps("how"))
        with seeding(store) as seed:
            wave = seed.wave(old, "w1")
            for number in range(12):
                seed.asked(old, wave, {"why": f"Because {number}", "how": 5})
            wave = seed.wave(new, "w2", opens_at=START + WEEK)
            for _ in range(6):
                seed.asked(new, wave, {"why": True, "how": 5}, at=START + WEEK)
        why, how, old_why, old_how = only(store, configured(new)).figures
        assert [(one.question.type, one.n, one.retired) for one in (why, how, old_why, old_how)] == [
            ("yes_no", 6, False), ("scale", 6, False), ("text", 12, True), ("scale", 12, True),
        ]  # fmt: skip
        assert len(old_why.comments) == 12
        assert old_how.picture.headline is not None
        assert old_how.picture.headline.sign == "≥"

    def test_a_survey_that_is_no_longer_configured_is_still_reported(self, store: Store) -> None:
        """Its answers are there; what the configuration knew of it is gone."""
        flow = pulse(yes_no("again"))
        with seeding(store) as seed:
            answer_all(seed, flow, seed.wave(flow), "again", [True, False] * 3)
        survey = only(store, configured())
        assert (survey.id, survey.flow, survey.purpose, survey.k) == ("pulse", "pulse", {}, 5)
        assert survey.figures[0].n == 6

    # --- waves ---

    def test_open_waves_hold_their_answers_back(self, store: Store) -> None:
        """Response is shown at once, answers when the wave closes, or on demand."""
        flow = pulse(yes_no("again"))
        with seeding(store) as seed:
            wave = seed.wave(flow, state="open")
            answer_all(seed, flow, wave, "again", [True, False] * 3)
        config = configured(flow)
        during = only(store, config, now=DURING)
        assert (during.response.answered, during.figures[0].n, during.held_back) == (6, None, ("w1",))
        assert during.next_close == START + WEEK
        assert only(store, config, Wish(open_waves=True), DURING).figures[0].n == 6
        after = only(store, config, now=START + WEEK)
        assert (after.figures[0].n, after.held_back, after.next_close) == (6, (), None)

    def test_an_open_wave_of_few_cannot_be_had_by_subtraction(self, store: Store) -> None:
        """With and without the open wave the figures are the same, while it has fewer than k answers."""
        flow = pulse(yes_no("again"))
        with seeding(store) as seed:
            answer_all(seed, flow, seed.wave(flow), "again", [True, False] * 4)
            wave = seed.wave(flow, "w2", opens_at=START + WEEK, state="open")
            answer_all(seed, flow, wave, "again", [True] * 4)
        config, now = configured(flow), START + WEEK
        without = only(store, config, now=now)
        assert only(store, config, Wish(open_waves=True), now).figures == without.figures
        assert without.figures[0].n == 8

    def test_a_small_wave_cannot_be_had_by_subtraction(self, store: Store) -> None:
        """Of three waves with 4, 6 and 20 answers only the last stands beside the total of 30."""
        flow = pulse(yes_no("again"))
        with seeding(store) as seed:
            for place, n in enumerate((4, 6, 20)):
                wave = seed.wave(flow, f"w{place}", opens_at=START + place * WEEK)
                answer_all(seed, flow, wave, "again", [number % 2 == 0 for number in range(n)])
        config = configured(flow)
        survey = only(store, config)
        assert survey.figures[0].n == 30
        assert [wave.key.n if wave.key else None for wave in survey.waves] == [None, None, 20]
        alone = [only(store, config, Wish(wave=name)).figures[0].n for name in ("w0", "w1", "w2")]
        assert alone == [None, None, 20]

    def test_one_wave_alone(self, store: Store) -> None:
        """A report of one wave counts nobody else; unknown names are told."""
        flow = pulse(yes_no("again"))
        with seeding(store) as seed:
            for place in range(2):
                wave = seed.wave(flow, f"w{place}", opens_at=START + place * WEEK)
                answer_all(seed, flow, wave, "again", [place == 0, True] * 3)
        survey = only(store, configured(flow), Wish(wave="w1"))
        assert ([wave.name for wave in survey.waves], survey.response.asked) == (["w1"], 6)
        assert shares(survey.figures[0]) == {"yes": "50", "no": "50"}
        with pytest.raises(UserError, match=r'no wave "w9"\. Possible: w0, w1'):
            made(store, configured(flow), Wish(wave="w9"))

    def test_surveys_are_found_by_name_or_by_flow(self, store: Store) -> None:
        """A flow means every survey that asks it."""
        flow = pulse(yes_no("again"))
        with seeding(store) as seed:
            seed.wave(flow, survey="spring")
            seed.wave(flow, survey="autumn")
            seed.wave(flow, survey="gone")
        surveys = {
            name: Survey(id=name, flow="pulse", purpose={"en": "P"}, owner="o")
            for name in ("spring", "autumn")
        }
        config = configured(flow, surveys=surveys)

        def names(about: str) -> list[str]:
            return [survey.id for survey in made(store, config, Wish(about=about)).surveys]

        assert names("") == ["autumn", "gone", "spring"]
        assert names("spring") == ["spring"]
        assert names("pulse") == ["autumn", "gone", "spring"]
        with pytest.raises(UserError, match=r'no survey or flow "sprig"\. Did you mean "spring"'):
            names("sprig")

    # --- hiding ---

    def test_what_is_hidden_is_hidden_everywhere(self, store: Store, tmp_path: Path) -> None:
        """Four answers and nine comments leave no trace in page, terminal and JSON."""
        flow = pulse(
            select("why", "secretone", "secrettwo"), plain("story", "text"), plain("cost", "integer")
        )
        with seeding(store) as seed:
            wave = seed.wave(flow)
            for number in range(9):
                answers: dict[str, Any] = {"story": f"hush {number}"}
                if number < 4:
                    answers |= {"why": "secretone", "cost": 90817}
                seed.asked(flow, wave, answers)
        report = made(store, configured(flow))
        written = {
            "page": "".join(page.pages(report, "en").values()),
            "terminal": summary.details(report, "en") + summary.overview(report, "en"),
            "json": json.dumps(shape(report)),
        }
        for name, text in written.items():
            for word in ("hush", "90817", "Secretone"):
                assert word not in text, name

    def test_the_surveys_own_k_may_only_be_higher(self, store: Store) -> None:
        """K = 7 hides six answers; k = 2 hides four all the same."""
        flow = pulse(yes_no("again"))
        with seeding(store) as seed:
            for name, n in (("strict", 6), ("lax", 4)):
                wave = seed.wave(flow, survey=name)
                answer_all(seed, flow, wave, "again", [True] * n, survey=name)
        surveys = {
            name: Survey(id=name, flow="pulse", purpose={"en": "P"}, owner="o", k=k)
            for name, k in (("strict", 7), ("lax", 2))
        }
        found = made(store, configured(flow, surveys=surveys)).surveys
        assert [(survey.id, survey.k, survey.figures[0].n) for survey in found] == [
            ("lax", 5, None), ("strict", 7, None),
        ]  # fmt: skip

    def test_one_answer_and_all_refused_are_no_trouble(self, store: Store) -> None:
        """A single answer, and forty refusals, are reports like others."""
        flow = pulse(faces("mood", refusable=True))
        with seeding(store) as seed:
            answer_all(seed, flow, seed.wave(flow), "mood", [Answer(None, "refused")] * 40)
            wave = seed.wave(flow, survey="single")
            answer_all(seed, flow, wave, "mood", [5], survey="single")
        report = made(store, configured(flow))
        assert [(survey.id, survey.figures[0].n) for survey in report.surveys] == [
            ("pulse", None),
            ("single", None),
        ]
        assert report.surveys[0].response.rr2 == 0
        assert set(page.pages(report, "fi")) == {"pulse.html", "single.html", "index.html"}

    def test_a_thousand_choices(self, store: Store) -> None:
        """The page stays readable: a short chart, and all choices in the table."""
        flow = pulse(select("town", *(f"t{number}" for number in range(1000))))
        with seeding(store) as seed:
            answer_all(seed, flow, seed.wave(flow), "town", ["t7"] * 6 + ["t8"] * 4)
        report = made(store, configured(flow))
        assert len(report.surveys[0].figures[0].picture.bars) == 1000
        text = page.pages(report, "en")["pulse.html"]
        assert text.count("<tr>") > 1000
        assert "and 986 more" in text
        assert text.count("<path") < 200


class TestSqlite(Contract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[Store]:
        """An encrypted file."""
        with sqlite(tmp_path) as store:
            yield store


class TestPostgres(Contract):
    @pytest.fixture
    def store(self, postgres_db: str) -> Iterator[Store]:
        """A fresh database on a real server."""
        with open_postgres(postgres_db) as store:
            yield store


def test_both_databases_tell_the_same(tmp_path: Path, postgres_db: str) -> None:
    """The same rows give the same report, to the last digit."""
    flow = pulse(faces("mood"), plain("story", "text"), plain("age", "integer"))
    found: list[Mapping[str, Any]] = []
    with sqlite(tmp_path) as one, open_postgres(postgres_db) as two:
        for store in (one, two):
            with seeding(store) as seed:
                wave = seed.wave(flow)
                for number in range(30):
                    answers = {"mood": 1 + number % 5, "story": f"s{number}", "age": number * 3}
                    seed.asked(flow, wave, answers, seconds=1.05 + number / 7)
                seed.unasked(wave, reason=10, people=7)
            found.append(shape(made(store, configured(flow))))
    assert found[0] == found[1]
