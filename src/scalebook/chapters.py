"""The chapters and their parameters.

A chapter is `notebooks/NAME.ipynb`; its parameters cell assigns exactly the names and defaults
declared here (a test compares them). The order is the order of the book.
"""

from scalebook.parameters import Parameter

_RUNS = Parameter(
    "runs", str, "hoffmann2022_runs", "",
    "table of training runs: a name in data/ or the path of a CSV file",
)  # fmt: skip
_SEED = Parameter("seed", int, 2024, "", "random seed of the bootstrap", 0, 2**32 - 1)
_LEVEL = Parameter("level", float, 0.95, "", "coverage of the intervals", 0.5, 0.999)

CHAPTERS: dict[str, tuple[Parameter, ...]] = {
    "kaplan": (
        Parameter("growth", float, 10.0, "x", "factor by which compute grows", 1.01, 1e6),
        Parameter(
            "params", float, 1.75e11, "params", "size put into Kaplan's joint law (GPT-3's)",
            1e3, 1e16,
        ),
        Parameter(
            "tokens", float, 3e11, "tokens", "data put into Kaplan's joint law (GPT-3's)",
            1e3, 1e18,
        ),
        Parameter(
            "gopher_flop", float, 5.76e23, "FLOP",
            "Gopher's training compute, held against Chinchilla's", 1e22, 1e25,
        ),
    ),
    "chinchilla": (
        _RUNS,
        Parameter(
            "drop_highest", int, 5, "runs", "number of highest losses left out of the fit", 0, 10**6
        ),
        Parameter(
            "delta", float, 1e-3, "log loss", "half-width of the Huber error's quadratic part",
            1e-5, 1.0,
        ),
        Parameter("resamples", int, 4000, "", "number of bootstrap resamples", 100, 10**6),
        _SEED,
        _LEVEL,
        Parameter(
            "compute", float, 5.76e23, "FLOP", "budget at which the optimum is quoted (Gopher's)",
            1e15, 1e32,
        ),
        Parameter(
            "extrapolation", float, 1000.0, "x", "compute beyond the largest run to predict for",
            1.0, 1e8,
        ),
    ),
}  # fmt: skip
