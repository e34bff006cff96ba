"""``kuulolla backup`` and ``kuulolla restore``."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli.common import config_option, load
from bot.errors import Problem, UserError

if TYPE_CHECKING:
    from storage import Connection
    from storage.restoring import Doubted


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@config_option
def backup(file: Path, config_path: Path) -> None:
    """Write a complete, encrypted copy of the database to FILE. The bot may go on running."""
    from storage import backup as copies

    config = load(config_path)
    if config.storage.url is not None:
        raise UserError(_postgres("pg_dump"))
    if file.resolve().parent == config.storage.key_file.parent:
        raise UserError("A backup does not belong beside its key: whoever finds one would have both.")
    size = copies.backup(config.storage.path, config.storage.key_file, file)
    click.echo(
        f"Wrote {file} ({size / 1_000_000:.1f} MB), encrypted with the key in {config.storage.key_file}."
    )
    click.echo("Keep a copy of that key in another safe place: without it the backup cannot be read.")


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--unbroken",
    is_flag=True,
    help="The bot has not run since the backup was made: go on exactly where it stood.",
)
@config_option
def restore(file: Path, unbroken: bool, config_path: Path) -> None:
    """Put the backup FILE in the place of the database. The bot must not be running.

    What may have been sent since the backup was made counts as sent, so that nobody is asked twice.
    """
    from storage import backup as copies
    from storage.lock import FileLock

    config = load(config_path)
    if config.storage.url is not None:
        raise UserError(_postgres("pg_restore"))
    with FileLock(config.storage.path):
        done = copies.restore(
            file, config.storage.path, config.storage.key_file, None if unbroken else _doubt
        )
    click.echo(f"Restored {config.storage.path} from {file}.")
    if done.erased:
        click.echo(f"{done.erased} people in it had asked to be forgotten since; they are erased again.")
    if done.doubted is not None and any(done.doubted):
        click.echo(
            f"{done.doubted.invites} invites and reminders count as sent, and {done.doubted.people} people "
            "of open waves are not asked in them: they may have been asked since the backup was made. "
            "If the bot has not run since, restore once more with --unbroken."
        )
    if done.old is not None:
        click.echo(f"The database as it was is kept at {done.old}; delete it when all is well.")


def _doubt(connection: "Connection") -> "Doubted":
    from scheduler.verdicts import Reason
    from storage import restoring

    return restoring.mistrust(connection, Reason.ALREADY_ASKED, datetime.now(UTC))


def _postgres(tool: str) -> Problem:
    return Problem(
        message="This command copies the embedded database; yours is PostgreSQL.",
        advice=f"Use {tool} for it.",
    )
