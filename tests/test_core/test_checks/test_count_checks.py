"""Figures of public data sets: what is missing is told by split, and nothing is told of a whole copy."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.checks.count_checks import check_known_set
from gta_head_tools.checks.finding import Overview, Published, Seen
from gta_head_tools.dataset import in_memory

KNOWN = Published(
    title="Set",
    address="https://set",
    images=3,
    heads=9,
    split_images={"train": 2, "test": 1},
    split_heads={"test": 4},
    hidden=frozenset(),
    paths=frozenset("abcd"),
)
HIDDEN = replace(KNOWN, hidden=frozenset({"test"}), split_heads={"train": 5})
WHOLE = {"a": ("train", 3), "b": ("train", 2), "c": ("test", 4)}


def told(known: Published, images: dict[str, tuple[str | None, int]]) -> list[str]:
    seen = [Seen(ImageInfo(path, split=split), heads) for path, (split, heads) in images.items()]
    dataset = in_memory((ImageAnnotations(image.info) for image in seen), Path("/nowhere"))
    return [found.value for found in check_known_set(Overview("voc", dataset, seen, published=[known]))]


@pytest.mark.parametrize(
    ("known", "images", "value"),
    [
        (KNOWN, WHOLE, []),
        (KNOWN, {path: (None, heads) for path, (_, heads) in WHOLE.items()}, []),
        (KNOWN, WHOLE | {"a": ("train", 4)}, ["10 heads, published: 9"]),
        (KNOWN, {"c": ("test", 4)}, ["1 of 3 images (train 0 of 2, test 1 of 1)"]),
        (KNOWN, {"c": ("test", 5)}, ["1 of 3 images (train 0 of 2, test 1 of 1); 5 heads in test, published: 4"]),
        (KNOWN, WHOLE | {"d": ("test", 0)}, ["4 of 3 images (train 2 of 2, test 2 of 1)"]),
        (KNOWN, {"a": (None, 3)}, ["1 of 3 images"]),
        (KNOWN, WHOLE | {"other": ("test", 7)}, []),
        (HIDDEN, {"a": ("train", 3), "b": ("train", 2)}, []),
        (HIDDEN, {"a": (None, 3), "b": (None, 9)}, []),
        (HIDDEN, {"a": ("train", 3)}, ["1 of 3 images (train 1 of 2)"]),
        (HIDDEN, {"a": ("train", 3), "b": ("train", 3)}, ["6 heads in train, published: 5"]),
        (replace(KNOWN, images=None, heads=None, split_images={}, split_heads={}), WHOLE, []),
    ],
)
def test_what_is_missing_is_told(known: Published, images: dict[str, tuple[str | None, int]], value: list[str]) -> None:
    assert told(known, images) == value
