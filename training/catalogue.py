"""The methods as a table: input, prediction, parameters, licences and recipes of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from gta_head_tools.errors import UnknownNameError
from training.asked_settings import read_recipe
from training.base import Method
from training.config import build_config
from training.operations import Operations, count_operations
from training.registry import METHODS, find_method

RECIPES = Path(__file__).parent / "recipes"


@dataclass(frozen=True, slots=True)
class MethodCard:
    """One method.

    Attributes:
        name: as for `--method`.
        paper: its source.
        input: size of its input.
        predicts: fields of `Prediction` that it fills.
        needs: what it learns from, points or boxes.
        losses: the default first.
        parameters: number of parameters by variant.
        operations: cost of the network by variant, for one picture of `training.operations.SIZE`.
        licence: what the licences of paper and reference code demand.
        recipes: names of the files.
    """

    name: str
    paper: str
    input: str
    predicts: tuple[str, ...]
    needs: str
    losses: tuple[str, ...]
    parameters: Mapping[str, int]
    operations: Mapping[str, Operations]
    licence: str
    recipes: tuple[str, ...]


def list_methods() -> list[MethodCard]:
    """All registered methods."""
    recipes = recipe_names()
    return [describe(name, find_method(name), recipes.get(name, ())) for name in METHODS]


def describe(name: str, kind: type[Method], recipes: tuple[str, ...] = ()) -> MethodCard:
    """The card of a method."""
    variants = kind.VARIANTS or {"default": {}}
    sizes = {variant: count_parameters(kind, settings) for variant, settings in variants.items()}
    costs = {variant: count_operations(kind, settings) for variant, settings in variants.items()}
    return MethodCard(
        name, kind.PAPER, kind.INPUT, kind.PREDICTS, kind.NEEDS, kind.LOSSES, sizes, costs, kind.LICENCE, recipes
    )


def count_parameters(kind: type[Method], settings: Mapping[str, Any]) -> int:
    """Number of parameters of a method with these settings, counted without allocating them."""
    with torch.device("meta"):
        method = kind(build_config(kind.Config, settings))
    return sum(parameter.numel() for parameter in method.parameters())


def recipe_names(folder: Path = RECIPES) -> dict[str, tuple[str, ...]]:
    """Names of the recipes by method, without their suffix.

    Raises:
        DataFormatError: a recipe is no TOML.
    """
    found: dict[str, tuple[str, ...]] = {}
    for path in sorted(folder.glob("*.toml")):
        method = str(read_recipe(path).get("method", ""))
        found[method] = (*found.get(method, ()), path.stem)
    return found


def find_recipe(name: Path) -> Path:
    """The file of a recipe: `name` itself, or, where that is a plain word, the shipped recipe of that name.

    Raises:
        UnknownNameError: no shipped recipe has that name.
    """
    if name.is_file() or name.suffix or len(name.parts) != 1:
        return name
    shipped = {path.stem: path for path in sorted(RECIPES.glob("*.toml"))}
    if name.name not in shipped:
        raise UnknownNameError("recipe", name.name, shipped)
    return shipped[name.name]
