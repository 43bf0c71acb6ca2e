"""Parameters of the chapter on over-training."""

from scalebook.chapters.common import LEVEL, RUNS, SEED
from scalebook.chapters.parameter import Parameter

PARAMETERS = (
    RUNS,
    Parameter(
        "drop_highest", int, 5, "runs", "number of highest losses left out of the fit", 0, 10**6,
        source="besiroglu2024, text on the fit",
    ),
    Parameter(
        "resamples", int, 1000, "", "number of bootstrap resamples", 100, 10**4,
        source="our choice: what some seconds allow",
    ),
    SEED,
    LEVEL,
    Parameter(
        "root", float, 3.0, "", "root of the degree that the rule of thumb takes", 2.0, 100.0,
        source="harsimony2025, comment by Vladimir Nesov: the cube root",
    ),
    Parameter(
        "ratio_low", float, 0.01, "x optimum", "smallest tokens per parameter drawn", 1e-6, 0.1,
        source="our choice: the range that the figures show",
    ),
    Parameter(
        "ratio_high", float, 1000.0, "x optimum", "largest tokens per parameter drawn", 10.0, 1e6,
        source="our choice: the range that the figures show",
    ),
)  # fmt: skip
