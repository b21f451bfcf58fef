"""How many heads the model that ships sees in a picture, counting only those that it is sure of."""

from __future__ import annotations

import functools

from gta_head_tools.annotations import ImageInfo
from gta_head_tools.pictures import Picture
from training.base import Method
from training.predict import as_annotations, shipped_model
from training.runs.checkpoint import load_method
from training.samples.letterbox import letterbox_size, resize

SURE = 0.6
"""Score of a head that counts; of the heads on photographs without people hardly any has more."""
LONGEST = 960
"""Pixels of the longer side that larger pictures are shrunk to: a crowd is still seen, in a quarter of the time."""


@functools.cache
def _shipped() -> Method:
    return load_method(shipped_model())


def count_heads(picture: Picture) -> int:
    """Heads that the model that ships is sure to see in a picture; the model is loaded once.

    Raises:
        DatasetLayoutError: the model is not there.
    """
    size = picture.shape[1], picture.shape[0]
    if max(size) > LONGEST:
        picture = resize(picture, letterbox_size(size, (LONGEST, LONGEST)))
    return len(as_annotations(ImageInfo(""), _shipped().predict(picture), SURE))
