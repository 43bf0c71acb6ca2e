"""What the chapter on what a scaling law is comes to: its results and its verdicts."""

from collections.abc import Iterator

import numpy as np

from scalebook.chapters.common import low_high, ranged, recording
from scalebook.chapters.parameter import Parameters
from scalebook.chapters.scaling_law import steps
from scalebook.chapters.scaling_law.steps import Found
from scalebook.record.judge import point
from scalebook.record.verdicts import Settlement, Verdicts, settle
from scalebook.show.numbers import num, pct

#: What the smallest and the largest of the four runs are called in the record.
NAMES = {"first": 0, "asked": -1}


def recorded(p: Parameters, f: Found) -> dict[str, object]:
    """Return the numbers that the chapter records."""
    told, law, four = f.foretold, f.foretold.law, f.four
    found: dict[str, object] = {}
    for name, i in NAMES.items():
        found |= {
            f"{name}_params": four.params[i], f"{name}_tokens": four.tokens[i], f"{name}_loss": four.loss[i],
            f"{name}_compute": steps.flop(four.params[i], four.tokens[i]), f"{name}_choices": np.exp(four.loss[i]),
        }  # fmt: skip
    spent = steps.flop(p.params, p.tokens)
    middle = f.valleys[len(f.valleys) // 2]
    ratios = [each.best_ratio for each in f.valleys]
    return {
        **found, "ratio": f.sizes.tokens_per_param[-1], "fitted_runs": told.fitted,
        "fitted_largest": f.runs.params[f.runs.params <= p.largest].max(),
        "times_larger": told.params / f.runs.params[f.runs.params <= p.largest].max(),
        "told": told.told, **low_high("told", (told.low, told.high)), "straight": told.straight(steps.flop(told.params, told.tokens)),
        "floor": law.E, "alpha": law.alpha, "beta": law.beta, "slope": -told.slope,
        "twice_size": 2**-law.alpha, "twice_data": 2**-law.beta,
        "valley_compute": middle.budget, "valley_count": len(middle.runs), "valley_best": middle.best,
        "valley_best_loss": float(middle.curve(middle.best)),
        "valley_small_loss": middle.runs.loss[np.argmin(middle.runs.params)], "valley_large_loss": middle.runs.loss[np.argmax(middle.runs.params)],
        **ranged("valley_ratio", ratios),
        "own_compute": spent, "own_ratio": p.tokens / p.params, "own_loss": law.loss(p.params, p.tokens),
        "own_times": spent / f.runs.flop[f.runs.params <= p.largest].max(),
        "half_loss": 2 ** (1 / -told.slope),
    }  # fmt: skip


def verdicts(p: Parameters, f: Found) -> Verdicts:
    """Settle the claims of the chapter."""
    return Verdicts(tuple(_settled()))


def _settled() -> Iterator[Settlement]:
    counted, shape = steps.counted()
    attention = pct(counted / 6 - 1)
    yield settle("w-book-6nd", point(counted),
        why=f"The forward pass takes two FLOP per parameter and token, the backward pass four. For GPT-3's shape and its context of {num(shape.n_ctx, 4)} tokens attention adds up to {attention}. It grows with the context.")  # fmt: skip
    yield settle("a-iso-tradeoff", point(steps.trade()),
        why="Compute is proportional to parameters times tokens, and 20 times 40 is 200 times 4. The size of the corpus cancels.")  # fmt: skip


compute, of = recording("scaling-law", steps.take, recorded, verdicts)
