"""``kuulolla forget``: erase a person by hand, or erase again after a restore whoever was erased before."""

import getpass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

import click

from bot.cli.common import config_option, context_of, load, open_any_store
from bot.errors import UserError

if TYPE_CHECKING:
    from pathlib import Path

    from bot.config.model import Config
    from storage.erased import Ledger
    from storage.store import Store


@click.command()
@click.argument("person", required=False)
@click.option("--yes", is_flag=True, help="Do not ask once more.")
@click.option("--replay", is_flag=True, help="Erase again whoever was erased after this database was copied.")
@config_option
def forget(person: str | None, yes: bool, replay: bool, config_path: "Path") -> None:
    """Erase everything about PERSON: a member number, an address such as telegram:123, a name, or #id.

    Members do it themselves with /forget. The bot may go on running. An import will not bring them back.
    """
    from storage.erased import ledger

    if replay == bool(person):
        raise UserError("Say whom to forget, or --replay after a restore.")
    config = load(config_path)
    with open_any_store(config) as store:
        if replay:
            _replay(store, ledger(config.storage.key_file))
        else:
            _forget(config, store, ledger(config.storage.key_file), person or "", yes=yes)


def _replay(store: "Store", ledger: "Ledger") -> None:
    from storage import erasing

    found = store.write(lambda connection: erasing.replay(connection, ledger))
    _clean(store)
    click.echo(f"{found} people who had asked to be forgotten were erased again.")


def _forget(config: "Config", store: "Store", ledger: "Ledger", wanted: str, *, yes: bool) -> None:
    from bot.service import erasure, why

    now = datetime.now(UTC)
    with store.read() as connection:
        person = why.find_person(connection, wanted)
    if not yes:
        click.confirm(f"Erase everything about person #{person}? This cannot be undone.", abort=True)
    store.write(lambda connection: erasure.by_admin(connection, person, getpass.getuser(), now))
    with store.read() as connection:
        waiting = [one for one in erasure.waiting(connection) if one.person_id == person]
    for asked in waiting:
        store.write(erasure.carry_out(context_of(config), ledger, asked, now))
    _clean(store)
    click.echo("Erased. Backups made before today still hold them; a restore erases them again.")


def _clean(store: "Store") -> None:
    """What can be finished now is; a last message that waits to be sent is finished by the running bot."""
    from storage import erasing

    with store.read() as connection:
        waiting = erasing.open_ones(connection)
    done = [
        one.entry
        for one in waiting
        if one.state == "erased" and store.write(partial(erasing.said_goodbye, entry=one.entry))
    ]
    if not erasing.scrub(store):
        click.echo("The running bot empties the write-ahead log within a minute.")
        return
    for entry in done:
        store.write(partial(erasing.finish, entry=entry))
