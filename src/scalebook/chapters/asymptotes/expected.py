"""What loss to expect of runs beyond those at hand, beside the intervals of either form."""

from scalebook.chapters import foresight
from scalebook.chapters.asymptotes.forms import Refits
from scalebook.chapters.common import ends
from scalebook.chapters.parameter import Parameters
from scalebook.show.numbers import sci
from scalebook.show.sentences import Said, finding


def of_runs(p: Parameters, both: Refits) -> Said:
    """Say what loss to expect at the budget, and at a thousand times it."""
    return finding(
        "The intervals of the chapter are of the constants of each form, if that form is right. What will such runs really lose? The law below is Chinchilla's form.",
        *(_at(p, both, times * p.compute) for times in (1.0, 1000.0)),
    )  # fmt: skip


def _at(p: Parameters, both: Refits, compute: float) -> str:
    own = ends(both.chinchilla_draws.optimum(compute=compute).loss, p.level)
    found = foresight.expected(both.runs, p.level, compute=compute)
    return f"*At {sci(compute)} FLOP.* {foresight.of_loss(found, own)}"
