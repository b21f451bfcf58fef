"""MATLAB files with changed bytes: read, or one clear error, and never a crash of scipy or no end."""

from __future__ import annotations

import random
import struct
import time
from pathlib import Path

import h5py
import numpy as np
import pytest
from scipy.io import savemat
from scipy.sparse import csc_matrix

from converters.files.arrays import matlab, matlab_check
from gta_head_tools.errors import DataFormatError
from test_converters.gcc_scenes import mat_camera, write_mat
from test_converters.hdf5_mats import write_hdf5_mat
from test_converters.test_formats.test_mall import write_mall
from test_converters.test_formats.test_shanghaitech import write_points


def files(folder: Path) -> list[tuple[Path, list[str]]]:
    """Files of all formats, with the names of their variables."""
    write_mall(folder, [[[1, 2]], [[3, 4], [5, 6]], []])
    scene = write_mat(folder / "scene_0_0", "1", [[1, 2], [3, 4]], weather_info=[["RAIN"]], camera_info=mat_camera())
    points = write_points(folder / "GT_1.mat", [[1, 2], [3, 4]])
    savemat(folder / "old.mat", {"annPoints": np.ones((3, 2)), "note": "text"}, format="4")
    write_hdf5_mat(folder / "new.mat", annPoints=np.ones((3, 2)), frame=[{"loc": np.ones((2, 2))}])
    return [
        (folder / "old.mat", ["annPoints", "note"]),
        (folder / "new.mat", ["annPoints", "frame"]),
        (folder / "mall_gt.mat", ["frame", "count"]),
        (scene, ["image_info", "weather_info", "camera_info"]),
        (points, ["image_info"]),
    ]


@pytest.mark.parametrize("packed", [False, True])
def test_what_scipy_writes_passes(packed: bool, tmp_path: Path) -> None:
    values = {
        "numbers": np.arange(6.0).reshape(2, 3),
        "whole": np.arange(300, dtype=np.int16),
        "complex": np.array([1 + 2j]),
        "flags": np.array([True, False]),
        "empty": np.empty((0, 2)),
        "text": "Größe",
        "lines": np.array(["one", "two"]),
        "cell": np.array([[np.zeros((2, 2)), np.empty((0, 0))]], dtype=object),
        "struct": {"a": 1.0, "b": {"c": "x"}},
        "sparse": csc_matrix(np.eye(3)),
        "deep": np.zeros((2, 2, 2)),
    }
    savemat(tmp_path / "a.mat", values, do_compression=packed)
    matlab_check.check((tmp_path / "a.mat").read_bytes())
    assert set(matlab.shapes(tmp_path / "a.mat")) == set(values)
    savemat(tmp_path / "old.mat", {"x": np.ones((2, 2))}, format="4")
    assert matlab.load(tmp_path / "old.mat", ["x"])["x"].tolist() == [[1, 1], [1, 1]]


@pytest.mark.parametrize("count", [100, pytest.param(2000, marks=pytest.mark.slow)])
def test_changed_bytes_are_one_clear_error(count: int, tmp_path: Path) -> None:
    rng = random.Random(7)
    refused = 0
    for file, names in files(tmp_path):
        good = file.read_bytes()
        assert set(matlab.load(file, names)) == set(names)
        for _ in range(count):
            bad = bytearray(good)
            for _ in range(rng.choice([1, 2, 9])):
                bad[rng.randrange(len(bad))] = rng.randrange(256)
            file.write_bytes(bad)
            start = time.monotonic()
            try:
                matlab.load(file, names)
                matlab.shapes(file)
            except DataFormatError as error:
                assert str(error).startswith(f"{file}: ")
                assert "no readable MATLAB file" in str(error) or "expected a full array" in str(error)
                refused += 1
            assert time.monotonic() - start < 5
    assert refused > count


def test_a_small_file_of_a_huge_array_is_refused(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.mat", "w", userblock_size=512) as file:
        file.create_dataset("x", shape=(1 << 17, 1 << 17), chunks=(1 << 10, 1 << 10), dtype="f8")
    with (tmp_path / "a.mat").open("r+b") as stored:
        stored.write(b"MATLAB 7.3 MAT-file".ljust(124) + b"\x00\x02IM")
    with pytest.raises(DataFormatError, match="no readable MATLAB file"):
        matlab.load(tmp_path / "a.mat", ["x"])
    (tmp_path / "b.mat").write_bytes(struct.pack("<5i", 0, 1 << 30, 1 << 30, 0, 2) + b"x\0")
    with pytest.raises(DataFormatError, match="no readable MATLAB file"):
        matlab.load(tmp_path / "b.mat", ["x"])
