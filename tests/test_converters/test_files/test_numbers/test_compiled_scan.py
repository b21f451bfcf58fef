"""Numbers that are scanned by compiled code are those of the decoders that they stand in for."""

from __future__ import annotations

import random
from fractions import Fraction
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from converters.files.numbers.compiled_numbers import MISSING
from converters.files.numbers.compiled_records import Key, scan_records
from converters.files.numbers.compiled_scan import scan_rows

KEYS = [Key("id", "whole"), Key("bbox", "float", 4), Key("area", "float"), Key("known", "flag"), Key("at", "whole", 2)]


class Record(msgspec.Struct, forbid_unknown_fields=True):
    id: int | None = None
    bbox: tuple[float, float, float, float] | None = None
    area: float | None = None
    known: bool | None = None
    at: tuple[int, int] | None = None


def same(one: float, other: float) -> bool:
    return np.float64(one).tobytes() == np.float64(other).tobytes()


SPELLINGS = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.floats(-2000, 2000).map(repr),
    st.integers(-(10**20), 10**20).map(str),
    st.decimals(-9999, 9999, places=3).map(str),
    st.from_regex(r"-?[0-9]{1,19}(\.[0-9]{1,19})?([eE][+-]?[0-9]{1,3})?", fullmatch=True),
    st.sampled_from(["-0", "-0.0", "0e5", "1e22", "1e23", "1e-22", "9007199254740993", "1e999"]),
    st.sampled_from(["007", "+1", "1.", ".5", "1e", "1e+", "-", "-.", "٣", "1_0", "0x1"]),
)


@given(SPELLINGS)
def test_a_number_is_the_nearest_float_or_left_to_others(text: str) -> None:
    found = scan_rows(f"{text}\n".encode(), 1)
    if found is not None:
        assert same(found[0, 0], msgspec.json.decode(text, type=float))
    else:
        plain = len(text.strip("-").replace(".", "")) <= 15 and "e" not in text.lower() and text.isascii()
        assert not plain or text in {"007", "+1", "1.", ".5", "-", "-.", "1_0", "0x1"} or text.strip("-")[0] == "0"


def test_many_digits_and_halves_between_floats_are_rounded_right() -> None:
    rng = random.Random(0)
    texts = [repr(rng.uniform(0, 1000) * rng.uniform(0, 1000)) for _ in range(20_000)]
    texts += [f"{rng.randrange(10**15, 10**19)}e{rng.randrange(-27, 28)}" for _ in range(20_000)]
    for _ in range(20_000):
        half = Fraction(2 * rng.randrange(2**52, 2**53) + 1) * Fraction(2) ** rng.randrange(-10, 4)
        shift = half.denominator.bit_length() - 1
        texts += [f"{half.numerator * 5**shift + off}e-{shift}" for off in (-1, 0, 1)]
    texts = [text for text in texts if len(text.partition("e")[0]) <= 19]
    found = scan_rows("\n".join([*texts, ""]).encode(), 1)
    assert found is not None
    assert found[:, 0].tobytes() == np.array([float(text) for text in texts]).tobytes()


@pytest.mark.parametrize("text", ["1,2\n3", "1\n2,3", "1,2\n", "1,,2", "1, 2\n3,4", "", ",", "1,2\r\n3,4"])
def test_other_rows_are_left_to_others(text: str) -> None:
    assert scan_rows(f"{text}\n".encode(), 2) is None


def test_rows_without_a_newline_at_the_end_are_left_to_others() -> None:
    assert scan_rows(b"1,2\n3,4", 2) is None


BLANKS = st.sampled_from(["", "", " ", "\n", "\t \r\n"])
WHOLE = st.one_of(st.integers(-(10**19), 10**19).map(str), st.sampled_from(["-0", "1.0", "null", "true", "007"]))
VALUES = {
    "id": WHOLE,
    "area": SPELLINGS,
    "known": st.sampled_from(["true", "false", "0", "tru", "falsee", "null"]),
    "bbox": st.lists(SPELLINGS, min_size=3, max_size=5).map(lambda all_: f"[{','.join(all_)}]"),
    "at": st.lists(WHOLE, min_size=2, max_size=2).map(lambda all_: f"[ {' , '.join(all_)} ]"),
    "other": st.sampled_from(["1", "{}", "[]", '"}"']),
    "\\u0069d": st.just("1"),
}


@st.composite
def records(draw: st.DrawFn) -> str:
    """Records in many spellings, most of them right."""
    made = []
    for _ in range(draw(st.integers(1, 3))):
        keys = draw(st.lists(st.sampled_from([*VALUES][:5] * 5 + [*VALUES]), min_size=1, max_size=5))
        keys = keys if draw(SELDOM) else list(dict.fromkeys(keys))
        members = [f'{draw(BLANKS)}"{key}"{draw(BLANKS)}:{draw(BLANKS)}{draw(VALUES[key])}' for key in keys]
        made.append("{" + ",".join(member + draw(BLANKS) for member in members) + "}")
    return f"{draw(BLANKS)},{draw(BLANKS)}".join(made)


SELDOM = st.sampled_from([False, False, False, True])


@given(records())
def test_records_are_those_of_the_decoder_or_left_to_it(text: str) -> None:
    found = scan_records(text.encode(), KEYS)
    if found is None:
        return
    expected = msgspec.json.decode(f"[{text}]", type=list[Record])
    assert len(expected) == len(found["id"])
    for row, record in enumerate(expected):
        for key in KEYS:
            check(getattr(record, key.name), found[key.name][row], key)


def check(expected: Any, found: Any, key: Key) -> None:
    values = [MISSING if key.kind != "float" else np.nan] if expected is None else np.ravel(expected)
    for value, other in zip(np.broadcast_to(values, max(key.count, 1)), np.ravel(found), strict=True):
        assert same(value, other) if key.kind == "float" else value == other


PLAIN = '{"id":1,"bbox":[1,2.5,3e1,-4],"area":0.1,"known":false,"at":[1,2]}'


@pytest.mark.parametrize("text", [PLAIN, '{"id":1} , {"area":2}', f"{PLAIN}\r\n,\t{PLAIN}", PLAIN.replace(":", " : ")])
def test_plain_records_are_not_left_to_others(text: str) -> None:
    assert scan_records(text.encode(), KEYS) is not None


@pytest.mark.parametrize("put", ["", "x", '"', "{", "}", "[", "]", ",", "\0", "9", "-", "é", "\\"])
def test_a_changed_character_is_left_to_others_or_read_as_the_decoder_reads_it(put: str) -> None:
    for place in range(len(PLAIN)):
        for end in (place, place + 1):
            text = f"{PLAIN[:place]}{put}{PLAIN[end:]}"
            found = scan_records(text.encode(), KEYS)
            if found is not None:
                (record,) = msgspec.json.decode(f"[{text}]", type=list[Record])
                for key in KEYS:
                    check(getattr(record, key.name), found[key.name][0], key)
