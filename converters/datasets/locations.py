"""Which scenes show one place.

The scenes of GCC and of ShanghaiTechRGBDSyn are called `scene_X_Y` (raw ones `part_X_Y`): X is the place, Y one of its
cameras. Scenes of such names are of one location where all before Y is equal, in any format; every other scene is a
location of its own.
"""

from __future__ import annotations

import re

_CAMERA = re.compile(r"((?:.*[^A-Za-z0-9])?(?:scene|part)_\d+)_\d+")


def location_of(scene: str) -> str:
    """Name of the location of a scene.

    >>> location_of("scene_12_3"), location_of("gcc/scene_12_3"), location_of("HT21-01")
    ('scene_12', 'gcc/scene_12', 'HT21-01')
    """
    match = _CAMERA.fullmatch(scene)
    return match[1] if match else scene
