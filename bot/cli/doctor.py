"""``kuulolla doctor``: everything that must be right, looked at once, each with what to do."""

import asyncio
import json
import logging
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

import click

from bot.cli.common import config_option, json_option, to_json
from bot.errors import EXIT_USER_ERROR

if TYPE_CHECKING:
    from adapters.base import Adapter, Finding
    from bot.config.model import Config

CHECK_SECONDS: Final = 30.0
"""For everything that one platform is asked."""
HEALTH_SECONDS: Final = 3.0

_SIGNS: "Final[dict[Literal['ok', 'warning', 'problem'], tuple[str, str]]]" = {
    "ok": ("ok", "green"),
    "warning": ("warning", "yellow"),
    "problem": ("problem", "red"),
}


@click.command()
@json_option
@config_option
def doctor(as_json: bool, config_path: Path) -> None:
    """Look at tokens, database, disk, key file and clock, and say what to do.

    Nothing is changed, and the bot may be running. Ends with 0, or with 2 where there is a problem.
    """
    # what the libraries would complain about is told by the findings, and without any secret
    logging.getLogger().addHandler(logging.NullHandler())
    config, findings = _configuration(config_path)
    if config is not None:
        findings += asyncio.run(_examined(config))
    problems = any(finding.state == "problem" for finding in findings)
    if as_json:
        click.echo(to_json({"ok": not problems, "findings": findings}))
    else:
        _show(findings)
    if problems:
        sys.exit(EXIT_USER_ERROR)


def _configuration(path: Path) -> "tuple[Config | None, list[Finding]]":
    from adapters.base import Finding
    from bot.config.load import load
    from bot.service.checkup import problem

    config, problems = load(path)
    if config is None:
        return None, [problem("configuration", one) for one in problems if one.severity == "error"]
    if not problems:
        return config, [Finding(subject="configuration", state="ok", message=f"{path} is in order.")]
    message = f"{path} can be used; there is more to know about it."
    advice = f"Run: kuulolla check -c {path}"
    return config, [Finding(subject="configuration", state="ok", message=message, advice=advice)]


async def _examined(config: "Config") -> "list[Finding]":
    from bot.service import checkup

    adapters, findings = _adapters(config)
    accounts = {adapter.platform: adapter.account for adapter in adapters if adapter.account}
    storage = asyncio.to_thread(checkup.of_storage, config, accounts, datetime.now(UTC))
    parts = await asyncio.gather(storage, _running(config), *(_asked(adapter) for adapter in adapters))
    return [*findings, *(finding for part in parts for finding in part)]


def _adapters(config: "Config") -> "tuple[list[Adapter], list[Finding]]":
    """The adapters that can be made, and why the others cannot."""
    from adapters.base import Finding
    from bot import wiring
    from bot.service import checkup

    adapters: list[Adapter] = []
    findings: list[Finding] = []
    for platform, make in wiring.platforms(config).items():
        findings += checkup.guarded(platform, partial(_collect, adapters, make))
    if not adapters and not findings:
        message = "No platform is configured, so people are met at this terminal only."
        findings.append(
            Finding(
                subject="platforms", state="warning", message=message, advice="Add [telegram] or [slack]."
            )
        )
    return adapters, findings


def _collect(adapters: "list[Adapter]", make: "Callable[[], Sequence[Adapter]]") -> "Sequence[Finding]":
    adapters += make()
    return ()


async def _asked(adapter: "Adapter") -> "list[Finding]":
    """What a platform says about our account there."""
    from adapters.base import Finding

    try:
        async with asyncio.timeout(CHECK_SECONDS):
            return await adapter.check()
    except Exception as error:  # noqa: BLE001 - a doctor who faints helps nobody
        message = f"It could not be asked: {type(error).__name__}."
        advice = "Check the network, and base_url of this platform."
        return [Finding(subject=adapter.platform, state="problem", message=message, advice=advice)]
    finally:
        await adapter.close()


# --- the running bot --------------------------------------------------------------------------------------


async def _running(config: "Config") -> "list[Finding]":
    """Whether the bot runs, by its lock and by its health address."""
    from adapters.base import Finding
    from storage import lock

    held = config.storage.url is None and lock.held(config.storage.path)
    if not config.runtime.health or config.runtime.health.endswith(":0"):
        message = "It is running." if held else "Whether it runs cannot be told: there is no health address."
        return [Finding(subject="bot", state="ok", message=message)]
    status, said = await _health(config.runtime.health)
    if status == 200:  # noqa: PLR2004 - OK
        return [Finding(subject="bot", state="ok", message=f"It is running: {_figures(said)}.")]
    if status:
        message = f"It is running, and not well: its health address answers {status}."
        return [Finding(subject="bot", state="problem", message=message, advice="Look at its log.")]
    if held:
        message = f"It holds the database and does not answer at http://{config.runtime.health}/health."
        advice = "Was [runtime] health changed since its start? Else restart it, and look at its log."
        return [Finding(subject="bot", state="problem", message=message, advice=advice)]
    if await _taken(config.runtime.health):
        message = f"It is not running, and another program listens at {config.runtime.health}."
        advice = "Give [runtime] health another port, then start it: kuulolla run"
        return [Finding(subject="bot", state="problem", message=message, advice=advice)]
    return [
        Finding(subject="bot", state="warning", message="It is not running.", advice="Start it: kuulolla run")
    ]


async def _taken(address: str) -> bool:
    """Whether something that speaks no HTTP listens there."""
    host, _, port = address.rpartition(":")
    try:
        async with asyncio.timeout(HEALTH_SECONDS):
            _, writer = await asyncio.open_connection(host, int(port))
    except (OSError, ValueError, TimeoutError):
        return False
    writer.close()
    return True


async def _health(address: str) -> tuple[int, str]:
    """Status and body; 0 where nobody answers."""
    import aiohttp

    timeout = aiohttp.ClientTimeout(total=HEALTH_SECONDS)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.get(f"http://{address}/health") as answer,
        ):
            return answer.status, await answer.text()
    except (aiohttp.ClientError, TimeoutError, ValueError, OSError):
        return 0, ""


def _figures(body: str) -> str:
    try:
        found = json.loads(body)
        return f"{found['inbox']} messages to apply, {found['outbox']} to send"
    except (ValueError, KeyError, TypeError):
        return "another program answers at its health address, it seems"


# --- what the admin reads ---------------------------------------------------------------------------------


def _show(findings: "Sequence[Finding]") -> None:
    width = max(len(finding.subject) for finding in findings)
    for finding in findings:
        sign, colour = _SIGNS[finding.state]
        head = click.style(f"{sign:<8}", fg=colour)
        click.echo(f"{head} {finding.subject:<{width}}  {finding.message}")
        if finding.advice:
            click.echo(f"{'':8} {'':{width}}  {finding.advice}")
    problems = sum(finding.state == "problem" for finding in findings)
    warnings = sum(finding.state == "warning" for finding in findings)
    told = f"{_count(problems, 'problem')}, {_count(warnings, 'warning')}."
    click.echo("\n" + told[0].upper() + told[1:])


def _count(number: int, noun: str) -> str:
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"
