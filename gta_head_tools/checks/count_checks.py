"""Checks that compare numbers of images and heads with those that are published."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from gta_head_tools.checks.finding import Check, DatasetCheck, Finding, Overview, Published

CROWD = 10
"""Heads that a model must be sure to see; in rendered pictures without people it sees up to six."""


def check_known_set(overview: Overview) -> Iterator[Finding]:
    """Public data sets of which images are missing, or in which another number of heads is than published."""
    for known in overview.published:
        seen = [image for image in overview.images if image.info.path in known.paths]
        images = Counter(image.info.split for image in seen)
        heads: Counter[str | None] = Counter()
        for image in seen:
            heads[image.info.split] += image.heads
        told = [*_of_images(known, images), *_of_heads(known, images, heads)]
        if told:
            message = (
                f"named like this public data set, and differs from what is published; official copy: {known.address}"
            )
            yield Finding("", known.title, "; ".join(told), message)


def check_crowded(overview: Overview) -> Iterator[Finding]:
    """Images without heads in which a model sees many."""
    for path, heads in overview.seen_heads.items():
        if heads >= CROWD:
            told = "the image has no heads, and the model that ships with ghtools sees a crowd in it"
            yield Finding(path, "", f"{heads} heads seen", told, weight=float(heads))


def _of_images(known: Published, images: Mapping[str | None, int]) -> Iterator[str]:
    """How many of the published images are there, where that is not all."""
    expected = _expected(known, images)
    total = sum(images.values())
    apart = images.keys() <= expected.keys()
    whole = all(images.get(split, 0) == count for split, count in expected.items()) if apart else False
    totals = {known.images, sum(expected.values())} if expected else {known.images}
    if known.images is None or whole or (not apart and total in totals):
        return
    parts = [f"{split} {images.get(split, 0):,} of {count:,}" for split, count in expected.items()] if apart else []
    yield " ".join([f"{total:,} of {known.images:,} images", *[f"({', '.join(parts)})"] * bool(parts)])


def _of_heads(known: Published, images: Mapping[str | None, int], heads: Mapping[str | None, int]) -> Iterator[str]:
    """How many heads are there, where all images are there and the heads are not as many as published."""
    total, count = sum(heads.values()), sum(images.values())
    if not known.hidden and known.heads is not None and count == known.images and total != known.heads:
        yield f"{total:,} heads, published: {known.heads:,}"
        return
    for split, published in known.split_heads.items():
        if images.get(split) == known.split_images.get(split) and heads.get(split, 0) != published:
            yield f"{heads.get(split, 0):,} heads in {split}, published: {published:,}"


def _expected(known: Published, images: Mapping[str | None, int]) -> dict[str, int]:
    """Number of images of each split; splits whose heads are not public are left out unless some images are of them."""
    return {
        split: count for split, count in known.split_images.items() if split not in known.hidden or images.get(split)
    }


CROWDED: DatasetCheck = Check(
    find=check_crowded,
    severity="warning",
    means="Labels that are missing teach a network that a crowd is background.",
    fix="Look at the picture: if there are people, label it or leave it out; if there are none, nothing is to do.",
)
KNOWN_SET: DatasetCheck = Check(
    find=check_known_set,
    severity="info",
    means="Scores on a part of a public data set, or on changed heads, cannot be compared with published scores.",
    fix="Bring what is missing from the official copy, or say in reports which part was used.",
)
