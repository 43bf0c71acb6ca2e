"""What a law says of trained models and of budgets far away, as others have asked it to."""

import numpy as np

from scalebook.chapters.common import gpt3_line, printed
from scalinglaws import registry
from scalinglaws.laws import ParametricLaw, PowerLaw
from scalinglaws.units import Floats

#: The large models of 2020 to 2022, and those trained on some 300e9 tokens or fewer.
LARGE = ("GPT-3", "LaMDA", "Gopher", "Jurassic-1", "MT-NLG", "PaLM")
FEW_TOKENS = LARGE[:-1]


def _terms(law: ParametricLaw, name: str) -> tuple[Floats, Floats]:
    model = registry.published_model(name)
    size, data = law.terms(model.params, model.tokens)
    return np.asarray(size), np.asarray(data)


def size_term(law: ParametricLaw, name: str = "Gopher") -> Floats:
    """Return the most that a larger model could take off the loss, nats per token."""
    return _terms(law, name)[0]


def short_of_data(law: ParametricLaw) -> Floats:
    """Return the data's term less the size's, in the model of `LARGE` where it is least, nats."""
    terms = (_terms(law, name) for name in LARGE)
    return np.asarray(np.min([data - size for size, data in terms], axis=0))


def behind_chinchilla(law: ParametricLaw) -> Floats:
    """Return how far an endless model on the data of `FEW_TOKENS` stays above Chinchilla's loss.

    Of the model where it is least, nats per token; negative where it would beat Chinchilla.
    """
    size, data = _terms(law, "Chinchilla")
    endless = np.min([_terms(law, name)[1] for name in FEW_TOKENS], axis=0)
    return np.asarray(endless - (size + data))


def share_of_data(law: ParametricLaw, before: str = "Gopher", after: str = "PaLM") -> Floats:
    """Return the share of the loss taken off from one model to another that is the data's."""
    (size, data), (smaller, less) = _terms(law, before), _terms(law, after)
    return np.asarray((data - less) / (data - less + size - smaller))


def gains(law: ParametricLaw | PowerLaw, compute: float) -> tuple[Floats, Floats]:
    """Return what a first and a second factor of ten in compute take off the loss, nats."""
    losses = [_along(law, compute * factor) for factor in (1.0, 10.0, 100.0)]
    return losses[0] - losses[1], losses[1] - losses[2]


def bend(law: ParametricLaw | PowerLaw, low: float, high: float) -> Floats:
    """Return how far the loss departs from a straight line in the logarithm of compute.

    The largest departure from the line through both ends, as a share of the fall between them.
    """
    budgets = np.geomspace(low, high, 60)
    loss = np.array([_along(law, each) for each in budgets])
    way = np.linspace(0, 1, len(budgets)).reshape(-1, *[1] * (loss.ndim - 1))
    line = loss[0] + (loss[-1] - loss[0]) * way
    return np.asarray(np.abs(loss - line).max(axis=0) / (loss[0] - loss[-1]))


def _along(law: ParametricLaw | PowerLaw, compute: float) -> Floats:
    return np.asarray(
        law.loss(compute) if isinstance(law, PowerLaw) else law.optimum(compute=compute).loss
    )


def gpt3_times(loss: float) -> float:
    """Return by which factor GPT-3's compute must grow for its line to come down to a loss."""
    prefactor, exponent = gpt3_line()
    return float((prefactor / loss) ** (1 / exponent) / printed("brown2020.pf_days"))


def image_excess(params: float) -> float:
    """Return the loss above its floor of a model of 8 x 8 images, as a share of the loss.

    By the law of Henighan et al. (2020, Table 1).
    """
    scale, exponent = (printed(f"henighan2020.image_8x8.{name}") for name in ("N_c", "alpha_N"))
    above = (params / scale) ** -exponent
    return float(above / (printed("henighan2020.floor.image_8x8") + above))
