"""Parameters of the chapter on repeated data."""

from scalebook.chapters.common import PARAMETRIC
from scalebook.chapters.parameter import Parameter

PARAMETERS = (
    Parameter(
        "law", str, "muennighoff2023", "",
        "law for fresh data, of the form E + A/N^alpha + B/D^beta", choices=PARAMETRIC,
        source="muennighoff2023, the law for fresh data",
    ),
    Parameter(
        "decay", str, "muennighoff2023-decay", "",
        "form of the decay of repeated tokens",
        choices=("muennighoff2023-decay", "muennighoff2023-geometric"),
        source="muennighoff2023, the form used throughout",
    ),
    Parameter(
        "unique", float, 2.5e10, "tokens", "unique tokens at hand", 1e6, 1e17,
        source="muennighoff2023, Figure 1 and Section 5",
    ),
    Parameter(
        "compute", float, 9.3e21, "FLOP", "budget for training on them", 1e15, 1e32,
        source="muennighoff2023, Figure 1 and Section 5",
    ),
    Parameter(
        "epochs", float, 60.0, "epochs", "passes for which the optimal ratio is quoted", 1.0, 1e4,
        source="harsimony2025, comment by Vladimir Nesov",
    ),
    Parameter(
        "stretch", float, 5.0, "x", "factor claimed for repetition", 1.0, 1e3,
        source="harsimony2025, five times from repetition",
    ),
    Parameter(
        "synthetic", float, 5.0, "x",
        "factor assumed for synthetic data, counted as fresh", 1.0, 1e3,
        source="harsimony2025, five times from synthetic data",
    ),
    Parameter(
        "contour_unique", float, 1e8, "tokens", "unique tokens of the contour figure", 1e6, 1e17,
        source="muennighoff2023, Figure 3",
    ),
)  # fmt: skip
