"""What must hold after every run, whatever happened in it: read from the wire and the tables, not the code.

Each rule is a function that yields a sentence for everything it finds wrong. The numbers are those of the
invariants of the design (I1 to I22); those about erasure, anonymity and reports have tests of their own.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Final
from zoneinfo import ZoneInfo

from bot.engine.messages import Delivery, Failure, Receipt
from scheduler.windows import next_open
from storage import outbox
from storage import tables as t
from tests.service.rig import Rig, Sent

QUIET: Final = ("done", "dead")
WAITING: Final = ("invited", "active")


def wrong(rig: Rig) -> list[str]:
    """Everything that is not as it must be once the rig has come to rest."""
    return [f"{rule.__name__}: {found}" for rule in RULES for found in rule(rig)]


def perhaps_arrived(sent: Sent) -> bool:
    """Whether the person may have got it."""
    return isinstance(sent.result, Receipt) or sent.result.failure is Failure.AMBIGUOUS


def _wire(rig: Rig) -> Iterator[tuple[Sent, dict[str, Any]]]:
    """What was put on the wire, each with its row."""
    rows = {row["dedup_key"]: dict(row) for row in rig.rows(t.outbox)}
    for sent in rig.sent:
        yield sent, rows[sent.outgoing.key]


def one_answer_for_each_question(rig: Rig) -> Iterator[str]:
    """I2: revisions of an answer differ, so there is one present answer."""
    seen: set[tuple[int, str, int]] = set()
    for row in rig.rows(t.answers):
        key = (row["session_id"], row["question"], row["revision"])
        if key in seen:
            yield f"answer {key} is there twice"
        seen.add(key)


def answers_have_consent(rig: Rig) -> Iterator[str]:
    """I16: every answer was given while a version of the notice was agreed to."""
    agreed = defaultdict(list)
    for row in rig.rows(t.consents):
        if row["given_at"] is not None:
            agreed[row["person_id"]].append((row["given_at"], row["withdrawn_at"]))
    people = {row["id"]: row["person_id"] for row in rig.rows(t.sessions)}
    for row in rig.rows(t.answers):
        spans = agreed[people[row["session_id"]]]
        if not any(given <= row["at"] and (over is None or row["at"] <= over) for given, over in spans):
            yield f"answer {row['id']} was stored without consent"


def answers_have_a_cause(rig: Rig) -> Iterator[str]:
    """I3: every answer of a person points to a message of theirs, and to a question put before."""
    inbox = {row["id"] for row in rig.rows(t.inbox)}
    put = {(row["session_id"], row["turn"]) for row in rig.rows(t.outbox) if row["turn"] is not None}
    for row in rig.rows(t.answers):
        if row["status"] not in ("timed_out", "withdrawn") and row["inbox_id"] not in inbox:
            yield f"answer {row['id']} came from nowhere"
        if (row["session_id"], row["revision"]) not in put:
            yield f"answer {row['id']} belongs to a question that was never put"


def one_contact_of_each_kind(rig: Rig) -> Iterator[str]:
    """I5: an invite or a reminder may have reached a person once for each wave and number."""
    contacts = {row["id"]: row for row in rig.rows(t.contacts)}
    copies: defaultdict[tuple[Any, ...], int] = defaultdict(int)
    for sent, row in _wire(rig):
        if sent.outgoing.delivery is Delivery.INVITE and perhaps_arrived(sent):
            contact = contacts[row["contact_id"]]
            copies[contact["person_id"], contact["wave_id"], contact["kind"], contact["number"]] += 1
    for key, number in copies.items():
        if key[1] is not None and number > 1:
            yield f"{key} was made {number} times"


def two_copies_at_most(rig: Rig) -> Iterator[str]:
    """I6: a question may have come twice, never more."""
    copies: defaultdict[str, int] = defaultdict(int)
    for sent, row in _wire(rig):
        if sent.outgoing.delivery is Delivery.QUESTION and perhaps_arrived(sent):
            copies[row["dedup_key"]] += 1
    yield from (f"{key} went out {number} times" for key, number in copies.items() if number > 2)


def nothing_is_half_sent(rig: Rig) -> Iterator[str]:
    """I8: nothing stays in sending once the run has quieted."""
    yield from (f"row {row['id']}" for row in rig.rows(t.outbox, state="sending"))


def doubts_are_listed(rig: Rig) -> Iterator[str]:
    """I9: whatever nobody knows of stands on the admin's list."""
    with rig.store.read() as connection:
        listed = {row.id for row in outbox.doubtful(connection)}
    yield from (f"row {row['id']}" for row in rig.rows(t.outbox, state="unknown") if row["id"] not in listed)


def nobody_is_asked_after_stop(rig: Rig) -> Iterator[str]:
    """I10: after a stop nothing is begun, and no question of a session goes out."""
    stopped = {row["id"]: row["stopped_at"] for row in rig.rows(t.persons) if row["stopped_at"] is not None}
    for sent, row in _wire(rig):
        since = stopped.get(row["person_id"])
        begun = sent.outgoing.delivery is Delivery.INVITE or row["turn"] is not None
        if since is not None and begun and sent.at > since:
            yield f"{row['dedup_key']} went out at {sent.at}, after the stop at {since}"


def nobody_at_rest_is_asked(rig: Rig) -> Iterator[str]:
    """I10, I12: nobody is written to first who has said stop or later, or has fallen silent."""
    kinds = {row["id"]: row["kind"] for row in rig.rows(t.contacts)}
    for sent, row in _wire(rig):
        if sent.outgoing.delivery is not Delivery.INVITE:
            continue
        stopped, paused, silent = (sent.person[key] for key in ("stopped_at", "paused_until", "dormant_at"))
        if kinds[row["contact_id"]] == "dormant_check":
            silent = None
        if stopped or silent or (paused and sent.at < paused):
            yield f"{row['dedup_key']} at {sent.at}: stop {stopped}, pause {paused}, silent {silent}"


def no_stale_question_is_put(rig: Rig) -> Iterator[str]:
    """A prompt goes out only while its session waits for it."""
    yield from (f"{row['dedup_key']} at {sent.at}" for sent, row in _wire(rig) if not sent.stands)


def nobody_is_woken(rig: Rig) -> Iterator[str]:
    """I11: invites and reminders go out within the hours of the person's own clock, unless they are here."""
    here = {row["id"] for row in rig.rows(t.contacts, piggyback=True)}
    zones = {row["id"]: row["zone"] for row in rig.rows(t.persons)}
    default = rig.config.organisation.timezone
    for sent, row in _wire(rig):
        if sent.outgoing.delivery is Delivery.INVITE and row["contact_id"] not in here:
            zone = ZoneInfo(zones[row["person_id"]] or default)
            if next_open(rig.config.policy.window, zone, None, "census", sent.at) != sent.at:
                yield f"{row['dedup_key']} went out at {sent.at.astimezone(zone)}"


def nobody_is_asked_too_often(rig: Rig) -> Iterator[str]:
    """I12: gaps and caps hold on the wire, by the loosest preference that anybody may have."""
    policy, contacts = rig.config.policy, {row["id"]: row for row in rig.rows(t.contacts)}
    times: defaultdict[tuple[int, str], list[datetime]] = defaultdict(list)
    for sent, row in _wire(rig):
        if sent.outgoing.delivery is Delivery.INVITE and perhaps_arrived(sent):
            kind = "invite" if contacts[row["contact_id"]]["kind"] == "invite" else "other"
            times[row["person_id"], kind].append(sent.at)
            times[row["person_id"], "message"].append(sent.at)
    for (person, kind), moments in times.items():
        if kind == "invite":
            yield from _too_close(person, moments, timedelta(days=policy.min_gap_days / 2 - 1))
            yield from _too_many(person, moments, 2 * policy.invites_per_30d, timedelta(days=30))
        if kind == "message":
            yield from _too_many(person, moments, policy.messages_per_7d, timedelta(days=7))


def _too_close(person: int, moments: list[datetime], gap: timedelta) -> Iterator[str]:
    yield from (
        f"person {person} at {one} and {two}" for one, two in pairwise(sorted(moments)) if two - one < gap
    )


def _too_many(person: int, moments: list[datetime], most: int, window: timedelta) -> Iterator[str]:
    for end in moments:
        number = sum(end - window < moment <= end for moment in moments)
        if number > most:
            yield f"person {person}: {number} within {window} at {end}"


def a_slot_opens_one_wave(rig: Rig) -> Iterator[str]:
    """I13: no slot twice, no wave twice."""
    slots = rig.values(t.schedule_slots, "key", "slot")
    names = rig.values(t.waves, "survey", "name")
    yield from (f"slot {slot}" for slot in slots if slots.count(slot) > 1)
    yield from (f"wave {name}" for name in names if names.count(name) > 1)


def open_questions_are_in_sight(rig: Rig) -> Iterator[str]:
    """I15: a reachable person with an open question has it in the chat, or it is on its way there."""
    reachable = {row["id"] for row in rig.rows(t.addresses) if row["unreachable"] is None and row["account"]}
    rows = rig.rows(t.outbox)
    for session in rig.rows(t.sessions):
        if session["status"] not in WAITING or session["address_id"] not in reachable:
            continue
        mine = [row for row in rows if row["session_id"] == session["id"] and row["turn"] == session["turn"]]
        if not any(row["state"] in ("ready", "sending", "sent", "unknown") for row in mine):
            yield f"session {session['id']} at turn {session['turn']}"


def one_session_at_a_time(rig: Rig) -> Iterator[str]:
    """Nobody has two conversations open, and whoever has stopped has none."""
    stopped = {row["id"] for row in rig.rows(t.persons) if row["stopped_at"] is not None}
    open_now = [row["person_id"] for row in rig.rows(t.sessions) if row["status"] in WAITING]
    yield from (f"person {person}" for person in open_now if open_now.count(person) > 1 or person in stopped)


def everything_is_applied(rig: Rig) -> Iterator[str]:
    """I21: when quiet, the inbox is empty, and no words are kept that were applied."""
    for row in rig.rows(t.inbox):
        if row["state"] not in QUIET:
            yield f"inbox {row['id']} is {row['state']}"
        if row["state"] == "done" and row["body"] is not None:
            yield f"inbox {row['id']} keeps its words"


def order_is_kept(rig: Rig) -> Iterator[str]:
    """I22: within a chat what was said first arrives first; invites may stand back."""
    last: defaultdict[tuple[str, str], int] = defaultdict(int)
    for sent, row in _wire(rig):
        if sent.outgoing.op != "send" or row["priority"] or not isinstance(sent.result, Receipt):
            continue
        chat = (sent.platform, sent.outgoing.chat)
        if row["id"] < last[chat]:
            yield f"{row['dedup_key']} came after row {last[chat]}"
        last[chat] = max(last[chat], row["id"])


def reservations_are_of_use(rig: Rig) -> Iterator[str]:
    """What is reserved has something that will make use of it: a fire, or a message in line."""
    fires = {row["scope"] for row in rig.rows(t.fires, state="waiting")}
    lined_up = {row["contact_id"] for row in rig.rows(t.outbox) if row["state"] in ("ready", "sending")}
    for row in rig.rows(t.contacts, state="reserved"):
        if f"{row['wave_id']}:{row['person_id']}" not in fires and row["id"] not in lined_up:
            yield f"contact {row['id']} ({row['kind']})"


def places_agree_with_contacts(rig: Rig) -> Iterator[str]:
    """Asked means that an invite left, or is about to; everybody else was not asked, for a reason."""
    contacts = {
        (row["wave_id"], row["person_id"]): row["state"] for row in rig.rows(t.contacts, kind="invite")
    }
    for row in rig.rows(t.wave_people):
        state = contacts.get((row["wave_id"], row["person_id"]))
        if row["state"] == "asked" and state not in ("reserved", "sent", "unknown"):
            yield f"person {row['person_id']} was asked, with a contact that is {state}"
        if row["state"] == "planned" and state != "reserved":
            yield f"person {row['person_id']} is planned, with a contact that is {state}"
        if row["state"] in ("frame", "dropped") and state in ("sent", "unknown", "reserved"):
            yield f"person {row['person_id']} is {row['state']}, with a contact that is {state}"
        if row["state"] == "dropped" and not row["reason"]:
            yield f"person {row['person_id']} was dropped for no reason"


RULES: Final[tuple[Callable[[Rig], Iterator[str]], ...]] = (
    one_answer_for_each_question,
    answers_have_consent,
    answers_have_a_cause,
    one_contact_of_each_kind,
    two_copies_at_most,
    nothing_is_half_sent,
    doubts_are_listed,
    nobody_is_asked_after_stop,
    nobody_at_rest_is_asked,
    no_stale_question_is_put,
    nobody_is_woken,
    nobody_is_asked_too_often,
    a_slot_opens_one_wave,
    open_questions_are_in_sight,
    one_session_at_a_time,
    everything_is_applied,
    order_is_kept,
    reservations_are_of_use,
    places_agree_with_contacts,
)
