"""All protocols by name."""

from __future__ import annotations

from gta_head_tools.evaluation.protocols.coco_boxes import COCO_BOXES
from gta_head_tools.evaluation.protocols.counted_points import COUNTED_POINTS
from gta_head_tools.evaluation.protocols.map_likeness import MAP_LIKENESS
from gta_head_tools.evaluation.protocols.nwpu import NWPU
from gta_head_tools.evaluation.protocols.protocol import ScoreProtocol
from gta_head_tools.evaluation.protocols.raz_points import RAZ_POINTS

PROTOCOLS: dict[str, ScoreProtocol] = {
    "counting": COUNTED_POINTS,
    "nwpu": NWPU,
    "keypoint": RAZ_POINTS,
    "boxes": COCO_BOXES,
    "density": MAP_LIKENESS,
}
