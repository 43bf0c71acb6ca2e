"""The shape of a transformer, and the parameters and FLOP that follow from it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from scalinglaws.units import Floats, positive

BACKWARD_PER_FORWARD = 2.0
"""FLOP of the backward pass per FLOP of the forward pass (Kaplan et al. 2020, Section 2.1)."""


@dataclass(frozen=True)
class Shape:
    """A transformer with attention as wide as the model and a feed-forward layer four times that.

    Parameters
    ----------
    n_layer : int
        Layers.
    d_model : int
        Width of the residual stream.
    n_ctx : int
        Tokens in the context.
    """

    n_layer: int
    d_model: int
    n_ctx: int

    @property
    def params(self) -> float:
        """Parameters without embeddings, 12 n_layer d_model^2 (Kaplan et al. 2020, Eq 2.1)."""
        return 12.0 * self.n_layer * self.d_model**2

    @property
    def attention_flop(self) -> float:
        """Forward FLOP per token that depend on the context, 2 n_layer n_ctx d_model.

        Kaplan et al. 2020, Eq 2.2, where every token attends to all of the context; causal or
        sparse attention costs less.
        """
        return 2.0 * self.n_layer * self.n_ctx * self.d_model

    def attention_share(self, params: ArrayLike | None = None) -> Floats:
        """Return the context-dependent FLOP as a share of 2 N.

        Parameters
        ----------
        params : array_like, optional
            Model size N to divide by; `self.params` unless given.
        """
        size = positive(self.params if params is None else params, "params")
        return np.float64(self.attention_flop) / (2.0 * size)

    def training_flop(self, tokens: ArrayLike, params: ArrayLike | None = None) -> Floats:
        """Return 3 (2 N + 2 n_layer n_ctx d_model) D: 6 N D and the attention that it leaves out.

        Parameters
        ----------
        tokens : array_like
            Training tokens D.
        params : array_like, optional
            Model size N; `self.params` unless given.

        Raises
        ------
        ValueError
            If any input is not positive.
        """
        size = positive(self.params if params is None else params, "params")
        forward = 2.0 * size + self.attention_flop
        return (1.0 + BACKWARD_PER_FORWARD) * forward * positive(tokens, "tokens")
