"""Scaling laws of language models: fit them to training runs, judge them, extrapolate them.

Quantities are `params` N, `tokens` D, `compute` C or `flop` in FLOP, and `loss` in nats per token.
What is deeper than this level may move.

Examples
--------
>>> import scalinglaws as sl
>>> best = sl.published["besiroglu2024"].optimum(compute=1e24)
>>> sl.format_quantity(best.params), sl.format_quantity(best.tokens)
('95.9B', '1.74T')
>>> runs = sl.read_runs("hoffmann2022_runs").without_highest(5)
>>> fit = sl.fit(runs, form="chinchilla", error="huber")
>>> round(fit.law.E, 3), round(fit.law.alpha, 3), round(fit.law.beta, 3)
(1.817, 0.347, 0.367)
>>> boot = fit.bootstrap(100, seed=0)
>>> low, high = boot.interval("a")
>>> round(low, 2), round(high, 2)
(0.48, 0.55)
"""

from importlib import import_module
from threading import RLock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scalinglaws.balance import Allocation as Allocation
    from scalinglaws.catalogue import Table as Table
    from scalinglaws.catalogue import table as table
    from scalinglaws.catalogue import tables as tables
    from scalinglaws.errors import ScalingLawsError as ScalingLawsError
    from scalinglaws.fitting import FORMS as FORMS
    from scalinglaws.fitting import HUBER as HUBER
    from scalinglaws.fitting import LAD as LAD
    from scalinglaws.fitting import MSE as MSE
    from scalinglaws.fitting import VARPRO as VARPRO
    from scalinglaws.fitting import Bootstrap as Bootstrap
    from scalinglaws.fitting import ErrorModel as ErrorModel
    from scalinglaws.fitting import Fit as Fit
    from scalinglaws.fitting import Form as Form
    from scalinglaws.fitting import fit as fit
    from scalinglaws.fitting import interval as interval
    from scalinglaws.information.rates import BIT as BIT
    from scalinglaws.information.rates import BYTE as BYTE
    from scalinglaws.information.rates import CHARACTER as CHARACTER
    from scalinglaws.information.rates import NAT as NAT
    from scalinglaws.information.rates import TOKEN as TOKEN
    from scalinglaws.information.rates import WORD as WORD
    from scalinglaws.information.rates import Rate as Rate
    from scalinglaws.information.rates import Text as Text
    from scalinglaws.laws import Decay as Decay
    from scalinglaws.laws import GeneralLaw as GeneralLaw
    from scalinglaws.laws import JointLaw as JointLaw
    from scalinglaws.laws import ParametricLaw as ParametricLaw
    from scalinglaws.laws import PowerAllocation as PowerAllocation
    from scalinglaws.laws import PowerLaw as PowerLaw
    from scalinglaws.laws import SparseLaw as SparseLaw
    from scalinglaws.optimum.dense import for_loss as for_loss
    from scalinglaws.optimum.dense import given_params as given_params
    from scalinglaws.optimum.dense import given_tokens as given_tokens
    from scalinglaws.optimum.dense import optimal as optimal
    from scalinglaws.optimum.overtraining import over_training_penalty as over_training_penalty
    from scalinglaws.prediction.backtesting import Backtest as Backtest
    from scalinglaws.prediction.backtesting import backtest as backtest
    from scalinglaws.prediction.design import next_runs as next_runs
    from scalinglaws.prediction.forecast import Forecast as Forecast
    from scalinglaws.prediction.forecast import predict as predict
    from scalinglaws.prediction.methods import compare as compare
    from scalinglaws.prediction.simulation import Laboratory as Laboratory
    from scalinglaws.prediction.simulation import simulate as simulate
    from scalinglaws.prediction.survey import describe as describe
    from scalinglaws.reading import read_runs as read_runs
    from scalinglaws.registry import law_constants as law_constants
    from scalinglaws.registry import law_names as law_names
    from scalinglaws.registry import printed as printed
    from scalinglaws.registry import printed_keys as printed_keys
    from scalinglaws.registry import published as published
    from scalinglaws.registry import published_model as published_model
    from scalinglaws.runs import Runs as Runs
    from scalinglaws.supply.uncertain import Distribution as Distribution
    from scalinglaws.units import format_quantity as format_quantity
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
    "fitting": "FORMS HUBER LAD MSE VARPRO Bootstrap ErrorModel Fit Form fit interval",
    "information.rates": "BIT BYTE CHARACTER NAT TOKEN WORD Rate Text",
    "laws": "Decay GeneralLaw JointLaw ParametricLaw PowerAllocation PowerLaw SparseLaw",
    "balance": "Allocation",
    "optimum.dense": "for_loss given_params given_tokens optimal",
    "optimum.overtraining": "over_training_penalty",
    "prediction.backtesting": "Backtest backtest",
    "prediction.design": "next_runs",
    "prediction.forecast": "Forecast predict",
    "prediction.methods": "compare",
    "prediction.simulation": "Laboratory simulate",
    "prediction.survey": "describe",
    "reading": "read_runs",
    "registry": "law_constants law_names printed printed_keys published published_model",
    "runs": "Runs",
    "supply.uncertain": "Distribution",
    "catalogue": "Table table tables",
    "units": "format_quantity params_from_flop parse_quantity perplexity tokens_from_flop "
    "training_flop",
}
_HOME = {name: home for home, names in _HOMES.items() for name in names.split()}

__all__ = [
    "BIT",
    "BYTE",
    "CHARACTER",
    "FORMS",
    "HUBER",
    "LAD",
    "MSE",
    "NAT",
    "TOKEN",
    "VARPRO",
    "WORD",
    "Allocation",
    "Backtest",
    "Bootstrap",
    "Decay",
    "Distribution",
    "ErrorModel",
    "Fit",
    "Forecast",
    "Form",
    "GeneralLaw",
    "JointLaw",
    "Laboratory",
    "ParametricLaw",
    "PowerAllocation",
    "PowerLaw",
    "Rate",
    "Runs",
    "ScalingLawsError",
    "SparseLaw",
    "Table",
    "Text",
    "backtest",
    "compare",
    "describe",
    "fit",
    "for_loss",
    "format_quantity",
    "given_params",
    "given_tokens",
    "interval",
    "law_constants",
    "law_names",
    "next_runs",
    "optimal",
    "over_training_penalty",
    "params_from_flop",
    "parse_quantity",
    "perplexity",
    "predict",
    "printed",
    "printed_keys",
    "published",
    "published_model",
    "read_runs",
    "simulate",
    "table",
    "tables",
    "tokens_from_flop",
    "training_flop",
]

if not TYPE_CHECKING:  # to a type checker a name that is not listed is an error
    # Two threads that import the same modules from two ends would each find the other's half made.
    _LOCK = RLock()

    def __getattr__(name: str) -> object:
        if name not in _HOME:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        with _LOCK:
            value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
