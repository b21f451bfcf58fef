"""`ghtools interpolate-boxes`: the main job."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gta_head_tools.cli import options, output
from gta_head_tools.cli.baseline import Device, needs_training

if TYPE_CHECKING:
    from converters.boxes import BoxesReport, BoxOptions
    from gta_head_tools.interpolation.scene_boxes import SceneFit


def interpolate_boxes(
    source: options.Source = Path(),
    *,
    anchors: Annotated[
        Path | None,
        typer.Option(
            "--anchors", metavar="FILE", show_default="anchors.json of each scene", help="Boxes drawn by hand."
        ),
    ] = None,
    rule: Annotated[
        str,
        typer.Option(
            "--rule",
            metavar="RULE",
            help="auto, two-nearest (the paper), row, affine, camera, spacing or learned (with --model).",
        ),
    ] = "auto",
    model: Annotated[
        Path | None,
        typer.Option(
            "--model", metavar="RUN", show_default=False, help="A trained head-size network, for rule learned."
        ),
    ] = None,
    device: Device = "auto",
    pool: Annotated[
        bool, typer.Option("--pool", help="For still pictures: all of them share one scale of sizes.")
    ] = False,
    ground: Annotated[
        float | None,
        typer.Option("--ground", metavar="Z", help="World height of the ground in metres, for rule camera."),
    ] = None,
    offset: Annotated[
        bool, typer.Option("--offset", help="Apply the anchors' offset from their points with rule two-nearest, too.")
    ] = False,
    to: options.To = "mot",
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", show_default="boxes in SRC", help="Folder of the result.")
    ] = None,
    images: options.Images = "link",
    clip: Annotated[bool, typer.Option("--clip", help="Cut boxes at the border of the picture.")] = False,
    keep_outside: Annotated[bool, typer.Option("--keep-outside", help="Keep heads beyond the border.")] = False,
    from_format: options.From = None,
    read_options: options.ReadOptions = None,
    write_options: options.WriteOptions = None,
    allow_lossy: options.AllowLossy = False,
    jobs: options.Jobs = None,
    cluster: options.Cluster = None,
    force: options.Force = False,
    as_json: options.AsJson = False,
) -> None:
    """Give every head of every scene a box, from the few boxes drawn in it.

    Example: ghtools interpolate-boxes scene_0_0 --to mot
    """
    from converters.boxes import BoxOptions, interpolate_boxes
    from gta_head_tools.interpolation.scene_input import SizeSettings

    what = BoxOptions(
        sizes=SizeSettings(rule, ground, offset or None),
        pool=pool,
        clip=clip,
        keep_outside=keep_outside,
        to=to,
        write_options=tuple(write_options or ()),
        images=images,
        anchors=anchors,
        out=out,
        from_format=options.source_format(source, from_format),
        read_options=read_options or (),
        allow_lossy=allow_lossy,
        force=force,
    )
    with output.bars() as track:
        if model is None:
            report = interpolate_boxes(source, what, jobs=jobs, cluster=cluster, track=track)
        else:
            report = _learned(source, what, model, device=device, jobs=jobs, cluster=cluster, track=track)
    show(report, as_json=as_json)


def _learned(source: Path, options: BoxOptions, model: Path, **how: Any) -> BoxesReport:
    from converters.boxes import check_rule

    check_rule(options, learned=True)
    needs_training()
    from training.learned_sizes import ERROR_BARS, learned_boxes

    report = learned_boxes(source, options, model, **how)
    output.say(f"the error bars of single heads: {report.out / ERROR_BARS}")
    output.say("they hold for pictures like those that the network learned from, and heads of such sizes; look at some")
    return report


def show(report: BoxesReport, *, as_json: bool = False) -> None:
    """The report as JSON, or as a table with what to look at and what to do next."""
    for fit in report.fits:
        for suspect in fit.suspects:
            output.say(
                f"{fit.name}: suspect anchor on image {suspect.image} at ({suspect.point[0]:g}, {suspect.point[1]:g}): "
                f"drawn {suspect.drawn_size:.1f} px, the others say {suspect.expected_size:.1f} px"
            )
        for warning in fit.warnings:
            output.say(f"{fit.name}: {warning}")
    for warning in report.warnings:
        output.say(f"warning: {warning}")
    if as_json:
        output.show_json(as_plain(report))
    else:
        _show_table(report)
    output.check_all_used(report.unused, report.of)


def _show_table(report: BoxesReport) -> None:
    from gta_head_tools.interpolation.expectation import EXPECTED

    columns = ["scene", "images", "heads", "anchors", "rule", *EXPECTED, "grade", "suspects", "clamped", "outside"]
    output.table(columns, [_row(fit) for fit in report.fits])
    output.tell_skipped(report.skipped)
    output.tell_dropped(report.dropped)
    current = len(report.fits) - len(report.written)
    if current:
        output.tell(f"{current} scenes were up to date")
    output.tell(f"boxes written to {report.out}")
    _tell_next(report)


def _tell_next(report: BoxesReport) -> None:
    """Print the next command: overlays need the pictures, COCO needs their sizes, which a CSV file does not hold."""
    from converters.datasets.write import find_writer
    from converters.formats.registry import detect_format

    boxes, overlays = output.typed(report.out), output.typed(report.out.parent / "ghtools-overlays")
    if report.pictures:
        output.tell(f"next: ghtools render {boxes} {overlays}")
    elif find_writer(detect_format(report.out)).needs_size:
        output.tell(f"next: ghtools convert {boxes} --to coco --images none")


def _row(fit: SceneFit) -> tuple[object, ...]:
    expected = fit.diagnosis.expected
    told = ("-", "-", "-") if expected is None else expected.cells
    return (
        fit.name, fit.images, fit.heads, fit.drawn, fit.model.rule, *told, fit.diagnosis.grade,
        len(fit.suspects), fit.clamped, fit.outside,
    )  # fmt: skip


EXPECTED_KEYS = "expected_median_error", "expected_p95_error", "expected_head_error", "expected_overlap"


def _expected(fit: SceneFit) -> dict[str, float | None]:
    """What to expect of a scene as keys of the JSON object; values are null where there are no heads."""
    expected = fit.diagnosis.expected
    if expected is None:
        return dict.fromkeys(EXPECTED_KEYS)
    told = expected.field, expected.field_p95, expected.heads, expected.overlap
    return dict(zip(EXPECTED_KEYS, told, strict=True))


def as_plain(report: BoxesReport) -> dict[str, Any]:
    """The JSON object of the verb."""
    from dataclasses import asdict

    return {
        "scenes": [
            {
                "scene": fit.name,
                "images": fit.images,
                "heads": fit.heads,
                "anchors": fit.drawn,
                "rule": fit.model.rule,
                **_expected(fit),
                "grade": fit.diagnosis.grade,
                "suspects": [asdict(suspect) for suspect in fit.suspects],
                "clamped": fit.clamped,
                "outside": fit.outside,
                "out": report.out,
            }
            for fit in report.fits
        ],
        "skipped": list(report.skipped),
        "unused": list(report.unused),
        "dropped": dict(report.dropped),
        "out": report.out,
    }
