"""Why Kaplan and Chinchilla disagreed, step by step: what is counted, and how models are trained.

The closed forms of an optimum that is counted without embeddings are in `counted`.
"""

from dataclasses import dataclass, replace

import numpy as np

from scalebook.chapters.common import ends, printed, refit
from scalebook.chapters.parameter import Parameters
from scalebook.chapters.reconciliation import counted
from scalebook.chapters.reconciliation.counted import Frontier
from scalebook.chapters.reconciliation.refitted import Refit, counted_last, refits, shares
from scalebook.chapters.reconciliation.schedules import Stopped, stopped
from scalebook.errors import ScalebookError
from scalinglaws import fitting, registry
from scalinglaws.fitting import Fit
from scalinglaws.laws import ParametricLaw, PowerLaw
from scalinglaws.optimum.counting import total_params
from scalinglaws.registry import Printed
from scalinglaws.runs import Runs
from scalinglaws.units import Floats

#: The laws of total size, by what their results are called.
NAMES = {"hoffmann": "Hoffmann et al.", "besiroglu": "Besiroglu et al.", "fit": "fitted here"}
#: The corpora of Porian et al., by the part of a key that names them.
CORPORA = {"openwebtext2": "OpenWebText2", "refinedweb": "RefinedWeb"}
#: What they corrected on each, one thing after another, likewise.
CORRECTIONS = {
    "reproduction": "Kaplan's\nmethod", "last_layer": "last layer\ncounted",
    "warmup": "shorter\nwarm-up", "cosine": "cosine\ndecay", "tuned": "tuned,\nno decay",
}  # fmt: skip


@dataclass(frozen=True)
class Laws:
    """Laws of total size by the keys of `NAMES`, and resamples of the one fitted here (`draws`).

    `runs` is what the runs fitted are called. `small` and `large` are the exponents of the best size of very small
    and very large models, counted without embeddings; for large ones it makes no difference.
    """

    runs: str
    each: dict[str, ParametricLaw]
    draws: ParametricLaw
    small: dict[str, float]
    large: dict[str, float]


def laws(p: Parameters) -> Laws:
    """Fit the law to the runs, and look up the published ones."""
    ours = refit(p)
    hoffmann, besiroglu = (registry.parametric(name) for name in ("hoffmann2022", "besiroglu2024"))
    each = {"hoffmann": hoffmann, "besiroglu": besiroglu, "fit": ours.fit.law}
    small, large = ({k: float(counted.limits(law)[end]) for k, law in each.items()} for end in (0, 1))  # fmt: skip
    return Laws(ours.used.name, each, ours.draws, small, large)


@dataclass(frozen=True)
class Exponents:
    """Exponents of the best size by law, size and compute counted without embeddings.

    `path` is the slope of one line through the optima of Kaplan's sizes, with the interval of the
    law fitted here. `slopes` are the local exponents at `sizes`, with the band of that law; `peak` is
    where they are highest within Kaplan's range, in parameters, and how high; `last` is that law's at
    the end of the range.
    """

    path: dict[str, float]
    path_low: float
    path_high: float
    sizes: Floats
    slopes: dict[str, Floats]
    band: tuple[Floats, Floats]
    peak: dict[str, tuple[float, float]]
    last: float
    sound_resamples: float


def exponents(p: Parameters, found: Laws) -> Exponents:
    """Count as Kaplan et al. did, and find the exponents that each law then has.

    Raises
    ------
    ScalebookError
        If some size within the range is optimal at no budget.
    """
    kaplans = p.smallest, p.largest, p.embedding
    path = path_exponents(found, *kaplans)
    if not all(np.isfinite(list(path.values()))):
        raise ScalebookError(f"reconciliation: with embedding = {p.embedding:g} and the law fitted to {found.runs}, some size between {p.smallest:g} and {p.largest:g} is optimal at no budget. Narrow the range or lower 'embedding'.")  # fmt: skip
    sizes = np.geomspace(min(p.smallest, 100) / 3, max(p.largest, 1e9) * 1e3, 240)
    within = (sizes >= p.smallest) & (sizes <= p.largest)
    slopes = {k: counted.local_exponent(law, sizes, p.embedding) for k, law in found.each.items()}
    inside = {key: slope[within] for key, slope in slopes.items()}
    drawn = counted.local_exponent(found.draws, sizes[:, None], p.embedding)
    sound = np.isfinite(drawn).all(axis=0)
    if not sound.any():
        raise ScalebookError(f"reconciliation: no resample of {found.runs} gives an optimum at every size. Lower 'embedding'.")  # fmt: skip
    paths = counted.path_exponent(found.draws, *kaplans)
    return Exponents(path, *ends(paths[np.isfinite(paths)], p.level), sizes, slopes,
                     fitting.interval(drawn[:, sound].T, p.level),
                     {k: (float(sizes[within][s.argmax()]), float(s.max())) for k, s in inside.items()},
                     float(inside["fit"][-1]), float(sound.mean()))  # fmt: skip


def path_exponents(found: Laws, smallest: float, largest: float, embedding: float) -> dict[str, float]:  # fmt: skip
    """Return the slope of one line through the optima of a range of sizes, by law."""
    return {key: float(counted.path_exponent(law, smallest, largest, embedding)) for key, law in found.each.items()}  # fmt: skip


def ranges(p: Parameters) -> dict[str, tuple[float, float]]:
    """Return the ranges of sizes over which the exponent is asked, in parameters."""
    theirs = refits(p.seed)
    return {
        "as counted by Kaplan": (p.smallest, p.largest),
        "upper half of that range": (float(np.sqrt(p.smallest * p.largest)), p.largest),
        "best sizes of Porian et al.": (theirs.smallest, theirs.largest),
        "larger models": (1e9, 1e12),
    }  # fmt: skip


def grid() -> tuple[Floats, Floats]:
    """Return the sizes and the budgets, counted without embeddings, that Pearce and Song simulate."""
    sizes, budgets = (
        np.logspace(
            printed(f"pearce2024.{name}.log10_smallest"), printed(f"pearce2024.{name}.log10_largest"),
            int(printed(f"pearce2024.{count}")),
        )
        for name, count in (("params", "sizes"), ("flop", "budgets"))
    )  # fmt: skip
    return sizes, budgets


def frontiers(p: Parameters, found: Laws) -> dict[str, Frontier]:
    """Keep the best size at each simulated budget, by law."""
    return {key: counted.training_frontier(law, *grid(), p.embedding) for key, law in found.each.items()}  # fmt: skip


@dataclass(frozen=True)
class Corrections:
    """The measured way from Kaplan's exponent to Hoffmann's on one corpus.

    `published` are the exponents printed after each step, `refit` those from the points, `common`
    those of the budgets that all steps have in common, and `level` is that of the intervals.
    """

    published: list[Printed]
    refit: Refit
    common: Floats
    level: float

    @property
    def low(self) -> Floats:
        """Lower ends of the intervals of the exponents refitted."""
        return fitting.interval(self.refit.draws, self.level)[0]

    @property
    def high(self) -> Floats:
        """Upper ends of the same."""
        return fitting.interval(self.refit.draws, self.level)[1]

    @property
    def share(self) -> Floats:
        """Share of the whole change that each step takes, with the ends of its interval; three rows."""
        return np.array([self.refit.share, *fitting.interval(self.refit.shares, self.level)])

    @property
    def share_last(self) -> Floats:
        """The same where the count is corrected last."""
        return np.array([self.refit.share_last, *_interval(self.refit.shares_last, self.level)])

    @property
    def averaged(self) -> Floats:
        """Draws of the shares, averaged over the two orders, shape (S, 4)."""
        both = (self.refit.shares + self.refit.shares_last) / 2
        return both[np.isfinite(both).all(axis=1)]

    @property
    def mean_share(self) -> Floats:
        """Share of each step, averaged over the two orders, with the ends of its interval."""
        middle = (self.refit.share + self.refit.share_last) / 2
        return np.array([middle, *fitting.interval(self.averaged, self.level)])

    @property
    def readings(self) -> Floats:
        """Share of each step in both orders, at all budgets and at the common ones; shape (4, 4)."""
        bare, counted = self.common
        in_order = shares(np.array([bare[0], *counted]))
        return np.array([self.refit.share, self.refit.share_last, in_order, counted_last(bare, counted)])  # fmt: skip


def _interval(draws: Floats, level: float) -> tuple[Floats, Floats]:
    """Return the interval of draws of which some have no value."""
    return fitting.interval(draws[np.isfinite(draws).all(axis=1)], level)


@dataclass(frozen=True)
class Count:
    """What counting alone predicts of the last layer's step, for the models of Porian et al.

    `effect` is by how much Kaplan's count of their heads raises the exponent, by law, over the best
    sizes of their budgets, `smallest` to `largest`; `low` and `high` are the ends for the law fitted.
    """

    effect: dict[str, float]
    low: float
    high: float
    smallest: float
    largest: float
    embedding: float


def corrections(p: Parameters) -> dict[str, Corrections]:
    """Refit the exponents that Porian et al. measured, by corpus."""
    theirs = refits(p.seed)
    return {
        corpus: Corrections([registry.printed(f"porian2024.{corpus}.{step}") for step in CORRECTIONS],
                            refit, theirs.common[corpus], p.level)
        for corpus, refit in theirs.each.items()
    }  # fmt: skip


def count(p: Parameters, found: Laws) -> Count:
    """Predict the step of the last layer from the laws and the count.

    Raises
    ------
    ScalebookError
        If some size within the range is optimal at no budget.
    """
    theirs = refits(p.seed)
    models = theirs.smallest, theirs.largest, theirs.embedding
    effect = {k: path - found.large[k] for k, path in path_exponents(found, *models).items()}
    drawn = counted.path_exponent(found.draws, *models) - found.draws.a
    drawn = drawn[np.isfinite(drawn)]
    if not (np.isfinite([*effect.values()]).all() and len(drawn)):
        raise ScalebookError(f"reconciliation: by the law fitted to {found.runs}, some size between {models[0]:.3g} and {models[1]:.3g} is optimal at no budget if Porian's heads are left out. Give runs that fix a law with larger exponents.")  # fmt: skip
    return Count(effect, *ends(drawn, p.level), *models)


@dataclass(frozen=True)
class Seen:
    """Best losses against compute as they are counted, fitted without and with a constant."""

    frontier: Frontier
    power: Fit
    floor: Fit


@dataclass(frozen=True)
class Constant:
    """What becomes of the floor of the replication's law: counted without embeddings, and in full.

    `upper` is fitted with a constant to the upper half of the budgets counted without embeddings,
    `hoffmann` without one to Hoffmann's law; `refit` with one to Kaplan's own printed curve.
    """

    counted: Seen
    whole: Seen
    upper: Fit
    hoffmann: Fit
    refit: Fit


def constant(p: Parameters, best: dict[str, Frontier], law: ParametricLaw) -> Constant:
    """Look for the floor of a law in both counts.

    Parameters
    ----------
    p : Parameters
    best : dict
        As `frontiers` returns it.
    law : ParametricLaw
        The one that best["besiroglu"] was made with.
    """
    sizes, budgets = grid()
    totals = total_params(sizes, p.embedding)
    # The same sizes in full count: the budgets move with them.
    first, last = budgets[[0, -1]] * 10 ** np.log10(totals[[0, -1]] / sizes[[0, -1]])
    full = counted.training_frontier(law, totals, np.geomspace(first, last, len(budgets)), 0.0)
    seen, half = best["besiroglu"], np.arange(len(budgets)) >= len(budgets) // 2
    printed_curve = replace(seen, loss=kaplan().loss(budgets))
    return Constant(_seen(seen), _seen(full), with_constant(seen.take(half)),
                    without(best["hoffmann"]), with_constant(printed_curve))  # fmt: skip


def _seen(best: Frontier) -> Seen:
    return Seen(best, without(best), with_constant(best))


def without(best: Runs) -> Fit:
    """Fit a power of compute to losses, by squared residuals of their logarithms."""
    return fitting.fit(best, "curve", error="mse")


def with_constant(best: Runs) -> Fit:
    """Fit a power of compute above a constant, or without it where no constant fits better."""
    found = fitting.fit(best, "curve+floor", error="mse")
    return found if found.converged else without(best)


def misfit(found: Fit) -> float:
    """Return the root mean square of the residuals, log loss."""
    return float(np.sqrt(np.mean(found.residuals**2)))


def hidden_by(misfit: float, points: int, threshold: float = 3.841) -> float:
    """Return the noise at which a misfit would go unnoticed by a likelihood ratio test.

    A wrong form adds `misfit` (root mean square, log loss) to noise of standard deviation sigma;
    twice the expected gain in log-likelihood of the right form is about
    n ln(1 + misfit^2 / sigma^2), to be held against `threshold` (derived from the normal
    likelihood with its scale fitted).

    Parameters
    ----------
    misfit : float
        Log loss, >= 0.
    points : int
        Independent points n, > 0.
    threshold : float
        3.841 for one more constant at the 5% level.

    Returns
    -------
    float
        sigma, log loss.
    """
    return float(misfit / np.sqrt(np.expm1(threshold / points)))


def kaplan() -> PowerLaw:
    """Return Kaplan's curve of loss against compute, for the runs as they were."""
    return registry.of_kind("kaplan2020-compute", PowerLaw)


@dataclass(frozen=True)
class Found:
    """What the steps came to, one field a step."""

    laws: Laws
    exponents: Exponents
    frontiers: dict[str, Frontier]
    corrections: dict[str, Corrections]
    count: Count
    stopped: list[Stopped]
    constant: Constant


def take(p: Parameters) -> Found:
    """Take the steps in order."""
    three = laws(p)
    slopes, best = exponents(p, three), frontiers(p, three)
    floors = constant(p, best, three.each["besiroglu"])
    return Found(three, slopes, best, corrections(p), count(p, three), stopped(), floors)
