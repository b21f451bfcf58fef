"""The open scene: edits, previews, undo by putting back what was, and heads with the edits applied."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotator_gui.model.document import Change, Document
from gta_head_tools.anchors import drawings, drawn_boxes, head_edits
from gta_head_tools.anchors.anchors import AnchorSet, HeadEdits
from gta_head_tools.anchors.drawn_boxes import Ref
from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.dataset import in_memory
from gta_head_tools.errors import DataFormatError
from test_annotator.drawn_edits import PLACES, edit

FILE = Path("anchors.json")
BOX = (90.0, 190.0, 110.0, 210.0)


def opened(
    anchors: AnchorSet | None = None, *, size: tuple[int, int] = (1920, 1080), readonly: str = ""
) -> tuple[Document, list[Change]]:
    """A scene of two pictures, and what its listeners are told."""
    scale = size[0] / 1920
    images = [ImageAnnotations(ImageInfo(f"{name}.jpg", *size, scene="s"), np.array(PLACES) * scale) for name in NAMES]
    dataset, told = in_memory(images, Path()), list[Change]()
    document = Document(dataset, dataset.scenes[0], images, anchors or AnchorSet((1920, 1080)), FILE, readonly=readonly)
    document.listeners.append(told.append)
    return document, told


NAMES = ("1000", "1001")


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 200), min_size=1, max_size=20))
def test_undone_to_the_bottom_and_redone_to_the_top_nothing_differs(numbers: list[int]) -> None:
    document, _ = opened()
    states, heads = [document.anchors], [document.heads(0)]
    for number in numbers:
        document.apply(edit(document.anchors, number), "edit")
        states.append(document.anchors)
        heads.append(document.heads(0))
    for state, there in [*reversed(list(zip(states, heads, strict=True))), *zip(states, heads, strict=True)]:
        document.apply(state, "undo or redo")
        assert document.anchors == state
        assert document.heads(0).same_as(there)


def test_an_edit_makes_the_document_dirty_and_is_told() -> None:
    document, told = opened()
    document.apply(head_edits.add_head(document.anchors, "1000", (5.0, 6.0)), "Add head")
    assert (document.dirty, told) == (True, ["anchors", "saved"])
    assert document.heads(0).points[-1].tolist() == [5.0, 6.0]
    assert len(document.heads(1)) == len(PLACES)
    document.saved()
    assert not document.dirty


def test_what_differs_in_nothing_is_no_edit() -> None:
    document, told = opened()
    document.apply(replace(document.anchors), "nothing")
    assert (document.dirty, told) == (False, [])


def test_a_preview_is_shown_and_leaves_no_trace() -> None:
    document, told = opened()
    settled = document.anchors
    document.preview(drawn_boxes.add_anchor(settled, "1000", PLACES[0], BOX))
    assert (len(document.anchors.anchors), document.settled is settled) == (1, True)
    document.preview(None)
    assert (document.anchors is settled, document.dirty, told) == (True, False, ["anchors", "anchors"])


def test_an_edit_that_takes_a_drag_back_ends_the_preview() -> None:
    document, told = opened()
    document.preview(drawn_boxes.add_anchor(document.anchors, "1000", PLACES[0], BOX))
    document.apply(document.settled, "dropped where it was")
    assert (document.anchors.anchors, document.dirty, told) == ((), False, ["anchors", "anchors"])


def test_what_is_gone_is_selected_no_more() -> None:
    document, told = opened(drawn_boxes.add_anchor(AnchorSet((1920, 1080)), "1000", PLACES[0], BOX))
    head = document.head(0, 3)
    document.select([Ref("anchor"), head, head])
    document.apply(drawings.remove(document.anchors, [Ref("anchor")]), "Delete anchor")
    assert document.selection == (head,)
    document.apply(drawings.remove(document.anchors, [head]), "Delete head")
    assert not document.selection
    assert told.count("selection") == 3


def test_a_read_only_document_changes_in_nothing() -> None:
    document, told = opened(readonly="process 7 has it open")
    before = document.anchors
    document.preview(edit(before, 0))
    document.apply(edit(before, 0), "edit")
    assert (document.anchors is before, document.dirty, told) == (True, False, [])


def test_drawings_of_an_older_size_show_in_their_own_pixels() -> None:
    document, _ = opened(size=(960, 540))
    document.apply(head_edits.add_head(document.anchors, "1000", (500.0, 600.0)), "Add head")
    assert document.heads(0).points[:-1] == pytest.approx(np.array(PLACES))
    assert document.heads(0).points[-1].tolist() == [500.0, 600.0]
    assert document.edited(0).points[-1].tolist() == [250.0, 300.0]


def test_heads_are_found_by_place_and_by_reference() -> None:
    document, _ = opened()
    assert document.nearest(0, (PLACES[4][0] + 3, PLACES[4][1]), within=5) == 4
    assert document.nearest(0, (PLACES[4][0] + 6, PLACES[4][1]), within=5) == -1
    assert [document.row(document.head(1, row)) for row in range(12)] == list(range(12))
    assert document.row(Ref("head", image="1000", point=(1.0, 1.0))) == -1


def test_heads_are_made_once_for_each_state() -> None:
    document, _ = opened()
    heads = document.heads(0)
    document.apply(drawn_boxes.add_anchor(document.anchors, "1000", PLACES[0], BOX), "Add anchor")
    document.apply(head_edits.add_head(document.anchors, "1001", (5.0, 6.0)), "Add head")
    assert document.heads(0) is heads


@pytest.mark.parametrize(
    "anchors",
    [
        AnchorSet((1000, 1000)),
        AnchorSet((1920, 1080), heads={"1000": HeadEdits(removed=((1.0, 1.0),))}),
        AnchorSet((1920, 1080), heads={"nowhere": HeadEdits(added=((1.0, 1.0),))}),
    ],
    ids=["another shape", "no such head", "no such picture"],
)
def test_drawings_that_do_not_fit_are_refused(anchors: AnchorSet) -> None:
    with pytest.raises(DataFormatError, match=r"anchors\.json"):
        opened(anchors)
