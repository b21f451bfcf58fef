"""How the window reads a folder or file, and which pictures it refuses as no scene of one fixed camera."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from converters.datasets.anchor_files import ANCHORS
from converters.datasets.read import read_unedited
from converters.formats.options import option_names
from converters.formats.registry import detect_format, find_format, format_name
from gta_head_tools.anchors.anchors import read_anchors
from gta_head_tools.annotations import ImageAnnotations
from gta_head_tools.dataset import Dataset
from gta_head_tools.errors import ConfigError, DataFormatError, DatasetLayoutError
from gta_head_tools.files import find_pictures
from gta_head_tools.picture_header import image_size, read_header, turned_size

EACH, TOGETHER = "scenes=image", "scenes=folder"
"""Each picture is a scene, as those of several sizes have to be; or all pictures of a folder are one."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How a data set is read.

    Attributes:
        format: its name; None = detected, and a folder without labels is read as pictures.
        options: `key=value` options of the format.
        pool: pictures without anchors share one scale.
    """

    format: str | None = None
    options: tuple[str, ...] = ()
    pool: bool = False

    @property
    def says_scenes(self) -> bool:
        """True when an option says how pictures make scenes."""
        return _groups(self.options)

    def with_scenes(self, *, each: bool) -> Reading:
        """Each picture a scene of its own, or all pictures of a folder one scene."""
        return replace(self, options=(*self.options, EACH if each else TOGETHER))


AS_FOUND = Reading()


def data_set_of(path: Path) -> Path:
    """The folder that a project file belongs to; any other path as it is."""
    if path.suffix.lower() != ".json" or not path.is_file():
        return path
    try:
        read_anchors(path)
    except DataFormatError:
        return path
    apart = path.parent.name == "anchors" and path.name != ANCHORS
    return path.parent.parent if apart else path.parent


def check_there(path: Path, reading: Reading | None) -> None:
    """Refuse what is not there, or looks like nothing that can be read, before a window is shown for it.

    Raises:
        GtaHeadError: see `detect_format`.
    """
    if not path.exists():
        raise DatasetLayoutError(path, "no such file or folder")
    if reading is not None and reading.format is not None:
        return
    source = data_set_of(path)
    if format_name(detect_format(source, pictures=True)) == "images" and source.is_dir() and not find_pictures(source):
        raise DatasetLayoutError(source, "holds no labels and no pictures; name the folder that does")


def format_of(source: Path, name: str | None, options: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """The format to read a source as, and its options; a folder without labels is read as pictures.

    Raises:
        GtaHeadError: no such format, or nothing there that can be read.
    """
    if name is None:
        name = detect_format(source, pictures=True)
    name = format_name(name)
    if name == "images" and not _groups(options) and source.is_dir():
        turned = any(option.replace(" ", "") == "exif=apply" for option in options)
        sizes = {(picture.parent, _size(picture, turned=turned)) for picture in find_pictures(source)}
        sizes -= {(folder, None) for folder, _ in sizes}
        if len(sizes) > len({folder for folder, _ in sizes}):
            options = (*options, EACH)
    return name, options


def _groups(options: tuple[str, ...]) -> bool:
    """True when an option says how pictures make scenes."""
    return any(option.strip().startswith("scenes") for option in options)


def _size(picture: Path, *, turned: bool) -> tuple[int, int] | None:
    """Size of a picture; None for a damaged one, whose error is shown when the picture is."""
    try:
        header = read_header(picture)
    except DataFormatError:
        return None
    return turned_size(header.size, header.orientation) if turned else header.size


def read_source(source: Path, name: str, options: tuple[str, ...]) -> tuple[Dataset, tuple[str, ...]]:
    """The data set, and the options that it was read with.

    Raises:
        GtaHeadError: it cannot be read, or names no picture.
    """
    dataset = read_unedited(source, name, options)
    if not dataset.image_count:
        raise DatasetLayoutError(
            dataset.source, f"read as {name}, it names no picture; list them there, or take the labels away"
        )
    regroups = not _groups(options) and "scenes" in option_names(find_format(name).options)
    if regroups and any(len({info.size for info in scene.images if info.sized}) > 1 for scene in dataset.scenes):
        options = (*options, EACH)
        dataset = read_unedited(source, name, options)
    return dataset, options


def check_sizes(images: Sequence[ImageAnnotations], root: Path, path: Path) -> None:
    """Refuse pictures that cannot be of one fixed camera.

    Raises:
        GtaHeadError: the size of a picture is unknown, or there are pictures of two sizes.
    """
    for info in (image.info for image in images):
        if not info.sized:
            if (root / info.path).is_file():
                image_size(root / info.path)  # Raises an error that says what is wrong with the file.
            raise DatasetLayoutError(path, f"nothing says how large {info.path} is; bring the pictures")
        if info.size != images[0].info.size:
            first = images[0].info
            raise ConfigError(
                f"{path}: {first.path} is {first.width}x{first.height} and {info.path} is {info.width}x{info.height}; "
                "a scene is one fixed camera. Take the pictures apart"
            )
