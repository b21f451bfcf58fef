"""`ghtools-export.json` beside boxes made from anchors: what made them, so that an out-of-date export shows."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from converters.base import Format, folder_name
from gta_head_tools.errors import DataFormatError, DatasetLayoutError
from gta_head_tools.files import write_text

NAME = "ghtools-export.json"
FORMAT = "ghtools-export"
VERSION = 1


@dataclass
class ExportRecord:
    """Which boxes were made of what. Saved as scenes are put in place, at most once a second, and at the end.

    Attributes:
        out: folder of the boxes.
        settings: of the run.
        wanted: scene name to the hash its boxes are to have.
        done: scene name to the hash its boxes have.
        saved: time of the last save.
    """

    out: Path
    settings: Mapping[str, Any]
    wanted: dict[str, str]
    done: dict[str, str]
    saved: float = 0.0

    @classmethod
    def read(cls, out: Path, settings: Mapping[str, Any], digests: Mapping[str, str]) -> ExportRecord:
        """What `out` holds, against what it is to hold.

        Args:
            out: folder of the boxes.
            settings: of the run.
            digests: scene name to the hash of its drawings and heads.

        Raises:
            DataFormatError: the record in `out` cannot be used.
        """
        path = out / NAME
        done: dict[str, str] = {}
        if path.is_file():
            try:
                done = dict(json.loads(path.read_text(encoding="utf-8"))["scenes"])
            except (OSError, ValueError, KeyError, TypeError) as error:
                raise DataFormatError(
                    path, f"is no record of an export ({error}); remove it and use --force"
                ) from error
        own = hashlib.blake2b(json.dumps(settings, sort_keys=True).encode(), digest_size=4).hexdigest()
        return cls(out, settings, {name: f"{digest}-{own}" for name, digest in digests.items()}, done)

    def to_do(self, target: Format, *, force: bool) -> list[str]:
        """Scenes that are not up to date.

        Raises:
            DatasetLayoutError: boxes made of something else are in the way.
        """
        if not self.out.exists():
            self.done = {}
            return list(self.wanted)
        stale = [name for name, digest in self.wanted.items() if self.done.get(name) != digest]
        gone = [name for name in self.wanted if name not in stale and not self._is_there(target, name)]
        if not target.SCENES_APART:
            # One file holds all scenes: it is written again as soon as one of them changed.
            todo = list(self.wanted) if stale or gone or set(self.done) != set(self.wanted) else []
            in_way = [self.out] if todo and any(self.out.iterdir()) else []
        else:
            todo = [name for name in self.wanted if name in stale or name in gone]
            in_way = [folder for name in stale for folder in self._folders(name)]
        if in_way and not force:
            raise DatasetLayoutError(
                in_way[0],
                f"holds boxes made of other anchors or options ({len(in_way)} in the way); --force writes them again",
            )
        return todo

    def _is_there(self, target: Format, name: str) -> bool:
        return not target.SCENES_APART or any(self._folders(name))

    def _folders(self, name: str) -> Iterator[Path]:
        """Where the scene lies: in the folder itself, or in the folder of its split."""
        folder = folder_name(name, path=self.out)
        for place in (self.out, *(self.out / split for split in ("train", "val", "test"))):
            if (place / folder).is_dir():
                yield place / folder

    def add(self, name: str) -> None:
        """Note that a scene is in place."""
        self.done[name] = self.wanted[name]
        if time.monotonic() > self.saved + 1:
            self.save()

    def save(self) -> None:
        """Write the record."""
        content = {
            "format": FORMAT,
            "version": VERSION,
            "rule": self.settings["rule"],
            "options": {key: value for key, value in self.settings.items() if key != "rule"},
            "scenes": dict(sorted(self.done.items())),
        }
        write_text(self.out / NAME, json.dumps(content, indent=1) + "\n")
        self.saved = time.monotonic()

    def __enter__(self) -> ExportRecord:
        return self

    def __exit__(self, *_: object) -> None:
        if self.out.is_dir():
            self.save()
