"""The chapter on what all public tables of training runs say."""

from scalinglaws.atlas.answers import LABELS

CHOICES = {"method": tuple(LABELS)}
