"""COCO records as other programs write them, made into records as COCO defines them.

Only what has one meaning is taken: `"1"` and `1.0` for 1, null or `"true"` for a flag, `imageId` for `image_id`, and
the box of an outline or mask where there is no `bbox`. This is slow, and done where proper records were expected and
not found.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from converters.files.labels.categories import means_heads
from converters.formats.coco.coco_ids import Ids, reference, whole
from converters.formats.coco.coco_masks import box_of
from converters.formats.coco.coco_records import HeadRecord
from gta_head_tools.errors import DataFormatError
from gta_head_tools.json_words import shown

Value = TypeVar("Value")

_NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?\s*", re.IGNORECASE)
_FLAGS = {"0": 0, "1": 1, "false": 0, "true": 1, "no": 0, "yes": 1, "": 0}
_WHOLE_KEYS = ("track_id", "num_keypoints")
_NUMBER_KEYS = ("bbox", "area", "point", "keypoints", "visibility", "score")


@lru_cache(maxsize=10_000)
def _plain(key: str) -> str:
    return re.sub(r"[-_\s]", "", key).lower()


def usual_spellings(keys: Iterable[str]) -> dict[str, str]:
    """Keys as COCO spells them, by their small letters alone: `imageid` for `image_id`."""
    return {_plain(key): key for key in keys}


_SPELT = usual_spellings(HeadRecord.__struct_fields__)


def spelt_otherwise(key: str) -> bool:
    """True for another spelling of a key of an annotation: `isCrowd`, `Ignore`, `image-id`."""
    return _SPELT.get(_plain(key), key) != key


def with_usual_keys(record: Mapping[str, Value], known: Mapping[str, str] = _SPELT) -> dict[str, Value]:
    """The record with its keys as COCO spells them (`usual_spellings`), where that spelling is not there as well."""
    usual = {key: known.get(_plain(key), key) for key in record}
    times = Counter(usual.values())
    return {usual[key] if times[usual[key]] == 1 else key: value for key, value in record.items()}


def number(value: Any) -> Any:
    """A number that is written as a text, and numbers in a list; everything else as it is."""
    if isinstance(value, list):
        return [number(one) for one in value]
    return float(value) if isinstance(value, str) and _NUMBER.fullmatch(value) else value


@dataclass(slots=True)
class Spellings:
    """Makes annotations of a file into records as COCO defines them, and counts what a user has to know.

    Attributes:
        path: of the file.
        images: ids of its images.
        categories: ids of its categories.
        names: name of a category to its id, where no other has it.
        keypoints: id of a category to the place of the head among its keypoints.
        outlined: annotations whose box is that of their outline or mask.
    """

    path: Path
    images: Ids
    categories: Ids
    names: Mapping[str, int]
    keypoints: Mapping[int, int]
    outlined: int = 0

    @classmethod
    def of(cls, path: Path, images: Ids, categories: Ids, records: Sequence[Mapping[str, Any]]) -> Spellings:
        """For the annotations of a file with these categories."""
        times = Counter(record["name"] for record in records)
        names = {record["name"]: record["id"] for record in records if times[record["name"]] == 1}
        heads = {record["id"]: head_keypoint(record) for record in records}
        return cls(path, images, categories, names, {key: at for key, at in heads.items() if at is not None})

    @property
    def needed(self) -> bool:
        """True when ids have to be looked up, so that even proper annotations are read this way."""
        return not (self.images.plain and self.categories.plain)

    def annotation(self, record: Any, place: int) -> Any:
        """The annotation with the number `place`; what is no object is left to the decoder.

        Raises:
            DataFormatError: a reference or flag that has no meaning, or neither box nor outline.
        """
        if not isinstance(record, dict):
            return record
        usual = with_usual_keys(record) if any(map(spelt_otherwise, record)) else dict(record)
        for key in ("iscrowd", "ignore"):
            if key in usual:
                usual[key] = self._flag(usual[key], place, key)
        if "box_known" in usual:
            usual["box_known"] = bool(self._flag(usual["box_known"], place, "box_known"))
        for key in _NUMBER_KEYS:
            if key in usual:
                usual[key] = number(usual[key])
        for key in _WHOLE_KEYS:
            usual[key] = value if (value := whole(usual.get(key))) is not None else usual.get(key)
        usual["id"] = self._own_id(usual.get("id"), place)
        usual["image_id"] = self._reference(usual, place, "image_id", self.images, "images")
        usual["category_id"] = self._reference(usual, place, "category_id", self.categories, "categories")
        if usual["track_id"] is None:
            usual["track_id"] = -1
        if not usual.get("bbox"):
            usual |= self._place(usual, place)
        return usual

    def _flag(self, value: Any, place: int, key: str) -> int:
        known = (
            _FLAGS.get(value.strip().lower())
            if isinstance(value, str)
            else whole(int(value) if isinstance(value, bool) else value or 0)
        )
        if known not in {0, 1}:
            raise self._error(place, key, f"found {shown(value)}, expected 0 or 1")
        return known

    def _own_id(self, written: Any, place: int) -> int:
        """The id of the annotation; -1 where it has none that is a number that fits a column."""
        found = whole(written)
        if found is None and written is not None and not isinstance(written, str):
            raise self._error(place, "id", f"found {shown(written)}, expected a whole number")
        return found if found is not None and 0 < found < 2**62 else -1

    def _reference(self, record: Mapping[str, Any], place: int, key: str, ids: Ids, where: str) -> int:
        written = record.get(key)
        if written is None and where == "categories" and len(ids.numbers) == 1:
            return ids.numbers[0]
        if written is None:
            raise self._error(place, None if key not in record else key, f"has no {key!r}")
        found = reference(written, ids)
        if found is None and where == "categories":
            found = self.names.get(written) if isinstance(written, str) else None
        if found is not None and found in ids.shared:
            one, other = (f"{where}[{at}]" for at in ids.shared[found])
            raise self._error(place, key, f"{_id(written)} is the id of {one} and of {other}; give each its own")
        if found is None:
            raise self._error(
                place, key, f"nothing in {where} has the id {_id(written)}; add it, or remove the annotation"
            )
        return found

    def _place(self, record: Mapping[str, Any], place: int) -> dict[str, Any]:
        """The box of an outline or mask; without them the point of the head among the keypoints."""
        try:
            box = box_of(record.get("segmentation"))
        except ValueError as error:
            raise self._error(place, "segmentation", str(error)) from error
        if box is not None:
            self.outlined += 1
            return {"bbox": box}
        keypoints, head = record.get("keypoints"), self.keypoints.get(record["category_id"])
        if isinstance(keypoints, list) and head is not None:
            triple = keypoints[3 * head : 3 * head + 3]
            if len(triple) == 3 and triple[2]:
                x, y = triple[:2]
                return {"bbox": [x - 0.5, y - 0.5, 1, 1], "point": [x, y], "box_known": False}
        if not any(record.get(key) for key in ("bbox", "segmentation", "keypoints")):
            raise self._error(place, None, "has no 'bbox', and no outline or mask to take its place")
        raise self._error(place, None, "has no 'bbox', and its mask is empty or no keypoint of a head is seen")

    def _error(self, place: int, key: str | None, problem: str) -> DataFormatError:
        record = f"annotations[{place}]" + (f".{key}" if key else "")
        remedy = "" if ";" in problem else "; correct it, or remove the annotation"
        return DataFormatError(self.path, f"{problem}{remedy}", record=record)


def _id(written: Any) -> str:
    return repr(written) if isinstance(written, str) else shown(written)


def head_keypoint(category: Mapping[str, Any]) -> int | None:
    """The place of the head among the keypoints of a category; None = they have no head."""
    names = category.get("keypoints")
    if not isinstance(names, list):
        return None
    return next((place for place, name in enumerate(names) if isinstance(name, str) and means_heads(name)), None)
