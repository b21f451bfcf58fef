"""Points as ShanghaiTech stores them and GCC after it: the MATLAB struct `image_info` with `location` and `number`."""

from __future__ import annotations

from pathlib import Path

from converters.files.arrays import matlab
from gta_head_tools.annotations import Points
from gta_head_tools.errors import DataFormatError

IMAGE_INFO = "image_info"


def located_points(path: Path, struct: matlab.Array) -> Points:
    """The points of the struct, N x 2; where it has a number of heads, it is theirs.

    Args:
        path: of the file, for messages.
        struct: the variable `image_info`.

    Raises:
        DataFormatError: it is another struct, its points are not finite pairs, or they are not as many as it says.
    """
    place, of_number = f"{IMAGE_INFO}.location", f"{IMAGE_INFO}.number"
    points = matlab.pairs(path, matlab.field(path, struct, "location", record=IMAGE_INFO), record=place)
    if "number" in (struct.dtype.names or ()):
        number = matlab.field(path, struct, "number", record=IMAGE_INFO)
        (count,) = matlab.numbers(path, number, 1, record=of_number)
        if count != len(points):
            problem = f"says {count:g} heads, but location holds {len(points)}; make the file again"
            raise DataFormatError(path, problem, record=of_number)
    return points
