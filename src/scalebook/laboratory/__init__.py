"""Sources whose entropy is known, and learners of them: a table of counts, and networks.

Chapters call `source`, `learner` and `teaching`. The other modules train networks with JAX, which
the extra `laboratory` brings: `strings` spells contexts, `network` reads them, `training` teaches,
`grid` says what is trained, `experiments` tries the articles' thought experiments, `agenda` and
`job` have it done through Snakemake, `collection` gathers the tables.
"""
