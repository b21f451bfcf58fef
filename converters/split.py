"""Cutting a data set into training, validation and test images without leaking scenes, or into folds."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from converters.convert import ConvertOptions, Plan, carry_out, plan_conversion
from converters.datasets.cuts import SplitOptions, find_cuts
from converters.datasets.export_files import files_below
from converters.datasets.guards import check_replaced
from converters.datasets.held_heads import held_once_read
from converters.datasets.known_sets import find_protocol
from converters.datasets.locations import camera_of, location_of
from converters.datasets.published_splits import Sides, infos_of
from converters.datasets.read import read_dataset
from converters.datasets.write import find_target
from converters.files.labels.scene_names import SPLITS
from converters.formats.registry import check_target_name, find_format
from gta_head_tools.dataset import Dataset
from gta_head_tools.errors import ConfigError, telling
from gta_head_tools.files import with_folder
from gta_head_tools.locks import locked
from gta_head_tools.progress import Track, no_progress
from gta_head_tools.whole_files import recover, whole_or_as_before, write_text

RECORD = "ghtools-split.json"
"""File in the target that says how it was split; readers pass over it."""


@dataclass(frozen=True, slots=True)
class Side:
    """What is on one side.

    Attributes:
        name: of the split; with folds, of the fold and the split (`fold_1/test`).
        locations: number of places, see `location_of`.
        scenes: number of scenes.
        images: number of images.
        heads: number of heads.
        share: part of all heads, 0 to 1.
    """

    name: str
    locations: int
    scenes: int
    images: int
    heads: int
    share: float


@dataclass(frozen=True, slots=True)
class SplitReport:
    """What was done: the sides, what is worth telling, and where the data sets are."""

    format: str
    sides: tuple[Side, ...]
    notes: tuple[str, ...]
    out: Path
    dropped: Mapping[str, int] = field(default_factory=dict)
    unused: tuple[str, ...] = ()
    of: int = 0


def split(
    source: Path,
    options: SplitOptions,
    writing: ConvertOptions,
    *,
    jobs: int | None = None,
    cluster: str | None = None,
    track: Track = no_progress,
) -> SplitReport:
    """Write a data set with new splits; splits that it had are replaced.

    Args:
        source: a folder or one label file.
        options: how to split.
        writing: how it is read and written; `to` may be empty: the source's format.
        jobs: worker processes, None = all cores.
        cluster: address of a dask scheduler.
        track: progress.

    Raises:
        GtaHeadError: a wish that cannot be fulfilled, bad input, or a loss that is not allowed; nothing is written.
    """
    if writing.out is None:
        raise ConfigError("split needs a target; name a new folder")
    with locked(writing.out):
        recovered = recover(with_folder(writing.out))
        with telling(recovered):
            report = _split(source, options, writing, writing.out, jobs=jobs, cluster=cluster, track=track)
    return replace(report, notes=(*recovered, *report.notes))


def _split(
    source: Path,
    options: SplitOptions,
    writing: ConvertOptions,
    out: Path,
    *,
    jobs: int | None,
    cluster: str | None,
    track: Track,
) -> SplitReport:
    read_as, dataset = read_dataset(source, format_name=writing.from_format, options=writing.read_options)
    dataset = held_once_read(dataset)
    to = find_target(writing.to, read_as)
    check_replaced(out, RECORD, "split", force=writing.force)
    heads = {image.info.path: len(image) for image in track(dataset, "counting heads", dataset.image_count)}
    cuts = find_cuts(dataset, read_as, options, heads)
    plans = _plans(dataset, read_as, replace(writing, to=to), cuts, source, track)
    with whole_or_as_before(with_folder(out)):
        reports = [carry_out(plan, jobs=jobs, cluster=cluster, track=track) for plan in plans]
        if out.is_dir():
            write_text(out / RECORD, _record(options, cuts, dataset, files_below(out)))
    notes = dict.fromkeys([*_own_notes(dataset, cuts, options), *(note for one in reports for note in one.notes)])
    dropped: Counter[str] = Counter()
    for one in reports:
        dropped.update(one.dropped)
    unused = dict.fromkeys(problem for one in reports for problem in one.unused)
    sides = tuple(side for name, cut in cuts.items() for side in _described(dataset, cut, heads, name))
    return SplitReport(to, sides, tuple(notes), out, dict(dropped), tuple(unused), dataset.image_count)


def _plans(
    dataset: Dataset,
    read_as: str,
    writing: ConvertOptions,
    cuts: Mapping[str, Sides],
    source: Path,
    track: Track,
) -> list[Plan]:
    """The checked conversions of all parts: one a fold where the format holds splits, else one a side."""
    out = writing.out or Path()
    apart = "split" not in find_format(writing.to).holds
    if apart or "" not in cuts:
        check_target_name(out, suffix=None)  # It is a folder of several data sets.
    plans = []
    for name, sides in cuts.items():
        whole = dataset.without({info.path for info in infos_of(dataset)} - sides.keys()).with_splits(sides)
        parts = [split for split in SPLITS if split in set(sides.values())] if apart else [""]
        for part in parts:
            chosen, folder = whole, out / name
            if part:
                paths = {path for path, side in sides.items() if side == part}
                chosen, folder = dataset.without({info.path for info in infos_of(dataset)} - paths), out / name / part
                chosen = chosen.with_splits({})
            asked = replace(writing, out=folder if name or part else out)
            plans.append(plan_conversion(chosen, read_as, asked, source=source, track=track))
    return plans


def _described(dataset: Dataset, sides: Sides, heads: Mapping[str, int], fold: str) -> list[Side]:
    found = []
    cameras = {info.path: camera_of(scene) for scene in dataset.scenes for info in scene.images}
    total = sum(heads[path] for path in sides)
    for split in SPLITS:
        paths = [path for path, side in sides.items() if side == split]
        if paths:
            of = {cameras[path] for path in paths}
            count = sum(heads[path] for path in paths)
            name = f"{fold}/{split}" if fold else split
            share = count / total if total else 0.0
            found.append(Side(name, len({location_of(camera) for camera in of}), len(of), len(paths), count, share))
    return found


def _own_notes(dataset: Dataset, cuts: Mapping[str, Sides], options: SplitOptions) -> list[str]:
    notes = []
    before = Counter(info.split for info in infos_of(dataset) if info.split)
    if before:
        told = ", ".join(f"{name} {count}" for name, count in before.items())
        notes.append(f"the splits of the source ({told}) are replaced")
    sides = next(iter(cuts.values()))
    left_out = dataset.image_count - len(sides)
    if left_out:
        notes.append(f"{left_out} images are in no split of the protocol and are left out")
    if options.protocol is not None:
        notes += [f"{known.title}: {published.rule}" for known, published in find_protocol(options.protocol)]
    torn = _on_two_sides(dataset, sides)
    if torn and (options.protocol is not None or options.by == "image"):
        have = "1 scene has" if len(torn) == 1 else f"{len(torn)} scenes have"
        notes.append(f"{have} images on more than one side (the first: {torn[0]})")
    return notes


def _on_two_sides(dataset: Dataset, sides: Sides) -> list[str]:
    held: dict[str, set[str]] = {}
    for scene in dataset.scenes:
        held.setdefault(camera_of(scene), set()).update(sides[info.path] for info in scene.images if info.path in sides)
    return [camera for camera, found in held.items() if len(found) > 1]


def _record(options: SplitOptions, cuts: Mapping[str, Sides], dataset: Dataset, files: Sequence[str]) -> str:
    """How the data set was split, which scenes are on each side, and which files were written, as JSON."""
    scenes = {info.path: scene.name for scene in dataset.scenes for info in scene.images}
    parts: dict[str, Any] = {}
    for name, sides in cuts.items():
        for path, side in sides.items():
            parts.setdefault(f"{name}/{side}" if name else side, {}).setdefault(scenes[path], None)
    how: dict[str, Any] = {"by": options.by, "seed": options.seed}
    how |= {"protocol": options.protocol} if options.protocol else {}
    how |= {"folds": options.folds} if options.folds else {}
    how |= {"ratios": options.ratios} if not options.protocol and not options.folds else {}
    content = {
        "format": "ghtools-split",
        "version": 1,
        **how,
        "scenes": {name: [*held] for name, held in parts.items()},
        "files": files,
    }
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"
