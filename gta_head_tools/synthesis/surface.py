"""The skin of a sprite: what is hidden from the sky, folds and strands, and the packing into texels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gta_head_tools.compiled import compiled
from gta_head_tools.synthesis.casting import Samples


@compiled
def pack(texels: Samples, out: NDArray[np.uint32]) -> None:
    """Texels (H, W, 8) as alpha<<24 | shade<<16 | normal up<<9 | normal right<<4 | material, row by row."""
    place = 0
    for row in range(texels.shape[0]):
        for column in range(texels.shape[1]):
            texel = texels[row, column]
            alpha = int(255.0 * texel[0] + 0.5)
            if alpha == 0:
                out[place] = 0
            else:
                shade = int(255.0 * min(max(texel[1], 0.0), 1.0) + 0.5)
                right = int((texel[2] + 1.0) * 15.5 + 0.5)
                up = int((texel[3] + 1.0) * 15.5 + 0.5)
                out[place] = (alpha << 24) | (shade << 16) | (up << 9) | (right << 4) | int(texel[5])
            place += 1
