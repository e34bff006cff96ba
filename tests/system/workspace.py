"""A bot in a Slack workspace that lives in a process of its own, and the people there."""

from typing import Any, Final

from tests.schemas.slack import check_message, check_view
from tests.servers.process import ServerProcess
from tests.system.rig import START_SECONDS, WITHIN, BotProcess, Installation

TEAM: Final = "T0HAUSKALA"
SOCKET: Final = """
[slack]
bot_token = {{ file = "slack-bot.token" }}
app_token = {{ file = "slack-app.token" }}
base_url = "{base_url}"
"""
HTTP: Final = """
[slack]
bot_token = {{ file = "slack-bot.token" }}
signing_secret = {{ file = "slack-signing.secret" }}
base_url = "{base_url}"
mode = "http"
listen = "{listen}"
"""

NAMES: Final = {"fi": "fi-FI", "sv": "sv-SE", "en": "en-GB"}


def table(slack: ServerProcess, *, listen: str = "") -> str:
    """The configuration's table for this workspace: by socket, or by HTTP where an address is given."""
    form = HTTP if listen else SOCKET
    return form.format(base_url=slack.info["base_url"], listen=listen)


def give_secrets(place: Installation, slack: ServerProcess) -> None:
    """Put the workspace's tokens where the configuration looks for them."""
    place.secret("slack-bot.token", slack.info["bot_token"])
    place.secret("slack-app.token", slack.info["app_token"])
    place.secret("slack-signing.secret", slack.info["signing_secret"])


def wait_for_socket(slack: ServerProcess, bot: BotProcess) -> None:
    """Wait until the bot is connected in Socket Mode."""
    try:
        slack.control("socket", do="connected", within=START_SECONDS)
    except AssertionError:
        raise AssertionError(f"the bot did not connect:\n{bot.log.read_text()}") from None


class Colleague:
    """A person with a Slack client."""

    def __init__(self, slack: ServerProcess, name: str, language: str = "fi") -> None:
        self.id = f"U0{name.upper()}"
        self.address = f"slack:{TEAM}:{self.id}"
        self.channel = f"D{self.id[1:]}"
        self._slack = slack
        self._about = {
            "name": name,
            "real_name": f"{name.title()} Kuusela",
            "locale": NAMES[language],
            "tz": "Europe/Stockholm",
        }

    def does(self, deed: str, *arguments: object) -> dict[str, Any]:
        """Send, tap, tap_old, slash, submit_view, …, to its end: see ``tests.servers``."""
        found = self._slack.member(self.id, deed, *arguments, about=self._about, settle=True)
        return dict(found or {})

    def exists(self) -> None:
        """Be in the workspace, without a word to the bot."""
        self._slack.member(self.id, "seen", about=self._about)

    def sees(self, text: str) -> dict[str, Any]:
        """Wait for the next message, new or changed, that holds the text: text, shown, labels, edits."""
        found: dict[str, Any] = self._slack.member(self.id, "wait_for", text=text, within=WITHIN)
        return found

    def window(self, text: str = "") -> dict[str, Any]:
        """Wait for a modal that holds the text."""
        found: dict[str, Any] = self._slack.member(self.id, "wait_for_view", text=text, within=WITHIN)
        return found

    def home(self, text: str = "") -> dict[str, Any]:
        """Wait for a Home tab that holds the text."""
        found: dict[str, Any] = self._slack.member(self.id, "wait_for_home", text=text, within=WITHIN)
        return found

    def files(self) -> list[str]:
        """The names of the files that were shared in the direct message."""
        return list(self._slack.member(self.id, "files"))

    def chat(self) -> list[str]:
        """The bot's messages as they look now."""
        return [message["shown"] for message in self._slack.member(self.id, "seen")]


def problems(slack: ServerProcess) -> list[str]:
    """Everything in what the bot has sent that Slack would refuse, and everything that was refused."""
    found = []
    for request in slack.control("requests"):
        params = request["params"]
        if "view" in params:
            found += check_view(params["view"])
        elif "blocks" in params:
            found += check_message(params)
    return found


def invites(slack: ServerProcess, person: Colleague, words: str = "Jotta kierros onnistuu") -> int:
    """How many invites have reached a person, whether or not the bot heard of their arrival."""
    sent = slack.control("requests", method="chat.postMessage")
    return sum(
        request["params"]["channel"] == person.channel and words in request["params"]["text"]
        for request in sent
    )
