"""NWPU-Crowd's text lists: one line per image, for true heads and for predictions; also those of FIDTM and STEERER.

```
3110 2 851 1304 15 23 3 831 1344 13 22 2      id, number of heads, then for each head x y sigma_s sigma_l level
3110 2 851 1304 831 1344                      a prediction: x y for each head
3110 2 851 1304 0.97 831 1344 0.61            a prediction with scores
```

Source: `gjy3035/NWPU-Crowd-Sample-Code-for-Localization`, `eval/`; `dk-liang/FIDTM`, `local_eval/`;
`taohan10200/STEERER`, `lib/eval/`. Numbers are separated by blanks; every line of a file has the same numbers a head.
Other separators and spellings of numbers are read too (`point_lists`), and ids with the suffix of a picture.
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
from numpy.typing import ArrayLike, NDArray

from converters.files.labels.label_folder import from_one_file, label_file
from converters.files.labels.scene_names import SceneGrouping
from converters.files.numbers.number_text import Numbers, half_up
from converters.files.pictures.picture_names import NameParts
from converters.files.pictures.picture_paths import check_distinct, each_image, first_broken, kept_paths, whole_stems
from converters.files.pictures.pictures import ImageMode, place_picture
from converters.files.tables.point_lists import Line, list_line, looks_like_list, numbers_a_head, read_lines
from converters.formats.format import Format, Writes
from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.dataset import Dataset, LabelDefect, Scene
from gta_head_tools.errors import DataFormatError, DatasetLayoutError, LossyConversionError
from gta_head_tools.evaluation.head_sizes import area_levels
from gta_head_tools.files import own_name, picture_suffix_of, without_picture_suffix
from gta_head_tools.geometry import written_xywh
from gta_head_tools.whole_files import replacing

_FILES = ("heads.txt", "heads.txt.gz")
_DECIMALS = 6
_SIZES = ("sigma_s", "sigma_l", "level")
_LEVELS = 6

_WIDTHS = {"auto": None, "points": 2, "scores": 3, "sizes": 5}
"""Numbers a head, by what they are."""

HeadColumns = Literal["points", "scores", "sizes"]


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How to read.

    Attributes:
        scenes: how pictures make scenes.
        names: how much of an id counts, where ids are paths.
        columns: what a list has of a head besides its point; auto: what the numbers in its lines tell.
    """

    scenes: SceneGrouping = "image"
    names: NameParts = "whole"
    columns: Literal["auto", "points", "scores", "sizes"] = "auto"


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
    """True for a folder with `heads.txt`, and for a file whose first lines have an id, a number, and as many heads."""
    if path.is_dir():
        return any((path / name).is_file() for name in _FILES)
    return looks_like_list(path)


def read(path: Path, options: ReadOptions) -> Dataset:
    """The data set of a list, or of a folder with `heads.txt`; blank lines are passed over.

    Raises:
        DataFormatError: a line is not what it should be, or an image has two.
        DatasetLayoutError: there is no `heads.txt` in the folder.
    """
    file = label_file(path, _FILES)
    lines = read_lines(file, options.names)
    width = numbers_a_head(file, lines, _WIDTHS[options.columns])
    counts = np.array([len(line.values) // width for line in lines], dtype=np.int64)
    table = np.concatenate([np.empty(0), *(line.values for line in lines)]).reshape(-1, width)
    table.flags.writeable = False  # So that the annotations take what they can as it is, without a copy.
    short = sum(line.said != count for line, count in zip(lines, counts.tolist(), strict=True))
    note = f"{file.name}: {short} lines say more heads than they hold; those that are there count"
    dataset = from_one_file(
        path,
        file,
        [line.name for line in lines],
        _heads(file, lines, counts, table),
        np.repeat(np.arange(len(lines)), counts),
        bare=True,
        scenes=options.scenes,
        scene_name=own_name(file).removesuffix(".gz").removesuffix(".txt"),
        notes=(note,) if short else (),
    )
    return dataset.with_defects(_wrong_counts(file, lines, counts.tolist()))


def _wrong_counts(file: Path, lines: Sequence[Line], counts: Sequence[int]) -> Iterator[LabelDefect]:
    """Lines that say another number of heads than they hold."""
    for line, count in zip(lines, counts, strict=True):
        if line.said != count:
            told = f"line {line.place} says another number of heads than it holds; those that are there count"
            value = f"{line.said} said, {count} there"
            yield LabelDefect(
                check="count-declared", file=file, record=line.name, value=value, message=told, line=line.place
            )


def _heads(
    path: Path, lines: Sequence[Line], counts: NDArray[np.int64], table: NDArray[np.float64]
) -> ImageAnnotations:
    extra: dict[str, ArrayLike] = {}
    if table.shape[1] == 3:
        extra = {"score": table[:, 2]}
    elif table.shape[1] == 5:
        levels = table[:, 4]
        odd = np.flatnonzero((levels != np.floor(levels)) | (levels < 0) | (levels >= _LEVELS))
        if len(odd):
            line = lines[int(np.searchsorted(np.cumsum(counts), odd[0], side="right"))]
            problem = f"level {levels[odd[0]]:g} found, expected 0 to {_LEVELS - 1}; correct it"
            raise DataFormatError(path, problem, line=line.place)
        extra = {"sigma_s": table[:, 2], "sigma_l": table[:, 3], "level": levels.astype(np.int64)}
    return ImageAnnotations(ImageInfo(""), table[:, :2], extra=extra)


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
    ids = whole_stems(names) if options.official else _ids(names, dataset.source)
    columns = _chosen_columns(dataset) if options.columns == "auto" else options.columns
    with replacing(target if lone else target / _FILES[0]) as partial, partial.open("wb") as file:
        for image, (name, number) in each_image(dataset, map(zip, names, ids)):
            points = half_up(image.points) if options.official else image.points
            numbers = [*points.T, *_rest(image, columns)]
            file.write(list_line(number, image, numbers, decimals=_DECIMALS, source=dataset.source))
            if not lone:
                picture = target / "images" / (number + picture_suffix_of(name))
                place_picture(dataset, image.info, picture, images)


def _ids(names: Sequence[Sequence[str]], source: Path) -> list[list[str]]:
    """Id of every image, scene by scene: its name, or its path where names are taken twice."""
    paths = [[PurePosixPath(without_picture_suffix(name)) for name in part] for part in names]
    found = [[path.name for path in part] for part in paths]
    if len({name for part in found for name in part}) < sum(map(len, found)):
        found = [[path.as_posix() for path in part] for part in paths]
    check_distinct(found, path=source)
    blank = first_broken(found)
    if blank is not None:
        problem = f"the name {blank!r} in it has a blank, which ends an id here; rename it, or say -o official=true"
        raise DatasetLayoutError(source, problem)
    double = next((name for part in found for name in part if picture_suffix_of(name)), None)
    if double is not None:
        raise DatasetLayoutError(
            source, f"the name {double!r} in it ends as pictures do, which readers cut off; rename it"
        )
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
        sides = written_xywh(image.boxes)[:, 2:]
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
