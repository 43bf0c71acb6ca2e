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
        Layers, > 0.
    d_model : int
        Width of the residual stream, > 0.
    n_ctx : int
        Tokens in the context, > 0.

    Examples
    --------
    GPT-3 (Brown et al. 2020, Table 2.1), 174.6 billion parameters with its embeddings (Table D.1):

    >>> gpt3 = Shape(n_layer=96, d_model=12288, n_ctx=2048)
    >>> f"{gpt3.params:.4g} parameters, {gpt3.attention_flop:.3g} FLOP per token for the context"
    '1.739e+11 parameters, 4.83e+09 FLOP per token for the context'
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

        By Kaplan et al. 2020, Eqs 2.1 and 2.2, it is n_ctx / (12 d_model) for the shape's own size.

        Parameters
        ----------
        params : array_like, optional
            Model size N to divide by, > 0; `self.params` unless given.

        Returns
        -------
        numpy.ndarray
            Dimensionless, of the shape of `params`.

        Raises
        ------
        ValueError
            If any size is not positive.

        Examples
        --------
        >>> float(Shape(n_layer=6, d_model=100, n_ctx=1200).attention_share())
        1.0
        >>> round(float(Shape(n_layer=96, d_model=12288, n_ctx=2048).attention_share()), 3)
        0.014
        """
        size = positive(self.params if params is None else params, "params")
        return np.float64(self.attention_flop) / (2.0 * size)

    def training_flop(self, tokens: ArrayLike, params: ArrayLike | None = None) -> Floats:
        """Return 3 (2 N + 2 n_layer n_ctx d_model) D: 6 N D and the attention that it leaves out.

        The forward pass is that of Kaplan et al. 2020, Eq 2.2; the factor 3 adds the backward pass.

        Parameters
        ----------
        tokens : array_like
            Training tokens D, > 0.
        params : array_like, optional
            Model size N, > 0, broadcast against `tokens`; `self.params` unless given.

        Returns
        -------
        numpy.ndarray
            FLOP, of the broadcast shape.

        Raises
        ------
        ValueError
            If any input is not positive.

        Examples
        --------
        GPT-3's 300 billion tokens, against 6 N D:

        >>> gpt3 = Shape(n_layer=96, d_model=12288, n_ctx=2048)
        >>> f"{gpt3.training_flop(300e9):.3g}, {6 * gpt3.params * 300e9:.3g}"
        '3.17e+23, 3.13e+23'
        """
        size = positive(self.params if params is None else params, "params")
        forward = 2.0 * size + self.attention_flop
        return (1.0 + BACKWARD_PER_FORWARD) * forward * positive(tokens, "tokens")
