"""The whole configuration as frozen, checked values. Reading the file is ``bot.config.load``.

Secrets are never here: a setting names the file or environment variable that holds one (``SecretSource``),
and ``bot.config.secrets`` reads it when it is needed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Literal

from bot.engine.flow import Flow, Text
from scheduler.surveys import Policy, Recurring, Survey

OwnTexts = Mapping[str, Mapping[str, str | Mapping[str, str]]]
"""Language to key to text, or to its plural forms by their CLDR names: words that replace the bot's own."""


@dataclass(frozen=True, slots=True)
class SecretSource:
    """Where a secret is kept: a file (mode 0600 or stricter) or an environment variable, never both."""

    file: Path | None = None
    env: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """Who asks. ``languages[0]`` is the default language of people whose own is unknown."""

    name: Text
    languages: tuple[str, ...] = ("fi", "sv", "en")
    timezone: str = "Europe/Helsinki"
    country: str = ""
    """ISO 3166 code whose public holidays count, such as FI; empty: none."""
    region: str = ""
    readers: Text = field(default_factory=dict)
    """Who sees the answers, one sentence."""
    privacy: Text = field(default_factory=dict)
    """The privacy notice: controller, purposes, retention, whom to ask."""
    contact: str = ""
    """Where a person can reach a human: an address or a name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivacyConfig:
    """How people agree to be asked."""

    consent: Literal["explicit", "on_start"] = "on_start"
    """``explicit``: by a question of its own; ``on_start``: by beginning, which is recorded as such."""
    version: str = "1"
    """Of the notice. Whoever has agreed to another one is asked again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageConfig:
    """``url`` empty means the encrypted SQLite file at ``path``."""

    path: Path = Path("data/kuulolla.db")
    key_file: Path = Path("kuulolla.key")
    url: SecretSource | None = None
    """PostgreSQL: ``postgresql://…`` from a file or variable, as it holds a password."""
    ballast_mb: int = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class TelegramConfig:
    """One Telegram bot."""

    token: SecretSource
    base_url: str = "https://api.telegram.org"
    mode: Literal["polling", "webhook"] = "polling"
    username: str = ""
    """For deep links before the first connection."""
    messages_per_second: float = 28
    per_chat_per_second: float = 1
    webhook_url: str = ""
    webhook_listen: str = "127.0.0.1:8443"
    webhook_secret: SecretSource | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackConfig:
    """One Slack app in one workspace."""

    bot_token: SecretSource
    app_token: SecretSource | None = None
    """Socket Mode."""
    signing_secret: SecretSource | None = None
    """Signed HTTP."""
    base_url: str = "https://slack.com/api/"
    mode: Literal["socket", "http"] = "socket"
    listen: str = "127.0.0.1:3000"
    messages_per_second: float = 20
    per_chat_per_second: float = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleConfig:
    """How a member list is read: our field -> the column's header in the file."""

    columns: Mapping[str, str] = field(default_factory=dict)
    """Keys: ``id`` (the association's own number), name, language, zone, telegram, slack, joined, groups."""
    attributes: Mapping[str, str] = field(default_factory=dict)
    """Attribute name -> column header. Attributes may be used in audiences, strata and texts."""
    groups: tuple[str, ...] = ()
    """The groups there are, for finding misspelt ones; empty: any name is taken."""
    date_format: str = "%Y-%m-%d"
    group_separator: str = ","
    max_rows: int = 2_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class EncountersConfig:
    """How attendee lists and calendars are read. ``columns``, ``people``: our word -> the file's heading."""

    kind: str = "event"
    """The kind of encounters of which the file does not say it."""
    preset: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    """Keys: id, name, kind, series, place, zone, starts, starts_time, ends, ends_time, minutes, presence,
    role."""
    people: Mapping[str, str] = field(default_factory=dict)
    """What tells who somebody is: ``id``, ``telegram``, ``slack``, or an attribute of people."""
    email: str = ""
    """The attribute that holds people's e-mail addresses, by which calendars name them."""
    kinds: Mapping[str, str] = field(default_factory=dict)
    """A calendar's category, or the stem of its file's name -> kind."""
    presence: Mapping[Literal["expected", "attended", "absent"], tuple[str, ...]] = field(
        default_factory=dict
    )
    """Further words of the presence column."""
    date_format: str = "%Y-%m-%d %H:%M"
    minutes: int = 120
    """How long an encounter lasts of which the file does not say it."""
    past_days: int = 30
    ahead_days: int = 366
    """Of recurring events the occurrences from so long ago until so far ahead are taken."""
    max_rows: int = 300_000


@dataclass(frozen=True, slots=True, kw_only=True)
class HookConfig:
    """An address, beside that of ``runtime.health``, at which other programs call."""

    secret: SecretSource
    """What they sign with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaConfig:
    """What becomes of photos, recordings and files that members send."""

    keep: Literal["reference", "download"] = "reference"
    """``reference``: only the platform's own id; the file stays there."""
    folder: Path = Path("data/media")
    max_mb: int = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Runtime:
    """The running process: its log and its local health address."""

    log: Literal["lines", "json"] = "lines"
    health: str = "127.0.0.1:8787"
    """``host:port`` on this machine; port 0 picks a free one, empty switches it off."""


Right = Literal["alerts", "feedback", "results", "plan"]
"""What an admin may read, answer and ask for in the chat."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Admin:
    """Somebody with rights at one address. ``until`` is the last day, on the organisation's calendar."""

    name: str
    address: str
    rights: tuple[Right, ...]
    until: date
    language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Care:
    """What follows from words that worry. ``words`` end in ``*`` where any ending counts."""

    duty: tuple[str, ...]
    """Names of admins."""
    contact: Text
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """What simulated members do about an invite and a question: chances between 0 and 1.

    Those about an invite are taken out of one draw; what is left over is the chance that it is ignored.
    """

    not_now: float = 0.05
    declines: float = 0.08
    stops: float = 0.015
    blocks: float = 0.015
    gives_up: float = 0.04
    """At each question, of wandering off."""
    skips: float = 0.4
    """Where words may be left out."""
    types: float = 0.25
    """Of typing a button's words and not tapping it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """The simulated membership of ``kuulolla rehearse``. Rates are shares of the membership per 30 days."""

    starts: float = 0.55
    """The chance that an invite is begun."""
    starts_by_group: Mapping[str, float] = field(default_factory=dict)
    """The same for members of a group; the highest of a person's groups counts."""
    habits: Habits = Habits()
    groups: Mapping[str, float] = field(default_factory=dict)
    """Group -> share of the members who are in it. A group that is not named: a third."""
    joins: float = 0.02
    leaves: float = 0.01
    moves: float = 0.01
    """Of moving to another time zone."""
    returns: float = 0.3
    """Of those who stopped or blocked: of coming back."""
    asks_for_less: float = 0.01
    asks_for_more: float = 0.005


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """A configuration without errors. Paths are absolute, resolved against the file's own folder."""

    file: Path
    organisation: Organisation
    flows: Mapping[str, Flow]
    surveys: Mapping[str, Survey]
    privacy: PrivacyConfig = PrivacyConfig()
    storage: StorageConfig = StorageConfig()
    telegram: TelegramConfig | None = None
    slack: SlackConfig | None = None
    people: PeopleConfig = PeopleConfig()
    encounters: EncountersConfig = EncountersConfig()
    policy: Policy = Policy()
    runtime: Runtime = Runtime()
    media: MediaConfig = MediaConfig()
    hook: HookConfig | None = None
    rehearsal: Rehearsal = Rehearsal()
    admins: tuple[Admin, ...] = ()
    care: Care | None = None
    digest: Recurring | None = None
    """When admins with the right "results" get their digest."""
    texts: OwnTexts = field(default_factory=dict)
