"""Where density maps and their pictures lie. The format: `converters.formats.density`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from converters.files.picture_paths import named
from converters.files.pictures import size_from_picture
from converters.files.scene_names import SPLITS
from converters.formats.density_files import SUFFIXES
from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.dataset import Scene
from gta_head_tools.errors import DatasetLayoutError
from gta_head_tools.files import PICTURE_SUFFIXES, find_pictures, listed, natural_key

DENSITY_MAP = "density_map"
"""Fact of an image: its map, relative to the root."""

_FOLDERS = ("density", "den", "ground_truth")
_PICTURES = ("images", "img")


@dataclass(frozen=True, slots=True)
class MapImages:
    """The images of a folder's maps.

    Attributes:
        infos: in natural order of their names, which are paths that the pictures would have.
        pictures: map to its picture, relative to the root.
        notes: what is worth telling.
    """

    infos: list[ImageInfo]
    pictures: Mapping[str, str]
    notes: tuple[str, ...]


def without_map(image: ImageAnnotations) -> ImageAnnotations:
    """`image` without the fact that names its map, so that its heads count and not the map."""
    facts = {key: value for key, value in image.info.facts.items() if key != DENSITY_MAP}
    return image.replace(info=replace(image.info, facts=facts))


def looks_like_maps(path: Path) -> bool:
    """True for maps in `density` or `den`, also by split, and for `.h5` files in the folder itself."""
    # CSRNet puts its maps among the points of ShanghaiTech, from which they are made: those say what it is.
    named_so = any(folder.name in _FOLDERS[:2] for _, folder in _map_folders(path))
    return named_so or any(map(_is_map, listed(path, "*.h5")))


def map_images(path: Path) -> MapImages:
    """The images of all maps in a folder.

    Raises:
        DatasetLayoutError: there are none, or two of one picture.
    """
    infos: list[tuple[str, ImageInfo]] = []
    pictures: dict[str, str] = {}
    suffixes = cache(_suffixes)
    there = 0
    for split, folder in _map_folders(path) or [(None, path)]:
        homes = [folder] if folder == path else [folder.parent / name for name in _PICTURES]
        there += sum(len(find_pictures(home, recursive=home != path)) for home in homes if home.is_dir())
        for file in listed(path, "*") if folder == path else _maps(folder):
            if not _is_map(file):
                continue
            name = file.relative_to(folder).with_suffix("").as_posix()
            picture = _picture(homes, name, suffixes)
            first = name.partition("/")[0]
            of = split or (first if first in SPLITS and "/" in name else None)
            facts = {DENSITY_MAP: file.relative_to(path).as_posix()}
            pictures[facts[DENSITY_MAP]] = picture.relative_to(path).as_posix()
            bare = name.removeprefix(f"{of}/") + picture.suffix
            infos.append((f"{of}/{bare}" if of else bare, ImageInfo(bare, split=of, facts=facts)))
    if not infos:
        raise DatasetLayoutError(
            path, "no density maps found, expected density/NAME.h5, .npy or .csv; check the folder"
        )
    _check_single(path, [(name, info.facts[DENSITY_MAP]) for name, info in infos])
    if len({info.path for _, info in infos}) < len(infos):  # ShanghaiTech counts from 1 in every split.
        infos = [(name, replace(info, path=name, name=info.name)) for name, info in infos]
    infos.sort(key=lambda entry: natural_key(entry[0]))
    alone = there - sum((path / picture).is_file() for picture in pictures.values())
    notes = (f"{alone} pictures have no density map and are left out",) if alone > 0 else ()
    return MapImages([info for _, info in infos], pictures, notes)


def placed_maps(scenes: tuple[Scene, ...], found: MapImages, root: Path) -> tuple[Scene, ...]:
    """The scenes, in natural order, with the paths and sizes of their pictures."""
    ordered = sorted(scenes, key=lambda scene: natural_key(scene.name))
    return tuple(
        replace(
            scene,
            images=tuple(
                size_from_picture(named(info, found.pictures[info.facts[DENSITY_MAP]]), root) for info in scene.images
            ),
        )
        for scene in ordered
    )


def _map_folders(path: Path) -> list[tuple[str | None, Path]]:
    """Split and folder of maps: those of the data set itself, else those of its splits."""
    whole = next((path / name for name in _FOLDERS if any(_maps(path / name))), None)
    if whole is not None:
        return [(None, whole)]
    places = ((split, path / f"{split}{end}" / name) for split in SPLITS for end in ("", "_data") for name in _FOLDERS)
    return [(split, folder) for split, folder in places if any(_maps(folder))]


def _maps(folder: Path) -> Iterator[Path]:
    for entry in listed(folder, "*"):
        if entry.is_dir():
            yield from _maps(entry)
        elif _is_map(entry):
            yield entry


def _is_map(file: Path) -> bool:
    return file.suffix.lower() in SUFFIXES and not file.name.startswith(".")


def _picture(folders: list[Path], name: str, suffixes: Callable[[Path], dict[str, str]]) -> Path:
    """The picture of that name in one of these folders; where there is none, where it would be."""
    for folder in folders:
        place = folder / name
        suffix = suffixes(place.parent).get(place.name)
        if suffix is not None:
            return place.with_name(place.name + suffix)
    return folders[0] / f"{name}.jpg"


def _suffixes(folder: Path) -> dict[str, str]:
    """Stem of each picture in a folder to its suffix."""
    there = (entry for entry in listed(folder, "*") if entry.suffix.lower() in PICTURE_SUFFIXES)
    return {entry.stem: entry.suffix for entry in there}


def _check_single(path: Path, maps: list[tuple[str, str]]) -> None:
    seen: dict[str, str] = {}
    for name, file in maps:
        other = seen.setdefault(Path(name).with_suffix("").as_posix(), file)
        if other != file:
            raise DatasetLayoutError(path / file, f"is a second map of {name}, beside {other}; remove one of them")
