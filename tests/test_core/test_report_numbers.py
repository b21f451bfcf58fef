"""The page of a data set: its sections with numbers that are counted by hand."""

from __future__ import annotations

import base64
import io
import re
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from gta_head_tools.annotations import ImageInfo
from gta_head_tools.head_places import STEPS, Crowd
from gta_head_tools.report import numbers
from gta_head_tools.report.page import build_page
from gta_head_tools.report.place_plots import (
    count_edges,
    draw_box_sizes,
    draw_heads_per_image,
    draw_heat_map,
    draw_size_field,
)
from gta_head_tools.size_field import SizeField
from gta_head_tools.statistics import ImageRow, Statistics, Tally, finish_statistics
from test_core.test_report import NASTY, Checked


def row(
    scene: str, heads: int, split: str | None = None, number: int = 0, size: tuple[int, int] = (200, 100)
) -> ImageRow:
    return ImageRow(ImageInfo(f"{scene}/{number}.jpg", *size, scene=scene, split=split), heads, 0, 0, 0.0, None)


def grouped(rows: list[ImageRow]) -> dict[str, Statistics]:
    heads = sum(row.heads for row in rows)
    tally = Tally(tuple(rows), np.empty(0), np.full(heads, -1), np.zeros(heads, dtype=np.bool_))
    return finish_statistics([tally], lambda info: info.scene)


def crowd(name: str, cells: list[tuple[float, float]], images: int = 1) -> Crowd:
    x, y = (np.array(cells).reshape(-1, 2).T * STEPS).astype(np.uint16)
    owner = np.zeros(len(x), dtype=np.int32)
    return Crowd(name, images, len(x), (200, 100), x, y, np.full(len(x), np.nan), owner)


def bars(drawn: str) -> list[tuple[float, float]]:
    """Left border and height of each bar, in units of the drawing."""
    paths = ElementTree.fromstring(drawn.replace("xlink:", "")).iter("path")
    filled = [path.get("d", "") for path in paths if "fill: var(--first)" in path.get("style", "")]
    corners = [np.array(re.findall(r"[ML] (\S+) (\S+)", path), dtype=float) for path in filled]
    return [(float(each[:, 0].min()), float(np.ptp(each[:, 1]))) for each in corners]


def test_bars_are_as_high_as_the_number_of_images() -> None:
    found = bars(draw_heads_per_image(np.array([3.0, 3, 3, 5, 6, 6]), alt="x"))
    heights = np.array([height for _, height in found])
    np.testing.assert_allclose(heights / heights.max(), [1, 0, 1 / 3, 2 / 3], atol=0.01)
    assert [left for left, _ in found] == sorted(left for left, _ in found)


def test_bars_of_box_sizes_are_as_high_as_the_number_of_boxes() -> None:
    heights = np.array([height for _, height in bars(draw_box_sizes(np.repeat([4.0, 64.0], [1, 3]), alt="x"))])
    np.testing.assert_allclose(heights[heights > 0] / heights.max(), [1 / 3, 1], atol=0.01)


@pytest.mark.parametrize(
    ("heads", "edges"),
    [
        ([0], [-0.5, 0.5]),
        ([7], [6.5, 7.5]),
        ([298, 302], [297.5, 298.5, 299.5, 300.5, 301.5, 302.5]),
        ([0, 59], [*np.arange(0, 61, 2) - 0.5]),
    ],
)
def test_borders_of_bars_lie_between_counts(heads: list[float], edges: list[float]) -> None:
    np.testing.assert_allclose(count_edges(np.array(heads, dtype=float)), edges)


@pytest.mark.parametrize("heads", [[0, 1, 1, 1, 12_865], [0, 0, 0, 40], [5] * 9 + [10**9], [10**6, 10**6 + 7]])
def test_every_count_falls_into_one_bar(heads: list[int]) -> None:
    edges = count_edges(np.array(heads, dtype=float))
    assert np.histogram(heads, edges)[0].sum() == len(heads)
    assert (np.diff(edges) >= 1).all()
    assert len(edges) <= 120


@pytest.mark.parametrize("heads", [[0, 0], [7]])
def test_the_only_count_is_named_once(heads: list[int]) -> None:
    drawn = draw_heads_per_image(np.array(heads, dtype=float), alt="x")
    ticks = re.findall(r">([−-]?\d+)</text>", drawn.split("heads in an image")[0])
    assert ticks.count(str(heads[0])) == 1
    assert len(ticks) == len(set(ticks))


@pytest.mark.parametrize("sizes", [[34.6], [5.0, 5.0], [0.003, 9e150]])
def test_any_sizes_have_bars(sizes: list[float]) -> None:
    heights = [height for _, height in bars(draw_box_sizes(np.array(sizes), alt="x"))]
    assert sum(height > 0 for height in heights) == len(set(sizes))


def test_drawings_tell_the_median() -> None:
    assert ">median 12.5<" in draw_heads_per_image(np.array([12.0, 13.0]), alt="x")
    assert ">median 3.5<" in draw_box_sizes(np.array([3.5]), alt="x")


def test_cells_are_shaded_by_the_root_of_their_heads() -> None:
    drawn = draw_heat_map(np.array([[0, 1], [4, 16]]), (200, 100), name="heat-0", alt="x")
    packed = re.search(r"base64,([^\"]+)", drawn)
    assert packed is not None
    shades = np.asarray(Image.open(io.BytesIO(base64.b64decode(packed[1]))), dtype=float)
    np.testing.assert_allclose(shades, [[0, 64], [128, 255]], atol=2)
    assert 'viewBox="0 0 320 160"' in drawn


def test_a_field_is_drawn_at_the_rows_of_its_boxes() -> None:
    quartiles = np.array([[4.0, 5.0], [6.0, 7.0], [8.0, 9.0]])
    field = SizeField("a", 2, 60, 30, 600, np.array([150.0, 450.0]), quartiles, np.array([6.0, 6.0]), 0.05)
    tree = ElementTree.fromstring(draw_size_field(field, alt="x").replace("xlink:", ""))
    lines: dict[str, np.ndarray] = {}
    for path in tree.iter("path"):
        colour = re.search(r"stroke: var\(--(first|second)\)", path.get("style", ""))
        numbers = np.array(re.findall(r"[ML] (\S+) (\S+)", path.get("d", "")), dtype=float)
        if colour and len(numbers) == 2:
            lines.setdefault(colour[1], numbers)  # Short lines of the legend come later.
    assert lines["second"][0, 1] == lines["second"][1, 1]
    assert lines["first"][0, 1] == lines["second"][0, 1]
    assert lines["first"][1, 1] < lines["first"][0, 1]


def test_the_map_section_tells_what_is_left_out() -> None:
    shown = [crowd("a", [(0.1, 0.1), (0.9, 0.9)]), crowd("b", [(0.5, 0.5)])]
    every = crowd("", [(0.1, 0.1), (0.9, 0.9), (0.5, 0.5)], images=14)
    told = numbers.maps_section(every, shown, 14)
    assert told is not None
    words = " ".join(Checked(told.body).words)
    assert "12 other scenes left out" in words
    assert "All images: 3 heads in 14 images" in words
    assert "b: 1 head in 1 image" in words
    assert told.body.count("<svg") == 3


def test_the_only_scene_is_drawn_once() -> None:
    told = numbers.maps_section(crowd("", [(0.5, 0.5)]), [crowd("a", [(0.5, 0.5)])], 1)
    assert told is not None
    assert told.body.count("<svg") == 1


def test_each_scene_has_a_row_with_its_split() -> None:
    rows = [
        row("a", 1304, "train"),
        row("b", 2, "test"),
        row("b", 4, "test", 1),
        row("c", 0, "train"),
        row("c", 1, "test", 1),
    ]
    told = numbers.scenes_section(grouped(rows), rows)
    assert told is not None
    assert re.search(
        r'<th scope="row">a</th><td>train</td><td class="number">1</td>.*?<td class="number">1,304</td>', told.body
    )
    assert re.search(r'<th scope="row">b</th><td>test</td><td class="number">2</td>', told.body)
    assert '<th scope="row">c</th><td>test, train</td>' in told.body


def test_percents_are_sorted_by_their_value() -> None:
    rows = [row("a", 3), row("b", 3)]
    told = numbers.scenes_section(grouped(rows), rows)
    assert told is not None
    assert '<td class="number" data-value="0.0">0.0 %</td>' in told.body


def test_one_scene_has_no_table_of_scenes() -> None:
    rows = [row("a", 3), row("a", 3, number=1)]
    assert numbers.scenes_section(grouped(rows), rows) is None


@pytest.mark.parametrize(
    ("count", "name"),
    [(5096, "IMG_{}"), (6000, "a/folder of pictures/with parts/IMG_{}"), (300, "é" * 4000 + "{}")],
)
def test_a_page_of_many_scenes_stays_below_two_megabytes(count: int, name: str) -> None:
    rows = [row(name.format(number), number) for number in range(count)]
    found = grouped(rows)
    told = numbers.scenes_section(found, rows)
    assert told is not None
    assert len(build_page("t", "l", [told]).encode()) < 1_800_000
    shown = told.body.count('<th scope="row">')
    assert (shown == count) == ("IMG" in name)
    assert (f"{count - shown:,} scenes not shown" in told.body) == (shown < count)
    assert name.format(count - 1) in told.body  # The scenes with the most heads stay.


def test_names_are_escaped_everywhere() -> None:
    rows = [row(f"{NASTY}{number}", 4, split=f"<b>{number}") for number in range(2)]
    found = grouped(rows)
    made = [
        numbers.numbers_section(found[NASTY + "0"], 2),
        numbers.splits_section(NASTY, found[NASTY + "0"], {NASTY: found[NASTY + "1"]}),
        numbers.histograms_section(rows, np.array([2.0])),
        numbers.maps_section(crowd("", [(0.5, 0.5)] * 2), [crowd(NASTY, [(0.5, 0.5)])], 2),
        numbers.scenes_section(found, rows),
    ]
    page = build_page(NASTY, NASTY, [section for section in made if section is not None])
    parsed = Checked(page)
    assert parsed.faults == []
    assert parsed.open == []
    assert "<script>alert" not in page
    assert len(parsed.with_tag("script")) == 1
    assert all(drawing["role"] == "img" and drawing["aria-label"] for drawing in parsed.with_tag("svg"))
