"""HeadHunter's training texts: a line for each picture, and below it a line for each box; reading only.

```
# ScutHead/ScutHead_A/JPEGImages/PartA_00000.jpg        relative to the folder of the text, or to `images` in it
12 30 41 66 1                                           x1 y1 x2 y2 flag
```

Source: Sundararaman, De Almeida Braga, Marchand, Pettré, "Tracking pedestrian heads in dense crowd", CVPR 2021;
`Sentient07/HeadHunter`, `head_detection/data/`. One text, or the folder of one.

Traps:
    * Corners, not a corner and a size.
    * A flag below 0 means ignore; texts of CrowdHuman have 0 for heads, those of SCUT-HEAD 1.
    * Lists overlap (`SH_Train.txt`, `SH_TrainVal.txt`): of several in a folder, one must be named.

Memory: the text and 0.3 kB a head while it is read, 100 bytes a head afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from converters.files.labels.label_folder import from_one_file
from converters.files.labels.scene_names import SceneGrouping
from converters.files.numbers.number_lines import rows_by_comma
from converters.files.pictures.picture_names import NameParts, PictureNames
from converters.files.tables.text_files import first_line, text_name, texts_in
from converters.formats.format import Format
from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.dataset import Dataset
from gta_head_tools.errors import DataFormatError, DatasetLayoutError
from gta_head_tools.files import picture_suffix_of, read_unpacked
from gta_head_tools.geometry import centres

_WIDTH = range(5, 6)
"""Numbers a box."""
_MOST_TEXTS = 100
"""Of a folder that is looked into: one with more holds a text for each picture."""


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How to read.

    Attributes:
        scenes: how pictures make scenes.
        names: how much of a picture's path counts.
    """

    scenes: SceneGrouping = "auto"
    names: NameParts = "whole"


def detect(path: Path) -> bool:
    """True for a text that begins with `#` and a picture, and for a folder with such a text."""
    return bool(_texts(path)) if path.is_dir() else _looks_like_text(path)


def _texts(folder: Path) -> list[Path]:
    files = texts_in(folder)
    return [file for file in files if file.is_file() and _looks_like_text(file)] if len(files) <= _MOST_TEXTS else []


def _looks_like_text(file: Path) -> bool:
    first = first_line(file)
    return first.startswith(b"#") and picture_suffix_of(first.decode(errors="replace")) != ""


def read(path: Path, options: ReadOptions) -> Dataset:
    """The data set of a text, or of the one text in a folder.

    Raises:
        DatasetLayoutError: there is no text in the folder, or several.
        DataFormatError: a line is neither a picture nor a box, or a picture has two lines.
    """
    texts = _texts(path) if path.is_dir() else [path]
    if len(texts) != 1:
        found = f"{texts[0].name} and {texts[1].name} found, which may overlap; name one" if texts else "no text found"
        raise DatasetLayoutError(path, f"{found}; expected a text that begins with `# <picture>`")
    (file,) = texts
    names, rows, images, places = _parts(file, options.names)
    table = _numbers(file, rows, places)
    flags = table[:, 4]
    odd = np.flatnonzero(flags != np.rint(flags))
    if len(odd):
        problem = f"flag {flags[odd[0]]:g} is no whole number; correct the line"
        raise DataFormatError(file, problem, line=places[odd[0]])
    boxes = table[:, :4]
    heads = ImageAnnotations(ImageInfo(""), centres(boxes), boxes=boxes, ignore=flags < 0)
    name = text_name(file)
    of_image = np.array(images, dtype=np.int64)
    return from_one_file(path, file, names, heads, of_image, scenes=options.scenes, scene_name=name)


def _parts(file: Path, parts: NameParts) -> tuple[list[str], list[bytes], list[int], list[int]]:
    """The pictures, and of each box its line, the place of its picture, and the place of the line in the file."""
    paths, names = PictureNames(file, parts), dict[str, int]()
    rows: list[bytes] = []
    images: list[int] = []
    places: list[int] = []
    for place, line in enumerate(read_unpacked(file).splitlines(), start=1):
        bare = line.strip()
        if bare.startswith(b"#"):
            shown = bare.decode().strip("# \t")
            try:
                name = paths.path(shown)
            except DataFormatError as error:
                raise DataFormatError(file, error.problem, line=place) from error
            if not picture_suffix_of(name):
                raise DataFormatError(file, f"{shown[:60]!r} is no picture; remove the line", line=place)
            if name in names:
                raise DataFormatError(file, f"picture {name!r} is there already; remove one of its lines", line=place)
            names[name] = len(names)
        elif bare:
            rows.append(bare)
            images.append(len(names) - 1)
            places.append(place)
    if images and images[0] < 0:
        raise DataFormatError(file, "a box stands above all pictures; write `# <picture>` above it", line=places[0])
    return list(names), rows, images, places


def _numbers(file: Path, rows: list[bytes], places: list[int]) -> NDArray[np.float64]:
    """(N, 5) the numbers of all boxes."""
    try:
        lines = rows_by_comma(file, b"\n".join(rows), _WIDTH, lambda words: None)  # noqa: ARG005
        numbers = lines.table().numbers
    except DataFormatError as error:
        raise DataFormatError(file, error.problem, line=places[(error.line or 1) - 1]) from error
    if lines.thousands:
        raise DataFormatError(file, f"{lines.thousands!r} may be thousands or a decimal; write numbers without commas")
    return numbers


FORMAT = Format(holds=frozenset({"boxes", "ignore"}), read=read, options=ReadOptions, detect=detect)
