"""Scaling laws of language models: fit them to training runs, judge them, extrapolate them.

What stands at this level is the interface; everything else may move. Quantities are `params` N,
`tokens` D, `compute` C or `flop` in FLOP, and `loss` in nats per token.

Examples
--------
>>> import scalinglaws as sl
>>> best = sl.optimal(sl.published["besiroglu2024"], compute=1e24)
>>> sl.format_quantity(best.params), sl.format_quantity(best.tokens), round(float(best.loss), 3)
('95.9B', '1.74T', 1.96)
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scalinglaws.errors import ScalingLawsError as ScalingLawsError
    from scalinglaws.fitting import HUBER as HUBER
    from scalinglaws.fitting import LAD as LAD
    from scalinglaws.fitting import MSE as MSE
    from scalinglaws.fitting import Bootstrap as Bootstrap
    from scalinglaws.fitting import ErrorModel as ErrorModel
    from scalinglaws.fitting import Fit as Fit
    from scalinglaws.fitting import bootstrap as bootstrap
    from scalinglaws.fitting import fit as fit
    from scalinglaws.fitting import interval as interval
    from scalinglaws.fitting import prediction_interval as prediction_interval
    from scalinglaws.information.rates import Rate as Rate
    from scalinglaws.information.rates import Text as Text
    from scalinglaws.laws import Decay as Decay
    from scalinglaws.laws import JointLaw as JointLaw
    from scalinglaws.laws import ParametricLaw as ParametricLaw
    from scalinglaws.laws import PowerAllocation as PowerAllocation
    from scalinglaws.laws import PowerLaw as PowerLaw
    from scalinglaws.laws import SparseLaw as SparseLaw
    from scalinglaws.optimum.dense import Allocation as Allocation
    from scalinglaws.optimum.dense import for_loss as for_loss
    from scalinglaws.optimum.dense import given_params as given_params
    from scalinglaws.optimum.dense import given_tokens as given_tokens
    from scalinglaws.optimum.dense import isoflop_loss as isoflop_loss
    from scalinglaws.optimum.dense import optimal as optimal
    from scalinglaws.optimum.machine import Machine as Machine
    from scalinglaws.optimum.overtraining import over_training_penalty as over_training_penalty
    from scalinglaws.prediction.design import next_runs as next_runs
    from scalinglaws.prediction.methods import compare as compare
    from scalinglaws.prediction.simulation import Laboratory as Laboratory
    from scalinglaws.prediction.simulation import simulate as simulate
    from scalinglaws.prediction.survey import describe as describe
    from scalinglaws.reading import read_runs as read_runs
    from scalinglaws.registry import law_constants as law_constants
    from scalinglaws.registry import law_names as law_names
    from scalinglaws.registry import printed as printed
    from scalinglaws.registry import published as published
    from scalinglaws.registry import published_model as published_model
    from scalinglaws.runs import Runs as Runs
    from scalinglaws.supply.uncertain import Distribution as Distribution
    from scalinglaws.units import bits_to_nats as bits_to_nats
    from scalinglaws.units import format_quantity as format_quantity
    from scalinglaws.units import nats_to_bits as nats_to_bits
    from scalinglaws.units import params_from_flop as params_from_flop
    from scalinglaws.units import parse_quantity as parse_quantity
    from scalinglaws.units import perplexity as perplexity
    from scalinglaws.units import tokens_from_flop as tokens_from_flop
    from scalinglaws.units import training_flop as training_flop

__version__ = "0.1.0"

# Where each name is defined; it is imported when it is first asked for, so that a program that
# reads numbers does not wait for the fits.
_HOMES = {
    "errors": "ScalingLawsError",
    "fitting": "HUBER LAD MSE Bootstrap ErrorModel Fit bootstrap fit interval prediction_interval",
    "information.rates": "Rate Text",
    "laws": "Decay JointLaw ParametricLaw PowerAllocation PowerLaw SparseLaw",
    "optimum.dense": "Allocation for_loss given_params given_tokens isoflop_loss optimal",
    "optimum.machine": "Machine",
    "optimum.overtraining": "over_training_penalty",
    "prediction.design": "next_runs",
    "prediction.methods": "compare",
    "prediction.simulation": "Laboratory simulate",
    "prediction.survey": "describe",
    "reading": "read_runs",
    "registry": "law_constants law_names printed published published_model",
    "runs": "Runs",
    "supply.uncertain": "Distribution",
    "units": "bits_to_nats format_quantity nats_to_bits params_from_flop parse_quantity "
    "perplexity tokens_from_flop training_flop",
}
_HOME = {name: home for home, names in _HOMES.items() for name in names.split()}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
