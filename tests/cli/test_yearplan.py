"""``kuulolla plan`` over a year: in words, as CSV, as a picture; and it changes nothing."""

import csv
import io
import json
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.cli import main
from bot.cli.common import load, open_any_store
from bot.cli.progress import progress
from bot.errors import EXIT_USER_ERROR

WORDS = """
[organisation]
name = "Hauskala"
languages = ["en"]

[telegram]
token = { env = "TELEGRAM_TOKEN" }

[people]
columns = { id = "Id", name = "Name", telegram = "Telegram" }

[[flow]]
id = "pulse"
title = "Pulse"
[[flow.question]]
id = "mood"
type = "yes_no"
text = "Was it good?"

[[survey]]
id = "weekly"
flow = "pulse"
owner = "Office"
purpose = "To hear you"
trigger = { cron = "0 12 * * tue" }
open_hours = 72
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A new installation: a configuration, and no database."""
    main(["init", str(tmp_path)])
    for old in tmp_path.glob("*.toml"):
        old.unlink()
    (tmp_path / "config.toml").write_text(WORDS)
    return tmp_path / "config.toml"


def _people(place: Path, number: int) -> None:
    members = place.with_name("members.csv")
    rows = "".join(f"{one},Name {one},{1000 + one}\n" for one in range(number))
    members.write_text(f"Id,Name,Telegram\n{rows}")
    main(["people", "import", str(members), "-c", str(place)])
    with open_any_store(load(place)) as store:
        store.write(lambda connection: connection.execute(text("UPDATE addresses SET account = '1'")))


def test_a_new_installation_is_looked_at_and_stays_as_it_is(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """No database is made; nobody is known yet."""
    before = sorted(place.parent.rglob("*"))
    main(["plan", "-c", str(place), "--days", "365"])
    assert sorted(place.parent.rglob("*")) == before
    assert "Of 0 people" in capsys.readouterr().out


def test_a_year_is_told_in_words(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is wanted and what becomes of it, per person, and what to change."""
    _people(place, 30)
    capsys.readouterr()
    main(["plan", "-c", str(place), "--days", "365"])
    told = " ".join(capsys.readouterr().out.split())
    assert "weekly 52 30 1560 360" in told
    assert "Of 30 people each is asked at most 12 times, the median is 12; 0 never." in told
    assert "weekly reaches 360 of 1560" in told


def test_a_year_as_json_and_as_csv(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The same numbers: one row a week, one column a survey."""
    _people(place, 5)
    capsys.readouterr()
    main(["plan", "-c", str(place), "--days", "364", "--json"])
    found = json.loads(capsys.readouterr().out)
    main(["plan", "-c", str(place), "--days", "364", "--csv"])
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert len(rows) == len(found["strategy"]["weeks"]) == 52
    assert sum(int(row["weekly"]) for row in rows) == found["strategy"]["surveys"][0]["asked"] == 60
    assert list(rows[0]) == [
        "week", "asked", "minutes_asked", "minutes_wanted", "minutes_people_can_give", "weekly",
    ]  # fmt: skip
    assert found["never"] == []


@pytest.mark.parametrize(("name", "begins"), [("year.svg", b"<svg"), ("year.png", b"\x89PNG")])
def test_a_year_is_drawn(place: Path, name: str, begins: bytes) -> None:
    """Into the file that was named, in the format of its ending."""
    _people(place, 3)
    picture = place.with_name(name)
    main(["plan", "-c", str(place), "--days", "60", "--picture", str(picture)])
    assert picture.read_bytes().startswith(begins)


def test_another_kind_of_picture_is_refused(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In plain words, with what to write instead."""
    with pytest.raises(SystemExit) as stopped:
        main(["plan", "-c", str(place), "--picture", str(place.with_name("year.bmp"))])
    assert stopped.value.code == EXIT_USER_ERROR
    assert "Name it .svg or .png." in capsys.readouterr().err


def test_older_tables_are_not_touched(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """They are brought up to date by the bot, never by looking."""
    _people(place, 1)
    with open_any_store(load(place)) as store:
        store.write(
            lambda connection: connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
        )
    with pytest.raises(SystemExit):
        main(["plan", "-c", str(place)])
    assert "start the bot once" in capsys.readouterr().err


def test_where_nobody_watches_no_bar_is_drawn(capsys: pytest.CaptureFixture[str]) -> None:
    """A pipe gets what the command prints, and nothing else."""
    with progress("Planning ahead") as told:
        told(0.5)
    assert capsys.readouterr() == ("", "")


def test_on_a_terminal_it_is_told_how_far_it_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """On the error stream, while it lasts."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    with progress("Planning ahead") as told:
        told(0.5)
    assert "Planning ahead" in capsys.readouterr().err
