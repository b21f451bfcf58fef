"""Fixtures of all rooms."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def samples() -> Path:
    """Folder of the real sample data; tests that use it are marked `samples`."""
    folder = os.environ.get("GHTOOLS_SAMPLES")
    if not folder:
        pytest.skip("GHTOOLS_SAMPLES is not set: it names the folder of the (research-only) sample data")
    if not Path(folder).is_dir():
        pytest.fail(f"GHTOOLS_SAMPLES={folder} is no folder")
    return Path(folder)
