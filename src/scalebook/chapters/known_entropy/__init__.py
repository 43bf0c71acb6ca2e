"""The chapter on a source whose entropy is known."""

from scalebook.chapters.parameter import apart, at_most, below

RELATIONS = (below("size_low", "size_high"), at_most("size_high", "contexts"), apart("data_low", "data_high", 10.0))  # fmt: skip
