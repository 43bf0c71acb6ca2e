"""The chapter on isoFLOP profiles."""

from scalebook.chapters.parameter import Relation

RELATIONS = (
    Relation(
        ("factor", "widening"), lambda v: bool(v["factor"] ** 2 > v["widening"]),
        "widening below the square of factor, so that the first of the grids has a width",
        "Raise 'factor' or lower 'widening'",
    ),
)  # fmt: skip
