"""Texts and questions in files of their own: translations and blocks, and mistakes in them."""

from pathlib import Path
from typing import Final

import pytest

from bot.config.load import load
from bot.errors import Problem

MAIN: Final = """
translations = ["sv.toml"]

[organisation]
name = "Hauskala"
languages = ["fi", "sv"]

[[flow]]
id = "pulse"
title = { fi = "Pulssi", sv = "Puls" }

[[flow.question]]
id = "mood"
type = "select_one"
text = "Miltä tuntui?"
choices = ["Hyvältä", { id = "bad", label = "Huonolta", accept = { fi = ["kurjalta"] } }]

[[flow.question]]
id = "rows"
type = "matrix"
preset = "agree"
text = "Mitä mieltä olet?"
rows = ["Ruoka", "Seura"]

[[flow.question]]
include = "blocks/more.toml"
"""
BLOCK: Final = """
[[question]]
id = "age"
type = "integer"
text = "Ikäsi?"
"""
SWEDISH: Final = """
language = "sv"

[flow.pulse.question.mood]
text = "Hur kändes det?"
choices = { hyvalta = "Bra", bad = "Dåligt" }
accept = { bad = ["uselt"] }

[flow.pulse.question.rows]
text = "Vad tycker du?"
rows = { ruoka = "Maten", seura = "Sällskapet" }

[flow.pulse.question.age]
text = "Din ålder?"
"""


def _written(folder: Path, main: str = MAIN, swedish: str = SWEDISH, block: str = BLOCK) -> Path:
    (folder / "blocks").mkdir()
    (folder / "blocks" / "more.toml").write_text(block, encoding="utf-8")
    (folder / "sv.toml").write_text(swedish, encoding="utf-8")
    (folder / "config.toml").write_text(main, encoding="utf-8")
    return folder / "config.toml"


def _told(problems: list[Problem], folder: Path) -> list[str]:
    errors = (str(one) for one in problems if one.severity == "error")
    return [line.replace(f"{folder}/", "") for line in errors]


def test_texts_come_together(tmp_path: Path) -> None:
    """Texts, labels, rows and answer words of a file stand in the flow, in blocks too."""
    config, problems = load(_written(tmp_path))
    assert config is not None, problems
    mood, food, company, age = config.flows["pulse"].questions
    assert mood.text == {"fi": "Miltä tuntui?", "sv": "Hur kändes det?"}
    assert [choice.label for choice in mood.choices] == [
        {"fi": "Hyvältä", "sv": "Bra"},
        {"fi": "Huonolta", "sv": "Dåligt"},
    ]
    assert mood.choices[1].accept == ("kurjalta", "uselt")
    assert (food.id, food.text["sv"]) == ("rows_ruoka", "Vad tycker du?\nMaten")
    assert (company.id, company.text["fi"]) == ("rows_seura", "Mitä mieltä olet?\nSeura")
    assert age.text == {"fi": "Ikäsi?", "sv": "Din ålder?"}
    assert not any("Not written in" in problem.message for problem in problems)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('language = "sv"', "", "sv.toml: The file does not say which language it is in."),
        ("question.mood]", "question.mod]", 'has no question "mod". Did you mean "mood"?'),
        ("[flow.pulse.question.age]", "[flow.puls.question.age]", 'no flow "puls". Did you mean "pulse"?'),
        ("[flow.pulse.question.age]", "[slow.pulse]", '"slow" is not known here.'),
        ('text = "Din ålder?"', 'txt = "Din ålder?"', '"txt" has no translation. Did you mean "text"?'),
        ('text = "Din ålder?"', 'hint = "Ett tal."', "hint is translated, but it stands nowhere"),
        ('bad = "Dåligt"', 'bd = "Dåligt"', 'There is no "bd". Did you mean "bad"?'),
        ('bad = "Dåligt"', "bad = 3", "bad must be text in quotation marks."),
        ('["uselt"]', '"uselt"', "Answer words are a list."),
        ('text = "Din ålder?"', 'choices = { a = "b" }', "The question has no choices."),
        (
            "[flow.pulse.question.age]",
            '[flow.pulse]\ntitle = "Puls"\n[flow.pulse.question.age]',
            'title is written in "sv" already.',
        ),
        ('language = "sv"', 'language = "de"', 'the language "de" is not used.'),
    ],
)
def test_mistakes_of_a_translation(tmp_path: Path, old: str, new: str, said: str) -> None:
    """Each is told with file and place, and what to do."""
    config, problems = load(_written(tmp_path, swedish=SWEDISH.replace(old, new)))
    told = _told(problems, tmp_path)
    assert config is None
    assert any(said in line for line in told), told


@pytest.mark.parametrize(
    ("main", "block", "said"),
    [
        (MAIN.replace("more.toml", "mor.toml"), BLOCK, "include: There is no such file."),
        (MAIN.replace("blocks/more.toml", "../more.toml"), BLOCK, "include takes a file of this folder"),
        (MAIN.replace('"blocks/more.toml"', '"blocks/more.toml"\nid = "x"'), BLOCK, "include stands alone"),
        (MAIN, "", "blocks/more.toml: The block has no question."),
        (MAIN, BLOCK + '\n[[flow]]\nid = "x"', 'blocks/more.toml:7: "flow" is not known in a block.'),
        (MAIN, BLOCK.replace("integer", "intege"), "blocks/more.toml:4:"),
        (MAIN, BLOCK.replace('"age"', '"mood"'), 'The id "mood" is given twice'),
        (MAIN, "question = [", "blocks/more.toml:1:"),
        (MAIN.replace('["sv.toml"]', '"sv.toml"'), BLOCK, "translations must be a list."),
    ],
)
def test_mistakes_of_a_block(tmp_path: Path, main: str, block: str, said: str) -> None:
    """Each is told where it stands: in the block with its line, or where it is included."""
    config, problems = load(_written(tmp_path, main=main, block=block))
    told = _told(problems, tmp_path)
    assert config is None
    assert any(said in line for line in told), told
