"""The floor of three fits carried into other units, and how much a run could learn, step by step.

A loss is in nats per token; every conversion goes by a `Text`, which says what a token stands for.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from scalebook.chapters.common import ends, kept, printed, refit, stated
from scalebook.chapters.parameter import Parameters
from scalebook.laboratory import learner, source
from scalinglaws import datapackage, fitting, registry
from scalinglaws.errors import ScalingLawsError
from scalinglaws.information import rates, tokenizers
from scalinglaws.information.rates import CHARACTER, Per, Text, converted
from scalinglaws.laws import ParametricLaw
from scalinglaws.runs import Runs
from scalinglaws.supply import stocks
from scalinglaws.units import BITS_PER_NAT, NATS_PER_BIT, Floats

#: Parts of MassiveText, and those of them that are prose.
PARTS = {"massiveweb": "MassiveWeb", "books": "Books", "c4": "C4", "news": "News",
         "github": "GitHub", "wikipedia": "Wikipedia"}  # fmt: skip
PROSE = ("massiveweb", "books", "c4", "news")
#: Parts of the Pile that are web text and books, and all that are prose.
PILE_WEB = {"pile_cc": "Pile-CC", "openwebtext2": "OpenWebText2", "books3": "Books3"}
PILE_PROSE = (*PILE_WEB, "bookcorpus2", "pg19")
HOFFMANN, REPLICATION = "Hoffmann et al.", "Besiroglu et al."
ALL_RUNS, OWN = "Besiroglu et al., all 245 runs", "fitted here"
#: Forms that fit the runs of Hoffmann et al. to within a few thousandths of log loss, and the ways
#: to charge errors. Kaplan's form with a floor is off by twice as much there, and is left out.
FORMS = {"sum": "chinchilla", "power mean": "powermean", "varying exponent": "varying"}
ERRORS = ("huber", "lad", "mse", "varpro")
#: Published laws, by what they are called here.
LAWS = {HOFFMANN: "hoffmann2022", REPLICATION: "besiroglu2024", ALL_RUNS: "besiroglu2024-all245"}
#: The runs that the published laws were fitted to.
PUBLISHED = "hoffmann2022_runs"
#: Bits that a unit of loss may have.
BASES = {"bit": 1.0, "nat": BITS_PER_NAT, "decimal digit": float(np.log2(10))}
TOKEN_BITS = 16.0  # as a vocabulary of some 50,000 needs; TLW's comment does not say
#: The source of the example on signal and noise: its symbols, mean entropy, and moments looked at.
SYMBOLS, MEAN_BITS = 1024, 2.0
SEEN = (0, 1, 2, 5, 10, 100, 1000)


def law_of(label: str) -> ParametricLaw:
    """Return a published law by what it is called here."""
    return registry.parametric(LAWS[label])


def cut(p: Parameters, chars_per_token: ArrayLike | None = None) -> Text:
    """Return how the training text is cut up, at the parameters' characters per token or others."""
    chars = p.chars_per_token if chars_per_token is None else chars_per_token
    return Text(chars, p.bytes_per_char, p.tokens_per_word)


def in_bits(loss: ArrayLike, unit: Per, text: Text) -> Floats:
    """Return losses in nats per token as bits per another unit of a text."""
    return rates.loss(loss).bits.to(unit, text).value


@dataclass(frozen=True)
class MassiveText:
    """What a token of MassiveText stands for, in bytes.

    `by_part` has size on disk (bytes), share of the training tokens, epochs that the share amounts
    to, and bytes per token; the ends are over the parts of prose.
    """

    by_part: dict[str, tuple[float, float, float, float]]
    massive_tokens: float
    massive_low: float
    massive_high: float
    massive_mean: float


def massivetext() -> MassiveText:
    """Divide the size of each part by the tokens in it, share x tokens / epochs."""
    total = printed("hoffmann2022.massivetext.tokens")
    by_part = {}
    for name in PARTS:
        disk, share, epochs = (printed(f"hoffmann2022.massivetext.{name}.{what}") for what in ("disk", "share", "epochs"))  # fmt: skip
        by_part[name] = disk, share, epochs, disk * epochs / (share * total)
    # The line for Wikipedia cannot be as printed.
    _, shares, _, each = np.array([by_part[name] for name in PARTS if name != "wikipedia"]).T
    prose = [by_part[name][-1] for name in PROSE]
    mean = float(np.average(each, weights=shares))
    return MassiveText(by_part, total, min(prose), max(prose), mean)


@dataclass(frozen=True)
class Prose:
    """Prose of the book under byte-pair encodings, and under compressors, bits per character."""

    prose_chars: int
    encodings: list[tokenizers.Encoding]
    squeezed: dict[str, float]


@kept  # no parameter changes it
def prose() -> Prose:
    """Train encodings on four fifths of the paragraphs and measure them on the others."""
    text = datapackage.prose()
    training, measured = tokenizers.split(text, every=5)
    encodings = tokenizers.encodings(training, measured, [256, 512, 1024, 2048, 4096])
    squeezed = tokenizers.compressed(text, [len(text)])
    return Prose(len(text), encodings, {name: bits[0] for name, bits in squeezed.items()})


@dataclass(frozen=True)
class Floors:
    """The law fitted here and its resamples, and floors E by several fits, nats per token.

    Attributes
    ----------
    law, drawn : ParametricLaw
    by_fit : dict
        E and the two ends of its interval; of the fit of Hoffmann et al. none is known.
    by_form : dict
        E by form and error model, of the runs of the parameters; those that the runs do not tell
        are left out.
    floor_low, floor_high : float
        Over all of `by_form`.
    """

    law: ParametricLaw
    drawn: ParametricLaw
    by_fit: dict[str, tuple[float, float, float]]
    by_form: dict[tuple[str, str], float]
    floor_low: float
    floor_high: float


def floors(p: Parameters) -> Floors:
    """Fit the runs, and set their floor beside those of the published fits."""
    fitted, off = refit(p), 1.96 * printed("besiroglu2024.E.se")
    law, drawn = fitted.fit.law, fitted.draws
    known, again = float(law_of(HOFFMANN).E), float(law_of(REPLICATION).E)
    by_fit = {HOFFMANN: (known, known, known), REPLICATION: (again, again - off, again + off),
              OWN: (float(law.E), *ends(drawn.E, p.level))}  # fmt: skip
    by_form = {(form, error): floor for form in FORMS for error in ERRORS
               if (floor := _floor(fitted.used, FORMS[form], error)) is not None}  # fmt: skip
    every = [float(law.E), *by_form.values()]
    return Floors(law, drawn, by_fit, by_form, min(every), max(every))


def _floor(runs: Runs, form: str, error: str) -> float | None:
    try:
        found = fitting.fit(runs, form, error=error)
    except ScalingLawsError:
        return None
    return float(found.constants["E"]) if found.converged else None


def pile() -> dict[str, dict[str, float]]:
    """Return the printed bits per byte of Chinchilla and Gopher on the parts of the Pile."""
    prefix = "hoffmann2022.pile."
    parts = sorted({k.split(".")[2] for k in registry.printed_keys() if k.startswith(prefix)})
    return {model: {part: printed(f"{prefix}{part}.{model}") for part in parts} for model in ("chinchilla", "gopher")}  # fmt: skip


@dataclass(frozen=True)
class Tokenizer:
    """How a tokenizer cuts up its text: averages."""

    chars_per_token: float
    bytes_per_char: float
    tokens_per_word: float


def known_tokenizers(p: Parameters, massive: MassiveText) -> dict[str, Tokenizer]:
    """Return how some tokenizers cut up their texts, as published, at a byte a character."""
    words = printed("kaplan2020.tokens_per_word")
    return {
        "GPT-2's on WebText2": Tokenizer(printed("kaplan2020.chars_per_token"), 1.0, words),
        "Chinchilla's on MassiveText": Tokenizer(massive.massive_mean, 1.0, p.tokens_per_word),
        "Web text (Villalobos et al.)": Tokenizer(web_bytes_per_token(), 1.0, 1 / printed("villalobos2024.words_per_token")),
    }  # fmt: skip


def web_bytes_per_token() -> float:
    """Return the bytes in a token of the web's text, as Villalobos et al. take it."""
    name, cells = datapackage.cells("supply_factors", "supply_factors")
    factors = next(each.factors for each in stocks.read(cells, name).stocks if each.name == "common_crawl")  # fmt: skip
    return next(each.stated for each in factors if each.name == "bytes_per_token")


def bits_per(loss: float, measure: float, here: float, there: float) -> float:
    """Return a loss in bits per another unit of text, by `rates.converted`.

    Parameters
    ----------
    loss : float
    measure : float
        Bits in what it is measured in.
    here, there : float
        How many of its own unit of text, and of the other, a token stands for.
    """
    found: float = converted(loss * measure, here, there)
    return found


def product(one: float, other: float) -> float:
    """Return bytes from characters and the bytes in each, or nats from bits."""
    return one * other


def inverse(value: float) -> float:
    """Return words per token from tokens per word."""
    return 1 / value


@dataclass(frozen=True)
class Derivations:
    """The way from a floor in nats to bits per character, by TLW's comment and with its units."""

    stated_floor: float
    bpe_ratio: float
    floor_bits: float
    their_divisor: float
    their_result: float
    sound_chars: float
    sound_result: float


def derivations() -> Derivations:
    """Follow TLW's comment step by step, and do each step with its unit."""
    floor, ratio = printed("onea3orn2022.floor"), printed("onea3orn2022.bpe_ratio")
    chars = float(rates.chars_per_token_from_ratio(ratio, TOKEN_BITS))
    return Derivations(
        floor, ratio, float(rates.loss(floor).bits.value),
        8 * ratio, stated("t-243") / (8 * ratio),
        chars, float(in_bits(floor, CHARACTER, Text(chars))),
    )  # fmt: skip


@dataclass(frozen=True)
class Unit:
    """How many bits a unit of loss has: by law and part of the Pile, on average and at most."""

    cases: list[tuple[str, str, float]]
    implied_mean: float
    implied_low: float
    implied_high: float
    nearest: str


def unit(massive: MassiveText, scores: dict[str, dict[str, float]]) -> Unit:
    """Make Chinchilla's predicted loss per token agree with its measured bits per byte."""
    run = registry.published_model("Chinchilla")
    predicted = {label: float(law_of(label).loss(run.params, run.tokens)) for label in (HOFFMANN, REPLICATION)}  # fmt: skip
    measured = {part: scores["chinchilla"][part] for part in PILE_WEB}
    cases = [(label, part, score * massive.massive_mean / loss)
             for label, loss in predicted.items() for part, score in measured.items()]  # fmt: skip
    mean = float(np.exp(np.log([bits for *_, bits in cases]).mean()))
    return Unit(
        cases, mean,
        min(measured.values()) * massive.massive_low / max(predicted.values()),
        max(measured.values()) * massive.massive_high / min(predicted.values()),
        min(BASES, key=lambda name: abs(np.log(BASES[name] / mean))),
    )  # fmt: skip


@dataclass(frozen=True)
class Learned:
    """How much the run of the parameters could have learned, by law.

    The ends are those of the resamples of the law fitted here, bits per parameter.
    """

    bounds: dict[str, rates.Learned]
    learned_own_low: float
    learned_own_high: float


def learned(p: Parameters, found: Floors) -> Learned:
    """Return the area between the learning curve and its floor, under four laws."""
    laws = {**{label: law_of(label) for label in LAWS}, OWN: found.law}
    run = p.params, p.tokens
    bounds = {label: rates.learned(law, *run, p.vocabulary) for label, law in laws.items()}
    drawn = rates.learned(found.drawn, *run, p.vocabulary).per_param
    return Learned(bounds, *ends(drawn, p.level))


def learned_along(p: Parameters, law: ParametricLaw, compute: ArrayLike) -> Floats:
    """Return the bits that compute-optimal runs could learn per parameter."""
    best = law.optimum(compute=compute)
    return rates.learned(law, best.params, best.tokens, p.vocabulary).per_param


def capacity() -> dict[str, float]:
    """Return how many bits transformers were found to store per parameter, by who found it."""
    return {"Morris et al.": printed("morris2025.capacity"), "Allen-Zhu and Li": printed("allenzhu2024.capacity")}  # fmt: skip


def tokens_needed(p: Parameters, label: str) -> float:
    """Return the tokens that fill the parameters, from 2 bits above the floor of a law."""
    stored = capacity()["Morris et al."] * p.params
    return float(rates.tokens_to_learn(law_of(label), stored, start=2.0))


def best_to_compress(p: Parameters, law: ParametricLaw, size: ArrayLike) -> Floats:
    """Return the size of model that is smallest together with a text that it compresses.

    Parameters
    ----------
    law : ParametricLaw
        A single law; the data that the model was trained on are not limited.
    size : array_like
        Bytes of the text.
    """
    tokens = np.asarray(size, dtype=float) / (p.chars_per_token * p.bytes_per_char)
    each = 8 * printed("deletang2023.bytes_per_param")  # bits
    return np.asarray((law.alpha * law.A * tokens * BITS_PER_NAT / each) ** (1 / (1 + law.alpha)))


@dataclass(frozen=True)
class Signal:
    """Loss above the entropy after so many symbols (`SEEN`), bits, of two learners.

    The ideal one knows how the source was drawn, the naive one adds 1 to each count.
    """

    ideal: Floats
    naive: Floats


def signal() -> Signal:
    """Teach two learners a source of `SYMBOLS` symbols with an entropy of `MEAN_BITS`."""
    drawn = source.concentration(SYMBOLS, MEAN_BITS * NATS_PER_BIT)
    both = (learner.Theory(2.0, 10, SYMBOLS, drawn, smoothing) for smoothing in (drawn, 1.0))
    return Signal(*(each.regret(SEEN) * BITS_PER_NAT for each in both))


@dataclass(frozen=True)
class Found:
    """What the steps came to, one field a step."""

    massive: MassiveText
    tokenizers: dict[str, Tokenizer]
    prose: Prose
    floors: Floors
    scores: dict[str, dict[str, float]]
    derivations: Derivations
    unit: Unit
    learned: Learned
    signal: Signal


def take(p: Parameters) -> Found:
    """Take the steps in order."""
    massive, fitted, scores = massivetext(), floors(p), pile()
    of_loss, bound = unit(massive, scores), learned(p, fitted)
    cuts = known_tokenizers(p, massive)
    return Found(massive, cuts, prose(), fitted, scores, derivations(), of_loss, bound, signal())
