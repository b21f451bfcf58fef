"""The page of a data set, as `ghtools stats --report` writes it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import numpy as np

from converters.stats import StatsReport
from gta_head_tools import __version__
from gta_head_tools.head_places import Places, gather_crowds
from gta_head_tools.report import numbers as sections
from gta_head_tools.report.page import Section, build_page
from gta_head_tools.size_field import fit_field
from gta_head_tools.statistics import Tally
from gta_head_tools.whole_files import write_text


def build_data_page(title: str, lead: str, found: Sequence[Section | None], *, verb: str) -> str:
    """The page as text.

    Args:
        title: its heading.
        lead: a few sentences that say what it is about.
        found: its sections; None = there is nothing to show in one.
        verb: that makes the page.
    """
    shown = [section for section in found if section is not None]
    return build_page(title, lead, shown, foot=f"Made by ghtools {__version__} (`ghtools {verb}`).")


def write_page(report: StatsReport, file: Path) -> None:
    """Write the numbers of a data set.

    Args:
        report: of the data set, with places.
        file: to write.

    Raises:
        DatasetLayoutError: the place cannot be written.
    """
    scenes = report.grouped("scene")
    splits = report.grouped("split")
    images = [row for tally in report.tallies for row in tally.images]
    found = [
        sections.numbers_section(report.total, len(scenes)),
        sections.splits_section(report.name, report.total, splits),
        *plot_sections(report.tallies, report.places),
        sections.scenes_section(scenes, images),
        sections.words_section(),
    ]
    lead = f"Read as {report.format}: what is in the data set, for the whole, each split and each scene."
    write_text(file, build_data_page(f"Numbers of {report.name}", lead, found, verb="stats"))


def plot_sections(tallies: Sequence[Tally], places: Sequence[Places]) -> list[Section | None]:
    """Histograms, sizes against rows, and maps of heads.

    Args:
        tallies: of all images.
        places: of the heads of each tally.
    """
    every, busiest = gather_crowds(tallies, places, sections.MOST_MAPS)
    fields = islice((field for crowd in busiest if (field := fit_field(crowd)) is not None), sections.MOST_FIELDS)
    images = [row for tally in tallies for row in tally.images]
    boxes = np.concatenate([tally.sizes for tally in tallies])
    return [
        sections.histograms_section(images, boxes),
        sections.fields_section(len(boxes), [*fields]),
        sections.maps_section(every, busiest, len({row.info.scene for row in images})),
    ]
