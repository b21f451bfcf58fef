"""Edits of drawings: what they change, what they leave, and that edited heads are where the user put them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gta_head_tools.anchors import drawings, drawn_boxes, head_edits
from gta_head_tools.anchors.anchors import AnchorSet, Box, HeadEdits, read_anchors, write_anchors
from gta_head_tools.anchors.drawn_boxes import Ref
from gta_head_tools.anchors.head_edits import edit_heads
from gta_head_tools.annotations import ImageAnnotations, ImageInfo

FILE = Path("anchors.json")
GIVEN = ((10.0, 10.0), (50.5, 20.25), (50.5, 20.25), (90.0, 70.0))
IMAGE = ImageAnnotations(ImageInfo("a.jpg", 100, 100), GIVEN)
EMPTY = AnchorSet((100, 100))
BOX = (8.0, 7.0, 12.0, 13.0)
ONE = drawn_boxes.add_anchor(EMPTY, "a", (10.0, 10.0), BOX)


def heads(drawn: AnchorSet) -> list[tuple[float, float, bool]]:
    (edited,) = edit_heads([IMAGE], drawn, path=FILE)
    return sorted((x, y, bool(i)) for (x, y), i in zip(edited.points.tolist(), edited.ignore, strict=True))


def test_a_second_box_of_a_head_replaces_the_first() -> None:
    kept = drawn_boxes.set_use(ONE, Ref("anchor"), "keep")
    again, ref = drawn_boxes.add_box(kept, "anchor", "a", (10.0, 10.0), (0, 0, 20, 20))
    assert ref == Ref("anchor", 0)
    assert [(a.box, a.use) for a in again.anchors] == [((0, 0, 20, 20), "keep")]
    assert len(drawn_boxes.add_anchor(again, "b", (10.0, 10.0), BOX).anchors) == 2


def test_moving_a_box_leaves_its_head_and_growing_it_its_middle() -> None:
    moved = drawings.move(ONE, [Ref("anchor")], (2.0, -1.0)).anchors[0]
    grown = drawings.scale(ONE, [Ref("anchor")], 1.5).anchors[0]
    assert (moved.point, moved.box) == ((10.0, 10.0), (10.0, 6.0, 14.0, 12.0))
    assert grown.box == (7.0, 5.5, 13.0, 14.5)
    assert drawings.scale(ONE, [Ref("anchor")], 0.01).anchors[0].box == (9.5, 9.5, 10.5, 10.5)
    assert drawings.scale(ONE, [Ref("anchor")], 1e12).anchors[0].box == (-40, -40, 60, 60)
    large = drawn_boxes.change_box(ONE, Ref("anchor"), (-500, -500, 500, 500))
    assert drawings.scale(large, [Ref("anchor")], 2) == large


def test_removing_takes_what_is_named_and_nothing_else() -> None:
    drawn = drawings.add_zone(drawn_boxes.add_pin(ONE, "a", (90.0, 70.0), BOX), [(0, 0), (9, 0), (9, 9)])
    drawn = drawings.set_horizon(drawn, ((0, 1), (9, 2)))
    assert drawings.remove(drawn, [Ref("anchor"), Ref("zone"), Ref("horizon")]) == drawn_boxes.add_pin(
        EMPTY, "a", (90.0, 70.0), BOX
    )


@pytest.mark.parametrize("box", [(1, 1, 1, 5), (5, 1, 1, 5), (0, 0, float("nan"), 1), (0, 0, 2e9, 1)])
def test_a_box_that_no_file_could_hold_is_refused(box: Box) -> None:
    with pytest.raises(ValueError, match=r"no extent|no position"):
        drawn_boxes.change_box(ONE, Ref("anchor"), box)


def test_a_moved_head_takes_its_boxes_along_and_comes_back() -> None:
    moved = head_edits.move_head(ONE, "a", (10.0, 10.0), (30.0, 12.5))
    assert heads(moved)[0] == (30.0, 12.5, False)
    assert (moved.anchors[0].point, moved.anchors[0].box) == ((30.0, 12.5), (28.0, 9.5, 32.0, 15.5))
    assert head_edits.move_head(moved, "a", (30.0, 12.5), (10.0, 10.0)) == ONE


def test_a_removed_head_takes_its_boxes_along() -> None:
    drawn = drawn_boxes.add_pin(ONE, "a", (90.0, 70.0), BOX)
    left = drawings.remove(drawn, [Ref("head", image="a", point=(10.0, 10.0))])
    assert (left.anchors, left.pins) == ((), drawn.pins)
    assert (10.0, 10.0, False) not in heads(left)


def test_an_added_head_can_be_ignored_moved_and_taken_back() -> None:
    drawn = head_edits.set_head_ignore(head_edits.add_head(EMPTY, "a", (5.0, 9.0)), "a", (5.0, 9.0))
    drawn = head_edits.move_head(drawn, "a", (5.0, 9.0), (6.0, 9.0))
    assert (6.0, 9.0, True) in heads(drawn)
    assert head_edits.is_ignored(drawn, "a", (6.0, 9.0))
    assert head_edits.remove_head(drawn, "a", (6.0, 9.0)) == EMPTY


def test_of_two_heads_in_one_place_each_can_go_its_way() -> None:
    moved = head_edits.move_head(EMPTY, "a", GIVEN[1], (1.0, 2.0))
    assert [head[:2] for head in heads(head_edits.remove_head(moved, "a", GIVEN[1]))] == [(1, 2), (10, 10), (90, 70)]
    both = head_edits.move_head(moved, "a", GIVEN[2], (3.0, 4.0))
    assert [head[:2] for head in heads(both)] == [(1, 2), (3, 4), (10, 10), (90, 70)]


STEPS = st.lists(st.tuples(st.sampled_from(["add", "move", "remove", "ignore"]), st.integers(0, 9)), max_size=12)


@settings(max_examples=60, deadline=None)
@given(STEPS)
def test_any_run_of_edits_gives_the_heads_that_a_plain_list_gives(steps: list[tuple[str, int]]) -> None:
    """Against a list of heads that are really changed; places are all different, so that no two are confused."""
    start = [(10.0, 10.0), (50.5, 20.25), (90.0, 70.0)]
    drawn, plain = EMPTY, [(*point, False) for point in start]
    for number, (what, choice) in enumerate(steps):
        new = (1.5 * number + 0.125, 30.0 + choice)
        if what == "add":
            drawn, plain = head_edits.add_head(drawn, "a", new), [*plain, (*new, False)]
        elif plain:
            x, y, ignored = plain.pop(choice % len(plain))
            if what == "move":
                drawn, plain = head_edits.move_head(drawn, "a", (x, y), new), [*plain, (*new, ignored)]
            elif what == "remove":
                drawn = head_edits.remove_head(drawn, "a", (x, y))
            else:
                drawn, plain = (
                    head_edits.set_head_ignore(drawn, "a", (x, y), not ignored),
                    [*plain, (x, y, not ignored)],
                )
    (edited,) = edit_heads([ImageAnnotations(IMAGE.info, start)], drawn, path=FILE)
    found = sorted(zip(*edited.points.T.tolist(), edited.ignore.tolist(), strict=True))
    assert np.allclose(np.array(found).reshape(-1, 3), np.array(sorted(plain)).reshape(-1, 3), rtol=0, atol=1e-9)


def test_a_box_turned_into_another_kind_takes_the_place_of_its_heads() -> None:
    box, other = (0.0, 0.0, 4.0, 4.0), (1.0, 1.0, 9.0, 9.0)
    drawn = AnchorSet((100, 80))
    for x in (10.0, 20.0, 30.0):
        drawn = drawn_boxes.add_anchor(drawn, "p", (x, 5.0), box)
    drawn, _ = drawn_boxes.add_box(drawn, "image_anchor", "p", (20.0, 5.0), other)
    drawn = drawn_boxes.set_use(drawn, Ref("anchor", 1), "keep")
    turned, places = drawings.turn_into(drawn, "image_anchor", [Ref("anchor", 1), Ref("anchor", 2)])
    assert [anchor.point for anchor in turned.anchors] == [(10.0, 5.0)]
    assert turned.image_anchors == drawn.anchors[1:]
    assert places == (Ref("image_anchor", 0), Ref("image_anchor", 1))
    assert drawings.turn_into(turned, "anchor", places)[0] == replace(drawn, image_anchors=())
    with pytest.raises(ValueError, match="boxes that are there"):
        drawings.turn_into(drawn, "anchor", [Ref("image_anchor", 1)])


def test_everything_drawn_comes_back_from_the_file(tmp_path: Path) -> None:
    drawn = drawings.set_reviewed(drawings.add_zone(ONE, [(0, 0), (9, 0), (9, 9)]), ["a", "b"])
    drawn = head_edits.move_head(
        drawings.set_horizon(drawn, ((0, 1), (9, 2))), "a", (90.0, 70.0), (np.float64(91.1), 70)
    )
    write_anchors(tmp_path / "anchors.json", drawn)
    assert read_anchors(tmp_path / "anchors.json") == drawn
    assert drawings.set_reviewed(drawn, ["b"], value=False).reviewed == ("a",)


def test_heads_are_left_alone_to_the_very_object() -> None:
    drawn = head_edits.add_head(ONE, "a", (1.0, 1.0))
    for changed in (drawings.move(drawn, [Ref("anchor")], (1, 1)), drawn_boxes.add_pin(drawn, "a", (90.0, 70.0), BOX)):
        assert changed.heads is drawn.heads
    assert head_edits.add_head(drawn, "b", (2.0, 2.0)).heads["a"] is drawn.heads["a"]


def test_edits_change_the_columns_of_their_heads_and_nothing_else() -> None:
    boxes = [[0.0, 0.0, 2.0, 2.0], [4.0, 4.0, 6.0, 6.0], [7.0, 7.0, 9.0, 9.0]]
    image = ImageAnnotations(ImageInfo("a.jpg", 100, 100), [[1, 1], [5, 5], [8, 8]], boxes=boxes, ids=[7, 8, 9])
    moves = (((5.0, 5.0), (8.0, 6.0)),)
    edits = HeadEdits(added=((9.0, 9.0),), removed=((1.0, 1.0),), moved=moves, ignored=((8.0, 8.0),))
    (edited,) = edit_heads([image], AnchorSet((100, 100), heads={"a": edits}), path=FILE)
    assert edited.points.tolist() == [[8, 6], [8, 8], [9, 9]]
    assert edited.boxes[:2].tolist() == [[7, 5, 9, 7], [7, 7, 9, 9]]
    assert edited.ids.tolist() == [8, 9, -1]
    assert edited.ignore.tolist() == [False, True, False]
    assert edited.has_box.tolist() == [True, True, False]


def test_heads_without_finite_points_do_not_disturb_edits() -> None:
    lost = ImageAnnotations(IMAGE.info, [(float("nan"), 3.0), *GIVEN, (float("inf"), 2.0)])
    drawn = head_edits.remove_head(head_edits.set_head_ignore(EMPTY, "a", (90.0, 70.0)), "a", (10.0, 10.0))
    (edited,) = edit_heads([lost], drawn, path=FILE)
    assert np.isfinite(edited.points).all(axis=1).tolist() == [False, True, True, True, False]
    assert edited.ignore.tolist() == [False, False, False, True, False]


def test_thousands_of_edits_in_one_picture_are_found() -> None:
    many = ImageAnnotations(ImageInfo("a.jpg", 1920, 1080), np.random.default_rng(0).uniform(0, 1000, (4500, 2)))
    drawn = AnchorSet((1920, 1080), heads={"a": HeadEdits(ignored=tuple(map(tuple, many.points.tolist())))})
    (edited,) = edit_heads([many], drawn, path=FILE)
    assert edited.ignore.all()
