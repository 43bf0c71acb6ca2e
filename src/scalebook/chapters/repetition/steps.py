"""What repeated data are worth by the law of Muennighoff et al., step by step."""

from dataclasses import dataclass

import numpy as np

from scalebook.chapters.common import printed
from scalebook.chapters.parameter import Parameters
from scalebook.chapters.repetition import GEOMETRIC, measured
from scalinglaws import registry
from scalinglaws.balance import Allocation
from scalinglaws.laws import Decay, ParametricLaw
from scalinglaws.optimum import repetition


def published(key: str) -> float:
    """Return a figure of the paper's, by the rest of its key in the registry."""
    return printed(f"muennighoff2023.{key}")


@dataclass(frozen=True)
class Forms:
    """The forms of the decay, and the laws that take them.

    `model` is the law as chosen, `paper` and `geometric` the paper's own with two forms that it
    fitted to the same runs; `only_data` has excess parameters keep their value, and `explicit` is
    the geometric decay if the other line of the paper's table is right.
    """

    model: repetition.RepeatedLaw
    paper: repetition.RepeatedLaw
    geometric: repetition.RepeatedLaw
    only_data: Decay
    explicit: Decay

    @property
    def fitted(self) -> dict[str, Decay]:
        """The three decays that the paper fitted, by what they are called here."""
        return {"paper's form": self.paper.decay, "geometric form": self.geometric.decay, "only data decay": self.only_data}  # fmt: skip

    def readings(self, fresh: ParametricLaw) -> dict[str, repetition.RepeatedLaw]:
        """Return a law for fresh data with the forms in which parameters decay as well."""
        decays = {"paper's form": self.paper.decay, "geometric form": self.geometric.decay, "its other reading": self.explicit}  # fmt: skip
        return {name: repetition.RepeatedLaw(fresh, decay) for name, decay in decays.items()}


def forms(p: Parameters) -> Forms:
    """Look up the decays."""
    geometric = repetition.published(decay=GEOMETRIC)
    explicit = Decay(geometric.decay.tokens, 1 - np.exp(-published("explicit.N")), "geometric")
    model = repetition.published(p.law, p.decay)
    only_data = Decay(published("R_D.only"), np.inf)
    return Forms(model, repetition.published(), geometric, only_data, explicit)


def trained(kind: str = "") -> tuple[float, float]:
    """Return size and tokens of a run that confirmed the law; "chinchilla." is the other's kind."""
    return published(f"confirm.{kind}params"), published(f"confirm.{kind}tokens")


@dataclass(frozen=True)
class Plans:
    """The best use of compute on limited data: for the parameters, and for the confirming runs.

    `plain` is what the paper's law recommends for the latter if nothing decays.
    """

    best: repetition.RepeatedAllocation
    confirm: repetition.RepeatedAllocation
    confirm_geometric: repetition.RepeatedAllocation
    plain: Allocation


def plans(p: Parameters, found: Forms) -> Plans:
    """Find the lowest loss over all sizes at fixed compute."""
    budget = published("confirm.compute"), published("confirm.unique")
    return Plans(
        repetition.optimal(found.model, p.compute, p.unique),
        repetition.optimal(found.paper, *budget), repetition.optimal(found.geometric, *budget),
        found.paper.fresh.optimum(compute=budget[0]),
    )  # fmt: skip


def gain(law: repetition.RepeatedLaw, unique: float, passes: float) -> float:
    """Return how far passes raise the optimal tokens per parameter over that of one."""
    once, often = repetition.best_runs(law, unique, [1.0, passes]).tokens_per_param
    return float(often / once)


def gains(p: Parameters, found: Forms) -> dict[str, float]:
    """Return what the quoted passes do to the optimal ratio, by form."""
    laws = found.readings(registry.parametric(p.law))
    return {name: gain(law, p.unique, p.epochs) for name, law in laws.items()}


@dataclass(frozen=True)
class Measured:
    """What the runs say: the valley of the fit, on the paper's runs and on all, and the pairs.

    `four` and `five` have the runs of about so many passes beside those on fresh tokens, `pairs` all
    of them up to sixty, `bands` the same by passes and size, `beyond` the runs that go on from
    about 40 passes.
    """

    valley: measured.Valley
    all_runs: measured.Valley
    four: tuple[measured.Pair, ...]
    five: tuple[measured.Pair, ...]
    pairs: tuple[measured.Pair, ...]
    bands: tuple[measured.Band, ...]
    beyond: tuple[tuple[measured.Setting, ...], ...]


def measure() -> Measured:
    """Ask the runs of the paper."""
    return Measured(
        measured.valley(), measured.valley(fitted=False),
        measured.pairs(3.5, 4.1), measured.pairs(4.5, 5.5), measured.pairs(1.0, 61.0),
        measured.bands(repetition.published()), measured.series(39, 45),
    )  # fmt: skip


def worth_of(passes: float, most: float, kept: float) -> float:
    """Return what passes are worth in fresh ones, by either form of the decay.

    Parameters
    ----------
    passes : float
    most : float
        What all repeats together are worth: R, or (1 - delta) / delta.
    kept : float
        What a repeat is worth over the one before: exp(-1/R), or 1 - delta.
    """
    worth: float = 1 + most * (1 - kept ** (passes - 1))
    return worth


def constants(decay: Decay) -> tuple[float, float]:
    """Return the two numbers that `worth_of` takes, of a decay."""
    if decay.form == "geometric":
        return (1 - decay.tokens) / decay.tokens, 1 - decay.tokens
    return decay.tokens, float(np.exp(-1 / decay.tokens))


def massivetext() -> dict[str, tuple[float, float]]:
    """Return the shares of the parts of MassiveText and their epochs in Chinchilla's training."""
    parts = ("massiveweb", "books", "c4", "news", "github", "wikipedia")
    keys = ((f"hoffmann2022.massivetext.{part}.{what}" for what in ("share", "epochs")) for part in parts)  # fmt: skip
    return {part: (printed(share), printed(epochs)) for part, (share, epochs) in zip(parts, keys, strict=True)}  # fmt: skip


def epochs_of(tokens: float) -> tuple[float, float]:
    """Return the epochs of MassiveText as a whole, and of its most repeated part, in a run."""
    parts, chinchilla = massivetext(), printed("hoffmann2022.massivetext.tokens")
    whole = sum(share * chinchilla / epochs for share, epochs in parts.values())
    return tokens / whole, max(epochs for _, epochs in parts.values()) * tokens / chinchilla


def as_good_as(law: repetition.RepeatedLaw) -> float:
    """Return how many times smaller a model is that a repeated thousandth makes of a large one.

    By a law in which repeats only lose value, for the experiment of Hernandez et al. 2022.
    """
    size, tokens, share, passes = (printed(f"hernandez2022.{name}") for name in ("params", "tokens", "share", "passes"))  # fmt: skip
    once = tokens * (1 - share * passes) + tokens * share * float(law.decay.value(passes))
    (own, _), (_, data), (_, left) = (law.fresh.terms(size, each) for each in (tokens, tokens, once))  # fmt: skip
    return float(((own + left - data) / own) ** (1 / law.fresh.alpha))


@dataclass(frozen=True)
class Found:
    """What the steps came to, one field a step."""

    forms: Forms
    measured: Measured
    plans: Plans
    gain: float
    gains: dict[str, float]


def take(p: Parameters) -> Found:
    """Take the steps in order."""
    found = forms(p)
    chosen = gain(found.model, p.unique, p.epochs)
    return Found(found, measure(), plans(p, found), chosen, gains(p, found))
