"""Which heads of a scene are suggested for a box."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gta_head_tools.anchors.anchors import AnchorSet
from gta_head_tools.camera import Camera
from gta_head_tools.errors import ConfigError
from gta_head_tools.interpolation.scene_input import SizeSettings, gather_scene
from gta_head_tools.interpolation.suggestions import suggest_for_scene
from test_core.drawn_scenes import DRAWN, FILE, IMAGES, SIX, SIZE, anchor, image

DRAWN_ON_0 = AnchorSet(SIZE, tuple(replace(each, image="1") for each in SIX))


def test_suggestions_work_without_anchors_and_lower_the_error() -> None:
    blank = suggest_for_scene(gather_scene("s", IMAGES, None, SizeSettings(), path=FILE), count=3)
    assert blank[0].expected_before is None
    assert blank[0].expected_after > blank[1].expected_after > blank[2].expected_after
    more = suggest_for_scene(gather_scene("s", IMAGES, DRAWN, SizeSettings(), path=FILE), count=1)[0]
    assert more.expected_before is not None
    assert more.expected_after < more.expected_before
    assert IMAGES[more.image].points[more.head].tolist() == pytest.approx(more.point)
    assert more.point not in [each.point for each in SIX]


def test_suggestions_pass_over_heads_that_cannot_be_boxed() -> None:
    ignored = IMAGES[0].replace(ignore=np.arange(60) != 5)
    found = suggest_for_scene(gather_scene("s", (ignored,), None, SizeSettings(), path=FILE), count=3)
    assert [suggestion.head for suggestion in found] == [5]
    outside = IMAGES[0].replace(points=IMAGES[0].points + 5000)
    with pytest.raises(ConfigError, match="no head of this scene"):
        suggest_for_scene(gather_scene("s", (outside,), None, SizeSettings(), path=FILE))


def test_a_scene_whose_heads_all_have_anchors_says_so() -> None:
    alone = IMAGES[0].select(np.arange(2))
    drawn = AnchorSet(SIZE, SIX[:2])
    with pytest.raises(ConfigError, match="every head has its anchor already"):
        suggest_for_scene(gather_scene("s", (alone,), drawn, SizeSettings(), path=FILE))


def test_suggestions_keep_to_images_with_a_picture_where_there_are_some() -> None:
    scene = gather_scene("s", IMAGES, None, SizeSettings(), path=FILE)
    assert {s.image for s in suggest_for_scene(scene, count=20)} == {0, 1}
    assert {s.image for s in suggest_for_scene(scene, count=20, pictures={IMAGES[1].info.path})} == {1}
    assert {s.image for s in suggest_for_scene(scene, count=20, pictures={"gone.jpg"})} == {0, 1}


def test_a_pose_without_anchors_comes_first() -> None:
    here, there = Camera((0, 0, 9), (-20, 0, 0), 50), Camera((0, 0, 9), (-20, 0, 35), 50)
    images = tuple(
        image(name, seed=seed, camera=pose)
        for seed, (name, pose) in enumerate(zip("abc", [here, there, here], strict=True))
    )
    drawn = AnchorSet(SIZE, tuple(anchor(head, of=images[0]) for head in range(6)))
    first, *others = suggest_for_scene(gather_scene("s", images, drawn, SizeSettings(), path=FILE), count=4)
    assert (first.image, first.expected_before) == (1, None)
    assert images[1].points[first.head].tolist() == pytest.approx(first.point)
    assert others[0].expected_before == pytest.approx(first.expected_after)
    assert len({(s.image, s.head) for s in (first, *others)}) == 4


def test_many_suggestions_are_all_different() -> None:
    scene = gather_scene("s", [image(str(n), seed=n) for n in range(10)], DRAWN_ON_0, SizeSettings(), path=FILE)
    found = suggest_for_scene(scene, count=150)
    assert len({(s.image, s.head) for s in found}) == 150
    after = [s.expected_after for s in found]
    assert after == [s.expected_before for s in found[1:]] + after[-1:]
    assert after[-1] < after[75] < after[12] < after[0]
