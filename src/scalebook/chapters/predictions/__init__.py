"""The chapter on predictions of larger runs."""

from scalebook.chapters.predictions.trials import LABORATORIES

#: Laboratories whose runs may be left out of the count.
CHOICES = {"left_out": ("none", *LABORATORIES)}
