"""``kuulolla link`` as somebody types it."""

import json
from pathlib import Path

import pytest

from bot.cli import main
from tests.cli.association import settle

TELEGRAM = '\n[telegram]\ntoken = { file = "telegram.token" }\nusername = "hauskala_bot"\n'


def run(capsys: pytest.CaptureFixture[str], config: Path, *arguments: object) -> tuple[int, str, str]:
    """Exit code, output, complaints."""
    code = 0
    try:
        main(["link", *map(str, arguments), "-c", str(config)])
    except SystemExit as left:
        code = int(left.code or 0)
    said = capsys.readouterr()
    return code, said.out, said.err


def test_a_link_is_told_with_its_address_and_drawn(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The address carries the token; the QR code is a picture of it that scales."""
    config, poster = settle(tmp_path, TELEGRAM), tmp_path / "poster.svg"
    code, out, err = run(capsys, config, "weekly", "--most", 40, "--qr", poster)
    assert (code, err) == (0, "")
    first, second, third = out.splitlines()
    assert first.startswith("Link 1: weekly, until 20")
    assert second.startswith("  telegram: https://t.me/hauskala_bot?start=")
    assert len(second.partition("start=")[2]) == 22
    assert third == f"  QR code: {poster}"
    assert b"<svg" in poster.read_bytes()


def test_a_picture_may_be_png(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """For programs that cannot draw SVG. Without an address it holds the word to write."""
    picture = tmp_path / "poster.png"
    code, out, _ = run(capsys, settle(tmp_path), "weekly", "--qr", picture)
    assert code == 0
    assert "People write this to the bot:" in out
    assert picture.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("name", "said"), [("poster.pdf", "is neither .svg nor .png."), ("config.toml", "is neither")]
)
def test_a_picture_of_another_kind_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, said: str
) -> None:
    """And no link is made for it."""
    config = settle(tmp_path)
    code, _, err = run(capsys, config, "weekly", "--qr", tmp_path / name)
    assert code == 2
    assert said in err
    assert run(capsys, config, "--list")[1] == "There are no links.\n"


def test_nothing_is_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A poster that is there stays."""
    there = tmp_path / "poster.png"
    there.write_bytes(b"mine")
    code, _, err = run(capsys, settle(tmp_path), "weekly", "--qr", there)
    assert (code, there.read_bytes()) == (2, b"mine")
    assert "exists already" in err


def test_links_are_listed_and_withdrawn(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The list never shows a token."""
    config = settle(tmp_path)
    token = json.loads(run(capsys, config, "weekly", "--json")[1])["token"]
    assert run(capsys, config, "--withdraw", 1)[1].startswith("Link 1 works no longer.")
    listed = json.loads(run(capsys, config, "--list", "--json")[1])
    assert [(one["number"], one["survey"], one["state"], one["used"]) for one in listed] == [
        (1, "weekly", "withdrawn", 0)
    ]
    shown = run(capsys, config, "--list")[1]
    assert "withdrawn" in shown
    assert token not in shown
    assert run(capsys, config, "--withdraw", 1)[0] == 2


@pytest.mark.parametrize("arguments", [(), ("weekly", "--list"), ("--check-in", "x", "--withdraw", "1")])
def test_one_thing_at_a_time(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    """Nothing, or two things at once, is asked back."""
    code, _, err = run(capsys, settle(tmp_path), *arguments)
    assert code == 2
    assert "Name one of SURVEY, --check-in, --list, --withdraw." in err


def test_an_unknown_encounter_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With what to do."""
    code, _, err = run(capsys, settle(tmp_path), "--check-in", "Retki")
    assert code == 2
    assert "There is no encounter 'Retki'." in err
