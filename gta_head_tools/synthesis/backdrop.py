"""The scenery of a stage: what every pixel shows, once per camera, and how it looks in a light."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gta_head_tools.pictures import Picture
from gta_head_tools.synthesis.light import Light
from gta_head_tools.synthesis.stage import Stage


@dataclass(frozen=True, slots=True)
class Backdrop:
    """What every pixel shows, without light.

    Attributes:
        albedo: (H, W, 3) own colour.
        depth: (H, W) metres along the optical axis, infinite in the sky.
    """

    albedo: NDArray[np.uint8]
    depth: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Lit:
    """Scenery in a light.

    Attributes:
        picture: (H, W, 3) RGB.
        sunlit: (H, W) 255 where the sun or moon reaches the surface, 0 in the shadow of scenery.
        depth: (H, W) metres along the optical axis, infinite in the sky.
    """

    picture: Picture
    sunlit: NDArray[np.uint8]
    depth: NDArray[np.float32]


def build_backdrop(stage: Stage) -> Backdrop:
    """What every pixel of a stage's pictures shows."""
    width, height = stage.size
    x, y = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
    depth = stage.camera.depth_on_plane(np.stack([x.ravel(), y.ravel()], axis=1), stage.size, stage.ground)
    shown = np.where(np.isnan(depth) | (depth > 2000), np.inf, depth).reshape(height, width).astype(np.float32)
    albedo = np.empty((height, width, 3), dtype=np.uint8)
    albedo[:] = np.array(stage.solids[0].colours[0], dtype=np.uint8)
    return Backdrop(albedo, shown)


def light_backdrop(backdrop: Backdrop, stage: Stage, light: Light) -> Lit:
    """A stage's scenery in a light: its picture, where the sun shines, and how far away everything is."""
    height = backdrop.depth.shape[0]
    clear = np.exp(-np.where(np.isinf(backdrop.depth), 1e6, backdrop.depth) * light.fog)[..., None]
    ground = backdrop.albedo * (light.sky_colour + light.sun_colour * light.sun[2])
    horizon = max(height / 2 + stage.focal * stage.axes()[2, 2], 1.0)
    rise = np.clip(1 - np.arange(height) / horizon, 0, 1)[:, None, None]
    sky = light.haze + (light.zenith - light.haze) * rise
    shown = np.where(np.isinf(backdrop.depth)[..., None], sky, ground * clear + light.haze * (1 - clear))
    picture = np.clip(np.rint(shown), 0, 255).astype(np.uint8)
    return Lit(picture, np.full(picture.shape[:2], 255, dtype=np.uint8), backdrop.depth)
