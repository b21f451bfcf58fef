"""The main job on folders: read head points, fit each scene's anchors, write a box for every head, record what made it.

Everything is checked before anything is written: a first pass reads and fits all scenes, a second pass reads them again
and writes. So no more than one scene is in memory, and a broken file in the last scene leaves the target untouched.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

from converters.datasets.anchor_files import AnchorsAt, SceneAnchors, SceneTask, find_anchors, own_path
from converters.datasets.export_record import ExportRecord
from converters.datasets.guards import check_losses, check_target_pictures
from converters.datasets.read import read_dataset
from converters.datasets.unused import check_placed, unfit_note
from converters.datasets.write import check_places, write_scenes
from converters.files.pictures.pictures import ImageMode
from converters.fitted_scenes import BoxLoader, BoxSettings, fit_scenes
from converters.formats.format import Format, Writes
from converters.formats.options import CommonOptions, NoOptions, is_common, parse_options, reading_options
from converters.formats.registry import check_target_format, check_target_name, find_format, format_name
from gta_head_tools.dataset import Dataset, Scene
from gta_head_tools.errors import ConfigError, DatasetLayoutError, UnusedPicturesError, telling
from gta_head_tools.interpolation.rules import WITHOUT_ANCHORS, find_rule
from gta_head_tools.interpolation.scene_boxes import SceneFit
from gta_head_tools.locks import locked
from gta_head_tools.parallel import run
from gta_head_tools.progress import Track, no_progress


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxOptions(BoxSettings):
    """What boxes are made, from which drawings, and how they are written.

    Attributes:
        to: target format.
        write_options: `key=value` options of the target.
        images: what happens to pictures.
        anchors: where the drawings are.
        out: folder of the new data set, None = `boxes` in the source.
        from_format: format of the source, None = detected.
        read_options: `key=value` options of the source's format.
        allow_lossy: drop filled columns that the target cannot hold; points beside their boxes are dropped anyway.
        force: write all scenes again, also over boxes that were made of something else.
    """

    to: str = "mot"
    write_options: tuple[str, ...] = ()
    images: ImageMode = "link"
    anchors: AnchorsAt = None
    out: Path | None = None
    from_format: str | None = None
    read_options: Sequence[str] = ()
    allow_lossy: bool = False
    force: bool = False


_RECORDED = ("pool", "clip", "keep_outside", "to", "write_options", "images")
"""The options that decide, with the sizes, drawings and heads, what is written; they stand in the export record."""


@dataclass(frozen=True)
class BoxesReport:
    """What was done.

    Attributes:
        format: of the source.
        fits: scenes that now have boxes, in order.
        written: names of the scenes that this run wrote; the other scenes were up to date.
        skipped: scenes without boxes, and the reason for each.
        dropped: what the target cannot hold, with the number of heads (or images) that had it.
        warnings: about the data set as a whole.
        out: the new data set.
        pictures: True when it has pictures.
        unused: what is wrong with pictures that could not be used: they are not in the new data set, and scenes whose
            size nothing else says are skipped.
        of: images of the source.
    """

    format: str
    fits: tuple[SceneFit, ...]
    written: tuple[str, ...]
    skipped: Mapping[str, str]
    dropped: Mapping[str, int]
    warnings: tuple[str, ...]
    out: Path
    pictures: bool
    unused: tuple[str, ...] = ()
    of: int = 0


def interpolate_boxes(
    source: Path,
    options: BoxOptions | None = None,
    *,
    jobs: int | None = None,
    cluster: str | None = None,
    track: Track = no_progress,
) -> BoxesReport:
    """Give every head of a data set a box, from the anchors of its scene.

    Args:
        source: a scene, a folder of scenes, or a label file.
        options: what boxes are made and how they are written.
        jobs: worker processes, None = all cores.
        cluster: address of a dask scheduler.
        track: progress.

    Raises:
        GtaHeadError: bad input or a loss that is not allowed; nothing is written then.
    """
    options = options or BoxOptions()
    options = replace(options, sizes=replace(options.sizes, rule=find_rule(options.sizes.rule)))
    check_rule(options, learned=options.sizer is not None)
    target = find_format(options.to)
    writes = _writes_boxes(target, options)
    write_options = parse_options(writes.options, options.write_options)
    held = target.holds | writes.also(write_options)
    options = replace(options, clip=options.clip or writes.clips)
    out = options.out or (source.parent if source.is_file() else source) / "boxes"
    _check_out(out, format_name(options.to))
    name, dataset = read_dataset(
        source, format_name=options.from_format, options=options.read_options, anchors=options.anchors
    )
    drawn = find_anchors(dataset, options.anchors)
    scenes, skipped = _scenes_to_do(dataset, drawn, options)
    chosen = dataset.only(scene.name for scene in scenes)
    check_places(chosen, options.to)
    check_target_pictures(chosen, options.images)
    dataset, unused = check_placed(dataset, options.images)

    def each(function: Callable[[SceneTask], Any], tasks: Sequence[SceneTask], label: str) -> Iterable[Any]:
        if options.sizer is not None:
            return track(map(function, tasks), label, len(tasks))
        return track(run(function, tasks, jobs=jobs, cluster=cluster), label, len(tasks))

    tasks = [SceneTask(dataset, scene, drawn.get(scene.name)) for scene in scenes]
    with telling(dataset.notes):
        fitted, unfit = fit_scenes(tasks, options, each)
    skipped |= {scene: str(reason) for scene, reason in unfit.items()}
    unsized = (error.problems for error in unfit.values() if isinstance(error, UnusedPicturesError))
    unused = tuple(dict.fromkeys((*unused, *chain.from_iterable(unsized))))
    if not fitted:
        raise ConfigError(f"no scene of {source} can have boxes: {min(skipped.values())}")
    fits = {scene: found.fit for scene, found in fitted.items()}
    filled, extras = (sum((getattr(f, kind) for f in fitted.values()), Counter[str]()) for kind in ("filled", "extras"))
    lost = {column: count for column, count in filled.items() if column not in {"points", *held}}
    check_losses(lost, options.to, allow_lossy=options.allow_lossy)
    with locked(out):
        record = _read_record(dataset, fits, writes, out, options)
        boxed = replace(dataset, load=BoxLoader(dataset.load, fits, replace(options, sizer=None)))

        def write(names: Sequence[str], target: Path, images: ImageMode = options.images) -> None:
            how: dict[str, Any] = {"jobs": jobs, "cluster": cluster, "track": track}
            write_scenes(boxed.only(names), options.to, target, write_options, images, **how)

        todo = _write_stale(record, write, out, options)
        # The lists of scenes belong to no scene; they may be missing, or left as they were by a run that was killed.
        writes.finish(dataset.only(fits).scenes, out)
    off = sum(found.off_centre for found in fitted.values())
    points = {"points": off} if off and "points" not in held else {}
    dropped = {**points, **lost, **({} if name == format_name(options.to) else extras)}
    cut = "cutting them there" if writes.clips else "--clip"
    left_out = _left_out(filled["boxes"], sum(found.cut_off for found in fitted.values()), cut=cut)
    told = (*writes.notes(sum((found.ids for found in fitted.values()), Counter[str]())), *_changed_files(record))
    warnings = (*_warnings(name, dataset, fits), *unfit_note(dataset, unused), *left_out, *told)
    pictures = options.images != "none"
    return BoxesReport(
        name, tuple(fits.values()), tuple(todo), skipped, dropped, warnings, out, pictures, unused, dataset.image_count
    )


def _write_stale(record: ExportRecord, write: Callable[..., None], out: Path, options: BoxOptions) -> list[str]:
    """Write the scenes that are not up to date; returns their names."""
    if not options.force:
        record.accept_the_same(partial(write, images="link" if options.images == "copy" else options.images))
    todo = record.to_do(force=options.force)
    with record.writing(todo):
        write(todo, out)
    return todo


def _read_record(
    dataset: Dataset, fits: Mapping[str, SceneFit], writes: Writes, out: Path, options: BoxOptions
) -> ExportRecord:
    settings = asdict(options.sizes) | {name: getattr(options, name) for name in _RECORDED}
    _, common = reading_options(NoOptions, (pair for pair in options.read_options if is_common(pair)))
    settings |= {} if common == CommonOptions() else asdict(common)
    places = {
        scene.name: [out / place for place in writes.places(scene, dataset.source)]
        for scene in dataset.scenes
        if scene.name in fits
    }
    return ExportRecord.read(
        out,
        settings | {"offset": options.sizes.shifts},
        {scene: fit.digest for scene, fit in fits.items()},
        places,
        whole=not writes.scenes_apart,
    )


def _writes_boxes(target: Format, options: BoxOptions) -> Writes:
    if target.writes is None or "boxes" not in target.holds:
        raise ConfigError(f"--to {options.to}: cannot be written with boxes; `ghtools formats` lists what can")
    return target.writes


def check_rule(options: BoxOptions, *, learned: bool) -> None:
    """Refuse a rule that does not fit to where the sizes come from.

    Args:
        options: with the rule.
        learned: a trained network gives the sizes.

    Raises:
        ConfigError: rule ``learned`` without a network, or another rule, or pooling, with one.
        UnknownNameError: no such rule.
    """
    rule = find_rule(options.sizes.rule)
    if rule == "learned" and not learned:
        raise ConfigError("--rule learned takes sizes from a trained head-size network; name its run with --model")
    if rule != "learned" and learned:
        raise ConfigError(f"--model is used by rule learned alone, not by {rule}; say --rule learned, or leave it out")
    if learned and options.pool:
        raise ConfigError("--pool shares a scale of drawn anchors, which rule learned does not use; leave it out")


def _check_out(out: Path, name: str) -> None:
    if out.is_file():
        raise DatasetLayoutError(out, "is no folder: boxes are written with their record into one; name a folder")
    check_target_name(out, suffix=None)
    check_target_format(out, name)


def _scenes_to_do(
    dataset: Dataset, drawn: Mapping[str, SceneAnchors], options: BoxOptions
) -> tuple[list[Scene], dict[str, str]]:
    """Scenes that boxes can be made for, and the others with the reason."""
    if not dataset.image_count:
        raise DatasetLayoutError(dataset.source, "holds no images")
    if options.sizes.rule in WITHOUT_ANCHORS or (options.pool and drawn):
        return list(dataset.scenes), {}
    ready = {name for name, scene in drawn.items() if any(anchor.use != "ignore" for anchor in scene.anchors.fitted)}
    if not ready:
        place = own_path(dataset, dataset.scenes[0])
        raise DatasetLayoutError(
            place,
            "no anchors in any scene; draw some (`ghtools suggest-anchor` says where), name a file with --anchors, "
            "or ask for --rule spacing",
        )
    scenes = [scene for scene in dataset.scenes if scene.name in ready]
    return scenes, {scene.name: "no anchors" for scene in dataset.scenes if scene.name not in ready}


def _changed_files(record: ExportRecord) -> Iterator[str]:
    if record.others:
        where = f"{record.out} also holds boxes of {len(record.others)} scenes that are not in the source"
        yield f"{where} (first {record.others[0]}), as an earlier run made them; remove them if they are of no use"
    if record.lost:
        count = len(record.lost)
        yield f"{record.out / record.lost[0]} was missing ({count} such files) and is put back"
    if record.edited:
        first = record.out / record.edited[0]
        yield (
            f"{first} was edited since it was written ({len(record.edited)} such files) and is left as it is; "
            "--force writes all again"
        )


def _left_out(replaced: int, cut_off: int, *, cut: str) -> Iterator[str]:
    if replaced:
        yield f"{replaced} heads had boxes in the source: the interpolated ones take their place"
    if cut_off:
        yield f"{cut_off} heads are left out: their boxes lie beyond the border, and {cut} leaves nothing of them"


def _warnings(name: str, dataset: Dataset, fits: Mapping[str, SceneFit]) -> tuple[str, ...]:
    assumed = (scene for scene in dataset.scenes if scene.assumed and scene.name in fits)
    return (
        *dataset.notes,
        *(
            f"{name} stores no scenes: the {len(scene.images)} pictures of scene {scene.name!r} are taken as one "
            "fixed camera. If they are not, use -i scenes=image"
            for scene in assumed
        ),
    )
