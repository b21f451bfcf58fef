"""Dense maps from heads: what crowd methods learn from. Heads and sizes are pixels of the image, maps rows by columns.

Importing this room loads numba; the first call of a map compiles it, once per installation.
"""

from gta_head_tools.maps.attention import attention_map, cross_map
from gta_head_tools.maps.components import Components, components
from gta_head_tools.maps.density import density_map
from gta_head_tools.maps.density_classes import BACKGROUND, crowd_mask, density_classes, fit_class_edges
from gta_head_tools.maps.distance import fidt_map
from gta_head_tools.maps.heat import centernet_heat, mask_focal_heat
from gta_head_tools.maps.instance_masks import InstanceMask, box_mask, merged_heads, point_mask
from gta_head_tools.maps.peaks import density_points
from gta_head_tools.maps.sigmas import adaptive_sigmas, box_sigmas

__all__ = [
    "BACKGROUND",
    "Components",
    "InstanceMask",
    "adaptive_sigmas",
    "attention_map",
    "box_mask",
    "box_sigmas",
    "centernet_heat",
    "components",
    "cross_map",
    "crowd_mask",
    "density_classes",
    "density_map",
    "density_points",
    "fidt_map",
    "fit_class_edges",
    "mask_focal_heat",
    "merged_heads",
    "point_mask",
]
