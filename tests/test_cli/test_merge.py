from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from gta_head_tools.cli.main import app
from test_converters.test_merge import save_coco, save_mot, street


def sources(root: Path) -> list[str]:
    return [str(save_coco(root / "a", street())), str(save_mot(root / "b", street(shift=1)))]


def test_merge_prints_what_became_of_each(tmp_path: Path) -> None:
    shown = CliRunner().invoke(app, ["merge", *sources(tmp_path), str(tmp_path / "out"), "--images", "none"])
    assert shown.exit_code == 0
    assert f"{tmp_path / 'out'}: 4 images, 4 heads as coco" in shown.stdout


def test_merge_as_json(tmp_path: Path) -> None:
    command = ["merge", *sources(tmp_path), str(tmp_path / "out.json"), "--images", "none", "--json"]
    report = json.loads(CliRunner().invoke(app, command).stdout)
    assert [one["name"] for one in report["sources"]] == ["a", "b"]
    assert (report["format"], report["images"], report["heads"]) == ("coco", 4, 4)


def test_formats_are_one_for_each(tmp_path: Path) -> None:
    command = ["merge", *sources(tmp_path), str(tmp_path / "out"), "--from", "coco,mot,yolo"]
    shown = CliRunner().invoke(app, command)
    assert shown.exit_code == 1
    assert "3 formats for 2 data sets" in shown.stderr
