"""The heads that a method finds in pictures, as annotations and as a data set that can be written in any format."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from converters.formats.density import GIVEN_MAP
from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.dataset import Dataset, Scene
from gta_head_tools.errors import DatasetLayoutError
from gta_head_tools.maps.cells import at_pixels
from gta_head_tools.pictures import Picture
from training.base import Method, Prediction
from training.samples.picture_source import Source

SHIPPED = "rendered.safetensors"
"""The model that comes with the package, trained on rendered crowds, in `training/recipes/`."""


OnPrediction = Callable[[Picture, ImageAnnotations, Prediction, ImageAnnotations], None]
"""Called with every picture that was predicted, its known heads, the prediction, and the heads that count."""


def as_annotations(info: ImageInfo, prediction: Prediction, above: float | None = None) -> ImageAnnotations:
    """The heads of a prediction, with the column `score` where they have scores.

    Args:
        info: of the picture.
        prediction: of the picture; one without points (a density) has no heads.
        above: only candidates with a higher score; None = all.
    """
    if prediction.points is None:
        return ImageAnnotations(info)
    scores = {} if prediction.scores is None else {"score": np.asarray(prediction.scores, dtype=np.float64)}
    found = ImageAnnotations(info, prediction.points, boxes=prediction.boxes, extra=scores)
    return found if above is None or not scores else found.select(scores["score"] > above)


def predicted(
    method: Method,
    source: Source,
    *,
    maps: bool = False,
    densities: bool = False,
    on_prediction: OnPrediction | None = None,
) -> Dataset:
    """The heads that a method finds, as a data set; a picture is predicted whenever its heads are read.

    Args:
        method: ready to predict; candidates above its threshold count.
        source: the pictures.
        maps: predictions have their maps.
        densities: the images carry their densities, for the format `density` to write; the method predicts one.
        on_prediction: called after each prediction.
    """

    def load(scene: Scene) -> Iterator[ImageAnnotations]:
        for picture, true in source.pictures(scene):
            prediction = method.predict(picture, maps=maps)
            found = as_annotations(true.info, prediction, method.threshold)
            if on_prediction is not None:
                on_prediction(picture, true, prediction, found)
            yield _with_density(found, prediction) if densities else found

    return replace(source.dataset, load=load)


def _with_density(found: ImageAnnotations, prediction: Prediction) -> ImageAnnotations:
    assert prediction.density is not None
    density = at_pixels(prediction.density, found.info.size)
    return found.replace(info=replace(found.info, facts={**found.info.facts, GIVEN_MAP: density}))


def shipped_model() -> Path:
    """The model that comes with the package.

    Raises:
        DatasetLayoutError: it is not there.
    """
    model = Path(__file__).parent / "recipes" / SHIPPED
    if not model.is_file():
        raise DatasetLayoutError(
            model,
            "the model that ships with ghtools is not there; train one (`ghtools baseline train`) and name its run",
        )
    return model
