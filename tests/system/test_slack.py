"""What members live through in Slack, from the wire to the database and back, with a real process and a real
server.
"""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from tests.servers.process import ServerProcess, slack_process
from tests.system import workspace
from tests.system.rig import WITHIN, BotProcess, Installation, until
from tests.system.workspace import Colleague

BRISK = "tests.system.brisk"
SURVEYS = """
[people.columns]
id = "number"
name = "name"
slack = "slack"

[[flow]]
id = "day"
title = { fi = "Päivä", sv = "Dagen", en = "The day" }
closing = { fi = "Kiitos, {name}.", sv = "Tack, {name}.", en = "Thank you, {name}." }

[[flow.question]]
id = "mood"
type = "scale"
preset = "faces"
text = { fi = "Mitä kuuluu?", sv = "Hur mår du?", en = "How are you?" }

[[flow.question]]
id = "helps"
type = "select_multiple"
text = { fi = "Mikä auttaa?", sv = "Vad hjälper?", en = "What helps?" }
choices = [
  { id = "sleep", label = { fi = "Uni", sv = "Sömn", en = "Sleep" } },
  { id = "walk", label = { fi = "Kävely", sv = "Promenad", en = "A walk" } },
  { id = "friends", label = { fi = "Ystävät", sv = "Vänner", en = "Friends" } },
]

[[flow.question]]
id = "tell"
type = "text"
long = true
required = false
text = { fi = "Kerro lisää", sv = "Berätta mera", en = "Tell us more" }

[[survey]]
id = "open"
flow = "day"
owner = "Office"
trigger = { keywords = ["kuulumiset"] }
purpose = { fi = "Jotta opimme", sv = "För att lära", en = "To learn" }

[[survey]]
id = "round"
flow = "day"
owner = "Office"
trigger = { by_hand = true }
reminders = { max = 0 }
purpose = { fi = "Jotta kierros onnistuu", sv = "För att rundan lyckas", en = "To make the round work" }

[[survey]]
id = "second"
flow = "day"
owner = "Office"
trigger = { by_hand = true }
reminders = { max = 0 }
purpose = { fi = "Jotta toinenkin onnistuu", sv = "Så att även det andra lyckas", en = "For the second" }
"""


class Office:
    """A bot in operation in a workspace."""

    def __init__(self, folder: Path, slack: ServerProcess, *, listen: str = "") -> None:
        self.slack = slack
        self.place = Installation(folder, more=workspace.table(slack, listen=listen), surveys=SURVEYS)
        workspace.give_secrets(self.place, slack)

    @contextmanager
    def running(self) -> Iterator[BotProcess]:
        """A bot that is connected; at the end it is stopped as an operator would."""
        self.bot = bot = self.place.start(BRISK)
        try:
            workspace.wait_for_socket(self.slack, bot)
            yield bot
        finally:
            bot.stop()

    def answers(self, person: Colleague) -> list[tuple[str, str, str]]:
        """(question, status, value) of a person in the order they were given."""
        rows = self.place.rows(
            "SELECT a.question, a.status, a.value FROM answers a JOIN sessions s ON s.id = a.session_id"
            " JOIN addresses d ON d.person_id = s.person_id WHERE d.address = ? ORDER BY a.id",
            person.address,
        )
        return [(row["question"], row["status"], row["value"]) for row in rows]

    def statuses(self, person: Colleague) -> list[str]:
        """How a person's sessions stand, oldest first."""
        rows = self.place.rows(
            "SELECT s.status FROM sessions s JOIN addresses d ON d.person_id = s.person_id"
            " WHERE d.address = ? ORDER BY s.id",
            person.address,
        )
        return [row["status"] for row in rows]

    def rows_of(self, person: Colleague, table: str) -> int:
        """How many rows of the inbox or of the answers a person has caused."""
        queries = {
            "inbox": "SELECT count(*) AS n FROM inbox i JOIN addresses d ON d.chat = i.chat"
            " WHERE d.address = ?",
            "answers": "SELECT count(*) AS n FROM answers a JOIN sessions s ON s.id = a.session_id"
            " JOIN addresses d ON d.person_id = s.person_id WHERE d.address = ?",
        }
        return int(self.place.rows(queries[table], person.address)[0]["n"])

    def reconciled(self, person: Colleague) -> list[dict[str, object]]:
        """How the person's invite stands, once the platform has been asked for it."""
        return self.place.rows(
            "SELECT c.state, o.error FROM outbox o JOIN contacts c ON c.id = o.contact_id"
            " JOIN addresses d ON d.person_id = c.person_id WHERE d.address = ? AND o.error = 'reconciled'",
            person.address,
        )

    def imports(self, name: str, folder: Path, language: str = "fi") -> Colleague:
        """Somebody of the workspace who never wrote comes in with the member list."""
        person = Colleague(self.slack, name, language)
        person.exists()
        members = folder / "members.csv"
        members.write_text(f"number,name,slack\n{name},{name.title()},{person.id}\n")
        imported = self.place.command("people", "import", str(members))
        assert "can be written to now" in imported.stdout, imported.stderr
        return person

    def open_wave(self, survey: str) -> None:
        """As the admin does it."""
        opened = self.place.command("wave", survey)
        assert (opened.returncode, opened.stderr) == (0, "")


@pytest.fixture(scope="module")
def slack() -> Iterator[ServerProcess]:
    """A workspace that repeats what is not acknowledged within a second, at once and again."""
    with slack_process("--ack-seconds", "1", "--retry-pauses", "0,0.1,0.3") as server:
        yield server


@pytest.fixture(scope="module")
def office(slack: ServerProcess, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """One bot for all conversations; whatever it sends in them must be what Slack takes."""
    office = Office(tmp_path_factory.mktemp("office"), slack)
    with office.running() as bot:
        yield office
    assert bot.process.returncode == 0
    assert workspace.problems(slack) == []


def test_a_stranger_who_writes_is_known_from_then_on(office: Office) -> None:
    """A stranger is greeted; name, language and zone come from the profile."""
    sanna = Colleague(office.slack, "sanna", "sv")
    sanna.does("send", "hej")

    assert "korta frågor då och då" in sanna.sees("frågor")["shown"]
    who = office.place.rows(
        "SELECT p.name, p.language, p.zone FROM persons p JOIN addresses d ON d.person_id = p.id"
        " WHERE d.address = ?",
        sanna.address,
    )
    assert who == [{"name": "sanna", "language": "sv", "zone": "Europe/Stockholm"}]


def test_a_slash_command_is_answered_in_the_direct_message(office: Office) -> None:
    """``/kuulolla help`` shows what one can say, in the person's language."""
    paul = Colleague(office.slack, "paul", "en")
    paul.does("slash", "/kuulolla", "help")

    assert "privacy" in paul.sees("stop")["shown"]


def test_the_home_tab_is_ones_own_page(office: Office) -> None:
    """To a stranger it says hello and stores nothing; then it is the page, with its buttons."""
    vera = Colleague(office.slack, "vera", "en")
    vera.does("open_home")
    vera.home("uses this chat to ask")
    known = "SELECT count(*) AS n FROM addresses WHERE address = ?"
    assert office.place.rows(known, vera.address) == [{"n": 0}]
    vera.does("send", "hello")
    vera.sees("Hello")
    vera.does("open_home")
    vera.home("How often: at the usual pace")
    vera.does("tap_home", "How often")
    vera.home("How often may I ask?")
    vera.does("tap_home", "Less often")
    vera.home("at most once in 30 days")
    preference = (
        "SELECT p.preference FROM persons p JOIN addresses d ON d.person_id = p.id WHERE d.address = ?"
    )
    until(office.bot, lambda: office.place.rows(preference, vera.address) == [{"preference": "less"}])


def test_ones_data_comes_as_files_and_goes_for_good(office: Office) -> None:
    """Two files in the direct message; then one confirmation, and within seconds nobody knows the person."""
    rosa = Colleague(office.slack, "rosa", "en")
    rosa.does("send", "hello")
    rosa.sees("Hello")
    rosa.does("slash", "/kuulolla", "mydata")
    until(office.bot, lambda: rosa.files() == ["my-data.html", "my-data.json"])
    rosa.does("send", "forget me")
    rosa.sees("Shall I erase everything")
    rosa.does("tap", "Yes, erase everything")
    rosa.sees("Your data is erased.")
    for table, column in (("addresses", "address"), ("inbox", "chat"), ("outbox", "chat")):
        left = f"SELECT count(*) AS n FROM {table} WHERE {column} IN (?, ?, ?)"
        traces = partial(office.place.rows, left, rosa.address, rosa.channel, rosa.id)
        until(office.bot, lambda traces=traces: traces() == [{"n": 0}])  # type: ignore[misc]
    rosa.does("tap_old", "Yes, erase everything", 0)
    rosa.sees("Nothing is kept about you here.")


def test_taps_toggles_and_words_answer_to_the_end(office: Office) -> None:
    """Chosen answers stay readable, the buttons go, and three answers are stored."""
    aino = Colleague(office.slack, "aino")
    aino.does("send", "kuulumiset")
    assert "1/3" in aino.sees("Mitä kuuluu?")["shown"]
    aino.does("send", "4")
    aino.sees("Mikä auttaa?")
    aino.does("tap", "Uni")
    assert "✓ Uni" in aino.sees("Mikä auttaa?")["labels"]
    aino.does("tap", "Ystävät")
    assert "✓ Ystävät" in aino.sees("Mikä auttaa?")["labels"]
    aino.does("tap", "Valmis")
    aino.sees("Kerro lisää")
    aino.does("send", "Aurinko <b>paistoi</b> & *lämmitti*")
    aino.sees("Kiitos, aino.")

    assert office.answers(aino) == [
        ("mood", "answered", "4"),
        ("helps", "answered", '["sleep","friends"]'),
        ("tell", "answered", '"Aurinko <b>paistoi</b> & *lämmitti*"'),
    ]
    assert office.statuses(aino) == ["completed"]
    assert aino.chat()[0].startswith("Mitä kuuluu?\n✓")


def test_windows_take_several_choices_and_long_texts(office: Office) -> None:
    """Ticked boxes and a written text arrive as whole answers, and the windows close."""
    bea = Colleague(office.slack, "bea", "en")
    bea.does("send", "kuulumiset")
    bea.sees("How are you?")
    bea.does("tap", 4)
    bea.sees("What helps?")
    bea.does("tap", "Answer in a window")
    bea.window("What helps?")
    bea.does("submit_view", {"choices": ["Sleep", "A walk"]})
    bea.sees("Tell us more")
    bea.does("tap", "Answer in a window")
    bea.window("Tell us more")
    bea.does("submit_view", {"text": "First line.\n\nSecond line, " + "long " * 400})
    bea.sees("Thank you, bea.")

    mood, helps, tell = office.answers(bea)
    assert (mood, helps) == (("mood", "answered", "5"), ("helps", "answered", '["sleep","walk"]'))
    assert tell[2].startswith(r'"First line.\n\nSecond line, long long')
    assert office.slack.member(bea.id, "view") is None


def test_skip_and_back_move_through_the_survey(office: Office) -> None:
    """Back shows the earlier answer and changes it; skip leaves an optional question out."""
    carl = Colleague(office.slack, "carl", "en")
    carl.does("send", "kuulumiset")
    carl.sees("How are you?")
    carl.does("tap", 0)
    carl.sees("What helps?")
    carl.does("send", "back")
    carl.sees("How are you?")
    carl.does("tap", 3)
    carl.sees("What helps?")
    carl.does("tap_old", 0, 2)
    carl.does("send", "Friends")
    carl.sees("Tell us more")
    carl.does("tap", "Skip")
    carl.sees("Thank you, carl.")

    given = {question: (status, value) for question, status, value in office.answers(carl)}
    assert given == {
        "mood": ("answered", "4"),
        "helps": ("answered", '["friends"]'),
        "tell": ("skipped", "null"),
    }


def test_stop_is_final_until_the_person_comes_back(office: Office) -> None:
    """Stop ends the survey with what it has; only start and a clear yes bring the person back."""
    dora = Colleague(office.slack, "dora", "en")
    dora.does("send", "kuulumiset")
    dora.sees("How are you?")
    dora.does("tap", 1)
    dora.sees("What helps?")
    dora.does("slash", "/kuulolla", "stop")
    dora.sees("no more questions")
    dora.does("send", "kuulumiset")
    dora.sees("stays quiet here")
    dora.does("send", "start")
    dora.sees("Would you like to be asked again?")
    dora.does("tap", 0)
    dora.sees("Welcome back")
    dora.does("send", "kuulumiset")
    dora.sees("How are you?")

    assert office.statuses(dora) == ["abandoned", "active"]


def test_a_wave_invites_an_imported_person_who_never_wrote(office: Office, tmp_path: Path) -> None:
    """In Slack the bot may write first: why it asks, and a press that begins."""
    erik = office.imports("erik", tmp_path, "sv")
    office.open_wave("round")

    invite = erik.sees("Jotta kierros onnistuu")
    assert invite["labels"] == ["Aloitetaan", "Ei nyt", "Ei kiitos", "Älä kysy enää"]
    erik.does("tap", "Aloitetaan")
    erik.sees("Hur mår du?")
    erik.does("tap", 2)
    erik.sees("Vad hjälper?")

    assert office.answers(erik) == [("mood", "answered", "3")]
    assert workspace.invites(office.slack, erik) == 1


def test_an_event_that_comes_again_counts_once(office: Office) -> None:
    """An acknowledgement that is lost makes Slack repeat the event: one question, one answer."""
    fred = Colleague(office.slack, "fred", "en")
    office.slack.control("options", ack_seconds=0.000001)
    begun = fred.does("send", "kuulumiset")
    fred.sees("How are you?")
    given = fred.does("send", "2")
    office.slack.control("options", ack_seconds=1)
    fred.sees("What helps?")

    assert [len(begun["attempts"]), len(given["attempts"])] == [4, 4]
    assert office.answers(fred) == [("mood", "answered", "2")]
    fred.does("send", "help")
    fred.sees("privacy")
    assert sum("How are you?" in text for text in fred.chat()) == 1
    assert office.rows_of(fred, "inbox") == 3


def test_an_invite_whose_answer_was_lost_is_looked_up(office: Office, tmp_path: Path) -> None:
    """The connection is cut after Slack took the invite: it is found by its metadata and not sent again."""
    gina = office.imports("gina", tmp_path)
    office.slack.control("fault", method="chat.postMessage", fault="drop", chat=gina.channel)
    office.open_wave("second")
    gina.sees("Jotta toinenkin")

    found = until(office.bot, lambda: office.reconciled(gina))
    assert found == [{"state": "sent", "error": "reconciled"}]
    gina.does("tap", "Aloitetaan")
    gina.sees("Mitä kuuluu?")
    assert workspace.invites(office.slack, gina, "Jotta toinenkin") == 1


def test_a_revoked_token_is_told_and_nothing_more_is_sent(tmp_path: Path) -> None:
    """The bot says what has happened and rests; started anew it refuses, in plain words."""
    with slack_process() as slack:
        office = Office(tmp_path, slack)
        hugo = Colleague(slack, "hugo", "en")
        with office.running() as bot:
            slack.control("options", revoked="token_revoked")
            hugo.does("send", "kuulumiset")
            until(bot, lambda: "token_revoked" in bot.log.read_text())
            hugo.does("send", "4")
            until(bot, lambda: office.rows_of(hugo, "answers") == 1)
            alerts = office.place.rows("SELECT message FROM alerts WHERE kind = 'refused'")
            assert bot.stop() == 0
        assert (asked(slack), hugo.chat()) == (1, [])
        assert "slack refuses our account (token_revoked)" in alerts[0]["message"]

        again = office.place.command("run")
    assert (again.returncode, again.stdout) == (2, "")
    assert "Slack refuses the token: token_revoked." in again.stderr


def test_signed_requests_serve_as_well_as_a_socket(tmp_path: Path) -> None:
    """Over HTTP an event, a tap, a window and a command arrive, signed; a forged request changes nothing."""
    listen = f"127.0.0.1:{free_port()}"
    patient = ",".join(["0.1"] * 100)  # so long until the bot listens
    address = f"http://{listen}/slack/events"
    with slack_process("--retry-pauses", patient, "--http", address) as server:
        office = Office(tmp_path, server, listen=listen)
        bot = office.place.start(BRISK)
        ines = Colleague(server, "ines", "en")
        try:
            ines.does("send", "kuulumiset")
            ines.sees("How are you?")
            ines.does("tap", 3)
            ines.sees("What helps?")
            ines.does("tap", "Answer in a window")
            ines.window("What helps?")
            ines.does("submit_view", {"choices": ["Friends"]})
            ines.sees("Tell us more")
            refused = forged(address, ines)
            ines.does("slash", "/kuulolla", "skip")
            ines.sees("Thank you, ines.")
        finally:
            code = bot.stop()
        assert (refused, code, workspace.problems(server)) == (401, 0, [])
        assert office.answers(ines) == [
            ("mood", "answered", "4"),
            ("helps", "answered", '["friends"]'),
            ("tell", "skipped", "null"),
        ]


def asked(slack: ServerProcess) -> int:
    """How many messages the bot has tried to post."""
    return int(slack.control("stats")["asked"].get("chat.postMessage", 0))


def forged(address: str, person: Colleague) -> int:
    """Send a message in somebody's name without Slack's signature; returns the status."""
    event = {"type": "message", "channel_type": "im", "user": person.id, "text": "Forged"}
    body = json.dumps({"type": "event_callback", "team_id": workspace.TEAM, "event": event}).encode()
    request = Request(address, body, {"Content-Type": "application/json"})
    try:
        with urlopen(request, timeout=WITHIN) as answer:
            return int(answer.status)
    except HTTPError as refused:
        return refused.code


def free_port() -> int:
    """A port that nobody uses now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def test_a_reaction_answers_and_an_edit_changes_it(office: Office) -> None:
    """Slack's thumb is a face, and an edited message is a new answer, also after the end."""
    lisa = Colleague(office.slack, "lisa", "en")
    lisa.does("send", "kuulumiset")
    lisa.sees("How are you?")
    lisa.does("react", "+1")
    lisa.sees("What helps?")
    lisa.does("send", "sleep")
    lisa.sees("Tell us more")
    lisa.does("send", "The sun")
    lisa.sees("Thank you")
    lisa.does("edit", "The rain")
    lisa.sees("Changed. Your answer is now: The rain")

    assert office.answers(lisa) == [
        ("mood", "answered", "4"),
        ("helps", "answered", '["sleep"]'),
        ("tell", "answered", '"The sun"'),
        ("tell", "answered", '"The rain"'),
    ]
    assert office.statuses(lisa) == ["completed"]
