"""``kuulolla report``: what the answers say, in the terminal, as JSON or as pages."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli.common import config_option, json_option, load, open_store
from bot.texts import LANGUAGES

if TYPE_CHECKING:
    from bot.config.model import Config


@click.command()
@click.argument("about", metavar="[SURVEY_OR_FLOW]", default="")
@click.option("--wave", default="", help="One wave only, by its name.")
@click.option("--open", "open_waves", is_flag=True, help="Also the answers of waves that are still open.")
@click.option("--language", type=click.Choice(LANGUAGES), help="Default: the organisation's first language.")
@click.option("--html", "folder", type=click.Path(path_type=Path), help="Write pages into this folder.")
@click.option("--audit", is_flag=True, help="Try to work out small groups from all that was ever published.")
@json_option
@config_option
def report(
    about: str,
    wave: str,
    open_waves: bool,
    language: str | None,
    folder: Path | None,
    audit: bool,
    as_json: bool,
    config_path: Path,
) -> None:
    """Response, distribution and 95 % intervals of every survey, or of SURVEY_OR_FLOW.

    Figures of fewer people than the survey's k are not shown, whichever way they come out.
    """
    import msgspec

    from reports import collect, page, summary
    from reports.shape import shape
    from reports.words import chosen_language
    from storage import publishing

    config = load(config_path)
    if audit:
        _audit(config, about)
        return
    wish = collect.Wish(about=about, wave=wave, open_waves=open_waves)
    with open_store(config) as store, store.read() as connection:
        now = datetime.now(UTC)
        raws = collect.read(connection, config, about)
        beside = collect.around(connection, config, wish, now)
    found = collect.build(raws, config, wish, now, beside)
    if found.published:
        with open_store(config) as store:
            store.write(lambda connection: collect.remember(connection, found))
    spoken = chosen_language(language or "", config.organisation.languages)
    if folder is not None:
        pages = [folder / name for name in page.names(found)]
        with open_store(config) as store:
            store.write(lambda connection: publishing.note(connection, pages, "report", datetime.now(UTC)))
        click.echo(page.publish(found, folder, spoken), err=as_json)
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(shape(found)), indent=2).decode())
    elif folder is None:
        click.echo(summary.details(found, spoken) if about else summary.overview(found, spoken))


def _audit(config: "Config", about: str) -> None:
    """Exit code 1 where a small group can be worked out."""
    from reports import collect

    with open_store(config) as store, store.read() as connection:
        found = collect.audit(connection, config, about)
    for survey in found:
        told = "nobody can be worked out" if not survey.exposed else f"NOT SAFE: {', '.join(survey.exposed)}"
        click.echo(f"{survey.survey}: {survey.figures} figures published so far, {told}.")
    if not found:
        click.echo("Nothing was published yet.")
    sys.exit(any(survey.exposed for survey in found))
