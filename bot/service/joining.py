"""One person, several places: two chats joined by a one-time code, and taken apart by an admin.

Everything of both follows the person: ledger, language, preferences, answers. The stricter wish wins.
"""

import secrets
from datetime import datetime
from typing import Any, Final

from bot.engine.messages import Outbound
from bot.engine.session import Status
from bot.engine.wishes import CODE_LENGTH, CODE_LETTERS, code
from bot.errors import UserError
from bot.service import outcomes
from bot.service.case import Case
from bot.service.context import Context
from scheduler import burden
from storage import Connection, audit, link_codes, merging, people
from storage.work import Work

HALF: Final = CODE_LENGTH // 2


def link(case: Case, argument: str) -> None:
    """Without a code: make one, to be written in the other chat. With one: join the two chats."""
    if not argument:
        _new_code(case)
        return
    connection, person = case.work.connection, case.who.person_id
    if link_codes.tried_too_often(connection, person, case.now):
        case.say(case.words("join.too_often"))
        return
    wanted = code(argument)
    other = link_codes.claim(connection, wanted, case.now) if wanted is not None else None
    if other is None:
        link_codes.missed(connection, person, case.now)
        case.say(case.words("join.wrong"))
    elif other == person:
        case.say(case.words("join.same"))
    else:
        _join(case, other)


def _new_code(case: Case) -> None:
    fresh = "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))
    link_codes.new(case.work.connection, case.who.person_id, fresh, case.now)
    case.say(case.words("join.code", code=f"{fresh[:HALF]}-{fresh[HALF:]}"))


def _join(case: Case, other: int) -> None:
    there = case.work.reach(other)
    case.work.flush()
    try:
        join(case.context, case.work.connection, case.who.person_id, other, "the person", case.now)
    except UserError:
        case.say(case.words("join.two_members"))
        return
    case.work.flush()  # what was read of either is the whole's now
    case.refresh()
    case.say(case.words("join.done"))
    if there is not None:
        text = case.words("join.done_there")
        case.work.send(there, case.key(), Outbound(text=text), language=case.language)


def join(context: Context, connection: Connection, one: int, other: int, actor: str, now: datetime) -> int:
    """Make two people one. Returns who stays: the member of the list, else who was known first.

    Raises UserError for two members with numbers of their own: which one is right only the admin knows.
    """
    people.lock(connection, (one, other))
    cards = {person: people.card(connection, person)[0] for person in (one, other)}
    numbers = {row.member_id for row in cards.values() if row.member_id is not None}
    if len(numbers) > 1:
        raise UserError(
            f"Both have a member number: {', '.join(sorted(numbers))}. Correct the list, and import it again."
        )
    stay, gone = sorted(cards, key=lambda person: (cards[person].member_id is None, person))
    _one_conversation(context, connection, stay, gone, now)
    merging.join(connection, stay, gone, actor, now, _burden(context, cards.values(), now))
    audit.add(connection, actor, "link", f"#{stay}", f"#{gone} became a part of #{stay}", now)
    return stay


def _one_conversation(context: Context, connection: Connection, stay: int, gone: int, now: datetime) -> None:
    """Of two open sessions the one that has not begun, else the later one, ends with what it has."""
    work = Work(connection, now)
    ours, theirs = work.open_session(stay), work.open_session(gone)
    if ours is not None and theirs is not None:
        pair = sorted((ours, theirs), key=lambda one: (one.session.status is Status.INVITED, one.created_at))
        outcomes.end_silently(context, work, pair[1])
    work.flush()


def _burden(context: Context, rows: Any, now: datetime) -> float:
    half_life = context.config.policy.half_life_days
    return sum(burden.decayed(row.burden, row.burden_at, now, half_life) for row in rows)


def unlink(connection: Connection, address: str, actor: str, now: datetime) -> int:
    """Take an address from its person: who was joined with it comes back as they were, else a new person.

    Returns that person's id. Raises UserError for an unknown address, or a person's only one.
    """
    known = people.at(connection, address)
    if known is None:
        raise UserError(f"Nobody is known at '{address}'.")
    if merging.count_addresses(connection, known.person_id) == 1:
        raise UserError(f"'{address}' is the only address of #{known.person_id}.")
    joined = merging.last(connection, known.id)
    other = (
        merging.take_apart(connection, joined.id)
        if joined is not None
        else merging.part(connection, known.id, now)
    )
    audit.add(connection, actor, "unlink", f"#{other}", f"taken from #{known.person_id}", now)
    return other
