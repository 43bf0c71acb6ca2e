"""Parameters of the chapter on where the curves of loss against compute go."""

from scalebook.chapters.common import LEVEL, RUNS, SEED
from scalebook.chapters.parameter import Parameter

PARAMETERS = (
    RUNS,
    Parameter(
        "drop_highest", int, 5, "runs", "number of highest losses left out of `runs`", 0, 10**6,
        source="besiroglu2024, text on the fit",
    ),
    Parameter(
        "compute", float, 5.76e23, "FLOP", "budget to start from (Gopher's)", 1e15, 1e32,
        source="hoffmann2022, Section 3.4 and Table 3",
    ),
    Parameter(
        "growth", float, 4.0, "x/year",
        "yearly growth of training budgets, an assumption", 1.05, 100.0,
        source="sevilla2024, low end of 4-5x a year",
    ),
    Parameter(
        "corpus", float, 1.1, "x",
        "factor by which the losses of two corpora may differ for one model, an assumption",
        1.0, 3.0,
        source="our choice: an assumption; no measurement is known to us",
    ),
    Parameter(
        "holdout", float, 10.0, "x",
        "runs above the largest budget divided by this are predicted from the rest", 1.01, 1e6,
        source="our choice: one power of ten, which leaves enough runs to fit",
    ),
    Parameter(
        "resamples", int, 200, "", "number of bootstrap resamples", 50, 10**4,
        source="our choice: what some seconds allow",
    ),
    SEED,
    LEVEL,
)  # fmt: skip
