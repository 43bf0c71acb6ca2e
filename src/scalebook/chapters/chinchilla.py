"""Parameters of the chapter on Hoffmann et al. 2022 and its replication."""

from scalebook.chapters.common import LEVEL, RUNS, SEED
from scalebook.chapters.parameter import Parameter

PARAMETERS = (
    RUNS,
    Parameter(
        "drop_highest", int, 5, "runs", "number of highest losses left out of the fit", 0, 10**6,
        source="besiroglu2024, text on the fit",
    ),
    Parameter(
        "delta", float, 1e-3, "log loss",
        "half-width of the Huber error's quadratic part", 1e-5, 1.0,
        source="besiroglu2024, text on the fit",
    ),
    Parameter(
        "resamples", int, 4000, "", "number of bootstrap resamples", 100, 2 * 10**4,
        source="besiroglu2024, text on the intervals",
    ),
    SEED,
    LEVEL,
    Parameter(
        "compute", float, 5.76e23, "FLOP",
        "budget at which the optimum is quoted (Gopher's)", 1e15, 1e32,
        source="hoffmann2022, Section 3.4 and Table 3",
    ),
    Parameter(
        "extrapolation", float, 1000.0, "x",
        "compute beyond the largest run to predict for", 1.0, 1e8,
        source="our choice: about as far as from the runs to budgets of today",
    ),
)  # fmt: skip
