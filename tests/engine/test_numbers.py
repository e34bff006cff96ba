"""Numbers as people type them; the cases stand with the question types."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.engine.numbers import MOST_DIGITS, Number, marks, read, show


@pytest.mark.parametrize(
    ("value", "language", "shown"),
    [
        (12.0, "fi", "12"),
        (12.5, "fi", "12,5"),
        (12.5, "en", "12.5"),
        (-0.25, "sv", "-0,25"),
        (1e-9, "en", "0"),
    ],
)
def test_show(value: float, language: str, shown: str) -> None:
    """A number is shown with the decimal mark of the language and no more decimals than it has."""
    assert show(value, language) == shown


@pytest.mark.parametrize(
    ("language", "found"), [("fi", (",", " ")), ("en", (".", ",")), ("zz", (".", ",")), ("", (".", ","))]
)
def test_marks(language: str, found: tuple[str, str]) -> None:
    """The marks are those of CLDR, and English ones where the language is unknown."""
    assert marks(language) == found


@given(st.integers(-(10**MOST_DIGITS) + 1, 10**MOST_DIGITS - 1), st.sampled_from(["fi", "sv", "en"]))
def test_every_whole_number_is_read_as_shown(value: int, language: str) -> None:
    """What is shown is read as the same number."""
    assert read(show(value, language), language) == Number(value, whole=True)


@given(st.text(max_size=60), st.sampled_from(["fi", "sv", "en", "zz"]))
def test_nothing_raises(text: str, language: str) -> None:
    """Any text is a number, a doubt or none; it never raises."""
    read(text, language)
