"""The admins' desk in the chat: alerts and feedback are taken up, answered and finished here.

Whatever is asked, the right is looked at first, at this address and this moment. Whoever has none hears what
any member would hear: nothing here tells a stranger that there is a desk.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from bot.config.model import Admin, Right
from bot.engine import intent as intents
from bot.engine.messages import Button, Inbound
from bot.engine.session import Reply
from bot.errors import UserError
from bot.service import admins, digest, voices
from bot.service.case import Case
from storage import voices as rows
from storage.voices import Voice

PATIENCE: Final = timedelta(minutes=30)
"""How long the next words of an admin are the reply that was begun."""
LISTED: Final = 8
"""Voices shown by /alerts; each comes as a message of its own."""

_TOKEN: Final = re.compile(rf"{voices.PREFIX}(\d{{1,18}}):(take|reply|done|cancel)")
_NUMBERED: Final = re.compile(r"#?(\d{1,18})\s+(.+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Desk:
    """An admin at work."""

    case: Case
    admin: Admin

    def may(self, right: Right) -> bool:
        """Whether this admin has a right."""
        return right in self.admin.rights

    def say(self, key: str, /, **values: object) -> None:
        """One of the desk's own texts."""
        self.case.say(self.case.words(key, **values))

    def voice(self, number: int) -> Voice | None:
        """A voice that this admin may read."""
        found = rows.get(self.case.work.connection, number)
        return found if found is not None and self.may(voices.RIGHT[found.kind]) else None


def of(case: Case) -> Desk | None:
    """The desk of whoever writes, if they are an admin now."""
    admin = admins.here(case.context, case.who.address, case.now) if case.context.config.admins else None
    return Desk(case, admin) if admin is not None else None


def takes(case: Case, inbound: Inbound) -> bool:
    """Let the desk have what is meant for it. False: it is a member's message like any other."""
    desk = of(case)
    if desk is None:
        return False
    if inbound.kind == "tap":
        found = _TOKEN.fullmatch(inbound.token)
        return found is not None and _press(desk, int(found[1]), found[2])
    if inbound.kind == "command":
        return _command(desk, inbound.text, inbound.argument)
    if inbound.kind != "text":
        return False
    if inbound.text.startswith("/"):
        name, _, argument = inbound.text[1:].partition(" ")
        return _command(desk, name.lower(), argument.strip())
    return _dictated(desk, inbound)


# --- buttons ----------------------------------------------------------------------------------------------


def _press(desk: Desk, number: int, what: str) -> bool:
    voice = desk.voice(number)
    if voice is None:
        return False
    _BUTTONS[what](desk, voice)
    return True


def _take(desk: Desk, voice: Voice) -> None:
    if voices.take(desk.case.work.connection, voice, desk.admin.name, desk.case.now):
        _redraw(desk, voice)
    else:
        desk.say("voice.taken_before", number=voice.id, name=voice.taken_by)


def _begin_reply(desk: Desk, voice: Voice) -> None:
    case = desk.case
    rows.put_aside(case.work.connection, case.who.person_id, "reply", case.now, voice_id=voice.id)
    cancel = Button(f"{voices.PREFIX}{voice.id}:cancel", case.words("voice.cancel"))
    case.say(case.words("voice.dictate", number=voice.id), (cancel,))


def _cancel(desk: Desk, voice: Voice) -> None:
    rows.drop_aside(desk.case.work.connection, desk.case.who.person_id)
    desk.say("voice.cancelled", number=voice.id)


def _done(desk: Desk, voice: Voice) -> None:
    voices.finish(desk.case.work.connection, voice, desk.admin.name, desk.case.now)
    _redraw(desk, voice)


def _redraw(desk: Desk, voice: Voice) -> None:
    """The message that was pressed shows how it stands now."""
    case = desk.case
    now = rows.get(case.work.connection, voice.id)
    if now is not None and case.inbound is not None and case.inbound.ref:
        shown = voices.message(case.context, now, desk.admin)
        case.work.edit(case.who, case.key(), shown, language=case.language, ref=case.inbound.ref)


_BUTTONS: Final[Mapping[str, Callable[[Desk, Voice], None]]] = {
    "take": _take,
    "reply": _begin_reply,
    "cancel": _cancel,
    "done": _done,
}


# --- words ------------------------------------------------------------------------------------------------


def _dictated(desk: Desk, inbound: Inbound) -> bool:
    """The words after "reply" was pressed are the reply, unless they are a command."""
    case = desk.case
    aside = rows.aside(case.work.connection, case.who.person_id)
    if aside is None or aside.kind != "reply":
        return False
    meant = intents.read(inbound, None, None, case.context.texts)
    late = case.now - aside.at > PATIENCE
    if late or not (isinstance(meant, intents.Answer) and isinstance(meant.event, Reply)):
        return False
    rows.drop_aside(case.work.connection, case.who.person_id)
    _send_reply(desk, aside.voice_id or 0, inbound.text)
    return True


def _send_reply(desk: Desk, number: int, words: str) -> None:
    case, voice = desk.case, desk.voice(number)
    if voice is None:
        desk.say("voice.unknown", number=number)
        return
    try:
        voices.reply(case.context, case.work, voice, words, desk.admin.name, case.now)
    except UserError:
        desk.say("voice.not_sent", number=number)
    else:
        desk.say("voice.sent", number=number)


def _command(desk: Desk, name: str, argument: str) -> bool:
    command = COMMANDS.get(name)
    if command is None or not any(desk.may(right) for right in command[0]):
        return False
    command[1](desk, argument)
    return True


def _reply_by_number(desk: Desk, argument: str) -> None:
    found = _NUMBERED.fullmatch(argument)
    if found is None:
        desk.say("voice.reply_how")
    else:
        _send_reply(desk, int(found[1]), found[2])


def _alerts(desk: Desk, _: str) -> None:
    """What is open and may be read here, the newest last."""
    case = desk.case
    kinds = [kind for kind, right in voices.RIGHT.items() if desk.may(right)]
    found = rows.listed(case.work.connection, kinds)
    texts = case.context.texts
    head = texts.plural("voice.open", case.language, len(found)) if found else case.words("voice.none_open")
    case.say(head)
    for voice in reversed(found[:LISTED]):
        shown = voices.message(case.context, voice, desk.admin)
        case.work.send(case.who, case.key(), shown, language=case.language)


def _results(desk: Desk, _: str) -> None:
    """The digest, now."""
    case = desk.case
    case.say(digest.told(case.context, case.work.connection, desk.admin, case.now))


def _plan(desk: Desk, _: str) -> None:
    """What is planned for the week."""
    case = desk.case
    case.say(digest.coming(case.context, case.work.connection, desk.admin, case.now))


COMMANDS: Final[Mapping[str, tuple[tuple[Right, ...], Callable[[Desk, str], None]]]] = {
    "alerts": (("alerts", "feedback"), _alerts),
    "reply": (("alerts", "feedback"), _reply_by_number),
    "results": (("results",), _results),
    "plan": (("plan",), _plan),
}
"""Platform commands of admins: the rights of which one is needed, and what is done."""
