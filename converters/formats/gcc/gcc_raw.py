"""GCC Collector captures: every person's head as the game projected it, before the labeler; reading only.

```
part_<X>_<Y>/                  X is the place, Y one of its four cameras
    eyeInfo.log areaInfo.log Zheight.log levelInfo.log          see `gcc_logs`
    <unix seconds, 10 digits>/ pedInfo.xml                      see `gcc_logs`
                               part_<N>.raw part_<N>_0.bmp part_<N>_1.bmp   see `gcc_batches`
```

One such folder, or a folder of them. The point is the head joint, below the middle of the head. People outside of the
view are listed too. The picture of an image is the bmp with people; of several batches it is composed on demand, as
`<unix seconds>.png`.

Facts: `weather`, `hour`, `minute`, `level`, `roi_world` (polygon x y in metres), `zheight`, `ground` (metres).
Source: `gjy3035/GCC-CL` (GCC-Collector).
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from converters.formats.format import Format
from converters.formats.gcc.gcc_batches import Picture, compose, find_batches
from converters.formats.gcc.gcc_logs import LOGS, Place, read_peds, read_place
from converters.formats.gcc.gcc_world import SIZE, scene_folders, seen_region
from converters.formats.options import NoOptions
from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.dataset import Dataset, Scene
from gta_head_tools.errors import DataFormatError, DatasetLayoutError
from gta_head_tools.files import existing_folder, listed, own_name
from gta_head_tools.picture_header import image_size
from gta_head_tools.unreadable import each_readable

_MOMENT = re.compile(r"\d{10}")


def detect(path: Path) -> bool:
    """True for a folder with `eyeInfo.log`, or of such folders named `part_X_Y`."""
    return path.is_dir() and (_is_part(path) or any(map(_is_part, listed(path, "part_*_*"))))


def _is_part(folder: Path) -> bool:
    return (folder / "eyeInfo.log").is_file()


def read(path: Path, options: NoOptions) -> Dataset:  # noqa: ARG001
    """The captures at `path`; lists folders only.

    Raises:
        DatasetLayoutError: no folder, or no captured image in it.
        DataFormatError: when iterated: an interrupted capture, or a file that is damaged.
    """
    names = [""] if _is_part(existing_folder(path)) else scene_folders(path, "part_*_*")
    scenes, notes = [], []
    for name in names:
        scene = _list_part(path, name)
        missing = [log for log in LOGS if not (path / name / log).is_file()]
        if not scene.images:
            notes.append(f"{scene.name}: no captured image, left out")
            continue
        scenes.append(scene)
        if missing:
            notes.append(f"{scene.name}: without {', '.join(missing)}")
    if not scenes:
        raise DatasetLayoutError(path, "no captured image: expected folders of 10 digits, here or in part_*_* folders")
    return Dataset(path, tuple(scenes), partial(_load, path), path, compose=compose_image, notes=tuple(notes))


def _list_part(root: Path, folder: str) -> Scene:
    name = folder or own_name(root)
    moments = sorted(entry for entry in listed(root / folder, "*") if _MOMENT.fullmatch(entry.name) and entry.is_dir())
    prefix = f"{folder}/" if folder else ""
    images = (ImageInfo(prefix + _picture(moment), scene=name, name=moment.name) for moment in moments)
    return Scene(name, tuple(images), folder=folder)


def _picture(moment: Path) -> str:
    batches = find_batches(moment)
    if len(batches) > 1:
        return f"{moment.name}/{moment.name}.png"
    return f"{moment.name}/part_{batches[0] if batches else 0}_1.bmp"


def compose_image(root: Path, info: ImageInfo) -> Callable[[], Picture] | None:
    """A function that composes the picture of an image of several batches; None where it is one file, or missing."""
    folder = (root / info.path).parent
    batches = find_batches(folder)
    return partial(compose, folder, batches) if len(batches) > 1 else None


def _load(root: Path, scene: Scene) -> Iterator[ImageAnnotations]:
    folder = root / (scene.folder or "")
    place = read_place(folder)
    usual = _picture_size(folder, "*") or SIZE

    def read(info: ImageInfo) -> ImageAnnotations:
        return _read_image(folder / info.name, info, place, _picture_size(folder, info.name) or usual)

    return each_readable(scene.images, read)


def _picture_size(folder: Path, moment: str) -> tuple[int, int] | None:
    """Size of the first picture of a moment, or of any moment (`*`); None without a picture."""
    for picture in sorted(folder.glob(f"{moment}/part_*_1.bmp")):
        with contextlib.suppress(DataFormatError):  # A damaged picture is told by those who need its pixels.
            return image_size(picture)
    return None


def _read_image(folder: Path, info: ImageInfo, place: Place, size: tuple[int, int]) -> ImageAnnotations:
    peds = read_peds(folder / "pedInfo.xml")
    full = replace(
        info,
        width=size[0],
        height=size[1],
        camera=place.camera,
        roi=seen_region(place.area, place.ground, place.camera, size),
        facts={"weather": peds.weather, "hour": peds.hour, "minute": peds.minute, **place.facts},
    )
    return ImageAnnotations(full, peds.shares * np.array(size), ids=peds.ids)


FORMAT = Format(
    holds=frozenset({"points", "ids"}),
    read=read,
    detect=detect,
)
