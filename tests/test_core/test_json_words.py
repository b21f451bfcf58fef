from __future__ import annotations

import json
from typing import Annotated, Any, Literal

import msgspec
import pytest

from gta_head_tools.json_words import broken_json, undecoded, wrong_value


class Part(msgspec.Struct, forbid_unknown_fields=True):
    number: int | None = None
    side: float = 0
    flag: Literal[0, 1] | bool = 0
    pair: tuple[float, float] | None = None
    many: Annotated[list[str], msgspec.Meta(min_length=2)] = []
    high: Annotated[int, msgspec.Meta(ge=1, le=9)] = 1
    named: dict[str, int] = {}
    inner: Part | None = None


@pytest.mark.parametrize(
    ("text", "place", "problem"),
    [
        ('{"number": "abc"}', "number", "found the text 'abc', expected a whole number"),
        ('{"number": 1.5}', "number", "found 1.5, expected a whole number"),
        ('{"side": null}', "side", "found null, expected a number"),
        ('{"side": 1e999}', "side", "a number that is too large to be read"),
        ('{"flag": "yes"}', "flag", "found the text 'yes', expected true or false or a whole number"),
        ('{"flag": 2}', "flag", "found 2, which is none of the values that are allowed"),
        ('{"pair": [1]}', "pair", "found [1], expected a list of 2 values"),
        ('{"pair": {"x": 1}}', "pair", 'found {"x": 1}, expected a list'),
        ('{"many": ["a"]}', "many", 'found ["a"], expected a list of at least 2 values'),
        ('{"high": 0}', "high", "found 0, expected a whole number of at least 1"),
        ('{"high": 10}', "high", "found 10, expected a whole number of at most 9"),
        ('{"named": {"a.b": "c"}}', "named", "found a text, expected a whole number"),
        ('{"inner": {"pair": [1, true]}}', "inner.pair[1]", "found true, expected a number"),
        ('{"other": 1}', "", "has an unknown key 'other'"),
        ("[]", "", "found [], expected an object with named values"),
    ],
)
def test_a_wrong_value_is_told_in_plain_words(text: str, place: str, problem: str) -> None:
    with pytest.raises(msgspec.ValidationError) as caught:
        msgspec.json.decode(text, type=Part)
    assert wrong_value(caught.value, undecoded(text.encode())) == (place, problem)


class Named(msgspec.Struct):
    name: str


def test_a_missing_value_is_told() -> None:
    with pytest.raises(msgspec.ValidationError) as caught:
        msgspec.convert([{}], list[Named])
    assert wrong_value(caught.value, [{}]) == ("[0]", "has no 'name'")


BROKEN = [
    ("", None, "the file is empty"),
    ('{"a": [1, 2', 1, "the file ends in the middle, it was cut off"),
    ('{"a":\n NaN}', 2, "NaN is no number that JSON has"),
    ('{"a": -Infinity}', 1, "-Infinity is no number that JSON has"),
    ('{"a": 1}\n{"a": 2}', 2, "more text after its end, '{\"a\": 2}'"),
    ("{'a': 1}", 1, "\"'a': 1}\" cannot stand there"),
    ('{"a": 01}', 1, "cannot stand there"),
    ("[" * 200_000, None, "lie too deep in each other"),
]


@pytest.mark.parametrize(("text", "line", "words"), [*BROKEN, ('{"a": [1,],\n"b": 2}', 1, "a comma before ']'")])
def test_what_is_no_json_is_told_with_its_line(text: str, line: int | None, words: str) -> None:
    with pytest.raises((msgspec.DecodeError, RecursionError)) as caught:
        msgspec.json.decode(text)
    found, problem = broken_json(caught.value, text.encode())
    assert (found, problem.startswith("no valid JSON: ")) == (line, True)
    assert words in problem


def test_the_decoder_of_python_is_told_alike() -> None:
    def refuse(name: str) -> Any:
        raise ValueError(name)

    with pytest.raises(ValueError, match="Extra data") as caught:
        json.loads('{"é": 1}\n{"a": 2}', parse_constant=refuse)
    assert broken_json(caught.value, '{"é": 1}\n{"a": 2}'.encode())[0] == 2
