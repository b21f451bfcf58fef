from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from gta_head_tools.cli.main import app
from test_converters.test_split import scenes


def test_split_prints_its_sides(tmp_path: Path) -> None:
    source = str(scenes(tmp_path))
    shown = CliRunner().invoke(app, ["split", source, str(tmp_path / "out"), "--ratios", "4,0,2", "--images", "none"])
    assert shown.exit_code == 0
    assert "share of heads" in shown.stdout
    assert "written as coco" in shown.stdout


def test_split_as_json(tmp_path: Path) -> None:
    command = ["split", str(scenes(tmp_path)), str(tmp_path / "out.json"), "--images", "none", "--json"]
    shown = CliRunner().invoke(app, command)
    report = json.loads(shown.stdout)
    assert [side["split"] for side in report["splits"]] == ["train", "val", "test"]
    assert report["splits"][0].keys() == {"split", "locations", "scenes", "images", "heads", "share"}
    assert (report["format"], report["out"]) == ("coco", str(tmp_path / "out.json"))


def test_a_wrong_ratio_is_one_clear_error(tmp_path: Path) -> None:
    shown = CliRunner().invoke(app, ["split", str(scenes(tmp_path)), str(tmp_path / "out"), "--ratios", "1,x,2"])
    assert shown.exit_code == 1
    assert "expected three numbers" in shown.stderr
    assert not (tmp_path / "out").exists()


def test_folds_are_not_written_to_a_folder_that_is_called_like_a_file(tmp_path: Path) -> None:
    command = ["split", str(scenes(tmp_path)), str(tmp_path / "out.json"), "--folds", "2", "--images", "none"]
    shown = CliRunner().invoke(app, command)
    assert shown.exit_code == 1
    assert "name a folder" in shown.stderr
    assert not (tmp_path / "out.json").exists()
