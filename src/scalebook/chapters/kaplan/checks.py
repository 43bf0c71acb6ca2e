"""What is said about Kaplan et al. 2020 and about GPT-3, worked out from printed constants."""

import math

import numpy as np
from scipy import optimize

from scalebook.chapters.common import printed
from scalebook.chapters.kaplan.steps import kaplan
from scalinglaws import reading
from scalinglaws.laws import JointLaw
from scalinglaws.registry import published_model
from scalinglaws.units import training_flop

#: Models of Table A4 of Hoffmann et al.: those whose count is furthest from 6ND, and the smallest.
TABLE_A4 = ("73M", "305M", "6.8B")


def near_convergence() -> dict[str, float]:
    """Compare compute-efficient training with training to near convergence (Appendix B.3).

    Returns
    -------
    dict
        ``excess``, how far above the converged loss efficient training stops (alpha_N / alpha_S);
        ``steps``, ``params`` and ``compute`` of efficient training over those of training to 2%
        above it, for one loss (Eqs B.12 to B.14). The exponents are those of L(N, S), Table 3.
    """
    alpha_N, alpha_S = (kaplan(f"table3.{name}") for name in ("alpha_N", "alpha_S"))
    excess, usual = alpha_N / alpha_S, kaplan("near_convergence")
    params = ((1 + excess) / (1 + usual)) ** (1 / alpha_N)
    steps = ((1 + 1 / excess) / (1 + 1 / usual)) ** (1 / alpha_S)
    return {"excess": excess, "steps": steps, "params": params, "compute": params * steps}


def excess_compute(size: float) -> float:
    """Return the compute for a loss with a model of another size than the best (Eq B.16).

    Parameters
    ----------
    size : float
        Its parameters over those of the best, > 0.

    Returns
    -------
    float
        Over the compute of the best size; infinite for models too small for the loss.
    """
    alpha_N, alpha_S = (kaplan(f"table3.{name}") for name in ("alpha_N", "alpha_S"))
    left = 1 + alpha_S / alpha_N * (1 - size**-alpha_N)
    return float(size * left ** (-1 / alpha_S)) if left > 0 else math.inf


def sizes_within(compute: float) -> tuple[float, float]:
    """Return the smallest and the largest size, over the best, that take so much more compute."""
    least, most = (
        optimize.brentq(lambda size: excess_compute(np.exp(size)) - compute, *ends)
        for ends in ((-1.0, 0.0), (0.0, 5.0))
    )
    return math.exp(least), math.exp(most)


def orders() -> dict[str, float]:
    """Return over how many orders of magnitude Kaplan et al. measured, and how far GPT-3 went on.

    ``params`` and ``tokens`` are between the sizes that the paper prints, ``compute`` over the
    range in which Pearce and Song 2024 repeat its runs, ``beyond`` from its largest run of the
    usual length to GPT-3.
    """
    compute = [printed(f"pearce2024.flop.log10_{end}") for end in ("smallest", "largest")]
    longest = kaplan("run.steps") * kaplan("run.batch")
    largest = float(training_flop(kaplan("params_largest"), longest))
    return {
        "params": math.log10(kaplan("params_largest") / kaplan("params_smallest")),
        "tokens": math.log10(kaplan("webtext2.tokens") / kaplan("tokens_smallest")),
        "compute": compute[1] - compute[0],
        "beyond": math.log10(published_model("GPT-3").flop / largest),
    }


def gpt3_loss() -> float:
    """Return GPT-3's loss at the end of its training, read off a figure; nats per token."""
    runs = reading.read_runs("brown2020_final")
    return float(runs.loss[np.argmax(runs.params)])


def appendix_f(embeddings: bool, vocabulary: int = 32_000, context: int = 2048) -> dict[str, float]:
    """Count FLOP as Appendix F of Hoffmann et al. does, over 6ND, by model of Table A4.

    Parameters
    ----------
    embeddings : bool
        Whether to count the products with the matrices of the vocabulary at both ends of the
        model, which the appendix lists. Its printed ratios follow only without them.
    vocabulary, context : int
        Tokens; the paper prints neither. Its smallest model has room for 32,000.
    """
    found = {}
    for name in TABLE_A4:
        keys = ("params", "n_layer", "d_model", "n_head")
        size, layers, width, heads = (printed(f"hoffmann2022.a4.{name}.{key}") for key in keys)
        attention = 8 * width**2 + 4 * context * width + 3 * heads * context
        ends = 4 * vocabulary * width if embeddings else 0.0
        # Forward, and twice that back; the feed-forward layer is four times as wide as the model.
        found[name] = 3 * (layers * (attention + 16 * width**2) + ends) / (6 * size)
    return found


def attention_takes_over(gated: bool) -> float:
    """Return the context, in widths, beyond which attention costs more than all else in a layer.

    With attention as wide as the model, over the whole context, and a feed-forward layer four
    times as wide: of two matrices, or of three where it is gated. Derived from the shapes: per
    token, 2 x 2 T D for the context and 2 (4 + 8 or 12) D^2 for the matrices.

    Examples
    --------
    >>> attention_takes_over(gated=True), attention_takes_over(gated=False)
    (8.0, 6.0)
    """
    return (4 + (12 if gated else 8)) / 2.0


def tokens_within(law: JointLaw) -> float:
    """Return the tokens, over a power of the size, that avoid overfitting (Eq 4.4).

    Eq 4.3 solved for D: D = D_c / ((N_c / N)^x ((1 + e)^(1/alpha_D) - 1)), x = alpha_N/alpha_D,
    with e how far the loss may be above that of endless data.
    """
    size = float(law.terms(1.0, 1.0)[0])
    above = (1 + kaplan("overfitting.threshold")) ** (1 / float(law.alpha_D)) - 1
    return float(law.D_c / (size * above))
