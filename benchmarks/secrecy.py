"""Small groups that somebody who keeps every table and every report can work out: there must be none."""

from benchmarks.measure import Figure
from tests.reports.disclosing import recovered_from_reports, recovered_from_tables

TABLES, REPORTS = 20_000, 2_000


def measure(*, quick: bool) -> list[Figure]:
    """Quick with a tenth of both."""
    tables, reports = (TABLES // 10, REPORTS // 10) if quick else (TABLES, REPORTS)
    return [
        Figure(
            name=f"cells worked out from {tables:,} tables", value=recovered_from_tables(tables), unit="",
            must=0, aim=0, better="lower",
        ),
        Figure(
            name=f"groups worked out from {reports:,} histories of reports",
            value=recovered_from_reports(reports), unit="", must=0, aim=0, better="lower",
        ),
    ]  # fmt: skip
