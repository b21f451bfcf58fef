"""`ghtools convert`: from any format to any other."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gta_head_tools.cli import options, output

if TYPE_CHECKING:
    from converters.convert import ConversionReport

Target = Annotated[
    Path | None, typer.Argument(metavar="DST", show_default="SRC-FORMAT beside SRC", help="New folder, or one file.")
]


def convert(
    source: options.Source = Path(),
    target: Target = None,
    *,
    to: options.To,
    from_format: options.From = None,
    read_options: options.ReadOptions = None,
    write_options: options.WriteOptions = None,
    images: options.Images = "link",
    only: options.Only = None,
    limit: options.Limit = None,
    allow_lossy: options.AllowLossy = False,
    force: options.Force = False,
    jobs: options.Jobs = None,
    cluster: options.Cluster = None,
    as_json: options.AsJson = False,
) -> None:
    """Convert a data set to another format.

    Every loss is counted; a column that the target cannot hold is only dropped with --allow-lossy.

    Example: ghtools convert mall mall.json --to coco
    """
    from converters import convert as conversion

    chosen = conversion.ConvertOptions(
        to=to,
        out=target,
        from_format=options.source_format(source, from_format),
        read_options=read_options or (),
        write_options=write_options or (),
        images=images,
        only=only or (),
        limit=limit,
        allow_lossy=allow_lossy,
        force=force,
    )
    with output.bars() as track:
        report = conversion.convert(source, chosen, jobs=jobs, cluster=cluster, track=track)
    show(report, as_json=as_json)


def show(report: ConversionReport, *, as_json: bool) -> None:
    """Print what was written and what was lost."""
    for note in report.notes:
        output.say(note)
    if as_json:
        keys = ("format", "images", "heads", "dropped", "unused", "out")
        output.show_json({key: getattr(report, key) for key in keys})
    else:
        output.tell(f"{report.out}: {report.images} images, {report.heads} heads as {report.format}")
        output.tell_dropped(report.dropped)
    output.check_all_used(report.unused, report.of)
