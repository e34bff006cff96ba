"""Run a FakeSlack in a process of its own; the first line it prints is JSON with its addresses."""

from __future__ import annotations

import argparse

from tests.servers.clock import ShiftedClock
from tests.servers.limits import SendLimits
from tests.servers.process import serve_until_stopped
from tests.servers.slack import APP_TOKEN, BOT_TOKEN, SIGNING_SECRET, FakeSlack


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.servers.slack", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free port")
    parser.add_argument("--delay", type=float, default=0.0, help="seconds added to every answer")
    parser.add_argument("--per-chat", type=int, help="posts a second in one channel")
    parser.add_argument("--overall", type=int, help="posts a second in all")
    parser.add_argument("--ack-seconds", type=float, default=3.0)
    parser.add_argument("--retry-pauses", default="0,60,300", help="seconds before each repeat of an event")
    parser.add_argument("--http", default="", help="send signed requests here instead of using sockets")
    parser.add_argument("--no-recording", action="store_true", help="keep counts only")
    parser.add_argument("--no-check", action="store_true", help="take any blocks")
    return parser.parse_args()


def main() -> None:
    """Serve until SIGTERM, SIGINT or the end of standard input."""
    options = _arguments()
    server = FakeSlack(
        clock=ShiftedClock(),
        delay=options.delay,
        recording=not options.no_recording,
        limits=SendLimits(options.overall, options.per_chat),
        ack_seconds=options.ack_seconds,
        retry_pauses=tuple(float(pause) for pause in options.retry_pauses.split(",") if pause),
        check=not options.no_check,
    )
    server.use_http(options.http)

    def addresses() -> dict[str, str]:
        return {
            "url": server.url,
            "base_url": server.base_url,
            "bot_token": BOT_TOKEN,
            "app_token": APP_TOKEN,
            "signing_secret": SIGNING_SECRET,
        }

    serve_until_stopped(server, options.port, addresses)


if __name__ == "__main__":
    main()
