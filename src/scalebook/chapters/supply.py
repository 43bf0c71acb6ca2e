"""Parameters of the chapter on the supply of text."""

from scalebook.chapters.common import ALLOCATIONS, LEVEL, PARAMETRIC, SEED
from scalebook.chapters.parameter import Parameter, at_most

PARAMETERS = (
    Parameter(
        "table", str, "supply_factors", "",
        "table of factors: the bundled one by name or the path of a CSV file",
        source="our choice: the bundled table, which names a source in each row",
    ),
    Parameter(
        "overlap", float, 0.5, "share",
        "share of each smaller stock that the largest one holds already", 0.0, 1.0,
        source="our choice: a judgement",
    ),
    Parameter(
        "draws", int, 400_000, "", "number of Monte Carlo draws", 1000, 2 * 10**6,
        source="our choice: medians to a percent, in a second",
    ),
    SEED,
    LEVEL,
    Parameter(
        "paper_growth", float, 0.041, "1/year", "yearly growth of the number of papers", 0.0, 1.0,
        source="bornmann2021, abstract",
    ),
    Parameter(
        "law", str, "besiroglu2024", "",
        "law shown beside the rule of 20 tokens per parameter, with prefactors",
        choices=(*PARAMETRIC, *ALLOCATIONS),
        source="our choice: the replication of Chinchilla's law",
    ),
    Parameter(
        "overtraining", float, 1.0, "x", "tokens per parameter over the optimal number", 0.01, 1e4,
        source="our choice: compute-optimal",
    ),
    Parameter(
        "compute_now", float, 5e25, "FLOP", "largest training runs of 2024", 1e20, 1e30,
        source="villalobos2024, Section 2.4, footnote 18",
    ),
    Parameter(
        "compute_growth_low", float, 4.0, "x/year", "low end of the growth of compute", 0.1, 1e3,
        source="sevilla2024, title and summary",
    ),
    Parameter(
        "compute_growth_high", float, 5.0, "x/year", "high end of the growth of compute", 0.1, 1e3,
        source="sevilla2024, title and summary",
    ),
    Parameter(
        "dataset_growth_low", float, 0.27, "orders of magnitude/year",
        "low end of datasets' growth", -1.0, 3.0,
        source="villalobos2024, Section 2.4",
    ),
    Parameter(
        "dataset_growth_high", float, 0.48, "orders of magnitude/year",
        "high end of datasets' growth", -1.0, 3.0,
        source="villalobos2024, Section 2.4",
    ),
)  # fmt: skip

RELATIONS = (
    at_most("compute_growth_low", "compute_growth_high"),
    at_most("dataset_growth_low", "dataset_growth_high"),
)
