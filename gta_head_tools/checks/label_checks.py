"""Checks of label files: what reading makes up for, and what therefore cannot be seen in the heads."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from gta_head_tools.checks.finding import Check, DatasetCheck, Finding, Overview, below_root


def told_as(check: str) -> Callable[[Overview], Iterator[Finding]]:
    """A generator of the defects of label files that reading told as those of this check."""

    def find(overview: Overview) -> Iterator[Finding]:
        for defect in overview.dataset.defects:
            if defect.check == check:
                file = defect.file
                shown = file if isinstance(file, str) else below_root(file, overview.dataset.root)
                yield Finding(shown, defect.record, defect.value, defect.message, line=defect.line)

    return find


AREA: DatasetCheck = Check(
    find=told_as("area-wrong"),
    severity="warning",
    means="Scores by size (AP of small, medium and large heads) and of keypoints use the area, not the box.",
    fix="Write width times height of the box, or the area of the outline, as `area` of each annotation.",
)
ORPHAN_ANNOTATION: DatasetCheck = Check(
    find=told_as("orphan-annotation"),
    severity="error",
    means="These heads belong to nothing, and every program but this check stops at the first of them or loses them.",
    fix="Add the missing image or category to the file, or remove the annotations.",
)
REPEATED_ID: DatasetCheck = Check(
    find=told_as("repeated-id"),
    severity="warning",
    means="Programs that look records up by their id keep one of them, so that heads or images are lost silently.",
    fix="Give every record an id of its own; `ghtools convert --to coco` numbers repeated annotations anew.",
)
ID_BELOW_ONE: DatasetCheck = Check(
    find=told_as("id-below-one"),
    severity="warning",
    means="Scoring takes a head of id 0 for one without a match, and many trainers take category 0 for the background.",
    fix="Number records from 1 in whole numbers; `ghtools convert --to coco` gives such annotations new ids.",
)
MIXED_CATEGORIES: DatasetCheck = Check(
    find=told_as("mixed-categories"),
    severity="warning",
    means="No category is called head, so that the labels of all categories, whatever they show, are counted as heads.",
    fix="Add `-i category=NAME` with the category that is heads, or several names joined by commas.",
)
CATEGORY_NAME: DatasetCheck = Check(
    find=told_as("category-name"),
    severity="info",
    means="Boxes of whole persons are no boxes of heads, and labels that are left out are not counted.",
    fix="Add `-i category=NAME` with the names of the categories that are heads to say what is meant.",
)
CLASS_GAP: DatasetCheck = Check(
    find=told_as("class-gap"),
    severity="warning",
    means="Trainers of YOLO number classes from 0 without gaps, and stop or learn a wrong class where names do not.",
    fix="Number the classes 0, 1, 2, ... in the label files, and give each number one name and `nc` their number.",
)
COUNT_DECLARED: DatasetCheck = Check(
    find=told_as("count-declared"),
    severity="warning",
    means="The label files say two numbers of heads for one image, so that one of them is out of date.",
    fix="Look at the picture, and correct the number or the heads.",
)
UNLABELLED: DatasetCheck = Check(
    find=told_as("picture-without-labels"),
    severity="warning",
    means="The picture is not in the data set: it is neither trained on nor scored.",
    fix="Label it, move it away, or, if it shows no heads, give it an empty label file.",
)
TAKEN_EMPTY: DatasetCheck = Check(
    find=told_as("picture-taken-empty"),
    severity="info",
    means="A picture without a label file counts as one without heads, whether it shows none or was forgotten.",
    fix="Give pictures without heads an empty label file, and label the others.",
)
TWO_SPLITS: DatasetCheck = Check(
    find=told_as("picture-in-two-splits"),
    severity="warning",
    means="Scores are of pictures that were trained on; reading takes the first of train, val and test.",
    fix="Remove such pictures from one of the two lists or folders.",
)
ORPHAN: DatasetCheck = Check(
    find=told_as("orphan-label"),
    severity="warning",
    means="What these records say is lost, because nothing that they belong to is there.",
    fix="Bring the missing file, correct the name, or remove the record.",
)
