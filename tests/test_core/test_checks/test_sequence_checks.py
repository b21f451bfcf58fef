"""Checks of videos: gaps between frames, and ids that are twice in a picture or jump to another head."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.checks.finding import Finding, Overview, SceneHeads, Seen
from gta_head_tools.checks.sequence_checks import check_from_zero, check_id_jump, check_id_twice, check_missing
from gta_head_tools.dataset import Scene, in_memory
from gta_head_tools.geometry import around

SIZE = (1920, 1080)


def of_frames(frames: Sequence[int | None], *, heads_only: bool = False) -> list[Finding]:
    infos = [ImageInfo(f"{frame}.jpg", scene="s", frame=frame) for frame in frames]
    images = [ImageAnnotations(info, np.empty((0, 2))) for info in infos]
    return list(check_missing(SceneHeads(Scene("s", tuple(infos), heads_only=heads_only), images)))


def walk(seed: int, *, frames: int = 12, people: int = 20, step: int = 1, speed: float = 1.0) -> list[ImageAnnotations]:
    """People who walk straight on, up to `speed` of their size in a frame; their boxes shake a little."""
    random = np.random.default_rng(seed)
    places = random.uniform((200, 100), (1700, 1000), (people, 2))
    side = places[:, 1] / 20
    ways = random.uniform(-speed, speed, (people, 2)) * side[:, None] / 1.5
    images = []
    for number in range(frames):
        points = places + ways * number
        sides = side * random.uniform(0.9, 1.1, people)
        inside = np.all((points > 60) & (points < np.array(SIZE) - 60), axis=1)
        info = ImageInfo(f"{number}.jpg", *SIZE, scene="s", frame=1 + number * step)
        heads = ImageAnnotations(info, points, boxes=around(points, sides, sides * 1.2), ids=np.arange(people) + 1)
        images.append(heads.select(inside))
    return images


def of_ids(images: Sequence[ImageAnnotations]) -> list[Finding]:
    return list(check_id_jump(SceneHeads(Scene("s", tuple(image.info for image in images)), images)))


@pytest.mark.parametrize("step", [1, 5])
def test_a_gap_between_regular_frames_is_found(step: int) -> None:
    (found,) = of_frames([step * frame for frame in (1, 2, 3, 7, 8, 9)])
    assert (found.file, found.value) == (f"{7 * step}.jpg", f"{4 * step} to {6 * step}")
    assert found.message == f"3 frames are missing between frame {3 * step} and this picture, frame {7 * step}"
    assert of_frames([1, 2, 3, 5, 6, 7])[0].message.startswith("1 frame is missing")


@pytest.mark.parametrize(
    "frames",
    [
        range(1, 40),
        range(0, 200, 5),
        [1, 2, 801, 1200, 1600, 2000],
        [1, 2, 4],
        [None, None, 1, 2, 3, 4, 5],
        [frame for frame in range(1, 60) if frame % 7],
        [5, 10, 15, 20, 22],
    ],
)
def test_frames_that_were_chosen_are_no_gaps(frames: Sequence[int | None]) -> None:
    assert not of_frames(frames)


def test_a_source_without_pictures_may_lack_frames_without_heads() -> None:
    assert not of_frames([1, 2, 3, 7, 8, 9], heads_only=True)


def test_frames_from_zero_are_found_where_the_format_counts_from_one(tmp_path: Path) -> None:
    images = [image for name in ("a", "b") for image in walk(0, frames=2)]
    infos = [ImageInfo(f"{place}.jpg", frame=place % 2, scene=f"s{place // 2}") for place in range(len(images))]
    dataset = in_memory([image.replace(info=info) for image, info in zip(images, infos, strict=True)], tmp_path)
    seen = [Seen(info, 1) for info in infos]
    found = list(check_from_zero(Overview("mot", dataset, seen, first_frame=1)))
    assert [one.file for one in found] == ["0.jpg", "2.jpg"]
    assert not list(check_from_zero(Overview("coco", dataset, seen)))


def test_an_id_that_is_twice_in_an_image_is_found() -> None:
    points = [[5, 5], [15, 5], [25, 5], [35, 5], [45, 5], [55, 5]]
    image = ImageAnnotations(ImageInfo("a.jpg"), points, ids=[-1, 3, -1, 8, 3, 3])
    assert [(found.record, found.value, found.message) for found in check_id_twice(image)] == [
        ("head 5", "id 3", "head 2 of this image has the same id"),
        ("head 6", "id 3", "head 2 of this image has the same id"),
    ]


@pytest.mark.parametrize("ids", [[1] * 6, [0, 0, 0, 0, 1, 1], [-1] * 6, []])
def test_one_id_for_all_means_no_persons(ids: list[int]) -> None:
    assert not list(check_id_twice(ImageAnnotations(ImageInfo("a.jpg"), np.zeros((len(ids), 2)), ids=ids)))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([1, 5]), st.floats(0, 4))
def test_walking_people_do_not_jump(seed: int, step: int, speed: float) -> None:
    assert not of_ids(walk(seed, step=step, speed=speed))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 200))
def test_an_id_on_another_head_is_found(seed: int, chosen: int) -> None:
    images = walk(seed, people=30)
    last = images[7]
    here, there = chosen % len(last), (chosen + 1 + chosen // 7 % (len(last) - 1)) % len(last)
    size = last.boxes[here, 2] - last.boxes[here, 0]
    if here == there or np.hypot(*(last.points[here] - last.points[there])) < 7 * size:
        return
    ids = last.ids.copy()
    ids[there], ids[here] = ids[here], 99
    later = [image.select(image.ids != last.ids[here]) for image in images[8:]]
    found = of_ids([*images[:7], last.replace(ids=ids), *later])
    assert [(one.file, one.record) for one in found] == [("7.jpg", f"head {there + 1}")]
    assert found[0].value.startswith(f"id {ids[there]}, ")
    assert found[0].message.endswith("since frame 7")


def test_a_person_of_another_size_is_found() -> None:
    images = walk(1, speed=0)
    boxes = images[-1].boxes.copy()
    boxes[4] += np.array([-1, -1, 1, 1]) * 1.5 * (boxes[4, 2] - boxes[4, 0])
    images[-1] = images[-1].replace(boxes=boxes)
    (found,) = of_ids(images)
    assert (found.file, found.record) == ("11.jpg", "head 5")
    assert "4.1 times as large as its id was, since frame 11" in found.message


def test_a_camera_that_shakes_makes_no_jumps() -> None:
    images = walk(4, frames=60)
    images[30] = images[30].replace(points=images[30].points + 300, boxes=images[30].boxes + 300)
    assert not of_ids(images)


def test_ids_that_are_numbers_within_an_image_mean_no_persons() -> None:
    images = walk(2)
    shuffled = [
        image.replace(ids=np.random.default_rng(place).permutation(image.ids)) for place, image in enumerate(images)
    ]
    assert not of_ids(shuffled)


def test_swapped_coordinates_are_no_jumps() -> None:
    images = walk(3, frames=40)
    images[20] = images[20].replace(points=images[20].points[:, ::-1], boxes=images[20].boxes[:, [1, 0, 3, 2]])
    assert not of_ids(images)
