from __future__ import annotations

from converters.files.labels.scene_names import group_scenes
from gta_head_tools.annotations import ImageInfo


def test_scenes_by_image_keep_names_with_dots_apart() -> None:
    infos = [ImageInfo(path) for path in ("cam_12.30", "cam_12.45", "x/a.b.jpg", "x/a.c.jpg")]
    scenes = group_scenes(infos, "image", name="set")
    assert [scene.name for scene in scenes] == ["cam_12.30", "cam_12.45", "x_a.b", "x_a.c"]
