"""`ghtools render`: overlay pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gta_head_tools.cli import options, render
from gta_head_tools.cli.bar import bars

Out = Annotated[Path, typer.Argument(metavar="OUT", help="Folder of the overlay pictures.")]
Anchors = Annotated[
    Path | None,
    typer.Option("--anchors", metavar="FILE", show_default="anchors.json of each scene", help="Boxes drawn by hand."),
]
Limit = Annotated[
    int | None, typer.Option("--limit", metavar="N", help="At most N pictures, spread evenly over the data set.")
]
SkipMissing = Annotated[bool, typer.Option("--skip-missing", help="Leave out images without a picture.")]


def overlays(
    source: options.Source,
    out: Out,
    *,
    anchors: Anchors = None,
    limit: Limit = None,
    skip_missing: SkipMissing = False,
    from_format: options.From = None,
    read_options: options.ReadOptions = None,
    force: options.Force = False,
    jobs: options.Jobs = None,
    cluster: options.Cluster = None,
    as_json: options.AsJson = False,
) -> None:
    """Draw the heads on their pictures; after an interruption the same command goes on.

    Boxes are coloured by size, on one scale for all pictures of a scene; ignored heads are dashed, anchors have
    brackets.

    Example: ghtools render scene/boxes ghtools-overlays --limit 20
    """
    from dataclasses import asdict

    from converters.convert import read_dataset
    from converters.overlays import edits_file, render_overlays

    name = options.source_format(source, from_format)
    edits = edits_file(source, anchors)
    _, dataset = read_dataset(source, format_name=name, options=read_options or (), anchors=edits)
    with bars() as track:
        report = render_overlays(
            dataset,
            out,
            anchors=anchors,
            limit=limit,
            skip_missing=skip_missing,
            force=force,
            jobs=jobs,
            cluster=cluster,
            track=track,
        )
    if as_json:
        render.show_json(asdict(report))
    else:
        there = f" ({report.current} were there already)" if report.current else ""
        render.tell(f"{report.out}: {report.images} pictures{there}, {report.heads} heads, {report.anchors} anchors")
