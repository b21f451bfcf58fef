"""Where the anchors of a data set lie, and which scene they belong to.

A scene with a folder of its own keeps them in `anchors.json` there; others in `anchors/<scene>.json` in the root. One
`anchors.json` in the root (beside the label file, where the source is one), or a file named by the user, may serve
several scenes with pictures of one size: each drawing goes to the scene that holds its image.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from converters.datasets.unused import check_all_used
from converters.files.pictures.pictures import fill_sizes
from gta_head_tools.anchors.anchors import Anchor, AnchorSet, read_anchors
from gta_head_tools.anchors.pinned_boxes import corrects_boxes
from gta_head_tools.dataset import Dataset, Scene
from gta_head_tools.errors import DataFormatError, DatasetLayoutError
from gta_head_tools.files import file_or_lost, inside
from gta_head_tools.interpolation.scene_input import SceneInput, SizeSettings, gather_scene
from gta_head_tools.unreadable import each_readable, read_or

ANCHORS = "anchors.json"

AnchorsAt = Path | Mapping[str, Path] | None
"""One file that serves all scenes, or files of single scenes by name, which replace those of the data set;
None = the files of the data set."""


@dataclass(frozen=True, slots=True)
class SceneAnchors:
    """The drawings of one scene and the file they stand in."""

    anchors: AnchorSet
    path: Path


def own_path(dataset: Dataset, scene: Scene) -> Path:
    """The file that a scene's anchors belong in, whether it is there or not."""
    if scene.folder is not None:
        return dataset.root / scene.folder / ANCHORS
    # The name of a scene may come from a data file: the path must not leave the folder.
    return dataset.root / "anchors" / f"{inside(scene.name, path=dataset.source)}.json"


def find_anchors(dataset: Dataset, file: AnchorsAt = None) -> dict[str, SceneAnchors]:
    """Scene name to its drawings; scenes without any are left out.

    Args:
        dataset: the scenes.
        file: named by the user; where it is one, no other file is looked at.

    Raises:
        DatasetLayoutError: `file` is missing.
        DataFormatError: a file that cannot be used, or a drawing on an image of no scene, or of two.
    """
    if isinstance(file, Mapping):
        return {**find_anchors(dataset), **_named(file)}
    own, shared = _files(dataset, file)
    if shared is not None:
        return _deal_out(dataset, read_anchors(shared), shared)
    return {name: SceneAnchors(read_anchors(path), path) for name, path in own.items()}


def find_edits(dataset: Dataset, file: AnchorsAt = None) -> dict[str, SceneAnchors]:
    """Scene name to its drawings, those alone that change heads or given boxes; see `find_anchors`.

    From a file that serves several scenes only the edits are taken: a reader of heads does not need the rest.
    """
    if isinstance(file, Mapping):
        found = {**find_edits(dataset), **_named(file)}
        return {name: scene for name, scene in found.items() if _edits(scene)}
    own, shared = _files(dataset, file)
    if shared is not None:
        return read_or(dict[str, SceneAnchors](), partial(_shared_edits, dataset), shared)
    drawn = each_readable(own.items(), lambda pair: (pair[0], SceneAnchors(read_anchors(pair[1]), pair[1])))
    return {name: scene for name, scene in drawn if _edits(scene)}


def _edits(drawn: SceneAnchors) -> bool:
    return bool(drawn.anchors.heads) or corrects_boxes(drawn.anchors)


def _shared_edits(dataset: Dataset, file: Path) -> dict[str, SceneAnchors]:
    drawn = read_anchors(file)
    pins = drawn.pins if corrects_boxes(drawn) else ()
    edits = AnchorSet(drawn.image_size, heads=drawn.heads, pins=pins)
    return _deal_out(dataset, edits, file) if drawn.heads or pins else {}


def _named(files: Mapping[str, Path]) -> dict[str, SceneAnchors]:
    return {name: SceneAnchors(read_anchors(path), path) for name, path in files.items()}


def _files(dataset: Dataset, file: Path | None) -> tuple[dict[str, Path], Path | None]:
    """The files of single scenes, or the one that all share."""
    if file is not None:
        if not file.is_file():
            raise DatasetLayoutError(file, "no such anchor file")
        return {}, file
    apart = (dataset.root / "anchors").is_dir()
    placed = (scene for scene in dataset.scenes if apart or scene.folder is not None)
    own = {scene.name: own_path(dataset, scene) for scene in placed}
    own = {name: path for name, path in own.items() if file_or_lost(path)}
    folder = dataset.source.parent if dataset.source.is_file() else dataset.root
    shared = folder / ANCHORS
    return own, shared if not own and file_or_lost(shared) else None


def _deal_out(dataset: Dataset, drawn: AnchorSet, path: Path) -> dict[str, SceneAnchors]:
    if len(dataset.scenes) == 1:
        return {dataset.scenes[0].name: SceneAnchors(drawn, path)}
    homes = _homes(dataset)
    dealt: dict[str, AnchorSet] = {}

    def home(image: str, record: str) -> str:
        scenes = homes.get(image, set())
        if len(scenes) != 1:
            problem = f"is in scenes {', '.join(sorted(scenes))}" if scenes else "is in no scene"
            raise DataFormatError(path, f"image {image!r} {problem}; give each scene an anchor file", None, record)
        return next(iter(scenes))

    for key, anchors in (("anchors", drawn.anchors), ("pins", drawn.pins), ("image_anchors", drawn.image_anchors)):
        for index, anchor in enumerate(anchors):
            scene = home(anchor.image, f"{key}[{index}]")
            dealt[scene] = _add(dealt.get(scene, _without_images(drawn)), key, anchor)
    for image, edits in drawn.heads.items():
        scene = home(image, f"heads[{image!r}]")
        base = dealt.get(scene, _without_images(drawn))
        dealt[scene] = replace(base, heads={**base.heads, image: edits})
    for key, of_one_camera in (("horizon", drawn.horizon), ("zones", drawn.zones)):
        if of_one_camera and len(dealt) > 1:
            problem = f"belongs to one camera, and this file serves {len(dealt)} scenes; give each scene an anchor file"
            raise DataFormatError(path, problem, None, key)
    _check_one_size(dataset, drawn, path, served=dealt)
    return {name: SceneAnchors(anchors, path) for name, anchors in dealt.items()}


def _check_one_size(dataset: Dataset, drawn: AnchorSet, path: Path, *, served: Collection[str]) -> None:
    """Refuse to serve pictures of several sizes: `image_size` is one, and points of the others would be scaled."""
    infos = (info for scene in dataset.scenes if scene.name in served for info in scene.images if info.sized)
    sizes = dict.fromkeys(info.size for info in infos)
    if len(sizes) > 1:
        width, height = drawn.image_size
        shown = " and ".join(f"{wide}x{high}" for wide, high in list(sizes)[:2])
        problem = f"is {width}x{height}, but this file serves pictures of {shown}; give each scene an anchor file"
        raise DataFormatError(path, problem, None, "image_size")


def _homes(dataset: Dataset) -> Mapping[str, set[str]]:
    homes: dict[str, set[str]] = {}
    for scene in dataset.scenes:
        for info in scene.images:
            homes.setdefault(info.name, set()).add(scene.name)
    return homes


def _without_images(drawn: AnchorSet) -> AnchorSet:
    return replace(drawn, anchors=(), pins=(), image_anchors=(), heads={}, reviewed=())


def _add(base: AnchorSet, key: str, anchor: Anchor) -> AnchorSet:
    if key == "anchors":
        return replace(base, anchors=(*base.anchors, anchor))
    if key == "pins":
        return replace(base, pins=(*base.pins, anchor))
    return replace(base, image_anchors=(*base.image_anchors, anchor))


@dataclass(frozen=True, slots=True)
class SceneTask:
    """One scene to work on, with its drawings; a worker process is sent that scene alone.

    Attributes:
        dataset: the source.
        scene: one of its scenes.
        drawn: its drawings, None = none.
    """

    dataset: Dataset
    scene: Scene
    drawn: SceneAnchors | None

    def __reduce__(self) -> tuple[Any, ...]:
        return SceneTask, (self.dataset.alone(self.scene), self.scene, self.drawn)

    def gather(self, settings: SizeSettings) -> SceneInput:
        """The scene read, checked and joined to its drawings.

        Raises:
            GtaHeadError: the scene or its drawings cannot be used.
            UnusedPicturesError: nothing but damaged pictures could say how large they are.
        """
        anchors = self.drawn.anchors if self.drawn else None
        images = fill_sizes(list(self.dataset.load(self.scene)), anchors.image_size if anchors else None)
        paths = (image.info.path for image in images if not image.info.sized)
        check_all_used([self.dataset.unfit[path] for path in paths if path in self.dataset.unfit], len(images))
        path = self.drawn.path if self.drawn else own_path(self.dataset, self.scene)
        return gather_scene(self.scene.name, images, anchors, settings, path=path)
