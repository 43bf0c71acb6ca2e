"""Made-up runs of a law that is known: how well a method recovers it, and runs for practice."""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike

from scalinglaws import registry
from scalinglaws.errors import ScalingLawsError
from scalinglaws.fitting.model import HUBER, Array, ErrorModel, Fit, predict, prepare, theta_of
from scalinglaws.fitting.surface import minimise
from scalinglaws.laws import ParametricLaw
from scalinglaws.optimum import dense
from scalinglaws.units import positive, tokens_from_flop


@dataclass(frozen=True)
class Sweep:
    """A plan of runs: budgets, and on each the same number of sizes, even in log N.

    Parameters
    ----------
    law : ParametricLaw
        The truth.
    lowest, highest : float
        Smallest and largest budget, FLOP.
    budgets, sizes : int
        Number of budgets, and of sizes on each.
    factor : float
        Largest over smallest size, > 1, on the middle budget.
    offset : float
        log of the grid's centre over the optimal size, on the middle budget.
    drift : float
        Exponent of compute in that ratio.
    widening : float
        The factor of the last budget over that of the first.
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
        """Return compute (FLOP), half-width and offset of log size of each budget, each (K,)."""
        compute = np.geomspace(self.lowest, self.highest, self.budgets)
        place = np.log(compute / np.sqrt(self.lowest * self.highest))
        reach = np.log(self.highest / self.lowest)
        half = (np.log(self.factor) + np.log(self.widening) * place / reach) / 2
        return compute, half, self.offset + self.drift * place

    def runs(self) -> tuple[Array, Array, Array, Array]:
        """Return budget (FLOP), params, tokens and the law's loss of each run, each (n,)."""
        compute, half, offset = self.grids()
        budget = compute[:, None]
        u = offset[:, None] + half[:, None] * np.linspace(-1, 1, self.sizes)
        params = dense.optimal(self.law, budget).params * np.exp(u)
        tokens = tokens_from_flop(budget, params)
        loss = self.law.loss(params, tokens)
        budget = np.broadcast_to(budget, params.shape)
        return budget.ravel(), params.ravel(), tokens.ravel(), loss.ravel()


def scatter(loss: ArrayLike, noise: float, replicates: int, rng: np.random.Generator) -> Array:
    """Return losses with normal noise of standard deviation `noise` in log loss, shape (S, n)."""
    clean = np.asarray(loss, dtype=float)
    return np.asarray(clean * np.exp(noise * rng.standard_normal((replicates, clean.size))))


def standard_error(law: ParametricLaw, params: ArrayLike, tokens: ArrayLike, noise: float) -> float:
    """Return the standard error of a when all five constants are fitted to noisy runs.

    The first-order propagation of independent normal noise in log loss through least squares
    (Cramer and Rao's bound): exact as the noise goes to zero or the runs to infinity.

    Parameters
    ----------
    law : ParametricLaw
        The truth.
    params, tokens : array_like, shape (n,)
    noise : float
        Standard deviation of log loss.
    """
    loss = law.loss(params, tokens)
    runs = prepare(params, tokens, loss)
    (size, data, floor), _ = predict(runs.centre(theta_of(law))[None], runs)
    jacobian = np.stack([size[0], data[0], floor[0], -size[0] * runs.x, -data[0] * runs.y], axis=-1)
    total = (law.alpha + law.beta) ** 2
    slope = np.array([0, 0, 0, -law.beta / total, law.alpha / total], dtype=float)
    _, triangle = np.linalg.qr(jacobian)
    return float(noise * np.linalg.norm(np.linalg.solve(triangle.T, slope)))


def runs_needed(runs: ArrayLike, half_width: ArrayLike, wanted: ArrayLike) -> Array:
    """Return how many runs narrow an interval to `wanted`, if it shrinks as 1 / sqrt(runs).

    Parameters
    ----------
    runs, half_width : array_like
        Runs at hand and the (half-)width of the interval that they give.
    wanted : array_like
        (Half-)width wanted, in the same unit.
    """
    ratio = positive(half_width, "half_width") / positive(wanted, "wanted")
    return np.asarray(positive(runs, "runs") * ratio**2)


def normal_half_width(standard_error: ArrayLike, level: float = 0.95) -> Array:
    """Return the half-width of the normal interval of coverage `level`."""
    return np.asarray(
        NormalDist().inv_cdf((1 + level) / 2) * np.asarray(standard_error, dtype=float)
    )


def exponents_by_count(
    params: ArrayLike,
    tokens: ArrayLike,
    loss: ArrayLike,
    fit: Fit,
    counts: ArrayLike,
    *,
    resamples: int,
    seed: int,
    error: ErrorModel = HUBER,
) -> Array:
    """Return a, fitted to tables of different length drawn from the runs, shape (k, S).

    Each table holds `count` runs drawn with replacement, fewer or more than there are: what the
    bootstrap would say of a study of that many runs.

    Parameters
    ----------
    params, tokens, loss : array_like, shape (n,)
    fit : Fit
        Of all runs, by Approach 3; every table starts from its estimate.
    counts : array_like of int, shape (k,)
    resamples, seed : int
    error : ErrorModel
    """
    runs = prepare(params, tokens, loss)
    rng = np.random.default_rng(seed)
    rows = []
    for count in np.asarray(counts, dtype=int):
        drawn = rng.multinomial(count, np.full(runs.n, 1 / runs.n), size=resamples).astype(float)
        starts = np.repeat(fit.theta[None], resamples, axis=0)
        theta, _, _ = minimise(starts, runs, error, drawn, near=True)
        rows.append(theta[:, 4] / (theta[:, 3] + theta[:, 4]))
    return np.array(rows)


@dataclass(frozen=True)
class Laboratory:
    """A plan of runs and their noise.

    Attributes
    ----------
    law : str
        Name of a published law of the form E + A/N^alpha + B/D^beta.
    budgets, sizes : int
        Budgets, even in log compute, and sizes on each, even in log N about the optimum.
    lowest, highest : float
        Smallest and largest budget, FLOP.
    factor : float
        Largest over smallest size on a budget.
    noise : float
        Standard deviation of log loss.
    seed : int

    Raises
    ------
    ScalingLawsError
        If a number is out of bounds.
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
            "budgets": (1, 10_000, "budgets"), "sizes": (1, 10_000, "sizes on a budget"),
            "lowest": (1e12, 1e32, "FLOP"), "highest": (1e12, 1e32, "FLOP"),
            "factor": (1, 1e6, "times"), "noise": (0, 1, "of log loss"), "seed": (0, 2**32 - 1, ""),
        }  # fmt: skip
        for name, (low, high, unit) in bounds.items():
            value = getattr(self, name)
            if not low <= value <= high:
                raise ScalingLawsError(
                    f"{name} {value:g}: expected a number from {low:g} to {high:g} {unit}."
                )
        if self.highest < self.lowest:
            raise ScalingLawsError(
                f"highest {self.highest:g} FLOP is below lowest {self.lowest:g} FLOP."
            )


def simulate(made: Laboratory) -> dict[str, np.ndarray]:
    """Return the runs of a laboratory.

    Returns
    -------
    dict
        ``budget`` (FLOP), ``params``, ``tokens`` and ``loss`` (nats per token), each of shape (n,).
    """
    sweep = Sweep(
        registry.parametric(made.law),
        made.lowest,
        made.highest,
        made.budgets,
        made.sizes,
        made.factor,
    )
    budget, params, tokens, loss = sweep.runs()
    noisy = scatter(loss, made.noise, 1, np.random.default_rng(made.seed))[0]
    return {"budget": budget, "params": params, "tokens": tokens, "loss": noisy}


def csv_text(made: Laboratory) -> str:
    """Return the runs as a CSV file, to 10 significant digits."""
    columns = simulate(made)
    lines = [",".join(columns)]
    lines += [",".join(f"{v:.10g}" for v in row) for row in zip(*columns.values(), strict=True)]
    return "\n".join(lines) + "\n"


def truth(made: Laboratory) -> str:
    """Return the law behind the runs, in words."""
    law = registry.parametric(made.law)
    return (
        f"E {law.E:.4g}, A {law.A:.4g}, B {law.B:.5g}, alpha {law.alpha:.4g}, beta {law.beta:.4g}"
        f" ({made.law}), noise {made.noise:g}"
    )
