"""A clean data set into which one defect is planted at a time: its check finds it, and no other check does.

A new check needs one line in `PLANTED`. The function changes the heads or the pictures of the clean set, and returns
file and record that the finding must name.
"""

from __future__ import annotations

import functools
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from converters.findings import Findings
from converters.run_checks import check_dataset
from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.camera import Camera
from gta_head_tools.checks.known_checks import READING_CHECKS, all_checks, chosen_checks
from gta_head_tools.dataset import Loader, Scene, in_memory
from gta_head_tools.errors import DataFormatError
from gta_head_tools.pictures import Picture
from gta_head_tools.unreadable import each_readable
from test_converters.planted_labels import IN_LABEL_FILES

Heads = list[ImageAnnotations]
Plant = Callable[[Heads, Path], tuple[str, str]]
SIZE = (640, 360)
CAMERA = Camera((10.0, 20.0, 6.5), (-20.0, 0.0, 35.0), 45.0)


@functools.cache
def noise(seed: int) -> bytes:
    """A picture as the content of a file."""
    squares = Image.fromarray(np.random.default_rng(seed).integers(0, 256, (36, 64, 3), dtype=np.uint8))
    file = io.BytesIO()
    squares.resize(SIZE, Image.Resampling.NEAREST).save(file, "PNG", compress_level=1)
    return file.getvalue()


def clean(root: Path) -> Heads:
    """Two videos of six pictures; heads grow downwards, some have no box, some are cut by the border."""
    heads = []
    for number, (scene, frame) in enumerate(product(("square", "street"), range(1, 7))):
        path = f"{scene}/{frame}.png"
        random = np.random.default_rng(number)
        (root / path).parent.mkdir(exist_ok=True)
        (root / path).write_bytes(noise(number))
        x, y = (part.ravel() for part in np.meshgrid(np.arange(20.0, 640, 60), np.arange(20.0, 360, 60)))
        points = np.stack([x, y], axis=1) + random.uniform(-9, 9, (len(x), 2))
        half = (8 + points[:, 1:] / 30) / 2
        boxes = np.concatenate([points - half, points + half * [1, 1.2]], axis=1)
        boxes[::11] = np.nan
        info = ImageInfo(path, *SIZE, scene=scene, frame=frame, camera=CAMERA)
        heads.append(ImageAnnotations(info, points, boxes=boxes, ids=np.arange(len(points)) + 1))
    return heads


def with_box(*box: float, point: tuple[float, float] | None = None) -> Plant:
    """Give a head of the second picture another box, and its middle as point unless there is another, and no id."""

    def plant(heads: Heads, root: Path) -> tuple[str, str]:  # noqa: ARG001  # a Plant
        boxes, points, ids = (column.copy() for column in (heads[1].boxes, heads[1].points, heads[1].ids))
        boxes[4], ids[4] = box, -1
        if point is not None:
            points[4] = point
        heads[1] = heads[1].replace(boxes=boxes, points=points, ids=ids)
        return "square/2.png", "head 5"

    return plant


def with_twin(shift: float, row: int) -> Plant:
    """Add a copy of a head without its id, moved by some pixels."""

    def plant(heads: Heads, root: Path) -> tuple[str, str]:  # noqa: ARG001
        twice = heads[6].select(np.append(np.arange(len(heads[6])), row))
        boxes, points, ids = twice.boxes.copy(), twice.points.copy(), twice.ids.copy()
        boxes[-1] += shift
        points[-1] += shift
        ids[-1] = -1
        heads[6] = twice.replace(boxes=boxes, points=points, ids=ids)
        return "street/1.png", f"head {len(twice)}"

    return plant


def with_all(change: Callable[[ImageAnnotations], ImageAnnotations]) -> Plant:
    """Change all heads of a picture."""

    def plant(heads: Heads, root: Path) -> tuple[str, str]:  # noqa: ARG001
        heads[7] = change(heads[7])
        return "street/2.png", ""

    return plant


def as_sizes(image: ImageAnnotations) -> ImageAnnotations:
    sides = image.boxes[:, 2:] - image.boxes[:, :2]
    return image.replace(boxes=np.concatenate([image.boxes[:, :2], sides], axis=1))


def swapped(image: ImageAnnotations) -> ImageAnnotations:
    return image.replace(points=image.points[:, ::-1], boxes=image.boxes[:, [1, 0, 3, 2]])


def scaled(image: ImageAnnotations) -> ImageAnnotations:
    return image.replace(points=image.points * 2, boxes=image.boxes * 2)


def from_one(image: ImageAnnotations) -> ImageAnnotations:
    points = np.round(image.points)
    points[[0, 3], 0], points[-1, 1] = SIZE
    return ImageAnnotations(image.info, points)


def grown(image: ImageAnnotations) -> ImageAnnotations:
    middles = (image.boxes[:, :2] + image.boxes[:, 2:]) / 2
    centred = image.boxes - np.tile(middles, 2)
    return image.replace(boxes=np.tile(middles, 2) + 1.8 * centred)


def with_file(change: Callable[[Path], object]) -> Plant:
    """Change the file of a picture."""

    def plant(heads: Heads, root: Path) -> tuple[str, str]:  # noqa: ARG001
        change(root / "street/1.png")
        return "street/1.png", ""

    return plant


def halved(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def smaller(path: Path) -> None:
    Image.open(path).resize((320, 180)).save(path)


def tagged(path: Path) -> None:
    picture = Image.open(path)
    exif = Image.Exif()
    exif[0x0112] = 6
    picture.save(path, exif=exif)


def with_sides(plant: Plant, scenes: tuple[str, str] = ("square", "street")) -> Plant:
    """Put the videos on the two sides of a split, give them names, and plant a defect."""

    def plant_between(heads: Heads, root: Path) -> tuple[str, str]:
        told = plant(heads, root)
        sides = {"square": ("train", scenes[0]), "street": ("test", scenes[1])}
        for place, image in enumerate(heads):
            split, scene = sides[image.info.scene]
            heads[place] = image.replace(info=replace(image.info, scene=scene, split=image.info.split or split))
        return told

    return plant_between


def again(path: Path) -> None:
    """The picture of the other video, in a file of its own."""
    Image.open(path.parent.parent / "square/3.png").save(path, compress_level=2)


def twice(path: Path) -> None:
    path.write_bytes((path.parent.parent / "square/3.png").read_bytes())


def like_another(heads: Heads, root: Path) -> tuple[str, str]:
    """Give the last picture the name of the one before in capital letters."""
    (root / "street/6.png").rename(root / "street/5.PNG")
    heads[-1] = heads[-1].replace(info=replace(heads[-1].info, path="street/5.PNG"))
    return "street/5.PNG", ""


def on_both_sides(heads: Heads, root: Path) -> tuple[str, str]:  # noqa: ARG001
    heads[7] = heads[7].replace(info=replace(heads[7].info, split="val"))
    return "street/2.png", "scene street"


def filled(path: Path) -> None:
    picture = Image.open(path)
    picture.paste((128, 128, 128), (0, 250, 640, 360))
    picture.save(path)


def with_infos(change: Callable[[ImageInfo], ImageInfo], found: str) -> Plant:
    """Change what is known of the pictures of a video."""

    def plant(heads: Heads, root: Path) -> tuple[str, str]:  # noqa: ARG001
        heads[6:] = [image.replace(info=change(image.info)) for image in heads[6:]]
        return found, ""

    return plant


def turned(info: ImageInfo) -> ImageInfo:
    return replace(info, camera=replace(CAMERA, rotation=(-20.0, 0.0, 36.0))) if (info.frame or 0) > 4 else info


def from_zero(info: ImageInfo) -> ImageInfo:
    return replace(info, frame=(info.frame or 0) - 1)


def left_out(info: ImageInfo) -> ImageInfo:
    return replace(info, frame=(info.frame or 0) + 7) if (info.frame or 0) > 4 else info


def id_twice(heads: Heads, root: Path) -> tuple[str, str]:  # noqa: ARG001
    ids = heads[3].ids.copy()
    ids[40] = ids[9]
    heads[3] = heads[3].replace(ids=ids)
    return "square/4.png", "head 41"


def id_jump(heads: Heads, root: Path) -> tuple[str, str]:  # noqa: ARG001
    """In the last picture a person is missing, and the last head has the id."""
    ids = heads[5].ids.copy()
    ids[-1], ids[12] = ids[12], -1
    heads[5] = heads[5].replace(ids=ids)
    return "square/6.png", f"head {len(ids)}"


def far_from_boxes(heads: Heads, root: Path) -> tuple[str, str]:  # noqa: ARG001
    """Leave the heads with a box in the left half of a picture, and a point without one at its right border."""
    image = heads[4]
    left = image.select((image.points[:, 0] < SIZE[0] / 2) & image.has_box)
    stray = ImageAnnotations(image.info, [[SIZE[0] - 9.0, 100.0]])
    heads[4] = ImageAnnotations(
        image.info,
        np.concatenate([left.points, stray.points]),
        boxes=np.concatenate([left.boxes, stray.boxes]),
        ids=np.concatenate([left.ids, stray.ids]),
    )
    return image.info.path, f"head {len(left) + 1}"


def without_heads(heads: Heads, root: Path) -> tuple[str, str]:  # noqa: ARG001
    """Take all heads of a picture away, of the last of a video, so that no person is missing in between."""
    heads[5] = ImageAnnotations(heads[5].info)
    return "square/6.png", ""


def sure_heads(picture: Picture) -> int:
    """The counter of the tests: it sees a crowd in every picture of noise."""
    return 50 if picture.std() > 1 else 0


def renamed(heads: Heads, root: Path) -> tuple[str, str]:  # noqa: ARG001
    """Call the scenes as those of a public data set."""
    names = {"square": "HT21-01", "street": "HT21-02"}
    heads[:] = [image.replace(info=replace(image.info, scene=names[image.info.scene])) for image in heads]
    return "", "CroHD (Head Tracking 21)"


@dataclass(frozen=True)
class Reading:
    """Loader that gives the images of another one as if each was read from its own file.
    Attributes:
        load: the other loader.
        damaged: path of the picture whose file cannot be read.
    """

    load: Loader
    damaged: str

    def __call__(self, scene: Scene) -> Iterator[ImageAnnotations]:
        return each_readable(self.load(scene), self.read)

    def read(self, image: ImageAnnotations) -> ImageAnnotations:
        if image.info.path == self.damaged:
            raise DataFormatError(image.info.facts["root"] / "square/2.txt", "'x' is no number", line=3)
        return image


def damaged_file(heads: Heads, root: Path) -> tuple[str, str]:
    """Damage the label file of the second picture."""
    heads[1] = heads[1].replace(info=replace(heads[1].info, facts={"root": root}))
    return "square/2.txt", "line 3"


def old_export(heads: Heads, root: Path) -> tuple[str, str]:  # noqa: ARG001
    """Boxes that were made from other heads."""
    record = {"format": "ghtools-export", "version": 1, "rule": "spacing", "options": {}, "scenes": {"street": "1a-2b"}}
    (root / "boxes").mkdir()
    (root / "boxes" / "ghtools-export.json").write_text(json.dumps(record))
    return "boxes/ghtools-export.json", "scene street"


PLANTED: dict[str, Plant] = {
    "degenerate-box": with_box(300, 200, 300, 215),
    "non-finite": with_box(300, np.nan, 315, 215),
    "box-as-size": with_all(as_sizes),
    "box-outside": with_box(650, 200, 665, 215, point=(657.5, 207.5)),
    "box-partly-outside": with_box(637, 200, 652, 215, point=(644.5, 207.5)),
    "absurd-box": with_box(230, 21, 290, 31, point=(260, 26)),
    "duplicate-box": with_twin(0, 5),
    "near-duplicate-box": with_twin(0.2, 64),
    "box-without-point": with_box(300, 200, 315, 215, point=(340, 207.5)),
    "point-outside": with_box(np.nan, np.nan, np.nan, np.nan, point=(260, -50)),
    "duplicate-point": with_twin(0, 11),
    "point-far": far_from_boxes,
    "points-swapped": with_all(swapped),
    "points-scaled": with_all(scaled),
    "points-from-one": with_all(from_one),
    "picture-missing": with_file(Path.unlink),
    "picture-unreadable": with_file(lambda path: path.write_bytes(b"")),
    "picture-truncated": with_file(halved),
    "picture-size": with_file(smaller),
    "picture-turned": with_file(tagged),
    "picture-filled": with_file(filled),
    "picture-kind": with_file(lambda path: Image.open(path).save(path, "JPEG")),
    "picture-mode": with_file(lambda path: Image.open(path).convert("L").save(path)),
    "picture-copy": with_file(again),
    "name-alike": like_another,
    "split-same-image": with_sides(with_file(twice)),
    "split-same-scene": with_sides(on_both_sides),
    "split-same-location": with_sides(
        lambda heads, root: ("street/1.png", "scene scene_7_1"),  # noqa: ARG005
        scenes=("scene_7_0", "scene_7_1"),
    ),
    "id-twice": id_twice,
    "camera-moved": with_infos(turned, "street/5.png"),
    "size-jump": with_all(grown),
    "size-off-field": with_box(243, 3, 277, 37),
    "frames-missing": with_infos(left_out, "street/5.png"),
    "id-jump": id_jump,
    "export-older": old_export,
    "frames-from-zero": with_infos(from_zero, "street/1.png"),
    "known-set": renamed,
    "empty-but-crowded": without_heads,
    "unreadable": damaged_file,
}


def found_in(heads: Heads, root: Path) -> Findings:
    damaged = next((image.info.path for image in heads if "root" in image.info.facts), "")
    dataset = in_memory(heads, root)
    return check_dataset(
        replace(dataset, load=Reading(dataset.load, damaged)), chosen_checks(), "mot", count=sure_heads, jobs=1
    )


def test_a_clean_set_yields_nothing(tmp_path: Path) -> None:
    found = found_in(clean(tmp_path), tmp_path)
    assert not found.kept
    assert (len(found.images), found.heads) == (12, 792)


def test_each_check_has_a_planted_defect() -> None:
    assert sorted([*PLANTED, *IN_LABEL_FILES]) == sorted(all_checks())


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_defect_is_found_by_its_check_alone(name: str, tmp_path: Path) -> None:
    heads = clean(tmp_path)
    file, record = PLANTED[name](heads, tmp_path)
    found = found_in(heads, tmp_path)
    assert {check: [(one.file, one.record) for one in kept] for check, kept in found.kept.items()} == {
        name: [(file, record)]
    }
    check, (finding,) = all_checks()[name], found.kept[name]
    assert finding.value or name in READING_CHECKS  # The message of an error has its value.
    assert finding.message
    assert check.means.endswith(".")
    assert check.fix.endswith(".")
