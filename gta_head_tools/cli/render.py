"""`ghtools render`: overlay pictures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gta_head_tools.cli import options, output

if TYPE_CHECKING:
    from collections.abc import Sequence

    from converters.pairing import Pairing
    from converters.picture_writer import DrawOptions

Out = Annotated[Path, typer.Argument(metavar="OUT", help="Folder of the overlay pictures.")]
Anchors = Annotated[
    Path | None,
    typer.Option("--anchors", metavar="FILE", show_default="anchors.json of each scene", help="Boxes drawn by hand."),
]
Against = Annotated[
    Path | None,
    typer.Option(
        "--against", metavar="TRUTH", help="Take SRC as predictions, and draw which of these true heads they found."
    ),
]


def overlays(
    source: options.Source,
    out: Out,
    *,
    anchors: Anchors = None,
    limit: options.Limit = None,
    skip_missing: options.SkipMissing = False,
    against: Against = None,
    missing: options.Missing = "error",
    from_formats: options.FromBoth = None,
    read_options: options.ReadOptions = None,
    force: options.Force = False,
    jobs: options.Jobs = None,
    cluster: options.Cluster = None,
    as_json: options.AsJson = False,
) -> None:
    """Draw the heads on their pictures; after an interruption the same command goes on.

    Boxes are coloured by size, on one scale for all pictures of a scene; ignored heads are dashed, anchors have
    brackets. With --against, SRC holds predictions, and the pictures show found, missed and false heads, as `ghtools
    evaluate --protocol nwpu` counts them at the large radius.

    Example: ghtools render scene/boxes ghtools-overlays --limit 20
    """
    from converters.pairing import read_pair
    from converters.picture_writer import DrawOptions
    from gta_head_tools.errors import ConfigError

    chosen = read_options or ()
    settings = DrawOptions(limit=limit, skip_missing=skip_missing, force=force, jobs=jobs, cluster=cluster)
    if against is None:
        name = options.source_format(source, from_formats)
        draw_heads(source, out, name, chosen, anchors=anchors, settings=settings, as_json=as_json)
    elif anchors is not None:
        raise ConfigError("--anchors and --against: a matching shows no anchors; leave out one of them")
    else:
        sides = options.find_both((source, against), from_formats)
        pairing = read_pair(*sides, options=chosen, missing=missing)
        draw_matching(pairing, out, settings, as_json=as_json)


def draw_heads(
    source: Path,
    out: Path,
    name: str,
    read_options: Sequence[str],
    *,
    anchors: Path | None,
    settings: DrawOptions,
    as_json: bool,
) -> None:
    """Draw a data set and tell what was drawn."""
    from dataclasses import asdict, replace

    from converters.datasets.read import read_dataset
    from converters.overlays import edits_file, render_overlays

    edits = edits_file(source, anchors)
    _, dataset = read_dataset(source, format_name=name, options=read_options, anchors=edits)
    output.say_notes(dataset)
    with output.bars() as track:
        report = render_overlays(dataset, out, replace(settings, track=track), anchors=anchors)
    if as_json:
        output.show_json(asdict(report))
        output.check_all_used(report.unused, report.images + len(report.unused))
        return
    there = f" ({report.current} were there already)" if report.current else ""
    output.tell(f"{report.out}: {_pictures(report.images)}{there}, {report.heads} heads, {report.anchors} anchors")
    output.check_all_used(report.unused, report.images + len(report.unused))


def draw_matching(pairing: Pairing, out: Path, settings: DrawOptions, *, as_json: bool) -> None:
    """Draw predictions against the truth and tell what was drawn."""
    from dataclasses import asdict, replace

    from converters.match_overlays import render_matches

    output.say_notes(pairing.predicted, pairing.true)
    with output.bars() as track:
        report = render_matches(pairing, out, replace(settings, track=track))
    if as_json:
        output.show_json(asdict(report))
        output.check_all_used(report.unused, report.images + len(report.unused))
        return
    there = f" ({report.current} were there already)" if report.current else ""
    found = f"{report.tp:,} found (TP), {report.fp:,} false (FP), {report.fn:,} missed (FN)"
    output.tell(f"{report.out}: {_pictures(report.images)}{there}: {found}")
    output.check_all_used(report.unused, report.images + len(report.unused))


def _pictures(number: int) -> str:
    return "1 picture" if number == 1 else f"{number} pictures"
