"""How samples are drawn: said once in ``[sampling]``, and otherwise in a survey."""

from pathlib import Path

from bot.config import load_or_raise
from scheduler.surveys import Stop, Survey

WORDS = """
[organisation]
name = "Hauskala"
languages = ["en"]

[people]
attributes = { age = "Age", town = "Town" }

[sampling]
method = "panel"
rotate = 0.5
strata = ["age"]
confidence = 0.9
expected_response = 0.3
allow_spill = true
stop = { half_width = 0.08 }

[[flow]]
id = "pulse"
title = "Pulse"

[[flow.question]]
id = "mood"
type = "yes_no"
key = true
text = "Was it good?"

[[survey]]
id = "usual"
flow = "pulse"
kind = "sample"
owner = "Office"
purpose = "To hear you"

[[survey]]
id = "own"
flow = "pulse"
kind = "sample"
owner = "Office"
purpose = "To hear you"
method = "random"
strata = ["town", "age"]
margin = 0.05
confidence = 0.99
stop = { half_width = 0.05, n_min = 50 }

[[survey]]
id = "everybody"
flow = "pulse"
owner = "Office"
purpose = "To hear you"
"""


def _surveys(folder: Path, words: str = WORDS) -> dict[str, Survey]:
    file = folder / "config.toml"
    file.write_text(words)
    return dict(load_or_raise(file).surveys)


def test_what_is_said_for_all_samples_holds_for_each(tmp_path: Path) -> None:
    """Where the survey itself says nothing."""
    usual = _surveys(tmp_path)["usual"]
    assert (usual.method, usual.rotate, usual.strata) == ("panel", 0.5, ("age",))
    assert (usual.confidence, usual.expected_response, usual.allow_spill) == (0.9, 0.3, True)
    assert (usual.margin, usual.stop) == (0.10, Stop(half_width=0.08))


def test_a_survey_may_say_otherwise(tmp_path: Path) -> None:
    """Its own words go first; the rest stays."""
    own = _surveys(tmp_path)["own"]
    assert (own.method, own.strata, own.margin, own.confidence) == ("random", ("town", "age"), 0.05, 0.99)
    assert own.stop == Stop(half_width=0.05, n_min=50)
    assert own.allow_spill


def test_others_than_samples_take_nothing_of_it(tmp_path: Path) -> None:
    """A census knows no draw and does not stop."""
    everybody = _surveys(tmp_path)["everybody"]
    assert (everybody.method, everybody.strata, everybody.stop) == ("turn_queue", (), None)


def test_without_it_nothing_stops_early(tmp_path: Path) -> None:
    """A sample takes all it wanted unless it is told otherwise."""
    begin, end = WORDS.index("[sampling]"), WORDS.index("[[flow]]")
    assert _surveys(tmp_path, WORDS[:begin] + WORDS[end:])["usual"].stop is None
