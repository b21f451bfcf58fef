"""All checks over a data set: its images scene by scene in workers, then its pictures, then all together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace

from converters.datasets.empty_images import HeadCounter, heads_seen
from converters.datasets.known_sets import published_figures
from converters.datasets.locations import camera_of, location_of
from converters.datasets.old_exports import exported_scenes
from converters.files.pictures.looks import look_at_pictures
from converters.findings import Findings
from converters.formats.registry import find_format
from gta_head_tools.annotations import ImageAnnotations
from gta_head_tools.checks.finding import Overview, PictureOfImage, SceneHeads, Seen, Unread
from gta_head_tools.checks.known_checks import (
    DATASET_CHECKS,
    IMAGE_CHECKS,
    PICTURE_CHECKS,
    READING_CHECKS,
    SCENE_CHECKS,
    all_checks,
)
from gta_head_tools.dataset import Dataset, Scene
from gta_head_tools.parallel import run
from gta_head_tools.picture_look import Look
from gta_head_tools.progress import Track, no_progress
from gta_head_tools.unreadable import ReadError, collecting, until_unreadable


def check_dataset(
    dataset: Dataset,
    names: frozenset[str],
    format_name: str,
    *,
    count: HeadCounter | None = None,
    jobs: int | None = None,
    cluster: str | None = None,
    track: Track = no_progress,
) -> Findings:
    """What the checks of these names find in a data set.

    Args:
        dataset: to be checked.
        names: of the checks that run.
        format_name: of the data set.
        count: counts heads in a picture, None = images without heads are not looked at.
        jobs: worker processes, None = all cores.
        cluster: address of a dask scheduler.
        track: sees every scene go by.

    Raises:
        GtaHeadError: without the checks of reading: a file that cannot be read.
    """
    total = Findings()
    parts = [_Part(dataset.alone(scene), names) for scene in dataset.scenes]
    for found in track(run(_check_part, parts, jobs=jobs, cluster=cluster), "checking scenes", len(parts)):
        total.join(found)
    if any(check.looks and name in names for name, check in all_checks().items()):
        infos = [seen.info for seen in total.images]
        looks = look_at_pictures(dataset, infos, jobs=jobs, cluster=cluster, track=track)
        _check_pictures(total, looks, names)
    named = ((scene, camera_of(scene)) for scene in dataset.scenes)
    cameras = {scene.name: camera for scene, camera in named if not scene.assumed or camera != scene.name}
    locations = {camera: location_of(camera) for camera in cameras.values()}
    first_frame = find_format(format_name).first_frame
    published = published_figures(format_name, dataset)
    heads: dict[str, int] = {}
    if count is not None and "empty-but-crowded" in names:
        heads, total.notes = heads_seen(dataset, total.images, count, track=track)
    exports = exported_scenes(dataset, jobs=jobs, cluster=cluster) if "export-older" in names else ()
    overview = Overview(format_name, dataset, total.images, cameras, locations, first_frame, published, heads, exports)
    for name, check in DATASET_CHECKS.items():
        if name in names:
            total.add(name, check.find(overview))
    return total


def _check_pictures(total: Findings, looks: Sequence[Look], names: frozenset[str]) -> None:
    """Keep the looks, and take up what the checks of single pictures find."""
    total.images = [replace(seen, look=look) for seen, look in zip(total.images, looks, strict=True)]
    for name, check in PICTURE_CHECKS.items():
        if name in names:
            pictures = (PictureOfImage(seen.info, look) for seen, look in zip(total.images, looks, strict=True))
            total.add(name, (finding for picture in pictures for finding in check.find(picture)))


@dataclass(frozen=True, slots=True)
class _Part:
    """One scene to check; a worker is sent that scene alone."""

    dataset: Dataset
    names: frozenset[str]


def _check_part(part: _Part) -> Findings:
    found = Findings()
    tolerant = not part.names.isdisjoint(READING_CHECKS)
    with collecting() if tolerant else nullcontext[list[ReadError]]([]) as errors:
        for scene in part.dataset.scenes:
            _check_scene(scene, until_unreadable(part.dataset.load, scene), part.names, found)
    add_unread(found, Unread(part.dataset.root, errors), part.names)
    return found


def _check_scene(scene: Scene, images: Iterable[ImageAnnotations], names: frozenset[str], found: Findings) -> None:
    compare = [name for name in SCENE_CHECKS if name in names and not scene.assumed]
    held: list[ImageAnnotations] = []
    for image in images:
        found.images.append(Seen(image.info, len(image)))
        for name, check in IMAGE_CHECKS.items():
            if name in names:
                found.add(name, check.find(image))
        if compare:
            held.append(image)
    heads = SceneHeads(scene, held)
    for name in compare:
        found.add(name, SCENE_CHECKS[name].find(heads))


def add_unread(found: Findings, unread: Unread, names: frozenset[str]) -> None:
    """Take up what the checks of reading find."""
    for name, check in READING_CHECKS.items():
        if name in names:
            found.add(name, check.find(unread))
