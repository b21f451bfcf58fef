"""Scores by size: their means over runs, the halves of scenes, and their plots."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from training.figures.size_figure import draw_sizes
from training.scores.by_size import EDGES, BySize, class_words, recall_by_size

SCENES = {"d": (10, 4.0, -0.5), "a": (30, 5.0, -0.1), "c": (20, 12.0, 0.4), "b": (5, 9.0, 0.2), "e": (5, 30.0, -0.4)}


def scores(*, shift: float = 0.0, scenes: Any = SCENES) -> dict[str, Any]:
    """As scores.json has them."""
    rows = [
        {"from": low, "to": high, "heads": 10, "recall": 0.2 * number + shift}
        for number, (low, high) in enumerate(zip((0.0, *EDGES), (*EDGES, None), strict=True))
    ]
    rows[1] |= {"heads": 0, "recall": None}
    told = {
        name: {"images": 2, "mae": 1.0, "heads": heads, "median_side": side, "error_per_head": error + shift}
        for name, (heads, side, error) in scenes.items()
    }
    return {"recall_by_size": rows, "scenes": told}


def test_means_over_runs() -> None:
    found = BySize.of([scores(), scores(shift=0.1)])
    assert found.recall is not None
    assert [row["recall"] for row in found.recall] == [
        pytest.approx(0.05),
        None,
        *map(pytest.approx, (0.45, 0.65, 0.85)),
    ]
    assert found.scenes["c"] == {"heads": 20, "median_side": 12.0, "error_per_head": pytest.approx(0.45)}


def test_the_halves_are_of_scenes_with_smaller_and_larger_heads() -> None:
    small, large = BySize.of([scores()]).halves()
    assert small == {"from": 4.0, "to": 5.0, "scenes": 2, "heads": 40, "error_per_head": pytest.approx(-8 / 40)}
    assert large == {"from": 9.0, "to": 30.0, "scenes": 3, "heads": 30, "error_per_head": pytest.approx(7 / 30)}
    assert BySize.of([scores(scenes={"a": (1, 4.0, 0.0)})]).halves() == []


def test_what_is_not_known() -> None:
    empty = {"images": 1, "mae": 0.0, "heads": 0, "median_side": None, "error_per_head": None}
    old = {"scenes": {"a": 1.5}}  # as earlier versions stored it
    for each in (old, {}, {"scenes": {"a": empty}, "recall_by_size": None}):
        found = BySize.of([each])
        assert (found.recall, found.scenes, found.halves()) == (None, {}, [])
        assert draw_sizes({"run": found}, width=400) is None
    assert BySize.of([scores(), old]) == BySize(None, {})
    assert recall_by_size([]) is None


def test_words_of_classes() -> None:
    rows = BySize.of([scores()]).recall or []
    assert [class_words(row) for row in rows] == [
        "under 4 px", "4 to 6 px", "6 to 10 px", "10 to 16 px", "16 px and more"
    ]  # fmt: skip


def test_plots_are_as_wide_as_asked_and_go_on_in_another_line() -> None:
    run = BySize.of([scores()])
    drawn = draw_sizes({"$a_{": run, "_": BySize.of([scores(shift=9.0)])}, width=961)
    assert drawn is not None
    assert drawn.shape == (720, 961, 3)
    blue = np.abs(drawn.astype(np.int64) - (31, 95, 214)).sum(axis=2) < 30
    assert blue[:360, :480].any()  # recall
    assert blue[:360, 480:].any()  # bias of the first run
    assert not blue[360:].any()
