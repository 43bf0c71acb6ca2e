"""The model to train when it will also be used: least FLOP over training and serving.

Training costs 6 N D, serving 2 N for every token read or written (Sardana et al. 2024,
arXiv:2401.00448, Eq 2). For a loss that is to be reached there is no closed form for the best size;
the stationarity condition has one root, which `optimal` finds for arrays of any shape.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from scalinglaws import roots
from scalinglaws.errors import ScalingLawsError
from scalinglaws.laws import ParametricLaw
from scalinglaws.units import Floats, positive, training_flop

SERVING_FLOP_PER_PARAM_TOKEN = 2.0
"""Forward FLOP per parameter and token (Kaplan et al. 2020, Section 2.1)."""


@dataclass(frozen=True)
class Deployment:
    """A model with its training and serving; all fields have one shape.

    Attributes
    ----------
    params, tokens : numpy.ndarray
        Size N and training tokens D.
    served : numpy.ndarray
        Tokens served over the model's life.
    loss : numpy.ndarray
        Nats per token.
    training, serving : numpy.ndarray
        FLOP, 6 N D and 2 N served.

    Examples
    --------
    >>> from scalinglaws import published
    >>> model = deployment(published["hoffmann2022"], 70e9, 1.4e12, 1e12)
    >>> f"{model.training:.3g} + {model.serving:.3g} = {model.total:.3g} FLOP"
    '5.88e+23 + 1.4e+23 = 7.28e+23 FLOP'
    >>> round(float(model.tokens_per_param), 1)
    20.0
    """

    params: Floats
    tokens: Floats
    served: Floats
    loss: Floats
    training: Floats
    serving: Floats

    @property
    def total(self) -> Floats:
        """FLOP over training and serving."""
        return self.training + self.serving

    @property
    def tokens_per_param(self) -> Floats:
        """D / N, tokens per parameter."""
        return self.tokens / self.params


def deployment(
    law: ParametricLaw, params: ArrayLike, tokens: ArrayLike, served: ArrayLike
) -> Deployment:
    """Return what a model of `params` parameters trained on `tokens` tokens costs and reaches.

    Parameters
    ----------
    law : ParametricLaw
        Loss surface, nats per token; an ensemble broadcasts against the other inputs.
    params, tokens : array_like
        N and D, > 0.
    served : array_like
        Tokens served over the model's life, >= 0 and finite.

    Returns
    -------
    Deployment
        FLOP by Sardana et al. 2024, Eq 2; of the broadcast shape of the inputs.

    Raises
    ------
    ValueError
        If `params` or `tokens` is not positive, or `served` is negative or not finite.

    Examples
    --------
    >>> from scalinglaws import published
    >>> models = deployment(published["hoffmann2022"], 7e9, 1e12, [0, 2e12])
    >>> [f"{flop:.3g}" for flop in models.total]
    ['4.2e+22', '7e+22']
    """
    inference = _served(served)
    size, data, inference = np.broadcast_arrays(
        positive(params, "params"), positive(tokens, "tokens"), inference
    )
    return Deployment(
        params=size[()],
        tokens=data[()],
        served=inference[()],
        loss=law.loss(size, data),
        training=training_flop(size, data),
        serving=SERVING_FLOP_PER_PARAM_TOKEN * size * inference,
    )


def optimal(law: ParametricLaw, loss: ArrayLike, served: ArrayLike) -> Deployment:
    """Return the size and data that reach `loss` with the least FLOP over training and serving.

    With s = A / N^alpha, t = B / D^beta and s + t = L - E held fixed, the cost 6 N D + 2 N I is
    stationary where alpha s / (beta t) = 1 + I / (3 D). Along the curve of equal loss the left side
    rises with D and the right side falls, so there is one root, and it is the minimum.

    Parameters
    ----------
    law : ParametricLaw
        Loss surface; an ensemble broadcasts against the other inputs.
    loss : array_like
        Loss to reach, nats per token, above the law's irreducible loss.
    served : array_like
        Tokens I served over the model's life, >= 0. Count a token once for reading and once for
        writing; weigh it by what a FLOP of serving costs against one of training.

    Returns
    -------
    Deployment
        Of the broadcast shape; its `loss` is the one asked for, up to rounding.

    Raises
    ------
    ScalingLawsError
        If a loss is at or below the law's irreducible loss.
    ValueError
        If `loss` is not finite, or `served` is negative or not finite.

    Notes
    -----
    The problem is that of Sardana et al. 2024, Eq 2; the condition is derived above.

    Examples
    --------
    The quality of a compute-optimal model of 13e9 parameters, and 2e12 tokens to serve: by Sardana
    et al. 2024, Section 2, a model of 7e9 does it with 17% less FLOP.

    >>> from scalinglaws import given_params, published
    >>> law = published["sardana2024"]
    >>> start = given_params(law, 13e9)
    >>> plan = optimal(law, start.loss, 2e12)
    >>> before = deployment(law, start.params, start.tokens, 2e12)
    >>> f"{plan.params:.3g} parameters, {1 - plan.total / before.total:.0%} less"
    '6.97e+09 parameters, 17% less'
    >>> [f"{params:.3g}" for params in optimal(law, start.loss, [0, 2e12, 1e14]).params]
    ['1.3e+10', '6.97e+09', '2.79e+09']
    """
    reducible = _reducible(law, loss)
    alpha, beta = np.asarray(law.alpha), np.asarray(law.beta)
    inference = _served(served)
    shape = np.broadcast_shapes(reducible.shape, inference.shape, np.shape(law.a), np.shape(law.B))
    reducible, inference, alpha, beta, size, data = (
        np.broadcast_to(each, shape) for each in (reducible, inference, alpha, beta, law.A, law.B)
    )
    log_term = _data_term(reducible, inference, alpha, beta, np.log(data))
    term = np.exp(log_term)
    params = (size / (reducible - term)) ** (1.0 / alpha)
    tokens = (data / term) ** (1.0 / beta)
    return deployment(law, params, tokens, inference)


@dataclass(frozen=True)
class Change:
    """The cheapest model to train and serve over the one that is cheapest to train, at equal loss.

    Attributes
    ----------
    size, data : numpy.ndarray
        Parameters and training tokens, over those of the training optimum.
    saved : numpy.ndarray
        Share of the FLOP over training and serving that the training optimum would take more.

    Examples
    --------
    >>> from scalinglaws import published
    >>> bool(change(published["besiroglu2024"], 1.0).size < 1)
    True
    """

    size: Floats
    data: Floats
    saved: Floats


def change(law: ParametricLaw, load: ArrayLike) -> Change:
    """Return how serving changes the best model; only the exponents and the load matter.

    Parameters
    ----------
    law : ParametricLaw
        Loss surface; an ensemble broadcasts against `load`.
    load : array_like
        Tokens served for each training token of the training optimum of the same loss, >= 0.

    Returns
    -------
    Change
        Of the broadcast shape: `optimal` in units of the training optimum, where the terms of the
        law are as beta to alpha, beta size^(-alpha) + alpha data^(-beta) = alpha + beta.

    Raises
    ------
    ValueError
        If a load is negative or not finite.

    Examples
    --------
    By Sardana et al. 2024, Section 2: 2e12 tokens served at the quality of a compute-optimal model
    of 13e9 parameters make it half as large and save 17%.

    >>> from scalinglaws import given_params, published
    >>> law = published["sardana2024"]
    >>> found = change(law, 2e12 / given_params(law, 13e9).tokens)
    >>> f"{found.size:.2f} of the size, {found.data:.2f} times the data, {found.saved:.0%} saved"
    '0.54 of the size, 2.16 times the data, 17% saved'
    """
    alpha, beta = np.asarray(law.alpha), np.asarray(law.beta)
    unit = ParametricLaw(E=np.zeros_like(alpha), A=beta, B=alpha, alpha=alpha, beta=beta)
    best = optimal(unit, alpha + beta, load)
    before = deployment(unit, 1.0, 1.0, load)
    return Change(best.params, best.tokens, 1 - best.total / before.total)


def same_loss(law: ParametricLaw, loss: ArrayLike, compute: ArrayLike) -> tuple[Floats, Floats]:
    """Return the smallest and the largest model that reach `loss` with `compute` FLOP of training.

    Parameters
    ----------
    law : ParametricLaw
        Loss surface; an ensemble broadcasts against the other inputs.
    loss : array_like
        Nats per token, above the law's irreducible loss.
    compute : array_like
        Training FLOP, > 0; enough to reach `loss`.

    Returns
    -------
    smallest, largest : numpy.ndarray
        Parameters, of the broadcast shape; both are the optimum where compute only just suffices,
        NaN where it does not. They are the two roots of L(N, C / (6 N)) = `loss`, one on either
        side of the optimum (Hoffmann et al. 2022, Eq 4).

    Raises
    ------
    ScalingLawsError
        If a loss is at or below the law's irreducible loss.
    ValueError
        If `loss` is not finite or any compute is not positive.

    Examples
    --------
    Where size and data enter alike, the larger model has as many parameters as the smaller one
    has tokens:

    >>> law = ParametricLaw(E=1, A=100, B=100, alpha=0.5, beta=0.5)
    >>> small, large = same_loss(law, 2.0, [1e9, 1e11])
    >>> small.round(), large.round()
    (array([   nan, 11934.]), array([     nan, 1396533.]))
    >>> f"{6 * small[1] * large[1]:.3g}"
    '1e+11'
    """
    reducible = _reducible(law, loss)
    product = positive(compute, "compute") / 6.0
    alpha, beta, size, data = (
        np.asarray(each, dtype=np.float64) for each in (law.alpha, law.beta, law.A, law.B)
    )
    best = (alpha * size / (beta * data)) ** (1 / (alpha + beta)) * product ** (
        beta / (alpha + beta)
    )
    # Logarithms of the terms at ln N = 0, relative to what is allowed.
    size, data = np.log(size / reducible), np.log(data / reducible) - beta * np.log(product)

    def excess(x: Floats, size: Floats, data: Floats, alpha: Floats, beta: Floats) -> Floats:
        return np.asarray(np.exp(size - alpha * x) + np.exp(data + beta * x) - 1.0)

    near, known = np.log(best), (size, data, alpha, beta)
    reached = excess(near, *known) <= 1e-12
    # Beyond these ends one term alone exceeds what is allowed.
    small, large = (
        np.where(reached, np.exp(roots.falling(excess, end, near, *known)), np.nan)[()]
        for end in (size / alpha, -data / beta)
    )
    return small, large


def smallest(law: ParametricLaw, loss: ArrayLike) -> Floats:
    """Return the size below which no amount of data reaches `loss`: (A / (L - E))^(1/alpha).

    Parameters
    ----------
    law : ParametricLaw
        Loss surface; an ensemble broadcasts against `loss`.
    loss : array_like
        Nats per token, above the law's irreducible loss.

    Returns
    -------
    numpy.ndarray
        Parameters, of the broadcast shape (closed form: the law with D infinite).

    Raises
    ------
    ScalingLawsError
        If a loss is at or below the law's irreducible loss.
    ValueError
        If `loss` is not finite.

    Examples
    --------
    >>> law = ParametricLaw(E=1, A=100, B=100, alpha=0.5, beta=0.5)
    >>> smallest(law, [2.0, 1.1]).round()
    array([  10000., 1000000.])
    """
    out: Floats = (law.A / _reducible(law, loss)) ** (1.0 / np.asarray(law.alpha))
    return out


def _data_term(
    reducible: Floats, served: Floats, alpha: Floats, beta: Floats, log_data: Floats
) -> Floats:
    """Return ln(B / D^beta) at the optimum.

    The unknown is p = ln t; the equation is ln(alpha (r - t) / (beta t)) = ln(1 + I / (3 D)), whose
    left side less its right falls with p. Without serving it holds at t = r alpha / (alpha + beta);
    going down from there by ln(1 + I / (3 D_0)) makes the left side larger for sure.
    """
    high = np.log(reducible * alpha / (alpha + beta))
    low = high - np.log1p(served / 3.0 * np.exp((high - log_data) / beta))

    def excess(
        p: Floats, reducible: Floats, served: Floats, alpha: Floats, beta: Floats, log_data: Floats
    ) -> Floats:
        load = served / 3.0 * np.exp((p - log_data) / beta)
        return np.asarray(np.log(alpha / beta * (reducible * np.exp(-p) - 1.0)) - np.log1p(load))

    return roots.falling(excess, low, high, reducible, served, alpha, beta, log_data)


def _reducible(law: ParametricLaw, loss: ArrayLike) -> Floats:
    target = np.asarray(loss, dtype=np.float64)
    if not np.all(np.isfinite(target)):
        raise ValueError("loss must be finite.")
    reducible: Floats = np.asarray(target - law.E)
    if np.any(reducible <= 0):
        low = np.broadcast_to(target, reducible.shape)[reducible <= 0].flat[0]
        floor = np.broadcast_to(law.E, reducible.shape)[reducible <= 0].flat[0]
        raise ScalingLawsError(
            f"No model reaches a loss of {low:g} nats per token under {law.name or 'this law'}: "
            f"its irreducible loss is {floor:g}. Ask for more than that."
        )
    return reducible


def _served(served: ArrayLike) -> Floats:
    tokens = np.asarray(served, dtype=np.float64)
    if not np.all(np.isfinite(tokens) & (tokens >= 0)):
        bad = tokens[~(np.isfinite(tokens) & (tokens >= 0))].flat[0]
        raise ValueError(f"served must be a number of tokens, zero or more; got {bad:g}.")
    return tokens
