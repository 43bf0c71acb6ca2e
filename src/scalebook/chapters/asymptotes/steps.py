"""Whether the curves of loss go on, step by step.

First the article's two curves, from published constants alone: where they come from, where they
meet and where they part. Then what follows from both forms once they are fitted to the same runs
(`forms`): what a floor that is held does to the law, the exponents, what more compute buys, and what
is left to size and to data.
"""

from dataclasses import dataclass

import numpy as np

from scalebook.chapters.asymptotes import forms, trends
from scalebook.chapters.asymptotes.forms import Description, Holdout, Refits
from scalebook.chapters.asymptotes.trends import Path
from scalebook.chapters.common import ends, printed
from scalebook.chapters.parameter import Parameters
from scalebook.record import claims
from scalebook.show.numbers import listed
from scalinglaws import datapackage, fitting, registry
from scalinglaws.fitting import Form
from scalinglaws.laws import JointLaw, ParametricLaw, PowerAllocation, PowerLaw
from scalinglaws.optimum import frontier
from scalinglaws.runs import Runs
from scalinglaws.units import PF_DAY, Floats

#: Budgets over which the article's curves are drawn and compared, FLOP.
BUDGETS = np.geomspace(1e16, 1e30, 400)
#: Chinchilla's law as published, by what its results are called.
LAWS = {"printed": "hoffmann2022-printed", "hoffmann": "hoffmann2022", "besiroglu": "besiroglu2024"}
#: The laws of Chinchilla's form, published or fitted here, as the tables name them.
NAMES = {
    "printed": "Hoffmann et al., as printed", "hoffmann": "Hoffmann et al., unrounded",
    "besiroglu": "replication (Besiroglu et al.)", "fit": "fitted here",
}  # fmt: skip
#: The published floors that Kaplan's curve falls through, and whose they are.
FLOORS = {"printed": "Hoffmann et al.", "besiroglu": "replication"}
#: What the chapter's own fits of either form are called, by the name of their results.
OURS = {"sum": "Chinchilla's form, fitted here", "power": "Kaplan's form, fitted here"}
#: The floors that are held: parts of the fitted one, and of the way from it to the lowest loss.
HELD = (0.0, 0.3, 0.55, 0.75, 0.88, 0.95), (0.0, 0.25, 0.5)
#: Trained models whose loss is split into parts.
MODELS = ("Chinchilla", "Gopher", "GPT-3")


def chinchilla(key: str) -> ParametricLaw:
    """Return one of the published laws of Chinchilla's form, by its key in `LAWS`."""
    return registry.parametric(LAWS[key])


def kaplan() -> PowerLaw:
    """Return Kaplan's curve: the loss of the best allocation against compute."""
    return registry.of_kind("kaplan2020-compute-min", PowerLaw)


def studied() -> tuple[float, float]:
    """Return the smallest and the largest budget of Hoffmann's isoFLOP runs, FLOP."""
    return printed("hoffmann2022.isoflop.smallest"), printed("hoffmann2022.isoflop.largest")


@dataclass(frozen=True)
class Paths:
    """Chinchilla's printed law along four paths, and what tells which of them the article took.

    `article` is the curve as the article prints it, `inferred` the law along the path that follows
    from its digits; `best` goes along the optimum, `half` along N = D. The exponents are those of
    Hoffmann's third approach. The implied prefactors are what the article's coefficients come from,
    the guessed ones their rounding, those of the table the paper's.
    """

    article: Path
    inferred: Path
    best: Path
    half: Path
    approach3_a: float
    approach3_b: float
    guess_k_N: float
    guess_k_D: float
    implied_k_N: float
    implied_k_D: float
    table_k_N: float
    table_k_D: float
    kaplan_constant: float


def paths() -> Paths:
    """Take the article's curves back to the constants of the papers."""
    law, power = chinchilla("printed"), kaplan()
    a, b = (printed(f"hoffmann2022.approach3.{x}") for x in "ab")
    size, data = listed(claims.load()["q-chinchilla-curve"].stated)
    exponents = round(float(law.alpha * a), 3), round(float(law.beta * b), 4)
    k_N, k_D = float((law.A / size) ** (1 / law.alpha)), float((law.B / data) ** (1 / law.beta))
    guess = PowerAllocation(a, b, round(k_N, 2), round(k_D, 2), name="inferred")
    followed = guess, trends.best_allocation(law), trends.half_and_half()
    inferred, best, half = (trends.along(law, allocation) for allocation in followed)
    # Where a row has a corrected one of the same size after it, the corrected one counts.
    rows = [row for row in datapackage.bundled("hoffmann2022_optimal") if row["approach"] == 3]
    third = {row["params"]: row for row in rows}.values()
    params, tokens, flop = ([row[name] for row in third] for name in ("params", "tokens", "flop"))
    return Paths(Path(float(law.E), size, data, *exponents), inferred, best, half,
                 a, b, round(k_N, 2), round(k_D, 2), k_N, k_D,
                 trends.prefactor(params, flop, a), trends.prefactor(tokens, flop, b),
                 float(power.scale**power.exponent))  # fmt: skip


@dataclass(frozen=True)
class Meeting:
    """Where the article's curves meet: budgets in FLOP, and ratios of Kaplan's to Chinchilla's.

    `farthest` is the ratio that is farthest from 1 within Hoffmann's budgets, `least` and `most`
    are its ends there. `through` is where Kaplan's curve reaches each floor of `FLOORS`.
    """

    crossings: Floats
    proper_crossings: Floats
    farthest: float
    least: float
    most: float
    through: dict[str, float]


def meeting(along: Paths) -> Meeting:
    """Find where the article's curves cross, and where Kaplan's falls through the floors."""
    power, within = kaplan(), np.geomspace(*studied(), 200)
    ratio = power.loss(within) / along.article.loss(within)
    return Meeting(
        trends.crossings(power.loss, along.article.loss, 1e14, 1e32),
        trends.crossings(power.loss, along.best.loss, 1e14, 1e32),
        float(ratio[np.abs(np.log(ratio)).argmax()]), float(ratio.min()), float(ratio.max()),
        {key: float(power.inverse(chinchilla(key).E)) for key in FLOORS})  # fmt: skip


def reach(p: Parameters) -> dict[str, tuple[float, float]]:
    """Return how early and how late Kaplan's curve may meet each floor, FLOP.

    The losses of the two corpora may differ by a factor either way.
    """
    floors = {key: chinchilla(key).E for key in FLOORS}
    return {key: (float(kaplan().inverse(E * p.corpus)), float(kaplan().inverse(E / p.corpus))) for key, E in floors.items()}  # fmt: skip


@dataclass(frozen=True)
class Floors:
    """Chinchilla's form with the floor held at one value after another, the rest fitted to the runs.

    Attributes
    ----------
    floor : ndarray
        Values held, rising, nats per token.
    above, power : ndarray
        Loss above the floor of the best run of `middle` FLOP, and the power of compute by which it
        falls.
    miss : ndarray
        Root mean square of the logarithm of observed over fitted loss, percent.
    middle : float
        Geometric mean of the budgets of the runs, FLOP.
    """

    floor: Floats
    above: Floats
    power: Floats
    miss: Floats
    middle: float

    def cut(self, compute: float, factor: float) -> Floats:
        """Return the share of the loss at a budget that a factor more of it takes off."""
        now, later = (
            at_floor(self.floor, self.above, self.power, each, self.middle)
            for each in np.array([compute, factor * compute])
        )
        return np.asarray(taken_off(now, later))


def floors(both: Refits) -> Floors:
    """Hold the floor at values below and above the fitted one, and fit the rest."""
    runs, E = both.runs, both.E
    below, beyond = (np.array(each) for each in HELD)
    held = np.unique([*(below * E), *(E + beyond * (runs.loss.min() - E))])
    middle = float(np.exp(np.log(runs.flop).mean()))
    laws = [both.chinchilla if value == E else _with_floor(runs, value) for value in held]
    misses = [np.log(runs.loss / law.loss(runs.params, runs.tokens)) for law in laws]
    return Floors(
        held,
        np.array([float(law.optimum(compute=middle).loss) - law.E for law in laws]),
        np.array([float(trends.reducible_exponent(law)) for law in laws]),
        np.array([100 * np.sqrt(np.mean(miss**2)) for miss in misses]), middle,
    )  # fmt: skip


def _with_floor(runs: Runs, floor: float) -> ParametricLaw:
    form = Form("held", "E + A/N^alpha + B/D^beta", ("A", "B", "alpha", "beta"), {"E": floor})
    law = fitting.fit(runs, form).law
    assert isinstance(law, ParametricLaw)  # as the terms of this form add up
    return law


# What a browser computes too: operators only


def at_floor(floor: Floats, above: Floats, power: Floats, compute: Floats, middle: float) -> Floats:
    """Return the loss of the best run of a budget, by its part above a floor at another budget."""
    return floor + above * (middle / compute) ** power


def taken_off(now: Floats, later: Floats) -> Floats:
    """Return the share of a loss by which a later one is lower."""
    return 1 - later / now


def multiplied(compute: float, factor: float) -> float:
    """Return a budget so many times as large."""
    return compute * factor


@dataclass(frozen=True)
class Exponents:
    """Powers by which the loss above the floor falls with compute, by law, and their intervals.

    "fit" is Chinchilla's form fitted here and "form" Kaplan's, which has no floor. `equal_slopes`
    is the compute at which the whole loss of the printed law falls by Kaplan's exponent, FLOP.
    """

    reducible: dict[str, float]
    reducible_low: float
    reducible_high: float
    equal_slopes: float


def exponents(p: Parameters, both: Refits) -> Exponents:
    """Compare the exponents, and find where the whole losses fall equally fast."""
    law, exponent = chinchilla("printed"), kaplan().exponent
    laws: dict[str, ParametricLaw | JointLaw] = {
        **{key: chinchilla(key) for key in LAWS}, "fit": both.chinchilla, "form": both.kaplan,
        "joint": registry.of_kind("kaplan2020-joint", JointLaw),
    }  # fmt: skip
    (equal,) = trends.crossings(lambda c: trends.slope(law, c), lambda c: np.full(np.shape(c), exponent), 1e10, 1e32)  # fmt: skip
    return Exponents(
        {key: float(trends.reducible_exponent(each)) for key, each in laws.items()},
        *ends(trends.reducible_exponent(both.chinchilla_draws), p.level),
        float(equal),
    )


@dataclass(frozen=True)
class Promise:
    """Loss at the optimum of one law at the budget, at 10 and at 1,000 times it.

    `ends` are the lower and upper ends of the intervals of `cut`; empty for a law as published.
    """

    loss: Floats
    ends: tuple[Floats, ...] = ()

    @property
    def cut(self) -> Floats:
        """Share of the loss that 10 and 1,000 times the compute take off."""
        return np.asarray(1 - self.loss[1:] / self.loss[0])


def promises(p: Parameters, both: Refits) -> dict[str, Promise]:
    """Ask each law what ten and a thousand times the compute take off the loss."""
    budgets = p.compute * np.array([1.0, 10.0, 1000.0])
    found = {"Kaplan, as published": Promise(kaplan().loss(budgets))}
    for key in ("hoffmann", "besiroglu"):
        found[NAMES[key]] = Promise(chinchilla(key).optimum(compute=budgets).loss)
    for name, law, draws in (
        (OURS["sum"], both.chinchilla, both.chinchilla_draws),
        (OURS["power"], both.kaplan, both.kaplan_draws),
    ):
        drawn = draws.optimum(compute=budgets[:, None]).loss
        cuts = fitting.interval((1 - drawn[1:] / drawn[0]).T, p.level)
        found[name] = Promise(law.optimum(compute=budgets).loss, cuts)
    return found


@dataclass(frozen=True)
class Split:
    """Reducible loss of a trained model by one law: terms of size and data, nats per token.

    `ends` are those of the interval of the share of size; empty for a law as published.
    """

    size: float
    data: float
    ends: tuple[float, ...] = ()

    @property
    def share(self) -> float:
        """Share of size in the reducible loss."""
        return self.size / (self.size + self.data)


def splits(p: Parameters, both: Refits) -> dict[tuple[str, str], Split]:
    """Put trained models into the laws: the parts of their loss by (model, key in `NAMES`)."""
    found = {}
    for name in MODELS:
        model = registry.published_model(name)
        sizes, datas = both.chinchilla_draws.terms(model.params, model.tokens)
        low_high = ends(sizes / (sizes + datas), p.level)
        for key in NAMES:
            law = chinchilla(key) if key in LAWS else both.chinchilla
            size, data = law.terms(model.params, model.tokens)
            found[name, key] = Split(float(size), float(data), () if key in LAWS else low_high)
    return found


@dataclass(frozen=True)
class Ending:
    """Where Kaplan et al. see their own power law end: PF-days, their rounding's range, the loss."""

    compute: float
    low: float
    high: float
    loss: float


def ending() -> Ending:
    """Recompute where the loss promised by compute meets the loss that the data allow."""
    by_tokens = registry.of_kind("kaplan2020-tokens", PowerLaw)
    table6 = registry.of_kind("kaplan2020-allocation", PowerAllocation)
    half_units = {"alpha_C": 0.0005, "alpha_D": 0.0005, "b": 0.005}
    found = frontier.crossing(kaplan(), by_tokens, table6)
    low, high = frontier.sensitivity(kaplan(), by_tokens, table6, half_units)["all"]
    return Ending(float(found.compute) / PF_DAY, low / PF_DAY, high / PF_DAY, float(found.loss))


@dataclass(frozen=True)
class Found:
    """What the steps came to, one field a step."""

    paths: Paths
    meeting: Meeting
    refits: Refits
    reach: dict[str, tuple[float, float]]
    floors: Floors
    exponents: Exponents
    description: Description
    holdout: Holdout
    promises: dict[str, Promise]
    splits: dict[tuple[str, str], Split]
    ending: Ending


def take(p: Parameters) -> Found:
    """Take the steps in order."""
    along, both = paths(), forms.refits(p)
    tables = forms.suites(p, both.runs)
    return Found(along, meeting(along), both, reach(p), floors(both), exponents(p, both), forms.description(tables),
                 forms.holdout(p, tables), promises(p, both), splits(p, both), ending())  # fmt: skip
