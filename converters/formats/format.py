"""What a format is: one module with the members of `Format`, and the pieces that all of them share.

To add a format, write `converters/formats/NAME.py` with `HOLDS`, `ReadOptions`, `WriteOptions`, `detect`, `read`,
`write`, `places` and `finish` (take the stubs below for what it does not do) and add one line to
`converters/formats/registry.py`.
"""

from __future__ import annotations

import dataclasses
import functools
import logging
import math
import types
import typing
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, Literal, Protocol, TypeVar

import numpy as np

from gta_head_tools.annotations import ImageAnnotations, ImageInfo, Mask
from gta_head_tools.dataset import Composer, Dataset, Scene, common_split
from gta_head_tools.errors import ConfigError, DataFormatError, DatasetLayoutError, UnknownNameError
from gta_head_tools.files import image_size, inside, is_ours, make_folder, plain_name
from gta_head_tools.geometry import centres
from gta_head_tools.pictures import Picture, read_picture

ColumnName = Literal["points", "boxes", "ids", "ignore", "visibility", "score", "split"]
"""What a format may hold. ``points``: head points that are not the middles of the boxes."""

ImageMode = Literal["none", "link", "copy"]
"""What happens to pictures: left out, linked to, or copied into the target."""

SceneGrouping = Literal["auto", "folder", "image", "one"]
"""How pictures make scenes where the format may not say: as stored, else by folder; one each; all in one."""

Options = TypeVar("Options")
_log = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True, slots=True)
class NoOptions:
    """Options of a format that has none."""


class Format(Protocol):
    """The members of a format module. `read` gives a `Dataset`, `write` streams one out and never holds it."""

    HOLDS: frozenset[ColumnName]
    """Columns that survive writing (reading, where the format cannot be written)."""
    ReadOptions: type[Any]
    """Frozen dataclass of `-i key=value` options."""
    WriteOptions: type[Any]
    """Frozen dataclass of `-o key=value` options."""
    FILE_SUFFIX: str | None
    """Suffix of the one file that can hold a whole data set (`.json`); None = always a folder."""
    SCENES_APART: bool
    """True when every scene is a folder of its own, so that scenes can be written apart from each other."""
    NEEDS_SIZE: bool
    """True when it cannot be written without the size of every picture."""

    @property
    def write(self) -> Writer | None:
        """Write a data set to a new folder (or, with FILE_SUFFIX, file); None = reading only."""
        ...

    def detect(self, path: Path) -> bool:
        """True when the folder or file looks like this format; opens as little as possible."""
        ...

    def read(self, path: Path, options: Any) -> Dataset:
        """The data set at `path`; heads are read when it is iterated.

        Raises:
            DataFormatError: a file is not what it claims to be.
            DatasetLayoutError: a folder or file is missing.
        """
        ...

    def places(self, scene: Scene, source: Path) -> list[str]:
        """What writing a scene makes in a target folder: its own folders, and the files that hold its heads.

        Args:
            scene: to be written.
            source: of the data set, for messages.

        Raises:
            GtaHeadError: the names of the scene and of its splits cannot be those of folders.
        """
        ...

    def finish(self, scenes: Sequence[Scene], target: Path) -> None:
        """Write what lists all scenes of the target (MOT's seqmaps); called once, after the last scene."""
        ...


class Writer(Protocol):
    """Writes a data set in one format."""

    def __call__(self, dataset: Dataset, target: Path, options: Any, images: ImageMode) -> None:
        """Write all scenes of `dataset` below `target` (or to that file), each whole or not at all."""
        ...


def nothing_to_finish(scenes: Sequence[Scene], target: Path) -> None:
    """Shared `finish` of formats whose scenes need no common list."""


def no_places(scene: Scene, source: Path) -> list[str]:  # noqa: ARG001
    """Shared `places` of formats that are only read."""
    return []


def never_detected(path: Path) -> bool:  # noqa: ARG001
    """Shared `detect` of formats that are only read when asked for by name."""
    return False


def parse_options(kind: type[Options], pairs: Iterable[str]) -> Options:
    """Options from `key=value` texts.

    Args:
        kind: frozen dataclass whose fields are bool, int, float, str or Literal, each with a default.
        pairs: as typed after `-i` or `-o`.

    Raises:
        UnknownNameError: no such option; the message names the nearest.
        ConfigError: a value that does not fit its option, or an option given twice.
    """
    hints = typing.get_type_hints(kind)
    known = [f.name for f in dataclasses.fields(typing.cast(Any, kind))]
    chosen: dict[str, Any] = {}
    for pair in pairs:
        key, separator, value = pair.partition("=")
        key = key.strip().replace("-", "_")
        if not separator:
            raise ConfigError(f"option {pair!r}: expected key=value, e.g. {known[0] if known else 'key'}=...")
        if key not in known:
            raise UnknownNameError("option", key, known)
        if key in chosen:
            raise ConfigError(f"option {key} is given twice; keep one")
        chosen[key] = _parse_value(key, value.strip(), hints[key])
    return kind(**chosen)


def _parse_value(key: str, value: str, hint: Any) -> Any:
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        hint = next(arg for arg in typing.get_args(hint) if arg is not type(None))
    if typing.get_origin(hint) is Literal:
        allowed = typing.get_args(hint)
        if value not in allowed:
            raise UnknownNameError(f"value of option {key}", value, allowed)
        return value
    if hint is bool:
        words = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
        if value.lower() not in words:
            raise ConfigError(f"option {key}={value}: expected true or false")
        return words[value.lower()]
    try:
        parsed = hint(value)
    except ValueError as error:
        raise ConfigError(f"option {key}={value}: expected a {'whole number' if hint is int else 'number'}") from error
    if isinstance(parsed, float) and not math.isfinite(parsed):
        raise ConfigError(f"option {key}={value}: expected a finite number")
    return parsed


def describe_options(kind: type[Any]) -> list[str]:
    """`key=default` of every option, for tables."""
    return [
        f"{f.name}={str(f.default).lower() if f.default is None or isinstance(f.default, bool) else f.default}"
        for f in dataclasses.fields(kind)
    ]


def group_scenes(infos: Iterable[ImageInfo], grouping: SceneGrouping, *, name: str) -> tuple[Scene, ...]:
    """Scenes of pictures that lie in no scene folders, in order of first appearance.

    Args:
        infos: with `scene` filled where the format stores one.
        grouping: see `SceneGrouping`; ``auto`` takes the stored scene, else the picture's folder.
        name: of the scene that pictures without a folder fall into (and of ``one``).

    Raises:
        DatasetLayoutError: two folders (or pictures) make scenes of one name.
    """
    groups: dict[str, list[ImageInfo]] = {}
    stored: set[str] = set()
    made_of: dict[str, tuple[str, str]] = {}
    for info in infos:
        folder = PurePosixPath(info.path).parent.as_posix()
        by_folder = name if folder == "." else folder.replace("/", "_")
        by_image = PurePosixPath(info.path).with_suffix("").as_posix().replace("/", "_")
        stored_or_folder = (info.scene, "") if info.scene else (by_folder, folder)
        scene, source = {"folder": (by_folder, folder), "image": (by_image, info.path), "one": (name, "")}.get(
            grouping, stored_or_folder
        )
        other, first = made_of.setdefault(scene, (source, info.path))
        if source and other and source != other:
            problem = f"and {info.path} are of two scenes that would both be called {scene!r}; rename one of them"
            raise DatasetLayoutError(first, f"{problem}{'' if grouping == 'image' else ', or say -i scenes=image'}")
        if grouping != "auto" or info.scene:
            stored.add(scene)
        groups.setdefault(scene, []).append(dataclasses.replace(info, scene=scene))
    return tuple(
        Scene(key, tuple(images), split=common_split(images), assumed=key not in stored and len(images) > 1)
        for key, images in groups.items()
    )


def off_centre(image: ImageAnnotations) -> Mask:
    """(N,) True for heads with a box whose point is not its middle, within a millionth of a pixel."""
    middles = np.where(image.has_box[:, None], centres(image.boxes), image.points)
    away: Mask = np.any(np.abs(middles - image.points) > 1e-6, axis=1)
    return away


def folder_name(scene: str, *, path: Path) -> str:
    """Name of the folder that a scene is written to: its parts joined with `_`.

    Args:
        scene: name of the scene.
        path: the source, for the message.

    Raises:
        DataFormatError: the name leaves the target.
        DatasetLayoutError: readers would pass over such a folder.
    """
    name = plain_name("_".join(PurePosixPath(inside(scene, path=path)).parts), what="scene", path=path)
    return _seen(name, "scene", path)


def split_name(split: str, *, path: Path) -> str:
    """`split`, which is to be part of the name of a file or folder.

    Args:
        split: of an image.
        path: the source, for the message.

    Raises:
        DataFormatError: the name cannot be that of one folder, or leaves the target.
        DatasetLayoutError: readers would pass over such a folder.
    """
    return _seen(plain_name(split, what="split", path=path), "split", path)


def _seen(name: str, what: str, path: Path) -> str:
    if is_ours(Path(name)):
        raise DatasetLayoutError(
            path, f"a {what} cannot be called {name!r}: readers pass over such a folder; rename it"
        )
    return name


def size_from_picture(info: ImageInfo, root: Path) -> ImageInfo:
    """`info` with its size from the picture's header; unchanged when it is known or there is no picture to read.

    A damaged picture is one without a size, with a warning: it does not make the others of its scene useless.
    """
    path = root / info.path
    if info.sized or not path.is_file():
        return info
    try:
        width, height = image_size(path)
    except DataFormatError as error:
        _warn(str(error))
        return info
    return dataclasses.replace(info, width=width, height=height)


@functools.lru_cache(maxsize=1000)
def _warn(text: str) -> None:
    """Warn once, however often a picture is looked at."""
    _log.warning(text)


def place_picture(dataset: Dataset, info: ImageInfo, target: Path, images: ImageMode) -> None:
    """Put the picture of an image at `target` as `images` says.

    Args:
        dataset: where the picture comes from.
        info: the image.
        target: path to create; its folder is made. A folder around it may be renamed afterwards.
        images: ``none`` does nothing; ``link`` makes a relative symbolic link, else a hard link, else a copy.

    Raises:
        DatasetLayoutError: the picture is missing, or composed of several and asked to be linked.
    """
    if images == "none":
        return
    import os
    import shutil

    source = dataset.root / info.path
    make_folder(target.parent)
    if not target.is_symlink() and target.exists() and source.exists() and target.samefile(source):
        return  # The picture lies where it is to be put: removing the old one would remove the source.
    target.unlink(missing_ok=True)
    if not source.is_file():
        _compose_picture(dataset, info, target, images)
    elif images == "copy":
        shutil.copyfile(source, target)
    else:
        _link(source, target, os.path.relpath(source.resolve(), target.parent.resolve()))


def _link(source: Path, target: Path, relative: str) -> None:
    """A symbolic link, or what the system allows instead: a hard link, else a copy."""
    import os
    import shutil

    try:
        target.symlink_to(relative)
    except OSError:
        try:
            os.link(source, target)
        except OSError:
            shutil.copyfile(source, target)


def _compose_picture(dataset: Dataset, info: ImageInfo, target: Path, images: ImageMode) -> None:
    build = dataset.compose(dataset.root, info) if dataset.compose else None
    if build is None:
        raise DatasetLayoutError(dataset.root / info.path, "picture is missing; bring it or say --images none")
    if images == "link":
        raise DatasetLayoutError(
            dataset.root / info.path,
            "this picture is composed of several batches and cannot be linked; say --images copy",
        )
    from PIL import Image

    Image.fromarray(build()).save(target, format="PNG")


def picture_suffix(dataset: Dataset, info: ImageInfo) -> str:
    """Suffix that the picture of `info` has in a target: its own, `.png` when it is composed."""
    own = PurePosixPath(info.path).suffix
    return ".png" if dataset.compose is not None and not (dataset.root / info.path).is_file() else own


def has_picture(dataset: Dataset, info: ImageInfo) -> bool:
    """True when the picture of an image is a file, or can be composed."""
    if (dataset.root / info.path).is_file():
        return True
    return dataset.compose is not None and dataset.compose(dataset.root, info) is not None


def read_image(root: Path, info: ImageInfo, compose: Composer | None = None) -> Picture:
    """The picture of an image, from its file or composed of several; it may be written into, as torch demands.

    Raises:
        DataFormatError: it cannot be read, or has another size than its heads are for.
    """
    path = root / info.path
    build = compose(root, info) if compose is not None and not path.is_file() else None
    picture = read_picture(path) if build is None else build()
    size = picture.shape[1], picture.shape[0]
    if info.sized and size != info.size:
        raise DataFormatError(
            path, f"is {size[0]}x{size[1]}, but its heads are for {info.width}x{info.height}; use the original"
        )
    return np.require(picture, requirements="W")
