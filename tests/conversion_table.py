"""Every format into every other: what arrives, how exactly, and what is lost. Prints `docs/conversions.md`.

    PYTHONPATH=tests python tests/conversion_table.py > docs/conversions.md

Each source is a small data set that fills all columns that its format holds. It is converted, read back and compared
with what was read from the source. `tests/test_converters/test_pairs.py` makes the same rows and compares.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image

from converters.convert import ConversionReport, ConvertOptions, convert
from converters.datasets.contents import count_contents
from converters.datasets.read import read_dataset
from converters.datasets.write import find_writer, write_scenes
from converters.files.pictures.pictures import has_picture
from converters.formats.registry import FORMATS
from gta_head_tools.annotations import ImageAnnotations
from gta_head_tools.dataset import Dataset
from gta_head_tools.errors import DatasetLayoutError, LossyConversionError
from gta_head_tools.geometry import around
from test_converters.test_formats.test_contract import READ_WITH, SAMPLES, SIDE, SUBMISSIONS, WRITTEN, crowd

LETTERS = {"points": "p", "boxes": "b", "ids": "i", "ignore": "g", "visibility": "v", "score": "s", "split": "t"}
SOURCES = [name for name in FORMATS if name not in SUBMISSIONS]
WRITE_WITH = {"iim": ["resize=false"], "density": ["stride=8"]}
HEAD = """# Every format into every other

What `ghtools convert --from ROW --to COLUMN` gives for a small data set that fills all columns of the row's format,
read back and compared with its source. Made and checked by tests; this command makes it again:

    PYTHONPATH=tests python tests/conversion_table.py > docs/conversions.md

A cell is the largest error of a coordinate in pixels (`0`: all digits came back), then the letters of what the format
of the column cannot hold: **p**oints that are not the middles of their boxes, **b**oxes, **i**ds, i**g**nore flags,
**v**isibility, **s**cores, spli**t**s. Such a loss is refused without `--allow-lossy` and counted in the report with
it; the tests check both. `box`: refused, because heads without boxes cannot go into a format of boxes alone
(`ghtools interpolate-boxes` makes them). IIM's files leave ignored heads out, so that its `g` counts heads that are
gone; its pictures keep their size here (`-o resize=false`). `map`: the format draws density maps, which hold no heads.
`name`: refused, because the lists of the column's format end a name at a comma, which CrowdHuman's names have.
`nwpu_submission` is written for the benchmark's list and is not in the table.
"""


@dataclass(frozen=True)
class Cell:
    """One conversion.

    Attributes:
        text: of the table.
        error: largest error of a coordinate, pixels; NaN = no heads arrive.
        lost: columns that are filled in the source and not in the target, with the number of heads (images for split).
        reported: columns that the report names as dropped, with their numbers.
        refused: the conversion is refused where losses are not allowed.
    """

    text: str
    error: float = np.nan
    lost: Mapping[str, int] | None = None
    reported: Mapping[str, int] | None = None
    refused: bool = False


def make_source(name: str, folder: Path) -> Path:
    """A data set of a format with its pictures; it fills the columns that the format holds."""
    folder.mkdir(parents=True)
    if name == "images":
        _draw(folder / "0001.png", (SIDE, SIDE))
        return folder
    if name in WRITTEN:
        drawn = replace(crowd(name, images=1, heads=7), root=folder.parent / "pictures")
        drawn = drawn.map(_all_boxed) if "boxes" in FORMATS[name].holds else drawn
        for scene in drawn.scenes:
            for info in scene.images:
                _draw(drawn.root / info.path, (SIDE, SIDE))
        write_scenes(drawn, name, folder, find_writer(name).options(), "link", jobs=1)
    else:
        SAMPLES[name](folder)
    _add_pictures(name, folder)
    return folder


def _all_boxed(image: ImageAnnotations) -> ImageAnnotations:
    """The image with a box for every head, so that it can be converted to formats of boxes alone."""
    sides = np.full(len(image), 9.0)
    return image.replace(boxes=np.where(image.has_box[:, None], image.boxes, around(image.points, sides, sides)))


def _add_pictures(name: str, folder: Path) -> None:
    """Bring the pictures that a sample lacks."""
    dataset = _read(name, folder)
    for scene in dataset.scenes:
        for info in scene.images:
            if not has_picture(dataset, info):
                _draw(dataset.root / info.path, info.size if info.sized else (SIDE, SIDE))


def _draw(file: Path, size: tuple[int, int]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L", size).save(file)


def _read(name: str, folder: Path) -> Dataset:
    return read_dataset(folder, format_name=name, options=READ_WITH.get(name, ()))[1]


def cell(name: str, source: Path, to: str, target: Path) -> Cell:
    """What `to` makes of the data set of the format `name` at `source`."""
    before = _read(name, source)
    found = count_contents(before)
    holds = FORMATS[to].holds
    refused = False
    try:
        report = _convert(source, name, to, target, allow_lossy=False)
    except LossyConversionError as error:
        if "interpolate-boxes" in str(error):
            return Cell("box", refused=True)
        refused = True
        report = _convert(source, name, to, target, allow_lossy=True)
    except DatasetLayoutError as error:
        assert "comma" in str(error)
        return Cell("name", refused=True)
    reported = {column: count for column, count in report.dropped.items() if column in LETTERS}
    if to == "density":
        return Cell("map", lost=reported, reported=reported, refused=refused)
    after = _read(to, target)
    worst = largest_error(list(before), list(after))
    left = count_contents(after).filled
    lost = {column: count for column, count in found.filled.items() if _lost(column, left, holds)}
    letters = "".join(letter for column, letter in LETTERS.items() if column in lost)
    return Cell(f"{worst:.2g} {letters}".strip(), worst, lost, reported, refused)


def _lost(column: str, left: Mapping[str, int], holds: frozenset[str]) -> bool:
    # The points of a source become the heads of a format without boxes: it holds them, and they count as no column.
    return column not in holds and not (column == "points" and left.get("points", 0))


def _convert(source: Path, name: str, to: str, target: Path, *, allow_lossy: bool) -> ConversionReport:
    options = ConvertOptions(
        to=to,
        out=target,
        from_format=name,
        read_options=READ_WITH.get(name, ()),
        write_options=WRITE_WITH.get(to, ()),
        images="copy",
        allow_lossy=allow_lossy,
    )
    return convert(source, options, jobs=1)


def largest_error(before: Sequence[ImageAnnotations], after: Sequence[ImageAnnotations]) -> float:
    """Largest difference of a coordinate, pixels, between the same heads of the same images.

    Raises:
        AssertionError: images or heads are missing, or more than there were.
    """
    worst = 0.0
    for image, other in _pairs(before, after):
        name = image.info.path
        if len(other) == (~image.ignore).sum():
            image = image.select(~image.ignore)  # noqa: PLW2901  # Formats without flags may leave ignored heads out.
        assert len(other) == len(image), f"{name}: {len(other)} heads of {len(image)}"
        both = image.has_box & other.has_box
        offsets = [other.boxes[both] - image.boxes[both]]
        if not both.all() or not image.has_box.all():
            offsets.append((other.points - image.points)[~both])
        worst = max([worst, *(float(np.abs(part).max()) for part in offsets if part.size)])
    return worst if worst > 1e-9 else 0.0


def _pairs(
    before: Sequence[ImageAnnotations], after: Sequence[ImageAnnotations]
) -> list[tuple[ImageAnnotations, ImageAnnotations]]:
    """Images of one name; where several of the source have one (frames of videos), those with the same heads."""
    expected, found = ({image.info.name: image for image in side} for side in (before, after))
    assert len(after) == len(before)
    if len(expected) == len(before):
        assert found.keys() == expected.keys(), sorted(found.keys() ^ expected.keys())
        return [(image, found[name]) for name, image in expected.items()]
    sides = [sorted(side, key=lambda image: image.points.round(1).tolist()) for side in (before, after)]
    return list(zip(*sides, strict=True))


def row(name: str, folder: Path) -> dict[str, Cell]:
    """One row of the table: a source, and every format that can be written."""
    source = make_source(name, folder / "source")
    return {to: cell(name, source, to, folder / f"to_{to}") for to in WRITTEN}


def line(name: str, cells: Mapping[str, Cell]) -> str:
    """A row as Markdown."""
    return f"| {name} | {' | '.join(each.text for each in cells.values())} |"


def main() -> None:
    """Print the page."""
    print(HEAD)
    print(f"| from \\ to | {' | '.join(WRITTEN)} |")
    print(f"| --- {'| --- ' * len(WRITTEN)}|")
    for name in SOURCES:
        with tempfile.TemporaryDirectory() as folder:
            print(line(name, row(name, Path(folder))))


if __name__ == "__main__":
    main()
