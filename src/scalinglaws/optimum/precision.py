"""Effective parameters of a model trained or served with few bits (Kumar et al. 2024).

Training weights, activations and key-value cache with P bits acts like a smaller model,
N_eff = N prod(1 - exp(-P / gamma)) (arXiv:2411.04330, Eq 4). Rounding the weights after training
adds delta = C_T D^gamma_D / N^gamma_N exp(-P / gamma_post) to the loss (Eq 2). Compute is counted
as C = (6/16) N D P, in FLOP of 16 bits.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from scalinglaws.laws import ParametricLaw
from scalinglaws.units import Floats, positive

FULL_BITS = 16.0
"""Bits at which C = 6 N D (Kumar et al. 2024, Section 4.3)."""


@dataclass(frozen=True)
class Sensitivity:
    """How parts of a model suffer from few bits: 1 - exp(-P / gamma) each, or with an offset.

    Attributes
    ----------
    gamma : tuple of float
        Bits over which the loss of effective parameters falls by a factor e, one for each part.
    offset : tuple of float
        Numbers added to the exponent -P / gamma, one for each part; zero in the paper's equations.
    """

    gamma: tuple[float, ...]
    offset: tuple[float, ...]

    def share(self, bits: ArrayLike) -> Floats:
        """Return N_eff / N with every part at `bits` bits; zero where the form turns negative.

        Raises
        ------
        ValueError
            If any number of bits is not positive.
        """
        product: Floats = np.prod(self.shares(bits), axis=0)[()]
        return product

    def shares(self, bits: ArrayLike) -> Floats:
        """Return the factor of each part, shape (parts, ...).

        Raises
        ------
        ValueError
            If any number of bits is not positive.
        """
        width = positive(bits, "bits")
        factors = [-np.expm1(-width / g + n) for g, n in zip(self.gamma, self.offset, strict=True)]
        out: Floats = np.maximum(np.stack(factors), 0.0)
        return out


@dataclass(frozen=True)
class Quantisation:
    """Loss added by rounding the weights after training (Kumar et al. 2024, Eq 2).

    Attributes
    ----------
    C_T : float
        Nats per token.
    gamma_D, gamma_N : float
        Powers of the training tokens and of the parameters.
    gamma_post : float
        Bits over which the added loss falls by a factor e.
    """

    C_T: float
    gamma_D: float
    gamma_N: float
    gamma_post: float

    def added_loss(self, params: ArrayLike, tokens: ArrayLike, bits: ArrayLike) -> Floats:
        """Return the loss added, nats per token.

        Raises
        ------
        ValueError
            If any input is not positive.
        """
        size = positive(params, "params") ** -self.gamma_N
        data = positive(tokens, "tokens") ** self.gamma_D
        out: Floats = self.C_T * size * data * np.exp(-positive(bits, "bits") / self.gamma_post)
        return out

    def harmful_tokens(self, law: ParametricLaw, params: ArrayLike, bits: ArrayLike) -> Floats:
        """Return the training tokens beyond which more of them raise the loss after rounding.

        There the data term falls as fast as the added loss rises: beta B / D^beta = gamma_D delta.

        Raises
        ------
        ValueError
            If any input is not positive.
        """
        scale = self.added_loss(params, 1.0, bits) * self.gamma_D
        out: Floats = (law.beta * law.B / scale) ** (1.0 / (law.beta + self.gamma_D))
        return out


def best_bits(sensitivity: Sensitivity, low: float = 1.0, high: float = 64.0) -> float:
    """Return the bits at which a budget of compute buys the lowest loss.

    With C = (6/16) N D P the loss depends on N_eff and D, whose product is (16/6) C share(P) / P:
    the best P maximises share(P) / P, whatever the budget and the law.

    Parameters
    ----------
    sensitivity : Sensitivity
    low, high : float
        Bits to search between.
    """
    grid = np.geomspace(low, high, 4001)
    for _ in range(3):
        worth = sensitivity.share(grid) / grid
        i = int(np.clip(np.argmax(worth), 1, len(grid) - 2))
        grid = np.linspace(grid[i - 1], grid[i + 1], 4001)
    return float(grid[int(np.argmax(sensitivity.share(grid) / grid))])


def compute_factor(sensitivity: Sensitivity, bits: ArrayLike) -> Floats:
    """Return effective compute relative to an ideal model at 16 bits: 16 share(P) / P.

    Training with P bits reaches the loss that the law without precision gives for this many times
    the compute.

    Raises
    ------
    ValueError
        If any number of bits is not positive.
    """
    width = positive(bits, "bits")
    out: Floats = FULL_BITS * sensitivity.share(width) / width
    return out


def size_factor(law: ParametricLaw, sensitivity: Sensitivity, bits: ArrayLike) -> Floats:
    """Return the best size at P bits over the best size without precision, at equal compute.

    (16/P)^a share^(a - 1), because N_eff = N share is the optimum at the effective compute. The
    tokens change by compute_factor^b, so that N D P stays what the budget allows.

    Raises
    ------
    ValueError
        If any number of bits is not positive.
    """
    out: Floats = compute_factor(sensitivity, bits) ** np.asarray(law.a) / sensitivity.share(bits)
    return out
