"""The shapes of all tables but flows and surveys, as an admin writes them; and their keys' help for editors.

Defaults stand once, in the values these tables are made into; a key left out keeps that default. What values
mean together is checked where the value is made.
"""

from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator, Field, StringConstraints

from bot.config.shape import SECRET, Clock, Day, Table, TextIn, Zone, wrong
from scheduler.surveys import Method

_Url = Annotated[str, StringConstraints(max_length=500)]
_Share = Annotated[float, Field(gt=0, le=1)]
_Count = Annotated[int, Field(ge=0, le=10_000)]
_Days = Annotated[float, Field(ge=0, le=3650)]
_Points = Annotated[float, Field(ge=0, le=1000)]
_Rate = Annotated[float, Field(gt=0, le=30)]
"""Messages a second. Telegram itself takes about 30 in all."""


# --- secrets ----------------------------------------------------------------------------------------------


class SecretTable(Table):
    """Where a secret is kept. One of the two."""

    file: str = Field(default="", max_length=500)
    """A file that only its owner may read (mode 0600)."""
    env: str = Field(
        default="", pattern=r"^([A-Za-z_][A-Za-z0-9_]*)?$", max_length=100, examples=['"TELEGRAM_TOKEN"']
    )
    """The name of an environment variable."""


SECRET_KEYS: Final = frozenset(
    {"token", "webhook_secret", "bot_token", "app_token", "signing_secret", "secret", "url"}
)
KEEP_IT_APART: Final = (
    'Put it in a file that only you may read (chmod 600), write { file = "…" } or { env = "…" }, '
    "and have a new one issued if this file was ever shared."
)


def _secret(value: object) -> object:
    if isinstance(value, str):
        raise wrong("must not stand in the configuration itself.", KEEP_IT_APART)
    if not isinstance(value, dict):
        return value
    if any(isinstance(part, str) and SECRET.search(part) for part in value.values()):
        raise wrong("holds the secret itself, not the name of its file.", KEEP_IT_APART)
    if bool(value.get("file")) == bool(value.get("env")):
        raise wrong("needs either file or env.", 'Write { file = "…" } or { env = "…" }.')
    return value


SecretIn = Annotated[SecretTable, BeforeValidator(_secret)]


# --- organisation, storage, runtime -----------------------------------------------------------------------


class OrganisationTable(Table):
    """Who asks."""

    name: TextIn = Field(examples=['"Hauskala ry"'])
    """The organisation's name, as people know it."""
    languages: list[str] = Field(
        default=["fi", "sv", "en"], min_length=1, max_length=20, examples=['["fi", "en"]']
    )
    """The languages people are spoken to in; the first one is for those whose own is unknown."""
    timezone: Zone = "Europe/Helsinki"
    """The time zone of people whose own is unknown."""
    country: str = Field(default="", pattern=r"^([A-Z]{2})?$", examples=['"FI"'])
    """The country whose public holidays count, such as "FI"."""
    region: str = Field(default="", max_length=10)
    """Its part with holidays of its own, such as "BY" in Germany."""
    readers: TextIn | None = None
    """Who sees the answers, in one sentence."""
    privacy: TextIn | None = None
    """The privacy notice: who is responsible, what for, how long, whom to ask."""
    contact: str = Field(default="", max_length=200)
    """Where people reach a human."""


class PrivacyTable(Table):
    """How people agree to be asked, and when they are asked to agree anew."""

    consent: Literal["explicit", "on_start"] = "on_start"
    """explicit: a question of its own before the first answer; on_start: by beginning."""
    version: str = Field(default="1", min_length=1, max_length=64, examples=['"2026-05"'])
    """Of the privacy notice. Change it when what you do with answers changes: people are asked again."""


class StorageTable(Table):
    """Where everything is kept."""

    path: str = Field(default="data/kuulolla.db", min_length=1, max_length=500)
    """The encrypted database file."""
    key_file: str = Field(default="kuulolla.key", min_length=1, max_length=500)
    """The file with its key. Keep a copy elsewhere, never beside the backups."""
    url: SecretIn | None = None
    """PostgreSQL instead: where its address postgresql://… is kept."""
    ballast_mb: int = Field(default=64, ge=0, le=10_000)
    """Room kept free for the moment the disk is full."""


class MediaTable(Table):
    """Photos, recordings and files that members send."""

    keep: Literal["reference", "download"] = "reference"
    """reference: only the platform's own number of the file is kept; download: the file itself too."""
    folder: str = Field(default="data/media", min_length=1, max_length=500)
    """Where downloaded files lie."""
    max_mb: int = Field(default=20, ge=1, le=20)
    """Larger files are not downloaded. Telegram gives bots no more than 20 megabytes."""


class RuntimeTable(Table):
    """The running program."""

    log: Literal["lines", "json"] = "lines"
    """How log lines look."""
    health: str = Field(default="127.0.0.1:8787", max_length=100)
    """Where the program answers that it is well, host:port; empty: nowhere."""


_Chance = Annotated[float, Field(ge=0, le=1)]


class RehearsalTable(Table):
    """How the simulated members of `kuulolla rehearse` behave: chances from 0 to 1, all of them invented."""

    starts: _Chance = 0.55
    """That an invite is begun."""
    starts_by_group: dict[str, _Chance] = Field(default={}, max_length=100)
    """The same for members of a group: { volunteers = 0.7 }."""
    groups: dict[str, _Chance] = Field(default={}, max_length=100)
    """Which share of the members is in a group: { volunteers = 0.2 }."""
    not_now: _Chance = 0.05
    declines: _Chance = 0.08
    stops: _Chance = 0.015
    blocks: _Chance = 0.015
    gives_up: _Chance = 0.04
    """At each question, of wandering off."""
    skips: _Chance = 0.4
    """Where words may be left out."""
    types: _Chance = 0.25
    """Of typing what stands on a button."""
    joins: _Chance = 0.02
    """Share of the membership that joins in 30 days; likewise the next ones."""
    leaves: _Chance = 0.01
    moves: _Chance = 0.01
    """To another time zone."""
    returns: _Chance = 0.3
    """Of those who had said stop or blocked the bot."""
    asks_for_less: _Chance = 0.01
    asks_for_more: _Chance = 0.005


class HookTable(Table):
    """Calls of other programs, at /hook of the address in [runtime] health."""

    secret: SecretIn = Field(examples=['{ file = "hook.secret" }'])
    """Where the secret is kept that they sign with."""


# --- platforms --------------------------------------------------------------------------------------------


class TelegramTable(Table):
    """A Telegram bot."""

    token: SecretIn = Field(examples=['{ file = "telegram.token" }'])
    """Where the token from @BotFather is kept."""
    base_url: _Url = "https://api.telegram.org"
    """Another Bot API server."""
    mode: Literal["polling", "webhook"] = "polling"
    """polling needs no public address; webhook does."""
    username: str = Field(default="", pattern=r"^(@?[A-Za-z0-9_]{3,32})?$", examples=['"hauskala_bot"'])
    """The bot's name, for links."""
    messages_per_second: _Rate = 28
    per_chat_per_second: _Rate = 1
    webhook_url: _Url = ""
    """The public https address for mode = "webhook"."""
    webhook_listen: str = Field(default="127.0.0.1:8443", max_length=100)
    """Where the program listens for it, host:port."""
    webhook_secret: SecretIn | None = None
    """Where the secret that Telegram sends along is kept."""


class SlackTable(Table):
    """A Slack app."""

    bot_token: SecretIn = Field(examples=['{ file = "slack-bot.token" }'])
    """Where the bot token (xoxb-) is kept."""
    app_token: SecretIn | None = None
    """Where the app token (xapp-) is kept, for mode = "socket"."""
    signing_secret: SecretIn | None = None
    """Where the signing secret is kept, for mode = "http"."""
    base_url: _Url = "https://slack.com/api/"
    mode: Literal["socket", "http"] = "socket"
    """socket needs no public address; http does."""
    listen: str = Field(default="127.0.0.1:3000", max_length=100)
    """Where the program listens for mode = "http", host:port."""
    messages_per_second: _Rate = 20
    per_chat_per_second: _Rate = 1


# --- people -----------------------------------------------------------------------------------------------


class ColumnsTable(Table):
    """Our word on the left, the heading of the member list's column on the right."""

    id: str = Field(default="", max_length=200)
    """Your own member number. Without it people are known by their addresses alone."""
    name: str = Field(default="", max_length=200)
    language: str = Field(default="", max_length=200)
    zone: str = Field(default="", max_length=200)
    telegram: str = Field(default="", max_length=200)
    slack: str = Field(default="", max_length=200)
    joined: str = Field(default="", max_length=200)
    groups: str = Field(default="", max_length=200)


class PeopleTable(Table):
    """How the member list (CSV) is read."""

    columns: ColumnsTable = ColumnsTable()
    """Which column is what."""
    attributes: dict[str, str] = Field(default={}, max_length=50)
    """Further columns, for audiences, strata and texts: role = "Rooli"."""
    groups: list[str] = Field(default=[], max_length=500)
    """The groups there are. With it, misspelt groups in surveys are found."""
    date_format: str = Field(default="%Y-%m-%d", min_length=2, max_length=40)
    """How dates are written: "%d.%m.%Y" for 4.5.2026."""
    group_separator: str = Field(default=",", min_length=1, max_length=5)
    """What stands between groups in one cell."""
    max_rows: int = Field(default=2_000_000, ge=1, le=50_000_000)


# --- encounters -------------------------------------------------------------------------------------------

_Heading = Annotated[str, StringConstraints(max_length=200)]
_Words = Annotated[list[str], Field(max_length=100)]


class EncounterColumnsTable(Table):
    """Our word on the left, the heading of the attendee list's column on the right."""

    id: _Heading = ""
    """The event's own number. With it a moved event is known again."""
    name: _Heading = ""
    kind: _Heading = ""
    series: _Heading = ""
    """What recurs: the same for each occurrence."""
    place: _Heading = ""
    zone: _Heading = ""
    starts: _Heading = ""
    starts_time: _Heading = ""
    """Where the time of the day stands in a column of its own."""
    ends: _Heading = ""
    ends_time: _Heading = ""
    minutes: _Heading = ""
    """How long it lasts, where no column says when it ends."""
    presence: _Heading = ""
    """Whether the person came. Without it everybody in the list has."""
    role: _Heading = ""
    """As what: volunteer, host …"""


class PresenceTable(Table):
    """Words of the presence column, beside those that are known: yes, checked in, paikalla, no show …"""

    attended: _Words = Field(default=[])
    absent: _Words = Field(default=[])
    expected: _Words = Field(default=[])


class EncountersTable(Table):
    """How attendee lists (CSV) and calendars (iCalendar) are read."""

    kind: str = Field(default="event", min_length=1, max_length=32)
    """What they are, where the file does not say: event, shift, course …"""
    preset: Literal["", "meetup", "eventbrite"] = ""
    """The headings of another program's export."""
    columns: EncounterColumnsTable = EncounterColumnsTable()
    """Which column is what."""
    people: dict[str, str] = Field(default={}, max_length=10)
    """What tells who somebody is: id, telegram, slack, or an attribute, with its column's heading."""
    email: str = Field(default="", max_length=40)
    """The attribute that holds people's e-mail addresses: by them calendars name people."""
    kinds: dict[str, str] = Field(default={}, max_length=100)
    """A calendar's category, or its file's name without .ics, and the kind it stands for."""
    presence: PresenceTable = PresenceTable()
    date_format: str = Field(default="%Y-%m-%d %H:%M", min_length=2, max_length=40)
    """How moments are written: "%d.%m.%Y %H:%M" for 4.5.2026 18:00."""
    minutes: int = Field(default=120, ge=1, le=44_640)
    """How long an encounter lasts, where the file does not say."""
    past_days: int = Field(default=30, ge=0, le=366)
    """Of recurring events, occurrences from so long ago are taken."""
    ahead_days: int = Field(default=366, ge=0, le=800)
    """And until so far ahead."""
    max_rows: int = Field(default=300_000, ge=1, le=2_000_000)


# --- admins, care -----------------------------------------------------------------------------------------


RightName = Literal["alerts", "feedback", "results", "plan"]


class AdminTable(Table):
    """Somebody of the organisation who may ask the bot for more than a member."""

    name: str = Field(min_length=1, max_length=100, examples=['"Maija, office"'])
    """Who it is: named in alerts and in the audit."""
    address: str = Field(
        pattern=r"^[a-z]+(:[A-Za-z0-9_.@-]{1,64}){1,2}$", max_length=128, examples=['"telegram:123456789"']
    )
    """Their own chat: telegram:123456789, slack:T0123:U0456. Rights hang on it, never on a name."""
    rights: list[RightName] = Field(min_length=1, max_length=4, examples=['["alerts", "feedback"]'])
    """alerts and feedback: read and answer them. results and plan: ask for them in the chat."""
    until: Day = Field(examples=["2027-06-30"])
    """The last day of these rights."""
    language: str = Field(default="", max_length=10)
    """In which they are written to; without it the organisation's first."""


class DigestTable(Table):
    """Three sentences for admins with the right "results": what was said, how it felt, what waits."""

    cron: str = Field(max_length=100, examples=['"0 9 * * mon"'])
    """When, "minute hour day month weekday", on the organisation's clocks."""


class CareTable(Table):
    """Words that worry: a duty person hears of them at once, and the member is told where help is."""

    duty: list[str] = Field(min_length=1, max_length=10, examples=['["Maija, office"]'])
    """Names of [[admins]] with the right "alerts". All of them are told."""
    contact: TextIn = Field(examples=['"Emergency 112. Crisis helpline 09 2525 0111, day and night."'])
    """What the member is told: where help is, now."""
    words: dict[str, list[Annotated[str, StringConstraints(max_length=100)]]] = Field(
        min_length=1, max_length=20, examples=['{ fi = ["itsemurha*"], en = ["suicid*"] }']
    )
    """By language; a * at the end stands for any ending. They count in whatever language is spoken."""


# --- policy -----------------------------------------------------------------------------------------------


class GroupCapTable(Table):
    """One invite to a household or board, where one answer speaks for all."""

    enabled: bool = False
    key: str = Field(default="household", max_length=40)
    """The attribute that names the household."""
    invites_per_30d: _Count = 1


class CapsTable(Table):
    """How often one person may be asked. Windows roll; the strictest rule wins."""

    invites_per_1d: _Count | None = None
    invites_per_30d: _Count | None = None
    invites_per_365d: _Count | None = None
    messages_per_7d: _Count | None = None
    """Invites, reminders and results together."""
    min_gap_days: _Days | None = None
    """The least time between two invites."""
    reserve_for_sampled_per_365d: _Count | None = None
    """Invites of the year that event pulses may not use up."""
    group_cap: GroupCapTable = GroupCapTable()


Holidays = Literal["closed", "weekend", "open"]
_HoursPair = Annotated[list[Clock], Field(min_length=2, max_length=2, examples=['["09:00", "20:00"]'])]


class HolidaysTable(Table):
    """What happens on public holidays."""

    default: Holidays | None = None
    event_pulse: Holidays | None = None
    region: str = Field(default="", pattern=r"^([A-Z]{2}(-[A-Z0-9]{1,5})?)?$", examples=['"FI"'])
    """Country, or country and part: "FI", "DE-BY". The same as country in [organisation]."""
    dates: list[Day] = Field(default=[], max_length=1000)
    """Further days on which nobody is written to."""


class SendWindowTable(Table):
    """When people may be written to, on their own clocks."""

    weekday: _HoursPair | None = None
    """["09:00", "20:00"]; the same time twice means not at all."""
    weekend: _HoursPair | None = None
    """Saturday and Sunday."""
    holidays: HolidaysTable = HolidaysTable()


class RestTable(Table):
    """Days of rest after a conversation ended so."""

    completed: _Days | None = None
    partial: _Days | None = None
    abandoned: _Days | None = None
    not_now: _Days | None = None
    declined: _Days | None = None


class BackoffTable(Table):
    """What follows when a person does not react."""

    factor: float | None = Field(default=None, ge=1, le=10)
    max_factor: float | None = Field(default=None, ge=1, le=100)
    dormant_after_ignored: int | None = Field(default=None, ge=1, le=20)
    dormant_check_days: _Days | None = None


class PreferenceTable(Table):
    """What "less" and "more" mean."""

    less: _Share | None = None
    normal: float = Field(default=1, ge=1, le=1)
    more: float | None = Field(default=None, ge=1, le=10)
    min_gap_floor_days: _Days | None = None
    scale_completed_rest: bool | None = None


class PersonTable(Table):
    """Rests and wishes of a person."""

    rest_days: RestTable = RestTable()
    backoff: BackoffTable = BackoffTable()
    preference: PreferenceTable = PreferenceTable()


class PointsTable(Table):
    """What contacts cost, in points of about a minute."""

    contact: _Points | None = None
    reminder: _Points | None = None
    piggyback: _Points | None = None
    """An invite while the person is here anyway."""
    results: _Points | None = None
    """What was done with the answers, told to those who gave them."""


class FactorsTable(Table):
    """What makes answering dearer or cheaper."""

    heavy: float | None = Field(default=None, ge=1, le=10)
    self_started: float | None = Field(default=None, ge=0, le=1)


class BurdenTimingTable(Table):
    """How the time of answering is counted."""

    idle_cut_seconds: float | None = Field(default=None, ge=1, le=3600)
    learn_after_answers: int | None = Field(default=None, ge=10, le=100_000)
    """From so many answers on a question's own median time counts."""


class SecondsTable(Table):
    """How long answers take, by kind."""

    note: float | None = Field(default=None, ge=0, le=600)
    choice: float | None = Field(default=None, ge=1, le=600)
    scale: float | None = Field(default=None, ge=1, le=600)
    faces: float | None = Field(default=None, ge=1, le=600)
    number: float | None = Field(default=None, ge=1, le=600)
    date: float | None = Field(default=None, ge=1, le=600)
    multi: float | None = Field(default=None, ge=1, le=600)
    short_text: float | None = Field(default=None, ge=1, le=600)
    open: float | None = Field(default=None, ge=1, le=600)
    time: float | None = Field(default=None, ge=1, le=600)
    rank: float | None = Field(default=None, ge=1, le=600)
    contact: float | None = Field(default=None, ge=1, le=600)
    """email and phone."""
    consent: float | None = Field(default=None, ge=1, le=600)
    file: float | None = Field(default=None, ge=1, le=600)
    """photo, voice and file."""
    location: float | None = Field(default=None, ge=1, le=600)


class BurdenTable(Table):
    """How much may be asked of a person in all."""

    half_life_days: float | None = Field(default=None, gt=0, le=3650)
    capacity: float | None = Field(default=None, gt=0, le=1000)
    points: PointsTable = PointsTable()
    factors: FactorsTable = FactorsTable()
    timing: BurdenTimingTable = BurdenTimingTable()
    seconds: SecondsTable = SecondsTable()


class OnSuppressTable(Table):
    """Fixed: what happens to a contact that a rule stops."""

    event: Literal["drop"] = "drop"
    sample: Literal["substitute"] = "substitute"
    census: Literal["defer"] = "defer"


ExemptName = Literal["service", "self", "safety", "statutory"]


class ExemptTable(Table):
    """Fixed but for the gap: the closed list of what passes some rules."""

    classes: list[ExemptName] = Field(
        default=["service", "self", "safety", "statutory"], min_length=4, max_length=4
    )
    safety_requires_admins: Literal[2] = 2
    statutory_min_gap_hours: float | None = Field(default=None, ge=24, le=8760)


class PolicyTable(Table):
    """The organisation's contact rules. They stand above every survey."""

    timezone_default: Zone | None = None
    """The same as timezone in [organisation]."""
    reserve_days: float | None = Field(default=None, ge=0, le=90)
    piggyback_hours: float | None = Field(default=None, ge=0, le=336)
    """Whoever has just finished something is offered at once what is due within so long; 0 never."""
    on_suppress: OnSuppressTable = OnSuppressTable()
    exempt: ExemptTable = ExemptTable()
    caps: CapsTable = CapsTable()
    send_window: SendWindowTable = SendWindowTable()
    person: PersonTable = PersonTable()
    burden: BurdenTable = BurdenTable()


class StopTable(Table):
    """When a sample has answers enough before its time is over."""

    half_width: float | None = Field(default=None, ge=0.01, le=0.5)
    """The interval of every key figure is this narrow, either way."""
    n_min: int | None = Field(default=None, ge=30, le=100_000)
    """Answers before the first look; fewer would bend the figures."""
    look_every: int | None = Field(default=None, ge=10, le=100_000)
    """Answers from one look to the next."""
    open_hours_min: float | None = Field(default=None, ge=0, le=8760)
    """The wave has been open for so long."""
    min_per_stratum: int | None = Field(default=None, ge=0, le=10_000)
    """Answers of each group that was planned to give so many."""


class SamplingTable(Table):
    """How samples are drawn, where a survey says nothing else."""

    method: Method | None = None
    """turn_queue: whoever's turn it is; random: by lot; panel: the same people, a part replaced each wave."""
    newcomer: Literal["random_place"] = "random_place"
    """Fixed: new members take a random place in the queue, or every sample would be full of them."""
    rotate: float | None = Field(default=None, gt=0, le=1)
    """With method = "panel": the share that is replaced from wave to wave."""
    strata: list[str] = Field(default=[], max_length=10)
    """Attributes whose groups are drawn from in proportion to the audience."""
    allow_spill: bool | None = None
    """true: places that a group cannot fill go to the others."""
    confidence: float | None = Field(default=None, ge=0.5, le=0.999)
    margin: float | None = Field(default=None, ge=0.01, le=0.5)
    """The margin of error, 0.10 is ten points either way."""
    expected_response: float | None = Field(default=None, ge=0.01, le=1)
    """The share that answers, until there is experience with the survey."""
    stop: StopTable | None = None
    """When a sample has enough: { half_width = 0.1 }. Without it, a sample takes all it wanted."""


SYNONYMS: Final[dict[str, str]] = {
    "time_zone": "Write timezone.",
    "tz": "Write timezone.",
    "language": "Write languages = [ … ].",
    "api_key": "Write token = { file = … }.",
    "database": "Write path, or url for PostgreSQL.",
    "quiet_hours": "Write [policy.send_window].",
    **dict.fromkeys(
        ("invites_per_1d", "invites_per_30d", "invites_per_365d", "messages_per_7d", "min_gap_days"),
        "It stands in [policy.caps].",
    ),
}


def given(table: Table, *leave_out: str) -> dict[str, Any]:
    """The keys that were written (or have a value of their own), for a value that knows the defaults."""
    return {
        key: value
        for key in type(table).model_fields
        if key not in leave_out and (value := getattr(table, key)) is not None
    }
