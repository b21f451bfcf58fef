"""NWPU-Crowd: a point and a box per head, as JSON and as MATLAB files, and a list for each split.

```
images/0001.jpg               or images_part1/, images_part2/, ... as they are downloaded
jsons/0001.json               img_id, human_num, points, boxes in the order of the points (`heads_json`)
mats/0001.mat                 annPoints: N x 2, x y
train.txt val.txt test.txt    a line an image: id luminance level, or the id alone
```

Source: Wang, Gao, Lin, Li, "NWPU-Crowd: a large-scale benchmark for crowd counting and localization", TPAMI 2020;
`gjy3035/NWPU-Crowd-Sample-Code`, README. JSON wins over MATLAB, which has points alone. One such file is read, too. The
columns of the lists are the facts `luminance` and `crowd_level`, written where both are known. Images without a split
are in no list. Names stay; `-o mats=false` leaves out the MATLAB files.

Traps:
    * The heads of the test split are not public: images without a file of heads are left out, and a note counts them.
    * A point is the middle of the head, not always that of its box. A head without a box has the box null.
    * MATLAB coordinates count from 1, see `matlab`; published code takes both kinds as they are. `-i shift=-0.5` moves
      points that come from MATLAB files.
    * cclabeler has the same folders and keys, IIM has `masks` beside them, GCC other keys.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from converters.files.arrays import matlab
from converters.files.arrays.matlab_writing import matlab_bytes
from converters.files.labels.ann_points import POINTS, read_ann
from converters.files.labels.label_folder import PLACE, from_each_file, set_folder
from converters.files.labels.scene_names import SPLITS, SceneGrouping, split_name
from converters.files.numbers.number_table import is_whole
from converters.files.pictures.picture_paths import each_image, first_broken, flat_names
from converters.files.pictures.pictures import ImageMode, pictures_by_stem, place_picture
from converters.files.pictures.pictures_beside import unlabelled_defects
from converters.files.records.heads_json import JSONS, MATS, heads_text, kind_of_dataset, kind_of_file, read_heads
from converters.files.records.json_keys import is_json_name, json_stem
from converters.files.tables.split_lists import SplitLists, has_split_list, read_split_lists
from converters.formats.format import Format, Writes
from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.dataset import Dataset, LabelDefect, Scene
from gta_head_tools.errors import DatasetLayoutError
from gta_head_tools.files import composed, listed, natural_key, own_name, without_picture_suffix
from gta_head_tools.whole_files import write_bytes, write_text

_PICTURES = "images"
_FACTS = ("luminance", "crowd_level")
_MASKS = "masks"


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How to read.

    Attributes:
        shift: added to both coordinates of points that come from MATLAB files, pixels.
        scenes: how pictures make scenes.
    """

    shift: float = 0.0
    scenes: SceneGrouping = "image"


@dataclass(frozen=True, slots=True)
class WriteOptions:
    """How to write.

    Attributes:
        mats: the points as MATLAB files, too.
    """

    mats: bool = True


def detect(path: Path) -> bool:
    """True for `jsons` or `mats` with heads as NWPU-Crowd has them and without `masks`, and for one such file."""
    if path.is_file():
        in_mats = path.suffix == ".mat" and own_name(path.absolute().parent) == MATS
        return (
            matlab.has_variable(path, POINTS) if in_mats else is_json_name(path.name) and kind_of_file(path) == "heads"
        )
    if (path / _MASKS).is_dir():
        return False
    kind = kind_of_dataset(path)
    return kind == "heads" or (kind == "empty" and (has_split_list(path) or (path / MATS).is_dir()))


def read(path: Path, options: ReadOptions) -> Dataset:
    """The data set at `path`; heads are read when it is iterated.

    Raises:
        DatasetLayoutError: no heads there.
        DataFormatError: a list is no text; when iterated: a file of heads is damaged or holds what it should not.
    """
    root, labels = _label_files(path)
    if not labels:
        raise DatasetLayoutError(
            path, f"no heads found, expected {JSONS}/NAME.json or {MATS}/NAME.mat; check the folder"
        )
    pictures = _pictures(root)
    lists = read_split_lists(root, labels.keys()) if path.is_dir() else SplitLists({}, {}, (), ())
    pairs = [(_info(stem, pictures, lists), file) for stem, file in labels.items()]
    read_one = partial(_read, options.shift)
    notes = tuple(_notes(labels, pictures, lists)) if path.is_dir() else ()
    dataset = from_each_file(path, root, pairs, read_one, scenes=options.scenes, notes=notes)
    return dataset.with_defects(_defects(labels, pictures, lists)) if path.is_dir() else dataset


def _label_files(path: Path) -> tuple[Path, dict[str, Path]]:
    """Root of the data set, and the file of heads of each image by its name without suffix."""
    if path.is_file():
        return set_folder(path, {JSONS, MATS}), {_stem(path): path}
    files = [file for folder in (MATS, JSONS) for file in sorted(listed(path / folder, "[!.]*"))]
    return path, {_stem(file): file for file in files if is_json_name(file.name) or file.suffix.lower() == ".mat"}


def _stem(file: Path) -> str:
    return composed(json_stem(file.name) if is_json_name(file.name) else file.stem)


def _pictures(root: Path) -> dict[str, str]:
    """Places of the pictures by their names without suffix; of two the first counts."""
    parts = sorted(listed(root, f"{_PICTURES}_part*"), key=lambda folder: natural_key(folder.name), reverse=True)
    folders = [*parts, root / _PICTURES]
    return {stem: f"{folder.name}/{name}" for folder in folders for stem, name in pictures_by_stem(folder).items()}


def _info(stem: str, pictures: dict[str, str], lists: SplitLists) -> ImageInfo:
    place = pictures.get(stem, f"{_PICTURES}/{stem}.jpg")
    rest = lists.rest.get(stem, ())
    facts = zip(_FACTS, map(int, rest), strict=True) if len(rest) == len(_FACTS) and all(map(is_whole, rest)) else ()
    return ImageInfo(place.partition("/")[2], split=lists.splits.get(stem), facts={PLACE: place, **dict(facts)})


def _defects(labels: dict[str, Path], pictures: dict[str, str], lists: SplitLists) -> Iterator[LabelDefect]:
    yield from lists.defects()
    unknown = pictures.keys() - labels.keys() - {name for _, name in lists.lost}
    yield from unlabelled_defects([pictures[stem] for stem in sorted(unknown, key=natural_key)])


def _notes(labels: dict[str, Path], pictures: dict[str, str], lists: SplitLists) -> Iterator[str]:
    for file, count in Counter(file for file, _ in lists.lost).items():
        yield f"{file.name}: {count} of its images have no file of heads and are left out"
    unknown = pictures.keys() - labels.keys() - {name for _, name in lists.lost}
    told = (
        (len(unknown), "pictures have no file of heads, are in no list, and are left out"),
        (len(lists.twice), "images are listed twice: the first list counts"),
        (len(labels) - len(lists.splits) if lists.splits else 0, "images are in no list and have no split"),
    )
    yield from (f"{count} {text}" for count, text in told if count)


def _read(shift: float, file: Path, info: ImageInfo) -> ImageAnnotations:
    return read_heads(file, info) if is_json_name(file.name) else read_ann(shift, file, info)


def places(scene: Scene, source: Path) -> list[str]:
    """The folder of heads and the lists."""
    return [JSONS, *(_list_name(split, source) for split in filter(None, scene.splits))]


def _list_name(split: str, source: Path) -> str:
    return f"{split_name(split, path=source)}.txt"


def write(dataset: Dataset, target: Path, options: WriteOptions, images: ImageMode) -> None:
    """Write pictures, the heads of each, and the lists of the splits.

    Raises:
        DatasetLayoutError: the target cannot be written, two images have one name, a name would break a list, or a
            picture is missing.
    """
    names = flat_names(dataset)
    broken = first_broken(names, more=",;")
    if broken is not None and any(info.split for scene in dataset.scenes for info in scene.images):
        problem = f"the name {broken!r} in it has a blank, comma or semicolon, which ends a name in a list; rename it"
        raise DatasetLayoutError(dataset.source, problem)
    lists: dict[str, list[str]] = {}
    for image, name in each_image(dataset, names):
        stem = without_picture_suffix(name)
        write_bytes(target / JSONS / f"{stem}.json", heads_text(image, name))
        if options.mats:
            write_bytes(target / MATS / f"{stem}.mat", matlab_bytes({POINTS: np.array(image.points)}))
        place_picture(dataset, image.info, target / _PICTURES / name, images)
        if image.info.split:
            rest = [image.info.facts.get(fact) for fact in _FACTS]
            line = " ".join(map(str, [stem, *rest] if all(isinstance(value, int) for value in rest) else [stem]))
            lists.setdefault(_list_name(image.info.split, dataset.source), []).append(line)
    for file, lines in lists.items():
        write_text(target / file, "".join(f"{line}\n" for line in lines))
    for file in {f"{split}.txt" for split in SPLITS} - lists.keys():
        (target / file).unlink(missing_ok=True)


FORMAT = Format(
    holds=frozenset({"points", "boxes", "split"}),
    read=read,
    options=ReadOptions,
    detect=detect,
    writes=Writes(write=write, places=places, options=WriteOptions),
)
