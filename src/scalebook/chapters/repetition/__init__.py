"""The chapter on repeated data."""

from scalebook.chapters.common import PARAMETRIC

#: The forms of the decay: the one used in the paper, and the other that it fitted.
PAPERS_DECAY, GEOMETRIC = "muennighoff2023-decay", "muennighoff2023-geometric"
#: What they are called.
FORMS = {PAPERS_DECAY: "the paper's form", GEOMETRIC: "the geometric form"}
CHOICES = {"law": PARAMETRIC, "decay": tuple(FORMS)}
