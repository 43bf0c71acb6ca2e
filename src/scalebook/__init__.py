"""Recompute what is said about language-model scaling."""

from scalinglaws import __version__ as __version__
