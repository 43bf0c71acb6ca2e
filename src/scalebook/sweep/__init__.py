"""Sweeps: one run of a chapter for every combination of parameter values, through Snakemake."""

from scalebook.sweep.campaign import Outcome, run

__all__ = ["Outcome", "run"]
