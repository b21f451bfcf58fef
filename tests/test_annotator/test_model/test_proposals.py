"""Proposed heads: which are open, and what accepting and rejecting them draws."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from annotator_gui.model.document import Document
from annotator_gui.model.proposal_files import read_proposals
from annotator_gui.model.proposals import Proposals
from annotator_gui.model.session import Session
from gta_head_tools.anchors import head_edits
from gta_head_tools.anchors.anchors import AnchorSet, read_anchors, write_anchors
from gta_head_tools.errors import ConfigError, DataFormatError
from test_converters.gcc_scenes import write_picture

ROWS = (("p1", 10, 10, 0.9), ("p1", 50, 30, 0.4), ("p1", 80, 30, 0.7), ("p2", 40, 60, 0.95), ("p9", 1, 1, 1.0))


@pytest.fixture
def document(tmp_path: Path) -> Document:
    for name in ("p1", "p2"):
        write_picture(tmp_path / "photos" / f"{name}.jpg", (100, 80))
    return Session(tmp_path / "photos", data=tmp_path / "data").open("photos")


@pytest.fixture
def proposals(document: Document, tmp_path: Path) -> Proposals:
    lines = [f"{name}.jpg,{x},{y},{x - 4},{y - 5},{x + 4},{y + 5},{score}" for name, x, y, score in ROWS]
    (tmp_path / "found.csv").write_text("\n".join(["image,x,y,x1,y1,x2,y2,score", *lines, ""]))
    return read_proposals(tmp_path / "found.csv", document)


def test_pictures_of_other_scenes_are_passed_over(document: Document, proposals: Proposals) -> None:
    assert (len(proposals), proposals.count(document)) == (4, 4)
    assert proposals.open(document, 0, score=0.5).tolist() == [0, 2]
    assert proposals.scores[1].tolist() == [0.95]


def test_all_above_a_score_are_accepted_and_undone(document: Document, proposals: Proposals) -> None:
    before = document.anchors
    document.apply(proposals.accept_all(document, score=0.5), "Accept 3 proposals")
    assert [len(document.heads(index)) for index in (0, 1)] == [2, 1]
    assert (proposals.open(document, 0).tolist(), proposals.count(document)) == ([1], 1)
    document.apply(before, "Undo")
    assert (len(document.heads(0)), proposals.count(document)) == (0, 4)


def test_accepted_and_rejected_proposals_are_no_longer_open(document: Document, proposals: Proposals) -> None:
    document.apply(proposals.accept(document, 0, [0]), "Accept")
    document.apply(proposals.reject(document, 0, [1]), "Reject")
    assert proposals.open(document, 0).tolist() == [2]
    assert document.heads(0).points.tolist() == [[10, 10]]


def test_a_rejection_is_undone_and_stands_in_the_project(
    document: Document, proposals: Proposals, tmp_path: Path
) -> None:
    before = document.anchors
    document.apply(proposals.reject(document, 0, [0, 2]), "Reject")
    noted = document.anchors
    document.apply(before, "Undo")
    assert proposals.open(document, 0).tolist() == [0, 1, 2]
    write_anchors(tmp_path / "anchors.json", noted)
    document.apply(read_anchors(tmp_path / "anchors.json"), "Redo")
    assert proposals.open(document, 0).tolist() == [1]


def test_boxes_can_become_pins(document: Document, proposals: Proposals) -> None:
    drawn = proposals.accept(document, 1, [0], pins=True)
    assert [(pin.image, pin.point, pin.box) for pin in drawn.pins] == [("p2", (40.0, 60.0), (36.0, 55.0, 44.0, 65.0))]


def test_a_head_that_is_there_is_not_proposed(document: Document, proposals: Proposals) -> None:
    document.apply(head_edits.add_head(document.anchors, "p1", (12.0, 11.0)), "Add head")
    assert proposals.open(document, 0).tolist() == [1, 2]


def test_points_alone_serve_as_well(document: Document, tmp_path: Path) -> None:
    (tmp_path / "points.csv").write_text("image,x,y\np1.jpg,10,10\np1.jpg,16,10\np1.jpg,70,10\n")
    proposals = read_proposals(tmp_path / "points.csv", document)
    document.apply(proposals.accept(document, 0, [0]), "Accept")
    assert proposals.open(document, 0).tolist() == [1, 2]
    assert np.array_equal(proposals.scores[0], [1, 1, 1])


def test_predictions_for_nothing_here_are_refused(document: Document, tmp_path: Path) -> None:
    (tmp_path / "other.csv").write_text("image,x,y\nq.jpg,10,10\n")
    with pytest.raises(ConfigError, match="no head on any picture of scene photos"):
        read_proposals(tmp_path / "other.csv", document)


def test_predictions_on_larger_pictures_are_refused(document: Document, tmp_path: Path) -> None:
    write_picture(tmp_path / "large" / "p1.jpg", (200, 160))
    (tmp_path / "large" / "heads.csv").write_text("image,x,y\np1.jpg,10,10\n")
    with pytest.raises(ConfigError, match="is 200x160 there and 100x80 in this scene"):
        read_proposals(tmp_path / "large", document)


def found(document: Document, folder: Path, rows: list[str], name: str = "more.csv") -> Proposals:
    (folder / name).write_text("\n".join(["image,x,y,x1,y1,x2,y2,score", *rows, ""]))
    return read_proposals(folder / name, document)


def test_proposals_outside_of_their_picture_are_not_offered(document: Document, tmp_path: Path) -> None:
    rows = [f"p1.jpg,{x},{y},,,,," for x, y in [(50, 40), (100, 80), (100.5, 40), (-3, 40), (50, 1e6)]]
    proposals = found(document, tmp_path, rows)
    assert proposals.heads[0].points.tolist() == [[50, 40], [100, 80]]
    assert proposals.outside == 3
    with pytest.raises(ConfigError, match="all of its 3 heads on pictures of scene photos lie outside"):
        found(document, tmp_path, rows[2:])


def test_of_doubled_proposals_the_surest_is_offered(document: Document, tmp_path: Path) -> None:
    boxed = [f"p1.jpg,{x},30,{x - 10},20,{x + 10},40,{score}" for x, score in [(30, 0.5), (33, 0.9), (39, 0.7)]]
    bare = [f"p2.jpg,{x},30,,,,,{score}" for x, score in [(30, 0.5), (31, 0.4), (33, 0.9)]]
    proposals = found(document, tmp_path, boxed + bare)
    assert [proposals.scores[index].tolist() for index in (0, 1)] == [[0.9, 0.7], [0.5, 0.9]]
    assert proposals.doubled == 2
    assert proposals.best == 0.9
    assert found(document, tmp_path, ["p1.jpg,30,30,,,,,93", "p1.jpg,60,30,,,,,"]).best == 93


def test_a_neighbour_within_half_a_head_stays_open(document: Document, tmp_path: Path) -> None:
    """Two heads of 20 px that are 8 px apart, as one in fifteen of NWPU-Crowd's are."""
    proposals = found(document, tmp_path, [f"p1.jpg,{x},30,{x - 10},20,{x + 10},40,0.9" for x in (30, 38)])
    document.apply(proposals.accept(document, 0, [0]), "Accept")
    assert proposals.open(document, 0).tolist() == [1]
    document.apply(head_edits.add_head(document.anchors, "p1", (42.0, 30.0)), "Add head")
    assert proposals.open(document, 0).tolist() == []


def test_a_file_beside_the_scene_is_taken_as_it_is(document: Document) -> None:
    """Edits of heads in the scene's project are none of the predictions'."""
    folder = document.path.parent
    document.apply(head_edits.add_head(document.anchors, "p1", (70.0, 70.0)), "Add head")
    write_anchors(folder / "anchors.json", document.anchors)
    assert found(document, folder, ["p1.jpg,20,20,,,,,"]).heads[0].points.tolist() == [[20, 20]]


def test_pictures_of_the_same_name_in_other_scenes_are_passed_over(tmp_path: Path) -> None:
    rows = [f"{scene}/1.png,{x},20,,,,," for scene, x in (("east", 30), ("west", 60))]
    for scene in ("east", "west"):
        write_picture(tmp_path / "both" / scene / "1.png", (100, 80))
    (tmp_path / "both" / "heads.csv").write_text("image,x,y\neast/1.png,1,1\nwest/1.png,1,1\n")
    document = Session(tmp_path / "both", data=tmp_path / "data").open("west")
    assert found(document, tmp_path, rows).heads[0].points.tolist() == [[60, 20]]
    with pytest.raises(ConfigError, match="no head on any picture of scene west"):
        found(document, tmp_path, [*rows[:1], "east/2.png,1,1,,,,,"])


@pytest.mark.parametrize(
    ("noted", "words"),
    [
        ({"rejected_proposals": 3}, r"rejected_proposals: found 3, expected an object"),
        ({"rejected_proposals": {"p1": {}}}, r"rejected_proposals\.p1: found \{\}, expected a list"),
        (
            {"rejected_proposals": {"p1": [[1, 2], [3]]}},
            r"rejected_proposals\.p1\[1\]: found \[3\], expected a list of 2 values",
        ),
        ({"changed_since_review": [1]}, r"changed_since_review\[0\]: found 1, expected a text"),
    ],
)
def test_malformed_notes_are_refused_on_opening(tmp_path: Path, noted: dict[str, object], words: str) -> None:
    write_picture(tmp_path / "photos" / "p1.jpg", (100, 80))
    write_anchors(tmp_path / "photos" / "anchors.json", AnchorSet((100, 80), other=noted))
    session = Session(tmp_path / "photos", data=tmp_path / "data")
    for _ in range(2):
        with pytest.raises(DataFormatError, match=rf"anchors\.json: {words}"):
            session.open("photos")
    assert "expected" in session.rows()[0].problem
