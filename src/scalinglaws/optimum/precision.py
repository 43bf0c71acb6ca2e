"""Effective parameters of a model trained or served with few bits (Kumar et al. 2024).

Training weights, activations and key-value cache with P bits acts like a smaller model,
N_eff = N prod(1 - exp(-P / gamma)) (arXiv:2411.04330, Eq 4). Rounding the weights after training
adds delta = C_T D^gamma_D / N^gamma_N exp(-P / gamma_post) to the loss (Eq 2). Compute is counted
as C = (6/16) N D P, in FLOP of 16 bits (Section 4.3).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from scalinglaws import roots
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

    Examples
    --------
    Two parts that lose half their parameters each at ln 2 bits:

    >>> two = Sensitivity(gamma=(1.0, 1.0), offset=(0.0, 0.0))
    >>> two.shares(np.log(2)).round(6)
    array([0.5, 0.5])
    >>> two.share([np.log(2), 8]).round(4)
    array([0.25  , 0.9993])
    """

    gamma: tuple[float, ...]
    offset: tuple[float, ...]

    def share(self, bits: ArrayLike) -> Floats:
        """Return N_eff / N with every part at `bits` bits.

        Parameters
        ----------
        bits : array_like
            P, > 0.

        Returns
        -------
        numpy.ndarray
            From 0 to 1, same shape as `bits` (Kumar et al. 2024, Eq 4); zero where the factor of a
            part is negative by that form.

        Raises
        ------
        ValueError
            If any number of bits is not positive, or `gamma` and `offset` differ in length.
        """
        product: Floats = np.prod(self.shares(bits), axis=0)[()]
        return product

    def shares(self, bits: ArrayLike) -> Floats:
        """Return the factor of each part, 1 - exp(-P / gamma + offset).

        Parameters
        ----------
        bits : array_like
            P, > 0.

        Returns
        -------
        numpy.ndarray
            From 0 to 1, shape (parts, ...) (Kumar et al. 2024, Eq 4); zero where the form is
            negative.

        Raises
        ------
        ValueError
            If any number of bits is not positive, or `gamma` and `offset` differ in length.
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

    Examples
    --------
    The constants of the paper's Appendix K, Table 2:

    >>> from scalinglaws import published
    >>> post = Quantisation(C_T=0.0598, gamma_D=0.5068, gamma_N=0.3439, gamma_post=0.5907)
    >>> post.added_loss(1e9, [1e11, 1e12], bits=4).round(4)
    array([0.0207, 0.0664])
    >>> f"{post.harmful_tokens(published['kumar2024'], 1e9, bits=4):.3g}"
    '2.95e+11'
    """

    C_T: float
    gamma_D: float
    gamma_N: float
    gamma_post: float

    def added_loss(self, params: ArrayLike, tokens: ArrayLike, bits: ArrayLike) -> Floats:
        """Return the loss added, C_T D^gamma_D / N^gamma_N exp(-P / gamma_post).

        Parameters
        ----------
        params, tokens : array_like
            N and training tokens D, > 0.
        bits : array_like
            P of the rounded weights, > 0; all broadcast.

        Returns
        -------
        numpy.ndarray
            Nats per token, of the broadcast shape (Kumar et al. 2024, Eq 2).

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

        Parameters
        ----------
        law : ParametricLaw
            Loss before rounding, nats per token; an ensemble broadcasts against the other inputs.
        params : array_like
            N, > 0.
        bits : array_like
            P of the rounded weights, > 0, broadcast against `params`.

        Returns
        -------
        numpy.ndarray
            Tokens, of the broadcast shape (closed form, derived from Kumar et al. 2024, Eq 2).

        Raises
        ------
        ValueError
            If `params` or `bits` is not positive.
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
        Of all parts, which have the same bits.
    low, high : float
        Bits to search between, > 0.

    Returns
    -------
    float
        Bits, not rounded to a whole number; an end of the range where the maximum is not inside.

    Raises
    ------
    ValueError
        If `low` or `high` is not positive, or the fields of `sensitivity` differ in length.

    Notes
    -----
    The best point of a grid tells where the slope vanishes. Kumar et al. 2024, Section 4.3.2, print
    around 7-8 bits, which follows from the constants of their Appendix K, Table 2, with the offsets
    and not without.

    Examples
    --------
    >>> gamma, offset = (2.6745, 2.2102, 0.9578), (0.3037, 1.4072, 2.4185)
    >>> f"{best_bits(Sensitivity(gamma, offset)):.1f}"
    '7.0'
    >>> f"{best_bits(Sensitivity(gamma, (0, 0, 0))):.1f}"
    '3.5'

    For two equal parts it solves 2 P / gamma = exp(P / gamma) - 1:

    >>> bits = best_bits(Sensitivity((1.0, 1.0), (0.0, 0.0)))
    >>> f"{2 * bits:.3f} = {np.expm1(bits):.3f}"
    '2.513 = 2.513'
    """

    def gain(bits: Floats) -> Floats:
        """Return the slope of ln(share(P) / P) against ln P."""
        shares = np.maximum(sensitivity.shares(bits), 1e-99)  # 0 of a part that fails
        parts = zip(sensitivity.gamma, shares, strict=True)
        return np.asarray(sum(bits / gamma * (1 / share - 1) for gamma, share in parts) - 1)

    grid = np.geomspace(low, high, 4001)
    i = int(np.argmax(sensitivity.share(grid) / grid))
    return float(roots.falling(gain, grid[max(i - 1, 0)], grid[min(i + 1, len(grid) - 1)]))


def compute_factor(sensitivity: Sensitivity, bits: ArrayLike) -> Floats:
    """Return effective compute relative to an ideal model at 16 bits: 16 share(P) / P.

    Training with P bits reaches the loss that the law without precision gives for this many times
    the compute.

    Parameters
    ----------
    sensitivity : Sensitivity
        Of all parts, which have the same bits.
    bits : array_like
        P, > 0.

    Returns
    -------
    numpy.ndarray
        Dimensionless, same shape as `bits` (closed form, derived from Kumar et al. 2024, Eq 4, and
        C = (6/16) N D P).

    Raises
    ------
    ValueError
        If any number of bits is not positive, or the fields of `sensitivity` differ in length.

    Examples
    --------
    >>> parts = Sensitivity((2.6745, 2.2102, 0.9578), (0.3037, 1.4072, 2.4185))
    >>> compute_factor(parts, [4, 8, 16]).round(2)
    array([0.76, 1.66, 0.99])
    """
    width = positive(bits, "bits")
    out: Floats = FULL_BITS * sensitivity.share(width) / width
    return out


def size_factor(law: ParametricLaw, sensitivity: Sensitivity, bits: ArrayLike) -> Floats:
    """Return the best size at P bits over the best size without precision, at equal compute.

    (16/P)^a share^(a - 1), because N_eff = N share is the optimum at the effective compute. The
    tokens change by compute_factor^b, so that N D P stays what the budget allows.

    Parameters
    ----------
    law : ParametricLaw
        Loss of effective parameters and tokens; only its exponents a and b matter.
    sensitivity : Sensitivity
        Of all parts, which have the same bits.
    bits : array_like
        P, > 0, such that no part's factor is zero.

    Returns
    -------
    numpy.ndarray
        Dimensionless, of the broadcast shape (closed form, derived from Kumar et al. 2024, Eq 4,
        and Hoffmann et al. 2022, Eq 4).

    Raises
    ------
    ValueError
        If any number of bits is not positive, or the fields of `sensitivity` differ in length.

    Examples
    --------
    >>> from scalinglaws import published
    >>> parts = Sensitivity((2.6745, 2.2102, 0.9578), (0.3037, 1.4072, 2.4185))
    >>> size_factor(published["kumar2024"], parts, [8, 16]).round(3)
    array([1.554, 1.003])
    """
    out: Floats = compute_factor(sensitivity, bits) ** np.asarray(law.a) / sensitivity.share(bits)
    return out
