"""Tests of the training room are passed over, saying so, where the extra `train` is not installed."""

from __future__ import annotations

import importlib.util
import os

import pytest

collect_ignore_glob: list[str] = []

if importlib.util.find_spec("torch") is None:
    if os.environ.get("GHTOOLS_REQUIRE_GUI") == "1":
        raise pytest.UsageError("the extra 'train' is not installed, and this run is to leave nothing out")
    collect_ignore_glob.append("test_*.py")
else:
    import torch

    # Two threads that share busy cores spend twenty times the time of one on networks as small as those of the tests.
    torch.set_num_threads(1)


def pytest_report_header() -> list[str]:
    return ["training tests are left out: pip install -e '.[train]'"] if collect_ignore_glob else []
