from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from html.parser import HTMLParser
from importlib import resources
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

from gta_head_tools.geometry import around
from gta_head_tools.interpolation.expectation import Expectation
from gta_head_tools.report import markup, plots
from gta_head_tools.report.boxes import BoxTrial, errors_section, expectation_section, pictures_section
from gta_head_tools.report.page import Section, build_page
from gta_head_tools.report.score_plots import draw_count_errors

NASTY = "<script>alert('a')</script> & \"b\""


class Checked(HTMLParser):
    """Parses a page; what is not closed, in the wrong order, or loaded from elsewhere is a fault."""

    EMPTY = frozenset({"meta", "img", "br"})

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.faults: list[str] = []
        self.seen: list[tuple[str, Mapping[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_startendtag(tag, attrs)
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        for name, value in attrs:
            if name in {"src", "href", "xlink:href"} and not (value or "").startswith(("data:", "#")):
                self.faults.append(f"{tag} loads {value}")

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def with_tag(self, tag: str) -> list[Mapping[str, str | None]]:
        return [attributes for name, attributes in self.seen if name == tag]


EXPECTED = Expectation(field=0.03, field_p95=0.08, heads=0.09, overlap=0.71)


def trial(scene: str = "scene_1_0", heads: int = 50) -> BoxTrial:
    rng = np.random.default_rng(0)
    middles, sides = rng.uniform(20, 200, (heads, 2)), rng.uniform(5, 20, heads)
    exact = around(middles, sides, sides)
    found = {"auto": around(middles, 1.1 * sides, 1.1 * sides), "two-nearest": around(middles, sides / 2, sides / 2)}
    picture = rng.integers(0, 255, (90, 160, 3), dtype=np.uint8)
    return BoxTrial(scene, exact, found, exact[:3], 90, EXPECTED, "green", picture, "a crowd")


@pytest.fixture(scope="module")
def page() -> str:
    trials = [trial(), trial(f"two {NASTY}")]
    sections = [pictures_section(trials), errors_section(trials), expectation_section(trials, "auto")]
    return build_page(f"Crowds {NASTY}", "lead", sections, foot="foot")


def test_a_page_is_balanced_and_loads_nothing(page: str) -> None:
    parsed = Checked(page)
    assert parsed.faults == []
    assert parsed.open == []
    assert not parsed.with_tag("script")
    assert not re.search(r"https?:|@import|url\((?!#)", page)


def test_text_comes_in_escaped_and_is_read_as_it_was(page: str) -> None:
    assert "<script" not in page
    assert f"Crowds {NASTY}" in Checked(page).words


def test_names_that_are_no_text_can_be_written() -> None:
    page = build_page("latin-\udce9.jpg", "lead", [Section("", markup.paragraph("a\udce9"))])
    assert "<h1>latin-?.jpg</h1>" in page.encode().decode()


def test_every_picture_says_what_it_shows(page: str) -> None:
    parsed = Checked(page)
    assert [image["alt"] for image in parsed.with_tag("img")] == ["scene_1_0: a crowd", f"two {NASTY}: a crowd"]
    assert len(parsed.with_tag("svg")) == 6
    assert all(drawing["role"] == "img" and drawing["aria-label"] for drawing in parsed.with_tag("svg"))


def test_names_on_a_page_are_taken_once(page: str) -> None:
    names = [attributes["id"] for _, attributes in Checked(page).seen if "id" in attributes]
    assert names
    assert len(names) == len(set(names))


def test_what_a_drawing_refers_to_is_in_it(page: str) -> None:
    names = {attributes.get("id") for _, attributes in Checked(page).seen}
    referred = {*re.findall(r"url\(#([^)]+)\)", page), *re.findall(r'href="#([^"]+)"', page)}
    assert referred
    assert referred <= names


def test_what_was_expected_stands_beside_what_was_measured(page: str) -> None:
    words = Checked(page).words
    at = words.index("±3.0 %")
    assert words[at + 2 : at + 5 : 2] == ["±9.0 %", "0.71"]
    assert {"sizes", "single heads", "expected overlap"} <= set(words)


def test_a_page_of_the_same_numbers_is_the_same() -> None:
    assert errors_section([trial()]).body == errors_section([trial()]).body


def test_drawings_take_all_colours_from_the_page() -> None:
    drawn = plots.draw_by_height(np.arange(9.0), {"exact": np.ones(9)}, (np.ones(1), np.ones(1)), 9, alt="x")
    assert not re.search(r"#[0-9a-f]{6}", re.sub(r"(url\(|href=\")#[^)\"]*", "", drawn))
    assert {"var(--ink)", "var(--plain)", "var(--line)"} <= set(re.findall(r"var\(--\w+\)", drawn))


def test_the_curve_of_errors_passes_through_the_share_within_them() -> None:
    # Half of the heads are 10 % off, half 30 %: the curve steps from 0 to 1/2 to 1.
    drawn = plots.draw_errors({"auto": np.repeat([0.1, -0.3], 4)}, alt="x")
    paths = ElementTree.fromstring(drawn.replace("xlink:", "")).iter("path")
    curve = next(path for path in paths if "var(--first)" in path.get("style", ""))
    y = np.array(re.findall(r"[ML] \S+ (\S+)", curve.get("d", "")), dtype=float)
    levels = np.unique(y.round(3))
    assert len(levels) == 3
    assert levels[1] - levels[0] == pytest.approx(levels[2] - levels[1], abs=0.01)


@pytest.mark.parametrize("heads", [1, 0])
def test_scenes_with_hardly_a_head_can_be_drawn(heads: int) -> None:
    sizes = np.full(heads, 7.0)
    none = np.empty(0)
    assert plots.draw_agreement(sizes, {"auto": sizes, "row": sizes}, alt="x").startswith("<svg")
    assert plots.draw_errors({"auto": sizes}, alt="x").startswith("<svg")
    assert plots.draw_by_height(sizes, {"exact": sizes}, (none, none), 9, alt="x").startswith("<svg")


def test_scores_are_those_of_known_changes() -> None:
    auto, paper = trial().scores()
    assert (auto.median_error, paper.median_error) == pytest.approx((0.1, 0.5))
    assert (auto.overlap, paper.overlap) == pytest.approx((1 / 1.21, 0.25))


def test_what_people_differ_by_is_averaged_out_and_a_wrong_level_is_not() -> None:
    rng = np.random.default_rng(1)
    middles = rng.uniform(0, 900, (2000, 2))
    sides = 10 * np.exp(0.1 * rng.standard_normal(2000))
    exact, found = around(middles, sides, sides), around(middles, np.full(2000, 12.0), np.full(2000, 12.0))
    crowd = replace(trial(), exact=exact, found={"auto": found})
    assert crowd.level_error("auto") == pytest.approx(0.2, abs=0.01)
    level = replace(crowd, found={"auto": around(middles, np.full(2000, 10.0), np.full(2000, 10.0))})
    assert level.level_error("auto") < 0.025
    assert level.scores()[0].median_error > 0.06


def test_numbers_of_a_table_stand_to_the_right() -> None:
    told = markup.table(["name", "n", "word"], [("a", "12 %", "no"), ("b", "-", "none")], caption="c")
    assert '<td class="number">12 %</td><td>no</td>' in told
    assert '<td class="number">-</td>' in told


def test_a_table_that_can_be_sorted_holds_the_values_themselves() -> None:
    rows = [("a", markup.Cell("1,304", 1304.5)), ("b", markup.Cell("-", "")), ("c", markup.Cell("3, 4"))]
    told = markup.table(["name", "heads"], rows, caption="c", sortable=True, filters=["heads"])
    assert '<table data-sortable data-filters="[1]">' in told
    assert '<td class="number" data-value="1304.5">1,304</td>' in told
    assert '<td class="number" data-value="">-</td>' in told
    assert "<td>3, 4</td>" in told


@pytest.mark.parametrize(("asked", "scripts"), [({}, 0), ({"sortable": True}, 1), ({"filters": []}, 1)])
def test_a_page_has_a_script_only_where_a_table_asks_for_it(asked: dict[str, Any], scripts: int) -> None:
    told = markup.table(["<table data-sortable"], [(NASTY,)], caption="<table data-filters", **asked)
    page = Checked(build_page("t", "l", [Section("one", told), Section("two", told)]))
    assert len(page.with_tag("script")) == scripts
    assert page.faults == []


def test_words_stand_out_from_their_ground() -> None:
    style = resources.files("gta_head_tools.report").joinpath("page.css").read_text("utf-8")
    plain, dark = (dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", part)) for part in style.split("@media")[:2])
    for colours in (plain, {**plain, **dark}):
        for words in ("ink", "soft", "first", "second"):
            for ground in ("ground", "panel"):
                assert contrast(colours[words], colours[ground]) >= 4.5, (words, ground)
        assert contrast(colours["plain"], colours["ground"]) >= 3  # Borders of fields, marks in drawings.


def contrast(one: str, other: str) -> float:
    """As WCAG 2 defines it, 1 to 21."""
    lights = []
    for colour in (one, other):
        parts = np.frombuffer(bytes.fromhex(colour[1:]), np.uint8) / 255
        linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
        lights.append(float(linear @ [0.2126, 0.7152, 0.0722]) + 0.05)
    return max(lights) / min(lights)


def test_a_section_without_a_title_has_no_heading() -> None:
    assert "<h2" not in build_page("t", "l", [Section("", markup.paragraph("p"))])


def test_ticks_of_a_short_axis_are_not_rounded_to_whole_percents() -> None:
    drawn = draw_count_errors(np.array([200.0]), np.array([200.0]), alt="one image, counted right")
    ticks = {float(percent) for percent in re.findall(r">[−-]?([\d.]+) %<", drawn)}
    assert ticks == {0, 2.5, 5, 7.5, 10}
