"""Pages opened in headless Chromium: tables are sorted and filtered by click and by key, and nothing is too wide.

Not in the default run, because it needs Chromium, of which Qt brings one (170 MB more than the window needs):

    pip install PySide6-Addons
    pytest -n 0 tests/browser
"""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from test_cli.running import ghtools

BROWSER = Path(__file__).with_name("browser.py")
WIDTHS, MODES = (390, 1200), ("light", "dark")
NASTY = "é <b onerror=alert(1)>"
TABLE = "document.querySelector('table[data-filters]')"
ROWS = f"Array.from({TABLE}.tBodies[0].rows).filter(row => row.offsetParent !== null)"
Steps = Sequence[Mapping[str, str]]


def opened(page: Path, steps: Steps, *, width: int = 1200, mode: str = "light") -> list[Any]:
    """What the scripts of the steps return in a browser of its own."""
    done = subprocess.run(
        [sys.executable, str(BROWSER), str(page), str(width), mode],
        input=json.dumps(steps),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    told: list[Any] = json.loads(done.stdout)
    return told


def script(words: str) -> dict[str, str]:
    return {"script": words}


def column(place: int) -> dict[str, str]:
    """The texts of a column of the findings that are shown."""
    return script(f"{ROWS}.map(row => row.cells[{place}].textContent)")


def click(place: int) -> dict[str, str]:
    return script(f"{TABLE}.tHead.rows[0].cells[{place}].querySelector('button').click()")


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Findings of a data set with 12 boxes without area, 9 boxes outside and 2 exact copies in three pictures."""
    root = tmp_path_factory.mktemp("pages")
    rows = []
    for number, name in enumerate((f"{NASTY}.jpg", "b.jpg", "c.jpg")):
        noise = np.random.default_rng(number).integers(0, 256, (120, 160, 3), dtype=np.uint8)
        Image.fromarray(noise).resize((640, 480)).save(root / name)
        for head in range(30):
            x, y = 20 + 60 * (head % 10), 100 + 100 * (head // 10)
            side = 0 if head < 4 else 12
            x += 700 if 4 <= head < 7 else 0
            rows.append((name, x + 6, y + 6, x, y, x + side, y + side))
    rows += rows[-2:]
    with (root / "heads.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("image", "x", "y", "x1", "y1", "x2", "y2"), *rows])
    page = root / "page.html"
    only = [f"--only={name}" for name in ("degenerate-box", "box-outside", "duplicate-box")]
    done = ghtools("validate", str(root), "--report", str(page), "--jobs", "1", *only)
    assert done.returncode == 1, done.stderr
    return page


@pytest.fixture(scope="module")
def numbers(page: Path) -> Path:
    """The numbers of the same data set."""
    numbers = page.with_name("numbers.html")
    done = ghtools("stats", str(page.parent), "--report", str(numbers), "--jobs", "1")
    assert done.returncode == 0, done.stderr
    return numbers


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize(("name", "thumbnails"), [("page", 6 + 6 + 2), ("numbers", 0)])
def test_nothing_is_wider_than_the_page(
    request: pytest.FixtureRequest, name: str, thumbnails: int, width: int, mode: str
) -> None:
    page: Path = request.getfixturevalue(name)
    sides = "[document.documentElement.scrollWidth, innerWidth, matchMedia('(prefers-color-scheme: dark)').matches]"
    faults = (
        "Array.from(document.querySelectorAll('main *')).filter(one => one.getBoundingClientRect().right > innerWidth"
        " && !one.closest('.wide')).length"
    )
    pictures = "Array.from(document.images, one => one.complete && one.naturalWidth > 0)"
    ground = "getComputedStyle(document.body).backgroundColor"
    (wide, inner, dark), over, seen, colour = opened(
        page, [script(words) for words in (sides, faults, pictures, ground)], width=width, mode=mode
    )
    assert wide <= inner == width
    assert (dark, over) == (mode == "dark", 0)
    assert colour == ("rgb(20, 23, 28)" if dark else "rgb(255, 255, 255)")
    assert len(seen) == thumbnails
    assert all(seen)


def test_a_click_on_a_column_sorts_by_it_and_a_second_one_backwards(page: Path) -> None:
    heads = script(f"Array.from({TABLE}.tHead.rows[0].cells, cell => cell.getAttribute('aria-sort'))")
    records, files = column(3), column(2)
    _, rising, marked, _, falling, marked_again, _, by_file, marked_last = opened(
        page, [click(3), records, heads, click(3), records, heads, click(2), files, heads]
    )
    assert rising == [
        f"head {number}" for number in (1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 5, 5, 5, 6, 6, 6, 7, 7, 7, 31, 32)
    ]
    assert falling == rising[::-1]
    assert marked == [None, None, None, "ascending", None, None]
    assert marked_again == [None, None, None, "descending", None, None]
    assert marked_last == [None, None, "ascending", None, None, None]
    assert by_file == ["b.jpg"] * 7 + ["c.jpg"] * 9 + [f"{NASTY}.jpg"] * 7


def test_severities_are_sorted_by_how_bad_they_are_and_counts_as_numbers(page: Path) -> None:
    checks = "document.querySelector('table')"
    count = script(f"{checks}.tHead.rows[0].cells[1].querySelector('button').click()")
    counts = script(f"Array.from({checks}.tBodies[0].rows, row => row.cells[1].textContent)")
    _, before, _, severities, _, after = opened(page, [count, counts, click(1), column(1), click(1), column(1)])
    assert before == ["2", "9", "12"]
    assert severities == ["error"] * 21 + ["warning"] * 2
    assert after == severities[::-1]


def test_a_column_is_sorted_with_the_keyboard_alone(page: Path) -> None:
    focus = script(f"{TABLE}.tHead.rows[0].cells[2].querySelector('button').focus()")
    where = script("document.activeElement.textContent")
    steps = [focus, {"key": "Tab"}, where, {"key": "Return"}, column(3), {"key": "Space"}, column(3)]
    _, name, rising, falling = opened(page, steps)
    assert name == "record"
    assert (rising[0], rising[-1], falling[0]) == ("head 1", "head 32", "head 32")


def test_rows_are_filtered_by_text_and_menus_and_their_number_is_told(page: Path) -> None:
    field = script("document.querySelector('.tools input').focus()")
    status = script("document.querySelector('[role=status]').textContent")
    menu = (
        "(() => {{ const menu = document.querySelectorAll('.tools select')[{}]; menu.value = {!r};"
        " menu.dispatchEvent(new Event('change')); return Array.from(menu.options, one => one.value) }})()"
    )
    files = column(2)
    steps = [status, field, {"type": "C.JPG  "}, files, status, script(menu.format(0, "degenerate-box")), files, status]
    before, _, by_text, told, checks, by_both, told_both = opened(page, steps)
    assert before == "23 of 23 rows are shown."
    assert (by_text, told) == (["c.jpg"] * 9, "9 of 23 rows are shown.")
    assert checks == ["", "degenerate-box", "box-outside", "duplicate-box"]
    assert (by_both, told_both) == (["c.jpg"] * 4, "4 of 23 rows are shown.")
    steps = [script(menu.format(1, "warning")), status, field, {"type": "nothing"}, status]
    severities, warnings, _, none = opened(page, steps)
    assert severities == ["", "error", "warning"]
    assert (warnings, none) == ("2 of 23 rows are shown.", "0 of 23 rows are shown.")


def test_a_filter_stays_when_rows_are_sorted(page: Path) -> None:
    field = script("document.querySelector('.tools input').focus()")
    records = column(3)
    _, _, sorted_rows = opened(page, [field, {"type": "c.jpg head"}, click(3), records])
    assert sorted_rows == [f"head {number}" for number in (1, 2, 3, 4, 5, 6, 7, 31, 32)]


def test_fields_and_buttons_have_names_and_scripts_of_data_do_not_run(page: Path) -> None:
    unnamed = script(
        "Array.from(document.querySelectorAll('input, select'))"
        ".filter(one => !one.labels.length || !one.labels[0].textContent.trim()).length"
        " + Array.from(document.querySelectorAll('button')).filter(one => !one.textContent.trim()).length"
    )
    foreign = script("document.querySelectorAll('b, main script, [onerror]').length")
    assert opened(page, [unnamed, foreign]) == [0, 0]
