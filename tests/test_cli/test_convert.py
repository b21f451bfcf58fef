from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from converters.render_crowds import render_scenes
from gta_head_tools.cli.main import app
from gta_head_tools.synthesis.generate import CrowdSettings
from test_cli.running import invoked


@pytest.fixture(scope="module")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("convert") / "scenes"
    render_scenes(folder, CrowdSettings(scenes=1, images=2, people=10, size=(320, 180)), jobs=1)
    return folder


def run(*args: str | Path) -> Result:
    return CliRunner().invoke(app, ["convert", *map(str, args), "--jobs", "1"])


def test_it_says_what_it_detected_wrote_and_dropped(scenes: Path, tmp_path: Path) -> None:
    done = run(scenes, tmp_path / "heads.csv", "--to", "csv")
    assert done.exit_code == 0, done.stderr
    assert f"{scenes}: detected format gcc" in done.stderr
    assert done.stdout.startswith(f"{tmp_path / 'heads.csv'}: 2 images, ")
    assert "weather of 2" in done.stdout


def test_what_only_coco_knows_is_told_in_words(scenes: Path, tmp_path: Path) -> None:
    assert run(scenes, tmp_path / "heads.json", "--to", "coco").exit_code == 0
    done = run(tmp_path / "heads.json", tmp_path / "heads.csv", "--to", "csv")
    assert "annotation numbers of" in done.stdout
    assert "coco_header" not in done.stdout


def test_json_is_one_object_and_nothing_else(scenes: Path, tmp_path: Path) -> None:
    done = run(scenes, tmp_path / "heads.json", "--to", "coco", "--json")
    report = json.loads(done.stdout)
    assert set(report) == {"format", "images", "heads", "dropped", "unused", "out"}
    assert (report["format"], report["images"], report["out"]) == ("coco", 2, str(tmp_path / "heads.json"))
    assert len(json.loads((tmp_path / "heads.json").read_text())["annotations"]) == report["heads"]


def test_after_an_error_standard_output_is_empty(scenes: Path, tmp_path: Path) -> None:
    done = run(scenes, tmp_path / "out", "--to", "mot", "--json")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "interpolate-boxes" in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_mistyped_format_names_the_nearest(scenes: Path, tmp_path: Path) -> None:
    done = run(scenes, tmp_path / "out", "--to", "cooc")
    assert done.exit_code == 1
    assert "did you mean 'coco'?" in done.stderr


def test_a_mistyped_option_names_the_nearest(scenes: Path, tmp_path: Path) -> None:
    done = run(scenes, tmp_path / "out", "--to", "coco", "-i", "oder=xy")
    assert done.exit_code == 1
    assert "did you mean 'order'?" in done.stderr


def test_dashes_and_underscores_are_the_same_in_formats(scenes: Path, tmp_path: Path) -> None:
    assert run(scenes, tmp_path / "a.csv", "--to", "csv", "--from", "GCC").exit_code == 0
    done = run(scenes, tmp_path / "b", "--to", "coco", "--from", "gcc-raw")
    assert done.exit_code == 1  # no capture of the collector, but the name is known
    assert "unknown format" not in done.stderr


def test_nothing_is_overwritten_without_force(scenes: Path, tmp_path: Path) -> None:
    target = tmp_path / "heads.csv"
    target.write_text("mine")
    assert run(scenes, target, "--to", "csv").exit_code == 1
    assert target.read_text() == "mine"
    assert run(scenes, target, "--to", "csv", "--force").exit_code == 0
    assert target.read_text() != "mine"


def test_a_choice_that_does_not_exist_is_wrong_usage(scenes: Path, tmp_path: Path) -> None:
    assert run(scenes, tmp_path / "out", "--to", "csv", "--images", "move").exit_code == 2


def test_it_works_inside_a_data_set(scenes: Path) -> None:
    done = invoked("convert", "--to", "coco", cwd=scenes)
    assert done.returncode == 0, done.stderr
    assert (scenes.parent / f"{scenes.name}-coco").is_dir()
