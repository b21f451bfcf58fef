"""Files in which heads are one category among several, or have a category of another name."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from test_wild.verbs import ghtools, rows, scores


@pytest.fixture
def both(case: Callable[[str], Path]) -> Path:
    """People, their heads and an ignored region in one COCO file; beside it results of the heads."""
    return case("24-coco-one-category")


def test_heads_are_those_of_the_category_head(both: Path) -> None:
    done = ghtools("convert", "both.json", "out.csv", "--to", "csv")
    assert (done.exit_code, len(rows(both / "out.csv"))) == (0, 2)
    assert "only 'head' (2) are heads; left out: 'person' (2), 'ignore region' (1)" in done.stderr


def test_other_categories_can_be_asked_for(both: Path) -> None:
    assert ghtools("convert", "both.json", "out.csv", "--to", "csv", "-i", "category=person,head").exit_code == 0
    assert len(rows(both / "out.csv")) == 4
    refused = ghtools("convert", "both.json", "no.csv", "--to", "csv", "-i", "category=hat")
    assert refused.exit_code == 1
    assert "known: person, head, ignore region" in refused.stderr


@pytest.mark.usefixtures("both")
def test_results_are_scored_against_the_heads_alone() -> None:
    boxes = scores("results.json", "both.json", "--protocol", "boxes")
    assert (boxes["ap"], boxes["mae"]) == (1, 0)


@pytest.mark.parametrize(
    ("categories", "category", "heads"),
    [((2, 1, 2), "", 2), ((1, 1), "", 0), ((2, 17, 2), "", 2), ((1, 1), "person", 2), ((None, None), "", 2)],
)
def test_results_follow_the_choice_of_the_truth(
    both: Path, categories: tuple[int | None, ...], category: str, heads: int
) -> None:
    results = [{"image_id": 1, "bbox": [18, 12, 12, 14], "score": 0.9, "category_id": one} for one in categories]
    (both / "results.json").write_text(json.dumps(results))
    found = scores("results.json", "both.json", "-i", f"category={category}")
    assert found["mae"] == abs(heads - 2)


def test_results_of_a_category_that_the_truth_lacks(both: Path) -> None:
    truth: dict[str, Any] = json.loads((both / "both.json").read_text())
    (both / "results.json").write_text(
        (both / "results.json").read_text().replace('"category_id": 2', '"category_id": 0')
    )
    refused = ghtools("evaluate", "results.json", "both.json")
    assert refused.exit_code == 1
    assert "[0].category_id: 0 is the id of no category of both.json (it has: 1 'person', 2 'head'" in refused.stderr
    truth["categories"] = truth["categories"][1:2]
    truth["annotations"] = [head for head in truth["annotations"] if head["category_id"] == 2]
    (both / "both.json").write_text(json.dumps(truth))
    taken = ghtools("evaluate", "results.json", "both.json", "--json")
    assert json.loads(taken.stdout)["mae"] == 0
    assert "its category 0 is none of both.json; its predictions are taken as heads" in taken.stderr


def test_two_files_are_read_by_one_choice(both: Path) -> None:
    truth: dict[str, Any] = json.loads((both / "both.json").read_text())
    other = [{**truth["images"][0], "file_name": "hall.jpg"}]
    persons = [head for head in truth["annotations"] if head["category_id"] == 1]
    (both / "set" / "annotations").mkdir(parents=True)
    (both / "set" / "annotations" / "instances_train.json").write_text(json.dumps(truth))
    (both / "set" / "annotations" / "instances_val.json").write_text(
        json.dumps({"images": other, "annotations": persons, "categories": truth["categories"][:1]})
    )
    done = ghtools("convert", "set", "out.csv", "--to", "csv", "--allow-lossy", "--images", "none")
    assert done.exit_code == 0, done.stderr
    assert len([row for row in rows(both / "out.csv") if row["x"]]) == 2


@pytest.mark.parametrize(("category", "heads"), [("", 2), ("person", 2), ("person,head", 4), ("3", 1)])
def test_a_copy_has_the_heads_that_were_chosen(both: Path, category: str, heads: int) -> None:
    for source, target in (("both.json", "one.json"), ("one.json", "two.json"), ("two.json", "out.csv")):
        chosen = ("-i", f"category={category}") if source == "both.json" else ()
        done = ghtools("convert", source, target, "--to", target.split(".")[1].replace("json", "coco"), *chosen)
        assert done.exit_code == 0, done.stderr
    assert len(rows(both / "out.csv")) == heads


def test_a_side_of_heads_alone_need_not_know_the_category(both: Path) -> None:
    people = "image,x1,y1,x2,y2,score\nplaza.jpg,10,10,40,90,1\nplaza.jpg,60,10,90,90,1\n"
    (both / "people.csv").write_text(people)
    report = scores("people.csv", "both.json", "--protocol", "boxes", "-i", "category=person")
    assert (report["ap"], report["mae"]) == (1, 0)
    for predicted in ("people.csv", "results.json"):
        refused = ghtools("evaluate", predicted, "both.json", "-i", "category=hat")
        assert (refused.exit_code, "known: person, head, ignore region" in refused.stderr) == (1, True)
