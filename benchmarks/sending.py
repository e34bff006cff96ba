"""Sending a question: our adapter against python-telegram-bot's own client, and against bare aiohttp.

Thirty sends in flight, one Bot API server process. The platform's pace is left out; the CPU time is this
process's alone.
"""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from typing import Final, NamedTuple

import aiohttp
import msgspec
from telegram import Bot
from telegram.request import HTTPXRequest

from adapters.telegram.client import Telegram
from adapters.telegram.translate import to_platform
from benchmarks.measure import Figure, ratio
from benchmarks.rival import keyboard
from benchmarks.survey import QUESTIONS
from bot.config.model import SecretSource, TelegramConfig
from bot.engine.messages import Button, Delivery, Outbound, Outgoing, Receipt
from tests.servers.process import ServerProcess, telegram_process

IN_FLIGHT: Final = 30
CHATS: Final = 500

Send = Callable[[int], Awaitable[object]]


class Speed(NamedTuple):
    """Of one way of sending."""

    per_second: float
    cpu: float
    """Seconds of CPU time for one send."""


async def _drive(send: Send, count: int) -> Speed:
    numbers = iter(range(count))

    async def work() -> None:
        for number in numbers:
            await send(number % CHATS + 1)

    begun, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(work() for _ in range(IN_FLIGHT)))
    return Speed(count / (time.perf_counter() - begun), (time.process_time() - cpu) / count)


def _question(chat: int) -> Outgoing:
    labels = QUESTIONS[0].labels
    buttons = tuple(Button(f"abcdefgh.1.{number}", label) for number, label in enumerate(labels))
    message = Outbound(text=f"1/5 · {QUESTIONS[0].text}", buttons=buttons)
    return Outgoing(key=str(chat), delivery=Delivery.QUESTION, chat=str(chat), op="send", message=message)


async def _compare(tg: ServerProcess, times: int, count: int) -> list[list[Speed]]:
    token = tg.info["token"]
    adapter = Telegram(TelegramConfig(token=SecretSource(env="T"), base_url=tg.info["url"]), token)
    pool = HTTPXRequest(connection_pool_size=IN_FLIGHT * 2)
    stock = Bot(token, base_url=tg.info["base_url"], request=pool, get_updates_request=pool)
    encode, decode = msgspec.json.Encoder().encode, msgspec.json.Decoder().decode
    url, headers = f"{tg.info['base_url']}{token}/sendMessage", {"Content-Type": "application/json"}

    async def ours(chat: int) -> None:
        assert isinstance(await adapter.send(_question(chat)), Receipt)

    async def theirs(chat: int) -> None:
        await stock.send_message(chat, f"1/5 · {QUESTIONS[0].text}", reply_markup=keyboard(0))

    async with aiohttp.ClientSession() as session:

        async def bare(chat: int) -> None:
            body = encode(to_platform(_question(chat))[0].params)
            async with session.post(url, data=body, headers=headers) as response:
                decode(await response.read())

        await stock.initialize()
        found: list[list[Speed]] = [[], [], []]
        for _ in range(times):
            for speeds, send in zip(found, (ours, theirs, bare), strict=True):
                speeds.append(await _drive(send, count // 5 if send is theirs else count))
        await stock.shutdown()
    await adapter.close()
    return found


def measure(*, quick: bool) -> list[Figure]:
    """Rate against bare aiohttp, CPU time against the stock client."""
    with telegram_process("--no-recording", "--open-chats") as tg:
        found = asyncio.run(_compare(tg, 3 if quick else 7, 1000 if quick else 3000))
    ours, theirs, bare = found
    names = ("ours", "stock_client", "bare_aiohttp")
    parts = {
        f"{name}_per_second": round(statistics.median(speed.per_second for speed in speeds))
        for name, speeds in zip(names, found, strict=True)
    }
    rate = ratio([speed.per_second for speed in ours], [speed.per_second for speed in bare])
    cpu = ratio([speed.cpu for speed in ours], [speed.cpu for speed in theirs])
    return [
        Figure(
            name="sends, 30 in flight, against bare aiohttp",
            value=rate,
            unit="×",
            must=0.35,
            aim=0.6,
            parts=parts,
        ),
        Figure(
            name="CPU for one send, against the stock client",
            value=cpu,
            unit="×",
            must=0.25,
            aim=0.15,
            better="lower",
        ),
    ]
