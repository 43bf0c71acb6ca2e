"""Parameters of the chapter on a source whose entropy is known."""

from scalebook.chapters.common import LEVEL
from scalebook.chapters.parameter import Parameter, apart, at_most, below

PARAMETERS = (
    Parameter(
        "exponent", float, 1.6, "",
        "Zipf exponent of the contexts; at 1 and below their frequencies add up to no finite sum",
        1.01, 10.0,
        source="our choice: gives a beta of the size of the published ones",
    ),
    Parameter(
        "symbols", int, 16, "symbols", "number of different symbols", 2, 1024,
        source="our choice: few enough to compute every loss exactly",
    ),
    Parameter(
        "contexts", float, 1e12, "contexts", "number of contexts of the source", 100, 9e15,
        source="our choice: far more than any learner here can keep",
    ),
    Parameter(
        "concentration", float, 0.3, "",
        "Dirichlet concentration of the next symbols; small ones are easy to predict", 0.02, 100.0,
        source="our choice: some symbols are easy to predict and some hard",
    ),
    Parameter(
        "sizes", int, 40, "sizes", "number of learners' sizes", 6, 200,
        source="our choice: with `amounts`, more runs than any suite here has",
    ),
    Parameter(
        "size_low", int, 10, "contexts", "contexts that the smallest learner keeps", 1, 10**6,
        source="our choice: a range over which the law can be fitted",
    ),
    Parameter(
        "size_high", int, 10_000, "contexts", "contexts that the largest learner keeps", 2, 10**6,
        source="our choice: a range over which the law can be fitted",
    ),
    Parameter(
        "amounts", int, 40, "amounts", "number of amounts of data", 6, 200,
        source="our choice: with `sizes`, more runs than any suite here has",
    ),
    Parameter(
        "data_low", int, 1000, "symbols", "symbols of the smallest training set", 1, 10**7,
        source="our choice: a range over which the law can be fitted",
    ),
    Parameter(
        "data_high", int, 1_000_000, "symbols", "symbols of the largest training set", 10**4, 10**7,
        source="our choice: a range over which the law can be fitted",
    ),
    Parameter(
        "seeds", int, 5, "streams", "independent streams of training data", 1, 100,
        source="our choice: what a second allows",
    ),
    Parameter(
        "seed", int, 2024, "", "random seed of the source, the data and the noise", 0, 2**32 - 1,
        source="our choice: any fixed number, so that two runs agree",
    ),
    Parameter(
        "noise", float, 0.003, "log loss",
        "standard deviation of the noise put on the losses", 0.0, 0.5,
        source="our choice: of the order of the scatter of published runs",
    ),
    Parameter(
        "resamples", int, 200, "", "number of bootstrap resamples", 100, 10**4,
        source="our choice: what some seconds allow",
    ),
    LEVEL,
    Parameter(
        "blunders", float, 0.3, "",
        "share of the worse source's symbols that are its own", 0.01, 1.0,
        source="our choice: an assumption",
    ),
    Parameter(
        "memory", float, 20_000.0, "symbols",
        "symbols after which a count of the forgetting learner has faded to 1/e", 10.0, 1e12,
        source="our choice: a small part of the data, so that forgetting shows",
    ),
)  # fmt: skip

RELATIONS = (
    below("size_low", "size_high"),
    at_most("size_high", "contexts"),
    apart("data_low", "data_high", 10.0),
)
