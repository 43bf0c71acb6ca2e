"""Sources whose entropy is known, and learners of them: a table of counts, and networks.

Chapters call `source`, `learner`, `teaching`, `strings`, which spells contexts, and `extent`, which
says what the grid is. The other modules train networks with JAX, which the extra `laboratory`
brings: `network` reads the strings, `training` teaches, `grid` says how a size is tuned and
measured, `experiments` tries the articles' thought experiments, `agenda` and `job` have it done
through Snakemake, `collection` gathers the tables.
"""
