from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from typer.testing import CliRunner

from gta_head_tools.cli.main import app
from test_core.test_report import Checked


def run(*args: object, code: int = 0) -> Any:
    done = CliRunner().invoke(app, [str(arg) for arg in args])
    assert done.exit_code == code, done.output
    return done


def score(*args: object) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run("evaluate", *args, "--json").stdout)
    return found


@pytest.fixture
def lists(tmp_path: Path) -> tuple[Path, Path]:
    (tmp_path / "pred.txt").write_text("1 2 11 10 0.9 70 60 0.2\n2 1 30 30 0.8\n")
    (tmp_path / "gt.txt").write_text("1 2 10 10 3 4 1 40 40 3 4 1\n2 1 31 30 3 4 1\n")
    return tmp_path / "pred.txt", tmp_path / "gt.txt"


SCORES = {"precision", "recall", "f1", "tp", "fp", "fn", "levels"}
KEYS = {
    "nwpu": {"sigma_l": SCORES, "sigma_s": SCORES},
    "keypoint": {f"sigma_{px}": {"ap50", "ap75", "map", "ar50", "ar75", "mar"} for px in (5, 20, 40)},
}


@pytest.mark.parametrize("protocol", KEYS)
def test_json_has_the_keys_that_programs_rely_on(lists: tuple[Path, Path], protocol: str) -> None:
    found = score(*lists, "--protocol", protocol)
    always = {"protocol", "images", "heads", "mae", "rmse", "nae"}
    assert found.keys() == always | KEYS[protocol].keys()
    assert (found["protocol"], found["images"], found["heads"], found["mae"]) == (protocol, 2, 3, 0)
    for key, inner in KEYS[protocol].items():
        assert found[key].keys() == inner


def test_a_table_for_people(lists: tuple[Path, Path]) -> None:
    shown = run("evaluate", *lists, "--protocol", "nwpu", "--thresholds").stdout
    assert "sigma_l (large)     0.66667   0.66667   0.66667    2    1    1" in shown
    assert "By the score from which a prediction counts" in shown
    assert "Places, as UCF-QNRF is judged" in run("evaluate", *lists).stdout
    assert len(score(*lists, "--thresholds")["thresholds"]) == 20


def test_thresholds_without_scores_say_what_to_leave_out(lists: tuple[Path, Path]) -> None:
    failed = run("evaluate", lists[1], lists[1], "--thresholds", code=1)
    assert "1.jpg: 2 of 2 predictions have no score" in failed.stderr
    assert "or do without (--protocol nwpu or counting, without --thresholds)" in failed.stderr


def test_images_on_one_side(lists: tuple[Path, Path]) -> None:
    lists[0].write_text("1 1 10 10\n")
    failed = run("evaluate", *lists, code=1)
    assert failed.stdout == ""
    assert "has no image '2.jpg'" in failed.stderr
    assert score(*lists, "--missing", "empty")["mae"] == 1


@pytest.mark.parametrize("protocol", ["counting", "nwpu", "keypoint"])
def test_predictions_without_a_line_are_images_without_heads(lists: tuple[Path, Path], protocol: str) -> None:
    nothing = lists[0].with_name("nothing.csv")
    nothing.write_text("image,x,y,score\n")
    assert "holds no images" in run("evaluate", nothing, lists[1], code=1).stderr
    found = score(nothing, lists[1], "--missing", "empty", "--protocol", protocol)
    assert (found["images"], found["heads"], found["mae"], found["nae"]) == (2, 3, 1.5, 1)
    assert score(lists[1], nothing, "--missing", "empty")["mae"] == 1.5
    assert "holds no images" in run("evaluate", nothing, nothing, "--missing", "empty", code=1).stderr


def test_files_are_written_once_and_with_force_again(lists: tuple[Path, Path], tmp_path: Path) -> None:
    files = ("--per-image", tmp_path / "a.csv", "--report", tmp_path / "a.html")
    run("evaluate", *lists, *files)
    assert (tmp_path / "a.csv").read_text().splitlines()[1].startswith("1.jpg,1,2,2,0,S1")
    assert "a.csv: exists already" in run("evaluate", *lists, *files, code=1).stderr
    run("evaluate", *lists, *files, "--force", "--protocol", "nwpu")


@pytest.mark.parametrize(
    ("files", "words"),
    [
        (("--per-image", "pred.txt", "--force"), "pred.txt: is read here and would be lost"),
        (("--report", "sub/../gt.txt", "--force"), "gt.txt: is read here and would be lost"),
        (("--per-image", "a", "--report", "./a"), "a: would be written twice"),
        (("--per-image", "/dev/null", "--force"), "/dev/null: is no plain file"),
        (("--report", "."), ".: is a folder"),
    ],
)
def test_no_file_is_written_that_would_cost_another(
    lists: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, files: tuple[str, ...], words: str
) -> None:
    monkeypatch.chdir(lists[0].parent)
    before = [path.read_text() for path in lists]
    failed = run("evaluate", *lists, *files, code=1)
    assert (failed.stdout, words in failed.stderr) == ("", True)
    assert [path.read_text() for path in lists] == before


@pytest.mark.parametrize("protocol", ["counting", "nwpu", "keypoint"])
def test_the_page_stands_alone_and_shows_the_worst_images(
    lists: tuple[Path, Path], tmp_path: Path, protocol: str
) -> None:
    for number in (1, 2):
        Image.new("RGB", (90, 80), (90, 120, 60)).save(tmp_path / f"{number}.jpg")
    run("evaluate", *lists, "--protocol", protocol, "--report", tmp_path / "page.html")
    page = Checked((tmp_path / "page.html").read_text(encoding="utf-8"))
    assert page.faults == []
    assert page.open == []
    assert [picture["alt"] for picture in page.with_tag("img")] == [
        "1.jpg: 2 predicted, 2 true",
        "2.jpg: 1 predicted, 1 true",
    ]
    assert len(page.with_tag("svg")) == {"counting": 3, "nwpu": 4, "keypoint": 2}[protocol]


def test_a_damaged_picture_is_left_out_of_the_page(lists: tuple[Path, Path], tmp_path: Path) -> None:
    picture = tmp_path / "1.png"
    Image.effect_noise((90, 80), 99).save(picture)
    picture.write_bytes(picture.read_bytes()[:2000])
    files = ("--per-image", tmp_path / "a.csv", "--report", tmp_path / "a.html")
    done = run("evaluate", *lists, *files, code=1)
    assert "1 of 2 pictures could not be used, the rest is done; the first: " in done.stderr
    assert done.stderr.count(f"{picture}: not a readable picture") == 1
    assert "Counts" in done.stdout
    assert (tmp_path / "a.csv").is_file()
    assert (tmp_path / "a.html").is_file()


def test_box_scores_by_size_and_their_page(tmp_path: Path) -> None:
    (tmp_path / "gt.csv").write_text("image,x1,y1,x2,y2\na.jpg,0,0,10,10\na.jpg,50,50,90,90\n")
    (tmp_path / "pred.csv").write_text("image,x1,y1,x2,y2,score\na.jpg,0,0,10,10,0.9\na.jpg,50,0,90,40,0.4\n")
    files = (tmp_path / "pred.csv", tmp_path / "gt.csv")
    found = score(*files, "--protocol", "boxes", "--report", tmp_path / "page.html")
    assert (found["ap50"], found["ar"]) == (pytest.approx(51 / 101), 0.5)
    assert {"ap", "ap50", "ap75", "ar"} < found.keys()
    assert (found["areas"]["8-16 px"]["ap"], found["areas"]["32-64 px"]["ap"]) == (pytest.approx(1), 0)
    assert len(Checked((tmp_path / "page.html").read_text(encoding="utf-8")).with_tag("svg")) == 3


def test_render_against_the_truth(lists: tuple[Path, Path], tmp_path: Path) -> None:
    for number in (1, 2):
        Image.new("RGB", (90, 80)).save(tmp_path / f"{number}.jpg")
    drawn = json.loads(run("render", lists[0], tmp_path / "out", "--against", lists[1], "--json").stdout)
    assert (drawn["images"], drawn["tp"], drawn["fp"], drawn["fn"]) == (2, 2, 1, 1)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["1.jpg", "2.jpg"]
    both = run("render", lists[0], tmp_path / "out", "--against", lists[1], "--anchors", "x.json", code=1)
    assert "leave out one of them" in both.stderr


NWPU = {
    "fasterRCNN_val_0.8_0.3.txt.gz": {
        "counts": (377.264, 1051.219, 0.7977),
        "sigma_l": (0.96395, 0.03774, 0.07265),
        "sigma_s": (0.89992, 0.03524, 0.06782),
        "tp": (7407, 6915),
    },
    "VGG+GPR_val_k15.txt.gz": {
        "counts": (105.8, 504.443, 0.9314),
        "sigma_l": (0.61025, 0.52235, 0.56289),
        "sigma_s": (0.49852, 0.42671, 0.45983),
        "tp": (102505, 83737),
    },
}


@pytest.mark.samples
@pytest.mark.parametrize("name", NWPU)
def test_published_nwpu_scores(name: str, samples: Path, tmp_path: Path) -> None:
    files = tmp_path / "pred.txt", tmp_path / "val_gt_loc.txt"
    for file, source in zip(files, (name, "val_gt_loc.txt.gz"), strict=True):
        file.write_bytes(gzip.decompress((samples / "nwpu_val" / source).read_bytes()))
    found = score(*files, "--protocol", "nwpu")
    assert found == score(samples / "nwpu_val" / name, samples / "nwpu_val/val_gt_loc.txt.gz", "--protocol", "nwpu")
    wanted = NWPU[name]
    assert (found["images"], found["heads"]) == (500, 196_238)
    assert [found[key] for key in ("mae", "rmse", "nae")] == pytest.approx(wanted["counts"], abs=5e-4)
    for radius in ("sigma_l", "sigma_s"):
        assert [found[radius][k] for k in ("precision", "recall", "f1")] == pytest.approx(wanted[radius], abs=5.1e-6)
    assert (found["sigma_l"]["tp"], found["sigma_s"]["tp"]) == wanted["tp"]


FIDTM = {
    "A": ((60819, 16959, 18151), (46001, 31777, 32969), (57.011, 103.357)),
    "B": ((32608, 6250, 6600), (25235, 13623, 13973), (7.025, 11.913)),
}


@pytest.mark.samples
@pytest.mark.parametrize("part", FIDTM)
def test_published_fidtm_scores(part: str, samples: Path) -> None:
    files = (samples / "fidtm_points" / f"{part}_{name}.txt.gz" for name in ("pred_fidt", "gt"))
    found = score(*files, "--protocol", "nwpu")
    hits = [tuple(found[radius][key] for key in ("tp", "fp", "fn")) for radius in ("sigma_l", "sigma_s")]
    assert tuple(hits) == FIDTM[part][:2]
    assert (found["mae"], found["rmse"]) == pytest.approx(FIDTM[part][2], abs=5e-4)
