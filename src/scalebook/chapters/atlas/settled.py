"""Verdicts of the chapter on all public tables: methods, seeds, selections and corpora."""

from collections.abc import Iterator

import numpy as np

from scalebook.chapters.atlas import steps
from scalebook.chapters.atlas.steps import Told
from scalebook.chapters.common import stated, with_interval
from scalebook.chapters.parameter import Parameters
from scalebook.record import judge
from scalebook.record.judge import Evidence, point, sample
from scalebook.record.verdicts import Settlement, settle
from scalebook.show.numbers import fix, num, pct
from scalinglaws.atlas.answers import LABELS
from scalinglaws.atlas.hierarchy import MEAN
from scalinglaws.prediction.comparison import CLEARLY
from scalinglaws.units import Floats

#: Approach 2 of Hoffmann et al. here: parabolas near the lowest loss of each budget.
PROFILES = "window"
#: Budget at which selections of the Gemstones are compared: about their largest runs, FLOP.
GEMSTONES = 1e21
#: A form that hardly any suite bears, and whose best ratios are of no use.
LEFT_OUT = "sum"
#: Suites of one laboratory that differ in the corpus trained on alone.
CORPORA = {
    "Marin": ("marin-comma", "marin-dclm", "marin-nemotron"),
    "Gadre et al., judged on C4": ("c4_original@c4_val", "rpj@c4_val", "rw_original@c4_val"),
    "Porian et al., tuned": ("rw-tuned-short-const-standard-val", "owt2-tuned-short-const-standard-val"),
}  # fmt: skip
_RESAMPLES = 2000


def verdicts(p: Parameters, f: steps.Found) -> Iterator[Settlement]:
    """Settle the claims of the chapter."""
    yield _approaches(f)
    yield from _seeds(f.seeds)
    yield _selections(f.atlas)
    yield _corpora(f.atlas)
    yield from _llama(f.atlas)


def _told(found: steps.Atlas, method: str) -> dict[str, Told]:
    return {each.suite.name: each for each in found.told[method]}


def _draws(estimate: tuple[float, float, float], seed: int) -> Floats:
    """Return draws of a stored estimate, in an order of their own: as if it were independent."""
    value, low, high = estimate
    rows = judge.interval(np.clip(value, low, high), low, high).draws
    assert rows is not None
    return np.random.default_rng(seed).permutation(rows[:, 0])


# Methods


def _approaches(f: steps.Found) -> Settlement:
    one = _told(f.atlas, PROFILES)["hoffmann2022_runs"].shift
    pooled = f.pools.shifts[PROFILES]
    mean = (pooled.value(MEAN), *pooled.interval(MEAN))
    return settle(
        "w-hoffmann-approaches",
        {"on the runs of Hoffmann et al.": _apart(one), "on average over laboratories": _apart(mean)},
        why=f"On the runs of Hoffmann et al. isoFLOP profiles move the exponent of a law fitted to them by {_signed(one)}, on average over {pooled.laboratories} laboratories by {_signed(mean)}. "
        "What is judged is the size of the difference, whatever its sign, so that noise inflates it. The first approach needs their training curves, which are not public.",
    )  # fmt: skip


def _signed(estimate: tuple[float, float, float]) -> str:
    """Return an estimate and its interval as text, without a minus before a zero."""
    value, *ends = (round(each, 2) + 0.0 for each in estimate)
    return with_interval(value, ends)


def _apart(estimate: tuple[float, float, float]) -> Evidence:
    """Return the size of a difference, whatever its sign."""
    return sample(np.abs(_draws(estimate, 0)), abs(estimate[0]))


# Seeds


def _seeds(found: steps.Seeds) -> Iterator[Settlement]:
    begun = f"In {found.cells} groups of runs of Muennighoff et al. that differ in their seed alone, the highest loss lies {pct(found.middle)} above the lowest in the median"  # fmt: skip
    most = stated("w-choshen-seeds")
    yield settle(
        "w-choshen-seeds",
        point(found.most),
        why=f"{begun}, and {pct(found.most)} at most. "
        + ("These are models of two sizes on one corpus; others may differ by more." if found.most <= most else f"So more than {pct(most)} can happen."),
        reason="experiment",
    )  # fmt: skip
    rng = np.random.default_rng(0)
    groups = rng.choice(found.groups, size=(_RESAMPLES, found.cells))
    yield settle(
        "w-seed-noise",
        {"within a typical group": sample(np.median(groups, axis=1), found.middle), "within the widest group": point(found.most)},
        why=f"{begun} and {pct(found.most)} in the widest group. Their models are larger than those of Kaplan et al. and trained otherwise.",
    )  # fmt: skip


# Selections and corpora


def at(each: Told, compute: float) -> tuple[float, float, float]:
    """Return a suite's best tokens per parameter, and its interval, carried to another budget."""
    value, low, high = (ratio * (compute / each.suite.compute) ** (1 - 2 * each.a[0]) for ratio in each.ratio)  # fmt: skip
    return value, low, high


def prescriptions(found: steps.Atlas) -> dict[str, list[Told]]:
    """Return what forms prescribe for selections of the Gemstones that do not reject them."""
    kept = {
        method: [
            each for each in told
            if each.suite.laboratory == "gemstones" and each.suite.embeddings
            and found.aic[each.suite.name].get(steps.FORM.get(method, ""), np.inf) <= CLEARLY
        ]
        for method, told in found.told.items() if method != LEFT_OUT
    }  # fmt: skip
    return {method: told for method, told in kept.items() if told}


def _selections(found: steps.Atlas) -> Settlement:
    by_method = prescriptions(found)
    every = [each for told in by_method.values() for each in told]
    several = {method: told for method, told in by_method.items() if len(told) > 1}
    if not several:
        return settle("w-mcleish-sensitive", judge.UNKNOWN, why="No form tells the best ratio in two selections that do not reject it.")  # fmt: skip
    method = max(several, key=lambda name: _quotient(several[name]))
    one, among = several[method], _quotient(several[method])
    return settle(
        "w-mcleish-sensitive",
        {"with other checkpoints, one form": _extremes(one), "with other checkpoints or forms": _extremes(every)},
        why=f"At {num(GEMSTONES, 1)} FLOP one form ({LABELS[method]}) prescribes from {_range(one)} tokens per parameter, by the checkpoints that it is fitted to; that is {num(among, 2)} times as many. "
        f"Over all forms that a selection does not clearly reject it is from {_range(every)}. Extremes of {len(every)} fits lie somewhat farther apart than the truth does.",
    )  # fmt: skip


def _ends(told: list[Told]) -> tuple[Told, Told]:
    order = sorted(told, key=lambda each: at(each, GEMSTONES)[0])
    return order[0], order[-1]


def _quotient(told: list[Told]) -> float:
    least, most = _ends(told)
    return at(most, GEMSTONES)[0] / at(least, GEMSTONES)[0]


def _range(told: list[Told]) -> str:
    least, most = (at(each, GEMSTONES)[0] for each in _ends(told))
    return f"{num(least, 2)} to {num(most, 2)}"


def _extremes(told: list[Told]) -> Evidence:
    least, most = (_draws(at(each, GEMSTONES), seed) for seed, each in enumerate(_ends(told)))
    return sample(most / least, _quotient(told))


def _corpora(found: steps.Atlas) -> Settlement:
    by_name = _told(found, steps.REFERENCE)
    rows, said = {}, []
    for laboratory, names in CORPORA.items():
        order = sorted((by_name[name].a for name in names if name in by_name), key=lambda a: a[0])
        if len(order) < 2:
            continue
        low, high = order[0], order[-1]
        moved = _draws(high, 1) - _draws(low, 0)
        rows[f"by {laboratory}"] = sample(np.abs(moved), high[0] - low[0])
        said.append(f"{fix(high[0] - low[0])} ({laboratory}: {with_interval(low[0], low[1:])} and {with_interval(high[0], high[1:])})")  # fmt: skip
    return settle(
        "w-bi-datasets",
        rows or judge.UNKNOWN,
        why=f"The exponents of two corpora of one laboratory lie at most this far apart: {'; '.join(said)}. What is judged is the size of a difference, which noise inflates, and each has errors of about its own size; sweeps on several corpora with a few hundred runs each would decide."
        if said else "No laboratory's runs tell the exponent on two corpora.",
    )  # fmt: skip


# Llama 3


def _llama(found: steps.Atlas) -> Iterator[Settlement]:
    by_method = {
        method: told["llama3"] for method in LABELS if "llama3" in (told := _told(found, method))
    }
    profiles, law = by_method[PROFILES], by_method[steps.REFERENCE]
    profiles_, law_ = ((1 - each.a[0], 1 - each.a[2], 1 - each.a[1]) for each in (profiles, law))
    goal = stated("w-llama-053")
    inside = sum(low <= goal <= high for _, low, high in (profiles_, law_))
    within = ("neither", "one of the two", "both")[inside]
    yield settle(
        "w-llama-053",
        {"by isoFLOP profiles": judge.interval(*profiles_), "by a law fitted to the same runs": judge.interval(*law_)},
        why=f"IsoFLOP profiles, as the authors use them, give {_signed(profiles_)}; Chinchilla's form, fitted to the same runs as others read them off the figure, {_signed(law_)}. The second digit is within the error of {within}.",
    )  # fmt: skip
    parabola = by_method["parabola"].far
    laws = {"by the squared error of the loss, as theirs": by_method["varpro"].far, "by Huber's error": law.far}  # fmt: skip
    more = {words: np.sqrt(_draws(parabola, 0) / _draws(each, 1)) for words, each in laws.items()}
    middles = {words: (parabola[0] / each[0]) ** 0.5 for words, each in laws.items()}
    first, second = middles.values()
    yield settle(
        "w-czech-llama",
        {words: sample(draws, middles[words]) for words, draws in more.items()},
        why=f"At {num(steps.FAR, 1)} FLOP Chinchilla's form asks for {num(first, 2)} times the parameters that parabolas ask for, if fitted by the squared error of the loss, and for {num(second, 2)} times by Huber's error. The errors are taken as independent, which makes them too wide: both are of the same runs.",
    )  # fmt: skip
