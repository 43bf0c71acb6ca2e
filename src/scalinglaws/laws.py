"""Scaling laws as small values that compute.

Quantities are `params` N, `tokens` D, `compute` C in FLOP and `loss` in nats per token. Everything
broadcasts: a law whose constants are arrays is an ensemble of laws (the resamples of a bootstrap,
say), and an ensemble of S laws takes n points as a column of shape (n, 1) and returns (n, S).
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from scalinglaws.errors import ScalingLawsError
from scalinglaws.units import Floats, params_from_flop, positive


@dataclass(frozen=True)
class ParametricLaw:
    """L(N, D) = E + A / N^alpha + B / D^beta (Hoffmann et al. 2022, Section 3.3).

    Parameters
    ----------
    E : float or numpy.ndarray
        Irreducible loss, nats per token.
    A, B : float or numpy.ndarray
        Size of the two reducible terms, nats per token at one parameter and at one token.
    alpha, beta : float or numpy.ndarray
        Exponents of parameters and tokens.
    name : str
        Name to show; empty for a law without one.

    Raises
    ------
    ValueError
        If A or B is negative. NaN passes: it marks a failed fit in an ensemble. A negative exponent
        passes too: runs can say that, and a fit must be able to report it.
    """

    E: float | Floats
    A: float | Floats
    B: float | Floats
    alpha: float | Floats
    beta: float | Floats
    name: str = ""

    def __post_init__(self) -> None:
        for symbol in ("A", "B"):
            if np.any(np.asarray(getattr(self, symbol)) < 0):
                raise ValueError(f"{symbol} of a parametric law must not be negative.")

    def terms(self, params: ArrayLike, tokens: ArrayLike) -> tuple[Floats, Floats]:
        """Return the loss left by finite size, A / N^alpha, and by finite data, B / D^beta.

        Raises
        ------
        ValueError
            If any input is not positive.
        """
        size = self.A * positive(params, "params") ** -np.asarray(self.alpha)
        data = self.B * positive(tokens, "tokens") ** -np.asarray(self.beta)
        return size, data

    def loss(self, params: ArrayLike, tokens: ArrayLike) -> Floats:
        """Return the loss of a model of `params` parameters trained on `tokens` tokens.

        Parameters
        ----------
        params, tokens : array_like
            N and D, > 0, broadcast against each other and the law's constants; infinity is the
            limit of unlimited size or data.

        Returns
        -------
        numpy.ndarray
            Nats per token.

        Raises
        ------
        ValueError
            If any input is not positive.
        """
        size, data = self.terms(params, tokens)
        return self.E + size + data

    @property
    def a(self) -> float | Floats:
        """Exponent of compute in the optimal size, beta / (alpha + beta) (Hoffmann, Eq 4)."""
        return self.beta / (self.alpha + self.beta)

    @property
    def b(self) -> float | Floats:
        """Exponent of compute in the optimal tokens, alpha / (alpha + beta) (Hoffmann, Eq 4)."""
        return self.alpha / (self.alpha + self.beta)


@dataclass(frozen=True)
class PowerLaw:
    """L(x) = (scale / x)^exponent (Kaplan et al. 2020, Eqs 1.1 to 1.3).

    Parameters
    ----------
    exponent : float or numpy.ndarray
        How fast the loss falls.
    scale : float or numpy.ndarray
        Where the loss would be 1 nat per token, in the unit of x: parameters, tokens or FLOP.
    name : str
        Name to show.
    """

    exponent: float | Floats
    scale: float | Floats
    name: str = ""

    def loss(self, x: ArrayLike) -> Floats:
        """Return the loss at `x`, nats per token; ValueError if any `x` is not positive."""
        loss: Floats = (self.scale / positive(x, "x")) ** np.asarray(self.exponent)
        return loss

    def inverse(self, loss: ArrayLike) -> Floats:
        """Return the x that reaches `loss`; ValueError if any loss is not positive."""
        return self.scale * positive(loss, "loss") ** (-1.0 / np.asarray(self.exponent))


@dataclass(frozen=True)
class JointLaw:
    """L(N, D) = [(N_c / N)^(alpha_N / alpha_D) + D_c / D]^alpha_D (Kaplan et al. 2020, Eq 1.5).

    Parameters
    ----------
    alpha_N, alpha_D : float or numpy.ndarray
        Exponents of size at unlimited data and of data at unlimited size.
    N_c, D_c : float or numpy.ndarray
        Scales, non-embedding parameters and tokens.
    name : str
        Name to show.
    """

    alpha_N: float | Floats
    alpha_D: float | Floats
    N_c: float | Floats
    D_c: float | Floats
    name: str = ""

    @property
    def tokens_exponent(self) -> float | Floats:
        """Power of N by which data must grow to keep overfitting equal, alpha_N / alpha_D."""
        return self.alpha_N / self.alpha_D

    def terms(self, params: ArrayLike, tokens: ArrayLike) -> tuple[Floats, Floats]:
        """Return the two terms inside the bracket, of size and of data; dimensionless.

        They do not add up to the loss: their sum to the power alpha_D does.

        Raises
        ------
        ValueError
            If any input is not positive.
        """
        size = (self.N_c / positive(params, "params")) ** np.asarray(self.tokens_exponent)
        data = self.D_c / positive(tokens, "tokens")
        return size, data

    def loss(self, params: ArrayLike, tokens: ArrayLike) -> Floats:
        """Return the loss, nats per token.

        Parameters
        ----------
        params, tokens : array_like
            N without embeddings and D, > 0; infinity is the limit of unlimited size or data.

        Raises
        ------
        ValueError
            If any input is not positive.
        """
        size, data = self.terms(params, tokens)
        loss: Floats = (size + data) ** np.asarray(self.alpha_D)
        return loss


@dataclass(frozen=True)
class PowerAllocation:
    """Optimal size and data as powers of compute, N = N_e c^a and D = D_e c^b.

    c is compute in units of `compute_unit`. Kaplan et al. 2020, Table 6, has both prefactors;
    Llama 3 (Section 3.2.1) the one of tokens; Hoffmann et al. 2022, Table 2, neither.

    Parameters
    ----------
    a, b : float
        Exponents of parameters and of tokens.
    N_e, D_e : float or None
        Parameters and tokens at one unit of compute; None where not published.
    compute_unit : float
        FLOP.
    name : str
        Name to show.
    """

    a: float
    b: float
    N_e: float | None = None
    D_e: float | None = None
    compute_unit: float = 1.0
    name: str = ""

    def params(self, compute: ArrayLike) -> Floats:
        """Return the optimal parameters; C / (6 D) where only the tokens were published.

        Raises
        ------
        ValueError
            If any `compute` is not positive.
        ScalingLawsError
            If neither prefactor is published.
        """
        if self.N_e is None:
            return params_from_flop(compute, self.tokens(compute))
        return self.N_e * (positive(compute, "compute") / self.compute_unit) ** self.a

    def tokens(self, compute: ArrayLike) -> Floats:
        """Return the optimal tokens.

        Raises
        ------
        ValueError
            If any `compute` is not positive.
        ScalingLawsError
            If no prefactor is published.
        """
        if self.D_e is None:
            raise ScalingLawsError(
                f"{self.name or 'This allocation'} is published as exponents only: it says how "
                "size and data grow with compute, not how large they are. Take a law with "
                "prefactors."
            )
        return self.D_e * (positive(compute, "compute") / self.compute_unit) ** self.b

    def compute_for(
        self, params: ArrayLike | None = None, tokens: ArrayLike | None = None
    ) -> Floats:
        """Return the compute for which a size, or else a number of tokens, is optimal.

        Parameters
        ----------
        params, tokens : array_like
            One of the two, > 0.

        Returns
        -------
        numpy.ndarray
            FLOP.

        Raises
        ------
        ValueError
            If the input is not positive.
        ScalingLawsError
            If neither prefactor is published.
        """
        if params is None:
            one = self.tokens(self.compute_unit)
            data = positive(np.asarray(tokens, dtype=np.float64), "tokens")
            return self.compute_unit * (data / one) ** (1.0 / self.b)
        # Where only the tokens were published, N = C / (6 D) and grows as C^(1 - b).
        power = self.a if self.N_e is not None else 1.0 - self.b
        one = self.params(self.compute_unit)
        return self.compute_unit * (positive(params, "params") / one) ** (1.0 / power)

    def growth(self, factor: ArrayLike) -> tuple[Floats, Floats]:
        """Return the factors by which size and data grow when compute grows by `factor`.

        Raises
        ------
        ValueError
            If any `factor` is not positive.
        """
        factors = positive(factor, "factor")
        return factors**self.a, factors**self.b


@dataclass(frozen=True)
class Decay:
    """How the value of repeated tokens, and of parameters beyond those the data call for, falls.

    Unique data of one unit seen `multiple` times over are worth `value(multiple)` units of fresh
    data; parameters alike, counted in units of those that are optimal for the unique data. With
    r = multiple - 1 repeats the published forms are

    - ``saturating``: 1 + R (1 - exp(-r / R)) (Muennighoff et al. 2023, Eqs 5 and 6);
    - ``geometric``: 1 + (1 - d) (1 - (1 - d)^r) / d, each repeat being worth 1 - d of the one
      before (their appendix A, of which the first form is an approximation).

    Parameters
    ----------
    tokens, params : float
        R of the saturating form (> 0, infinity for no decay), or the share d lost at each repeat
        (above 0, at most 1).
    form : {"saturating", "geometric"}
        Which of the two.
    name : str
        Name to show.

    Raises
    ------
    ValueError
        If a constant is outside its range or the form is unknown.
    """

    tokens: float
    params: float
    form: str = "saturating"
    name: str = ""

    def __post_init__(self) -> None:
        if self.form not in ("saturating", "geometric"):
            raise ValueError(f"form is {self.form!r}; expected 'saturating' or 'geometric'.")
        most = 1.0 if self.form == "geometric" else math.inf
        for kind in ("tokens", "params"):
            if not 0 < getattr(self, kind) <= most:
                raise ValueError(
                    f"{kind} of a {self.form} decay is {getattr(self, kind):g}; "
                    f"expected more than 0{' and at most 1' if most == 1.0 else ''}."
                )

    def value(self, multiple: ArrayLike, kind: str = "tokens") -> Floats:
        """Return what `multiple` passes over unique data are worth, in passes over fresh data.

        Parameters
        ----------
        multiple : array_like
            Passes (epochs), > 0; up to one pass nothing is repeated and the value is the multiple.
            Infinity gives the limit.
        kind : {"tokens", "params"}
            Whose decay.

        Raises
        ------
        ValueError
            If any multiple is not positive.
        """
        passes = positive(multiple, "multiple")
        repeats = np.maximum(passes - 1.0, 0.0)
        return np.minimum(passes, 1.0) + self._bonus(repeats, getattr(self, kind))

    def slope(self, multiple: ArrayLike, kind: str = "tokens") -> Floats:
        """Return the worth of a little more at `multiple` passes; 1 where nothing is repeated.

        Raises
        ------
        ValueError
            If any multiple is not positive.
        """
        slope: Floats = np.exp(self.log_slope(multiple, kind))
        return slope

    def log_slope(self, multiple: ArrayLike, kind: str = "tokens") -> Floats:
        """Return the logarithm of `slope`, which stays finite after thousands of passes."""
        passes = positive(multiple, "multiple")
        repeats, constant = np.maximum(passes - 1.0, 0.0), getattr(self, kind)
        if self.form == "saturating":
            return np.asarray(-repeats / constant)[()]
        if constant == 1.0:
            return np.where(passes <= 1.0, 0.0, -np.inf)[()]
        log = math.log1p(-constant)
        later = math.log(-log * (1.0 - constant) / constant) + repeats * log
        return np.where(passes <= 1.0, 0.0, later)[()]

    def multiple(self, value: ArrayLike, kind: str = "tokens") -> Floats:
        """Return the passes that are worth `value`: the inverse, infinite from the limit on.

        Raises
        ------
        ValueError
            If any value is not positive.
        """
        worth, constant = positive(value, "value"), getattr(self, kind)
        room = self.limit(kind) - 1.0
        if math.isinf(room):
            return worth
        beyond = np.maximum(worth - 1.0, 0.0)
        if room == 0.0:
            return np.where(beyond > 0, np.inf, worth)[()]
        with np.errstate(divide="ignore"):
            log = np.log1p(-np.minimum(beyond / room, 1.0))
        rate = 1.0 / constant if self.form == "saturating" else -math.log1p(-constant)
        return (np.minimum(worth, 1.0) - log / rate)[()]

    def limit(self, kind: str = "tokens") -> float:
        """Return the worth of endless passes."""
        constant: float = getattr(self, kind)
        return 1.0 + constant if self.form == "saturating" else 1.0 / constant

    def _bonus(self, repeats: Floats, constant: float) -> Floats:
        """Return the worth of `repeats` passes after the first."""
        if math.isinf(constant):
            return repeats
        if self.form == "saturating":
            return -constant * np.expm1(-repeats / constant)
        if constant == 1.0:
            return np.zeros_like(repeats)
        return -(1.0 - constant) / constant * np.expm1(repeats * math.log1p(-constant))


@dataclass(frozen=True)
class SparseLaw:
    """Loss of a mixture of experts with a share S of its parameters idle at each token.

    L = a / N^alpha + b / D^beta + c / (1 - S)^lam + d / ((1 - S)^delta N^gamma) + e, with N the
    total number of parameters (Abnar et al. 2025, Eq 6).

    Parameters
    ----------
    a, b, c, d : float
        Sizes of the terms of parameters, of tokens, of sparsity alone and of sparsity with
        parameters, nats per token.
    e : float
        Floor without the term of sparsity, nats per token.
    alpha, beta, lam, delta, gamma : float
        Exponents; `lam` is the paper's lambda.
    name : str
        Name to show.
    """

    a: float
    b: float
    c: float
    d: float
    e: float
    alpha: float
    beta: float
    lam: float
    delta: float
    gamma: float
    name: str = ""

    def floor(self, sparsity: ArrayLike) -> Floats:
        """Return the loss of unlimited size and data, nats per token.

        Raises
        ------
        ValueError
            If any `sparsity` is outside 0 <= S < 1.
        """
        return self.e + self.c * _share(sparsity) ** -self.lam

    def loss(self, params: ArrayLike, tokens: ArrayLike, sparsity: ArrayLike) -> Floats:
        """Return the loss, nats per token.

        Parameters
        ----------
        params : array_like
            Total parameters N, idle ones included, > 0.
        tokens : array_like
            D, > 0.
        sparsity : array_like
            S, the share of idle parameters, 0 <= S < 1.

        Raises
        ------
        ValueError
            If any input is outside its range.
        """
        size = positive(params, "params")
        mixed = self.d * _share(sparsity) ** -self.delta * size**-self.gamma
        data = self.b * positive(tokens, "tokens") ** -self.beta
        return self.floor(sparsity) + self.a * size**-self.alpha + mixed + data


def _share(sparsity: ArrayLike) -> Floats:
    """Return the share of active parameters, 1 - S."""
    share = 1.0 - np.asarray(sparsity, dtype=np.float64)
    if not np.all((share > 0) & (share <= 1)):
        raise ValueError("sparsity must be at least 0 and below 1: some parameters must be active.")
    return share


Law = ParametricLaw | PowerLaw | JointLaw | PowerAllocation | Decay | SparseLaw
