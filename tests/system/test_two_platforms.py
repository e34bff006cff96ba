"""One person with two addresses: whatever is said on one platform counts on the other, in one process."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.servers.process import ServerProcess, slack_process, telegram_process
from tests.system import workspace
from tests.system.rig import PULSE, BotProcess, Installation, Member, until
from tests.system.workspace import Colleague

COLUMNS = """
[people.columns]
id = "number"
name = "name"
language = "language"
telegram = "telegram"
slack = "slack"
"""
INVITE = "Jotta kierros onnistuu"


@dataclass(frozen=True)
class Person:
    """Somebody with a Telegram and a Slack client, known by one row."""

    telegram: Member
    slack: Colleague


class Hauskala:
    """An installation on both platforms, and its bot."""

    def __init__(self, place: Installation, tg: ServerProcess, slack: ServerProcess, bot: BotProcess) -> None:
        self.place = place
        self.tg = tg
        self.slack = slack
        self.bot = bot
        self._numbers = itertools.count(1)

    def joins(self, name: str) -> Person:
        """Somebody comes in with the member list, under both addresses, and presses Start in Telegram."""
        number = next(self._numbers)
        person = Person(Member(self.tg, number, "fi"), Colleague(self.slack, name))
        person.slack.exists()
        members = self.place.folder / "members.csv"
        members.write_text(
            f"number,name,language,telegram,slack\n{number},{name.title()},fi,{number},{person.slack.id}\n"
        )
        imported = self.place.command("people", "import", str(members))
        assert imported.returncode == 0, imported.stderr
        person.telegram.does("start")
        person.telegram.sees("Hauskala ry")
        return person

    def answers(self, person: Person) -> list[tuple[str, str]]:
        """(question, value) in the order they were given."""
        rows = self.place.rows(
            "SELECT a.question, a.value FROM answers a JOIN sessions s ON s.id = a.session_id"
            " JOIN addresses d ON d.person_id = s.person_id WHERE d.address = ? ORDER BY a.id",
            person.telegram.address,
        )
        return [(row["question"], row["value"]) for row in rows]

    def contacts(self, person: Person) -> list[tuple[str, str]]:
        """(kind, state) of everything in the person's ledger."""
        rows = self.place.rows(
            "SELECT c.kind, c.state FROM contacts c JOIN addresses d ON d.person_id = c.person_id"
            " WHERE d.address = ?",
            person.slack.address,
        )
        return [(row["kind"], row["state"]) for row in rows]

    def invites(self, person: Person) -> tuple[int, int]:
        """How many invites have reached the person in Telegram, and in Slack."""
        sent = self.tg.control("requests", method="sendMessage")
        number = str(person.telegram.number)
        by_telegram = sum(
            str(one["params"]["chat_id"]) == number and INVITE in one["params"]["text"] for one in sent
        )
        return by_telegram, workspace.invites(self.slack, person.slack, INVITE)


@pytest.fixture(scope="module")
def hauskala(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hauskala]:
    """One bot that polls Telegram and holds a socket to Slack."""
    with telegram_process() as tg, slack_process() as slack:
        place = Installation(
            tmp_path_factory.mktemp("both"),
            base_url=tg.info["url"],
            token=tg.info["token"],
            more=workspace.table(slack) + COLUMNS,
            surveys=PULSE,
        )
        workspace.give_secrets(place, slack)
        with place.running(tg, "tests.system.brisk") as bot:
            workspace.wait_for_socket(slack, bot)
            yield Hauskala(place, tg, slack, bot)
        assert bot.process.returncode == 0
        assert workspace.problems(slack) == []


def test_a_survey_goes_on_wherever_the_person_writes(hauskala: Hauskala) -> None:
    """Asked in Telegram, answered in Slack, and back: the next question comes where the last word was."""
    aino = hauskala.joins("aino")
    aino.telegram.does("send", "kuulumiset")
    aino.telegram.sees("Mitä kuuluu?")
    aino.slack.does("send", "4")
    aino.slack.sees("Missä olit?")
    aino.telegram.does("send", "pihalla")
    aino.telegram.sees("Kerro lisää")
    aino.slack.does("send", "Aurinko paistoi.")
    aino.slack.sees("Kiitos, Aino.")

    assert hauskala.answers(aino) == [
        ("mood", "4"),
        ("place", '"yard"'),
        ("tell", '"Aurinko paistoi."'),
    ]
    owners = hauskala.place.rows(
        "SELECT count(*) AS n, count(DISTINCT person_id) AS people FROM addresses WHERE address IN (?, ?)",
        aino.telegram.address,
        aino.slack.address,
    )
    assert owners == [{"n": 2, "people": 1}]


def test_the_question_left_behind_on_the_other_platform_is_settled(hauskala: Hauskala) -> None:
    """Answered in Slack, the question in Telegram shows the answer; a late press on it counts no more."""
    bertta = hauskala.joins("bertta")
    bertta.telegram.does("send", "kuulumiset")
    bertta.telegram.sees("Mitä kuuluu?")
    bertta.slack.does("send", "5")
    bertta.slack.sees("Missä olit?")
    bertta.telegram.sees("Mitä kuuluu?\n✓ 😀 hyvä")
    bertta.telegram.does("tap_old", 0, 0)
    bertta.telegram.does("send", "kotona")
    bertta.telegram.sees("Kerro lisää")

    assert hauskala.answers(bertta) == [("mood", "5"), ("place", '"home"')]


def test_one_wave_is_one_invite_for_both_addresses(hauskala: Hauskala) -> None:
    """The invite goes where the person wrote last, to nobody twice, and is answered on either platform.

    Who said stop in Slack is not asked in Telegram; who blocked the bot in Telegram is asked in Slack.
    """
    cecilia, daniel, eeva = (hauskala.joins(name) for name in ("cecilia", "daniel", "eeva"))
    cecilia.slack.does("send", "hei")
    cecilia.slack.sees("ei ole avointa")
    daniel.slack.does("send", "stop")
    daniel.slack.sees("Et saa täältä enää kysymyksiä")
    eeva.telegram.does("block")
    hauskala.tg.control("polled")
    opened = hauskala.place.command("wave", "round")
    assert (opened.returncode, opened.stderr) == (0, "")

    cecilia.slack.sees(INVITE)
    eeva.slack.sees(INVITE)
    cecilia.telegram.does("send", "kyllä")
    cecilia.telegram.sees("Mitä kuuluu?")
    until(hauskala.bot, lambda: planned_nobody(hauskala))

    assert [hauskala.invites(person) for person in (cecilia, daniel, eeva)] == [(0, 1), (0, 0), (0, 1)]
    assert [hauskala.contacts(person) for person in (cecilia, daniel)] == [[("invite", "sent")], []]


def test_stop_on_one_platform_is_stop_on_both_until_taken_back(hauskala: Hauskala) -> None:
    """Stop in Telegram closes the survey that is open in Slack; start in Slack brings back both."""
    frans = hauskala.joins("frans")
    frans.slack.does("send", "kuulumiset")
    frans.slack.sees("Mitä kuuluu?")
    frans.telegram.does("send", "stop")
    frans.telegram.sees("Et saa täältä enää kysymyksiä")
    frans.slack.does("send", "kuulumiset")
    frans.slack.sees("Olet pyytänyt, ettei sinulta enää kysytä")
    frans.slack.does("send", "start")
    frans.slack.sees("Saanko taas kysyä?")
    frans.slack.does("tap", "Kyllä, saa taas kysyä")
    frans.slack.sees("Tervetuloa takaisin.")
    frans.telegram.does("send", "kuulumiset")
    frans.telegram.sees("Mitä kuuluu?")

    statuses = hauskala.place.rows(
        "SELECT s.status FROM sessions s JOIN addresses d ON d.person_id = s.person_id"
        " WHERE d.address = ? ORDER BY s.id",
        frans.slack.address,
    )
    assert [row["status"] for row in statuses] == ["declined", "active"]


def planned_nobody(hauskala: Hauskala) -> bool:
    """Whether nobody waits to be invited any more."""
    waiting = hauskala.place.rows(
        "SELECT count(*) AS n FROM wave_people WHERE state IN ('frame', 'planned') AND decided_at IS NULL"
        " OR state = 'planned'"
    )
    return bool(waiting[0]["n"] == 0)
