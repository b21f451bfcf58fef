"""Folders of density maps, one file a picture: `.h5` (CSRNet), `.npy`, or `.csv` (C-3-Framework).

```
density/<split>/<name>.h5     dataset `density`, float32 (H, W); or .npy, or .csv: commas (or others), no header
images/<split>/<name>.jpg
```

Source: `leeyeehoo/CSRNet-pytorch`, `make_dataset.ipynb`; `gjy3035/C-3-Framework`, `datasets/`. The folder of a split is
there where one is known. Also read: `den` (C-3-Framework; pictures in `img`) and `ground_truth` (CSRNet) instead of
`density`, these folders below `train`, `val`, `test` or `train_data` and so on, and a folder of maps alone.

A written map sums to the number of heads (`gta_head_tools.maps`), which float32 keeps to 6e-8 of it. Ignored heads are
not in it; heads outside of the picture lie on its border. Attributes of an `.h5`: `count`, `kernel`, `sigma` (a number,
adaptive or box), `beta`, `k`, `two`, `border`, `stride`, `source_size` (width, height). What a network predicts is
written as it is, with the kernel `predicted` and no sigma.

Traps:
    * A map tells how many heads there are, not where. `-i points=maxima` takes its local maxima, which are fewer than
      the heads where these stand close; both numbers are reported. `read_density` gives the maps themselves.
    * CSRNet's maps lose the mass beyond the border: their sum is below the count.
    * A map of fewer cells than its picture has pixels is taken for one with a stride, if there is a whole one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

import numpy as np

from converters.files.labels.label_folder import hold, scenes_at_places
from converters.files.labels.scene_names import SPLITS, SceneGrouping
from converters.files.pictures.picture_paths import check_distinct, each_image, kept_path, kept_paths
from converters.files.pictures.pictures import ImageMode, place_picture
from converters.formats.density_maps import (
    DENSITY_MAP,
    SUFFIXES,
    looks_like_maps,
    map_images,
    read_map,
    without_map,
    write_map,
)
from converters.formats.format import Format, Side, Writes
from gta_head_tools.annotations import ImageAnnotations, ImageInfo, Points, with_size
from gta_head_tools.dataset import Dataset, Scene
from gta_head_tools.errors import ConfigError, DataFormatError, LossyConversionError
from gta_head_tools.files import existing_folder, own_name, without_picture_suffix
from gta_head_tools.geometry import cell_side
from gta_head_tools.unreadable import each_readable

if TYPE_CHECKING:
    from gta_head_tools.maps.kernels import Kernel, Sigma
    from gta_head_tools.maps.map_window import FloatMap

GIVEN_MAP = "given_map"
"""Fact of an image: its density map, float32 (height, width), which is written instead of one drawn from heads."""


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How to read.

    Attributes:
        points: what heads are: local maxima, or none at all; by default asking for heads is an error.
        negative: values below 0 are no error.
        scenes: how pictures make scenes.
    """

    points: Literal["refuse", "maxima", "none"] = "refuse"
    negative: bool = False
    scenes: SceneGrouping = "image"


@dataclass(frozen=True, slots=True)
class WriteOptions:
    """How to write.

    Attributes:
        suffix: kind of file.
        sigma: of every head, pixels; `adaptive`: by its nearest heads; `box`: a quarter of sqrt(width * height).
        k: nearest heads for `adaptive`.
        beta: share of their mean distance for `adaptive`.
        two: False for RAZ-Net's kernel without the factor 2, for `adaptive`.
        stride: side of a cell, pixels.
    """

    suffix: Literal["h5", "npy", "csv"] = "h5"
    sigma: str = "15"
    k: int = 3
    beta: float = 0.3
    two: bool = True
    stride: int = 1

    def __post_init__(self) -> None:
        if self.stride <= 0:
            raise ConfigError(f"option stride={self.stride}: expected a positive number")
        _ = self.kernel

    @property
    def kernel(self) -> Kernel:
        """The sigmas of heads.

        Raises:
            ConfigError: a number is not positive, or `sigma` is neither a number nor a word that is known.
        """
        from gta_head_tools.maps.kernels import Kernel

        try:
            return Kernel(sigma=float(self.sigma), k=self.k, beta=self.beta, two=self.two)
        except ValueError:
            return Kernel(sigma=cast("Sigma", self.sigma), k=self.k, beta=self.beta, two=self.two)


def detect(path: Path) -> bool:
    """True for a folder with maps in `density` or `den`, also by split, and for a folder of `.h5` files."""
    return path.is_dir() and looks_like_maps(path)


def read(path: Path, options: ReadOptions) -> Dataset:
    """The pictures of the maps at `path`; with `points=maxima` all maps are read, one after the other.

    Raises:
        DatasetLayoutError: no maps there, or two of one picture.
        DataFormatError: a map or picture that cannot be read.
        ConfigError: when iterated: heads are asked for without saying how.
    """
    infos, notes = map_images(existing_folder(path))
    scenes = scenes_at_places(infos, options.scenes, name=own_name(path), root=path)
    dataset = Dataset(path, scenes, partial(_load, path, options.points == "none"), path, notes=notes)
    return _with_maxima(dataset, options) if options.points == "maxima" else dataset


def read_scored(path: Path, options: ReadOptions, side: Side) -> Dataset:  # noqa: ARG001  # both sides are alike
    """What scores compare: the maps themselves; where `points` says how to take heads from them, those heads instead.

    Raises:
        DatasetLayoutError: no maps there, or two of one picture.
        DataFormatError: a map or picture that cannot be read.
    """
    if options.points == "refuse":
        return read(path, replace(options, points="none"))
    return read(path, options).map(without_map)


def read_density(root: Path, info: ImageInfo, *, negative: bool = False) -> tuple[ImageInfo, FloatMap]:
    """An image, with its size where that is known, and its density map (H, W), float32 or float64 as it is stored.

    Args:
        root: of the data set.
        info: of an image that `read` gave.
        negative: values below 0 are no error.

    Raises:
        DataFormatError: the file is damaged, its values are no density, or it does not fit its picture.
    """
    file = root / info.facts[DENSITY_MAP]
    stored = read_map(file, negative=negative)
    if info.sized and stored.size is not None and info.size != stored.size:
        problem = f"made for a picture of {_text(stored.size)}, but {info.path} has {_text(info.size)}; make it again"
        raise DataFormatError(file, problem)
    known = with_size(info, stored.size) if stored.size is not None and not info.sized else info
    if known.sized:
        _check_cells(file, stored.density, known)
    return known, stored.density


def _check_cells(file: Path, density: FloatMap, info: ImageInfo) -> None:
    rows, columns = density.shape
    stride = cell_side(density.shape, info.size)
    if (-(-info.width // stride), -(-info.height // stride)) != (columns, rows):
        problem = f"{columns} x {rows} cells found, which is no whole part of the {_text(info.size)} pixels"
        raise DataFormatError(file, f"{problem} of {info.path}; make the map again from this picture")


def _text(size: tuple[int, int]) -> str:
    return f"{size[0]} x {size[1]}"


def _load(root: Path, empty: bool, scene: Scene) -> Iterator[ImageAnnotations]:
    """Images whose heads are unknown; with `empty` they have none."""
    if not empty:
        raise ConfigError(
            f"{root}: density maps tell how many heads there are, not where; -i points=maxima takes their "
            "local maxima, which are fewer than the heads where these stand close"
        )
    return map(ImageAnnotations, scene.images)


def _with_maxima(dataset: Dataset, options: ReadOptions) -> Dataset:
    from gta_head_tools.maps.peaks import density_points

    def read_one(info: ImageInfo) -> tuple[ImageInfo, Points, float]:
        known, density = read_density(dataset.root, info, negative=options.negative)
        sized = known if known.sized else with_size(known, (density.shape[1], density.shape[0]))
        # The middle of a cell that the border cuts may lie beyond it.
        points = np.minimum(density_points(density, stride=cell_side(density.shape, sized.size)), sized.size)
        return sized, points, float(density.sum(dtype=np.float64))

    scenes: list[Scene] = []
    heads: list[Points] = [np.empty((0, 2))]
    total = 0.0
    for scene in dataset.scenes:
        read = list(each_readable(scene.images, read_one))
        scenes.append(replace(scene, images=tuple(info for info, _, _ in read)))
        heads += [points for _, points, _ in read]
        total += sum(mass for _, _, mass in read)
    points = np.concatenate(heads)
    numbers = np.repeat(np.arange(len(heads) - 1), [len(part) for part in heads[1:]])
    told = f"heads are the {len(points)} local maxima of maps whose sum is {total:.1f}: positions are guesses"
    load = hold(ImageAnnotations(ImageInfo(""), points), numbers, tuple(scenes))
    return replace(dataset, scenes=tuple(scenes), load=load, notes=(*dataset.notes, told))


def places(scene: Scene, source: Path) -> list[str]:
    """The folders of maps.

    Raises:
        ConfigError: a split of another name than train, val or test.
    """
    odd = next((info.split for info in scene.images if info.split not in {None, *SPLITS}), None)
    if odd is not None:
        raise ConfigError(f"{source}: split {odd!r}: maps lie in train, val and test alone; convert the splits apart")
    return ["density"]


def write(dataset: Dataset, target: Path, options: WriteOptions, images: ImageMode) -> None:
    """Write `density/` and `images/` below `target`. Maps of images that are not in the data set are removed there.

    Raises:
        LossyConversionError: a head has no box, and sigmas are to come from boxes.
        DatasetLayoutError: the target cannot be written, two images have one name, or a picture is missing.
    """
    names = _names(dataset)
    stems = [[without_picture_suffix(name) for name in part] for part in names]
    check_distinct(stems, path=dataset.source)
    if options.sigma == "box":
        _check_boxes(dataset)
    written: set[Path] = set()
    for image, (name, stem) in each_image(dataset, map(zip, names, stems)):
        file = target / "density" / f"{stem}.{options.suffix}"
        _write_one(image, file, options)
        written.add(file)
        place_picture(dataset, image.info, target / "images" / name, images)
    for file in target.joinpath("density").rglob("*"):
        if file.suffix in SUFFIXES and file not in written:
            file.unlink()


def _names(dataset: Dataset) -> list[list[str]]:
    """Where each picture goes below `images`: its kept name in the folder of its split."""
    infos = [scene.images for scene in dataset.scenes]
    names = [[_in_split(kept_path(dataset, info), info.split) for info in part] for part in infos]
    if len({name for part in names for name in part}) == dataset.image_count:
        return names
    paths = zip(infos, kept_paths(dataset), strict=True)
    return [[_in_split(path, info.split) for info, path in zip(*part, strict=True)] for part in paths]


def _in_split(name: str, split: str | None) -> str:
    return name if split is None or name.startswith(f"{split}/") else f"{split}/{name}"


def _check_boxes(images: Iterable[ImageAnnotations]) -> None:
    lacking = next((image.info.path for image in images if not (image.has_box | image.ignore).all()), None)
    if lacking is not None:
        raise LossyConversionError(f"{lacking}: a head has no box; say -o sigma=adaptive, or a number of pixels")


def _write_one(image: ImageAnnotations, file: Path, options: WriteOptions) -> None:
    common = {"stride": options.stride, "source_size": image.info.size}
    given = image.info.facts.get(GIVEN_MAP)
    if given is not None:
        from gta_head_tools.maps.cells import in_cells

        density = given if options.stride == 1 else in_cells(given, options.stride)
        count = float(density.sum(dtype=np.float64))
        write_map(file, density, {"count": count, "kernel": "predicted"} | common)
        return
    density = options.kernel.density(image, stride=options.stride)
    drawn = {"count": int((~image.ignore).sum()), "kernel": "gaussian", "border": "renormalised"}
    write_map(file, density, drawn | options.kernel.settings | common)


FORMAT = Format(
    holds=frozenset({"split"}),
    read=read,
    options=ReadOptions,
    detect=detect,
    writes=Writes(write=write, places=places, options=WriteOptions, needs_size=True),
    read_scored=read_scored,
)
