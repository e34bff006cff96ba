"""Answers as files for any statistics tool, each format in a module of its own, with a codebook.

These are the admin's full data, and no small group is hidden in them. Rows are streamed from the database to
the file, so that memory stays small; only SPSS files are written in one piece. Nothing that a member or an
admin wrote can run in what reads the files.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Final

from bot.config.model import Config
from bot.engine.suggest import did_you_mean
from bot.errors import Problem, UserError
from reports.exports import commas, flowresults, lines, parquet, spss, workbook
from reports.exports.material import Material, Out, codebooks
from reports.rows import books
from reports.words import Words, chosen_language
from storage import Connection, results

FORMATS: Final[Mapping[str, Callable[[Material, Out], None]]] = {
    "csv": commas.write,
    "xlsx": workbook.write,
    "parquet": parquet.write,
    "sav": spss.write,
    "jsonl": lines.write,
    "flowresults": flowresults.write,
}
"""What ``--format`` may be. Every one of them comes with the codebook."""


def export(
    connection: Connection,
    config: Config,
    folder: Path,
    *,
    format_: str = "csv",
    survey: str = "",
    since: datetime | None = None,
    language: str = "",
    bom: bool = False,
    now: datetime | None = None,
) -> list[Path]:
    """Write everything, or one survey, into a folder; returns the files.

    ``since``: only sessions that began at that moment or later. ``language``: of labels and codebook, empty
    for the organisation's first. ``bom``: CSV with the mark by which Excel knows UTF-8. Raises UserError for
    an unknown survey, a folder that cannot be written, and a library that is not installed.
    """
    known = results.surveys(connection)
    if survey and survey not in known:
        raise UserError(
            Problem(message=f'No answers of a survey "{survey}".', advice=did_you_mean(survey, known))
        )
    material = Material(
        connection=connection,
        books=books(connection, [name for name in known if survey in ("", name)]),
        words=Words(chosen_language(language, config.organisation.languages), config.organisation.timezone),
        organisation=config.organisation.name,
        since=since,
        made_at=now,
    )
    out = Out(folder, "utf-8-sig" if bom else "utf-8")
    FORMATS[format_](material, out)
    codebooks(material, out)
    return out.paths
