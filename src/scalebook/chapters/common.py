"""Parameters that several chapters share."""

from scalebook.chapters.parameter import Parameter

RUNS = Parameter(
    "runs", str, "hoffmann2022_runs", "",
    "table of training runs: a bundled one by name or the path of a CSV file",
    source="besiroglu2024, runs read off Figure 4 of Hoffmann et al. 2022",
)  # fmt: skip
SEED = Parameter(
    "seed", int, 2024, "", "seed of all random draws", 0, 2**32 - 1,
    source="our choice: any fixed number, so that two runs agree",
)  # fmt: skip
LEVEL = Parameter(
    "level", float, 0.95, "", "coverage of the intervals", 0.5, 0.999,
    source="our choice: the level that is usual",
)  # fmt: skip

#: Published laws of the form E + A/N^alpha + B/D^beta; a test compares them with the data.
PARAMETRIC = (
    "hoffmann2022", "hoffmann2022-printed", "besiroglu2024", "besiroglu2024-all245",
    "sardana2024", "kumar2024", "muennighoff2023",
)  # fmt: skip
#: Published allocations that say how many tokens a budget takes.
ALLOCATIONS = ("kaplan2020-allocation", "kaplan2020-allocation-eq6.7", "llama3", "llama3-figure")
