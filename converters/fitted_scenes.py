"""Scenes of a data set fitted to their anchors, and the loader that gives their heads the boxes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Protocol

import numpy as np

from converters.datasets.anchor_files import SceneTask
from converters.datasets.contents import extra_columns, filled_columns, id_defects
from gta_head_tools.annotations import ImageAnnotations, Mask, off_centre, with_size
from gta_head_tools.dataset import Dataset, Loader, Scene, narrow
from gta_head_tools.errors import ConfigError, UnusedPicturesError
from gta_head_tools.geometry import clip, outside
from gta_head_tools.interpolation.given_sizes import GivenSizes
from gta_head_tools.interpolation.pooled import Pool, part_of_pool, pool_anchors
from gta_head_tools.interpolation.scene_boxes import SceneFit, fit_scene
from gta_head_tools.interpolation.scene_input import SceneInput, SizeSettings


class Sizer(Protocol):
    """What gives sizes to the heads of pictures that share no camera, such as a trained network."""

    @property
    def name(self) -> str:
        """Of what the sizes depend on: boxes that were made with another name are out of date."""
        ...

    def __call__(self, dataset: Dataset, images: Sequence[ImageAnnotations]) -> list[GivenSizes]:
        """The sizes of all heads of each image, in pixels of the images."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxSettings:
    """What boxes are made.

    Attributes:
        sizes: rule and its settings.
        pool: scenes without anchors take a scale shared by all.
        clip: cut boxes at the border of the picture.
        keep_outside: keep heads whose point lies beyond the border.
        sizer: gives the sizes of rule ``learned``, in this process.
    """

    sizes: SizeSettings = field(default_factory=SizeSettings)
    pool: bool = False
    clip: bool = False
    keep_outside: bool = False
    sizer: Sizer | None = None


@dataclass(frozen=True, slots=True)
class FittedScene:
    """The fit of a scene, and what it holds.

    Attributes:
        fit: gives its heads their boxes.
        filled: heads with a value by column, see `Contents.filled`.
        extras: see `Contents.extras`.
        ids: see `id_defects`.
        off_centre: heads whose point is not the middle of the box that is written.
        cut_off: heads that are left out because `clip` leaves nothing of their box.
    """

    fit: SceneFit
    filled: Counter[str]
    extras: Counter[str]
    ids: Counter[str]
    off_centre: int
    cut_off: int


@dataclass(frozen=True, slots=True)
class BoxLoader:
    """Loader that gives the heads of another loader their boxes."""

    load: Loader
    fits: Mapping[str, SceneFit]
    settings: BoxSettings

    def __call__(self, scene: Scene) -> Iterator[ImageAnnotations]:
        fit = self.fits[scene.name]
        for read in self.load(scene):
            sized = read if read.info.sized else read.replace(info=with_size(read.info, fit.size))
            yield _boxed(sized, fit, self.settings)

    def only(self, scenes: tuple[Scene, ...]) -> Loader:
        fits = {scene.name: self.fits[scene.name] for scene in scenes}
        return BoxLoader(narrow(self.load, scenes), fits, self.settings)


def fit_scenes(
    tasks: Sequence[SceneTask],
    settings: BoxSettings,
    each: Callable[[Callable[[SceneTask], Any], Sequence[SceneTask], str], Iterable[Any]],
) -> tuple[dict[str, FittedScene], dict[str, str | UnusedPicturesError]]:
    """By name, the scenes that have a fit, and why the others have none."""
    pool = None
    if settings.pool:
        with_anchors = [task for task in tasks if task.drawn is not None]
        pooled = each(partial(_pooled, sizes=settings.sizes), with_anchors, "pooling anchors")
        pool = pool_anchors(part for part in pooled if part is not None)
    found = each(partial(_fit, settings=settings, pool=pool), tasks, "fitting scenes")
    by_name = dict(zip((task.scene.name for task in tasks), found, strict=True))
    fitted = {name: result for name, result in by_name.items() if isinstance(result, FittedScene)}
    return fitted, {name: result for name, result in by_name.items() if not isinstance(result, FittedScene)}


def _pooled(task: SceneTask, *, sizes: SizeSettings) -> Any:
    """What one scene adds to the pool; runs in worker processes."""
    try:
        scene = task.gather(sizes)
    except UnusedPicturesError:
        return None
    return part_of_pool(scene)


def _fit(task: SceneTask, *, settings: BoxSettings, pool: Pool | None) -> FittedScene | str | UnusedPicturesError:
    """The fit, or why a scene without anchors cannot have one; runs in worker processes."""
    try:
        scene = task.gather(settings.sizes)
    except UnusedPicturesError as error:
        return error
    if pool is None and not len(scene.view.points):
        return "no head points"
    try:
        fit = _fit_gathered(scene, task.dataset, settings.sizer, pool)
    except ConfigError as error:
        if scene.matched.anchors or scene.own.anchors:
            raise
        return str(error)
    filled, extras, ids = Counter[str](), Counter[str](), Counter[str]()
    for image in scene.images:
        filled.update(filled_columns(image))
        extras.update(extra_columns(image))
        ids.update(id_defects(image))
    return FittedScene(fit, filled, extras, ids, *_counts(scene.images, fit, settings))


def _fit_gathered(scene: SceneInput, dataset: Dataset, sizer: Sizer | None, pool: Pool | None) -> SceneFit:
    if sizer is None:
        return fit_scene(scene, pool=pool)
    return fit_scene(scene, given=sizer(dataset, scene.images), giver=sizer.name)


def _counts(images: Iterable[ImageAnnotations], fit: SceneFit, settings: BoxSettings) -> tuple[int, int]:
    """`off_centre` and `cut_off` of `FittedScene`."""
    if not (settings.clip or settings.keep_outside):
        return fit.off_centre, 0
    off, cut_off = 0, 0
    for image in images:
        whole = _boxed(image, fit, replace(settings, clip=False))
        written = _clipped(whole) if settings.clip else whole
        off += int(off_centre(written).sum())
        cut_off += len(whole) - len(written)
    return off, cut_off


def _boxed(image: ImageAnnotations, fit: SceneFit, settings: BoxSettings) -> ImageAnnotations:
    """The image with a box for every head that is written; the other heads are left out."""
    boxed, _ = fit.boxes(image)
    if not settings.keep_outside:
        boxed = boxed.select(~outside(boxed.points, boxed.info.size))
    return _clipped(boxed) if settings.clip else boxed


def _clipped(image: ImageAnnotations) -> ImageAnnotations:
    """The image with its boxes cut at the border; heads without any box left are left out."""
    boxes = clip(image.boxes, image.info.size)
    left: Mask = np.all(boxes[:, 2:] > boxes[:, :2], axis=1)
    return image.replace(boxes=boxes).select(left)
