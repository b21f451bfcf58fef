"""Head sizes of a whole scene from a few boxes drawn by hand.

`fit_sizes` turns anchors and what is known of a scene (`SceneView`) into a `SizeModel`; `fit_zones` does so per zone;
`diagnose` estimates how good it is, `suggest_anchors` which head to box next. `scene_boxes` joins them to
the annotations of a scene.
"""

from gta_head_tools.interpolation.diagnosis import Diagnosis, diagnose
from gta_head_tools.interpolation.rules import RULES, find_rule, fit_sizes
from gta_head_tools.interpolation.size_model import Flag, Prediction, SceneView, SizeModel
from gta_head_tools.interpolation.suggestions import Suggestion, suggest_anchors
from gta_head_tools.interpolation.zones import fit_zones

__all__ = [
    "RULES",
    "Diagnosis",
    "Flag",
    "Prediction",
    "SceneView",
    "SizeModel",
    "Suggestion",
    "diagnose",
    "find_rule",
    "fit_sizes",
    "fit_zones",
    "suggest_anchors",
]
