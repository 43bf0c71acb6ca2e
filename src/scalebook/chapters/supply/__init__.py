"""The chapter on the supply of text."""

from scalebook.chapters.common import ALLOCATIONS, PARAMETRIC
from scalebook.chapters.parameter import at_most

CHOICES = {"law": (*PARAMETRIC, *ALLOCATIONS)}

RELATIONS = tuple(at_most(f"{of}_growth_low", f"{of}_growth_high") for of in ("compute", "dataset"))
