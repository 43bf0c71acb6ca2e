"""The chapter on why Kaplan et al. and Hoffmann et al. disagree."""

from scalebook.chapters.parameter import apart

RELATIONS = (apart("smallest", "largest", 10.0),)
