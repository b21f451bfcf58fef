"""The small data set that a training without data of its own renders for itself."""

from __future__ import annotations

from pathlib import Path

from converters.render_crowds import render_scenes
from gta_head_tools.progress import Track, no_progress
from gta_head_tools.synthesis.generate import CrowdSettings

SMALL = CrowdSettings(
    scenes=36, images=5, people=(40, 300), negatives=0.05, size=(960, 540), seed=1, min_visible=0.3
)  # fmt: skip
"""Six kinds of places six times, each picture its own number of people: half a minute on one core."""


def small_data(folder: Path, *, jobs: int | None = None, track: Track = no_progress) -> Path:
    """The data set in `folder`, rendered as far as it is not there: boxes of every head of which a fifth shows.

    Args:
        folder: new, or of an earlier call; what is there is taken as it is.
        jobs: worker processes, None = all cores.
        track: sees every scene go by.

    Raises:
        DatasetLayoutError: the folder holds something else, or cannot be written.
    """
    return render_scenes(folder, SMALL, jobs=jobs, track=track).truth
