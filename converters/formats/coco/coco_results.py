"""COCO results: predictions of images that another COCO file names.

```
[{"image_id": 7, "category_id": 1, "bbox": [x, y, width, height], "score": 0.93}, ...]
```

Source: `cocodataset.org`, format of results. The images, and which of them have no predictions at all, are known by the
true data set alone. Memory: 200 bytes a prediction while the file is read.
"""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np

from converters.files.held_heads import hold
from converters.files.json_file import decode
from converters.formats.coco.coco_records import IMAGE_FACT
from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.dataset import Dataset
from gta_head_tools.errors import ConfigError, DataFormatError
from gta_head_tools.files import read_unpacked
from gta_head_tools.geometry import centres, from_xywh


class _Result(msgspec.Struct, gc=False):
    """A prediction; other keys (segmentation, ...) are passed over."""

    image_id: int
    bbox: tuple[float, float, float, float]
    score: float


_RESULTS = msgspec.json.Decoder(list[_Result])


def looks_like_results(path: Path) -> bool:
    """True for a JSON file that is a list of records with an `image_id`, or an empty list."""
    if not path.is_file():
        return False
    start = read_unpacked(path, 4096).lstrip()
    return start.startswith(b"[") and (b'"image_id"' in start or start[1:].strip() == b"]")


def read_results(path: Path, true: Dataset) -> Dataset:
    """The predictions of the images of a COCO data set.

    Args:
        path: of the results.
        true: the COCO data set whose images they number.

    Raises:
        ConfigError: `true` is no COCO data set, or several files of it share a number.
        DataFormatError: no results, or a number that no image of `true` has.
    """
    numbers = _image_numbers(path, true)
    results = decode(path, _RESULTS)
    images = np.array([numbers.get(result.image_id, -1) for result in results], dtype=np.int64)
    lost = np.flatnonzero(images < 0)
    if len(lost):
        problem = f"{results[lost[0]].image_id} is the id of no image of {true.source}; check both files"
        raise DataFormatError(path, problem, record=f"[{lost[0]}].image_id")
    boxes = from_xywh(np.array([result.bbox for result in results], dtype=np.float64).reshape(-1, 4))
    score = np.array([result.score for result in results], dtype=np.float64)
    heads = ImageAnnotations(ImageInfo(""), centres(boxes), boxes=boxes, extra={"score": score})
    return Dataset(true.root, true.scenes, hold(heads, images, true.scenes), path)


def _image_numbers(path: Path, true: Dataset) -> dict[int, int]:
    """Id of an image to its place in the data set."""
    numbers: dict[int, int] = {}
    for place, info in enumerate(info for scene in true.scenes for info in scene.images):
        if IMAGE_FACT not in info.facts:
            raise ConfigError(f"{path}: COCO results name images by number; give the COCO file they were made for")
        if numbers.setdefault(info.facts[IMAGE_FACT]["id"], place) != place:
            number = info.facts[IMAGE_FACT]["id"]
            raise ConfigError(f"{true.source}: two images have the id {number}; give the COCO file of one split")
    return numbers
