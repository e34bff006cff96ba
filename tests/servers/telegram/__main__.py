"""Run a FakeTelegram in a process of its own; the first line it prints is JSON with its addresses."""

from __future__ import annotations

import argparse

from tests.servers.clock import ShiftedClock
from tests.servers.process import serve_until_stopped
from tests.servers.telegram import TOKEN, FakeTelegram, SendLimits


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.servers.telegram", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free port")
    parser.add_argument("--token", default=TOKEN)
    parser.add_argument("--delay", type=float, default=0.0, help="seconds added to every answer")
    parser.add_argument("--overall", type=int, help="messages a second in all; none without it")
    parser.add_argument("--per-chat", type=int, help="messages a second in one private chat")
    parser.add_argument("--per-group", type=int, help="messages a minute in one group")
    parser.add_argument("--members", default="", help="FIRST-LAST: members who have pressed Start")
    parser.add_argument("--open-chats", action="store_true", help="everybody has pressed Start")
    parser.add_argument("--no-recording", action="store_true", help="keep counts only")
    parser.add_argument("--lenient", action="store_true", help="refuse only what the real server refuses")
    parser.add_argument("--first-update-id", type=int)
    return parser.parse_args()


def main() -> None:
    """Serve until SIGTERM, SIGINT or the end of standard input."""
    options = _arguments()
    server = FakeTelegram(
        token=options.token,
        clock=ShiftedClock(),
        delay=options.delay,
        recording=not options.no_recording,
        limits=SendLimits(options.overall, options.per_chat, options.per_group),
        open_chats=options.open_chats,
        strict=not options.lenient,
        first_update_id=options.first_update_id,
    )
    first, _, last = options.members.partition("-")
    for number in range(int(first), int(last or first) + 1) if first else ():
        server.member(number, started=True)

    def addresses() -> dict[str, str]:
        return {
            "url": server.url,
            "base_url": server.base_url,
            "base_file_url": server.base_file_url,
            "token": server.token,
        }

    serve_until_stopped(server, options.port, addresses)


if __name__ == "__main__":
    main()
