"""The control door of a FakeTelegram in a process of its own: JSON in, JSON out, under ``/_control/``.

It only calls what a test in the same process would call; `tests.servers.process` is its client.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from tests.servers import faults
from tests.servers.telegram import words
from tests.servers.telegram.chats import Message
from tests.servers.telegram.crowd import Crowd, CrowdPlan

if TYPE_CHECKING:
    from tests.servers.telegram.server import FakeTelegram

Json = dict[str, Any]
Action = Callable[["FakeTelegram", Json], Awaitable[Any]]


def message_plain(message: Message) -> Json:
    """Return what a member sees of a message."""
    return {
        "id": message.id,
        "text": message.text,
        "labels": message.labels,
        "data": [button.get("callback_data", "") for button in message.buttons],
        "edits": message.edits,
        "by_bot": message.by_bot,
    }


async def _health(tg: FakeTelegram, params: Json) -> Json:
    return {"url": tg.url, "base_url": tg.base_url, "now": tg.clock.now(), "polled": tg.updates.polled}


async def _polled(tg: FakeTelegram, params: Json) -> bool:
    """Wait until somebody waits in a long poll: a bot that has started, and has taken in all there was."""
    within = float(params.get("within", 20.0))
    await tg.updates.watch.until(
        lambda: True if tg.updates.polled and not len(tg.updates) else None, within, lambda: "nobody polls"
    )
    return True


async def _asked(tg: FakeTelegram, params: Json) -> int:
    """Wait until a method has been asked so often, answered or not; return how often it has been."""
    method, count = params["method"], int(params["count"])
    await tg.recorder.watch.until(
        lambda: True if tg.recorder.asked[method] >= count else None,
        float(params.get("within", 20.0)),
        lambda: f"{method} was asked {tg.recorder.asked[method]} times",
    )
    return tg.recorder.asked[method]


async def _requests(tg: FakeTelegram, params: Json) -> list[Json]:
    chosen = tg.recorder.requests[int(params.get("since", 0)) :]
    method = params.get("method")
    return [entry.plain() for entry in chosen if method in (None, entry.method)]


async def _stats(tg: FakeTelegram, params: Json) -> Json:
    limits = tg.limits
    return {
        "asked": dict(tg.recorder.asked),
        "answered": [[method, status, count] for (method, status), count in tg.recorder.answered.items()],
        "accepted": limits.accepted,
        "refused": limits.refused,
        "peak_per_second": limits.peak,
        "sending_seconds": limits.last_at - limits.first_at,
        "pending_updates": len(tg.updates),
        "expired_updates": tg.updates.dropped_as_expired,
        "pending_faults": tg.faults.pending,
    }


async def _reset(tg: FakeTelegram, params: Json) -> bool:
    tg.recorder.clear()
    tg.limits.reset()
    tg.faults.clear()
    return True


async def _options(tg: FakeTelegram, params: Json) -> bool:
    for name in ("overall", "per_chat", "per_group"):
        if name in params:
            setattr(tg.limits, name, params[name])
    tg.delay = float(params.get("delay", tg.delay))
    tg.recorder.enabled = bool(params.get("recording", tg.recorder.enabled))
    return True


async def _fault(tg: FakeTelegram, params: Json) -> bool:
    fault = faults.from_plain(params["fault"], params.get("args", {}), TELEGRAM_FAULTS)
    tg.faults.add(
        params.get("method", faults.ANY), fault, chat=params.get("chat"), times=params.get("times", 1)
    )
    return True


async def _update(tg: FakeTelegram, params: Json) -> int | None:
    if "raw" in params:
        tg.updates.push_raw(params["raw"].encode())
        return None
    return tg.inject(params["kind"], params["payload"], int(params.get("chat", 0)))


async def _members(tg: FakeTelegram, params: Json) -> int:
    first, count = int(params["first"]), int(params["count"])
    for number in range(first, first + count):
        tg.member(number, started=True, language_code=params.get("language_code", "fi"))
    return count


async def _member(tg: FakeTelegram, params: Json) -> Any:
    member = tg.member(int(params["id"]), **params.get("about", {}))
    name = params["do"]
    if name == "seen":
        return [message_plain(message) for message in member.seen]
    if name == "wait_for":
        found = await member.wait_for(params.get("text", ""), params.get("within", 5.0))
        return message_plain(found)
    if name == "deactivate":
        member.deactivate()
        return True
    if name not in MEMBER_DEEDS:
        raise AssertionError(f"a member cannot {name!r}")
    return await getattr(member, name)(*params.get("args", ()))


MEMBER_DEEDS = frozenset(
    [
        "send",
        "start",
        "edit",
        "react",
        "tap",
        "tap_old",
        "tap_data",
        "tap_without_message",
        "block",
        "unblock",
        "send_sticker",
        "send_photo",
        "send_voice",
        "send_document",
        "send_location",
        "send_contact",
        "wait_for_toast",
    ]
)


async def _crowd(tg: FakeTelegram, params: Json) -> Any:
    deed = params.pop("do", "figures")
    if deed == "start":
        tg.crowd = Crowd(tg, CrowdPlan(**params))
        await tg.crowd.start()
    crowd = tg.crowd
    if crowd is None:
        raise AssertionError("no crowd has been started")
    if deed == "mark":
        crowd.mark()
    elif deed == "wait":
        return await crowd.wait(int(params["handled"]), params.get("within", 60.0))
    elif deed == "log":
        return crowd.log
    elif deed == "stop":
        tg.crowd = None
    return crowd.figures()


async def _clock(tg: FakeTelegram, params: Json) -> float:
    advance = getattr(tg.clock, "advance", None)
    if advance is None:
        raise AssertionError("this server's clock cannot be moved")
    advance(float(params["advance"]))
    return tg.clock.now()


async def _connections(tg: FakeTelegram, params: Json) -> bool:
    await tg.close_connections()
    return True


TELEGRAM_FAULTS = faults.CONSTRUCTORS | {
    "refusal": words.refusal,
    "too_many": words.too_many,
    "blocked": words.blocked,
    "server_error": words.server_error,
}

ACTIONS: dict[str, Action] = {
    "health": _health,
    "polled": _polled,
    "asked": _asked,
    "requests": _requests,
    "stats": _stats,
    "reset": _reset,
    "options": _options,
    "fault": _fault,
    "update": _update,
    "members": _members,
    "member": _member,
    "crowd": _crowd,
    "clock": _clock,
    "cut": _connections,
}


async def control(tg: FakeTelegram, action: str, params: Json) -> Any:
    """Do one action; raises AssertionError, KeyError or ValueError for what makes no sense."""
    if action not in ACTIONS:
        raise AssertionError(f"unknown control action {action!r}; there are {', '.join(ACTIONS)}")
    return await ACTIONS[action](tg, params)
