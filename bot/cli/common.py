"""What several commands share: the option that names the configuration, and opening what it describes."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bot.errors import Problem, UserError

if TYPE_CHECKING:
    from bot.config.model import Config
    from bot.service.context import Context
    from storage import Connection
    from storage.store import Store

YEARS_AHEAD = 4
"""Years whose holidays are looked up at the start: a bot may run so long, and plans reach ahead."""

config_option = click.option(
    "-c",
    "--config",
    "config_path",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("config.toml"),
    show_default=True,
    help="The configuration file.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def load(config_path: Path) -> "Config":
    """The checked configuration. Raises UserError with every problem."""
    from bot.config import load_or_raise

    return load_or_raise(config_path)


def load_with_holidays(config_path: Path) -> "Config":
    """The configuration with the public holidays of these years, for commands that decide about moments."""
    from datetime import UTC, datetime

    from bot.config.calendar import with_holidays

    year = datetime.now(UTC).year
    return with_holidays(load(config_path), range(year - 1, year + YEARS_AHEAD))


def open_store(config: "Config") -> "Store":
    """The database that the configuration names. Raises UserError.

    An older backup is refused as long as somebody is in it who has been erased since.
    """
    from storage import erasing
    from storage.erased import ledger

    store = open_any_store(config)
    try:
        with store.read() as connection:
            if erasing.unreplayed(connection, ledger(config.storage.key_file)):
                raise UserError(
                    Problem(
                        message="This database is older than an erasure: people in it have asked to be "
                        "forgotten since.",
                        advice="Run: kuulolla forget --replay",
                    )
                )
    except UserError:
        store.close()
        raise
    return store


def open_any_store(config: "Config") -> "Store":
    """The database, also one that was put back by hand and waits for its erasures."""
    from storage.store import epochs_of, open_postgres, open_sqlite

    if config.storage.url is not None:
        from bot.config.secrets import read

        return open_postgres(read(config.storage.url).reveal(), epochs_of(config.storage.key_file))
    return open_sqlite(config.storage.path, config.storage.key_file)


@contextmanager
def looking(config: "Config") -> Iterator["Connection"]:
    """The database for looking alone: it is neither made nor brought up to date. Raises UserError.

    Where there is none yet, nobody is known.
    """
    from storage import inspection, migrate

    if config.storage.url is not None:
        from bot.config.secrets import read

        opened = inspection.postgres(read(config.storage.url).reveal())
    elif config.storage.path.exists():
        opened = inspection.sqlite(config.storage.path, config.storage.key_file)
    else:
        opened = inspection.nobody()
    with opened as connection:
        found = migrate.version(connection)
        if found in (None, migrate.HEAD) and inspection.missing_tables(connection) == []:
            yield connection
        elif found is None:
            with inspection.nobody() as empty:
                yield empty
        else:
            raise UserError(
                Problem(
                    message=f"The database's tables are version {found}, this program's {migrate.HEAD}.",
                    advice="Make a backup and start the bot once; it brings them up to date.",
                )
            )


def context_of(config: "Config") -> "Context":
    """The service's context without any platform: enough for commands that only look."""
    from bot.service.context import Context
    from bot.texts import Texts

    return Context(config, Texts.load().replaced(config.texts), {})


def to_json(value: Any) -> str:
    """Indented JSON of dataclasses, times and paths."""
    import msgspec

    return msgspec.json.format(msgspec.json.encode(value, enc_hook=str), indent=2).decode()
