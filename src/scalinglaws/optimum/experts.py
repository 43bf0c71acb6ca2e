"""Mixtures of experts: what is active, and how to spend compute at a given sparsity.

Compute is counted on the active parameters, C = 6 N_a D, while a law such as `SparseLaw` (Abnar et
al. 2025, Eq 6) counts all of them. With a share S idle, N_a = (1 - S) N, unless parameters that
every token passes through, such as attention, are counted apart (`common` in `optimal`). Tokens per
parameter always means tokens per active parameter here unless the name says otherwise.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from scalinglaws import roots
from scalinglaws.errors import ScalingLawsError
from scalinglaws.laws import SparseLaw
from scalinglaws.units import FLOP_PER_PARAM_TOKEN, Floats, positive


@dataclass(frozen=True)
class SparseAllocation:
    """A compute-optimal mixture of experts, or an array of them; all fields have one shape.

    Parameters
    ----------
    compute : numpy.ndarray
        Training compute, FLOP.
    params : numpy.ndarray
        All parameters N.
    active : numpy.ndarray
        Parameters that one token uses.
    tokens : numpy.ndarray
        Training tokens D.
    loss : numpy.ndarray
        Nats per token.
    tokens_per_param : numpy.ndarray
        D over the active parameters.

    Examples
    --------
    >>> from scalinglaws import published
    >>> best = optimal(published["abnar2025"], 1e20, idle=7 / 8)
    >>> f"{best.active:.3g} of {best.params:.3g} parameters active, {best.tokens:.3g} tokens"
    '4.09e+08 of 3.28e+09 parameters active, 4.07e+10 tokens'
    """

    compute: Floats
    params: Floats
    active: Floats
    tokens: Floats
    loss: Floats
    tokens_per_param: Floats


def active_params(
    total: ArrayLike, experts: ArrayLike, active_experts: ArrayLike, shared: ArrayLike
) -> Floats:
    """Return the parameters that one token uses.

    Parameters
    ----------
    total : array_like
        All parameters, shared ones included, > 0.
    experts, active_experts : array_like
        Experts in a layer, and how many of them a token is sent to, > 0.
    shared : array_like
        Parameters outside the experts, which every token uses, from 0 to `total`.

    Returns
    -------
    numpy.ndarray
        Parameters, of the broadcast shape: shared + (total - shared) active_experts / experts, by
        definition.

    Raises
    ------
    ScalingLawsError
        If more experts are active than there are, or more parameters shared than there are.
    ValueError
        If `total`, `experts` or `active_experts` is not positive, or `shared` is negative.

    Examples
    --------
    What was reported of GPT-4 (Patel and Wong 2023, unconfirmed), with a guess at the shared part:

    >>> f"{active_params(1.8e12, experts=16, active_experts=2, shared=40e9):.3g}"
    '2.6e+11'
    """
    everything, common = positive(total, "total"), np.asarray(shared, dtype=np.float64)
    if not np.all(common >= 0):
        raise ValueError("shared must be at least 0.")
    if np.any(common > everything):
        raise ScalingLawsError(
            f"shared is {np.max(common):g} params, more than the total of {np.min(everything):g} "
            "params it is part of. Give at most the total."
        )
    share = 1.0 - sparsity(experts, active_experts)
    active: Floats = common + (everything - common) * share
    return active


def sparsity(experts: ArrayLike, active_experts: ArrayLike) -> Floats:
    """Return the share of experts that a token does not use, 1 - active / all.

    Parameters
    ----------
    experts, active_experts : array_like
        Experts in a layer, and how many of them a token is sent to, > 0.

    Returns
    -------
    numpy.ndarray
        S by definition, 0 <= S < 1, of the broadcast shape.

    Raises
    ------
    ScalingLawsError
        If more experts are active than there are.
    ValueError
        If any number is not positive.

    Examples
    --------
    >>> sparsity([16, 32], [2, 1])
    array([0.875  , 0.96875])
    """
    every, used = positive(experts, "experts"), positive(active_experts, "active_experts")
    if np.any(used > every):
        raise ScalingLawsError(
            f"active_experts is {np.max(used):g}, more than the {np.min(every):g} experts there "
            "are. Give a number from 1 to experts."
        )
    return np.asarray(1.0 - used / every)[()]


def optimal(
    law: SparseLaw, compute: ArrayLike, idle: ArrayLike, common: float = 0.0
) -> SparseAllocation:
    """Return the mixture of experts that reaches the lowest loss with `compute` FLOP.

    With D = C / (6 N_a), N_a in proportion to N, the loss is a sum of exponentials of ln N, two
    falling and one rising, and so convex. Its slope vanishes above the optimum that either falling
    term would have alone and below the one it would have with twice its weight.

    Parameters
    ----------
    law : SparseLaw
        Loss surface, nats per token (Abnar et al. 2025, Eq 6).
    compute : array_like
        FLOP, > 0 and finite.
    idle : array_like
        Sparsity S, 0 <= S < 1, broadcast against `compute`; 0 is a dense model.
    common : float
        Share of all parameters that lie outside the experts, 0 <= common < 1. If S is taken as the
        share of idle experts, N_a = [common + (1 - common) (1 - S)] N.

    Returns
    -------
    SparseAllocation
        Of the broadcast shape.

    Raises
    ------
    ValueError
        If compute is not positive and finite, or a share is out of its range.

    Examples
    --------
    >>> from scalinglaws import published
    >>> best = optimal(published["abnar2025"], 1e20, [0, 7 / 8])
    >>> best.tokens_per_param.round(1)
    array([40.8, 99.4])
    >>> best.loss.round(3)
    array([2.589, 2.38 ])
    """
    budget, sparse = np.broadcast_arrays(positive(compute, "compute"), np.asarray(idle, float))
    if not np.all(np.isfinite(budget)):
        raise ValueError("compute must be finite.")
    law.floor(sparse)  # checks the range
    if not 0 <= common < 1:
        raise ValueError(f"common is {common:g}; it is a share, at least 0 and below 1.")
    share = common + (1.0 - common) * (1.0 - sparse)
    per_token = FLOP_PER_PARAM_TOKEN * share
    # Logarithms of the slopes of the three terms at ln N = 0.
    plain = np.full(sparse.shape, np.log(law.alpha * law.a))
    mixed = np.log(law.gamma * law.d) - law.delta * np.log1p(-sparse)
    data = np.log(law.beta * law.b) + law.beta * np.log(per_token / budget)

    def too_small(x: Floats, plain: Floats, mixed: Floats, data: Floats) -> Floats:
        falling = np.logaddexp(plain - law.alpha * x, mixed - law.gamma * x)
        return np.asarray(falling - data - law.beta * x)

    alone = np.maximum(
        (plain - data) / (law.alpha + law.beta), (mixed - data) / (law.gamma + law.beta)
    )
    wide = np.log(2.0) / (min(law.alpha, law.gamma) + law.beta)
    params = np.exp(roots.falling(too_small, alone, alone + wide, plain, mixed, data))
    return _allocation(law, params, budget / (per_token * params), sparse, share)


def ratio_factor(
    law: SparseLaw, compute: ArrayLike, idle: ArrayLike, common: float = 0.0
) -> Floats:
    """Return the factor by which sparsity raises the optimal tokens per active parameter.

    Parameters
    ----------
    law : SparseLaw
        Loss surface, nats per token.
    compute : array_like
        FLOP, > 0 and finite; the dense model has the same.
    idle : array_like
        Sparsity S, 0 <= S < 1, broadcast against `compute`.
    common : float
        Share of all parameters that lie outside the experts, 0 <= common < 1.

    Returns
    -------
    numpy.ndarray
        Dimensionless, of the broadcast shape; follows from two calls of `optimal`.

    Raises
    ------
    ValueError
        If compute is not positive and finite, or a share is out of its range.

    Examples
    --------
    >>> from scalinglaws import published
    >>> ratio_factor(published["abnar2025"], [[1e20], [1e21]], [7 / 8, 31 / 32]).round(2)
    array([[2.44, 3.3 ],
           [1.78, 2.11]])
    """
    sparse, dense = optimal(law, compute, idle, common), optimal(law, compute, 0.0)
    factor: Floats = sparse.tokens_per_param / dense.tokens_per_param
    return factor


def for_loss(law: SparseLaw, loss: ArrayLike, idle: ArrayLike) -> SparseAllocation:
    """Return the cheapest mixture of experts that reaches `loss`: the inverse of `optimal`.

    The tokens for which a size is optimal follow from the size in closed form, so that one equation
    is left. No parameters are counted as common: N_a = (1 - S) N.

    Parameters
    ----------
    law : SparseLaw
        Loss surface, nats per token.
    loss : array_like
        Target, nats per token, finite and above the law's floor at this sparsity.
    idle : array_like
        Sparsity S, 0 <= S < 1, broadcast against `loss`.

    Returns
    -------
    SparseAllocation
        Of the broadcast shape.

    Raises
    ------
    ScalingLawsError
        If a target is at or below the floor at its sparsity: no compute reaches it.
    ValueError
        If a sparsity is outside 0 <= S < 1.

    Examples
    --------
    >>> from scalinglaws import published
    >>> law = published["abnar2025"]
    >>> best = optimal(law, 1e20, 7 / 8)
    >>> f"{for_loss(law, best.loss, 7 / 8).compute:.3g}"
    '1e+20'
    """
    target, sparse = np.broadcast_arrays(
        np.asarray(loss, dtype=np.float64), np.asarray(idle, dtype=np.float64)
    )
    short = target <= law.floor(sparse)
    if np.any(short):
        raise ScalingLawsError(
            f"No amount of compute reaches a loss of {target[short].flat[0]:g} nats per token with "
            f"{sparse[short].flat[0]:g} of the parameters idle: the floor is "
            f"{law.floor(sparse[short]).flat[0]:g}. Ask for more than that."
        )

    # Where the slopes balance, the data's term is a share of each of the other two.
    wanted, plain = np.log(target - law.floor(sparse)), np.log(law.a * (1 + law.alpha / law.beta))
    mixed = np.log(law.d * (1 + law.gamma / law.beta)) - law.delta * np.log1p(-sparse)

    def too_small(x: Floats, mixed: Floats, wanted: Floats) -> Floats:
        return np.asarray(np.logaddexp(plain - law.alpha * x, mixed - law.gamma * x) - wanted)

    alone = np.maximum((plain - wanted) / law.alpha, (mixed - wanted) / law.gamma)
    wide = np.log(2.0) / min(law.alpha, law.gamma)
    x = roots.falling(too_small, alone, alone + wide, mixed, wanted)
    return _allocation(law, np.exp(x), _tokens_for(law, x, sparse), sparse, 1.0 - sparse)


def compute_multiplier(law: SparseLaw, compute: ArrayLike, idle: ArrayLike) -> Floats:
    """Return how many times more compute a dense model needs for the same loss, both optimal.

    Parameters
    ----------
    law : SparseLaw
        Loss surface, nats per token.
    compute : array_like
        FLOP of the mixture, > 0 and finite.
    idle : array_like
        Its sparsity S, 0 <= S < 1, broadcast against `compute`.

    Returns
    -------
    numpy.ndarray
        Dimensionless, of the broadcast shape; infinity where the dense floor lies above the loss.
        Follows from `optimal` and `for_loss`.

    Raises
    ------
    ValueError
        If compute is not positive and finite, or a sparsity is outside 0 <= S < 1.

    Examples
    --------
    >>> from scalinglaws import published
    >>> compute_multiplier(published["abnar2025"], 1e20, [0, 7 / 8, 31 / 32]).round(2)
    array([1.  , 4.18, 8.52])
    """
    best = optimal(law, compute, idle)
    within = best.loss > law.floor(0.0)
    dense = for_loss(law, np.where(within, best.loss, law.floor(0.0) + 1.0), 0.0)
    return np.asarray(np.where(within, dense.compute / best.compute, np.inf))[()]


def over_training_penalty(
    law: SparseLaw, compute: ArrayLike, idle: ArrayLike, ratio: ArrayLike
) -> Floats:
    """Compute multiplier lost by training a mixture at `ratio` times its optimal D / N_a.

    Unlike that of a law with one term of size, it depends on the budget.

    Parameters
    ----------
    law : SparseLaw
        Loss surface, nats per token.
    compute : array_like
        FLOP, > 0 and finite.
    idle : array_like
        Sparsity S, 0 <= S < 1.
    ratio : array_like
        k, dimensionless, > 0; the three broadcast.

    Returns
    -------
    numpy.ndarray
        m >= 1, dimensionless, of the broadcast shape: `compute` over that of the cheapest run with
        the same loss. Follows from `optimal` and `for_loss`.

    Raises
    ------
    ValueError
        If an input is out of its range.

    Examples
    --------
    >>> from scalinglaws import published
    >>> over_training_penalty(published["abnar2025"], 1e20, 7 / 8, [0.2, 1, 5]).round(2)
    array([1.23, 1.  , 1.21])
    """
    best, factor = optimal(law, compute, idle), positive(ratio, "ratio")
    target = law.loss(best.params * factor**-0.5, best.tokens * factor**0.5, idle)
    penalty: Floats = best.compute / for_loss(law, target, idle).compute
    return penalty


def scaled_ratio(
    ratio: ArrayLike, growth: ArrayLike, compute: ArrayLike, reference: ArrayLike
) -> Floats:
    """Return an optimal ratio of tokens to parameters, carried to another budget.

    Parameters
    ----------
    ratio : array_like
        Tokens per parameter at `reference` FLOP, > 0.
    growth : array_like
        Factor of the ratio for each 1000x of compute, > 0.
    compute, reference : array_like
        FLOP, > 0; all four broadcast.

    Returns
    -------
    numpy.ndarray
        Tokens per parameter at `compute` FLOP: ratio growth^(log10(compute / reference) / 3).

    Raises
    ------
    ValueError
        If any input is not positive.

    Notes
    -----
    The form is that of a comment by Vladimir Nesov on harsimony 2025: for Llama 3, 37 at 4e25 FLOP
    and 1.5x for every 1000x of compute.

    Examples
    --------
    >>> scaled_ratio(37, 1.5, [4e25, 4e28], reference=4e25).round(1)
    array([37. , 55.5])
    """
    exponent = np.log10(positive(growth, "growth")) / 3
    budgets = positive(compute, "compute"), positive(reference, "reference")
    return carried(positive(ratio, "ratio"), *budgets, exponent)


def carried(ratio: Floats, compute: Floats, reference: Floats, exponent: Floats) -> Floats:
    """Return a ratio that grows as a power of compute: ratio (compute / reference)^exponent.

    The formula of `scaled_ratio`, stated with operators alone, which a browser computes alike.

    Parameters
    ----------
    ratio : float or numpy.ndarray
        At the compute `reference`, > 0.
    compute, reference : float or numpy.ndarray
        FLOP, > 0.
    exponent : float or numpy.ndarray
        Of compute.

    Returns
    -------
    float or numpy.ndarray
        In the unit of `ratio`.

    Examples
    --------
    >>> carried(37.0, 4e27, 4e25, 0.5)
    370.0
    """
    return ratio * (compute / reference) ** exponent


def trained_ratio(compute: Floats, active: Floats) -> Floats:
    """Return the tokens per active parameter that a budget affords: C / (6 N_a^2).

    Parameters
    ----------
    compute : float or numpy.ndarray
        FLOP, > 0.
    active : float or numpy.ndarray
        Active parameters, > 0, broadcast against `compute`.

    Returns
    -------
    float or numpy.ndarray
        D / N_a, of the broadcast shape (closed form, from C = 6 N_a D); stated with operators
        alone, which a browser computes alike.

    Examples
    --------
    >>> round(trained_ratio(2e25, 260e9), 1)
    49.3
    """
    return compute / (6 * active**2)


def spend(compute: ArrayLike, tokens_per_param: ArrayLike) -> tuple[Floats, Floats]:
    """Return the active parameters and tokens that use up `compute` at a given ratio.

    Parameters
    ----------
    compute : array_like
        FLOP, > 0.
    tokens_per_param : array_like
        D over the active parameters, > 0, broadcast against `compute`.

    Returns
    -------
    active, tokens : numpy.ndarray
        N_a = sqrt(C / (6 r)) and D = sqrt(C r / 6) at r tokens per parameter, of the broadcast
        shape (closed form, from C = 6 N_a D).

    Raises
    ------
    ValueError
        If any input is not positive.

    Examples
    --------
    Chinchilla, at 20 tokens per parameter:

    >>> [f"{each:.3g}" for each in spend(5.88e23, 20)]
    ['7e+10', '1.4e+12']
    """
    product = positive(compute, "compute") / FLOP_PER_PARAM_TOKEN
    ratio = positive(tokens_per_param, "tokens_per_param")
    return np.sqrt(product / ratio), np.sqrt(product * ratio)


def _tokens_for(law: SparseLaw, log_params: Floats, sparse: Floats) -> Floats:
    """Return the tokens for which a size is compute-optimal: where the slopes balance."""
    plain = np.log(law.alpha * law.a) - law.alpha * log_params
    mixed = np.log(law.gamma * law.d) - law.delta * np.log1p(-sparse) - law.gamma * log_params
    balance = np.log(law.beta * law.b) - np.logaddexp(plain, mixed)
    return np.asarray(np.exp(balance / law.beta))


def _allocation(
    law: SparseLaw, params: Floats, tokens: Floats, sparse: Floats, share: Floats
) -> SparseAllocation:
    active = share * params
    return SparseAllocation(
        compute=(FLOP_PER_PARAM_TOKEN * active * tokens)[()],
        params=params[()],
        active=active[()],
        tokens=tokens[()],
        loss=law.loss(params, tokens, sparse),
        tokens_per_param=(tokens / active)[()],
    )
