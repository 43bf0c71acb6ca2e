"""The runs, and the constants that fit them by one error or another."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from scalebook.chapters.common import ends, printed, runs_of, sound
from scalebook.chapters.parameter import Parameters
from scalinglaws import fitting, registry
from scalinglaws.balance import Allocation
from scalinglaws.fitting import LAD, MSE, Bootstrap, ErrorModel, Fit, likelihood
from scalinglaws.fitting.likelihood import ChiSquareTest
from scalinglaws.fitting.model import Design
from scalinglaws.fitting.surface import Problem
from scalinglaws.laws import ParametricLaw
from scalinglaws.optimum import dense
from scalinglaws.runs import Runs

HOFFMANN = registry.parametric("hoffmann2022")
HOFFMANN_PRINTED = registry.parametric("hoffmann2022-printed")
REPLICATION = registry.parametric("besiroglu2024")

FORM = fitting.FORMS["chinchilla"]

#: The choice of error that the paper made, and how the names of the symmetrical ones begin.
PAPERS = "Huber, as in the paper"
SYMMETRIC = ("absolute", PAPERS, "Huber, 10", "squared")
#: Resamples at most for an error other than the paper's.
FLOOR_RESAMPLES = 200


def published(key: str) -> float:
    """Return a figure that the replication printed, by the rest of its key in the registry."""
    return printed(f"besiroglu2024.{key}")


@dataclass(frozen=True)
class Sample:
    """The runs of the table and those used, and how finely the losses were read.

    `left_out` is a mask of `everything`; `half_step` is half a step of the losses over the loss.
    """

    everything: Runs
    used: Runs
    left_out: NDArray[np.bool_]
    distinct_losses: int
    half_step: float


def read(p: Parameters) -> Sample:
    """Read the runs, and leave out those with the highest losses."""
    everything, used = runs_of(p)
    distinct = np.unique(everything.loss)
    half_step = float(np.median(np.diff(distinct) / distinct[:-1]) / 2)
    return Sample(everything, used, everything.loss > used.loss.max(), len(distinct), half_step)


@dataclass(frozen=True)
class Fitted:
    """Fits by the stated error and by the absolute one, to the runs used and to all of them.

    `best` is the optimum at the quoted budget by the stated fit of the runs used.
    """

    error: ErrorModel
    stated: Fit
    stated_all: Fit
    absolute: Fit
    absolute_all: Fit
    best: Allocation


def fit(p: Parameters, sample: Sample) -> Fitted:
    """Fit the law.

    Raises
    ------
    ScalebookError
        If the runs do not fix it.
    """
    error = ErrorModel("huber", p.delta)
    used, everything = sample.used, sample.everything
    stated = sound(fitting.fit(used, error=error))
    return Fitted(error, stated, fitting.fit(everything, error=error),
                  fitting.fit(used, error=LAD), fitting.fit(everything, error=LAD),
                  dense.optimal(stated.law, p.compute))  # fmt: skip


def candidates(fitted: Fitted) -> dict[str, ParametricLaw]:
    """Return five sets of constants for the same runs, by what they are."""
    return {
        "minimum of the stated objective": fitted.stated.law,
        "minimum of the absolute error": fitted.absolute.law,
        "printed by Besiroglu et al.": REPLICATION,
        "Hoffmann et al., unrounded": HOFFMANN,
        "Hoffmann et al., as printed": HOFFMANN_PRINTED,
    }


def objective(law: ParametricLaw, sample: Sample, error: ErrorModel) -> float:
    """Return the sum of an error's charges for the runs used, by the given constants."""
    return float(Problem(Design.of(sample.used), FORM, error).objective(FORM.values(law)))


def as_printed(law: ParametricLaw) -> ParametricLaw:
    """Return a law rounded to the digits that the replication prints."""
    digits = {"E": 4, "A": 2, "B": 2, "alpha": 4, "beta": 4}
    return replace(law, **{name: round(getattr(law, name), n) for name, n in digits.items()})


@dataclass(frozen=True)
class LogLikelihoods:
    """Log-likelihoods on the runs used and on all, by constants, and tests of Hoffmann's.

    `best_on_all` is that of the fit of all runs on them.
    """

    used: dict[str, float]
    everything: dict[str, float]
    best_on_all: float
    ratio: ChiSquareTest
    ratio_all: ChiSquareTest


def log_likelihoods(fitted: Fitted) -> LogLikelihoods:
    """Repeat the replication's tests, which depend on the constants alone."""
    laws = {
        "refit": fitted.absolute.law,
        "hoffmann": HOFFMANN,
        "hoffmann_printed": HOFFMANN_PRINTED,
    }
    used, everything = ({name: likelihood.log_likelihood(fit.problem.residuals(FORM.values(law))) for name, law in laws.items()}
                        for fit in (fitted.absolute, fitted.absolute_all))  # fmt: skip
    best = likelihood.log_likelihood(fitted.absolute_all.residuals)
    return LogLikelihoods(used, everything, best,
                          likelihood.likelihood_ratio(used["hoffmann"], used["refit"], dof=5),
                          likelihood.likelihood_ratio(everything["hoffmann"], best, dof=5))  # fmt: skip


@dataclass(frozen=True)
class Floor:
    """The irreducible loss by one choice of error, with its interval (nan: not drawn)."""

    name: str
    E: float
    low: float
    high: float


def floors(p: Parameters, sample: Sample, fitted: Fitted, ensemble: Bootstrap) -> list[Floor]:
    """Fit the same runs by other errors, and see where the floor goes."""
    errors = {
        "quantile 25%": ErrorModel("quantile", 0.0, 0.25),
        "absolute": LAD,
        PAPERS: fitted.error,
        "Huber, 10 times wider": ErrorModel("wide", 10 * p.delta),
        "squared (log loss)": MSE,
        "quantile 75%": ErrorModel("quantile", 0.0, 0.75),
    }
    used, drawn, found = sample.used, min(FLOOR_RESAMPLES, p.resamples), []
    for name, error in errors.items():
        one, several = fitted.stated, ensemble
        if name != PAPERS:
            one = fitting.fit(used, error=error)
            several = one.bootstrap(drawn, p.seed)
        found.append(Floor(name, float(one.law.E), *ends(several.law.E, p.level)))
    every = f"Huber, all {len(sample.everything)} runs"
    return [*found, Floor(every, float(fitted.stated_all.law.E), np.nan, np.nan)]


#: Other forms of the law with a floor, by what they are called.
OTHER_FORMS = {"power mean": "powermean", "Kaplan's form and a floor": "kaplan+floor"}


def floors_of_forms(fitted: Fitted) -> list[Floor]:
    """Fit other forms to the same runs by the stated error, and see where the floor goes."""
    found = {name: fitting.fit(fitted.stated.runs, form, error=fitted.error) for name, form in OTHER_FORMS.items()}  # fmt: skip
    return [Floor(name, float(fit.law.E), np.nan, np.nan) for name, fit in found.items() if fit.converged]  # fmt: skip


def missed(law: ParametricLaw, sample: Sample) -> float:
    """Return by what share of the loss a law misses the runs used, on average."""
    told = law.loss(sample.used.params, sample.used.tokens)
    return float(np.mean(np.abs(np.log(sample.used.loss / told))))


def scatter(p: Parameters, fit: Fit) -> dict[str, float]:
    """Ask whether the residuals are independent draws from one law.

    Returns
    -------
    dict
        Absolute residuals, of all runs and of the smallest and the largest third of the models;
        the correlation is of a run's residual with that of the nearest run in size and data.
    """
    design, residuals, sizes = fit.problem.design, fit.residuals, fit.runs.params
    point = np.stack([design.x / design.x.std(), design.y / design.y.std()], axis=1)
    distance = np.sum((point[:, None] - point) ** 2, axis=-1)
    np.fill_diagonal(distance, np.inf)
    small, large = np.quantile(sizes, [1 / 3, 2 / 3])
    off, nearest = np.abs(residuals), residuals[distance.argmin(axis=1)]
    return {
        "residual_over_delta": float(off.mean() / p.delta), "share_beyond_delta": float(np.mean(off > p.delta)),
        "scatter_small": float(off[sizes <= small].mean()), "scatter_large": float(off[sizes > large].mean()),
        "neighbour_correlation": likelihood.rank_correlation(residuals, nearest),
    }  # fmt: skip
