"""IIM training folders: pictures, instance masks, heads as JSON, and a list for each split.

```
images/<stem>.jpg   masks/<stem>.png   jsons/<stem>.json        stems are whole numbers
train.txt val.txt test.txt             a stem a line
val_gt_loc.txt test_gt_loc.txt         stem, number of heads, x y sigma_s sigma_l level of each
ghtools-names.json                     ours: stem to the name of the picture, where it had another one
```

Source: `taohan10200/IIM`, `datasets/`; JSON as in NWPU-Crowd: `img_id`, `human_num`, `points` and their `boxes`.
A mask has one bit a pixel, 255 in a head, with gaps between heads: from boxes (`gta_head_tools.maps.box_mask`), or from
points (`point_mask`) where a head of the picture has no box; its row of `boxes` is null. Ignored heads are in none of
these files. Pictures are enlarged to at least 1024 x 768 and both sides to multiples of 16, heads with them: they come
back in pixels of the new picture. Images without a split are written to `train.txt`.

Traps:
    * Lists may name pictures: folders, suffixes and zeros before a number do not count.
    * Heads may touch in a mask all the same (coincident ones always do): they are counted and told.
    * The scorer's lists hold whole pixels; heads without a box have the radii of FIDTM's lists there, 4 and 8, level 1.
    * Without `jsons`, heads are the components of the masks, whose boxes are smaller than the heads.
    * Pictures that are no JPEG, are stored turned or change their size are written anew, whether they are to be linked
      or copied. An image whose picture cannot be read is left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import msgspec

from converters.files.labels.label_folder import PLACE, FileEach, scenes_at_places
from converters.files.pictures.pictures import pictures_by_stem
from converters.files.records.heads_json import read_heads
from converters.files.records.json_file import decode
from converters.files.tables.split_lists import SplitLists, has_split_list, read_split_lists
from converters.formats.format import Format, Writes
from converters.formats.iim_write import NAMES, WriteOptions, places, write
from converters.formats.options import StillOptions
from gta_head_tools.annotations import ImageAnnotations, ImageInfo, with_size
from gta_head_tools.dataset import Dataset, LabelDefect, Scene
from gta_head_tools.errors import DataFormatError, DatasetLayoutError
from gta_head_tools.files import (
    composed,
    existing_folder,
    file_or_lost,
    inside,
    listed,
    natural_key,
    own_name,
    spelled,
    without_picture_suffix,
)
from gta_head_tools.picture_header import image_size
from gta_head_tools.pictures import read_picture
from gta_head_tools.unreadable import read_or

_JSONS, _MASKS, _PICTURES = "jsons", "masks", "images"

_NAMES_DECODER = msgspec.json.Decoder(dict[str, str])


def detect(path: Path) -> bool:
    """True for a folder with `masks` and the list of a split."""
    return (path / _MASKS).is_dir() and has_split_list(path)


def read(path: Path, options: StillOptions) -> Dataset:
    """The data set at `path`; heads are read when it is iterated.

    Raises:
        DatasetLayoutError: neither `jsons` nor `masks` there, or nothing in them.
        DataFormatError: a list or picture that cannot be read; when iterated: a JSON or mask.
    """
    folder = next((name for name in (_JSONS, _MASKS) if (existing_folder(path) / name).is_dir()), None)
    kind = "*.json" if folder == _JSONS else "*.png"
    files = {composed(file.stem): file for file in listed(path / (folder or _JSONS), kind)}
    if folder is None or not files:
        raise DatasetLayoutError(path, "expected jsons/NUMBER.json or masks/NUMBER.png, found none; check the folder")
    splits, notes, defects = _splits(path, set(files))
    if folder == _MASKS:
        notes = (*notes, "heads are the components of the masks: boxes are as painted, smaller than the heads")
    infos = _infos(path, sorted(splits, key=natural_key), splits)
    placed = scenes_at_places(infos, options.scenes, name=own_name(path), root=path)
    scenes = tuple(_sized(scene, path) for scene in placed)
    labels = {info.path: files[_stem(info)] for scene in scenes for info in scene.images}
    load = FileEach(_of_mask if folder == _MASKS else read_heads, labels)
    return Dataset(path, scenes, load, path, notes=notes, defects=defects)


def _splits(path: Path, stems: set[str]) -> tuple[dict[str, str | None], tuple[str, ...], tuple[LabelDefect, ...]]:
    """Split of every stem that is read, which is those in a list, or all where there is no list; notes; and defects.

    Raises:
        DatasetLayoutError: there are lists, and none of their images has a file of heads.
    """
    lists = read_split_lists(path, stems)
    if lists.lost and not lists.splits:
        file, name = lists.lost[0]
        problem = f"none of its images has a file of heads: {name!r} is listed, and {min(stems)!r} is there"
        raise DatasetLayoutError(file, f"{problem}; correct the list, or remove it to read all images")
    told = (
        (len(lists.lost), "listed images have no heads file and are left out"),
        (len(lists.twice), "images are listed twice: the first list counts"),
        (len(stems) - len(lists.splits) if lists.splits else 0, "images are in no list and are left out"),
    )
    splits: dict[str, str | None] = {**lists.splits} or dict.fromkeys(stems)
    defects = *lists.defects(), *_unlisted(lists, stems)
    return splits, tuple(f"{count} {text}" for count, text in told if count), defects


def _unlisted(lists: SplitLists, stems: set[str]) -> Iterator[LabelDefect]:
    told = "the image is in no list of a split, and is left out"
    for stem in sorted(stems - lists.splits.keys() if lists.splits else (), key=natural_key):
        yield LabelDefect(check="orphan-label", file=stem, value=stem, message=told)


def _infos(path: Path, stems: list[str], splits: dict[str, str | None]) -> list[ImageInfo]:
    """The images under the names of their source, with the place of their picture as a fact."""
    read_names = partial(decode, decoder=_NAMES_DECODER)
    names = read_or(dict[str, str](), read_names, path / NAMES) if file_or_lost(path / NAMES) else {}
    there = pictures_by_stem(path / _PICTURES)
    infos = []
    for stem in stems:
        picture = there.get(stem, f"{stem}.jpg")
        name = read_or(picture, partial(inside, path=path / NAMES), names.get(stem, picture))
        infos.append(ImageInfo(name, split=splits[stem], facts={PLACE: f"{_PICTURES}/{picture}"}))
    return infos


def _stem(info: ImageInfo) -> str:
    return composed(without_picture_suffix(Path(info.path).name))


def _sized(scene: Scene, path: Path) -> Scene:
    """The scene; an image without a picture has the size of its mask."""
    masks = [spelled(path / _MASKS / f"{_stem(info)}.png") for info in scene.images]
    images = (
        info if info.sized or not mask.is_file() else read_or(info, partial(_with_size_of, info), mask)
        for info, mask in zip(scene.images, masks, strict=True)
    )
    return replace(scene, images=tuple(images))


def _with_size_of(info: ImageInfo, mask: Path) -> ImageInfo:
    return with_size(info, image_size(mask))


def _of_mask(file: Path, info: ImageInfo) -> ImageAnnotations:
    from gta_head_tools.maps.components import components

    mask = read_picture(file).any(axis=2)
    if mask.shape != info.size[::-1]:
        problem = f"{mask.shape[1]} x {mask.shape[0]} pixels, but {info.path} has {info.width} x {info.height}"
        raise DataFormatError(file, f"{problem}; make the mask again")
    found = components(mask)
    return ImageAnnotations(info, found.centres, boxes=found.boxes)


FORMAT = Format(
    holds=frozenset({"points", "boxes", "split"}),
    read=read,
    options=StillOptions,
    detect=detect,
    writes=Writes(write=write, places=places, options=WriteOptions, needs_size=True, needs_pixels=True),
)
