"""One rendered scene as files: a folder as the GCC Labeler makes it, and its exact boxes as a MOT sequence.

```
<out>/scene_<X>_0/{jpgs,jsons,mats,segs}/<unix seconds>.{jpg,json,mat,raw}      as `formats/gcc/gcc.py` describes
<out>/truth/scene_<X>_0/                                                        as `formats/mot/mot.py` does
```

As in the real data the head points lie a little below the middle of the head and are rounded to pixels, heads whose
pixel shows no person are left out, and the region of interest is stored in the scrambled order of the labeler. `segs`
are masks of all people: a byte for each pixel, 0 or 1, row by row. The truth has the same heads in the same order. The
same scene always gives the same bytes.
"""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from converters.formats.mot import mot
from converters.formats.mot.mot_sequence import ROWS
from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.dataset import in_memory
from gta_head_tools.geometry import centres
from gta_head_tools.pictures import write_jpeg
from gta_head_tools.synthesis.generate import CrowdSettings, RenderedImage, draw_scene, render_image
from gta_head_tools.synthesis.places.stage import Stage
from gta_head_tools.whole_files import make_folder, replacing_folder

TRUTH = "truth"
_FIRST = 1_534_540_800
"""Unix seconds of the first picture: file names of the real data look like this."""
_RENDERED = re.compile(r"(jpgs|segs|jsons|mats)/\d+\.\w+", re.ASCII)
_JPEG_QUALITY = 90
_MAT_HEAD = b"MATLAB 5.0 MAT-file, rendered by ghtools"
_MAT_HEAD_LENGTH = 116


def scene_name(number: int) -> str:
    """Name of the scene of that number from 0: every place has one camera.

    >>> scene_name(0)
    'scene_1_0'
    """
    return f"scene_{number + 1}_0"


def is_written(out: Path, number: int) -> bool:
    """True when the scene and its truth are in place: they are put there whole, the truth last."""
    return (out / scene_name(number)).is_dir() and (out / TRUTH / scene_name(number) / ROWS).is_file()


def write_scene(settings: CrowdSettings, number: int, out: Path) -> None:
    """Render a scene and put it and its truth in place; anchors and other files of a folder that was there are kept.

    Args:
        settings: of all scenes.
        number: of this one, from 0.
        out: folder of all scenes.

    Raises:
        DatasetLayoutError: the place cannot be written.
    """
    scene, name = draw_scene(settings, number), scene_name(number)
    truth: list[ImageAnnotations] = []
    first_id = 1
    with replacing_folder(out / name, ours=written_here) as folder:
        for at in range(settings.images):
            stem, rendered = str(_FIRST + 60 * (number * settings.images + at)), render_image(scene, at)
            _write_image(folder, stem, rendered, scene.stage)
            info = ImageInfo(f"{name}/jpgs/{stem}.jpg", *settings.size, scene=name, frame=at + 1, name=stem)
            truth.append(_exact(info, rendered, first_id))
            first_id = int(truth[-1].ids.max(initial=first_id)) + 1
    mot.write(in_memory(truth, out), out / TRUTH, mot.WriteOptions(), "link")


def written_here(path: str) -> bool:
    """Whether a file of a scene, by its path in it, is one that `write_scene` writes; anchors are not."""
    return _RENDERED.fullmatch(path) is not None


def _exact(info: ImageInfo, rendered: RenderedImage, first_id: int) -> ImageAnnotations:
    """The exact heads of an image. No person is in two images, so ids go on from image to image, from 1 as in MOT."""
    boxes, extra = rendered.boxes, {"visibility": rendered.visibility}
    return ImageAnnotations(info, centres(boxes), boxes=boxes, ids=rendered.ids + first_id, extra=extra)


def _write_image(folder: Path, stem: str, rendered: RenderedImage, stage: Stage) -> None:
    camera = stage.camera
    facts = {
        "weather": rendered.weather,
        "timeInfo": [rendered.hour, rendered.minute],
        "roi": _scrambled(stage),
        "camera": {"location": list(camera.location), "rotation": list(camera.rotation), "fov": camera.fov},
    }
    stored = stored_pixels(rendered.points)
    write_jpeg(folder / "jpgs" / f"{stem}.jpg", rendered.picture, quality=_JPEG_QUALITY, fine_colour=False)
    for kind, suffix, data in (
        ("segs", "raw", rendered.people.tobytes()),
        ("jsons", "json", json.dumps({"image_info": stored.tolist(), **facts}).encode()),
        ("mats", "mat", _mat(stored, facts)),
    ):
        (make_folder(folder / kind) / f"{stem}.{suffix}").write_bytes(data)


def stored_pixels(points: NDArray[np.float64]) -> NDArray[np.int64]:
    """(N, 2) row and column of points (N, 2), as the labeler stores them: rounded, then 1 taken off.

    >>> stored_pixels(np.array([[12.4, 7.6]])).tolist()
    [[7, 11]]
    """
    pixels: NDArray[np.int64] = np.rint(points[:, ::-1]).astype(np.int64) - 1
    return pixels


def _scrambled(stage: Stage) -> list[list[float]]:
    """The region of people, x y in the world, as the labeler stores it: the flat list's halves beside each other."""
    region = np.column_stack([stage.roi, np.zeros(len(stage.roi))])
    flat = stage.world(region)[:, :2].ravel()
    pairs: list[list[float]] = flat.reshape(2, -1).T.tolist()
    return pairs


def _mat(stored: NDArray[np.int64], facts: dict[str, Any]) -> bytes:
    from scipy.io import savemat

    heads = np.empty((1, 1), dtype=[("location", object), ("number", object)])
    heads[0, 0] = (stored if len(stored) else np.empty((0, 0)), len(stored))
    written = io.BytesIO()
    savemat(
        written,  # type: ignore[arg-type]  # open files are taken too, which the stubs do not say
        {
            "image_info": heads,
            "weather_info": facts["weather"],
            "time_info": np.array([facts["timeInfo"]], dtype=np.uint8),
            "roi_info": np.array(facts["roi"]),
            "camera_info": facts["camera"],
        },
    )
    # The header of a mat file holds the time of writing; it is replaced, so that every run gives the same bytes.
    return _MAT_HEAD.ljust(_MAT_HEAD_LENGTH) + written.getvalue()[_MAT_HEAD_LENGTH:]
