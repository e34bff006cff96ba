"""``kuulolla export``: the answers as files for any statistics tool, with a codebook."""

import getpass
from datetime import UTC, datetime
from pathlib import Path

import click

from bot.cli.common import config_option, load, open_store
from bot.texts import LANGUAGES

FORMATS = ("csv", "xlsx", "parquet", "sav", "jsonl", "flowresults")


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--format", "format_", type=click.Choice(FORMATS), default="csv", show_default=True,
    help="Excel, Parquet and SPSS need the extra: pip install 'kuulolla[exports]'.",
)  # fmt: skip
@click.option("--survey", default="", help="One survey only.")
@click.option(
    "--since", type=click.DateTime(["%Y-%m-%d"]), help="Sessions that began on this day (UTC) or later."
)
@click.option(
    "--language", type=click.Choice(LANGUAGES), help="Of labels. Default: the organisation's first."
)
@click.option("--bom", is_flag=True, help="Mark CSV files as UTF-8 for Excel.")
@config_option
def export(
    folder: Path,
    format_: str,
    survey: str,
    since: datetime | None,
    language: str | None,
    bom: bool,
    config_path: Path,
) -> None:
    """Write the answers into DIR, with a codebook.

    CSV, Parquet and JSON lines: one long table and a wide one for each survey. Excel and SPSS: a file for
    each survey, one row a session. Flow Results: a package for each survey.

    This is the full data, where nobody is hidden: only its owner can read the files, and the audit log keeps
    who wrote them. To show figures to others, use `kuulolla report`.
    """
    from reports import exports
    from storage import audit, publishing

    config, now = load(config_path), datetime.now(UTC)
    with open_store(config) as store:
        with store.read() as connection:
            paths = exports.export(
                connection,
                config,
                folder,
                format_=format_,
                survey=survey,
                since=since.replace(tzinfo=UTC) if since else None,
                language=language or "",
                bom=bom,
                now=now,
            )
        store.write(lambda connection: publishing.note(connection, paths, "export", now))
        store.write(
            lambda connection: audit.add(
                connection,
                getpass.getuser(),
                "export",
                survey or "all surveys",
                f"{format_} into {folder}",
                now,
            )
        )
    for path in paths:
        click.echo(path)
