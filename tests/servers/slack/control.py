"""The control door of a FakeSlack in a process of its own: JSON in, JSON out, under ``/_control/``.

It only calls what a test in the same process would call; `tests.servers.process` is its client.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from tests.servers import faults
from tests.servers.slack import words
from tests.servers.slack.delivery import Delivery
from tests.servers.slack.words import Json
from tests.servers.slack.workspace import Message, OpenView
from tests.servers.watch import WITHIN

if TYPE_CHECKING:
    from tests.servers.slack.server import FakeSlack

Action = Callable[["FakeSlack", Json], Awaitable[Any]]
MEMBER_DEEDS = frozenset(
    [
        "close_view",
        "edit",
        "react",
        "open_home",
        "pick",
        "send",
        "send_file",
        "slash",
        "submit_view",
        "tap",
        "tap_home",
        "tap_old",
    ]
)


def _message(message: Message) -> Json:
    return {
        "ts": message.ts,
        "text": message.text,
        "shown": message.shown,
        "labels": message.labels,
        "edits": message.edits,
        "metadata": message.metadata,
    }


def _view(view: OpenView | None) -> Json | None:
    return None if view is None else view.payload()


def _delivery(delivery: Delivery) -> Json:
    return {
        "kind": delivery.kind,
        "payload": delivery.payload,
        "attempts": [[attempt.at, attempt.via, attempt.outcome] for attempt in delivery.attempts],
        "taken": delivery.taken,
        "ended": delivery.done.done(),
    }


async def _health(slack: FakeSlack, params: Json) -> Json:
    sockets = [connection.number for connection in slack.sockets.connections]
    return {"url": slack.url, "base_url": slack.base_url, "now": slack.clock.now(), "sockets": sockets}


async def _requests(slack: FakeSlack, params: Json) -> list[Json]:
    chosen = slack.recorder.requests[int(params.get("since", 0)) :]
    method = params.get("method")
    return [entry.plain() for entry in chosen if method in (None, entry.method)]


async def _stats(slack: FakeSlack, params: Json) -> Json:
    return {
        "asked": dict(slack.recorder.asked),
        "answered": [[method, status, count] for (method, status), count in slack.recorder.answered.items()],
        "accepted": slack.limits.accepted,
        "refused": slack.limits.refused,
        "peak_per_second": slack.limits.peak,
        "sockets_opened": slack.sockets.opened,
        "pending_faults": slack.faults.pending,
    }


async def _deliveries(slack: FakeSlack, params: Json) -> list[Json]:
    return [_delivery(delivery) for delivery in slack.courier.deliveries[int(params.get("since", 0)) :]]


async def _reset(slack: FakeSlack, params: Json) -> bool:
    slack.recorder.clear()
    slack.limits.reset()
    slack.faults.clear()
    return True


async def _options(slack: FakeSlack, params: Json) -> bool:
    slack.delay = float(params.get("delay", slack.delay))
    slack.recorder.enabled = bool(params.get("recording", slack.recorder.enabled))
    slack.courier.ack_seconds = float(params.get("ack_seconds", slack.courier.ack_seconds))
    slack.courier.retry_pauses = tuple(params.get("retry_pauses", slack.courier.retry_pauses))
    if "http" in params:
        slack.use_http(params["http"])
    if "revoked" in params:
        slack.revoke(params["revoked"])
    return True


async def _fault(slack: FakeSlack, params: Json) -> bool:
    known = faults.CONSTRUCTORS | {"slack_error": words.slack_error, "ratelimited": words.ratelimited}
    fault = faults.from_plain(params["fault"], params.get("args", {}), known)
    slack.faults.add(
        params.get("method", faults.ANY), fault, chat=params.get("chat"), times=params.get("times", 1)
    )
    return True


async def _event(slack: FakeSlack, params: Json) -> str:
    return str(slack.event(params["event"]).payload["event_id"])


async def _socket(slack: FakeSlack, params: Json) -> int:
    deed = params["do"]
    if deed == "connected":
        await slack.sockets.connected(int(params.get("count", 1)), params.get("within", WITHIN))
    elif deed == "reconnected":
        await slack.sockets.reconnected(int(params["total"]))
    elif deed == "silence":
        slack.sockets.silence(frozen=bool(params.get("frozen")))
    elif deed == "cut":
        await slack.sockets.cut()
    elif deed == "disconnect":
        await slack.sockets.disconnect(params["reason"], close=bool(params.get("close", True)))
    else:
        raise AssertionError(f"sockets cannot {deed!r}")
    return len(slack.sockets.connections)


async def _member(slack: FakeSlack, params: Json) -> Any:
    member = slack.member(params["id"], **params.get("about", {}))
    name, args = params["do"], params.get("args", ())
    if name == "seen":
        return [_message(message) for message in member.seen]
    if name == "view":
        return _view(member.view)
    if name == "home":
        return _view(member.home)
    if name == "wait_for_home":
        return _view(await member.wait_for_home(params.get("text", ""), params.get("within", 5.0)))
    if name == "files":
        return [file.name for file in slack.files.values() if file.channel == member.channel]
    if name == "wait_for":
        return _message(await member.wait_for(params.get("text", ""), params.get("within", 5.0)))
    if name == "wait_for_view":
        return _view(await member.wait_for_view(params.get("text", ""), params.get("within", 5.0)))
    if name not in MEMBER_DEEDS:
        raise AssertionError(f"a member cannot {name!r}")
    delivery = await getattr(member, name)(*args)
    if delivery is not None and params.get("settle"):
        await delivery.done
    return None if delivery is None else _delivery(delivery)


async def _clock(slack: FakeSlack, params: Json) -> float:
    advance = getattr(slack.clock, "advance", None)
    if advance is None:
        raise AssertionError("this server's clock cannot be moved")
    advance(float(params["advance"]))
    return slack.clock.now()


ACTIONS: dict[str, Action] = {
    "health": _health,
    "requests": _requests,
    "stats": _stats,
    "deliveries": _deliveries,
    "reset": _reset,
    "options": _options,
    "fault": _fault,
    "event": _event,
    "socket": _socket,
    "member": _member,
    "clock": _clock,
}


async def control(slack: FakeSlack, action: str, params: Json) -> Any:
    """Do one action; raises AssertionError, KeyError or ValueError for what makes no sense."""
    if action not in ACTIONS:
        raise AssertionError(f"unknown control action {action!r}; there are {', '.join(ACTIONS)}")
    return await ACTIONS[action](slack, params)
