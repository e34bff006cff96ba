"""From the platform to its effect exactly once: duplicates, poison, floods, hostile words, stale buttons."""

from datetime import timedelta

import msgspec
import pytest

from adapters.telegram.client import Telegram
from bot.config.model import SecretSource, TelegramConfig
from bot.engine.messages import RawUpdate
from bot.service import receive
from storage import tables as t
from storage.inbox import POISON
from tests.service.checker import wrong
from tests.service.rig import Crash, Member, Rig

SORRY = (
    "Something went wrong on my side just now. Your earlier answers are safe. Please try again in a moment."
)
NOTHING_OPEN = "No question is open right now. I will write when there is something to ask."


def asked(rig: Rig) -> Member:
    """A member with the first question of the pulse open."""
    member = rig.person("Aino")
    rig.wave()
    member.taps("Start")
    member.looks()
    return member


# --- once, and in order -------------------------------------------------------------------------------------


def test_an_update_that_comes_again_has_no_second_effect(each_rig: Rig) -> None:
    """Twenty deliveries of one update, before and after it was applied."""
    rig = each_rig
    aino = asked(rig)
    tap = aino.inbound("tap", token=aino.button("Good")[1].token, ref="m")
    rig.intake(*[tap] * 10)
    rig.settle_down()
    rig.intake(*[tap] * 10)
    rig.settle_down()
    assert rig.answers(aino) == {"mood": "good"}
    assert len(rig.rows(t.answers)) == 1
    assert wrong(rig) == []


def test_the_same_words_twice_are_two_messages(rig: Rig) -> None:
    """Text is no duplicate key: a second "good" answers the second question."""
    aino = asked(rig)
    aino.post("text", text="good")
    aino.post("text", text="good")
    rig.settle_down()
    assert rig.answers(aino) == {"mood": "good", "tell": "good"}


def test_the_same_id_on_another_platform_is_another_update(rig: Rig) -> None:
    """Ids are unique within one account of one platform only."""
    aino = rig.person("Aino")
    other = rig.also_at(aino, "side")
    first = aino.inbound("text", text="hello")
    rig.intake(first, other.inbound("text", text="hello"))
    rig.write(lambda c: c.execute(t.inbox.update().values(external_id="1")))
    rig.settle_down()
    assert len(aino.looks()) == len(other.looks()) == 1


def test_a_batch_of_one_chat_is_applied_in_its_order(rig: Rig) -> None:
    """Answers, back and answers in one breath end where they would have ended one by one."""
    aino = asked(rig)
    for text in ("good", "back", "bad", "Rain"):
        aino.post("text", text=text)
    rig.settle_down()
    assert rig.answers(aino) == {"mood": "bad", "tell": "Rain"}
    assert rig.statuses(aino) == ["completed"]
    assert wrong(rig) == []


def test_words_are_erased_once_applied_and_the_key_stays(rig: Rig) -> None:
    """The body goes in the same transaction; a week later the key goes too."""
    aino = rig.person("Aino")
    aino.says("hello")
    (row,) = rig.rows(t.inbox)
    assert (row["state"], row["body"]) == ("done", None)


def test_a_batch_reads_strangers_and_friends_together(each_rig: Rig) -> None:
    """Fifty people in one transaction, a third of them new."""
    rig = each_rig
    people = [rig.person(f"P{n}") for n in range(30)] + [rig.stranger(f"S{n}") for n in range(20)]
    for member in people:
        member.post("text", text="help")
        member.post("text", text="course")
    assert rig.write(lambda c: receive.apply(rig.context, c, rig.now)).rows == 100
    rig.deliver()
    assert all(member.looks()[-1] == "Would you come again? [Yes] [No]" for member in people)
    assert wrong(rig) == []


# --- poison -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("poisoned", ["unreadable", "its effect fails"])
def test_a_message_that_makes_us_fail_is_given_up_after_five_tries(each_rig: Rig, poisoned: str) -> None:
    """Dead, with an alert and an apology; the chat and everybody else go on."""
    rig = each_rig
    aino, bo = asked(rig), rig.person("Bo")
    if poisoned == "unreadable":
        rig.intake_raw(RawUpdate(external_id="bad", chat=aino.chat, body=b"poison"))
    else:
        rig.write(lambda c: c.execute(t.sessions.update().values(state="{}")))
        aino.post("text", text="good")
    bo.post("text", text="hello")
    rig.settle_down()
    (dead,) = rig.rows(t.inbox, state="dead")
    assert dead["attempts"] == POISON
    assert rig.alerts() == ["message_failed"]
    assert bo.looks() == [NOTHING_OPEN]
    assert aino.looks() == ([] if poisoned == "unreadable" else [SORRY])
    rig.now += timedelta(minutes=1)
    assert bo.says("help") != []


def test_poison_keeps_back_only_its_own_chat_and_only_until_it_is_given_up(rig: Rig) -> None:
    """Within a round later messages of the same chat wait, so that its order is kept; others are applied."""
    aino, bo = rig.person("Aino"), rig.person("Bo")
    rig.intake_raw(RawUpdate(external_id="bad", chat=aino.chat, body=b"poison"))
    aino.post("text", text="later")
    bo.post("text", text="hello")
    rig.write(lambda c: receive.apply(rig.context, c, rig.now))
    assert rig.values(t.inbox, "state") == ["new", "new", "done"]
    rig.settle_down()
    assert rig.values(t.inbox, "state") == ["dead", "done", "done"]
    assert rig.state(aino)["paused_until"] is not None


def test_what_is_nothing_for_us_is_done_without_a_word(rig: Rig) -> None:
    """A poll, a reaction, an update of a kind that did not exist yesterday."""
    rig.intake_raw(RawUpdate(external_id="x", chat="c", body=b"nothing"))
    rig.settle_down()
    assert rig.values(t.inbox, "state", "body") == [("done", None)]
    assert rig.sent == []


def test_an_end_of_the_process_counts_no_try(rig: Rig) -> None:
    """Five crashes are not five failures of the message."""
    aino = asked(rig)
    aino.post("text", text="good")
    for _ in range(7):
        with rig.crash_before(3), pytest.raises(Crash):
            rig.apply()
    rig.settle_down()
    assert rig.answers(aino) == {"mood": "good"}


# --- floods -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["idle", "asked"])
@pytest.mark.parametrize("word", ["start", "help", "language", "frobnicate", "why"])
def test_a_flood_is_answered_with_a_handful_of_messages(rig: Rig, state: str, word: str) -> None:
    """A thousand commands in a second: everything is taken in, little is said, nobody else waits."""
    aino = asked(rig) if state == "asked" else rig.person("Aino")
    bo = rig.person("Bo")
    rig.sent.clear()
    for _ in range(1000):
        aino.post("command", text=word)
    bo.post("text", text="hello")
    rig.settle_down()
    assert len(rig.sent) < 15
    assert bo.looks() == [NOTHING_OPEN]
    assert wrong(rig) == []
    assert aino.uses("help") != []


def test_a_flood_of_words_that_are_no_answer_is_hinted_at_little(rig: Rig) -> None:
    """Nonsense, stickers, stale presses and edits by the hundred."""
    aino = asked(rig)
    rig.sent.clear()
    for number in range(100):
        aino.post("text", text=f"what {number}")
        aino.post("media", text="sticker")
        aino.post("tap", token=f"old.{number}", ref="m")
        aino.post("edit", text="x", ref="m")
    rig.settle_down()
    assert len(rig.sent) < 20
    aino.taps("Good")
    assert rig.answers(aino)["mood"] == "good"
    assert wrong(rig) == []


def test_toggles_by_the_hundred_show_only_the_last_state(rig: Rig) -> None:
    """Many edits of one message at once are one edit on the wire."""
    aino = rig.person("Aino")
    for number in range(50):
        aino.post("text", text="language")
        rig.apply()
        if number == 0:
            rig.deliver()
    rig.deliver()
    assert len(rig.sent) < 10


# --- hostile and odd words ----------------------------------------------------------------------------------

HOSTILE = {
    "long": "x" * 100_000,
    "emoji": "👩‍👩‍👧‍👦" * 1000,
    "control": "a\x00b\x01c\x1b[31md\x7f",
    "line ends": "one\r\nlevel=ERROR two\u2028three",
    "right to left": "\u202egnirts\u202c \u2067x\u2069",
    "markup": "<b>bold</b> *x* _y_ [a](b) <script>alert(1)</script> <!channel> <@U1>",
    "formula": '=1+1 +1 -1 @SUM =HYPERLINK("http://x")',
    "template": "{{7*7}} {0} {name.__class__} %s%n $& ${x}",
    "sql": "'; DROP TABLE persons; --",
    "nothing to see": "\u200b\u200d\ufeff \u3164",
    "empty": "",
    "spaces": " \t\n ",
}  # fmt: skip


@pytest.mark.parametrize("kind", HOSTILE)
@pytest.mark.parametrize("state", ["idle", "invited", "asked", "free words", "stopped"])
def test_no_words_do_harm(each_rig: Rig, kind: str, state: str) -> None:
    """Whatever is written, everything goes on: an answer, a hint, or a polite word; never a failure."""
    rig = each_rig
    aino = rig.person("Aino")
    if state in ("invited", "asked", "free words"):
        rig.wave()
    if state in ("asked", "free words"):
        aino.taps("Start")
    if state == "free words":
        aino.taps("Good")
    if state == "stopped":
        aino.says("stop")
    rig.now += timedelta(minutes=1)
    aino.says(HOSTILE[kind])
    assert rig.values(t.inbox, "state") == ["done"] * len(rig.rows(t.inbox))
    assert rig.alerts() == []
    assert all(len(sent.outgoing.message.text) < 4096 for sent in rig.sent)
    rig.now += timedelta(minutes=1)
    assert aino.says("privacy") != []
    assert wrong(rig) == []


@pytest.mark.parametrize("kind", ["markup", "formula", "template", "sql"])
def test_free_words_are_kept_as_they_were_said(rig: Rig, kind: str) -> None:
    """Nothing is interpreted, nothing is escaped in the store."""
    aino = asked(rig)
    aino.taps("Good")
    aino.says(HOSTILE[kind])
    assert rig.answers(aino)["tell"] == HOSTILE[kind]


@pytest.mark.parametrize("name", ["x" * 5000, "a\x00b", "<b>\u202eeman</b>", "\n\n", ""])
def test_a_hostile_name_is_tamed_when_somebody_comes_new(each_rig: Rig, name: str) -> None:
    """What a platform calls a person is one short line, or nothing."""
    rig = each_rig
    aino = rig.stranger("Aino")
    aino.name = name
    assert aino.says("me") != []
    kept = rig.state(aino)["name"]
    assert len(kept) <= 100
    assert not set(kept) & set("\x00\n\u202e")


PRIVATE = b'"message_id": 1, "date": 1, "chat": {"id": 5, "type": "private"}'
HALF = b'"from": {"id": 5, "is_bot": false, "first_name": "\\ud83d"}, "text": "\\ud83d\\u0000 hei"'
PRESS = b'"id": "1", "from": {"id": 5, "is_bot": false, "first_name": "A"}, "chat_instance": "1"'
MALFORMED = {
    "nothing": b"",
    "cut off": b"{",
    "null": b"null",
    "a list": b"[]",
    "not UTF-8": b"\xff\xfe\x00",
    "quotes": b'"' * 1000,
    "empty": b'{"update_id": 1}',
    "deep": b"[" * 100_000,
    "nobody": b'{"update_id": 1, "message": {' + PRIVATE + b"}}",
    "half characters": b'{"update_id": 1, "message": {' + PRIVATE + b", " + HALF + b"}}",
    "long press": b'{"update_id": 1, "callback_query": {' + PRESS + b', "data": "' + b"x" * 65 + b'"}}',
}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED)
def test_malformed_updates_pass_through_the_real_translation(rig: Rig, body: bytes) -> None:
    """What Telegram, or somebody in its name, might hand over: nothing raises, nothing is dead."""
    adapter = Telegram(TelegramConfig(token=SecretSource(env="T")), "123456789:" + "A" * 35)
    rig.context = type(rig.context)(rig.config, rig.context.texts, {"telegram": adapter.to_inbound})
    rig.intake_raw(RawUpdate(external_id="1", chat="5", body=body), platform="telegram")
    rig.apply()
    assert rig.values(t.inbox, "state") == ["done"]
    assert rig.alerts() == []


# --- media, albums, edits -----------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["idle", "invited", "asked", "stopped"])
def test_an_album_gets_one_word(rig: Rig, state: str) -> None:
    """Five pictures are one mistake."""
    aino = rig.person("Aino")
    if state in ("invited", "asked"):
        rig.wave()
    if state == "asked":
        aino.taps("Start")
    if state == "stopped":
        aino.says("stop")
    rig.sent.clear()
    for _ in range(5):
        aino.post("media", text="photo", argument="album-1")
        rig.settle_down()
        rig.now += timedelta(seconds=1)
    assert len(rig.sent) == 1
    rig.now += timedelta(hours=2)
    aino.sends("photo", album="album-2")
    assert len(rig.sent) == 2


def test_an_edit_changes_no_answer_and_says_so(rig: Rig) -> None:
    """Editing a message in the chat is not answering again."""
    aino = asked(rig)
    aino.taps("Good")
    aino.says("Sun")
    assert aino.edits("Rain") == ["Editing a message does not change a saved answer."]
    assert rig.answers(aino)["tell"] == "Sun"


# --- buttons ------------------------------------------------------------------------------------------------


def test_a_button_of_an_answered_question_changes_nothing(rig: Rig) -> None:
    """It is answered with the question that is open now, once."""
    aino = asked(rig)
    old = aino.button("Bad")[1].token
    aino.taps("Good")
    rig.now += timedelta(minutes=1)
    said = aino.presses(old)
    assert len(said) == 1
    assert "What would you tell?" in said[0]
    assert rig.answers(aino) == {"mood": "good"}


def test_a_button_of_an_ended_session_is_told_to_be_closed(rig: Rig) -> None:
    """Last week's button cannot answer this week's question."""
    aino = asked(rig)
    old = aino.button("Good")[1].token
    aino.says("stop")
    aino.says("start")
    aino.says("yes")
    rig.passes(days=40, step=timedelta(days=1))
    aino.says("course")
    assert "Would you come again?" in aino.presses(old)[-1]
    assert rig.answers(aino) == {}


def test_nobody_presses_the_button_of_somebody_else(rig: Rig) -> None:
    """A token of another person's session is looked up among one's own, and is not there."""
    aino, bo = asked(rig), rig.person("Bo")
    bo.presses(aino.button("Good")[1].token)
    assert rig.answers(aino) == {}
    assert rig.answers(bo) == {}
    assert rig.statuses(aino) == ["active"]


@pytest.mark.parametrize("token", ["", "x", "..", "0" * 64, "{sid}.2", "{sid}.2.", "{sid}.2.9", "{sid}.3.0",
                                   "{sid}.02.0", "{sid}.2.0 ", "{sid}.2.skip", "command:stopp", "command:",
                                   "language:", "later:x", "{sid}.2.form", "\x00", "ä" * 32])  # fmt: skip
def test_a_forged_token_changes_nothing(rig: Rig, token: str) -> None:
    """Tokens are looked up among what is on offer, never parsed."""
    aino = asked(rig)
    session = rig.row(t.sessions)
    aino.presses(token.format(sid=session["public_id"]))
    assert rig.answers(aino) == {}
    after = rig.row(t.sessions)
    assert (after["status"], after["turn"]) == (session["status"], session["turn"])
    assert rig.state(aino)["stopped_at"] is None
    assert wrong(rig) == []


def test_a_double_tap_counts_once_and_gets_no_word(rig: Rig) -> None:
    """The second press of the same button is no mistake."""
    aino = asked(rig)
    token = aino.button("Good")[1].token
    aino.post("tap", token=token, ref="m")
    aino.post("tap", token=token, ref="m")
    rig.settle_down()
    assert aino.looks()[-1] == "2/2 · What would you tell? | [Skip] [Back]"
    assert len([sent for sent in rig.sent if "What would you tell" in sent.outgoing.message.text]) == 1


def test_a_form_of_an_ended_session_is_told_to_be_closed(rig: Rig) -> None:
    """A window submitted too late is no free text."""
    aino = rig.person("Aino")
    aino.post("form", token="gone.1.form", fields={"a": ("long words",)})
    rig.settle_down()
    assert aino.looks()[0].startswith("These questions are closed now")


def test_taps_are_handed_back_to_be_acknowledged_only_while_fresh(rig: Rig) -> None:
    """Who pressed ten seconds ago no longer waits for a sign."""
    aino = asked(rig)
    fresh = aino.post("tap", token="x", ref="m", interaction="fresh")
    assert [tap.interaction for tap in rig.write(lambda c: receive.apply(rig.context, c, rig.now)).taps] == [
        fresh.interaction
    ]
    aino.post("tap", token="x", ref="m", interaction="old")
    rig.now += timedelta(seconds=10)
    assert rig.write(lambda c: receive.apply(rig.context, c, rig.now)).taps == ()


# --- comings and goings -------------------------------------------------------------------------------------


def test_blocking_ends_the_session_and_writing_opens_the_address_again(rig: Rig) -> None:
    """With one of two answers: partial; nothing is sent until they are back."""
    aino = asked(rig)
    aino.taps("Good")
    assert aino.blocks() == []
    assert rig.statuses(aino) == ["partial"]
    assert rig.values(t.addresses, "unreachable") == ["blocked"]
    aino.unblocks()
    assert rig.values(t.addresses, "unreachable") == [None]
    assert aino.says("hello") == [NOTHING_OPEN]


def test_words_and_a_block_in_one_batch_leave_the_address_closed(rig: Rig) -> None:
    """What was written before the block opens nothing after it, and is not answered."""
    aino = rig.person("Aino")
    aino.post("text", text="help")
    aino.post("blocked")
    rig.settle_down()
    assert aino.looks() == []
    assert rig.values(t.addresses, "unreachable") == ["blocked"]


def test_a_block_by_a_stranger_is_nothing(rig: Rig) -> None:
    """Nobody is made a person by blocking."""
    rig.stranger("Aino").blocks()
    assert rig.rows(t.persons) == []


def test_everything_a_message_sets_off_is_one_transaction(rig: Rig) -> None:
    """An end of the process anywhere in it leaves the message waiting, and nothing else."""
    aino = asked(rig)
    tables = (t.answers, t.sessions, t.outbox, t.fires, t.persons)
    aino.post("text", text="good")
    before = [rig.rows(table) for table in tables]
    for statement in range(1, 40):
        with rig.crash_before(statement):
            try:
                rig.write(lambda c: receive.apply(rig.context, c, rig.now))
            except Crash:
                assert [rig.rows(table) for table in tables] == before
                assert rig.values(t.inbox, "state")[-1] == "new"
                continue
            break
    assert rig.answers(aino) == {"mood": "good"}


def test_the_body_of_a_dead_message_is_kept_for_the_admin(rig: Rig) -> None:
    """Whoever mends the program needs it; it is found by the number in the alert."""
    rig.intake_raw(RawUpdate(external_id="bad", chat="c", body=b"poison"))
    rig.settle_down()
    (row,) = rig.rows(t.inbox)
    assert row["body"] == b"poison"
    assert f"inbox row {row['id']}" in rig.row(t.alerts)["message"]
    assert "poison" not in rig.row(t.alerts)["message"]


def test_inbounds_survive_their_own_translation(rig: Rig) -> None:
    """The rig's platform hands over what the member did, byte for byte."""
    aino = rig.person("Aino")
    inbound = aino.inbound("text", text="ä\u0000")
    assert msgspec.json.decode(msgspec.json.encode(inbound), type=type(inbound)) == inbound
