"""Parameters of the chapter on isoFLOP profiles."""

from scalebook.chapters.common import LEVEL, SEED
from scalebook.chapters.parameter import Parameter, Relation

PARAMETERS = (
    Parameter(
        "runs", str, "suites", "",
        "which runs to show: suites for all that are bundled, one of them by name, or the path of "
        "a CSV file to set beside them",
        source="our choice: all suites that are bundled",
    ),
    Parameter(
        "min_ratio", float, 0.41, "tokens per parameter",
        "runs trained on fewer are left out; 0 keeps all", 0.0, 1e4,
        source="our choice: between the runs that the replication left out, up to 0.404, and the "
               "next",
    ),
    Parameter(
        "window", float, 1e6, "x",
        "sizes further than this factor from their budget's minimum are left out", 1.5, 1e6,
        source="our choice: so wide that it leaves nothing out",
    ),
    Parameter(
        "tolerance", float, 0.08, "",
        "spread of compute that counts as one budget where the table names none", 0.001, 1.0,
        source="our choice: wider than the scatter with which budgets were read off the figure",
    ),
    Parameter(
        "fewest", int, 8, "runs", "runs that make a budget where the table names none", 3, 1000,
        source="our choice: fewer sizes leave little to fit a parabola to",
    ),
    Parameter(
        "resamples", int, 2000, "", "bootstrap resamples of Approach 2 on each suite", 100, 10**4,
        source="our choice: what some seconds allow",
    ),
    Parameter(
        "surface_resamples", int, 500, "",
        "bootstrap resamples of each fit of the surface", 100, 10**4,
        source="our choice: what some seconds allow",
    ),
    SEED,
    LEVEL,
    Parameter(
        "compute", float, 3.8e25, "FLOP", "budget to extrapolate to (Llama 3's)", 1e15, 1e32,
        source="grattafiori2024, Section 3.2.1",
    ),
    Parameter(
        "factor", float, 16.0, "x", "largest over smallest size of a made-up budget", 1.5, 1e3,
        source="our choice: an assumption about a sweep",
    ),
    Parameter(
        "drift", float, 0.1, "",
        "exponent that the planner of a made-up sweep assumed, less the true one", -0.5, 0.5,
        source="our choice: an assumption about a sweep",
    ),
    Parameter(
        "widening", float, 10.0, "x",
        "factor of a made-up sweep's last budget over its first's", 1.0, 100.0,
        source="our choice: an assumption about a sweep",
    ),
    Parameter(
        "noise", float, 0.003, "log loss", "scatter of made-up runs", 1e-5, 0.1,
        source="our choice: an assumption, of the order of the scatter about the fits",
    ),
    Parameter(
        "wanted", float, 0.01, "", "half-width of the interval of a that is wanted", 1e-4, 0.2,
        source="our choice: the last digit to which exponents are printed",
    ),
)  # fmt: skip

RELATIONS = (
    Relation(
        ("factor", "widening"), lambda v: bool(v["factor"] ** 2 > v["widening"]),
        "widening below the square of factor, so that the first of the grids has a width",
        "Raise 'factor' or lower 'widening'",
    ),
)  # fmt: skip
