"""Parameters of the chapter on Kaplan et al. 2020."""

from scalebook.chapters.parameter import Parameter

PARAMETERS = (
    Parameter(
        "growth", float, 10.0, "x", "factor by which compute grows", 1.01, 1e6,
        source="onea3orn2022, ten times the compute",
    ),
    Parameter(
        "params", float, 1.75e11, "params", "size put into Kaplan's joint law (GPT-3's)", 1e3, 1e16,
        source="brown2020, Table D.1, rounded as in Table 2.1",
    ),
    Parameter(
        "tokens", float, 3e11, "tokens", "data put into Kaplan's joint law (GPT-3's)", 1e3, 1e18,
        source="brown2020, Table D.1",
    ),
    Parameter(
        "gopher_flop", float, 5.76e23, "FLOP",
        "Gopher's training compute, held against Chinchilla's", 1e22, 1e25,
        source="hoffmann2022, Section 3.4 and Table 3",
    ),
)  # fmt: skip
