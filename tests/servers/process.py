"""Loopback servers in processes of their own: how one is run, and how a test or benchmark steers it.

A server in its own process outlives a bot that is killed and takes none of its CPU time. It ends by itself
when the test that started it ends, because its standard input closes then.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Self

from tests.servers.wire import HOST, LoopbackServer

ROOT = Path(__file__).resolve().parents[2]
CONTROL_TIMEOUT = 120.0  # seconds; a control call may wait for a member to see something


def serve_until_stopped(server: LoopbackServer, port: int, addresses: Callable[[], dict[str, Any]]) -> None:
    """Run `server` in this process and print one JSON line with `addresses` and the process id."""
    gc.set_threshold(50_000, 50, 100)  # a yardstick should not pause; its garbage is small
    asyncio.run(_serve(server, port, addresses))


async def _serve(server: LoopbackServer, port: int, addresses: Callable[[], dict[str, Any]]) -> None:
    loop, stopped = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    await server.start(port)
    sys.stdout.write(json.dumps(addresses() | {"pid": os.getpid(), "port": server.port}) + "\n")
    sys.stdout.flush()
    if not sys.stdin.isatty():
        watching = asyncio.ensure_future(_end_of_input(loop))
        watching.add_done_callback(lambda _: stopped.set())
    await stopped.wait()
    await server.stop()


async def _end_of_input(loop: asyncio.AbstractEventLoop) -> None:
    reader = asyncio.StreamReader()
    try:
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    except ValueError:  # a file or /dev/null, which no parent closes
        await loop.create_future()
    await reader.read()


class ServerProcess:
    """A running server; use with ``with``. `info` holds what it printed, `url` and `pid` among it."""

    def __init__(self, module: str, *arguments: str) -> None:
        command = [sys.executable, "-m", module, "--port", "0", *arguments]
        self._process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{module} did not start")
        self.info: dict[str, Any] = json.loads(line)
        self.url: str = self.info["url"]
        self.pid: int = self.info["pid"]
        self._connection = HTTPConnection(HOST, self.info["port"], timeout=CONTROL_TIMEOUT)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def control(self, action: str, /, **params: Any) -> Any:
        """Call the control interface and return its JSON result; raises AssertionError for its refusals."""
        headers = {"Content-Type": "application/json"}
        self._connection.request("POST", f"/_control/{action}", json.dumps(params), headers)
        response = self._connection.getresponse()
        result = json.loads(response.read())
        if response.status != 200:
            raise AssertionError(f"{action}: {result['error']}")
        return result

    async def control_async(self, action: str, /, **params: Any) -> Any:
        """Do the same from a coroutine; one call at a time."""
        return await asyncio.to_thread(self.control, action, **params)

    def member(self, number: int | str, do: str, *args: Any, **params: Any) -> Any:
        """Let a member act: ``member(5, "send", "hei")``, ``member(5, "wait_for", text="Kiitos")``."""
        return self.control("member", id=number, do=do, args=args, **params)

    def stop(self) -> None:
        """End the server and wait for it."""
        self._connection.close()
        if self._process.poll() is None:
            self._process.terminate()
        self._process.communicate(timeout=10)


def telegram_process(*arguments: str) -> ServerProcess:
    """Start a FakeTelegram; arguments as ``python -m tests.servers.telegram --help`` tells."""
    return ServerProcess("tests.servers.telegram", *arguments)


def slack_process(*arguments: str) -> ServerProcess:
    """Start a FakeSlack; arguments as ``python -m tests.servers.slack --help`` tells."""
    return ServerProcess("tests.servers.slack", *arguments)
