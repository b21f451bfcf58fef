from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from test_wild.verbs import ghtools, rows


def test_a_case_is_copied_and_read(case: Callable[[str], Path]) -> None:
    folder = case("08-coco-ignore-key")
    assert ghtools("convert", "set.json", "out.csv", "--to", "csv").exit_code == 0
    assert len(rows(folder / "out.csv")) == 2
