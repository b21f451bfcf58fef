"""Which image of one data set is which image of another: by path, by name, by number, or by frame."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from converters.files.pictures.joined_names import bare, number_of, unique
from converters.files.pictures.pictures import ORIGINAL_PATH
from gta_head_tools.annotations import ImageInfo
from gta_head_tools.dataset import Dataset
from gta_head_tools.files import last_part_of


def find_partners(found: Sequence[ImageInfo], there: Sequence[ImageInfo]) -> dict[str, str]:
    """Path of a true image to that of the predicted image it belongs to.

    By path, else by path without the suffix of a picture, by scene and frame, by name, by number, or by frame alone,
    each where it is unique on both sides.
    """
    partners: dict[str, str] = {}
    taken: set[str] = set()
    common = {info.scene for info in found} & {info.scene for info in there}
    for key in (original_path, _bare_original_path, _path, _bare_path, _scene_and_frame, _name, _number, _frame):
        by_key = unique(found, key)
        for name, info in unique(there, key).items():
            other = by_key.get(name)
            if other is None or info.path in partners or other.path in taken:
                continue
            if key in {_path, _bare_path, _scene_and_frame, _frame} and _known_to_differ(info, other):
                continue
            # Pictures of one name in two scenes, such as 000001.jpg of two videos, are two pictures.
            if key in {_name, _number, _frame} and info.scene != other.scene and {info.scene, other.scene} & common:
                continue
            partners[info.path] = other.path
            taken.add(other.path)
    return partners


def told_across_scenes(
    found: Sequence[ImageInfo], there: Sequence[ImageInfo], partners: Mapping[str, str]
) -> Iterator[str]:
    """A note where images of scenes of other names were joined by a name or number alone: are they the same video?"""
    counts = [Counter(info.scene for info in side) for side in (found, there)]
    by_path = {info.path: info for info in found}
    pairs = [(by_path[partners[info.path]], info) for info in there if info.path in partners]
    across = [
        (own, other)
        for own, other in pairs
        if own.scene and other.scene and last_part_of(own.scene) != last_part_of(other.scene)
        if counts[0][own.scene] > 1 and counts[1][other.scene] > 1 and _bare_path(own) != _bare_path(other)
    ]
    if across:
        own, other = across[0]
        what = f"{len(across)} of {len(there)} images are joined across scenes of other names"
        first = f"{own.path} of {own.scene!r} with {other.path} of {other.scene!r}"
        yield f"{what}, the first: {first}; if these are other pictures, the scores say nothing"


def original_path(info: ImageInfo) -> str:
    """The path that an image had before its data set renumbered it, else its path."""
    path: str = info.facts.get(ORIGINAL_PATH, info.path)
    return path


def _bare_original_path(info: ImageInfo) -> str:
    return bare(original_path(info))


def _path(info: ImageInfo) -> str:
    return info.path


def _bare_path(info: ImageInfo) -> str:
    return bare(info.path)


def _name(info: ImageInfo) -> str:
    return info.name


def _number(info: ImageInfo) -> int | None:
    return number_of(info.name)


def _scene_and_frame(info: ImageInfo) -> tuple[str, int] | None:
    return None if info.frame is None else (info.scene, info.frame)


def _frame(info: ImageInfo) -> int | None:
    return info.frame


def without_heads(predicted: Dataset, true: Dataset, partners: Mapping[str, str]) -> set[str]:
    """Paths of the true images in which predictions that list heads alone (`Scene.heads_only`) found none.

    Args:
        predicted: data set.
        true: data set.
        partners: path of a true image to that of the predicted image it belongs to.
    """
    listing = {info.path for scene in predicted.scenes if scene.heads_only for info in scene.images}
    shared = [s for s in true.scenes if any(partners.get(info.path) in listing for info in s.images)] if listing else []
    return {info.path for scene in shared for info in scene.images if info.path not in partners}


def _known_to_differ(one: ImageInfo, other: ImageInfo) -> bool:
    """True for two images with one number whose original names are known and differ."""
    known = ORIGINAL_PATH in one.facts and ORIGINAL_PATH in other.facts
    return known and one.name != other.name
