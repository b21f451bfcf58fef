"""What a method finds in pictures, as annotations and as a data set that any format can be written from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import numpy as np

from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.dataset import Dataset, Scene
from gta_head_tools.errors import DatasetLayoutError
from gta_head_tools.pictures import Picture
from training.base import Method, Prediction
from training.samples.picture_source import Pictures, Source

SHIPPED = "rendered.safetensors"
"""The model that comes with the package, trained on rendered crowds, in `training/recipes/`."""


class See(Protocol):
    """Is shown every picture that was predicted."""

    def __call__(
        self, picture: Picture, true: ImageAnnotations, prediction: Prediction, found: ImageAnnotations
    ) -> None:
        """Look at one.

        Args:
            picture: the image.
            true: heads that are known, if any.
            prediction: with every candidate.
            found: the heads that count.
        """
        ...


def as_annotations(info: ImageInfo, prediction: Prediction, above: float | None = None) -> ImageAnnotations:
    """The heads of a prediction, with the column `score` where they have scores.

    Args:
        info: of the picture.
        prediction: of it; one without points (a density) has no heads.
        above: only candidates with a higher score; None = all.
    """
    if prediction.points is None:
        return ImageAnnotations(info)
    scores = {} if prediction.scores is None else {"score": np.asarray(prediction.scores, dtype=np.float64)}
    found = ImageAnnotations(info, prediction.points, boxes=prediction.boxes, extra=scores)
    return found if above is None or not scores else found.select(scores["score"] > above)


def predicted(method: Method, source: Source, *, maps: bool = False, see: See | None = None) -> Dataset:
    """The heads that a method finds, as a data set; a picture is predicted whenever its heads are read.

    Args:
        method: ready to predict; candidates above its threshold count.
        source: the pictures.
        maps: predictions have their maps.
        see: is shown every picture that is predicted.
    """
    return replace(source.dataset, load=_Predicted(method, source.pictures, maps, see))


@dataclass(frozen=True, slots=True)
class _Predicted:
    method: Method
    pictures: Pictures
    maps: bool
    see: See | None

    def __call__(self, scene: Scene) -> Iterator[ImageAnnotations]:
        for picture, true in self.pictures(scene):
            prediction = self.method.predict(picture, maps=self.maps)
            found = as_annotations(true.info, prediction, self.method.threshold)
            if self.see is not None:
                self.see(picture, true, prediction, found)
            yield found


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
