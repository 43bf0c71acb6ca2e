"""Parameters of the chapter on why Kaplan et al. and Hoffmann et al. disagree."""

from scalebook.chapters.common import LEVEL, RUNS, SEED
from scalebook.chapters.parameter import Parameter, apart

PARAMETERS = (
    RUNS,
    Parameter(
        "drop_highest", int, 5, "runs", "number of highest losses left out of the fit", 0, 10**6,
        source="besiroglu2024, text on the fit",
    ),
    Parameter(
        "embedding", float, 47491.0, "params^(2/3)",
        "omega: a model of N parameters has omega N^(1/3) more in its embeddings", 0.0, 1e7,
        source="pearce2024, Section 3",
    ),
    Parameter(
        "smallest", float, 768.0, "params",
        "smallest model of Kaplan et al., without embeddings", 1.0, 1e15,
        source="kaplan2020, Section 3",
    ),
    Parameter(
        "largest", float, 1.5e9, "params",
        "largest model of Kaplan et al., without embeddings", 1.0, 1e15,
        source="kaplan2020, Section 3",
    ),
    Parameter(
        "resamples", int, 400, "", "number of bootstrap resamples", 100, 10**4,
        source="our choice: what some seconds allow",
    ),
    SEED,
    LEVEL,
)  # fmt: skip

RELATIONS = (apart("smallest", "largest", 10.0),)
