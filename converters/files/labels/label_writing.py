"""Writing a label file for each picture, with the picture beside it or in a folder of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path, PurePosixPath

from converters.files.pictures.picture_paths import check_distinct, each_image, in_groups, kept_paths
from converters.files.pictures.pictures import ImageMode, place_picture
from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.dataset import Dataset
from gta_head_tools.errors import DatasetLayoutError
from gta_head_tools.files import is_our_name, without_picture_suffix
from gta_head_tools.whole_files import write_bytes

Place = Callable[[ImageInfo, str], tuple[str, str]]
"""Of an image and its name (a relative path with the suffix of its picture): where its label file and its picture go,
both relative to the target."""
Content = Callable[[ImageAnnotations, str], bytes]
"""Of an image and the place of its picture, relative to the target: what its label file holds."""
Contents = Callable[[Sequence[tuple[ImageAnnotations, str]]], Sequence[bytes]]
"""`Content` of some images, each with the place of its picture."""


def write_each(
    dataset: Dataset,
    target: Path,
    images: ImageMode,
    place: Place,
    content: Content,
    *,
    names: Sequence[Sequence[str]] | None = None,
) -> None:
    """Write a label file for each picture, and the pictures; a few images are held at a time.

    Args:
        dataset: what to write.
        target: folder.
        images: what happens to pictures.
        place: where the files of an image go; called for all images before anything is written.
        content: what the label file of an image holds.
        names: of the pictures, scene by scene; None = `kept_paths`.

    Raises:
        DatasetLayoutError: two images would be written to one file, a file has a name that readers pass over, a picture
            is missing, or the target cannot be written.
        DataFormatError: a name leaves the target, or `content` refuses a value.
    """
    write_together(dataset, target, images, place, partial(_one_by_one, content), names=names)


def _one_by_one(content: Content, group: Sequence[tuple[ImageAnnotations, str]]) -> list[bytes]:
    return [content(image, picture) for image, picture in group]


def write_together(
    dataset: Dataset,
    target: Path,
    images: ImageMode,
    place: Place,
    contents: Contents,
    *,
    names: Sequence[Sequence[str]] | None = None,
) -> None:
    """`write_each` with the label files of some images made at once, which is faster where they hold many numbers."""
    pairs = [
        [place(info, name) for info, name in zip(scene.images, part, strict=True)]
        for scene, part in zip(dataset.scenes, kept_paths(dataset) if names is None else names, strict=True)
    ]
    check_distinct([[label for label, _ in part] for part in pairs], path=dataset.source)
    for label in (label for part in pairs for label, _ in part):
        ours = next((name for name in PurePosixPath(label).parts if is_our_name(name)), None)
        if ours is not None:
            problem = f"readers would pass over {label!r}, because of the name {ours!r}; rename it in the source"
            raise DatasetLayoutError(dataset.source, problem)
    check_distinct([[without_picture_suffix(picture) for _, picture in part] for part in pairs], path=dataset.source)
    for group in in_groups(each_image(dataset, pairs)):
        texts = contents([(image, picture) for image, (_, picture) in group])
        for (image, (label, picture)), text in zip(group, texts, strict=True):
            write_bytes(target / label, text)
            if images != "none":
                place_picture(dataset, image.info, target / picture, images)
