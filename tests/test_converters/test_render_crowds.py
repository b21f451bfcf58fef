"""Rendered scenes on disk: what the files say is what was rendered, and all of them say the same."""

from __future__ import annotations

import hashlib
import json
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from converters.formats.gcc import gcc
from converters.formats.mot import mot
from converters.formats.mot.mot_sequence import ROWS
from converters.formats.registry import detect_format
from converters.render_crowds import RECORD, RenderReport, render_scenes
from gta_head_tools.annotations import ImageAnnotations
from gta_head_tools.errors import ConfigError, DataFormatError, DatasetLayoutError
from gta_head_tools.geometry import centres
from gta_head_tools.picture_header import image_size
from gta_head_tools.synthesis.generate import CrowdSettings, RenderedImage, draw_scene, is_negative, render_image
from test_cli.running import environment

SETTINGS = CrowdSettings(scenes=3, images=2, people=20, size=(320, 180), negatives=0.25, seed=4)
SIZE = SETTINGS.size


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> RenderReport:
    return render_scenes(tmp_path_factory.mktemp("rendered") / "out", SETTINGS, jobs=1)


@pytest.fixture(scope="module")
def out(report: RenderReport) -> Path:
    return report.out


@pytest.fixture(scope="module")
def rendered() -> list[RenderedImage]:
    """The same images once more, as arrays."""
    scenes = [draw_scene(SETTINGS, number) for number in range(SETTINGS.scenes)]
    return [render_image(scene, number) for scene in scenes for number in range(SETTINGS.images)]


@pytest.fixture(scope="module")
def points(out: Path) -> list[ImageAnnotations]:
    return list(gcc.read(out, gcc.ReadOptions()))


@pytest.fixture(scope="module")
def truth(report: RenderReport) -> list[ImageAnnotations]:
    return list(mot.read(report.truth, mot.ReadOptions()))


def digest(folder: Path) -> dict[str, str]:
    """Name of every file to what it holds, of a link to where it leads."""
    return {
        path.relative_to(folder).as_posix(): (
            str(path.readlink()) if path.is_symlink() else hashlib.sha256(path.read_bytes()).hexdigest()
        )
        for path in sorted(folder.rglob("*"))
        if path.is_symlink() or path.is_file()
    }


def people_mask(out: Path, image: ImageAnnotations) -> NDArray[np.uint8]:
    mask: NDArray[np.uint8] = np.fromfile(out / image.info.scene / f"segs/{image.info.name}.raw", np.uint8)
    return mask.reshape(SIZE[1], SIZE[0])


def test_the_folders_are_those_of_the_labeler(report: RenderReport, out: Path) -> None:
    files = sorted(path.relative_to(out).as_posix() for path in out.glob("scene_*/*/*"))
    assert report.scenes == ("scene_1_0", "scene_2_0", "scene_3_0")
    assert len(files) == 3 * 2 * 4
    assert files[:2] == ["scene_1_0/jpgs/1534540800.jpg", "scene_1_0/jpgs/1534540860.jpg"]
    assert image_size(out / files[0]) == SIZE
    assert (detect_format(out), detect_format(report.truth)) == ("gcc", "mot")


def test_the_report_counts_what_is_there(report: RenderReport, points: list[ImageAnnotations]) -> None:
    assert (report.images, report.rendered) == (6, 6)
    assert report.heads == sum(map(len, points)) > 40


def test_points_are_the_joints_rounded_to_pixels(points: list[ImageAnnotations], rendered: list[RenderedImage]) -> None:
    for read, made in zip(points, rendered, strict=True):
        assert len(read) == len(made.points)
        assert np.abs(read.points - made.points).max(initial=0) <= 0.5
        assert [read.info.facts[key] for key in ("weather", "hour", "minute")] == [made.weather, made.hour, made.minute]


def test_the_written_camera_and_area_are_those_of_the_stage(points: list[ImageAnnotations]) -> None:
    for number in range(SETTINGS.scenes):
        info, stage = points[2 * number].info, draw_scene(SETTINGS, number).stage
        region = np.column_stack([stage.roi, np.zeros(len(stage.roi))])
        assert info.camera == stage.camera
        assert np.array(info.facts["roi_world"]) == pytest.approx(stage.world(region)[:, :2])


def test_heads_are_of_human_size_through_the_written_camera(
    points: list[ImageAnnotations], truth: list[ImageAnnotations]
) -> None:
    """The first scene is level: a plane at the height of people's heads gives the depth of each."""
    heights = []
    for read, exact in zip(points[:2], truth[:2], strict=True):
        camera = read.info.camera
        assert camera is not None
        depth = camera.depth_on_plane(centres(exact.boxes), SIZE, draw_scene(SETTINGS, 0).stage.ground + 1.58)
        heights.append((exact.boxes[:, 3] - exact.boxes[:, 1]) * depth / camera.focal_length(SIZE[1]))
    assert np.median(np.concatenate(heights)) == pytest.approx(0.235, rel=0.1)


def test_every_head_lies_on_the_mask_of_people(out: Path, points: list[ImageAnnotations]) -> None:
    for image in points:
        mask = people_mask(out, image)
        column, row = (image.points - 1).astype(int).T
        assert set(np.unique(mask)) <= {0, 1}
        assert mask[row, column].all()


def test_json_and_mat_say_the_same(out: Path, points: list[ImageAnnotations], tmp_path: Path) -> None:
    for scene in out.glob("scene_*"):
        (tmp_path / scene.name).mkdir()
        for kind in ("mats", "jpgs"):
            (tmp_path / scene.name / kind).symlink_to(scene / kind)
    by_mat = list(gcc.read(tmp_path, gcc.ReadOptions()))
    assert all(mat.same_as(image) for mat, image in zip(by_mat, points, strict=True))


def test_the_truth_has_the_same_heads_in_the_same_order(
    truth: list[ImageAnnotations], points: list[ImageAnnotations], rendered: list[RenderedImage]
) -> None:
    assert [image.info.frame for image in truth] == [1, 2] * 3
    for exact, given, made in zip(truth, points, rendered, strict=True):
        assert (exact.info.scene, exact.info.name) == (given.info.scene, given.info.name)
        assert np.abs(exact.boxes - made.boxes).max(initial=0) < 1e-3
        assert np.all((exact.boxes[:, :2] - 0.5 <= given.points) & (given.points <= exact.boxes[:, 2:] + 0.5))


def test_ids_and_visibility_are_those_of_the_id_buffer(
    truth: list[ImageAnnotations], rendered: list[RenderedImage]
) -> None:
    for exact, made in zip(truth, rendered, strict=True):
        assert np.asarray(exact.extra.get("visibility", np.ones(len(exact)))) == pytest.approx(
            made.visibility, abs=1e-3
        )
        assert np.array_equal(np.diff(exact.ids), np.diff(made.ids))
    for scene in {image.info.scene for image in truth}:
        ids = np.concatenate([image.ids for image in truth if image.info.scene == scene])
        assert len(np.unique(ids)) == len(ids)
        assert ids.min() >= 1


def test_the_truth_shows_the_pictures_of_the_scenes(
    report: RenderReport, truth: list[ImageAnnotations], points: list[ImageAnnotations]
) -> None:
    for exact, given in zip(truth, points, strict=True):
        assert (report.truth / exact.info.path).samefile(report.out / given.info.path)


def test_pictures_without_people_have_no_heads_anywhere(
    out: Path, points: list[ImageAnnotations], truth: list[ImageAnnotations]
) -> None:
    empty = [is_negative(SETTINGS, scene, image) for scene in range(3) for image in range(2)]
    assert 0 < sum(empty) < len(empty)
    for negative, given, exact in zip(empty, points, truth, strict=True):
        assert (len(given) == 0, len(exact) == 0, not people_mask(out, given).any()) == (negative,) * 3


def test_the_files_do_not_depend_on_jobs(out: Path, tmp_path: Path) -> None:
    render_scenes(tmp_path / "again", SETTINGS, jobs=2)
    assert digest(tmp_path / "again") == digest(out)


def test_another_seed_makes_another_crowd(out: Path, tmp_path: Path) -> None:
    render_scenes(tmp_path / "other", replace(SETTINGS, seed=8), jobs=1)
    here, there = digest(out), digest(tmp_path / "other")
    assert here.keys() == there.keys()
    assert all(there[name] != here[name] for name in here if name.endswith((".jpg", ".mat")) and "truth" not in name)


KILLED = f"""
import os, signal, sys
from pathlib import Path
from converters.render_crowds import render_scenes
from gta_head_tools.synthesis.generate import CrowdSettings

def kill(event, args):
    if event == sys.argv[2] and sys.argv[3] in str(args[0]).replace(os.sep, "/"):
        os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(kill)
render_scenes(Path(sys.argv[1]), {SETTINGS!r}, jobs=1)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")
@pytest.mark.parametrize(
    ("event", "place"),
    [
        ("open", "-scene_2_0/jsons/"),  # in the middle of a scene
        ("open", "-scene_2_0/gt/gt.txt"),  # the scene is in place, its truth is not
        ("os.rename", "-scene_3_0"),
    ],
)
def test_a_killed_run_is_finished_by_the_same_command(out: Path, tmp_path: Path, event: str, place: str) -> None:
    target = tmp_path / "out"
    ran = subprocess.run([sys.executable, "-c", KILLED, str(target), event, place], env=environment(), check=False)
    assert ran.returncode == -signal.SIGKILL
    first = (target / "scene_1_0/jsons/1534540800.json").stat()
    report = render_scenes(target, SETTINGS, jobs=1)
    assert digest(target) == digest(out)
    assert report.rendered in {2, 4}
    assert (target / "scene_1_0/jsons/1534540800.json").stat().st_ino == first.st_ino


def copy_of(out: Path, target: Path) -> Path:
    shutil.copytree(out, target, symlinks=True)
    return target


def test_anchors_are_kept_where_the_truth_was_taken_away(out: Path, tmp_path: Path) -> None:
    target = copy_of(out, tmp_path / "out")
    (target / "scene_2_0/anchors.json").write_text("drawn")
    shutil.rmtree(target / "truth/scene_2_0")
    assert render_scenes(target, SETTINGS, jobs=1).rendered == 2
    assert (target / "scene_2_0/anchors.json").read_text() == "drawn"


def test_a_scene_whose_truth_lost_its_rows_is_rendered_again(out: Path, tmp_path: Path) -> None:
    target = copy_of(out, tmp_path / "out")
    (target / "truth/scene_1_0" / ROWS).unlink()
    assert render_scenes(target, SETTINGS, jobs=1).rendered == 2
    assert digest(target) == digest(out)


def test_a_record_without_a_scene_binds_nobody(out: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no dask scheduler"):
        render_scenes(tmp_path / "out", replace(SETTINGS, people=21), cluster="nonsense://x")
    assert render_scenes(tmp_path / "out", SETTINGS, jobs=1).rendered == 6
    assert digest(tmp_path / "out") == digest(out)


def test_other_settings_are_refused_by_name(out: Path, tmp_path: Path) -> None:
    target = copy_of(out, tmp_path / "out")
    with pytest.raises(DatasetLayoutError, match=r"people 20 \(asked for: 21\).*--force"):
        render_scenes(target, replace(SETTINGS, people=21))
    assert digest(target) == digest(out)


def test_force_starts_anew_and_leaves_what_is_not_rendered(out: Path, tmp_path: Path) -> None:
    target, fewer = copy_of(out, tmp_path / "out"), replace(SETTINGS, scenes=1)
    (target / "notes.txt").write_text("mine")
    (target / "scene_1_0/jpgs/1.jpg").write_text("")
    (target / "scene_2_0/mine").write_text("")
    assert render_scenes(target, fewer, force=True, jobs=1).rendered == 2
    here, whole = digest(target), digest(out)
    del here["scene_2_0/mine"]
    assert {name.split("/")[0] for name in here} == {RECORD, "notes.txt", "scene_1_0", "truth"}
    assert all(here[name] == whole[name] for name in here if name.startswith(("scene", "truth")))


@pytest.mark.parametrize("force", [False, True])
def test_a_folder_of_something_else_is_not_touched(tmp_path: Path, force: bool) -> None:
    (tmp_path / "mine").write_text("x")
    with pytest.raises(DatasetLayoutError, match=r"something else.*choose another folder"):
        render_scenes(tmp_path, SETTINGS, force=force)
    with pytest.raises(DatasetLayoutError, match="is a file"):
        render_scenes(tmp_path / "mine", SETTINGS, force=force)
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


@pytest.mark.parametrize("text", ["", "[]", '{"format": "ghtools-synth", "version": 2}', '{"settings": 3}'])
def test_a_record_that_cannot_be_used_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / RECORD).write_text(text)
    with pytest.raises(DataFormatError, match=f"{RECORD}: is no record"):
        render_scenes(tmp_path, SETTINGS)


def test_the_record_tells_the_settings(out: Path) -> None:
    record = json.loads((out / RECORD).read_text())
    assert record["settings"]["people"] == 20
    assert record["settings"]["size"] == [320, 180]
