"""Uncertain quantities from stated intervals, their products by Monte Carlo, and what decides.

A published range such as "4 [2, 5], 95%" becomes a `Distribution`. Everything is sampled through
standard normal scores, one score a quantity and draw: that makes correlated draws, tornado charts
and quasi-random sequences the same few lines. Quantities that share a factor share its draws.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scalinglaws.errors import ScalingLawsError
from scalinglaws.units import Floats

KINDS = ("lognormal", "normal", "logit", "uniform", "loguniform", "reflected")

_NORMAL = NormalDist()

_BLOCK = 1 << 15  # draws

Model = Callable[[Mapping[str, Floats]], Floats]
"""What is computed from the draws of each quantity, by name; one number a draw."""


@dataclass(frozen=True)
class Distribution:
    """An uncertain quantity, from the interval that was stated for it.

    Parameters
    ----------
    low, high : float
        Ends of the interval; equal for a quantity taken as known.
    level : float
        Coverage of the interval, between 0 and 1. The uniform kinds take it as the share of the
        whole range.
    value : float, optional
        Median. Where it is not in the middle (in the scale of the kind), the two halves get
        different widths, so that the median and both ends are met.
    kind : {"lognormal", "normal", "logit", "uniform", "loguniform", "reflected"}
        "logit" is for shares: the log-odds are normal, so draws stay between 0 and 1. "reflected"
        is `offset` minus a lognormal quantity.
    offset : float
        Of the reflected kind, above `high`.
    floor : float
        What no value can be below; draws that fall below are raised to it.

    Raises
    ------
    ScalingLawsError
        If the numbers do not make an interval of this kind; the message says why.

    Notes
    -----
    The distributions are textbook ones, their parameters derived from the quantiles
    (1 - level) / 2, 1/2 and (1 + level) / 2. The reflected kind is that of the code of
    Villalobos et al. 2024.

    Examples
    --------
    >>> pages = Distribution(2, 8)
    >>> round(pages.median, 6), pages.known
    (4.0, False)
    >>> pages.at([-1.96, 0, 1.96]).round(2)
    array([2., 4., 8.])
    >>> pages.quantile([0.025, 0.5, 0.975]).round(6)
    array([2., 4., 8.])
    >>> [round(end, 2) for end in pages.interval(0.5)]
    [3.15, 5.08]

    The bytes per token of Villalobos et al. 2024, 4 [2, 5]:

    >>> bytes_per_token = Distribution(2, 5, kind="reflected", offset=6)
    >>> round(bytes_per_token.median, 6)
    4.0
    """

    low: float
    high: float
    level: float = 0.95
    value: float | None = None
    kind: str = "lognormal"
    offset: float = field(default=0.0, kw_only=True)
    floor: float = field(default=-np.inf, kw_only=True)

    def __post_init__(self) -> None:
        problem = _problem(self)
        if problem:
            raise ScalingLawsError(problem)

    @property
    def known(self) -> bool:
        """Whether there is nothing uncertain about it."""
        return self.low == self.high

    @property
    def median(self) -> float:
        """Value with half of the draws on either side."""
        return float(self.at(0.0))

    def at(self, score: ArrayLike) -> Floats:
        """Return the value at a standard normal score: 0 is the median, 1.96 the 97.5% point.

        Parameters
        ----------
        score : array_like
            Standard normal, dimensionless.

        Returns
        -------
        numpy.ndarray
            In the unit of the interval, same shape as `score`.
        """
        scores = np.asarray(score, dtype=np.float64)
        if self.known:
            return np.full(scores.shape, self.low)[()]
        if self.kind in ("uniform", "loguniform"):
            # Imported here and below: loading it takes longer than most draws.
            from scipy.special import ndtr

            low, high = self._ends
            width = (high - low) / self.level
            start = low - (1.0 - self.level) / 2.0 * width
            return self._back(start + width * ndtr(scores))
        middle, below, above = self._shape
        if below == above:
            return self._back(middle + below * scores)
        return self._back(middle + np.where(scores < 0, below, above) * scores)

    def quantile(self, share: ArrayLike) -> Floats:
        """Return the value below which a share of the draws lies.

        Parameters
        ----------
        share : array_like
            From 0 to 1; NaN comes of others.

        Returns
        -------
        numpy.ndarray
            In the unit of the interval, same shape as `share`.
        """
        from scipy.special import ndtri

        return self.at(ndtri(np.asarray(share, dtype=np.float64)))

    def interval(self, level: float) -> tuple[float, float]:
        """Return the central interval of another coverage.

        Parameters
        ----------
        level : float
            Coverage, from 0 to below 1.

        Returns
        -------
        low, high : float
            In the unit of the stated interval.

        Raises
        ------
        ValueError
            If `level` is 1 or more.
        """
        edge = _NORMAL.inv_cdf((1.0 + level) / 2.0)
        low, high = self.at([-edge, edge])
        return float(low), float(high)

    @cached_property
    def _shape(self) -> tuple[float, float, float]:
        """Return the median and the widths below and above it per score, in the kind's scale."""
        low, high = self._ends
        edge = _NORMAL.inv_cdf((1.0 + self.level) / 2.0)
        if self.value is None:
            return (low + high) / 2.0, (high - low) / 2.0 / edge, (high - low) / 2.0 / edge
        middle = _forth(self.value, self.kind, self.offset)
        if np.isclose(middle - low, high - middle, rtol=1e-12, atol=0.0):
            return middle, (high - low) / 2.0 / edge, (high - low) / 2.0 / edge
        return middle, (middle - low) / edge, (high - middle) / edge

    @cached_property
    def _ends(self) -> tuple[float, float]:
        low, high = (_forth(end, self.kind, self.offset) for end in (self.low, self.high))
        return low, high

    def _back(self, scaled: ArrayLike) -> Floats:
        """Turn the kind's own scale back into the quantity."""
        values = np.asarray(scaled, dtype=np.float64)
        if self.kind == "logit":
            values = 1.0 / (1.0 + np.exp(-values))
        elif self.kind == "reflected":
            values = self.offset - np.exp(-values)
        elif self.kind in ("lognormal", "loguniform"):
            values = np.exp(values)
        return np.maximum(values, self.floor)[()] if self.floor > -np.inf else values[()]


def fixed(value: float) -> Distribution:
    """Return a quantity taken as known.

    Parameters
    ----------
    value : float
        Finite, of any sign.

    Returns
    -------
    Distribution
        With `known` true: by definition every draw is `value`.

    Raises
    ------
    ScalingLawsError
        If `value` is not finite.

    Examples
    --------
    >>> fixed(5.0).at([-1, 0, 1])
    array([5., 5., 5.])
    """
    return Distribution(value, value, kind="normal")


@dataclass(frozen=True)
class Summary:
    """Median and interval of some draws, each with its Monte Carlo standard error.

    Attributes
    ----------
    median : float
        In the unit of the draws.
    low, high : float
        Ends of the central interval.
    level : float
        Coverage of the interval.
    median_error, low_error, high_error : float
        Monte Carlo standard errors of the three.

    Examples
    --------
    >>> found = summarise(np.arange(1, 10_001))
    >>> round(found.median, 1), round(found.median_error)
    (5000.5, 50)
    """

    median: float
    low: float
    high: float
    level: float
    median_error: float
    low_error: float
    high_error: float


@dataclass(frozen=True)
class Swing:
    """One bar of a tornado chart: the outcome with one quantity at the ends of its interval.

    Attributes
    ----------
    name : str
        Of the quantity.
    low, high : float
        Outcome with the quantity at the low and at the high end, > 0.

    Examples
    --------
    >>> Swing("pages", low=50.0, high=200.0).size
    4.0
    """

    name: str
    low: float
    high: float

    @property
    def size(self) -> float:
        """Ratio of the larger outcome to the smaller."""
        return max(self.low, self.high) / min(self.low, self.high)


@dataclass(frozen=True)
class SobolIndices:
    """Shares of the variance of an outcome by the quantities that cause it; arrays of one length.

    Parameters
    ----------
    names : tuple of str
        Of the uncertain quantities, in the order of the arrays.
    first : numpy.ndarray
        Share that goes if the quantity were known.
    total : numpy.ndarray
        Share that stays if all others were known, interactions included.
    first_error, total_error : numpy.ndarray
        Half-widths of their bootstrap intervals.
    level : float
        Coverage of these intervals.
    runs : int
        Evaluations of the model.

    Examples
    --------
    What is left when the first-order shares are taken away is interaction:

    >>> first, total, error = np.array([0.2, 0.5]), np.array([0.5, 0.8]), np.array([0.02, 0.02])
    >>> found = SobolIndices(("a", "b"), first, total, error, error, 0.95, 4096)
    >>> round(1 - float(found.first.sum()), 6)
    0.3
    """

    names: tuple[str, ...]
    first: Floats
    total: Floats
    first_error: Floats
    total_error: Floats
    level: float
    runs: int


def sample(
    distributions: Mapping[str, Distribution],
    draws: int,
    seed: int,
    correlations: Mapping[tuple[str, str], float] | None = None,
) -> dict[str, Floats]:
    """Draw all quantities together.

    Parameters
    ----------
    distributions : mapping
        Quantities by name.
    draws : int
        Number of draws, at least 1.
    seed : int
        Of the generator, at least 0; the same seed gives the same draws.
    correlations : mapping, optional
        Correlation of the normal scores of two quantities (for lognormal ones, of their
        logarithms) by the pair of their names, -1 to 1; 0 where left out.

    Returns
    -------
    dict
        Draws by name, shape (draws,), each in the unit of its interval. Known quantities have shape
        (): they broadcast.

    Raises
    ------
    ScalingLawsError
        If `draws` is below 1, or a correlation names an unknown quantity, is outside -1 to 1, or
        they contradict one another.

    Notes
    -----
    Correlated scores are independent ones times a square root of the correlation matrix, the
    textbook method (a Gaussian copula).

    Examples
    --------
    >>> factors = {"a": Distribution(1, 4), "b": Distribution(1, 4), "c": fixed(3.0)}
    >>> draws = sample(factors, 1000, seed=1, correlations={("a", "b"): 1.0})
    >>> draws["a"].shape, draws["c"].shape, np.allclose(draws["a"], draws["b"])
    ((1000,), (), True)
    """
    if draws < 1:
        raise ScalingLawsError(f"{draws} draws were asked for; expected at least 1.")
    tied = _tied(distributions, correlations or {})
    generator = np.random.default_rng(seed)
    scores: dict[str, Floats] = {}
    values: dict[str, Floats] = {}
    for name, each in distributions.items():
        if each.known:
            values[name] = np.asarray(each.low)
            continue
        if name in tied:
            scores[name] = generator.standard_normal(draws)
            values[name] = scores[name]  # replaced below; here to keep the order of the quantities
        else:
            values[name] = _drawn(each, draws, generator)
    if scores:
        root = _root(_matrix(list(scores), correlations or {}))
        mixed = root @ np.stack(list(scores.values()))
        for name, row in zip(scores, mixed, strict=True):
            values[name] = distributions[name].at(row)
    return values


def _drawn(distribution: Distribution, draws: int, generator: np.random.Generator) -> Floats:
    """Return independent draws, made in blocks that stay in the processor's cache."""
    values = np.empty(draws)
    for start in range(0, draws, _BLOCK):
        block = values[start : start + _BLOCK]
        block[:] = distribution.at(generator.standard_normal(block.size))
    return values


def summarise(values: ArrayLike, level: float = 0.95) -> Summary:
    """Return the median and the central interval of some draws, with Monte Carlo errors.

    The standard error of a quantile is half the distance between the order statistics one binomial
    standard deviation of its rank below and above, a textbook estimate.

    Parameters
    ----------
    values : array_like
        Draws, at least 2; all are taken together.
    level : float
        Coverage of the interval, from 0 to 1.

    Returns
    -------
    Summary
        In the unit of the draws.

    Raises
    ------
    ScalingLawsError
        If there are fewer than two draws.

    Examples
    --------
    >>> draws = sample({"x": Distribution(10, 1000)}, 100_000, seed=7)["x"]
    >>> found = summarise(draws)
    >>> abs(found.median - 100) < 4 * found.median_error, abs(found.low - 10) < 4 * found.low_error
    (True, True)
    """
    draws = np.asarray(values, dtype=np.float64).ravel()
    if draws.size < 2:
        raise ScalingLawsError(f"{draws.size} draws have no interval; expected at least 2.")
    shares = np.array([0.5, (1.0 - level) / 2.0, (1.0 + level) / 2.0])
    step = np.sqrt(shares * (1.0 - shares) / draws.size)
    wanted = np.clip(np.concatenate([shares, shares - step, shares + step]), 0.0, 1.0)
    middle, below, above = np.quantile(draws, wanted).reshape(3, 3)
    error = (above - below) / 2.0
    return Summary(
        float(middle[0]), float(middle[1]), float(middle[2]), level,
        float(error[0]), float(error[1]), float(error[2]),
    )  # fmt: skip


def tornado(
    model: Model, distributions: Mapping[str, Distribution], level: float = 0.95
) -> tuple[Swing, ...]:
    """Return the outcome with one quantity at a time at the ends of its interval, widest first.

    All others stay at their medians. Known quantities are left out.

    Parameters
    ----------
    model : callable
        Positive outcome from values by name.
    distributions : mapping
        Quantities by name.
    level : float
        Coverage of the intervals, from 0 to below 1.

    Returns
    -------
    tuple of Swing
        One for each uncertain quantity, in the unit of the outcome, by definition of the chart.

    Raises
    ------
    ScalingLawsError
        If the model's outcome is not positive, so that a ratio says nothing.
    ValueError
        If `level` is 1 or more.

    Examples
    --------
    >>> factors = {"narrow": Distribution(1, 2), "wide": Distribution(1, 100), "known": fixed(3.0)}
    >>> bars = tornado(lambda v: v["narrow"] * v["known"] / v["wide"], factors)
    >>> [(bar.name, round(bar.size, 6)) for bar in bars]
    [('wide', 100.0), ('narrow', 2.0)]
    """
    medians = {name: np.asarray(each.median) for name, each in distributions.items()}
    swings = []
    for name, each in distributions.items():
        if each.known:
            continue
        low, high = (
            float(model(medians | {name: np.asarray(end)})) for end in each.interval(level)
        )
        if not (low > 0 and high > 0):
            raise ScalingLawsError(
                f"With {name} at the ends of its interval the outcome is {low:g} and {high:g}; "
                "expected positive numbers."
            )
        swings.append(Swing(name, low, high))
    return tuple(sorted(swings, key=lambda swing: -swing.size))


def sobol(
    model: Model,
    distributions: Mapping[str, Distribution],
    points: int = 2048,
    seed: int = 2024,
    level: float = 0.95,
    resamples: int = 200,
) -> SobolIndices:
    """Return variance-based sensitivity indices of an outcome (Sobol 2001, Saltelli 2010).

    Quantities count as independent; correlation belongs into factors that are shared. Give a model
    of the logarithm where draws span orders of magnitude, or a few draws decide the variance.

    Parameters
    ----------
    model : callable
        Outcome from draws by name.
    distributions : mapping
        Quantities by name; known ones are passed on and get no index.
    points : int
        Base points, a power of two; the model is run points (d + 2) times for d quantities.
    seed : int
        Of the sequence and the bootstrap.
    level : float
        Coverage of the bootstrap intervals of the indices, between 0 and 1.
    resamples : int
        Bootstrap resamples.

    Returns
    -------
    SobolIndices
        Shares, dimensionless.

    Raises
    ------
    ScalingLawsError
        If `points` is no power of two, nothing is uncertain, or the outcome does not vary or is
        not finite.
    ImportError
        If the package SALib, which computes the indices, is not installed.

    Examples
    --------
    The logarithm of a product, whose shares are known:

    >>> factors = {"a": Distribution(1, 2), "b": Distribution(1, 8)}
    >>> {name: round(share, 6) for name, share in log_shares(factors).items()}
    {'a': 0.1, 'b': 0.9}
    >>> found = sobol(lambda v: np.log(v["a"] * v["b"]), factors, 1024)  # doctest: +SKIP
    >>> found.names, found.first.round(1), found.runs  # doctest: +SKIP
    (('a', 'b'), array([0.1, 0.9]), 4096)
    """
    names = [name for name, each in distributions.items() if not each.known]
    if not names:
        raise ScalingLawsError("All quantities are known: no variance to share out.")
    if points < 2 or points & (points - 1):
        raise ScalingLawsError(f"points is {points}; a Sobol sequence needs a power of two.")
    # Imported here: SALib takes longer to load than to run.
    from SALib.analyze import sobol as analysis  # type: ignore[import-untyped]
    from SALib.sample import sobol as sequence  # type: ignore[import-untyped]

    problem = {"num_vars": len(names), "names": names, "bounds": [[0.0, 1.0]] * len(names)}
    shares: Floats = sequence.sample(problem, points, calc_second_order=False, seed=seed)
    # A share of exactly 0 or 1 would have an infinite quantile.
    shares = np.clip(shares, 1e-12, 1.0 - 1e-12)
    values = {name: np.asarray(each.median) for name, each in distributions.items()}
    for name, column in zip(names, shares.T, strict=True):
        values[name] = distributions[name].quantile(column)
    outcome = np.asarray(model(values), dtype=np.float64)
    if not np.all(np.isfinite(outcome)) or np.ptp(outcome) == 0:
        raise ScalingLawsError("The outcome is the same for all draws, or not a number for some.")
    found = analysis.analyze(
        problem, outcome, calc_second_order=False, num_resamples=resamples, conf_level=level,
        seed=seed,
    )  # fmt: skip
    return SobolIndices(
        tuple(names), found["S1"], found["ST"], found["S1_conf"], found["ST_conf"], level,
        int(outcome.size),
    )  # fmt: skip


def log_shares(distributions: Mapping[str, Distribution]) -> dict[str, float]:
    """Return each quantity's share of the variance of the logarithm of their product.

    Exact for independent quantities, symmetric lognormal ones: the shares are those of the squared
    widths. Sobol indices of the logarithm must agree.

    Parameters
    ----------
    distributions : mapping
        Quantities by name; known ones are left out.

    Returns
    -------
    dict
        Share by name, dimensionless; they add up to 1 (closed form: variances of independent
        logarithms add).

    Raises
    ------
    ScalingLawsError
        If a quantity is uncertain but not lognormal, or lopsided.

    Examples
    --------
    A range of 1 to 8 is three times as wide as one of 1 to 2, in the logarithm:

    >>> shares = log_shares({"a": Distribution(1, 2), "b": Distribution(1, 8), "c": fixed(7.0)})
    >>> {name: round(share, 6) for name, share in shares.items()}
    {'a': 0.1, 'b': 0.9}
    """
    squares: dict[str, float] = {}
    for name, each in distributions.items():
        if each.known:
            continue
        if each.kind != "lognormal" or each._shape[1] != each._shape[2]:
            raise ScalingLawsError(f"{name} is not symmetric in the logarithm; use Sobol indices.")
        squares[name] = each._shape[1] ** 2
    whole = sum(squares.values())
    return {name: square / whole for name, square in squares.items()}


def _forth(value: float, kind: str, offset: float) -> float:
    """Return a value in the kind's own scale, in which it is normal or uniform."""
    if kind in ("normal", "uniform"):
        return value
    if kind == "logit":
        return float(np.log(value / (1.0 - value)))
    return -float(np.log(offset - value)) if kind == "reflected" else float(np.log(value))


def _problem(d: Distribution) -> str:
    """Say what is wrong with the numbers of a distribution, or nothing."""
    numbers = [d.low, d.high, d.level] + ([] if d.value is None else [d.value])
    if d.kind not in KINDS:
        return f"'{d.kind}' is no kind of distribution; expected one of {', '.join(KINDS)}."
    if d.floor > d.low:
        return f"the floor {d.floor:g} is above the low end {d.low:g}."
    if not np.all(np.isfinite(numbers)):
        return "the ends, the level and the value must be finite numbers."
    if d.low > d.high:
        return f"the low end {d.low:g} is above the high end {d.high:g}; swap them."
    if not 0 < d.level < 1:
        return f"the level is {d.level:g}; expected a coverage between 0 and 1, such as 0.95."
    return _out_of_range(d) or _outside(d)


def _outside(d: Distribution) -> str:
    if d.value is None:
        return ""
    if d.known and d.value != d.low:
        return f"the value {d.value:g} is not that of the interval, which is the point {d.low:g}."
    if not d.known and d.kind in ("uniform", "loguniform"):
        return f"a {d.kind} quantity takes its median from its ends; leave the value out."
    if not d.known and not d.low < d.value < d.high:
        return f"the value {d.value:g} is not inside its interval, {d.low:g} to {d.high:g}."
    return ""


def _out_of_range(d: Distribution) -> str:
    if d.kind in ("lognormal", "loguniform") and d.low <= 0:
        return f"the low end is {d.low:g}; a {d.kind} quantity is positive."
    if d.kind == "logit" and not (d.low > 0 and d.high < 1):
        return f"the interval is {d.low:g} to {d.high:g}; a share lies between 0 and 1."
    if d.kind == "reflected" and not d.high < d.offset:
        return f"the high end is {d.high:g}; it must be below the offset, {d.offset:g}."
    return ""


def _tied(
    distributions: Mapping[str, Distribution], correlations: Mapping[tuple[str, str], float]
) -> set[str]:
    """Return the uncertain quantities that correlate with others, having checked what is given."""
    for pair, value in correlations.items():
        for name in pair:
            if name not in distributions:
                raise ScalingLawsError(
                    f"the correlation of {pair[0]} and {pair[1]} names no quantity '{name}'. "
                    f"The quantities are {', '.join(distributions)}."
                )
        if not -1 <= value <= 1 or pair[0] == pair[1]:
            raise ScalingLawsError(
                f"the correlation of {pair[0]} and {pair[1]} is {value:g}; expected two different "
                "quantities and a number from -1 to 1."
            )
    return {name for pair in correlations for name in pair if not distributions[name].known}


def _matrix(
    names: Sequence[str], correlations: Mapping[tuple[str, str], float]
) -> NDArray[np.float64]:
    matrix = np.eye(len(names))
    for (one, other), value in correlations.items():
        if one in names and other in names:
            i, j = names.index(one), names.index(other)
            matrix[i, j] = matrix[j, i] = value
    return matrix


def _root(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a square root of a correlation matrix; a singular one (correlation 1) has one too."""
    values, vectors = np.linalg.eigh(matrix)
    if values.min() < -1e-9:
        raise ScalingLawsError(
            "the correlations contradict one another: no quantities can have them all. "
            "Bring them nearer to 0."
        )
    return np.asarray(vectors * np.sqrt(np.clip(values, 0.0, None)))
