"""The numbers of all shapes (kind times yaw), and tables of their properties."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from gta_head_tools.synthesis.people.bodies import BODY_KINDS
from gta_head_tools.synthesis.people.heads import HEAD_STYLES
from gta_head_tools.synthesis.people.shapes import Solids
from gta_head_tools.synthesis.people.things import THING_KINDS, UMBRELLA_STYLES
from gta_head_tools.synthesis.people.weaves import HEAD_MATERIALS

YAWS = 12
"""Number of equal steps in which shapes are turned: 0 = facing the camera, then towards the picture's right."""
ELEVATIONS = (0.0, 14.0, 28.0, 44.0, 64.0)
"""Degrees by which the camera looks down on a shape."""

_HEADS, _BODIES = len(HEAD_STYLES) * YAWS, len(BODY_KINDS) * YAWS
_UMBRELLAS, _THINGS = len(UMBRELLA_STYLES) * YAWS, len(THING_KINDS) * YAWS

HEADS = np.arange(_HEADS).reshape(-1, YAWS)
"""(styles, YAWS) shape numbers."""
BODIES = _HEADS + np.arange(_BODIES).reshape(-1, YAWS)
"""(kinds, YAWS) shape numbers."""
UMBRELLAS = _HEADS + _BODIES + np.arange(_UMBRELLAS).reshape(-1, YAWS)
"""(styles, YAWS) shape numbers."""
THINGS = _HEADS + _BODIES + _UMBRELLAS + np.arange(_THINGS).reshape(-1, YAWS)
"""(kinds, YAWS) shape numbers."""
SHAPES = _HEADS + _BODIES + _UMBRELLAS + _THINGS
"""Number of shapes."""

YAW = np.arange(SHAPES) % YAWS * (2 * math.pi / YAWS)
"""(SHAPES,) radians that a shape is turned by."""
IS_HEAD = np.arange(SHAPES) < _HEADS
"""(SHAPES,) whether a shape is a head."""
BODY_POSES = tuple(kind.pose for kind in BODY_KINDS)
"""(kinds,) `BodyKind.pose`."""
BODY_CHILD = np.array([kind.child for kind in BODY_KINDS])
"""(kinds,) `BodyKind.child`."""
BODY_HEAD_HEIGHT = np.array([kind.head_height for kind in BODY_KINDS])
"""(kinds,) `BodyKind.head_height`, metres."""
BODY_HEAD_SCALE = np.array([kind.head_scale for kind in BODY_KINDS])
"""(kinds,) `BodyKind.head_scale`."""
THING_HEIGHT = np.array([thing.height for thing in THING_KINDS])
"""(kinds,) `Thing.height`, metres."""


def shape_solids(shape: int) -> Solids:
    """The solids of a shape before it is turned."""
    if shape < _HEADS:
        return HEAD_STYLES[shape // YAWS].solids
    if shape < _HEADS + _BODIES:
        return BODY_KINDS[(shape - _HEADS) // YAWS].solids
    if shape < _HEADS + _BODIES + _UMBRELLAS:
        return UMBRELLA_STYLES[(shape - _HEADS - _BODIES) // YAWS]
    return THING_KINDS[(shape - _HEADS - _BODIES - _UMBRELLAS) // YAWS].solids


def counted_materials(shape: int) -> NDArray[np.bool_]:
    """(16,) the materials that belong to the outline of a shape: those of the head on heads, all on other shapes."""
    return HEAD_MATERIALS if IS_HEAD[shape] else np.ones(16, dtype=np.bool_)
