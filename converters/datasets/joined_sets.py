"""Several data sets as one: names of scenes and pictures are kept apart, and each picture is found where it lies.

Scenes and pictures get the name of their source as a folder, always, so that a name does not depend on what else is
merged. Person ids belong to their scene, and no two sources share a scene. The root is the folder that holds all
sources; it may be `/`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from converters.files.labels.scene_names import SPLITS
from converters.files.pictures.pictures import ORIGINAL_PATH
from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.dataset import Composer, Dataset, Loader, Scene, narrow
from gta_head_tools.files import is_ours


def names_of(sources: Sequence[Path]) -> list[str]:
    """A name for each source: that of its folder or file; equal ones are numbered.

    The names of splits, and of folders that readers pass over, are replaced by that of the folder above.

    >>> names_of([Path("/data/mall"), Path("/new/mall"), Path("/data/street/train"), Path("/x/street.json")])
    ['mall', 'mall_2', 'street', 'street_2']
    """
    found: list[str] = []
    for source in sources:
        path = Path(os.path.abspath(source))  # noqa: PTH100  # A link keeps the name by which it was given.
        stem = path.name if path.is_dir() or not path.suffix else path.name.removesuffix(".gz").partition(".")[0]
        above = [folder.name for folder in path.parents if folder.name]
        fit = (name for name in [stem, *above] if name and name not in SPLITS and not is_ours(Path(name)))
        name = next(fit, "set")
        numbered = [name, *(f"{name}_{number}" for number in range(2, len(sources) + 2))]
        found.append(next(each for each in numbered if each not in found))
    return found


@dataclass(frozen=True, slots=True)
class _Part:
    """One of the data sets.

    Attributes:
        name: folder of its scenes and pictures in the whole.
        place: its root relative to that of the whole, "" = the same.
        load: reads its scenes.
        scenes: by their new name.
    """

    name: str
    place: str
    load: Loader
    scenes: Mapping[str, Scene]

    def moved(self, info: ImageInfo) -> ImageInfo:
        original = f"{self.name}/{info.facts.get(ORIGINAL_PATH, info.path)}"
        return replace(
            info,
            path=_below(self.place, info.path),
            scene=f"{self.name}/{info.scene}",
            facts={**info.facts, ORIGINAL_PATH: original},
        )

    def moved_scene(self, new: str, scene: Scene) -> Scene:
        return replace(scene, name=new, images=tuple(map(self.moved, scene.images)), folder=None)


@dataclass(frozen=True, slots=True)
class _Joined:
    """Loader of the scenes of all parts."""

    parts: tuple[_Part, ...]

    def __call__(self, scene: Scene) -> Iterator[ImageAnnotations]:
        part = next(part for part in self.parts if scene.name in part.scenes)
        for image in part.load(part.scenes[scene.name]):
            yield image.replace(info=part.moved(image.info))

    def only(self, scenes: tuple[Scene, ...]) -> Loader:
        wanted = {scene.name for scene in scenes}
        cut = []
        for part in self.parts:
            kept = {name: scene for name, scene in part.scenes.items() if name in wanted}
            if kept:
                cut.append(replace(part, scenes=kept, load=narrow(part.load, tuple(kept.values()))))
        return _Joined(tuple(cut))


@dataclass(frozen=True, slots=True)
class _Composers:
    """Builds the pictures of all parts."""

    parts: tuple[tuple[str, Path, Composer], ...]

    def __call__(self, root: Path, info: ImageInfo) -> Callable[[], NDArray[np.uint8]] | None:  # noqa: ARG002
        for place, own_root, compose in self.parts:
            if not place or info.path.startswith(f"{place}/"):
                build = compose(own_root, replace(info, path=info.path.removeprefix(f"{place}/" if place else "")))
                if build is not None:
                    return build
        return None


def join(datasets: Sequence[Dataset], names: Sequence[str]) -> Dataset:
    """The data sets as one.

    Args:
        datasets: at least one.
        names: of each, see `names_of`.
    """
    roots = [Path(os.path.abspath(dataset.root)) for dataset in datasets]  # noqa: PTH100
    root = Path(os.path.commonpath(roots))
    parts = []
    for dataset, name, own in zip(datasets, names, roots, strict=True):
        place = own.relative_to(root).as_posix() if own != root else ""
        parts.append(_Part(name, place, dataset.load, {f"{name}/{scene.name}": scene for scene in dataset.scenes}))
    composed = tuple(
        (part.place, own, dataset.compose)
        for part, own, dataset in zip(parts, roots, datasets, strict=True)
        if dataset.compose is not None
    )
    unfit = {
        _below(part.place, path): problem
        for part, dataset in zip(parts, datasets, strict=True)
        for path, problem in dataset.unfit.items()
    }
    return Dataset(
        root,
        tuple(part.moved_scene(new, scene) for part in parts for new, scene in part.scenes.items()),
        _Joined(tuple(parts)),
        root,
        compose=_Composers(composed) if composed else None,
        notes=tuple(dict.fromkeys(note for dataset in datasets for note in dataset.notes)),
        unfit=unfit,
    )


def _below(place: str, path: str) -> str:
    return f"{place}/{path}" if place else path
