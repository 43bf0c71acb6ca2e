"""Two networks that read a string of digits and predict the symbol that follows.

Both are functions of a dictionary of arrays, as JAX has it; a shape says how many there are. Size
is one number, the width, so that a grid of sizes is a grid of widths.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from scalebook.errors import ScalebookError
from scalebook.laboratory.source import Ints
from scalinglaws.units import Floats

Weights = Mapping[str, Any]

#: Blocks of the transformer.
LAYERS = 2


@dataclass(frozen=True)
class Network:
    """The shape of a learner.

    Parameters
    ----------
    kind : str
        ``perceptron``, embedded digits and two hidden layers; or ``transformer``, a decoder of two
        blocks over the digits as Radford et al. 2019 have it, with root-mean-square norms.
    width : int
        Units of a hidden layer, or of the residual stream; at least 2.
    base, depth, symbols : int
        Digits that there are, length of a string, symbols to choose from.

    Raises
    ------
    ScalebookError
        If there is no such kind, or the width is below 2.
    """

    kind: str
    width: int
    base: int = 16
    depth: int = 3
    symbols: int = 16

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ScalebookError(
                f"There is no learner '{self.kind}'. Choose one of {', '.join(KINDS)}."
            )
        if self.width < 2:
            raise ScalebookError(f"A width of {self.width} was given; expected at least 2.")

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Return the shape of each array of weights, embeddings first."""
        w, half = self.width, self.width // 2
        if self.kind == "perceptron":
            return {
                "embedding": (self.depth, self.base, half),
                "first": (self.depth * half, w), "first_bias": (w,),
                "second": (w, w), "second_bias": (w,),
                "last": (w, self.symbols), "last_bias": (self.symbols,),
            }  # fmt: skip
        return {
            "embedding": (self.base, w), "embedding_place": (self.depth, w),
            "norm": (2 * LAYERS + 1, w),
            "attend": (LAYERS, w, 3 * w), "join": (LAYERS, w, w),
            "widen": (LAYERS, w, 4 * w), "narrow": (LAYERS, 4 * w, w),
            "last": (w, self.symbols),
        }  # fmt: skip

    @property
    def params(self) -> int:
        """Number of parameters, all counted."""
        return sum(int(np.prod(shape)) for shape in self.shapes().values())

    @property
    def params_no_embed(self) -> int:
        """Number of parameters without the embeddings of digits and places."""
        own = self.shapes()
        return self.params - sum(int(np.prod(own[n])) for n in own if n.startswith("embedding"))

    @property
    def flop_per_token(self) -> int:
        """FLOP of one training step per symbol learned: three times a forward pass.

        A forward pass takes two for each weight of a matrix and digit that it is applied to, and
        in attention two products of depth x depth x width a block. Norms, biases, activations and
        the optimiser are left out.
        """
        own = self.shapes()
        if self.kind == "perceptron":
            forward = 2 * sum(int(np.prod(own[n])) for n in ("first", "second", "last"))
        else:
            matrices = sum(int(np.prod(own[n])) for n in ("attend", "join", "widen", "narrow"))
            attention = 2 * LAYERS * self.depth**2 * self.width
            forward = 2 * (self.depth * matrices + attention + int(np.prod(own["last"])))
        return 3 * forward

    def start(self, rng: np.random.Generator) -> dict[str, NDArray[np.float32]]:
        """Return weights to start from: normal, of variance 1 / inputs; the last ones zero.

        A new network so gives every symbol the same probability.
        """
        weights = {}
        for name, shape in self.shapes().items():
            if name.startswith("last") or name.endswith("bias"):
                drawn = np.zeros(shape)
            elif name == "norm":
                drawn = np.ones(shape)
            else:
                inputs = 1 if name.startswith("embedding") else shape[-2]
                drawn = rng.standard_normal(shape) / np.sqrt(inputs)
            weights[name] = drawn.astype(np.float32)
        return weights

    def scores(self, weights: Weights, digits: Any) -> Any:
        """Return the unnormalised logarithms of the predictions, shape (strings, symbols).

        Parameters
        ----------
        weights : mapping of str to array
        digits : array of int, shape (strings, depth)
        """
        return KINDS[self.kind](self, weights, jax.nn.one_hot(digits, self.base))


def _perceptron(network: Network, weights: Weights, digits: Any) -> Any:
    x = jnp.einsum("spb,pbe->spe", digits, weights["embedding"]).reshape(len(digits), -1)
    for layer in ("first", "second"):
        x = jax.nn.silu(x @ weights[layer] + weights[f"{layer}_bias"])
    return x @ weights["last"] + weights["last_bias"]


def _transformer(network: Network, weights: Weights, digits: Any) -> Any:
    x = digits @ weights["embedding"] + weights["embedding_place"]
    for layer in range(LAYERS):
        x = x + _attention(network, weights, layer, _normed(x, weights["norm"][2 * layer]))
        inner = _normed(x, weights["norm"][2 * layer + 1]) @ weights["widen"][layer]
        x = x + jax.nn.silu(inner) @ weights["narrow"][layer]
    return _normed(x[:, -1], weights["norm"][-1]) @ weights["last"]


def _attention(network: Network, weights: Weights, layer: int, x: Any) -> Any:
    heads = max(1, network.width // 8) if network.width % 8 == 0 else 1
    parts = (x @ weights["attend"][layer]).reshape(*x.shape[:2], 3, heads, -1)
    query, key, value = parts[:, :, 0], parts[:, :, 1], parts[:, :, 2]
    joined = jax.nn.dot_product_attention(query, key, value, is_causal=True)
    return joined.reshape(x.shape) @ weights["join"][layer]


def _normed(x: Any, gain: Any) -> Any:
    return gain * x * jax.lax.rsqrt(jnp.mean(x * x, axis=-1, keepdims=True) + 1e-6)


KINDS: dict[str, Callable[[Network, Weights, Any], Any]] = {
    "perceptron": _perceptron,
    "transformer": _transformer,
}


def predictions(network: Network, weights: Weights, digits: Ints) -> Floats:
    """Return the logarithms of the predicted probabilities, in double precision.

    Parameters
    ----------
    network : Network
    weights : mapping of str to array, with a leading axis of K networks
    digits : numpy.ndarray of int, shape (strings, depth)

    Returns
    -------
    numpy.ndarray, shape (K, strings, symbols)
    """
    scores = np.asarray(_all_scores(network, weights, digits), dtype=np.float64)
    scores -= scores.max(axis=-1, keepdims=True)
    return np.asarray(scores - np.log(np.exp(scores).sum(axis=-1, keepdims=True)))


_all_scores = jax.jit(
    lambda network, weights, digits: jax.vmap(network.scores, (0, None))(weights, digits),
    static_argnums=0,
)
