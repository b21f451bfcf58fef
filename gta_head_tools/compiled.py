"""Loops over pixels and people, compiled by numba and kept compiled between runs.

A module with compiled functions imports this one, so nothing that a bare `import gta_head_tools` or `--help` needs may
import such a module at its top.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, cast

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic
from numpy.typing import NDArray

_P = ParamSpec("_P")
_R = TypeVar("_R")


def compiled(function: Callable[_P, _R]) -> Callable[_P, _R]:
    """The same function as machine code, with its types as written; other threads run while it does."""
    return cast("Callable[_P, _R]", njit(cache=True, nogil=True)(function))


def _fetch(_context: Any, row: Any, _place: Any) -> Any:  # the types of numba's compiler, which has none for mypy
    def make(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        array, bits = context.make_array(signature.args[0])(context, builder, values[0]), ir.IntType(32)
        pointer = builder.bitcast(builder.gep(array.data, [values[1]]), ir.IntType(8).as_pointer())
        form = ir.FunctionType(ir.VoidType(), [pointer.type, bits, bits, bits])
        command = builder.module.declare_intrinsic("llvm.prefetch", (pointer.type,), form)
        builder.call(command, [pointer, bits(0), bits(3), bits(1)])
        return context.get_dummy_value()

    return types.void(row, types.intp), make


fetch = cast("Callable[[NDArray[np.generic], int], None]", intrinsic(_fetch))
"""Within compiled loops: the place of a row (1-D array) will soon be needed; it may lie beyond the end."""
