"""Kaplan's and Chinchilla's form on the same runs: fitted, compared, and put to the test."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from scalebook.chapters.common import ends, printed, refit, sound
from scalebook.chapters.parameter import Parameters
from scalebook.errors import ScalebookError
from scalinglaws import fitting, reading
from scalinglaws.errors import ScalingLawsError
from scalinglaws.fitting import Fit
from scalinglaws.laws import JointLaw, ParametricLaw
from scalinglaws.optimum import counting
from scalinglaws.prediction import comparison
from scalinglaws.prediction.comparison import Information, Prediction, ResampledPrediction
from scalinglaws.runs import Runs

#: The four forms, and what they are called.
FORMS = {
    "kaplan": "Kaplan's", "kaplan+floor": "Kaplan's with a constant",
    "sum": "Chinchilla's without its constant", "chinchilla": "Chinchilla's",
}  # fmt: skip


@dataclass(frozen=True)
class Refits:
    """Both published forms fitted to the chapter's runs, and to resamples of them (the draws).

    `E` is the floor of Chinchilla's form, nats per token, with its interval.
    """

    runs: Runs
    kaplan: JointLaw
    chinchilla: ParametricLaw
    kaplan_draws: JointLaw
    chinchilla_draws: ParametricLaw
    E: float
    E_low: float
    E_high: float


def refits(p: Parameters) -> Refits:
    """Fit both published forms to the same runs, and to the same resamples of them.

    Raises
    ------
    ScalebookError
        If the runs do not fix one of the two.
    """
    ours = refit(p)
    kaplan = sound(fitting.fit(ours.used, "kaplan"))
    draws = kaplan.bootstrap(p.resamples, p.seed).law  # of the same resamples: the seed is the same
    return Refits(ours.used, kaplan.law, ours.fit.law, draws, ours.draws,
                  ours.fit.law.E, *ends(ours.draws.E, p.level))  # fmt: skip


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

    fits: dict[str, dict[str, Fit]]
    criteria: dict[str, dict[str, Information]]
    aic_non_embedding: float

    def behind(
        self, form: str, criterion: Callable[[Information], float] = lambda found: found.aic
    ) -> dict[str, float]:
        """Return how far a form is behind Chinchilla's on each table, in a criterion."""
        return {name: criterion(row[form]) - criterion(row["chinchilla"]) for name, row in self.criteria.items()}  # fmt: skip

    def most_of_it(self, form: str) -> int:
        """Return on how many tables a form is more than half as far behind as Kaplan's."""
        pairs = zip(self.behind(form).values(), self.behind("kaplan").values(), strict=True)
        return sum(bool(behind > kaplans / 2 > 0) for behind, kaplans in pairs)

    @property
    def best(self) -> dict[str, str]:
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
    fits = {name: {form: fitting.fit(runs, form) for form in FORMS}
            for name, runs in tables.items()}  # fmt: skip
    criteria = {name: {form: comparison.information(found) for form, found in row.items()} for name, row in fits.items()}  # fmt: skip
    own, used = next(iter(tables.items()))
    # Counted without embeddings, as Kaplan et al. did; the data stay as they are.
    bare = counting.non_embedding_params(used.params, printed("pearce2024.embedding.coefficient"))
    found = comparison.information(fitting.fit(replace(used, params=bare), "kaplan"))
    return Description(fits, criteria, found.aic - criteria[own]["chinchilla"].aic)


@dataclass(frozen=True)
class Outcome:
    """How the forms predict the largest runs of one table from the rest of it.

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
        try:
            held = comparison.largest(runs, p.holdout)
        except ScalingLawsError as error:
            left_out[name] = str(error)
            continue
        kaplan, chinchilla = comparison.predict_largest(
            runs, held, ("kaplan", "chinchilla"), resamples=p.resamples, seed=p.seed, level=p.level
        ).values()
        outcomes[name] = Outcome(
            int(held.sum()), kaplan, chinchilla,
            comparison.predict(runs, held, "kaplan+floor"), comparison.predict(runs, held, "sum"),
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
