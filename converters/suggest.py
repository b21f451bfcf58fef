"""Which heads of a data set to box next."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from converters.datasets.anchor_files import SceneTask, find_anchors
from converters.datasets.read import read_dataset
from converters.files.pictures.pictures import has_picture, read_pixels
from gta_head_tools.dataset import Dataset
from gta_head_tools.errors import ConfigError, DatasetLayoutError, UnusedPicturesError
from gta_head_tools.interpolation.scene_input import SizeSettings
from gta_head_tools.interpolation.sight import Sight
from gta_head_tools.interpolation.suggestions import Suggestion, suggest_for_scene
from gta_head_tools.parallel import run
from gta_head_tools.progress import Track, no_progress

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SceneSuggestions:
    """Heads to box next in one scene.

    Attributes:
        scene: its name.
        images: short name of each suggestion's picture.
        suggestions: best first, points in pixels of the picture.
        skipped: why there are none; "" where there are.
    """

    scene: str
    images: tuple[str, ...]
    suggestions: tuple[Suggestion, ...]
    skipped: str = ""


def sight_in(dataset: Dataset) -> Sight:
    """Looks at heads in the pictures of a data set."""
    return Sight(lambda info: read_pixels(dataset.root, info, dataset.compose))


@dataclass(frozen=True, slots=True)
class _Suggest:
    """Suggestions for one scene; runs in worker processes."""

    count: int

    def __call__(self, task: SceneTask) -> SceneSuggestions:
        try:
            scene = task.gather(SizeSettings())
        except UnusedPicturesError as error:
            return SceneSuggestions(task.scene.name, (), (), str(error))
        if not len(scene.view.points):
            return SceneSuggestions(scene.name, (), (), "no head points")
        there = (image.info for image in scene.images if has_picture(task.dataset, image.info))
        shown = (info for info in there if info.path not in task.dataset.unfit)
        pictures = {info.path for info in shown} or None
        try:
            found = suggest_for_scene(scene, count=self.count, pictures=pictures, sight=sight_in(task.dataset))
        except ConfigError as error:
            return SceneSuggestions(scene.name, (), (), str(error))
        names = tuple(scene.images[suggestion.image].info.name for suggestion in found)
        return SceneSuggestions(scene.name, names, tuple(found))


def suggest_boxes(
    source: Path,
    *,
    count: int = 3,
    anchors: Path | None = None,
    from_format: str | None = None,
    read_options: Sequence[str] = (),
    jobs: int | None = None,
    cluster: str | None = None,
    track: Track = no_progress,
) -> list[SceneSuggestions]:
    """For each scene, the heads whose boxes would help most; works without any anchor.

    Where some images have a picture, only heads of these images are suggested: on the others no box can be drawn.

    Args:
        source: a scene, a folder of scenes, or a label file.
        count: suggestions per scene.
        anchors: see `interpolate_boxes`.
        from_format: see `interpolate_boxes`.
        read_options: see `interpolate_boxes`.
        jobs: see `interpolate_boxes`.
        cluster: see `interpolate_boxes`.
        track: progress.

    Raises:
        GtaHeadError: bad input, or no head of any scene can be suggested.
    """
    if count < 1:
        raise ConfigError(f"--count {count}: at least 1 is needed")
    _, dataset = read_dataset(source, format_name=from_format, options=read_options, anchors=anchors)
    for note in dataset.notes:
        _log.warning(note)
    drawn = find_anchors(dataset, anchors)
    tasks = [SceneTask(dataset, scene, drawn.get(scene.name)) for scene in dataset.scenes]
    found = list(track(run(_Suggest(count), tasks, jobs=jobs, cluster=cluster), "suggesting anchors", len(tasks)))
    if not any(scene.suggestions for scene in found):
        if not found:
            raise DatasetLayoutError(dataset.source, "holds no images")
        raise ConfigError(f"nothing to suggest in {source}: scene {found[0].scene}: {found[0].skipped}")
    return found
