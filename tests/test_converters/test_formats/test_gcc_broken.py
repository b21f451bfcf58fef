from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.io import savemat

from converters.formats.gcc import gcc, gcc_raw
from converters.formats.options import NoOptions
from gta_head_tools.errors import DataFormatError, DatasetLayoutError
from test_converters.gcc_scenes import mat_camera, write_json, write_mat
from test_converters.test_formats.test_gcc_raw import write_part


def read(path: Path) -> None:
    list(gcc.read(path, gcc.ReadOptions()))


JSON_CASES = [
    ('{"image_info": [[1, 2], [3', None, "cut off"),
    ("", None, "the file is empty"),
    ("[]", None, "found [], expected an object"),
    ('{"weather": "RAIN"}', None, "has no 'image_info'"),
    ('{"image_info": null}', "image_info", "found null, expected a list"),
    ('{"image_info": [[1, 2], [3, "4x"]]}', "image_info[1][1]", "found the text '4x', expected a number"),
    ('{"image_info": [[1, 2], [3]]}', "image_info[1]", "found [3]"),
    ('{"image_info": [[1, 2], 5]}', "image_info[1]", "found 5"),
    ('{"image_info": [[1, NaN]]}', None, "NaN is no number that JSON has"),
    ('{"image_info": [[1, 1e999]]}', "image_info[0][1]", "too large"),
    ('{"image_info": [], "weather": 3}', "weather", "found 3"),
    ('{"image_info": [], "timeInfo": [12]}', "timeInfo", "found [12]"),
    ('{"image_info": [], "timeInfo": [12, "x"]}', "timeInfo[1]", "found the text 'x'"),
    ('{"image_info": [], "roi": [[1, 2], [3, null]]}', "roi[1][1]", "found null"),
    ('{"image_info": [], "camera": {"location": [1, 2, 3], "rotation": [1, 2, 3]}}', "camera", "has no 'fov'"),
    (
        '{"image_info": [], "camera": {"location": [1, 2], "rotation": [1, 2, 3], "fov": 4}}',
        "camera.location",
        "[1, 2]",
    ),
    ('{"image_info": [], "camera": {"location": [1, 2, 3], "rotation": [1, 2, 3], "fov": 0.0}}', "camera", "0 < fov"),
]


@pytest.mark.parametrize(("text", "record", "words"), JSON_CASES)
def test_broken_json(text: str, record: str | None, words: str, tmp_path: Path) -> None:
    file = write_json(tmp_path, "7", [])
    file.write_text(text)
    with pytest.raises(DataFormatError) as caught:
        read(tmp_path)
    assert (caught.value.path, caught.value.record) == (file, record)
    assert words in str(caught.value)


def test_broken_json_names_the_line(tmp_path: Path) -> None:
    write_json(tmp_path, "7", []).write_text('{"image_info": [[1, 2],\n[3 4]]}')
    with pytest.raises(DataFormatError) as caught:
        read(tmp_path)
    assert caught.value.line == 2


MAT_CASES: list[tuple[dict[str, Any], str, str]] = [
    ({"pairs": [[1, 2]], "number": 3}, "image_info.number", "says 3 heads, but location holds 1"),
    ({"pairs": [[1, 2, 3]]}, "image_info.location", "expected N x 2 numbers, found 1 x 3"),
    ({"pairs": [], "weather_info": 3.0}, "weather_info", "expected one line of text"),
    ({"pairs": [], "time_info": [[1.0]]}, "time_info", "expected 2 finite number(s)"),
    ({"pairs": [], "roi_info": [[1.0, np.nan]]}, "roi_info(1,:)", "found 1.0 nan"),
    ({"pairs": [], "camera_info": mat_camera(fov=[[np.inf]])}, "camera_info.fov", "finite"),
    ({"pairs": [], "camera_info": mat_camera(location=[[1.0]])}, "camera_info.location", "expected 3"),
    ({"pairs": [], "camera_info": 5.0}, "camera_info", "struct with field 'location'"),
    ({"pairs": [], "image_info": 5.0}, "image_info", "struct with field 'location'"),
]


@pytest.mark.parametrize(("stored", "record", "words"), MAT_CASES)
def test_broken_mat(stored: dict[str, Any], record: str, words: str, tmp_path: Path) -> None:
    file = write_mat(tmp_path, "7", **stored)
    with pytest.raises(DataFormatError) as caught:
        read(tmp_path)
    assert (caught.value.path, caught.value.record) == (file, record)
    assert words in str(caught.value)


@pytest.mark.parametrize("keep", [0, 3, 130, 200, 400])
def test_truncated_mat(keep: int, tmp_path: Path) -> None:
    file = write_mat(tmp_path, "7", [[1, 2]] * 50)
    file.write_bytes(file.read_bytes()[:keep])
    with pytest.raises(DataFormatError, match="make the file again"):
        read(tmp_path)


def test_mat_without_heads_variable(tmp_path: Path) -> None:
    file = write_mat(tmp_path, "7", [])
    savemat(file, {"other": 1.0})
    with pytest.raises(DataFormatError, match="image_info: missing variable"):
        read(tmp_path)


@contextmanager
def not_listed(folder: Path) -> Iterator[None]:
    """Work as a user who may enter a folder and not list it; nothing is hidden from root."""
    folder.chmod(0o711 if os.geteuid() == 0 else 0o311)
    if os.geteuid() == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(os.getuid())
        folder.chmod(0o755)


@pytest.mark.skipif(sys.platform == "win32", reason="permissions differ")
@pytest.mark.parametrize("folder", ["scene_1_0/jsons", "."])
def test_a_folder_that_may_not_be_listed_is_not_taken_for_empty(folder: str) -> None:
    with tempfile.TemporaryDirectory() as root:  # not tmp_path: other users cannot enter that
        Path(root).chmod(0o755)
        write_json(Path(root) / "scene_1_0", "1", [[1, 2]])
        write_mat(Path(root) / "scene_1_0", "1", [[1, 2]])
        with not_listed(Path(root) / folder), pytest.raises(DatasetLayoutError, match="cannot be listed") as caught:
            read(Path(root))
    assert caught.value.path == Path(root) / folder


@pytest.mark.skipif(sys.platform == "win32", reason="permissions differ")
def test_raw_captures_that_may_not_be_listed_are_not_taken_for_empty() -> None:
    with tempfile.TemporaryDirectory() as root:
        Path(root).chmod(0o755)
        write_part(Path(root) / "part_1_0")
        with not_listed(Path(root)), pytest.raises(DatasetLayoutError, match="cannot be listed"):
            gcc_raw.read(Path(root), NoOptions())
