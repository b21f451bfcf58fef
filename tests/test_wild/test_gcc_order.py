"""GCC scenes whose stored numbers fit both orders: one line says which order was taken, in every verb."""

from __future__ import annotations

from pathlib import Path

import pytest

from test_converters.gcc_scenes import write_json
from test_wild.verbs import ghtools, rows


@pytest.mark.parametrize("verb", ["convert", "evaluate"])
def test_the_order_is_told_once(tmp_path: Path, verb: str) -> None:
    for stem in "12":
        write_json(tmp_path / "set" / "scene_0_0", stem, [[100, 200], [900, 30]])
    source, out = tmp_path / "set", tmp_path / "out.csv"
    rest: list[str | Path] = [out, "--to", "csv"] if verb == "convert" else [source, "--jobs", "2"]
    done = ghtools(verb, source, *rest)
    assert done.exit_code == 0, done.stderr
    told = "scene_0_0: nothing tells whether heads are stored as row column or as x y; taken as row column"
    assert done.stderr.count(told) == 1
    if verb == "convert":
        assert [(row["x"], row["y"]) for row in rows(out)][:2] == [("201", "101"), ("31", "901")]
