"""The local listener: whether the bot is well, for supervisors and ``doctor``; and the hook, if any."""

from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web

from bot.calls import MAX_BODY
from bot.hook import PATH, Hook

Look = Callable[[], Awaitable[Mapping[str, object]]]


class Health:
    """Serves ``GET /health`` on one local address: 200 with figures, 503 when looking fails. And the hook."""

    def __init__(self, address: str, look: Look, hook: Hook | None = None) -> None:
        self._host, _, port = address.rpartition(":")
        self._port = int(port)
        self._look = look
        self._hook = hook
        self._runner: web.AppRunner | None = None

    async def start(self) -> str:
        """Listen; returns the address, with the real port where 0 was asked for. Raises OSError."""
        app = web.Application(client_max_size=MAX_BODY)
        app.router.add_get("/health", self._answer)
        if self._hook is not None:
            app.router.add_post(PATH, self._hook.answer)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._host, self._port)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        return f"http://{host}:{port}/health"

    async def _answer(self, _: web.Request) -> web.Response:
        try:
            return web.json_response({"status": "ok", **await self._look()})
        except Exception as error:  # noqa: BLE001 - whatever is wrong, the answer is "ill"
            return web.json_response({"status": "ill", "error": type(error).__name__}, status=503)

    async def stop(self) -> None:
        """Stop listening."""
        if self._runner is not None:
            await self._runner.cleanup()
