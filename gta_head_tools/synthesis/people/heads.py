"""Kinds of heads: a face with its neck, and hair, hats, beards and glasses. All are of nearly the same size."""

from __future__ import annotations

from dataclasses import dataclass

from gta_head_tools.synthesis.people import weaves as m
from gta_head_tools.synthesis.people.hair import COVERS
from gta_head_tools.synthesis.people.shapes import Rows, Solids, cone, ellipsoid, limb, look, solids


@dataclass(frozen=True, slots=True)
class HeadStyle:
    """One head, before it is turned.

    Attributes:
        name: what it wears, for example "long hair".
        solids: of the head, of its neck and of hair or cloth that hangs down.
    """

    name: str
    solids: Solids


def _skull(jaw: float, *, ears: bool) -> Rows:
    """Skull, cheeks, jaw and, unless hair covers them, ears; `jaw` is the breadth of the jaw, 1 = a man's."""
    skin = look(m.SKIN, blend=0.018)
    rows = [
        ellipsoid((0, -0.008, 0.024), (0.0715, 0.092, 0.085), skin),
        ellipsoid((0, 0.02, -0.018), (0.0625, 0.068, 0.078), skin),
        ellipsoid((0, 0.026, -0.06), (0.05 * jaw, 0.056, 0.05), skin),
        ellipsoid((0, 0.056, -0.086), (0.03 * jaw, 0.024, 0.025), skin),
        ellipsoid((0, 0.066, 0.03), (0.05, 0.02, 0.014), skin),
    ]
    for side in (-1, 1):
        rows.append(ellipsoid((side * 0.034, 0.046, -0.024), (0.029, 0.032, 0.03), skin))
        if ears:
            ear = look(m.SKIN, shade=0.9, blend=0.006)
            rows.append(ellipsoid((side * 0.07, -0.008, -0.008), (0.009, 0.018, 0.029), ear, tilt=-0.25))
    return rows


def _features(jaw: float) -> Rows:
    """Nose, eyes, brows and mouth."""
    skin = look(m.SKIN, blend=0.008)
    rows = [
        cone((0, 0.08, 0.02), (0, 0.096, -0.022), (0.0075, 0.0115), (0.0075, 0.0115), skin),
        ellipsoid((0, 0.0925, -0.0265), (0.0145, 0.0125, 0.009), skin),
        ellipsoid((0, 0.082, -0.061), (0.021 * jaw, 0.0085, 0.0068), look(m.LIPS, blend=0.004)),
        ellipsoid((0, 0.0875, -0.061), (0.018 * jaw, 0.004, 0.0012), look(m.DARK)),
        ellipsoid((0, 0.088, -0.037), (0.011, 0.006, 0.003), look(m.SKIN, shade=0.6)),
    ]
    for side in (-1, 1):
        rows += [
            ellipsoid((side * 0.031, 0.0735, 0.008), (0.017, 0.009, 0.0115), look(m.SKIN, shade=0.8)),
            ellipsoid((side * 0.031, 0.077, 0.0065), (0.0115, 0.0078, 0.005), look(m.WHITE, shade=0.75)),
            ellipsoid((side * 0.031, 0.0815, 0.0075), (0.005, 0.0042, 0.005), look(m.DARK)),
            ellipsoid((side * 0.031, 0.0795, 0.0128), (0.013, 0.006, 0.0012), look(m.DARK)),
            ellipsoid((side * 0.032, 0.0815, 0.0245), (0.0165, 0.0068, 0.0034 * jaw), look(m.HAIR)),
        ]
    return rows


def _neck(breadth: float) -> Rows:
    """The upper neck, and undrawn solids in place of neck and shoulders, which hide hair that hangs behind them."""
    return [
        cone((0, -0.005, -0.05), (0, -0.021, -0.134), (0.053 * breadth,) * 2, (0.053 * breadth,) * 2, look(m.NECK)),
        *limb((0, -0.01, -0.07), (0, -0.034, -0.2), (0.044 * breadth, 0.044 * breadth), look(m.NOTHING)),
        ellipsoid((0, -0.035, -0.31), (0.09, 0.06, 0.1), look(m.NOTHING)),
        ellipsoid((0, -0.04, -0.22), (0.06, 0.04, 0.045), look(m.NOTHING)),
    ]


def _beard() -> Rows:
    beard = look(m.HAIR, fold=0.7, shade=0.95, blend=0.006)
    return [
        ellipsoid((0, 0.03, -0.064), (0.0525, 0.0585, 0.0525), beard, clips=[((0.0, 0.45, 0.9), -0.022)]),
        ellipsoid((0, 0.085, -0.05), (0.026, 0.012, 0.006), beard),
        ellipsoid((0, 0.068, -0.096), (0.026, 0.024, 0.02), beard),
    ]


def _glasses() -> Rows:
    rows: Rows = []
    for side in (-1, 1):
        rows += [
            ellipsoid((side * 0.031, 0.09, 0.006), (0.019, 0.004, 0.0165), look(m.DARK)),
            ellipsoid((side * 0.031, 0.0925, 0.006), (0.0165, 0.004, 0.0135), look(m.SKIN, shade=0.86)),
            ellipsoid((side * 0.031, 0.0965, 0.0065), (0.0075, 0.001, 0.005), look(m.DARK)),
            cone((side * 0.048, 0.088, 0.012), (side * 0.078, -0.01, 0.008), (0.0025,) * 2, (0.004,) * 2, look(m.DARK)),
        ]
    return [*rows, ellipsoid((0, 0.095, 0.012), (0.014, 0.003, 0.0025), look(m.DARK))]


_MAN, _WOMAN = (1.0, 1.0), (0.88, 0.86)
"""Breadth of jaw and neck, 1 = a man's."""
_EXTRAS = {"": [], "beard": _beard(), "glasses": _glasses()}


def _style(name: str, sex: tuple[float, float], cover: str, extra: str = "") -> HeadStyle:
    jaw, neck = sex
    ears = cover not in ("hood", "hijab", "bob", "long")
    rows = [*_skull(jaw, ears=ears), *_features(jaw), *_neck(neck), *COVERS[cover], *_EXTRAS[extra]]
    return HeadStyle(name, solids(rows))


HEAD_STYLES = (
    _style("cropped hair", _MAN, "crop"),
    _style("cropped hair, glasses", _MAN, "crop", "glasses"),
    _style("cropped hair, beard", _MAN, "crop", "beard"),
    _style("side parting", _MAN, "side parting"),
    _style("buzz cut, beard", _MAN, "buzz", "beard"),
    _style("bald", _MAN, "bald"),
    _style("bald, glasses", _MAN, "bald", "glasses"),
    _style("short curls", _MAN, "curls"),
    _style("afro", _WOMAN, "afro"),
    _style("bob", _WOMAN, "bob"),
    _style("bob, glasses", _WOMAN, "bob", "glasses"),
    _style("long hair", _WOMAN, "long"),
    _style("ponytail", _WOMAN, "ponytail"),
    _style("bun", _WOMAN, "bun"),
    _style("long hair of a man", _MAN, "long", "beard"),
    _style("cap", _MAN, "cap"),
    _style("cap, ponytail", _WOMAN, "cap ponytail"),
    _style("beanie", _MAN, "beanie", "beard"),
    _style("hood", _MAN, "hood"),
    _style("hijab", _WOMAN, "hijab"),
    _style("turban", _MAN, "turban", "beard"),
    _style("hard hat", _MAN, "hard hat"),
    _style("sun hat", _WOMAN, "sun hat"),
)
