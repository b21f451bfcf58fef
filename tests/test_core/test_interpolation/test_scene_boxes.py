"""A scene's annotations and drawings joined: what every head's box is made of, and what is refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from gta_head_tools.anchors.anchors import Anchor, AnchorSet, HeadEdits, Zone
from gta_head_tools.anchors.head_edits import edit_heads
from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.camera import Camera
from gta_head_tools.errors import ConfigError, DataFormatError, DatasetLayoutError, GtaHeadError
from gta_head_tools.geometry import around, centres, sizes
from gta_head_tools.interpolation.pooled import pool_anchors
from gta_head_tools.interpolation.scene_boxes import SceneFit, fit_scene
from gta_head_tools.interpolation.scene_input import SizeSettings, gather_scene
from gta_head_tools.interpolation.size_model import Array, Flag
from test_core.drawn_scenes import DRAWN, FILE, IMAGES, SIX, SIZE, anchor, image, true_size


def fitted(
    drawn: AnchorSet, images: Sequence[ImageAnnotations] = IMAGES, settings: SizeSettings | None = None
) -> SceneFit:
    return fit_scene(gather_scene("s", images, drawn, settings or SizeSettings(), path=FILE))


def test_every_head_gets_a_box_in_source_order() -> None:
    fit = fitted(DRAWN)
    boxed, flags = fit.boxes(IMAGES[1])
    assert boxed.has_box.all()
    assert np.array_equal(boxed.points, IMAGES[1].points)
    np.testing.assert_allclose(centres(boxed.boxes), boxed.points, atol=1e-9)
    np.testing.assert_allclose(sizes(boxed.boxes), true_size(boxed.points), rtol=0.08)
    assert len(flags) == 60
    assert (fit.images, fit.heads, fit.drawn, fit.outside, fit.off_centre) == (2, 120, 6, 0, 0)
    assert fit.diagnosis.grade == "green"


def test_a_head_with_an_anchor_keeps_the_drawn_box_and_the_model_its_own_value() -> None:
    fit = fitted(replace(DRAWN, anchors=(*SIX, anchor(7, factor=1.2))))
    boxed, _ = fit.boxes(IMAGES[0])
    assert boxed.boxes[7].tolist() == pytest.approx(anchor(7, factor=1.2).box)
    assert fit.model.predict(IMAGES[0].points[7:8]).sizes[0] < 1.15 * true_size(IMAGES[0].points[7:8])[0]


def test_the_offset_of_the_anchors_is_learned() -> None:
    drawn = AnchorSet(SIZE, tuple(anchor(head, shift=(0.1, -0.2)) for head in range(6)))
    boxed, _ = fitted(drawn).boxes(IMAGES[1])
    shift = (centres(boxed.boxes) - boxed.points) / sizes(boxed.boxes)[:, None]
    np.testing.assert_allclose(shift, np.tile([0.1, -0.2], (60, 1)), atol=1e-6)
    assert fitted(drawn).off_centre == 120


def test_the_papers_rule_ignores_the_offset_unless_asked() -> None:
    drawn = AnchorSet(SIZE, tuple(anchor(head, shift=(0.1, -0.2)) for head in range(6)))
    plain, _ = fitted(drawn, settings=SizeSettings("two-nearest")).boxes(IMAGES[0])
    np.testing.assert_allclose(centres(plain.boxes), IMAGES[0].points, atol=1e-9)
    # on an anchor its size comes back, d1 being zero
    np.testing.assert_allclose(sizes(plain.boxes)[:6], true_size(IMAGES[0].points[:6]))
    asked, _ = fitted(drawn, settings=SizeSettings("two-nearest", offset=True)).boxes(IMAGES[0])
    assert np.abs(centres(asked.boxes) - IMAGES[0].points).max() > 1


def test_a_pin_changes_its_head_alone_and_a_lost_one_is_told() -> None:
    pin, lost = anchor(9, factor=3.0), Anchor("a", (5.0, 5.0), (0.0, 0.0, 9.0, 9.0))
    plain, _ = fitted(DRAWN).boxes(IMAGES[0])
    fit = fitted(replace(DRAWN, pins=(pin, lost)))
    pinned, _ = fit.boxes(IMAGES[0])
    changed = np.flatnonzero((plain.boxes != pinned.boxes).any(axis=1))
    assert changed.tolist() == [9]
    assert pinned.boxes[9].tolist() == pytest.approx(pin.box)
    assert any("the pin of image 'a' at (5, 5) has lost its head" in warning for warning in fit.warnings)


def test_image_anchors_serve_their_own_image_only() -> None:
    own = tuple(anchor(head, factor=1.15, of=IMAGES[1]) for head in range(10, 16))
    fit, plain = fitted(replace(DRAWN, image_anchors=own)), fitted(DRAWN)
    assert np.array_equal(fit.boxes(IMAGES[0])[0].boxes, plain.boxes(IMAGES[0])[0].boxes)
    ratio = sizes(fit.boxes(IMAGES[1])[0].boxes)[20:] / sizes(plain.boxes(IMAGES[1])[0].boxes)[20:]
    assert 1.05 < np.median(ratio) <= 1.16


def test_image_anchors_give_boxes_without_any_other_anchor() -> None:
    images = (*IMAGES, image("empty", seed=3).select(np.zeros(60, bool)))
    first = tuple(anchor(head, of=IMAGES[0]) for head in range(6))
    second = tuple(anchor(head, factor=2.0, of=IMAGES[1]) for head in range(6))
    fit = fitted(AnchorSet(SIZE, (), image_anchors=(*first, *second)), images)
    for each, factor in zip(IMAGES, (1.0, 2.0), strict=True):
        boxed, flags = fit.boxes(each)
        assert np.median(np.abs(sizes(boxed.boxes) / true_size(boxed.points) / factor - 1)) < 0.08
        assert not (flags & Flag.STALE_CAMERA).any()
    assert (fit.drawn, fit.diagnosis.grade, fit.warnings) == (12, "green", ())
    one = fitted(AnchorSet(SIZE, (), image_anchors=first))
    assert one.diagnosis.grade == "red" and any("1 images (first b)" in warning for warning in one.warnings)


def test_a_moved_camera_without_anchors_is_stale() -> None:
    here, there = Camera((0, 0, 9), (-20, 0, 0), 50), Camera((0, 0, 9), (-20, 0, 35), 50)
    images = (image("a", seed=1, camera=here), image("b", seed=2, camera=there))
    fit = fitted(DRAWN, images)
    assert not (fit.boxes(images[0])[1] & Flag.STALE_CAMERA).any()
    assert (fit.boxes(images[1])[1] & Flag.STALE_CAMERA).all()
    assert any("the camera moved: 1 images (first b)" in warning for warning in fit.warnings)


def test_where_the_camera_moved_every_pose_is_fitted_apart() -> None:
    here, there = Camera((0, 0, 9), (-20, 0, 0), 50), Camera((0, 0, 9), (-20, 0, 35), 50)
    images = (image("a", seed=1, camera=here), image("b", seed=2, camera=there))
    twice = tuple(anchor(head, factor=2.0, of=images[1]) for head in range(6))
    own = (anchor(30, factor=1.05, of=images[0]),)
    fit = fitted(AnchorSet(SIZE, (*SIX, *twice), image_anchors=own), images)
    for each, factor in zip(images, (1.0, 2.0), strict=True):
        boxed, flags = fit.boxes(each)
        assert not (flags & Flag.STALE_CAMERA).any()
        assert np.median(np.abs(sizes(boxed.boxes) / true_size(boxed.points) / factor - 1)) < 0.08
    assert fit.suspects == ()
    assert fit.diagnosis.expected is not None
    assert fit.diagnosis.expected.field < 0.06


def test_heads_outside_the_picture_do_not_bend_the_fit() -> None:
    astray = np.vstack([IMAGES[0].points, [[-9000.0, -7000.0], [1e8, 500.0]]])
    fit = fitted(DRAWN, (IMAGES[0].replace(points=astray, boxes=None, ids=None, ignore=None), IMAGES[1]))
    assert (fit.outside, fit.heads) == (2, 122)
    plain, _ = fitted(DRAWN).boxes(IMAGES[1])
    assert np.array_equal(fit.boxes(IMAGES[1])[0].boxes, plain.boxes)


def test_drawings_that_are_ignored_have_no_effect() -> None:
    wrong = replace(anchor(9, factor=9.0), use="ignore")
    fit = fitted(replace(DRAWN, pins=(wrong,), image_anchors=(wrong,)))
    assert np.array_equal(fit.boxes(IMAGES[0])[0].boxes, fitted(DRAWN).boxes(IMAGES[0])[0].boxes)


def test_of_twins_two_edits_remove_both() -> None:
    twins = IMAGES[0].replace(points=np.vstack([IMAGES[0].points[:59], IMAGES[0].points[:1]]))
    point = (float(twins.points[0, 0]), float(twins.points[0, 1]))
    edits = {"a": HeadEdits(removed=(point, point))}
    assert len(edit_heads([twins], replace(DRAWN, heads=edits), path=FILE)[0]) == 58


def test_a_horizon_below_the_heads_is_told() -> None:
    fit = fitted(replace(DRAWN, horizon=((0.0, 1000.0), (1920.0, 1000.0))))
    assert any("horizon lies below the heads" in warning for warning in fit.warnings)


def test_half_the_resolution_is_half_the_size_to_1e_6() -> None:
    half = tuple(image(info.info.name, seed=seed, size=(960, 540)) for seed, info in enumerate(IMAGES, start=1))
    big, small = fitted(DRAWN).boxes(IMAGES[1])[0], fitted(DRAWN, half).boxes(half[1])[0]
    np.testing.assert_allclose(small.boxes * 2, big.boxes, rtol=1e-6)


def test_anchors_at_the_border_are_completed_and_told() -> None:
    cut, (x, y) = IMAGES[0], IMAGES[0].points[0]
    points = cut.points.copy()
    points[:2] = [[3.0, y], [x, 700.0]]
    images = (cut.replace(points=points), *IMAGES[1:])
    whole = [anchor(head, of=images[0]) for head in range(6)]
    left, top, right, bottom = whole[0].box
    assert left < 0
    drawn = replace(whole[0], box=(0.0, top, right, bottom))
    full, half = (fitted(AnchorSet(SIZE, (first, *whole[1:])), images) for first in (whole[0], drawn))
    assert np.abs(half.model.predict(points).sizes / full.model.predict(points).sizes - 1).max() < 0.01
    assert half.offset == pytest.approx(full.offset, abs=0.01)
    assert [warning for warning in half.warnings if "1 anchors touch the border" in warning]
    assert half.boxes(images[0])[0].boxes[0] == pytest.approx(drawn.box)


def test_anchors_at_one_height_are_never_green() -> None:
    order = np.argsort(IMAGES[0].points[:, 1])
    low = tuple(anchor(int(head)) for head in order[20:28])
    fit = fitted(AnchorSet(SIZE, low))
    assert fit.diagnosis.grade != "green"
    assert fit.diagnosis.expected is not None and fit.diagnosis.expected.at_least
    assert [warning for warning in fit.warnings if "one height" in warning or "one row" in warning]


def test_a_rolled_camera_is_told() -> None:
    rolled = (image("a", seed=1, camera=Camera((0, 0, 9), (-20, 2.0, 0), 50)),)
    assert any("rolled by 2 degrees" in warning for warning in fitted(DRAWN, rolled).warnings)


def test_zones_and_a_horizon_are_taken_from_the_drawings() -> None:
    left = Zone(((0.0, 0.0), (960.0, 0.0), (960.0, 1080.0), (0.0, 1080.0)), "stand")
    zoned = fitted(replace(DRAWN, zones=(left,), horizon=((0.0, -270.0), (1920.0, -270.0))))
    assert zoned.diagnosis.expected is not None and zoned.diagnosis.expected.at_least
    assert zoned.digest != fitted(DRAWN).digest


def test_edits_of_heads_are_applied_and_the_source_is_not_touched() -> None:
    points = [(float(x), float(y)) for x, y in IMAGES[1].points[:4]]
    edits = HeadEdits(((50.0, 300.0),), (points[0],), ((points[1], (900.0, 900.0)),), (points[2],))
    same, edited = edit_heads(IMAGES, replace(DRAWN, heads={"b": edits}), path=FILE)
    assert same is IMAGES[0]
    assert len(edited) == 60
    assert edited.points[-1].tolist() == [50.0, 300.0]
    assert edited.points[0].tolist() == [900.0, 900.0]
    assert edited.ignore.tolist() == [False, True] + [False] * 58


def test_edits_are_in_pixels_of_the_anchor_file() -> None:
    point = (float(IMAGES[0].points[3, 0] / 2), float(IMAGES[0].points[3, 1] / 2))
    drawn = AnchorSet((960, 540), heads={"a": HeadEdits(added=((100.0, 50.0),), removed=(point,))})
    edited = edit_heads(IMAGES, drawn, path=FILE)[0]
    assert edited.points[-1].tolist() == [200.0, 100.0]
    assert np.array_equal(edited.points[:-1], np.delete(IMAGES[0].points, 3, axis=0))


def test_the_digest_follows_all_that_decides_boxes() -> None:
    base = fitted(DRAWN).digest
    assert fitted(DRAWN).digest == base
    assert fitted(replace(DRAWN, reviewed=("a",))).digest == base
    moved = (IMAGES[0], IMAGES[1].replace(points=IMAGES[1].points + 1e-6))
    others = [
        fitted(replace(DRAWN, anchors=SIX[:5])),
        fitted(DRAWN, moved),
        fitted(DRAWN, settings=SizeSettings("row")),
    ]
    assert base not in {fit.digest for fit in others}


def test_a_suspect_is_named_and_an_ignored_anchor_left_out() -> None:
    wrong = anchor(20, factor=2.2)
    eight = tuple(anchor(head) for head in range(8))
    fit = fitted(AnchorSet(SIZE, (*eight, wrong)))
    assert [suspect.point for suspect in fit.suspects] == [wrong.point]
    assert fit.suspects[0].expected_size == pytest.approx(fit.suspects[0].drawn_size / 2.2, rel=0.1)
    ignored = fitted(AnchorSet(SIZE, (*eight, replace(wrong, use="ignore"))))
    assert (ignored.drawn, ignored.suspects) == (8, ())


@pytest.mark.parametrize(
    ("drawn", "words"),
    [
        (AnchorSet(SIZE, (replace(SIX[0], image="aa"),)), ["anchors[0]", "'aa'", "did you mean 'a'"]),
        (AnchorSet(SIZE, (*SIX, replace(SIX[0], point=(5.0, 5.0)))), ["anchors[6]", "(5, 5)", "px away"]),
        (AnchorSet((1920, 1200), SIX), ["image_size", "1920x1200", "1920x1080"]),
        (AnchorSet((960, 540), SIX), ["anchors[0]", "in pixels of image_size; the picture is 1920x1080"]),
    ],
)
def test_drawings_that_do_not_fit_are_refused(drawn: AnchorSet, words: list[str]) -> None:
    with pytest.raises(DataFormatError) as caught:
        fitted(drawn)
    assert all(word in str(caught.value) for word in ["anchors.json", *words])


@pytest.mark.parametrize(
    ("drawn", "words"),
    [
        (replace(DRAWN, heads={"zz": HeadEdits()}), ["heads['zz']", "not in this scene"]),
        (replace(DRAWN, heads={"a": HeadEdits(removed=((1.0, 1.0),))}), ["heads['a'].removed[0]", "no head"]),
        (AnchorSet((1920, 1200), heads={"a": HeadEdits()}), ["image_size", "1920x1200", "1920x1080"]),
    ],
)
def test_edits_that_do_not_fit_are_refused(drawn: AnchorSet, words: list[str]) -> None:
    with pytest.raises(DataFormatError) as caught:
        edit_heads(IMAGES, drawn, path=FILE)
    assert all(word in str(caught.value) for word in ["anchors.json", *words])


def _with_nan(points: Array) -> Array:
    changed = points.copy()
    changed[12, 0] = np.nan
    return changed


@pytest.mark.parametrize(
    ("images", "kind", "words"),
    [
        ((), ConfigError, "no images"),
        ((IMAGES[0], image("c", seed=3, size=(960, 540))), ConfigError, "jpgs/c.jpg is 960x540"),
        ((image("a", seed=1, size=(0, 0)),), DatasetLayoutError, "how large"),
        ((IMAGES[0].replace(points=_with_nan(IMAGES[0].points)),), ConfigError, r"head 12: point \(nan, "),
        ((IMAGES[0], IMAGES[0].replace(info=replace(IMAGES[0].info, path="pngs/a.png"))), DataFormatError, "rename"),
    ],
)
def test_scenes_that_cannot_be_fitted_are_refused(
    images: tuple[ImageAnnotations, ...], kind: type[GtaHeadError], words: str
) -> None:
    with pytest.raises(kind, match=words):
        fitted(DRAWN, images)


def test_anchors_in_one_place_that_disagree_are_told() -> None:
    fit = fitted(AnchorSet(SIZE, (*SIX, anchor(0, factor=1.6))))
    assert any("anchors 0 and 6 are in one place" in warning for warning in fit.warnings)


def test_a_box_far_from_its_point_is_told() -> None:
    astray = replace(SIX[3], box=(SIX[3].box[0] + 800, SIX[3].box[1], SIX[3].box[2] + 800, SIX[3].box[3]))
    fit = fitted(AnchorSet(SIZE, (*SIX[:3], astray, *SIX[4:])))
    assert any(warning.startswith("anchors[3]: its box lies ") for warning in fit.warnings)
    assert not fitted(DRAWN).warnings


def test_a_ground_that_the_rule_does_not_use_is_refused() -> None:
    with pytest.raises(ConfigError, match="--ground is used by rule camera alone, not by row"):
        fitted(DRAWN, settings=SizeSettings("row", ground=1.0))


def still(name: str, *, seed: int, scale: float) -> ImageAnnotations:
    """A picture of its own camera: heads of 0.5 of their spacing, nearer ones lower."""
    rng = np.random.default_rng(seed)
    rows = [
        (x + rng.normal(0, 2), y)
        for y in np.geomspace(150, 1000, round(16 / scale))
        for x in np.arange(60, 1860, y * 0.12 * scale)
    ]
    return ImageAnnotations(ImageInfo(f"{name}.jpg", *SIZE, scene=name), np.array(rows))


def test_pooled_pictures_share_a_scale_and_keep_their_own_shape() -> None:
    pictures = [still(name, seed=seed, scale=scale) for seed, (name, scale) in enumerate([("p", 1.0), ("q", 1.6)])]
    size = 0.06 * pictures[0].points[:, 1]
    rows = [3, len(size) // 2, len(size) - 4]
    boxes = around(pictures[0].points[rows], size[rows], size[rows])
    drawn = tuple(
        Anchor("p", (float(x), float(y)), (b[0], b[1], b[2], b[3]))
        for (x, y), b in zip(pictures[0].points[rows], boxes, strict=True)
    )
    scenes = [
        gather_scene("p", pictures[:1], AnchorSet(SIZE, drawn), SizeSettings(), path=FILE),
        gather_scene("q", pictures[1:], None, SizeSettings(), path=FILE),
    ]
    pool = pool_anchors((s.view, s.matched.points, s.matched.sizes, s.matched.offset) for s in scenes)
    own, shared = (fit_scene(scene, pool=pool) for scene in scenes)
    found = sizes(shared.boxes(pictures[1])[0].boxes)
    truth = 0.06 * 1.6 * pictures[1].points[:, 1]
    assert np.median(np.abs(found / truth - 1)) < 0.3
    assert found[-1] > 1.5 * found[0]
    assert (own.model.rule, shared.model.rule) == ("auto", "pooled")
    assert shared.diagnosis.grade != "green"
    assert shared.digest != fit_scene(scenes[1], pool=replace(pool, ratio=pool.ratio * 1.1)).digest


def test_pooling_takes_the_stretch_of_wide_lenses_off_and_puts_it_on() -> None:
    wide = Camera((0, 0, 9), (-25, 0, 0), 80)
    picture = still("p", seed=0, scale=1.0)
    picture = picture.replace(info=replace(picture.info, camera=wide))
    scene = gather_scene("p", (picture,), None, SizeSettings(), path=FILE)
    edge = picture.points[[5, 6, 7]]
    kx, ky = scene.view.stretch.factors(edge)
    drawn = np.stack([20 * np.asarray(kx), 25 * np.asarray(ky)], axis=1)
    pool = pool_anchors([(scene.view, edge, drawn, np.zeros(2))])
    found = fit_scene(scene, pool=pool).model.predict(edge)
    np.testing.assert_allclose(found.widths / found.heights, drawn[:, 0] / drawn[:, 1], rtol=0.01)
    assert np.median(found.sizes / np.sqrt(drawn.prod(axis=1))) == pytest.approx(1.0, abs=0.05)


def test_pooling_needs_an_anchor_somewhere() -> None:
    scene = gather_scene("s", IMAGES, None, SizeSettings(), path=FILE)
    with pytest.raises(ConfigError, match="--pool needs anchors"):
        pool_anchors([(scene.view, scene.matched.points, scene.matched.sizes, scene.matched.offset)])
