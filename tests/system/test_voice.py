"""Passers-by and speaking up: a real process, a real server, and an admin who sits in a chat of their own."""

import json
from collections.abc import Iterator

import pytest

from tests.servers.process import telegram_process
from tests.system.rig import PULSE, Association, Installation, Member

DESK = """
[[admins]]
name = "Maija"
address = "telegram:1"
rights = ["alerts", "feedback"]
until = 2099-12-31

[care]
duty = ["Maija"]
contact = { fi = "Hätänumero on 112.", sv = "Nödnumret är 112.", en = "In an emergency call 112." }
words = { fi = ["itsemurha*"] }
"""


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Association, Member]]:
    """A bot in operation, and Maija, who has begun a chat with it."""
    with telegram_process() as tg:
        place = Installation(
            tmp_path_factory.mktemp("desk"),
            base_url=tg.info["url"],
            token=tg.info["token"],
            surveys=PULSE + DESK,
        )
        with place.running(tg, "tests.system.hasty"):
            association = Association(place, tg)
            maija = association.member()
            maija.does("start")
            maija.sees("Hei.")
            yield association, maija


def test_a_poster_leads_to_the_questions(desk: tuple[Association, Member]) -> None:
    """The link that the command prints opens the chat; nothing is asked before a yes."""
    association, _ = desk
    made = association.place.command("link", "open", "--json")
    assert (made.returncode, made.stderr) == (0, "")
    link = json.loads(made.stdout)
    assert link["entries"]["telegram"].endswith(f"?start={link['token']}")

    passer_by = association.member()
    passer_by.does("start", link["token"])
    assert "säilyttää vastauksesi" in passer_by.sees("Hauskala ry")["text"]
    passer_by.does("tap", 0)
    assert "Mitä kuuluu?" in passer_by.sees("1/3")["text"]
    assert association.place.command("link", "--withdraw", str(link["number"])).returncode == 0
    late = association.member()
    late.does("start", link["token"])
    late.sees("Tämä linkki on jo sulkeutunut")


def test_feedback_comes_to_the_admin_and_the_reply_goes_back(desk: tuple[Association, Member]) -> None:
    """The admin presses, writes, and is done; the member reads the organisation's words."""
    association, maija = desk
    member = association.member()
    member.does("start")
    member.sees("Hei.")
    member.does("send", "Ovi oli lukossa.")
    member.sees("Luin viestisi")
    member.does("tap", 0)
    member.sees("Millainen olo")
    member.does("tap", 2)
    member.sees("kuva")
    member.does("send_photo")
    member.sees("Saako sinulle vastata")
    member.does("tap", 0)
    member.sees("Kiitos, että kerroit.")

    shown = maija.sees("Ovi oli lukossa.")
    assert "Huono" in shown["text"]
    assert "Mukana on kuva." in shown["text"]
    assert shown["labels"] == ["Hoidan tämän", "Vastaa", "Hoidettu"]
    assert maija.sees("#")["text"] == "#1"
    maija.does("send", "/reply 1 Pahoittelut, avain on löytynyt.")
    assert "Pahoittelut, avain on löytynyt." in member.sees("Hauskala ry vastaa")["text"]


def test_a_word_that_worries_reaches_the_duty_person(desk: tuple[Association, Member]) -> None:
    """Help for the one, an alert for the other, and no word of it in the log."""
    association, maija = desk
    member = association.member()
    member.does("send", "mietin itsemurhaa")
    member.sees("Hätänumero on 112.")
    assert "mietin itsemurhaa" in maija.sees("Huolestuttava viesti")["text"]
    assert "itsemurhaa" not in association.place.output()
