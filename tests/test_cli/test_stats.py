"""`ghtools stats`, run as a user runs it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from gta_head_tools.cli.main import app


@pytest.fixture
def heads(tmp_path: Path) -> Path:
    file = tmp_path / "heads.csv"
    lines = ["image,x,y,x1,y1,x2,y2", "a/1.jpg,3,5,1,2,5,8", "b/2.jpg,7,8,6,7,8,9", "b/2.jpg,1,2,,,,"]
    file.write_text("\n".join([*lines, ""]), "utf-8")
    return file


def run(*args: str | Path) -> Result:
    return CliRunner().invoke(app, ["stats", *map(str, args), "--jobs", "1"])


def test_one_row_is_turned_on_its_side(heads: Path) -> None:
    done = run(heads)
    assert done.exit_code == 0, done.stderr
    told = dict(line.rsplit(maxsplit=1) for line in done.stdout.splitlines() if not line.startswith("─"))
    assert {key.strip(): value for key, value in told.items()}["heads per image, max"] == "2"
    assert "detected format csv" in done.stderr


def test_json_has_every_number(heads: Path) -> None:
    told = json.loads(run(heads, "--json", "--by", "scene").stdout)
    assert (told["format"], told["images"], told["heads"], told["boxed"]) == ("csv", 2, 3, 2)
    assert {name: group["heads"] for name, group in told["groups"].items()} == {"a": 1, "b": 2}
    assert told["groups"]["b"]["box_size"]["p95"] == 2
    assert told["per_megapixel"] is None
    assert told["resolutions"] == [{"width": None, "height": None, "images": 2}]


@pytest.mark.parametrize(
    ("form", "first"),
    [("md", "| scene | images |"), ("latex", r"\begin{tabular}{l"), ("csv", "scene,images,"), ("table", "heads  ")],
)
def test_only_the_table_is_on_standard_output(heads: Path, form: str, first: str) -> None:
    done = run(heads, "--by", "scene", "--format", form)
    assert done.exit_code == 0
    assert done.stdout.startswith(first)


def test_a_missing_data_set_is_one_error(tmp_path: Path) -> None:
    done = run(tmp_path / "none.csv", "--from", "csv")
    assert done.exit_code == 1
    assert "no such file or folder" in done.stderr


def test_a_page_is_written_beside_the_table(heads: Path, tmp_path: Path) -> None:
    done = run(heads, "--report", tmp_path / "page.html", "--json")
    assert done.exit_code == 0, done.stderr
    assert json.loads(done.stdout) == json.loads(run(heads, "--json").stdout)
    assert "Numbers of heads" in (tmp_path / "page.html").read_text("utf-8")


def test_an_existing_page_is_kept_before_anything_is_read(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text("mine", "utf-8")
    done = run(tmp_path / "none.csv", "--from", "csv", "--report", page)
    assert done.exit_code == 1
    assert "page.html: exists already; --force overwrites it" in done.stderr
    assert page.read_text("utf-8") == "mine"


def test_force_replaces_a_page_but_never_the_source(heads: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text("mine", "utf-8")
    assert run(heads, "--report", page, "--force").exit_code == 0
    assert page.read_text("utf-8").startswith("<!DOCTYPE html>")
    done = run(heads, "--report", heads, "--force")
    assert done.exit_code == 1
    assert "is read here and would be lost" in done.stderr
    assert heads.read_text("utf-8").startswith("image,")
