"""Writes IIM training folders. The format: `converters.formats.iim`."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import msgspec
import numpy as np
from numpy.typing import NDArray

from converters.files.labels.scene_names import SPLITS, split_name
from converters.files.numbers.number_text import half_up
from converters.files.pictures.picture_paths import each_image, kept_paths, whole_stems
from converters.files.pictures.pictures import ImageMode, has_picture, place_picture, read_image
from converters.files.records.heads_json import heads_text
from converters.files.tables.point_lists import list_line
from gta_head_tools.annotations import ImageAnnotations, ImageInfo, with_size
from gta_head_tools.dataset import Dataset, Scene
from gta_head_tools.errors import ConfigError, DataFormatError, DatasetLayoutError
from gta_head_tools.pictures import Picture, write_jpeg
from gta_head_tools.whole_files import make_folder, replacing

NAMES = "ghtools-names.json"

_LEAST = (1024, 768)
_STEP = 16
_UNBOXED = (4.0, 8.0, 1.0)
"""Radii and level that FIDTM's lists give to heads without boxes."""
_QUALITY = 95
_FARTHEST = float(1 << 32)
"""Pixels from the picture: a coordinate beyond it cannot be scaled and written exactly."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class WriteOptions:
    """How to write.

    Attributes:
        resize: enlarge pictures as IIM does; false keeps their sizes.
        cap: largest half side of a head in a mask, pixels: 25, or 15 for JHU-Crowd++ and UCF-QNRF.
    """

    resize: bool = True
    cap: int = 25

    def __post_init__(self) -> None:
        if self.cap < 2:
            raise ConfigError(f"option cap={self.cap}: expected at least 2 pixels")


def places(scene: Scene, source: Path) -> list[str]:
    """The folder of heads and the lists.

    Raises:
        GtaHeadError: the name of a split cannot be that of a file.
    """
    return ["jsons", *(f"{split_name(split, path=source)}.txt" for split in filter(None, scene.splits))]


def training_size(size: tuple[int, int]) -> tuple[int, int]:
    """Width and height that IIM trains at: enlarged to at least 1024 x 768, then each side to a multiple of 16.

    >>> training_size((1024, 768)), training_size((640, 480)), training_size((1920, 1080))
    ((1024, 768), (1024, 768), (1920, 1088))
    """
    rate = max(1.0, _LEAST[0] / size[0], _LEAST[1] / size[1])
    width, height = (max(least, _STEP * round(side * rate / _STEP)) for side, least in zip(size, _LEAST, strict=True))
    return width, height


@dataclass(slots=True)
class _Lists:
    """The lists of the splits, open while images are written.

    Attributes:
        target: of the data set.
        stack: closes the lists and puts them in place when it ends.
        files: by name.
    """

    target: Path
    stack: ExitStack
    files: dict[str, BinaryIO] = field(default_factory=dict)

    def add(self, name: str, line: bytes) -> None:
        if name not in self.files:
            partial = self.stack.enter_context(replacing(self.target / name))
            self.files[name] = self.stack.enter_context(partial.open("wb"))
        self.files[name].write(line)


def write(dataset: Dataset, target: Path, options: WriteOptions, images: ImageMode) -> None:
    """Write a training folder; heads that a mask cannot keep apart are counted and logged.

    Raises:
        DatasetLayoutError: the target cannot be written, or a picture is missing.
        DataFormatError: a picture cannot be read, or a head lies too far from it to be written.
    """
    names = kept_paths(dataset)
    stems = whole_stems(names, width=max(4, len(str(dataset.image_count))))
    counts: Counter[str] = Counter()
    with ExitStack() as stack:
        lists = _Lists(target, stack)
        for image, stem in each_image(dataset, stems):
            _check_near(image, dataset.source)
            heads = _resized(image, options)
            counts += _write_mask(target / "masks" / f"{stem}.png", heads, options.cap)
            _write_json(target / "jsons" / f"{stem}.json", heads)
            _list(lists, heads, stem, dataset.source)
            _place(dataset, image.info, heads.info.size, target / "images" / f"{stem}.jpg", images)
    for name in {f"{split}{kind}.txt" for split in SPLITS for kind in ("", "_gt_loc")} - lists.files.keys():
        (target / name).unlink(missing_ok=True)
    _write_names(target / NAMES, names, stems)
    _tell(counts)


def _write_names(file: Path, names: Sequence[Sequence[str]], stems: Sequence[Sequence[str]]) -> None:
    pairs = zip((stem for part in stems for stem in part), (name for part in names for name in part), strict=True)
    renamed = {stem: name for stem, name in pairs if name != f"{stem}.jpg"}
    if renamed:
        with replacing(file) as partial:
            partial.write_bytes(msgspec.json.format(msgspec.json.encode(renamed)))
    else:
        file.unlink(missing_ok=True)


def _check_near(image: ImageAnnotations, source: Path) -> None:
    """Refuse heads that lie so far away that their numbers cannot be scaled or written."""
    far = (np.abs(np.column_stack([image.points, image.boxes])) > _FARTHEST).any(axis=1)
    if far.any():
        row = int(np.argmax(far))
        problem = f"{image.points[row].tolist()} with box {image.boxes[row].tolist()} is in no picture; correct it"
        raise DataFormatError(source, problem, record=f"head {row + 1} of {image.info.path}")


def _resized(image: ImageAnnotations, options: WriteOptions) -> ImageAnnotations:
    """The heads that count, in pixels of the picture that is written."""
    size = training_size(image.info.size) if options.resize else image.info.size
    rates = np.array(size) / image.info.size
    heads = image.select(~image.ignore)
    return heads.replace(
        info=with_size(image.info, size), points=heads.points * rates, boxes=heads.boxes * np.tile(rates, 2)
    )


def _write_mask(file: Path, heads: ImageAnnotations, cap: int) -> Counter[str]:
    from PIL import Image

    from gta_head_tools.maps.instance_masks import box_mask, merged_heads, point_mask

    boxed = bool(heads.has_box.all())
    size = heads.info.size
    painted = box_mask(heads.boxes, size, cap=cap) if boxed else point_mask(heads.points, size)
    with replacing(file) as partial:
        Image.fromarray(painted.mask.astype(np.uint8) * 255).convert("1").save(partial, format="PNG")
    lost = len(heads) - int(painted.rectangles.any(axis=1).sum())
    return Counter(heads=len(heads), merged=merged_heads(painted), lost=lost, points=len(heads) * (not boxed))


def _write_json(file: Path, heads: ImageAnnotations) -> None:
    with replacing(file) as partial:
        partial.write_bytes(heads_text(heads, f"{file.stem}.jpg"))


def _list(lists: _Lists, heads: ImageAnnotations, stem: str, source: Path) -> None:
    split = heads.info.split or SPLITS[0]
    lists.add(f"{split}.txt", stem.encode() + b"\n")
    if split == SPLITS[0]:
        return
    columns = [half_up(column) for column in (*heads.points.T, *_radii(heads))]
    lists.add(f"{split}_gt_loc.txt", list_line(stem, heads, columns, decimals=0, source=source))


def _radii(heads: ImageAnnotations) -> list[NDArray[np.float64]]:
    """Radii sigma_s and sigma_l, and levels."""
    from gta_head_tools.evaluation.head_sizes import sized_heads

    columns = [np.full(len(heads), value) for value in _UNBOXED]
    sized = sized_heads(heads.boxes[heads.has_box])
    for column, values in zip(columns, (sized.sigma_s, sized.sigma_l, sized.levels), strict=True):
        column[heads.has_box] = values
    return columns


def _place(dataset: Dataset, info: ImageInfo, size: tuple[int, int], target: Path, images: ImageMode) -> None:
    source = dataset.root / info.path
    if size == info.size and info.orientation == 1 and source.suffix.lower() in {".jpg", ".jpeg"}:
        place_picture(dataset, info, target, images)
    elif images != "none":
        if not has_picture(dataset, info):
            raise DatasetLayoutError(source, "picture is missing; bring it or say --images none")
        make_folder(target.parent)
        write_jpeg(target, _enlarged(read_image(dataset.root, info, dataset.compose), size), quality=_QUALITY)


def _enlarged(picture: Picture, size: tuple[int, int]) -> Picture:
    import cv2

    if picture.shape[1::-1] == size:
        return picture
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_CUBIC), dtype=np.uint8)


def _tell(counts: Counter[str]) -> None:
    if counts["merged"] or counts["lost"]:
        text = "masks: of %d heads, %d touch another and are lost in its region, %d lie on or beyond the border"
        _log.warning(text, counts["heads"], counts["merged"], counts["lost"])
    if counts["points"]:
        _log.warning("masks of %d heads are made from points, as not all heads there have boxes", counts["points"])
