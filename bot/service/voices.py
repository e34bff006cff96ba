"""Voices heard: those whom it concerns are told at once, take it up, reply through the bot, and finish it.

An admin never sees an address. A reply goes to wherever the person was heard from last.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from bot.config.model import Admin, Right
from bot.engine.dates import show
from bot.engine.flow import in_language
from bot.engine.folding import clean, one_line
from bot.engine.messages import Button, Outbound
from bot.errors import UserError
from bot.service import admins
from bot.service.context import Context
from scheduler.windows import zone_of
from storage import Connection, alerts, audit
from storage import voices as rows
from storage.voices import Kind, Voice
from storage.work import Work

RIGHT: Final[dict[Kind, Right]] = {"feedback": "feedback", "words": "alerts", "score": "alerts"}
"""Who may read what."""
AS_ONE: Final = timedelta(hours=6)
"""The same worry of the same person is told once in so long; what they add is kept with it."""
QUOTED: Final = 1500
"""Characters of a member's words in a message to an admin; the command line shows them all."""
LONGEST_REPLY: Final = 3000
PREFIX: Final = "voice:"
"""Before the number in the token of an admin's button."""


def hear(
    context: Context, work: Work, kind: Kind, readers: Iterable[str], now: datetime, **values: object
) -> None:
    """Keep a voice for each reader (names of admins; none: everybody who has the right) and tell them.

    Feedback is one voice, told to all who may read it. A worry has its own reader each.
    """
    connection = work.connection
    if kind == "feedback":
        number = rows.add(connection, now, kind=kind, **values)
        _announce(context, work, number, admins.with_right(context, RIGHT[kind], now), now)
        return
    for name in readers:
        said = dict(values)
        person, survey, words = int(str(said["person_id"])), str(said.get("survey", "")), str(said["words"])
        earlier = rows.same(connection, kind, person, name, survey, now - AS_ONE)
        if earlier is not None:
            rows.say_more(connection, earlier.id, words, now)
            continue
        number = rows.add(connection, now, kind=kind, recipient=name, **values)
        reader = admins.named(context, name, now)
        _announce(context, work, number, [reader] if reader is not None else [], now)


def _announce(context: Context, work: Work, number: int, readers: Sequence[Admin], now: datetime) -> None:
    voice = rows.get(work.connection, number)
    assert voice is not None
    right = RIGHT[voice.kind]
    told = [
        admins.tell(context, work, reader, right, str(number), message(context, voice, reader))
        for reader in readers
        if right in reader.rights
    ]
    for reader in readers:
        _show_photo(context, work, voice, reader)
    if voice.kind != "feedback" and not any(told):
        alerts.raise_(
            work.connection, "unheard", f"voice {number}",
            f"Alert #{number} for {voice.recipient} could reach nobody: their rights are over, or their "
            "platform was never connected. See: kuulolla alerts", now,
        )  # fmt: skip


def _show_photo(context: Context, work: Work, voice: Voice, reader: Admin) -> None:
    """A platform knows its own pictures by their ids, so they are sent on there and nowhere else."""
    platform, _, photo = voice.file.partition(":")
    if photo and reader.address.startswith(f"{platform}:"):
        shown = Outbound(text=f"#{voice.id}", photo=photo)
        admins.tell(context, work, reader, RIGHT[voice.kind], f"{voice.id}.photo", shown)


# --- what an admin sees -----------------------------------------------------------------------------------


def message(context: Context, voice: Voice, admin: Admin) -> Outbound:
    """A voice as an admin sees it in the chat, with what may be done about it."""
    language = admins.language(context, admin)
    names = [] if voice.state == "done" else (["take"] if voice.state == "open" else [])
    if voice.state != "done":
        names += ["reply"] if voice.may_reply else []
        names.append("done")
    buttons = tuple(
        Button(f"{PREFIX}{voice.id}:{name}", context.texts(f"voice.{name}", language)) for name in names
    )
    return Outbound(text=told(context, voice, language), buttons=buttons)


def told(context: Context, voice: Voice, language: str) -> str:
    """A voice in words: number, feeling or answer, encounter, words, whether a reply is welcome, state."""
    say = context.texts
    zone = zone_of(None, context.config.organisation.timezone)
    day = show(voice.said_at.astimezone(zone).date(), language)
    feeling = say(f"feedback.{voice.feeling}", language) if voice.feeling else ""
    survey = context.config.surveys.get(voice.survey)
    about = in_language(context.config.flows[survey.flow].title, language) if survey else ""
    lines = [
        say(f"voice.head.{voice.kind}", language, number=voice.id, date=day),
        voice.name if voice.kind == "words" else "",
        feeling,
        about,
        voice.encounter or "",
        voice.words if voice.kind == "score" else _quoted(context, voice.words, language),
        say("voice.photo", language) if voice.file else "",
        "" if voice.may_reply else say("voice.no_reply", language),
        say(f"voice.state.{voice.state}", language, name=voice.taken_by) if voice.state != "open" else "",
    ]
    return "\n".join(filter(None, lines))


def _quoted(context: Context, words: str, language: str) -> str:
    shown = words if len(words) <= QUOTED else f"{words[: QUOTED - 1]}…"
    return context.texts("voice.words", language, words=shown) if words else ""


# --- what an admin does -----------------------------------------------------------------------------------


def find(connection: Connection, number: int, kinds: Sequence[Kind]) -> Voice:
    """The voice of this number, if it is of one of these kinds. Raises UserError."""
    voice = rows.get(connection, number)
    if voice is None or voice.kind not in kinds:
        raise UserError(f"There is no #{number} here.")
    return voice


def take(connection: Connection, voice: Voice, by: str, now: datetime) -> bool:
    """Somebody sees to it; False when somebody else did before."""
    taken = rows.take(connection, voice.id, by, now)
    if taken:
        audit.add(connection, by, f"{voice.kind}_taken", f"#{voice.id}", "", now)
    return taken


def finish(connection: Connection, voice: Voice, by: str, now: datetime) -> bool:
    """It is done with; False when it was."""
    finished = rows.finish(connection, voice.id, by, now)
    if finished:
        alerts.close(connection, "unheard", f"voice {voice.id}", now)
        audit.add(connection, by, f"{voice.kind}_done", f"#{voice.id}", "", now)
    return finished


def reply(context: Context, work: Work, voice: Voice, words: str, by: str, now: datetime) -> None:
    """Send an admin's words to the person, who sees the organisation and no name. Raises UserError."""
    said = clean(words)
    if not one_line(said, 1):
        raise UserError("There are no words to send.")
    if len(said) > LONGEST_REPLY:
        raise UserError(f"The reply has {len(said)} characters, and {LONGEST_REPLY} are taken.")
    if not voice.may_reply:
        raise UserError(f"#{voice.id} asked for no reply.")
    who = work.reach(voice.person_id)
    if who is None:
        raise UserError(f"Whoever said #{voice.id} can no longer be reached.")
    number = rows.reply(work.connection, voice.id, by, said, now)
    rows.take(work.connection, voice.id, by, now)
    language = context.language(who.language)
    organisation = in_language(context.config.organisation.name, language)
    text = context.texts("voice.reply.member", language, organisation=organisation)
    work.send(who, f"reply/{voice.id}/{number}", Outbound(text=f"{text}\n{said}"), language=language)
    audit.add(work.connection, by, f"{voice.kind}_reply", f"#{voice.id}", "", now)
