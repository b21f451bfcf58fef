"""`ghtools-export.json` beside boxes made from anchors: what made them, so that an out-of-date export shows."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

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
        places: scene name to the folders it makes in `out`, and the files that hold its heads.
        whole: True for a format whose files hold several scenes and are written all at once.
        done: scene name to the hash its boxes have.
        saved: time of the last save.
        before: scene name to what lay in its places when the run began.
    """

    out: Path
    settings: Mapping[str, Any]
    wanted: dict[str, str]
    places: Mapping[str, Sequence[Path]]
    whole: bool
    done: dict[str, str]
    saved: float = 0.0
    before: dict[str, list[int | None]] = field(default_factory=dict)

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
        """What `out` holds, against what it is to hold.

        Args:
            out: folder of the boxes.
            settings: of the run.
            digests: scene name to the hash of its drawings and heads.
            places: see above.
            whole: see above.

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
        wanted = {name: f"{digest}-{own}" for name, digest in digests.items()}
        record = cls(out, settings, wanted, places, whole, done)
        record.before = {name: record._lie(name) for name in wanted}
        return record

    def to_do(self, *, force: bool) -> list[str]:
        """Scenes that are not up to date.

        Raises:
            DatasetLayoutError: boxes made of something else are in the way.
        """
        if not self.out.is_dir():
            self.done = {}
            return list(self.wanted)
        stale = [name for name, digest in self.wanted.items() if self.done.get(name) != digest]
        gone = {name for name, lie in self.before.items() if None in lie}
        if self.whole:
            # A file holds several scenes: all are written again as soon as one of them changed.
            changed = bool(stale) or set(self.done) != set(self.wanted)
            todo = list(self.wanted) if changed or gone else []
            in_way = [self.out] if changed and any(self.out.iterdir()) else []
        else:
            todo = [name for name in self.wanted if name in stale or name in gone]
            in_way = [place for name in stale for place in self.places[name] if place.exists()]
        if in_way and not force:
            raise DatasetLayoutError(
                in_way[0],
                f"holds boxes made of other anchors or options ({len(in_way)} in the way); --force writes them again",
            )
        return todo

    def _lie(self, name: str) -> list[int | None]:
        """What lies in the places of a scene: what was put in place is another file or folder than before."""
        return [place.stat().st_ino if place.exists() else None for place in self.places[name]]

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
        # After an interruption, what a worker put in place before it could tell counts too.
        for name, before in self.before.items():
            now = self._lie(name)
            if now and None not in now and not set(now) & set(before):
                self.done[name] = self.wanted[name]
        if self.out.is_dir():
            self.save()
