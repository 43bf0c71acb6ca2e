"""Train networks of one shape side by side, each with its own seed and learning rate.

Adam (Kingma and Ba 2015) on fresh symbols, batch after batch; the rate rises linearly over the
first tenth of the steps and falls to zero as half a cosine does, matched to the length of the run
(Loshchilov and Hutter 2017; that it must be matched is Hoffmann et al. 2022, Appendix B).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from numpy.typing import NDArray

from scalebook.errors import ScalebookError
from scalebook.laboratory.extent import BATCH, WARM
from scalebook.laboratory.network import Network, Weights, predictions
from scalebook.laboratory.source import Source
from scalebook.laboratory.strings import Strings
from scalinglaws.units import Floats

#: Steps whose symbols are drawn at once.
_BLOCK = 256

jax.config.update("jax_default_matmul_precision", "highest")  # a GPU's short cut is not the CPU's
_ADAM = optax.scale_by_adam(b1=0.9, b2=0.99)


@dataclass(frozen=True)
class Stand:
    """Where networks stand after some steps.

    Attributes
    ----------
    steps : int
    weights : mapping of str to array, with a leading axis of K networks
    logs : numpy.ndarray, shape (K, contexts, symbols)
        Logarithms of what they predict, by rank of the context.
    """

    steps: int
    weights: Weights
    logs: Floats


def schedule(done: Any, total: Any) -> Any:
    """Return the share of the highest rate after a share `done / total` of the steps."""
    share = (done + 0.5) / total
    return jnp.minimum(
        share / WARM, 0.5 * (1 + jnp.cos(jnp.pi * jnp.maximum(share - WARM, 0) / (1 - WARM)))
    )


def train(
    network: Network,
    strings: Strings,
    seeds: Sequence[int],
    rates: Sequence[float],
    steps: int,
    marks: Sequence[int] = (),
    *,
    teachers: Sequence[Source] = (),
    targets: Floats | None = None,
    start: Weights | None = None,
    salt: int = 0,
) -> Iterator[Stand]:
    """Train K networks and say where they stand after each of `marks` steps, and at the end.

    Parameters
    ----------
    network : Network
    strings : Strings
        What the networks read, and what they learn unless there are teachers.
    seeds : sequence of int, length K
        Of the first weights and of the symbols drawn; those of other shapes, lengths or `salt` are
        drawn apart, so that no two runs share them.
    rates : sequence of float, length K
        Highest learning rates.
    steps : int
        Of `BATCH` symbols each.
    marks : sequence of int
        Numbers of steps, from 0.
    teachers : sequence of Source, length K, optional
        Who draws the symbols of each network; they have the contexts of `strings`.
    targets : numpy.ndarray, shape (K, contexts, symbols), optional
        Probabilities that the networks are to predict in place of the symbols drawn.
    start : mapping of str to array, optional
        Weights of K networks to go on from.
    salt : int

    Yields
    ------
    Stand

    Raises
    ------
    ScalebookError
        If there are no steps, a mark lies beyond them, a rate is not positive, or seeds and rates
        are not equally many.
    """
    _check(seeds, rates, steps, marks)
    sources = teachers or [strings.source] * len(seeds)
    streams = [
        np.random.default_rng([seed, network.width, steps, len(network.kind), salt])
        for seed in seeds
    ]
    fresh = [network.start(rng) for rng in streams]
    weights = start or {name: np.stack([each[name] for each in fresh]) for name in fresh[0]}
    # What is trained is given away with each call, and the caller's own weights are not.
    state = jax.tree.map(jnp.array, dict(weights))
    state = state, jax.vmap(_ADAM.init)(state)
    digits = jnp.asarray(strings.digits)
    wanted = None if targets is None else jnp.asarray(targets, dtype=jnp.float32)
    peak, done = jnp.asarray(rates, dtype=jnp.float32), 0
    for mark in sorted({*marks, steps}):
        while done < mark:
            if done % _BLOCK == 0:
                block = _drawn(sources, streams)
            last = min(mark, done - done % _BLOCK + _BLOCK)
            state = _advance(network, state, peak, block, digits, wanted, done, last, steps)
            done = last
        yield Stand(done, state[0], predictions(network, state[0], strings.digits))


def _check(seeds: Sequence[int], rates: Sequence[float], steps: int, marks: Sequence[int]) -> None:
    if steps < 1 or any(not 0 <= mark <= steps for mark in marks):
        raise ScalebookError(
            f"{steps} steps with marks at {list(marks)} were asked for; expected at least one step "
            "and no mark beyond the last."
        )
    if len(seeds) != len(rates) or not len(seeds):
        raise ScalebookError(
            f"{len(seeds)} seeds and {len(rates)} learning rates were given; expected one rate for "
            "each seed."
        )
    if any(not 0 < rate < np.inf for rate in rates):
        raise ScalebookError(
            f"Learning rates of {list(rates)} were given; expected positive numbers."
        )


def _drawn(
    sources: Sequence[Source], streams: Sequence[np.random.Generator]
) -> tuple[NDArray[np.int32], ...]:
    """Draw ranks and symbols of a block for each stream, each of shape (steps, K, batch)."""
    pairs = zip(sources, streams, strict=True)
    drawn = [source.draw(_BLOCK * BATCH, rng) for source, rng in pairs]
    return tuple(
        np.stack([each[part].reshape(_BLOCK, BATCH) for each in drawn], axis=1).astype(np.int32)
        for part in (0, 1)
    )


@partial(jax.jit, static_argnums=0, donate_argnums=1)
def _advance(
    network: Network, state: Any, peak: Any, block: Any, digits: Any, targets: Any,
    done: int, last: int, total: int,
) -> Any:  # fmt: skip
    """Take all networks from step `done` to step `last`, whose symbols are in one block."""

    def one(weights: Any, moments: Any, rate: Any, ranks: Any, symbols: Any, targets: Any) -> Any:
        wanted = jax.nn.one_hot(symbols, network.symbols) if targets is None else targets[ranks]
        slope = jax.grad(partial(missed, network))(weights, digits[ranks], wanted)
        change, moments = _ADAM.update(slope, moments)
        return jax.tree.map(lambda old, way: old - rate * way, weights, change), moments

    def step(number: Any, state: Any) -> Any:
        ranks, symbols = (part[number % _BLOCK] for part in block)
        rate = peak * schedule(number, total)
        ranks -= 1  # they start at 1
        weights, moments = state
        return jax.vmap(one)(weights, moments, rate, ranks, symbols, targets)

    return jax.lax.fori_loop(done, last, step, state)


def missed(network: Network, weights: Weights, digits: Any, wanted: Any) -> Any:
    """Return the mean cross-entropy of a batch, nats per symbol.

    Parameters
    ----------
    network : Network
    weights : mapping of str to array
    digits : array of int, shape (batch, depth)
    wanted : array, shape (batch, symbols)
        Probabilities to be predicted; of a symbol that was drawn, 1 for it and 0 for the others.
    """
    logs = jax.nn.log_softmax(network.scores(weights, digits))
    return -jnp.mean(jnp.sum(wanted * logs, axis=-1))
