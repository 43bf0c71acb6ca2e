"""Training on data that run out: loss, and how to spend compute, when tokens must be repeated.

Muennighoff et al. 2023 put effective numbers of parameters and tokens into the usual law,
L = E + A / N'^alpha + B / D'^beta. Tokens seen again count for less than fresh ones, and so do
parameters beyond the number U_N that is optimal for the unique tokens U. Counted in multiples of
U_N and U the optimum does not depend on U: see `best_runs`.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from scalinglaws import registry, roots
from scalinglaws.errors import ScalingLawsError
from scalinglaws.laws import Decay, ParametricLaw
from scalinglaws.optimum import dense
from scalinglaws.units import Floats, positive, tokens_from_flop, training_flop


@dataclass(frozen=True)
class RepeatedLaw:
    """A law for fresh data together with the decay of what is repeated.

    Parameters
    ----------
    fresh : ParametricLaw
        Loss for one pass over fresh tokens.
    decay : Decay
        Worth of repeated tokens and of excess parameters.
    name : str
        Name to show.

    Examples
    --------
    >>> law = published()
    >>> f"{law.base_params(1e9) / 1e9:.3f}"  # 0.051 in Muennighoff et al. 2023, Eq 17
    '0.051'
    >>> params, tokens = law.effective(5e7, [1e9, 4e9, 16e9], unique=1e9)
    >>> (tokens / 1e9).round(2)
    array([ 1.  ,  3.73, 10.58])
    >>> law.loss(5e7, [1e9, 4e9], unique=1e9).round(3)
    array([3.87, 3.5 ])
    """

    fresh: ParametricLaw
    decay: Decay
    name: str = ""

    def base_params(self, unique: ArrayLike) -> Floats:
        """Return U_N, the size for which one pass over `unique` tokens is compute-optimal.

        Parameters
        ----------
        unique : array_like
            Unique tokens U, > 0 and finite.

        Returns
        -------
        numpy.ndarray
            Parameters, broadcast with the constants of the law (closed form, from Hoffmann et al.
            2022, Eq 4).

        Raises
        ------
        ValueError
            If any number of tokens is not positive and finite.
        """
        return dense.given_tokens(self.fresh, unique).params

    def effective(
        self, params: ArrayLike, tokens: ArrayLike, unique: ArrayLike
    ) -> tuple[Floats, Floats]:
        """Return the fresh parameters and tokens that would serve as well, N' and D'.

        Parameters
        ----------
        params, tokens : array_like
            N and D, > 0, D counting every pass.
        unique : array_like
            Tokens that differ, > 0; of more than D only D are used.

        Returns
        -------
        params, tokens : numpy.ndarray
            N' and D', broadcast (Muennighoff et al. 2023, Eqs 5 and 6, for the saturating decay).

        Raises
        ------
        ValueError
            If any input is not positive, or neither `unique` nor `tokens` is finite.
        """
        used = np.minimum(positive(unique, "unique"), positive(tokens, "tokens"))
        base = self.base_params(used)
        size = base * self.decay.value(positive(params, "params") / base, "params")
        return size, used * self.decay.value(np.asarray(tokens) / used, "tokens")

    def loss(self, params: ArrayLike, tokens: ArrayLike, unique: ArrayLike) -> Floats:
        """Return the loss at N parameters and D tokens, of which `unique` differ.

        Parameters
        ----------
        params, tokens : array_like
            N and D, > 0, D counting every pass.
        unique : array_like
            Tokens that differ, > 0; of more than D only D are used.

        Returns
        -------
        numpy.ndarray
            Nats per token, of the broadcast shape: the fresh law at N' and D'.

        Raises
        ------
        ValueError
            If any input is not positive, or neither `unique` nor `tokens` is finite.
        """
        return self.fresh.loss(*self.effective(params, tokens, unique))


@dataclass(frozen=True)
class RepeatedAllocation:
    """How to train with limited data; arrays of one shape.

    Parameters
    ----------
    compute : numpy.ndarray
        C = 6 N D, FLOP.
    params, tokens, unique : numpy.ndarray
        N, D with every pass counted, and the unique tokens among them.
    epochs : numpy.ndarray
        Passes D / unique, at least 1.
    loss : numpy.ndarray
        Nats per token.
    tokens_per_param : numpy.ndarray
        D / N.

    Examples
    --------
    >>> run = best_runs(published(), unique=1e11, epochs=4)
    >>> f"{run.tokens:.3g} tokens in {run.epochs:.0f} passes, {run.compute:.3g} FLOP"
    '4e+11 tokens in 4 passes, 3.57e+22 FLOP'
    """

    compute: Floats
    params: Floats
    tokens: Floats
    unique: Floats
    epochs: Floats
    loss: Floats
    tokens_per_param: Floats


def published(name: str = "muennighoff2023", decay: str = "muennighoff2023-decay") -> RepeatedLaw:
    """Return a published law with a published decay.

    Parameters
    ----------
    name : str
        A law of the form E + A/N^alpha + B/D^beta, one of ``registry.law_names("parametric")``. The
        decays were fitted with that of Muennighoff et al. 2023; with another law they are an
        assumption.
    decay : str
        One of ``registry.law_names("decay")``.

    Returns
    -------
    RepeatedLaw
        Named after both.

    Raises
    ------
    ScalingLawsError
        If there is no such law or decay, or it is of another form.

    Examples
    --------
    >>> published(decay="muennighoff2023-geometric").name
    'muennighoff2023 with muennighoff2023-geometric'
    >>> round(published().decay.tokens, 1)  # R of tokens as printed
    15.4
    """
    chosen = registry.published[decay]
    if not isinstance(chosen, Decay):
        raise ScalingLawsError(
            f"{decay} is not a decay of repeated data. "
            f"Choose one of {', '.join(registry.law_names('decay'))}."
        )
    return RepeatedLaw(registry.parametric(name), chosen, f"{name} with {decay}")


def epoch_value(decay: Decay, epoch: ArrayLike) -> Floats:
    """Return what the k-th pass adds, in passes over fresh data; the first adds 1.

    Parameters
    ----------
    decay : Decay
        Worth of repeated tokens.
    epoch : array_like
        k, at least 1.

    Returns
    -------
    numpy.ndarray
        Worth of k passes less that of k - 1, from 0 to 1, same shape as `epoch` (follows from
        Muennighoff et al. 2023, Eqs 5 and 6, or their appendix A).

    Raises
    ------
    ValueError
        If any epoch is below 1.

    Examples
    --------
    Of a geometric decay every pass is worth a share 1 - d of the one before:

    >>> epoch_value(Decay(0.25, 0.25, "geometric"), [1, 2, 3])
    array([1.    , 0.75  , 0.5625])
    >>> epoch_value(published().decay, [1, 4, 16, 40]).round(2)
    array([1.  , 0.85, 0.39, 0.08])
    """
    passes = positive(epoch, "epoch")
    if np.any(passes < 1):
        raise ValueError(f"epoch must be at least 1, got {passes[passes < 1].flat[0]:g}.")
    before = decay.value(np.maximum(passes - 1.0, 1.0)) * np.minimum(passes - 1.0, 1.0)
    return decay.value(passes) - before


def best_runs(law: RepeatedLaw, unique: ArrayLike, epochs: ArrayLike) -> RepeatedAllocation:
    """Return the runs that are compute-optimal when `unique` tokens are seen `epochs` times.

    At the optimum of a budget, 1% more parameters and 1% more passes lower the loss alike. With
    n = N / U_N and e epochs that reads s(n, alpha) = s(e, beta) with
    s(x, gamma) = x v'(x) v(x)^-(1 + gamma), v the worth of x passes: the number of unique tokens
    drops out.

    Parameters
    ----------
    law : RepeatedLaw
        Fresh law and decay; an ensemble broadcasts against the other inputs.
    unique : array_like
        Unique tokens U, > 0 and finite.
    epochs : array_like
        Passes, at least 1 and finite; broadcast against `unique`.

    Returns
    -------
    RepeatedAllocation
        Of the broadcast shape.

    Raises
    ------
    ValueError
        If any input is not positive and finite, or any number of epochs is below 1.

    Notes
    -----
    The condition is that of Muennighoff et al. 2023, Eq 4, derived here for any decay.

    Examples
    --------
    How much further data that are seen 60 times raise the optimal tokens per parameter:

    >>> once, often = best_runs(published(), 1e8, [1, 60]).tokens_per_param
    >>> round(float(often / once), 1)
    2.6
    """
    passes = positive(epochs, "epochs")
    if np.any(passes < 1) or not np.all(np.isfinite(passes)):
        raise ValueError("epochs must be at least 1 and finite.")
    data, passes = np.broadcast_arrays(positive(unique, "unique"), passes)
    base = law.base_params(data)
    wanted = _pull(law.decay, passes, law.fresh.beta, "tokens")

    def too_small(log_multiple: Floats, wanted: Floats, alpha: Floats) -> Floats:
        return _pull(law.decay, np.exp(log_multiple), alpha, "params") - wanted

    most = np.log(passes) + 60.0
    multiple = np.exp(roots.falling(too_small, 0.0, most, wanted, law.fresh.alpha))
    return _allocation(law, multiple * base, passes * data, data)


def optimal(law: RepeatedLaw, compute: ArrayLike, unique: ArrayLike) -> RepeatedAllocation:
    """Return the size and number of passes that reach the lowest loss with `compute` FLOP.

    Solves the constrained problem of Muennighoff et al. 2023, Eq 4: least L(N, D) with 6 N D = C
    and at most `unique` tokens that differ. Where the data suffice for one pass of the
    compute-optimal run, that run is returned.

    Parameters
    ----------
    law : RepeatedLaw
        Fresh law and decay; an ensemble broadcasts against the other inputs.
    compute : array_like
        FLOP, > 0 and finite.
    unique : array_like
        Unique tokens at hand, > 0 and finite, broadcast against `compute`.

    Returns
    -------
    RepeatedAllocation
        Of the broadcast shape; its `unique` are those used, at most those at hand.

    Raises
    ------
    ValueError
        If any input is not positive and finite.

    Examples
    --------
    The paper recommends 6.34e9 parameters and 9.7 passes for the first of these (Figure 1 and
    Section 5); the minimum is flat.

    >>> best = optimal(published(), 9.3e21, [25e9, 1e12])
    >>> [f"{params:.3g}" for params in best.params]
    ['6.82e+09', '8.89e+09']
    >>> best.epochs.round(1)
    array([9.1, 1. ])
    """
    budget, data = np.broadcast_arrays(positive(compute, "compute"), positive(unique, "unique"))
    plain = dense.optimal(law.fresh, budget)
    enough = np.asarray(plain.tokens) <= data
    base = law.base_params(np.where(enough, plain.tokens, data))

    def too_small(
        log_params: Floats, budget: Floats, base: Floats, data: Floats, alpha: Floats, beta: Floats
    ) -> Floats:
        params = np.exp(log_params)
        tokens = tokens_from_flop(budget, params)
        size = _pull(law.decay, params / base, alpha, "params")
        return size - _pull(law.decay, tokens / data, beta, "tokens")

    # With scarce data the optimum lies between one pass and the size that is optimal for the data.
    most = np.log(np.asarray(tokens_from_flop(budget, data)))
    most = np.maximum(most, np.log(base))
    known = (budget, base, data, law.fresh.alpha, law.fresh.beta)
    params = np.exp(roots.falling(too_small, np.log(base), most, *known))
    params = np.where(enough, plain.params, params)
    tokens = np.asarray(tokens_from_flop(budget, params))
    return _allocation(law, params, tokens, np.minimum(data, tokens))


def _pull(decay: Decay, multiple: Floats, exponent: float | Floats, kind: str) -> Floats:
    """Return the logarithm of s(x, gamma): what 1% more does, in units of that at one pass."""
    value = decay.value(multiple, kind)
    log: Floats = np.log(multiple) + decay.log_slope(multiple, kind)
    return log - (1.0 + np.asarray(exponent)) * np.log(value)


def _allocation(
    law: RepeatedLaw, params: Floats, tokens: Floats, unique: Floats
) -> RepeatedAllocation:
    return RepeatedAllocation(
        compute=training_flop(params, tokens),
        params=params[()],
        tokens=tokens[()],
        unique=unique[()],
        epochs=(tokens / unique)[()],
        loss=law.loss(params, tokens, unique),
        tokens_per_param=(tokens / params)[()],
    )
