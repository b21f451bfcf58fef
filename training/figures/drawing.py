"""What all drawings of training share: matplotlib's own style whatever a user has set, and pixels instead of windows.

A figure has `DPI`, at which a point, the unit of letters and lines, is one pixel.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from gta_head_tools.pictures import Picture

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DPI = 72
SOFT, LINE = "#4a5160", "#d8d8d8"
"""Colours of words and lines that stand back, for `gta_head_tools.report.plots.dress`."""


@contextmanager
def plain_style(letters: float) -> Iterator[None]:
    """Matplotlib's own style with letters of a size, whatever the settings of the user say."""
    from matplotlib import rc_context, rcdefaults, rcParams

    with rc_context(), warnings.catch_warnings():
        rcdefaults()
        rcParams["font.size"] = letters
        # Names may hold letters that the font lacks; boxes are drawn instead of them.
        warnings.filterwarnings("ignore", "Glyph .* missing")
        yield


def rendered(figure: Figure) -> Picture:
    """The pixels of a figure, which depend on nothing but the figure."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    canvas: Any = FigureCanvasAgg(figure)  # matplotlib has no types here
    canvas.draw()
    return np.asarray(canvas.buffer_rgba(), dtype=np.uint8)[..., :3].copy()
