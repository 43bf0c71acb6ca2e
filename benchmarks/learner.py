"""The learners of the chapter on a known entropy: what a table costs is what its symbols cost."""

import time

import numpy as np

from scalebook.laboratory import learner, source

SYMBOLS = (250_000, 1_000_000, 4_000_000)


def cost(say, quick):
    """Return the processor time of tables of 40 sizes and 40 amounts of data, by symbols drawn."""
    found = []
    for symbols, seeds in [(each, 1) for each in SYMBOLS[: 2 if quick else 3]] + [(1_000_000, 5)]:
        taken = _seconds(symbols, seeds)
        drawn = symbols * seeds
        say(f"known entropy, {seeds} seeds of {symbols} symbols: {taken:.2f} s of one core, "
            f"{1e9 * taken / drawn:.0f} ns a symbol")  # fmt: skip
        found.append({"symbols": symbols, "seeds": seeds, "core_seconds": taken,
                      "nanoseconds": 1e9 * taken / drawn})  # fmt: skip
    return found


def _seconds(symbols, seeds):
    world = source.dirichlet(1.6, 10**12, 16, 0.3, np.random.default_rng(1))
    kept = np.unique(np.geomspace(10, 10_000, 40).round().astype(int))
    data = np.geomspace(1000, symbols, 40).round().astype(int)
    start = time.process_time()
    learner.loss_table(world, kept, data, seeds=seeds, seed=1, smoothing=0.3)
    return time.process_time() - start
