"""Points as the two UCF sets store them: `NAME_ann.mat` with the variable `annPoints` (N x 2) beside `NAME.jpg`.

NWPU-Crowd has the same variable in files of other names, WorldExpo'10 another variable. Points are MATLAB plot
coordinates, see `matlab`.
"""

from __future__ import annotations

from pathlib import Path

from converters.files.arrays import matlab
from converters.files.labels.label_folder import PLACE
from converters.files.numbers.number_table import is_whole
from converters.files.pictures.picture_places import picture_places
from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.files import composed, listed

POINTS = "annPoints"
END = "_ann.mat"


def ann_files(path: Path) -> list[Path]:
    """The files of points in a folder, or the one that a path is; sorted, none where there are none.

    Raises:
        DatasetLayoutError: the folder cannot be listed.
    """
    if path.name.endswith(END) and path.is_file():
        return [path]
    return sorted(file for file in listed(path, f"*{END}") if not file.name.startswith("."))


def stem_of(file: Path) -> str:
    """The name of the picture of a file of points, without its suffix."""
    return composed(file.name.removesuffix(END))


def are_numbered(files: list[Path]) -> bool:
    """True for files whose names are all whole numbers, which those of UCF_CC_50 are and those of UCF-QNRF are not."""
    return bool(files) and all(is_whole(stem_of(file)) for file in files)


def ann_labels(root: Path, folder: Path, split: str | None = None) -> list[tuple[ImageInfo, Path]]:
    """The images of a folder (or of the one file of points that it is), each with its file of points.

    Args:
        root: of the data set.
        folder: of pictures and points.
        split: of its images.

    Raises:
        DatasetLayoutError: the folder cannot be listed.
    """
    files = ann_files(folder)
    place = picture_places(root, [folder if folder.is_dir() else root], bare=True)
    lying = [place(stem_of(file)) for file in files]
    infos = [ImageInfo(lies, split=split, facts={PLACE: lies}) for lies in lying]
    return list(zip(infos, files, strict=True))


def read_ann(shift: float, file: Path, info: ImageInfo, *, name: str = POINTS) -> ImageAnnotations:
    """The heads of an image.

    Args:
        shift: added to both coordinates, pixels.
        file: of its points.
        info: of the image.
        name: of the variable.

    Raises:
        DatasetLayoutError: the file is not there.
        DataFormatError: it is damaged, or holds something else.
    """
    stored = matlab.variable(file, matlab.load(file, [name]), name)
    return ImageAnnotations(info, matlab.pairs(file, stored, record=name) + shift)
