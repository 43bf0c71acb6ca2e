"""Parameters of the chapter on models that are trained to be used."""

from scalebook.chapters.common import LEVEL, RUNS, SEED
from scalebook.chapters.parameter import Parameter

PARAMETERS = (
    Parameter(
        "params", float, 7e10, "params", "size of the model whose loss is to be reached", 1e6, 1e15,
        source="hoffmann2022, Section 4",
    ),
    Parameter(
        "tokens", float, 1.4e12, "tokens", "training tokens of that model", 1e6, 1e18,
        source="hoffmann2022, Section 4",
    ),
    Parameter(
        "served", float, 1e13, "tokens", "tokens served over the model's life", 0.0, 1e20,
        source="sardana2024, Section 2, the 30B example",
    ),
    Parameter(
        "serving_weight", float, 1.0, "x",
        "what a FLOP of serving costs, in FLOP of training", 1e-3, 1e3,
        source="our choice: a FLOP is a FLOP, wherever it is spent",
    ),
    Parameter(
        "bits", float, 8.0, "bits", "precision to train in", 4.5, 16.0,
        source="kumar2024, Section 4.3.2: 7 to 8 bits",
    ),
    RUNS,
    Parameter(
        "drop_highest", int, 5, "runs", "number of highest losses left out of the fit", 0, 10**6,
        source="besiroglu2024, text on the fit",
    ),
    Parameter(
        "resamples", int, 400, "", "number of bootstrap resamples", 100, 10**4,
        source="our choice: what some seconds allow",
    ),
    SEED,
    LEVEL,
)  # fmt: skip
