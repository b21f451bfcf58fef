from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from converters.datasets.read import read_dataset
from converters.formats.density_maps import read_map
from gta_head_tools.errors import (
    DataFormatError,
    DatasetLayoutError,
    GtaHeadError,
    LossyConversionError,
    UnusedPicturesError,
)
from gta_head_tools.pictures import Picture, read_picture, write_png
from test_training.spots import Spots, scene
from training.base import Prediction
from training.predict import as_annotations, predicted, shipped_model
from training.samples.picture_source import open_source
from training.write_predictions import PredictOptions, default_out, write_predictions

KINDS = [{"id": 1, "name": "head"}]
HEADS: dict[str, list[tuple[int, int]]] = {"a.png": [(1, 1), (4, 2)], "b/c.png": [(2, 3)], "b/d.png": []}


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    for name, heads in HEADS.items():
        write_png(tmp_path / "photos" / name, scene(heads)[0])
    return tmp_path / "photos"


@pytest.fixture
def method() -> Spots:
    return Spots()


def write_video(path: Path, frames: list[Picture]) -> Path:
    height, width = frames[0].shape[:2]
    video = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10, (width, height))
    for frame in frames:
        video.write(np.ascontiguousarray(frame[..., ::-1]))
    video.release()
    return path


@pytest.fixture
def video(tmp_path: Path) -> Path:
    """Frames with 1, 2, 4 and 3 heads."""
    frames = [scene([(2 * x, 1) for x in range(count)], size=(128, 96))[0] for count in (1, 2, 4, 3)]
    return write_video(tmp_path / "street.avi", frames)


def rows(file: Path) -> list[dict[str, str]]:
    with file.open(newline="") as text:
        return list(csv.DictReader(text))


def test_candidates_above_the_threshold_are_heads() -> None:
    info = scene([])[1].info
    prediction = Prediction(1, np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([0.5, 0.7]))
    assert as_annotations(info, prediction).extra["score"].tolist() == [0.5, 0.7]
    assert as_annotations(info, prediction, 0.5).points.tolist() == [[3, 4]]
    assert len(as_annotations(info, Prediction(3.5))) == 0


def test_a_data_set_of_predictions_predicts_when_it_is_read(photos: Path, method: Spots) -> None:
    found = predicted(method, open_source(photos))
    assert method.predicted == 0
    images = iter(found)
    assert (len(next(images)), method.predicted) == (2, 1)
    assert [len(image) for image in found] == [2, 1, 0]


def test_for_people_there_are_pictures_and_tables(photos: Path, method: Spots, tmp_path: Path) -> None:
    report = write_predictions(method, open_source(photos), tmp_path / "out", PredictOptions())
    assert report.counts == {"a.png": 2, "b/c.png": 1, "b/d.png": 0}
    assert sorted(p.relative_to(report.out).as_posix() for p in report.out.rglob("*.*")) == [
        "counts.csv", "heads.csv", "overlays/a.jpg", "overlays/b/c.jpg", "overlays/b/d.jpg",
    ]  # fmt: skip
    _, again = read_dataset(report.out / "heads.csv", format_name="csv")
    assert {image.info.path: image.points.tolist() for image in again}["b/c.png"] == [[20, 28]]
    assert rows(report.out / "counts.csv")[0] == {"image": "a.png", "count": "2"}


def test_one_picture(photos: Path, method: Spots, tmp_path: Path) -> None:
    source = open_source(photos / "a.png")
    report = write_predictions(method, source, tmp_path / "out", PredictOptions(maps=True))
    assert (report.counts, source.heads_known) == ({"a.png": 2}, False)
    assert read_picture(tmp_path / "out" / "maps" / "a.png").shape[1] == 3 * 480 + 4 * 9
    assert default_out(photos / "a.png") == Path("ghtools-predictions-a")


def test_true_heads_of_a_data_set_are_drawn_into_the_maps(photos: Path, method: Spots, tmp_path: Path) -> None:
    (photos / "heads.csv").write_text("image,x1,y1,x2,y2\na.png,8,8,16,16\n")
    report = write_predictions(method, open_source(photos), tmp_path / "out", PredictOptions(maps=True))
    assert report.counts == {"a.png": 2}
    assert read_picture(tmp_path / "out" / "maps" / "a.png").shape[1] == 4 * 480 + 5 * 9  # with the target


@pytest.mark.parametrize(("to", "lossy"), [("coco", False), ("nwpu_text", False), ("mot", True), ("csv", False)])
def test_any_format_that_holds_them(photos: Path, method: Spots, tmp_path: Path, to: str, lossy: bool) -> None:
    out = tmp_path / "out"
    write_predictions(method, open_source(photos), out, PredictOptions(to=to, allow_lossy=lossy))
    assert method.predicted == 3
    name, again = read_dataset(out)
    assert name == to
    images = {image.info.name: image for image in again}
    assert sorted(len(image) for image in again) == [0, 1, 2]
    if to in {"coco", "csv"}:
        assert images["a"].boxes.tolist() == [[8, 8, 16, 16], [32, 16, 40, 24]]
        assert images["a"].extra["score"].tolist() == pytest.approx([230 / 255] * 2, abs=1e-6)


def test_coco_of_coco_keeps_the_numbers_of_its_images(photos: Path, method: Spots, tmp_path: Path) -> None:
    images = [{"id": 70 + place, "file_name": name, "width": 64, "height": 48} for place, name in enumerate(HEADS)]
    head = {"id": 5, "image_id": 70, "category_id": 1, "bbox": [0, 0, 4, 4], "area": 16, "iscrowd": 0}
    (photos / "true.json").write_text(json.dumps({"images": images, "annotations": [head], "categories": KINDS}))
    source = open_source(photos / "true.json")
    write_predictions(method, source, tmp_path / "found.json", PredictOptions(to="coco", images="none"))
    found = json.loads((tmp_path / "found.json").read_text())
    assert {image["file_name"]: image["id"] for image in found["images"]} == dict(zip(HEADS, (70, 71, 72), strict=True))
    assert sorted((each["image_id"], each["bbox"]) for each in found["annotations"]) == [
        (70, [8, 8, 8, 8]), (70, [32, 16, 8, 8]), (71, [16, 24, 8, 8]),
    ]  # fmt: skip
    assert all("score" in each for each in found["annotations"])


def test_maps_of_a_data_set_lie_beside_it(photos: Path, method: Spots, tmp_path: Path) -> None:
    report = write_predictions(method, open_source(photos), tmp_path / "out", PredictOptions(to="csv", maps=True))
    assert report.maps == tmp_path / "out-maps"
    assert sorted(path.name for path in report.maps.rglob("*.png")) == ["a.png", "c.png", "d.png"]


def test_scores_are_not_lost_unasked(photos: Path, method: Spots, tmp_path: Path) -> None:
    with pytest.raises(LossyConversionError, match="mot cannot hold the scores"):
        write_predictions(method, open_source(photos), tmp_path / "out", PredictOptions(to="mot"))
    assert (method.predicted, (tmp_path / "out").exists()) == (0, False)


@pytest.mark.parametrize("to", [None, "csv"])
def test_what_is_there_is_kept(photos: Path, method: Spots, tmp_path: Path, to: str | None) -> None:
    out = tmp_path / "out"
    write_png(out / "old.png", scene([])[0])
    with pytest.raises(DatasetLayoutError, match="--force"):
        write_predictions(method, open_source(photos), out, PredictOptions(to=to))
    write_predictions(method, open_source(photos), out, PredictOptions(to=to, force=True))
    assert (out / "heads.csv").is_file()


def test_an_error_leaves_nothing_behind(photos: Path, tmp_path: Path) -> None:
    source = open_source(photos)
    whole = (photos / "b" / "d.png").read_bytes()
    (photos / "b" / "d.png").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DataFormatError, match=r"d\.png"):
        write_predictions(Spots(), source, tmp_path / "out", PredictOptions())
    assert [path.name for path in tmp_path.iterdir()] == ["photos"]


def test_what_is_no_picture_is_left_out_before_the_work(photos: Path) -> None:
    (photos / "b" / "d.png").write_text("no picture")
    source = open_source(photos)
    assert "b/d.png" not in {info.path for scene in source.dataset.scenes for info in scene.images}
    (problem,) = source.unused
    assert "d.png: not a readable picture" in problem
    for picture in photos.rglob("*.png"):
        picture.write_text("no picture")
    with pytest.raises(UnusedPicturesError, match="could not be used"):
        open_source(photos)
    with pytest.raises(DatasetLayoutError, match="no such file or folder"):
        open_source(photos / "nothing")


def test_images_without_a_picture_are_left_out_when_asked(photos: Path, method: Spots, tmp_path: Path) -> None:
    (photos / "heads.csv").write_text("image,x,y\ngone.png,1,2\na.png,1,2\ngone_too.png,1,2\n")
    with pytest.raises(DatasetLayoutError, match=r"gone\.png: picture is missing \(2 of 3 are\).*--skip-missing"):
        open_source(photos)
    source = open_source(photos, skip_missing=True)
    report = write_predictions(method, source, tmp_path / "out", PredictOptions())
    assert report.counts == {"a.png": 2}
    assert source.notes[-1] == f"{photos}: 2 of 3 images have no picture and are left out"
    assert source.notes[0] == f"{photos}: detected format csv"


def test_a_photo_lying_on_its_side_is_noted(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(scene([(1, 1)])[0]).save(tmp_path / "phone.jpg", exif=exif)
    for place in (tmp_path, tmp_path / "phone.jpg"):
        (note,) = open_source(place).notes
        assert "1 picture with an EXIF orientation (phone.jpg: 6)" in note
        assert open_source(place, options=["exif=apply"]).notes == ()


def test_a_video_becomes_rows_by_frame(video: Path, method: Spots, tmp_path: Path) -> None:
    source = open_source(video)
    method.threshold = 0.8
    report = write_predictions(method, source, tmp_path / "out", PredictOptions())
    assert list(report.counts.values()) == [1, 2, 4, 3]
    assert rows(tmp_path / "out" / "counts.csv")[2] == {
        "image": "street/000003.jpg", "count": "4", "frame": "3", "seconds": "0.200",
    }  # fmt: skip
    assert len(rows(tmp_path / "out" / "heads.csv")) == 10
    assert [path.name for path in (tmp_path / "out" / "overlays").rglob("*.*")] == ["000003.jpg"]  # the fullest


def test_a_video_as_a_sequence(video: Path, method: Spots, tmp_path: Path) -> None:
    method.threshold = 0.8
    options = PredictOptions(to="mot", allow_lossy=True, images="link")
    write_predictions(method, open_source(video), tmp_path / "out", options)
    images = list(read_dataset(tmp_path / "out")[1])
    assert [(image.info.frame, len(image)) for image in images] == [(1, 1), (2, 2), (3, 4), (4, 3)]


def damaged(data: bytes) -> Iterator[bytes]:
    yield b""
    yield b"no video at all"
    yield data[:300]


def test_a_broken_video_is_one_error(video: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for data in damaged(video.read_bytes()):
        video.write_bytes(data)
        with pytest.raises(DataFormatError, match=r"street\.avi: no frame of this video can be decoded"):
            open_source(video)
    assert capfd.readouterr() == ("", "")


def test_a_video_that_ends_early_is_noted(tmp_path: Path) -> None:
    video = write_video(tmp_path / "street.avi", [scene([(x, 1)], size=(128, 96))[0] for x in range(12)])
    data = video.read_bytes()
    video.write_bytes(data[: len(data) * 2 // 3])
    source = open_source(video)
    assert 0 < source.dataset.image_count < 12
    assert source.notes[0].endswith(" of 12 frames; the rest cannot be decoded")


def test_a_method_without_heads_writes_counts_alone(photos: Path, tmp_path: Path) -> None:
    class Sums(Spots):
        PREDICTS = ("count", "density")

        def predict(self, picture: Picture, *, maps: bool = False) -> Prediction:  # noqa: ARG002
            density = picture[::8, ::8, 0].astype(np.float32) / np.float32(100)
            return Prediction(float(density.sum()), density=density)

    report = write_predictions(Sums(), open_source(photos), tmp_path / "out", PredictOptions())
    assert (report.counts["b/d.png"], report.counts["a.png"] > 1) == (0, True)
    assert (report.written, report.threshold) == (("counts.csv",), None)
    assert [path.name for path in report.out.iterdir()] == ["counts.csv"]
    with pytest.raises(GtaHeadError, match="predicts counts, no heads; say --to density"):
        write_predictions(Sums(), open_source(photos), tmp_path / "new", PredictOptions(to="coco"))
    with pytest.raises(GtaHeadError, match="-o sigma: is for maps that are drawn from heads"):
        options = PredictOptions(to="density", write_options=["sigma=4"])
        write_predictions(Sums(), open_source(photos), tmp_path / "new", options)
    report = write_predictions(Sums(), open_source(photos), tmp_path / "new", PredictOptions(to="density"))
    stored = read_map(tmp_path / "new" / "density" / "a.h5")
    assert (stored.density.shape, stored.size) == ((48, 64), (64, 48))
    assert stored.density.sum() == pytest.approx(report.counts["a.png"], rel=1e-6)
    coarse = PredictOptions(to="density", write_options=["suffix=npy", "stride=8"], force=True)
    write_predictions(Sums(), open_source(photos), tmp_path / "new", coarse)
    assert sorted(path.name for path in (tmp_path / "new" / "density").rglob("*.*")) == ["a.npy", "c.npy", "d.npy"]
    cells = read_map(tmp_path / "new" / "density" / "a.npy").density
    assert (cells.shape, cells.sum()) == ((6, 8), pytest.approx(report.counts["a.png"], rel=1e-6))


def test_the_shipped_model_is_there_or_one_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("training.predict.__file__", str(tmp_path / "predict.py"))
    with pytest.raises(DatasetLayoutError, match="model that ships with ghtools is not there"):
        shipped_model()
    write_png(tmp_path / "recipes" / "rendered.safetensors", scene([])[0])
    assert shipped_model().name == "rendered.safetensors"
