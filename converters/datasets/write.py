"""Writing a data set scene by scene: finished scenes stay, unfinished files are removed."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence, Set
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path, PurePosixPath
from typing import Any

from converters.datasets import guards
from converters.files.pictures.pictures import ORIGINAL_PATH, ImageMode
from converters.formats.format import Writes
from converters.formats.registry import FORMATS, find_format, format_name
from gta_head_tools.annotations import ImageAnnotations
from gta_head_tools.dataset import Dataset, Scene
from gta_head_tools.errors import ConfigError, DatasetLayoutError
from gta_head_tools.files import inside
from gta_head_tools.parallel import run, stopped_at_end
from gta_head_tools.progress import Track, no_progress
from gta_head_tools.whole_files import remove_partials, replacing_folder


def write_scenes(
    dataset: Dataset,
    name: str,
    target: Path,
    options: Any,
    images: ImageMode,
    *,
    jobs: int | None = None,
    cluster: str | None = None,
    track: Track = no_progress,
) -> None:
    """Write all scenes; columns that the target cannot hold are dropped, values that it cannot express are errors.

    Args:
        dataset: what to write.
        name: of the target format.
        target: folder, or file of a one-file format.
        options: of writing, in the format's own class.
        images: what happens to pictures.
        jobs: worker processes, None = all cores; one-file formats are written in one.
        cluster: address of a dask scheduler.
        track: progress.

    Raises:
        GtaHeadError: two scenes have one name, a picture is missing, or the target cannot be written. Finished scenes
            are there then, listed as the format lists them; of the others nothing.
    """
    writes = find_writer(name)
    remove_partials(target.parent, of=target.name)
    _clear_up(target)
    if not dataset.scenes:
        return
    check_places(dataset, name)
    if writes.scenes_apart:
        todo = [_Job(dataset, scene, name, target, options, images) for scene in dataset.scenes]
        _write_apart(todo, run(_write_one, todo, jobs=jobs, cluster=cluster), track)
    else:
        _write_whole(dataset, name, target, options, images, track)


def find_writer(name: str) -> Writes:
    """How a format is written.

    Raises:
        UnknownNameError: no such format.
        ConfigError: it can only be read.
    """
    writes = find_format(name).writes
    if writes is None:
        raise guards.not_written(name, (known for known, other in FORMATS.items() if other.writes))
    return writes


def find_target(asked: str, read_as: str) -> str:
    """Name of the format to write: the one asked for ("" = none), else that of the source.

    Raises:
        UnknownNameError: no such format.
        ConfigError: it can only be read.
    """
    name = format_name(asked or read_as)
    if not asked and find_format(name).writes is None:
        writable = ", ".join(known for known, other in FORMATS.items() if other.writes)
        raise ConfigError(f"{name} can only be read; say --to FORMAT with a format that is written: {writable}")
    find_writer(name)
    return name


def _check_spelling(dataset: Dataset) -> None:
    """Refuse names that are not valid UTF-8: a file system may have such names, but no text file can hold them.

    Raises:
        DatasetLayoutError: the message names the first.
    """
    for scene in dataset.scenes:
        names = ((info.path, info.name, info.facts.get(ORIGINAL_PATH, "")) for info in scene.images)
        for name in chain([scene.name], chain.from_iterable(names)):
            if not name.isascii() and name.encode(errors="replace").decode() != name:
                raise DatasetLayoutError(dataset.source, f"the name {name!r} in it is not UTF-8; rename it")


def check_places(dataset: Dataset, name: str) -> None:
    """Refuse names that cannot be written, and scenes that would leave the target, or replace or hold each other.

    Raises:
        GtaHeadError: the message names the scene or split, or the place that two want.
    """
    _check_spelling(dataset)
    writes, taken = find_writer(name), dict[str, str]()
    for scene in dataset.scenes:
        for place in writes.places(scene, dataset.source):
            inside(place, path=dataset.source)
            if taken.setdefault(place, scene.name) != scene.name and writes.scenes_apart:
                problem = f"scenes {taken[place]!r} and {scene.name!r} would both be written as {place!r}; rename one"
                raise DatasetLayoutError(dataset.source, problem)
    for place, scene_name in taken.items():
        above = next((str(folder) for folder in PurePosixPath(place).parents if str(folder) in taken), place)
        if taken[above] != scene_name:
            problem = f"scene {scene_name!r} would lie in scene {taken[above]!r}, at {place!r}; rename one"
            raise DatasetLayoutError(dataset.source, problem)


@dataclass(frozen=True, slots=True)
class _Job:
    """One scene to write; a worker is sent that scene alone."""

    dataset: Dataset
    scene: Scene
    name: str
    target: Path
    options: Any
    images: ImageMode

    def __reduce__(self) -> tuple[Any, ...]:
        return _Job, (self.dataset.alone(self.scene), self.scene, self.name, self.target, self.options, self.images)


def _write_one(job: _Job) -> None:
    find_writer(job.name).write(job.dataset.alone(job.scene), job.target, job.options, job.images)


def _write_apart(todo: Sequence[_Job], written: Generator[None, None, None], track: Track) -> None:
    """Write the scenes; `written` starts them when it is iterated, and gives one item as each is in place."""
    target = todo[0].target
    finished: list[Scene] = []
    before = {target, *target.glob("*")} if target.exists() else set()

    def tidy() -> None:
        # This runs after an error or an interruption, too: finished scenes are listed, unfinished files are removed.
        if finished:
            find_writer(todo[0].name).finish(finished, target)
        _clean(target, before)

    with stopped_at_end(written, tidy):
        for job, _ in zip(todo, track(written, "writing scenes", len(todo)), strict=True):
            finished.append(job.scene)


def _clean(target: Path, before: Set[Path]) -> None:
    """Remove what stopped workers left unfinished, and empty folders that are new."""
    for folder in _clear_up(target):
        if folder not in before and folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()


def _clear_up(target: Path) -> list[Path]:
    """Remove what dead runs left unfinished; returns the folders that were searched."""
    folders = [*(place for place in target.glob("*") if place.is_dir()), target]
    for folder in folders:
        remove_partials(folder)
    return folders


def _write_whole(dataset: Dataset, name: str, target: Path, options: Any, images: ImageMode, track: Track) -> None:
    writes = find_writer(name)
    steps = iter(track(range(dataset.image_count), "writing images", dataset.image_count))
    watched = replace(dataset, load=_Watched(dataset, steps))
    alone = target.suffix == writes.suffix
    if alone or (target.is_dir() and any(target.iterdir())):
        writes.write(watched, target, options, images)
    else:
        with replacing_folder(target) as folder:
            writes.write(watched, folder, options, images)
    for _ in steps:
        pass
    writes.finish(dataset.scenes, target)


@dataclass(frozen=True, slots=True)
class _Watched:
    """Loader that takes a step of the progress with every image."""

    dataset: Dataset
    steps: Iterator[int]

    def __call__(self, scene: Scene) -> Iterator[ImageAnnotations]:
        for image in self.dataset.load(scene):
            yield image
            next(self.steps, None)
