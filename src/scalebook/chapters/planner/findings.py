"""What the chapter on planning finds, in sentences that follow the numbers."""

from scalebook.chapters import foresight
from scalebook.chapters.common import ends
from scalebook.chapters.parameter import Parameters
from scalebook.chapters.planner.fits import Refit
from scalebook.chapters.planner.steps import Budgets
from scalebook.show.numbers import sci
from scalebook.show.sentences import Said, finding
from scalinglaws.prediction.forecast import Forecast


def plan(p: Parameters, spent: Budgets, refit: Refit, found: Forecast | None) -> Said:
    """Say what the best run of the chosen budget is expected to reach."""
    own = ends(refit.optimum(spent.planned)[1].loss, p.level)
    said = f"What will the best run of {sci(spent.planned)} FLOP reach? {foresight.of_loss(found, own)} {foresight.of_size(found)}"  # fmt: skip
    return finding(said.strip())


def exponent(p: Parameters, refit: Refit) -> Said:
    """Say what the public sweeps say of the exponent of the optimal size."""
    own = ends(refit.draws.a, p.level)
    return finding(foresight.of_exponent(float(refit.law.a), own, p.level))
