"""Real boxes: a few anchors must give the heads of NWPU-Crowd's validation images their size."""

from __future__ import annotations

from pathlib import Path

import pytest

from test_core.acceptance import Row, nwpu_rows
from test_core.nwpu_boxes import read_images, typical_error

pytestmark = pytest.mark.samples


def misses(rows: tuple[Row, ...]) -> list[str]:
    """Print every row; those that miss their demand."""
    measured = [(row, row.measure(0)) for row in rows]
    print("", *(row.line(value) for row, value in measured), sep="\n")
    return [row.line(value) for row, value in measured if not row.met(value)]


def test_sizes_on_a_third_of_the_images(samples: Path) -> None:
    assert misses(nwpu_rows(samples, share=1 / 3)) == []


@pytest.mark.slow
def test_sizes_on_all_images(samples: Path) -> None:
    assert misses(nwpu_rows(samples)) == []


@pytest.mark.parametrize(("count", "published"), [(1, 33.3), (3, 26.0), (6, 21.9), (12, 18.8)])
def test_paper_rule_errs_as_measured_elsewhere(samples: Path, count: int, published: float) -> None:
    """The specification's figures, on half of the images: the sizes are read as they are meant."""
    assert typical_error(read_images(samples), count, "two-nearest") == pytest.approx(published, abs=2.5)
