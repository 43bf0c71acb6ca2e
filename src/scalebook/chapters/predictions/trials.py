"""The predictions that were tried on public suites, as the library stores them, and their bands.

Every suite was cut wherever enough was left below, the smaller runs were fitted, and every larger
one was predicted (`scalinglaws.prediction.calibration`). h is the compute of a larger run over that
of the largest run fitted; errors are of log loss, observed less predicted.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from scalebook.chapters.common import kept
from scalebook.chapters.parameter import Parameters
from scalinglaws import datapackage
from scalinglaws.prediction import bands, calibration
from scalinglaws.units import Floats

Rows = Mapping[str, NDArray[Any]]
Mask = NDArray[np.bool_]

#: Laboratories of the calibration.
LABORATORIES = tuple(sorted({row["laboratory"] for row in datapackage.rows("calibration_suites")}))
#: How a reader knows them.
NAMES = {
    "alabdulmohsin": "Alabdulmohsin et al.", "bhagia": "OLMo ladder", "brown": "GPT-3", "clark": "Clark et al.",
    "fineweb": "FineWeb", "gadre": "Gadre et al.", "gemstones": "Gemstones", "hoffmann": "Chinchilla",
    "llama3": "Llama 3", "marin": "Marin", "muennighoff": "Muennighoff et al.", "porian": "Porian et al.",
}  # fmt: skip
#: Distances that are shown, by their ends.
DISTANCES = tuple(zip(calibration.DISTANCES[:-1], calibration.DISTANCES[1:], strict=True))
#: What an interval is: the law's own, the calibrated band, and the band of a lower level.
KINDS = ("law", "band", "narrow")
NARROW = 0.8
SURE = 0.95  # coverage of what is said of shares
_DRAWS = 2000


@dataclass(frozen=True)
class Tried:
    """All predictions that were tried, and the half-widths of their intervals; arrays of shape (n,).

    Attributes
    ----------
    rows : mapping of str to numpy.ndarray
        By the columns of ``calibration_splits``, and ``laboratory``.
    counts : numpy.ndarray of bool
        Which count: all but those of a laboratory that is left out.
    half : dict of str to numpy.ndarray
        By kind, log loss. A band has the width that the other laboratories asked for.
    off : dict of str to numpy.ndarray
        The errors that they should hold: of the law alone, or of the middle of the band.
    """

    rows: Rows
    counts: Mask
    half: dict[str, Floats]
    off: dict[str, Floats]

    def held(self, kind: str) -> Mask:
        """Return which runs an interval held."""
        return np.asarray(np.abs(self.off[kind]) <= self.half[kind])

    @property
    def h(self) -> Floats:
        """How many times larger than the largest run fitted."""
        return np.asarray(self.rows["h"], dtype=float)

    def within(self, most: float) -> Mask:
        """Return which runs count and are at most so many times larger."""
        return np.asarray(self.counts & (self.h <= most))

    def at(self, place: int) -> Mask:
        """Return which runs count and lie at one of the `DISTANCES`."""
        return np.asarray(self.counts & (calibration.distance(self.h) == place))


@cache
def suites() -> dict[str, calibration.Suite]:
    """Return the suites of the calibration by name; nobody changes them."""
    return {each.name: each for each in calibration.suites()}


@kept  # no parameter changes it
def stored() -> dict[str, NDArray[Any]]:
    """Read the stored predictions."""
    return dict(calibration.stored("calibration_splits"))


def tried(p: Parameters) -> Tried:
    """Give every stored prediction its intervals, at the level of the parameters."""
    return _tried(p.level, p.left_out)


@kept
def _tried(level: float, left_out: str) -> Tried:
    rows = stored()
    off = {"law": rows["law_error"], "band": rows["error"], "narrow": rows["error"]}
    scale = rows["scale"]
    half = {
        "law": ndtri((1 + level) / 2) * rows["standard_error"],
        "band": scale * multiples(rows, "discrepancy", level),
        "narrow": scale * multiples(rows, "discrepancy", NARROW),
    }
    return Tried(rows, rows["laboratory"] != left_out, half, off)


def multiples(rows: Rows, band: bands.Band, level: float) -> Floats:
    """Return the stored multiple of each row, by the errors of the other laboratories."""
    h, laboratory = np.asarray(rows["h"], dtype=float), rows["laboratory"]
    out = np.empty(len(h))
    for name in np.unique(laboratory):
        mine = laboratory == name
        out[mine] = bands.multiple(band, level, str(name))(h[mine])
    return out


@dataclass(frozen=True)
class Share:
    """A share of runs, laboratories counting alike, and its interval over the laboratories.

    `by_laboratory` has each one's, `runs` how many there are.
    """

    value: float
    low: float
    high: float
    runs: int
    by_laboratory: dict[str, float]


def share(rows: Rows, held: Mask, among: Mask, seed: int) -> Share:
    """Return the share of some runs that was held; the laboratories are drawn again for its interval."""
    names, place = np.unique(rows["laboratory"][among], return_inverse=True)
    weight = calibration.weights_of(rows, among) * len(names)
    each = np.bincount(place, weight * held[among])
    drawn = np.random.default_rng(seed).integers(len(names), size=(_DRAWS, len(names)))
    tail = 50 * (1 - SURE)
    low, high = np.percentile(each[drawn].mean(axis=1), [tail, 100 - tail])
    by_laboratory = dict(zip(map(str, names), map(float, each), strict=True))
    return Share(float(each.mean()), float(low), float(high), int(among.sum()), by_laboratory)


def median(values: Floats, weight: Floats) -> float:
    """Return the weighted median: half of the weight lies at or below it."""
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weight[order])
    return float(values[order][np.searchsorted(reached, reached[-1] / 2)])
