"""Sprites of people: sizes that hold at every distance, joints without gaps, a bounded pool."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from gta_head_tools.synthesis.painting.atlas import LADDER, Atlas, cast_sprite
from gta_head_tools.synthesis.painting.casting import cast_band, seen_solids, view_axes
from gta_head_tools.synthesis.people import shape_index
from gta_head_tools.synthesis.people.bodies import BODY_KINDS
from gta_head_tools.synthesis.people.heads import HEAD_STYLES
from gta_head_tools.synthesis.people.shape_index import (
    BODIES,
    ELEVATIONS,
    HEADS,
    SHAPES,
    THINGS,
    UMBRELLAS,
    YAWS,
    shape_solids,
)
from gta_head_tools.synthesis.people.weaves import HEAD_MATERIALS, NOTHING, SKIN

SIDES = ("left", "top", "right", "bottom")
STYLES = np.arange(len(HEADS))
NAMES = [style.name for style in HEAD_STYLES]


def extents(table: NDArray[np.void]) -> NDArray[np.float64]:
    """Left, top, right and bottom (N, 4), metres."""
    return np.stack([table[side] for side in SIDES], axis=1).astype(np.float64)


def alpha(atlas: Atlas, row: int) -> NDArray[np.uint32]:
    """Coverage (H, W) of a sprite, 0 to 255."""
    sprite = atlas.table[row]
    first = int(sprite["offset"])
    texels = atlas.texels[first : first + int(sprite["width"]) * int(sprite["height"])]
    return np.asarray((texels >> 24).reshape(int(sprite["height"]), int(sprite["width"])), dtype=np.uint32)


@pytest.fixture(scope="module")
def atlas() -> Atlas:
    return Atlas()


def seen(number: int) -> NDArray[np.intp]:
    """Every shape from one of the elevations, another one each time."""
    return np.arange(number) % len(ELEVATIONS)


def test_there_are_enough_heads_and_bodies() -> None:
    assert HEADS.size >= 200
    assert BODIES.size >= 64
    assert HEADS.size + BODIES.size + UMBRELLAS.size + THINGS.size == SHAPES
    assert set(shape_index.BODY_POSES) == {"stand", "walk", "sit", "cheer", "phone", "crossed"}
    assert shape_index.BODY_CHILD.sum() >= 5


def test_solids_of_a_shape_are_told_apart_in_seven_bits() -> None:
    assert max(len(shape_solids(shape)) for shape in range(0, SHAPES, YAWS)) <= 128


def test_outline_of_every_head_is_that_of_a_fine_rendering(atlas: Atlas) -> None:
    shapes, elevations = HEADS[STYLES, STYLES * 5 % YAWS], seen(len(STYLES))
    coarse = extents(atlas.table[atlas.need(shapes, elevations, np.full(len(shapes), float(LADDER[7])))])
    errors = []
    for shape, elevation, extent in zip(shapes, elevations, coarse, strict=True):
        fine = extents(cast_sprite(int(shape), int(elevation), 480.0)[1])[0]
        errors.append(np.abs(extent - fine) * LADDER[7])
        assert errors[-1].max() <= 1.0, HEAD_STYLES[shape // YAWS].name
    assert np.mean(errors) <= 0.35


@pytest.mark.parametrize("style", ["cropped hair", "bob", "long hair", "cap", "hijab"])
def test_outline_is_the_same_at_every_size(atlas: Atlas, style: str) -> None:
    steps = LADDER[:13].astype(np.float64)
    shapes = np.full(len(steps), HEADS[NAMES.index(style), 4])
    boxes = extents(atlas.table[atlas.need(shapes, np.full(len(steps), 2), steps)])
    assert np.all(np.abs(boxes - boxes[-1]) <= 1.0 / steps[:, None])


def test_outline_follows_the_drawn_head(atlas: Atlas) -> None:
    """The box of texels at least half covered, by a head that nothing hangs from."""
    rows = atlas.need(HEADS[0], np.zeros(YAWS, np.intp), np.full(YAWS, 128.0))
    for row in rows:
        sprite = atlas.table[row]
        first = int(sprite["offset"])
        texels = atlas.texels[first : first + int(sprite["width"]) * int(sprite["height"])]
        is_head = HEAD_MATERIALS[texels & 15] & (texels >> 24 >= 128)
        rows_of, columns = np.nonzero(is_head.reshape(int(sprite["height"]), int(sprite["width"])))
        drawn = np.array([columns.min(), rows_of.min(), columns.max() + 1, rows_of.max() + 1])
        origin = np.array([sprite["origin_u"], sprite["origin_v"]] * 2)
        assert np.abs((drawn - origin) / 128 - extents(atlas.table[[row]])[0]).max() <= 1.0 / 128


def test_heads_are_as_large_as_heads(atlas: Atlas) -> None:
    """Bare or hairy, 1 / 7.5 of a body of 1.70 m; sizes differ by 8 %, hats and hair styled high aside."""
    hats = ("cap", "beanie", "hat", "hood", "hijab", "scarf", "turban", "helmet", "headphones", "bun")
    plain = [row for row, name in enumerate(NAMES) if not any(hat in name for hat in hats)]
    box = extents(atlas.table[atlas.need(HEADS[plain, 0], np.zeros(len(plain), np.intp), np.full(len(plain), 256.0))])
    wide, tall = box[:, 2] - box[:, 0], box[:, 3] - box[:, 1]
    assert np.abs(tall / 0.231 - 1).max() <= 0.08
    assert np.abs(wide / 0.163 - 1).max() <= 0.08


def test_every_shape_is_seen_and_has_sound_normals() -> None:
    shapes = np.concatenate([lot[:, 2] for lot in (HEADS, BODIES, UMBRELLAS, THINGS)])
    for elevation in (0, len(ELEVATIONS) - 1):
        for shape in shapes:
            texels, row = cast_sprite(int(shape), elevation, 24.0)
            covered = texels[texels[..., 0] > 0]
            assert covered.shape[0] > 5
            assert np.isfinite(texels).all()
            assert np.allclose(np.linalg.norm(covered[:, 2:5], axis=1), 1.0, atol=1e-3)
            assert np.isfinite(extents(row)).all()


def test_a_symmetric_head_looks_alike_from_both_sides(atlas: Atlas) -> None:
    table = atlas.table[atlas.need(HEADS[[0, 0], [3, 9]], np.zeros(2, np.intp), np.full(2, 256.0))]
    assert table["left"][0] == pytest.approx(-table["right"][1], abs=1.5 / 256)


@pytest.mark.parametrize("elevation", range(len(ELEVATIONS)))
def test_no_gap_between_head_and_shoulders(atlas: Atlas, elevation: int) -> None:
    """Downwards from the middle of the head, everything is solid until below the shoulders."""
    density = 90.5
    low = round(0.34 * math.cos(math.radians(ELEVATIONS[elevation])) * density)
    for kind in range(0, len(BODIES), 4):
        style = kind * 7 % len(HEADS)
        size = shape_index.BODY_HEAD_SCALE[kind]
        for turn in (-2, 0, 2):
            shapes = np.array([BODIES[kind, kind % YAWS], HEADS[style, (kind + turn) % YAWS]])
            rows = atlas.need(shapes, np.full(2, elevation), np.full(2, density))
            covered = np.zeros(round(low * (size if size < 1 else 1)))
            for row, scale in zip(rows, (1.0, size), strict=True):
                sprite, full = atlas.table[row], alpha(atlas, row)
                ys = (sprite["origin_v"] + (np.arange(len(covered)) + 0.5) / scale).astype(int)
                inside = (ys >= 0) & (ys < full.shape[0])
                covered[inside] += full[ys[inside], int(sprite["origin_u"])]
            assert covered.min() >= 200, (BODY_KINDS[kind].name, HEAD_STYLES[style].name, turn)


@pytest.mark.parametrize("elevation", range(len(ELEVATIONS)))
def test_what_a_head_leaves_to_the_body_is_covered(atlas: Atlas, elevation: int) -> None:
    """Hair behind the neck is cut out where the body belongs: head and body together leave no hole there."""
    density, long = 90.5, NAMES.index("long hair")
    for kind in np.flatnonzero(~shape_index.BODY_CHILD)[::3].tolist():
        shapes = np.array([BODIES[kind, kind % YAWS], HEADS[long * (kind % 2), (kind + kind % 5 - 2) % YAWS]])
        union = np.zeros((160, 160), np.uint32)
        for row in atlas.need(shapes, np.full(2, elevation), np.full(2, density)):
            full, sprite = alpha(atlas, row), atlas.table[row]
            top, left = 60 - int(sprite["origin_v"]), 80 - int(sprite["origin_u"])
            part = union[top : top + full.shape[0], left : left + full.shape[1]]
            part += full[: len(part)]
        solids = shape_solids(int(shapes[1]))
        left_out = solids[solids[:, 22] == NOTHING].copy()
        left_out[:, 22] = SKIN
        axes = view_axes(float(shape_index.YAW[shapes[1]]), math.radians(ELEVATIONS[elevation]))
        texels = np.zeros((160, 160, 8), np.float32)
        frame = np.array([-79.75, 59.75, 0.5]) / density
        cast_band(seen_solids(left_out, axes), axes[:, 2].copy(), frame, 2, texels)
        open_spots = (texels[..., 0] >= 0.75) & (union < 128)
        assert open_spots.sum() == 0, (BODY_KINDS[kind].name, np.argwhere(open_spots)[:4])


def test_rows_are_as_dense_as_asked(atlas: Atlas) -> None:
    asked = np.array([1.0, 8.0, 8.01, 30.0, 100.0, 255.9, 256.0])
    shapes = np.full(len(asked), THINGS[3, 0])
    density = atlas.table["density"][atlas.need(shapes, np.zeros(len(asked), np.intp), asked)]
    assert np.all(density >= asked * (1 - 1e-6))
    assert np.all(density <= np.maximum(asked, LADDER[0]) * 1.4143)
    top = atlas.need(shapes[:1], np.zeros(1, np.intp), np.array([5000.0]))
    assert atlas.table["density"][top[0]] == pytest.approx(LADDER[-1])


def test_the_same_sprite_is_the_same_whenever_it_is_cast() -> None:
    one, other = Atlas(), Atlas()
    first, second = np.array([HEADS[3, 1]]), np.array([BODIES[5, 2]])
    there, rate = np.array([1]), np.array([40.0])
    one.need(second, there, rate)
    rows = one.need(first, there, rate)[0], other.need(first, there, rate)[0]
    assert rows == (1, 0)
    sprites = one.table[rows[0]], other.table[rows[1]]
    size = int(sprites[0]["width"]) * int(sprites[0]["height"])
    starts = [int(sprite["offset"]) for sprite in sprites]
    assert np.array_equal(one.texels[starts[0] : starts[0] + size], other.texels[starts[1] : starts[1] + size])
    assert sprites[0].tolist()[1:] == sprites[1].tolist()[1:]


def test_the_pool_stays_bounded() -> None:
    small = Atlas(limit=6000)
    for shapes in np.array_split(HEADS[:, 0], 9):
        rows = small.need(shapes, np.zeros(len(shapes), np.intp), np.full(len(shapes), 60.0))
        last = small.table[rows]
        assert len(small.texels) <= 6000
        assert np.all(last["offset"] + last["width"] * last["height"] <= 6000)
        assert np.all(last["density"] >= 60)


def test_what_the_pool_cannot_hold_is_less_dense() -> None:
    small = Atlas(limit=6000)
    rows = small.need(BODIES[:2, 0], np.zeros(2, np.intp), np.full(2, 400.0))
    assert len(small.texels) <= 6000
    assert np.all(small.table["density"][rows] >= 30)
    with pytest.raises(ValueError, match="smallest"):
        Atlas(limit=20).need(BODIES[:1, 0], np.zeros(1, np.intp), np.full(1, 9.0))
