"""`ghtools split`: training, validation and test images, or folds, without leaking scenes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from gta_head_tools.cli import options, output

if TYPE_CHECKING:
    from converters.split import SplitReport

Target = Annotated[Path, typer.Argument(metavar="DST", help="New folder, or one file.")]
Unit = Annotated[
    Literal["location", "scene", "image"],
    typer.Option(
        "--by",
        help="What stays whole: the cameras of one place (scene_X_Y of one X), the pictures of a camera, or a picture.",
    ),
]
Ratios = Annotated[
    str, typer.Option("--ratios", metavar="TRAIN,VAL,TEST", help="Shares, or numbers of locations: 24,0,11.")
]
Seed = Annotated[int, typer.Option("--seed", min=0, help="Of the random numbers.")]
Protocol = Annotated[
    str | None,
    typer.Option(
        "--protocol", metavar="NAME", help="The published split of a public set (shanghaitech, mall, nwpu, ...)."
    ),
]
Folds = Annotated[
    int | None,
    typer.Option("--folds", metavar="N", help="N folds, each once the test side; UCF_CC_50: its images in order."),
]
To = Annotated[
    str | None, typer.Option("--to", metavar="FORMAT", show_default="of the source", help="Format to write.")
]


def split(
    source: options.Source,
    target: Target,
    *,
    by: Unit = "location",
    ratios: Ratios = "0.7,0.1,0.2",
    seed: Seed = 0,
    protocol: Protocol = None,
    folds: Folds = None,
    to: To = None,
    from_format: options.From = None,
    read_options: options.ReadOptions = None,
    write_options: options.WriteOptions = None,
    images: options.Images = "link",
    allow_lossy: options.AllowLossy = False,
    force: options.Force = False,
    jobs: options.Jobs = None,
    cluster: options.Cluster = None,
    as_json: options.AsJson = False,
) -> None:
    """Split a data set into train, val and test, stratified by the number of heads.

    No location (--by scene: no scene) is ever on two sides. Splits that the source has are replaced.

    Example: ghtools split scenes scenes-split --ratios 24,0,11 --to coco
    """
    from converters import split as splitting
    from converters.convert import ConvertOptions
    from converters.datasets.cuts import SplitOptions, parse_ratios

    writing = ConvertOptions(
        to=to or "",
        out=target,
        from_format=options.source_format(source, from_format),
        read_options=read_options or (),
        write_options=write_options or (),
        images=images,
        allow_lossy=allow_lossy,
        force=force,
    )
    wish = SplitOptions(by=by, ratios=parse_ratios(ratios), seed=seed, protocol=protocol, folds=folds)
    with output.bars() as track:
        report = splitting.split(source, wish, writing, jobs=jobs, cluster=cluster, track=track)
    show(report, as_json=as_json)


def show(report: SplitReport, *, as_json: bool) -> None:
    """Print what is on each side."""
    keys = ("locations", "scenes", "images", "heads", "share")
    for note in report.notes:
        output.say(note)
    if as_json:
        sides = [{"split": side.name, **{key: getattr(side, key) for key in keys}} for side in report.sides]
        kept = {key: getattr(report, key) for key in ("format", "dropped", "unused", "out")}
        output.show_json({"splits": sides, **kept})
    else:
        rows = [
            (side.name, side.locations, side.scenes, side.images, f"{side.heads:,}", f"{side.share:.1%}")
            for side in report.sides
        ]
        output.table(["split", "locations", "scenes", "images", "heads", "share of heads"], rows)
        output.tell(f"{report.out}: written as {report.format}")
        output.tell_dropped(report.dropped)
    output.check_all_used(report.unused, report.of)
