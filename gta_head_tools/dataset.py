"""A data set: scenes of pictures whose heads are read scene by scene, as often as asked."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gta_head_tools.annotations import ImageAnnotations, ImageInfo

Composer = Callable[[Path, ImageInfo], Callable[[], NDArray[np.uint8]] | None]
"""Gives, for an image whose picture is not one file, the function that builds it (H, W, 3, RGB); None for others."""


@dataclass(frozen=True, slots=True)
class Scene:
    """One fixed camera and its pictures, as the folder listing or the index of a label file tells.

    The infos here are what is known without reading heads. The annotations that a scene yields carry an info of their
    own, which adds what the label file says (camera, facts, size).

    Attributes:
        name: unique in the data set.
        images: in the order they are yielded.
        split: train, val, test or None.
        folder: of the scene, POSIX, relative to the root ("" = the root itself); None = it has none of its own.
        assumed: nothing says that these pictures share one fixed camera; they merely lie together.
        heads_only: the source lists heads and no pictures, so that pictures without heads are not among the images.
    """

    name: str
    images: tuple[ImageInfo, ...]
    split: str | None = None
    folder: str | None = None
    assumed: bool = False
    heads_only: bool = False

    @property
    def splits(self) -> tuple[str | None, ...]:
        """Each split that a picture of the scene is in, in the order of the pictures; None stands for no split.

        >>> Scene("a", (ImageInfo("1.jpg", split="val"), ImageInfo("2.jpg"), ImageInfo("3.jpg", split="val"))).splits
        ('val', None)
        """
        return tuple(dict.fromkeys(info.split for info in self.images))


def common_split(infos: Iterable[ImageInfo]) -> str | None:
    """The split that all pictures are in; None when they differ."""
    splits = {info.split for info in infos}
    return splits.pop() if len(splits) == 1 else None


Loader = Callable[[Scene], Iterable[ImageAnnotations]]
"""Reads a scene. Must be picklable (a frozen dataclass with `__call__`), so that scenes can be read by workers.

A loader that holds heads in memory has `only(scenes)`: the loader with the heads of these scenes, to send to a worker.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelDefect:
    """What is wrong or odd in a label file and cannot be seen in the heads, because reading makes up for it.

    Attributes:
        check: name of the check that tells it.
        file: label file, or, as text, a path relative to the root of the data set; "" = the data set as a whole.
        record: which record of the file, the first of several; "" = the whole file.
        value: what was found there, as text.
        message: what is wrong, in a sentence.
        line: of the file, counted from 1, None = it has no lines, or none of its own.
    """

    check: str
    file: Path | str
    record: str = ""
    value: str
    message: str
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Dataset:
    """Scenes and a way to read them; holds no heads itself.

    Attributes:
        root: folder that picture paths are relative to.
        scenes: in natural order.
        load: reads the heads of one scene.
        source: the file or folder it was read from; `root` unless that is one label file.
        compose: builds pictures that are not one file, None = all are files.
        notes: what reading found worth telling, e.g. a column order that was undone.
        unfit: by path, what is wrong with pictures whose header cannot be read, or says another size than the labels.
        looked: folders that were looked in for pictures, where the label files do not say where they lie.
        defects: of the label files, for checks.
    """

    root: Path
    scenes: tuple[Scene, ...]
    load: Loader
    source: Path
    compose: Composer | None = None
    notes: tuple[str, ...] = field(default=())
    unfit: Mapping[str, str] = field(default_factory=dict)
    looked: tuple[Path, ...] = field(default=())
    defects: tuple[LabelDefect, ...] = field(default=())

    def __iter__(self) -> Iterator[ImageAnnotations]:
        for scene in self.scenes:
            yield from self.load(scene)

    @property
    def image_count(self) -> int:
        """Number of pictures in all scenes."""
        return sum(len(scene.images) for scene in self.scenes)

    def only(self, names: Iterable[str]) -> Dataset:
        """The scenes of those names, in the order of this data set; a loader that holds heads drops those of others."""
        wanted = set(names)
        scenes = tuple(scene for scene in self.scenes if scene.name in wanted)
        return replace(self, scenes=scenes, load=narrow(self.load, scenes))

    def alone(self, scene: Scene) -> Dataset:
        """The data set with only one scene, as a worker is sent it; a loader that holds heads drops all others."""
        return replace(self, scenes=(scene,), load=narrow(self.load, (scene,)), defects=())

    def without(self, paths: Collection[str]) -> Dataset:
        """The data set without the images of these paths, and without scenes that are left empty."""
        kept = ((scene, tuple(info for info in scene.images if info.path not in paths)) for scene in self.scenes)
        scenes = tuple(replace(scene, images=images) for scene, images in kept if images)
        return replace(
            self, scenes=scenes, load=_Without(self.load, {s.name: s for s in self.scenes}, frozenset(paths))
        )

    def with_splits(self, splits: Mapping[str, str]) -> Dataset:
        """The data set with the images of these splits, by path; an image without one is in no split."""
        scenes = tuple(_with_splits(scene, splits) for scene in self.scenes)
        return replace(self, scenes=scenes, load=_Splits(self.load, {s.name: s for s in self.scenes}, dict(splits)))

    def with_defects(self, more: Iterable[LabelDefect]) -> Dataset:
        """The same data set with more defects of its label files."""
        return replace(self, defects=(*self.defects, *more))

    def map(self, change: Callable[[ImageAnnotations], ImageAnnotations]) -> Dataset:
        """The same data set with every image's annotations passed through `change` (picklable) on reading."""
        return replace(self, load=_Mapped(self.load, change))


def narrow(load: Loader, scenes: tuple[Scene, ...]) -> Loader:
    """The loader of these scenes, without the heads of others in memory; a loader that reads files stays the same."""
    cut: Callable[[tuple[Scene, ...]], Loader] | None = getattr(load, "only", None)
    return cut(scenes) if cut is not None else load


@dataclass(frozen=True, slots=True)
class _Without:
    """Loader that passes over some images of another one, which is asked for whole scenes."""

    load: Loader
    whole: Mapping[str, Scene]
    paths: frozenset[str]

    def __call__(self, scene: Scene) -> Iterator[ImageAnnotations]:
        images = self.load(self.whole[scene.name])
        return (image for image in images if image.info.path not in self.paths)

    def only(self, scenes: tuple[Scene, ...]) -> Loader:
        whole = {scene.name: self.whole[scene.name] for scene in scenes}
        return _Without(narrow(self.load, tuple(whole.values())), whole, self.paths)


def _with_splits(scene: Scene, splits: Mapping[str, str]) -> Scene:
    images = tuple(replace(info, split=splits.get(info.path)) for info in scene.images)
    return replace(scene, images=images, split=common_split(images))


@dataclass(frozen=True, slots=True)
class _Splits:
    """Loader that puts images into other splits; the loader behind it is asked for its own scenes."""

    load: Loader
    before: Mapping[str, Scene]
    splits: Mapping[str, str]

    def __call__(self, scene: Scene) -> Iterator[ImageAnnotations]:
        for image in self.load(self.before[scene.name]):
            yield image.replace(info=replace(image.info, split=self.splits.get(image.info.path)))

    def only(self, scenes: tuple[Scene, ...]) -> Loader:
        before = {scene.name: self.before[scene.name] for scene in scenes}
        paths = (info.path for scene in before.values() for info in scene.images)
        splits = {path: self.splits[path] for path in paths if path in self.splits}
        return _Splits(narrow(self.load, tuple(before.values())), before, splits)


@dataclass(frozen=True, slots=True)
class _Mapped:
    load: Loader
    change: Callable[[ImageAnnotations], ImageAnnotations]

    def __call__(self, scene: Scene) -> Iterator[ImageAnnotations]:
        yield from map(self.change, self.load(scene))

    def only(self, scenes: tuple[Scene, ...]) -> Loader:
        return _Mapped(narrow(self.load, scenes), self.change)


@dataclass(frozen=True, slots=True)
class InMemory:
    """Loader of annotations that are already there, for small sets and tests.

    Args:
        annotations: scene name to the scene's annotations.
    """

    annotations: dict[str, tuple[ImageAnnotations, ...]]

    def __call__(self, scene: Scene) -> Iterator[ImageAnnotations]:
        yield from self.annotations[scene.name]

    def only(self, scenes: tuple[Scene, ...]) -> Loader:
        """The loader with only the heads of these scenes."""
        return InMemory({scene.name: self.annotations[scene.name] for scene in scenes})


def in_memory(annotations: Iterable[ImageAnnotations], root: Path, **options: Any) -> Dataset:
    """A data set of annotations at hand, grouped by their scene in order of appearance."""
    groups: dict[str, list[ImageAnnotations]] = {}
    for image in annotations:
        groups.setdefault(image.info.scene, []).append(image)
    scenes = tuple(
        Scene(name, tuple(image.info for image in images), split=common_split(image.info for image in images))
        for name, images in groups.items()
    )
    return Dataset(root, scenes, InMemory({name: tuple(images) for name, images in groups.items()}), root, **options)
