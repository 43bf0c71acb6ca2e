"""Scaling laws as small values that compute.

Quantities are `params` N, `tokens` D, `compute` C in FLOP and `loss` in nats per token. Everything
broadcasts: a law whose constants are arrays is an ensemble of laws (the resamples of a bootstrap,
say), and an ensemble of S laws takes n points as a column of shape (n, 1) and returns (n, S).
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from scalinglaws import balance
from scalinglaws.errors import ScalingLawsError
from scalinglaws.units import Floats, params_from_flop, positive


class _Optimised:
    """A law of size and data, which has an optimum for a budget of training compute."""

    @property
    def general(self) -> "GeneralLaw":
        raise NotImplementedError

    def optimum(
        self,
        *,
        compute: ArrayLike | None = None,
        loss: ArrayLike | None = None,
        params: ArrayLike | None = None,
        tokens: ArrayLike | None = None,
    ) -> balance.Allocation:
        """Return the compute-optimal run of a budget, a loss, a size or a number of tokens.

        Parameters
        ----------
        compute, loss, params, tokens : array_like
            One of the four: C in FLOP, L in nats per token, N, or D; > 0. An ensemble of laws
            broadcasts against it.

        Returns
        -------
        Allocation
            Under C = 6 N D (Hoffmann et al. 2022, Equation 4).

        Raises
        ------
        TypeError
            Unless one of the four is given.
        ValueError
            If it is not positive and finite.
        ScalingLawsError
            If the loss is not above the law's floor, or the law has no optimum.

        Examples
        --------
        >>> from scalinglaws import published
        >>> f"{published['besiroglu2024'].optimum(compute=1e24).params:.3g}"
        '9.59e+10'
        """
        return balance.optimum(
            self.general, compute=compute, loss=loss, params=params, tokens=tokens
        )


def sum_of_powers(
    params: Floats, tokens: Floats, E: Any, A: Any, B: Any, alpha: Any, beta: Any
) -> Floats:
    """Return E + A / N^alpha + B / D^beta, with operators alone, which a browser computes alike.

    Parameters
    ----------
    params, tokens : float or numpy.ndarray
        N and D.
    E, A, B, alpha, beta : float or numpy.ndarray
        Constants of the law (Hoffmann et al. 2022, Section 3.3).

    Returns
    -------
    float or numpy.ndarray
        Loss, nats per token.

    Examples
    --------
    >>> sum_of_powers(16.0, 729.0, 1, 8, 1, 1 / 2, 0)
    4.0
    """
    loss: Floats = E + A * params**-alpha + B * tokens**-beta
    return loss


def power(x: Floats, scale: Any, exponent: Any) -> Floats:
    """Return scale x^exponent, with operators alone: a path of optima (Hoffmann et al. 2022, Eq 4).

    Parameters
    ----------
    x : float or numpy.ndarray
        Such as compute, FLOP.
    scale, exponent : float or numpy.ndarray
        Constants of the path; the scale is its value at x = 1.

    Returns
    -------
    float or numpy.ndarray

    Examples
    --------
    >>> power(100.0, 3.0, 0.5)
    30.0
    """
    found: Floats = scale * x**exponent
    return found


def root(value: Floats, scale: Any, exponent: Any) -> Floats:
    """Return the x at which `power` has a value, with operators alone (Hoffmann et al. 2022, Eq 4).

    Parameters
    ----------
    value : float or numpy.ndarray
        Such as parameters.
    scale, exponent : float or numpy.ndarray
        Constants of `power`.

    Returns
    -------
    float or numpy.ndarray

    Examples
    --------
    >>> root(30.0, 3.0, 0.5)
    100.0
    """
    x: Floats = (value / scale) ** (1.0 / exponent)
    return x


@dataclass(frozen=True)
class ParametricLaw(_Optimised):
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

    Examples
    --------
    A law that comes to 1 + 8 / 4 + 27 / 9, and its terms:

    >>> law = ParametricLaw(E=1, A=8, B=27, alpha=1 / 2, beta=1 / 3)
    >>> round(float(law.loss(16, 729)), 6)
    6.0
    >>> [round(float(term), 6) for term in law.terms(16, 729)]
    [2.0, 3.0]

    The exponent of the optimal size, which Hoffmann et al. 2022 print as 0.46 (Table 2):

    >>> from scalinglaws import published
    >>> round(published["hoffmann2022"].a, 3)
    0.457

    Two laws at three sizes:

    >>> two = ParametricLaw(E=np.array([1, 2]), A=8, B=27, alpha=1 / 2, beta=1 / 3)
    >>> two.loss([[4], [16], [64]], 729).round(6)
    array([[8., 9.],
           [6., 7.],
           [5., 6.]])
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

        Parameters
        ----------
        params, tokens : array_like
            As for `loss`.

        Returns
        -------
        tuple of numpy.ndarray
            The terms of size and of data, nats per token, each of the shape of its input
            broadcast against the law's constants.

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
            Nats per token, of the broadcast shape.

        Raises
        ------
        ValueError
            If any input is not positive.
        """
        size, data = positive(params, "params"), positive(tokens, "tokens")
        exponents = np.asarray(self.alpha), np.asarray(self.beta)
        return sum_of_powers(size, data, self.E, self.A, self.B, *exponents)

    @property
    def a(self) -> float | Floats:
        """Exponent of compute in the optimal size, beta / (alpha + beta) (Hoffmann, Eq 4)."""
        return self.beta / (self.alpha + self.beta)

    @property
    def b(self) -> float | Floats:
        """Exponent of compute in the optimal tokens, alpha / (alpha + beta) (Hoffmann, Eq 4)."""
        return self.alpha / (self.alpha + self.beta)

    @property
    def general(self) -> "GeneralLaw":
        """The law as a case of the family: p = 1."""
        return GeneralLaw(self.E, self.A, self.B, self.alpha, self.beta, 1.0, name=self.name)


@dataclass(frozen=True)
class GeneralLaw(_Optimised):
    """The family: L(N, D) = E + [(A / N^alpha)^p + (B / D^(beta + gamma ln N))^p]^(1/p).

    p joins the two terms: 1 for a sum (Hoffmann et al. 2022, Section 3.3), larger where the larger
    term counts for more. E = 0 and p = 1 / beta make it Equation 1.5 of Kaplan et al. 2020. gamma
    lets the exponent of the data vary with size.

    Parameters
    ----------
    E : float or numpy.ndarray
        Irreducible loss, nats per token.
    A, B : float or numpy.ndarray
        Size of the two terms, nats per token at one parameter and at one token, > 0.
    alpha, beta : float or numpy.ndarray
        Exponents of parameters, and of tokens for a model of one parameter.
    p : float or numpy.ndarray
        Power that joins the terms, > 0.
    gamma : float or numpy.ndarray
        Growth of the exponent of tokens with ln N.
    name : str
        Name to show.

    Examples
    --------
    >>> for p in (1, 2, 100):
    ...     law = GeneralLaw(E=1.8, A=400.0, B=2000.0, alpha=0.34, beta=0.36, p=p)
    ...     print(f"{law.loss(1e9, 1e10):.3f}")
    2.651
    2.411
    2.302
    >>> f"{1.8 + max(400 / 1e9**0.34, 2000 / 1e10**0.36):.3f}"
    '2.302'
    """

    E: float | Floats
    A: float | Floats
    B: float | Floats
    alpha: float | Floats
    beta: float | Floats
    p: float | Floats = 1.0
    gamma: float | Floats = 0.0
    name: str = ""

    def __post_init__(self) -> None:
        for symbol, least in (("A", 0.0), ("B", 0.0), ("p", np.finfo(float).tiny)):
            if np.any(np.asarray(getattr(self, symbol)) < least):
                raise ValueError(f"{symbol} of a law must not be negative, nor p zero.")

    def loss(self, params: ArrayLike, tokens: ArrayLike) -> Floats:
        """Return the loss of a model of `params` parameters trained on `tokens` tokens.

        Parameters
        ----------
        params, tokens : array_like
            N and D, > 0, broadcast against each other and the law's constants.

        Returns
        -------
        numpy.ndarray
            Nats per token, of the broadcast shape.

        Raises
        ------
        ValueError
            If any input is not positive.
        """
        log_n = np.log(positive(params, "params"))
        log_d = np.log(positive(tokens, "tokens"))
        with np.errstate(divide="ignore"):  # a term may be absent
            log_a, log_b = np.log(self.A), np.log(self.B)
        size = log_a - self.alpha * log_n
        # Where gamma is zero, unlimited size does not matter to the exponent of the data.
        growth = np.where(np.equal(self.gamma, 0), 0.0, log_n) * self.gamma
        data = log_b - (self.beta + growth) * log_d
        above = np.exp(np.logaddexp(self.p * size, self.p * data) / self.p)
        return np.asarray(self.E + above)[()]

    @property
    def a(self) -> float | Floats:
        """Exponent of compute in the optimal size, beta / (alpha + beta), for gamma = 0."""
        return np.where(np.equal(self.gamma, 0), self.beta / (self.alpha + self.beta), np.nan)[()]

    @property
    def general(self) -> "GeneralLaw":
        """The law itself."""
        return self


@dataclass(frozen=True)
class PowerLaw:
    """L(x) = floor + (scale / x)^exponent (Kaplan et al. 2020, Eqs 1.1 to 1.3, without a floor).

    Parameters
    ----------
    exponent : float or numpy.ndarray
        How fast the loss falls.
    scale : float or numpy.ndarray
        Where the loss would be 1 nat per token above the floor, in the unit of x: parameters,
        tokens or FLOP.
    name : str
        Name to show.
    floor : float or numpy.ndarray
        What no x takes away, nats per token, >= 0.

    Examples
    --------
    Doubling the parameters multiplies the loss by 0.95 (Kaplan et al. 2020, Section 1.2):

    >>> from scalinglaws import published
    >>> law = published["kaplan2020-params"]
    >>> round(float(law.loss(2e9) / law.loss(1e9)), 2)
    0.95
    >>> f"{law.inverse(1.0):.2g} = N_c"
    '8.8e+13 = N_c'
    """

    exponent: float | Floats
    scale: float | Floats
    name: str = ""
    floor: float | Floats = 0.0

    def loss(self, x: ArrayLike) -> Floats:
        """Return the loss at `x`.

        Parameters
        ----------
        x : array_like
            Parameters, tokens or FLOP, > 0; infinity is the limit, a loss of 0.

        Returns
        -------
        numpy.ndarray
            Nats per token, of the shape of `x` broadcast against the law's constants.

        Raises
        ------
        ValueError
            If any `x` is not positive.
        """
        above: Floats = (self.scale / positive(x, "x")) ** np.asarray(self.exponent)
        return self.floor + above

    def inverse(self, loss: ArrayLike) -> Floats:
        """Return the x that reaches `loss`.

        Parameters
        ----------
        loss : array_like
            Nats per token, above the floor.

        Returns
        -------
        numpy.ndarray
            In the unit of `scale`, of the shape of `loss` broadcast against the law's constants.

        Raises
        ------
        ValueError
            If any loss is not above the floor.
        """
        above = positive(np.asarray(loss, dtype=float) - self.floor, "loss above the floor")
        return self.scale * above ** (-1.0 / np.asarray(self.exponent))


@dataclass(frozen=True)
class JointLaw(_Optimised):
    """L(N, D) = [(N_c / N)^(alpha_N / alpha_D) + D_c / D]^alpha_D (Kaplan et al. 2020, Eq 1.5).

    Parameters
    ----------
    alpha_N, alpha_D : float or numpy.ndarray
        Exponents of size at unlimited data and of data at unlimited size.
    N_c, D_c : float or numpy.ndarray
        Scales, non-embedding parameters and tokens.
    name : str
        Name to show.

    Examples
    --------
    With unlimited size it is the law of data, (D_c / D)^alpha_D:

    >>> law = JointLaw(alpha_N=0.076, alpha_D=0.103, N_c=6.4e13, D_c=1.8e13)
    >>> round(float(law.loss(math.inf, 1e10)), 3), round((1.8e13 / 1e10) ** 0.103, 3)
    (2.164, 2.164)

    A model 8 times the size needs roughly 5 times the data (Kaplan et al. 2020, Section 1.1):

    >>> round(8**law.tokens_exponent, 1)
    4.6
    """

    alpha_N: float | Floats
    alpha_D: float | Floats
    N_c: float | Floats
    D_c: float | Floats
    name: str = ""

    @property
    def a(self) -> float | Floats:
        """Exponent of compute in the optimal size, alpha_D / (alpha_N + alpha_D)."""
        return self.alpha_D / (self.alpha_N + self.alpha_D)

    @property
    def general(self) -> "GeneralLaw":
        """The law as a case of the family: no floor, and p = 1 / alpha_D."""
        size = np.exp(self.alpha_N * np.log(self.N_c))
        data = np.exp(self.alpha_D * np.log(self.D_c))
        return GeneralLaw(
            0.0, size, data, self.alpha_N, self.alpha_D, 1 / self.alpha_D, name=self.name
        )

    @property
    def tokens_exponent(self) -> float | Floats:
        """Power of N by which data must grow to keep overfitting equal, alpha_N / alpha_D.

        Kaplan et al. 2020, Eq 4.4.
        """
        return self.alpha_N / self.alpha_D

    def terms(self, params: ArrayLike, tokens: ArrayLike) -> tuple[Floats, Floats]:
        """Return the two terms inside the bracket, of size and of data; dimensionless.

        They do not add up to the loss: their sum to the power alpha_D does.

        Parameters
        ----------
        params, tokens : array_like
            As for `loss`.

        Returns
        -------
        tuple of numpy.ndarray
            (N_c / N)^(alpha_N / alpha_D) and D_c / D, each of the shape of its input broadcast
            against the law's constants.

        Raises
        ------
        ValueError
            If any input is not positive.
        """
        size = (self.N_c / positive(params, "params")) ** np.asarray(self.tokens_exponent)
        data = self.D_c / positive(tokens, "tokens")
        return size, data

    def loss(self, params: ArrayLike, tokens: ArrayLike) -> Floats:
        """Return the loss of a model of `params` parameters on a corpus of `tokens` tokens.

        Parameters
        ----------
        params, tokens : array_like
            N without embeddings and D, > 0, broadcast against each other and the law's constants;
            infinity is the limit of unlimited size or data.

        Returns
        -------
        numpy.ndarray
            Nats per token, of the broadcast shape.

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
        FLOP, > 0.
    name : str
        Name to show.

    Examples
    --------
    Llama 3's printed law for its budget of 3.8e25 FLOP; the paper has 16.55T tokens (Section
    3.2.1), nearer to the constants in its Figure 3:

    >>> from scalinglaws import published
    >>> f"{published['llama3'].tokens(3.8e25):.3g}, {published['llama3-figure'].tokens(3.8e25):.3g}"
    '1.05e+13, 1.63e+13'

    Kaplan et al. 2020, Table 6, at one PF-day, 8.64e19 FLOP, and with ten times the compute:

    >>> law = published["kaplan2020-allocation"]
    >>> f"{law.params(8.64e19):.3g} parameters, {law.tokens(8.64e19):.3g} tokens"
    '1.3e+09 parameters, 2e+10 tokens'
    >>> f"{law.compute_for(tokens=2e10):.3g} FLOP"
    '8.64e+19 FLOP'
    >>> [round(float(factor), 2) for factor in law.growth(10)]
    [5.37, 1.86]
    """

    a: float
    b: float
    N_e: float | None = None
    D_e: float | None = None
    compute_unit: float = 1.0
    name: str = ""

    def params(self, compute: ArrayLike) -> Floats:
        """Return the optimal parameters; C / (6 D) where only the tokens were published.

        Parameters
        ----------
        compute : array_like
            C, FLOP, > 0.

        Returns
        -------
        numpy.ndarray
            N, of the shape of `compute`.

        Raises
        ------
        ValueError
            If any `compute` is not positive.
        ScalingLawsError
            If neither prefactor is published.
        """
        if self.N_e is None:
            return params_from_flop(compute, self.tokens(compute))
        return power(positive(compute, "compute") / self.compute_unit, self.N_e, self.a)

    def tokens(self, compute: ArrayLike) -> Floats:
        """Return the optimal tokens.

        Parameters
        ----------
        compute : array_like
            C, FLOP, > 0.

        Returns
        -------
        numpy.ndarray
            D, of the shape of `compute`.

        Raises
        ------
        ValueError
            If any `compute` is not positive.
        ScalingLawsError
            If the prefactor of tokens is not published.
        """
        if self.D_e is None:
            raise ScalingLawsError(
                f"{self.name or 'This allocation'} is published as exponents only: it says how "
                "size and data grow with compute, not how large they are. Take a law with "
                "prefactors."
            )
        return power(positive(compute, "compute") / self.compute_unit, self.D_e, self.b)

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
            C, FLOP, of the shape of the input.

        Raises
        ------
        ValueError
            If the input is not positive, or neither is given.
        ScalingLawsError
            For a size, if neither prefactor is published; for tokens, if theirs is not.
        """
        if params is None:
            one = self.tokens(self.compute_unit)
            data = positive(np.asarray(tokens, dtype=np.float64), "tokens")
            return self.compute_unit * root(data, one, self.b)
        # Where only the tokens were published, N = C / (6 D) and grows as C^(1 - b).
        exponent = self.a if self.N_e is not None else 1.0 - self.b
        one = self.params(self.compute_unit)
        return self.compute_unit * root(positive(params, "params"), one, exponent)

    def growth(self, factor: ArrayLike) -> tuple[Floats, Floats]:
        """Return the factors by which size and data grow when compute grows by `factor`.

        Parameters
        ----------
        factor : array_like
            > 0, dimensionless.

        Returns
        -------
        tuple of numpy.ndarray
            factor^a and factor^b, of the shape of `factor`.

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

    Examples
    --------
    Four passes are worth nearly as much as four times the data, endless ones 1 + R_D:

    >>> from scalinglaws import published
    >>> decay = published["muennighoff2023-decay"]
    >>> decay.value([1, 4, 16, math.inf]).round(2)
    array([ 1.  ,  3.73, 10.58, 16.39])
    >>> round(decay.limit(), 2)
    16.39

    After R_D repeats a little more is worth 1/e of what fresh data are; `multiple` inverts `value`:

    >>> round(float(decay.slope(1 + decay.tokens)), 3), float(decay.log_slope(1 + decay.tokens))
    (0.368, -1.0)
    >>> round(float(decay.multiple(decay.value(4))), 6)
    4.0
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

        Returns
        -------
        numpy.ndarray
            Passes over fresh data, > 0 and at most `multiple`, of the shape of `multiple`.

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

        The derivative of `value`, in closed form.

        Parameters
        ----------
        multiple : array_like
            Passes, > 0.
        kind : {"tokens", "params"}
            Whose decay.

        Returns
        -------
        numpy.ndarray
            Fresh data per repeated data, 0 to 1, of the shape of `multiple`.

        Raises
        ------
        ValueError
            If any multiple is not positive.
        """
        slope: Floats = np.exp(self.log_slope(multiple, kind))
        return slope

    def log_slope(self, multiple: ArrayLike, kind: str = "tokens") -> Floats:
        """Return the logarithm of `slope`, which stays finite after thousands of passes.

        Parameters
        ----------
        multiple : array_like
            Passes, > 0.
        kind : {"tokens", "params"}
            Whose decay.

        Returns
        -------
        numpy.ndarray
            Natural logarithm, at most 0, of the shape of `multiple`.

        Raises
        ------
        ValueError
            If any multiple is not positive.
        """
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

        Parameters
        ----------
        value : array_like
            Passes over fresh data, > 0.
        kind : {"tokens", "params"}
            Whose decay.

        Returns
        -------
        numpy.ndarray
            Passes, at least `value`, of the shape of `value`.

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
        """Return the worth of endless passes.

        Parameters
        ----------
        kind : {"tokens", "params"}
            Whose decay.

        Returns
        -------
        float
            Passes over fresh data: 1 + R, or 1 / d; infinite without decay.
        """
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

    Examples
    --------
    At one total size idle parameters raise the loss, though they lower the floor:

    >>> from scalinglaws import published
    >>> law = published["abnar2025"]
    >>> law.loss(7e9, 1.4e11, sparsity=[0, 0.5, 0.9]).round(3)
    array([2.1  , 2.105, 2.161])
    >>> law.floor([0, 0.5, 0.9]).round(3)
    array([1.4  , 1.35 , 1.253])
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
        """Return the loss of unlimited size and data, e + c / (1 - S)^lam.

        Parameters
        ----------
        sparsity : array_like
            S, the share of idle parameters, 0 <= S < 1.

        Returns
        -------
        numpy.ndarray
            Nats per token, of the shape of `sparsity`.

        Raises
        ------
        ValueError
            If any `sparsity` is outside 0 <= S < 1.
        """
        return self.e + self.c * _share(sparsity) ** -self.lam

    def loss(self, params: ArrayLike, tokens: ArrayLike, sparsity: ArrayLike) -> Floats:
        """Return the loss of a mixture of experts trained on `tokens` tokens.

        Parameters
        ----------
        params : array_like
            Total parameters N, idle ones included, > 0.
        tokens : array_like
            D, > 0.
        sparsity : array_like
            S, the share of idle parameters, 0 <= S < 1.

        Returns
        -------
        numpy.ndarray
            Nats per token; the three inputs broadcast against each other.

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


Surface = ParametricLaw | JointLaw | GeneralLaw
"""A law of the loss in size and data."""
Law = Surface | PowerLaw | PowerAllocation | Decay | SparseLaw
"""A law of any form."""
