"""``kuulolla export``: the answers as tables, with a codebook."""

from pathlib import Path

import click

from bot.cli.common import config_option, load, open_store
from bot.texts import LANGUAGES


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option("--survey", default="", help="One survey only.")
@click.option(
    "--language", type=click.Choice(LANGUAGES), help="Of labels. Default: the organisation's first."
)
@click.option("--bom", is_flag=True, help="Mark the files as UTF-8 for Excel.")
@config_option
def export(folder: Path, survey: str, language: str | None, bom: bool, config_path: Path) -> None:
    """Write the answers into DIR: one long table, a wide one for each survey, and a codebook.

    This is the full data, where nobody is hidden: only its owner can read the files. To show figures to
    others, use `kuulolla report`.
    """
    from reports import exports

    config = load(config_path)
    with open_store(config) as store, store.read() as connection:
        for path in exports.export(
            connection, config, folder, survey=survey, language=language or "", bom=bom
        ):
            click.echo(path)
