"""What a file of CVAT says: images with their heads, or the frames of a video, see `cvat`."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from converters.files.numbers.number_table import finite
from converters.files.pictures.frame_pictures import MOST_FRAMES, too_large
from converters.files.pictures.picture_names import NameParts, PictureNames
from converters.files.records.xml_file import Child, read_xml
from converters.formats.cvat.cvat_shapes import CvatHeads, Passed
from converters.formats.cvat.cvat_video import CvatMeta, CvatVideo
from gta_head_tools.errors import DataFormatError

ROOT = "annotations"
_LARGEST_SIDE = 2**31


@dataclass(slots=True)
class CvatImage:
    """An image of a file.

    Attributes:
        name: its path, without a suffix for the frames of a video.
        heads: of all labels.
        size: width and height, 0 = unknown.
        subset: that the file names; empty = none.
        frame: its number in a video.
    """

    name: str
    heads: CvatHeads
    size: tuple[int, int]
    subset: str = ""
    frame: int | None = None


@dataclass(slots=True)
class CvatFile:
    """What a file says."""

    meta: CvatMeta = field(default_factory=CvatMeta)
    images: list[CvatImage] = field(default_factory=list)
    video: CvatVideo = field(default_factory=CvatVideo)
    passed: Passed = field(default_factory=Passed)

    def notes(self) -> list[str]:
        """What a user has to know, besides the kinds of shapes."""
        told = "frames of tracks have no shape between others that have one; nothing is put there"
        return [*self.passed.notes(), *([f"{self.video.skipped} {told}"] if self.video.skipped else [])]


def read_file(file: Path, parts: NameParts) -> CvatFile:
    """What a file says.

    Args:
        file: to read.
        parts: how much of a picture's name counts.

    Raises:
        DataFormatError: it is not what it should be.
    """
    said, names, seen = CvatFile(), PictureNames(file, parts), dict[str, int]()
    for child in read_xml(file).children(ROOT):
        if child.element.tag == "meta":
            said.meta = CvatMeta.of(child.element)
        elif child.element.tag == "track":
            said.video.add(child, said.meta, said.passed)
        elif child.element.tag == "image":
            record = f"image[{len(said.images)}]"
            image = _image(child, record, names, said.passed)
            if (first := seen.setdefault(image.name, len(seen))) != len(said.images):
                problem = f"{image.name!r} is also the name of image[{first}]; rename or remove one of them"
                raise child.error(f"{record}.name", problem)
            said.images.append(image)
    if said.images and said.video.tracks:
        raise DataFormatError(file, "holds images and tracks; export it again, as CVAT for images or for video")
    if not said.images and (said.video.tracks or said.meta.is_video):
        if said.meta.frames and said.meta.frames[-1] > MOST_FRAMES:
            raise too_large(said.meta.frames[-1], DataFormatError(file, "", record="meta.task.size"))
        frames = sorted({*said.meta.frames, *said.video.frames})
        heads = (said.video.frames.get(frame, CvatHeads()) for frame in frames)
        said.images = [
            CvatImage(f"frame_{frame:06d}", of_frame, said.meta.size, frame=frame)
            for frame, of_frame in zip(frames, heads, strict=True)
        ]
    return said


def _image(child: Child, record: str, names: PictureNames, passed: Passed) -> CvatImage:
    told = child.element.attrib
    if "name" not in told:
        raise child.error(f"{record}.name", "is missing; add it, or remove the image")
    try:
        name = names.path(told["name"])
    except DataFormatError as error:
        raise child.error(f"{record}.name", error.problem) from error
    sides = [finite(told.get(key, "0")) for key in ("width", "height")]
    if not all(0 <= side < _LARGEST_SIDE and side == int(side) for side in sides):
        raise child.error(record, f"{told.get('width')} x {told.get('height')} is no size of a picture; correct it")
    heads = CvatHeads()
    heads.add(child, record, list(child.element), passed)
    return CvatImage(name, heads, (int(sides[0]), int(sides[1])), told.get("subset", ""))
