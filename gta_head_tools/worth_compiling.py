"""When compiled code pays: loading numba and the functions kept on disk takes as long as much work without them."""

from __future__ import annotations

import sys
from collections import defaultdict

_LOADING = 0.3
"""Seconds of work that must be saved before compiled code is loaded. Loading takes about twice as long, but work that
has taken long usually goes on."""
_saved: defaultdict[str, float] = defaultdict(float)
"""Seconds that each module would have saved so far."""


def worth_compiling(module: str, seconds: float) -> bool:
    """True when a module of compiled functions is loaded, or it would have saved enough since the process started.

    Small files are handled without waiting for numba, and large ones soon get its speed; results are the same.

    Args:
        module: its name.
        seconds: that it would save now.
    """
    if module in sys.modules:
        return True
    _saved[module] += seconds
    return _saved[module] > _LOADING
