"""`ghtools merge`: one data set of several."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gta_head_tools.cli import options, output
from gta_head_tools.cli.split import To

if TYPE_CHECKING:
    from converters.merge import MergeReport

Paths = Annotated[list[Path], typer.Argument(metavar="A B [C...] OUT", help="Data sets, and the new folder or file.")]
FromEach = Annotated[
    str | None,
    typer.Option("--from", metavar="A,B", show_default="detected", help="Format of each data set, or one for all."),
]


def merge(
    paths: Paths,
    *,
    to: To = None,
    from_formats: FromEach = None,
    read_options: options.ReadOptions = None,
    write_options: options.WriteOptions = None,
    images: options.Images = "link",
    allow_lossy: options.AllowLossy = False,
    force: options.Force = False,
    jobs: options.Jobs = None,
    cluster: options.Cluster = None,
    as_json: options.AsJson = False,
) -> None:
    """Make one data set of several; images that two of them have in common are refused.

    Scenes and pictures get the name of their data set as a folder. Splits are kept.

    Example: ghtools merge street square both --to coco
    """
    from converters import merge as merging
    from converters.convert import ConvertOptions

    *sources, target = paths
    writing = ConvertOptions(
        to=to or "",
        out=target,
        read_options=read_options or (),
        write_options=write_options or (),
        images=images,
        allow_lossy=allow_lossy,
        force=force,
    )
    formats = options.formats_of(sources, from_formats)
    with output.bars() as track:
        report = merging.merge(sources, formats, writing, jobs=jobs, cluster=cluster, track=track)
    show(report, as_json=as_json)


def show(report: MergeReport, *, as_json: bool) -> None:
    """Print what was merged."""
    written = report.written
    for note in written.notes:
        output.say(note)
    keys = ("source", "name", "format", "scenes", "images", "heads")
    if as_json:
        kept = {key: getattr(written, key) for key in ("format", "images", "heads", "dropped", "unused", "out")}
        output.show_json({"sources": [{key: getattr(one, key) for key in keys} for one in report.sources], **kept})
    else:
        names = ["data set", "called", "format", "scenes", "images", "heads"]
        output.table(names, [[getattr(one, key) for key in keys] for one in report.sources])
        output.tell(f"{written.out}: {written.images} images, {written.heads} heads as {written.format}")
        output.tell_dropped(written.dropped)
    output.check_all_used(written.unused, written.of)
