from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

from gta_head_tools.cli.main import app
from test_cli.running import ghtools, invoked

TABLE = "image,x1,y1,x2,y2,track\n"


@pytest.fixture
def pair(tmp_path: Path) -> tuple[str, str]:
    (tmp_path / "a.csv").write_text(TABLE + "1.jpg,1,1,5,5,3\n1.jpg,20,20,25,25,4\n2.jpg,1,1,5,5,\n")
    (tmp_path / "b.csv").write_text(
        TABLE + "2.jpg,1,1,5,5,\n1.jpg,60,20,65,25,4\n1.jpg,1,1,5,5.005,3\n1.jpg,9,9,12,12,\n"
    )
    return str(tmp_path / "a.csv"), str(tmp_path / "b.csv")


def test_differences_are_told_and_end_with_one(pair: tuple[str, str], tmp_path: Path) -> None:
    done = ghtools("diff", *pair, "--per-image", str(tmp_path / "out.csv"))
    assert done.returncode == 1
    assert "detected format csv" in done.stderr
    told = [line.split() for line in done.stdout.splitlines()]
    assert ["added", "1", "1"] in told
    assert ["moved", "1", "1"] in told
    assert "1 of 2 images differ\nthe largest move of a head is 40 px\n" in done.stdout
    assert (tmp_path / "out.csv").read_text().startswith("image,scene,different,only_in,heads_a,heads_b,added,removed")


def test_nothing_different_ends_with_zero(pair: tuple[str, str]) -> None:
    done = invoked("diff", pair[0], pair[0])
    assert done.returncode == 0, done.stderr
    assert "no differences (coordinates within 0.01 px)" in done.stdout


def test_json_is_one_object(pair: tuple[str, str]) -> None:
    done = invoked("diff", *pair, "--json", "--tolerance", "0.001")
    told = json.loads(done.stdout)
    assert done.returncode == 1
    assert (told["different"], told["a"]["heads"], told["b"]["heads"]) == (True, 3, 4)
    assert {kind: count for kind, count in told["heads"].items() if count} == {"added": 1, "moved": 2, "resized": 1}
    assert told["images"] == {"changed": 1, "only_a": 0, "only_b": 0, "split": 0, "size": 0}


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (["--tolerance", "-1"], "--tolerance -1.0: expected a number of pixels"),
        (["--from", "csv,coco,voc"], "expected two formats, one for each side"),
        (["--limit", "3"], "say with --render DIR where to draw"),
        (["--limit", "0", "--render", "out"], "--limit 0: at least 1 is needed"),
        (["--per-image", "a.csv"], "is read here and would be lost"),
    ],
)
def test_wrong_options_are_one_error(pair: tuple[str, str], wrong: list[str], message: str) -> None:
    done = invoked("diff", *pair, *wrong, cwd=Path(pair[0]).parent)
    assert (done.returncode, done.stdout) == (1, "")
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_the_images_that_differ_most_are_drawn(pair: tuple[str, str]) -> None:
    folder = Path(pair[0]).parent
    for name in ("1.jpg", "2.jpg"):
        Image.new("RGB", (80, 60)).save(folder / name)
    with (folder / "b.csv").open("a") as file:
        file.write("2.jpg,50,50,60,60,\n")
    out = folder / "out"
    done = CliRunner().invoke(app, ["diff", *pair, "--render", str(out), "--limit", "1", "--jobs", "1"])
    assert done.exit_code == 1
    assert done.stdout.endswith("out: 1 of 2 images that differ are drawn\n")
    assert [path.name for path in out.iterdir()] == ["1.jpg"]
