"""Every public suite of runs, fitted by every method that applies, and what they have in common.

`inventory` says what distinguishes a suite, `answers` fits it, and `hierarchy` pools what came out.
"""
