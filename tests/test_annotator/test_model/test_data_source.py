"""What a folder opens as in the window: broken, empty, mixed and oddly named ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from annotator_gui.model.live_fit import LiveFit
from annotator_gui.model.session import Session
from gta_head_tools.anchors.drawn_boxes import add_anchor
from gta_head_tools.anchors.head_edits import add_head
from gta_head_tools.errors import ConfigError, DataFormatError, DatasetLayoutError, GtaHeadError
from test_converters.gcc_scenes import write_picture

SIZE = (100, 80)


def photos(folder: Path, count: int = 3) -> Path:
    for number in range(count):
        write_picture(folder / f"{number}.jpg", SIZE)
    return folder


def table(folder: Path, names: tuple[str, ...] = ("0", "1", "2")) -> Path:
    (folder / "heads.csv").write_text("\n".join(["image,x,y", *(f"{name}.jpg,10,20" for name in names), ""]))
    return folder


@pytest.mark.parametrize("labelled", [False, True])
@pytest.mark.parametrize("content", [b"", b"no picture", None])
def test_a_damaged_picture_is_one_frame_of_its_scene(tmp_path: Path, labelled: bool, content: bytes | None) -> None:
    folder = photos(tmp_path / "photos")
    if labelled:
        table(folder)
    if content is None:
        (folder / "0.jpg").unlink()
        (folder / "0.jpg").symlink_to(tmp_path / "nothing")
    else:
        (folder / "0.jpg").write_bytes(content)
    session = Session(folder, data=tmp_path / "data")
    document = session.open("photos")
    assert [info.size for info in document.images] == [SIZE] * 3
    assert session.current > 0 or content is not None
    document.apply(add_head(document.anchors, "0", (5.0, 5.0)), "Add head")
    assert len(document.heads(0)) == 1 + labelled


def test_a_scene_whose_pictures_are_all_damaged_says_so(tmp_path: Path) -> None:
    folder = photos(tmp_path / "photos", 1)
    (folder / "0.jpg").write_bytes(b"no picture")
    session = Session(folder, data=tmp_path / "data")
    with pytest.raises(DataFormatError, match=r"0\.jpg: not a readable picture"):
        session.open("photos")
    assert "0.jpg: not a readable picture" in session.full_row("photos").problem


def test_labels_without_a_picture_are_no_data_set(tmp_path: Path) -> None:
    with pytest.raises(DatasetLayoutError, match="read as csv, it names no picture; list them there, or take"):
        Session(table(photos(tmp_path / "photos"), ()))


@pytest.mark.parametrize("labelled", [False, True])
def test_pictures_of_several_sizes_are_scenes_of_their_own(tmp_path: Path, labelled: bool) -> None:
    folder = photos(tmp_path / "photos")
    write_picture(folder / "2.jpg", (200, 160))
    session = Session(table(folder) if labelled else folder, data=tmp_path / "data")
    assert (session.names, session.options) == (("0", "1", "2"), ("scenes=image",))
    document = session.open("2")
    document.apply(add_head(document.anchors, "2", (150.0, 150.0)), "Add head")
    session.close()
    assert session.open("2").heads(0).points.tolist()[-1] == [150, 150]


def test_a_sequence_of_two_sizes_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "sequence"
    for number, size in ((1, SIZE), (2, (200, 160))):
        write_picture(folder / "img1" / f"{number:06}.jpg", size)
    (folder / "gt").mkdir()
    (folder / "gt" / "gt.txt").write_text("1,1,10,10,20,20,1,1,1\n2,1,10,10,20,20,1,1,1\n")
    with pytest.raises(ConfigError, match=r"000001\.jpg is 100x80 and .*000002\.jpg is 200x160; a scene is one fixed"):
        Session(folder, data=tmp_path / "data").open("sequence")


def test_pictures_of_one_name_are_not_drawn_in(tmp_path: Path) -> None:
    """A project names pictures by their stem: what it could not be read with is not written."""
    folder = photos(tmp_path / "photos", 2)
    write_picture(folder / "0.png", SIZE)
    document = Session(folder, data=tmp_path / "data").open("photos")
    for after in (
        add_head(document.anchors, "0", (5.0, 5.0)),
        add_anchor(document.anchors, "0", (5.0, 5.0), (1, 1, 9, 9)),
    ):
        with pytest.raises(DataFormatError, match=r"image '0' may be 0\.jpg or 0\.png; rename one of them"):
            document.apply(after, "edit")
    document.apply(add_head(document.anchors, "1", (5.0, 5.0)), "Add head")
    assert [len(document.heads(index)) for index in range(3)] == [0, 0, 1]


@pytest.mark.parametrize("name", ["with blank", "ünï 漢字 \u2028", "quote'\"", "-dash", "%20#?&", ".hidden", "a" * 200])
def test_folders_of_any_name_are_opened_and_saved(tmp_path: Path, name: str) -> None:
    folder = photos(tmp_path / name, 2)
    session = Session(folder, data=tmp_path / "data")
    document = session.open(session.names[0])
    document.apply(add_head(document.anchors, "1", (5.0, 5.0)), "Add head")
    session.close()
    assert document.path.is_file() and document.path.is_relative_to(folder)
    again = Session(folder, data=tmp_path / "data")
    assert len(again.open(again.names[0]).heads(1)) == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"format":"ghtools-anchors","version":9,"image_size":[100,80],"anchors":[]}', "version: found 9, expected 1"),
        ('{"format":"ghtools-anchors","version":1,"image_size":[100,100],"anchors":[]}', "another shape"),
        ("[", "no valid JSON"),
        ("", "no valid JSON"),
        ("null", "the file: found null"),
    ],
)
def test_projects_that_cannot_be_used_are_left_alone(tmp_path: Path, text: str, words: str) -> None:
    file = photos(tmp_path / "photos") / "anchors.json"
    file.write_text(text)
    with pytest.raises(GtaHeadError, match=rf"anchors\.json:.*{words}"):
        Session(file.parent, data=tmp_path / "data").open("photos")
    assert file.read_text() == text
    assert sorted(path.name for path in file.parent.iterdir()) == ["0.jpg", "1.jpg", "2.jpg", "anchors.json"]


def test_a_head_that_is_nowhere_is_told_and_boxes_can_be_drawn(tmp_path: Path) -> None:
    folder = photos(tmp_path / "photos", 1)
    (folder / "heads.csv").write_text("image,x,y\n0.jpg,1e12,5\n0.jpg,20,30\n")
    document = Session(folder, data=tmp_path / "data").open("photos")
    live = LiveFit(document)
    assert "head 0: point (1e+12, 5) is no position in a picture; mend or remove it" in live.assess(document).problem
    assert live.expected_box(document, 0, 1) == (19, 29, 21, 31)
