"""What is journalled comes back, whatever was edited and wherever the file ends."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annotator_gui.model.journal import Journal, journal_path, recover
from gta_head_tools.anchors.anchors import AnchorSet
from gta_head_tools.errors import DataFormatError, DatasetLayoutError
from test_annotator.drawn_edits import edit

EMPTY = AnchorSet((1920, 1080), other={"note": "kept"})


def written(path: Path, numbers: list[int], start: AnchorSet = EMPTY) -> list[AnchorSet]:
    """The states before, between and after edits that a journal was told of."""
    journal, states = Journal(path), [start]
    for number in numbers:
        after = edit(states[-1], number)
        if after != states[-1]:
            journal.append(states[-1], after, f"edit {number}")
            states.append(after)
    journal.close()
    assert not journal.problem
    return states


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(0, 200), min_size=1, max_size=25))
def test_every_run_of_edits_comes_back(tmp_path: Path, numbers: list[int]) -> None:
    path = tmp_path / "journal"
    path.unlink(missing_ok=True)
    states = written(path, numbers)
    found = recover(path)
    if len(states) == 1:
        assert found is None
    else:
        assert found is not None
        assert (found.base, found.after, found.edits) == (EMPTY, states[-1], len(states) - 1)


def test_a_journal_cut_anywhere_gives_all_edits_that_were_written_whole(tmp_path: Path) -> None:
    states = written(tmp_path / "journal", list(range(6)))
    data = (tmp_path / "journal").read_bytes()
    ends = [place + 1 for place, byte in enumerate(data) if byte == ord("\n")]
    for length in range(0, len(data), 7):
        (tmp_path / "torn").write_bytes(data[:length])
        whole = sum(end <= length for end in ends) - 1
        found = recover(tmp_path / "torn")
        assert (found.after if found else EMPTY) == states[max(0, whole)]


def test_it_goes_on_after_a_torn_line(tmp_path: Path) -> None:
    states = written(tmp_path / "journal", [0, 1, 2])
    with (tmp_path / "journal").open("ab") as file:
        file.write(b'{"time": 17')
    found = recover(tmp_path / "journal")
    assert found is not None
    journal = Journal(tmp_path / "journal")
    journal.resume(found)
    last = edit(states[-1], 3)
    journal.append(states[-1], last, "one more")
    journal.close()
    again = recover(tmp_path / "journal")
    assert again is not None
    assert (again.after, again.texts[-1], again.edits) == (last, "one more", 4)


def test_a_rejected_proposal_is_kept_like_a_drawing(tmp_path: Path) -> None:
    journal, noted = Journal(tmp_path / "journal"), replace(EMPTY, other={"rejected": {"a": [[1.0, 2.0]]}})
    journal.append(EMPTY, noted, "Reject")
    journal.close()
    found = recover(tmp_path / "journal")
    assert found is not None
    assert found.after == noted


def test_a_cut_journal_holds_nothing(tmp_path: Path) -> None:
    written(tmp_path / "journal", [0, 1])
    Journal(tmp_path / "journal").cut()
    assert recover(tmp_path / "journal") is None


@pytest.mark.parametrize(
    ("line", "text", "problem"),
    [
        (2, b"nonsense\n", "line|2: no valid JSON"),
        (3, b'{"time":1,"changes":[[["anchors"],0,[{"image":"b"}],[]]]}\n', "3: this edit does not fit"),
        (3, b'{"time":1,"changes":[[["horizon"],0,[[[1,2],[3,4]]],[null]]]}\n', "3: this edit does not fit"),
        (3, b"[1]\n", "3: not an edit"),
        (3, b'{"time":1,"changes":[["other"],0,[{}],[{}]]}\n', "3: not an edit"),
        (3, b'{"time":1,"changes":[[["other"],0,[{}],[{"rejected_proposals":5}]]]}\n', "rejected_proposals: found 5"),
    ],
)
def test_a_broken_line_is_named(tmp_path: Path, line: int, text: bytes, problem: str) -> None:
    written(tmp_path / "journal", [0, 1, 2])
    lines = (tmp_path / "journal").read_bytes().splitlines(keepends=True)
    (tmp_path / "journal").write_bytes(b"".join([*lines[: line - 1], text, *lines[line:]]))
    with pytest.raises(DataFormatError, match=problem):
        recover(tmp_path / "journal")


@pytest.mark.parametrize("when", [b'"noon"', b"1e400", b"-1", b"null", b"1e15"])
def test_a_time_that_is_none_does_not_keep_edits_back(tmp_path: Path, when: bytes) -> None:
    last = written(tmp_path / "journal", [0, 1, 2])[-1]
    lines = (tmp_path / "journal").read_bytes().splitlines(keepends=True)
    lines[1] = re.sub(rb'"time":[0-9.]+', b'"time":' + when, lines[1])
    (tmp_path / "journal").write_bytes(b"".join(lines))
    found = recover(tmp_path / "journal")
    assert found is not None
    assert (found.after, found.since) == (last, 0.0)


def test_a_place_that_cannot_be_written_is_told_and_stops_nobody(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    journal = Journal(tmp_path / "file" / "journal")
    journal.append(EMPTY, edit(EMPTY, 0), "lost")
    assert "edits cannot be kept" in journal.problem
    with pytest.raises(DatasetLayoutError, match="cannot be removed"):
        journal.cut()


def test_after_a_failure_nothing_is_missing(tmp_path: Path) -> None:
    """The next edit that can be written begins a file that holds those before it as well."""
    place = tmp_path / "folder"
    place.write_text("in the way")
    journal, one = Journal(place / "journal"), edit(EMPTY, 0)
    journal.append(EMPTY, one, "lost")
    place.unlink()
    journal.append(one, edit(one, 1), "kept")
    journal.close()
    found = recover(place / "journal")
    assert found is not None
    assert (found.after, journal.problem) == (edit(one, 1), "")


def test_it_lies_beside_its_project() -> None:
    assert journal_path(Path("s/anchors.json")) == Path("s/.anchors.journal.jsonl")
    assert journal_path(Path("anchors/s1.json")) == Path("anchors/.s1.journal.jsonl")
