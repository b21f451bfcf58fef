"""The examples in the docstrings of the scores, which show the three lines of a training loop."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

from gta_head_tools import evaluation

MODULES = [found.name for found in pkgutil.iter_modules(evaluation.__path__, "gta_head_tools.evaluation.")]
PROTOCOLS = ("counting", "localization", "distances", "keypoints", "detection", "map_quality")


@pytest.mark.parametrize("name", MODULES)
def test_examples(name: str) -> None:
    module = importlib.import_module(name)
    results = doctest.testmod(module, extraglobs={"np": importlib.import_module("numpy")})
    assert results.failed == 0
    assert results.attempted or name.rpartition(".")[2] not in PROTOCOLS
