"""One image's file of a GCC Labeler scene, json or mat, as it is stored.

JSON keys: `image_info` (list of [row, col]), `weather`, `timeInfo` ([hour, minute]), `roi` (list of pairs, see
`gcc_world`), `camera` ({location, rotation, fov}). MAT variables: `image_info` (1 x 1 struct: `location` N x 2,
`number`), `weather_info`, `time_info`, `roi_info`, `camera_info`. All but `image_info` may be absent, null or empty,
which means unknown. Without heads the mat's `location` is 0 x 0.
Source: `gjy3035/GCC-CL` (GCC-Labeler: mkInfo.py, getHead.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from converters.files.arrays import matlab
from converters.files.labels.image_info import IMAGE_INFO, located_points
from converters.files.records import json_file
from converters.formats.gcc.gcc_world import Area, make_camera, unscramble
from gta_head_tools.annotations import Points
from gta_head_tools.camera import Camera
from gta_head_tools.files import spelled


@dataclass(frozen=True, slots=True)
class Stored:
    """What a file holds.

    Attributes:
        pairs: float64 (N, 2), numbers of the heads as stored, nominally row and column counted from 0.
        camera: None = unknown.
        area: where people stand in the world, None = unknown.
        facts: weather, hour and minute, those that are known.
    """

    pairs: Points
    camera: Camera | None
    area: Area | None
    facts: Mapping[str, str | int]


class _Json(msgspec.Struct):
    image_info: list[tuple[float, float]]
    weather: Any = None
    time: Any = msgspec.field(default=None, name="timeInfo")
    roi: Any = None
    camera: Any = None


class _JsonCamera(msgspec.Struct):
    location: tuple[float, float, float]
    rotation: tuple[float, float, float]
    fov: float


class _JsonHeads(msgspec.Struct):
    image_info: list[tuple[float, float]]


_JSON = msgspec.json.Decoder(_Json)
_JSON_HEADS = msgspec.json.Decoder(_JsonHeads)


def stored_file(folder: Path, stem: str) -> Path:
    """The file of an image of a scene; json wins over mat. It need not be there."""
    files = [folder / f"jsons/{stem}.json", folder / f"jsons/{stem}.json.gz", folder / f"mats/{stem}.mat"]
    return next((file for file in map(spelled, files) if file.is_file()), files[0])


def read(path: Path) -> Stored:
    """The json or mat file at `path`.

    Raises:
        DatasetLayoutError: no such file.
        DataFormatError: the file is damaged, or a value in it is missing or of the wrong kind.
    """
    return _read_mat(path) if path.suffix == ".mat" else _read_json(path)


def read_pairs(path: Path) -> Points:
    """The heads alone; see `read`."""
    if path.suffix == ".mat":
        return _mat_points(path, matlab.load(path, [IMAGE_INFO]))
    return _as_pairs(json_file.decode(path, _JSON_HEADS).image_info)


def _read_json(path: Path) -> Stored:
    found = json_file.decode(path, _JSON)
    facts: dict[str, str | int] = {}
    if found.weather:
        facts["weather"] = json_file.convert(path, found.weather, str, record="weather")
    if found.time:
        facts["hour"], facts["minute"] = json_file.convert(path, found.time, tuple[int, int], record="timeInfo")
    roi = json_file.convert(path, found.roi, list[tuple[float, float]], record="roi") if found.roi else []
    return Stored(_as_pairs(found.image_info), _json_camera(path, found.camera), unscramble(roi), facts)


def _as_pairs(rows: list[tuple[float, float]]) -> Points:
    return np.fromiter(chain.from_iterable(rows), np.float64, 2 * len(rows)).reshape(-1, 2)


def _json_camera(path: Path, value: Any) -> Camera | None:
    if not value or (isinstance(value, dict) and not any(value.values())):
        return None
    camera = json_file.convert(path, value, _JsonCamera, record="camera")
    return make_camera(path, (*camera.location, *camera.rotation, camera.fov), record="camera")


_VARIABLES = (IMAGE_INFO, "weather_info", "time_info", "roi_info", "camera_info")


def _read_mat(path: Path) -> Stored:
    found = matlab.load(path, _VARIABLES)
    known = {name: array for name, array in found.items() if name == IMAGE_INFO or not matlab.is_empty(array)}
    facts: dict[str, str | int] = {}
    if "weather_info" in known:
        facts["weather"] = matlab.text(path, known["weather_info"], record="weather_info")
    if "time_info" in known:
        facts["hour"], facts["minute"] = map(int, matlab.numbers(path, known["time_info"], 2, record="time_info"))
    roi = matlab.pairs(path, known["roi_info"], record="roi_info") if "roi_info" in known else np.empty((0, 2))
    area = unscramble([(float(first), float(second)) for first, second in roi])
    return Stored(_mat_points(path, known), _mat_camera(path, known.get("camera_info")), area, facts)


def _mat_points(path: Path, known: Mapping[str, matlab.Array]) -> Points:
    return located_points(path, matlab.variable(path, known, IMAGE_INFO))


def _mat_camera(path: Path, struct: matlab.Array | None) -> Camera | None:
    if struct is None:
        return None
    parts = (("location", 3), ("rotation", 3), ("fov", 1))
    arrays = [(name, size, matlab.field(path, struct, name, record="camera_info")) for name, size in parts]
    if all(matlab.is_empty(array) for _, _, array in arrays):
        return None
    numbers = [
        number
        for name, size, array in arrays
        for number in matlab.numbers(path, array, size, record=f"camera_info.{name}")
    ]
    return make_camera(path, numbers, record="camera_info")
