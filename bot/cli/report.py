"""``kuulolla report``: what the answers say, in the terminal, as JSON or as pages."""

from datetime import UTC, datetime
from pathlib import Path

import click

from bot.cli.common import config_option, json_option, load, open_store
from bot.texts import LANGUAGES


@click.command()
@click.argument("about", metavar="[SURVEY_OR_FLOW]", default="")
@click.option("--wave", default="", help="One wave only, by its name.")
@click.option("--open", "open_waves", is_flag=True, help="Also the answers of waves that are still open.")
@click.option("--language", type=click.Choice(LANGUAGES), help="Default: the organisation's first language.")
@click.option("--html", "folder", type=click.Path(path_type=Path), help="Write pages into this folder.")
@json_option
@config_option
def report(
    about: str,
    wave: str,
    open_waves: bool,
    language: str | None,
    folder: Path | None,
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
    wish = collect.Wish(about=about, wave=wave, open_waves=open_waves)
    with open_store(config) as store, store.read() as connection:
        now = datetime.now(UTC)
        raws = collect.read(connection, config, about)
        beside = collect.around(connection, config, wish, now)
    found = collect.build(raws, config, wish, now, beside)
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
