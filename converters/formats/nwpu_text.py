"""NWPU-Crowd's text lists: one line per image, for true heads and for predictions; also those of FIDTM and STEERER.

```
3110 2 851 1304 15 23 3 831 1344 13 22 2      id, number of heads, then for each head x y sigma_s sigma_l level
3110 2 851 1304 831 1344                      a prediction: x y for each head
3110 2 851 1304 0.97 831 1344 0.61            a prediction with scores
```

Source: `gjy3035/NWPU-Crowd-Sample-Code-for-Localization`, `eval/`; `dk-liang/FIDTM`, `local_eval/`;
`taohan10200/STEERER`, `lib/eval/`. Numbers are separated by blanks; every line of a file has the same numbers a head.
The radii are sigma_s = min(w, h) / 2 and sigma_l = sqrt(w^2 + h^2) / 2 of a head's box, in whole pixels, half rounded
up; the level is 0 to 5 by its area, see `gta_head_tools.evaluation.head_sizes`. Read radii and levels are the columns
`sigma_s`, `sigma_l` and `level`: which side of the box is the longer one is lost, so there are no boxes.

Traps:
    * Lists made by IIM's script leave out boxes without area and still write the old number of heads: where all heads
      have five numbers, those that are there count, and a note says how many lines differ.
    * The official scorer reads whole numbers alone, also as ids: `-o official=true` rounds and numbers.
    * FIDTM's ids count its files in lexicographic order (IMG_1, IMG_10, IMG_100, ...).
    * STEERER's coordinates are those of resized pictures.

A lone file finds its pictures beside it or in `images/`; a folder of ours holds `heads.txt` and `images/`.
Memory: the text of the file and 60 bytes a head while it is read, 100 bytes a head afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal

import numpy as np

from converters.files.held_heads import hold
from converters.files.number_text import Numbers, half_up, head_lines
from converters.files.picture_paths import check_distinct, holders, kept_paths, placed
from converters.files.pictures import ImageMode, place_picture
from converters.files.scene_names import SceneGrouping, group_scenes
from converters.formats.format import Format, Writes
from converters.formats.nwpu_lines import looks_like_lines, read_lines
from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.dataset import Dataset, Scene
from gta_head_tools.errors import DatasetLayoutError, LossyConversionError
from gta_head_tools.evaluation.head_sizes import area_levels
from gta_head_tools.files import PICTURE_SUFFIXES, listed, natural_key, own_name, replacing

_FILES = ("heads.txt", "heads.txt.gz")
_DECIMALS = 6
_SIZES = ("sigma_s", "sigma_l", "level")

HeadColumns = Literal["points", "scores", "sizes"]


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How to read.

    Attributes:
        scenes: how pictures make scenes.
    """

    scenes: SceneGrouping = "image"


@dataclass(frozen=True, slots=True)
class WriteOptions:
    """How to write.

    Attributes:
        columns: what is written of a head besides its point; auto: the score where there are any, else radii and level
            where every head has them or a box.
        official: whole pixels, and ids that are numbers (from 1 on where the images have other names).
    """

    columns: Literal["auto", "points", "scores", "sizes"] = "auto"
    official: bool = False


def detect(path: Path) -> bool:
    """True for a folder with `heads.txt`, and for a file whose first lines are such lines."""
    if path.is_dir():
        return any((path / name).is_file() for name in _FILES)
    return looks_like_lines(path)


def read(path: Path, options: ReadOptions) -> Dataset:
    """The data set of a list, or of a folder with `heads.txt`.

    Raises:
        DataFormatError: a line is not what it should be.
        DatasetLayoutError: there is no `heads.txt` in the folder.
    """
    file = next((path / name for name in _FILES if (path / name).is_file()), path)
    if file.is_dir():
        raise DatasetLayoutError(path, "no heads.txt in this folder; check the folder, or name the file")
    lines = read_lines(file)
    root = file.parent
    folders = [root, root / "images"]
    suffixes = _suffixes(folders)
    order = sorted(range(len(lines.names)), key=lambda number: natural_key(lines.names[number]))
    infos = [ImageInfo(name + suffixes.get(name, ".jpg")) for name in (lines.names[number] for number in order)]
    name = own_name(file).removesuffix(".gz").removesuffix(".txt")
    scenes = tuple(sorted(group_scenes(infos, options.scenes, name=name), key=lambda scene: natural_key(scene.name)))
    places = {info.path: place for place, info in enumerate(info for scene in scenes for info in scene.images)}
    by_line = np.empty(len(order), dtype=np.int64)
    by_line[order] = [places[info.path] for info in infos]
    load = hold(lines.heads, np.repeat(by_line, lines.counts), scenes)
    found = holders(scenes, {None: folders}, expected=root / "images" if file != path else root)
    return Dataset(root, placed(scenes, found, root), load, path, notes=lines.notes)


def _suffixes(folders: Sequence[Path]) -> dict[str, str]:
    """Suffix of the picture of that name: the list gives names without."""
    there = (picture for folder in reversed(folders) for picture in listed(folder, "*"))
    return {picture.stem: picture.suffix for picture in there if picture.suffix.lower() in PICTURE_SUFFIXES}


def places(scene: Scene, source: Path) -> list[str]:  # noqa: ARG001
    """The one file."""
    return [_FILES[0]]


def write(dataset: Dataset, target: Path, options: WriteOptions, images: ImageMode) -> None:
    """Write `heads.txt` and `images/` below `target`, or `target` alone if it is a `.txt`.

    Raises:
        LossyConversionError: heads have no score or no size, and it is asked for.
        DataFormatError: a number is too large.
        DatasetLayoutError: the target cannot be written, two images have one name, or a picture is missing.
    """
    lone = target.suffix == ".txt"
    names = kept_paths(dataset)
    ids = _ids(names, dataset.source, official=options.official)
    columns = _chosen_columns(dataset) if options.columns == "auto" else options.columns
    with replacing(target if lone else target / _FILES[0]) as partial, partial.open("wb") as file:
        for scene, scene_names, scene_ids in zip(dataset.scenes, names, ids, strict=True):
            for image, name, number in zip(dataset.load(scene), scene_names, scene_ids, strict=True):
                numbers = _numbers(image, columns, official=options.official)
                lines = head_lines([image], numbers, decimals=_DECIMALS, source=dataset.source)
                heads = lines.translate(bytes.maketrans(b",\n", b"  "))
                file.write(b" ".join([number.encode(), b"%d" % len(image), heads]).rstrip() + b"\n")
                if not lone:
                    picture = PurePosixPath(number + PurePosixPath(name).suffix)
                    place_picture(dataset, image.info, target / "images" / picture, images)


def _ids(names: Sequence[Sequence[str]], source: Path, *, official: bool) -> list[list[str]]:
    """Id of every image, scene by scene: its name, or its path where names are taken twice."""
    paths = [[PurePosixPath(name).with_suffix("") for name in part] for part in names]
    found = [[path.name for path in part] for part in paths]
    every = [name for part in found for name in part]
    if official and not (all(name.isdecimal() and name.isascii() for name in every) and len(set(every)) == len(every)):
        numbers = iter(range(1, len(every) + 1))
        return [[str(next(numbers)) for _ in part] for part in found]
    if len(set(every)) < len(every):
        found = [[path.as_posix() for path in part] for part in paths]
    check_distinct(found, path=source)
    blank = next((name for part in found for name in part if len(name.split()) != 1 or name != name.strip()), None)
    if blank is not None:
        problem = f"the name {blank!r} in it has a blank, which ends an id here; rename it, or say -o official=true"
        raise DatasetLayoutError(source, problem)
    return found


def _chosen_columns(dataset: Dataset) -> HeadColumns:
    heads = scored = sized = 0
    for image in dataset:
        heads += len(image)
        scored += int(np.isfinite(image.extra["score"]).sum()) if "score" in image.extra else 0
        sized += len(image) if _has_sizes(image) else int(image.has_box.sum())
    if 0 < scored < heads:
        raise LossyConversionError(
            f"{scored} of {heads} heads have a score, and a list holds all or none; -o columns=points drops them"
        )
    return "scores" if scored else "sizes" if heads and sized == heads else "points"


def _has_sizes(image: ImageAnnotations) -> bool:
    return all(name in image.extra for name in _SIZES)


def _numbers(image: ImageAnnotations, columns: HeadColumns, *, official: bool) -> list[Numbers]:
    points = half_up(image.points) if official else image.points
    return [*points.T, *_rest(image, columns)]


def _rest(image: ImageAnnotations, columns: HeadColumns) -> Iterator[Numbers]:
    if columns == "scores":
        score = np.asarray(image.extra.get("score", np.full(len(image), np.nan)), dtype=np.float64)
        if not np.isfinite(score).all():
            raise LossyConversionError(f"{image.info.path}: a head has no score; say -o columns=points")
        yield score
    elif columns == "sizes" and _has_sizes(image):
        yield from (image.extra[name].astype(np.float64) for name in _SIZES)
    elif columns == "sizes":
        if not image.has_box.all():
            raise LossyConversionError(f"{image.info.path}: a head has neither a box nor radii; say -o columns=points")
        sides = image.boxes[:, 2:] - image.boxes[:, :2]
        for radius in (sides.min(axis=1, initial=np.inf) / 2, np.hypot(sides[:, 0], sides[:, 1]) / 2):
            yield half_up(radius)
        yield area_levels(sides.prod(axis=1))


FORMAT = Format(
    holds=frozenset({"points", "score"}),
    read=read,
    options=ReadOptions,
    detect=detect,
    writes=Writes(write=write, places=places, options=WriteOptions, suffix=".txt"),
)
