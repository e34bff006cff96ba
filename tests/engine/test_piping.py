"""Names in braces are filled in; a missing value leaves no hole."""

import pytest

from bot.engine.piping import LONGEST_VALUE, answers_in, fill

VALUES = {"name": "Maija", "answers.mood": "Good"}


@pytest.mark.parametrize(
    ("text", "full", "empty"),
    [
        ("Hi {name}, hello.", "Hi Maija, hello.", "Hi, hello."),
        ("{name}, how was it?", "Maija, how was it?", "How was it?"),
        ("Hi {name}!", "Hi Maija!", "Hi!"),
        ("Hi {name} there", "Hi Maija there", "Hi there"),
        ("Glad you came, {name}.", "Glad you came, Maija.", "Glad you came."),
        ("Bye, {name}", "Bye, Maija", "Bye"),
        ("({name})", "(Maija)", "()"),
        ("{{{name}}}", "{Maija}", "{}"),
        ("You said {answers.mood}.", "You said Good.", "You said."),
        ("Plain.", "Plain.", "Plain."),
        ("Two {{braces}}.", "Two {braces}.", "Two {braces}."),
    ],
)
def test_fill(text: str, full: str, empty: str) -> None:
    """The value stands in the text; without one the text closes over the gap."""
    assert fill(text, lambda name: VALUES.get(name, "")) == full
    assert fill(text, lambda _: "") == empty


@pytest.mark.parametrize("text", ["{name", "name}", "{0}", "{}", "{name.__class__}", "{name!r}", "{name:>9}"])
def test_broken_braces_are_plain_words(text: str) -> None:
    """What the check refuses at load reaches no value here."""
    assert fill(text, lambda _: "value") == text


def test_a_value_is_plain_text() -> None:
    """A value brings no braces, no line ends and no marks of direction of its own, and is cut."""
    assert fill("<{name}>", lambda _: "{name}\n\u202eabc") == "<{name} abc>"
    assert len(fill("{name}", lambda _: "x" * 1000)) == LONGEST_VALUE


def test_answers_in() -> None:
    """The questions whose answers a text quotes are known."""
    assert answers_in("{name}: {answers.mood} and {answers.why}") == {"mood", "why"}
    assert answers_in("nothing") == frozenset()
