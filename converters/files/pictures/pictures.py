"""The picture of an image: whether it is there, its size and its pixels, and how it gets into another data set."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Literal

import numpy as np

from gta_head_tools.annotations import ImageAnnotations, ImageInfo, with_size
from gta_head_tools.dataset import Composer, Dataset, Scene
from gta_head_tools.errors import DataFormatError, DatasetLayoutError
from gta_head_tools.files import PICTURE_SUFFIXES, composed, picture_suffix_of
from gta_head_tools.picture_header import opened, read_header, turned, turned_size
from gta_head_tools.pictures import Picture, read_picture, read_small
from gta_head_tools.whole_files import make_folder, replacing

ImageMode = Literal["none", "link", "symlink", "copy"]
"""What happens to pictures: left out, hard or symbolic links in the target, or copies."""

ORIGINAL_PATH = "original_path"
"""Fact of an image: the path that names it, where that is not the path at which its picture lies."""


def pictures_by_stem(folder: Path) -> dict[str, str]:
    """File name of each picture in a folder by its stem in the form NFC; empty where there is no such folder.

    Raises:
        DatasetLayoutError: the folder may not be listed.
    """
    try:
        # No Path objects: a folder may hold many thousand pictures.
        names = sorted(os.listdir(folder))  # noqa: PTH208
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise DatasetLayoutError(folder, f"cannot be listed ({error.strerror}); check its permissions") from error
    parts = ((*os.path.splitext(name), name) for name in names if not name.startswith("."))  # noqa: PTH122
    return {composed(stem): name for stem, suffix, name in parts if suffix.lower() in PICTURE_SUFFIXES}


def size_from_picture(info: ImageInfo, root: Path) -> ImageInfo:
    """`info` with its size from the picture's header; unchanged when it is known or there is no picture to read.

    A damaged picture gives no size, so that the other images of its scene can still be used. `Dataset.unfit` names it.
    """
    size = None if info.sized else measured_size(root / info.path, info.orientation)
    return info if size is None else replace(info, width=size[0], height=size[1], measured=True)


def measured_size(path: Path, orientation: int = 1) -> tuple[int, int] | None:
    """Width and height of a picture turned by its orientation; None where it is missing or damaged."""
    try:
        return turned_size(read_header(path).size, orientation)
    except DataFormatError:
        return None


def place_picture(dataset: Dataset, info: ImageInfo, target: Path, images: ImageMode) -> None:
    """Put the picture of an image at `target` as `images` says.

    Args:
        dataset: where the picture comes from.
        info: the image.
        target: path to create; its folder is made. A folder around it may be renamed afterwards.
        images: ``none`` does nothing; ``link`` makes a hard link, else a relative symbolic link, else a copy;
            ``symlink`` begins with the symbolic link. Links lead to the file itself where the source is a link, too.
            A picture whose heads are those of the turned view is written turned, without its orientation tag: other
            programs read pixels as stored or turned, each in its own way.

    A picture in `Dataset.unfit` that cannot be placed is left out (`converters.datasets.unused.check_placed`).

    Raises:
        DatasetLayoutError: the picture is missing, or composed of several and asked to be linked.
        DataFormatError: it is to be turned and cannot be read.
    """
    if images == "none":
        return
    source = dataset.root / info.path
    if info.path in dataset.unfit and not can_be_placed(source, info, images):
        return
    make_folder(target.parent)
    if _is_same_entry(source, target):
        return  # Removing the target would remove the source.
    if images != "copy" and source.is_file() and info.orientation == 1 and not os.path.lexists(target):
        _link(source.resolve(), target, symbolic_first=images == "symlink")
        return
    # What is there stays until the new file is whole, and is never written into: it may be a link to the source.
    with replacing(target) as new:
        if not source.is_file():
            _compose_picture(dataset, info, new, images)
        elif info.orientation != 1:
            _write_upright(source, new)
        elif images == "copy":
            shutil.copyfile(source, new)
        else:
            _link(source.resolve(), new, symbolic_first=images == "symlink")


def can_be_placed(source: Path, info: ImageInfo, images: ImageMode) -> bool:
    """False for a picture that is no file, that may not be copied, or that is to be turned and cannot be read."""
    if info.orientation != 1:
        try:
            read_picture(source)
        except DataFormatError:
            return False
    return source.is_file() and (images != "copy" or os.access(source, os.R_OK))


def _is_same_entry(source: Path, target: Path) -> bool:
    """True when both paths name one entry of one folder; two hard links of one file are two entries."""
    if target.is_symlink() or not (target.exists() and source.exists() and target.samefile(source)):
        return False
    return target.stat().st_nlink == 1 or target.resolve() == source.resolve()


def _link(source: Path, target: Path, *, symbolic_first: bool) -> None:
    """A link of the kind asked for, or what the disk and the system allow instead."""
    relative = os.path.relpath(source, target.parent.resolve())
    ways = [partial(os.link, source, target), partial(target.symlink_to, relative)]
    for way in reversed(ways) if symbolic_first else ways:
        with contextlib.suppress(OSError):
            way()
            return
    shutil.copyfile(source, target)


def _write_upright(source: Path, target: Path) -> None:
    """Write a picture as viewers show it, in its own kind of file and colours, without its orientation tag."""
    from PIL import ImageOps

    with opened(source) as picture:
        kind = "JPEG" if picture.format == "MPO" else picture.format
        best = {"quality": 95, "subsampling": "4:4:4"} if kind == "JPEG" else {}
        best |= {"lossless": True} if kind == "WEBP" else {}
        upright = ImageOps.exif_transpose(picture)
        upright.save(target, format=kind, exif=b"", icc_profile=picture.info.get("icc_profile"), **best)


def _compose_picture(dataset: Dataset, info: ImageInfo, target: Path, images: ImageMode) -> None:
    build = dataset.compose(dataset.root, info) if dataset.compose else None
    if build is None:
        raise DatasetLayoutError(dataset.root / info.path, "picture is missing; bring it or say --images none")
    if images in {"link", "symlink"}:
        raise DatasetLayoutError(
            dataset.root / info.path,
            "this picture is composed of several batches and cannot be linked; say --images copy",
        )
    from PIL import Image

    Image.fromarray(build()).save(target, format="PNG")


def picture_suffix(dataset: Dataset, info: ImageInfo) -> str:
    """Suffix that the picture of `info` has in a target: its own, `.png` when it is composed."""
    own = picture_suffix_of(info.path)
    return ".png" if dataset.compose is not None and not (dataset.root / info.path).is_file() else own


def has_picture(dataset: Dataset, info: ImageInfo) -> bool:
    """True when the picture of an image is there, damaged or not, or can be composed."""
    if (dataset.root / info.path).exists():
        return True
    return dataset.compose is not None and dataset.compose(dataset.root, info) is not None


def read_pixels(root: Path, info: ImageInfo, compose: Composer | None = None, *, least: int | None = None) -> Picture:
    """The pixels that the heads of an image belong to: of its file where there is one, else composed of several files.

    Every reader of pixels goes through here, so that all see the same picture. Pixels are as stored, or turned where
    reading has found that the labels are of the turned picture (`ImageInfo.orientation`).

    Args:
        root: of the data set.
        info: of the image.
        compose: of the data set.
        least: pixels that the longer side needs, where a smaller view of the picture is enough; None = all pixels.

    Raises:
        DataFormatError: the picture cannot be read.
    """
    path = root / info.path
    build = compose(root, info) if compose is not None and not path.is_file() else None
    if build is not None:
        return build()
    return turned(read_picture(path) if least is None else read_small(path, least), info.orientation)


def read_image(root: Path, info: ImageInfo, compose: Composer | None = None) -> Picture:
    """`read_pixels`, with the size checked; the array is writable, because torch demands that.

    Raises:
        DataFormatError: it cannot be read, or has another size than its heads are for.
    """
    picture = read_pixels(root, info, compose)
    size = picture.shape[1], picture.shape[0]
    if info.sized and size != info.size:
        raise other_size(root / info.path, size, info)
    return np.require(picture, requirements="W")


def other_size(path: Path, size: tuple[int, int], info: ImageInfo) -> DataFormatError:
    """The error for a picture that is not the one its heads are for."""
    problem = f"is {size[0]}x{size[1]}, but its heads are for {info.width}x{info.height}; use the original"
    return DataFormatError(path, problem)


def missing_pictures(dataset: Dataset, missing: Sequence[ImageInfo], *, of: int, todo: str) -> DatasetLayoutError:
    """The error for missing pictures; it names the first one as the label file names it.

    Args:
        dataset: of the pictures.
        missing: those that are not there.
        of: how many are needed.
        todo: what to do besides bringing them.
    """
    first = missing[0]
    told = f"({len(missing)} of {of} are); bring them, or {todo}"
    if dataset.source == dataset.root and not dataset.looked:
        return DatasetLayoutError(dataset.root / first.path, f"picture is missing {told}")
    named = first.facts.get(ORIGINAL_PATH, first.path)
    return DatasetLayoutError(dataset.source, f"picture {named!r} is missing {told}{_places(dataset)}")


def _places(dataset: Dataset) -> str:
    """The folders that were looked in, as the end of a message."""
    shown = [os.path.relpath(folder, dataset.root) for folder in dataset.looked]
    shown = [f"{name}/" if name != "." else "the folder itself" for name in shown]
    more = f" and {len(shown) - 6} more folders" if len(shown) > 6 else ""
    return f"; looked in {', '.join(shown[:6])}{more} of {dataset.root}" if shown else ""


def _filled(infos: Sequence[ImageInfo], fallback: tuple[int, int] | None) -> Iterator[ImageInfo]:
    sizes = {info.size for info in infos if info.sized}
    size = sizes.pop() if len(sizes) == 1 else None if sizes else fallback
    yield from (with_size(info, size) if size and not info.sized else info for info in infos)


def fill_scene(scene: Scene, root: Path) -> Scene:
    """`scene` with the sizes that are not known taken from the pictures' headers, else from its other pictures."""
    if all(info.sized for info in scene.images):
        return scene
    headed = [size_from_picture(info, root) for info in scene.images]
    return replace(scene, images=tuple(_filled(headed, None)))


def fill_sizes(images: Sequence[ImageAnnotations], fallback: tuple[int, int] | None = None) -> list[ImageAnnotations]:
    """The images of a scene; those of unknown size get that of the others, else `fallback`."""
    infos = _filled([image.info for image in images], fallback)
    return [image if image.info.sized else image.replace(info=info) for image, info in zip(images, infos, strict=True)]
