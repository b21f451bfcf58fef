"""Predictions at ignored heads count neither for nor against, whatever is scored."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from test_wild.verbs import ghtools, scores

PROTOCOLS = ("counting", "nwpu", "keypoint", "boxes")


def files(folder: Path, predicted: list[str], true: list[str]) -> tuple[Path, Path]:
    """CSVs of `x1,y1,x2,y2,score` and `x1,y1,x2,y2,ignore`, or `x,y,...` where a row has fewer numbers."""
    heads = {4: "x,y", 6: "x1,y1,x2,y2"}
    for name, rows, last in (("p.csv", predicted, "score"), ("t.csv", true, "ignore")):
        lines = [f"a.jpg,{row}" for row in rows]
        folder.joinpath(name).write_text("\n".join([f"image,{heads[len(lines[0].split(','))]},{last}", *lines, ""]))
    return folder / "p.csv", folder / "t.csv"


def precision(found: dict[str, Any]) -> float:
    """The share of predictions that are right, in the terms of the protocol."""
    by = {"counting": ("distances", "precision"), "nwpu": ("sigma_l", "precision"), "keypoint": ("sigma_20", "ap50")}
    if found["protocol"] == "boxes":
        return float(found["ap50"])
    outer, inner = by[found["protocol"]]
    return float(found[outer][inner])


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_one_rule_in_one_report(case: Callable[[str], Path], protocol: str) -> None:
    case("10-counts-at-ignored-heads")
    found = scores("pred.csv", "truth.csv", "--protocol", protocol)
    assert (found["mae"], precision(found)) == (0, 1.0)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_region_takes_all_that_lies_in_it_and_nothing_beyond(tmp_path: Path, protocol: str) -> None:
    sides = files(
        tmp_path,
        ["0,0,10,10,0.9", "300,300,310,310,0.8", "700,340,710,350,0.7", "400,100,410,110,0.99"],
        ["0,0,10,10,0", "100,280,900,360,1"],
    )
    found = scores(*sides, "--protocol", protocol)
    assert found["mae"] == 1  # The last prediction lies 170 px above the region.
    assert precision(found) == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize("protocol", ["counting", "keypoint"])
def test_points_alone(tmp_path: Path, protocol: str) -> None:
    sides = files(tmp_path, ["5,5,0.9", "103,104,0.8"], ["5,5,0", "100,100,1"])
    found = scores(*sides, "--protocol", protocol)
    assert (found["mae"], precision(found)) == (0, 1.0)
    sides = files(tmp_path, ["5,5,0.8", "170,100,0.9"], ["5,5,0", "100,100,1"])
    found = scores(*sides, "--protocol", protocol)
    assert found["mae"] == 1
    assert precision(found) == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_heads_that_count_are_matched_first(tmp_path: Path, protocol: str) -> None:
    """The one prediction lies at both heads."""
    sides = files(tmp_path, ["2,0,12,10,0.9"], ["0,0,10,10,0", "3,0,13,10,1"])
    found = scores(*sides, "--protocol", protocol)
    assert found["mae"] == 0
    if protocol != "keypoint":  # RAZ-Net tries the nearest head alone.
        assert precision(found) > 0.9


def test_game_and_images_leave_them_out_too(tmp_path: Path) -> None:
    sides = files(tmp_path, ["0,0,10,10,0.9", "50,0,60,10,0.8"], ["0,0,10,10,0", "50,0,60,10,1"])
    from PIL import Image

    Image.new("RGB", (64, 48)).save(tmp_path / "a.jpg")
    found = scores(*sides, "--per-image", tmp_path / "i.csv")
    assert found["game"] == [0, 0, 0, 0]
    assert (tmp_path / "i.csv").read_text().splitlines()[1].startswith("a.jpg,t,1,1,0")


def test_mot_rows_that_are_flagged_0(tmp_path: Path) -> None:
    (tmp_path / "p.txt").write_text("1,-1,10,10,10,10,0.9,-1,-1,-1\n1,-1,50,10,10,10,0.8,-1,-1,-1\n")
    (tmp_path / "t.txt").write_text("1,1,10,10,10,10,1,1,1\n1,2,50,10,10,10,0,1,1\n")
    for protocol in PROTOCOLS:
        found = scores(tmp_path / "p.txt", tmp_path / "t.txt", "--from", "mot,mot", "--protocol", protocol)
        assert (found["mae"], precision(found)) == (0, 1.0)


def test_a_density_map_does_not_say_whose_its_mass_is(tmp_path: Path) -> None:
    (tmp_path / "p" / "density").mkdir(parents=True)
    np.save(tmp_path / "p" / "density" / "a.npy", np.full((48, 64), 2 / (48 * 64)))
    _, true = files(tmp_path, ["0,0,10,10,1"], ["0,0,10,10,0", "50,0,60,10,1"])
    done = ghtools("evaluate", tmp_path / "p", true, "--jobs", "1")
    assert "1 ignored heads" in done.stderr
    assert "counts" in done.stderr
