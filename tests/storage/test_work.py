"""A unit of work: what one batch reads at once, and writes together or not at all."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Connection, func, select, update
from sqlalchemy.exc import IntegrityError, NoResultFound

from bot.engine.messages import Outbound
from bot.engine.session import Answer, Session, Status
from storage import flows
from storage.tables import addresses, answers, fires, person_groups, persons
from storage.tables import outbox as outbox_rows
from storage.tables import sessions as session_rows
from storage.work import Correspondent, OpenSession, StaleSession, Work
from tests.storage.rows import DAY, HELLO, HOUR, NOW, PULSE, address, correspondent, person, send, session


def begin(work: Work, who: Correspondent, name: str = "s1", status: Status = Status.ACTIVE) -> OpenSession:
    """Start a session."""
    value = Session(id=name, flow="pulse", language="fi", status=status, turn=1)
    digest = flows.keep(work.connection, PULSE, NOW)
    return work.start_session(who, value, survey="pulse", wave_id=None, flow_digest=digest, self_started=True)


def column(connection: Connection, name: str) -> list[object]:
    """A column of everybody."""
    return list(connection.execute(select(persons.c[name]).order_by(persons.c.id)).scalars())


# --- people -----------------------------------------------------------------------------------------------


def test_a_stranger_is_nobody(connection: Connection) -> None:
    """Until somebody adds them; then they are known at once."""
    work = Work(connection, NOW)
    assert work.correspondent("telegram:5") is None
    who = work.add_person(name="Aino", language="fi")
    work.add_address(person_id=who, address="telegram:5", platform="telegram", account="1", chat="5")
    work.add_to_group(who, "jäsenet")
    found = work.correspondent("telegram:5")
    assert found is not None
    assert (found.person_id, found.name, found.chat, found.seen_at, found.facts) == (
        who,
        "Aino",
        "5",
        None,
        {"name": "Aino"},
    )
    assert connection.execute(select(person_groups.c.name)).scalar_one() == "jäsenet"
    assert connection.execute(select(persons.c.created_at)).scalar_one() == NOW


def test_many_people_are_read_in_two_queries(connection: Connection) -> None:
    """People and their sessions, however many there are."""
    from sqlalchemy import event

    names = [f"telegram:{number}" for number in range(50)]
    for name in names:
        who = correspondent(connection, name)
        session(connection, who.person_id, who.address_id, public_id=name[:16])
    queries: list[str] = []

    def count(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        queries.append(statement)

    event.listen(connection, "before_cursor_execute", count)
    work = Work(connection, NOW)
    work.load({*names, "telegram:stranger"})
    for name in names:
        found = work.correspondent(name)
        assert found is not None
        assert work.open_session(found.person_id) is not None
    assert len(queries) == 2


def test_facts_are_what_texts_may_say(connection: Connection) -> None:
    """Imported attributes and the name."""
    who = correspondent(connection, name="Aino", attributes='{"city":"Turku"}')
    assert who.facts == {"city": "Turku", "name": "Aino"}


def test_hearing_from_somebody_opens_their_address(connection: Connection) -> None:
    """They can be written to, here, by this bot, from now on; in this batch already."""
    row = address(connection, person(connection), account="", unreachable="blocked")
    work = Work(connection, NOW)
    who = work.correspondent("telegram:5")
    assert who is not None
    work.heard_from(who, "55", "9")
    found = work.correspondent("telegram:5")
    assert found is not None
    assert (found.seen_at, found.chat, found.account, found.unreachable) == (NOW, "55", "9", None)
    work.flush()
    stored = connection.execute(select(addresses).where(addresses.c.id == row)).one()
    assert (stored.seen_at, stored.chat, stored.account, stored.unreachable) == (NOW, "55", "9", None)


def test_changes_of_a_person_are_seen_at_once_and_written_together(connection: Connection) -> None:
    """Two people, different columns, several times; also behind a second address of the same person."""
    one, two = correspondent(connection), correspondent(connection, "telegram:6")
    address(connection, one.person_id, "slack:T1:U1")
    work = Work(connection, NOW)
    work.load(["telegram:5", "telegram:6", "slack:T1:U1"])
    work.change_person(one.person_id, language="sv")
    work.change_person(one.person_id, language="en", stopped_at=NOW)
    work.change_person(two.person_id, language="fi")
    found = work.correspondent("slack:T1:U1")
    assert found is not None
    assert (found.language, found.stopped_at) == ("en", NOW)
    work.flush()
    assert (column(connection, "language"), column(connection, "stopped_at")) == (["en", "fi"], [NOW, None])


def test_changes_reach_the_database_before_anybody_asks_it(connection: Connection) -> None:
    """Whoever uses the transaction sees every change so far."""
    who = correspondent(connection)
    work = Work(connection, NOW)
    work.change_person(who.person_id, name="Bo")
    assert work.connection.execute(select(persons.c.name)).scalar_one() == "Bo"


def test_an_address_can_be_changed(connection: Connection) -> None:
    """Here and in the database."""
    who = correspondent(connection)
    work = Work(connection, NOW)
    assert work.correspondent("telegram:5") is not None
    work.change_address(who.address_id, unreachable="blocked")
    found = work.correspondent("telegram:5")
    assert found is not None
    assert found.unreachable == "blocked"
    assert connection.execute(select(addresses.c.unreachable)).scalar_one() == "blocked"


def test_standing_is_what_the_end_of_a_session_changes(connection: Connection) -> None:
    """With the changes of this batch; for people who were not read too."""
    who = correspondent(connection, burden=1.0, burden_at=NOW - DAY, ignored_in_row=1)
    other = person(connection, burden=2.0)
    work = Work(connection, NOW)
    work.load(["telegram:5"])
    work.change_person(who.person_id, burden=3.0, ignored_in_row=2)
    found = work.standing(who.person_id)
    assert (found.burden, found.burden_at, found.ignored_in_row) == (3.0, NOW - DAY, 2)
    assert work.standing(other).burden == 2.0


@pytest.mark.parametrize(
    ("places", "expected"),
    [
        ((), None),
        ((("telegram:5", {"unreachable": "blocked"}),), None),
        ((("telegram:5", {"account": ""}),), None),
        ((("telegram:5", {}), ("slack:T1:U1", {"seen_at": NOW})), "slack:T1:U1"),
        ((("telegram:5", {"seen_at": NOW}), ("slack:T1:U1", {"seen_at": NOW - DAY})), "telegram:5"),
        ((("telegram:5", {"seen_at": NOW, "unreachable": "blocked"}), ("slack:T1:U1", {})), "slack:T1:U1"),
    ],
)
def test_a_person_is_reached_where_they_were_heard_last(
    connection: Connection, places: tuple[tuple[str, dict[str, object]], ...], expected: str | None
) -> None:
    """Among the addresses that can be written to."""
    who = person(connection)
    for name, values in places:
        address(connection, who, name, **values)
    found = Work(connection, NOW).reach(who)
    assert (found.address if found else None) == expected


def test_an_address_leads_to_its_person(connection: Connection) -> None:
    """Unless it is gone."""
    who = correspondent(connection)
    assert Work(connection, NOW).at_address(who.address_id) == who
    with pytest.raises(NoResultFound):
        Work(connection, NOW).at_address(who.address_id + 1)


# --- sessions ---------------------------------------------------------------------------------------------


def test_a_session_is_stored_and_read_back(connection: Connection) -> None:
    """The same value, and its row's own columns."""
    who = correspondent(connection)
    work = Work(connection, NOW)
    started = begin(work, who)
    assert work.open_session(who.person_id) == started
    again = Work(connection, NOW).open_session(who.person_id)
    assert again == started


def test_a_person_has_one_open_session(connection: Connection) -> None:
    """The schema refuses a second one that waits; ended ones may be many."""
    who = correspondent(connection)
    session(connection, who.person_id, who.address_id, status="completed")
    begin(Work(connection, NOW), who, "s2")
    with pytest.raises(IntegrityError), connection.begin_nested():
        begin(Work(connection, NOW), who, "s3", Status.INVITED)


def test_a_changed_session_is_written_with_the_batch(connection: Connection) -> None:
    """Status, turn, prompt, time, deadline and end."""
    who = correspondent(connection)
    work = Work(connection, NOW)
    started = begin(work, who)
    moved = replace(started.session, turn=2)
    work.save_session(replace(started, session=moved, prompt_key="1:1", seconds=4.5, deadline=NOW + DAY))
    seen = work.session(started.row)
    assert seen is not None
    assert seen.session.turn == 2
    work.flush()
    stored = connection.execute(select(session_rows)).one()
    assert (stored.turn, stored.prompt_key, stored.seconds, stored.deadline, stored.version) == (
        2,
        "1:1",
        4.5,
        NOW + DAY,
        2,
    )


def test_an_ended_session_waits_for_nobody(connection: Connection) -> None:
    """In this batch, and after it; by its number it is still there."""
    who = correspondent(connection)
    work = Work(connection, NOW)
    started = begin(work, who)
    over = replace(started.session, status=Status.COMPLETED, ended_at=NOW)
    work.save_session(replace(started, session=over))
    assert work.open_session(who.person_id) is None
    work.flush()
    later = Work(connection, NOW)
    found = later.session(started.row)
    assert found is not None
    assert (later.open_session(who.person_id), found.session.status) == (None, Status.COMPLETED)
    assert later.session(started.row + 1) is None
    assert connection.execute(select(session_rows.c.ended_at)).scalar_one() == NOW


def test_a_session_that_somebody_else_changed_first_is_not_overwritten(connection: Connection) -> None:
    """The batch fails as a whole, to be done again."""
    who = correspondent(connection)
    begin(Work(connection, NOW), who)
    work = Work(connection, NOW)
    mine = work.open_session(who.person_id)
    assert mine is not None
    connection.execute(update(session_rows).values(version=2))
    work.save_session(replace(mine, seconds=1.0))
    with pytest.raises(StaleSession):
        work.flush()


def test_a_session_can_be_read_anew(connection: Connection) -> None:
    """After it was changed past the batch."""
    who = correspondent(connection)
    work = Work(connection, NOW)
    begin(work, who)
    connection.execute(update(session_rows).values(status="completed"))
    assert work.open_session(who.person_id) is not None
    work.forget_session(who.person_id)
    assert work.open_session(who.person_id) is None


def test_the_end_of_a_session_ends_its_moments(connection: Connection) -> None:
    """Reminders and timeouts are dropped, and what the person waits to begin is due now."""
    who = correspondent(connection)
    row = session(connection, who.person_id, who.address_id)
    work = Work(connection, NOW)
    common = {"person_id": who.person_id, "survey": "pulse", "due_at": NOW + DAY}
    work.add_fire(kind="reminder", scope="a", session_id=row, **common)
    work.add_fire(kind="open", scope="b", **common)
    work.add_fire(kind="open", scope="b", **common)
    work.end_session(row, who.person_id)
    work.flush()
    found = {one.scope: (one.state, one.due_at) for one in connection.execute(select(fires))}
    assert found == {"a": ("dropped", NOW + DAY), "b": ("waiting", NOW)}


# --- answers and messages ---------------------------------------------------------------------------------


def test_answers_are_stored_with_their_revision(connection: Connection) -> None:
    """Each value as JSON, with words, time, and the message that brought it."""
    who = correspondent(connection)
    work = Work(connection, NOW)
    started = begin(work, who)
    values: list[Answer] = [
        Answer("teksti ä"), Answer(3), Answer(2.5), Answer(value=True), Answer(["a", "b"]),
        Answer(None, "skipped"), Answer("other", other="jotain muuta 🙂"),
    ]  # fmt: skip
    for number, answer in enumerate(values[:-1]):
        work.add_answer(started, f"q{number}", 1, answer, 1.5, 7)
    work.add_answer(started, "q0", 2, values[-1], 2.5, None)
    work.flush()
    rows = connection.execute(select(answers).order_by(answers.c.id)).all()
    assert [row.value for row in rows] == ['"teksti ä"', "3", "2.5", "true", '["a","b"]', "null", '"other"']
    assert (rows[5].status, rows[6].other, rows[6].revision, rows[0].inbox_id, rows[6].inbox_id) == (
        "skipped", "jotain muuta 🙂", 2, 7, None,
    )  # fmt: skip
    assert rows[0].at == NOW


def test_an_answer_is_stored_once_for_each_revision(connection: Connection) -> None:
    """The schema refuses the same one twice."""
    who = correspondent(connection)
    work = Work(connection, NOW)
    started = begin(work, who)
    for _ in range(2):
        work.add_answer(started, "q", 1, Answer(1), 1.0, None)
    with pytest.raises(IntegrityError), connection.begin_nested():
        work.flush()


def test_messages_are_in_line_only_with_the_batch(connection: Connection) -> None:
    """What this batch says is counted already; nothing of it is in the database before the end."""
    who = correspondent(connection)
    send(connection, who, "0:1")
    work = Work(connection, NOW)
    work.send(who, "1:1", HELLO)
    work.edit(who, "1:2", Outbound(text="x"), ref="77", language="fi")
    assert (work.backlog(who), work.enqueued("0:1"), work.enqueued("1:1"), work.enqueued("1:3")) == (
        2,
        True,
        True,
        False,
    )
    assert connection.execute(select(func.count()).select_from(outbox_rows)).scalar_one() == 1
    work.flush()
    found = connection.execute(select(outbox_rows.c.dedup_key).order_by(outbox_rows.c.id)).scalars()
    assert list(found) == ["0:1", "1:1", "1:2"]


def test_a_message_may_have_its_own_times(connection: Connection) -> None:
    """Not before, not after."""
    work = Work(connection, NOW)
    work.send(correspondent(connection), "1:1", HELLO, not_before=NOW + HOUR, expires_at=NOW + DAY)
    work.flush()
    row = connection.execute(select(outbox_rows)).one()
    assert (row.not_before, row.expires_at, row.created_at) == (NOW + HOUR, NOW + DAY, NOW)


def test_an_edit_names_its_message_by_id_or_by_key(connection: Connection) -> None:
    """The platform's id stands above the key."""
    who = correspondent(connection)
    work = Work(connection, NOW)
    work.edit(who, "1:1", HELLO, ref="77", target_key="0:1", language="fi")
    work.edit(who, "1:2", HELLO, target_key="0:1", language="fi")
    work.flush()
    rows = connection.execute(select(outbox_rows).order_by(outbox_rows.c.id)).all()
    assert [(row.ref, row.target_key) for row in rows] == [("77", None), ("", "0:1")]


def test_an_empty_batch_writes_nothing(connection: Connection) -> None:
    """Flushing twice is no mistake."""
    work = Work(connection, NOW)
    work.flush()
    work.flush()
    assert connection.execute(select(func.count()).select_from(persons)).scalar_one() == 0


@pytest.mark.parametrize(
    "words", ["x" * 100_000, "\u202eabc", "'; DROP TABLE persons; --", "%s %(a)s :b", "🙂" * 1000]
)
def test_hostile_words_are_words(connection: Connection, words: str) -> None:
    """Whatever a member writes is stored and read back as it is, on both databases."""
    who = correspondent(connection)
    work = Work(connection, NOW)
    started = begin(work, who)
    work.add_answer(started, "q", 1, Answer(words, other=words), 1.0, None)
    work.send(who, "1:1", Outbound(text=words))
    work.save_session(replace(started, session=replace(started.session, answers={"q": Answer(words)})))
    work.flush()
    assert connection.execute(select(answers.c.other)).scalar_one() == words
    again = Work(connection, NOW).open_session(who.person_id)
    assert again is not None
    assert again.session.answers["q"].value == words


def test_a_person_who_is_erased_leaves_nothing(connection: Connection) -> None:
    """Addresses, groups, sessions, answers and moments go with them."""
    who = correspondent(connection, groups=("a",))
    work = Work(connection, NOW)
    started = begin(work, who)
    work.add_answer(started, "q", 1, Answer(1), 1.0, None)
    work.add_fire(
        kind="open", scope="a", person_id=who.person_id, survey="pulse", due_at=NOW + timedelta(days=1)
    )
    work.flush()
    connection.execute(persons.delete())
    for table in (addresses, person_groups, session_rows, answers, fires):
        assert connection.execute(select(func.count()).select_from(table)).scalar_one() == 0
