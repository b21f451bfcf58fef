"""Images that two data sets have in common: the same file, or, where a picture is missing, one path and equal heads."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from converters.files.pictures.pictures import ORIGINAL_PATH
from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.dataset import Dataset
from gta_head_tools.errors import DatasetLayoutError
from gta_head_tools.progress import Track, no_progress

Place = tuple[int, str]
"""Number of a data set, and what names an image of it in a message."""


def check_different(datasets: Sequence[Dataset], *, track: Track = no_progress) -> list[int]:
    """Refuse data sets with images in common; returns the number of heads of each.

    Pictures are the same when their files are equal byte for byte. Where one of two has no picture, images are the same
    when their paths and their heads are equal, and there are any heads.

    Args:
        datasets: to be compared.
        track: progress.

    Raises:
        DatasetLayoutError: the message names the first pair.
    """
    _check_files(datasets, track)
    counts = []
    seen: dict[bytes, tuple[Place, bool]] = {}
    for number, dataset in enumerate(datasets):
        count = 0
        for image in track(dataset, "comparing heads", dataset.image_count):
            count += len(image)
            there = (dataset.root / image.info.path).is_file()
            place = number, _shown(dataset, image.info)
            key = _heads_digest(image)
            other, other_there = seen.setdefault(key, (place, there))
            if len(image) and other[0] != number and not (there and other_there):
                raise _same(place[1], "has the path and the heads of", other[1])
        counts.append(count)
    return counts


def _check_files(datasets: Sequence[Dataset], track: Track) -> None:
    by_size: dict[int, list[tuple[Place, Path]]] = {}
    for number, dataset in enumerate(datasets):
        for info in (info for scene in dataset.scenes for info in scene.images):
            path = dataset.root / info.path
            if path.is_file():
                by_size.setdefault(path.stat().st_size, []).append(((number, _shown(dataset, info)), path))
    shared = [group for group in by_size.values() if len({place[0] for place, _ in group}) > 1]
    seen: dict[bytes, Place] = {}
    files = [file for group in shared for file in group]
    for place, path in track(files, "comparing pictures", len(files)):
        other = seen.setdefault(_file_digest(path), place)
        if other[0] != place[0]:
            raise _same(place[1], "is the same picture as", other[1])


def _same(image: str, what: str, other: str) -> DatasetLayoutError:
    return DatasetLayoutError(image, f"{what} {other}; leave one of them out (`ghtools convert --only`)")


def _shown(dataset: Dataset, info: ImageInfo) -> str:
    path = dataset.root / info.path
    return str(path) if path.is_file() or dataset.source.is_dir() else f"{dataset.source}: {info.path}"


def _file_digest(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "blake2b").digest()
    except OSError as error:
        raise DatasetLayoutError(path, f"cannot be read ({error.strerror}); check its permissions") from error


def _heads_digest(image: ImageAnnotations) -> bytes:
    digest = hashlib.blake2b(str(image.info.facts.get(ORIGINAL_PATH, image.info.path)).encode(errors="replace"))
    for column in (image.points, image.boxes):
        digest.update(column.tobytes())
    return digest.digest()
