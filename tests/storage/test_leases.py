"""Which of several processes plays a role that only one may play. On SQLite there is only one process."""

from datetime import timedelta

from sqlalchemy import Connection, text

from storage import leases
from storage.store import Store

NAME = "poll telegram"


def take(store: Store, owner: str) -> int | None:
    """Take or renew."""
    return store.write(lambda c: leases.take(c, [NAME], owner)).get(NAME)


def overdue(store: Store) -> None:
    """Let the present term be over."""

    def job(connection: Connection) -> None:
        connection.execute(text("UPDATE leases SET until = until - interval '1 minute'"))

    store.write(job)


def holds(store: Store, token: int | None) -> bool:
    """Whether a token is the present one."""
    assert token is not None
    return store.write(lambda c: leases.holds(c, NAME, token))


def test_one_process_plays_a_role(postgres_store: Store) -> None:
    """Whoever comes first; renewing keeps the token."""
    first = take(postgres_store, "a")
    assert first is not None
    assert (take(postgres_store, "b"), take(postgres_store, "a")) == (None, first)
    assert holds(postgres_store, first)


def test_roles_are_apart(postgres_store: Store) -> None:
    """Another role may be another's."""
    first = take(postgres_store, "a")
    assert postgres_store.write(lambda c: leases.take(c, [NAME, "plan"], "b")) == {"plan": 1}
    assert postgres_store.write(lambda c: leases.take(c, [NAME, "plan"], "a")) == {NAME: first}


def test_whoever_plays_a_role_is_alive(postgres_store: Store) -> None:
    """A process of which nothing has been heard for a term is not."""
    assert postgres_store.write(leases.alive) == []
    take(postgres_store, "a")
    postgres_store.write(lambda c: leases.take(c, ["plan"], "a"))
    assert postgres_store.write(leases.alive) == ["a"]
    overdue(postgres_store)
    postgres_store.write(lambda c: leases.take(c, ["reap"], "b", timedelta(seconds=5)))
    assert postgres_store.write(leases.alive) == ["b"]


def test_a_role_passes_on_when_its_term_is_over(postgres_store: Store) -> None:
    """With a new token; the old holder's is worth nothing any more, and it does not get the role back."""
    first = take(postgres_store, "a")
    overdue(postgres_store)
    second = take(postgres_store, "b")
    assert first is not None
    assert second == first + 1
    assert (holds(postgres_store, first), holds(postgres_store, second)) == (False, True)
    assert take(postgres_store, "a") is None


def test_a_late_holder_keeps_a_role_that_nobody_took(postgres_store: Store) -> None:
    """A process that was slow, and alone, goes on."""
    first = take(postgres_store, "a")
    overdue(postgres_store)
    assert (take(postgres_store, "a"), holds(postgres_store, first)) == (first, True)


def test_a_role_that_is_given_back_is_free_at_once(postgres_store: Store) -> None:
    """A process that stops does not make the next one wait."""
    take(postgres_store, "a")
    postgres_store.write(lambda c: leases.give_back(c, "a"))
    assert take(postgres_store, "b") is not None


def test_a_role_that_nobody_has_is_held_by_nobody(postgres_store: Store) -> None:
    """Any token is wrong."""
    assert not holds(postgres_store, 1)


def test_a_role_cannot_pass_on_while_its_holder_acts(postgres_store: Store) -> None:
    """A term that ends in the midst of the holder's transaction lasts until that is over."""
    first = take(postgres_store, "a")
    overdue(postgres_store)
    with postgres_store.read_engine.begin() as acting:
        assert first is not None
        assert leases.holds(acting, NAME, first)
        assert take(postgres_store, "b") is None
    assert take(postgres_store, "b") == first + 1
