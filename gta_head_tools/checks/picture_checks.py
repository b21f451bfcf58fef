"""Checks of picture files: missing, damaged, of another size than their labels, turned, or of other colours."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from gta_head_tools.checks.finding import Check, Finding, Overview, PictureOfImage
from gta_head_tools.files import picture_suffix_of
from gta_head_tools.picture_header import Size, turned_size
from gta_head_tools.picture_look import view_of

_COLOURS = {
    "grey": "it has one channel, among colour pictures",
    "grey in three channels": "red, green and blue are equal in every pixel, among colour pictures",
    "palette": "it has one channel of colour numbers and a palette, among colour pictures",
    "CMYK": "it has the four channels of printing (CMYK), among colour pictures",
    "16-bit": "it has one channel of more than 8 bits, among colour pictures",
    "transparent": "it has transparent pixels or a channel for them, among pictures without",
}
_JPEG = frozenset({"JPEG", "MPO"})
_KINDS = {
    ".jpg": _JPEG,
    ".jpeg": _JPEG,
    ".png": frozenset({"PNG"}),
    ".gif": frozenset({"GIF"}),
    ".webp": frozenset({"WEBP"}),
    ".bmp": frozenset({"BMP"}),
    ".tif": frozenset({"TIFF"}),
    ".tiff": frozenset({"TIFF"}),
}
"""Kinds of a picture by its suffix; MPO is the JPEG of cameras with more than one picture in the file."""
_FILLED = 0.1
"""Share of rows of one colour at the lower end of a picture that is told."""


def find_missing(overview: Overview) -> Iterator[Finding]:
    """A finding for each image without its picture, unless no picture is there: labels alone are a legal data set."""
    missing = [seen for seen in overview.images if seen.look is not None and not seen.look.there]
    if len(missing) == len(overview.images):
        return
    for seen in missing:
        value = f"{len(missing):,} of {len(overview.images):,} pictures are missing"
        yield Finding(
            seen.info.path, "", value, (seen.look and seen.look.problem) or "no file has the name of the picture"
        )


def find_unreadable(picture: PictureOfImage) -> Iterator[Finding]:
    """A finding where the file is not a picture."""
    look = picture.look
    if look.there and look.header is None:
        yield Finding(picture.info.path, "", f"{look.length:,} bytes", look.problem)


def find_truncated(picture: PictureOfImage) -> Iterator[Finding]:
    """A finding where the picture has a header, but its pixels cannot be decoded to the end."""
    look = picture.look
    if look.header is not None and look.shown is None:
        yield Finding(picture.info.path, "", f"{look.length:,} bytes", look.problem)


def find_other_size(picture: PictureOfImage) -> Iterator[Finding]:
    """A finding where the labels declare another size than the picture has."""
    info, header = picture.info, picture.look.header
    if header is None or info.measured or not info.sized:
        return
    size = turned_size(header.size, info.orientation)
    if size != info.size:
        value = f"{size[0]}x{size[1]}, labels say {info.width}x{info.height}"
        yield Finding(info.path, "", value, _difference(size, info.size), weight=_distance(size, info.size))


def _difference(size: Size, declared: Size) -> str:
    if size == declared[::-1]:
        return "width and height are the other way round in the labels: heads may be those of the turned picture"
    across, down = (there / said for there, said in zip(size, declared, strict=True))
    if abs(across - down) <= 0.01 * across:
        return f"the picture was scaled by {across:.3g} after its heads were marked"
    return "the picture is not the one that its heads were marked on, or it was cropped"


def _distance(size: Size, declared: Size) -> float:
    return float(sum(abs(there - said) for there, said in zip(size, declared, strict=True)))


def find_turned(picture: PictureOfImage) -> Iterator[Finding]:
    """A finding where viewers turn the picture by its EXIF orientation, unless its labels fit neither view."""
    header = picture.look.header
    if header is None or header.orientation == 1 or any(find_other_size(picture)):
        return
    told = {
        "stored": "its labels are of the stored pixels by their size, but viewers and some readers turn the picture",
        "turned": "its labels are of the turned picture, but some readers of pictures do not turn it",
        "open": "nothing says whether its labels are of the stored pixels, which are used, or of the turned picture",
    }
    view = view_of(picture.info, header)
    yield Finding(picture.info.path, "", f"EXIF orientation {header.orientation}", told[view], weight=view == "open")


def find_filled(picture: PictureOfImage) -> Iterator[Finding]:
    """A finding where the lower part of the picture is of one colour, as decoders fill what is missing of a file."""
    shown, header = picture.look.shown, picture.look.header
    if shown is not None and shown.filled >= _FILLED:
        message = "the lower part of the picture is of one colour: it was probably cut short and saved anew"
        width, height = picture.info.size
        upright = picture.info.sized and header is not None and header.orientation == 1
        place = (0.0, height * (1 - shown.filled), float(width), float(height)) if upright else None
        yield Finding(picture.info.path, "", f"{shown.filled:.0%} of its rows", message, place, shown.filled)


def find_other_kind(picture: PictureOfImage) -> Iterator[Finding]:
    """A finding where the suffix of the file says another kind of picture than its content is."""
    shown, suffix = picture.look.shown, picture_suffix_of(picture.info.path).lower()
    if shown is not None and shown.kind and shown.kind not in _KINDS.get(suffix, shown.kind):
        yield Finding(
            picture.info.path, "", f"{shown.kind} in a {suffix}", "the content is of another kind than the name"
        )


def find_odd_colours(overview: Overview) -> Iterator[Finding]:
    """A finding for each picture of other colours, where there are colour pictures; rare kinds have more weight."""
    shown = [(seen.info.path, seen.look.shown.colours) for seen in overview.images if seen.look and seen.look.shown]
    counts = Counter(colours for _, colours in shown)
    if "colour" not in counts:
        return
    for path, colours in shown:
        if colours != "colour":
            value = f"{colours}, as {counts[colours]:,} of {len(shown):,} pictures are"
            yield Finding(path, "", value, _COLOURS[colours], weight=1 / counts[colours])


MISSING = Check(
    find=find_missing,
    looks=True,
    severity="error",
    means="Training and every look at the heads stop at an image without its picture.",
    fix="Bring the picture, or leave the image out.",
)
UNREADABLE = Check(
    find=find_unreadable,
    looks=True,
    severity="error",
    means="No program can open the picture.",
    fix="Replace it by the original, or leave the image out.",
)
TRUNCATED = Check(
    find=find_truncated,
    looks=True,
    severity="error",
    means="A part of the picture is lost: some programs stop at it, others fill that part with grey.",
    fix="Replace it by the original, most often by downloading it again.",
)
OTHER_SIZE = Check(
    find=find_other_size,
    looks=True,
    severity="error",
    means="Heads do not lie where the picture shows them, because they are for another size of it.",
    fix="Use the original picture, or correct the size in the labels and scale the heads.",
)
TURNED = Check(
    find=find_turned,
    looks=True,
    severity="warning",
    means="Programs differ in whether they turn such a picture, and heads then lie beside it.",
    fix="Decide the view with -i exif=apply or -i exif=ignore. A copy by `ghtools convert --images copy` of the turned "
    "view has no orientation; of the stored view, remove the tag from the file.",
)
FILLED = Check(
    find=find_filled,
    looks=True,
    severity="warning",
    means="Heads lie where the picture shows nothing.",
    fix="Look at it, and replace it by the original, or leave the image out.",
)
OTHER_KIND = Check(
    find=find_other_kind,
    looks=True,
    severity="info",
    means="Programs that go by the name of the file cannot read it.",
    fix="Rename the file, in the labels too, or convert it.",
)
ODD_COLOURS = Check(
    find=find_odd_colours,
    looks=True,
    severity="info",
    means="A network sees other colours there than in the rest, and code that expects three channels may fail.",
    fix="Open every picture as RGB (Pillow: `.convert('RGB')`), or convert the files.",
)
