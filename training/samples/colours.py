"""Random changes of the colours and the quality of training samples; heads stay where they are."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

import cv2
import numpy as np
import torch
from torch import Tensor
from torchvision.transforms.v2 import functional

from gta_head_tools.annotations import ImageAnnotations
from gta_head_tools.pictures import Picture
from training.config import TrainConfig
from training.samples.letterbox import PADDING

_SHARE = 0.5
"""Share of the samples that are blurred; as many are made coarser, and as many are compressed."""
_GREY = np.array([0.299, 0.587, 0.114])
"""Weights of red, green and blue in perceived brightness (ITU-R BT.601)."""


def change_colours(picture: Picture, config: TrainConfig, rng: np.random.Generator) -> Picture:
    """A picture (H, W, 3) as another camera, in another light, might have taken it.

    The same random numbers are drawn for all strengths, so that one change does not alter the draws of the others.

    Args:
        picture: RGB.
        config: strengths of the changes.
        rng: of this sample and epoch.
    """
    picture = jitter(picture, config.jitter, rng)
    light, lens, file = rng.random(5), rng.random(4), rng.random(2)
    picture = grain(_blurred(_lit(picture, config, *light), config, *lens), config.noise, rng)
    return _compressed(picture, config, *file)


def change_pictures(
    labelled: Iterable[tuple[Picture, ImageAnnotations]], config: TrainConfig
) -> Iterator[tuple[Picture, ImageAnnotations]]:
    """Pictures with their heads, the pictures changed like samples; the same pictures are always changed alike."""
    for index, (picture, heads) in enumerate(labelled):
        yield change_colours(picture, config, np.random.default_rng([2, config.seed, index])), heads


def jitter(picture: Picture, strength: float, rng: np.random.Generator) -> Picture:
    """Brightness, contrast and saturation, each changed by a random factor of 1 - strength to 1 + strength.

    One matrix for all three takes a twentieth of the time of torchvision's three functions.
    """
    brightness, contrast, saturation = rng.uniform(1 - strength, 1 + strength, 3)
    if strength == 0:
        return picture
    mixing = saturation * np.eye(3) + (1 - saturation) * _GREY
    shift = (1 - contrast) * np.mean(PADDING)
    matrix = np.column_stack([brightness * contrast * mixing, np.full(3, shift)])
    return np.asarray(cv2.transform(picture, matrix), np.uint8)


def _lit(
    picture: Picture, config: TrainConfig, curve: float, red: float, green: float, blue: float, grey: float
) -> Picture:
    """With a random gamma curve and a gain of its own for each channel, and some without their colours."""
    image = _tensor(picture)
    if config.tone or config.tint:
        exponent = (1 + config.tone) ** (2 * curve - 1)
        gains = [1 + config.tint * (2 * draw - 1) for draw in (red, green, blue)]
        channels = zip(torch.split(image, 1), gains, strict=True)
        image = torch.cat([functional.adjust_gamma(channel, exponent, gain) for channel, gain in channels])
    if grey < config.grey:
        image = functional.rgb_to_grayscale(image, num_output_channels=3)
    return _picture(image)


def _blurred(
    picture: Picture, config: TrainConfig, blurs: float, blur: float, shrinks: float, shrink: float
) -> Picture:
    """As through a lens out of focus, and at the resolution of a coarser camera."""
    image = _tensor(picture)
    deviation = config.blur * blur
    if deviation and blurs < _SHARE:
        image = functional.gaussian_blur(image, [2 * math.ceil(3 * deviation) + 1] * 2, [deviation] * 2)
    if config.shrink < 1 and shrinks < _SHARE:
        height, width = picture.shape[:2]
        scale = config.shrink**shrink
        coarse = functional.resize(image, [max(round(height * scale), 1), max(round(width * scale), 1)])
        image = functional.resize(coarse, [height, width])
    return _picture(image)


def grain(picture: Picture, strength: float, rng: np.random.Generator) -> Picture:
    """The picture with grey noise of a random deviation up to `strength` grey levels, in grains of 1 to 4 pixels.

    Rendered surfaces are smooth: a detector that learns from them alone takes the grain of real pavement for far heads.
    """
    if strength == 0:
        return picture
    deviation, side = rng.uniform(0, strength), int(rng.integers(1, 5))
    height, width = picture.shape[:2]
    grains = rng.standard_normal((-(-height // side), -(-width // side)), dtype=np.float32) * deviation
    noise = cv2.resize(grains, (grains.shape[1] * side, grains.shape[0] * side), interpolation=cv2.INTER_LINEAR)
    noisy = picture + noise[:height, :width, None]
    return np.asarray(np.clip(np.rint(noisy), 0, 255), np.uint8)


def _compressed(picture: Picture, config: TrainConfig, compresses: float, quality: float) -> Picture:
    """Saved as a JPEG of a random quality."""
    if config.jpeg == 100 or compresses >= _SHARE:
        return picture
    chosen = round(config.jpeg + quality * (100 - config.jpeg))
    # OpenCV's order of the channels is blue, green, red.
    _, written = cv2.imencode(".jpg", np.ascontiguousarray(picture[..., ::-1]), [cv2.IMWRITE_JPEG_QUALITY, chosen])
    return np.ascontiguousarray(np.asarray(cv2.imdecode(written, cv2.IMREAD_COLOR), np.uint8)[..., ::-1])


def _tensor(picture: Picture) -> Tensor:
    return torch.from_numpy(np.require(picture, requirements=["C", "W"])).permute(2, 0, 1)


def _picture(image: Tensor) -> Picture:
    return np.asarray(image.permute(1, 2, 0).numpy(), np.uint8)
