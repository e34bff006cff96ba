"""``kuulolla try``: a flow in the terminal, and the chat that is kept of it."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.cli.people import people
from bot.cli.trying import try_
from bot.config import load_or_raise
from bot.engine import transcript
from tests.cli.association import settle

ROOT = Path(__file__).parent.parent.parent
CAMP = ROOT / "examples" / "summer-camp.toml"


def _play(lines: str, *arguments: str) -> str:
    result = CliRunner().invoke(try_, arguments, input=lines)
    assert result.exit_code == 0, result.output
    return result.output


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_what_is_kept_is_shown(language: str) -> None:
    """The real questions in the wished language, and what is kept of each answer beside them."""
    shown = _play("4\n5\n2 1 3\nno\n", "looking-back", "--lang", language, "-c", str(CAMP))
    assert "kept  camp_safe: 4" in shown
    assert "kept  wellbeing: 4.5 (computed)" in shown
    assert "kept  drawn: ['price'] (computed)" in shown
    assert shown.rstrip().endswith("completed")


def test_the_chat_is_saved_as_a_golden_test(tmp_path: Path) -> None:
    """What is written says, when it is run, exactly what it says; lines of chats are understood too."""
    file = tmp_path / "camp.en.txt"
    lines = "later today\n~ 2h\n! tap I agree\n25:00\n9:30\n040 123 4567\n! nonsense\nskip\n"
    shown = _play(lines, "sign-up", "--lang", "en", "--save", str(file), "-c", str(CAMP))
    assert "a chat has no '! nonsense'" in shown
    saved = file.read_text(encoding="utf-8")
    assert "= arrival: 09:30" in saved
    assert "nonsense" not in saved
    assert transcript.run(saved, load_or_raise(CAMP).flows) == saved


def test_an_earlier_chat_is_not_overwritten(tmp_path: Path) -> None:
    """A file that is there already stays as it was, and the command says so."""
    file = tmp_path / "chat.txt"
    file.write_text("mine")
    result = CliRunner().invoke(try_, ["pictures", "--save", str(file), "-c", str(CAMP)], input="")
    assert result.exit_code == 2
    assert file.read_text() == "mine"


def test_as_somebody_of_the_database(tmp_path: Path) -> None:
    """A person of the member list is greeted by name and asked what is not known of them."""
    config = settle(tmp_path, old='text = "Meneekö hyvin?"', new='text = "Meneekö hyvin, {name}?"')
    members = tmp_path / "members.csv"
    members.write_text("Nro,Nimi,Telegram\nH-1,Aino,123\n", encoding="utf-8")
    arguments = ["import", str(members), "-c", str(config)]
    imported = CliRunner().invoke(people, arguments)
    assert imported.exit_code == 0, imported.output
    assert "Meneekö hyvin, Aino?" in _play("kyllä\n", "pulse", "--as", "H-1", "-c", str(config))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("looking-bck",), 'There is no flow "looking-bck". Did you mean "looking-back"?'),
        (("pictures", "--lang", "de"), 'The flow is not written in "de", only in fi, sv, en.'),
    ],
)
def test_what_cannot_be_played(arguments: tuple[str, ...], said: str) -> None:
    """A wrong name or language is told with what to write instead."""
    result = CliRunner().invoke(try_, [*arguments, "-c", str(CAMP)], input="")
    assert result.exit_code != 0
    assert said in str(result.exception or result.output)


def test_a_survey_s_name_will_do() -> None:
    """Whoever names a survey plays its flow."""
    assert "1/3" in _play("", "pictures", "-c", str(CAMP))
