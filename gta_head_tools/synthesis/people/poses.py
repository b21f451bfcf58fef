"""Poses of bodies: the places of elbows, wrists, knees and ankles, metres from the middle of the head."""

from __future__ import annotations

from dataclasses import dataclass

from gta_head_tools.synthesis.people.shapes import Triple

HEAD_HEIGHT = 1.583
"""Metres from the ground to the middle of the head of a standing adult of 1.70 m, the size of all made bodies."""
SEATED_HEIGHT = 1.2
"""The same for an adult on a seat 0.43 m high."""
SHOULDER: Triple = (0.165, -0.03, -0.232)
"""The left shoulder (on the picture's right while facing the camera); all left joints have x > 0."""
Joints = tuple[Triple, Triple]


@dataclass(frozen=True, slots=True)
class Pose:
    """Joints of one pose.

    Attributes:
        name: what the person does: "stand", "walk", "sit", "cheer", "phone" or "crossed".
        arms: elbow and wrist of the left and the right arm.
        legs: knee and ankle of the left and the right leg.
        holds: the hand that holds a phone: 1 = left, -1 = right, 0 = neither.
        head_height: metres from the ground to the middle of the head.
    """

    name: str
    arms: tuple[Joints, Joints]
    legs: tuple[Joints, Joints]
    holds: int = 0
    head_height: float = HEAD_HEIGHT


def _mirrored(joints: Joints) -> Joints:
    return tuple((-x, y, z) for x, y, z in joints)  # type: ignore[return-value]


_HANGING: Joints = ((0.218, -0.045, -0.51), (0.226, 0.02, -0.755))
_POCKET: Joints = ((0.262, -0.07, -0.5), (0.205, 0.045, -0.7))
_FOLDED: Joints = ((0.222, 0.02, -0.5), (-0.035, 0.12, -0.44))
_PHONE: Joints = ((0.212, 0.02, -0.505), (0.1, 0.225, -0.37))
_RAISED: Joints = ((0.275, 0.03, -0.06), (0.235, 0.06, 0.19))
_CLAPPING: Joints = ((0.222, 0.05, -0.49), (0.045, 0.25, -0.31))
_LEG: Joints = ((0.092, 0.0, -1.105), (0.096, -0.02, -1.5))
_REST: Joints = ((0.098, 0.03, -1.11), (0.112, 0.02, -1.5))
_FORWARD: Joints = ((0.085, 0.17, -1.1), (0.082, 0.23, -1.49))
_BACKWARD: Joints = ((0.085, -0.01, -1.115), (0.082, -0.3, -1.44))
_SWING: Joints = ((0.205, 0.05, -0.515), (0.19, 0.19, -0.73))
_SWUNG: Joints = ((0.222, -0.13, -0.49), (0.225, -0.14, -0.745))
_SEAT: Joints = ((0.12, 0.41, -0.69), (0.115, 0.36, -1.115))
_LAP: Joints = ((0.225, 0.02, -0.495), (0.11, 0.24, -0.6))


def _standing(name: str, left: Joints, right: Joints, holds: int = 0) -> Pose:
    return Pose(name, (left, _mirrored(right)), (_LEG, _mirrored(_REST)), holds)


def _seated(left: Joints, right: Joints, holds: int = 0) -> Pose:
    return Pose("sit", (left, _mirrored(right)), (_SEAT, _mirrored(_SEAT)), holds, SEATED_HEIGHT)


POSES = {
    "stand": _standing("stand", _HANGING, _HANGING),
    "pockets": _standing("stand", _POCKET, _POCKET),
    "crossed": _standing("crossed", _FOLDED, _FOLDED),
    "walk": Pose("walk", (_SWING, _mirrored(_SWUNG)), (_BACKWARD, _mirrored(_FORWARD))),
    "phone": _standing("phone", _HANGING, _PHONE, -1),
    "cheer": _standing("cheer", _RAISED, _RAISED),
    "clap": _standing("cheer", _CLAPPING, _CLAPPING),
    "sit": _seated(_LAP, _LAP),
    "sit, phone": _seated(_LAP, _PHONE, -1),
    "sit, cheer": _seated(_RAISED, _RAISED),
}
"""Poses by name; several can have the same `Pose.name`."""
