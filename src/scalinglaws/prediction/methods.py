"""One table of runs by every method: what each says of the optimum, and how far to trust it.

The methods differ in what they take for granted. Approach 3 fits the law to all runs, with one of
several error models, among them that of variable projection (Golub and Pereyra 1973);
Approach 2 fits a parabola to each budget; Approach 1 follows the lower envelope of training curves
(the approaches of Hoffmann et al. 2022); the other forms bend the law or leave out its floor, among
them that of Kaplan et al. 2020, Equation 1.5. All give the exponent a of the optimal size, most the
irreducible loss E too. The optimum of every form is in closed form. Intervals are percentiles of
resampled runs (Efron 1979, doi:10.1214/aos/1176344552), unless an answer says otherwise.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Literal, NamedTuple

import numpy as np

from scalinglaws.errors import ScalingLawsError
from scalinglaws.fitting import isoflop
from scalinglaws.fitting.envelope import Curves, curves_of, fit_envelope
from scalinglaws.fitting.family import Form
from scalinglaws.fitting.model import HUBER, LAD, MSE, VARPRO, Array, ErrorModel
from scalinglaws.fitting.resample import interval
from scalinglaws.fitting.result import Fit, fit
from scalinglaws.laws import PowerAllocation
from scalinglaws.prediction import survey
from scalinglaws.prediction.comparison import CLEARLY, Preference, akaike, preferred
from scalinglaws.runs import Runs
from scalinglaws.units import FLOP_PER_PARAM_TOKEN

#: Budget at which the optimum is asked for, in units of the largest run's.
AHEAD = 10.0

Kind = Literal["law", "allocation", "form"]


class Method(NamedTuple):
    """How runs are fitted.

    Attributes
    ----------
    kind : {"law", "allocation", "form"}
        Whether it fits the law of Chinchilla, only the optimum, or another form.
    label : str
        What the method is called.
    form : str
        A key of `fitting.FORMS`; empty for an allocation.
    error : ErrorModel
        What a residual is charged.
    lines : str
        What an allocation minimises.

    Examples
    --------
    >>> METHODS["power"].form, METHODS["power"].minimises
    ('kaplan', 'half the sum of the squared residuals of log loss')
    """

    kind: Kind
    label: str
    form: str = ""
    error: ErrorModel = MSE
    lines: str = ""

    @property
    def minimises(self) -> str:
        """The objective of the fit, in words."""
        return self.lines or self.error.minimises


#: Every method by its key.
METHODS: dict[str, Method] = {
    "huber": Method("law", "Approach 3, Huber's error", "chinchilla", HUBER),
    "lad": Method("law", "Approach 3, absolute error", "chinchilla", LAD),
    "mse": Method("law", "Approach 3, squared error", "chinchilla", MSE),
    "varpro": Method("law", "Approach 3, variable projection", "chinchilla", VARPRO),
    "isoflop": Method(
        "allocation", "Approach 2, isoFLOP profiles",
        lines="the squared residuals of the logarithms of the minima of the budgets about a line "
        "in log C",
    ),
    "envelope": Method(
        "allocation", "Approach 1, envelope of curves",
        lines="the squared residuals of log N along the lower envelope about a line in log C",
    ),
    "powermean": Method("form", "Terms joined by a power p", "powermean"),
    "power+floor": Method("form", "Kaplan's form above a floor", "kaplan+floor"),
    "power": Method("form", "Kaplan's form, no floor", "kaplan"),
    "sum": Method("form", "Two terms, no floor", "sum"),
}  # fmt: skip

#: With which the others are compared.
REFERENCE = "huber"

MOST = 4_000
"""Runs that are fitted at most; of longer tables so many are drawn."""

_EFFORT = 1_000_000  # runs times resamples; beyond it there are fewer resamples
_FEWEST = 100

_ENVELOPES = 200  # noise added to the curves so often

WIDEST = 0.5
"""An interval of a this wide says next to nothing of it."""

_REACH = 100.0  # largest over smallest end of an interval of a size that is still told


@dataclass(frozen=True)
class Answer:
    """What one method says.

    Attributes
    ----------
    method : str
        A key of `METHODS`.
    status : str
        "converged", what went wrong, why the method does not apply, or "not told: ..." where the
        runs do not tell the optimum.
    estimate : dict of str to float
        ``a``, ``E`` and the constants of the law; ``params``, ``tokens``, ``tokens_per_param`` and
        ``loss`` (nats per token) of the optimum at the compute asked for. Only what the method
        gives and the runs tell; empty where it does not apply.
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
        `Fit` of a law or another form, `IsoflopFit`, or `Curves` of the envelope.

    Examples
    --------
    >>> from scalinglaws import read_runs
    >>> runs = read_runs("hoffmann2022_runs").without_highest(5)
    >>> (answer,) = compare(runs, 5.76e23, resamples=50, methods=["isoflop"])
    >>> answer.label, answer.kind, answer.usable
    ('Approach 2, isoFLOP profiles', 'allocation', True)
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
        return METHODS[self.method].kind

    @property
    def label(self) -> str:
        """What the method is called."""
        return METHODS[self.method].label + f", {self.minimum} minima" * (
            self.minimum not in ("", "parabola")
        )

    @property
    def minimum(self) -> str:
        """How Approach 2 finds a minimum; empty for the others."""
        return self.detail.profiles.minimum if isinstance(self.detail, isoflop.IsoflopFit) else ""

    @property
    def minimises(self) -> str:
        """What the method minimises, in words."""
        found = METHODS[self.method].minimises
        if not isinstance(self.detail, isoflop.IsoflopFit):
            return found
        return f"{found}; a minimum is {isoflop.MINIMA[self.detail.profiles.minimum]}"

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


def compare(
    runs: Runs,
    compute: float | None = None,
    *,
    resamples: int = 1000,
    seed: int = 0,
    methods: Sequence[str] = tuple(METHODS),
    minimum: isoflop.Minimum = "parabola",
    progress: Callable[[int, int], None] | None = None,
) -> list[Answer]:
    """Ask some or all methods what a table of runs says.

    Parameters
    ----------
    runs : Runs
        At least one; a method that needs more says so. Copies of a row count once. Of a table
        longer than `MOST` a random part is taken. Budgets that it does not name are found
        (`survey.on_budgets`).
    compute : float, optional
        FLOP at which the optimum is asked for, > 0; ten times the largest run unless given.
    resamples : int
        0 for none. The methods of Approach 3 and the other forms see the same resamples, so that
        their differences can be judged in pairs. Of a long table fewer are made; see `affordable`.
    seed : int
        Of the draw from a long table and of the resamples, >= 0.
    methods : sequence of str
        Keys of `METHODS`. The envelope adds the residuals of `REFERENCE` to the runs, at most 200
        times, and has no interval unless that is asked before it.
    minimum : {"parabola", "window", "akima"}
        How Approach 2 finds the minimum of a budget, see `isoflop.MINIMA`.
    progress : callable, optional
        Called after each method with how many are done and how many there are.

    Returns
    -------
    list of Answer
        In the order asked, with its estimates by name and `interval` for those that were
        resampled; one that does not apply says why in its status.

    Raises
    ------
    ScalingLawsError
        If `compute` is not positive and finite, or a method is not one of `METHODS`.

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

    Of a table that lacks training curves:

    >>> (envelope,) = compare(read_runs("llama3"), resamples=0, methods=["envelope"])
    >>> envelope.status[:54]  # why it does not apply
    '0 sizes were read at more than one amount of data, and'
    """
    if compute is None:
        compute = AHEAD * float(runs.flop.max())
    if not 0 < compute < np.inf:
        raise ScalingLawsError(f"compute {compute}: expected a positive number of FLOP.")
    unknown = [method for method in methods if method not in METHODS]
    if unknown:
        raise ScalingLawsError(f"method {unknown[0]!r}: expected one of {', '.join(METHODS)}.")
    runs = survey.on_budgets(runs.distinct().sample(MOST, seed))
    asking = _ASK | {"isoflop": partial(_isoflop, minimum=minimum)}
    answers: dict[str, Answer] = {}
    resamples = affordable(len(runs), resamples)
    with np.errstate(all="ignore"):  # a wild table overflows; what came of it is said in the answer
        for method in methods:
            ask = asking.get(method, _fitted)
            try:
                answers[method] = ask(method, runs, compute, resamples, seed, answers)
            except ScalingLawsError as error:
                answers[method] = Answer(method, str(error))
            except np.linalg.LinAlgError:
                answers[method] = Answer(method, "its equations are singular")
            if progress is not None:
                progress(len(answers), len(methods))
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
    >>> huber, sums = compare(runs, 5.76e23, resamples=50, methods=["huber", "sum"])
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

    Those that converged to an optimum that the runs tell, without the forms that describe the runs
    clearly worse than the best: by more than ten in Akaike's criterion (Akaike 1974; the ten is a
    textbook rule of thumb). Chinchilla's form is judged as the others are, and with it every error
    model of Approach 3.

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
    >>> sorted(kept)
    ['envelope', 'isoflop', 'powermean']
    """
    aic = {METHODS[a.method].form: a.aic for a in answers if np.isfinite(a.aic)}
    best = min((a.aic for a in answers if a.usable and np.isfinite(a.aic)), default=np.inf)
    return [
        a for a in answers
        if a.usable and aic.get(METHODS[a.method].form, best) <= best + CLEARLY
    ]  # fmt: skip


def preference(answers: Sequence[Answer]) -> Preference | None:
    """Return the form that the runs prefer, of those that deserve to be compared.

    Parameters
    ----------
    answers : sequence of Answer
        Of the same runs.

    Returns
    -------
    Preference or None
        See `comparison.preferred`; None if no form that was fitted by squared error of log loss
        converged to an optimum that the runs tell.

    Examples
    --------
    >>> from scalinglaws import read_runs
    >>> preference(compare(read_runs("llama3"), resamples=0)).form
    'powermean'
    """
    known = {METHODS[a.method].form: a for a in answers if a.usable and np.isfinite(a.aic)}
    fits = {form: a.detail for form, a in known.items() if isinstance(a.detail, Fit)}
    return preferred(fits, {form: a.aic for form, a in known.items()})


def leading(answers: Sequence[Answer]) -> Answer:
    """Return the answer to lead with: by the form that the runs prefer.

    Parameters
    ----------
    answers : sequence of Answer
        At least one, of the same runs.

    Returns
    -------
    Answer
        Of the error models of Chinchilla's form the first that is usable. Where no form is, the
        first answer that deserves to be compared, or the first of all.

    Examples
    --------
    >>> from scalinglaws import read_runs
    >>> leading(compare(read_runs("llama3"), resamples=0)).method
    'powermean'
    """
    found, wanted = comparable(answers), preference(answers)
    forms = [a for a in found if wanted is not None and METHODS[a.method].form == wanted.form]
    return next(iter([*forms, *found, *answers]))


def _ends(draws: Array | None, level: float) -> tuple[float, float] | None:
    if draws is None or not len(draws):
        return None
    finite = draws[np.isfinite(draws)]
    if len(finite) < 2 or len(finite) < level * len(draws):
        return None
    low, high = interval(finite, level)
    return float(low), float(high)


# The methods

_Known = Mapping[str, Answer]


def _fitted(
    method: str, runs: Runs, compute: float, resamples: int, seed: int, _: _Known
) -> Answer:  # fmt: skip
    how = METHODS[method]
    found = fit(runs, how.form, error=how.error)
    draws: dict[str, Array] = {}
    settled, estimate = float("nan"), _numbers(_says(found.form, found.values, compute))
    if resamples and found.converged:
        drawn = found.bootstrap(resamples, seed)
        draws = _says(found.form, drawn.values, compute)
        settled = float(drawn.converged.mean())
    told = {_ALSO.get(name, name): told for name, told in found.told.items() if name != "p"}
    told["a"] = found.optimum_told
    made = Answer(
        method=method,
        status=found.status,
        estimate=estimate,
        draws=draws,
        resampling=f"percentile bootstrap of the {_units(runs)}" if draws else "",
        settled=settled,
        residuals=found.residuals,
        aic=akaike(found) if how.error is MSE else float("nan"),
        detail=found,
    )
    return _told(made, told)


#: Constants of Kaplan's forms, told where these are.
_ALSO = {"alpha_N": "alpha", "alpha_D": "beta", "N_c": "A", "D_c": "B"}


def _units(runs: Runs) -> str:
    return "runs, each with all its rows" if runs.groups.max() + 1 < len(runs) else "runs"


def _told(answer: Answer, told: Mapping[str, bool] | None = None) -> Answer:
    """Leave out of an answer what the runs do not tell, by the design or by the resamples."""
    if answer.status != "converged":
        return replace(answer, estimate={}, draws={}, resampling="", settled=float("nan"))
    lost = {name for name in answer.estimate if not (told or {}).get(_ALSO.get(name, name), True)}
    if answer.draws:
        spans = {name: answer.interval(name, _LEVEL) for name in answer.estimate}
        lost |= {name for name, ends in spans.items() if ends is None}
        a, size = spans.get("a"), spans.get("params")
        if a is not None and a[1] - a[0] > WIDEST:
            lost.add("a")
        if size is not None and size[1] > _REACH * size[0]:
            lost |= set(_OPTIMUM)
    status = answer.status
    if "a" in lost or "a" not in answer.estimate:
        lost |= {"a", *_OPTIMUM}
        status = (
            "not told: these runs do not tell how the optimal size grows with compute, since they "
            "spread too little in size, data or compute for their noise"
        )
    kept = {name: value for name, value in answer.estimate.items() if name not in lost}
    draws = {name: values for name, values in answer.draws.items() if name in kept}
    return replace(answer, status=status, estimate=kept, draws=draws)


_LEVEL = 0.95  # of the intervals that judge what is told
_OPTIMUM = ("params", "tokens", "tokens_per_param", "loss")


def _says(form: Form, values: Array, compute: float) -> dict[str, Array]:
    """Return what constants, or an ensemble of them, give; NaN for what they do not."""
    law = form.general(values)
    best, alpha, beta = law.optimum(compute=compute), np.asarray(law.alpha), np.asarray(law.beta)
    found: dict[str, Any] = {
        "a": np.where((alpha > 0) & (beta > 0), law.a, np.nan),
        "E": np.where(np.greater(law.E, 0), law.E, np.nan),
        "params": best.params,
        "tokens": best.tokens,
        "tokens_per_param": best.tokens_per_param,
        "loss": best.loss,
    }
    if form.tied:
        found |= {"alpha_N": alpha, "alpha_D": beta}
        found |= {"N_c": law.A ** (1 / alpha), "D_c": law.B ** (1 / beta)}
    else:
        names = [name for name in ("A", "B", "alpha", "beta", "p") if name in form.free]
        found |= {name: getattr(law, name) for name in names}
    return {key: np.broadcast_to(value, alpha.shape) for key, value in found.items()}


def _numbers(found: Mapping[str, Array]) -> dict[str, float]:
    return {key: float(value) for key, value in found.items() if np.isfinite(value)}


def _spends(law: PowerAllocation, compute: float) -> dict[str, Array]:
    params, tokens = law.params(compute), law.tokens(compute)
    found = {"a": law.a, "params": params, "tokens": tokens, "tokens_per_param": tokens / params}
    return {key: np.asarray(value, dtype=float) for key, value in found.items()}


def _isoflop(
    method: str, runs: Runs, compute: float, resamples: int, seed: int, _: _Known,
    *, minimum: isoflop.Minimum = "parabola",
) -> Answer:  # fmt: skip
    found = isoflop.fit(runs, minimum=minimum)
    draws, settled = {}, float("nan")
    if resamples:
        drawn = found.bootstrap(resamples, seed)
        draws, settled = _spends(drawn.allocation, compute), 1 - drawn.failed
    how = "runs on each budget" if _units(runs) == "runs" else _units(runs)
    return _told(Answer(
        method=method,
        status="converged",
        estimate=_numbers(_spends(found.allocation, compute)),
        draws=draws,
        resampling=f"percentile bootstrap of the {how}" if resamples else "",
        settled=settled,
        detail=found,
    ))  # fmt: skip


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


def _envelope(
    method: str, runs: Runs, compute: float, resamples: int, seed: int, known: _Known
) -> Answer:  # fmt: skip
    read, log_loss = curves_of(runs), np.log(runs.loss)
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
    return _told(Answer(
        method=method,
        status="converged",
        estimate=_numbers(found),
        draws=draws,
        resampling="percentiles with the residuals of the law added to the runs" if draws else "",
        settled=settled,
        detail=read,
    ))  # fmt: skip


_ASK: dict[str, Callable[..., Answer]] = {"envelope": _envelope}
