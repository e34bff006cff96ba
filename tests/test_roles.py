"""Roles that only one process may play: won, proved, lost, and given up when the database cannot be heard."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import pytest
from sqlalchemy import text

from bot.errors import Problem
from bot.roles import Roles
from storage import Connection
from storage.leases import LeaseLost
from storage.store import Store
from storage.trouble import StorageTrouble

T = TypeVar("T")
ROLE = "poll telegram"


class Process:
    """What a process of the program has of the database; ``away``: it cannot reach it;
    ``seconds``: its clock.
    """

    def __init__(self, store: Store, owner: str, *, shared: bool = True) -> None:
        self.away = False
        self.seconds = 0.0
        self._store = store
        self.roles = Roles(self.write, owner, shared=shared, clock=lambda: self.seconds)

    async def write(self, job: Callable[[Connection], T]) -> T:
        """A writing job, unless the database is away."""
        if self.away:
            raise StorageTrouble(Problem(message="It is away."))
        return await asyncio.wrap_future(self._store.submit(job))

    def asks(self) -> Awaitable[str]:
        """Write as whoever plays the role."""
        return self.roles.write_as(ROLE)(lambda _: "written")


async def test_on_sqlite_every_role_is_ours(sqlite_store: Store) -> None:
    """Nothing is asked of the database, and nothing has to be won."""
    alone = Process(sqlite_store, "a", shared=False)
    await alone.roles.renew([ROLE])

    assert (alone.roles.ours(ROLE), await alone.asks(), await alone.roles.alive()) == (True, "written", ["a"])


async def test_one_of_two_processes_plays(postgres_store: Store) -> None:
    """The first one who asks; the other's writes are refused and leave nothing."""
    first, second = Process(postgres_store, "a"), Process(postgres_store, "b")
    await first.roles.renew([ROLE])
    await second.roles.renew([ROLE])

    assert (first.roles.ours(ROLE), second.roles.ours(ROLE)) == (True, False)
    assert await first.asks() == "written"
    with pytest.raises(LeaseLost):
        await second.asks()


async def test_who_was_asleep_finds_out_in_the_very_write(postgres_store: Store) -> None:
    """It does not know yet that another has taken over; its write is refused, and then it knows."""
    first, second = Process(postgres_store, "a"), Process(postgres_store, "b")
    await first.roles.renew([ROLE])
    let_term_end(postgres_store)
    await second.roles.renew([ROLE])
    assert first.roles.ours(ROLE)

    with pytest.raises(LeaseLost):
        await first.asks()
    assert (first.roles.ours(ROLE), second.roles.ours(ROLE)) == (False, True)


async def test_a_part_is_played_while_the_role_is_ours(postgres_store: Store) -> None:
    """It begins when the role is won, ends when it is lost, and begins again."""
    first, second = Process(postgres_store, "a"), Process(postgres_store, "b")
    story: asyncio.Queue[str] = asyncio.Queue()

    async def part() -> None:
        story.put_nowait("on")
        try:
            await asyncio.Event().wait()
        finally:
            story.put_nowait("off")

    playing = asyncio.create_task(first.roles.play(ROLE, part))
    await first.roles.renew([ROLE])
    assert await story.get() == "on"
    let_term_end(postgres_store)
    await second.roles.renew([ROLE])
    await first.roles.renew([ROLE])
    assert await story.get() == "off"
    await second.roles.give_back()
    await first.roles.renew([ROLE])
    assert await story.get() == "on"

    playing.cancel()
    assert await story.get() == "off"


async def test_what_a_part_raises_is_raised(postgres_store: Store) -> None:
    """A refused token ends the program; it must not be tried again and again."""
    alone = Process(postgres_store, "a")

    async def part() -> None:
        raise ValueError

    await alone.roles.renew([ROLE])
    with pytest.raises(ValueError):  # noqa: PT011 - its own kind is all there is
        await alone.roles.play(ROLE, part)


async def test_whom_the_database_cannot_hear_gives_up_after_its_term(postgres_store: Store) -> None:
    """Until then it plays on: a short restart of the database changes nothing."""
    alone = Process(postgres_store, "a")
    await alone.roles.renew([ROLE])
    alone.away = True
    with pytest.raises(StorageTrouble):
        await alone.roles.renew([ROLE])
    assert alone.roles.ours(ROLE)

    alone.seconds = 60.0
    with pytest.raises(StorageTrouble):
        await alone.roles.renew([ROLE])
    assert not alone.roles.ours(ROLE)


def let_term_end(store: Store) -> None:
    """Nothing has been heard of any holder for a minute."""

    def job(connection: Connection) -> None:
        connection.execute(text("UPDATE leases SET until = until - interval '1 minute'"))

    store.write(job)
