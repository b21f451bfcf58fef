"""Boxes by a trained head-size network, from points and pictures to files with error bars."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from converters.boxes import BoxOptions
from converters.datasets.read import read_dataset
from gta_head_tools.cli.main import app
from gta_head_tools.errors import ConfigError, DatasetLayoutError
from gta_head_tools.geometry import sizes
from gta_head_tools.interpolation.scene_input import SizeSettings
from test_training.test_methods.test_head_size import thin
from training.base import Method
from training.config import build_config
from training.learned_sizes import ERROR_BARS, learned_boxes, load_sizer
from training.registry import find_method
from training.runs.checkpoint import save_checkpoint

HEADS = {"a": [(10.0, 12.0), (40.0, 30.0)], "b": [(70.0, 20.0), (120.0, 9.0)], "c": [(5.0, 5.0)]}
SIZES = {"a": (64, 48), "b": (96, 40), "c": (48, 64)}
OPTIONS = BoxOptions(sizes=SizeSettings("learned"), to="coco", read_options=("scenes=image",))


def stored(folder: Path, method: Method, name: str, config: Any) -> Path:
    """A trained run, as far as predictions need one."""
    state: dict[str, Any] = {"method": name, "config": asdict(config), "threshold": None, "epoch": 1, "step": 1}
    state["model"] = method.state_dict()
    folder.mkdir(parents=True)
    save_checkpoint(folder / "checkpoint.pt", state)
    return folder


@pytest.fixture
def model(tmp_path: Path) -> Path:
    method = thin(aspect=0.64)
    method.widening *= 2
    return stored(tmp_path / "run", method, "head_size", method.config)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Three photographs of three sizes; the last head of b lies beyond the border."""
    folder = tmp_path / "photos"
    folder.mkdir()
    rng = np.random.default_rng(0)
    rows = [["image", "x", "y"]]
    for name, (width, height) in SIZES.items():
        Image.fromarray(rng.integers(0, 255, (height, width, 3), dtype=np.uint8)).save(folder / f"{name}.png")
        rows += [[f"{name}.png", f"{x}", f"{y}"] for x, y in HEADS[name]]
    (folder / "heads.csv").write_text("".join(",".join(row) + "\n" for row in rows))
    return folder


def boxes_of(folder: Path) -> dict[str, np.ndarray[Any, Any]]:
    _, dataset = read_dataset(folder)
    return {image.info.name: image.boxes for scene in dataset.scenes for image in dataset.load(scene)}


def test_photographs_that_share_no_camera_get_boxes_with_error_bars(photos: Path, model: Path, tmp_path: Path) -> None:
    report = learned_boxes(photos, replace(OPTIONS, out=tmp_path / "out"), model, device="cpu", jobs=1)
    assert [fit.heads for fit in report.fits] == [2, 2, 1]
    found = boxes_of(tmp_path / "out")
    assert {name: len(boxes) for name, boxes in found.items()} == {"a": 2, "b": 1, "c": 1}
    method = load_sizer(model, "cpu").method
    given, spreads = method.predict(np.array(Image.open(photos / "a.png"))).sizes.at(np.array(HEADS["a"]))  # type: ignore[union-attr]
    np.testing.assert_allclose(sizes(found["a"]), given, rtol=1e-3)
    np.testing.assert_allclose((found["a"][:, 2] - found["a"][:, 0]) / sizes(found["a"]), 0.8, rtol=1e-3)
    with (tmp_path / "out" / ERROR_BARS).open() as file:
        rows = [*csv.DictReader(file)]
    assert [row["image"] for row in rows] == ["a.png", "a.png", "b.png", "b.png", "c.png"]
    bars = np.array([[row[key] for key in ("size", "low", "high")] for row in rows[:2]], dtype=np.float64)
    reach = np.exp(1.645 * spreads)
    np.testing.assert_allclose(bars, np.stack([given, given / reach, given * reach], axis=1), atol=0.006)


def test_a_second_run_is_up_to_date_until_the_network_changes(photos: Path, model: Path, tmp_path: Path) -> None:
    options = replace(OPTIONS, out=tmp_path / "out")
    assert len(learned_boxes(photos, options, model, device="cpu", jobs=1).written) == 3
    assert learned_boxes(photos, options, model, device="cpu", jobs=1).written == ()
    method = thin(aspect=0.9)
    other = stored(tmp_path / "other", method, "head_size", method.config)
    with pytest.raises(DatasetLayoutError, match=r"holds other boxes.*--force"):
        learned_boxes(photos, options, other, device="cpu", jobs=1)
    again = replace(options, force=True)
    assert len(learned_boxes(photos, again, other, device="cpu", jobs=1).written) == 3


def run(*words: object) -> Result:
    return CliRunner().invoke(app, ["interpolate-boxes", *map(str, words), "--device", "cpu", "--jobs", "1"])


def test_the_verb_says_where_the_error_bars_are(photos: Path, model: Path, tmp_path: Path) -> None:
    ran = run(photos, "--rule", "learned", "--model", model, "-i", "scenes=image", "--out", tmp_path / "out", "--json")
    assert ran.exit_code == 0, ran.output
    told = json.loads(ran.stdout)["scenes"]
    assert [(each["scene"], each["rule"]) for each in told] == [(name, "learned") for name in HEADS]
    assert all(each["expected_median_error"] > 0 for each in told)
    assert ERROR_BARS in ran.stderr


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--rule", "learned"), "name its run with --model"),
        (("--model", "RUN"), "--model is used by rule learned alone, not by auto"),
        (("--rule", "learned", "--model", "RUN", "--pool"), "--pool shares a scale of drawn anchors"),
        (("--rule", "learned", "--model", "GONE"), "GONE: no such file"),
        (("--rule", "learned", "--model", "RUN"), r"a scene is one fixed camera.*-i scenes=image"),
    ],
)
def test_what_does_not_go_together_is_told(photos: Path, model: Path, words: tuple[str, ...], told: str) -> None:
    ran = run(photos, *(model if word == "RUN" else word for word in words))
    assert ran.exit_code == 1, ran.output
    assert_told(ran, told)
    assert not (photos / "boxes").exists()


def assert_told(ran: Result, told: str) -> None:
    assert re.search(told, " ".join(ran.stderr.split())), ran.stderr


def test_a_model_of_another_kind_is_refused(tmp_path: Path) -> None:
    method = find_method("mcnn")(build_config(find_method("mcnn").Config, {"width_share": 0.25}))
    with pytest.raises(ConfigError, match="is of MCNN, which gives no sizes to known heads"):
        load_sizer(stored(tmp_path / "other", method, "mcnn", method.config), "cpu")


def test_a_missing_picture_is_named_before_anything_is_written(photos: Path, model: Path, tmp_path: Path) -> None:
    (photos / "c.png").unlink()
    options = replace(OPTIONS, out=tmp_path / "out", images="none")
    with pytest.raises((ConfigError, DatasetLayoutError), match=r"c\.png"):
        learned_boxes(photos, options, model, device="cpu", jobs=1)
    assert not (tmp_path / "out").exists()


def test_an_export_gives_the_same_sizes_and_says_how_to_use_it(photos: Path, model: Path, tmp_path: Path) -> None:
    ran = CliRunner().invoke(app, ["baseline", "export", str(model), "--out", str(tmp_path / "exported")])
    assert "next: ghtools interpolate-boxes SRC --rule learned --model" in ran.stdout
    options = replace(OPTIONS, out=tmp_path / "out")
    learned_boxes(photos, options, model, device="cpu", jobs=1)
    assert learned_boxes(photos, options, tmp_path / "exported", device="cpu", jobs=1).written == ()


def test_a_head_size_network_finds_no_heads(photos: Path, model: Path) -> None:
    ran = CliRunner().invoke(app, ["baseline", "predict", str(model), str(photos), "--device", "cpu"])
    assert ran.exit_code == 1
    assert_told(ran, "gives sizes to heads whose points are known, and finds none.*interpolate-boxes")
