"""Which scenes are of one camera, and which cameras show one place.

The scenes of GCC and of ShanghaiTechRGBDSyn are called `scene_X_Y` (raw ones `part_X_Y`): X is the place, Y one of its
cameras. Scenes of such names are of one location where all before Y is equal, in any format; every other scene is a
location of its own.

A camera that is in two splits is read as two scenes by formats with a folder for each split. The split is then the
beginning of their names, `train_street` and `test_street`, and both are of one camera.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from converters.files.labels.scene_names import SPLITS
from gta_head_tools.dataset import Scene, common_split

_CAMERA = re.compile(r"((?:.*[^A-Za-z0-9])?(?:scene|part)_\d+)_\d+")
_SPLITS = re.compile(rf"^(?:(?:{'|'.join(SPLITS)})_)+")


def location_of(camera: str) -> str:
    """Name of the location of a camera.

    >>> location_of("scene_12_3"), location_of("gcc/scene_12_3"), location_of("HT21-01")
    ('scene_12', 'gcc/scene_12', 'HT21-01')
    """
    match = _CAMERA.fullmatch(camera)
    return match[1] if match else camera


def camera_of(scene: Scene) -> str:
    """Name of the camera of a scene, which is that of the scene where nothing else is known.

    Splits before the name are taken off, also one that it was in before, unless the rest is a number, because VSCrowd
    counts its videos `train_001`, `test_001` and so on in each split, or the scene is a still picture. Of pictures that
    merely lie together, a folder called like a camera of GCC tells.
    """
    if scene.assumed:
        parts = (
            [part for part in PurePosixPath(info.path).parts[:-1] if _CAMERA.fullmatch(part)] for info in scene.images
        )
        found = {part[-1] if part else "" for part in parts}
        name = found.pop() if len(found) == 1 else ""
        return name or scene.name
    split = scene.split or common_split(scene.images)
    rest = _SPLITS.sub("", scene.name.removeprefix(f"{split}_"))
    if _CAMERA.fullmatch(rest):
        return rest
    return rest if len(scene.images) > 1 and any(sign.isalpha() for sign in rest) else scene.name
