"""The chapter on units and the entropy of text."""

from scalebook.chapters.parameter import at_most

RELATIONS = (at_most("chars_per_token_low", "chars_per_token"), at_most("chars_per_token", "chars_per_token_high"))  # fmt: skip
