"""`ghtools diff`: what changed between two data sets."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gta_head_tools.cli import options, output

if TYPE_CHECKING:
    from converters.diff import DiffReport

Before = Annotated[Path, typer.Argument(metavar="A", help="Data set before the changes: a folder or one label file.")]
After = Annotated[Path, typer.Argument(metavar="B", help="Data set after them, in any format.")]
Tolerance = Annotated[
    float, typer.Option("--tolerance", metavar="PX", help="Coordinates may differ by so many pixels, as formats round.")
]
Reach = Annotated[
    float,
    typer.Option("--reach", metavar="PX", help="Up to here, heads without ids that do not overlap are one that moved."),
]
Render = Annotated[
    Path | None, typer.Option("--render", metavar="DIR", help="Draw the images that differ, on their pictures.")
]
DrawnLimit = Annotated[
    int | None, typer.Option("--limit", metavar="N", help="Draw at most N images, those that differ most.")
]

_WORDS = {
    "boxes": "a box on one side only",
    "ids": "id changed",
    "ignore": "ignore flag changed",
    "visibility": "visibility changed",
    "score": "score changed",
    "only_a": "images of A alone",
    "only_b": "images of B alone",
    "split": "split changed",
    "size": "picture size differs",
}


def diff(
    before: Before,
    after: After,
    *,
    tolerance: Tolerance = 0.01,
    reach: Reach = 20.0,
    missing: options.Missing = "error",
    per_image: options.PerImage = None,
    render: Render = None,
    limit: DrawnLimit = None,
    skip_missing: options.SkipMissing = False,
    from_formats: options.FromBoth = None,
    read_options: options.ReadOptions = None,
    force: options.Force = False,
    jobs: options.Jobs = None,
    cluster: options.Cluster = None,
    as_json: options.AsJson = False,
) -> None:
    """Tell what changed between two data sets; the exit code is 1 when anything did, else 0.

    Heads are joined by id where ids are unique in both images, else boxes by overlap and points by distance; the order
    of heads and columns that one format alone has (areas, numbers of annotations) make no difference. An option -i goes
    to each side whose format has it; -i key=A,B gives A and B one value each.

    Example: ghtools diff boxes boxes-coco --per-image changes.csv
    """
    from converters.datasets.guards import check_new_files
    from converters.diff import diff as compare
    from converters.diff import write_diff_table
    from converters.diff_overlays import check_limit, render_differences
    from converters.pairing import read_alike
    from converters.picture_writer import DrawOptions
    from gta_head_tools.diff import DiffOptions

    check_limit(limit, render)
    check_new_files(per_image, force=force, kept=(before, after))
    settings = DiffOptions(tolerance=tolerance, reach=reach)
    sides = options.find_alike((before, after), from_formats)
    pairing = read_alike(*sides, options=read_options or (), missing=missing)
    output.say_notes(pairing.true, pairing.predicted)
    with output.bars() as track:
        report = compare(pairing, settings, jobs=jobs, cluster=cluster, track=track)
        if per_image is not None:
            write_diff_table(report, per_image)
        drawing = DrawOptions(
            limit=limit, skip_missing=skip_missing, force=force, jobs=jobs, cluster=cluster, track=track
        )
        drawn, unused = (0, ()) if render is None else render_differences(report, render, drawing)
    show(report, render, drawn, as_json=as_json)
    output.check_all_used(unused, drawn + len(unused))
    if report.changed:
        raise typer.Exit(1)


def show(report: DiffReport, render: Path | None, drawn: int, *, as_json: bool) -> None:
    """Print the kinds of differences that there are, and how many images were drawn in the folder."""
    if as_json:
        output.show_json(report.keys)
        return
    for name, side in zip("AB", report.sides, strict=True):
        output.tell(f"{name}: {side['source']}: {side['images']:,} images, {side['heads']:,} heads")
    if not report.changed:
        output.tell(f"no differences (coordinates within {report.options.tolerance:g} px)")
        return
    heads = [(kind, f"{count:,}", f"{images:,}") for kind, (count, images) in report.head_counts.items() if count]
    images = [(kind, "", f"{count:,}") for kind, count in report.image_counts.items() if count]
    output.table(("change", "heads", "images"), [(_WORDS.get(kind, kind), *rest) for kind, *rest in (*heads, *images)])
    output.tell(f"{len(report.changed):,} of {len(report.images):,} images differ")
    if report.largest_move:
        output.tell(f"the largest move of a head is {report.largest_move:.4g} px")
    if drawn:
        output.tell(f"{render}: {drawn:,} of {len(report.changed):,} images that differ are drawn")
