"""Fit a form of the family to training runs: the result owns its runs and its error model.

This is Approach 3 of Hoffmann et al. 2022 (Section 3.3 and D.3) for every form and error model.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from scalinglaws.errors import ScalingLawsError
from scalinglaws.fitting import resample
from scalinglaws.fitting.family import LOG_POWERS, Form, form_of
from scalinglaws.fitting.grid import starts as grid
from scalinglaws.fitting.kernel import jacobian, terms
from scalinglaws.fitting.model import ERROR_MODELS, LOGARITHMS, Array, Design, ErrorModel
from scalinglaws.fitting.surface import Problem, from_exponents, minimise
from scalinglaws.runs import Runs

#: A constant is told from the runs if its estimate is this many standard errors from nothing.
TOLD = 2.0

_SAME = 1e-6  # relative; minima no further apart count as one
_ABSENT = 1e-6  # largest share in any run's loss of a term that counts as absent
_INVISIBLE = 1e-12  # singular value, of the largest, along which the runs say nothing
_ASIDE = 1e-6  # part of a direction that rounding makes of none

_WIDEST = 0.5
"""An interval of a this wide says next to nothing of it."""

_THIN = 0.1  # standard deviation of log N and log D across the line along which they lie


@dataclass(frozen=True)
class Fit:
    """Outcome of a fit; it carries its estimate whether or not it converged.

    Attributes
    ----------
    runs : Runs
        The n runs it was made from, copies of a row left out.
    form : Form
        Which has k free constants.
    error : ErrorModel
        What a residual was charged.
    values : ndarray, shape (k,)
        Free constants, with A, B, E and p as logarithms; of Chinchilla's form
        (ln A, ln B, ln E, alpha, beta).
    objective : float
        Sum over the runs of the error model's charge.
    status : str
        "converged", or what went wrong: "not converged: ...", "at a bound: ..." or
        "no scaling law: ...".
    starts : int
        Starting points tried.
    starts_at_best : float
        Share of the starting points that ended at the best objective, to 1e-6 relative.
    name : str
        Of the law.

    Examples
    --------
    >>> from scalinglaws import read_runs
    >>> found = fit(read_runs("hoffmann2022_runs").without_highest(5))
    >>> found.converged, found.method, found.n, found.starts, found.starts_at_best
    (True, 'huber', 240, 12, 1.0)
    >>> {name: round(value, 3) for name, value in found.constants.items()}
    {'A': 477.822, 'B': 2143.452, 'E': 1.817, 'alpha': 0.347, 'beta': 0.367}
    >>> all(found.told.values())
    True
    """

    runs: Runs = field(repr=False)
    form: Form
    error: ErrorModel
    values: Array = field(repr=False)
    objective: float
    status: str
    starts: int
    starts_at_best: float
    name: str = ""

    @property
    def law(self) -> Any:
        """The estimate: a `ParametricLaw`, or the law of another form."""
        return self.form.law(self.values, self.name)

    @property
    def n(self) -> int:
        """Runs used."""
        return len(self.runs)

    @property
    def method(self) -> str:
        """Name of the error model."""
        return self.error.name

    @property
    def minimises(self) -> str:
        """What the fit has minimised, in words."""
        return self.error.minimises

    @property
    def converged(self) -> bool:
        """Whether the gradient vanishes, no term is absent and exponents are positive."""
        return self.status == "converged"

    @property
    def constants(self) -> dict[str, float]:
        """The fitted constants by name; E, A and B in nats per token."""
        pairs = zip(self.form.free, self.values, strict=True)
        with np.errstate(over="ignore"):  # of runs that tell nothing of a constant
            return {key: float(np.exp(v) if key in LOGARITHMS else v) for key, v in pairs}

    @cached_property
    def problem(self) -> Problem:
        """What was minimised, in the coordinates of the fit."""
        return Problem(Design.of(self.runs, self.form.variable), self.form, self.error)

    @cached_property
    def residuals(self) -> Array:
        """log(observed) - log(predicted) loss, shape (n,)."""
        return self.problem.residuals(self.values)

    @cached_property
    def relative_errors(self) -> dict[str, float]:
        """Standard error of each constant over its value, to first order; infinite if not told.

        The noise is the robust standard deviation of the residuals: 1.4826 times the median size of
        all but the k smallest, which the k constants may have made zero, times
        sqrt(n / (n - k)). Runs count as independent, so that true errors are rather larger
        (textbook propagation of errors); rows of one training run count together as one.
        """
        errors = _errors(self._slopes, self._noise)
        pairs = zip(self.form.free, self.values, errors, strict=True)
        with np.errstate(divide="ignore"):
            return {
                key: float(e if key in LOGARITHMS else np.divide(e, abs(v))) for key, v, e in pairs
            }

    @cached_property
    def _slopes(self) -> Array:
        """Those of log loss in the free constants, shape (n, k)."""
        design = self.problem.design
        log_n, log_d = design.x + design.x_mean, design.y + design.y_mean
        size = np.stack([np.ones_like(log_n), -log_n])
        data = np.stack([np.ones_like(log_d), -log_d, -log_n * log_d])
        return np.asarray(jacobian(self.form.full(self.values), size, data, self.form))

    @property
    def _noise(self) -> float:
        """Of log loss, as if the rows of one training run were one."""
        rows = self.n / (int(self.runs.groups.max()) + 1)
        return _noise(self.residuals, len(self.form.free)) * float(np.sqrt(rows))

    @property
    def one_dimensional(self) -> bool:
        """Whether log params and log tokens of the runs lie along a line, to a tenth.

        Runs of one budget do, and runs of one ratio of tokens to parameters: their loss is a curve
        in one variable, of which the form alone, and not the runs, makes a surface.
        """
        both = np.stack([self.problem.design.x, self.problem.design.y])
        across = np.linalg.svd(both, compute_uv=False)[1]
        return bool(across < _THIN * np.sqrt(self.n))

    @property
    def told(self) -> dict[str, bool]:
        """Whether each constant is more than `TOLD` standard errors from what would undo it.

        That is 1 for p, which makes a sum of the terms, and 0 for the others. None is where the
        runs are `one_dimensional`, so that the terms could be exchanged or make up for each other.
        """
        room = {"p": abs(np.log(self.constants.get("p", 1.0)))}
        if {"A", "B"} <= set(self.form.free) and self.one_dimensional:
            return dict.fromkeys(self.form.free, False)
        return {
            key: bool(error * TOLD < room.get(key, 1.0))
            for key, error in self.relative_errors.items()
        }

    @property
    def optimum_told(self) -> bool:
        """Whether the runs tell a, the exponent of the optimal size.

        They do if the fit converged, both exponents are told, and two standard errors of a on
        either side of it, to first order, are no wider than a half.
        """
        names = ("alpha", "beta")
        if not (self.converged and all(self.told.get(name, False) for name in names)):
            return False
        places = [self.form.free.index(name) for name in names]
        alpha, beta = self.values[places]
        gradient = np.zeros((1, len(self.values)))
        gradient[0, places] = np.array([-beta, alpha]) / (alpha + beta) ** 2
        (error,) = _errors(self._slopes, self._noise, gradient)
        return bool(2 * TOLD * error <= _WIDEST)

    def predict(self, params: ArrayLike, tokens: ArrayLike) -> Array:
        """Return the loss that the law gives.

        Parameters
        ----------
        params, tokens : array_like
            N and D, > 0, broadcast against each other.

        Returns
        -------
        ndarray
            Nats per token.

        Raises
        ------
        ValueError
            If any input is not positive.
        """
        return self.form.loss(self.values, params, tokens)

    def bootstrap(
        self,
        resamples: int = 1000,
        seed: int = 0,
        progress: Callable[[int, int], None] | None = None,
    ) -> resample.Bootstrap:
        """Fit resampled runs again, with the same form and error model.

        Parameters
        ----------
        resamples : int
            How many, > 0.
        seed : int
            Seed of the draws, >= 0.
        progress : callable, optional
            Called now and then with how many are done and how many there are.

        Returns
        -------
        Bootstrap
            See `resample.bootstrap`.

        Raises
        ------
        ValueError
            If `resamples` is not positive.
        """
        return resample.bootstrap(self, resamples, seed, progress)

    def interval(
        self, name: str, level: float = 0.95, *, resamples: int = 1000, seed: int = 0
    ) -> tuple[float, float]:
        """Return the bootstrap's percentile interval of a constant.

        Parameters
        ----------
        name : str
            A constant, or a: an attribute of the law.
        level : float
            Coverage, 0 < level < 1.
        resamples, seed : int
            As of `bootstrap`; ask a `Bootstrap` for several intervals.

        Returns
        -------
        low, high : float
            In the unit of the constant.

        Raises
        ------
        ScalingLawsError
            If the law has no such number.
        """
        return self.bootstrap(resamples, seed).interval(name, level)

    def summary(self, draws: resample.Bootstrap | None = None, level: float = 0.95) -> str:
        """Return the fit as a table for people.

        Parameters
        ----------
        draws : Bootstrap, optional
            For intervals.
        level : float
            Their coverage.

        Returns
        -------
        str
            Several lines.

        Examples
        --------
        >>> from scalinglaws import read_runs
        >>> print(fit(read_runs("hoffmann2022_runs").without_highest(5)).summary())
        E + A/N^alpha + B/D^beta, fitted to 240 runs of hoffmann2022_runs.csv: converged
        minimises the sum of the Huber loss, of width 0.001, of the residuals of log loss
            A       477.8
            B        2143
            E       1.817
        alpha      0.3473
         beta      0.3672
        """
        source = f" of {self.runs.name}" if self.runs.name else ""
        lines = [
            f"{self.form.formula}, fitted to {self.n} runs{source}: {self.status}",
            f"minimises {self.minimises}",
        ]
        if draws is not None:
            lines.append(
                f"{level:.0%} percentile intervals of {len(draws):,} resamples, of which "
                f"{draws.converged.mean():.1%} converged"
            )
        for name, value in self.constants.items():
            span = draws.interval(name, level) if draws is not None and self.told[name] else None
            ends = "" if span is None else "  {:.4g} to {:.4g}".format(*span)
            told = "" if self.told[name] else "  cannot be told from these runs"
            lines.append(f"{name:>5} {value:11.4g}{ends}{told}")
        return "\n".join(lines)


def fit(
    runs: Runs,
    form: str | Form = "chinchilla",
    *,
    error: str | ErrorModel = "huber",
    starts: Array | Sequence[Sequence[float]] | None = None,
    name: str = "fit",
) -> Fit:
    """Fit a form to runs from many starts and keep the best end.

    Parameters
    ----------
    runs : Runs
        At least one more than the form has constants; sizes and data must vary. Copies of a row
        count once.
    form : str or Form
        A key of `family.FORMS`, such as "chinchilla", "kaplan" or "powermean", or a form of one's
        own.
    error : str or ErrorModel
        "huber" (delta 1e-3, Hoffmann et al. 2022, Equation 3), "lad", "mse", "varpro" (squared
        residuals of the loss itself) or a model of one's own.
    starts : array_like, shape (S, k), optional
        Of a form with A, B and E, in the order of `Form.free`, of which all but these three count:
        the first step solves the amplitudes. Unless given, a grid (`grid.starts`). The grid of
        Hoffmann et al. 2022 is `surface.PAPER_STARTS`.
    name : str
        Name of the fitted law.

    Returns
    -------
    Fit
        The law and how it was come by; its `status` says whether it is to be trusted.

    Raises
    ------
    ScalingLawsError
        If the runs cannot fix the form at all: there are too few, or sizes or data do not vary; or
        there is no such form or error model.

    Examples
    --------
    The replication of Besiroglu et al. 2024 states the first objective; it printed the A and B of
    the second:

    >>> from scalinglaws import read_runs
    >>> runs = read_runs("hoffmann2022_runs").without_highest(5)
    >>> for error in ("huber", "lad"):
    ...     law = fit(runs, error=error).law
    ...     print(f"{law.E:.3f} {law.A:.0f} {law.B:.0f} {law.alpha:.3f} {law.beta:.3f}")
    1.817 478 2143 0.347 0.367
    1.817 482 2085 0.348 0.366
    """
    if not isinstance(runs, Runs):
        raise ScalingLawsError(
            f"fit was given a {type(runs).__name__}; expected Runs. Make them by "
            "Runs(params=..., tokens=..., loss=...), or by read_runs."
        )
    form, error, runs = form_of(form), _error_model(error), runs.distinct()
    problem = Problem(Design.of(runs, form.variable), form, error)
    problem.design.require(len(form.free), *form.varied)
    if starts is None:
        begin = form.take(problem.design.uncentre(grid(form, problem.design)))
        values, objective, converged = minimise(begin, problem)
    else:
        begin = np.atleast_2d(np.asarray(starts, dtype=float))
        if begin.shape[1:] != (len(form.free),) or not {"A", "B", "E"} <= set(form.free):
            raise ScalingLawsError(
                f"starts of shape {begin.shape} for the form {form.name!r}; expected rows of "
                f"{', '.join(form.free)}, of a form with A, B and E."
            )
        values, objective, converged = from_exponents(begin, problem)
    objective = np.where(np.isfinite(objective), objective, np.inf)
    best = int(np.argmin(objective))
    ends = objective <= objective[best] * (1 + _SAME)
    if (ends & converged).any():
        best = int(np.flatnonzero(ends & converged)[np.argmin(objective[ends & converged])])
    return Fit(
        runs=runs,
        form=form,
        error=error,
        values=values[best],
        objective=float(objective[best]),
        status=_status(
            values[best], problem, bool(converged[best] and np.isfinite(objective[best]))
        ),
        starts=len(begin),
        starts_at_best=float(ends.mean()),
        name=name,
    )


def _error_model(error: str | ErrorModel) -> ErrorModel:
    if isinstance(error, ErrorModel):
        return error
    if not isinstance(error, str) or error not in ERROR_MODELS:
        raise ScalingLawsError(
            f"error {error!r}: expected one of {', '.join(ERROR_MODELS)}, or an ErrorModel."
        )
    return ERROR_MODELS[error]


def _status(values: Array, problem: Problem, converged: bool) -> str:
    """Say whether an end is a minimum, and a scaling law."""
    form, design = problem.form, problem.design
    if problem.confounded:
        return (
            "no scaling law: params and tokens of these runs go up as one, so that the terms of "
            "size and data cannot be told apart"
        )
    phi = design.centre(form.full(values))
    if problem.least_exponent(values) <= 0:
        return "no scaling law: an exponent is not positive, so these runs have no optimum"
    if "p" in form.free and not LOG_POWERS[0] < phi[5] < LOG_POWERS[1]:
        return "at a bound: p has left all reason, so it cannot be told from these data"
    _, shares, _ = terms(phi[None], design.size, design.data, form)
    for key, constant, term in (("s", "A", "size"), ("d", "B", "data"), ("e", "E", "irreducible")):
        if constant in form.free and shares[key].max() < _ABSENT:
            return f"at a bound: the {term} term is zero, so it cannot be told from these data"
    return "converged" if converged else "not converged: the gradient has not vanished"


def _noise(residuals: Array, constants: int) -> float:
    """Return the robust standard deviation of n residuals about a law of so many constants."""
    n, left = len(residuals), np.sort(np.abs(residuals))[constants:]
    return float(1.4826 * np.median(left) * np.sqrt(n / len(left)))


def _errors(slopes: Array, noise: float, gradients: Array | None = None) -> Array:
    """Return standard errors of the constants, or of what has these gradients in them.

    They are infinite along directions that do nothing.
    """
    norms = np.maximum(np.abs(slopes).max(axis=0), np.finfo(float).tiny)
    _, values, axes = np.linalg.svd(slopes / norms, full_matrices=False)
    silent = values <= _INVISIBLE * values[0]
    along = (np.eye(len(norms)) if gradients is None else gradients) / norms
    scale = np.abs(along).max(axis=1)
    turned = (along / scale[:, None]) @ axes.T
    parts = (turned / np.where(silent, 1.0, values)) ** 2
    parts[:, silent] = np.where(np.abs(turned[:, silent]) > _ASIDE, np.inf, 0.0)
    return np.asarray(noise * np.sqrt(parts.sum(axis=1)) * scale)
