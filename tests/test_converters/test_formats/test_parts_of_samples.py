"""A user may name any folder or file of a data set: it is read, or there is one clear error. Over all formats."""

from __future__ import annotations

from pathlib import Path

import pytest

from conversion_table import SOURCES, make_source
from converters.datasets.read import read_dataset
from converters.files.pictures.pictures import has_picture
from gta_head_tools.errors import GtaHeadError


def read_or_refuse(path: Path) -> tuple[str, int, int]:
    """The format, the number of images and that of their pictures; ("", 0, 0) where the path is refused."""
    try:
        name, dataset = read_dataset(path)
        images = list(dataset)
    except GtaHeadError as error:
        assert str(error).count("\n") == 0
        return "", 0, 0
    return name, len(images), sum(has_picture(dataset, image.info) for image in images)


@pytest.mark.parametrize("name", SOURCES)
def test_any_part_of_a_data_set_is_read_or_refused(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = make_source(name, tmp_path / "source")
    parts = [source, *sorted(source.rglob("*"))]
    found = {path: read_or_refuse(path) for path in parts}
    for folder in (path for path in parts if path.is_dir()):
        monkeypatch.chdir(folder)
        assert read_or_refuse(Path()) == found[folder], folder
    for file in (path for path in parts if path.is_file()):
        monkeypatch.chdir(file.parent)
        assert read_or_refuse(Path(file.name)) == found[file], file
