"""Sources whose contexts are strings of digits, which a network reads.

Each string is a context with a distribution of the next symbol of its own. Which string has which
rank is drawn, so that a digit says nothing of how frequent a string is.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy import special

from scalebook.errors import ScalebookError
from scalebook.laboratory.source import Ints, Source, dirichlet
from scalebook.laboratory.teaching import blend
from scalinglaws.units import Floats

#: Contexts of every source of the laboratory: strings of 3 digits in base 16, or 6 in base 4.
CONTEXTS = 4096


@dataclass(frozen=True)
class Strings:
    """A source with the strings in which its contexts are written.

    Parameters
    ----------
    source : Source
        With a distribution of its own for each context.
    digits : numpy.ndarray of int, shape (contexts, depth)
        The string of each rank, digits from 0 to `base` - 1.
    base : int

    Raises
    ------
    ScalebookError
        If a context has no distribution or no string of its own, or a digit is out of range.
    """

    source: Source
    digits: Ints
    base: int

    def __post_init__(self) -> None:
        shape = np.shape(self.digits)
        if len(shape) != 2 or not shape[0] == len(self.source.prototypes) == self.source.contexts:
            raise ScalebookError(
                f"{self.source.contexts:g} contexts with {len(self.source.prototypes)} "
                f"distributions and strings of shape {shape} were given; expected one distribution "
                "and one string for each context."
            )
        if self.digits.min() < 0 or self.digits.max() >= self.base:
            raise ScalebookError(
                f"A digit of {self.digits.max()} was given in base {self.base}; expected 0 to "
                f"{self.base - 1}."
            )

    @property
    def depth(self) -> int:
        """Number of digits in a string."""
        return int(self.digits.shape[1])

    def floor(self) -> float:
        """Return the least loss of a reader of these strings, nats per symbol, exactly.

        The entropy of the source where every context has another string; more where some cannot
        be told apart.
        """
        _, group = np.unique(self.digits, axis=0, return_inverse=True)
        joint = np.zeros((group.max() + 1, self.source.symbols))
        np.add.at(joint, group.ravel(), self.source.weights()[:, None] * self.source.prototypes)
        return float(special.entr(joint).sum() - special.entr(joint.sum(axis=1)).sum())

    def hide(self, place: int) -> "Strings":
        """Return the strings as one sees them who cannot see the digit at `place`, from 0."""
        if not 0 <= place < self.depth:
            raise ScalebookError(
                f"The digit at place {place} is to be hidden; expected 0 to {self.depth - 1}."
            )
        digits = self.digits.copy()
        digits[:, place] = 0
        return replace(self, digits=digits)

    def excess(self, logs: Floats) -> Floats:
        """Return the loss above the entropy of readers who predict so, nats per symbol, exactly.

        Parameters
        ----------
        logs : numpy.ndarray, shape (..., contexts, V)
            Logarithms of the predicted probabilities, by rank.
        """
        rows = self.source.prototypes
        cost = -special.entr(rows).sum(axis=1) - np.einsum("cv,...cv->...c", rows, logs)
        return np.asarray(cost @ self.source.weights())


def spell(
    exponent: float = 1.5,
    concentration: float = 0.2,
    noise: float = 0.0,
    base: int = 16,
    depth: int = 3,
    symbols: int = 16,
    seed: int = 0,
) -> Strings:
    """Make a source with a string for each of its contexts, all base^depth of them.

    Sources of one seed that differ in noise or spelling alone have the same distributions.

    Parameters
    ----------
    exponent : float
        Zipf exponent of the contexts, > 1.
    concentration : float
        Dirichlet parameter of the distributions, > 0; or 0, and one symbol is certain.
    noise : float
        Share of symbols that are drawn evenly from all instead, from 0 to 1.
    base, depth : int
        Digits that there are, at least 2, and length of a string, at least 1.
    symbols : int
    seed : int

    Raises
    ------
    ScalebookError
        If one of these is out of range.

    Examples
    --------
    >>> spell().digits.shape, round(spell().source.entropy(), 3)
    ((4096, 3), 1.667)
    """
    if base < 2 or depth < 1 or base**depth > 2**20:
        raise ScalebookError(
            f"Strings of {depth} digits in base {base} were asked for; expected a base of at least "
            "2, at least one digit, and no more than 2^20 strings."
        )
    contexts = base**depth
    drawing, spelling = np.random.default_rng(seed).spawn(2)
    if concentration == 0:
        certain = np.eye(symbols)[drawing.integers(symbols, size=contexts)]
        source = Source(exponent, contexts, certain)
    else:
        source = dirichlet(exponent, contexts, symbols, concentration, drawing, contexts)
    even = Source(exponent, contexts, np.full((contexts, symbols), 1 / symbols))
    number = spelling.permutation(contexts)
    digits = number[:, None] // base ** np.arange(depth - 1, -1, -1) % base
    return Strings(blend(source, even, noise), digits, base)


#: The sources of the laboratory by name; the others differ from the first in one thing each. In
#: that called certain, one symbol follows each context, and the entropy is 0.
SOURCES: dict[str, dict[str, float | int]] = {
    "first": {},
    "flatter": {"exponent": 1.2},
    "noisier": {"noise": 0.3},
    "deeper": {"base": 4, "depth": 6},
    "certain": {"concentration": 0.0},
}


def named(name: str) -> Strings:
    """Return one of the sources of the laboratory.

    Raises
    ------
    ScalebookError
        If there is none of that name.
    """
    if name not in SOURCES:
        raise ScalebookError(f"There is no source '{name}'. Choose one of {', '.join(SOURCES)}.")
    return spell(**SOURCES[name])  # type: ignore[arg-type]
