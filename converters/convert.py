"""From any format to any other: everything is checked before anything is written, and every loss is counted."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from converters.datasets import guards
from converters.datasets.anchor_files import AnchorsAt
from converters.datasets.contents import Contents, count_contents
from converters.datasets.held_heads import held_once_read
from converters.datasets.part import part_of
from converters.datasets.read import read_dataset
from converters.datasets.unused import check_all_used, check_placed, unfit_note, without_unused
from converters.datasets.write import find_writer, write_scenes
from converters.files.pictures.pictures import ImageMode
from converters.formats.format import Writes, no_boxes, no_sizes, two_sizes
from converters.formats.options import parse_options, reading_options
from converters.formats.registry import check_target_format, check_target_name, find_format, format_name
from gta_head_tools.dataset import Dataset
from gta_head_tools.errors import DatasetLayoutError, GtaHeadError
from gta_head_tools.files import own_name
from gta_head_tools.locks import locked
from gta_head_tools.progress import Track, no_progress


@dataclass(frozen=True, slots=True, kw_only=True)
class ConvertOptions:
    """Which format, where to, and how.

    Attributes:
        to: target format.
        out: folder of the new data set, or one file; None = `default_target`.
        from_format: format of the source, None = detected.
        read_options: `key=value` options of the source's format.
        write_options: `key=value` options of the target's format.
        anchors: the anchor files whose edits of heads are applied.
        images: what happens to pictures.
        only: patterns of the images to convert, see `part_of`; empty = all.
        limit: at most so many images, spread evenly; None = all.
        allow_lossy: drop filled columns that the target cannot hold.
        force: overwrite.
    """

    to: str
    out: Path | None = None
    from_format: str | None = None
    read_options: Sequence[str] = ()
    write_options: Sequence[str] = ()
    anchors: AnchorsAt = None
    images: ImageMode = "link"
    only: Sequence[str] = ()
    limit: int | None = None
    allow_lossy: bool = False
    force: bool = False


@dataclass(frozen=True, slots=True)
class ConversionReport:
    """What was done.

    Attributes:
        format: of the target.
        images: written.
        heads: written.
        dropped: what the target cannot hold, with the number of heads (or images) that had it.
        notes: what is worth telling: conventions used, what was passed over or passed on.
        out: the new data set.
        unused: what is wrong with pictures that could not be used: of those that are needed (for their pixels, or their
            size where nothing else says it) the images are left out, of the others the pictures alone.
        of: images of the source.
    """

    format: str
    images: int
    heads: int
    dropped: dict[str, int]
    notes: tuple[str, ...]
    out: Path
    unused: tuple[str, ...] = ()
    of: int = 0


def default_target(source: Path, to: str) -> Path:
    """Where a conversion goes that names no target: beside the source, a file by its stem.

    >>> default_target(Path("data/mall"), "coco").as_posix()
    'data/mall-coco'
    """
    if source.is_file():
        return source.parent / f"{source.name.removesuffix('.gz').rpartition('.')[0] or source.name}-{to}"
    place = source / ".." if source.name in {"", ".."} else source.parent
    return place / f"{own_name(source)}-{to}"


def convert(
    source: Path,
    options: ConvertOptions,
    *,
    jobs: int | None = None,
    cluster: str | None = None,
    track: Track = no_progress,
) -> ConversionReport:
    """Write a data set in another format.

    Args:
        source: a folder or one label file.
        options: which format, where to, and how.
        jobs: worker processes, None = all cores.
        cluster: address of a dask scheduler.
        track: progress.

    Raises:
        GtaHeadError: bad input or a loss that is not allowed; nothing is written then.
    """
    # A wrong target is told before a large source is read.
    parse_options(find_writer(format_name(options.to)).options, options.write_options)
    read_as, dataset = read_dataset(
        source, format_name=options.from_format, options=options.read_options, anchors=options.anchors
    )
    part = part_of(held_once_read(dataset), options.only, options.limit)
    out = options.out or default_target(source, format_name(options.to))
    with locked(out):
        plan = plan_conversion(part, read_as, options, source=source, track=track)
        return carry_out(plan, jobs=jobs, cluster=cluster, track=track)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A conversion that was checked and can be carried out.

    Attributes:
        dataset: the images that are written.
        options: as given, with `out` filled in.
        found: what they hold.
        lost: filled columns that the target cannot hold, with counts.
        read_as: format of the source.
        unused: see `ConversionReport`.
        of: images of the source.
    """

    dataset: Dataset
    options: ConvertOptions
    found: Contents
    lost: dict[str, int]
    read_as: str
    unused: tuple[str, ...]
    of: int


def plan_conversion(
    dataset: Dataset, read_as: str, options: ConvertOptions, *, source: Path, track: Track = no_progress
) -> Plan:
    """A conversion of a data set that was read, with all checks made; nothing is written.

    Args:
        dataset: what to write.
        read_as: name of the format that it was read as.
        options: which format, where to, and how.
        source: folder or file that it was read from.
        track: progress.

    Raises:
        GtaHeadError: bad input, a target that is taken, or a loss that is not allowed.
    """
    to = format_name(options.to)
    target, writes = find_format(to), find_writer(to)
    write_options = parse_options(writes.options, options.write_options)
    out = options.out or default_target(source, to)
    alone = writes.suffix is not None and out.suffix == writes.suffix
    guards.check_target_free(source, out, force=options.force)
    check_target_name(out, suffix=writes.suffix)
    check_target_format(out, to)
    placed = "none" if alone else options.images
    guards.check_target_pictures(dataset, placed)
    total = dataset.image_count
    dataset, found, unused = _usable(dataset, writes, placed, same=read_as == to, track=track)
    if not found.images:
        check_all_used(unused, total)
        raise DatasetLayoutError(source, "holds no images: there is nothing to convert")
    held = target.holds | writes.also(write_options)
    lost = {column: count for column, count in found.filled.items() if column not in held}
    regroup = "scenes" in {field.name for field in fields(find_format(read_as).options)}
    _check_holds(found, dataset, to, held, same=read_as == to, regroup=regroup)
    gone = found.border.get("gone", 0)
    lost |= {guards.OUTSIDE: gone} if gone else {}
    guards.check_losses(lost, to, allow_lossy=options.allow_lossy)
    return Plan(
        dataset=dataset,
        options=replace(options, to=to, out=out),
        found=found,
        lost=lost,
        read_as=read_as,
        unused=unused,
        of=total,
    )


def carry_out(
    plan: Plan, *, jobs: int | None = None, cluster: str | None = None, track: Track = no_progress
) -> ConversionReport:
    """Write what was planned.

    Args:
        plan: of the conversion.
        jobs: worker processes, None = all cores.
        cluster: address of a dask scheduler.
        track: progress.

    Raises:
        GtaHeadError: see `write_scenes`.
    """
    options, found, dataset = plan.options, plan.found, plan.dataset
    to, out = options.to, options.out or default_target(dataset.source, options.to)
    writes = find_writer(to)
    write_options = parse_options(writes.options, options.write_options)
    taken = options.force and out.is_dir() and any(out.iterdir())
    write_scenes(dataset, to, out, write_options, options.images, jobs=jobs, cluster=cluster, track=track)
    same = plan.read_as == to
    extras = {} if same else {name: n for name, n in found.extras.items() if name not in writes.keeps}
    read_options, _ = reading_options(find_format(plan.read_as).options, options.read_options)
    conventions = _described(f"read as {plan.read_as}", read_options) + _described(f"written as {to}", write_options)
    left = _left(found, to, out) if taken else ()
    unfit = unfit_note(dataset, plan.unused)
    notes = (*dataset.notes, *unfit, *conventions, *writes.notes(found.ids), *_misplaced(found, writes), *left)
    heads = found.heads - found.border.get("gone", 0)
    return ConversionReport(to, found.images, heads, {**plan.lost, **extras}, notes, out, plan.unused, plan.of)


def _usable(
    dataset: Dataset, writes: Writes, images: ImageMode, *, same: bool, track: Track
) -> tuple[Dataset, Contents, tuple[str, ...]]:
    """The images that can be written, what they hold, and what is wrong with pictures that cannot be used."""
    if writes.needs_pixels and images != "none":
        dataset, unused = without_unused(dataset, track=track)
    else:
        dataset, unused = check_placed(dataset, images)
    found = count_contents(dataset, clips=writes.clips, track=track)
    lost = [path for path in found.unsized_paths if path in dataset.unfit] if writes.needs_size and not same else []
    if not lost:
        return dataset, found, unused
    told = (dataset.unfit[path] for path in lost)
    dataset = dataset.without(lost)
    return dataset, count_contents(dataset, clips=writes.clips), tuple(dict.fromkeys((*unused, *told)))


def _check_holds(found: Contents, dataset: Dataset, to: str, held: Set[str], *, same: bool, regroup: bool) -> None:
    """Refuse what the target format cannot express, even when losses are allowed; `held` are the columns it holds."""
    writes = find_writer(to)
    if found.unboxed and "boxes" in held and "points" not in held and not writes.points_alone:
        raise no_boxes(found.unboxed, found.first_unboxed)
    if found.unsized_paths and writes.needs_size and not same:
        raise no_sizes(len(found.unsized_paths), dataset.root / found.unsized_paths[0])
    if found.sizes and writes.scenes_apart:
        raise two_sizes(*next(iter(found.sizes.items())), regroup=regroup)


def _described(what: str, options: Any) -> tuple[str, ...]:
    values = {field.name: getattr(options, field.name) for field in fields(options)}
    chosen = [
        f"{name}={value if isinstance(value, str) else str(value).lower()}"
        for name, value in values.items()
        if value not in {"", None}
    ]
    return (f"{what} with {', '.join(chosen)}",) if chosen else ()


def _misplaced(found: Contents, writes: Writes) -> tuple[str, ...]:
    if writes.clips:
        told = {
            "cut": "boxes reach beyond the border of their picture and are cut there",
            "gone": "heads are left out: their boxes lie outside their picture",
            "swapped": "boxes have swapped corners, which are written in order",
        }
        return tuple(f"{found.border[kind]} {what}" for kind, what in told.items() if found.border.get(kind))
    if not found.misplaced:
        return ()
    what = "heads outside their picture or with swapped corners are passed on as they are"
    return (f"{found.misplaced} {what}; the first: {found.first_misplaced}",)


def _left(found: Contents, name: str, out: Path) -> tuple[str, ...]:
    """A note of images that an earlier run left in a folder that was written to again."""
    writes = find_writer(name)
    if writes.suffix is not None:
        return ()  # One file lists all images, and it is new.
    try:
        more = read_dataset(out, format_name=name)[1].image_count - found.images
    except GtaHeadError:
        return ()  # Sizes are missing where pictures are.
    if more <= 0:
        return ()
    told = "of scenes written earlier" if writes.scenes_apart else "that an earlier run wrote; remove them"
    return (f"{out} also holds {more} images {told}",)
