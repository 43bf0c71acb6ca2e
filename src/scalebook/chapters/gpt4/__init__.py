"""The chapter on GPT-4 and mixtures of experts."""

from collections.abc import Mapping
from typing import Any

from scalebook.chapters.parameter import Relation, at_most


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
