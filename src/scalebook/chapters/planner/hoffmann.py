"""The tables of Hoffmann et al.: whether their rows hold together, and what gives them."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from scalebook.chapters.common import ends, printed
from scalebook.chapters.parameter import Parameters
from scalebook.chapters.planner import fits
from scalebook.chapters.planner.fits import Refit
from scalebook.show import frames
from scalinglaws import registry
from scalinglaws.optimum import dense
from scalinglaws.units import Floats

#: The size whose rows stand off the line in all three approaches, and is judged against it.
ODD = 67e9
#: Constants of the third approach by how many digits they have.
CONSTANTS = {"unrounded": "hoffmann2022", "as printed": "hoffmann2022-printed", "three-digit exponents": "sardana2024"}  # fmt: skip
#: The sizes that the article speaks of: their names, and the multiples of Gopher's compute stated.
SIZES = {520e9: ("520B", 60.0), 1e12: ("1T", 200.0)}


@dataclass(frozen=True)
class Columns:
    """Tables 3 and A3, a data frame by approach and size, against the lines through their rows.

    Attributes
    ----------
    rows : dict of DataFrame
        By approach, indexed by size: as printed, with ``slip`` (FLOP that are not 6ND within the
        rounding of both), ``line`` (FLOP on the line of the rows that hold together) and ``over``
        (the FLOP printed over those).
    exponents : dict of float
        Exponent of compute in the optimal size, by the line of each approach.
    odd_size : dict of float
        Size that the FLOP of the row of 67B have on the line of each approach.
    line_worst : float
        How far a row that holds together is from the line at most.
    slips : int
    misses : dict of ndarray
        By constants: how far the FLOP that they give the rows of approach 3 are from its line.
    """

    rows: dict[int, Any]
    exponents: dict[int, float]
    odd_size: dict[int, float]
    line_worst: float
    slips: int
    misses: dict[str, Floats]


def columns() -> Columns:
    """Check the rows of the tables against 6ND and against the line through each column."""
    table = frames.load("hoffmann2022_optimal").set_index("params", drop=False)
    table = table[table.certainty == "read"]
    # FLOP are printed to three digits, tokens to a tenth of a unit.
    unit = np.where(table.tokens < 1e12, 1e9, 1e12)
    last = 10 ** np.floor(np.log10(table.flop)) / 100
    gap = table.flop / (6 * table.params * table.tokens) - 1
    slip = gap.abs() > 0.05 * unit / table.tokens + last / 2 / table.flop
    table = table.assign(slip=slip, good=~slip & (table.params != ODD))
    rows, exponents, odd_size = {}, {}, {}
    for k in (1, 2, 3):
        own = table[table.approach == k]
        good = own[own.good]
        slope, start = np.polyfit(np.log(good.params), np.log(good.flop), 1)
        line = np.exp(np.polyval([slope, start], np.log(own.params)))
        rows[k] = own.assign(line=line, over=own.flop / line)
        exponents[k] = float(1 / slope)
        odd_size[k] = float(np.exp((np.log(own.flop[ODD]) - start) / slope))
    worst = max(float((each.over[each.good] - 1).abs().max()) for each in rows.values())
    third = rows[3]
    misses = {
        name: dense.given_params(registry.parametric(key), third.params.to_numpy()).compute
        / third.line.to_numpy() - 1
        for name, key in CONSTANTS.items()
    }  # fmt: skip
    return Columns(rows, exponents, odd_size, worst, int(slip.sum()), misses)


def approach(k: int) -> str:
    """Return what the column of an approach is called beside the laws."""
    return f"approach {k}, Table {'3' if k == 1 else 'A3'}"


@dataclass(frozen=True)
class Multiples:
    """Compute over Gopher's for which the sizes of the article are optimal.

    `by_law` has it by size and law or table, `ends` the interval of the refit by size.
    """

    by_law: dict[float, dict[str, float]]
    ends: dict[float, tuple[float, float]]
    gopher_flop: float


def multiples(p: Parameters, refit: Refit, found: Columns) -> Multiples:
    """Look the sizes up in the tables, and ask the laws for their compute."""
    gopher = printed("hoffmann2022.gopher.flop.text")
    by_law, intervals = {}, {}
    for size in SIZES:
        by_law[size] = {approach(k): float(rows.flop[size]) / gopher for k, rows in found.rows.items()}  # fmt: skip
        for name, law in refit.laws.items():
            if name in fits.MAIN:
                by_law[size][name] = float(fits.compute_for(law, "params", size)) / gopher
        draws = dense.given_params(refit.draws, size).compute / gopher
        intervals[size] = ends(draws, p.level)
    return Multiples(by_law, intervals, gopher)
