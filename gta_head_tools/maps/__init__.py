"""Dense maps from gta_head_tools.maps.components import Components, components
from gta_head_tools.maps.instance_masks import InstanceMask, box_mask, merged_heads, point_mask

__all__ = [
    "Components",
    "InstanceMask",
    "box_mask",
    "components",
    "merged_heads",
    "point_mask",
]
