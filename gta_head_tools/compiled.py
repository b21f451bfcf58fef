"""Loops over pixels and people, compiled by numba and kept compiled between runs.

Importing this module loads numba. Modules with compiled functions import it, so nothing that `import gta_head_tools` or
`--help` needs may import them at its top.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, cast

from numba import njit

_UNCOUNTED: dict[str, Any] = {"cache": True, "nogil": True, "_nrt": False}
_P = ParamSpec("_P")
_R = TypeVar("_R")


def compiled(function: Callable[_P, _R]) -> Callable[_P, _R]:
    """The same function as machine code; it keeps its annotated types, and releases the GIL while it runs."""
    try:
        made = njit(cache=True, nogil=True)(function)
    except RuntimeError:  # In some containers neither the package nor the user's home can be written, for the cache.
        made = njit(nogil=True)(function)
    return cast("Callable[_P, _R]", made)


def scanner(function: Callable[_P, _R]) -> Callable[_P, _R]:
    """`compiled` for a loop over the characters of arrays that it is given; it makes no arrays.

    No references to these arrays are counted, which would take most of the time where `inlined` functions get them.
    """
    try:
        made = njit(**_UNCOUNTED)(function)
    except (RuntimeError, TypeError, KeyError):  # A numba without that option, or see `compiled`.
        return compiled(function)
    return cast("Callable[_P, _R]", made)


def inlined(function: Callable[_P, _R]) -> Callable[_P, _R]:
    """The same function as a part of the compiled functions that call it: a call in every loop would cost time."""
    return cast("Callable[_P, _R]", njit(inline="always")(function))
