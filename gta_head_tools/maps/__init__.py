"""Dense maps from gta_head_tools.maps.components import Components, components
from gta_head_tools.maps.density import density_map
from gta_head_tools.maps.instance_masks import InstanceMask, box_mask, merged_heads, point_mask
from gta_head_tools.maps.peaks import density_points
from gta_head_tools.maps.sigmas import adaptive_sigmas, box_sigmas

__all__ = [
    "Components",
    "InstanceMask",
    "adaptive_sigmas",
    "box_mask",
    "box_sigmas",
    "components",
    "density_map",
    "density_points",
    "merged_heads",
    "point_mask",
]
