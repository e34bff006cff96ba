"""Organisation, storage, platforms, people and runtime: tables of right shape made into checked values.

Paths become absolute here, against the folder of the configuration. No file is opened and no secret read.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from bot.config import tables
from bot.config.document import Place
from bot.config.model import (
    EncountersConfig,
    HookConfig,
    MediaConfig,
    Organisation,
    PeopleConfig,
    PrivacyConfig,
    Runtime,
    SecretSource,
    SlackConfig,
    StorageConfig,
    TelegramConfig,
)
from bot.config.shape import slug
from bot.config.wording import Wording, languages
from bot.engine.flowfile import ENCOUNTER, PERSON
from bot.engine.folding import fold
from bot.engine.questionfile import name_problem
from bot.engine.suggest import did_you_mean
from bot.errors import Problem

_LISTEN: Final = re.compile(r"(?P<host>[A-Za-z0-9.-]+|\[[0-9a-f:]+\]):(?P<port>\d{1,5})")
_URL: Final = re.compile(
    r"https?://(?P<host>[A-Za-z0-9.-]+|\[[0-9a-f:]+\])(?::(?P<port>\d{1,5}))?(?:/[^\s?#]*)?"
)
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_LAST_PORT: Final = 65535
_SOME_DAY: Final = datetime(2026, 5, 14)  # noqa: DTZ001 - day, month and year all differ
_IDENTIFYING: Final = ("id", "telegram", "slack")


@dataclass(frozen=True, slots=True)
class Desk:
    """Where values are made: the folder that paths start from, and the list that problems go to."""

    folder: Path
    problems: list[Problem]

    def path(self, written: str) -> Path:
        """The absolute path."""
        return (self.folder / Path(written).expanduser()).absolute()

    def secret(self, table: tables.SecretTable | None) -> SecretSource | None:
        """Where the secret is, with an absolute path."""
        if table is None:
            return None
        return SecretSource(file=self.path(table.file) if table.file else None, env=table.env or None)

    def known_secret(self, table: tables.SecretTable) -> SecretSource:
        """The same for a secret that must be."""
        return SecretSource(file=self.path(table.file) if table.file else None, env=table.env or None)

    def say(self, place: Place, key: str, message: str, advice: str = "") -> None:
        """Note an error at a key."""
        self.problems.append(place.at(key).problem(message, advice))

    def warn(self, place: Place, key: str, message: str, advice: str = "") -> None:
        """Note a warning at a key."""
        self.problems.append(place.at(key).warning(message, advice))


def organisation(table: tables.OrganisationTable, place: Place, desk: Desk) -> Organisation:
    """Who asks, with the texts in every language."""
    spoken = languages(table.languages, place, desk.problems) or ("fi", "sv", "en")
    wording = Wording(place, spoken, desk.problems)
    value = Organisation(
        name=wording.text(table.name, "name"),
        languages=spoken,
        timezone=table.timezone,
        country=table.country,
        region=table.region,
        readers=wording.text(table.readers, "readers"),
        privacy=wording.text(table.privacy, "privacy"),
        contact=table.contact,
    )
    wording.lacking = {language: keys for language, keys in wording.lacking.items() if keys != ["name"]}
    wording.finish()
    if not table.privacy:
        desk.warn(
            place, "privacy", "There is no privacy notice.", "Say who is responsible, and for how long."
        )
    if not table.contact:
        desk.warn(place, "contact", "There is no contact.", "Say where people reach a human.")
    return value


def privacy(table: tables.PrivacyTable, _place: Place, _desk: Desk) -> PrivacyConfig:
    """How people agree."""
    return PrivacyConfig(consent=table.consent, version=table.version)


def storage(table: tables.StorageTable, place: Place, desk: Desk) -> StorageConfig:
    """Where everything is kept."""
    value = StorageConfig(
        path=desk.path(table.path),
        key_file=desk.path(table.key_file),
        url=desk.secret(table.url),
        ballast_mb=table.ballast_mb,
    )
    if value.key_file == value.path:
        desk.say(place, "key_file", "The key and the database are the same file.", "Name another one.")
    elif value.key_file.parent == value.path.parent:
        message = "The key lies in the folder of the database: whoever copies one copies both."
        desk.warn(place, "key_file", message, "Name a file in another folder.")
    return value


def telegram(table: tables.TelegramTable, place: Place, desk: Desk) -> TelegramConfig:
    """The Telegram bot."""
    _check_url(place, "base_url", table.base_url, desk)
    _check_listen(place, "webhook_listen", table.webhook_listen, desk)
    if table.mode == "webhook":
        if not table.webhook_url:
            desk.say(place, "mode", "A webhook needs its public address.", 'Add webhook_url = "https://…".')
        else:
            _check_url(place, "webhook_url", table.webhook_url, desk)
        if table.webhook_secret is None:
            advice = 'Add webhook_secret = { file = "webhook.secret" }.'
            desk.say(place, "mode", "A webhook needs a secret, or anybody could write to it.", advice)
    return TelegramConfig(
        token=desk.known_secret(table.token),
        base_url=table.base_url.rstrip("/"),
        mode=table.mode,
        username=table.username.removeprefix("@"),
        messages_per_second=table.messages_per_second,
        per_chat_per_second=table.per_chat_per_second,
        webhook_url=table.webhook_url,
        webhook_listen=table.webhook_listen,
        webhook_secret=desk.secret(table.webhook_secret),
    )


def slack(table: tables.SlackTable, place: Place, desk: Desk) -> SlackConfig:
    """The Slack app."""
    _check_url(place, "base_url", table.base_url, desk)
    _check_listen(place, "listen", table.listen, desk)
    if table.mode == "socket" and table.app_token is None:
        advice = 'Add app_token = { file = "slack-app.token" }.'
        desk.say(place, "mode", 'mode = "socket" needs the app token (xapp-).', advice)
    if table.mode == "http" and table.signing_secret is None:
        advice = 'Add signing_secret = { file = "slack-signing.secret" }.'
        desk.say(place, "mode", 'mode = "http" needs the signing secret.', advice)
    return SlackConfig(
        bot_token=desk.known_secret(table.bot_token),
        app_token=desk.secret(table.app_token),
        signing_secret=desk.secret(table.signing_secret),
        base_url=f"{table.base_url.rstrip('/')}/",
        mode=table.mode,
        listen=table.listen,
        messages_per_second=table.messages_per_second,
        per_chat_per_second=table.per_chat_per_second,
    )


def people(table: tables.PeopleTable, place: Place, desk: Desk) -> PeopleConfig:
    """How the member list is read."""
    columns = {key: heading for key, heading in table.columns if heading}
    if columns and not any(key in columns for key in _IDENTIFYING):
        message = "columns name nothing that tells people apart."
        desk.say(place, "columns", message, "Add id, telegram or slack.")
    for name, heading in table.attributes.items():
        found = name_problem(name) or _taken(name)
        if found:
            desk.say(place.at("attributes"), name, found[0].replace("id", "attribute"), found[1])
        elif not heading.strip():
            desk.say(place.at("attributes"), name, f"{name} names no column.", f'Write {name} = "Heading".')
    if not _readable_dates(table.date_format):
        advice = 'Write "%Y-%m-%d" or "%d.%m.%Y".'
        desk.say(place, "date_format", "date_format does not tell day, month and year.", advice)
    return PeopleConfig(
        columns=columns,
        attributes=dict(table.attributes),
        groups=tuple(table.groups),
        date_format=table.date_format,
        group_separator=table.group_separator,
        max_rows=table.max_rows,
    )


def encounters(
    table: tables.EncountersTable, place: Place, desk: Desk, attributes: Mapping[str, str]
) -> EncountersConfig:
    """How attendee lists and calendars are read, for people who have these attributes."""
    known = (*_IDENTIFYING, *attributes)
    for name, heading in table.people.items():
        if name not in known:
            message = f'people: "{name[:40]}" does not tell who somebody is.'
            desk.say(place.at("people"), name, message, did_you_mean(name, known))
        elif not heading.strip():
            desk.say(place.at("people"), name, f"{name} names no column.", f'Write {name} = "Heading".')
    if table.email and table.email not in attributes:
        advice = did_you_mean(table.email, list(attributes)) or "Add it in [people], attributes."
        desk.say(place, "email", f'email: people have no attribute "{table.email}".', advice)
    if not _readable_dates(table.date_format):
        advice = 'Write "%Y-%m-%d %H:%M" or "%d.%m.%Y %H:%M".'
        desk.say(place, "date_format", "date_format does not tell day, month and year.", advice)
    return EncountersConfig(
        kind=fold(table.kind),
        preset=table.preset,
        columns={key: heading for key, heading in table.columns if heading},
        people=dict(table.people),
        email=table.email,
        kinds={word: fold(kind) for word, kind in table.kinds.items()},
        presence={
            "attended": tuple(table.presence.attended),
            "absent": tuple(table.presence.absent),
            "expected": tuple(table.presence.expected),
        },
        date_format=table.date_format,
        minutes=table.minutes,
        past_days=table.past_days,
        ahead_days=table.ahead_days,
        max_rows=table.max_rows,
    )


def hook(table: tables.HookTable, _: Place, desk: Desk) -> HookConfig:
    """Where other programs call."""
    return HookConfig(secret=desk.known_secret(table.secret))


def media(table: tables.MediaTable, place: Place, desk: Desk) -> MediaConfig:
    """What becomes of files that members send."""
    if table.keep == "reference" and table.model_fields_set - {"keep"}:
        advice = 'Add keep = "download".'
        desk.problems.append(place.problem("folder and max_mb have a meaning only for downloads.", advice))
    return MediaConfig(keep=table.keep, folder=desk.path(table.folder), max_mb=table.max_mb)


def runtime(table: tables.RuntimeTable, place: Place, desk: Desk) -> Runtime:
    """Log and health address."""
    if table.health:
        _check_listen(place, "health", table.health, desk)
    return Runtime(log=table.log, health=table.health)


def _taken(name: str) -> tuple[str, str] | None:
    if name in (*PERSON, *ENCOUNTER, "answers"):
        return f'The id "{name}" has a meaning already.', f'Write "{slug(name, "_")}_1".'
    return None


def _readable_dates(form: str) -> bool:
    try:
        written = _SOME_DAY.strftime(form)
        return datetime.strptime(written, form) == _SOME_DAY  # noqa: DTZ007 - a date without a time
    except (ValueError, re.error):
        return False


def _check_url(place: Place, key: str, written: str, desk: Desk) -> None:
    host = _host(written)
    if host is None:
        desk.say(place, key, f"{key} is no address.", 'Write "https://…".')
    elif not written.startswith("https://") and host not in _LOOPBACK:
        message = f"{key} is not encrypted."
        desk.say(place, key, message, "Write https://; http:// is for this machine alone.")


def _host(written: str) -> str | None:
    """The host of a web address that has neither a password nor a query."""
    found = _URL.fullmatch(written)
    if found is None or not 0 < int(found["port"] or 1) <= _LAST_PORT:
        return None
    return found["host"].strip("[]")


def _check_listen(place: Place, key: str, written: str, desk: Desk) -> None:
    found = _LISTEN.fullmatch(written)
    if found is None or int(found["port"]) > _LAST_PORT:
        desk.say(place, key, f'{key} "{written}" is not of the form host:port.', 'Write "127.0.0.1:8787".')
