"""One table of runs by every method: what each says of the optimum, and how far to trust it.

The methods differ in what they take for granted. Approach 3 fits the law to all runs, with one of
several error models or by variable projection (Golub and Pereyra 1973, doi:10.1137/0710036);
Approach 2 fits a parabola to each budget; Approach 1 follows the lower envelope of training curves
(the approaches of Hoffmann et al. 2022); the other forms bend the law or leave out its floor, among
them that of Kaplan et al. 2020, Equation 1.5. All give the exponent a of the optimal size, most the
irreducible loss E too. The optimum of every form is in closed form. Intervals are percentiles of
resampled runs (Efron 1979, doi:10.1214/aos/1176344552), unless an answer says otherwise.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from scalinglaws.errors import ScalingLawsError
from scalinglaws.fitting import isoflop, joint, powermean, varpro
from scalinglaws.fitting.envelope import fit_envelope
from scalinglaws.fitting.joint import FormName
from scalinglaws.fitting.model import ERROR_MODELS, MSE, Array, Fit
from scalinglaws.fitting.resampling import block_counts, bootstrap, interval, project_again
from scalinglaws.fitting.surface import block_size
from scalinglaws.fitting.surface import fit as fit_parametric
from scalinglaws.laws import JointLaw, ParametricLaw
from scalinglaws.prediction import survey
from scalinglaws.runs import Runs
from scalinglaws.units import FLOP_PER_PARAM_TOKEN

#: Budget at which the optimum is asked for, in units of the largest run's.
AHEAD = 10.0

Kind = Literal["law", "allocation", "form"]

#: Every method: its name, its kind and what it is called.
METHODS: dict[str, tuple[Kind, str]] = {
    "huber": ("law", "Approach 3, Huber's error"),
    "lad": ("law", "Approach 3, absolute error"),
    "mse": ("law", "Approach 3, squared error"),
    "varpro": ("law", "Approach 3, variable projection"),
    "isoflop": ("allocation", "Approach 2, isoFLOP parabolas"),
    "envelope": ("allocation", "Approach 1, envelope of curves"),
    "powermean": ("form", "Terms joined by a power p"),
    "power+floor": ("form", "Kaplan's form above a floor"),
    "power": ("form", "Kaplan's form, no floor"),
    "sum": ("form", "Two terms, no floor"),
}

#: With which the others are compared.
REFERENCE = "huber"

MOST = 4_000
"""Runs that are fitted at most; of longer tables so many are drawn."""

_EFFORT = 1_000_000  # runs times resamples; beyond it there are fewer resamples
_FEWEST = 100

_CONSTANTS: dict[str, int] = {"powermean": 6, **{str(k): v for k, v in joint.COUNTS.items()}}
_POINTS = 60  # readings of the envelope
_ENVELOPES = 200  # noise added to the curves so often
_WORSE = 10.0  # difference in AIC from which a form describes the runs clearly worse


@dataclass(frozen=True)
class Table:
    """Runs as the methods take them; arrays of shape (n,).

    Attributes
    ----------
    params, tokens : numpy.ndarray
        Model sizes and training tokens, > 0.
    loss : numpy.ndarray
        Nats per token, > 0.
    budget : numpy.ndarray
        Compute of the budget that a run belongs to, FLOP; NaN for a run on none.
    rows : numpy.ndarray of int
        Positions of these runs in the whole table.

    Examples
    --------
    >>> import numpy as np
    >>> laid = table([1e8, 2e8], [2e9, 4e9], [3.6, 3.2], budget=[np.nan, np.nan])
    >>> size, data, loss = laid.data
    >>> [f"{c:.2g}" for c in laid.flop]
    ['1.2e+18', '4.8e+18']
    """

    params: Array
    tokens: Array
    loss: Array
    budget: Array
    rows: "np.ndarray[Any, np.dtype[np.intp]]"

    @property
    def data(self) -> tuple[Array, Array, Array]:
        """Params, tokens and loss."""
        return self.params, self.tokens, self.loss

    @property
    def flop(self) -> Array:
        """Compute 6 N D, FLOP."""
        return FLOP_PER_PARAM_TOKEN * self.params * self.tokens


@dataclass(frozen=True)
class Answer:
    """What one method says.

    Attributes
    ----------
    method : str
        A key of `METHODS`.
    status : str
        "converged", what went wrong, or why the method does not apply.
    estimate : dict of str to float
        ``a``, ``E`` and the constants of the law; ``params``, ``tokens``, ``tokens_per_param`` and
        ``loss`` (nats per token) of the optimum at the compute asked for. Only what the method
        gives; empty where it does not apply.
    draws : dict of str to numpy.ndarray
        The same in each resample, shape (S,); NaN where a resample has no optimum.
    resampling : str
        How the resamples were made; empty without any.
    settled : float
        Share of the resamples whose fit converged, or whose minima have a slope for an allocation;
        NaN without any.
    residuals : numpy.ndarray or None
        log(observed) - log(predicted) loss of the runs, shape (n,); None for an allocation.
    aic : float
        Akaike's criterion under normal noise in log loss, less a constant that all methods share
        (Akaike 1974; textbook); NaN for a method that does not fit by squared error of log loss.
    detail : object
        `Fit` of the law, `IsoflopFit`, or `Curves` of the envelope; None for another form.

    Examples
    --------
    >>> from scalinglaws import read_runs
    >>> runs = read_runs("hoffmann2022_runs").without_highest(5)
    >>> laid = table(runs.params, runs.tokens, runs.loss)
    >>> (answer,) = every(laid, 5.76e23, resamples=50, methods=["isoflop"])
    >>> answer.label, answer.kind, answer.usable
    ('Approach 2, isoFLOP parabolas', 'allocation', True)
    >>> round(answer.estimate["a"], 2)
    0.49
    >>> low, high = answer.interval("a", 0.9)
    >>> low < 0.49 < high
    True
    >>> answer.interval("E", 0.9) is None  # parabolas say nothing of the floor
    True
    """

    method: str
    status: str
    estimate: Mapping[str, float] = field(default_factory=dict)
    draws: Mapping[str, Array] = field(default_factory=dict, repr=False)
    resampling: str = ""
    settled: float = float("nan")
    residuals: Array | None = field(default=None, repr=False)
    aic: float = float("nan")
    detail: object = field(default=None, repr=False)

    @property
    def kind(self) -> Kind:
        """Whether it fits the law, only the optimum, or another form."""
        return METHODS[self.method][0]

    @property
    def label(self) -> str:
        """What the method is called."""
        return METHODS[self.method][1]

    @property
    def usable(self) -> bool:
        """Whether it converged to an optimum."""
        return self.status == "converged" and bool(np.isfinite(self.estimate.get("a", np.nan)))

    def interval(self, name: str, level: float) -> tuple[float, float] | None:
        """Return the percentile interval of one number; None without one.

        Parameters
        ----------
        name : str
            A key of `draws`.
        level : float
            Coverage, 0 < level < 1.

        Returns
        -------
        (float, float) or None
            Ends, in the unit of `estimate` (Efron 1979). None without resamples of that name, or
            if more of them than the interval leaves out have no value.
        """
        return _ends(self.draws.get(name), level)


def table(
    params: ArrayLike,
    tokens: ArrayLike,
    loss: ArrayLike,
    budget: ArrayLike | None = None,
    seed: int = 0,
) -> Table:
    """Lay out runs; of more than `MOST` a random part, the same for the same seed.

    Parameters
    ----------
    params, tokens : array_like, shape (n,)
        Model sizes and training tokens, > 0.
    loss : array_like, shape (n,)
        Nats per token, > 0.
    budget : array_like, shape (n,), optional
        Nominal compute, FLOP; found by `survey.budgets` among 6 N D unless given.
    seed : int
        Of the draw from a longer table, >= 0.

    Returns
    -------
    Table
        In the order given.

    Examples
    --------
    >>> from scalinglaws import read_runs
    >>> runs = read_runs("hoffmann2022_runs").without_highest(5)
    >>> laid = table(runs.params, runs.tokens, runs.loss)
    >>> len(laid.rows), int(np.isfinite(laid.budget).sum())  # runs, and those on a budget
    (240, 104)
    """
    columns = [np.asarray(v, dtype=float) for v in (params, tokens, loss)]
    rows = np.arange(len(columns[0]))
    if len(rows) > MOST:
        rows = np.sort(np.random.default_rng(seed).choice(len(rows), MOST, replace=False))
    size, data, observed = (column[rows] for column in columns)
    given = None if budget is None else np.asarray(budget, dtype=float)[rows]
    named = survey.budgets(FLOP_PER_PARAM_TOKEN * size * data) if given is None else given
    return Table(size, data, observed, named, rows)


def compare(
    runs: Runs, compute: float | None = None, *, resamples: int = 1000, seed: int = 0
) -> list[Answer]:
    """Ask every method what a table of runs says.

    Parameters
    ----------
    runs : Runs
        At least one; a method that needs more says so.
    compute : float, optional
        FLOP at which the optimum is asked for, > 0; ten times the largest run unless given.
    resamples : int
        Of each method that is resampled; fewer are made of a long table, see `every`.
    seed : int
        Of the draw from a long table and of the resamples, >= 0.

    Returns
    -------
    list of Answer
        One for each method, with its estimates by name and `interval` for those that were
        resampled; one that does not apply says why in its status.

    Raises
    ------
    ScalingLawsError
        If `compute` is not positive and finite.

    Examples
    --------
    >>> from scalinglaws import read_runs
    >>> runs = read_runs("hoffmann2022_runs").without_highest(5)
    >>> for answer in compare(runs, 5.76e23, resamples=0)[:6]:
    ...     ratio = answer.estimate["tokens_per_param"]
    ...     print(f"{answer.method:8}  a {answer.estimate['a']:.2f}  D/N {ratio:.3g}")
    huber     a 0.51  D/N 17.9
    lad       a 0.51  D/N 18.3
    mse       a 0.53  D/N 14.3
    varpro    a 0.54  D/N 10.4
    isoflop   a 0.49  D/N 24.5
    envelope  a 0.49  D/N 29.9
    """
    if compute is None:
        compute = AHEAD * float(runs.flop.max())
    if not 0 < compute < np.inf:
        raise ScalingLawsError(f"compute {compute}: expected a positive number of FLOP.")
    laid = table(runs.params, runs.tokens, runs.loss, runs.budget, seed)
    return every(laid, compute, resamples=resamples, seed=seed)


def every(
    runs: Table,
    compute: float,
    *,
    resamples: int = 1000,
    seed: int = 0,
    methods: Sequence[str] = tuple(METHODS),
) -> list[Answer]:
    """Ask some or all methods what runs say.

    Parameters
    ----------
    runs : Table
        As laid out by `table`.
    compute : float
        FLOP at which the optimum is asked for, > 0.
    resamples : int
        0 for none. The methods of Approach 3 and the other forms see the same resamples, so that
        their differences can be judged in pairs. Of a long table fewer are made; see `affordable`.
    seed : int
        Of the resamples, >= 0.
    methods : sequence of str
        Keys of `METHODS`. The envelope adds the residuals of `REFERENCE` to the runs, at most 200
        times, and has no interval unless that is asked before it.

    Returns
    -------
    list of Answer
        In the order asked; a method that does not apply says why in its status.

    Raises
    ------
    KeyError
        If a method is not one of `METHODS`.

    Examples
    --------
    >>> from scalinglaws import read_runs
    >>> runs = read_runs("llama3")
    >>> laid = table(runs.params, runs.tokens, runs.loss, runs.budget)
    >>> fitted, parabolas, envelope = every(
    ...     laid, 3.8e25, resamples=0, methods=["mse", "isoflop", "envelope"]
    ... )
    >>> f"{fitted.estimate['params']:.1e} {parabolas.estimate['params']:.1e}"
    '6.3e+11 3.9e+11'
    >>> envelope.status[:54]  # why it does not apply
    '0 sizes were read at more than one amount of data, and'
    """
    answers: dict[str, Answer] = {}
    resamples = affordable(len(runs.loss), resamples)
    with np.errstate(all="ignore"):  # a wild table overflows; what came of it is said in the answer
        for method in methods:
            try:
                ask = _ASK[METHODS[method][0]]
                answers[method] = ask(method, runs, compute, resamples, seed, answers)
            except (ScalingLawsError, np.linalg.LinAlgError) as error:
                why = (
                    str(error)
                    if isinstance(error, ScalingLawsError)
                    else "its equations are singular"
                )
                answers[method] = Answer(method, why)
    return list(answers.values())


def affordable(n: int, resamples: int) -> int:
    """Return how many of the resamples asked for are made of n runs: fewer of a long table.

    Parameters
    ----------
    n : int
        Runs, >= 1.
    resamples : int
        Asked for, >= 0.

    Returns
    -------
    int
        At most `resamples`, and so few that runs times resamples stay within a million, though not
        fewer than 100: arithmetic, to bound the time.

    Examples
    --------
    >>> affordable(240, 1000), affordable(4000, 1000)
    (1000, 250)
    """
    return min(resamples, max(_FEWEST, _EFFORT // n))


def difference(answer: Answer, reference: Answer, level: float) -> tuple[float, float] | None:
    """Return the interval of the difference in a between two methods.

    Resamples that both methods saw are compared in pairs; others as if they were independent, which
    makes the interval rather too wide.

    Parameters
    ----------
    answer, reference : Answer
        Of the same runs.
    level : float
        Coverage, 0 < level < 1.

    Returns
    -------
    (float, float) or None
        Percentile interval (Efron 1979) of a of `answer` less a of `reference`, dimensionless; None
        where one has no resamples, or too many of them no value.

    Examples
    --------
    >>> from scalinglaws import read_runs
    >>> runs = read_runs("hoffmann2022_runs").without_highest(5)
    >>> laid = table(runs.params, runs.tokens, runs.loss)
    >>> huber, sums = every(laid, 5.76e23, resamples=50, methods=["huber", "sum"])
    >>> low, high = difference(sums, huber, 0.95)
    >>> low > 0.2  # without a floor the optimal size grows much faster
    True
    """
    ours, theirs = (each.draws.get("a") for each in (answer, reference))
    if ours is None or theirs is None:
        return None
    count = min(len(ours), len(theirs))
    return _ends(ours[:count] - theirs[:count], level)


def comparable(answers: Sequence[Answer]) -> list[Answer]:
    """Return the answers that deserve to be compared.

    Those that converged, without the forms that describe the runs clearly worse than the best:
    by more than ten in Akaike's criterion (Akaike 1974; the ten is a textbook rule of thumb).

    Parameters
    ----------
    answers : sequence of Answer
        Of the same runs.

    Returns
    -------
    list of Answer
        In the same order.

    Examples
    --------
    >>> from scalinglaws import read_runs
    >>> runs = read_runs("hoffmann2022_runs").without_highest(5)
    >>> answers = compare(runs, 5.76e23, resamples=0)
    >>> kept = {answer.method for answer in comparable(answers)}
    >>> [answer.method for answer in answers if answer.method not in kept]
    ['power+floor', 'power', 'sum']
    """
    best = min((a.aic for a in answers if a.usable and np.isfinite(a.aic)), default=np.nan)
    return [
        a for a in answers if a.usable and not (a.kind == "form" and a.aic > best + _WORSE)
    ]  # fmt: skip


def _ends(draws: Array | None, level: float) -> tuple[float, float] | None:
    if draws is None or not len(draws):
        return None
    finite = draws[np.isfinite(draws)]
    if len(finite) < 2 or len(finite) < level * len(draws):
        return None
    low, high = interval(finite, level)
    return float(low), float(high)


# The optimum of L = E + (P / N^i + Q / D^j)^g, which all forms are cases of


def _optimum(
    floor: ArrayLike, log_p: ArrayLike, log_q: ArrayLike, i: ArrayLike, j: ArrayLike,
    power: ArrayLike, compute: float,
) -> dict[str, Array]:  # fmt: skip
    i, j = (np.where(np.asarray(v) > 0, v, np.nan) for v in (i, j))
    p, q, both = np.asarray(log_p), np.asarray(log_q), np.log(compute / FLOP_PER_PARAM_TOKEN)
    log_n = (np.log(i / j) + p - q + j * both) / (i + j)
    log_d = both - log_n
    above = power * np.logaddexp(p - i * log_n, q - j * log_d)
    return {
        "a": np.asarray(j / (i + j)),
        "E": np.where(np.asarray(floor) > 0, floor, np.nan) + 0 * i,
        "params": np.exp(log_n),
        "tokens": np.exp(log_d),
        "tokens_per_param": np.exp(log_d - log_n),
        "loss": np.asarray(np.asarray(floor) + np.exp(above)),
    }


def _of_law(law: ParametricLaw, compute: float) -> dict[str, Array]:
    found = _optimum(law.E, np.log(law.A), np.log(law.B), law.alpha, law.beta, 1.0, compute)
    return {**found, **{key: np.asarray(getattr(law, key)) for key in ("A", "B", "alpha", "beta")}}


def _of_powers(law: powermean.PowerMeanLaw, compute: float) -> dict[str, Array]:
    p = np.asarray(law.p)
    found = _optimum(
        law.E, p * np.log(law.A), p * np.log(law.B), law.alpha * p, law.beta * p, 1 / p, compute
    )
    names = ("A", "B", "alpha", "beta", "p")
    return {**found, **{key: np.asarray(getattr(law, key)) for key in names}}


def _of_form(form: FormName, phi: Array, runs: Any, compute: float) -> dict[str, Array]:
    law = joint.law(form, phi, runs)
    if isinstance(law, ParametricLaw):
        return _of_law(law, compute)
    floor = np.exp(phi[..., 4]) if "floor" in form else np.zeros_like(phi[..., 0])
    ratio = np.asarray(law.tokens_exponent)
    found = _optimum(
        floor, ratio * np.log(law.N_c), np.log(law.D_c), ratio, np.ones_like(ratio), law.alpha_D,
        compute,
    )  # fmt: skip
    names = {"alpha_N": law.alpha_N, "alpha_D": law.alpha_D, "N_c": law.N_c, "D_c": law.D_c}
    assert isinstance(law, JointLaw)
    return {**found, **{key: np.asarray(value) for key, value in names.items()}}


def _numbers(found: Mapping[str, Array]) -> dict[str, float]:
    return {key: float(value) for key, value in found.items() if np.isfinite(value)}


def _aic(residuals: Array, constants: int) -> float:
    n = len(residuals)
    return float(n * np.log(np.mean(residuals**2)) + 2 * (constants + 1))


# The methods

_Known = Mapping[str, Answer]


def _law(
    method: str, runs: Table, compute: float, resamples: int, seed: int, _: _Known
) -> Answer:  # fmt: skip
    if method == "varpro":
        found: Fit = varpro.fit(*runs.data)
    else:
        found = fit_parametric(*runs.data, error=ERROR_MODELS[method])
    draws, settled = {}, float("nan")
    if resamples:
        if method == "varpro":
            drawn = project_again(*runs.data, found, resamples=resamples, seed=seed)
        else:
            error = ERROR_MODELS[method]
            drawn = bootstrap(*runs.data, found, resamples=resamples, seed=seed, error=error)
        draws, settled = _of_law(drawn.law, compute), float(drawn.converged.mean())
    return Answer(
        method=method,
        status=found.status,
        estimate=_numbers(_of_law(found.law, compute)),
        draws=draws,
        resampling="percentile bootstrap of the runs" if resamples else "",
        settled=settled,
        residuals=found.residuals,
        aic=_aic(found.residuals, 5) if method == "mse" else float("nan"),
        detail=found,
    )


def _counts(n: int, resamples: int, seed: int) -> list[Array]:
    """Return the weights that `bootstrap` draws, block by block."""
    size = block_size(n)
    return [
        block_counts(n, block, seed)[: resamples - block * size]
        for block in range(-(-resamples // size))
    ]


def _form(
    method: str, runs: Table, compute: float, resamples: int, seed: int, _: _Known
) -> Answer:  # fmt: skip
    blocks = _counts(len(runs.loss), resamples, seed)
    if method == "powermean":
        bent = powermean.fit(*runs.data)
        parts = [powermean.resample(*runs.data, bent, counts) for counts in blocks]
        found, status = _of_powers(bent.law, compute), bent.status
        drawn = [(_of_powers(law, compute), settled) for law, settled in parts]
        residuals = bent.residuals
    else:
        form: Any = method
        other = joint.fit(*runs.data, form, error=MSE)
        found = _of_form(form, other.phi, other.runs, compute)
        status = "converged" if other.converged else "not converged: the gradient has not vanished"
        again = [joint.resample(other, counts, error=MSE) for counts in blocks]
        drawn = [(_of_form(form, phi, other.runs, compute), settled) for phi, settled in again]
        residuals = other.residuals
    if status == "converged" and not np.isfinite(found["a"]):
        status = "no scaling law: an exponent is not positive, so these runs have no optimum"
    kept = [key for key in found if np.isfinite(found[key])]  # a form without a floor has no E
    draws = {key: np.concatenate([each[key] for each, _ in drawn]) for key in kept if drawn}
    return Answer(
        method=method,
        status=status,
        estimate=_numbers(found),
        draws=draws,
        resampling="percentile bootstrap of the runs" if resamples else "",
        settled=float(np.mean(np.concatenate([s for _, s in drawn]))) if drawn else float("nan"),
        residuals=residuals,
        aic=_aic(residuals, _CONSTANTS[method]),
    )


def _allocation(
    method: str, runs: Table, compute: float, resamples: int, seed: int, known: _Known
) -> Answer:  # fmt: skip
    if method == "envelope":
        return _envelope(runs, compute, resamples, seed, known)
    return _isoflop(runs, compute, resamples, seed)


def _powers(a: ArrayLike, n_e: ArrayLike, b: ArrayLike, d_e: ArrayLike, compute: float) -> Any:
    c = np.log(compute)
    size, data = np.log(n_e) + np.asarray(a) * c, np.log(d_e) + np.asarray(b) * c
    return {
        "a": np.asarray(a, dtype=float),
        "params": np.exp(size),
        "tokens": np.exp(data),
        "tokens_per_param": np.exp(data - size),
    }


def _isoflop(runs: Table, compute: float, resamples: int, seed: int) -> Answer:
    data = (runs.budget, *runs.data)
    found = isoflop.fit(*data)
    law = found.allocation
    assert law.N_e is not None
    assert law.D_e is not None
    draws, settled = {}, float("nan")
    if resamples:
        drawn = isoflop.bootstrap(*data, resamples=resamples, seed=seed)
        each: Any = drawn.allocation
        draws = _powers(each.a, each.N_e, each.b, each.D_e, compute)
        settled = 1 - drawn.failed
    return Answer(
        method="isoflop",
        status="converged",
        estimate=_numbers(_powers(law.a, law.N_e, law.b, law.D_e, compute)),
        draws=draws,
        resampling="percentile bootstrap of the runs on each budget" if resamples else "",
        settled=settled,
        detail=found,
    )


@dataclass(frozen=True)
class Curves:
    """Training curves, read at the same compute by interpolation in the logarithms.

    Attributes
    ----------
    params : numpy.ndarray, shape (k,)
        Sizes that have a curve, ascending.
    compute : numpy.ndarray, shape (m,)
        Where the curves are read, FLOP, ascending.
    left, right : numpy.ndarray of int, shape (k, m)
        Rows of the runs on either side of a reading.
    share : numpy.ndarray, shape (k, m)
        Weight of the right one, 0 to 1; NaN where a size has no reading.

    Examples
    --------
    Five sizes, each trained for several lengths, of a law that is known:

    >>> import numpy as np
    >>> from scalinglaws import published
    >>> law, side = published["besiroglu2024"], np.geomspace(1e9, 1e11, 9)
    >>> params, tokens = np.repeat(np.geomspace(1e8, 1e10, 5), 9), np.tile(side, 5)
    >>> laid = table(params, tokens, law.loss(params, tokens))
    >>> found = curves(laid)
    >>> loss = found.read(np.log(laid.loss))
    >>> best = found.params[loss.argmin(axis=0)]  # grows with compute
    >>> f"{best[0]:.2g} {best[-1]:.2g}"
    '3.2e+08 3.2e+09'
    """

    params: Array
    compute: Array
    left: "np.ndarray[Any, np.dtype[np.intp]]"
    right: "np.ndarray[Any, np.dtype[np.intp]]"
    share: Array

    def read(self, log_loss: Array) -> Array:
        """Return the loss of each size at each compute.

        Parameters
        ----------
        log_loss : numpy.ndarray, shape (n,)
            Log loss of the runs that the curves were made of.

        Returns
        -------
        numpy.ndarray, shape (k, m)
            Nats per token (log-linear interpolation, textbook); infinite where a size has no
            reading.
        """
        read = np.exp(log_loss[self.left] * (1 - self.share) + log_loss[self.right] * self.share)
        return np.asarray(np.where(np.isnan(self.share), np.inf, read))


def curves(runs: Table) -> Curves:
    """Return the curves of the sizes that were read at several amounts of data.

    Parameters
    ----------
    runs : Table
        As laid out by `table`.

    Returns
    -------
    Curves
        Read where at least three sizes have a reading, at up to 60 values of compute even in its
        logarithm: what Approach 1 of Hoffmann et al. 2022 takes the lower envelope of.

    Raises
    ------
    ScalingLawsError
        If fewer than three sizes were, or at fewer than three values of compute three of them.

    Examples
    --------
    >>> from scalinglaws import read_runs
    >>> runs = read_runs("hoffmann2022_runs").without_highest(5)
    >>> found = curves(table(runs.params, runs.tokens, runs.loss))
    >>> len(np.unique(runs.params)), len(found.params)  # all sizes, and those with a curve
    (129, 68)
    """
    sizes, label, counts = np.unique(runs.params, return_inverse=True, return_counts=True)
    own = np.flatnonzero(counts >= 2)
    if len(own) < 3:
        raise ScalingLawsError(
            f"{len(own)} sizes were read at more than one amount of data, and an envelope needs at "
            "least three: give training curves, or the same sizes trained for several lengths"
        )
    log_c, order = np.log(runs.flop), np.argsort(runs.flop, kind="stable")
    grid = np.linspace(log_c.min(), log_c.max(), _POINTS)
    members = [order[label[order] == k] for k in own]
    shape = (len(own), _POINTS)
    left, right = np.zeros(shape, dtype=np.intp), np.zeros(shape, dtype=np.intp)
    share = np.full(shape, np.nan)
    for k, rows in enumerate(members):
        x = log_c[rows]
        place = np.clip(np.searchsorted(x, grid), 1, len(x) - 1)
        left[k], right[k] = rows[place - 1], rows[place]
        width = np.maximum(x[place] - x[place - 1], 1e-12)
        inside = (grid >= x[0]) & (grid <= x[-1])
        share[k] = np.where(inside, np.clip((grid - x[place - 1]) / width, 0, 1), np.nan)
    enough = np.isfinite(share).sum(axis=0) >= 3
    if enough.sum() < 3:
        raise ScalingLawsError(
            "the curves of the sizes hardly overlap: at fewer than three amounts of compute were "
            "three sizes read, and an envelope needs them side by side"
        )
    keep = np.flatnonzero(enough)
    return Curves(sizes[own], np.exp(grid[keep]), left[:, keep], right[:, keep], share[:, keep])


def _line(read: Curves, log_loss: Array, compute: float) -> dict[str, Array]:
    found = fit_envelope(read.params, read.compute, read.read(log_loss))
    inside = found.inside
    if len(np.unique(found.params[inside])) < 3:
        return {}
    slope = found.a_inside
    centre = np.log(read.compute[inside]).mean()
    log_n = np.log(found.params[inside]).mean() + slope * (np.log(compute) - centre)
    log_d = np.log(compute / FLOP_PER_PARAM_TOKEN) - log_n
    return {"a": slope, "params": np.exp(log_n), "tokens": np.exp(log_d),
            "tokens_per_param": np.exp(log_d - log_n)}  # fmt: skip


def _envelope(runs: Table, compute: float, resamples: int, seed: int, known: _Known) -> Answer:
    read, log_loss = curves(runs), np.log(runs.loss)
    found = _line(read, log_loss, compute)
    if not found:
        raise ScalingLawsError(
            "the envelope passes through fewer than three sizes besides the smallest and the "
            "largest, so that it has no slope of its own: train more sizes"
        )
    reference = known.get(REFERENCE)
    draws, settled = {}, float("nan")
    if resamples and reference is not None and reference.residuals is not None:
        rng = np.random.default_rng(seed)
        noisy = rng.choice(reference.residuals, size=(min(resamples, _ENVELOPES), len(log_loss)))
        lines = [_line(read, log_loss + noise, compute) for noise in noisy]
        draws = {key: np.array([line.get(key, np.nan) for line in lines]) for key in found}
        settled = float(np.mean([bool(line) for line in lines]))
    return Answer(
        method="envelope",
        status="converged",
        estimate=_numbers(found),
        draws=draws,
        resampling="percentiles with the residuals of the law added to the runs" if draws else "",
        settled=settled,
        detail=read,
    )


_Ask = Callable[[str, Table, float, int, int, _Known], Answer]
_ASK: dict[Kind, _Ask] = {"law": _law, "form": _form, "allocation": _allocation}
