"""The laws that plans are made by: the refit, with its resamples, and published ones."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from scalebook.chapters import common
from scalebook.chapters.parameter import Parameters
from scalinglaws import registry
from scalinglaws.balance import Allocation
from scalinglaws.laws import ParametricLaw, PowerAllocation
from scalinglaws.optimum import dense
from scalinglaws.units import Floats

Law = ParametricLaw | PowerAllocation

#: The table of runs that the refit is of, unless another is asked for.
DEFAULT = "hoffmann2022_runs"

OURS, BESIROGLU, ALL_RUNS = "refit", "Besiroglu et al.", "Besiroglu et al., all 245 runs"
HOFFMANN = "Hoffmann et al., unrounded"
KAPLAN, KAPLAN_EQ = "Kaplan et al., Table 6", "Kaplan et al., Eq 6.7"
LLAMA_TEXT, LLAMA_FIGURE = "Llama 3, text", "Llama 3, figure"
#: Published loss surfaces, and published powers of compute that give no loss, by what they are called.
SURFACES = {
    BESIROGLU: "besiroglu2024", ALL_RUNS: "besiroglu2024-all245", HOFFMANN: "hoffmann2022",
    "Hoffmann et al., as printed": "hoffmann2022-printed", "Muennighoff et al., new data": "muennighoff2023",
    "Sardana et al.": "sardana2024", "Kumar et al.": "kumar2024",
}  # fmt: skip
POWERS = {
    LLAMA_TEXT: "llama3", LLAMA_FIGURE: "llama3-figure", KAPLAN: "kaplan2020-allocation",
    KAPLAN_EQ: "kaplan2020-allocation-eq6.7",
}  # fmt: skip
#: The laws that tables and figures show, beside the refit.
MAIN = (
    OURS,
    HOFFMANN,
    "Hoffmann et al., as printed",
    ALL_RUNS,
    "Muennighoff et al., new data",
    LLAMA_FIGURE,
)
#: Laws of before Chinchilla's, which the spread over laws leaves out.
SUPERSEDED = (KAPLAN, KAPLAN_EQ)


@dataclass(frozen=True)
class Refit(common.Refit):
    """The law fitted to training runs, and to every resample of them, beside the published laws."""

    @property
    def law(self) -> ParametricLaw:
        """The law fitted to all the runs used."""
        law: ParametricLaw = self.fit.law
        return law

    @property
    def surfaces(self) -> dict[str, ParametricLaw]:
        """The loss surfaces by what they are called, the refit first."""
        published = {name: registry.parametric(key) for name, key in SURFACES.items()}
        return {OURS: self.law, **published}

    @property
    def laws(self) -> dict[str, Law]:
        """All laws by what they are called, the refit first."""
        return {**self.surfaces, **{name: power(name) for name in POWERS}}

    def optimum(self, compute: ArrayLike) -> tuple[Allocation, Allocation]:
        """Return the best size and data at a budget (FLOP): by the refit, and by each resample."""
        return dense.optimal(self.law, compute), dense.optimal(self.draws, compute)


def called(p: Parameters) -> str:
    """Return what the refit is called: that of Chinchilla's runs, or of others."""
    return "the Chinchilla refit" if p.runs == DEFAULT else "the law fitted here"


def whose(p: Parameters) -> str:
    """Return what the refit is called beside other laws."""
    return "the refit of Hoffmann's runs" if p.runs == DEFAULT else "the law fitted to the runs chosen"  # fmt: skip


def title(p: Parameters, law: str) -> str:
    """Return what a row or an option of a law is called."""
    return called(p).removeprefix("the ") if law == OURS else law


def refit(p: Parameters) -> Refit:
    """Fit the law to the runs without the highest losses, and to resamples of them.

    Raises
    ------
    ScalebookError
        If the fit does not converge.
    ScalingLawsError
        If too few runs are left, or resamples leave it open whether size and data help.
    """
    return Refit(**vars(common.refit(p)))


def power(name: str) -> PowerAllocation:
    """Return a published power of compute by what it is called here."""
    return registry.of_kind(POWERS[name], PowerAllocation)


def best(law: Law, compute: ArrayLike) -> Allocation:
    """Return the best size and data at budgets (FLOP); the loss is nan where the law has none."""
    if isinstance(law, ParametricLaw):
        return dense.optimal(law, compute)
    params, tokens = law.params(compute), law.tokens(compute)
    nothing = np.full(np.shape(tokens), np.nan)
    return Allocation(np.asarray(compute, float), params, tokens, nothing, tokens / params)


def compute_for(law: Law, quantity: str, value: float) -> Floats:
    """Return the compute (FLOP) that reaches a loss, or for which a size or a corpus is the best.

    Of an ensemble, for each of its laws. It is infinite for a loss that a law does not reach, or
    where it gives none.

    Parameters
    ----------
    law : Law
    quantity : {"loss", "params", "tokens"}
    value : float
    """
    if isinstance(law, PowerAllocation):
        return np.asarray(np.inf if quantity == "loss" else law.compute_for(**{quantity: value}))
    if quantity == "loss":
        reached = value > np.asarray(law.E)
        compute = dense.for_loss(law, np.where(reached, value, np.asarray(law.E) + 1.0)).compute
        return np.where(reached, compute, np.inf)[()]
    given = {"params": dense.given_params, "tokens": dense.given_tokens}[quantity]
    return given(law, value).compute
