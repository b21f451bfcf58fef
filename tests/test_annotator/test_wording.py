"""Messages of the libraries in the words of the window."""

from __future__ import annotations

import pytest

from annotator_gui.wording import in_window


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("a.csv: looks like csv and like voc; say which with --from", "a.csv: looks like csv and like voc"),
        ("boxes are there already; --force replaces them", "boxes are there already; “Overwrite” replaces them"),
        ("cannot be read ([Errno 2] No such file or directory)", "cannot be read (No such file or directory)"),
        (
            "no anchors; draw some (`ghtools suggest-anchor` says where), or say --rule spacing",
            "no anchors; draw some",
        ),
        ("taken as one camera. If they are not, use -i scenes=image", "taken as one camera. If they are not"),
        ("frame-1 is left-handed; x - i stays", "frame-1 is left-handed; x - i stays"),
    ],
)
def test_no_words_of_the_command_line(message: str, shown: str) -> None:
    assert in_window(message) == shown
