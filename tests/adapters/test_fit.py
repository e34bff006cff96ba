"""How texts and buttons are made to fit, whatever the platform."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.base import Limits
from adapters.fit import CUT, LINE, PARTS, clean, cut, fit, marks, numbered_lines, rows, size, split, width
from bot.engine.messages import Button, Layout, Outbound

LIMITS = Limits(text=4096, buttons=100, buttons_per_row=8, label=40, token_bytes=64, utf16=True)
FAMILY = "👩\u200d👩\u200d👧\u200d👦"
FINLAND, SWEDEN = "🇫🇮", "🇸🇪"


def buttons(*labels: str) -> tuple[Button, ...]:
    """Return a button for each label."""
    return tuple(Button(token=f"t:{number}", label=label) for number, label in enumerate(labels))


def shape(fitted_rows: tuple[tuple[Button, ...], ...]) -> list[int]:
    """Return how long the rows are."""
    return [len(row) for row in fitted_rows]


def labels(fitted_rows: tuple[tuple[Button, ...], ...]) -> list[str]:
    """Return what stands on the buttons."""
    return [button.label for row in fitted_rows for button in row]


# --- rows of buttons --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given_labels", "layout", "expected"),
    [
        ([str(number) for number in range(11)], "scale", [6, 5]),
        ([str(number) for number in range(1, 11)], "scale", [5, 5]),
        ([str(number) for number in range(1, 8)], "scale", [7]),
        (["😞", "🙁", "😐", "🙂", "😀"], "scale", [5]),
        (["★", "★★", "★★★", "★★★★", "★★★★★"], "scale", [5]),
        (["Täysin eri mieltä", "Eri mieltä", "Siltä väliltä", "Samaa mieltä"], "scale", [1, 1, 1, 1]),
        (["Kyllä", "Ei"], "rows", [2]),
        (["Kahvila", "Kuoro", "Kävely", "Kirjasto", "Käsityöt"], "rows", [3, 2]),
        (["a", "b", "c", "d", "e", "f"], "rows", [3, 3]),
        (["Ystävien kanssa olo", "Uuden oppiminen"], "rows", [1, 1]),
        (["a", "b", "c", "d", "e", "f"], "inline", [6]),
        ([], "rows", []),
    ],
)
def test_short_labels_stand_side_by_side_in_even_rows(
    given_labels: list[str], layout: Layout, expected: list[int]
) -> None:
    """Rows are as few as the labels' width allows, and as even as can be."""
    message = Outbound(text="?", buttons=buttons(*given_labels), layout=layout)
    assert shape(fit(message, LIMITS).rows) == expected


def test_no_row_is_longer_than_the_platform_allows() -> None:
    """A platform with narrow rows gets narrow rows."""
    message = Outbound(text="?", buttons=buttons(*"abcdef"), layout="inline")
    assert shape(fit(message, replace(LIMITS, buttons_per_row=4)).rows) == [3, 3]


def test_controls_stand_in_rows_of_their_own_after_the_answers() -> None:
    """Skip and back never share a row with an answer."""
    message = Outbound(text="?", buttons=buttons("1", "2"), controls=buttons("Ohita", "Takaisin"))
    fitted = fit(message, LIMITS)
    assert (labels(fitted.rows), labels(fitted.controls)) == (["1", "2"], ["Ohita", "Takaisin"])
    assert shape(fitted.controls) == [2]


def test_a_chosen_toggle_is_marked() -> None:
    """What is toggled so far can be seen."""
    message = Outbound(
        text="?", form="multiple", buttons=(Button("a", "Kahvi", chosen=True), Button("b", "Tee"))
    )
    assert labels(fit(message, LIMITS).rows) == ["✓ Kahvi", "Tee"]


def test_toggling_does_not_move_the_other_buttons() -> None:
    """The layout of a multiple selection is the same with nothing, something and all chosen."""
    plain = Outbound(text="?", form="multiple", buttons=buttons("Kuoro", "Kahvi", "Kävely", "Käsityö"))
    toggled = replace(plain, buttons=tuple(replace(button, chosen=True) for button in plain.buttons))
    assert shape(fit(plain, LIMITS).rows) == shape(fit(toggled, LIMITS).rows)


@given(st.integers(0, 200), st.integers(1, 25))
def test_rows_keep_every_button_in_order(count: int, columns: int) -> None:
    """Whatever the shape: nothing is lost, nothing swapped, no row too long, none empty, all nearly even."""
    given_buttons = buttons(*map(str, range(count)))
    result = rows(given_buttons, columns)
    sizes = [len(row) for row in result]
    assert tuple(button for row in result for button in row) == given_buttons
    assert all(1 <= length <= columns for length in sizes)
    assert not sizes or max(sizes) - min(sizes) <= 1


@pytest.mark.parametrize(
    ("text", "expected"), [("abc", 3), ("ä", 1), ("a\u0308", 1), ("日本", 4), ("😀", 2), ("👍🏽", 2)]
)
def test_width_is_what_the_eye_sees(text: str, expected: int) -> None:
    """Wide letters and emoji take two columns, marks take none."""
    assert width(text) == expected


# --- numbered lines ---------------------------------------------------------------------------------------


def test_long_labels_become_numbered_lines_and_number_buttons() -> None:
    """One label too long moves them all into the text, so that the list stays a list."""
    long = "Haluaisin mieluummin jutella jonkun kanssa puhelimessa"
    fitted = fit(Outbound(text="Mitä seuraavaksi?", buttons=buttons("Ei mitään", long)), LIMITS)
    assert fitted.numbered
    assert fitted.texts == (f"Mitä seuraavaksi?\n\n1. Ei mitään\n2. {long}",)
    assert labels(fitted.rows) == ["1", "2"]
    assert [button.token for row in fitted.rows for button in row] == ["t:0", "t:1"]


def test_more_buttons_than_allowed_become_numbered_lines() -> None:
    """All choices stand in the text; number buttons go as far as they may, the rest is typed."""
    message = Outbound(text="Which?", buttons=buttons(*"abcdefghij"), controls=buttons("Skip"))
    fitted = fit(message, replace(LIMITS, buttons=8))
    assert fitted.texts == ("Which?\n\n" + "\n".join(f"{n}. {c}" for n, c in enumerate("abcdefghij", 1)),)
    assert (labels(fitted.rows), labels(fitted.controls)) == ([*"1234567"], ["Skip"])


def test_a_scale_keeps_its_own_numbers() -> None:
    """Nobody has to type 1 for a zero, and 0–10 still stands in two rows."""
    ends = {0: "0 en lainkaan todennäköisesti, en edes pyydettäessä", 10: "10 erittäin todennäköisesti"}
    message = Outbound(text="?", layout="scale", buttons=buttons(*(ends.get(n, str(n)) for n in range(11))))
    fitted = fit(message, LIMITS)
    assert labels(fitted.rows) == [str(number) for number in range(11)]
    assert fitted.texts[0].splitlines()[2:4] == [ends[0], "1"]
    assert shape(fitted.rows) == [4, 4, 3]


@pytest.mark.parametrize("given_labels", [["1 a", "1 b"], ["2 a", "b"], ["12345 a", "3 b"]])
def test_numbers_that_do_not_tell_choices_apart_are_not_used(given_labels: list[str]) -> None:
    """Doubled, missing or huge numbers in labels fall back to places."""
    assert marks(Outbound(text="?", layout="scale", buttons=buttons(*given_labels))) == ("1", "2")


def test_numbers_in_ordinary_choices_are_not_taken_for_their_place() -> None:
    """A choice "3 times" at the first place is answered with 1."""
    message = Outbound(text="?", buttons=buttons("3 times", "1 time"))
    assert numbered_lines(message, LIMITS) == ("1. 3 times", "2. 1 time")


def test_chosen_lines_are_marked_in_text_and_on_buttons() -> None:
    """Toggles stay visible in the numbered form."""
    message = Outbound(text="?", buttons=(Button("a", "x" * 50, chosen=True), Button("b", "y")))
    fitted = fit(message, LIMITS)
    assert fitted.texts == (f"?\n\n✓ 1. {'x' * 50}\n2. y",)
    assert labels(fitted.rows) == ["✓ 1", "2"]


def test_a_numbered_line_is_one_line_and_not_endless() -> None:
    """Line breaks inside a label are folded, and an absurd label is cut."""
    lines = numbered_lines(Outbound(text="?", buttons=buttons("a\n b", "x" * 5000)), LIMITS)
    assert lines == ("1. a b", "2. " + "x" * (LINE - 1) + CUT)


def test_buttons_without_words_still_have_something_to_press() -> None:
    """An empty or invisible label is never sent: platforms refuse the whole message."""
    assert labels(fit(Outbound(text="?", buttons=buttons("", "\u200b", "\n")), LIMITS).rows) == [CUT] * 3


def test_numbered_lines_without_a_question_stand_alone() -> None:
    """No blank lines before the list when there is no text."""
    assert fit(Outbound(text="", buttons=buttons("x" * 41)), LIMITS).texts == ("1. " + "x" * 41,)


@pytest.mark.parametrize("token", ["", "x" * 65, "ä" * 33])
def test_a_token_that_could_never_be_answered_is_refused(token: str) -> None:
    """Tokens are bytes; 33 letters of two bytes are too many."""
    with pytest.raises(ValueError, match="1 to 64 are allowed"):
        fit(Outbound(text="?", controls=(Button(token, "a"),)), LIMITS)


def test_a_long_control_is_cut() -> None:
    """Controls have no place among the numbered lines."""
    fitted = fit(Outbound(text="?", controls=buttons("x" * 50)), LIMITS)
    assert labels(fitted.controls) == ["x" * 39 + CUT]


# --- texts ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["", " \n", "\u200b\u200d", "\x00\x07", "\ud800", "\u3164"])
def test_a_text_with_nothing_to_see_is_not_sent_as_such(text: str) -> None:
    """Platforms refuse empty messages; one sign goes instead."""
    assert fit(Outbound(text=text), LIMITS).texts == (CUT,)


def test_control_characters_and_broken_surrogates_are_dropped() -> None:
    """What no platform takes never reaches it; line breaks, tabs, accents and joiners stay."""
    assert clean("a\x00b\x1b[31m\r\nc\td\ud83d e\u0301 " + FAMILY) == "ab[31m\nc\td e\u0301 " + FAMILY


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        ("short", 10, ("short",)),
        ("one two\n\nthree four", 12, ("one two", "three four")),
        ("one two\nthree four", 12, ("one two", "three four")),
        ("One two. Three four", 12, ("One two.", "Three four")),
        ("One? Two! Three", 10, ("One? Two!", "Three")),
        ("one two three", 8, ("one two", "three")),
        ("exactly ten", 7, ("exactly", "ten")),
        ("abcdefghij", 4, ("abcd", "efgh", "ij")),
        ("a bcdefghi", 5, ("a bcd", "efghi")),
        ("abcd. efg", 5, ("abcd.", "efg")),
    ],
)
def test_long_texts_break_where_a_reader_would_breathe(
    text: str, limit: int, expected: tuple[str, ...]
) -> None:
    """Paragraphs before lines before sentences before words before letters; never a mere stub."""
    assert split(text, limit, utf16=False) == expected


@pytest.mark.parametrize(
    "unit",
    [
        "a\u0308",
        FAMILY,
        FINLAND,
        "👍🏽",
        "❤\ufe0f",
        "각",
        "\u1100\u1161\u11a8",
        "क\u094dष",
        "🏴\U000e0067\U000e007f",
    ],
)
def test_no_visible_character_is_torn(unit: str) -> None:
    """Accents, families, flags, skin tones, syllables stay whole at every cut."""
    text = "x" + unit * 30
    whole = {"x" + unit * count for count in range(31)} | {unit * count for count in range(31)}
    for limit in range(12, 40):
        parts = split(text, limit, utf16=True)
        assert [part for part in parts[: PARTS - 1] if part not in whole] == []


def test_flags_are_cut_between_countries() -> None:
    """Two regional letters make one flag, counted from the start of the run."""
    assert split(FINLAND + SWEDEN + FINLAND, 10, utf16=True) == (FINLAND + SWEDEN, FINLAND)


def test_a_pile_of_marks_is_cut_somewhere() -> None:
    """A character of a thousand accents is no writing, and still fits."""
    parts = split("a" + "\u0301" * 1000, 200, utf16=True)
    assert [size(part, utf16=True) for part in parts] == [200, 200, 200, 200, 200, 1]


def test_length_is_counted_in_utf16_units_where_the_platform_does() -> None:
    """4,096 emoji are two messages on Telegram, and one where code points count."""
    text = "😀" * 4096
    assert [len(part) for part in split(text, 4096, utf16=True)] == [2048, 2048]
    assert split(text, 4096, utf16=False) == (text,)


def test_an_endless_text_is_cut_with_a_mark() -> None:
    """Ten messages at most, and the last one shows that there was more."""
    parts = split("sana " * 20_000, 4096, utf16=True)
    assert len(parts) == PARTS
    assert parts[-1].endswith("sana" + CUT)


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        ("abc", 3, "abc"),
        ("abcd", 3, "ab…"),
        ("ab cd", 4, "ab…"),
        ("😀😀😀", 4, "😀…"),
        (FAMILY * 2, 13, FAMILY + "…"),
    ],
)
def test_a_cut_shows_itself(text: str, limit: int, expected: str) -> None:
    """What does not fit ends with a mark, and fits with it."""
    assert cut(text, limit, utf16=True) == expected


@given(
    st.lists(st.sampled_from(["a", " ", "\n", ". ", "ä", "😀", "\u0301", FAMILY, FINLAND]), max_size=200).map(
        "".join
    ),
    st.integers(2, 60),
    st.booleans(),
)
def test_splitting_loses_only_white_space(text: str, limit: int, utf16: bool) -> None:
    """Every part fits, none is empty, and together they are the text but for white space at the breaks."""
    text = "x" + text + "x"
    parts = split(text, limit, utf16=utf16)
    assert all(part and size(part, utf16=utf16) <= limit for part in parts)
    if len(parts) < PARTS:
        assert "".join("".join(parts).split()) == "".join(text.split())


@given(
    st.text(max_size=300),
    st.lists(st.text(max_size=60), max_size=30),
    st.sampled_from(["rows", "scale", "inline"]),
    st.booleans(),
)
def test_whatever_is_said_fits(text: str, given_labels: list[str], layout: Layout, utf16: bool) -> None:
    """No text, label, row or number of buttons exceeds the limits, and every choice is in sight."""
    limits = Limits(text=200, buttons=20, buttons_per_row=5, label=30, token_bytes=64, utf16=utf16)
    fitted = fit(Outbound(text=text, buttons=buttons(*given_labels), layout=layout), limits)
    assert all(part.strip() and size(part, utf16=utf16) <= 200 for part in fitted.texts)
    assert all(size(label, utf16=utf16) <= 30 and label.strip() for label in labels(fitted.rows))
    assert all(length <= 5 for length in shape(fitted.rows))
    assert len(labels(fitted.rows)) == min(20, len(given_labels))
