"""Settings as they are asked for, by recipes and by texts of the command line; `training.config` checks them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from gta_head_tools.encodings import as_utf8
from gta_head_tools.errors import ConfigError, DataFormatError
from training.named_code import split_code, trusted_name

_BARE_POINT = re.compile(r"[+-]?([0-9]+\.|\.[0-9]+)([eE][+-]?[0-9]+)?")
"""Numbers that are none in TOML, as no digit is before or after the point."""


def parse_settings(pairs: Iterable[str]) -> dict[str, Any]:
    """Settings from `key=value` texts. A value is TOML, or a number like `.5` and `5.`; all else is taken as text.

    Raises:
        ConfigError: no `=` in one, or a key given twice.
    """
    found: dict[str, Any] = {}
    for pair in pairs:
        key, separator, text = pair.partition("=")
        key = key.strip().replace("-", "_")
        if not separator or not key:
            raise ConfigError(f"setting {pair!r}: expected key=value, e.g. lr=1e-3")
        if key in found:
            raise ConfigError(f"setting {key} is given twice; keep one")
        found[key] = _plain_value(text.strip())
    return found


def parse_loss(text: str) -> tuple[str, dict[str, Any]]:
    """A loss and its own settings, from `NAME` or `NAME:key=value,key=value`.

    Raises:
        ConfigError: a setting without `=`, or given twice.

    >>> parse_loss("focal:gamma=4,alpha_pos=1")
    ('focal', {'gamma': 4, 'alpha_pos': 1})
    """
    name, _, settings = text.partition(":")
    return name.strip().replace("-", "_"), parse_settings(settings.split(",") if settings else ())


def _plain_value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return float(text) if _BARE_POINT.fullmatch(text) else text


def read_recipe(path: Path) -> dict[str, Any]:
    """The settings of a recipe: a flat TOML file; `method` in it names the method.

    Raises:
        DataFormatError: the file is missing or no TOML.
    """
    try:
        return tomllib.loads(b"\n".join(as_utf8(path.read_bytes(), path).splitlines()).decode())
    except OSError as error:
        raise DataFormatError(path, f"cannot be read ({error}); expected a recipe in TOML") from error
    except tomllib.TOMLDecodeError as error:
        raise DataFormatError(path, f"is no TOML: {error}") from error


def gather_settings(
    recipe: Mapping[str, Any],
    *,
    method: str | None = None,
    loss: str | None = None,
    pairs: Iterable[str] = (),
    **single: Any,
) -> tuple[str | None, dict[str, Any]]:
    """Name of the method and settings, from a recipe and from what the user asks for, which replaces the recipe's.

    Args:
        recipe: from `read_recipe`.
        method: None = that of the recipe.
        loss: see `parse_loss`; None = that of the recipe, with its own settings.
        pairs: settings as `key=value`.
        single: settings by name; None = not asked for.

    Raises:
        ConfigError: the recipe is for another method, or for one whose code the user does not name, a name in it is no
            text, or something is asked for twice.
    """
    settings = {key.replace("-", "_"): value for key, value in recipe.items()}
    for key in ("method", "loss"):
        if not isinstance(settings.get(key, ""), str):
            raise ConfigError(f"{key} = {settings[key]!r}: expected a name in quotation marks")
    of_recipe = settings.pop("method", None)
    if of_recipe is not None and split_code(of_recipe) is not None:
        of_recipe = method = trusted_name(of_recipe, [] if method is None else [method])
    elif method is not None and of_recipe is not None and method.lower().replace("-", "_") != of_recipe:
        raise ConfigError(f"--method {method}: the recipe is for {of_recipe}; leave out one of them")
    asked = {key: value for key, value in single.items() if value is not None}
    if "loss" in settings:
        settings["loss"], own = parse_loss(settings["loss"])
        settings |= own if loss is None else {}
    for more in (_loss_settings(loss), parse_settings(pairs)):
        twice = asked.keys() & more.keys()
        if twice:
            raise ConfigError(f"setting {min(twice)} is given twice; keep one")
        asked |= more
    return method or of_recipe, settings | asked


def _loss_settings(text: str | None) -> dict[str, Any]:
    if text is None:
        return {}
    name, own = parse_loss(text)
    return {"loss": name} | own
