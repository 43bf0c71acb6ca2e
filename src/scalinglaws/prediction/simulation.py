"""Made-up runs of a law that is known: how well a method recovers it, and runs for practice.

The law is that of Hoffmann et al. 2022, its optimum their Equation 4; the noise is normal in log
loss. Standard errors are textbook: Cramer and Rao's bound, and the square root of the number of
runs.
"""

from dataclasses import dataclass, replace
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike

from scalinglaws import registry
from scalinglaws.errors import ScalingLawsError
from scalinglaws.fitting import resample
from scalinglaws.fitting.family import FORMS
from scalinglaws.fitting.kernel import jacobian
from scalinglaws.fitting.model import Array, Design
from scalinglaws.fitting.result import Fit
from scalinglaws.laws import ParametricLaw
from scalinglaws.runs import Runs
from scalinglaws.units import positive, tokens_from_flop


@dataclass(frozen=True)
class Sweep:
    """A plan of runs: budgets, and on each the same number of sizes, even in log N.

    Parameters
    ----------
    law : ParametricLaw
        The truth, with an optimum.
    lowest, highest : float
        Smallest and largest budget, FLOP, 0 < lowest < highest.
    budgets, sizes : int
        Number of budgets, even in log compute, and of sizes on each, >= 1.
    factor : float
        Largest over smallest size, >= 1, on the middle budget.
    offset : float
        log of the grid's centre over the optimal size, on the middle budget.
    drift : float
        Exponent of compute in that ratio.
    widening : float
        The factor of the last budget over that of the first, > 0.

    Examples
    --------
    >>> from scalinglaws import published
    >>> sweep = Sweep(published["besiroglu2024"], 1e18, 1e20, budgets=3, sizes=5, factor=16)
    >>> compute, half, offset = sweep.grids()
    >>> [f"{c:.0e}" for c in compute], np.exp(2 * half).round(6)
    (['1e+18', '1e+19', '1e+20'], array([16., 16., 16.]))
    >>> runs = sweep.runs()
    >>> (runs.params[:5] / runs.params[2]).round(6)  # on the first budget, about its optimum
    array([0.25, 0.5 , 1.  , 2.  , 4.  ])
    >>> int(runs.loss[:5].argmin())
    2
    """

    law: ParametricLaw
    lowest: float
    highest: float
    budgets: int
    sizes: int
    factor: float
    offset: float = 0.0
    drift: float = 0.0
    widening: float = 1.0

    def grids(self) -> tuple[Array, Array, Array]:
        """Return where the sizes of each budget lie.

        Returns
        -------
        compute : numpy.ndarray, shape (K,)
            FLOP, ascending.
        half_width : numpy.ndarray, shape (K,)
            Half the range of log size.
        offset : numpy.ndarray, shape (K,)
            log of the grid's centre over the optimal size.

        Notes
        -----
        By definition: log `factor` and the offset are linear in log compute.
        """
        compute = np.geomspace(self.lowest, self.highest, self.budgets)
        place = np.log(compute / np.sqrt(self.lowest * self.highest))
        reach = np.log(self.highest / self.lowest)
        half = (np.log(self.factor) + np.log(self.widening) * place / reach) / 2
        return compute, half, self.offset + self.drift * place

    def runs(self) -> Runs:
        """Return the runs, without noise, budget by budget and each in ascending size.

        Returns
        -------
        Runs
            With their budgets, FLOP, which are 6 N D; n = budgets times sizes.

        Raises
        ------
        ValueError
            If a budget, or a size that follows from it, is not positive (and finite).
        """
        compute, half, offset = self.grids()
        budget = compute[:, None]
        u = offset[:, None] + half[:, None] * np.linspace(-1, 1, self.sizes)
        params = self.law.optimum(compute=budget).params * np.exp(u)
        tokens = tokens_from_flop(budget, params)
        loss = self.law.loss(params, tokens)
        budget = np.broadcast_to(budget, params.shape)
        return Runs(params.ravel(), tokens.ravel(), loss.ravel(), budget=budget.ravel())


def scatter(loss: ArrayLike, noise: float, replicates: int, rng: np.random.Generator) -> Array:
    """Return losses with independent normal noise in log loss.

    Parameters
    ----------
    loss : array_like, shape (n,)
        Without noise, nats per token.
    noise : float
        Standard deviation of log loss, >= 0.
    replicates : int
        How many tables S.
    rng : numpy.random.Generator
        Where the noise comes from.

    Returns
    -------
    numpy.ndarray, shape (S, n)
        Nats per token: by definition, loss times exp of the noise.

    Examples
    --------
    >>> noisy = scatter([2.0, 3.0], 0.01, 5000, np.random.default_rng(0))
    >>> noisy.shape, np.log(noisy).std(axis=0).round(2)
    ((5000, 2), array([0.01, 0.01]))
    """
    clean = np.asarray(loss, dtype=float)
    return np.asarray(clean * np.exp(noise * rng.standard_normal((replicates, clean.size))))


def standard_error(law: ParametricLaw, params: ArrayLike, tokens: ArrayLike, noise: float) -> float:
    """Return the standard error of a when all five constants are fitted to noisy runs.

    The first-order propagation of independent normal noise in log loss through least squares
    (Cramer and Rao's bound, textbook): exact as the noise goes to zero or the runs to infinity.

    Parameters
    ----------
    law : ParametricLaw
        The truth, with all constants > 0.
    params, tokens : array_like, shape (n,)
        Model sizes and training tokens, > 0.
    noise : float
        Standard deviation of log loss, >= 0.

    Returns
    -------
    float
        Of a = beta / (alpha + beta), dimensionless.

    Raises
    ------
    ScalingLawsError
        If there are fewer than six runs, or sizes or data do not vary.
    ValueError
        If a size or number of tokens is not positive.
    numpy.linalg.LinAlgError
        If the runs cannot tell the five constants apart at all.

    Examples
    --------
    Twice the noise, twice the error; four times the runs, half of it:

    >>> from scalinglaws import published
    >>> law = published["besiroglu2024"]
    >>> runs = Sweep(law, 1e18, 1e20, budgets=3, sizes=5, factor=16).runs()
    >>> again = runs.take(np.tile(np.arange(15), 4))
    >>> [
    ...     round(standard_error(law, table.params, table.tokens, noise), 4)
    ...     for table, noise in [(runs, 0.005), (runs, 0.01), (again, 0.01)]
    ... ]
    [0.0151, 0.0302, 0.0151]
    """
    form, design = FORMS["chinchilla"], Design.of(Runs(params, tokens, law.loss(params, tokens)))
    design.require(len(form.free), *form.varied)
    slopes = jacobian(design.centre(form.full(form.values(law))), design.size, design.data, form)
    total = (law.alpha + law.beta) ** 2
    slope = np.array([0, 0, 0, -law.beta / total, law.alpha / total], dtype=float)
    _, triangle = np.linalg.qr(slopes)
    return float(noise * np.linalg.norm(np.linalg.solve(triangle.T, slope)))


def runs_needed(runs: ArrayLike, half_width: ArrayLike, wanted: ArrayLike) -> Array:
    """Return how many runs narrow an interval to `wanted`, if it shrinks as 1 / sqrt(runs).

    Parameters
    ----------
    runs, half_width : array_like
        Runs at hand and the (half-)width of the interval that they give, > 0.
    wanted : array_like
        (Half-)width wanted, > 0, in the same unit; all three broadcast.

    Returns
    -------
    numpy.ndarray
        Runs in all, not rounded (closed form).

    Raises
    ------
    ValueError
        If any input is not positive.

    Examples
    --------
    >>> runs_needed(240, 0.06, [0.03, 0.02]).round(6)
    array([ 960., 2160.])
    """
    ratio = positive(half_width, "half_width") / positive(wanted, "wanted")
    return np.asarray(positive(runs, "runs") * ratio**2)


def normal_half_width(standard_error: ArrayLike, level: float = 0.95) -> Array:
    """Return the half-width of the normal interval of coverage `level` (textbook).

    Parameters
    ----------
    standard_error : array_like
        In any unit, >= 0.
    level : float
        Coverage, 0 < level < 1.

    Returns
    -------
    numpy.ndarray
        Same shape and unit as `standard_error`.

    Raises
    ------
    ValueError
        If the level is 1 or more (`statistics.StatisticsError`).

    Examples
    --------
    >>> round(float(normal_half_width(0.1)), 3)
    0.196
    """
    return np.asarray(
        NormalDist().inv_cdf((1 + level) / 2) * np.asarray(standard_error, dtype=float)
    )


def exponents_by_count(fit: Fit, counts: ArrayLike, *, resamples: int, seed: int) -> Array:
    """Return a, fitted to tables of different length drawn from the runs of a fit.

    Each table holds as many runs as one of `counts`, drawn with replacement, fewer or more than
    there are: what the bootstrap (Efron 1979, doi:10.1214/aos/1176344552) would say of a study of
    that many runs.

    Parameters
    ----------
    fit : Fit
        Of all n runs; every table starts from its estimate and is fitted as it was.
    counts : array_like of int, shape (k,)
        Runs of a table, >= 1.
    resamples : int
        Tables S of each length, >= 1.
    seed : int
        >= 0.

    Returns
    -------
    numpy.ndarray, shape (k, S)
        beta / (alpha + beta) of each table, whether or not its fit converged.

    Examples
    --------
    >>> from scalinglaws import fit, read_runs
    >>> found = exponents_by_count(
    ...     fit(read_runs("hoffmann2022_runs").without_highest(5)), [120, 480], resamples=40, seed=0
    ... )
    >>> found.shape, bool(found[0].std() > 1.5 * found[1].std())  # four times the runs
    ((2, 40), True)
    """
    rng = np.random.default_rng(seed)
    share = np.full(fit.n, 1 / fit.n)
    tables = (rng.multinomial(count, share, size=resamples) for count in np.asarray(counts, int))
    return np.array([resample.again(fit, drawn.astype(float)).law.general.a for drawn in tables])


@dataclass(frozen=True)
class Laboratory:
    """A plan of runs and their noise.

    Attributes
    ----------
    law : str
        Name of a published law of the form E + A/N^alpha + B/D^beta.
    budgets, sizes : int
        Budgets, even in log compute, and sizes on each, even in log N about the optimum; each 1 to
        10,000.
    lowest, highest : float
        Smallest and largest budget, FLOP, 1e12 to 1e32, the first below the second.
    factor : float
        Largest over smallest size on a budget, 1 to 1e6.
    noise : float
        Standard deviation of log loss, 0 to 1.
    seed : int
        Of the noise, 0 to 2^32 - 1.

    Raises
    ------
    ScalingLawsError
        If a number is out of bounds, or `highest` is below `lowest`; an unknown law is found out by
        what uses it.

    Examples
    --------
    >>> Laboratory(budgets=3, noise=0.0).sizes
    12
    >>> Laboratory(noise=3)
    Traceback (most recent call last):
    scalinglaws.errors.ScalingLawsError: noise 3: expected a number from 0 to 1 of log loss.
    """

    law: str = "besiroglu2024"
    budgets: int = 8
    sizes: int = 12
    lowest: float = 1e18
    highest: float = 1e21
    factor: float = 30.0
    noise: float = 0.005
    seed: int = 0

    def __post_init__(self) -> None:
        bounds: dict[str, tuple[float, float, str]] = {
            "budgets": (1, 10_000, " budgets"), "sizes": (1, 10_000, " sizes on a budget"),
            "lowest": (1e12, 1e32, " FLOP"), "highest": (1e12, 1e32, " FLOP"),
            "factor": (1, 1e6, " times"), "noise": (0, 1, " of log loss"),
            "seed": (0, 2**32 - 1, ""),
        }  # fmt: skip
        for name, (low, high, unit) in bounds.items():
            value = getattr(self, name)
            if not low <= value <= high:
                raise ScalingLawsError(
                    f"{name} {value:g}: expected a number from {low:g} to {high:g}{unit}."
                )
        if self.highest < self.lowest or (self.highest == self.lowest and self.budgets > 1):
            where = "below" if self.highest < self.lowest else "no more than"
            raise ScalingLawsError(
                f"highest {self.highest:g} FLOP is {where} lowest {self.lowest:g} FLOP."
            )


def simulate(made: Laboratory) -> Runs:
    """Return the runs of a laboratory.

    Parameters
    ----------
    made : Laboratory
        Its seed fixes the noise.

    Returns
    -------
    Runs
        With their budgets; n = budgets times sizes. They are named after the law.

    Raises
    ------
    ScalingLawsError
        If there is no such law, or it is of another form.

    Examples
    --------
    >>> runs = simulate(Laboratory(budgets=2, sizes=3, noise=0.0))
    >>> runs.name, [f"{flop:.0e}" for flop in runs.budget]
    ('simulated besiroglu2024', ['1e+18', '1e+18', '1e+18', '1e+21', '1e+21', '1e+21'])
    >>> runs.loss.round(3)  # lowest at the middle size of each budget
    array([3.805, 3.49 , 3.811, 2.397, 2.306, 2.399])
    """
    sweep = Sweep(
        registry.parametric(made.law),
        made.lowest,
        made.highest,
        made.budgets,
        made.sizes,
        made.factor,
    )
    clean = sweep.runs()
    noisy = scatter(clean.loss, made.noise, 1, np.random.default_rng(made.seed))[0]
    return replace(clean, loss=noisy, name=f"simulated {made.law}")


def csv_text(made: Laboratory) -> str:
    """Return the runs as a CSV file, to 10 significant digits.

    Parameters
    ----------
    made : Laboratory
        See `simulate`.

    Returns
    -------
    str
        A header and a line for each run, which `reading.read_runs` reads.

    Raises
    ------
    ScalingLawsError
        If there is no such law, or it is of another form.

    Examples
    --------
    >>> print(csv_text(Laboratory(budgets=1, sizes=2)).splitlines()[0])
    budget,params,tokens,loss
    """
    runs, names = simulate(made), ("budget", "params", "tokens", "loss")
    rows = zip(*(getattr(runs, name) for name in names), strict=True)
    lines = [",".join(names), *(",".join(f"{v:.10g}" for v in row) for row in rows)]
    return "\n".join(lines) + "\n"


def truth(made: Laboratory) -> str:
    """Return the law behind the runs, in words.

    Parameters
    ----------
    made : Laboratory
        Its law and noise are told.

    Returns
    -------
    str
        E, A and B in nats per token, to four or five digits.

    Raises
    ------
    ScalingLawsError
        If there is no such law, or it is of another form.

    Examples
    --------
    >>> truth(Laboratory())
    'E 1.817, A 482, B 2085.4, alpha 0.3478, beta 0.3658 (besiroglu2024), noise 0.005'
    """
    law = registry.parametric(made.law)
    return (
        f"E {law.E:.4g}, A {law.A:.4g}, B {law.B:.5g}, alpha {law.alpha:.4g}, beta {law.beta:.4g}"
        f" ({made.law}), noise {made.noise:g}"
    )
