"""Numbers in JSON files that have one meaning, however they are written, and those that have none."""

from __future__ import annotations

import codecs
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from test_wild.verbs import ghtools, rows, scores

NAMES = ["digit_strings", "float_ids", "float_size", "null_crowd", "string_ids"]
SET = (
    '{"images": [{"id": 1, "file_name": "a.jpg", "width": 200, "height": 100}], '
    '"categories": [{"id": 1, "name": "head"}], '
    '"annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [10, 10, 12, 14], "score": 0.5}]}'
)


@pytest.mark.parametrize("name", NAMES)
def test_numbers_of_other_programs_are_read(name: str, case: Callable[[str], Path]) -> None:
    folder = case("19-coco-numbers")
    done = ghtools("convert", f"{name}.json", "out.csv", "--to", "csv")
    assert done.exit_code == 0, done.stderr
    assert [(row["x1"], row["y2"], row["ignore"]) for row in rows(folder / "out.csv")] == [("10", "24", "0")]
    assert ("'cam1_0001' is 1" in done.stderr) == (name == "string_ids")


def test_what_was_numbered_is_whole_for_pycocotools(case: Callable[[str], Path]) -> None:
    folder = case("19-coco-numbers")
    for name in NAMES:
        assert ghtools("convert", f"{name}.json", f"{name}-out.json", "--to", "coco").exit_code == 0
        written = json.loads((folder / f"{name}-out.json").read_text())
        (image,), (head,) = written["images"], written["annotations"]
        assert (image["id"], head["image_id"], head["id"], image["width"], head["iscrowd"]) == (1, 1, 1, 200, 0)


def test_results_name_images_by_the_texts_of_the_truth(case: Callable[[str], Path]) -> None:
    folder = case("19-coco-numbers")
    found = {"image_id": "cam1_0001", "category_id": 1, "bbox": [10, 10, 12, 14], "score": 0.9}
    (folder / "results.json").write_text(json.dumps([found]))
    assert scores("results.json", "string_ids.json", "--protocol", "boxes")["ap"] == 1
    (folder / "results.json").write_text(json.dumps([{**found, "image_id": 1}]))
    refused = ghtools("evaluate", "results.json", "string_ids.json")
    assert (refused.exit_code, "[0].image_id: 1 is the id of no image" in refused.stderr) == (1, True)


@pytest.mark.parametrize(
    ("old", "new", "place", "words"),
    [
        ("[10,", "[NaN,", "set.json:1", "NaN is no number that JSON has"),
        ("[10,", "[-Infinity,", "set.json:1", "-Infinity is no number that JSON has"),
        ("[10,", '["NaN",', "annotations[0].bbox[0]", "found the text 'NaN', expected a number"),
        ("[10,", '["10px",', "annotations[0].bbox[0]", "found the text '10px', expected a number"),
        ("[10,", "[null,", "annotations[0].bbox[0]", "found null, expected a number"),
        ("[10,", "[1e999,", "annotations[0]", "too large"),
        ('"width": 200', '"width": 200.5', "images[0].width", "found 200.5, expected a whole number"),
        ('"image_id": 1', '"image_id": "one"', "annotations[0].image_id", "nothing in images has the id"),
        ('"image_id": 1', '"image_id": 1.5', "annotations[0].image_id", "nothing in images has the id 1.5"),
        ('"score": 0.5', '"score": {}', "annotations[0].score", "found {}, expected a number"),
        ("]}", "]}\n{}", "set.json:2", "more text after its end"),
        ('"images": [', "'images': [", "set.json:1", "cannot stand there"),
        ("]}", "]", "set.json:1", "cut off"),
    ],
)
def test_what_has_no_meaning_is_refused_in_plain_words(
    old: str, new: str, place: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    head, _, tail = SET.rpartition(old) if old == "]}" else SET.partition(old)
    Path("set.json").write_text(head + new + tail)
    refused = ghtools("convert", "set.json", "out.csv", "--to", "csv", "--from", "coco")
    assert refused.exit_code == 1
    assert place in refused.stderr
    assert words in refused.stderr
    assert not any(word in refused.stderr for word in ("`", "int |", "array", "str "))


@pytest.mark.parametrize("encode", [lambda text: codecs.BOM_UTF8 + text.encode(), lambda text: text.encode("utf-16")])
def test_files_in_other_encodings_are_read(
    encode: Callable[[str], bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("set.json").write_bytes(encode(SET))
    assert ghtools("convert", "set.json", "out.csv", "--to", "csv").exit_code == 0


@pytest.mark.parametrize("points", ['[["10", 20.5]]', "[[10.0, 20.5]]"])
def test_numbers_of_iim_may_be_texts(points: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("set/jsons").mkdir(parents=True)
    Path("set/jsons/1.json").write_text(f'{{"human_num": "1", "points": {points}}}')
    assert ghtools("convert", "set", "out.csv", "--to", "csv", "--from", "iim", "--images", "none").exit_code == 0
    assert [(row["x"], row["y"]) for row in rows(Path("out.csv"))] == [("10", "20.5")]


@pytest.mark.parametrize("value", ['"nan"', '"Infinity"', '"ten"', "true"])
def test_texts_of_iim_that_are_no_numbers_are_refused(
    value: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("set/jsons").mkdir(parents=True)
    Path("set/jsons/1.json").write_text(f'{{"human_num": 1, "points": [[{value}, 2]]}}')
    refused = ghtools("convert", "set", "out.csv", "--to", "csv", "--from", "iim", "--images", "none")
    assert (refused.exit_code, "points[0][0]: found" in refused.stderr) == (1, True)


def big(content: dict[str, Any], ids: list[Any]) -> dict[str, Any]:
    content["images"] = [{"id": one, "file_name": f"{place}.jpg"} for place, one in enumerate(ids)]
    content["annotations"] = [{**content["annotations"][0], "image_id": one} for one in ids]
    return content


@pytest.mark.parametrize(
    "ids", [["1", "01", 1], [2**63, 2**64 - 1, 5], ["a", 1, 2], ["x.jpg", "y.jpg", "X.jpg"], [0, -1, 1.0]]
)
def test_every_head_stays_with_its_image(ids: list[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("set.json").write_text(json.dumps(big(json.loads(SET), ids)))
    done = ghtools("convert", "set.json", "out.csv", "--to", "csv")
    assert done.exit_code == 0, done.stderr
    assert [row["image"] for row in rows(Path("out.csv")) if row["x"]] == ["0.jpg", "1.jpg", "2.jpg"]


@pytest.mark.parametrize(
    ("ids", "matched"),
    [(["plaza", "hall_1"], True), (["plaza.jpg", "hall_1.jpg"], True), (["plaza", 1], False), (["plaza", "x"], False)],
)
def test_results_may_name_pictures_or_stand_one_a_line(
    ids: list[Any], matched: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    content = big(json.loads(SET), [1, 2])
    for image, name in zip(content["images"], ("plaza", "hall_1"), strict=True):
        image |= {"file_name": f"{name}.jpg", "width": 200, "height": 100}
    Path("truth.json").write_text(json.dumps(content))
    results = [{"image_id": one, "category_id": 1, "bbox": [10, 10, 12, 14], "score": 0.9} for one in ids]
    Path("list.json").write_text(json.dumps(results))
    Path("lines.json").write_text("\n".join(map(json.dumps, results)))
    for name in ("list.json", "lines.json"):
        done = ghtools("evaluate", name, "truth.json", "--protocol", "boxes", "--json")
        assert done.exit_code == (0 if matched else 1), done.stderr
        if matched:
            assert json.loads(done.stdout)["ap"] == 1
            assert "image_id is taken for the name of a picture" in done.stderr


def test_results_are_never_read_by_number_and_by_name_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    content = big(json.loads(SET), [1, 2])
    content["annotations"] = content["annotations"][:1]  # the head is in 0.jpg, whose id is 1
    Path("truth.json").write_text(json.dumps(content))
    Path("results.json").write_text(
        json.dumps([{"image_id": one, "category_id": 1, "bbox": [10, 10, 12, 14], "score": 0.9} for one in (0, 1)])
    )
    assert scores("results.json", "truth.json")["mae"] == 0.5


@pytest.mark.parametrize(
    ("heads", "told"),
    [('[["100", 200.0]]', ""), ('[["x", 200]]', "image_info[0][0]: found the text 'x', expected a number")],
)
def test_numbers_of_gcc_may_be_texts(heads: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("scene_0_0/jsons").mkdir(parents=True)
    Path("scene_0_0/jsons/1.json").write_text(f'{{"image_info": {heads}}}')
    done = ghtools("convert", "scene_0_0", "out.csv", "--to", "csv", "--images", "none")
    assert (done.exit_code, told in done.stderr) == (1 if told else 0, True)
