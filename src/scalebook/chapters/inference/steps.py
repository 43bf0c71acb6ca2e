"""The model to train if it will be used: with serving, for GPT-3's quality, and in fewer bits."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from scalebook.chapters.common import ends, kept, printed, refit
from scalebook.chapters.parameter import Parameters
from scalebook.chapters.sweeps import FEWEST, suites
from scalinglaws import fitting, registry, units
from scalinglaws.balance import Allocation
from scalinglaws.laws import ParametricLaw
from scalinglaws.optimum import overtraining, precision, serving
from scalinglaws.units import Floats

OURS = "fitted here"
UNROUNDED, AS_PRINTED = "Hoffmann et al., unrounded", "Hoffmann et al., as printed"
#: What the published laws are called here.
PUBLISHED = {
    "Besiroglu et al.": "besiroglu2024", "Besiroglu et al., all 245 runs": "besiroglu2024-all245",
    UNROUNDED: "hoffmann2022", AS_PRINTED: "hoffmann2022-printed",
    "Muennighoff et al., new data": "muennighoff2023",
}  # fmt: skip
THEIRS = "their exponents"
#: What the examples of Sardana et al. give: their cases and the fields of `Example`.
CHECKS = (
    ("13B", "params"), ("13B", "saving"), ("13B", "saved"),
    ("30B", "params"), ("30B", "data_factor"), ("30B", "saving"),
)  # fmt: skip
CHEAPEST, SAME, UNLIMITED = "cheapest to train", "same training compute", "unlimited data"
PLAIN, MEAN, ADDED = "as in Eq 4", "as in Eq 5, one mean γ", "offsets added to the exponent"
#: Bits of weights that are rounded after training.
SERVING_BITS = np.array([3.0, 4.0, 5.0, 6.0])
#: Tokens read and written in a request, where only requests are stated: a short exchange; ours.
REQUEST_TOKENS = 300.0


@dataclass(frozen=True)
class Laws:
    """The laws of the chapter by name, ours first, and ours in each resample of the runs."""

    named: dict[str, ParametricLaw]
    draws: ParametricLaw


def parametric_laws(p: Parameters) -> Laws:
    """Fit the law to the runs, and look up the published ones.

    Raises
    ------
    ScalebookError
        If the runs do not fix the law.
    """
    fitted = refit(p)
    published = {name: registry.parametric(key) for name, key in PUBLISHED.items()}
    return Laws({OURS: fitted.fit.law, **published}, fitted.draws)


@dataclass(frozen=True)
class Plan:
    """The model that is cheapest to train, and the best one if it is also served.

    `saved` is the share of FLOP that the second saves over training and serving.
    """

    plain: Allocation
    best: serving.Deployment
    saved: Floats


def plan(p: Parameters, law: ParametricLaw, served: ArrayLike | None = None) -> Plan:
    """Plan for the loss of the parameters, by a law or an ensemble of laws.

    Parameters
    ----------
    p : Parameters
    law : ParametricLaw
    served : array_like, optional
        Other numbers of tokens served.
    """
    weighted = np.asarray(p.served if served is None else served) * p.serving_weight
    loss = law.loss(p.params, p.tokens)
    plain, best = law.optimum(loss=loss), serving.optimal(law, loss, weighted)
    return Plan(plain, best, 1 - best.total / (plain.compute + 2 * plain.params * weighted))


@dataclass(frozen=True)
class Plans:
    """Plans by law, and by the law fitted here in each resample of the runs."""

    by_law: dict[str, Plan]
    draws: Plan


def plans(p: Parameters, laws: Laws) -> Plans:
    """Plan by every law."""
    by_law = {name: plan(p, law) for name, law in laws.named.items()}
    return Plans(by_law, plan(p, laws.draws))


def load_of(served: float, weight: float, tokens: float) -> float:
    """Return tokens served, at the cost of training ones, for each that training alone would use."""
    return served * weight / tokens


#: Shares of the best size at which the sweeps are asked for prices.
SHARES = np.geomspace(0.1, 0.95, 46)


@dataclass(frozen=True)
class Sweep:
    """A sweep of runs at equal compute: the law fitted to it, and its prices without that law.

    `share` is the size of a run over that of the best run of its loss, `price` its compute over the
    compute that one took; `shares` and `prices` are the medians of the runs near some shares.
    """

    law: ParametricLaw
    share: Floats
    price: Floats
    shares: Floats
    prices: Floats


@kept  # no parameter changes it
def sweeps() -> dict[str, Sweep]:
    """Return what the sweeps say of models that are smaller than best.

    A run at k times the best ratio that took m times the compute it needed has k^(-1/2) m^a times
    the size of the best run of its loss, where the best size goes as C^a; a is that of the law
    fitted to the sweep.
    """
    found = suites()
    return {
        name: _sweep(fitting.fit(runs).law, *found.measured[name])
        for name, runs in found.runs.items()
    }


def _sweep(law: ParametricLaw, ratio: Floats, price: Floats) -> Sweep:
    share = ratio**-0.5 * price ** float(law.a)
    near = [(at, *overtraining.measured_at(share, price, at)) for at in SHARES]
    told = np.array([(at, median) for at, median, runs in near if runs >= FEWEST])
    return Sweep(law, share, price, *told.T)


def total(share: Floats, price: Floats, load: float) -> Floats:
    """Return compute to train and to serve, over that of the model that is best to train.

    Parameters
    ----------
    share, price : ndarray
        Size and training compute over those of that model.
    load : float
        Tokens served for each of its training tokens.
    """
    return (price + load / 3 * share) / (1 + load / 3)


def tried(sweep: Sweep, load: float) -> serving.Change | None:
    """Return how serving changes the best model by the prices of a sweep, without a law.

    None where the cheapest size is the smallest for which it has a price.
    """
    share, price = np.append(sweep.shares, 1.0), np.append(sweep.prices, 1.0)
    cost = total(share, price, load)
    best = int(np.argmin(cost))
    if best == 0:
        return None
    return serving.Change(share[best], price[best] / share[best], 1 - cost[best])


@dataclass(frozen=True)
class Changes:
    """How serving changes the best model at one load: by the laws, by name, and in the sweeps."""

    load: float
    by_law: dict[str, serving.Change]
    tried: dict[str, serving.Change]

    def laws(self, what: str) -> list[float]:
        """Return one of "size", "data", "saved" by every law."""
        return [float(getattr(each, what)) for each in self.by_law.values()]

    def runs(self, what: str) -> list[float]:
        """Return one of them in every sweep that tells it."""
        return [float(getattr(each, what)) for each in self.tried.values()]

    def all(self, what: str) -> list[float]:
        """Return one of them by every law and in every sweep."""
        return self.laws(what) + self.runs(what)


def every_law(laws: Laws) -> dict[str, ParametricLaw]:
    """Return the laws of the chapter and those of the sweeps, by name."""
    return {**laws.named, **{name: sweep.law for name, sweep in sweeps().items()}}


#: The least load at which sweeps are asked: below it there is less to save than prices are unsure of.
TOLD = 1.0


def changes(laws: Laws, loads: Sequence[float]) -> list[Changes]:
    """Ask laws and sweeps how serving changes the best model, at each load."""
    by_law = {name: serving.change(law, loads) for name, law in every_law(laws).items()}
    measured = sweeps()
    return [
        Changes(
            load,
            {name: serving.Change(*(each[i] for each in vars(change).values())) for name, change in by_law.items()},
            {name: told for name, sweep in measured.items() if load >= TOLD and (told := tried(sweep, load))},
        )
        for i, load in enumerate(loads)
    ]  # fmt: skip


#: Tokens served for each training token, at which all are asked.
LOADS = (1.0, 3.0, 10.0, 30.0, 100.0)


@dataclass(frozen=True)
class Justified:
    """What would justify a known model: the tokens served that make it the cheapest of its loss.

    Attributes
    ----------
    params, tokens : float
    share, price : float
        By the law fitted here: its size and its training compute over those of the cheapest model
        to train.
    served : float
        By that law; negative where it is larger than that model.
    low, high : float
        Of `served`, over all laws.
    """

    params: float
    tokens: float
    share: float
    price: float
    served: float
    low: float
    high: float


def demand(law: ParametricLaw, params: float, tokens: float) -> float:
    """Return the tokens served at which a model is the cheapest of its loss (see `serving`)."""
    size, data = law.terms(params, tokens)
    return float(3 * tokens * (law.alpha * size / (law.beta * data) - 1))


def known_models() -> dict[str, tuple[float, float]]:
    """Return size and training tokens of the models that are asked what would justify them."""
    old = {name: registry.published_model(name) for name in ("GPT-3", "Llama 3.1 405B")}
    meta = {
        f"{name} {params / 1e9:g}B": (params, printed(f"{key}.tokens"))
        for name, key in (("Llama 1", "touvron2023"), ("Llama 3", "meta2024"))
        for params in (printed(f"{key}.params"),)
    }
    return {**{name: (each.params, each.tokens) for name, each in old.items()}, **meta}


def justified(p: Parameters, laws: Laws) -> dict[str, Justified]:
    """Ask every law what demand would justify known models."""
    found = {}
    for name, (params, tokens) in known_models().items():
        law = laws.named[OURS]
        best = law.optimum(loss=law.loss(params, tokens))
        price = units.training_flop(params, tokens) / best.compute
        served = [demand(each, params, tokens) / p.serving_weight for each in every_law(laws).values()]  # fmt: skip
        found[name] = Justified(params, tokens, params / float(best.params), float(price), served[0], min(served), max(served))  # fmt: skip
    return dict(sorted(found.items(), key=lambda each: each[1].share, reverse=True))


@dataclass(frozen=True)
class Example:
    """A model of a compute-optimal one's quality: its size, data over that one's, FLOP saved.

    `saving` is the share of the FLOP, `saved` the number.
    """

    params: float
    data_factor: float
    saving: float
    saved: float


def cases() -> dict[str, tuple[float, float]]:
    """Return size and tokens served of the published examples."""
    return {name: (size, printed(f"sardana2024.{name}.served")) for name, size in (("13B", 13e9), ("30B", 30e9))}  # fmt: skip


def example(law: ParametricLaw, size: float, served: float) -> Example:
    """Return the best model to serve of the quality of a compute-optimal one of a size."""
    start = law.optimum(params=size)
    best = serving.optimal(law, start.loss, served)
    cost, total = float(start.compute) + 2 * size * served, float(best.total)
    return Example(float(best.params), float(best.tokens / start.tokens), 1 - total / cost, cost - total)  # fmt: skip


def examples(laws: Laws) -> dict[str, dict[str, Example]]:
    """Recompute the examples of Sardana et al., with their exponents and by the other laws."""
    asked = {THEIRS: registry.parametric("sardana2024"), **laws.named}
    return {
        name: {case: example(law, *given) for case, given in cases().items()}
        for name, law in asked.items()
    }


def old_models() -> dict[str, registry.Model]:
    """Return the models whose loss smaller ones are to reach."""
    return {name: registry.published_model(name) for name in ("GPT-3", "Gopher")}


def times_smaller(law: ParametricLaw, model: registry.Model) -> dict[str, Floats]:
    """Return how many times smaller models of equal loss are, in three senses."""
    loss = law.loss(model.params, model.tokens)
    small, _ = serving.same_loss(law, loss, units.training_flop(model.params, model.tokens))
    return {
        CHEAPEST: model.params / law.optimum(loss=loss).params,
        SAME: model.params / small,
        UNLIMITED: model.params / serving.smallest(law, loss),
    }


@dataclass(frozen=True)
class Smaller:
    """How many times smaller models of equal loss are, by old model, law and sense.

    `draws` has those of the law fitted here in each resample, `intervals` their ends, by old model and sense.
    """

    by_law: dict[str, dict[str, dict[str, float]]]
    intervals: dict[str, dict[str, tuple[float, float]]]
    draws: dict[str, dict[str, Floats]]


def smaller(p: Parameters, laws: Laws) -> Smaller:
    """Ask every law how small a model of an old one's loss can be."""
    by_law: dict[str, dict[str, dict[str, float]]] = {}
    intervals, draws = {}, {}
    for name, model in old_models().items():
        by_law[name] = {
            key: {sense: float(ratio) for sense, ratio in times_smaller(law, model).items()}
            for key, law in laws.named.items()
        }
        draws[name] = times_smaller(laws.draws, model)
        intervals[name] = {sense: ends(values, p.level) for sense, values in draws[name].items()}
    return Smaller(by_law, intervals, draws)


@dataclass(frozen=True)
class Bits:
    """The law of precision with its constants read in four ways, and the best bits by each.

    The factors are those of compute, best size and best data at the bits of the parameters over
    those at 16, by the reading with the offsets added.
    """

    readings: dict[str, precision.Sensitivity]
    best: dict[str, float]
    activation_floor: float
    compute_factor: float
    size_factor: float
    data_factor: float


def fewer_bits(p: Parameters) -> Bits:
    """Read the printed constants of Kumar et al. in four ways, and ask for the best bits."""
    parts, none = ("w", "a", "kv"), (0.0, 0.0, 0.0)
    gammas, offsets = (tuple(printed(f"kumar2024.{name}_{part}") for part in parts) for name in ("gamma", "n"))  # fmt: skip
    readings = {
        PLAIN: precision.Sensitivity(gammas, none),
        MEAN: precision.Sensitivity((float(np.mean(gammas)),) * 3, none),
        ADDED: precision.Sensitivity(gammas, offsets),
        "offsets subtracted": precision.Sensitivity(gammas, tuple(-n for n in offsets)),
    }
    best = {name: precision.best_bits(reading) for name, reading in readings.items()}
    law, added, both = registry.parametric("kumar2024"), readings[ADDED], np.array([p.bits, 16.0])
    factors = precision.compute_factor(added, both), precision.size_factor(law, added, both), added.share(both)  # fmt: skip
    compute, size, share = (float(few / full) for few, full in factors)
    return Bits(readings, best, gammas[1] * offsets[1], compute, size, compute / share / size)


def bits_of_one_size(p: Parameters, more: ArrayLike) -> Floats:
    """Return the best bits for training the size of the parameters with more and more compute.

    Parameters
    ----------
    p : Parameters
    more : array_like
        Compute over that of the size and tokens of the parameters in 16 bits.

    Returns
    -------
    ndarray
        The bits, from 2 to 16 in steps of a hundredth, with which the loss of that size is least at
        that compute, by Kumar et al. with the offsets added.
    """
    law, added = registry.parametric("kumar2024"), fewer_bits(p).readings[ADDED]
    width = np.arange(200, 1601) / 100
    tokens = np.multiply.outer(
        np.asarray(more, dtype=float) * p.tokens, precision.FULL_BITS / width
    )
    share = added.share(width)
    known = share > 0  # below, the form has no parameters left
    loss = law.loss(p.params * share[known], tokens[..., known])
    return np.asarray(width[known][np.argmin(loss, axis=-1)])


@dataclass(frozen=True)
class Harm:
    """Tokens per parameter beyond which training harms a rounded model, by `SERVING_BITS`.

    `shifted` takes the unexplained constant b of the paper's table as an offset of the exponent.
    """

    size: float
    ratios: Floats
    shifted: Floats


def rounded() -> precision.Quantisation:
    """Return the loss that rounding after training adds, with the constants of Kumar et al."""
    names = ("C_T", "gamma_D", "gamma_N", "gamma_post")
    return precision.Quantisation(*(printed(f"kumar2024.{name}") for name in names))


def harm(p: Parameters, served_params: float) -> list[Harm]:
    """Return where rounding after training costs more than data gain, for three sizes."""
    law, plain = registry.parametric("kumar2024"), rounded()
    shifted = replace(plain, C_T=plain.C_T * float(np.exp(printed("kumar2024.b"))))
    return [
        Harm(size, *(each.harmful_tokens(law, size, SERVING_BITS) / size for each in (plain, shifted)))
        for size in (1e9, served_params, p.params)
    ]  # fmt: skip


@dataclass(frozen=True)
class Found:
    """All steps of the chapter."""

    laws: Laws
    plans: Plans
    here: Changes
    by_load: dict[float, Changes]
    justified: dict[str, Justified]
    examples: dict[str, dict[str, Example]]
    smaller: Smaller
    bits: Bits
    harm: list[Harm]


def take(p: Parameters) -> Found:
    """Take the steps in order."""
    known = parametric_laws(p)
    planned = plans(p, known)
    load = load_of(p.served, p.serving_weight, float(planned.by_law[OURS].plain.tokens))
    here, *others = changes(known, [load, *LOADS])
    return Found(
        known, planned, here, dict(zip(LOADS, others, strict=True)),
        justified(p, known), examples(known), smaller(p, known), fewer_bits(p),
        harm(p, float(planned.by_law[OURS].best.params)),
    )  # fmt: skip
