"""Recompute what is said about language-model scaling."""

__version__ = "0.1.0"
