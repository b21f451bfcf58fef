"""What the window remembers after it is closed, in the user's `<configuration folder>/ghtools/annotator.ini`.

No other module knows the names of the keys in that file.
"""

from __future__ import annotations

import json
import math
import os
import sys
from pathlib import Path
from typing import Any

import msgspec
from PySide6.QtCore import QByteArray, QSettings

from annotator_gui.model.data_source import Reading
from annotator_gui.model.export import ExportChoice, box_formats
from annotator_gui.theme import Scheme
from converters.files.pictures.pictures import ImageMode

RECENT = 12
"""Number of opened data sets that are remembered."""


class Place(msgspec.Struct, frozen=True):
    """Where the user was in a data set.

    Attributes:
        scene: name of the scene that was open; "" = the list of scenes.
        image: short name of the frame.
        view: left, top, right and bottom of the view, in pixels of the anchor file; None = the whole picture.
    """

    scene: str = ""
    image: str = ""
    view: tuple[float, float, float, float] | None = None


def config_folder() -> Path:
    """The user's folder for settings of ghtools, where the system keeps such folders; it need not be there."""
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA") or Path.home() / "AppData" / "Roaming") / "ghtools"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Preferences" / "ghtools"
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "ghtools"


class Settings:
    """Reads and writes the file; a value that cannot be read counts as never set."""

    def __init__(self, file: Path | None = None) -> None:
        self._kept = QSettings(str(file or config_folder() / "annotator.ini"), QSettings.Format.IniFormat)

    @property
    def scheme(self) -> str:
        return self._text("colours", "system")

    @scheme.setter
    def scheme(self, value: str) -> None:
        self._kept.setValue("colours", value)

    @property
    def wheel_zooms(self) -> bool:
        """True when the wheel zooms, False when it scrolls."""
        return self._text("wheel", "zoom") == "zoom"

    @wheel_zooms.setter
    def wheel_zooms(self, value: bool) -> None:
        self._kept.setValue("wheel", "zoom" if value else "scroll")

    @property
    def hints(self) -> bool:
        """True as long as the user has not closed the hints about what to do first."""
        return self._text("hints", "shown") == "shown"

    @hints.setter
    def hints(self, value: bool) -> None:
        self._kept.setValue("hints", "shown" if value else "closed")

    @property
    def keys(self) -> dict[str, tuple[str, ...]]:
        """Keys of actions that differ from the table."""
        found = self._table("keys")
        return {name: tuple(map(str, own)) for name, own in found.items() if isinstance(own, list)}

    @keys.setter
    def keys(self, value: dict[str, tuple[str, ...]]) -> None:
        self._kept.setValue("keys", json.dumps(value))

    @property
    def recent(self) -> list[Path]:
        """Data sets that were opened, the last one first."""
        found = self._table("recent").get("paths", [])
        return [Path(path) for path in found if isinstance(path, str)][:RECENT] if isinstance(found, list) else []

    def opened(self, path: Path) -> None:
        paths = [path, *(other for other in self.recent if other != path)][:RECENT]
        self._kept.setValue("recent", json.dumps({"paths": [str(entry) for entry in paths]}))

    def place(self, path: Path) -> Place:
        """Where the user was in a data set."""
        try:
            place = msgspec.convert(self._table("places").get(str(path), {}), Place)
        except msgspec.ValidationError:
            return Place()
        left, top, right, bottom = place.view or (0.0, 0.0, 1.0, 1.0)
        return place if -math.inf < left < right < math.inf and -math.inf < top < bottom < math.inf else Place()

    def keep_place(self, path: Path, place: Place) -> None:
        """Remember where the user is; places in data sets that are no longer recent are forgotten."""
        places = {**self._table("places"), str(path): msgspec.to_builtins(place)}
        known = {str(path), *map(str, self.recent)}
        self._kept.setValue("places", json.dumps({key: value for key, value in places.items() if key in known}))

    def reading(self, path: Path) -> Reading | None:
        """How a data set was read last time; None = it was not, or the user was not asked."""
        try:
            found = self._table("readings").get(str(path))
            return None if found is None else msgspec.convert(found, Reading)
        except msgspec.ValidationError:
            return None

    def keep_reading(self, path: Path, reading: Reading) -> None:
        """Remember how a data set is read; data sets that are no longer recent are forgotten."""
        readings = {**self._table("readings"), str(path): msgspec.to_builtins(reading)}
        known = {str(path), *map(str, self.recent)}
        self._kept.setValue("readings", json.dumps({key: value for key, value in readings.items() if key in known}))

    def export(self, project: Path) -> ExportChoice:
        """The last choice for the scene of a project file, else for any scene.

        Permission to overwrite or to lose columns is never remembered.
        """
        exports = self._table("exports")
        try:
            found = {**exports.get("", {}), **exports.get(str(project), {})}
            out = found.get("out")
            return ExportChoice(
                to=found["to"] if found["to"] in box_formats() else ExportChoice().to,
                out=Path(out) if out else None,
                clip=bool(found["clip"]),
                keep_outside=bool(found["keep_outside"]),
                images=find_mode(found["images"]),
            )
        except (KeyError, TypeError):
            return ExportChoice()

    def keep_export(self, project: Path, choice: ExportChoice) -> None:
        """Remember a choice for the scene of a project file, and all of it but the folder for other scenes."""
        general = {
            "to": choice.to,
            "clip": choice.clip,
            "keep_outside": choice.keep_outside,
            "images": choice.images,
        }
        own = {**general, "out": str(choice.out) if choice.out else ""}
        self._kept.setValue("exports", json.dumps({**self._table("exports"), "": general, str(project): own}))

    @property
    def layout(self) -> tuple[QByteArray, QByteArray] | None:
        """Geometry of the window and state of its docks."""
        geometry, state = self._kept.value("window/geometry"), self._kept.value("window/state")
        return (geometry, state) if isinstance(geometry, QByteArray) and isinstance(state, QByteArray) else None

    @layout.setter
    def layout(self, value: tuple[QByteArray, QByteArray]) -> None:
        self._kept.setValue("window/geometry", value[0])
        self._kept.setValue("window/state", value[1])

    def write(self) -> None:
        self._kept.sync()

    def _text(self, key: str, otherwise: str) -> str:
        return str(self._kept.value(key, otherwise))

    def _table(self, key: str) -> dict[str, Any]:
        try:
            found = json.loads(self._text(key, "{}"))
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}


def find_mode(text: object) -> ImageMode:
    """What an export does with pictures, by its name; "link" for an unknown name."""
    kept = {"copy", "none", "symlink"}
    return str(text) if str(text) in kept else "link"  # type: ignore[return-value]  # one of the four


def find_scheme(text: str) -> Scheme:
    """Colours, by their name; "system" for an unknown name."""
    return text if text in ("light", "dark") else "system"  # type: ignore[return-value]  # one of the three
