"""`ghtools-export.json` beside boxes made from anchors: what made them, so that an out-of-date export shows.

```
{"format": "ghtools-export", "version": 1, "rule", "options", "scenes": {scene: hash},
 "files": {scene: {path: hash, or the size of a picture}},
 "begun": {scene: {"hash", "before": {place: number or null}}}}
```

`files` are those of each scene, or of all scenes under "" where a file holds several. Files that are gone since are put
back, and those that were edited are told.

`begun` exists while a run writes, and stays after a kill. It tells the hash that each scene is to have, and the inode
numbers of the files and folders that lay in its places before. A scene whose places now have other inodes was finished.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from converters.datasets.export_files import lost_and_edited, not_below, numbers_below, remove_files, written_files
from gta_head_tools.errors import DatasetLayoutError
from gta_head_tools.records import Record, read_record, write_record
from gta_head_tools.whole_files import replacing_folder

NAME = "ghtools-export.json"
_TRIAL = ".ghtools-trial"
_WHOLE = ""
"""Stands for all scenes, where a file holds several."""


class _Begun(msgspec.Struct):
    """A scene that a run is writing, or was writing when it was killed."""

    hash: str
    before: dict[str, int | None]


class _Stored(Record):
    """The record as it is stored."""

    FORMAT = "ghtools-export"
    WHAT = "record of an export"
    REMEDY = "remove it and use --force"

    rule: str
    options: dict[str, Any]
    scenes: dict[str, str]
    files: dict[str, dict[str, str]] = msgspec.field(default_factory=dict)
    begun: dict[str, _Begun] = msgspec.field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MadeOf:
    """What the boxes of a folder were made of.

    Attributes:
        settings: of the run that made them.
        digests: scene name to the hash of its drawings, heads and settings of sizes (`digest_of`).
    """

    settings: Mapping[str, Any]
    digests: Mapping[str, str]


def read_made_of(path: Path) -> MadeOf:
    """What a record says of the boxes beside it.

    Raises:
        DataFormatError: it cannot be used.
    """
    stored = read_record(path, _Stored)
    digests = {scene: of.rpartition("-")[0] for scene, of in stored.scenes.items()}
    return MadeOf({"rule": stored.rule} | stored.options, digests)


@dataclass
class ExportRecord:
    """Which boxes were made of what.

    Attributes:
        out: folder of the boxes.
        settings: of the run.
        wanted: scene name to the hash its boxes are to have.
        places: scene name to the folders it makes in `out`, and the files that hold its heads.
        whole: True for a format whose files hold several scenes and are written all at once.
        done: scene name to the hash its boxes have.
        files: see above.
        begun: what is being written now.
        interrupted: True when an earlier run was killed.
        lost: files that are gone since they were written, as `to_do` finds them; they are put back.
        edited: files that were edited since; they stay as they are.
        moved: scene name to its files that lie in other places than it is written to now.
        others: names of scenes whose boxes are in `out` and that are not among those of this run.
    """

    out: Path
    settings: Mapping[str, Any]
    wanted: dict[str, str]
    places: Mapping[str, Sequence[Path]]
    whole: bool
    done: dict[str, str] = field(default_factory=dict)
    files: dict[str, dict[str, str]] = field(default_factory=dict)
    begun: dict[str, _Begun] = field(default_factory=dict)
    interrupted: bool = False
    lost: list[str] = field(default_factory=list)
    edited: list[str] = field(default_factory=list)
    moved: dict[str, list[str]] = field(default_factory=dict)
    others: list[str] = field(default_factory=list)
    _accepted: bool = False

    @classmethod
    def read(
        cls,
        out: Path,
        settings: Mapping[str, Any],
        digests: Mapping[str, str],
        places: Mapping[str, Sequence[Path]],
        *,
        whole: bool,
    ) -> ExportRecord:
        """The record in `out`, compared with what `out` is to hold.

        Args:
            out: folder of the boxes.
            settings: of the run.
            digests: scene name to the hash of its drawings and heads.
            places: see above.
            whole: see above.

        Raises:
            DataFormatError: the record in `out` cannot be used.
        """
        own = hashlib.blake2b(json.dumps(settings, sort_keys=True).encode(), digest_size=4).hexdigest()
        record = cls(out, settings, {name: f"{digest}-{own}" for name, digest in digests.items()}, places, whole)
        path = out / NAME
        if path.is_file():
            stored = read_record(path, _Stored)
            record.done, record.begun, record.interrupted = stored.scenes, stored.begun, bool(stored.begun)
            record.files = stored.files
            record._settle()
            record._look_at_places()
        return record

    def _look_at_places(self) -> None:
        """Fill `moved` and `others`; a scene moves when it gets a split, or another one."""
        if self.whole:
            return
        moved = {name: not_below(self.files.get(name, {}), self.places[name], self.out) for name in self.wanted}
        self.moved = {name: files for name, files in moved.items() if files}
        gone = [name for name in self.done if name not in self.wanted]
        self.others = [name for name in gone if any((self.out / file).is_file() for file in self.files.get(name, {}))]

    def accept_the_same(self, write: Callable[[Sequence[str], Path], None]) -> None:
        """Take scenes that are made of something else for up to date where the same files would be written again.

        That is so after a change of what the target does not hold (numbers of annotations, say), or of an order.

        Args:
            write: writes the scenes of these names to a folder.
        """
        stale = [name for name, hash_of in self.wanted.items() if name in self.done and self.done[name] != hash_of]
        groups = {_WHOLE: stale} if self.whole else {name: [name] for name in stale if name not in self.moved}
        groups = {group: names for group, names in groups.items() if names and self.files.get(group)}
        if not groups or (self.whole and self.done.keys() != self.wanted.keys()):
            return
        with replacing_folder(self.out / _TRIAL) as folder:
            write(list(self.wanted) if self.whole else list(groups), folder)
            for group, names in groups.items():
                places = [folder] if self.whole else [folder / p.relative_to(self.out) for p in self.places[group]]
                if written_files(places, folder) == self.files[group]:
                    self.done |= {name: self.wanted[name] for name in names}
                    self._accepted = True
        shutil.rmtree(self.out / _TRIAL)

    def to_do(self, *, force: bool) -> list[str]:
        """Names of the scenes to write: all with `force`, else those that are out of date.

        Raises:
            DatasetLayoutError: boxes made of something else are in the way, or were edited and lack files.
        """
        if not self.out.is_dir():
            self.done = {}
        if force or not self.out.is_dir():
            return list(self.wanted)
        if self.moved:
            name, files = next(iter(self.moved.items()))
            now = self.places[name][0].relative_to(self.out)
            problem = f"scene {name!r} lies there, and would now be written to {now}; --force moves it, and writes all"
            raise DatasetLayoutError(self.out / files[0], f"{problem} again")
        stale = [name for name, digest in self.wanted.items() if self.done.get(name) != digest]
        lacking = {name for name in self.wanted if not all(place.exists() for place in self.places[name])}
        lacking |= self._look_at_files(but=lacking.union(stale))
        if self.whole:
            # A file holds several scenes: all are written again as soon as one of them changed.
            gone = [name for name in self.done if name not in self.wanted]
            todo = list(self.wanted) if stale or gone or lacking else []
            taken = [self.out] if (stale or gone) and any(self.out.iterdir()) else []
        else:
            rewritten = lacking.union(stale)
            gone, todo = [], [name for name in self.wanted if name in rewritten]
            stale = [name for name in stale if any(place.exists() for place in self.places[name])]
            taken = [self.places[name][0] for name in stale]
        if taken:
            raise DatasetLayoutError(taken[0], f"{self._differs(stale, gone)}; --force writes all again")
        return todo

    def _look_at_files(self, *, but: Collection[str]) -> set[str]:
        """Names of scenes that lack files; fills `lost` and `edited`.

        Raises:
            DatasetLayoutError: a scene lacks files, and writing them would lose edits.
        """
        lacking: set[str] = set()
        groups = {_WHOLE: list(self.wanted)} if self.whole else {name: [name] for name in self.wanted}
        for group, scenes in groups.items():
            if group not in self.files or set(but).intersection(scenes):
                continue
            lost, edited = lost_and_edited(self.files[group], self.out)
            if lost and edited:
                problem = f"was edited since it was written, and {lost[0]} is missing; --force writes all again"
                raise DatasetLayoutError(self.out / edited[0], problem)
            lacking.update(scenes if lost else ())
            self.lost += lost
            self.edited += edited
        return lacking

    def _differs(self, stale: Sequence[str], gone: Sequence[str]) -> str:
        """How what is there differs from what is wanted."""
        if not self.done:
            return "is there already, and nothing says what it was made of"
        reasons = {
            "made of other heads, anchors or options": [name for name in stale if name in self.done],
            "new": [name for name in stale if name not in self.done],
            "gone from the source": gone,
        }
        counts = (f"{len(names)} scenes are {what} (first {names[0]})" for what, names in reasons.items() if names)
        return f"holds other boxes: {', '.join(counts)}"

    @contextmanager
    def writing(self, names: Sequence[str]) -> Iterator[None]:
        """Context for writing these scenes; the record lists the finished ones, also after an error or a kill."""
        self.begun = {name: _Begun(self.wanted[name], self._lie(self.places[name])) for name in names}
        # A format that is written whole replaces an empty folder; a record in that folder would be in its way.
        if names and not (self.whole and not (self.out.is_dir() and any(self.out.iterdir()))):
            self._save()
        kept = self._files_of_user(names)
        try:
            yield
            self._done({name: begun.hash for name, begun in self.begun.items()})
            self.begun = {}
            remove_files((file for name in names for file in self.moved.get(name, ())), self.out)
        finally:
            self._settle()
            self._note_files(names, kept)
            if names or self.interrupted or self._accepted:
                self._finish()

    def _settle(self) -> None:
        """Count the scenes that were begun as done where their files or folders are new."""
        places = {name: {path: self.out / path for path in begun.before} for name, begun in self.begun.items()}
        now = {name: {path: _number(place) for path, place in of.items()} for name, of in places.items()}
        self._done(
            {
                name: begun.hash
                for name, begun in self.begun.items()
                if all(now[name][path] not in {None, before} for path, before in begun.before.items())
            }
        )
        self.begun = {}

    def _done(self, hashes: Mapping[str, str]) -> None:
        # A file of several scenes is written as a whole: it now holds the scenes of this run, and no others.
        self.done = {**({} if self.whole and hashes else self.done), **hashes}

    def _files_of_user(self, names: Sequence[str]) -> dict[str, int]:
        """The files that lie where these scenes will be written, and that no earlier run wrote."""
        if self.done and not self.files:
            return {}  # An earlier version did not note its files.
        ours = {file for files in self.files.values() for file in files}
        places = [self.out] if self.whole else [place for name in names for place in self.places[name]]
        return {file: number for file, number in numbers_below(places, self.out).items() if file not in ours}

    def _note_files(self, names: Sequence[str], kept: Mapping[str, int]) -> None:
        """Keep the files of the scenes that were written, and of finished ones whose files are not known."""
        if self.whole:
            known = self.files if not names else {}
            self.files = (
                {_WHOLE: known.get(_WHOLE) or written_files([self.out], self.out, but=kept)} if self.done else {}
            )
            return
        known = {name: files for name, files in self.files.items() if name in self.done and name not in names}
        new = [name for name in self.done if name in self.places and name not in known]
        self.files = known | {name: written_files(self.places[name], self.out, but=kept) for name in new}

    def _lie(self, places: Sequence[Path]) -> dict[str, int | None]:
        return {place.relative_to(self.out).as_posix(): _number(place) for place in places}

    def _finish(self) -> None:
        """Write the record; where nothing was written, remove the record and the empty folder."""
        if self.done and self.out.is_dir():
            self._save()
        elif self.out.is_dir():
            (self.out / NAME).unlink(missing_ok=True)
            if not any(self.out.iterdir()):
                self.out.rmdir()

    def _save(self) -> None:
        options = {key: value for key, value in self.settings.items() if key != "rule"}
        scenes = dict(sorted(self.done.items()))
        files = dict(sorted(self.files.items()))
        stored = _Stored(rule=self.settings["rule"], options=options, scenes=scenes, files=files, begun=self.begun)
        write_record(self.out / NAME, stored)


def _number(place: Path) -> int | None:
    """Inode number of a file or folder, None = it does not exist. A file that replaces another has another number."""
    return place.stat().st_ino if place.exists() else None
