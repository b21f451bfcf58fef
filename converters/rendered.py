"""Rendered scenes as GCC Labeler folders, and the exact boxes of their heads as a MOT data set.

```
<out>/scene_<X>_0/{jpgs,jsons,mats}/<unix seconds>.{jpg,json,mat}      as `converters.gcc` describes them
<out>/truth/                                                           as `converters.mot` does, same heads, same order
```

As in the real data the head points lie a little below the middle of the head, are rounded to pixels, and the area of
interest is scrambled.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from converters import mot
from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.dataset import in_memory
from gta_head_tools.errors import ConfigError, DatasetLayoutError
from gta_head_tools.files import make_folder, replacing_folder, write_text
from gta_head_tools.geometry import centres
from gta_head_tools.pictures import write_jpeg
from gta_head_tools.progress import Track, no_progress
from gta_head_tools.synthesis.plain_crowd import draw_crowd
from gta_head_tools.synthesis.plain_painter import LIGHTS, paint
from gta_head_tools.synthesis.plain_stage import SIZE, Stage, draw_stage

_FIRST = 1_534_540_800
"""Unix seconds of the first picture: file names of the real data look like this."""


@dataclass(frozen=True, slots=True)
class RenderedScene:
    """A scene that was written.

    Attributes:
        name: of the scene and its folder.
        folder: where it lies.
        truth: the exact boxes of its images, in order.
    """

    name: str
    folder: Path
    truth: tuple[ImageAnnotations, ...]


def render_scenes(
    out: Path, *, scenes: int = 2, images: int = 6, people: int = 150, seed: int = 0, track: Track = no_progress
) -> list[RenderedScene]:
    """Render scenes, by turns on a square and before a stand, and write them with their truth.

    Args:
        out: new folder.
        scenes: fixed cameras.
        images: pictures of each.
        people: at most so many in each picture; some stand outside of it.
        seed: of all chance; the same one gives the same pictures and heads.
        track: sees every picture go by.

    Raises:
        ConfigError: a number below 1.
        DatasetLayoutError: `out` is there and not empty, or cannot be written.
    """
    if min(scenes, images, people) < 1:
        raise ConfigError(f"at least one scene, image and person is needed, got {scenes}, {images} and {people}")
    if out.is_file() or (out.is_dir() and any(out.iterdir())):
        raise DatasetLayoutError(out, "is there already; choose another folder")
    make_folder(out)
    rendered = []
    for number in track(range(scenes), "scenes"):
        rng = np.random.default_rng([seed, number])
        stage = draw_stage(rng, stand=number % 2 == 1)
        name = f"scene_{number + 1}_0"
        with replacing_folder(out / name) as folder:
            truth = tuple(_write_image(folder, name, stage, at, people, rng) for at in track(range(images), name))
        rendered.append(RenderedScene(name, out / name, truth))
    exact = in_memory((image for scene in rendered for image in scene.truth), out)
    mot.write(exact, out / "truth", mot.WriteOptions(), "link")
    mot.finish(exact.scenes, out / "truth")
    return rendered


def _write_image(
    folder: Path, scene: str, stage: Stage, number: int, people: int, rng: np.random.Generator
) -> ImageAnnotations:
    weather = list(LIGHTS)[rng.integers(len(LIGHTS))]
    hour, minute = int(rng.integers(9, 17)), int(rng.integers(60))
    crowd = draw_crowd(stage, people, rng)
    stem = str(_FIRST + 60 * number)
    write_jpeg(folder / "jpgs" / f"{stem}.jpg", paint(stage, crowd, weather))
    facts = {"weather": weather, "timeInfo": [hour, minute], "roi": _scrambled_area(stage), "camera": _camera(stage)}
    stored = np.rint(crowd.points)[:, ::-1].astype(int) - 1
    write_text(folder / "jsons" / f"{stem}.json", json.dumps({"image_info": stored.tolist(), **facts}))
    _write_mat(folder / "mats" / f"{stem}.mat", stored, facts)
    info = ImageInfo(
        f"{scene}/jpgs/{stem}.jpg", *SIZE, scene=scene, frame=number + 1, camera=stage.camera, name=stem,
    )  # fmt: skip
    ids = np.arange(len(crowd.points)) + number * people + 1
    return ImageAnnotations(info, centres(crowd.boxes), boxes=crowd.boxes, ids=ids)


def _camera(stage: Stage) -> dict[str, Any]:
    camera = stage.camera
    return {"location": list(camera.location), "rotation": list(camera.rotation), "fov": camera.fov}


def _scrambled_area(stage: Stage) -> list[list[float]]:
    """Where people stand, x y, in the order that the labeler stores: first half of the flat list beside the second."""
    wide = 0.5 * stage.reach
    corners = np.array([[-wide, stage.near()], [wide, stage.near()], [wide, stage.reach], [-wide, stage.reach]])
    flat = stage.place(corners, 0.0)[:, :2].ravel()
    return flat.reshape(2, -1).T.tolist()


def _write_mat(path: Path, stored: NDArray[np.int64], facts: dict[str, Any]) -> None:
    from scipy.io import savemat

    heads = np.empty((1, 1), dtype=[("location", object), ("number", object)])
    heads[0, 0] = (stored if len(stored) else np.empty((0, 0)), len(stored))
    make_folder(path.parent)
    savemat(
        path,
        {
            "image_info": heads,
            "weather_info": facts["weather"],
            "time_info": np.array([facts["timeInfo"]], dtype=np.uint8),
            "roi_info": np.array(facts["roi"]),
            "camera_info": facts["camera"],
        },
    )
