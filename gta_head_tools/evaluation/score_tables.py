"""Scores as others take them: tables for people, keys for programs, columns of one image."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from gta_head_tools.evaluation.average_precision import AT_50, bit
from gta_head_tools.evaluation.counting import CountErrors, CountScores, crowd_level
from gta_head_tools.evaluation.detection import BoxRow, BoxScores
from gta_head_tools.evaluation.distances import DistanceScores
from gta_head_tools.evaluation.keypoints import SIGMAS, KeypointRow, KeypointScores
from gta_head_tools.evaluation.localization import NwpuRow, NwpuScores
from gta_head_tools.evaluation.map_quality import MapRow, MapScores
from gta_head_tools.evaluation.protocols import PointRow, PointScoresByDistance, Row, Scores

CROWDS = ("no heads", "1 to 100", "101 to 500", "501 to 5000", "over 5000")
"""Heads in an image of the crowd levels S0 to S4."""
SIZES = ("up to 10", "10 to 100", "100 to 1,000", "1,000 to 10,000", "10,000 to 100,000", "over 100,000")
"""Area of the box of a head of the levels A0 to A5, square pixels."""


@dataclass(frozen=True, slots=True)
class ScoreTable:
    """A table of scores.

    Attributes:
        title: what it says.
        columns: their names.
        rows: one value a column; the first one names the row.
    """

    title: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[object, ...]]


def counts_of(scores: Scores) -> CountErrors:
    """Errors of the counts, which every protocol has."""
    return scores.counting.counts if isinstance(scores, PointScoresByDistance) else scores.counts


def counts_in(row: Row) -> tuple[float, float]:
    """Predicted and true count of one image."""
    if isinstance(row, KeypointRow):
        return len(row.scores), row.heads
    if isinstance(row, BoxRow):
        return len(row.scores), row.counted
    return row.predicted, row.heads


def score_keys(scores: Scores) -> dict[str, Any]:
    """The scores by the names that programs know: fractions, None where there is nothing to divide by."""
    counts = counts_of(scores)
    keys = _count_keys(counts)
    if isinstance(scores, PointScoresByDistance):
        far, by = scores.distances, scores.counting
        keys["levels"] = {f"S{level}": _count_keys(errors) for level, errors in sorted(by.levels.items())}
        keys["luminances"] = {str(level): _count_keys(errors) for level, errors in sorted(by.luminances.items())}
        apart = len(by.scenes) < counts.images  # Of still pictures, each a scene, they would say nothing more.
        keys["scenes"] = {scene: _count_keys(errors) for scene, errors in by.scenes.items() if apart}
        keys |= {"scene_mae": by.scene_mae, "game": by.game}
        if far is not None:
            keys["distances"] = {key: getattr(far, key) for key in ("precision", "recall", "f1", "area")}
    elif isinstance(scores, NwpuScores | KeypointScores):
        names = ("sigma_l", "sigma_s") if isinstance(scores, NwpuScores) else ("sigma_5", "sigma_20", "sigma_40")
        keys |= {name: asdict(getattr(scores, name)) for name in names}
    elif isinstance(scores, MapScores):
        keys |= {key: getattr(scores, key) for key in ("ssim", "psnr", "background_ratio", "convention")}
    else:
        whole = scores.areas["all"]
        keys |= {key: getattr(whole, key) for key in ("ap", "ap50", "ap75", "ar")}
        keys["areas"] = {name: asdict(area) for name, area in scores.areas.items()}
    return keys


def _count_keys(errors: CountErrors) -> dict[str, Any]:
    return {**asdict(errors), "heads": _number(errors.heads)}


def score_tables(scores: Scores) -> Iterator[ScoreTable]:
    """The scores as tables for people."""
    if isinstance(scores, PointScoresByDistance):
        yield from _counting(scores.counting)
        if scores.distances is not None:
            yield _distances(scores.distances)
        return
    yield ScoreTable("Counts", _COUNTS, [("all", *_errors(scores.counts))])
    if isinstance(scores, NwpuScores):
        yield from _nwpu(scores)
    elif isinstance(scores, KeypointScores):
        yield _keypoint(scores)
    elif isinstance(scores, MapScores):
        yield _maps(scores)
    else:
        yield _boxes(scores)


def curve_table(curve: Mapping[float, Scores]) -> ScoreTable:
    """Scores by the threshold from which predictions count."""
    rows = []
    columns: tuple[str, ...] = ("score from", "MAE", "RMSE")
    for threshold, scores in curve.items():
        counts = counts_of(scores)
        row = [f"{threshold:.2f}", f"{counts.mae:.3f}", f"{counts.rmse:.3f}"]
        if isinstance(scores, NwpuScores):
            columns = (*columns[:3], "precision", "recall", "F1", "precision (small)", "recall (small)", "F1 (small)")
            row += [
                _share(getattr(s, k)) for s in (scores.sigma_l, scores.sigma_s) for k in ("precision", "recall", "f1")
            ]
        rows.append(tuple(row))
    return ScoreTable("By the score from which a prediction counts", columns, rows)


def image_columns(row: Row) -> dict[str, object]:
    """What is said of one image, by name of the column."""
    predicted, heads = counts_in(row)
    told: dict[str, object] = {"predicted": _number(predicted), "heads": _number(heads)}
    told["error"] = _number(predicted - heads)
    if isinstance(row, PointRow):
        told["level"] = f"S{crowd_level(heads)}"
        for level, error in enumerate(row.counted.game or (None,) * 4):
            told[f"game_{level}"] = _or_blank(error)
    elif isinstance(row, NwpuRow):
        for name in ("sigma_l", "sigma_s"):
            hits = getattr(row, name)
            told |= {f"{key}_{name}": getattr(hits, key) for key in ("tp", "fp", "fn")}
    elif isinstance(row, MapRow):
        told |= {key: _or_blank(getattr(row, key)) for key in ("ssim", "psnr", "background_ratio")}
    else:
        told |= _hits_at_half(row)
    return told


def _hits_at_half(row: KeypointRow | BoxRow) -> dict[str, object]:
    heads = row.heads if isinstance(row, KeypointRow) else row.counted
    names = [f"_sigma_{sigma:g}" for sigma in SIGMAS] if isinstance(row, KeypointRow) else ["_50"]
    told: dict[str, object] = {}
    for place, name in enumerate(names):
        ignored = bit(row.ignored[place], AT_50)
        tp = int((bit(row.hits[place], AT_50) & ~ignored).sum())
        told |= {f"tp{name}": tp, f"fp{name}": int((~ignored).sum()) - tp, f"fn{name}": heads - tp}
    return told


_COUNTS = ("images of", "images", "heads", "MAE", "RMSE", "NAE")


def _errors(errors: CountErrors) -> tuple[object, ...]:
    return f"{errors.images:,}", f"{errors.heads:,.0f}", f"{errors.mae:.3f}", f"{errors.rmse:.3f}", _share(errors.nae)


def _counting(scores: CountScores) -> Iterator[ScoreTable]:
    rows = [("all", *_errors(scores.counts))]
    if len(scores.levels) > 1:
        rows += [(f"S{level}: {CROWDS[level]}", *_errors(errors)) for level, errors in sorted(scores.levels.items())]
    rows += [(f"luminance {level}", *_errors(errors)) for level, errors in sorted(scores.luminances.items())]
    yield ScoreTable("Counts", _COUNTS, rows)
    if 1 < len(scores.scenes) < scores.counts.images:
        by_scene = [(scene, *_errors(errors)) for scene, errors in scores.scenes.items()]
        mean = ("mean of the scenes", "", "", f"{scores.scene_mae:.3f}", "", "")
        yield ScoreTable("Counts by scene", ("scene", *_COUNTS[1:]), [*by_scene, mean])
    if scores.game is not None:
        cells = tuple(f"{4**level} cell{'s' * (level > 0)}" for level in range(4))
        yield ScoreTable("GAME", ("", *cells), [("mean error", *(f"{error:.3f}" for error in scores.game))])


def _distances(scores: DistanceScores) -> ScoreTable:
    numbers = (scores.precision, scores.recall, scores.f1, scores.area)
    columns = ("within", "precision", "recall", "F1", "area")
    return ScoreTable(
        "Places, as UCF-QNRF is judged", columns, [("1 to 100 px, mean", *(f"{number:.4f}" for number in numbers))]
    )


def _nwpu(scores: NwpuScores) -> Iterator[ScoreTable]:
    radii = {"sigma_l (large)": scores.sigma_l, "sigma_s (small)": scores.sigma_s}
    columns = ("radius", "precision", "recall", "F1", "TP", "FP", "FN")
    yield ScoreTable(
        "Places, as NWPU-Crowd is judged",
        columns,
        [
            (name, *(f"{share:.5f}" for share in (s.precision, s.recall, s.f1)), f"{s.tp:,}", f"{s.fp:,}", f"{s.fn:,}")
            for name, s in radii.items()
        ],
    )
    levels = tuple(f"A{level}" for level in range(len(SIZES)))
    by_size = [(name, *map(_share, s.levels), _share(s.level_mean)) for name, s in radii.items()]
    yield ScoreTable(
        "Recall by size: A0 up to 10 square pixels, each next ten times", ("radius", *levels, "mean"), by_size
    )


def _keypoint(scores: KeypointScores) -> ScoreTable:
    radii: Mapping[str, Any] = {"5 px": scores.sigma_5, "20 px": scores.sigma_20, "40 px": scores.sigma_40}
    keys = ("map", "ap50", "ap75", "mar", "ar50", "ar75")
    rows = [(name, *(_share(getattr(s, key)) for key in keys)) for name, s in radii.items()]
    return ScoreTable("Places, as RAZ-Net is judged", ("sigma", "AP", "AP50", "AP75", "AR", "AR50", "AR75"), rows)


def _boxes(scores: BoxScores) -> ScoreTable:
    keys = ("ap", "ap50", "ap75", "ar")
    rows = [
        (name, f"{area.heads:,}", *(_share(getattr(area, key)) for key in keys)) for name, area in scores.areas.items()
    ]
    return ScoreTable(
        "Boxes, as COCO is judged; size is the side of a square of their area",
        ("size", "heads", "AP", "AP50", "AP75", "AR"),
        rows,
    )


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"


def _maps(scores: MapScores) -> ScoreTable:
    psnr = "-" if scores.psnr is None else f"{scores.psnr:.2f}"
    cells = ("mean", f"{scores.ssim:.4f}", psnr, _share(scores.background_ratio))
    return ScoreTable(f"Density maps. {scores.convention}", ("", "SSIM", "PSNR", "on background"), [cells])


def _or_blank(value: float | None) -> object:
    return "" if value is None else _number(value)


def _number(value: float) -> float | int:
    rounded = round(float(value), 6)
    return int(rounded) if rounded.is_integer() else rounded
