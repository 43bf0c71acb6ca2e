"""Rates of information that carry their unit, and what one unit is worth in another.

A loss is a number of nats per token. Quoted for other texts or other people it turns into bits, and
into rates per byte, per character or per word. Here such a number cannot lose its unit: a `Rate`
knows in what it measures and per what, adds only to its like, and changes its unit only through
`Text`, which says how many bytes, characters and words a token stands for.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, Generic, Literal, TypeAlias, TypeVar

import numpy as np
from numpy.typing import ArrayLike

from scalinglaws.errors import ScalingLawsError
from scalinglaws.laws import ParametricLaw
from scalinglaws.units import BITS_PER_NAT, NATS_PER_BIT, Floats, positive


class Measure(Enum):
    """In what information is measured.

    Examples
    --------
    >>> NAT is Measure.NAT, BIT.value
    (True, 'bit')
    """

    NAT = "nat"
    BIT = "bit"


class Per(Enum):
    """Per how much text.

    Examples
    --------
    >>> TOKEN is Per.TOKEN, [each.value for each in Per]
    (True, ['token', 'byte', 'character', 'word'])
    """

    TOKEN = "token"
    BYTE = "byte"
    CHARACTER = "character"
    WORD = "word"


NAT: Final = Measure.NAT
"""Measured by natural logarithms, as losses are."""
BIT: Final = Measure.BIT
"""Measured by logarithms to base 2."""
TOKEN: Final = Per.TOKEN
"""Per token of a tokenizer."""
BYTE: Final = Per.BYTE
"""Per byte of the stored text."""
CHARACTER: Final = Per.CHARACTER
"""Per character."""
WORD: Final = Per.WORD
"""Per word."""

Nat: TypeAlias = Literal[Measure.NAT]
Bit: TypeAlias = Literal[Measure.BIT]
Token: TypeAlias = Literal[Per.TOKEN]
Byte: TypeAlias = Literal[Per.BYTE]
Character: TypeAlias = Literal[Per.CHARACTER]
Word: TypeAlias = Literal[Per.WORD]

M = TypeVar("M", bound=Measure)
P = TypeVar("P", bound=Per)
Q = TypeVar("Q", bound=Per)


def converted(value: Any, here: Any, there: Any) -> Any:
    """Return information per one unit of text as information per another.

    A token's worth of information is the same however the text is divided (Shannon 1951).

    Parameters
    ----------
    value : float or array
        Information per unit.
    here, there : float or array
        How many of the one unit, and of the other, a token stands for.

    Returns
    -------
    float or array
        Information per the other unit.

    Examples
    --------
    Two bits per token are half a bit per character at four characters per token:

    >>> converted(2.0, 1, 4)
    0.5
    """
    return value * here / there


def perplexity_of(bits: Any) -> Any:
    """Return the number of equally likely choices as hard to guess (Jelinek et al. 1977).

    Parameters
    ----------
    bits : float or array
        Information per unit of text.

    Returns
    -------
    float or array
        The perplexity per that unit.

    Examples
    --------
    >>> perplexity_of(3)
    8.0
    """
    return 2.0**bits


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
        Tokens that a word takes, > 0; the default is that of WebText2 (Kaplan et al. 2020, Section
        6.3, footnote).

    Raises
    ------
    ValueError
        If any of them is not positive.

    Examples
    --------
    WebText2, whose characters per token the same footnote gives:

    >>> text = Text(chars_per_token=4.3)
    >>> round(float(text.per_token(CHARACTER)), 2), round(float(text.per_token(WORD)), 2)
    (4.3, 0.71)
    """

    chars_per_token: ArrayLike
    bytes_per_char: ArrayLike = 1.0
    tokens_per_word: ArrayLike = 1.4

    def __post_init__(self) -> None:
        for name in ("chars_per_token", "bytes_per_char", "tokens_per_word"):
            positive(getattr(self, name), name)

    def per_token(self, unit: Per) -> Floats:
        """Return how many of `unit` a token stands for.

        Parameters
        ----------
        unit : Per
            `TOKEN`, `BYTE`, `CHARACTER` or `WORD`.

        Returns
        -------
        numpy.ndarray
            Units per token, of the shape of the fields that it is computed from; follows from their
            definition.
        """
        chars, unit = np.asarray(self.chars_per_token, dtype=np.float64), Per(unit)
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

    Rates in one unit add, subtract, compare, and divide to a plain number; times a plain number a
    rate remains one.

    Parameters
    ----------
    value : array_like
        Of any shape.
    measure : Measure
        `NAT` or `BIT`.
    per : Per
        `TOKEN`, `BYTE`, `CHARACTER` or `WORD`.

    Raises
    ------
    ScalingLawsError
        By the operators, if the other is no rate in the same unit, or two rates are multiplied.

    Examples
    --------
    >>> floor = Rate(1.69, NAT, TOKEN)
    >>> round(float(floor.bits.value), 2)
    2.44
    >>> round(float(floor.bits.to(CHARACTER, Text(chars_per_token=4.3)).value), 2)
    0.57
    >>> floor - 0.5 * floor
    0.845 nats/token
    >>> floor + floor.bits  # doctest: +IGNORE_EXCEPTION_DETAIL
    Traceback (most recent call last):
    ScalingLawsError: A rate in bits/token cannot be added to one in nats/token.
    """

    value: Floats
    measure: M
    per: P

    def __init__(self, value: ArrayLike, measure: M, per: P) -> None:
        object.__setattr__(self, "value", np.asarray(value, dtype=np.float64))
        object.__setattr__(self, "measure", Measure(measure))
        object.__setattr__(self, "per", Per(per))

    @property
    def unit(self) -> str:
        """Unit in words, such as nats/token."""
        return f"{self.measure.value}s/{self.per.value}"

    @property
    def bits(self) -> "Rate[Bit, P]":
        """The same rate in bits, 1 / ln 2 to the nat."""
        factor = BITS_PER_NAT if self.measure is NAT else 1.0
        return Rate(self.value * factor, Measure.BIT, self.per)

    @property
    def nats(self) -> "Rate[Nat, P]":
        """The same rate in nats, ln 2 to the bit."""
        factor = NATS_PER_BIT if self.measure is BIT else 1.0
        return Rate(self.value * factor, Measure.NAT, self.per)

    @property
    def perplexity(self) -> "Perplexity[P]":
        """The exponential of the rate in nats."""
        return Perplexity(perplexity_of(self.bits.value), self.per)

    def to(self, per: Q, text: Text) -> "Rate[M, Q]":
        """Return the rate per another unit of the same text.

        Parameters
        ----------
        per : Per
            `TOKEN`, `BYTE`, `CHARACTER` or `WORD`.
        text : Text
            How this text is cut up; arrays broadcast against the rate.

        Returns
        -------
        Rate
            In the same measure, of the broadcast shape; by definition a token's worth of
            information is the same however the text is divided.

        Examples
        --------
        >>> rate = Rate([[1.0], [2.0]], BIT, TOKEN)
        >>> rate.to(BYTE, Text(chars_per_token=[2.0, 4.0], bytes_per_char=2.0))
        [[0.25  0.125]
         [0.5   0.25 ]] bits/byte
        """
        if self.per.value == per.value:
            return Rate(self.value, self.measure, per)
        parts = text.per_token(self.per), text.per_token(per)
        return Rate(converted(self.value, *parts), self.measure, per)

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

    By definition the exponential of a rate in nats.

    Parameters
    ----------
    value : array_like
        At least 1 for a predictor of discrete symbols, > 0 here.
    per : Per
        `TOKEN`, `BYTE`, `CHARACTER` or `WORD`.

    Raises
    ------
    ValueError
        If a value is not positive.

    Examples
    --------
    >>> Perplexity([2, 4, 8], WORD)
    perplexity [2. 4. 8.] per word
    >>> Perplexity([2, 4, 8], WORD).bits.value.round(9)
    array([1., 2., 3.])
    >>> round(float(Rate(3.0, BIT, WORD).perplexity.value), 9)
    8.0
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
    """Return a training loss, or an irreducible one, as a rate in nats per token.

    Parameters
    ----------
    value : array_like
        Loss by the definition of the laws, nats per token; of any shape.

    Returns
    -------
    Rate
        In nats per token, same shape as `value`.

    Examples
    --------
    >>> loss([1.69, 1.82])
    [1.69 1.82] nats/token
    >>> float(loss(2.0) / loss(1.0))
    2.0
    """
    return Rate(value, Measure.NAT, Per.TOKEN)


def chars_per_token_from_ratio(ratio: ArrayLike, token_bits: ArrayLike = 16.0) -> Floats:
    """Return the characters a token stands for, from the size of a text stored as tokens.

    A file of tokens of `token_bits` bits that is `ratio` times as large as the text in 8-bit
    characters holds token_bits / (8 ratio) characters a token, by arithmetic.

    Parameters
    ----------
    ratio : array_like
        Size as tokens over size as text, dimensionless, > 0.
    token_bits : array_like
        Bits that one token takes in the file, > 0, broadcast against `ratio`.

    Returns
    -------
    numpy.ndarray
        Characters per token, of the broadcast shape.

    Raises
    ------
    ValueError
        If an input is not positive.

    Examples
    --------
    >>> chars_per_token_from_ratio([0.5, 0.5108]).round(3)
    array([4.   , 3.915])
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

    Examples
    --------
    >>> from scalinglaws import published
    >>> chinchilla = learned(published["besiroglu2024"], 70e9, 1.4e12, vocabulary=32000)
    >>> f"{chinchilla.data:.3g} bits, {chinchilla.per_param:.2f} a parameter"
    '2.39e+11 bits, 3.42 a parameter'
    """

    data: Floats
    all: Floats
    per_param: Floats


def learned(
    law: ParametricLaw, params: ArrayLike, tokens: ArrayLike, vocabulary: float = np.inf
) -> Learned:
    """Return the area between the learning curve of a run and its floor.

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
        Loss surface, nats per token; an ensemble broadcasts.
    params, tokens : array_like
        Size and data of the run, > 0, broadcast against each other.
    vocabulary : float
        Different tokens, > 1; infinite for no cut.

    Returns
    -------
    Learned
        Bits, of the broadcast shape.

    Raises
    ------
    ScalingLawsError
        If an exponent of data is not positive: the curve then never falls.
    ValueError
        If size or data are not positive.

    Examples
    --------
    With B = 1 and beta = 0.5 the area over 100 and 400 tokens is 20 and 40 nats:

    >>> law = ParametricLaw(E=1, A=0, B=1, alpha=0.5, beta=0.5)
    >>> (learned(law, 1e3, [100, 400]).data / BITS_PER_NAT).round(6)
    array([20., 40.])
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
        Loss surface, nats per token, 0 < beta < 1; an ensemble broadcasts against `bits`.
    bits : array_like
        Information to be learned, > 0.
    start : float
        Excess of the loss at the start, bits per token, > 0; infinite for no cut.

    Returns
    -------
    numpy.ndarray
        Tokens, of the broadcast shape (closed form, from the integral of the curve).

    Raises
    ------
    ValueError
        If an input is not positive.

    Examples
    --------
    >>> law = ParametricLaw(E=1, A=0, B=1, alpha=0.5, beta=0.5)
    >>> tokens_to_learn(law, np.array([20, 40]) * BITS_PER_NAT).round(6)
    array([100., 400.])

    From 2 bits above its floor, a curve held there takes at least half a token a bit:

    >>> from scalinglaws import published
    >>> f"{tokens_to_learn(published['besiroglu2024'], 1e11, start=2):.3g}"
    '3.56e+11'
    """
    wanted = positive(bits, "bits") * NATS_PER_BIT
    first = float(positive(start, "start")) * NATS_PER_BIT
    beta, scale = np.asarray(law.beta), np.asarray(law.B)
    crossed = (scale / first) ** (1 / beta) if np.isfinite(first) else np.zeros_like(beta)
    held = crossed * (first if np.isfinite(first) else 0.0)
    rest = np.maximum(wanted - held, 0.0) * (1 - beta) / scale + crossed ** (1 - beta)
    tokens: Floats = np.where(wanted < held, wanted / first, rest ** (1 / (1 - beta)))
    return tokens
