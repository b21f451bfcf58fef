"""The acceptance table of the size rules, one row a test; `pytest -s` shows measured beside demanded.

`pytest -n 0 -s -m slow tests/test_core/test_interpolation/test_acceptance.py` prints all rows as markdown, over five
times as many scenes.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gta_head_tools.interpolation.rules import fit_sizes
from gta_head_tools.interpolation.size_model import SceneView
from test_core.acceptance import EXACT, SIMULATED, TIMED, Row, nwpu_rows
from test_core.reference_rules import Pair, two_nearest
from test_core.trials import SCENES

COORDINATES = st.integers(0, 6).map(float)
PLACES = st.lists(st.tuples(COORDINATES, COORDINATES), min_size=1, max_size=8)
SIDES = st.floats(1.0, 300.0)


@pytest.mark.parametrize("row", [row for row in (*SIMULATED, *EXACT) if not row.slow], ids=lambda row: row.check)
def test_row_of_the_acceptance_table(row: Row) -> None:
    value = row.measure(SCENES)
    print("\n" + row.line(value))
    assert row.met(value), row.line(value)


@pytest.mark.slow
def test_whole_acceptance_table() -> None:
    samples = os.environ.get("GHTOOLS_SAMPLES")
    rows = (*SIMULATED, *EXACT, *TIMED, *(nwpu_rows(Path(samples)) if samples else ()))
    values = [row.measure(5 * SCENES) for row in rows]
    print("\n| check | measured | demanded | aim |\n|---|---|---|---|")
    for row, value in zip(rows, values, strict=True):
        print("|", " | ".join(row.cells(value)), "|")
    if not samples:
        print("| NWPU rows | not measured: GHTOOLS_SAMPLES is not set | | |")
    assert [row.line(value) for row, value in zip(rows, values, strict=True) if not row.met(value)] == []


@given(heads=PLACES, anchors=PLACES, data=st.data())
def test_paper_rule_is_the_plain_loop_bit_for_bit(heads: list[Pair], anchors: list[Pair], data: st.DataObject) -> None:
    # Whole coordinates make ties, coincident anchors and heads on anchors common.
    sizes = data.draw(st.lists(st.tuples(SIDES, SIDES), min_size=len(anchors), max_size=len(anchors)))
    view = SceneView((np.array(heads),), (8, 8))
    found = fit_sizes(np.array(anchors), np.array(sizes), view, rule="two-nearest").predict(np.array(heads))
    assert list(zip(found.widths, found.heights, strict=True)) == two_nearest(heads, anchors, sizes)
