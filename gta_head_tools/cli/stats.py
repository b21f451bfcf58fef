"""`ghtools stats`: what is in a data set, in the form of the papers' tables."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from gta_head_tools.cli import options, output

if TYPE_CHECKING:
    from converters.stats import StatsReport, TextFormat

ByGroup = Annotated[
    Literal["all", "split", "scene"], typer.Option("--by", help="A row for the whole, each split or each scene.")
]
TableFormat = Annotated[
    Literal["table", "md", "latex", "csv"],
    typer.Option("--format", help="A table to read, as Markdown or LaTeX, or plain numbers as CSV."),
]
Page = Annotated[
    Path | None, typer.Option("--report", metavar="FILE.html", help="Write a page with plots and a table of scenes.")
]


def stats(
    source: options.Source = Path(),
    *,
    by: ByGroup = "all",
    form: TableFormat = "table",
    page: Page = None,
    from_format: options.From = None,
    read_options: options.ReadOptions = None,
    force: options.Force = False,
    jobs: options.Jobs = None,
    cluster: options.Cluster = None,
    as_json: options.AsJson = False,
) -> None:
    """Count a data set: images, heads, box sizes, density, persons, weather and hour; "-" = nothing says.

    Ignored heads are counted apart. --json has every number unrounded, and what the words mean.

    Example: ghtools stats boxes --by split --format latex
    """
    from converters.data_page import write_page
    from converters.datasets.guards import check_new_page
    from converters.stats import StatsOptions
    from converters.stats import stats as count

    check_new_page(page, force=force, kept=(source,))
    read_as = options.source_format(source, from_format)
    chosen = StatsOptions(by=by, from_format=read_as, read_options=read_options or (), places=page is not None)
    with output.bars() as track:
        report = count(source, chosen, jobs=jobs, cluster=cluster, track=track)
        if page is not None:
            write_page(report, page)
    output.say_notes(report.dataset)
    if as_json:
        output.show_json(report.told())
    else:
        show(report, form)


def show(report: StatsReport, form: TextFormat) -> None:
    """Print the table; one to read is turned on its side where it has one row, else cut in parts."""
    from converters.stats import TITLES, written_table
    from gta_head_tools.report.statistics_table import cell, known_columns

    if form != "table":
        sys.stdout.write(written_table(report, form))
        sys.stdout.flush()
        return
    rows = report.rows
    columns = known_columns([*rows.values()])
    if len(rows) == 1:
        ((name, found),) = rows.items()
        output.table((TITLES[report.by], name), [(each.long or each.title, cell(each, found)) for each in columns])
        return
    for part in dict.fromkeys(each.part for each in columns):
        of_part = [each for each in columns if each.part == part]
        cells = [(name, *(cell(each, found) for each in of_part)) for name, found in rows.items()]
        output.table((TITLES[report.by], *(each.short for each in of_part)), cells, title=part)
