"""UCF_CC_50: fifty pictures of dense crowds, one point per head; reading only.

```
1.jpg   1_ann.mat         annPoints: N x 2, x y                           grey pictures, numbers 1 to 50
```

Source: Idrees, Saleemi, Seibert, Shah, "Multi-source multi-scale counting in extremely dense crowd images", CVPR 2013;
`gjy3035/C-3-Framework`, `datasets/UCF50`. Published code trains on five folds; the set itself has no split. Also read:
one file of points, and files of any MATLAB version. Names that are not numbers are those of `ucf_qnrf`.

Points are MATLAB plot coordinates, see `matlab`; `-i shift=-0.5` moves them to pixel edges.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

from converters.files.labels.ann_points import END, ann_files, ann_labels, are_numbered, read_ann
from converters.files.labels.label_folder import from_each_file
from converters.files.labels.scene_names import SPLITS
from converters.formats.format import Format
from converters.formats.options import PointOptions
from gta_head_tools.dataset import Dataset
from gta_head_tools.errors import DatasetLayoutError
from gta_head_tools.files import own_name


def detect(path: Path) -> bool:
    """True for `NUMBER_ann.mat`, and for a folder where all `*_ann.mat` are so; not for those of UCF-QNRF's splits."""
    home = path.absolute().parent if path.is_file() else path
    return are_numbered(ann_files(path)) and own_name(home).lower() not in SPLITS


def read(path: Path, options: PointOptions) -> Dataset:
    """The data set at `path`; points are read when it is iterated.

    Raises:
        DatasetLayoutError: no points there.
        DataFormatError: when iterated: a file is damaged or holds what it should not.
    """
    root = path.parent if path.is_file() else path
    labels = ann_labels(root, path)
    if not labels:
        raise DatasetLayoutError(path, f"no points found, expected NUMBER{END}; check the folder")
    return from_each_file(path, root, labels, partial(read_ann, options.shift), scenes=options.scenes)


FORMAT = Format(
    holds=frozenset({"points"}),
    read=read,
    options=PointOptions,
    detect=detect,
)
