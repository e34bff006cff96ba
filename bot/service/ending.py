"""The end of what the bot had in mind with a person: contacts that are planned, messages that wait."""

from bot.service import gate
from bot.service.case import Case
from scheduler.verdicts import Never, Reason
from storage import contacts, fires, outbox


def withdraw_all(case: Case) -> None:
    """Withdraw what is planned, and cancel what is in line."""
    work, person = case.work, case.who.person_id
    work.flush()  # what waits to be written is withdrawn with the rest
    for planned in contacts.planned_invites(work.connection, person):
        gate.withdraw(work.connection, planned.id, Never(Reason.OPT_OUT), case.now)
    outbox.cancel_for(work.connection, person, case.now, "stop")
    contacts.release_for(work.connection, person)
    fires.drop_for(work.connection, person)
