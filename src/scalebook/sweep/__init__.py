"""Sweeps: one run of a chapter for every combination of parameter values, through Snakemake.

`campaign` plans one and gathers what it came to; `job` is what Snakemake runs, many times.
"""
