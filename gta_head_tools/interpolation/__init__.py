"""Head sizes of a whole scene from a few boxes drawn by hand.

`rules.fit_sizes` turns anchors and what is known of a scene (`size_model.SceneView`) into a `SizeModel`;
`zones.fit_zones` does so per zone; `diagnosis.diagnose` estimates how good it is, `suggestions.suggest_anchors` which
head to box next. `scene_input.gather_scene` and `scene_boxes.fit_scene` join them to the annotations of a scene.
"""
