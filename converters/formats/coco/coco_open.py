"""Opens COCO files: everything but the annotations, which are the largest part by far, is decoded and checked."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from converters.files.numbers.long_text import HeldText, ListText, without_long_list
from converters.files.pictures.picture_names import last_part
from converters.files.records.json_file import convert, decode_text, decode_unchecked
from converters.formats.coco.coco_ids import Ids, read_ids, whole
from converters.formats.coco.coco_records import HEADS_KEY, CategoryRecord, ImageRecord
from converters.formats.coco.coco_spellings import usual_spellings, with_usual_keys
from gta_head_tools.dataset import LabelDefect
from gta_head_tools.errors import DataFormatError
from gta_head_tools.files import read_unpacked
from gta_head_tools.json_words import undecoded
from gta_head_tools.repeated_keys import refuse_repeated_keys

_TOP = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ANYTHING: msgspec.json.Decoder[Any] = msgspec.json.Decoder()
_LISTS = usual_spellings(("images", "annotations", "categories"))
_IMAGE_KEYS = usual_spellings(ImageRecord.__struct_fields__)
_CATEGORY_KEYS = usual_spellings(CategoryRecord.__struct_fields__)
_OTHER_NAMES = ("path", "coco_url", "name", "image", "file")
"""Keys of an image that may name its picture where there is no `file_name`, the first that is there."""
_ANNOTATIONS = re.compile(rb'"annotations"\s*:\s*')
_CATEGORY = re.compile(rb'"category_?id"\s*:\s*("(?:[^"\\]|\\.)*"|[-+.\w]+)', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class OpenedFile:
    """A file of which all but the annotations is decoded.

    Attributes:
        path: of the file.
        images: as records.
        image_keys: all keys of each image.
        image_ids: ids of the images.
        category_ids: ids of the categories.
        annotations: what stands between the brackets of their list, None = they are no list.
        keys: the other top-level keys.
        notes: what is worth telling.
        defects: what checks tell.
    """

    path: Path
    images: list[ImageRecord]
    image_keys: list[dict[str, Any]]
    image_ids: Ids
    category_ids: Ids
    annotations: ListText | None
    keys: dict[str, Any]
    notes: tuple[str, ...]
    defects: tuple[LabelDefect, ...]

    @property
    def categories(self) -> list[tuple[int, str]]:
        """Id and name of each category."""
        return [(category["id"], category["name"]) for category in self.keys["categories"]]

    @property
    def stored_heads(self) -> list[tuple[int, str]]:
        """The categories that the file itself says are heads."""
        ids = self.keys.get(HEADS_KEY)
        return [category for category in self.categories if isinstance(ids, list) and category[0] in ids]


def open_file(path: Path, *, whole: bool = False) -> OpenedFile:
    """A file with all but its annotations decoded.

    Args:
        path: of the file.
        whole: hold all its text; else the annotations of a large file stay in it, and errors in them may be told
            otherwise than those of a file that is held.

    Raises:
        DataFormatError: it is no COCO file, or a record in it is not what it should be.
    """
    apart = None if whole else without_long_list(path, "annotations")
    text, long_list = apart or (read_unpacked(path), None)
    if text[:64].lstrip()[:1] == b"[":
        raise DataFormatError(path, "a list, as of results: expected an object with images, annotations and categories")
    read: dict[str, msgspec.Raw] = decode_unchecked(path, text, _TOP)
    top = with_usual_keys(read, _LISTS)
    if "images" not in top:
        raise DataFormatError(path, "no 'images', which every COCO file has; make the file again", record="images")
    notes: list[str] = []
    written = memoryview(top.pop("annotations", b"null"))
    refuse_repeated_keys(path, _without(text, written))
    if bytes(written[:4]) == b"null":
        written = memoryview(b"[]")
        notes.append(f"{path.name} has no annotations: its images are taken for images without heads")
    held = HeldText(written[1:-1]) if bytes(written[:1]) == b"[" else None
    keys = {key: decode_text(path, bytes(value), _ANYTHING, record=key) for key, value in top.items()}
    images = _usual(path, "images", keys.pop("images"), _IMAGE_KEYS, _usual_image, notes)
    if long_list and not keys.get("categories"):
        return open_file(path, whole=True)  # The annotations tell the categories.
    used = keys.get("categories") or _categories_used(written)
    categories = _usual(path, "categories", used, _CATEGORY_KEYS, _usual_category, notes)
    defects: list[LabelDefect] = []
    images, image_ids = _numbered(path, "images", images, notes, defects)
    keys["categories"], category_ids = _numbered(path, "categories", categories, notes, defects)
    records = convert(path, images, list[ImageRecord], record="images")
    convert(path, keys["categories"], list[CategoryRecord], record="categories")
    return OpenedFile(
        path, records, images, image_ids, category_ids, long_list or held, keys, tuple(notes), tuple(defects)
    )


def _without(text: bytes, annotations: memoryview) -> bytes:
    """The text of a file without its annotations, whose keys are compared as they are read, or all of it."""
    for key in _ANNOTATIONS.finditer(text):
        if memoryview(text)[key.end() : key.end() + len(annotations)] == annotations:
            return text[: key.end()] + b"[]" + text[key.end() + len(annotations) :]
    return text


def _repeated(path: Path, record: str, number: object, told: str) -> LabelDefect:
    message = f"{record} {told}"
    return LabelDefect(check="repeated-id", file=path, record=f"{record}.id", value=str(number), message=message)


def _usual(
    path: Path,
    name: str,
    found: Any,
    spellings: Mapping[str, str],
    change: Callable[[dict[str, Any]], str | None],
    notes: list[str],
) -> list[dict[str, Any]]:
    """The records of a list with keys and values as COCO has them; `change` tells the key that it took for a name."""
    records = [with_usual_keys(one, spellings) for one in convert(path, found, list[dict[str, Any]], record=name)]
    instead = [key for key in map(change, records) if key is not None]
    if instead:
        notes.append(f"{path.name}: {len(instead)} {name} have no name; they go by their {instead[0]!r}")
    return records


def _usual_image(image: dict[str, Any]) -> str | None:
    for key in ("width", "height", "frame"):
        if (number := whole(image.get(key))) is not None:
            image[key] = number
    if image.get("file_name") is not None:
        return None
    for key in _OTHER_NAMES:
        if isinstance(image.get(key), str):
            image["file_name"] = last_part(image[key]) if key == "coco_url" else image[key]
            return key
    return None


def _usual_category(category: dict[str, Any]) -> str | None:
    name = category.get("name")
    if not isinstance(name, str):
        category["name"] = str(category.get("id") if name is None else name)
    return "id" if name is None else None


def _categories_used(annotations: memoryview) -> list[dict[str, Any]]:
    """Categories for a file that lists none: an id of its annotations is the name, `head` where they have none."""
    used = dict.fromkeys(match[1] for match in _CATEGORY.finditer(annotations))
    ids = [written for written in map(undecoded, used) if written is not None]
    return [{"id": written, "name": str(written)} for written in ids] or [{"id": 1, "name": "head"}]


def _numbered(
    path: Path, name: str, records: Sequence[dict[str, Any]], notes: list[str], defects: list[LabelDefect]
) -> tuple[list[dict[str, Any]], Ids]:
    """The records with ids that are different whole numbers; one that is there twice is left out the second time."""
    named = "file_name" if name == "images" else "name"
    once: dict[object, dict[str, Any]] = {}
    places: list[int] = []
    for place, record in enumerate(records):
        known = record.get("id") is not None
        if once.setdefault((repr(record["id"]), str(record.get(named))) if known else place, record) is record:
            places.append(place)
        else:
            defects.append(_repeated(path, f"{name}[{place}]", record["id"], "is listed before, with the same id"))
    if len(once) < len(records):
        notes.append(f"{path.name}: {len(records) - len(once)} {name} are listed twice; the second time is left out")
    kept = list(once.values())
    written = [record.get("id") for record in kept]
    ids = read_ids(written, path, name)
    for number, (first, second) in ids.shared.items():
        told = f"has the id of {name}[{places[first]}], which is another one"
        defects.append(_repeated(path, f"{name}[{places[second]}]", number, told))
    changed = [pair for pair in zip(written, ids.numbers, strict=True) if whole(pair[0]) != pair[1]]
    if changed:
        told = f"{changed[0][0]!r} is {changed[0][1]}" if changed[0][0] is not None else "some have none"
        notes.append(f"{path.name}: ids of {len(changed)} {name} are no whole numbers of their own; numbered ({told})")
    return [{**record, "id": number} for record, number in zip(kept, ids.numbers, strict=True)], ids
