"""A paved square."""

from __future__ import annotations

import numpy as np

from gta_head_tools.synthesis.scenery import PAVING, Place, slab
from gta_head_tools.synthesis.stage import Floor
from gta_head_tools.synthesis.view import Range, View

RANGE = Range(share=0.85)


def build(view: View, rng: np.random.Generator) -> Place:
    """A square seen so."""
    far = min(view.far, 160.0)
    wide = view.reach(far) + 3
    ground = Floor(-wide, wide, view.near, far)
    tone = float(rng.uniform(150, 180))
    everywhere = Floor(-400, 400, -60, 900)
    lamps = np.array(
        [[x, view.near + (far - view.near) * y, 5.0, 1.0] for x in (-wide / 3, wide / 3) for y in (0.3, 0.8)]
    )
    paving = slab(everywhere, PAVING, (tone, tone * 0.96, tone * 0.9), (tone * 0.8, tone * 0.78, tone * 0.74))
    return Place((ground,), (paving,), lamps)
