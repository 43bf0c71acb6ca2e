"""Parameters of the chapter that plans a run from a machine and a deadline."""

from scalebook.chapters.common import LEVEL, RUNS, SEED
from scalebook.chapters.parameter import Parameter

PARAMETERS = (
    Parameter(
        "basis", str, "machine", "",
        "what the compute follows from", choices=("machine", "cost", "energy", "compute"),
        source="scalingnotes2024, a machine and a deadline",
    ),
    Parameter(
        "peak", float, 1e18, "FLOP/s", "arithmetic of the machine at peak", 1e9, 1e24,
        source="scalingnotes2024, a machine of 1 exaFLOP/s",
    ),
    Parameter(
        "utilisation", float, 0.4, "", "share of the peak that training gets", 1e-3, 1.0,
        source="grattafiori2024, 38 to 43%, rounded",
    ),
    Parameter(
        "days", float, 64.0, "days", "time on the machine", 1e-3, 1e5,
        source="scalingnotes2024, 64 days",
    ),
    Parameter(
        "cost", float, 1e8, "USD", "money for hired accelerators", 1.0, 1e15,
        source="our choice: a round assumption, from no source",
    ),
    Parameter(
        "price", float, 2.0, "USD/h", "price of an accelerator for an hour", 1e-3, 1e4,
        source="our choice: a round assumption, from no source",
    ),
    Parameter(
        "energy", float, 1e8, "kWh", "energy for accelerators and cooling", 1.0, 1e15,
        source="our choice: a round assumption, from no source",
    ),
    Parameter(
        "power", float, 1400.0, "W", "draw of an accelerator with cooling", 1.0, 1e6,
        source="our choice: a round assumption, from no source",
    ),
    Parameter(
        "accelerator", float, 9.89e14, "FLOP/s", "arithmetic of one accelerator at peak", 1e9, 1e20,
        source="our choice: the dense BF16 peak of an H100 as its maker gives it, from memory",
    ),
    Parameter(
        "compute", float, 5.76e23, "FLOP", "budget if given directly", 1e15, 1e32,
        source="hoffmann2022, Section 3.4 and Table 3",
    ),
    Parameter(
        "target_loss", float, 0.0, "nats/token",
        "loss to reach, above the irreducible loss of the fitted law; 0 for Chinchilla's by it",
        0.0, 20.0,
        source="our choice: 0 stands for Chinchilla's loss",
    ),
    Parameter(
        "given_params", float, 5.2e11, "params", "size to plan for", 1e5, 1e17,
        source="onea3orn2022, a model of 520B",
    ),
    Parameter(
        "given_tokens", float, 1.5e13, "tokens", "data to plan for", 1e6, 1e19,
        source="grattafiori2024, tokens of the family in round numbers",
    ),
    Parameter(
        "ratio", float, 20.0, "tokens/param", "tokens per parameter to test", 1e-3, 1e6,
        source="harsimony2025, comment by Vladimir Nesov: Chinchilla's 20",
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
