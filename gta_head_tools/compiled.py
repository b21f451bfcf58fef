"""Loops over pixels and people, compiled by numba and kept compiled between runs.

A module with compiled functions imports this one, so nothing that a bare `import gta_head_tools` or `--help` needs may
import such a module at its top.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

from numba import njit

_P = ParamSpec("_P")
_R = TypeVar("_R")


def compiled(function: Callable[_P, _R]) -> Callable[_P, _R]:
    """The same function as machine code, with its types as written; other threads run while it does."""
    try:
        made = njit(cache=True, nogil=True)(function)
    except RuntimeError:  # Neither the package nor the home of the user can be written, as in some containers.
        made = njit(nogil=True)(function)
    return cast("Callable[_P, _R]", made)
