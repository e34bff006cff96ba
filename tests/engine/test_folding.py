"""Words are cleaned for keeping and folded for comparing."""

import pytest

from bot.engine.folding import clean, fold, loosen, one_line, shows_nothing


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        (" plain ", "plain"),
        ("two\r\nlines\rand\u2028more", "two\nlines\nand\nmore"),
        ("a\x00b\x1bc\x7fd\x85e", "abcd\ne"),
        ("tab\tstays", "tab\tstays"),
        ("Ha\u0308ta\u0308", "Hätä"),
        ("\ufeff\u200bword\u200b", "word"),
        ("\u202eabc", "\u202eabc"),
        ("\ud83d broken", "broken"),
        ("👨‍👩‍👧", "👨‍👩‍👧"),
    ],
)
def test_clean(written: str, kept: str) -> None:
    """What was said is kept; what only harms is not."""
    assert clean(written) == kept
    assert clean(kept) == kept
    kept.encode()


@pytest.mark.parametrize(
    "text", ["", " \n", "\u200b\u200d\ufe0f", "\u202e\u2066", "\u3164\u2800", "\U000e0041"]
)
def test_shows_nothing(text: str) -> None:
    """Space, joiners, marks and blank letters show nothing."""
    assert shows_nothing(text)
    assert not shows_nothing(text + "x")


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("  Hyvää!  ", "hyvää"),
        ("ＧＯＯＤ", "good"),
        ("„Don’t”", "don't"),
        ("👍🏽", "👍"),
        ("4️⃣", "4"),
        ("Straße", "strasse"),
        ("?", "?"),
        ("-5", "-5"),
        ("²", "²"),
    ],
)
def test_fold(written: str, folded: str) -> None:
    """Case, width, spaces, quotation marks, skin tones and punctuation around do not count."""
    assert fold(written) == folded


@pytest.mark.parametrize(
    ("folded", "loose"),
    [
        ("hyvää", "hyvaa"),
        ("smørrebrød", "smorrebrod"),
        ("no, thanks", "no thanks"),
        ("😀 good", "good"),
        ("c++", "c++"),
        ("-5", "-5"),
        ("😀", "😀"),
    ],
)
def test_loosen(folded: str, loose: str) -> None:
    """Accents, punctuation and emoji go, where letters are left; signs with a meaning stay."""
    assert loosen(folded) == loose


def test_one_line() -> None:
    """A quotation stands on one line, turns nothing around and is cut with a mark."""
    assert one_line("a\n b\u202e c", 20) == "a b c"
    assert one_line("abcdef", 4) == "abc…"
    assert one_line("ab cdef", 4) == "ab…"
    assert one_line("\u200b \ufe0f", 4) == ""


@pytest.mark.parametrize("cluster", ["👨‍👩‍👧", "👍🏽", "ä́", "☀️"])
def test_nothing_is_cut_in_two(cluster: str) -> None:
    """A cut falls before an emoji or a letter with its marks, not into it."""
    for limit in range(4, 4 + len(cluster)):
        assert one_line(f"abc{cluster}{cluster}", limit) in ("abc…", f"abc{cluster}…")
