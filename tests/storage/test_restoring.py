"""After a restore nobody is asked twice: whatever may have gone out since the backup counts as gone."""

from typing import Any

from sqlalchemy import Connection, select

from bot.engine.messages import Delivery
from storage import fires, restoring, schedules, waves
from storage.ledger import ledger
from storage.restoring import Doubted
from storage.tables import contacts, outbox, wave_people
from storage.tables import fires as fire_rows
from tests.storage.rows import DAY, HOUR, NOW, contact, correspondent, person, send, wave

REASON = 7


def states(connection: Connection, table: Any, name: Any) -> dict[Any, str]:
    """State by another column."""
    return {row[0]: row[1] for row in connection.execute(select(name, table.c.state))}


def test_a_backup_in_which_nothing_was_going_on_is_believed(connection: Connection) -> None:
    """Nothing is given up, and the moment is remembered."""
    correspondent(connection)
    assert restoring.restored_at(connection) is None
    assert restoring.mistrust(connection, REASON, NOW) == Doubted(0, 0)
    assert restoring.restored_at(connection) == NOW


def test_invites_in_line_are_in_doubt_and_replies_are_not(connection: Connection) -> None:
    """A question may come twice, an invite never; the contact policy counts it as sent."""
    who = correspondent(connection)
    planned = contact(connection, who.person_id, state="reserved", at=NOW + HOUR)
    send(connection, who, "ready", delivery=Delivery.INVITE, contact_id=planned)
    send(connection, who, "question")
    assert restoring.mistrust(connection, REASON, NOW).invites == 1
    assert states(connection, outbox, outbox.c.dedup_key) == {"ready": "unknown", "question": "ready"}
    assert ledger(connection, who.person_id, NOW + 2 * HOUR).invites == (NOW + HOUR,)


def test_planned_invites_whose_time_has_come_count_as_sent(connection: Connection) -> None:
    """Those that are still to come are still planned, and so are moments that write to nobody unasked."""
    number = wave(connection)
    due, coming = (person(connection) for _ in range(2))
    for who, at in ((due, NOW), (coming, NOW + HOUR)):
        waves.enrol(connection, number, [{"person_id": who, "wanted_at": NOW}])
        waves.decide(
            connection, [waves.Decision(wave_id=number, person_id=who, state="planned", reason=0)], NOW
        )
        contact(connection, who, wave_id=number, state="reserved", at=at)
        common = {"person_id": who, "wave_id": number, "survey": "pulse", "due_at": at}
        fires.add(connection, [{"kind": "contact", "scope": f"{who}", **common}])
    fires.add(connection, [
        {"kind": kind, "scope": kind, "person_id": due, "survey": "pulse", "due_at": NOW}
        for kind in ("reminder", "dormant", "timeout", "open")
    ])  # fmt: skip
    assert restoring.mistrust(connection, REASON, NOW) == Doubted(1, 0)
    assert states(connection, contacts, contacts.c.person_id) == {due: "unknown", coming: "reserved"}
    assert states(connection, wave_people, wave_people.c.person_id) == {due: "asked", coming: "planned"}
    assert states(connection, fire_rows, fire_rows.c.scope) == {
        str(due): "dropped", "reminder": "dropped", "dormant": "dropped",
        str(coming): "waiting", "timeout": "waiting", "open": "waiting",
    }  # fmt: skip


def test_people_of_open_waves_who_were_waiting_are_not_asked_in_them(connection: Connection) -> None:
    """With a reason; closed waves and people who were asked stay as they were."""
    number, over = wave(connection), wave(connection, "w2")
    waiting, asked, late = (person(connection) for _ in range(3))
    for one, people in ((number, (waiting, asked)), (over, (late,))):
        waves.enrol(connection, one, [{"person_id": who, "wanted_at": NOW} for who in people])
    waves.decide(connection, [waves.Decision(wave_id=number, person_id=asked, state="asked", reason=0)], NOW)
    waves.close(connection, over)
    assert restoring.mistrust(connection, REASON, NOW) == Doubted(0, 1)
    assert states(connection, wave_people, wave_people.c.person_id) == {
        waiting: "dropped", asked: "asked", late: "frame",
    }  # fmt: skip


def test_waves_that_may_have_been_opened_since_are_not_opened_again(connection: Connection) -> None:
    """Every rule has been looked at up to now."""
    schedules.check(connection, "pulse#0", "rule", NOW - DAY)
    schedules.check(connection, "later#0", "rule", NOW + DAY)
    restoring.mistrust(connection, REASON, NOW)
    assert schedules.checked_until(connection, "pulse#0", "rule") == NOW
    assert schedules.checked_until(connection, "later#0", "rule") == NOW + DAY
