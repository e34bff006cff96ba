"""``kuulolla feedback`` and ``kuulolla alerts`` as somebody types them."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.cli import main
from bot.config import load_or_raise
from storage import voices
from storage.store import open_sqlite
from storage.tables import outbox
from storage.work import Work
from tests.cli.association import settle

NOW = datetime(2026, 9, 1, 9, tzinfo=UTC)


def run(capsys: pytest.CaptureFixture[str], config: Path, *arguments: object) -> tuple[int, str, str]:
    """Exit code, output, complaints."""
    code = 0
    try:
        main([*map(str, arguments), "-c", str(config)])
    except SystemExit as left:
        code = int(left.code or 0)
    said = capsys.readouterr()
    return code, said.out, said.err


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Somebody has spoken up, somebody worries us, and somebody wishes no reply."""
    path = settle(tmp_path)
    loaded = load_or_raise(path)
    with open_sqlite(loaded.storage.path, loaded.storage.key_file) as store:

        def job(connection: object) -> None:
            work = Work(connection, NOW)  # type: ignore[arg-type]
            person = work.add_person(name="Aino", language="fi")
            work.add_address(
                person_id=person, address="telegram:5", platform="telegram", account="1", chat="5"
            )
            kept = work.connection
            voices.add(
                kept,
                NOW,
                kind="feedback",
                person_id=person,
                feeling="bad",
                words="[red]Ovi[/red] oli lukossa.",
            )
            voices.add(kept, NOW, kind="words", person_id=person, words="Apua", recipient="Maija")
            voices.add(kept, NOW, kind="feedback", person_id=person, feeling="good", may_reply=False)

        store.write(job)
    return path


def test_feedback_is_listed_without_name_and_address(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever the words hold is shown as it was written."""
    code, out, err = run(capsys, config, "feedback", "list")
    assert (code, err) == (0, "")
    assert "[red]Ovi[/red] oli lukossa." in out
    assert "Aino" not in out
    assert "telegram" not in out
    found = json.loads(run(capsys, config, "feedback", "list", "--json")[1])
    assert [(one["number"], one["feeling"], one["state"]) for one in found] == [
        (3, "good", "open"),
        (1, "bad", "open"),
    ]


def test_a_reply_is_put_in_line_and_kept(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The bot sends it; who wrote it is seen here alone."""
    assert run(capsys, config, "feedback", "reply", 1, "--text", "Pahoittelut.", "--by", "Maija")[0] == 0
    shown = run(capsys, config, "feedback", "show", 1)[1]
    assert "Maija:\nPahoittelut." in shown
    loaded = load_or_raise(config)
    with open_sqlite(loaded.storage.path, loaded.storage.key_file) as store, store.read() as connection:
        (row,) = connection.execute(outbox.select()).all()
    assert (row.chat, "Pahoittelut." in row.payload, "Maija" in row.payload) == ("5", True, False)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("feedback", "reply", 3, "--text", "Hei"), "#3 asked for no reply."),
        (("feedback", "reply", 2, "--text", "Hei"), "There is no #2 here."),
        (("feedback", "reply", 1, "--text", " "), "There are no words to send."),
        (("feedback", "show", 9), "There is no #9 here."),
        (("alerts", "--done", 1), "There is no #1 here."),
    ],
)
def test_what_cannot_be_done_is_told(
    config: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[object, ...], said: str
) -> None:
    """In one sentence, and nothing is sent."""
    code, _, err = run(capsys, config, *arguments)
    assert code == 2
    assert said in err


def test_alerts_are_taken_and_finished(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Then none is open."""
    assert "Apua" in run(capsys, config, "alerts")[1]
    assert run(capsys, config, "alerts", "--take", 2, "--by", "Maija")[1] == "#2 is yours.\n"
    assert run(capsys, config, "alerts", "--take", 2)[1] == "#2 was taken before.\n"
    assert json.loads(run(capsys, config, "alerts", "--json")[1])["voices"][0]["taken_by"] == "Maija"
    assert run(capsys, config, "alerts", "--done", 2)[1] == "#2 is done.\n"
    assert run(capsys, config, "alerts")[1] == "There are no open alerts.\n"
    assert run(capsys, config, "alerts", "--done", 2)[0] == 2


def test_the_tally_counts_by_month(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Good, bad, open and closed."""
    run(capsys, config, "feedback", "done", 1)
    assert json.loads(run(capsys, config, "feedback", "tally", "--json")[1]) == {
        "2026-09": {"good": 1, "mixed": 0, "bad": 1, "unsaid": 0, "open": 1, "closed": 1}
    }
    assert "2026-09" in run(capsys, config, "feedback", "tally")[1]
