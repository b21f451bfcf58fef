"""Options of reading and writing a format: frozen dataclasses, filled from `key=value` texts."""

from __future__ import annotations

import dataclasses
import inspect
import math
import re
import types
import typing
from collections.abc import Iterable
from typing import Any, Literal, TypeVar

from converters.files.labels.scene_names import SceneGrouping
from gta_head_tools.errors import ConfigError, UnknownNameError

Options = TypeVar("Options")


@dataclasses.dataclass(frozen=True, slots=True)
class NoOptions:
    """Options of a format that has none."""


@dataclasses.dataclass(frozen=True, slots=True)
class StillOptions:
    """Options of reading still pictures.

    Attributes:
        scenes: how pictures make scenes.
    """

    scenes: SceneGrouping = "image"


@dataclasses.dataclass(frozen=True, slots=True)
class PointOptions:
    """Options of reading a published set of still pictures with points.

    Attributes:
        shift: added to both coordinates, pixels.
        scenes: how pictures make scenes.
    """

    shift: float = 0.0
    scenes: SceneGrouping = "image"


@dataclasses.dataclass(frozen=True, slots=True)
class CommonOptions:
    """Options of reading that every format has.

    Attributes:
        exif: whether labels are of the picture as its EXIF orientation turns it; auto = by the size that they declare.
    """

    exif: Literal["auto", "apply", "ignore"] = "auto"


def reading_options(kind: type[Options], pairs: Iterable[str]) -> tuple[Options, CommonOptions]:
    """The options of reading: the format's own, and those that every format has.

    Args:
        kind: of the format, see `parse_options`.
        pairs: as typed after `-i`.

    Raises:
        UnknownNameError: no such option; the message names the nearest.
        ConfigError: a value that does not fit its option, or an option given twice.
    """
    common = option_names(CommonOptions)
    parted: tuple[list[str], list[str]] = ([], [])
    for pair in pairs:
        parted[is_common(pair)].append(pair)
    return parse_options(kind, parted[0], others=common), parse_options(CommonOptions, parted[1])


def is_common(pair: str) -> bool:
    """True for a `key=value` text of an option that every format has."""
    return _key(pair) in option_names(CommonOptions)


def option_names(kind: type[Any]) -> list[str]:
    """The names of options."""
    return [field.name for field in dataclasses.fields(kind)]


def _key(pair: str) -> str:
    return pair.partition("=")[0].strip().replace("-", "_")


def parse_options(kind: type[Options], pairs: Iterable[str], *, others: Iterable[str] = ()) -> Options:
    """Options from `key=value` texts.

    Args:
        kind: frozen dataclass whose fields are bool, int, float, str or Literal, each with a default.
        pairs: as typed after `-i` or `-o`.
        others: names of options that are parsed elsewhere, for the message.

    Raises:
        UnknownNameError: no such option; the message names the nearest.
        ConfigError: a value that does not fit its option, or an option given twice.
    """
    hints = typing.get_type_hints(kind)
    known = option_names(typing.cast(Any, kind))
    chosen: dict[str, Any] = {}
    for pair in pairs:
        _, separator, value = pair.partition("=")
        key = _key(pair)
        if not separator:
            raise ConfigError(f"option {pair!r}: expected key=value, e.g. {known[0] if known else 'key'}=...")
        if key not in known:
            raise UnknownNameError("option", key, [*known, *others])
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


def explain_options(kind: type[Any]) -> list[tuple[str, str]]:
    """`key=default` of every option, with its choices, and what its class says about it in `Attributes`."""
    said = re.split(r"\n {4}(?=\w+: )", inspect.cleandoc(kind.__doc__ or "").partition("Attributes:")[2])
    plain = (re.sub(r",? see `[\w.]+`", "", " ".join(part.split())) for part in said)  # Users do not read our modules.
    meanings = {name: text for name, _, text in (part.partition(": ") for part in plain)}
    hints = typing.get_type_hints(kind)
    shown = zip(option_names(kind), describe_options(kind), strict=True)
    return [(text + _choices(hints[name]), meanings.get(name, "")) for name, text in shown]


def _choices(hint: Any) -> str:
    """The values that an option can have, where they are few words."""
    literals = [arg for arg in (hint, *typing.get_args(hint)) if typing.get_origin(arg) is Literal]
    words = [str(value) for literal in literals for value in typing.get_args(literal)]
    return f" ({'|'.join(words)})" if words else ""


def describe_options(kind: type[Any]) -> list[str]:
    """`key=default` of every option, for tables."""
    return [
        f"{f.name}={str(f.default).lower() if f.default is None or isinstance(f.default, bool) else f.default}"
        for f in dataclasses.fields(kind)
    ]
