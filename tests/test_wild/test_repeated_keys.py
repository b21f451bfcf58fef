"""A key that stands twice in an object of a label file: two values of which no decoder says that it takes the last."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from converters.datasets.read import read_dataset
from gta_head_tools.anchors.anchors import read_anchors
from gta_head_tools.errors import DataFormatError
from gta_head_tools.repeated_keys import refuse_repeated_keys
from test_converters.damaged_texts import repeated_in_each
from test_wild.plain.registry import PLAIN

HEAD = '{"id": 1, "image_id": 1, "category_id": 1, "bbox": [10, 10, 12, 14], "score": 0.5, "mine": {"n": 1}}'
COCO = f"""{{"info": {{"year": 1}}, "images": [{{"id": 1, "file_name": "a.jpg", "width": 99, "height": 99}}],
 "annotations": [{HEAD}, {HEAD.replace('"id": 1', '"id": 2')}], "categories": [{{"id": 1, "name": "head"}}]}}"""
ANCHORS = """{"format": "ghtools-anchors", "version": 1, "image_size": [99, 99], "mine": {"a": 1},
 "anchors": [{"image": "a", "point": [9.0, 9.0], "box": [8.0, 8.0, 11.0, 11.0]}],
 "heads": {"a": {"added": [[1, 2]]}}}"""
JSON = [
    *("cclabeler", "crowdhuman", "fdst", "gcc", "hf_imagefolder", "iim", "label_studio"),
    *("labelme", "nwpu", "rgbdsyn", "via"),
]
LABELS = (".json", ".jsonl", ".odgt")


def refused(file: Path, name: str | None = None, folder: Path | None = None) -> Iterator[str]:
    """What is told of the file with the first key of one of its objects twice, for each of them."""
    text = file.read_text()
    for key, changed in repeated_in_each(text):
        file.write_text(changed)
        with pytest.raises(DataFormatError, match=rf"the key {key!r} stands there twice") as told:
            list(read_dataset(folder or file, format_name=name)[1])
        yield str(told.value).removeprefix(str(file.parent)).lstrip("/")
    file.write_text(text)


@pytest.mark.parametrize("name", JSON)
def test_every_format_in_json_refuses_a_key_that_is_there_twice(name: str, tmp_path: Path) -> None:
    files = [file for file in PLAIN[name].put(tmp_path) if file.suffix in LABELS]
    told = [message for file in files for message in refused(file, name, tmp_path)]
    assert told or name == "rgbdsyn"  # Its files are lists of points.


def test_coco_names_the_record_in_the_whole_file(tmp_path: Path) -> None:
    (tmp_path / "set.json").write_text(COCO)
    places = [message.partition(": the key")[0] for message in refused(tmp_path / "set.json", "coco")]
    records = ("info", "images[0]", "annotations[0].mine", "annotations[0]", "annotations[1].mine", "annotations[1]")
    assert places == [*(f"set.json: {record}" for record in (*records, "categories[0]")), "set.json"]


def test_a_large_coco_file_is_refused_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from converters.files.numbers import long_text
    from converters.formats.coco import coco_heads

    monkeypatch.setattr(long_text, "_LEAST", 1)
    monkeypatch.setattr(coco_heads, "_PIECE", 10)
    (tmp_path / "set.json").write_text(COCO.replace(', "mine": {"n": 1}', ""))
    assert len([*refused(tmp_path / "set.json", "coco")]) == 6


def test_anchors_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "anchors.json"
    places = []
    for key, changed in repeated_in_each(ANCHORS):
        file.write_text(changed)
        with pytest.raises(DataFormatError, match=f"the key {key!r} stands there twice") as told:
            read_anchors(file)
        places.append(told.value.record)
    assert places == ["mine", "anchors[0]", "heads.a", "heads", None]


def test_yaml_names_the_line(tmp_path: Path) -> None:
    PLAIN["yolo"].put(tmp_path)
    config = tmp_path / "data.yaml"
    text = config.read_text()
    for more, line in (
        ("names: [a]\nnames: [b]\n", 2),
        ("names:\n  0: a\n  0: b\n", 3),
        ("names: {0: a, 00: b}\n", None),
    ):
        config.write_text(more + re.sub(r"(?ms)^names.*?(?=^\w|\Z)", "", text))
        with pytest.raises(DataFormatError, match="twice") as told:
            read_dataset(tmp_path)
        assert told.value.line == line


@pytest.mark.parametrize("text", ['{"a": 1, "b": {"a": 2, ":": 3}, "c": [{"a": "a", "b": 1e400}]}', "[1, 2]", '"a:a:"'])
def test_the_same_key_in_other_objects_is_no_repetition(text: str) -> None:
    refuse_repeated_keys(Path("a"), text.encode())
    refuse_repeated_keys(Path("a"), json.dumps([json.loads(text)] * 20).encode())


def test_keys_are_compared_as_what_they_mean() -> None:
    with pytest.raises(DataFormatError, match=r"^a: \[30\]\.b: the key 'x:' stands there twice"):
        refuse_repeated_keys(Path("a"), b'[%s{"b": {"\\u0078:": 1, "x:": 2}}]' % (b'{"x":9999999, "y": 1},' * 30))


def test_whole_numbers_may_have_any_number_of_digits() -> None:
    refuse_repeated_keys(Path("a"), b'{"a": 1%s, "b": "\\"" }' % (b"0" * 5000))
