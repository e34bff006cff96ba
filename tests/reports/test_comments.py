"""Free words in order: languages read from the words, themes by stem, and nothing left out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.figures.comments import FEWEST_SAY, MOST_THEMES, grouped, language_of, stem


@pytest.mark.parametrize(
    ("comment", "language"),
    [
        ("Teetä saisi olla enemmän.", "fi"), ("Ihmiset ovat mukavia.", "fi"), ("Liian kylmä sali.", "fi"),
        ("Människorna är trevliga.", "sv"), ("Lite mer te vore bra.", "sv"),
        ("A little more tea would be good.", "en"), ("The hall was too cold.", "en"),
        ("Hyvää", "fi"), ("Gåå", ""), ("👍", ""), ("12345", ""), ("on", ""), ("", ""),
    ],
)  # fmt: skip
def test_the_language_is_read_from_the_words(comment: str, language: str) -> None:
    """Common words decide; double vowels tell Finnish; what fits two languages or none is left open."""
    assert language_of(comment) == language


def test_words_of_one_stem_are_one_theme() -> None:
    """Ihmiset and ihmisten, sali and salissa, are spoken of together, under the form said most often."""
    comments = [
        "Ihmiset ovat mukavia.", "Ihmiset olivat kylmissään, mutta salissa oli valoa.",
        "Mukavat ihmiset ja sali.", "Salissa oli kylmä.", "Something else",
    ]  # fmt: skip
    found = grouped(comments)
    assert [(theme.label, sorted(theme.said)) for theme in found.themes] == [
        ("ihmiset", [0, 1, 2]), ("salissa", [1, 2, 3]),
    ]  # fmt: skip
    assert (found.of(1), found.of(4)) == ((0, 1), ())
    assert found.languages == (("fi", (0, 1, 2, 3)), ("", (4,)))


@pytest.mark.parametrize(
    ("word", "language", "expected"),
    [("courses", "en", "cours"), ("tea", "en", "tea"), ("kurserna", "sv", "kurs"), ("tee", "xx", "tee")],
)
def test_stems(word: str, language: str, expected: str) -> None:
    """One ending goes, three letters stay, an unknown language keeps its words."""
    assert stem(word, language) == expected


@given(st.lists(st.text(max_size=40), max_size=20))
def test_nothing_is_left_out(comments: list[str]) -> None:
    """Every comment stands in exactly one group; a theme is shared by three comments at least."""
    found = grouped(comments)
    assert sorted(place for _, places in found.languages for place in places) == list(range(len(comments)))
    assert len(found.themes) <= MOST_THEMES
    assert all(len(theme.said) >= FEWEST_SAY for theme in found.themes)
