"""JHU-CROWD++: the middle and the size of each head, how far it is hidden, and whether it is blurred.

```
<split>/images/0001.jpg        train, val, test, or no such folder
<split>/gt/0001.txt            a head a line: x y width height occlusion blur; (x, y) is the middle
<split>/image_labels.txt       a picture a line: 0001,<heads>,<kind of scene>,<weather>,<distractor>
```

Source: Sindagi, Yasarla, Patel, "JHU-CROWD++: large-scale crowd counting dataset and a benchmark method", TPAMI 2020;
`Graviti-AI/tensorbay-python-sdk`, `tensorbay/opendataset/JHU_CROWD/loader.py`. Also read: pictures beside the texts'
folder, a single split, a single text, data sets without `image_labels.txt`. Images without a split are written into
`images` and `gt` of the target.

The occlusion of a head is 1 = visible, 2 = partly hidden, 3 = hidden; it and the blur, 0 or 1, are the columns
`occlusion` and `blur`, which come back unchanged. `-i visibility=true` reads the occlusion as a visibility of 1, 0.5
or 0, which other formats hold, and which is written as this occlusion again; all others between 0 and 1 are written 2.
What `image_labels.txt` says are the facts `scene_type`, `weather` (none, fog, rain, snow) and `distractor` (0 or 1, a
picture that looks like a crowd and is none).

Traps:
    * A head whose width and height are both 0 has no box; heads without a box are written so.
    * The released numbers are whole pixels. We write decimals, `-o integers=true` whole numbers.
    * An occlusion of 0 is unknown; loaders of JHU-CROWD++ refuse it, so that 1 is written for unknown ones.
    * The numbers of heads in `image_labels.txt` are only compared; a note says where they differ from the texts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray

from converters.files.labels.label_folder import PLACE, from_each_file, set_folder
from converters.files.labels.label_writing import write_each
from converters.files.labels.scene_names import SPLITS, SceneGrouping, usual_split
from converters.files.numbers.number_lines import read_lines
from converters.files.numbers.number_table import NumberTable, finite
from converters.files.numbers.number_text import Numbers, half_up, head_lines
from converters.files.pictures.picture_paths import flat_names
from converters.files.pictures.picture_places import picture_places
from converters.files.pictures.pictures import ImageMode, pictures_by_stem
from converters.files.tables.point_lists import looks_like_list
from converters.files.tables.text_files import first_line, text_name, texts_in
from converters.formats.format import Format, Writes
from converters.formats.jhu_pictures import ToldPicture, picture_line, read_pictures
from gta_head_tools.annotations import Column, ImageAnnotations, ImageInfo
from gta_head_tools.dataset import Dataset, LabelDefect, Scene
from gta_head_tools.errors import DataFormatError, DatasetLayoutError
from gta_head_tools.files import natural_key, own_name, read_unpacked, without_picture_suffix
from gta_head_tools.geometry import around, centres, written_xywh
from gta_head_tools.unreadable import read_or
from gta_head_tools.whole_files import write_text

_HEADS, _PICTURES, _TOLD = "gt", "images", "image_labels.txt"
_DECIMALS = 6
_LOOKED_INTO = 50
"""Texts of a folder that are looked into for a head; most pictures have one."""


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How to read.

    Attributes:
        visibility: the occlusion is read as the visibility.
        scenes: how pictures make scenes.
    """

    visibility: bool = False
    scenes: SceneGrouping = "image"


@dataclass(frozen=True, slots=True)
class WriteOptions:
    """How to write.

    Attributes:
        integers: whole pixels, as in the released files.
    """

    integers: bool = False


@dataclass(frozen=True, slots=True)
class _Part:
    """A folder of pictures and their texts: a split, or the whole data set."""

    home: Path
    split: str | None
    texts: Sequence[Path]


def detect(path: Path) -> bool:
    """True for a text of such heads, and for a folder with `gt` or `<split>/gt` that holds them."""
    if path.is_file():
        return _looks_like_heads(path) is True and not looks_like_list(path)
    return any((part.home / _TOLD).is_file() or _holds_heads(part) for part in _parts(path))


def _holds_heads(part: _Part) -> bool:
    return any(map(_looks_like_heads, part.texts[:_LOOKED_INTO]))  # One of them may be damaged.


def _looks_like_heads(file: Path) -> bool | None:
    """True for a text whose first line is that of a head; None for one without a line."""
    first = first_line(file)
    numbers = [finite(word) for word in first.decode(errors="replace").split()]
    return (len(numbers) == 6 and numbers[4] in {0, 1, 2, 3} and numbers[5] in {0, 1}) if first else None


def _parts(path: Path) -> Iterator[_Part]:
    if path.is_file():
        home = set_folder(path, {_HEADS})
        yield _Part(home, _split_of(home), [path])
        return
    splits = [_Part(path / split, split, texts) for split in SPLITS if (texts := _texts(path / split / _HEADS))]
    if own := _texts(path / _HEADS):
        yield _Part(path, None if splits else _split_of(path), own)
    yield from splits


def _split_of(folder: Path) -> str | None:
    return own_name(folder) if own_name(folder) in SPLITS else None


def _texts(folder: Path) -> list[Path]:
    files = texts_in(folder)
    return files if (folder / "gt.txt") not in files else []  # That is the one text of a sequence of MOT.


def read(path: Path, options: ReadOptions) -> Dataset:
    """The data set at `path`, a folder or one text; heads are read when it is iterated.

    Raises:
        DatasetLayoutError: there are no texts, or two of one picture.
        DataFormatError: `image_labels.txt` is not what it should be; when iterated: a text of heads.
    """
    parts = list(_parts(path))
    if not parts:
        raise DatasetLayoutError(path, "no heads found, expected gt/NAME.txt or <split>/gt/NAME.txt; check the folder")
    root = path if path.is_dir() else parts[0].home
    stems = [text_name(text) for part in parts for text in part.texts]
    bare = len(set(stems)) == len(stems)
    labels: list[tuple[ImageInfo, Path]] = []
    notes: list[str] = []
    defects: list[LabelDefect] = []
    for part in parts:
        place = picture_places(root, [part.home / _PICTURES, part.home, part.home / _HEADS], bare=True)
        told = read_or(dict[str, ToldPicture](), read_pictures, part.home / _TOLD)
        for stem, text in zip(map(text_name, part.texts), part.texts, strict=True):
            lies = place(stem)
            name = (
                PurePosixPath(lies).name if bare or part.split is None else f"{part.split}/{PurePosixPath(lies).name}"
            )
            facts = told[stem].facts if stem in told else {}
            labels.append((ImageInfo(name, split=part.split, facts={**facts, PLACE: lies}), text))
        differences = list(_differences(part, told)) if path.is_dir() else []
        notes += _notes(part, differences)
        defects += _defects(part, root, differences)
    heads = partial(_read_heads, options.visibility)
    dataset = from_each_file(path, root, labels, heads, scenes=options.scenes, notes=tuple(notes))
    return dataset.with_defects(defects)


@dataclass(frozen=True, slots=True)
class _Difference:
    """What the texts, the pictures and `image_labels.txt` of a part do not agree on.

    Attributes:
        check: that tells it.
        told: what it is, of several pictures.
        message: the same of one picture.
        values: what is found, by the names of the pictures.
    """

    check: str
    told: str
    message: str
    values: Mapping[str, str]


def _line_count(text: Path) -> int | None:
    """How many lines a text of heads has; None where it cannot be read, which is an error when its heads are read."""
    try:
        return sum(map(bool, map(bytes.strip, read_unpacked(text).splitlines())))
    except (DataFormatError, DatasetLayoutError):
        return None


def _differences(part: _Part, told: Mapping[str, ToldPicture]) -> Iterator[_Difference]:
    texts = {text_name(text): text for text in part.texts}
    counted = {stem: _line_count(text) for stem, text in texts.items() if stem in told}
    there = {stem: count for stem, count in counted.items() if count is not None}
    pictures = pictures_by_stem(part.home / _PICTURES)
    yield _Difference(
        "count-declared",
        f"numbers of heads in {_TOLD} differ from {_HEADS}, which counts",
        f"{_TOLD} says another number of heads than the text in {_HEADS} holds, which counts",
        {stem: f"{told[stem].heads} said, {count} there" for stem, count in there.items() if told[stem].heads != count},
    )
    yield _Difference(
        "orphan-label",
        f"lines of {_TOLD} are of no text in {_HEADS} and are passed over",
        f"the line of {_TOLD} is of no text in {_HEADS} and is passed over",
        {stem: stem for stem in told.keys() - texts.keys()},
    )
    yield _Difference(
        "picture-without-labels",
        f"pictures have no text in {_HEADS} and are left out",
        f"the picture has no text in {_HEADS} and is left out",
        {stem: pictures[stem] for stem in pictures.keys() - texts.keys()},
    )


def _notes(part: _Part, differences: Iterable[_Difference]) -> Iterator[str]:
    for one in differences:
        if one.values:
            first = min(one.values, key=natural_key)
            yield f"{own_name(part.home)}: {len(one.values)} {one.told} (the first: {first!r})"


def _defects(part: _Part, root: Path, differences: Iterable[_Difference]) -> Iterator[LabelDefect]:
    home = part.home.relative_to(root)
    for one in differences:
        of_picture = one.check == "picture-without-labels"
        for stem in sorted(one.values, key=natural_key):
            file = home / _PICTURES / one.values[stem] if of_picture else home / _TOLD
            record = "" if of_picture else stem
            yield LabelDefect(
                check=one.check, file=file.as_posix(), record=record, value=one.values[stem], message=one.message
            )


def _read_heads(visibility: bool, file: Path, info: ImageInfo) -> ImageAnnotations:
    lines = read_lines(file, range(6, 7), lambda words: None)  # noqa: ARG005
    if lines.thousands:
        raise DataFormatError(file, f"{lines.thousands!r} may be thousands or a decimal; write numbers without commas")
    table = lines.table()
    points, sizes = table.numbers[:, :2], table.numbers[:, 2:4]
    occlusion, blur = _levels(table, 4, "occlusion", 3), _levels(table, 5, "blur", 1)
    boxes = np.where(sizes.any(axis=1, keepdims=True), around(points, *sizes.T), np.nan)
    hidden: dict[str, Column] = {"occlusion": np.where(occlusion > 0, occlusion, -1)}
    if visibility:
        hidden = {"visibility": np.array([np.nan, 1, 0.5, 0])[occlusion]}
    return ImageAnnotations(info, points, boxes=boxes, extra={**hidden, "blur": blur})


def _levels(table: NumberTable, column: int, name: str, most: int) -> NDArray[np.int64]:
    levels = table.whole(column, name)
    odd = np.flatnonzero((levels < 0) | (levels > most))
    if len(odd):
        raise table.error(int(odd[0]), f"{name} {levels[odd[0]]} found, expected 0 to {most}; correct the line")
    return levels


def places(scene: Scene, source: Path) -> list[str]:
    """The folders of its splits."""
    return [_home(split, source) + _HEADS for split in scene.splits]


def _home(split: str | None, source: Path) -> str:
    return f"{usual_split(split, path=source)}/" if split else ""


def write(dataset: Dataset, target: Path, options: WriteOptions, images: ImageMode) -> None:
    """Write pictures, a text of heads for each, and `image_labels.txt` of each split.

    Raises:
        DatasetLayoutError: the target cannot be written, a name has a comma, a split is none of the usual ones, two
            images have one name, or a picture is missing.
        DataFormatError: a number is too large.
    """
    told: dict[str, list[str]] = {}

    def place(info: ImageInfo, name: str) -> tuple[str, str]:
        stem, home = without_picture_suffix(name), _home(info.split, dataset.source)
        if set(stem) & set(",\r\n") or stem != stem.strip():
            problem = f"the name {stem!r} has a comma or a blank at its end, which {_TOLD} cannot hold; rename it"
            raise DatasetLayoutError(dataset.source, problem)
        return f"{home}{_HEADS}/{stem}.txt", f"{home}{_PICTURES}/{name}"

    def content(image: ImageAnnotations, picture: str) -> bytes:
        stem = without_picture_suffix(PurePosixPath(picture).name)
        home = _home(image.info.split, dataset.source)
        told.setdefault(home, []).append(picture_line(stem, len(image), image.info.facts))
        columns = _columns(image, integers=options.integers)
        return head_lines([image], columns, decimals=_DECIMALS, source=dataset.source).replace(b",", b" ")

    write_each(dataset, target, images, place, content, names=flat_names(dataset, by_split=True))
    for home, lines in told.items():
        write_text(target / home / _TOLD, "".join(lines))


def _columns(image: ImageAnnotations, *, integers: bool) -> list[Numbers]:
    boxed = image.has_box[:, None]
    points = np.where(boxed, centres(image.boxes), image.points)
    sizes = np.where(boxed, written_xywh(image.boxes)[:, 2:], 0.0)
    if integers:
        # A side of 0 would say that there is no box.
        points, sizes = half_up(points), np.where(sizes > 0, np.maximum(half_up(sizes), 1), half_up(sizes))
    seen = np.asarray(image.extra.get("visibility", np.full(len(image), np.nan)), dtype=np.float64)
    of_seen = np.where(seen <= 0, 3, np.where(seen < 1, 2, 1))
    occlusion = np.asarray(image.extra.get("occlusion", np.full(len(image), -1)), dtype=np.int64)
    blur = np.asarray(image.extra.get("blur", np.zeros(len(image))), dtype=np.int64)
    return [*points.T, *sizes.T, np.where(occlusion > 0, occlusion, of_seen), np.maximum(blur, 0)]


FORMAT = Format(
    holds=frozenset({"boxes", "split"}),
    read=read,
    options=ReadOptions,
    detect=detect,
    writes=Writes(write=write, places=places, options=WriteOptions, points_alone=True),
)
