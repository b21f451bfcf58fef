"""GCC Labeler scenes: head points of rendered crowds with camera, weather, hour and area; reading only.

```
scene_<X>_<Y>/{jpgs,pngs,jsons,mats}/<unix seconds>.{jpg,png,json,mat}     json.gz too
```

One such folder, or a folder of them. X is the place, Y one of its four cameras. Json wins over mat, jpg over png; a
picture with neither json nor mat is no image of the data set. Pictures are 1920 x 1080 unless their header, or that of
the scene's first picture, differs.

Heads are stored as (row, column) counted from 0, made by rounding and then subtracting 1; reading adds 1 to both, which
lands within half a pixel of the head. Some copies hold (x, y) instead: `gcc_order` finds which; a scene that is read so
has the fact `order`, and a note says why, or that nothing tells. A head is kept by the labeler if its pixel shows any
person, so that heads hidden by other people are there and those hidden by things are not.

Facts: `weather`, `hour`, `minute`, `roi_world` (polygon x y in metres, unscrambled, see `gcc_world`), `ground` (metres,
if the option says it).
Source: `gjy3035/GCC-CL` (GCC-Labeler: main.py, getHead.py, mkInfo.py), `gjy3035/C-3-Framework` (datasets/GCC).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Literal

from converters.files.pictures.pictures import pictures_by_stem, size_from_picture
from converters.files.pictures.pictures_beside import unlabelled_defects
from converters.files.records.heads_json import kind_of_dataset
from converters.formats.format import Format
from converters.formats.gcc import gcc_files
from converters.formats.gcc.gcc_order import Order, SceneFiles, find_orders
from converters.formats.gcc.gcc_world import SIZE, has_boxes, scene_folders, seen_region
from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.dataset import Dataset, LabelDefect, Scene
from gta_head_tools.errors import DatasetLayoutError
from gta_head_tools.files import composed, existing_folder, is_ours, listed, natural_key, own_name, spelled
from gta_head_tools.unreadable import each_readable


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """Options of reading.

    Attributes:
        order: of the two stored numbers; ``auto`` finds it per scene.
        ground: world height of the ground in metres, None = unknown; with it the area is projected to `info.roi`.
    """

    order: Literal["auto", "rowcol", "xy"] = "auto"
    ground: float | None = None


def detect(path: Path) -> bool:
    """True for a folder with `jsons` or `mats` (NWPU has `images` beside them, IIM `masks`), or of such scenes.

    Files of heads as in NWPU and cclabeler are none of GCC, also without their pictures; scenes with boxes are those
    of `rgbdsyn`.
    """
    scenes = [path, *(path / name for name in scene_folders(path, "scene_*_*"))] if path.is_dir() else []
    if any(map(has_boxes, scenes)):
        return False
    if _is_scene(path):
        return not any((path / name).is_dir() for name in ("images", "masks")) and kind_of_dataset(path) == "other"
    return any(map(_is_scene, scenes[1:]))


def _is_scene(folder: Path) -> bool:
    return (folder / "jsons").is_dir() or (folder / "mats").is_dir()


def read(path: Path, options: ReadOptions) -> Dataset:
    """The scene or scenes at `path`; label files are read with the heads, but for those that tell the stored order.

    Raises:
        DatasetLayoutError: no folder, or none with json or mat files.
        DataFormatError: when iterated: a file that is damaged or holds what it should not.
    """
    names = [""] if _is_scene(existing_folder(path)) else scene_folders(path, "scene_*_*")
    scenes, notes = [], []
    defects: list[LabelDefect] = []
    for name in names:
        scene, left_out = _list_scene(path, name)
        if scene.images:
            scenes.append(scene)
        else:
            notes.append(f"{scene.name}: neither json nor mat files, left out")
        if left_out:
            notes.append(f"{scene.name}: {len(left_out)} picture(s) with neither json nor mat, left out")
            defects += unlabelled_defects(left_out)
    if not scenes:
        raise DatasetLayoutError(
            path, "no scene: expected jsons/*.json (or .json.gz) or mats/*.mat, here or in scene_*_* folders"
        )
    if options.order == "auto":
        orders, told = find_orders(scenes, partial(_files, path))
        notes += told
    else:
        orders = dict.fromkeys((scene.name for scene in scenes), options.order)
    by_folder = {scene.folder or "": orders[scene.name] for scene in scenes}
    dataset = Dataset(path, tuple(scenes), _Loader(path, options, by_folder), path, notes=tuple(notes))
    return dataset.with_defects(defects)


def _list_scene(root: Path, folder: str) -> tuple[Scene, list[str]]:
    """The scene, and the pictures that have no heads stored for them."""
    place = root / folder
    name = folder or own_name(root)
    found = {kind: pictures_by_stem(place / kind) for kind in ("pngs", "jpgs")}
    pictures = {stem: f"{kind}/{file}" for kind, files in found.items() for stem, file in files.items()}
    stems = _stored_stems(place)
    prefix = f"{folder}/" if folder else ""
    images = tuple(
        ImageInfo(f"{prefix}{pictures.get(composed(stem), f'jpgs/{stem}.jpg')}", scene=name, name=stem)
        for stem in stems
    )
    bare = pictures.keys() - set(map(composed, stems))
    return Scene(name, images, folder=folder), [f"{prefix}{pictures[stem]}" for stem in sorted(bare, key=natural_key)]


def _stored_stems(folder: Path) -> list[str]:
    jsons = [*listed(folder / "jsons", "*.json"), *listed(folder / "jsons", "*.json.gz")]
    files = [*jsons, *listed(folder / "mats", "*.mat")]
    return sorted({Path(file.name.removesuffix(".gz")).stem for file in files if not is_ours(file)}, key=natural_key)


@dataclass(frozen=True, slots=True)
class _Loader:
    root: Path
    options: ReadOptions
    orders: Mapping[str, Order]
    """Of each scene, by its folder."""

    def __call__(self, scene: Scene) -> Iterator[ImageAnnotations]:
        folder = self.root / (scene.folder or "")
        # List the whole scene again: its size is found from all its images, also when only some are asked for.
        whole, _ = _list_scene(self.root, scene.folder or "")
        usual = _usual_size(self.root, whole)

        def read(info: ImageInfo) -> ImageAnnotations:
            stored = gcc_files.read(gcc_files.stored_file(folder, info.name))
            return self._build(info, stored, self.orders[scene.folder or ""], _size(self.root, info, usual))

        return each_readable(scene.images, read)

    def _build(
        self, info: ImageInfo, stored: gcc_files.Stored, order: Order, size: tuple[int, int]
    ) -> ImageAnnotations:
        ground = self.options.ground
        more = {
            "roi_world": stored.area,
            "ground": ground,
            "order": order if order == "xy" else None,
        }
        facts = {**stored.facts, **{key: value for key, value in more.items() if value is not None}}
        roi = seen_region(stored.area, ground, stored.camera, size)
        points = (stored.pairs if order == "xy" else stored.pairs[:, ::-1]) + 1
        full = replace(info, width=size[0], height=size[1], camera=stored.camera, roi=roi, facts=facts)
        return ImageAnnotations(full, points)


def _usual_size(root: Path, scene: Scene) -> tuple[int, int]:
    """Size for images without a picture: that of the first picture that is there, else the size that the game makes."""
    for info in scene.images:
        sized = size_from_picture(info, root)
        if sized.sized:
            return sized.size
    return SIZE


def _size(root: Path, info: ImageInfo, usual: tuple[int, int]) -> tuple[int, int]:
    sized = size_from_picture(info, root)
    return sized.size if sized.sized else usual


def _files(root: Path, scene: Scene) -> SceneFiles:
    folder, usual = root / (scene.folder or ""), _usual_size(root, scene)
    return SceneFiles(
        stored=lambda info: gcc_files.stored_file(folder, info.name),
        mask=lambda info: spelled(folder / "segs" / f"{info.name}.raw"),
        size=lambda info: _size(root, info, usual),
    )


FORMAT = Format(
    holds=frozenset({"points"}),
    read=read,
    options=ReadOptions,
    detect=detect,
)
