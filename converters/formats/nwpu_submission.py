"""A submission to NWPU-Crowd's benchmark: a line for each image of its list, in the order of the list.

```
3610 2 851 1304 831 1344      id, number of heads, then x y of each, in whole pixels of the original picture
3611 0                        an image without heads has a line, too
```

Source: `gjy3035/NWPU-Crowd-Sample-Code-for-Localization`, README and `eval/`, which reads whole numbers alone. The list
is that of the set, `test.txt` or `val.txt`: `-o list=test.txt`, its path relative to the current folder. Only the first
field of its lines counts. Names of pictures that are numbers are joined with it by their value.

Refused are images of the list that the source has not (`-o missing=empty` gives them no heads), images of the source
that are not in the list, and points outside of their picture, which are the sign of coordinates in a resized one: the
size of every picture must be known. Coordinates are rounded to whole pixels, half up; scores and boxes are dropped.
A submission is read as `nwpu_text`, and detected as such. Memory: the text of the file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal

from converters.files.numbers.number_text import half_up
from converters.files.pictures.joined_names import bare, number_of, unique
from converters.files.pictures.picture_paths import check_distinct, each_image, kept_paths
from converters.files.pictures.pictures import ImageMode
from converters.files.tables.point_lists import list_line
from converters.files.tables.split_lists import list_entries
from converters.formats import nwpu_text
from converters.formats.format import Format, Writes, no_sizes
from gta_head_tools.annotations import ImageAnnotations
from gta_head_tools.dataset import Dataset, Scene
from gta_head_tools.errors import ConfigError, DataFormatError, DatasetLayoutError
from gta_head_tools.geometry import outside
from gta_head_tools.whole_files import write_bytes

_FILE = "heads.txt"


@dataclass(frozen=True, slots=True)
class WriteOptions:
    """How to write.

    Attributes:
        list: the list of the benchmark, a path; it must be given.
        missing: what is done about images of the list that the source has not.
    """

    list: str = ""
    missing: Literal["refuse", "empty"] = "refuse"


def read(path: Path, options: nwpu_text.ReadOptions) -> Dataset:
    """The predictions of a submission, as `nwpu_text` reads them.

    Raises:
        DataFormatError: a line is not what it should be, or an image has two.
        DatasetLayoutError: there is no such file.
    """
    return nwpu_text.read(path, options)


def places(scene: Scene, source: Path) -> list[str]:  # noqa: ARG001
    """The one file."""
    return [_FILE]


def write(dataset: Dataset, target: Path, options: WriteOptions, images: ImageMode) -> None:  # noqa: ARG001
    """Write the submission to `target` if it is a `.txt`, else to `heads.txt` in it; pictures are no part of it.

    Raises:
        ConfigError: no list is given.
        DatasetLayoutError: the images are not those of the list, the size of one is unknown, or the target cannot be
            written.
        DataFormatError: a point lies outside of its picture, or the list names an image twice.
    """
    if not options.list:
        raise ConfigError("a submission has a line for each image of the benchmark: name their list, -o list=test.txt")
    ids = _read_list(Path(options.list))
    stems = [[bare(PurePosixPath(name).name) for name in part] for part in kept_paths(dataset)]
    check_distinct(stems, path=dataset.source)
    joined = _joined(ids, stems)
    unlisted = [stem for part in stems for stem in part if stem not in joined]
    if unlisted:
        problem = (
            f"{len(unlisted)} of {dataset.image_count} images are not in {options.list}, the first: {unlisted[0]!r}"
        )
        raise DatasetLayoutError(dataset.source, f"{problem}; give the list that they are of, or take some with --only")
    missing = ids.keys() - joined.values()
    if missing and options.missing == "refuse":
        first = min(missing, key=ids.__getitem__)
        problem = f"{len(missing)} of its {len(ids)} images are not in {dataset.source}, the first: {first!r}"
        raise DatasetLayoutError(Path(options.list), f"{problem}; predict them, or say -o missing=empty")
    lines = {joined[stem]: _line(joined[stem], image, dataset) for image, stem in each_image(dataset, stems)}
    content = b"".join(lines.get(name, b"%s 0\n" % name.encode()) for name in ids)
    write_bytes(target if target.suffix == ".txt" else target / _FILE, content)


def _read_list(file: Path) -> dict[str, int]:
    """Line of each id, in the order of the list."""
    lines: dict[str, int] = {}
    for entry in list_entries(file):
        if lines.setdefault(entry.name, entry.place) != entry.place:
            problem = f"image {entry.name!r} stands in line {lines[entry.name]} already; remove one of the lines"
            raise DataFormatError(file, problem, line=entry.place)
    if not lines:
        raise DataFormatError(file, "lists no image; name the list of the benchmark")
    return lines


def _joined(ids: dict[str, int], stems: Sequence[Sequence[str]]) -> dict[str, str]:
    """Name of a picture to its id, for those that are in the list."""
    listed = unique(ids, number_of)
    numbered = unique((stem for part in stems for stem in part), number_of)
    by_number = {stem: listed[number] for number, stem in numbered.items() if number in listed}
    return by_number | {stem: stem for part in stems for stem in part if stem in ids}


def _line(name: str, image: ImageAnnotations, dataset: Dataset) -> bytes:
    info = image.info
    if not info.sized:
        raise no_sizes(1, dataset.root / info.path)
    wrong = outside(image.points, info.size)
    if wrong.any():
        x, y = image.points[wrong][0].tolist()
        problem = f"{int(wrong.sum())} of {len(image)} points lie outside of the picture, {info.width} x {info.height}"
        remedy = "scale points of a resized picture back, or clip or remove those that stick out"
        raise DataFormatError(dataset.source, f"{problem}, the first at {x:g}, {y:g}; {remedy}", record=info.path)
    return list_line(name, image, list(half_up(image.points).T), decimals=0, source=dataset.source)


FORMAT = Format(
    holds=frozenset({"points"}),
    read=read,
    options=nwpu_text.ReadOptions,
    writes=Writes(write=write, places=places, options=WriteOptions, suffix=".txt", needs_size=True),
)
