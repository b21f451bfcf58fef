"""Export: a preview of what would be written and lost, and the writing itself.

Scenes with anchors go out with boxes, exactly as `interpolate-boxes` makes them. In heads mode the points go out as
they are, exactly as `convert` writes them.
"""

from __future__ import annotations

import inspect
import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from annotator_gui.model.quality import SceneQuality
from annotator_gui.model.session import Session
from converters.boxes import BoxesReport, BoxOptions, interpolate_boxes
from converters.convert import ConversionReport, ConvertOptions, convert, default_target
from converters.datasets.contents import filled_columns
from converters.files.pictures.pictures import ImageMode
from converters.formats.registry import FORMATS, check_target_format, find_format, format_name
from gta_head_tools.anchors.pinned_boxes import corrects_boxes, with_pins
from gta_head_tools.errors import ConfigError, GtaHeadError, UnusedPicturesError
from gta_head_tools.files import own_name
from gta_head_tools.geometry import outside
from gta_head_tools.progress import Track, no_progress


@dataclass(frozen=True, slots=True)
class ExportChoice:
    """What the user has chosen.

    Attributes:
        to: format.
        boxes: with interpolated boxes; else the points as they are (heads mode).
        out: folder, or file of a one-file format; None = `default_out`.
        clip: cut boxes at the border of the picture.
        keep_outside: keep heads beyond the border.
        images: what happens to pictures.
        options: `key=value` options of the format, e.g. ``split=val``.
        allow_lossy: drop what the format cannot hold.
        force: write anew what is there.
    """

    to: str = "mot"
    boxes: bool = True
    out: Path | None = None
    clip: bool = False
    keep_outside: bool = False
    images: ImageMode = "link"
    options: tuple[str, ...] = ()
    allow_lossy: bool = False
    force: bool = False


@dataclass(frozen=True, slots=True)
class ExportPreview:
    """What an export would write of the open scene.

    Attributes:
        out: where it goes.
        heads: how many are written.
        boxes: how many of them have one.
        pins: boxes kept as drawn.
        suspects: anchors that contradict the others.
        unreviewed: pictures that are not reviewed.
        dropped: what the format cannot hold, and how many heads (or images) have it.
        problem: why it cannot be written; "" = it can.
    """

    out: Path
    heads: int
    boxes: int
    pins: int
    suspects: int
    unreviewed: int
    dropped: dict[str, int] = field(default_factory=dict)
    problem: str = ""


def box_formats() -> list[str]:
    """Formats that can be written with boxes."""
    return [name for name, known in FORMATS.items() if known.writes and "boxes" in known.holds]


def point_formats() -> list[str]:
    """Formats that can be written with heads that have no box."""
    return [
        name
        for name, known in FORMATS.items()
        if known.writes and ("points" in known.holds or known.writes.points_alone)
    ]


def default_out(session: Session, choice: ExportChoice) -> Path:
    """The default place of an export: that of the command line, or below the user's home if it cannot be written."""
    source = session.source
    usual = default_target(source, choice.to)
    if choice.boxes:
        usual = (source.parent if source.is_file() else source) / "boxes"
        if usual.is_dir() and _taken(usual, format_name(choice.to), usual.stat().st_mtime_ns):
            usual = usual.with_name(f"boxes-{choice.to}")
    if os.access(usual.parent, os.W_OK):
        return usual
    return Path.home() / (f"{own_name(source)}-boxes" if choice.boxes else usual.name)


@cache
def _taken(folder: Path, name: str, changed: int) -> bool:  # noqa: ARG001 - the answer is kept until it changes
    """True when a folder holds boxes of another format, as of the time of its last change."""
    try:
        check_target_format(folder, name)
    except GtaHeadError:
        return True
    return False


def about(name: str) -> str:
    """What a format is, in one line."""
    return (inspect.getdoc(inspect.getmodule(find_format(name).read)) or "").partition("\n")[0]


@dataclass(frozen=True, slots=True)
class Counted:
    """Heads of the open scene that an export writes.

    Attributes:
        filled: how many have a value in each column, see `filled_columns`.
        heads: how many there are.
        boxed: how many have a box in the data set, or a pin that takes its place.
    """

    filled: Mapping[str, int]
    heads: int
    boxed: int


def count_heads(session: Session, choice: ExportChoice) -> Counted:
    """Count the heads of the open scene that an export writes; reads all of its frames.

    Args:
        session: with a scene open.
        choice: `boxes` and `keep_outside` decide.

    Raises:
        ValueError: no scene is open.
    """
    document = session.document
    if document is None:
        raise ValueError("no scene is open")
    anchors, filled, heads, boxed = document.settled, Counter[str](), 0, 0
    for index in range(len(document.images)):
        image = document.edited(index, anchors)
        if not choice.boxes and corrects_boxes(anchors):
            image = with_pins([image], anchors, path=document.path)[0]
        if choice.boxes and not choice.keep_outside:
            image = image.select(~outside(image.points, image.info.size))
        filled.update(filled_columns(image))
        heads += len(image)
        boxed += int(image.has_box.sum())
    return Counted(+filled, heads, boxed)


def preview(
    session: Session, quality: SceneQuality, choice: ExportChoice, counted: Counted | None = None
) -> ExportPreview:
    """What an export of the open scene would write.

    Args:
        session: with a scene open.
        quality: of that scene, see `LiveFit.assess`.
        choice: of the user.
        counted: its heads; None = they are counted.

    Raises:
        ValueError: no scene is open.
    """
    document = session.document
    if document is None:
        raise ValueError("no scene is open")
    counted = counted or count_heads(session, choice)
    anchors, kept = document.settled, {*find_format(choice.to).holds, *({"points", "boxes"} if choice.boxes else ())}
    return ExportPreview(
        out=choice.out or default_out(session, choice),
        heads=counted.heads,
        boxes=(0 if quality.problem else counted.heads) if choice.boxes else counted.boxed,
        pins=len(anchors.pins),
        suspects=sum(check.suspect for check in quality.checks),
        unreviewed=len(set(document.names) - set(anchors.reviewed)),
        dropped={name: count for name, count in counted.filled.items() if name not in kept},
        problem=quality.problem if choice.boxes else "",
    )


def export(
    session: Session, choice: ExportChoice, *, jobs: int | None = 1, track: Track = no_progress
) -> BoxesReport | ConversionReport:
    """Write all scenes of the data set that have anchors, from their saved projects; files that are up to date stay.

    Touches nothing but files, so that it may run in another thread; the project has to be saved before.

    Args:
        session: that is open.
        choice: of the user.
        jobs: worker processes.
        track: progress.

    Raises:
        ConfigError: the open scene has edits that are not saved.
        GtaHeadError: it cannot be written, or a loss that is not allowed; nothing is written then.
    """
    if session.document is not None and session.document.dirty:
        raise ConfigError(f"scene {session.document.scene.name} has edits that are not saved: save them first")
    anchors = session.elsewhere() or None
    out = choice.out or default_out(session, choice)
    if not choice.boxes:
        conversion = ConvertOptions(
            to=choice.to,
            out=out,
            from_format=session.format,
            read_options=session.options,
            write_options=choice.options,
            anchors=anchors,
            images=choice.images,
            allow_lossy=choice.allow_lossy,
            force=choice.force,
        )
        return convert(session.source, conversion, jobs=jobs, track=track)
    options = BoxOptions(
        pool=session.pool,
        clip=choice.clip,
        keep_outside=choice.keep_outside,
        to=choice.to,
        write_options=choice.options,
        images=choice.images,
        anchors=anchors,
        out=out,
        from_format=session.format,
        read_options=session.options,
        allow_lossy=choice.allow_lossy,
        force=choice.force,
    )
    return interpolate_boxes(session.source, options, jobs=jobs, track=track)


_COLUMNS = {
    "points": "where the head point is not the middle of its box",
    "ids": "the number of the person",
    "ignore": "the mark “ignore”",
}


def losses(dropped: Mapping[str, int], to: str) -> str:
    """Sentences about columns that a format cannot hold, and how many heads have each."""
    told = ((_COLUMNS.get(column, f"the value “{column}”"), count) for column, count in dropped.items())
    return " ".join(f"{to} cannot hold {what}: {count:,} heads lose it." for what, count in told)


def summary(report: BoxesReport | ConversionReport, choice: ExportChoice) -> str:
    """Sentences about what was written of all scenes."""
    lost = [losses(report.dropped, choice.to)] if report.dropped else []
    if report.unused:
        lost.append(f"{UnusedPicturesError(report.unused, report.of)}.")
    if isinstance(report, ConversionReport):
        return "\n".join([f"{report.heads:,} heads in {report.images:,} frames written to {report.out}", *lost])
    heads = sum(fit.heads - (0 if choice.keep_outside else fit.outside) for fit in report.fits)
    images = sum(fit.images for fit in report.fits)
    done = f"{heads:,} heads in {images:,} frames written to {report.out}"
    left = [f"Scenes without anchors, which were left out: {len(report.skipped):,}."] if report.skipped else []
    return "\n".join([done, *left, *lost, *report.warnings])
