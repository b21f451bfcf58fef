"""Augmentation of training samples: random crops and mirroring, with points and boxes, and then other colours.

Coordinates are continuous from the outer corner of the first pixel, so a mirror of width W takes x to W - x.
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from gta_head_tools.annotations import Boxes, Points
from gta_head_tools.pictures import Picture
from training.base import Sample
from training.config import TrainConfig
from training.samples.colours import change_colours
from training.samples.letterbox import PADDING, Fit, letterbox, resize


def fit_whole(picture: Picture, config: TrainConfig) -> tuple[Picture, Fit]:
    """The picture before augmentation, and where it lies: letterboxed into the input, or else whole."""
    if config.fit != "letterbox":
        return picture, Fit()
    return letterbox(picture, (config.width, config.height))


def augment(sample: Sample, config: TrainConfig, rng: np.random.Generator) -> Sample:
    """A sample of the network's input size; of that of `whole_size` where `fit` is whole.

    Args:
        sample: of `fit_whole`, with heads in its pixels.
        config: strengths of the augmentation.
        rng: of this sample and epoch.
    """
    if config.fit == "crop":
        sample = random_crop(sample, config, rng)
    elif config.fit == "whole":
        sample = random_size(sample, config, rng)
    if rng.random() < config.flip:
        sample = mirror(sample)
    return replace(sample, picture=change_colours(sample.picture, config, rng))


def random_scale(config: TrainConfig, rng: np.random.Generator) -> float:
    """Scale of a sample, the first of its random numbers."""
    return float(np.exp(rng.uniform(np.log(config.scale_low), np.log(config.scale_high))))


def whole_size(size: tuple[int, int], config: TrainConfig, rng: np.random.Generator) -> tuple[int, int]:
    """Width and height of the sample that is made of a whole picture of (width, height)."""
    scale = random_scale(config, rng)
    return max(round(size[0] * scale), 1), max(round(size[1] * scale), 1)


def random_size(sample: Sample, config: TrainConfig, rng: np.random.Generator) -> Sample:
    """A whole picture at a random scale."""
    height, width = sample.picture.shape[:2]
    size = whole_size((width, height), config, rng)
    fit = Fit(size[0] / width, size[1] / height)
    picture = resize(sample.picture, size)
    return _moved(sample, picture, fit)


def random_crop(sample: Sample, config: TrainConfig, rng: np.random.Generator) -> Sample:
    """A part of a picture at a random scale; a share of `near_heads` of them has a head somewhere in it."""
    scale = random_scale(config, rng)
    size = (max(round(config.width / scale), 1), max(round(config.height / scale), 1))
    corner = _corner(sample, np.array(size), config.near_heads, rng)
    fit = Fit(config.width / size[0], config.height / size[1])
    fit = replace(fit, pad_x=-corner[0] * fit.scale_x, pad_y=-corner[1] * fit.scale_y)
    picture = resize(cut(sample.picture, corner, size), (config.width, config.height))
    return _moved(sample, picture, fit)


def _moved(sample: Sample, picture: Picture, fit: Fit) -> Sample:
    """The sample with another picture, in which the old one lies as `fit` says."""
    points, boxes, area = (fit.apply(each) for each in (sample.points, sample.boxes, sample.whole))
    return replace(sample, picture=picture, points=points, boxes=boxes, area=area)


def _corner(sample: Sample, size: NDArray[np.int64], near_heads: float, rng: np.random.Generator) -> tuple[int, int]:
    """Upper left corner of a crop; it lies outside of the picture only where that is smaller than the crop."""
    free = np.array([sample.picture.shape[1], sample.picture.shape[0]]) - size
    anywhere = np.minimum(free, 0) + rng.random(2) * np.abs(free)
    heads = sample.points[~sample.ignore]
    wants_head, chosen, place = rng.random() < near_heads, rng.random(), rng.random(2)
    if wants_head and len(heads):
        over = heads[int(chosen * len(heads))] - place * size
        anywhere = np.where(free > 0, over, anywhere)
    corner = np.clip(np.floor(anywhere), np.minimum(free, 0), np.maximum(free, 0)).astype(int)
    return int(corner[0]), int(corner[1])


def cut(picture: Picture, corner: tuple[int, int], size: tuple[int, int]) -> Picture:
    """The crop of (width, height) from `corner` on; what lies outside of the picture is filled with `PADDING`."""
    (x, y), (width, height) = corner, size
    inner = picture[max(y, 0) : max(y + height, 0), max(x, 0) : max(x + width, 0)]
    if inner.shape[:2] == (height, width):
        return inner
    found = np.empty((height, width, 3), np.uint8)
    found[:] = np.array(PADDING, np.uint8)
    found[max(-y, 0) :, max(-x, 0) :][: inner.shape[0], : inner.shape[1]] = inner
    return found


def mirror(sample: Sample) -> Sample:
    """Left and right exchanged."""
    width = sample.picture.shape[1]
    points: Points = np.column_stack([width - sample.points[:, 0], sample.points[:, 1]])
    boxes, area = (_mirrored(each, width) for each in (sample.boxes, sample.whole))
    picture = np.asarray(cv2.flip(sample.picture, 1), np.uint8)
    return replace(sample, picture=picture, points=points, boxes=boxes, area=area)


def _mirrored(boxes: Boxes, width: int) -> Boxes:
    found: Boxes = boxes[:, [2, 1, 0, 3]]
    found[:, [0, 2]] = width - found[:, [0, 2]]
    return found
