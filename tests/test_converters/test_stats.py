from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from converters import stats as job
from converters.datasets.write import find_writer, write_scenes
from converters.stats import StatsOptions, StatsReport, stats, written_table
from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.dataset import in_memory
from gta_head_tools.errors import DatasetLayoutError
from gta_head_tools.report.text_tables import write_csv, write_latex, write_markdown
from gta_head_tools.statistics import finish_statistics, update_statistics
from test_converters.small_sets import image

NASTY = r"a|b_c\d_ [x] *y* `z` <i> & $1$ #5 10% {q} ~^ -- ×"


@pytest.fixture
def heads(tmp_path: Path) -> Path:
    images = [
        image("street/a.png", [[0, 0, 4, 4], [4, 4, 12, 12], [0, 4, 4, 8]], ids=[1, 2, 3], ignore=[0, 0, 1]),
        image("street/b.png", [[0, 0, 8, 8]], ids=[1]),
        image("square/c.png", width=32, height=12),
    ]
    splits = {"street": "train", "square": "test"}
    dataset = in_memory([one.replace(info=_put(one.info, splits[one.info.scene])) for one in images], tmp_path)
    write_scenes(dataset, "coco", tmp_path / "heads.json", find_writer("coco").options(), "none", jobs=1)
    return tmp_path / "heads.json"


def _put(info: ImageInfo, split: str) -> ImageInfo:
    return ImageInfo(info.path, info.width, info.height, scene=info.scene, split=split)


def counted(heads: Path, by: job.By = "all") -> StatsReport:
    return stats(heads, StatsOptions(by=by), jobs=1)


def from_csv(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(text.splitlines()))


def from_markdown(text: str) -> list[list[str]]:
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    assert tokens[0].type == "table_open"
    assert tokens[-1].type == "table_close"
    cells: list[list[str]] = []
    for token in tokens:
        if token.type == "tr_open":
            cells.append([])
        if token.type == "inline":
            assert {child.type for child in token.children or ()} <= {"text", "text_special"}
            cells[-1].append("".join(child.content for child in token.children or ()))
    return cells


def from_latex(text: str) -> list[list[str]]:
    names = {"textbackslash": "\\", "textasciitilde": "~", "textasciicircum": "^"}
    names |= {"textless": "<", "textgreater": ">", "textbar": "|"}
    begin, *lines, end = text.splitlines()
    assert (begin[:17], end) == (r"\begin{tabular}{l", r"\end{tabular}")
    rows = [line.removesuffix(r" \\") for line in lines if line != r"\hline"]
    found = []
    for row in rows:
        plain = row.replace("{[}", "[").replace("{*}", "*").replace("-{}", "-").replace(r"$\times$", "×")
        cells = re.split(r"(?<!\\) & ", plain)
        found.append(
            [re.sub(r"\\(text\w+)\{\}|\\([&%$#_{}])", lambda m: names.get(m[1], m[2]), cell) for cell in cells]
        )
        assert len(cells) == begin.count("r", begin.rindex("{")) + 1
    return found


def test_splits_have_their_rows_and_all_images_one(heads: Path) -> None:
    rows = from_markdown(written_table(counted(heads, "split"), "md"))
    named = [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]
    assert [row["split"] for row in named] == ["train", "test", "all"]
    assert [row["resolution"] for row in named] == ["16 × 12", "32 × 12", "21 × 12 avg"]
    assert [(row["images"], row["heads"], row["ignored"]) for row in named] == [
        ("2", "3", "1"),
        ("1", "0", "-"),
        ("3", "3", "1"),
    ]
    assert [(row["min"], row["avg"], row["max"]) for row in named] == [
        ("1", "1.5", "2"),
        ("0", "0.0", "0"),
        ("0", "1.0", "2"),
    ]
    assert [(row["with box"], row["size avg"], row["size p50"]) for row in named] == [
        ("100.0 %", "6.7", "8.0"),
        ("-", "-", "-"),
        ("100.0 %", "6.7", "8.0"),
    ]
    assert [named[0][title] for title in ("persons", "track avg", "track max")] == ["2", "1.5", "2"]
    occupancy = (16 + 64) / 192 / 2 + 64 / 192 / 2
    assert named[0]["occupancy"] == f"{occupancy * 100:.2f} %"
    assert "weather" not in rows[0]


def test_csv_has_plain_numbers_and_no_row_of_all(heads: Path) -> None:
    rows = from_csv(written_table(counted(heads, "scene"), "csv"))
    assert {row["scene"]: (row["images"], row["heads"], row["width_avg"], row["box_size_p50"]) for row in rows} == {
        "square": ("1", "0", "32", ""),
        "street": ("2", "3", "16", "8"),
    }
    assert rows[1]["heads_per_megapixel"] == f"{3 / (2 * 192) * 1e6:.6f}".rstrip("0").rstrip(".")
    for row in rows:
        for key, value in row.items():
            assert key == "scene" or not value or float(value) >= 0


def test_latex_and_markdown_hold_the_same_cells(heads: Path) -> None:
    report = counted(heads, "scene")
    assert from_latex(written_table(report, "latex")) == from_markdown(written_table(report, "md"))


@pytest.mark.parametrize("writer", [(write_markdown, from_markdown), (write_latex, from_latex)])
@pytest.mark.parametrize("name", [NASTY, "[a]", "*", "_a_", "a\nb", r"\\", "<b>", "&amp;", "---"])
def test_any_name_comes_back(writer: tuple[object, object], name: str) -> None:
    write, parse = writer
    assert callable(write)
    assert callable(parse)
    assert parse(write(("scene", "n"), [(name, "1")]))[1] == [" ".join(name.split()), "1"]


def test_csv_quotes_names() -> None:
    assert list(csv.reader(write_csv(("a", "b"), [('x,"y"', "1")]).splitlines())) == [["a", "b"], ['x,"y"', "1"]]


def test_the_number_of_workers_changes_nothing(heads: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = counted(heads, "scene").told()
    monkeypatch.setattr(job, "_TOGETHER", 1)
    assert counted(heads, "scene").told() == whole


def test_a_set_without_images_is_refused(tmp_path: Path) -> None:
    (tmp_path / "none.json").write_text('{"images": [], "annotations": [], "categories": []}', "utf-8")
    with pytest.raises(DatasetLayoutError, match="holds no images"):
        stats(tmp_path / "none.json", StatsOptions(from_format="coco"), jobs=1)


@st.composite
def crowds(draw: st.DrawFn) -> list[ImageAnnotations]:
    sizes = draw(st.lists(st.tuples(st.integers(0, 6), st.sampled_from("ab"), st.booleans()), min_size=1, max_size=8))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    found = []
    for place, (count, scene, sized) in enumerate(sizes):
        info = ImageInfo(f"{place}.jpg", 100 * sized, 80 * sized, scene=scene, split=draw(st.sampled_from("xyz")))
        boxes = rng.uniform(-20, 120, (count, 4))
        boxes[rng.random(count) < 0.2] = np.nan
        ids, ignore = rng.integers(-1, 4, count), rng.random(count) < 0.2
        found.append(ImageAnnotations(info, rng.uniform(0, 99, (count, 2)), boxes=boxes, ids=ids, ignore=ignore))
    return found


@given(crowds(), st.integers(1, 3), st.sampled_from(["all", "split", "scene"]))
def test_parts_give_the_numbers_of_one_pass(images: Sequence[ImageAnnotations], step: int, by: job.By) -> None:
    parts = [update_statistics(images[at : at + step]) for at in range(0, len(images), step)]
    assert finish_statistics(parts, job.GROUPS[by]) == finish_statistics([update_statistics(images)], job.GROUPS[by])


@pytest.mark.samples
def test_mall_has_its_published_numbers(samples: Path) -> None:
    found = stats(samples / "mall", StatsOptions(), jobs=1).total
    assert found.per_image is not None
    assert (found.images, found.per_image.low, found.per_image.high) == (2000, 13, 53)
    assert round(found.per_image.mean) == 31
    assert found.resolutions == {(640, 480): 2000}
