"""`ghtools validate`, run as a user runs it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from gta_head_tools.cli.main import app


@pytest.fixture
def heads(tmp_path: Path) -> Path:
    file = tmp_path / "heads.csv"
    file.write_text("image,x,y,x1,y1,x2,y2\na.jpg,3,5,1,2,5,8\na.jpg,7,8,7,7,7,9\n", "utf-8")
    return file


def run(*args: str | Path) -> Result:
    return CliRunner().invoke(app, ["validate", *map(str, args), "--jobs", "1"])


def test_a_finding_names_file_record_and_value(heads: Path) -> None:
    done = run(heads, "--only", "degenerate-box", "--json")
    assert done.exit_code == 1, done.stderr
    told = json.loads(done.stdout)
    assert (told["errors"], told["warnings"], told["images"], told["heads"]) == (1, 0, 1, 2)
    assert told["counts"] == {"degenerate-box": 1}
    (found,) = told["findings"]
    assert (found["check"], found["severity"], found["file"]) == ("degenerate-box", "error", "a.jpg")
    assert (found["record"], found["value"]) == ("head 2", "7, 7, 7, 9")


def test_a_table_counts_and_the_worst_finding_follows(heads: Path) -> None:
    with heads.open("a", encoding="utf-8") as file:
        file.write("a.jpg,7,8,7,7,5,9\n")
    done = run(heads, "--only", "degenerate-box")
    assert done.exit_code == 1
    title, _, row, name, worst, means, *end = done.stdout.splitlines()
    assert (title.split(), row.split()) == (["check", "severity", "findings"], ["degenerate-box", "error", "2"])
    assert (name, worst) == ("degenerate-box, the worst:", "  a.jpg: head 3: the box has no area: 7, 7, 5, 9")
    assert means.startswith("  A box without area")
    assert end == ["--json lists all findings", "1 image, 3 heads: 2 errors, 0 warnings, 0 remarks"]


def test_a_table_says_when_json_lists_the_worst_alone(heads: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("converters.findings.MOST", 1)
    heads.write_text(heads.read_text("utf-8") + "a.jpg,7,8,7,7,5,9\n", "utf-8")
    assert "--json lists of each check the 1 worst findings" in run(heads).stdout
    told = json.loads(run(heads, "--json").stdout)
    assert (len(told["findings"]), told["counts"], told["errors"]) == (1, {"degenerate-box": 2}, 2)


def test_a_check_that_is_left_out_finds_nothing(heads: Path) -> None:
    done = run(heads, "--skip", "degenerate-box", "--only", "degenerate_box")
    assert done.exit_code == 0
    assert done.stdout == "1 image, 2 heads: 0 errors, 0 warnings, 0 remarks\n"


def test_a_data_set_without_images_is_refused(heads: Path) -> None:
    heads.write_text("image,x,y\n", "utf-8")
    done = run(heads, "--format", "github")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "holds no images: there is nothing to check" in done.stderr


def test_an_unknown_check_is_refused(heads: Path) -> None:
    done = run(heads, "--only", "degenerate-boxes")
    assert done.exit_code == 1
    assert "unknown check 'degenerate-boxes': did you mean 'degenerate-box'?" in done.stderr


@pytest.fixture
def one_damaged(tmp_path: Path) -> Path:
    """A folder of labels, the second of three files of which is damaged."""
    (tmp_path / "train").mkdir()
    for name in ("a", "c"):
        np.save(tmp_path / "train" / f"{name}.npy", np.array([[1.0, 2.0]]))
    (tmp_path / "train" / "b.npy").write_bytes(b"no array")
    return tmp_path


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_file_that_cannot_be_read_is_a_finding_and_the_others_are_checked(one_damaged: Path, jobs: str) -> None:
    done = run(one_damaged, "--jobs", jobs, "--json")
    assert done.exit_code == 1, done.stderr
    told = json.loads(done.stdout)
    assert (told["errors"], told["images"], told["heads"]) == (1, 2, 2)
    (found,) = (one for one in told["findings"] if one["severity"] == "error")
    assert (found["check"], found["file"]) == ("unreadable", "train/b.npy")


def test_without_that_check_a_file_that_cannot_be_read_is_an_error(one_damaged: Path) -> None:
    done = run(one_damaged, "--skip", "unreadable", "--json")
    assert (done.exit_code, done.stdout) == (1, "")
    assert str(one_damaged / "train/b.npy") in done.stderr


def test_nothing_is_mended_where_a_file_cannot_be_read(one_damaged: Path) -> None:
    done = run(one_damaged, "--fix", "drop", "--out", one_damaged / "new", "--images", "none")
    assert (done.exit_code, done.stdout) == (1, "")
    assert str(one_damaged / "train/b.npy") in done.stderr
    assert not (one_damaged / "new").exists()


def test_a_data_set_of_one_damaged_file_is_a_finding(heads: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(heads.parent)
    heads.write_text("image,x,y\na.jpg,3,five\n", "utf-8")
    done = run("heads.csv", "--json")
    assert done.exit_code == 1, done.stderr
    told = json.loads(done.stdout)
    assert (told["errors"], told["images"], told["heads"]) == (1, 0, 0)
    (found,) = told["findings"]
    assert (found["check"], found["file"], found["record"]) == ("unreadable", "heads.csv", "line 2")
    assert "five" in found["message"]


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["gone"], "no such file or folder"),
        (["."], "no known format recognised"),
        ([".", "--from", "yolo"], "found"),
        (["heads.csv", "-i", "wrong=1"], "unknown option 'wrong'"),
    ],
)
def test_what_is_no_data_set_is_an_error(
    heads: Path, args: list[str], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(heads.parent)
    if args[0] == ".":
        heads.unlink()
    done = run(*args, "--json")
    assert (done.exit_code, done.stdout) == (1, "")
    assert message in done.stderr


def test_fixes_are_written_to_a_new_place_and_listed(heads: Path) -> None:
    before = heads.read_bytes()
    out = heads.with_name("mended.csv")
    done = run(heads, "--fix", "drop,dedupe", "--out", out, "--json", "--only", "degenerate-box", "--images", "none")
    assert done.exit_code == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["fixed"], told["errors"], told["heads"]) == ({"drop": 1, "dedupe": 0}, 0, 1)
    assert heads.read_bytes() == before
    listed = heads.with_name("ghtools-fixes-mended.csv").read_text("utf-8").splitlines()
    assert listed == [
        "image,record,what,before,after",
        'a.jpg,head 2,drop,"point 7 8, box 7 7 7 9",left out: the box has no area',
    ]


def test_findings_as_commands_name_files_from_where_the_user_stands(
    heads: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(heads.parent)
    done = run(heads, "--only", "degenerate-box", "--format", "github")
    assert done.exit_code == 1
    command, last = done.stdout.splitlines()
    assert command.startswith("::error file=heads.csv,title=degenerate-box::a.jpg: head 2: the box has no area: 7, 7")
    assert last == "1 image, 2 heads: 1 error, 0 warnings, 0 remarks"


def test_a_log_is_all_that_is_printed_when_heads_are_mended(heads: Path) -> None:
    out = heads.with_name("mended.csv")
    done = run(heads, "--fix", "drop", "--out", out, "--images", "none", "--format", "sarif")
    assert done.exit_code == 0
    assert json.loads(done.stdout)["runs"][0]["results"] == []
    assert "mended drop 1" in done.stderr


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["--fix", "drop"], "name its place with --out DIR"),
        (["--out", "new"], "only --fix writes a data set"),
        (["--fix", "crop", "--out", "new"], "unknown fix 'crop'"),
        (["--fix", "drop", "--out", "heads.csv", "--force"], "is the source or holds it"),
        (["--fix", "drop", "--out", "new", "--to", "mall"], "can only be read"),
    ],
)
def test_a_fix_that_cannot_be_written_is_refused(
    heads: Path, args: list[str], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(heads.parent)
    done = run("heads.csv", *args)
    assert done.exit_code == 1
    assert message in done.stderr
    assert [path.name for path in heads.parent.iterdir()] == ["heads.csv"]


def test_a_page_is_written_beside_the_result(heads: Path) -> None:
    page = heads.with_name("page.html")
    done = run(heads, "--report", page)
    assert done.exit_code == 1
    assert done.stdout == run(heads).stdout
    content = page.read_text("utf-8")
    assert "<h1>Checks of heads.csv</h1>" in content
    assert "<td>head 2</td><td>7, 7, 7, 9</td><td>the box has no area</td>" in content


def test_a_page_that_is_there_is_kept_before_anything_is_read(heads: Path) -> None:
    page = heads.with_name("page.html")
    page.write_text("mine", "utf-8")
    heads.write_text("damaged", "utf-8")
    done = run(heads, "--report", page)
    assert (done.exit_code, page.read_text("utf-8")) == (1, "mine")
    assert "page.html: exists already; --force overwrites it" in done.stderr


def test_a_page_is_replaced_by_force_but_never_the_source(heads: Path) -> None:
    page = heads.with_name("page.html")
    page.write_text("mine", "utf-8")
    assert run(heads, "--report", page, "--force", "--skip", "degenerate-box").exit_code == 0
    assert page.read_text("utf-8").startswith("<!DOCTYPE html>")
    done = run(heads, "--report", heads, "--force")
    assert done.exit_code == 1
    assert "is read here and would be lost" in done.stderr


@pytest.mark.parametrize("verb", ["validate", "stats", "evaluate"])
def test_a_page_replaces_no_label_file_even_by_force(heads: Path, verb: str) -> None:
    source, before = str(heads.parent), heads.read_bytes()
    sides = [source, source] if verb == "evaluate" else [source]
    done = CliRunner().invoke(app, [verb, *sides, "--report", str(heads), "--force"])
    assert done.exit_code == 1
    assert "is no page, so --force keeps it" in done.stderr
    assert heads.read_bytes() == before


def test_with_a_fix_the_page_is_of_the_copy(heads: Path) -> None:
    page, out = heads.with_name("page.html"), heads.with_name("mended.csv")
    fix = ["--fix", "drop", "--out", str(out), "--images", "none"]
    done = run(heads, *fix, "--report", page, "--json", "--only", "degenerate-box")
    assert done.exit_code == 0, done.stderr
    assert json.loads(done.stdout)["heads"] == 1
    content = page.read_text("utf-8")
    assert "<h1>Checks of mended.csv</h1>" in content
    assert "The checks found nothing." in content
    done = run(heads, *fix, "--report", out, "--force")
    assert (done.exit_code, "is read here and would be lost" in done.stderr) == (1, True)
