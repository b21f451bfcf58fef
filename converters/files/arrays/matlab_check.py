"""Checks a MATLAB file of version 4 or 5 before scipy reads it: damaged sizes make scipy crash, or read without an end.

Every element must lie in the one around it, and every array must hold as many numbers as its shape says.
Source: MathWorks, "MAT-File Format", versions 4 and 5.
"""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from gta_head_tools.unpacking import most_bytes

_HEADER = 128
_MATRIX, _COMPRESSED = 14, 15
_SIZES = {1: 1, 2: 1, 3: 2, 4: 2, 5: 4, 6: 4, 7: 4, 9: 8, 12: 8, 13: 8, 16: 1, 17: 2, 18: 4}
"""Kinds of numbers, and bytes of each."""
_SIZES_4 = {0: 8, 1: 4, 2: 4, 3: 2, 4: 2, 5: 1}
"""The same of version 4."""
_SPARSE_4 = 2
_CELL, _STRUCT, _OBJECT, _CHAR, _SPARSE = 1, 2, 3, 4, 5
_NUMERIC = range(6, 16)
_COMPLEX = 0x08
_DEEPEST = 16

Order = Literal["<", ">"]


@dataclass(frozen=True, slots=True)
class _Element:
    kind: int
    data: memoryview


def check(data: bytes) -> None:
    """Raise unless all sizes in a file fit each other; version 7.3, which is HDF5, is passed over.

    Raises:
        ValueError: some do not.
        zlib.error: a compressed variable is damaged.
    """
    if 0 in data[:4]:  # As scipy tells the version: version 4 has a zero there.
        _check_version_4(data)
        return
    if len(data) < _HEADER or data[124 + (data[126] == ord("I"))] != 1:  # 2 stands for version 7.3.
        return
    order: Order = "<" if data[126:128] == b"IM" else ">"
    for element in _elements(memoryview(data)[_HEADER:], order):
        whole = element
        if element.kind == _COMPRESSED:
            unpacker = zlib.decompressobj()
            unpacked = unpacker.decompress(element.data, most_bytes(len(element.data)))
            _demand(not unpacker.unconsumed_tail)
            (whole,) = _exactly(1, memoryview(unpacked), order)
        _demand(whole.kind == _MATRIX)
        _check_matrix(whole.data, order, _DEEPEST)


def _check_version_4(data: bytes) -> None:
    """Raise unless the arrays lie in the file: a header of five numbers, a name, and the numbers themselves."""
    place = 0
    while place < len(data):
        _demand(place + 20 <= len(data))
        order: Order = "<" if struct.unpack_from("<i", data, place)[0] in range(5000) else ">"
        kind, rows, columns, imaginary, name = struct.unpack_from(f"{order}5i", data, place)
        size = _SIZES_4.get(kind // 10 % 10, 0)
        _demand(0 <= kind < 5000 and size > 0 and min(rows, columns, name) >= 0)
        parts = 2 if imaginary == 1 and kind % 10 != _SPARSE_4 else 1
        place += 20 + name + rows * columns * size * parts
        _demand(place <= len(data))


def _demand(fits: bool) -> None:
    if not fits:
        raise ValueError("sizes in it do not fit each other")


def _elements(data: memoryview, order: Order) -> Iterator[_Element]:
    place = 0
    while place < len(data):
        _demand(place + 8 <= len(data))
        first, size = struct.unpack_from(f"{order}II", data, place)
        if first >> 16:  # At most four bytes stand in the tag itself.
            size = first >> 16
            _demand(size <= 4)
            yield _Element(first & 0xFFFF, data[place + 4 : place + 4 + size])
            place += 8
            continue
        _demand(place + 8 + size <= len(data))
        yield _Element(first, data[place + 8 : place + 8 + size])
        place += 8 + size + (-size % 8 if first != _COMPRESSED else 0)


def _exactly(count: int, data: memoryview, order: Order) -> list[_Element]:
    found = list(_elements(data, order))
    _demand(len(found) == count)
    return found


def _numbers(element: _Element, count: int | None = None) -> int:
    """How many numbers an element holds."""
    size = _SIZES.get(element.kind, 0)
    _demand(size > 0 and len(element.data) % size == 0)
    found = len(element.data) // size
    _demand(count is None or found == count)
    return found


def _check_matrix(data: memoryview, order: Order, deep: int) -> None:
    if not len(data):
        return  # An empty cell.
    _demand(deep > 0)
    parts = _elements(data, order)
    try:
        flags, shape, name = next(parts), next(parts), next(parts)
    except StopIteration as error:
        raise ValueError("an array is cut off") from error
    _demand(flags.kind == 6 and len(flags.data) == 8 and shape.kind in {5, 6} and name.kind in {1, 2, 16})
    (word,) = struct.unpack_from(f"{order}I", flags.data)
    sides = struct.unpack(f"{order}{_numbers(shape)}i", shape.data)
    _demand(len(sides) >= 2 and min(sides) >= 0)
    kind, count, rest = word & 0xFF, math.prod(sides), list(parts)
    if kind in _NUMERIC or kind == _CHAR:
        _demand(len(rest) == 1 + bool(word >> 8 & _COMPLEX))
        for part in rest:
            # Letters of UTF-8 may have more bytes than there are letters.
            _numbers(part, None if kind == _CHAR and part.kind == 16 else count)
    elif kind == _CELL:
        _check_all(rest, count, order, deep)
    elif kind in {_STRUCT, _OBJECT}:
        _check_struct(rest[kind == _OBJECT :], count, order, deep)
    else:
        _demand(kind == _SPARSE)
        for part in rest:
            _numbers(part)


def _check_struct(rest: list[_Element], count: int, order: Order, deep: int) -> None:
    _demand(len(rest) >= 2 and rest[0].kind == 5 and len(rest[0].data) == 4)
    (length,) = struct.unpack(f"{order}i", rest[0].data)
    _demand(rest[1].kind in {1, 2, 16} and 0 < length <= 64 and len(rest[1].data) % length == 0)
    _check_all(rest[2:], count * (len(rest[1].data) // length), order, deep)


def _check_all(parts: list[_Element], count: int, order: Order, deep: int) -> None:
    _demand(len(parts) == count)
    for part in parts:
        _demand(part.kind == _MATRIX)
        _check_matrix(part.data, order, deep - 1)
