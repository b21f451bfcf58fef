"""Videos of CVAT: tracks whose shapes lie in numbered frames, and what `meta` says of them, see `cvat`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from converters.files.numbers.number_table import is_whole
from converters.files.pictures.frame_pictures import MOST_FRAMES, too_large
from converters.files.records.xml_file import Child
from converters.formats.cvat.cvat_shapes import CvatHeads, Passed


@dataclass(slots=True)
class CvatMeta:
    """What the element `meta` says; of a file without one, nothing.

    Attributes:
        labels: that shapes may have, without those of the parts of skeletons.
        subset: of all images, empty = none.
        is_video: the file is an export of a video.
        frames: numbers of the frames of a video.
        size: of the frames of a video, 0 = unknown.
    """

    labels: list[str] = field(default_factory=list)
    subset: str = ""
    is_video: bool = False
    frames: range = range(0)
    size: tuple[int, int] = (0, 0)

    @classmethod
    def of(cls, meta: Element) -> CvatMeta:
        """What this element says; what is no number there is unknown."""
        labels = [label for label in meta.iter("label") if not _text(label, "parent")]
        start, step = _whole(meta, ".//start_frame"), re.search(r"step\s*=\s*(\d+)", _text(meta, ".//frame_filter"))
        stride = max(int(step[1]), 1) if step else 1
        return cls(
            labels=[name for name in (_text(label, "name") for label in labels) if name],
            subset=_text(meta, "task/subset") or _text(meta, "job/subset"),
            is_video=_text(meta, ".//mode") == "interpolation",
            frames=range(start, start + stride * _whole(meta, ".//size"), stride),
            size=(_whole(meta, ".//original_size/width"), _whole(meta, ".//original_size/height")),
        )


def _text(element: Element, path: str) -> str:
    return (element.findtext(path) or "").strip()


def _whole(element: Element, path: str) -> int:
    text = _text(element, path)
    return int(text) if is_whole(text) and len(text) < 10 else 0


@dataclass(slots=True)
class CvatVideo:
    """The frames of a video.

    Attributes:
        frames: heads by number of the frame.
        tracks: that have been added.
        skipped: frames in which a track has no shape though it does not end before them.
    """

    frames: dict[int, CvatHeads] = field(default_factory=dict)
    tracks: int = 0
    skipped: int = 0

    def add(self, child: Child, meta: CvatMeta, passed: Passed) -> None:
        """Add the heads of a track.

        Args:
            child: the track.
            meta: of the file.
            passed: see there.

        Raises:
            DataFormatError: a number or the label is missing, or something else.
        """
        record, told = f"track[{self.tracks}]", child.element.get("id", "")
        track = int(told) if is_whole(told) and len(told) < 16 else self.tracks
        label = child.element.get("label")
        if label is None:
            raise child.error(f"{record}.label", "is missing; add it, or remove the track")
        self.tracks += 1
        last: int | None = None
        for number, shape in enumerate(child.element):
            own = f"{record}.{shape.tag}[{number}]"
            text, gone = shape.get("frame"), shape.get("outside", "0")
            if text is None or not is_whole(text.strip()):
                raise child.error(f"{own}.frame", f"{text!r} is no number of a frame; correct it", shape)
            frame = int(text) if len(text) < 16 else MOST_FRAMES + 1
            if frame > MOST_FRAMES:
                raise too_large(frame, child.error(f"{own}.frame", "", shape))
            gap = 0 if last is None else (frame - last) // meta.frames.step - 1
            self.skipped += max(gap, 0)
            if gone not in {"0", "1"}:
                raise child.error(f"{own}.outside", f"{gone!r} is neither 0 nor 1; correct it", shape)
            last = frame if gone == "0" else None
            if gone == "0":
                heads = self.frames.setdefault(frame, CvatHeads())
                heads.add(child, record, [shape], passed, first=number, label=label, track=track)
