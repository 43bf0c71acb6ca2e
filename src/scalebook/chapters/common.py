"""What several chapters say, ask and do."""

from collections.abc import Callable, Hashable, Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from functools import lru_cache, wraps
from typing import Any, TypeVar

from numpy.typing import ArrayLike

from scalebook.chapters.parameter import Parameters
from scalebook.errors import ScalebookError
from scalebook.record import claims
from scalebook.record.results import Record, record
from scalebook.record.verdicts import Verdicts
from scalebook.show.numbers import Form, pct, written
from scalinglaws import fitting, reading, registry
from scalinglaws.fitting import Fit
from scalinglaws.laws import ParametricLaw
from scalinglaws.optimum import experts
from scalinglaws.runs import Runs

_Found = TypeVar("_Found")
T = TypeVar("T")

#: Published laws of the form E + A/N^alpha + B/D^beta; a test compares them with the data.
PARAMETRIC = (
    "hoffmann2022", "hoffmann2022-printed", "besiroglu2024", "besiroglu2024-all245",
    "sardana2024", "kumar2024", "muennighoff2023",
)  # fmt: skip
#: Published allocations that say how many tokens a budget takes.
ALLOCATIONS = ("kaplan2020-allocation", "kaplan2020-allocation-eq6.7", "llama3", "llama3-figure")


def printed(key: str) -> float:
    """Return a published figure, by its key in the registry."""
    return registry.printed(key).value


def stated(claim: str) -> float:
    """Return the number that a claim states.

    Raises
    ------
    TypeError
        If it states several, or none.
    """
    value = claims.load()[claim].stated
    if value is None or isinstance(value, list):
        raise TypeError(f"claim '{claim}' states {len(value or [])} numbers")
    return value


def ends(values: ArrayLike, level: float) -> tuple[float, float]:
    """Return the ends of the percentile interval of the draws of one number."""
    low, high = fitting.interval(values, level)
    return float(low), float(high)


def low_high(name: str, interval: Iterable[Any]) -> dict[str, object]:
    """Return the ends of an interval under the two names that results have for them."""
    return dict(zip((f"{name}_low", f"{name}_high"), interval, strict=True))


def kept(function: Callable[..., T]) -> Callable[..., T]:
    """Compute once for the same arguments, and hand out a copy each time.

    A sweep has many runs that share a step; nobody who changes what a step returned changes the
    next one's.
    """
    cached = lru_cache(function)

    @wraps(function)
    def copied(*args: Hashable) -> T:
        return deepcopy(cached(*args))

    return copied


def of_hoffmann(p: Parameters) -> bool:
    """Return whether the runs are those of Hoffmann et al., as Besiroglu et al. read them."""
    return bool(p.runs == "hoffmann2022_runs")


def runs_name(p: Parameters) -> str:
    """Return whose runs a law is fitted to: "Hoffmann's runs", or those chosen."""
    return "Hoffmann's runs" if of_hoffmann(p) else "the runs chosen"


def law_name(p: Parameters) -> str:
    """Return what a fitted law is called: that of Chinchilla's runs, or of others."""
    return "the Chinchilla refit" if of_hoffmann(p) else "the law fitted here"


def prefixed(name: str, values: Mapping[str, object]) -> dict[str, object]:
    """Return results under their names with another before them: "E" and "low" make "E_low"."""
    return {f"{name}_{key}": value for key, value in values.items()}


def ranged(name: str, values: Iterable[Any]) -> dict[str, object]:
    """Return the least and the greatest of several numbers under the names of an interval's ends."""
    several = list(values)
    return low_high(name, (min(several), max(several)))


def between(interval: Iterable[float], form: Form = 2) -> str:
    """Return an interval as text: "1.78 to 1.86".

    Parameters
    ----------
    interval : iterable of two floats
    form : int or callable
        Decimal places of both ends, or a function that writes one.
    """
    low, high = interval
    return f"{written(low, form)} to {written(high, form)}"


def with_interval(value: float, interval: Iterable[float], form: Form = 2) -> str:
    """Return a number and its interval as text: "1.82 (1.78 to 1.86)"."""
    return f"{written(value, form)} ({between(interval, form)})"


def interval_of(p: Parameters) -> str:
    """Return what intervals are called at the level of the parameters: "95% interval"."""
    return f"{pct(p.level)} interval"


def recording(
    chapter: str,
    take: Callable[[Parameters], _Found],
    recorded: Callable[[Parameters, _Found], dict[str, object]],
    verdicts: Callable[[Parameters, _Found], Verdicts],
) -> tuple[Callable[[Parameters], Record], Callable[[Parameters, _Found], Record]]:
    """Return the two functions by which a chapter's outcome is asked for.

    Parameters
    ----------
    chapter : str
    take : callable
        Takes the steps of the chapter in order.
    recorded, verdicts : callable
        Of the parameters and what the steps came to: the numbers that the chapter records, and its
        claims settled.

    Returns
    -------
    compute : callable
        Of the parameters: takes the steps, and returns what they come to.
    of : callable
        Of the parameters and steps taken: returns their record.
    """

    def of(p: Parameters, found: _Found) -> Record:
        return record(chapter, p, recorded(p, found), verdicts(p, found))

    return lambda p: of(p, take(p)), of


def gpt4_active(params: float) -> float:
    """Return the active parameters of a GPT-4 of this size, with the experts it is said to have."""
    mixture = (printed(f"gpt4.{what}") for what in ("experts", "active_experts", "shared"))
    return float(experts.active_params(params, *mixture))


def gpt3_line() -> tuple[float, float]:
    """Return the prefactor and the exponent of GPT-3's line of loss against PF-days."""
    return printed("brown2020.loss_compute.prefactor"), printed("brown2020.loss_compute.exponent")


def gpt3_loss() -> float:
    """Return the loss of GPT-3 by its line, nats per token."""
    prefactor, exponent = gpt3_line()
    return float(prefactor * printed("brown2020.pf_days") ** -exponent)


def runs_of(p: Parameters) -> tuple[Runs, Runs]:
    """Return all runs of the parameters, and those without the highest losses, at least 32."""
    everything = reading.read_runs(p.runs)
    used = everything.without_highest(p.drop_highest)
    used.require(32, "this chapter", "drop_highest")
    return everything, used


def sound(fit: Fit) -> Fit:
    """Return a fit if it converged; ScalebookError if not."""
    if not fit.converged:
        raise ScalebookError(f"{fit.runs.name}: the fit of the law is of no use here ({fit.status}). Give runs that fix it.")  # fmt: skip
    return fit


@dataclass(frozen=True)
class Refit:
    """Chinchilla's form fitted to the runs of the parameters.

    Attributes
    ----------
    everything, used : Runs
        All runs, and those without the highest losses.
    fit : Fit
        Of the runs used.
    draws : ParametricLaw
        The law in each resample of them.
    """

    everything: Runs
    used: Runs
    fit: Fit
    draws: ParametricLaw


def refit(p: Parameters) -> Refit:
    """Fit Chinchilla's form to the runs of the parameters, and to resamples of them.

    Raises
    ------
    ScalebookError
        If too few runs are left, or they do not fix the law.
    """
    everything, used = runs_of(p)
    fit = sound(fitting.fit(used, name="the fit of these runs"))
    return Refit(everything, used, fit, fit.bootstrap(p.resamples, p.seed).falling_law())
