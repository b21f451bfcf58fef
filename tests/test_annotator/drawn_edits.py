"""Edits as a user makes them, for tests of what keeps them: by number, so that any process makes the same ones."""

from __future__ import annotations

from collections.abc import Callable

from gta_head_tools.anchors import drawings, drawn_boxes, head_edits
from gta_head_tools.anchors.anchors import AnchorSet, Pair
from gta_head_tools.anchors.drawn_boxes import Ref

PLACES: tuple[Pair, ...] = tuple((100.0 + 57.25 * number, 200.0 + 31.5 * number) for number in range(12))


def edit(drawn: AnchorSet, number: int) -> AnchorSet:
    """The drawings with one edit more; which one depends on `number` and on what is there."""
    place, name = PLACES[number % len(PLACES)], "1000"
    x, y = place
    box = (x - 10.5, y - 12.0, x + 10.5, y + 12.0)
    added = drawn.heads[name].added if name in drawn.heads else ()
    made: dict[int, Callable[[], AnchorSet]] = {
        0: lambda: drawn_boxes.add_anchor(drawn, name, place, box),
        1: lambda: drawn_boxes.add_pin(drawn, name, place, box),
        2: lambda: drawings.add_zone(drawn, [(0.0, 0.0), (x, 0.0), place]),
        3: lambda: drawings.set_horizon(drawn, None if drawn.horizon else ((0.0, y), (1920.0, y + 1))),
        4: lambda: drawings.set_reviewed(drawn, [name], name not in drawn.reviewed),
    }
    if drawn.anchors:
        made[5] = lambda: drawings.move(drawn, [Ref("anchor", number % len(drawn.anchors))], (0.5, -1 / 3))
    if drawn.zones:
        made[6] = lambda: drawings.remove(drawn, [Ref("zone")])
    if drawn.pins:
        made[7] = lambda: drawings.remove(drawn, [Ref("pin", number % len(drawn.pins))])
    if added:
        made[8] = lambda: head_edits.move_head(drawn, name, added[0], (added[0][0] + 0.25, added[0][1]))
        made[9] = lambda: head_edits.set_head_ignore(drawn, name, added[-1])
    return made.get(number % 11, lambda: head_edits.add_head(drawn, name, (x + number, y)))()
