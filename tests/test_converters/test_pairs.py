"""Every format into every other: losses are reported, coordinates come back within a bound, and the page is true."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from conversion_table import HEAD, SOURCES, line, row
from test_converters.test_formats.test_contract import WRITTEN

ERROR = {"dm_count": 2.5e-4, "mot": 5.1e-4, "voc": 0.01, "yolo": 0.002}
"""Largest error of a coordinate, pixels, of formats that do not keep six decimals."""
PAGE = Path(__file__).parents[2] / "docs/conversions.md"


@pytest.fixture(scope="module")
def page() -> list[str]:
    return PAGE.read_text("utf-8").splitlines()


def test_the_page_names_every_format(page: list[str]) -> None:
    assert HEAD.splitlines() == page[: len(HEAD.splitlines())]
    assert f"| from \\ to | {' | '.join(WRITTEN)} |" in page
    assert [text.split(" | ")[0][2:] for text in page if text.startswith("| ")][2:] == SOURCES


@pytest.mark.parametrize("name", SOURCES)
def test_losses_are_refused_and_reported_and_coordinates_come_back(name: str, tmp_path: Path, page: list[str]) -> None:
    cells = row(name, tmp_path)
    for to, cell in cells.items():
        assert cell.lost == cell.reported, to
        assert cell.refused == (cell.text in {"box", "name"} or bool(cell.lost)), to
        assert np.isnan(cell.error) or cell.error <= ERROR.get(to, 1.01e-6), to
    assert line(name, cells) in page
