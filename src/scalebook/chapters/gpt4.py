"""Parameters of the chapter on GPT-4 and mixtures of experts.

Names that end in `_off` are ranges: the factor by which a quantity may be off either way.
"""

from collections.abc import Mapping
from typing import Any

from scalebook.chapters.common import LEVEL, SEED
from scalebook.chapters.parameter import Parameter, Relation, at_most


def _off(name: str, default: float, of: str, source: str) -> Parameter:
    return Parameter(
        name, float, default, "x", f"factor by which {of} may be off", 1.0, 100.0, source=source
    )


PARAMETERS = (
    Parameter(
        "compute", float, 2e25, "FLOP", "training compute of GPT-4", 1e18, 1e32,
        source="harsimony2025, comment by Vladimir Nesov, called rumoured there",
    ),
    _off("compute_off", 1.25, "compute", "our choice: what a rumour may be off by"),
    Parameter(
        "total_params", float, 1.8e12, "params", "all parameters of GPT-4", 1e6, 1e18,
        source="patel2023, newsletter report, never confirmed; from memory",
    ),
    _off("total_off", 1.1, "total_params", "our choice: what a rumour may be off by"),
    Parameter(
        "experts", int, 16, "experts", "experts in a layer of GPT-4", 1, 10**6,
        source="patel2023, newsletter report, never confirmed; from memory",
    ),
    Parameter(
        "active_experts", int, 2, "experts", "experts that a token is sent to", 1, 10**6,
        source="patel2023, newsletter report, never confirmed; from memory",
    ),
    Parameter(
        "shared_params", float, 40e9, "params", "parameters that every token uses", 0.0, 1e18,
        source="harsimony2025, comment by Vladimir Nesov: perhaps 40B",
    ),
    _off("shared_off", 2.0, "shared_params", "our choice: the comment guesses"),
    Parameter(
        "dense_ratio", float, 37.0, "tokens/param", "optimal ratio of a dense model", 0.01, 1e6,
        source="harsimony2025, comment by Vladimir Nesov",
    ),
    _off("dense_off", 1.5, "dense_ratio",
         "our choice: a judgement, by how far the sources disagree"),
    Parameter(
        "dense_compute", float, 4e25, "FLOP", "budget where dense_ratio holds", 1e18, 1e32,
        source="harsimony2025, comment by Vladimir Nesov",
    ),
    Parameter(
        "ratio_growth", float, 1.5, "x",
        "growth of the optimal ratio for each 1000x of compute", 0.01, 100.0,
        source="harsimony2025, comment by Vladimir Nesov",
    ),
    _off("growth_off", 1.1, "ratio_growth",
         "our choice: a judgement, by how far the sources disagree"),
    Parameter(
        "sparsity_factor", float, 3.0, "x",
        "factor of the optimal ratio for the sparsity of GPT-4", 0.01, 1000.0,
        source="harsimony2025, comment by Vladimir Nesov, read off a figure of Abnar et al.",
    ),
    _off("sparsity_off", 1.7, "sparsity_factor",
         "our choice: a judgement, by how far the sources disagree"),
    Parameter(
        "later_compute", float, 5e28, "FLOP", "compute of the later run", 1e18, 1e32,
        source="harsimony2025, comment by Vladimir Nesov",
    ),
    Parameter(
        "later_experts", int, 32, "experts", "experts in a layer of the later run", 1, 10**6,
        source="harsimony2025, comment by Vladimir Nesov: 1:32",
    ),
    Parameter(
        "later_active_experts", int, 1, "experts",
        "experts a token is sent to in the later run", 1, 10**6,
        source="harsimony2025, comment by Vladimir Nesov: 1:32",
    ),
    Parameter(
        "later_sparsity_factor", float, 6.0, "x",
        "factor of the optimal ratio for its sparsity", 0.01, 1000.0,
        source="harsimony2025, comment by Vladimir Nesov, read off a figure of Abnar et al.",
    ),
    _off("later_sparsity_off", 2.0, "later_sparsity_factor",
         "our choice: a judgement, by how far the sources disagree"),
    Parameter(
        "later_ratio", float, 700.0, "tokens/param",
        "tokens per active parameter of the later run", 0.01, 1e9,
        source="harsimony2025, comment by Vladimir Nesov",
    ),
    Parameter(
        "unique_tokens", float, 80e12, "tokens", "different tokens at hand", 1e6, 1e20,
        source="harsimony2025, comment by Vladimir Nesov: maybe 80T",
    ),
    Parameter(
        "epochs", float, 30.0, "epochs", "times they are repeated", 1.0, 1000.0,
        source="harsimony2025, comment by Vladimir Nesov: maybe 30 times",
    ),
    _off("repetition_off", 1.2, "the factor of repetition", "our choice: a judgement"),
    Parameter(
        "bytes_per_weight", float, 2.0, "bytes/param", "memory of a weight in use", 0.1, 16.0,
        source="our choice: 16-bit numbers",
    ),
    Parameter(
        "training_bytes", float, 16.0, "bytes/param",
        "memory of a weight with gradient and optimiser states", 0.1, 64.0,
        source="rajbhandari2019, mixed precision with Adam, from memory",
    ),
    Parameter(
        "accelerator_memory", float, 192e9, "bytes", "memory of one accelerator", 1e9, 1e15,
        source="nvidia2024, product page",
    ),
    Parameter(
        "joined", int, 72, "accelerators", "accelerators joined by fast links", 1, 10**7,
        source="nvidia2024, product page",
    ),
    Parameter(
        "run_days", float, 180.0, "days", "length of the later run", 1.0, 10000.0,
        source="our choice: half a year, an assumption",
    ),
    Parameter(
        "accelerator_speed", float, 1e15, "FLOP per second",
        "what one accelerator achieves", 1e12, 1e20,
        source="our choice: an assumption",
    ),
    # Above 1e26 FLOP, by the printed constants, no dense model reaches what a 1:32 mixture does.
    Parameter(
        "sparse_compute_low", float, 1e20, "FLOP", "smallest budget for the sparse law", 1e17, 1e26,
        source="our choice: a power of ten among the budgets of small studies",
    ),
    Parameter(
        "sparse_compute_high", float, 1e21, "FLOP", "largest budget for the sparse law", 1e17, 1e26,
        source="our choice: ten times the lower one",
    ),
    Parameter(
        "range_level", float, 0.9, "", "coverage meant by the ranges (_off)", 0.5, 0.999,
        source="our choice: a judgement, as the ranges are",
    ),
    Parameter(
        "draws", int, 20000, "", "number of Monte Carlo draws", 1000, 10**6,
        source="our choice: what a second allows",
    ),
    SEED,
    LEVEL,
)  # fmt: skip


def _shared_within(v: Mapping[str, Any]) -> bool:
    most, least = v["shared_params"] * v["shared_off"], v["total_params"] / v["total_off"]
    return bool(most <= least)


RELATIONS = (
    at_most("active_experts", "experts"),
    at_most("later_active_experts", "later_experts"),
    Relation(
        ("shared_params", "shared_off", "total_params", "total_off"), _shared_within,
        "shared_params times shared_off at most total_params over total_off, so that no draw has "
        "more shared parameters than there are",
        "Lower 'shared_params', 'shared_off' or 'total_off', or raise 'total_params'",
    ),
    at_most("sparse_compute_low", "sparse_compute_high"),
)  # fmt: skip
