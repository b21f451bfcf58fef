"""Which Gaussian a head has in the true density map of an image: its sigma, as methods and data sets choose it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from gta_head_tools.annotations import ImageAnnotations
from gta_head_tools.errors import ConfigError
from gta_head_tools.maps.density import density_map
from gta_head_tools.maps.sigmas import adaptive_sigmas, box_sigmas

Sigma = float | Literal["adaptive", "box"]


@dataclass(frozen=True, kw_only=True)
class Kernel:
    """The sigmas of heads.

    Attributes:
        sigma: of every head, pixels; `adaptive`: by its nearest heads; `box`: a quarter of sqrt(width * height).
        k: nearest heads for `adaptive`.
        beta: share of their mean distance for `adaptive`.
        two: False for RAZ-Net's kernel without the factor 2, for `adaptive`.
    """

    sigma: Sigma = 15.0
    k: int = 3
    beta: float = 0.3
    two: bool = True

    def __post_init__(self) -> None:
        fixed = isinstance(self.sigma, float | int)
        if not (0 < float(self.sigma) < math.inf if fixed else self.sigma in {"adaptive", "box"}):
            raise ConfigError(f"sigma={self.sigma}: expected a positive number of pixels, adaptive or box")
        for name in ("k", "beta"):
            if getattr(self, name) <= 0:
                raise ConfigError(f"{name}={getattr(self, name)}: expected a positive number")

    @property
    def settings(self) -> dict[str, object]:
        """The fields that have an effect, by name."""
        used = ("sigma", "k", "beta", "two") if self.sigma == "adaptive" else ("sigma",)
        return {name: getattr(self, name) for name in used}

    @property
    def words(self) -> str:
        """The fields that have an effect, as options of the format `density`.

        >>> Kernel(sigma="adaptive").words
        'sigma=adaptive k=3 beta=0.3 two=true'
        """
        shown = {name: f"{value:g}" if isinstance(value, float) else value for name, value in self.settings.items()}
        return " ".join(f"{name}={str(value).lower()}" for name, value in shown.items())

    def sigmas(self, heads: ImageAnnotations) -> NDArray[np.float64]:
        """One sigma for all heads, 0-d, or one for each (N,), pixels.

        Args:
            heads: all of the image, because an adaptive sigma depends on those beyond a crop, too.

        Raises:
            ValueError: a head has no box, and sigmas are to come from boxes.
        """
        if self.sigma == "adaptive":
            return adaptive_sigmas(heads.points, k=self.k, beta=self.beta, two=self.two)
        return box_sigmas(heads.boxes) if self.sigma == "box" else np.asarray(float(self.sigma))

    def density(self, image: ImageAnnotations, *, stride: int = 1) -> NDArray[np.float32]:
        """The true density map (ceil(height / stride), ceil(width / stride)); ignored heads are not in it.

        Args:
            image: all its heads, and its size.
            stride: side of a cell, pixels.

        Raises:
            ValueError: a head has no box, and sigmas are to come from boxes.
        """
        heads = image.select(~image.ignore)
        rows, columns = (-(-side // stride) for side in image.info.size[::-1])
        # Draw in float64 and round once, so that the sum of the map is off only by the precision of float32.
        exact = np.zeros((rows, columns))
        density_map(heads.points, image.info.size, sigmas=self.sigmas(heads), stride=stride, out=exact)
        return exact.astype(np.float32)
