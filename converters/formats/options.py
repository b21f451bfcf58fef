"""Options of reading and writing a format: frozen dataclasses, filled from `key=value` texts."""

from __future__ import annotations

import dataclasses
import math
import types
import typing
from collections.abc import Iterable
from typing import Any, Literal, TypeVar

from gta_head_tools.errors import ConfigError, UnknownNameError

Options = TypeVar("Options")


@dataclasses.dataclass(frozen=True, slots=True)
class NoOptions:
    """Options of a format that has none."""


def parse_options(kind: type[Options], pairs: Iterable[str]) -> Options:
    """Options from `key=value` texts.

    Args:
        kind: frozen dataclass whose fields are bool, int, float, str or Literal, each with a default.
        pairs: as typed after `-i` or `-o`.

    Raises:
        UnknownNameError: no such option; the message names the nearest.
        ConfigError: a value that does not fit its option, or an option given twice.
    """
    hints = typing.get_type_hints(kind)
    known = [f.name for f in dataclasses.fields(typing.cast(Any, kind))]
    chosen: dict[str, Any] = {}
    for pair in pairs:
        key, separator, value = pair.partition("=")
        key = key.strip().replace("-", "_")
        if not separator:
            raise ConfigError(f"option {pair!r}: expected key=value, e.g. {known[0] if known else 'key'}=...")
        if key not in known:
            raise UnknownNameError("option", key, known)
        if key in chosen:
            raise ConfigError(f"option {key} is given twice; keep one")
        chosen[key] = _parse_value(key, value.strip(), hints[key])
    return kind(**chosen)


def _parse_value(key: str, value: str, hint: Any) -> Any:
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        hint = next(arg for arg in typing.get_args(hint) if arg is not type(None))
    if typing.get_origin(hint) is Literal:
        allowed = typing.get_args(hint)
        if value not in allowed:
            raise UnknownNameError(f"value of option {key}", value, allowed)
        return value
    if hint is bool:
        words = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
        if value.lower() not in words:
            raise ConfigError(f"option {key}={value}: expected true or false")
        return words[value.lower()]
    try:
        parsed = hint(value)
    except ValueError as error:
        raise ConfigError(f"option {key}={value}: expected a {'whole number' if hint is int else 'number'}") from error
    if isinstance(parsed, float) and not math.isfinite(parsed):
        raise ConfigError(f"option {key}={value}: expected a finite number")
    return parsed


def describe_options(kind: type[Any]) -> list[str]:
    """`key=default` of every option, for tables."""
    return [
        f"{f.name}={str(f.default).lower() if f.default is None or isinstance(f.default, bool) else f.default}"
        for f in dataclasses.fields(kind)
    ]
