"""The main job on folders: read head points, fit each scene's anchors, write a box for every head, record what made it.

Everything is checked before anything is written: a first pass reads and fits all scenes, a second one reads again and
writes. So no more than one scene is ever held, and a broken file in the last scene leaves the target untouched.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from converters.convert import read_dataset
from converters.datasets.anchor_files import AnchorsAt, SceneAnchors, find_anchors, own_path
from converters.datasets.contents import filled_columns, own_columns
from converters.datasets.export_record import ExportRecord
from converters.datasets.guards import check_losses, check_target_pictures
from converters.datasets.scene_task import SceneTask
from converters.datasets.write import check_places, write_scenes
from converters.files.pictures import ImageMode
from converters.formats.format import Format, Writes
from converters.formats.options import parse_options
from converters.formats.registry import check_target_format, check_target_name, find_format, format_name
from gta_head_tools.annotations import ImageAnnotations, Mask, off_centre, with_size
from gta_head_tools.dataset import Dataset, Loader, Scene, narrow
from gta_head_tools.errors import ConfigError, DatasetLayoutError
from gta_head_tools.geometry import clip, outside
from gta_head_tools.interpolation.pooled import Pool, pool_anchors
from gta_head_tools.interpolation.rules import WITHOUT_ANCHORS, find_rule
from gta_head_tools.interpolation.scene_boxes import SceneFit, fit_scene
from gta_head_tools.interpolation.scene_input import SizeSettings
from gta_head_tools.parallel import run
from gta_head_tools.progress import Track, no_progress


@dataclass(frozen=True, slots=True)
class BoxOptions:
    """What boxes are made and how they are written.

    Attributes:
        sizes: rule and its settings.
        pool: scenes without anchors take a scale shared by all.
        clip: cut boxes at the border of the picture.
        keep_outside: keep heads whose point lies beyond the border.
        to: target format.
        write_options: `key=value` options of the target.
        images: what happens to pictures.
    """

    sizes: SizeSettings = field(default_factory=SizeSettings)
    pool: bool = False
    clip: bool = False
    keep_outside: bool = False
    to: str = "mot"
    write_options: tuple[str, ...] = ()
    images: ImageMode = "link"


@dataclass(frozen=True)
class BoxesReport:
    """What was done.

    Attributes:
        format: of the source.
        fits: scenes that now have boxes, in order.
        written: names of those that were written just now; the others were up to date.
        skipped: scenes without boxes and why.
        dropped: what the target cannot hold, with the number of heads (or images) that had it.
        warnings: about the data set as a whole.
        out: the new data set.
        pictures: True when it has pictures.
    """

    format: str
    fits: tuple[SceneFit, ...]
    written: tuple[str, ...]
    skipped: Mapping[str, str]
    dropped: Mapping[str, int]
    warnings: tuple[str, ...]
    out: Path
    pictures: bool


@dataclass(frozen=True, slots=True)
class _Boxing:
    """Gives the heads of an image their boxes, and leaves out those that are not to be written."""

    clip: bool
    keep_outside: bool

    def __call__(self, fit: SceneFit, image: ImageAnnotations) -> ImageAnnotations:
        boxed, _ = fit.boxes(image)
        if not self.keep_outside:
            boxed = boxed.select(~outside(boxed.points, boxed.info.size))
        if not self.clip:
            return boxed
        boxes = clip(boxed.boxes, boxed.info.size)
        left: Mask = np.all(boxes[:, 2:] > boxes[:, :2], axis=1)
        return boxed.replace(boxes=boxes).select(left)

    def counts(self, fit: SceneFit, images: Iterable[ImageAnnotations]) -> Counter[str]:
        """Heads written off the middle of their box (``points``), and with nothing left to write (``cut off``)."""
        if not (self.clip or self.keep_outside):
            return Counter(points=fit.off_centre)
        counts = Counter[str]()
        for image in images:
            written = self(fit, image)
            kept = replace(self, clip=False)(fit, image)
            counts.update({"points": int(off_centre(written).sum()), "cut off": len(kept) - len(written)})
        return counts


@dataclass(frozen=True, slots=True)
class _Fitted:
    """A fit, what its scene holds besides (see `Survey`), and what becomes of its heads (see `_Boxing`)."""

    fit: SceneFit
    filled: Counter[str]
    own: Counter[str]
    counts: Counter[str]


@dataclass(frozen=True, slots=True)
class _Fitting:
    """Fits one scene; runs in worker processes."""

    settings: SizeSettings
    boxing: _Boxing
    pool: Pool | None = None

    def __call__(self, task: SceneTask) -> _Fitted | str:
        """The fit, or why a scene that no anchors speak for cannot have one."""
        scene = task.gather(self.settings)
        if self.pool is None and not len(scene.view.points):
            return "no head points"
        try:
            fit = fit_scene(scene, pool=self.pool)
        except ConfigError as error:
            if scene.matched.anchors:
                raise
            return str(error)
        filled, own = Counter[str](), Counter[str]()
        for image in scene.images:
            filled.update(filled_columns(image))
            own.update(own_columns(image))
        return _Fitted(fit, filled, own, self.boxing.counts(fit, scene.images))


@dataclass(frozen=True, slots=True)
class _Pooling:
    """What one scene adds to the pool; runs in worker processes."""

    settings: SizeSettings

    def __call__(self, task: SceneTask) -> Any:
        scene = task.gather(self.settings)
        return scene.view, scene.matched.points, scene.matched.sizes, scene.matched.offset


@dataclass(frozen=True, slots=True)
class _Boxed:
    """Loader that fills in the boxes of what another one reads."""

    load: Loader
    fits: Mapping[str, SceneFit]
    boxing: _Boxing

    def __call__(self, scene: Scene) -> Iterator[ImageAnnotations]:
        fit = self.fits[scene.name]
        for read in self.load(scene):
            sized = read if read.info.sized else read.replace(info=with_size(read.info, fit.size))
            yield self.boxing(fit, sized)

    def only(self, scenes: tuple[Scene, ...]) -> Loader:
        fits = {scene.name: self.fits[scene.name] for scene in scenes}
        return _Boxed(narrow(self.load, scenes), fits, self.boxing)


def interpolate_boxes(
    source: Path,
    options: BoxOptions | None = None,
    *,
    anchors: AnchorsAt = None,
    out: Path | None = None,
    from_format: str | None = None,
    read_options: Sequence[str] = (),
    allow_lossy: bool = False,
    force: bool = False,
    jobs: int | None = None,
    cluster: str | None = None,
    track: Track = no_progress,
) -> BoxesReport:
    """Give every head of a data set a box, from the anchors of its scene.

    Args:
        source: a scene, a folder of scenes, or a label file.
        options: what boxes are made and how they are written.
        anchors: where they are.
        out: folder of the new data set, None = `boxes` in the source.
        from_format: None = detected.
        read_options: `key=value` options of the source's format.
        allow_lossy: drop filled columns that the target cannot hold; points beside their boxes are dropped anyway.
        force: write all scenes again, also over boxes that were made of something else.
        jobs: worker processes, None = all cores.
        cluster: address of a dask scheduler.
        track: progress.

    Raises:
        GtaHeadError: bad input or a loss that is not allowed; nothing is written then.
    """
    options = options or BoxOptions()
    options = replace(options, sizes=replace(options.sizes, rule=find_rule(options.sizes.rule)))
    target = find_format(options.to)
    writes = _writes_boxes(target, options)
    target_options = parse_options(writes.options, options.write_options)
    out = out or (source.parent if source.is_file() else source) / "boxes"
    _check_out(out, format_name(options.to))
    name, dataset = read_dataset(source, format_name=from_format, options=read_options, anchors=anchors)
    drawn = find_anchors(dataset, anchors)
    scenes, skipped = _scenes_to_do(dataset, drawn, options)
    chosen = dataset.only(scene.name for scene in scenes)
    check_places(chosen, options.to)
    check_target_pictures(chosen, options.images)

    tasks = [SceneTask(dataset, scene, drawn.get(scene.name)) for scene in scenes]

    def each(function: Any, label: str, items: Sequence[SceneTask] = tasks) -> Iterable[Any]:
        return track(run(function, items, jobs=jobs, cluster=cluster), label, len(items))

    pool = None
    if options.pool:
        pool = pool_anchors(
            each(_Pooling(options.sizes), "pooling anchors", [task for task in tasks if task.drawn is not None])
        )
    fits: dict[str, SceneFit] = {}
    filled, own, counts = Counter[str](), Counter[str](), Counter[str]()
    boxing = _Boxing(options.clip, options.keep_outside)
    for scene, fitted in zip(scenes, each(_Fitting(options.sizes, boxing, pool), "fitting scenes"), strict=True):
        if isinstance(fitted, _Fitted):
            fits[scene.name] = fitted.fit
            filled += fitted.filled
            own += fitted.own
            counts += fitted.counts
        else:
            skipped[scene.name] = fitted
    if not fits:
        reasons = sorted(set(skipped.values()))
        raise ConfigError(f"no scene of {source} can have boxes: {reasons[0]}")
    lost = {column: count for column, count in filled.items() if column not in {"points", *target.holds}}
    check_losses(lost, options.to, allow_lossy=allow_lossy)
    boxed = replace(dataset, load=_Boxed(dataset.load, fits, boxing))
    digests = {scene: fit.digest for scene, fit in fits.items()}
    places = {
        scene.name: [out / place for place in writes.places(scene, dataset.source)]
        for scene in dataset.scenes
        if scene.name in fits
    }
    record = ExportRecord.read(out, _settings(options), digests, places, whole=not writes.scenes_apart)
    todo = record.to_do(force=force)
    with record.writing(todo):
        write_scenes(
            boxed.only(todo), options.to, out, target_options, options.images, jobs=jobs, cluster=cluster, track=track
        )
    if record.interrupted:
        writes.finish(dataset.only(fits).scenes, out)
    points = {"points": counts["points"]} if counts["points"] and "points" not in target.holds else {}
    dropped = {**points, **lost, **({} if name == format_name(options.to) else own)}
    warnings = (*_warnings(name, dataset, fits), *_told(filled["boxes"], counts["cut off"]))
    pictures = options.images != "none"
    return BoxesReport(name, tuple(fits.values()), tuple(todo), skipped, dropped, warnings, out, pictures)


def _writes_boxes(target: Format, options: BoxOptions) -> Writes:
    if target.writes is None or "boxes" not in target.holds:
        raise ConfigError(f"--to {options.to}: cannot be written with boxes; `ghtools formats` lists what can")
    return target.writes


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
    ready = {name for name, scene in drawn.items() if any(anchor.use != "ignore" for anchor in scene.anchors.anchors)}
    if not ready:
        place = own_path(dataset, dataset.scenes[0])
        raise DatasetLayoutError(
            place,
            "no anchors in any scene; draw some (`ghtools suggest-anchor` says where), name a file with --anchors, "
            "or ask for --rule spacing",
        )
    scenes = [scene for scene in dataset.scenes if scene.name in ready]
    return scenes, {scene.name: "no anchors" for scene in dataset.scenes if scene.name not in ready}


def _settings(options: BoxOptions) -> dict[str, Any]:
    """All that decides what is written besides drawings and heads, for the record."""
    settings = asdict(options)
    return {**settings.pop("sizes"), **settings, "offset": options.sizes.shifts}


def _told(replaced: int, cut_off: int) -> Iterator[str]:
    if replaced:
        yield f"{replaced} heads had boxes in the source: the interpolated ones take their place"
    if cut_off:
        yield f"{cut_off} heads are left out: their boxes lie beyond the border, and --clip leaves nothing of them"


def _warnings(name: str, dataset: Dataset, fits: Mapping[str, SceneFit]) -> tuple[str, ...]:
    said = list(dataset.notes)
    for scene in dataset.scenes:
        if scene.assumed and scene.name in fits:
            said.append(
                f"{name} stores no scenes: the {len(scene.images)} pictures of scene {scene.name!r} are taken as one "
                "fixed camera. If they are not, use -i scenes=image"
            )
    return tuple(said)
