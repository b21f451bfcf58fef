"""What is up to date, what --force writes again, and what a run that was killed leaves to the next one."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from converters.boxes import BoxOptions, interpolate_boxes
from converters.convert import ConvertOptions, convert
from converters.datasets.export_record import NAME
from converters.formats.coco import coco
from gta_head_tools.dataset import in_memory
from gta_head_tools.errors import DataFormatError, DatasetLayoutError
from gta_head_tools.interpolation.scene_input import SizeSettings
from test_cli.running import environment
from test_converters.boxed_scenes import tree, two_scenes
from test_converters.small_sets import DATA, image

KILLED = """
import os, pathlib, sys
from converters.formats.coco import coco
from converters.boxes import BoxOptions, interpolate_boxes
from converters.convert import ConvertOptions, convert
from gta_head_tools.interpolation.scene_input import SizeSettings

def stop(event, args, seen=[]):
    if event == "os.rename":
        seen.append(args)
        if len(seen) == int(sys.argv[1]):
            {how}

sys.addaudithook(stop)
source, out = map(pathlib.Path, sys.argv[3:])
if sys.argv[4].endswith("json"):
    convert(source, ConvertOptions(to=sys.argv[2], out=out, images="none", force=True))
else:
    sizes = SizeSettings("{rule}")
    what = BoxOptions(sizes=sizes, to=sys.argv[2], images="none", out=out, {options})
    interpolate_boxes(source, what, jobs=1)
"""


def killed(source: Path, out: Path, *, to: str, at_rename: int, how: str = "os._exit(9)", **texts: str) -> None:
    """A process that makes boxes and is killed just before it puts something in place for the n-th time."""
    program = KILLED.format(how=how, **{"rule": "auto", "options": "", **texts})
    command = [sys.executable, "-c", program, str(at_rename), to, str(source), str(out)]
    assert subprocess.run(command, env=environment(), check=False, capture_output=True).returncode != 0


def heads(folder: Path) -> int:
    """How many heads the one file of a folder holds."""
    return sum(path.read_bytes().count(b"\n") - 1 for path in folder.rglob("heads.csv")) + sum(
        len(json.loads(path.read_bytes())["annotations"]) for path in folder.rglob("instances_default.json")
    )


@pytest.mark.parametrize("to", ["csv", "coco"])
def test_a_scene_that_comes_back_is_written_into_the_one_file_again(to: str, tmp_path: Path) -> None:
    source, options = two_scenes(tmp_path / "gcc"), BoxOptions(to=to, images="none")
    out = interpolate_boxes(source, options, jobs=1).out
    before = tree(out)
    (source / "scene_2_0").rename(tmp_path / "hidden")
    with pytest.raises(DatasetLayoutError, match="boxes: holds other boxes: 1 scenes are gone from the source"):
        interpolate_boxes(source, options, jobs=1)
    interpolate_boxes(source, replace(options, force=True), jobs=1)
    assert heads(out) == 120
    assert list(json.loads((out / NAME).read_text())["scenes"]) == ["scene_1_0"]
    (tmp_path / "hidden").rename(source / "scene_2_0")
    with pytest.raises(DatasetLayoutError, match="boxes: holds other boxes: 1 scenes are new"):
        interpolate_boxes(source, options, jobs=1)
    assert interpolate_boxes(source, replace(options, force=True), jobs=1).written == ("scene_1_0", "scene_2_0")
    assert tree(out) == before


@pytest.mark.parametrize("to", ["mot", "csv", "coco"])
def test_force_writes_all_again(to: str, tmp_path: Path) -> None:
    source, options = two_scenes(tmp_path / "gcc"), BoxOptions(to=to, images="none")
    out = interpolate_boxes(source, options, jobs=1).out
    before = tree(out)
    for path in (*out.rglob("gt.txt"), *out.glob("heads.csv"), *out.rglob("instances_default.json")):
        path.write_text("")
    assert interpolate_boxes(source, replace(options, force=True), jobs=1).written == ("scene_1_0", "scene_2_0")
    assert tree(out) == before


@pytest.mark.parametrize(("to", "at_rename", "left"), [("mot", 2, 2), ("mot", 3, 1), ("mot", 4, 0), ("csv", 2, 2)])
def test_the_same_command_goes_on_after_a_kill(to: str, at_rename: int, left: int, tmp_path: Path) -> None:
    source, options = two_scenes(tmp_path / "gcc"), BoxOptions(to=to, images="none")
    whole = tree(interpolate_boxes(source, replace(options, out=tmp_path / "whole"), jobs=1).out)
    killed(source, tmp_path / "out", to=to, at_rename=at_rename)
    assert tree(tmp_path / "out") != whole
    written = interpolate_boxes(source, replace(options, out=tmp_path / "out"), jobs=1).written
    assert written == ("scene_1_0", "scene_2_0")[2 - left :]
    assert tree(tmp_path / "out") == whole
    assert sorted(path.name for path in tmp_path.iterdir()) == ["gcc", "out", "whole"]


def test_a_kill_while_all_is_made_anew_is_known_scene_by_scene(tmp_path: Path) -> None:
    source, options = two_scenes(tmp_path / "gcc"), BoxOptions(images="none")
    out = interpolate_boxes(source, options, jobs=1).out
    for scene in ("scene_1_0", "scene_2_0"):
        (source / scene / "jsons" / "1002.json").unlink()
    killed(source, out, to="mot", at_rename=4, options="force=True")
    assert [len(path.read_text().splitlines()) for path in sorted(out.glob("scene*/gt/gt.txt"))] == [80, 120]
    with pytest.raises(DatasetLayoutError, match=r"scene_2_0: holds other boxes: 1 scenes are made of other heads"):
        interpolate_boxes(source, options, jobs=1)
    assert interpolate_boxes(source, replace(options, force=True), jobs=1).written == ("scene_1_0", "scene_2_0")
    assert [len(path.read_text().splitlines()) for path in sorted(out.glob("scene*/gt/gt.txt"))] == [80, 80]


def test_what_the_boxes_do_not_depend_on_makes_nothing_stale(tmp_path: Path) -> None:
    source, options = two_scenes(tmp_path / "gcc"), BoxOptions(images="none")
    interpolate_boxes(source, options, jobs=1)
    path = source / "scene_1_0" / "anchors.json"
    content = json.loads(path.read_text())
    content["anchors"][0]["by"] = "somebody"
    path.write_text(json.dumps({**content, "note": "a note", "reviewed": ["1000"]}))
    assert interpolate_boxes(source, options, jobs=1).written == ()
    content["anchors"][0]["use"] = "ignore"
    path.write_text(json.dumps(content))
    with pytest.raises(DatasetLayoutError, match="scene_1_0"):
        interpolate_boxes(source, options, jobs=1)


def test_one_file_leaves_nothing_beside_it_after_a_kill(tmp_path: Path) -> None:
    killed(DATA / "tiny_mot", tmp_path / "x.json", to="coco", at_rename=1)
    other = tmp_path / next(path.name for path in tmp_path.iterdir()).replace("x.json", "y.json")
    other.touch()
    convert(DATA / "tiny_mot", ConvertOptions(to="coco", out=tmp_path / "x.json"))
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([other.name, "x.json"])


@pytest.mark.parametrize("text", ["[]", "{", '{"scenes": {"a": 1}}', '{"scenes": {}, "begun": {"a": 1}}', "\udcff"])
def test_a_damaged_record_is_one_clear_error(text: str, tmp_path: Path) -> None:
    out = interpolate_boxes(two_scenes(tmp_path / "gcc"), BoxOptions(images="none"), jobs=1).out
    (out / NAME).write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(DataFormatError, match=r"is no record of an export.*remove it and use --force"):
        interpolate_boxes(tmp_path / "gcc", BoxOptions(images="none"), jobs=1)


def test_an_interruption_before_the_first_scene_leaves_no_record(tmp_path: Path) -> None:
    source = two_scenes(tmp_path / "gcc")
    killed(source, tmp_path / "out", to="mot", at_rename=2, how="raise KeyboardInterrupt")
    assert [path.name for path in tmp_path.iterdir()] == ["gcc"]


def test_lists_of_splits_are_whole_after_a_kill(tmp_path: Path) -> None:
    images = [image(f"{n}/{n}.png", [[n, 2, n + 3, 4]] * 40, split="valid") for n in range(2)]
    ground = np.random.default_rng(0).uniform(0, 12, (40, 2))
    images = [one.replace(points=ground) for one in images]
    coco.write(in_memory(images, tmp_path), tmp_path / "x.json", coco.WriteOptions(), "none")
    killed(tmp_path / "x.json", tmp_path / "out", to="mot", at_rename=3, rule="spacing")
    assert sorted(path.name for path in (tmp_path / "out").glob("[!.]*")) == ["ghtools-export.json", "valid"]
    options = BoxOptions(sizes=SizeSettings("spacing"), images="none")
    interpolate_boxes(tmp_path / "x.json", replace(options, out=tmp_path / "out"), jobs=1)
    assert (tmp_path / "out" / "seqmaps" / "out-valid.txt").read_text() == "name\n0\n1\n"


@pytest.mark.parametrize("to", ["mot", "csv"])
def test_files_of_the_user_are_no_files_of_the_export(to: str, tmp_path: Path) -> None:
    source, options = two_scenes(tmp_path / "gcc"), BoxOptions(to=to, images="none", force=True)
    out = interpolate_boxes(source, options, jobs=1).out
    own = (out / "scene_1_0" if to == "mot" else out) / "notes.txt"
    own.write_text("mine")
    interpolate_boxes(source, options, jobs=1)
    own.write_text("still mine")
    assert interpolate_boxes(source, replace(options, force=False), jobs=1).written == ()
    noted = json.loads((out / NAME).read_text())["files"]
    assert any(noted.values())
    assert not any(name.endswith("notes.txt") for files in noted.values() for name in files)
    assert own.read_text() == "still mine"
