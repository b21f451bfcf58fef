"""What `data.yaml` or `obj.data` names, found on this machine: folders of pictures, and texts that list pictures."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from converters.files.labels.scene_names import SPLITS
from converters.files.pictures.pictures import pictures_by_stem
from converters.formats.yolo.yolo_config import NO_SPLIT, Config, names_of_lines, read_config
from converters.formats.yolo.yolo_layout import (
    LABELS,
    NAMES,
    PICTURES,
    Joined,
    Labelled,
    looks_like_rows,
    picture_folders,
    split_of,
)
from gta_head_tools.dataset import LabelDefect
from gta_head_tools.errors import DataFormatError, DatasetLayoutError
from gta_head_tools.files import composed, picture_suffix_of, read_unpacked


@dataclass(frozen=True, slots=True)
class Layout:
    """What a data set consists of.

    Attributes:
        root: folder that the pictures lie in.
        pictures: with their label files.
        config: class names and keypoints.
        notes: what is worth telling.
        defects: what checks tell.
    """

    root: Path
    pictures: Sequence[Labelled]
    config: Config
    notes: tuple[str, ...] = ()
    defects: tuple[LabelDefect, ...] = ()


def find_layout(path: Path) -> Layout:
    """The layout of a folder, or of a `data.yaml` or `obj.data`.

    Raises:
        DataFormatError: the configuration is not what it claims to be.
        DatasetLayoutError: folders that it names are missing, or there is no label file.
    """
    config = read_config(path)
    home = path if path.is_dir() else path.parent
    joined, places = Joined(home), Places(home, config)
    found: dict[tuple[Path, str], Labelled] = {}
    twice = 0
    for each in places.labelled(joined):
        twice += found.setdefault((each.folder, each.picture), each) is not each
    if not found:
        found |= {(each.folder, each.picture): each for each in _discovered(joined)}
    named = not config.splits or any(places.existing(entry) for part in config.splits.values() for entry in part)
    if not named and (found or not joined.without_picture()[0]):
        entry = next(entry for entries in config.splits.values() for entry in entries)
        raise DatasetLayoutError(config.file or path, f"{entry!r} is not there, or empty; correct the path")
    bare, other = joined.without_picture()
    pictures = [*found.values(), *bare]
    if not any(each.label for each in pictures):
        raise DatasetLayoutError(path, "no label file found, expected labels/NAME.txt for images/NAME.jpg; check it")
    if twice:
        places.notes.append(f"{twice} pictures are of two splits; the first of train, val and test counts")
    if other:
        places.notes.append(f"passed over {len(other)} texts that hold no boxes of a picture (first: {other[0]})")
    unlabelled = [each.folder / each.picture for each in pictures if each.label is None and each.there]
    folders = {each.folder for each in pictures}
    inside = all(folder.is_relative_to(home) for folder in folders)
    root = home if inside else Path(os.path.commonpath([folder.absolute() for folder in folders]))
    orphans = [home / name for name in other if (home / name).is_file() and looks_like_rows(home / name)]
    defects = _defects(twice, unlabelled, orphans, len(pictures))
    return Layout(root, pictures, places.named(), tuple(places.notes), tuple(defects))


def _defects(twice: int, unlabelled: Sequence[Path], orphans: Sequence[Path], images: int) -> Iterator[LabelDefect]:
    if twice:
        told = "pictures are listed in two splits, so that scores of the one are learned from the other"
        yield LabelDefect(check="picture-in-two-splits", file="", value=f"{twice} of {images}", message=told)
    if unlabelled:
        told = f"{len(unlabelled)} of {images} pictures have no label file and count as pictures without heads"
        yield LabelDefect(check="picture-taken-empty", file=unlabelled[0], value=str(len(unlabelled)), message=told)
    if orphans:
        told = "label files are of no picture and are passed over; this is the first"
        yield LabelDefect(check="orphan-label", file=orphans[0], value=str(len(orphans)), message=told)


def _discovered(joined: Joined) -> Iterator[Labelled]:
    for folder in picture_folders(joined.home):
        for each in joined.below(folder, None):
            split = split_of(each.folder.relative_to(joined.home).parts)
            yield Labelled(each.folder, each.picture, each.label, split)


def find_lone(path: Path) -> Layout:
    """The layout of one label file, whose picture lies in `images` where it lies in `labels`, else beside it."""
    folder, stem = path.parent, composed(path.name.removesuffix(".gz").removesuffix(".txt"))
    parts = folder.absolute().parts
    place = next((place for place in range(len(parts) - 1, -1, -1) if parts[place] == LABELS), None)
    apart = [Path(*parts[:place], name, *parts[place + 1 :]) for name in PICTURES] if place else []
    places = [folder, *apart, *([Path(*parts[:place])] if place else []), folder / PICTURES[0]]
    home = next((each for each in places if stem in pictures_by_stem(each)), folder)
    there = pictures_by_stem(home)
    picture = Labelled(home, there.get(stem, f"{stem}.jpg"), str(path), None, stem in there)
    above = [folder, *(Path(*parts[:count]) for count in range(len(parts) - 1, (place or len(parts)) - 1, -1))]
    configs = (Places(each, read_config(each)).named() for each in above)
    return Layout(home, [picture], next((config for config in configs if config.names), Config()))


@dataclass(frozen=True, slots=True)
class Places:
    """Finds what a configuration names.

    Attributes:
        home: folder of the configuration.
        config: the configuration.
        notes: what is worth telling.
    """

    home: Path
    config: Config
    notes: list[str] = field(default_factory=list)

    def labelled(self, joined: Joined) -> Iterator[Labelled]:
        """The pictures of all splits, the first of train, val and test first."""
        splits: dict[Path, list[str | None]] = {}
        for split in sorted(self.config.splits, key=lambda split: (*SPLITS, split).index(split)):
            for entry in self.config.splits[split]:
                place = self.existing(entry)
                if place is None:
                    self.notes.append(f"{split or NO_SPLIT}: {entry!r} is not there and is passed over")
                elif split not in splits.setdefault(place, []):
                    splits[place].append(split)
        for place, named in splits.items():
            # Where several splits name one folder, its path tells which one it is, if it is one at all.
            own = place.name if place.name in named else split_of(place.parts[-2:])
            split = named[0] if len(named) == 1 else own
            if place.is_dir():
                yield from joined.below(place, split)
            else:
                yield from self._of_list(place, split, joined)

    def named(self) -> Config:
        """The configuration with the names of the classes, which may stand in a text of their own.

        Raises:
            DataFormatError: the text is not UTF-8.
        """
        if self.config.names:
            return self.config
        told = self.existing(self.config.names_file) if self.config.names_file else None
        folders = (self.home, self.home / LABELS, *(each for each in picture_folders(self.home)))
        files = [told, *(folder / name for folder in folders for name in NAMES)]
        there = (file for file in files if file is not None and file.is_file())
        file = next((file for file in there if file == told or looks_like_rows(file) is False), None)
        lines = read_unpacked(file).decode().splitlines() if file else []
        return replace(self.config, names=names_of_lines(lines))

    def existing(self, entry: str) -> Path | None:
        """The file or folder that an entry means: as it stands, else below our folder by its last parts."""
        entry = _posix(entry)
        parts = [part for part in PurePosixPath(entry).parts if part not in {"..", "/"} and not part.endswith(":")]
        # The last part alone says nothing where it is the same for all splits.
        ends = (parts[start:] for start in range(len(parts)) if start < len(parts) - 1 or parts[start] not in PICTURES)
        tries = [self.home / _posix(self.config.path) / entry, self.home / entry]
        tries += [self.home.joinpath(*end) for end in (ends if len(parts) > 1 else [parts])]
        # `Path.exists` fails on names that are longer than any file's.
        found = next((place for place in tries if os.path.exists(place)), None)  # noqa: PTH110
        if found is None:
            return None
        plain = Path(os.path.normpath(found))
        within = plain.absolute().is_relative_to(self.home.absolute())
        return self.home / plain.absolute().relative_to(self.home.absolute()) if within else plain.absolute()

    def _of_list(self, file: Path, split: str | None, joined: Joined) -> Iterator[Labelled]:
        """The pictures of a text with one path a line.

        Raises:
            DataFormatError: a line is no path of a picture.
        """
        folders: dict[str, dict[str, str]] = {}
        lines: dict[str, int] = {}
        for line, text in enumerate(read_unpacked(file).decode().splitlines(), start=1):
            path = PurePosixPath(_posix(text))
            suffix = picture_suffix_of(path.name)
            if not suffix and text.strip():
                raise DataFormatError(file, f"{text.strip()[:60]!r} is no path of a picture; correct it", line=line)
            if suffix:
                folders.setdefault(str(path.parent), {})[composed(path.name.removesuffix(suffix))] = path.name
                lines.setdefault(str(path.parent), line)
        missing = 0
        for folder, stems in folders.items():
            likely = [self.home / name for name in PICTURES if folder == "." or folder.endswith(f"/{name}")]
            places = [place for place in (file.parent / folder, self.existing(folder), *likely) if place is not None]
            holding = (place for place in places if pictures_by_stem(place).keys() & stems.keys())
            place = next(holding, None)
            if place is None:
                first = next(iter(stems.values()))
                problem = f"picture {f'{folder}/{first}'!r} is not there; bring it, or correct the path"
                raise DataFormatError(file, problem, line=lines[folder])
            for each in joined.listed(place, stems, split):
                missing += not each.there
                yield each
        if missing:
            self.notes.append(f"{file.name}: {missing} pictures are listed that are not there")


def _posix(path: str) -> str:
    """A path with slashes; two of them at its start would be something else than one."""
    path = path.strip().replace("\\", "/")
    return f"/{path.lstrip('/')}" if path.startswith("//") else path
