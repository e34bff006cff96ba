"""FakeTelegram against the real client: python-telegram-bot must not notice that it talks to loopback."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from telegram import Bot, BotCommandScopeChat, InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)
from telegram.request import HTTPXRequest

from tests.schemas.oracles import check_telegram_update
from tests.servers import faults
from tests.servers.clock import ManualClock
from tests.servers.faults import Fault
from tests.servers.recording import DROPPED
from tests.servers.telegram import (
    TOKEN,
    FakeTelegram,
    SendLimits,
    blocked,
    refusal,
    server_error,
    too_many,
)

MEMBER = 4711
DAY = 86_400


def keyboard(*labels: str) -> InlineKeyboardMarkup:
    """Return one row of buttons whose data are their labels."""
    return InlineKeyboardMarkup([[InlineKeyboardButton(label, callback_data=label) for label in labels]])


def client(server: FakeTelegram, token: str = TOKEN) -> Bot:
    """Return a Bot that talks to the server and to nobody else."""
    return Bot(
        token,
        base_url=server.base_url,
        base_file_url=server.base_file_url,
        request=HTTPXRequest(read_timeout=2.0),
        get_updates_request=HTTPXRequest(connection_pool_size=4),
    )


@pytest.fixture(autouse=True)
def _durations_as_the_library_will_have_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """Numbers of seconds are deprecated in python-telegram-bot."""
    monkeypatch.setenv("PTB_TIMEDELTA", "true")


@pytest_asyncio.fixture
async def tg() -> AsyncIterator[FakeTelegram]:
    """A server whose clock stands still, with one member who has pressed Start."""
    async with FakeTelegram(clock=ManualClock()) as server:
        server.member(MEMBER, started=True)
        yield server


@pytest_asyncio.fixture
async def bot(tg: FakeTelegram) -> AsyncIterator[Bot]:
    """A real Bot on that server."""
    async with client(tg) as ready:
        yield ready


def advance(server: FakeTelegram, seconds: float) -> None:
    """Move the server's clock."""
    assert isinstance(server.clock, ManualClock)
    server.clock.advance(seconds)


def texts(updates: tuple[Update, ...]) -> list[str | None]:
    """Return the texts of messages."""
    return [update.message.text for update in updates if update.message]


# -- getUpdates ------------------------------------------------------------------------------------------


async def test_an_update_comes_again_until_an_offset_above_it_confirms_it(tg: FakeTelegram, bot: Bot) -> None:
    """Reading confirms nothing; asking with a higher offset does."""
    member = tg.member(MEMBER)
    await member.send("yksi")
    await member.send("kaksi")
    first = await bot.get_updates()
    again = await bot.get_updates()
    after = await bot.get_updates(offset=first[0].update_id + 1)
    assert (texts(first), texts(again), texts(after)) == (["yksi", "kaksi"], ["yksi", "kaksi"], ["kaksi"])
    assert await bot.get_updates(offset=first[1].update_id + 1) == ()
    assert len(tg.updates) == 0


async def test_a_batch_holds_at_most_the_limit(tg: FakeTelegram, bot: Bot) -> None:
    """A hundred by default and at most, fewer if asked."""
    member = tg.member(MEMBER)
    for number in range(120):
        await member.send(str(number))
    assert [len(await bot.get_updates()), len(await bot.get_updates(limit=7))] == [100, 7]


async def test_a_long_poll_wakes_when_a_member_writes(tg: FakeTelegram, bot: Bot) -> None:
    """The answer comes with the message, long before the timeout."""
    poll = asyncio.create_task(bot.get_updates(timeout=30))
    await tg.updates.watch.until(lambda: tg.updates.polled or None)
    await tg.member(MEMBER).send("hei")
    assert texts(await asyncio.wait_for(poll, 2)) == ["hei"]


async def test_an_empty_long_poll_ends_with_an_empty_answer(bot: Bot) -> None:
    """After the timeout the bot gets no updates and no error."""
    assert await bot.get_updates(timeout=1) == ()


async def test_a_negative_offset_forgets_all_but_the_newest(tg: FakeTelegram, bot: Bot) -> None:
    """Minus two leaves two."""
    for word in ("a", "b", "c"):
        await tg.member(MEMBER).send(word)
    assert texts(await bot.get_updates(offset=-2)) == ["b", "c"]
    assert len(tg.updates) == 2


async def test_an_offset_far_ahead_falls_back_to_the_head(tg: FakeTelegram, bot: Bot) -> None:
    """An offset of another database's making loses nothing."""
    await tg.member(MEMBER).send("hei")
    assert texts(await bot.get_updates(offset=tg.updates.next_id + 1_000)) == ["hei"]


async def test_the_older_of_two_pollers_is_turned_away(tg: FakeTelegram, bot: Bot) -> None:
    """The second poll waits on; the first gets 409."""
    first = asyncio.create_task(bot.get_updates(timeout=30))
    await tg.updates.watch.until(lambda: tg.updates.polled or None)
    async with client(tg) as other:
        second = asyncio.create_task(other.get_updates(timeout=30))
        with pytest.raises(Conflict, match="terminated by other getUpdates"):
            await first
        await tg.member(MEMBER).send("hei")
        assert texts(await second) == ["hei"]


async def test_a_poller_that_dies_takes_nothing_with_it(tg: FakeTelegram, bot: Bot) -> None:
    """Its connection breaks; what came meanwhile waits for the next one."""
    async with aiohttp.ClientSession() as session:
        url = f"{tg.base_url}{TOKEN}/getUpdates?timeout=30"
        dying = asyncio.create_task(session.get(url))
        await tg.updates.watch.until(lambda: tg.updates.polled or None)
        dying.cancel()
    await tg.member(MEMBER).send("hei")
    assert texts(await bot.get_updates(timeout=5)) == ["hei"]


async def test_polling_is_refused_while_a_webhook_is_set(tg: FakeTelegram, bot: Bot) -> None:
    """Setting one ends the waiting poll too; deleting it keeps what waits."""
    poll = asyncio.create_task(bot.get_updates(timeout=30))
    await tg.updates.watch.until(lambda: tg.updates.polled or None)
    await bot.set_webhook("http://127.0.0.1:9/hook")
    with pytest.raises(Conflict, match="terminated by setWebhook"):
        await poll
    with pytest.raises(Conflict, match="webhook is active"):
        await bot.get_updates()
    await bot.delete_webhook()
    await tg.member(MEMBER).send("hei")
    assert texts(await bot.get_updates()) == ["hei"]


@pytest.mark.parametrize(
    ("seconds", "kept"),
    [(149, ["tap", "text"]), (151, ["text"]), (DAY - 1, ["text"]), (DAY + 1, [])],
)
async def test_taps_live_150_seconds_and_messages_a_day(
    tg: FakeTelegram, bot: Bot, seconds: int, kept: list[str]
) -> None:
    """What nobody fetched in time is gone, without an error."""
    await bot.send_message(MEMBER, "?", reply_markup=keyboard("1"))
    await tg.member(MEMBER).tap("1")
    await tg.member(MEMBER).send("hei")
    advance(tg, seconds)
    updates = await bot.get_updates()
    assert ["tap" if update.callback_query else "text" for update in updates] == kept
    assert tg.updates.dropped_as_expired == 2 - len(kept)


async def test_after_a_silent_week_ids_start_anywhere(tg: FakeTelegram) -> None:
    """The next id may be lower than all before; it never is while something waits."""
    first = await tg.member(MEMBER).send("a")
    tg.updates.forget()
    advance(tg, 8 * DAY)
    second = await tg.member(MEMBER).send("b")
    assert first is not None
    assert second is not None
    assert second < first
    with pytest.raises(ValueError, match="only when its queue is empty"):
        tg.updates.restart_ids(7)
    tg.updates.forget()
    tg.updates.restart_ids(7)
    assert await tg.member(MEMBER).send("c") == 7


async def test_only_wanted_kinds_are_queued_and_the_list_is_remembered(tg: FakeTelegram, bot: Bot) -> None:
    """The default leaves chat_member out; a list sent once holds until the next one."""
    assert tg.inject("chat_member", {"date": 1}) is None
    await bot.get_updates(allowed_updates=["chat_member"])
    await bot.get_updates()
    assert tg.inject("chat_member", {"date": 1}) is not None
    assert await tg.member(MEMBER).send("hei") is None
    await bot.get_updates(allowed_updates=[])
    assert await tg.member(MEMBER).send("hei") is not None


async def test_a_malformed_update_is_delivered_once_as_it_is(tg: FakeTelegram, bot: Bot) -> None:
    """The stock client raises for the whole batch; the raw bytes reach who reads raw."""
    tg.updates.push_raw(b'{"update_id": 5, "message": {"text": "no chat"}}')
    raw = await bot.request.post(f"{tg.base_url}{TOKEN}/getUpdates")
    assert raw == [{"update_id": 5, "message": {"text": "no chat"}}]
    assert await bot.get_updates() == ()


# -- sending ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "trouble"),
    [
        ("a" * 4096, None),
        ("a" * 4097, "Message is too long"),
        ("\N{GRINNING FACE}" * 2048, None),
        ("\N{GRINNING FACE}" * 2049, "Message is too long"),
        ("", "Message text is empty"),
        (" \n ", "Text must be non-empty"),
        ("&lt;b&gt; <b>&amp;</b>", None),
        ("<b>x", "Can't parse entities: can't find end tag corresponding to start tag \"b\""),
        ("<b>x</i>", 'unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
        ("x</b>", "unexpected end tag at byte offset 1"),
        ("ä <h1>x</h1>", 'unsupported start tag "h1" at byte offset 3'),
        ("1 < 2", 'unsupported start tag "" at byte offset 2'),
        ("<a href", "unclosed start tag at byte offset 0"),
        ("<a href=x", "unclosed start tag at byte offset 0"),
        ("<b>x</b", "unclosed end tag at byte offset 4"),
        ('<span class="x">x</span>', 'Tag "span" must have class "tg-spoiler"'),
    ],
)
async def test_a_text_is_judged_as_telegram_does(bot: Bot, text: str, trouble: str | None) -> None:
    """Lengths count UTF-16 units after parsing; errors have the platform's words."""
    if trouble is None:
        await bot.send_message(MEMBER, text, parse_mode="HTML")
        return
    with pytest.raises(BadRequest) as caught:
        await bot.send_message(MEMBER, text, parse_mode="HTML")
    assert trouble.lower() in caught.value.message.lower()


async def test_html_becomes_text_and_entities(bot: Bot) -> None:
    """Offsets count UTF-16 units; nesting and links survive."""
    sent = await bot.send_message(
        MEMBER,
        "\N{GRINNING FACE} <b>a <i>b</i></b> <a href='https://example.org/?a=1&amp;b'>c</a>",
        parse_mode="HTML",
    )
    assert sent.text == "\N{GRINNING FACE} a b c"
    assert [
        (e.type.value if hasattr(e.type, "value") else e.type, e.offset, e.length, e.url)
        for e in sent.entities
    ] == [
        ("bold", 3, 3, None),
        ("italic", 5, 1, None),
        ("text_link", 7, 1, "https://example.org/?a=1&b"),
    ]


def _rows(count: int, width: int, data: str = "x") -> list[list[dict[str, str]]]:
    buttons = [{"text": str(number), "callback_data": data} for number in range(count)]
    return [buttons[start : start + width] for start in range(0, count, width)]


@pytest.mark.parametrize(
    ("markup", "trouble"),
    [
        ({"inline_keyboard": _rows(100, 8)}, None),
        ({"inline_keyboard": _rows(101, 8)}, "reply markup is too long"),
        ({"inline_keyboard": _rows(9, 9)}, "row 1 has 9 buttons"),
        ({"inline_keyboard": _rows(1, 1, "ä" * 32)}, None),
        ({"inline_keyboard": _rows(1, 1, "ä" * 32 + "x")}, "BUTTON_DATA_INVALID"),
        ({"inline_keyboard": _rows(1, 1, "")}, "Text buttons are unallowed"),
        ({"inline_keyboard": [[{"text": "", "callback_data": "x"}]]}, "text must be non-empty"),
        ({"inline_keyboard": [[{"callback_data": "x"}]]}, "Can't find field"),
        ({"inline_keyboard": "x"}, "Array of Arrays"),
        ({"keyboard": [[{"text": "Jaa numero", "request_contact": True}]]}, None),
        ({"keyboard": [[{"text": ""}]]}, "keyboard button text must be non-empty"),
        ({"remove_keyboard": True}, None),
        ([], "object expected as reply markup"),
    ],
)
async def test_a_keyboard_is_judged_as_telegram_does(
    tg: FakeTelegram, bot: Bot, markup: Any, trouble: str | None
) -> None:
    """Limits are those of telegram.constants; rows that would be cut in silence are refused aloud."""
    sending = bot._post("sendMessage", {"chat_id": MEMBER, "text": "?", "reply_markup": markup})
    if trouble is None:
        await sending
        return
    with pytest.raises(BadRequest) as caught:
        await sending
    assert trouble.lower() in caught.value.message.lower()


async def test_an_unknown_parameter_is_refused_aloud(bot: Bot) -> None:
    """A misspelt parameter would be ignored by the platform, so the fake does not."""
    with pytest.raises(BadRequest, match="reply_makrup"):
        await bot._post("sendMessage", {"chat_id": MEMBER, "text": "?", "reply_makrup": "{}"})


async def test_who_cannot_be_written_to_answers_with_the_right_refusal(tg: FakeTelegram, bot: Bot) -> None:
    """Unknown, not started, blocked, deactivated, kicked, upgraded."""
    newcomer, goner, blocker = tg.member(1), tg.member(2, started=True), tg.member(3, started=True)
    goner.deactivate()
    await blocker.block()
    group = tg.group(-10)
    group.standing = "kicked"
    found = {}
    for number in (99, newcomer.id, goner.id, blocker.id, group.id):
        with pytest.raises(TelegramError) as caught:
            await bot.send_message(number, "?")
        found[number] = type(caught.value), caught.value.message
    assert found == {
        99: (BadRequest, "Chat not found"),
        1: (Forbidden, "Forbidden: bot can't initiate conversation with a user"),
        2: (Forbidden, "Forbidden: user is deactivated"),
        3: (Forbidden, "Forbidden: bot was blocked by the user"),
        -10: (Forbidden, "Forbidden: bot was kicked from the group chat"),
    }
    tg.upgrade_group(tg.group(-11), -1000000000011)
    with pytest.raises(ChatMigrated) as migrated:
        await bot.send_message(-11, "?")
    assert migrated.value.new_chat_id == -1000000000011
    assert (await bot.send_message(migrated.value.new_chat_id, "?")).chat.type == "supergroup"


async def test_a_wrong_token_and_an_unknown_method_are_told_apart(tg: FakeTelegram, bot: Bot) -> None:
    """401 for the token, 404 for the method."""
    with pytest.raises(InvalidToken):
        await bot.request.post(f"{tg.base_url}1:wrong/getMe")
    with pytest.raises(TelegramError, match="not found"):
        await bot._post("sendCarrierPigeon")


async def test_edits_apply_and_the_platform_says_when_there_is_nothing_to_do(
    bot: Bot, tg: FakeTelegram
) -> None:
    """Not modified, not found, and a keyboard that goes when it is left out."""
    sent = await bot.send_message(MEMBER, "Mitä kuuluu?", reply_markup=keyboard("hyvää"))
    await bot.edit_message_reply_markup(MEMBER, sent.message_id, reply_markup=keyboard("huonoa"))
    await bot.edit_message_text("Mitä kuuluu? hyvää", MEMBER, sent.message_id)
    assert tg.member(MEMBER).transcript() == ["Mitä kuuluu? hyvää"]
    with pytest.raises(BadRequest, match="Message is not modified: specified new message content"):
        await bot.edit_message_text("Mitä kuuluu? hyvää", MEMBER, sent.message_id)
    with pytest.raises(BadRequest, match="Message to edit not found"):
        await bot.edit_message_text("?", MEMBER, 999)
    await bot.delete_message(MEMBER, sent.message_id)
    with pytest.raises(BadRequest, match="Message to edit not found"):
        await bot.edit_message_text("?", MEMBER, sent.message_id)
    assert tg.member(MEMBER).transcript() == []


async def test_a_tap_can_be_answered_once_and_soon(tg: FakeTelegram, bot: Bot) -> None:
    """A second answer, a late one and an invented id are all too old."""
    await bot.send_message(MEMBER, "?", reply_markup=keyboard("1", "2"))
    query = await tg.member(MEMBER).tap("2")
    late = await tg.member(MEMBER).tap(0)
    update = (await bot.get_updates())[0]
    assert update.callback_query is not None
    assert update.callback_query.data == "2"
    await update.callback_query.answer("Kiitos")
    assert await tg.member(MEMBER).wait_for_toast(query) == "Kiitos"
    advance(tg, 20)
    for number in (query, late, "17"):
        with pytest.raises(BadRequest, match="Query is too old"):
            await bot.answer_callback_query(number)


async def test_commands_are_kept_per_language_and_scope(bot: Bot) -> None:
    """Deleting one list leaves the others."""
    await bot.set_my_commands([("start", "Aloita")], language_code="fi")
    await bot.set_my_commands([("start", "Börja")], language_code="sv")
    await bot.set_my_commands([("why", "?")], scope=BotCommandScopeChat(MEMBER))
    await bot.delete_my_commands(language_code="sv")
    lists = [
        await bot.get_my_commands(language_code="fi"),
        await bot.get_my_commands(language_code="sv"),
        await bot.get_my_commands(scope=BotCommandScopeChat(MEMBER)),
    ]
    assert [[command.command for command in found] for found in lists] == [["start"], [], ["why"]]
    with pytest.raises(BadRequest, match="Bot_command_invalid"):
        await bot.set_my_commands([("Älä", "?")])


async def test_documents_go_out_and_come_back(tg: FakeTelegram, bot: Bot) -> None:
    """Multipart in, getFile and download out, a file id instead of an upload too."""
    content = b"\x00\r\n--\xff" * 1000
    sent = await bot.send_document(
        MEMBER, content, filename="viikko 12.csv", caption="<b>Tässä</b>", parse_mode="HTML"
    )
    assert sent.document is not None
    assert (sent.document.file_name, sent.caption) == ("viikko 12.csv", "Tässä")
    fetched = await bot.get_file(sent.document.file_id)
    assert bytes(await fetched.download_as_bytearray()) == content
    again = await bot.send_document(MEMBER, sent.document.file_id)
    assert again.document is not None
    assert again.document.file_id == sent.document.file_id
    assert (await bot.send_photo(MEMBER, b"jpeg")).photo[0].width == 90


# -- limits and delay ---------------------------------------------------------------------------------------


async def test_the_overall_limit_is_a_sliding_second(tg: FakeTelegram, bot: Bot) -> None:
    """Thirty pass, the thirty-first is told to wait; half a second later nothing has changed."""
    tg.limits = SendLimits.enforced()
    for number in range(30):
        tg.member(number + 1, started=True)
        await bot.send_message(number + 1, "?")
    for seconds in (0.0, 0.5):
        advance(tg, seconds)
        with pytest.raises(RetryAfter) as caught:
            await bot.send_message(MEMBER, "?")
        assert caught.value.retry_after == timedelta(seconds=1)
    advance(tg, 0.6)
    await bot.send_message(MEMBER, "?")
    assert (tg.limits.accepted, tg.limits.refused, tg.limits.peak) == (31, 2, 30)
    assert tg.recorder.answered["sendMessage", 429] == 2


async def test_a_chat_takes_one_message_a_second_and_a_group_twenty_a_minute(
    tg: FakeTelegram, bot: Bot
) -> None:
    """The window of the group is the longer wait."""
    tg.limits = SendLimits.enforced()
    group = tg.group(-10)
    await bot.send_message(MEMBER, "?")
    with pytest.raises(RetryAfter):
        await bot.send_message(MEMBER, "?")
    for _ in range(20):
        await bot.send_message(group.id, "?")
    advance(tg, 10)
    await bot.send_message(MEMBER, "?")
    with pytest.raises(RetryAfter) as caught:
        await bot.send_message(group.id, "?")
    assert caught.value.retry_after == timedelta(seconds=50)


async def test_the_delay_falls_on_every_answer(tg: FakeTelegram, bot: Bot) -> None:
    """The effect is at once, the answer a round trip later."""
    tg.delay = 0.2
    started = asyncio.get_running_loop().time()
    sending = asyncio.create_task(bot.send_message(MEMBER, "?"))
    await tg.member(MEMBER).wait_for("?")
    seen = asyncio.get_running_loop().time() - started
    await sending
    took = asyncio.get_running_loop().time() - started
    assert seen < 0.2 <= took


# -- faults --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "raised", "cause", "delivered", "status"),
    [
        (faults.drop(), NetworkError, "RemoteProtocolError", 1, DROPPED),
        (faults.drop(after_effect=False), NetworkError, "RemoteProtocolError", 0, DROPPED),
        (faults.cut(5), NetworkError, "RemoteProtocolError", 1, DROPPED),
        (faults.stall(), TimedOut, "ReadTimeout", 1, None),
        (faults.html(502), NetworkError, "TelegramError", 0, 502),
        (faults.html(500, after_effect=True), NetworkError, "TelegramError", 1, 500),
        (faults.garbage(), TelegramError, "JSONDecodeError", 1, 200),
        (faults.garbage(b'{"ok":true,"result":5}'), AttributeError, None, 1, 200),
        (too_many(35), RetryAfter, "NoneType", 0, 429),
        (blocked(), Forbidden, "NoneType", 0, 403),
        (server_error(), NetworkError, "NoneType", 0, 500),
        (refusal(400, "Bad Request: chat not found"), BadRequest, "NoneType", 0, 400),
    ],
)
async def test_each_fault_reaches_the_client_as_the_wire_would_bring_it(
    tg: FakeTelegram,
    bot: Bot,
    fault: Fault,
    raised: type[Exception],
    cause: str | None,
    delivered: int,
    status: int | None,
) -> None:
    """Recorded before it goes wrong, delivered or not as the fault says, and only once."""
    tg.faults.add("sendMessage", fault, chat=MEMBER)
    tg.member(5, started=True)
    await bot.send_message(5, "untouched")
    with pytest.raises(raised) as caught:
        await bot.send_message(MEMBER, "?", read_timeout=0.3)
    assert cause is None or type(caught.value.__cause__).__name__ == cause
    assert len(tg.member(MEMBER).seen) == delivered
    assert [entry.params["text"] for entry in tg.recorder.of("sendMessage")] == ["untouched", "?"]
    if status is not None:
        assert (await tg.recorder.wait_for("sendMessage", 2))[1].status == status
    await bot.send_message(MEMBER, "fine again")


async def test_a_platform_that_is_down_refuses_and_comes_back(tg: FakeTelegram, bot: Bot) -> None:
    """Nothing is lost on the server meanwhile."""
    await tg.member(MEMBER).send("hei")
    await tg.pause()
    with pytest.raises(NetworkError) as caught:
        await client(tg).send_message(MEMBER, "?")
    assert type(caught.value.__cause__).__name__ == "ConnectError"
    await tg.resume()
    assert texts(await bot.get_updates()) == ["hei"]


# -- members -------------------------------------------------------------------------------------------


async def test_everything_a_member_does_is_an_update_the_real_client_reads(
    tg: FakeTelegram, bot: Bot
) -> None:
    """Each kind parses into the attribute the library names after it."""
    member = tg.member(7, first_name="Tuula", language_code="sv")
    await member.start("abc-_1")
    await bot.send_message(7, "?", reply_markup=keyboard("1"))
    deeds: list[tuple[Callable[[], Any], str]] = [
        (member.send_sticker, "message.sticker.emoji"),
        (member.send_photo, "message.photo"),
        (member.send_voice, "message.voice.duration"),
        (member.send_document, "message.document.file_name"),
        (member.send_location, "message.location.latitude"),
        (member.send_contact, "message.contact.phone_number"),
        (lambda: member.edit("muuttunut"), "edited_message.edit_date"),
        (lambda: member.tap("1"), "callback_query.message.text"),
        (lambda: member.tap_data("väärennös"), "callback_query.data"),
        (lambda: member.tap_without_message("1"), "callback_query.inline_message_id"),
        (member.block, "my_chat_member.new_chat_member.status"),
        (member.unblock, "my_chat_member.old_chat_member.status"),
    ]
    for deed, _ in deeds:
        await deed()
    problems = [
        problem for one in tg.updates.waiting() for problem in check_telegram_update(json.loads(one.body))
    ]
    assert problems == []
    start, *others = await bot.get_updates()
    assert start.message is not None
    assert start.message.from_user is not None
    assert (start.message.text, start.message.from_user.language_code) == ("/start abc-_1", "sv")
    assert start.message.entities[0].length == 6
    for update, (_, path) in zip(others, deeds, strict=True):
        value: Any = update
        for name in path.split("."):
            value = getattr(value, name)
        assert value, path


async def test_a_member_speaks_in_a_group(tg: FakeTelegram, bot: Bot) -> None:
    """The chat is the group, the sender the member, and the private chat stays closed."""
    group = tg.group(-10, kind="supergroup")
    newcomer = tg.member(9)
    await newcomer.send("hei kaikki", chat=group)
    await bot.send_message(group.id, "?", reply_markup=keyboard("1"))
    await newcomer.tap("1", newcomer.newest_keyboard(group))
    message, tap = await bot.get_updates()
    assert message.effective_chat is not None
    assert (message.effective_chat.type, message.effective_chat.id) == ("supergroup", -10)
    assert tap.effective_user is not None
    assert tap.effective_user.id == 9
    with pytest.raises(Forbidden, match="can't initiate conversation"):
        await bot.send_message(9, "?")


async def test_an_old_button_can_still_be_pressed(tg: FakeTelegram, bot: Bot) -> None:
    """A client that has not redrawn sends yesterday's data with today's message."""
    sent = await bot.send_message(MEMBER, "ensin", reply_markup=keyboard("a"))
    await bot.edit_message_text("sitten", MEMBER, sent.message_id, reply_markup=keyboard("b", "c"))
    await tg.member(MEMBER).tap_old("a")
    await tg.member(MEMBER).tap("b")
    assert [u.callback_query.data for u in await bot.get_updates() if u.callback_query] == ["a", "b"]


async def test_wait_for_goes_on_where_it_found_the_last_message(tg: FakeTelegram, bot: Bot) -> None:
    """The same words twice are two messages; a third wait would fail with the transcript."""
    member = tg.member(MEMBER)
    await bot.send_message(MEMBER, "Kiitos")
    await bot.send_message(MEMBER, "Kiitos")
    found = [await member.wait_for("Kiitos"), await member.wait_for("Kiitos")]
    assert [message.id for message in found] == [message.id for message in member.seen]
    with pytest.raises(AssertionError, match=r"the chat: \['Kiitos', 'Kiitos'\]"):
        await member.wait_for("Kiitos", within=0.05)


async def test_every_request_is_recorded_with_its_bytes(tg: FakeTelegram, bot: Bot) -> None:
    """Parameters for reading, raw bytes for proving, counts even when the list is off."""
    await bot.send_message(MEMBER, "hei")
    entry = tg.recorder.of("sendMessage")[0]
    assert (entry.params["text"], entry.raw, entry.status) == ("hei", b"chat_id=4711&text=hei", 200)
    tg.recorder.enabled = False
    await bot.send_message(MEMBER, "hei")
    assert (len(tg.recorder.of("sendMessage")), tg.recorder.asked["sendMessage"]) == (1, 2)


async def test_get_and_json_requests_work_as_forms_do(tg: FakeTelegram, bot: Bot) -> None:
    """The Bot API takes any of them, method names in any case."""
    await bot.initialize()
    status, _ = await bot.request.do_request(
        f"{tg.base_url}{TOKEN}/SENDMESSAGE?chat_id={MEMBER}&text=hei+vaan", "GET"
    )
    assert (status, tg.member(MEMBER).transcript()) == (200, ["hei vaan"])
