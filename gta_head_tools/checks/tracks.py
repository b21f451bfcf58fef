"""Persons followed from frame to frame by their ids, and where an id jumps to another head."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gta_head_tools.annotations import ImageAnnotations
from gta_head_tools.checks.image_faults import frame_fault, positive
from gta_head_tools.checks.scene_sizes import group_medians

Array = NDArray[np.float64]
Rows = NDArray[np.intp]

FEWEST_STEPS = 20
"""Steps of persons in a scene that show how far heads move."""
FEWEST_OF_PAIR = 5
"""Steps between two images that show how the camera moved."""
LONGEST_GAP = 5
"""Frames that a person may be out of sight within a step."""
LEAST_WAY, LEAST_FACTOR = 2.0, 2.0
"""Sizes of a head that it moves in a frame, and factor between sizes, up to which no step is a jump."""
USUAL, BEYOND = 0.95, 4.0
"""A jump is this many times as far as the step that this share of the steps does not exceed."""


@dataclass(frozen=True, slots=True)
class Jump:
    """A head that cannot be the person who had its id before.

    Attributes:
        image: the later one.
        row: of the head in it.
        before: frame where the id was before.
        value: how far it jumps, as text.
        message: what is wrong.
        weight: how many times the usual way or factor.
    """

    image: ImageAnnotations
    row: int
    before: int
    value: str
    message: str
    weight: float


@dataclass(frozen=True, slots=True)
class _Steps:
    """From each head to the next one of the same person; columns of one length.

    Attributes:
        owner: (2, N) images of both heads.
        row: (2, N) rows of both heads.
        frame: (2, N) frame numbers of both images.
        move: (N, 2) x y from the middle of the first box to that of the second, in pixels.
        size: (2, N) of both boxes.
    """

    owner: Rows
    row: Rows
    frame: NDArray[np.int64]
    move: Array
    size: Array


def jumps(images: Sequence[ImageAnnotations]) -> Iterator[Jump]:
    """Steps of a person, in consecutive frames or nearly so, that are far longer than those of all others.

    A step is measured in sizes of the head, so that heads near the camera may move farther, and against the other
    steps between the same two images, because the camera may shake. Where many ids jump, ids are numbers within an
    image and mean no persons: then nothing is found.

    Args:
        images: of one fixed camera; those without a frame number are passed over.
    """
    followed = [image for image in images if image.info.frame is not None and len(image) and image.ids.max() >= 0]
    followed = [image for image in followed if frame_fault(image) is None]
    steps = _steps(followed)
    if steps is None or len(steps.move) < FEWEST_STEPS:
        return
    between = np.diff(steps.frame, axis=0)[0]
    frames = between / between.min()
    move = np.stack([_against_others(steps, along) for along in steps.move.T])
    way = np.hypot(*move)
    ways = way / np.sqrt(steps.size[0]) / np.sqrt(steps.size[1]) / frames
    factors = np.abs(_against_others(steps, np.log(steps.size[1] / steps.size[0])))
    far = max(LEAST_WAY, BEYOND * float(np.quantile(ways, USUAL)))
    other = max(float(np.log(LEAST_FACTOR)), BEYOND * float(np.quantile(factors, USUAL)))
    soon = frames <= LONGEST_GAP
    for place in np.flatnonzero(soon & ((ways > far) | (factors > other))).tolist():
        image, row = followed[steps.owner[1, place]], int(steps.row[1, place])
        if ways[place] > far:
            value = f"{way[place]:.0f} pixels away"
            message = f"the head lies {way[place] / steps.size[0, place]:.1f} of its sizes from where its id was"
        else:
            first, last = steps.size[:, place].tolist()
            value = f"size {first:.3g} to {last:.3g} pixels"
            times = max(first, last) / min(first, last)
            message = f"the head is {times:.1f} times as {'large' if last > first else 'small'} as its id was"
        weight = float(max(ways[place] / far, factors[place] / other))
        yield Jump(image, row, int(steps.frame[0, place]), value, message, weight)


def _against_others(steps: _Steps, values: Array) -> Array:
    """(N,) values less the median of the steps between the same two images, of which there must be some."""
    pairs, group = np.unique(steps.owner[0] * (steps.owner.max() + 1) + steps.owner[1], return_inverse=True)
    own: Array = values - group_medians(group, values, len(pairs), FEWEST_OF_PAIR)[group]
    return own


def _steps(images: Sequence[ImageAnnotations]) -> _Steps | None:
    """The steps of all persons with boxes that the border of the picture does not cut; None without any."""
    rows = [np.flatnonzero(_whole(image)) for image in images]
    if sum(map(len, rows)) < FEWEST_STEPS:
        return None
    owner = np.repeat(np.arange(len(images)), [len(chosen) for chosen in rows])
    frame = np.array([image.info.frame for image in images], dtype=np.int64)[owner]
    ids = np.concatenate([image.ids[chosen] for image, chosen in zip(images, rows, strict=True)])
    order = np.lexsort((frame, ids))
    ids, frame, owner = ids[order], frame[order], owner[order]
    row = np.concatenate(rows)[order]
    boxes = np.concatenate([image.boxes[chosen] for image, chosen in zip(images, rows, strict=True)])[order]
    person = ids[1:] == ids[:-1]
    # An id that is twice in a frame is another check's matter, and says nothing of where the person went.
    twice = np.append(person & (frame[1:] == frame[:-1]), False)
    twice[1:] |= twice[:-1].copy()
    first = np.flatnonzero(person & ~twice[1:] & ~twice[:-1])
    both = np.stack([first, first + 1])
    middles = (boxes[:, :2] + boxes[:, 2:]) / 2
    size = np.sqrt(boxes[:, 2] - boxes[:, 0]) * np.sqrt(boxes[:, 3] - boxes[:, 1])  # No product that overflows.
    return _Steps(owner[both], row[both], frame[both], middles[first + 1] - middles[first], size[both])


def _whole(image: ImageAnnotations) -> NDArray[np.bool_]:
    """(N,) True for heads that count, have an id, and a box that the border does not cut."""
    usable = positive(image) & (image.ids >= 0) & ~image.ignore
    if image.info.sized:
        size = np.asarray(image.info.size, dtype=np.float64)
        usable &= ((image.boxes[:, :2] > 1) & (image.boxes[:, 2:] < size - 1)).all(axis=1)
    return usable
