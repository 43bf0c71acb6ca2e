"""A personal edition: the whole book with a reader's own values, beside the book as it is.

A parameter file names values by chapter, or for every chapter that knows the name:

    compute: 3e25            # wherever a chapter has the parameter `compute`
    chinchilla:
      level: 0.8

`wanted` reads it, `making` keeps the edition's folder, from which Snakemake runs each changed
chapter, and `changes` makes the book's pages the edition's. The other chapters, the ledger and all
that is bound to papers are the book's. A chapter that the reader's runs do not suffice for stays as
in the book and says why.
"""
