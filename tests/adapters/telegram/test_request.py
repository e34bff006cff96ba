"""The HTTP seam: POST with plain values, nothing else, and usable by the library's own methods."""

import json

import pytest
from telegram import Bot, InputFile
from telegram.error import NetworkError, TelegramError

from adapters.telegram.request import READ_SECONDS, Request, UpdatesRequest, open_session
from tests.adapters.telegram.rig import MEMBER
from tests.servers.faults import Fault
from tests.servers.telegram import TOKEN, FakeTelegram


async def test_the_librarys_bot_works_on_it() -> None:
    """It is an ordinary BaseRequest: typed methods of Bot get what they expect."""
    async with FakeTelegram() as server, open_session() as session:
        server.member(MEMBER, started=True)
        request = Request(session)
        bot = Bot(TOKEN, base_url=server.base_url, request=request, get_updates_request=request)
        async with bot:
            message = await bot.send_message(MEMBER, "Hei")
            assert (message.text, message.chat.id) == ("Hei", MEMBER)
            assert request.read_timeout == READ_SECONDS
        (sent,) = server.recorder.of("sendMessage")
        assert json.loads(sent.raw) == {"chat_id": MEMBER, "text": "Hei"}


async def test_a_get_is_not_made() -> None:
    """A GET would be repeated by aiohttp when a kept connection drops; nothing here may be."""
    async with FakeTelegram() as server, open_session() as session:
        with pytest.raises(TelegramError, match="plain parameters"):
            await Request(session).retrieve(f"{server.url}/file")
        assert server.recorder.requests == []


async def test_a_file_of_the_librarys_is_not_sent() -> None:
    """Files are ours alone, and text; whatever else the library could upload would need other limits."""
    async with FakeTelegram() as server, open_session() as session:
        request = Request(session)
        bot = Bot(TOKEN, base_url=server.base_url, request=request, get_updates_request=request)
        with pytest.raises(TelegramError, match="plain parameters"):
            await bot.send_document(MEMBER, InputFile(b"x", filename="x.txt"))
        assert server.recorder.requests == []


async def test_a_redirect_is_not_followed() -> None:
    """The next server would get the token."""
    async with FakeTelegram() as server, open_session() as session:
        fault = Fault("reply", False, 302, b"", headers={"Location": f"{server.url}/elsewhere"})
        server.faults.add("getMe", fault)
        with pytest.raises(NetworkError):
            await Request(session).call(f"{server.base_url}{TOKEN}/getMe", {})
        assert [entry.method for entry in server.recorder.requests] == ["getMe"]


def test_updates_stay_as_they_came() -> None:
    """The envelope is read, the objects in it are not, and an error envelope is read whole."""
    answer = UpdatesRequest.parse_json_payload(b'{"ok":true,"result":[{"a" : 1},2]}')
    assert [bytes(update) for update in answer["result"]] == [b'{"a" : 1}', b"2"]
    refusal = UpdatesRequest.parse_json_payload(
        b'{"ok":false,"description":"x","parameters":{"retry_after":3}}'
    )
    assert refusal["parameters"] == {"retry_after": 3}


def test_a_lenient_reader_reads_refusals_too() -> None:
    """An error answer with broken bytes is still an error answer."""
    answer = UpdatesRequest.parse_json_payload(b'{"ok":false,"description":"\xff"}')
    assert answer == {"ok": False, "description": "\ufffd"}
