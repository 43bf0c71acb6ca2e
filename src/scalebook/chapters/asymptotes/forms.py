"""Kaplan's and Chinchilla's form on the same runs: fitted, compared, and put to the test."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import numpy as np

from scalebook.chapters.asymptotes import trends
from scalebook.chapters.common import data, ends, printed, runs_of
from scalebook.chapters.parameter import Parameters
from scalebook.errors import ScalebookError
from scalinglaws import reading
from scalinglaws.errors import ScalingLawsError
from scalinglaws.fitting import joint
from scalinglaws.fitting.joint import FormFit, FormName
from scalinglaws.laws import JointLaw, ParametricLaw
from scalinglaws.optimum import counting
from scalinglaws.prediction import comparison
from scalinglaws.prediction.comparison import Information, Prediction, ResampledPrediction
from scalinglaws.runs import Runs

#: The four forms, and what they are called.
FORMS: dict[FormName, str] = {
    "power": "Kaplan's", "power+floor": "Kaplan's with a constant",
    "sum": "Chinchilla's without its constant", "sum+floor": "Chinchilla's",
}  # fmt: skip


@dataclass(frozen=True)
class Refits:
    """Both published forms fitted to the chapter's runs, and to resamples of them (the draws).

    `E` is the floor of Chinchilla's form, nats per token, and `meets` the compute at which Kaplan's
    form passes it, FLOP; both with their intervals.
    """

    runs: Runs
    kaplan: JointLaw
    chinchilla: ParametricLaw
    kaplan_draws: JointLaw
    chinchilla_draws: ParametricLaw
    E: float
    E_low: float
    E_high: float
    meets: float
    meets_low: float
    meets_high: float


def refits(p: Parameters) -> Refits:
    """Fit both published forms to the same runs, and to the same resamples of them."""
    used = runs_of(p)[1]
    both: tuple[FormName, ...] = ("power", "sum+floor")
    fits = [joint.fit(*data(used), form) for form in both]
    if not all(found.converged for found in fits):
        raise ScalebookError(f"{used.name}: one of the two forms could not be fitted. Give runs that vary in size and data.")  # fmt: skip
    n, rng = len(used), np.random.default_rng(p.seed)
    counts = rng.multinomial(n, np.full(n, 1 / n), size=p.resamples).astype(float)
    draws = [joint.law(f.form, joint.resample(f, counts)[0], f.runs) for f in fits]
    kaplan, kaplan_draws = cast("list[JointLaw]", [fits[0].law(), draws[0]])
    ours, ours_draws = cast("list[ParametricLaw]", [fits[1].law(), draws[1]])
    return Refits(used, kaplan, ours, kaplan_draws, ours_draws,
                  float(ours.E), *ends(ours_draws.E, p.level),
                  float(trends.compute_at(kaplan, ours.E)),
                  *ends(trends.compute_at(kaplan_draws, ours_draws.E), p.level))  # fmt: skip


def suites(p: Parameters, used: Runs) -> dict[str, Runs]:
    """Return the tables on which the forms are compared, the chapter's own runs first."""
    own = p.runs if p.runs in reading.RUN_TABLES else used.name
    usual = int(printed("besiroglu2024.runs") - printed("besiroglu2024.runs.fitted"))
    others = {
        name: reading.read_runs(name).without_highest(usual if name == "hoffmann2022_runs" else 0)
        for name in reading.RUN_TABLES
        if name != own
    }
    return {own: used, **others}


@dataclass(frozen=True)
class Description:
    """How well each form describes each table of runs, by table and form.

    `aic_non_embedding` is how far Kaplan's form is behind on the chapter's runs, in Akaike's
    criterion, when the embeddings are left out of its count as Kaplan et al. did.
    """

    fits: dict[str, dict[FormName, FormFit]]
    criteria: dict[str, dict[FormName, Information]]
    aic_non_embedding: float

    def behind(
        self, form: FormName, criterion: Callable[[Information], float] = lambda found: found.aic
    ) -> dict[str, float]:
        """Return how far a form is behind Chinchilla's on each table, in a criterion."""
        return {name: criterion(row[form]) - criterion(row["sum+floor"]) for name, row in self.criteria.items()}  # fmt: skip

    def most_of_it(self, form: FormName) -> int:
        """Return on how many tables a form is more than half as far behind as Kaplan's."""
        pairs = zip(self.behind(form).values(), self.behind("power").values(), strict=True)
        return sum(bool(behind > kaplans / 2 > 0) for behind, kaplans in pairs)

    @property
    def best(self) -> dict[str, FormName]:
        """The form with the lowest criterion of Akaike on each table."""
        return {name: min(row, key=lambda form: row[form].aic) for name, row in self.criteria.items()}  # fmt: skip

    @property
    def unconverged(self) -> list[str]:
        """The fits that did not converge, in words."""
        return [
            f"{FORMS[form]} on {name}"
            for name, row in self.fits.items()
            for form, found in row.items()
            if not found.converged
        ]


def description(tables: dict[str, Runs]) -> Description:
    """Fit all four forms to every table, and charge each for its constants."""
    fits = {name: {form: joint.fit(*data(runs), form) for form in FORMS}
            for name, runs in tables.items()}  # fmt: skip
    criteria = {name: {form: comparison.information(found) for form, found in row.items()} for name, row in fits.items()}  # fmt: skip
    own, used = next(iter(tables.items()))
    # Counted without embeddings, as Kaplan et al. did; the data stay as they are.
    bare = counting.non_embedding_params(used.params, printed("pearce2024.embedding.coefficient"))
    found = comparison.information(joint.fit(bare, used.tokens, used.loss, "power"))
    return Description(fits, criteria, found.aic - criteria[own]["sum+floor"].aic)


@dataclass(frozen=True)
class Outcome:
    """How the forms predict the dearest runs of one table from the rest of it.

    `difference` is the interval of Kaplan's error less Chinchilla's, resampled in pairs.
    """

    held: int
    kaplan: ResampledPrediction
    chinchilla: ResampledPrediction
    kaplan_with_constant: Prediction
    chinchilla_without: Prediction
    difference: tuple[float, float]


@dataclass(frozen=True)
class Holdout:
    """The outcome for each table, why each table left out was, and what that comes to.

    `holdout_wins` counts the tables on which Chinchilla's form predicts better, `holdout_clear` and
    `holdout_clear_losses` those where the whole interval of the difference says that it or Kaplan's
    does; `converged_least` is the smallest share of resamples whose fits converged.
    """

    outcomes: dict[str, Outcome]
    left_out: dict[str, str]
    holdout_wins: int
    holdout_clear: int
    holdout_clear_losses: int
    converged_least: float


def holdout(p: Parameters, tables: dict[str, Runs]) -> Holdout:
    """Hold out the runs above the largest budget over `holdout`, and predict them from the rest.

    Raises
    ------
    ScalebookError
        If no table has enough runs on both sides of the cut.
    """
    outcomes, left_out = {}, {}
    for name, runs in tables.items():
        budgets = runs.flop if runs.budget is None else runs.budget
        try:
            held = comparison.largest(budgets, p.holdout, name)
        except ScalingLawsError as error:
            left_out[name] = str(error)
            continue
        split = *data(runs), held
        kaplan, chinchilla = comparison.predict_largest(
            *split, ("power", "sum+floor"), resamples=p.resamples, seed=p.seed, level=p.level
        ).values()
        outcomes[name] = Outcome(
            int(held.sum()), kaplan, chinchilla,
            comparison.predict(*split, "power+floor"), comparison.predict(*split, "sum"),
            ends(kaplan.errors - chinchilla.errors, p.level))  # fmt: skip
    if not outcomes:
        raise ScalebookError(f"asymptotes: no table has enough runs on both sides of the cut that 'holdout' makes. {' '.join(left_out.values())}")  # fmt: skip
    found = outcomes.values()
    return Holdout(
        outcomes, left_out,
        sum(each.chinchilla.error < each.kaplan.error for each in found),
        sum(each.difference[0] > 0 for each in found),
        sum(each.difference[1] < 0 for each in found),
        min(form.converged for each in found for form in (each.kaplan, each.chinchilla)))  # fmt: skip
