"""What goes is enqueued once, claimed before the network is touched, and settled by whoever claimed it."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, func, select, update
from sqlalchemy.exc import IntegrityError

from bot.engine.messages import Delivery, Outbound
from storage import delivery_rows, outbox
from storage.outbox import Candidate, Settlement
from storage.store import Store
from storage.tables import addresses, late_results, persons
from storage.tables import outbox as rows
from storage.work import Work
from tests.storage.rows import DAY, HOUR, MINUTE, NOW, SECOND, contact, correspondent, send, session, wave

WHERE = ("telegram", "1")


def candidates(connection: Connection, now: Any = NOW, limit: int = 10, **values: Any) -> list[Candidate]:
    """What could go."""
    return outbox.candidates(connection, *WHERE, now, limit, **values)


def keys(connection: Connection, now: Any = NOW, **values: Any) -> list[str]:
    """The keys of what could go."""
    return [row.dedup_key for row in candidates(connection, now, **values)]


def stored(connection: Connection, key: str) -> Any:
    """A row as it stands."""
    return connection.execute(select(rows).where(rows.c.dedup_key == key)).one()


def claimed(connection: Connection, key: str, now: Any = NOW, owner: str = "me") -> tuple[int, str]:
    """Claim one row: its number and token."""
    row = stored(connection, key).id
    return row, outbox.claim(connection, [row], owner, now)[row]


def settle(connection: Connection, row: int, token: str, state: str, **values: Any) -> list[Settlement]:
    """Settle one row."""
    return outbox.settle(connection, [Settlement(row=row, token=token, state=state, **values)], NOW)


# --- in line ----------------------------------------------------------------------------------------------


def test_a_message_is_enqueued_with_everything_it_needs(connection: Connection) -> None:
    """Where it goes, what it says, and whose it is."""
    who = correspondent(connection)
    send(connection, who, "1:1", language="fi")
    (row,) = candidates(connection)
    assert (row.dedup_key, row.chat, row.lane, row.op, row.delivery, row.language) == (
        "1:1",
        "5",
        "s",
        "send",
        "Q",
        "fi",
    )
    assert (row.person_id, row.attempts, row.doubts) == (who.person_id, 0, 0)
    assert outbox.waiting(connection) == 1


def test_a_key_is_enqueued_once(connection: Connection) -> None:
    """The same cause cannot say the same thing twice, whatever the code does."""
    who = correspondent(connection)
    send(connection, who, "1:1")
    with pytest.raises(IntegrityError), connection.begin_nested():
        send(connection, who, "1:1")
    assert keys(connection) == ["1:1"]


def test_replies_go_before_invites_and_older_ones_first(connection: Connection) -> None:
    """Whoever waits for an answer does not wait for a wave."""
    for number in range(3):
        who = correspondent(connection, f"telegram:{number}")
        send(connection, who, f"i{number}", delivery=Delivery.INVITE)
        send(connection, who, f"q{number}")
    assert keys(connection) == ["q0", "q1", "q2", "i0", "i1", "i2"]
    assert keys(connection, limit=2) == ["q0", "q1"]
    assert keys(connection, invites_too=False) == ["q0", "q1", "q2"]


def test_the_line_can_be_walked_page_by_page(connection: Connection) -> None:
    """From behind any place, over the border between replies and invites."""
    who = correspondent(connection)
    for number in range(2):
        send(connection, who, f"i{number}", delivery=Delivery.INVITE)
        send(connection, who, f"q{number}")
    seen, after = [], outbox.START
    while page := candidates(connection, limit=1, after=after):
        seen.append(page[0].dedup_key)
        after = page[0].priority, page[0].id
    assert seen == ["q0", "q1", "i0", "i1"]


def test_other_accounts_have_their_own_line(connection: Connection) -> None:
    """Another platform, another account of the same one."""
    send(connection, correspondent(connection), "1:1")
    assert outbox.candidates(connection, "slack", "1", NOW, 10) == []
    assert outbox.candidates(connection, "telegram", "2", NOW, 10) == []


def test_a_message_waits_for_its_moment(connection: Connection) -> None:
    """Not before; and the next moment is known."""
    who = correspondent(connection)
    send(connection, who, "1:1", not_before=NOW + HOUR)
    send(connection, who, "1:2", not_before=NOW + DAY)
    assert (keys(connection), keys(connection, NOW + HOUR)) == ([], ["1:1"])
    assert outbox.next_due(connection, *WHERE) == NOW + HOUR
    outbox.postpone(connection, [(stored(connection, "1:1").id, NOW + 2 * DAY)])
    outbox.postpone(connection, [])
    assert outbox.next_due(connection, *WHERE) == NOW + DAY


def test_an_empty_line_has_no_next_moment(connection: Connection) -> None:
    """Nothing to wait for."""
    assert (outbox.next_due(connection, *WHERE), outbox.waiting(connection)) == (None, 0)


def test_a_prompt_knows_whether_its_session_still_waits(connection: Connection) -> None:
    """Turn and status of the session come with the row."""
    who = correspondent(connection)
    row = session(connection, who.person_id, who.address_id, turn=4)
    send(connection, who, "1:1", session_row=row, turn=3)
    (found,) = candidates(connection)
    assert (found.turn, found.session_turn, found.session_status) == (3, 4, "active")


def test_chats_with_something_on_its_way_are_known(connection: Connection) -> None:
    """So that what was said first arrives first: claimed rows, and replies that wait for their next try."""
    for name in ("telegram:1", "telegram:2", "telegram:3", "telegram:4"):
        send(connection, correspondent(connection, name), name)
    claimed(connection, "telegram:1")
    outbox.postpone(connection, [(stored(connection, "telegram:2").id, NOW + MINUTE)])
    connection.execute(
        update(rows).where(rows.c.dedup_key == "telegram:3").values(priority=1, not_before=NOW + DAY)
    )
    assert outbox.occupied(connection, *WHERE, NOW) == {("1", "s"), ("2", "s")}


def test_a_backlog_is_counted_by_chat(connection: Connection) -> None:
    """Messages only: edits are no burden."""
    who, other = correspondent(connection), correspondent(connection, "telegram:6")
    for number in range(3):
        send(connection, who, f"1:{number}")
    send(connection, other, "2:1")
    work = Work(connection, NOW)
    work.edit(who, "1:9", Outbound(text="x"), ref="77", language="fi")
    work.flush()
    settle(connection, *claimed(connection, "1:0"), "sent")
    assert outbox.backlog(connection, *WHERE, "5") == 2


# --- claim and settle -------------------------------------------------------------------------------------


def test_a_claimed_row_is_nobody_elses(connection: Connection) -> None:
    """It is out of the line, with owner, moment, a try more, and a token that only the claimer has."""
    send(connection, correspondent(connection), "1:1")
    _, token = claimed(connection, "1:1")
    found = stored(connection, "1:1")
    assert (found.state, found.owner, found.claimed_at, found.attempts, found.claim_token) == (
        "sending", "me", NOW, 1, token,
    )  # fmt: skip
    assert (keys(connection), len(token), outbox.waiting(connection)) == ([], 16, 1)
    assert outbox.claim(connection, [], "me", NOW) == {}


def test_a_sent_row_keeps_the_platforms_id_and_loses_its_words(connection: Connection) -> None:
    """What was delivered need not be kept."""
    send(connection, correspondent(connection), "1:1")
    assert len(settle(connection, *claimed(connection, "1:1"), "sent", ref="77")) == 1
    found = stored(connection, "1:1")
    assert (found.state, found.platform_ref, found.payload, found.settled_at) == ("sent", "77", "", NOW)
    assert outbox.platform_refs(connection, ["1:1", "none"]) == {"1:1": ("sent", "77")}
    assert outbox.platform_refs(connection, []) == {}


def test_a_send_that_did_not_happen_goes_back_in_line(connection: Connection) -> None:
    """With its words, its reason, and a later moment."""
    send(connection, correspondent(connection), "1:1")
    words = stored(connection, "1:1").payload
    settle(
        connection,
        *claimed(connection, "1:1"),
        "ready",
        error="refused",
        not_before=NOW + MINUTE,
        payload=words,
    )
    assert (keys(connection), keys(connection, NOW + MINUTE)) == ([], ["1:1"])
    found = candidates(connection, NOW + MINUTE)[0]
    assert (found.payload, found.attempts, found.doubts) == (words, 1, 0)


def test_doubts_are_counted(connection: Connection) -> None:
    """How often a message has perhaps arrived decides whether it may be sent again."""
    send(connection, correspondent(connection), "1:1")
    for _ in range(2):
        settle(connection, *claimed(connection, "1:1"), "ready", doubts=1)
    assert candidates(connection)[0].doubts == 2


@pytest.mark.parametrize("forged", ["token", "state"])
def test_a_late_result_is_kept_and_never_applied(connection: Connection, forged: str) -> None:
    """A claim that was given to somebody else, or settled already, cannot be settled again."""
    send(connection, correspondent(connection), "1:1")
    row, token = claimed(connection, "1:1")
    if forged == "state":
        settle(connection, row, token, "sent", ref="77")
    wrong = token if forged == "state" else "another"
    assert settle(connection, row, wrong, "failed", error="x" * 200) == []
    assert stored(connection, "1:1").state == ("sent" if forged == "state" else "sending")
    (late,) = connection.execute(select(late_results))
    assert (late.outbox_id, late.claim_token, late.at, late.result) == (
        row,
        wrong,
        NOW,
        f"failed {'x' * 121}",
    )


def test_results_are_settled_together_and_judged_one_by_one(connection: Connection) -> None:
    """Of two results one is ours."""
    for name in ("telegram:1", "telegram:2"):
        send(connection, correspondent(connection, name), name)
    first, second = claimed(connection, "telegram:1"), claimed(connection, "telegram:2")
    results = [
        Settlement(row=first[0], token="stolen", state="sent"),
        Settlement(row=second[0], token=second[1], state="sent"),
    ]
    assert [item.row for item in outbox.settle(connection, results, NOW)] == [second[0]]
    assert outbox.settle(connection, [], NOW) == []


def test_rows_are_dropped_with_their_reason(connection: Connection) -> None:
    """Their words are wiped."""
    send(connection, correspondent(connection), "1:1")
    outbox.drop(connection, [stored(connection, "1:1").id], "expired", "too late", NOW)
    outbox.drop(connection, [], "expired", "too late", NOW)
    found = stored(connection, "1:1")
    assert (found.state, found.error, found.payload, found.settled_at) == ("expired", "too late", "", NOW)


def test_a_stop_withdraws_what_has_not_left(connection: Connection) -> None:
    """What is on its way cannot be called back; other people's messages stay."""
    who, other = correspondent(connection), correspondent(connection, "telegram:6")
    for key in ("1:1", "1:2"):
        send(connection, who, key)
    send(connection, other, "2:1")
    claimed(connection, "1:1")
    outbox.cancel_for(connection, who.person_id, NOW, "stop")
    states = {key: stored(connection, key).state for key in ("1:1", "1:2", "2:1")}
    assert states == {"1:1": "sending", "1:2": "cancelled", "2:1": "ready"}


def test_an_invite_in_line_can_be_taken_back(connection: Connection) -> None:
    """Until it is claimed."""
    who = correspondent(connection)
    for key in ("1:1", "1:2"):
        send(connection, who, key, delivery=Delivery.INVITE, contact_id=contact(connection, who.person_id))
    claimed(connection, "1:2")
    ids = [stored(connection, key).contact_id for key in ("1:1", "1:2")]
    assert [outbox.take_back(connection, one, NOW) for one in ids] == [True, False]
    assert (stored(connection, "1:1").state, stored(connection, "1:2").state) == ("cancelled", "sending")


def test_rate_buckets_remember_the_next_free_moment(connection: Connection) -> None:
    """New ones are made, known ones moved."""
    outbox.fill_buckets(connection, {})
    outbox.fill_buckets(connection, {"a": NOW, "b": NOW + SECOND})
    outbox.fill_buckets(connection, {"a": NOW + MINUTE})
    assert outbox.buckets(connection, ["a", "b", "c"]) == {"a": NOW + MINUTE, "b": NOW + SECOND}


def test_old_messages_are_forgotten_but_not_those_in_doubt(connection: Connection) -> None:
    """The admin's list of doubts has no end date, and what waits is never forgotten."""
    who = correspondent(connection)
    for state in ("sent", "failed", "expired", "cancelled", "unknown", "ready", "sending"):
        send(connection, who, state)
        connection.execute(update(rows).where(rows.c.dedup_key == state).values(state=state, settled_at=NOW))
    outbox.purge(connection, NOW)
    assert connection.execute(select(func.count()).select_from(rows)).scalar_one() == 7
    outbox.purge(connection, NOW + SECOND)
    left = connection.execute(select(rows.c.dedup_key).order_by(rows.c.id)).scalars()
    assert list(left) == ["unknown", "ready", "sending"]


# --- off the ordinary way ---------------------------------------------------------------------------------


def test_every_doubt_is_on_the_admins_list(connection: Connection) -> None:
    """Newest first, with address and survey, whatever it was."""
    who = correspondent(connection)
    invite = contact(connection, who.person_id, wave_id=wave(connection))
    send(connection, who, "1:1", delivery=Delivery.INVITE, contact_id=invite)
    send(connection, who, "1:2")
    for key in ("1:1", "1:2"):
        settle(connection, *claimed(connection, key), "unknown", error="timeout")
    found = [
        (row.delivery, row.address, row.kind, row.survey, row.error) for row in outbox.doubtful(connection)
    ]
    assert found == [
        ("Q", "telegram:5", None, None, "timeout"),
        ("I", "telegram:5", "invite", "pulse", "timeout"),
    ]


def test_rows_whose_sender_is_gone_are_found(connection: Connection) -> None:
    """A minute after the claim, at once where the living are known, and after the clock was put back."""
    who = correspondent(connection)
    for key in ("1:1", "1:2", "1:3"):
        send(connection, who, key)
    claimed(connection, "1:1", NOW, "dead")
    claimed(connection, "1:2", NOW, "me")
    claimed(connection, "1:3", NOW + HOUR, "me")

    def stuck(now: Any, alive: tuple[str, ...] | None) -> list[str]:
        return sorted(row.candidate.dedup_key for row in delivery_rows.stuck(connection, now, alive))

    assert stuck(NOW + SECOND, None) == ["1:3"]
    assert stuck(NOW + SECOND, ("me",)) == ["1:1", "1:3"]
    assert stuck(NOW + 61 * SECOND, ("me",)) == ["1:1", "1:2", "1:3"]
    (row,) = [
        one for one in delivery_rows.stuck(connection, NOW + DAY, None) if one.candidate.dedup_key == "1:1"
    ]
    assert (row.platform, row.account, row.attempts) == ("telegram", "1", 1)
    assert len(settle(connection, row.id, row.claim_token, "unknown")) == 1


def _in_doubt(connection: Connection, key: str = "1:1", **values: Any) -> int:
    send(connection, correspondent(connection), key, delivery=Delivery.INVITE)
    words = stored(connection, key).payload
    row, token = claimed(connection, key)
    settle(connection, row, token, "unknown", not_before=NOW + MINUTE, payload=words, **values)
    return row


def test_invites_in_doubt_are_looked_at_when_their_time_has_come(connection: Connection) -> None:
    """Only invites, only of this account, only while there are words to send again."""
    row = _in_doubt(connection)
    assert delivery_rows.doubtful(connection, *WHERE, NOW) == []
    assert [one.id for one in delivery_rows.doubtful(connection, *WHERE, NOW + MINUTE)] == [row]
    assert delivery_rows.doubtful(connection, "slack", "1", NOW + MINUTE) == []


def test_a_message_that_is_found_had_arrived(connection: Connection) -> None:
    """It is sent, with the platform's id."""
    row = _in_doubt(connection)
    delivery_rows.reconciled(connection, row, "77", NOW)
    found = stored(connection, "1:1")
    assert (found.state, found.platform_ref, found.error, found.payload) == ("sent", "77", "reconciled", "")


def test_a_message_is_missing_only_after_two_looks(connection: Connection) -> None:
    """Ten seconds apart; then it goes back in line with its words."""
    row = _in_doubt(connection)
    delivery_rows.absent(connection, row, NOW + MINUTE)
    assert delivery_rows.doubtful(connection, *WHERE, NOW + MINUTE) == []
    assert keys(connection, NOW + HOUR) == []
    assert len(delivery_rows.doubtful(connection, *WHERE, NOW + MINUTE + timedelta(seconds=10))) == 1
    delivery_rows.absent(connection, row, NOW + 2 * MINUTE)
    assert [one.payload != "" for one in candidates(connection, NOW + 2 * MINUTE)] == [True]


def test_a_reaction_proves_that_messages_had_arrived(connection: Connection) -> None:
    """Of this session, and only those in doubt."""
    who = correspondent(connection)
    row = session(connection, who.person_id, who.address_id)
    send(connection, who, "1:1", session_row=row)
    send(connection, who, "1:2")
    for key in ("1:1", "1:2"):
        settle(connection, *claimed(connection, key), "unknown")
    assert delivery_rows.proved(connection, row, NOW)
    assert not delivery_rows.proved(connection, row, NOW)
    assert (stored(connection, "1:1").state, stored(connection, "1:2").state) == ("sent", "unknown")


def test_a_chat_that_moved_takes_its_messages_along(connection: Connection) -> None:
    """Address and everything that waits; other platforms' chats of the same name stay."""
    send(connection, correspondent(connection), "1:1")
    other = correspondent(connection, "slack:5")
    send(connection, other, "2:1")
    delivery_rows.move_chat(connection, "telegram", "5", "-1005")
    chats = connection.execute(select(addresses.c.chat).order_by(addresses.c.id)).scalars()
    assert (stored(connection, "1:1").chat, stored(connection, "2:1").chat, list(chats)) == (
        "-1005",
        "5",
        ["-1005", "5"],
    )


def test_an_edit_without_its_message_is_sent_as_a_new_one(connection: Connection) -> None:
    """In the line of messages, as often as a question may go."""
    work = Work(connection, NOW)
    work.edit(correspondent(connection), "1:1", Outbound(text="x"), target_key="0:1", language="fi")
    work.flush()
    row = stored(connection, "1:1")
    assert (row.op, row.lane, row.target_key, row.delivery) == ("edit", "e", "0:1", "E")
    delivery_rows.edit_to_send(connection, row.id)
    row = stored(connection, "1:1")
    assert (row.op, row.lane, row.target_key, row.ref, row.delivery) == ("send", "s", None, "", "Q")


def test_a_chat_that_is_cut_off_gets_nothing_more(connection: Connection) -> None:
    """The address is closed, what was ready is withdrawn; other chats are not touched."""
    send(connection, correspondent(connection), "1:1")
    send(connection, correspondent(connection, "telegram:6"), "2:1")
    delivery_rows.cut_off(connection, "telegram", "5", "blocked", NOW)
    closed = connection.execute(select(addresses.c.unreachable).order_by(addresses.c.id)).scalars()
    assert (list(closed), keys(connection)) == (["blocked", None], ["2:1"])
    assert stored(connection, "1:1").error == "blocked"


def test_a_person_who_is_erased_takes_their_messages_along(connection: Connection) -> None:
    """Nothing stays in line for somebody who is not there."""
    who = correspondent(connection)
    send(connection, who, "1:1", contact_id=contact(connection, who.person_id))
    connection.execute(persons.delete().where(persons.c.id == who.person_id))
    assert connection.execute(select(func.count()).select_from(rows)).scalar_one() == 0


# --- several processes on PostgreSQL ----------------------------------------------------------------------


def test_two_processes_never_claim_the_same_row(postgres_store: Store) -> None:
    """What one process is about to claim is passed over by the other."""

    def three(connection: Connection) -> None:
        for number in range(3):
            send(connection, correspondent(connection, f"telegram:{number}"), str(number))

    postgres_store.write(three)
    engine = postgres_store.write_engine
    with engine.begin() as one, engine.begin() as two:
        assert keys(one, limit=2) == ["0", "1"]
        assert keys(two) == ["2"]
