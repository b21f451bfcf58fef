"""From any format to any other: everything is checked before anything is written, and every loss is counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from converters.datasets import guards
from converters.datasets.anchor_files import AnchorsAt
from converters.datasets.contents import Survey, survey
from converters.datasets.edited_heads import with_head_edits
from converters.datasets.guards import check_target_pictures
from converters.datasets.write import find_writer, write_scenes
from converters.files.pictures import ImageMode
from converters.formats.format import no_boxes, no_sizes, two_sizes
from converters.formats.options import parse_options
from converters.formats.registry import check_target_format, check_target_name, detect_format, find_format
from converters.formats.registry import format_name as registered_name
from gta_head_tools.dataset import Dataset
from gta_head_tools.errors import DatasetLayoutError
from gta_head_tools.files import own_name
from gta_head_tools.progress import Track, no_progress


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
    """

    format: str
    images: int
    heads: int
    dropped: dict[str, int]
    notes: tuple[str, ...]
    out: Path


def read_dataset(
    source: Path, *, format_name: str | None = None, options: Sequence[str] = (), anchors: AnchorsAt = None
) -> tuple[str, Dataset]:
    """Name of the format, and the data set with the user's edits of heads applied.

    Args:
        source: a folder or one label file.
        format_name: None = detected.
        options: `key=value` options of the format.
        anchors: whose edits of heads are taken.

    Raises:
        GtaHeadError: no such file or folder, no such format or option, or files that are not what they claim.
    """
    name = detect_format(source) if format_name is None else registered_name(format_name)
    if not source.exists():
        raise DatasetLayoutError(source, "no such file or folder")
    chosen = find_format(name)
    return name, with_head_edits(chosen.read(source, parse_options(chosen.options, options)), anchors)


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
    target: Path | None = None,
    *,
    to: str,
    from_format: str | None = None,
    read_options: Sequence[str] = (),
    write_options: Sequence[str] = (),
    anchors: AnchorsAt = None,
    images: ImageMode = "link",
    allow_lossy: bool = False,
    force: bool = False,
    jobs: int | None = None,
    cluster: str | None = None,
    track: Track = no_progress,
) -> ConversionReport:
    """Write a data set in another format.

    Args:
        source: a folder or one label file.
        target: folder of the new data set, or one file; None = `default_target`.
        to: format of the target.
        from_format: None = detected.
        read_options: `key=value` options of the source's format.
        write_options: `key=value` options of the target's format.
        anchors: whose edits of heads are taken.
        images: what happens to pictures.
        allow_lossy: drop filled columns that the target cannot hold.
        force: overwrite.
        jobs: worker processes, None = all cores.
        cluster: address of a dask scheduler.
        track: progress.

    Raises:
        GtaHeadError: bad input or a loss that is not allowed; nothing is written then.
    """
    name = registered_name(to)
    chosen, writes = find_format(name), find_writer(name)
    options = parse_options(writes.options, write_options)
    read_name, dataset = read_dataset(source, format_name=from_format, options=read_options, anchors=anchors)
    out = target or default_target(source, name)
    alone = writes.suffix is not None and out.suffix == writes.suffix
    guards.check_target_free(source, out, force=force)
    check_target_name(out, suffix=writes.suffix)
    check_target_format(out, name)
    if not alone:
        check_target_pictures(dataset, images)
    found = survey(dataset, track=track)
    if not found.images:
        raise DatasetLayoutError(source, "holds no images: there is nothing to convert")
    lost = {column: count for column, count in found.filled.items() if column not in chosen.holds}
    regroup = "scenes" in {field.name for field in fields(find_format(read_name).options)}
    _check_holds(found, dataset, name, same=read_name == name, regroup=regroup)
    guards.check_losses(lost, name, allow_lossy=allow_lossy)
    write_scenes(dataset, name, out, options, images, jobs=jobs, cluster=cluster, track=track)
    own = {} if read_name == name else dict(found.own)
    conventions = _described(f"read as {read_name}", parse_options(find_format(read_name).options, read_options))
    conventions += _described(f"written as {name}", options)
    notes = (*dataset.notes, *conventions, *_odd(found), *(_left(found, name, out) if force else ()))
    return ConversionReport(name, found.images, found.heads, {**lost, **own}, notes, out)


def _check_holds(found: Survey, dataset: Dataset, name: str, *, same: bool, regroup: bool) -> None:
    """Refuse what the target has no way to say, lossy or not."""
    holds, writes = find_format(name).holds, find_writer(name)
    if found.unboxed and "boxes" in holds and "points" not in holds:
        raise no_boxes(found.unboxed, found.first_unboxed)
    if found.unsized and writes.needs_size and not same:
        raise no_sizes(found.unsized, dataset.root / found.first_unsized)
    if found.sizes and writes.scenes_apart:
        raise two_sizes(*next(iter(found.sizes.items())), regroup=regroup)


def _described(what: str, options: Any) -> tuple[str, ...]:
    chosen = [f"{field.name}={str(getattr(options, field.name)).lower()}" for field in fields(options)]
    return (f"{what} with {', '.join(chosen)}",) if chosen else ()


def _odd(found: Survey) -> tuple[str, ...]:
    if not found.odd:
        return ()
    where = f"the first: {found.first_odd}"
    return (f"{found.odd} heads outside their picture or with swapped corners are passed on as they are; {where}",)


def _left(found: Survey, name: str, out: Path) -> tuple[str, ...]:
    """A note of images that an earlier run left in a target that scenes are added to."""
    if not find_writer(name).scenes_apart:
        return ()
    more = read_dataset(out, format_name=name)[1].image_count - found.images
    return (f"{out} also holds {more} images of scenes written earlier",) if more > 0 else ()
