"""What RAZ-Net learns of a part of a picture, and of an enlarged region: crosses on heads, and attention."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch.nn.functional import interpolate

from gta_head_tools.annotations import Mask, Points
from gta_head_tools.maps.attention import attention_map, cross_map
from training.base import Batch, Map
from training.families.zooming import ZOOM


def drawn_targets(heads: Points, size: tuple[int, int], sigma: float) -> tuple[Mask, Map]:
    """RAZ-Net's localization (H, W) after equation 2, and attention (H, W), of a part of a picture.

    Args:
        heads: (N, 2) of the whole picture, pixels of the part: those outside of it reach into it.
        size: width and height of the part.
        sigma: how fast attention falls with the distance to heads, pixels.
    """
    corner = np.floor(heads.min(axis=0, initial=0.0))
    ends = np.ceil(np.maximum(heads.max(axis=0, initial=0.0), size))
    whole, left, top = ends - corner, int(-corner[0]), int(-corner[1])
    area, window = (int(whole[0]), int(whole[1])), (left, top, left + size[0], top + size[1])
    attention = np.empty(size[::-1], np.float32)
    attention_map(heads - corner, area, sigma=sigma, window=window, out=attention)
    return cross_map(heads - corner, area, window=window), attention


def enlarged(part: Batch, heads: Points, region: Sequence[int], sigma: float) -> Batch:
    """A region of a picture, enlarged, with its targets.

    Args:
        part: `image` and `valid` (1, c, h, w) of the region.
        heads: (N, 2) of the whole picture.
        region: (4,) x0 y0 x1 y1.
        sigma: how fast attention falls, pixels of the enlarged region.
    """
    image = interpolate(part["image"].float(), scale_factor=ZOOM, mode="bilinear", align_corners=False)
    height, width = image.shape[-2:]
    maps = drawn_targets((heads - region[:2]) * ZOOM, (width, height), sigma)
    cross, attention = (torch.from_numpy(each)[None, None].to(image.device) for each in maps)
    valid = part["valid"].repeat_interleave(ZOOM, 2).repeat_interleave(ZOOM, 3) | cross
    return {"image": image, "localization": cross, "attention": attention, "valid": valid}
