"""Images without heads, of which a model tells how many heads it sees in the picture."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from converters.files.pictures.pictures import has_picture, read_image
from gta_head_tools.checks.finding import Seen
from gta_head_tools.dataset import Dataset
from gta_head_tools.errors import GtaHeadError
from gta_head_tools.pictures import Picture
from gta_head_tools.progress import Track, no_progress

HeadCounter = Callable[[Picture], int]
"""How many heads a model is sure to see in a picture."""
MOST_LOOKED_AT = 60
"""Images that are looked at; without a graphics card a model takes about a second for each."""


def heads_seen(
    dataset: Dataset, images: Sequence[Seen], count: HeadCounter, *, track: Track = no_progress
) -> tuple[dict[str, int], tuple[str, ...]]:
    """By path, how many heads are seen in images that have none; and a note where not all of these were looked at.

    Nothing is looked at in a data set in which no image has heads: it has no labels. Pictures that are missing or
    damaged are left out.

    Args:
        dataset: of the images.
        images: all of the data set.
        count: counts the heads in a picture.
        track: sees every picture go by.
    """
    empty = [seen.info for seen in images if not seen.heads and has_picture(dataset, seen.info)]
    if not empty or not any(seen.heads for seen in images):
        return {}, ()
    most = min(len(empty), MOST_LOOKED_AT)
    chosen = [empty[place * len(empty) // most] for place in range(most)]
    found: dict[str, int] = {}
    for info in track(chosen, "looking at images without heads", len(chosen)):
        try:
            picture = read_image(dataset.root, info, dataset.compose)
        except GtaHeadError:  # Other checks tell of pictures that cannot be read.
            continue
        found[info.path] = count(picture)
    told = f"empty-but-crowded looked at {len(chosen)} of {len(empty)} images without heads"
    return found, (told,) if most < len(empty) else ()
