"""Rates of information that carry their unit, and what one unit is worth in another.

A loss is a number of nats per token. Quoted for other texts or other people it turns into bits, and
into rates per byte, per character or per word. Here such a number cannot lose its unit: a `Rate`
knows in what it measures and per what, adds only to its like, and changes its unit only through
`Text`, which says how many bytes, characters and words a token stands for.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Final, Generic, Literal, TypeAlias, TypeVar

import numpy as np
from numpy.typing import ArrayLike

from scalinglaws.errors import ScalingLawsError
from scalinglaws.laws import ParametricLaw
from scalinglaws.units import BITS_PER_NAT, NATS_PER_BIT, Floats, positive


class Measure(Enum):
    """In what information is measured."""

    NAT = "nat"
    BIT = "bit"


class Per(Enum):
    """Per how much text."""

    TOKEN = "token"
    BYTE = "byte"
    CHARACTER = "character"
    WORD = "word"


NAT: Final = Measure.NAT
BIT: Final = Measure.BIT
TOKEN: Final = Per.TOKEN
BYTE: Final = Per.BYTE
CHARACTER: Final = Per.CHARACTER
WORD: Final = Per.WORD

Nat: TypeAlias = Literal[Measure.NAT]
Bit: TypeAlias = Literal[Measure.BIT]
Token: TypeAlias = Literal[Per.TOKEN]
Byte: TypeAlias = Literal[Per.BYTE]
Character: TypeAlias = Literal[Per.CHARACTER]
Word: TypeAlias = Literal[Per.WORD]

M = TypeVar("M", bound=Measure)
P = TypeVar("P", bound=Per)
Q = TypeVar("Q", bound=Per)


@dataclass(frozen=True)
class Text:
    """How a text is cut up, as averages over the text; each a number or an array.

    Parameters
    ----------
    chars_per_token : float or array_like
        Characters that a token stands for, > 0.
    bytes_per_char : float or array_like
        Bytes of a character in the text's encoding, > 0; 1 for plain English in UTF-8.
    tokens_per_word : float or array_like
        Tokens that a word takes, > 0.

    Raises
    ------
    ValueError
        If any of them is not positive.
    """

    chars_per_token: ArrayLike
    bytes_per_char: ArrayLike = 1.0
    tokens_per_word: ArrayLike = 1.4

    def __post_init__(self) -> None:
        for name in ("chars_per_token", "bytes_per_char", "tokens_per_word"):
            positive(getattr(self, name), name)

    def per_token(self, unit: Per) -> Floats:
        """Return how many of `unit` a token stands for."""
        chars = np.asarray(self.chars_per_token, dtype=np.float64)
        if unit is TOKEN:
            return np.ones_like(chars)
        if unit is CHARACTER:
            return chars
        if unit is BYTE:
            return chars * np.asarray(self.bytes_per_char, dtype=np.float64)
        return 1.0 / np.asarray(self.tokens_per_word, dtype=np.float64)


@dataclass(frozen=True, eq=False)
class Rate(Generic[M, P]):
    """Information per unit of text: a cross-entropy, an entropy, or a difference of two.

    Parameters
    ----------
    value : array_like
        Of any shape.
    measure : Measure
        `NAT` or `BIT`.
    per : Per
        `TOKEN`, `BYTE`, `CHARACTER` or `WORD`.

    Examples
    --------
    >>> floor = Rate(1.69, NAT, TOKEN)
    >>> round(float(floor.bits.value), 2)
    2.44
    >>> round(float(floor.bits.to(CHARACTER, Text(chars_per_token=4.3)).value), 2)
    0.57
    """

    value: Floats
    measure: M
    per: P

    def __init__(self, value: ArrayLike, measure: M, per: P) -> None:
        object.__setattr__(self, "value", np.asarray(value, dtype=np.float64))
        object.__setattr__(self, "measure", measure)
        object.__setattr__(self, "per", per)

    @property
    def unit(self) -> str:
        """Unit in words, such as nats/token."""
        return f"{self.measure.value}s/{self.per.value}"

    @property
    def bits(self) -> "Rate[Bit, P]":
        """The same rate in bits."""
        factor = BITS_PER_NAT if self.measure is NAT else 1.0
        return Rate(self.value * factor, Measure.BIT, self.per)

    @property
    def nats(self) -> "Rate[Nat, P]":
        """The same rate in nats."""
        factor = NATS_PER_BIT if self.measure is BIT else 1.0
        return Rate(self.value * factor, Measure.NAT, self.per)

    @property
    def perplexity(self) -> "Perplexity[P]":
        """The exponential of the rate in nats."""
        return Perplexity(np.exp(self.nats.value), self.per)

    def to(self, per: Q, text: Text) -> "Rate[M, Q]":
        """Return the rate per another unit of the same text.

        Parameters
        ----------
        per : Per
        text : Text
            How this text is cut up; arrays broadcast against the rate.
        """
        if self.per.value == per.value:
            return Rate(self.value, self.measure, per)
        # A token's worth of information is the same however the text is divided.
        return Rate(self.value * text.per_token(self.per) / text.per_token(per), self.measure, per)

    def __add__(self, other: "Rate[M, P]") -> "Rate[M, P]":
        return Rate(self.value + self._same(other, "added to"), self.measure, self.per)

    def __sub__(self, other: "Rate[M, P]") -> "Rate[M, P]":
        return Rate(self.value - self._same(other, "taken from"), self.measure, self.per)

    def __truediv__(self, other: "Rate[M, P]") -> Floats:
        """Return the ratio of two rates in one unit, a plain number."""
        ratio: Floats = self.value / self._same(other, "compared with")
        return ratio

    def __mul__(self, factor: ArrayLike) -> "Rate[M, P]":
        if isinstance(factor, Rate | Perplexity):
            raise ScalingLawsError("Two rates of information cannot be multiplied.")
        return Rate(self.value * np.asarray(factor, dtype=np.float64), self.measure, self.per)

    __rmul__ = __mul__

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Rate):
            return NotImplemented
        return bool(np.array_equal(self.value, self._same(other, "compared with")))

    def __lt__(self, other: "Rate[M, P]") -> bool:
        return bool(np.all(self.value < self._same(other, "compared with")))

    def __repr__(self) -> str:
        return f"{self.value} {self.unit}"

    def _same(self, other: object, verb: str) -> Floats:
        if not isinstance(other, Rate):
            raise ScalingLawsError(
                f"A {type(other).__name__} cannot be {verb} a rate in {self.unit}: it has no unit. "
                "Make it a Rate first."
            )
        if (other.measure, other.per) != (self.measure, self.per):
            raise ScalingLawsError(
                f"A rate in {other.unit} cannot be {verb} one in {self.unit}. "
                "Convert one of them with .bits, .nats or .to(unit, text)."
            )
        return other.value


@dataclass(frozen=True, eq=False)
class Perplexity(Generic[P]):
    """Number of equally likely choices that would be as hard to guess; no rate, and not additive.

    Parameters
    ----------
    value : array_like
        At least 1 for a predictor of discrete symbols, > 0 here.
    per : Per

    Raises
    ------
    ValueError
        If a value is not positive.
    """

    value: Floats
    per: P

    def __init__(self, value: ArrayLike, per: P) -> None:
        object.__setattr__(self, "value", positive(value, "perplexity"))
        object.__setattr__(self, "per", per)

    def __repr__(self) -> str:
        return f"perplexity {self.value} per {self.per.value}"

    @property
    def nats(self) -> Rate[Nat, P]:
        """The rate of which this is the exponential."""
        return Rate(np.log(self.value), Measure.NAT, self.per)

    @property
    def bits(self) -> Rate[Bit, P]:
        """The same rate in bits."""
        return self.nats.bits


def loss(value: ArrayLike) -> Rate[Nat, Token]:
    """Return a training loss, or an irreducible one, as a rate in nats per token."""
    return Rate(value, Measure.NAT, Per.TOKEN)


def chars_per_token_from_ratio(ratio: ArrayLike, token_bits: ArrayLike = 16.0) -> Floats:
    """Return the characters a token stands for, from the size of a text stored as tokens.

    A file of tokens of `token_bits` bits that is `ratio` times as large as the text in 8-bit
    characters holds token_bits / (8 ratio) characters a token.

    Parameters
    ----------
    ratio : array_like
        Size as tokens over size as text, > 0.
    token_bits : array_like
        Bits that one token takes in the file.

    Raises
    ------
    ValueError
        If an input is not positive.
    """
    return positive(token_bits, "token_bits") / (8.0 * positive(ratio, "ratio"))


@dataclass(frozen=True)
class Learned:
    """How much one run could have learned, in bits; arrays broadcast from law, size and data.

    Attributes
    ----------
    data : numpy.ndarray
        Area between the learning curve and the floor of a model of this size: what it took to
        get there beyond what that model can never predict, bits.
    all : numpy.ndarray
        Area down to E, bits: with the part that a model of this size never predicts.
    per_param : numpy.ndarray
        `data` for each parameter, bits.
    """

    data: Floats
    all: Floats
    per_param: Floats


def learned(
    law: ParametricLaw, params: ArrayLike, tokens: ArrayLike, vocabulary: float = np.inf
) -> Learned:
    r"""Return the area between the learning curve of a run and its floor.

    Coding a text while learning it costs the sum of the losses on the way; the part above the
    entropy is what the code pays for not knowing the source (its redundancy). For a Bayesian
    learner whose prior is right this is the information that the data give about the source; for
    any other it bounds from above what was learned (Rissanen 1984, doi:10.1109/TIT.1984.1056936).
    The curve is the law's data term at each amount up to `tokens`, so the area is
    B D^(1 - beta) / (1 - beta); where the law would exceed the logarithm of the vocabulary, which a
    model has before it has learned anything, it is cut off there. Without that cut the area is
    infinite if beta is 1 or more, for then nearly all of it lies at the start, where no law holds.

    Parameters
    ----------
    law : ParametricLaw
        An ensemble broadcasts.
    params, tokens : array_like
        Size and data of the run, > 0.
    vocabulary : float
        Different tokens; infinite for no cut.

    Raises
    ------
    ScalingLawsError
        If an exponent of data is not positive: the curve then never falls.
    ValueError
        If size or data are not positive.
    """
    size, data = positive(params, "params"), positive(tokens, "tokens")
    beta = np.asarray(law.beta)
    if np.any(beta <= 0):
        raise ScalingLawsError(
            "The area under the learning curve needs a positive exponent of data; "
            f"{law.name or 'this law'} has {float(beta.min()):g}."
        )
    size_term = law.terms(size, data)[0]
    # A model too small to do better than knowing nothing has nothing to learn.
    start = np.maximum(np.log(vocabulary) - law.E - size_term, 0.0)
    # Up to `crossed` tokens the curve is held at its start, and follows the law from there.
    with np.errstate(over="ignore"):  # infinite where the law stays above the start
        crossed = np.minimum((law.B / np.maximum(start, 1e-300)) ** (1 / beta), data)
    if np.isinf(vocabulary):
        held, above = np.zeros_like(data), _area(law, np.zeros_like(data), data)
    else:
        held, above = crossed * start, _area(law, crossed, data)
    area = (held + above) * BITS_PER_NAT
    return Learned(area, area + size_term * data * BITS_PER_NAT, area / size)


def _area(law: ParametricLaw, low: Floats, high: Floats) -> Floats:
    """Return the integral of the law's data term from `low` to `high` tokens."""
    left = 1 - np.asarray(law.beta)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        wide = np.log(high / low)
        # Of beta near 1 the powers cancel; their quotient is that of expm1, and its limit 1.
        power = left * wide
        near = law.B * low**left * wide * np.where(power == 0, 1.0, np.expm1(power) / power)
        from_nothing = np.where(left > 0, law.B / left * high**left, np.inf)
    area: Floats = np.where(low > 0, near, from_nothing)
    return area


def tokens_to_learn(law: ParametricLaw, bits: ArrayLike, start: float = np.inf) -> Floats:
    """Return the tokens after which the area above the law's floor reaches `bits`.

    The inverse of `learned` at unlimited size: the learning curve falls as B / D^beta, held at
    `start` bits per token above the floor where it would be higher.

    Parameters
    ----------
    law : ParametricLaw
    bits : array_like
        Information to be learned, > 0.
    start : float
        Excess of the loss at the start, bits per token.

    Raises
    ------
    ValueError
        If an input is not positive.
    """
    wanted = positive(bits, "bits") * NATS_PER_BIT
    first = float(positive(start, "start")) * NATS_PER_BIT
    beta, scale = np.asarray(law.beta), np.asarray(law.B)
    crossed = (scale / first) ** (1 / beta) if np.isfinite(first) else np.zeros_like(beta)
    held = crossed * (first if np.isfinite(first) else 0.0)
    rest = np.maximum(wanted - held, 0.0) * (1 - beta) / scale + crossed ** (1 - beta)
    tokens: Floats = np.where(wanted < held, wanted / first, rest ** (1 / (1 - beta)))
    return tokens
