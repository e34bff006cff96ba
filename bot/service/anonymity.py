"""When anonymous answers are shuffled, and what becomes of too few of them.

While a wave is open at least ``k`` answers stay in its pool, so that its last batch is never smaller; once it
is closed, and no chat of it can be completed any more, all of them go. Every shuffle ends an epoch.
"""

from dataclasses import dataclass
from datetime import datetime, time

from bot.service.context import Context
from storage import Connection, anonymity, audit
from storage.anonymity import Pool


@dataclass(frozen=True, slots=True)
class Shuffle:
    """What is to be done with a pool. ``count`` answers are shuffled; 0: they are destroyed."""

    pool: Pool
    count: int


def due(context: Context, connection: Connection, now: datetime) -> list[Shuffle]:
    """The pools in which something is to be done."""
    found = []
    for pool in anonymity.pools(connection, now):
        survey = context.config.surveys.get(pool.survey)
        k = max(pool.k, survey.k if survey is not None else pool.k)  # may be raised, never lowered
        over = pool.closed and not anonymity.open_chats(connection, pool.wave_id)
        hold = survey is not None and survey.below_k == "hold"
        if over and pool.size >= k:
            found.append(Shuffle(pool, pool.size))
        elif over and not hold:
            found.append(Shuffle(pool, 0))
        elif not over and pool.size >= 2 * k:
            found.append(Shuffle(pool, pool.size - k))
    return found


def shuffle(context: Context, connection: Connection, now: datetime) -> int:
    """Do what is due in one transaction, after which the keys of older epochs are to be destroyed. Returns
    how many pools it concerned.
    """
    shuffles = due(context, connection, now)
    if not shuffles:
        return 0
    day = datetime.combine(now.date(), time.min, now.tzinfo)
    for one in shuffles:
        if one.count:
            anonymity.release(connection, one.pool.wave_id, one.count, day)
        else:
            gone = anonymity.destroy(connection, one.pool.wave_id)
            reason = f"{gone} answers, fewer than {one.pool.k}"
            audit.add(connection, "kuulolla", "anonymous_destroyed", one.pool.survey, reason, now)
    anonymity.next_epoch(connection)
    return len(shuffles)
