"""Numbers of the materials and weaves of the surfaces of people and things."""

from __future__ import annotations

import numpy as np

SKIN, HAIR, TOP, BOTTOM, SHOES, HEADWEAR, DRAPE, ACCENT, DARK, WHITE, NECK, VEIL, LIPS, BAG, INNER, TRIM = range(16)
"""Materials. DRAPE and VEIL are HAIR and HEADWEAR below the chin; INNER is visible under an open coat."""
HEAD_MATERIALS = np.isin(np.arange(16), (SKIN, HAIR, HEADWEAR, DARK, WHITE, LIPS, TRIM))
"""Materials that count as head: face, hair and hat down to the chin, but not the neck or anything that hangs lower."""
NOTHING = 16
"""Material of solids that are not drawn but hide what is behind them: the place of the body in a sprite of a head."""

PLAIN, HANGING, BUNCHED, STRANDS, CURLS, ROUGH, PANELS = range(7)
"""Weaves: smooth; cloth with vertical or horizontal folds; straight hair; curly hair; stone; panels of an umbrella."""
