"""Which frames of a MOT sequence exist, and which rows and pictures are of one frame."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from gta_head_tools.errors import DataFormatError


@dataclass(frozen=True, slots=True)
class Frames:
    """The frames of a sequence.

    Attributes:
        numbers: of those that exist, in order.
        shift: what is added to the frame of a row.
        notes: what is worth telling.
    """

    numbers: tuple[int, ...]
    shift: int = 0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """What says which frames a sequence has.

    Attributes:
        rows: frames of its rows, different ones in order.
        pictures: frames that have a picture, with its name.
        listed: frames that our `frames.csv` lists.
        length: how many `seqinfo.ini` states, None = nothing.
    """

    rows: Sequence[int]
    pictures: Mapping[int, str]
    listed: Collection[int]
    length: int | None


def existing_frames(found: Evidence, first: int | None, error: Callable[[int, str], DataFormatError]) -> Frames:
    """The frames that have a picture, a row, or lie within the stated length; frames count from 0 or from 1.

    Args:
        found: the evidence.
        first: what the rows call the frame of the first picture; None = both have the same numbers.
        error: gives the error for a frame of the rows.

    Raises:
        DataFormatError: a row lies beyond the stated length, or its picture may be that of the frame beside it.
    """
    shift = 0 if first is None else min(found.pictures, default=1) - first
    rows = [frame + shift for frame in found.rows]
    zero = 0 in rows or 0 in found.pictures
    if first is None:
        _check_one_off(rows, found.pictures, error)
    stated = range(0 if zero else 1, (found.length or 0) + (0 if zero else 1))
    known = {*found.pictures, *found.listed, *stated}
    beyond = next((frame for frame in rows if frame < 0 or (found.length is not None and frame not in known)), None)
    if beyond is not None:
        until = "" if found.length is None else f", and the sequence ends at {max(known, default=0)}"
        start = "0" if zero else "1"
        raise error(beyond - shift, f"frame {beyond - shift} does not exist: frames count from {start}{until}")
    there = {*found.pictures, *found.listed, *rows} | (set() if found.listed else set(stated))
    return Frames(tuple(sorted(there)), shift, tuple(_notes(rows, found, asked=first is not None)))


def _check_one_off(
    rows: Sequence[int], pictures: Mapping[int, str], error: Callable[[int, str], DataFormatError]
) -> None:
    """Refuse rows that fit the pictures only when all are moved by a frame."""
    if not rows or not pictures:
        return
    lowest, highest = min(pictures), max(pictures)
    starts = rows[0] == 0 < lowest or (lowest == 0 < rows[0] and rows[-1] == highest + 1)
    apart = len(rows) > 1 and not any(frame in pictures for frame in rows)
    moved = any(all(frame + step in pictures for frame in rows) for step in (-1, 1))
    if starts or (apart and moved):
        first = rows[0]
        raise error(
            first if first < lowest else rows[-1],
            f"rows are of frames {first} to {rows[-1]} and pictures of {lowest} ({pictures[lowest]}) to {highest}, "
            "which is one off; "
            f"-i first_frame={first} takes frame {first} for picture {lowest}, -i first_frame={lowest} takes both as "
            "they are numbered",
        )


def _notes(rows: Sequence[int], found: Evidence, *, asked: bool) -> list[str]:
    notes = []
    if found.pictures and min(found.pictures) == 0 and 0 not in rows and rows and not asked:
        notes.append(
            "pictures count from 0 and no row is of frame 0: rows and pictures of one number belong together; "
            "-i first_frame=1 takes frame 1 for picture 0"
        )
    if not found.pictures and rows and rows[0] == 0:
        notes.append("rows count frames from 0")
    if found.pictures and found.length is None:
        bare = [frame for frame in rows if frame not in found.pictures]
        if bare:
            notes.append(f"{len(bare)} of {len(rows)} frames with rows have no picture (first: frame {bare[0]})")
    if found.pictures and found.length is not None and not found.listed:
        stated = found.length - sum(frame <= found.length for frame in {*rows, *found.pictures})
        if stated > 0:
            notes.append(
                f"{stated} frames have neither picture nor row, but lie within the {found.length} of seqinfo.ini"
            )
    return notes
