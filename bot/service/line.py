"""The line of messages that wait: who may go now, who waits, and who has been overtaken.

The gate stands here, inside the claim: whatever was planned, a contact is decided once more with the newest
ledger before it may leave.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from bot.engine.messages import Delivery
from bot.service import admins, gate
from bot.service.context import Context
from bot.service.pacing import Budget
from scheduler.verdicts import Go, Later
from storage import Connection, contacts, outbox
from storage.outbox import Candidate

MOST: Final = 64
"""Rows claimed at once."""


@dataclass(slots=True)
class Line:
    """The rows in their order, page by page: who may go, who waits, and who has been overtaken.

    At most one row per chat and lane goes at a time: what was said first arrives first.
    """

    context: Context
    connection: Connection
    budget: Budget
    now: datetime
    taken: set[tuple[str, str]] = field(default_factory=set)
    chosen: list[tuple[Candidate, datetime]] = field(default_factory=list)
    behind: bool = False
    """Whether a row waits for an earlier one of its chat."""
    _gone: dict[tuple[str, str], list[int]] = field(default_factory=dict)

    @property
    def room(self) -> bool:
        """Whether it is worth looking further down the line."""
        return len(self.chosen) < MOST and not self.budget.spent

    def admit(self, page: Sequence[Candidate]) -> None:
        """Choose from one page of the line."""
        refs = outbox.platform_refs(
            self.connection, {row.target_key for row in page if row.target_key is not None}
        )
        self.budget.load(row.chat for row in page if row.lane == "s")
        newest = {_target(row): row.id for row in page if row.op == "edit"}
        for row in page:
            if len(self.chosen) >= MOST:
                return
            if (row.chat, row.lane) in self.taken:
                self.behind = True
                continue
            if row.op == "edit" and newest[_target(row)] != row.id:
                self._drop(row, "cancelled", "overtaken")
            elif self._stands(row):
                self._next(row, refs)

    def _stands(self, row: Candidate) -> bool:
        """Drop what is expired or answered; the next in line takes its place."""
        if row.expires_at is not None and row.expires_at <= self.now:
            self._drop(row, "expired", "too late")
            return False
        if row.turn is not None and not _prompt_stands(row):
            self._drop(row, "cancelled", "answered meanwhile")
            return False
        alert = row.delivery == Delivery.ALERT.value
        if alert and not admins.may_still_read(self.context, row.dedup_key, self.now):
            self._drop(row, "cancelled", "no right any more")
            return False
        return True

    def _next(self, row: Candidate, refs: Mapping[str, tuple[str, str | None]]) -> None:
        """First in its line: it goes now, or its line waits for it."""
        if row.target_key is not None:
            state, ref = refs.get(row.target_key, ("failed", None))
            if not ref and state not in ("ready", "sending"):
                self._drop(row, "cancelled", "nothing to edit")
                return
            row = replace(row, ref=ref or "")
        self.taken.add((row.chat, row.lane))
        if row.op == "edit" and not row.ref:
            self.behind = True
            return
        moment = self.budget.moment(row)
        if moment is None:
            return
        if row.delivery == Delivery.INVITE.value and not _may_go(
            self.context, self.connection, row, self.now
        ):
            return
        self.budget.take(row, moment)
        self.chosen.append((row, moment))

    def _drop(self, row: Candidate, state: str, why: str) -> None:
        self._gone.setdefault((state, why), []).append(row.id)
        if row.contact_id is not None:
            contacts.mark(self.connection, row.contact_id, "released", self.now)

    def close(self) -> None:
        """Write down what was dropped, and who waits until when."""
        for (state, why), rows in self._gone.items():
            outbox.drop(self.connection, rows, state, why, self.now)
        self.budget.close()


def _target(row: Candidate) -> tuple[str, str]:
    return row.chat, row.target_key or row.ref


def _prompt_stands(row: Candidate) -> bool:
    return row.session_status in ("invited", "active") and row.session_turn == row.turn


def _may_go(context: Context, connection: Connection, row: Candidate, now: datetime) -> bool:
    """The last look before sending. ``Later`` goes back to its plan, or waits in line where it has none;
    ``Never`` is dropped with its reason.
    """
    if row.contact_id is None:
        raise LookupError(f"outbox row {row.id} is an invite or a reminder, but no contact is booked for it")
    verdict = gate.look_again(context, connection, row.contact_id, now)
    match verdict:
        case Go():
            return True
        case Later():
            contact = contacts.get(connection, row.contact_id)
            if contact.kind != "invite" or not gate.take_back(connection, contact, verdict, now):
                outbox.postpone(connection, [(row.id, verdict.at)])
        case _:
            outbox.drop(connection, [row.id], "cancelled", verdict.reason.name, now)
            gate.withdraw(connection, row.contact_id, verdict, now)
    return False
