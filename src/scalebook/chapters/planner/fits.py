"""The laws that plans are made by: our own fit, with its resamples, and published ones."""

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

OURS, BESIROGLU, ALL_RUNS = "our fit", "Besiroglu et al.", "Besiroglu et al., all 245 runs"
HOFFMANN, KAPLAN = "Hoffmann et al., unrounded", "Kaplan et al., Table 6"
LLAMA_TEXT, LLAMA_FIGURE = "Llama 3, text", "Llama 3, figure"
#: Published loss surfaces, and published powers of compute that give no loss, by what they are called.
SURFACES = {
    BESIROGLU: "besiroglu2024", ALL_RUNS: "besiroglu2024-all245", HOFFMANN: "hoffmann2022",
    "Hoffmann et al., as printed": "hoffmann2022-printed", "Muennighoff et al., new data": "muennighoff2023",
}  # fmt: skip
POWERS = {LLAMA_TEXT: "llama3", LLAMA_FIGURE: "llama3-figure", KAPLAN: "kaplan2020-allocation"}


@dataclass(frozen=True)
class Refit(common.Refit):
    """Our fit of the law to training runs, and that of every resample, beside the published laws."""

    @property
    def law(self) -> ParametricLaw:
        """The law fitted to all the runs used."""
        law: ParametricLaw = self.fit.law
        return law

    @property
    def surfaces(self) -> dict[str, ParametricLaw]:
        """The loss surfaces by what they are called, ours first."""
        published = {name: registry.parametric(key) for name, key in SURFACES.items()}
        return {OURS: self.law, **published}

    @property
    def laws(self) -> dict[str, Law]:
        """All laws by what they are called, ours first."""
        return {**self.surfaces, **{name: power(name) for name in POWERS}}

    def optimum(self, compute: ArrayLike) -> tuple[Allocation, Allocation]:
        """Return the best size and data at a budget (FLOP): by our law, and by each resample."""
        return dense.optimal(self.law, compute), dense.optimal(self.draws, compute)


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
