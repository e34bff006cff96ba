"""Words and links that start a survey."""

from dataclasses import replace

import pytest

from scheduler.surveys import Keyword, Link, Survey
from scheduler.words import folded, survey_for_link, survey_for_words

TRIP = Survey(
    id="trip",
    flow="trip",
    purpose={"en": "To plan the next one"},
    owner="office",
    triggers=(Keyword(("kevätretki", "spring trip")), Link("spring-2026")),
)


@pytest.mark.parametrize(
    "text",
    [
        "kevätretki",
        "KEVÄTRETKI",
        "kevatretki",
        "  Kevätretki!! ",
        "/kevätretki",
        "kevätretki\u200b",
        "Spring  TRIP.",
    ],
)
def test_a_whole_message_starts_its_survey(text: str) -> None:
    """Case, accents, spaces, full stops and a command's stroke do not matter."""
    assert survey_for_words([TRIP], text) == TRIP


@pytest.mark.parametrize("text", ["", " ", "kevätretki oli hauska", "retki", "kevätretki" * 100, "🎉"])
def test_other_messages_start_nothing(text: str) -> None:
    """A keyword inside a sentence is part of a sentence."""
    assert survey_for_words([TRIP], text) is None


def test_a_link_starts_its_survey() -> None:
    """By its name, in any case; an unknown or an empty name starts nothing."""
    names = ["spring-2026", "SPRING-2026", "summer-2026", ""]
    assert [survey_for_link([TRIP], name) for name in names] == [TRIP, TRIP, None, None]


def test_a_keyword_is_no_link() -> None:
    """Words and links are told apart."""
    assert survey_for_link([TRIP], "kevätretki") is None
    assert survey_for_words([TRIP], "spring-2026") is None


def test_of_two_surveys_the_more_important_one_starts() -> None:
    """By priority, and among equals by id, whatever their order."""
    other = replace(TRIP, id="another", priority=TRIP.priority)
    first = replace(TRIP, id="zebra", priority=5)
    assert [
        survey_for_words(surveys, "spring trip")
        for surveys in ([TRIP, other, first], [first, TRIP, other], [TRIP, other])
    ] == [first, first, other]


def test_a_draft_starts_nothing() -> None:
    """What is never sent is not started either."""
    drafts = [replace(TRIP, priority=priority) for priority in (0, 1)]
    assert [survey_for_words([survey], "spring trip") for survey in drafts] == [None, drafts[1]]


def test_an_empty_keyword_matches_no_message() -> None:
    """A word that folds to nothing is not what an empty message means."""
    assert survey_for_words([replace(TRIP, triggers=(Keyword(("!",)),))], "?") is None


def test_folding_keeps_what_distinguishes_words() -> None:
    """Hyphens and letters stay, marks and ligatures are resolved."""
    assert [folded(text) for text in ("Åland-Öar", "ﬁnal", "Straße", "o\u0308ljy")] == [
        "aland-oar",
        "final",
        "strasse",
        "oljy",
    ]
