"""Sending: who may go when, in which order, and what each failure leads to for each kind of message."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from bot.engine.messages import Delivery, Failure, Outbound, Receipt, SendError
from bot.service import admins, dispatch
from bot.service.dispatch import Claimed, Pace
from storage import holds
from storage import tables as t
from storage.work import Work
from tests.service.association import DESK, configured
from tests.service.checker import wrong
from tests.service.rig import ACCOUNT, BLOCKED, REFUSED, UNSURE, Fault, Member, Rig

SLOWLY = Pace(per_second=10, per_chat_per_second=1)
WHOLE = f"chat:{ACCOUNT}"


def enqueue(
    rig: Rig, member: Member, text: str, *, delivery: Delivery = Delivery.QUESTION, **options: object
) -> str:
    """One message of the bot's own to a member; returns its key."""
    key = f"test:{next(rig.numbers)}"

    def job(connection: object) -> None:
        work = Work(connection, rig.now)  # type: ignore[arg-type]
        who = work.correspondent(member.address)
        assert who is not None
        work.send(who, key, Outbound(text=text), delivery=delivery, **options)  # type: ignore[arg-type]
        work.flush()

    rig.write(job)
    return key


def texts(claimed: Sequence[Claimed]) -> list[str]:
    """What was claimed, by its words."""
    return [one.outgoing.message.text for one in claimed]


def state(rig: Rig, key: str) -> str:
    """How a message stands."""
    found: str = rig.row(t.outbox, dedup_key=key)["state"]
    return found


# --- order ------------------------------------------------------------------------------------------------


def test_in_a_chat_one_message_goes_at_a_time_and_the_first_goes_first(each_rig: Rig) -> None:
    """The second is claimed only when the first is settled; other chats do not wait."""
    rig = each_rig
    aino, bo = rig.person("Aino"), rig.person("Bo")
    for text in ("one", "two"):
        enqueue(rig, aino, text)
    enqueue(rig, bo, "three")
    first = rig.claim()
    assert texts(first) == ["one", "three"]
    assert rig.claim() == []
    rig.settle(first[0], Receipt("m"))
    assert texts(rig.claim()) == ["two"]


def test_a_message_that_waits_for_its_next_try_keeps_its_place(rig: Rig) -> None:
    """Nothing overtakes a question that was refused a moment ago."""
    aino = rig.person("Aino")
    enqueue(rig, aino, "one")
    enqueue(rig, aino, "two")
    (one,) = rig.claim()
    rig.settle(one, REFUSED)
    assert rig.claim() == []
    rig.now += timedelta(seconds=1)
    assert texts(rig.claim()) == ["one"]


def test_edits_go_beside_messages_and_keep_their_own_order(rig: Rig) -> None:
    """An edit does not wait for a message in the same chat, only for earlier edits."""
    aino = rig.person("Aino")
    rig.wave()
    aino.taps("Start")
    aino.post("tap", token=aino.button("Good")[1].token, ref=aino.button("Good")[0])
    rig.apply()
    assert {one.outgoing.op for one in rig.claim()} == {"edit", "send"}


def test_replies_go_before_invites(rig: Rig) -> None:
    """Whoever waits for an answer is served before those who do not know that we write."""
    people = [rig.person(f"P{number}") for number in range(5)]
    rig.plan_wave()
    rig.fire()
    bo = rig.person("Bo")
    enqueue(rig, bo, "reply")
    first = rig.claim(pace=Pace(per_second=1, per_chat_per_second=1))
    assert texts(first) == ["reply"]
    assert len(people) == 5


def test_a_chat_with_a_long_line_hides_no_other(rig: Rig) -> None:
    """Three hundred messages to one person; the next one's single message goes at once."""
    aino, bo = rig.person("Aino"), rig.person("Bo")
    for number in range(300):
        enqueue(rig, aino, f"{number}")
    enqueue(rig, bo, "other")
    assert texts(rig.claim(pace=SLOWLY)) == ["0", "other"]


def test_what_was_overtaken_gives_its_place_to_the_next(rig: Rig) -> None:
    """An expired message is dropped in passing and costs nobody a round."""
    aino = rig.person("Aino")
    old = enqueue(rig, aino, "old", expires_at=rig.now + timedelta(minutes=1))
    enqueue(rig, aino, "new")
    rig.now += timedelta(minutes=1)
    assert texts(rig.claim()) == ["new"]
    assert state(rig, old) == "expired"


def test_a_question_that_was_answered_meanwhile_is_not_sent(rig: Rig) -> None:
    """The prompt of an earlier turn, still in line, is dropped at the claim."""
    aino = rig.person("Aino")
    rig.wave()
    aino.taps("Start")
    aino.says("help")
    rig.faults.append(Fault(REFUSED, op="send"))
    aino.post("text", text="good")
    aino.post("text", text="fine")
    rig.settle_down()
    rig.now += timedelta(seconds=2)
    rig.deliver()
    assert aino.looks()[-1] == "Thanks."
    assert "What would you tell?" not in str([m for m in aino.reads() if "✓" not in m])


# --- pace -------------------------------------------------------------------------------------------------


def send_times(rig: Rig, pace: Pace, seconds: float) -> list[datetime]:
    """Claim every 50 ms, as fast as the claims allow; returns the planned instant of each send."""
    moments: list[datetime] = []
    end = rig.now + timedelta(seconds=seconds)
    while rig.now < end:
        for one in rig.claim(pace=pace):
            moments.append(one.send_at)
            rig.settle(one, Receipt("m"))
        rig.now += timedelta(milliseconds=50)
    return moments


def test_sends_are_evenly_spaced_at_the_rate_of_the_account(rig: Rig) -> None:
    """Never more in any second than the rate, and no bursts within it."""
    for number in range(60):
        enqueue(rig, rig.person(f"P{number}"), "hello")
    moments = send_times(rig, SLOWLY, 5)
    gaps = [(two - one).total_seconds() for one, two in pairwise(moments)]
    assert moments == sorted(moments)
    assert 48 <= len(moments) <= 52
    assert min(gaps) >= 0.0999


def test_one_chat_gets_one_message_a_second(rig: Rig) -> None:
    """However fast the account may be."""
    aino = rig.person("Aino")
    for number in range(10):
        enqueue(rig, aino, f"{number}")
    moments = send_times(rig, SLOWLY, 4.5)
    assert len(moments) == 5
    assert min((two - one).total_seconds() for one, two in pairwise(moments)) >= 0.999


def test_the_buckets_are_shared_by_processes_and_survive_a_restart(rig: Rig) -> None:
    """They live in the database: a new process goes on where the old one stopped."""
    for number in range(20):
        enqueue(rig, rig.person(f"P{number}"), "hello")
    before = [one.send_at for one in rig.claim(pace=SLOWLY)]
    rig.restart()
    rig.now += timedelta(milliseconds=100)
    after = [one.send_at for one in rig.claim(pace=SLOWLY)]
    moments = [*before, *after]
    assert min((two - one).total_seconds() for one, two in pairwise(moments)) >= 0.0999


def test_a_claim_reaches_only_a_moment_ahead(rig: Rig) -> None:
    """What is claimed and not sent would be in doubt after a crash, so it is little."""
    for number in range(100):
        enqueue(rig, rig.person(f"P{number}"), "hello")
    assert len(rig.claim(pace=Pace(per_second=28, per_chat_per_second=1))) <= 5


def test_a_bucket_filled_by_a_wrong_clock_empties_at_once(rig: Rig) -> None:
    """A clock that was a year ahead for a minute stops nobody for a year."""
    aino = rig.person("Aino")
    rig.now += timedelta(days=400)
    enqueue(rig, aino, "one")
    (one,) = rig.claim(pace=SLOWLY)
    rig.settle(one, Receipt("m"))
    rig.now -= timedelta(days=400)
    enqueue(rig, aino, "two")
    assert texts(rig.claim(pace=SLOWLY)) == ["two"]


# --- holds ------------------------------------------------------------------------------------------------


def hold(rig: Rig, scope: holds.Scope, seconds: float) -> None:
    """Put a hold on the account of the tests' platform."""
    rig.write(lambda c: holds.put(c, WHOLE, rig.now + timedelta(seconds=seconds), scope, "test"))


def test_a_hold_on_invites_lets_replies_pass(rig: Rig) -> None:
    """During doubt nobody is written to first; whoever writes is answered."""
    aino = rig.person("Aino")
    rig.plan_wave()
    rig.fire()
    enqueue(rig, rig.person("Bo"), "reply")
    hold(rig, "first", 60)
    assert texts(rig.claim()) == ["reply"]
    rig.now += timedelta(seconds=61)
    assert [one.outgoing.chat for one in rig.claim()] == [aino.chat]


def test_a_lighter_hold_does_not_lift_a_heavier_one(rig: Rig) -> None:
    """The platform said an hour; a minute of our own care for invites does not cut that short."""
    enqueue(rig, rig.person("Aino"), "reply")
    hold(rig, "all", 3600)
    hold(rig, "first", 60)
    hold(rig, "all", 1)
    rig.now += timedelta(minutes=59)
    assert rig.claim() == []
    rig.now += timedelta(minutes=2)
    assert texts(rig.claim()) == ["reply"]


def test_a_hold_put_by_a_wrong_clock_is_not_believed(rig: Rig) -> None:
    """Until next year: no platform says that."""
    enqueue(rig, rig.person("Aino"), "reply")
    rig.now += timedelta(days=400)
    hold(rig, "all", 60)
    rig.now -= timedelta(days=400)
    assert texts(rig.claim()) == ["reply"]


def test_too_many_requests_hold_the_account_for_as_long_as_was_said(rig: Rig) -> None:
    """The row and everybody else wait; then it goes on, and no time is lost."""
    aino, bo = rig.person("Aino"), rig.person("Bo")
    rig.faults.append(Fault(SendError(failure=Failure.RETRY, code="429", retry_after=35, hold_account=True)))
    enqueue(rig, aino, "one")
    rig.deliver()
    enqueue(rig, bo, "two")
    rig.now += timedelta(seconds=34)
    rig.deliver()
    assert len(rig.sent) == 1
    rig.now += timedelta(seconds=2)
    rig.deliver()
    assert aino.looks() == ["one"]
    assert bo.looks() == ["two"]


# --- failures, for each kind of message ---------------------------------------------------------------------

DONE = SendError(failure=Failure.DONE, code="not_modified")
DROP = SendError(failure=Failure.DROP, code="too_late")
STOP = SendError(failure=Failure.STOP, code="token_refused")
GONE = SendError(failure=Failure.PERMANENT, code="text_too_long")

CONSEQUENCES = {
    # (kind, error): the state after it, and how many go out in all
    (Delivery.QUESTION, "retry"): ("sent", 2),
    (Delivery.QUESTION, "ambiguous"): ("sent", 2),
    (Delivery.QUESTION, "permanent"): ("failed", 1),
    (Delivery.QUESTION, "stop"): ("sent", 2),
    (Delivery.QUESTION, "drop"): ("cancelled", 1),
    (Delivery.QUESTION, "done"): ("sent", 1),
    (Delivery.EDIT, "retry"): ("sent", 2),
    (Delivery.EDIT, "ambiguous"): ("sent", 2),
    (Delivery.EDIT, "permanent"): ("failed", 1),
    (Delivery.EDIT, "stop"): ("sent", 2),
    (Delivery.EDIT, "drop"): ("cancelled", 1),
    (Delivery.EDIT, "done"): ("sent", 1),
    (Delivery.INVITE, "retry"): ("sent", 2),
    (Delivery.INVITE, "ambiguous"): ("unknown", 1),
    (Delivery.INVITE, "permanent"): ("failed", 1),
    (Delivery.INVITE, "stop"): ("sent", 2),
    (Delivery.INVITE, "drop"): ("cancelled", 1),
    (Delivery.INVITE, "done"): ("sent", 1),
    (Delivery.ALERT, "retry"): ("sent", 2),
    (Delivery.ALERT, "ambiguous"): ("sent", 2),
    (Delivery.ALERT, "permanent"): ("failed", 1),
    (Delivery.ALERT, "stop"): ("sent", 2),
    (Delivery.ALERT, "drop"): ("cancelled", 1),
    (Delivery.ALERT, "done"): ("sent", 1),
    (Delivery.FILE, "retry"): ("sent", 2),
    (Delivery.FILE, "ambiguous"): ("unknown", 1),
    (Delivery.FILE, "permanent"): ("failed", 1),
    (Delivery.FILE, "stop"): ("sent", 2),
    (Delivery.FILE, "drop"): ("cancelled", 1),
    (Delivery.FILE, "done"): ("sent", 1),
}
ERRORS = {"retry": REFUSED, "ambiguous": UNSURE, "permanent": GONE, "stop": STOP, "drop": DROP, "done": DONE}


def one_message(rig: Rig, delivery: Delivery) -> Member:
    """A member to whom one message of this kind is in line."""
    aino = rig.person("Aino")
    if delivery is Delivery.INVITE:
        rig.plan_wave()
        rig.fire()
    elif delivery is Delivery.EDIT:
        rig.wave()
        aino.post("tap", token=aino.button("No thanks")[1].token, ref=aino.button("No thanks")[0])
        rig.apply()
    elif delivery is Delivery.ALERT:
        rig.restart(configured(more=DESK.format(language="en").replace("chat:maija", "chat:aino")))
        rig.write(lambda c: tell_admin(rig, Work(c, rig.now)))
    else:
        enqueue(rig, aino, "words", delivery=delivery)
    return aino


def tell_admin(rig: Rig, work: Work) -> None:
    """Something of which an admin must hear."""
    (reader,) = admins.with_right(rig.context, "alerts", rig.now)
    assert admins.tell(rig.context, work, reader, "alerts", "1", Outbound(text="#1"))
    work.flush()


@pytest.mark.parametrize(("delivery", "error"), CONSEQUENCES)
def test_what_each_failure_means_for_each_kind_of_message(
    each_rig: Rig, delivery: Delivery, error: str
) -> None:
    """The whole table; after a failure that ends, the rest is quiet."""
    rig = each_rig
    one_message(rig, delivery)
    rig.faults.append(Fault(ERRORS[error], delivery=delivery))
    rig.sent.clear()
    rig.passes(minutes=20, step=timedelta(seconds=30))
    mine = [sent for sent in rig.sent if sent.outgoing.delivery is delivery]
    expected, copies = CONSEQUENCES[delivery, error]
    assert len(mine) == copies
    assert state(rig, mine[0].outgoing.key) == expected
    assert wrong(rig) == []


def test_the_table_of_consequences_is_complete() -> None:
    """Every failure for every kind but acknowledgements, which never stand in line."""
    kinds = [kind for kind in Delivery if kind is not Delivery.ACKNOWLEDGE]
    assert set(CONSEQUENCES) == {(kind, failure.value) for kind in kinds for failure in Failure}
    assert set(ERRORS) == {failure.value for failure in Failure}


def test_a_question_in_doubt_twice_is_not_sent_a_third_time(rig: Rig) -> None:
    """At most two copies; the rest is the admin's to see, and the next message asks again."""
    aino = rig.person("Aino")
    rig.wave()
    rig.faults.append(Fault(UNSURE, times=9, op="send"))
    aino.taps("Start")
    rig.passes(minutes=10, step=timedelta(seconds=30))
    copies = [sent for sent in rig.sent if "How are you?" in sent.outgoing.message.text]
    assert len(copies) == 2
    assert state(rig, copies[0].outgoing.key) == "unknown"
    rig.faults.clear()
    assert "How are you?" in aino.says("what?")[-1]
    assert wrong(rig) == []


def test_tries_that_were_surely_refused_are_no_copies(rig: Rig) -> None:
    """Refused five times, then in doubt once: it is still sent once more."""
    aino = rig.person("Aino")
    enqueue(rig, aino, "question")
    rig.faults += [Fault(REFUSED, times=5), Fault(UNSURE)]
    rig.passes(minutes=30, step=timedelta(minutes=1))
    assert aino.looks() == ["question"]


def test_a_question_survives_an_outage_of_days(rig: Rig) -> None:
    """It is never silently missing while its session stands: there is no last try."""
    aino = rig.person("Aino")
    rig.wave()
    rig.faults.append(Fault(REFUSED, times=10**9))
    aino.taps("Start")
    rig.passes(hours=30, step=timedelta(minutes=20))
    rig.faults.clear()
    rig.passes(minutes=20, step=timedelta(minutes=5))
    assert "How are you?" in aino.looks()[-1]
    assert wrong(rig) == []


def test_a_reply_that_could_not_be_delivered_for_a_day_is_none_any_more(rig: Rig) -> None:
    """Small talk of yesterday is let go."""
    aino = rig.person("Aino")
    rig.faults.append(Fault(REFUSED, times=10**9))
    aino.says("help")
    rig.passes(hours=25, step=timedelta(minutes=30))
    rig.faults.clear()
    rig.passes(hours=1)
    assert aino.looks() == []
    assert rig.values(t.outbox, "state") == ["expired"]


def test_a_refused_account_rests_and_raises_one_alert(rig: Rig) -> None:
    """One try a minute, until the token works again; what was in line goes then."""
    aino = rig.person("Aino")
    rig.faults.append(Fault(STOP, times=3))
    enqueue(rig, aino, "words")
    rig.passes(minutes=2, step=timedelta(seconds=5))
    assert len(rig.sent) <= 3
    assert rig.alerts() == ["refused"]
    rig.passes(minutes=3, step=timedelta(seconds=30))
    assert aino.looks() == ["words"]


def test_our_own_mistakes_raise_an_alert_that_counts_up(rig: Rig) -> None:
    """The same refusal of many messages is one line for the admin."""
    rig.faults.append(Fault(GONE, times=3))
    for number in range(3):
        enqueue(rig, rig.person(f"P{number}"), "words")
    rig.deliver()
    assert rig.values(t.alerts, "kind", "count") == [("send_failed", 3)]


def test_a_blocked_address_is_closed_and_what_waits_for_it_goes(rig: Rig) -> None:
    """Not to be reached is no alert: it is somebody's wish."""
    aino = rig.person("Aino")
    rig.wave()
    aino.taps("Start")
    aino.taps("Good")
    rig.faults.append(Fault(BLOCKED))
    first, second = enqueue(rig, aino, "one"), enqueue(rig, aino, "two")
    rig.deliver()
    assert [state(rig, key) for key in (first, second)] == ["failed", "cancelled"]
    assert rig.values(t.addresses, "unreachable") == ["blocked"]
    assert rig.statuses(aino) == ["partial"]
    assert rig.alerts() == []


def test_a_chat_that_moved_is_followed_everywhere(rig: Rig) -> None:
    """A group that became a supergroup: the address and everything in line get the new id."""
    aino = rig.person("Aino")
    moved = SendError(failure=Failure.PERMANENT, code="migrated", moved_to="-100")
    rig.faults.append(Fault(moved, chat=aino.chat))
    enqueue(rig, aino, "one")
    enqueue(rig, aino, "two")
    rig.deliver()
    assert [(sent.outgoing.chat, sent.outgoing.message.text) for sent in rig.sent] == [
        (aino.chat, "one"), ("-100", "one"), ("-100", "two"),
    ]  # fmt: skip
    assert rig.values(t.addresses, "chat") == ["-100"]


def test_an_edit_whose_message_is_gone_becomes_a_message(rig: Rig) -> None:
    """What it should show is sent as new, twice at most when in doubt."""
    aino = rig.person("Aino")
    rig.wave()
    rig.sent.clear()
    gone = SendError(failure=Failure.PERMANENT, code="message_gone", send_as_new=True)
    rig.faults += [Fault(gone, op="edit"), Fault(UNSURE, times=9, op="send")]
    aino.post("tap", token=aino.button("No thanks")[1].token, ref=aino.button("No thanks")[0])
    rig.settle_down()
    rig.faults[0].times = 0
    rig.passes(minutes=10, step=timedelta(seconds=30))
    edits = [sent for sent in rig.sent if "✓ No thanks" in sent.outgoing.message.text]
    assert [sent.outgoing.op for sent in edits] == ["edit", "send", "send"]
    assert rig.alerts() == []
    assert wrong(rig) == []


def test_an_edit_waits_for_the_message_that_it_changes(rig: Rig) -> None:
    """Answered before the question's own number is known: the edit comes after it."""
    aino = rig.person("Aino")
    rig.wave()
    aino.says("start")
    rig.faults.append(Fault(REFUSED, op="send", times=1))
    rig.now += timedelta(minutes=1)
    aino.post("text", text="good")
    rig.settle_down()
    rig.now += timedelta(seconds=5)
    aino.says("fine")
    rig.passes(minutes=1, step=timedelta(seconds=10))
    assert not [row for row in rig.rows(t.outbox) if row["state"] == "ready"]
    assert wrong(rig) == []


def test_an_edit_of_a_message_that_never_got_out_is_let_go(rig: Rig) -> None:
    """There is nothing to change."""
    aino = rig.person("Aino")
    rig.wave()
    rig.faults.append(Fault(GONE, op="send"))
    aino.taps("Start")
    aino.says("good")
    rig.passes(minutes=1, step=timedelta(seconds=10))
    assert not [row for row in rig.rows(t.outbox) if row["state"] == "ready"]
    assert ("cancelled", "nothing to edit") in rig.values(t.outbox, "state", "error")


# --- late, lost and doubtful results ------------------------------------------------------------------------


@pytest.mark.parametrize("delivery", [Delivery.QUESTION, Delivery.INVITE, Delivery.EDIT])
def test_a_result_that_comes_after_the_reaper_overwrites_nothing(each_rig: Rig, delivery: Delivery) -> None:
    """Reaped as doubtful; the late receipt is kept on the side, and no ledger is touched twice."""
    rig = each_rig
    one_message(rig, delivery)
    (claimed,) = [one for one in rig.claim() if one.outgoing.delivery is delivery]
    rig.now += timedelta(seconds=61)
    rig.write(lambda c: dispatch.reap(rig.context, c, rig.now))
    before = rig.row(t.outbox, id=claimed.row)
    rig.settle(claimed, Receipt("late"))
    assert rig.row(t.outbox, id=claimed.row) == before
    assert rig.values(t.late_results, "outbox_id", "result") == [(claimed.row, "sent")]
    assert len(rig.values(t.contacts, "id", state="sent")) == (1 if delivery is Delivery.EDIT else 0)


def test_a_result_of_an_earlier_claim_does_not_settle_a_later_one(rig: Rig) -> None:
    """The token is of one claim; what another process has in hand is not ours to settle."""
    enqueue(rig, rig.person("Aino"), "words")
    (first,) = rig.claim()
    rig.settle(first, REFUSED)
    rig.now += timedelta(seconds=2)
    (second,) = rig.claim()
    rig.settle(first, Receipt("late"))
    assert state(rig, first.outgoing.key) == "sending"
    rig.settle(second, Receipt("m"))
    assert state(rig, first.outgoing.key) == "sent"


def test_one_late_result_spoils_none_of_the_others(rig: Rig) -> None:
    """Results are stored together; the one that is late goes its own way."""
    for name in ("Aino", "Bo"):
        enqueue(rig, rig.person(name), "words")
    one, two = rig.claim()
    rig.settle(one, Receipt("m1"))
    results = [(one, Receipt("m2")), (two, Receipt("m3"))]
    rig.write(lambda c: dispatch.settle(rig.context, c, "chat", ACCOUNT, results, rig.now))
    assert rig.values(t.outbox, "platform_ref") == ["m1", "m3"]
    assert rig.values(t.late_results, "outbox_id") == [one.row]


def test_the_reaper_takes_what_no_living_process_is_sending(rig: Rig) -> None:
    """At the start everything of others; later what is older than a minute; never what is in hand."""
    enqueue(rig, rig.person("Aino"), "words")
    (claimed,) = rig.claim(owner="me")
    alive = ("me",)
    assert rig.write(lambda c: dispatch.reap(rig.context, c, rig.now, owner_alive=alive)) == 0
    assert rig.write(lambda c: dispatch.reap(rig.context, c, rig.now + timedelta(seconds=30))) == 0
    assert rig.write(lambda c: dispatch.reap(rig.context, c, rig.now, owner_alive=("other",))) == 1
    assert state(rig, claimed.outgoing.key) == "ready"
    rig.now += timedelta(seconds=31)
    rig.deliver()
    assert state(rig, claimed.outgoing.key) == "sent"


def doubtful_invite(rig: Rig) -> Claimed:
    """An invite of which nobody knows, on a platform that keeps a history."""
    rig.person("Aino")
    rig.faults.append(Fault(UNSURE))
    rig.wave()
    rig.now += timedelta(seconds=30)
    (item,) = rig.write(lambda c: dispatch.doubtful_invites(c, "chat", ACCOUNT, rig.now))
    return item


def look_up(rig: Rig, item: Claimed, found: Receipt | None) -> list[Claimed]:
    """The platform was asked; returns what it may be asked about next."""
    rig.write(lambda c: dispatch.resolve(rig.context, c, item, found, rig.now))
    rig.now += timedelta(seconds=10)
    return rig.write(lambda c: dispatch.doubtful_invites(c, "chat", ACCOUNT, rig.now))


def test_a_doubtful_invite_that_the_platform_shows_is_sent(rig: Rig) -> None:
    """Found in the history: no doubt is left, and it is not sent again."""
    item = doubtful_invite(rig)
    assert look_up(rig, item, Receipt("m77")) == []
    assert rig.values(t.outbox, "state", "platform_ref", "error") == [("sent", "m77", "reconciled")]
    assert rig.values(t.contacts, "state") == ["sent"]
    rig.passes(hours=1)
    assert len(rig.invites()) == 1


def test_a_doubtful_invite_is_sent_again_only_when_two_looks_miss_it(rig: Rig) -> None:
    """One miss may be the platform's own slowness."""
    item = doubtful_invite(rig)
    (again,) = look_up(rig, item, None)
    rig.deliver()
    assert len(rig.invites()) == 1
    assert look_up(rig, again, None) == []
    rig.deliver()
    assert len(rig.invites()) == 2
    assert rig.values(t.contacts, "state") == ["sent"]


def test_a_doubtful_invite_that_was_answered_is_not_looked_up(rig: Rig) -> None:
    """The person's own tap is proof enough; nothing goes out again."""
    item = doubtful_invite(rig)
    aino = rig.members["chat", "aino"]
    aino.arrived(item.outgoing, "m1")
    aino.taps("Start")
    assert rig.write(lambda c: dispatch.doubtful_invites(c, "chat", ACCOUNT, rig.now)) == []


def test_an_edit_in_doubt_is_simply_done_again(rig: Rig) -> None:
    """It changes nothing to do it twice; after five tries it is left."""
    aino = one_message(rig, Delivery.EDIT)
    rig.faults.append(Fault(UNSURE, times=99, op="edit"))
    rig.passes(minutes=10, step=timedelta(seconds=10))
    assert len([sent for sent in rig.sent if sent.outgoing.op == "edit"]) == 5
    assert aino.says("hello") != []


def test_an_invite_without_a_contact_is_a_bug_and_not_sent(rig: Rig) -> None:
    """No way around the gate: a row that claims to be an invite must have been booked."""
    enqueue(rig, rig.person("Aino"), "psst", delivery=Delivery.INVITE)
    with pytest.raises(LookupError, match="no contact is booked"):
        rig.claim()
