"""The protocol `density`: how alike two density maps are, see `map_quality`. It takes density maps only."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gta_head_tools.errors import ConfigError
from gta_head_tools.evaluation.map_quality import WINDOW, MapRow, MapScores, finish_maps, update_maps
from gta_head_tools.evaluation.protocols.protocol import (
    ScoreProtocol,
    ScoreTable,
    counts_table,
    plain_number,
    share,
)
from gta_head_tools.evaluation.protocols.sides import DensityMap, Side, common_size
from gta_head_tools.geometry import cell_side


def _update(predicted: Side, true: Side) -> MapRow:
    found, there = _map_of(predicted, "predictions"), _map_of(true, "truth")
    if found.shape != there.shape:
        shapes = " and ".join(f"{shape[1]} x {shape[0]}" for shape in (found.shape, there.shape))
        raise ConfigError(f"{true.heads.info.path}: density maps of {shapes} cells; write both with the same stride")
    if min(found.shape) < WINDOW:
        raise ConfigError(f"{true.heads.info.path}: a density map below {WINDOW} x {WINDOW} cells has no SSIM")
    size = common_size(predicted, true)
    return update_maps(found, there, stride=1 if size is None else cell_side(there.shape, size))


def _map_of(side: Side, name: str) -> DensityMap:
    if side.density is None:
        raise ConfigError(
            f"{side.heads.info.path}: the {name} hold heads, and the protocol density compares density maps; make them "
            "with `ghtools convert SRC --to density`, or take another protocol"
        )
    return side.density


def _keys(scores: MapScores) -> dict[str, Any]:
    return {key: getattr(scores, key) for key in ("ssim", "psnr", "background_ratio", "convention")}


def _tables(scores: MapScores) -> Iterator[ScoreTable]:
    yield counts_table(scores)
    cells = ("mean", f"{scores.ssim:.4f}", share(scores.psnr, digits=2), share(scores.background_ratio))
    yield ScoreTable(f"Density maps. {scores.convention}", ("", "SSIM", "PSNR", "on background"), [cells])


def _columns(row: MapRow) -> dict[str, object]:
    return {key: plain_number(getattr(row, key)) for key in ("ssim", "psnr", "background_ratio")}


MAP_LIKENESS = ScoreProtocol(
    update=_update,
    finish=finish_maps,
    keys=_keys,
    tables=_tables,
    columns=_columns,
    headline=lambda scores: {"SSIM": f"{scores.ssim:.3f}"},
    batch=32,
)
