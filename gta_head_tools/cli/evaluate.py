"""`ghtools evaluate`: scores of predictions against the truth."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from gta_head_tools.cli import options, output

if TYPE_CHECKING:
    from converters.evaluate import ScoreReport

Predicted = Annotated[Path, typer.Argument(metavar="PRED", help="Predicted heads: a folder or one label file.")]
True_ = Annotated[Path, typer.Argument(metavar="TRUTH", help="True heads: a folder or one label file.")]
Protocol = Annotated[
    Literal["counting", "nwpu", "keypoint", "boxes", "density"],
    typer.Option(
        "--protocol",
        help="What is scored: counts; positions as in NWPU-Crowd, or in RAZ-Net (keypoint); boxes as in COCO; maps.",
    ),
]
Roi = Annotated[bool, typer.Option("--roi", help="Only heads inside the region of interest of each image count.")]
Thresholds = Annotated[
    bool,
    typer.Option("--thresholds", help="Also score what has at least a score of 0, .05, ... .95 (others: even steps)."),
]
Page = Annotated[Path | None, typer.Option("--report", metavar="FILE.html", help="Write a page with plots.")]


def evaluate(
    predicted: Predicted,
    true: True_,
    *,
    protocol: Protocol = "counting",
    roi: Roi = False,
    thresholds: Thresholds = False,
    missing: options.Missing = "error",
    per_image: options.PerImage = None,
    page: Page = None,
    from_formats: options.FromBoth = None,
    read_options: options.ReadOptions = None,
    force: options.Force = False,
    jobs: options.Jobs = None,
    cluster: options.Cluster = None,
    as_json: options.AsJson = False,
) -> None:
    """Score predicted heads against true ones, in any formats.

    Images are joined by their path without its suffix, else by their stem. An option -i goes to each side whose format
    has it; -i key=A,B gives the predictions A and the truth B (category=A,B: both of them to both sides).
    AP is of all candidates: write predictions for it with `ghtools baseline predict --threshold 0`.

    Example: ghtools evaluate pred.txt val_gt_loc.txt --protocol nwpu
    """
    from converters.datasets.guards import check_new_files, check_new_page
    from converters.evaluate import ScoreOptions, write_image_table
    from converters.evaluate import evaluate as score
    from converters.pairing import read_pair
    from converters.score_page import write_page

    check_new_files(per_image, page, force=force, kept=(predicted, true))
    check_new_page(page, force=force)
    sides = options.find_both((predicted, true), from_formats)
    pairing = read_pair(*sides, options=read_options or (), missing=missing)
    output.say_notes(pairing.predicted, pairing.true)
    with output.bars() as track:
        settings = ScoreOptions(protocol=protocol, roi=roi, thresholds=thresholds)
        report = score(pairing, settings, jobs=jobs, cluster=cluster, track=track)
        unused = () if page is None else write_page(report, page, names=(str(predicted), str(true)))
        if per_image is not None:
            write_image_table(report, per_image)
    show(report, as_json=as_json)
    output.check_all_used(unused, len(report.images))


def show(report: ScoreReport, *, as_json: bool) -> None:
    """Print the scores, and notes on them."""
    protocol = report.options.by
    for note in report.notes:
        output.say(note)
    if as_json:
        told: dict[str, Any] = {"protocol": report.options.protocol, **protocol.score_keys(report.scores)}
        if report.curve:
            curve = report.curve.items()
            told["thresholds"] = [{"threshold": at, **protocol.score_keys(scores)} for at, scores in curve]
        output.show_json(told)
        return
    tables = [*protocol.tables(report.scores), *([protocol.curve_table(report.curve)] if report.curve else [])]
    for number, table in enumerate(tables):
        output.tell("\n" * bool(number) + table.title)
        output.table(table.columns, table.rows)
