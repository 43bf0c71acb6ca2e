"""What papers printed, by name: laws with their constants, single figures, and models."""

import difflib
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from scalinglaws import datapackage
from scalinglaws.datapackage import Row, bundled, read_rows, require
from scalinglaws.errors import ScalingLawsError, UnknownName
from scalinglaws.laws import (
    Decay,
    JointLaw,
    Law,
    ParametricLaw,
    PowerAllocation,
    PowerLaw,
    SparseLaw,
)
from scalinglaws.units import PF_DAY


def law_names(form: str | None = None) -> tuple[str, ...]:
    """Return the names of the published laws, all or those of one form.

    Parameters
    ----------
    form : {"parametric", "power", "joint", "allocation", "decay", "sparse"}, optional
        Only laws of this form.

    Returns
    -------
    tuple of str
        In the order of ``data/laws.csv``; empty where no law has the form.

    Examples
    --------
    >>> law_names("decay")
    ('muennighoff2023-decay', 'muennighoff2023-geometric')
    """
    names = dict.fromkeys(row["law"] for row in bundled("laws"))
    return tuple(name for name in names if form is None or law_form(name) == form)


class Published(Mapping[str, Any]):
    """The published laws by name, each with the constants as printed.

    The name decides of which class of `laws` a law is; `of_kind` makes sure of one.

    Compute is in FLOP throughout, also for laws published in PF-days.

    Raises
    ------
    UnknownName
        Where a name is looked up that is not there; the message gives the nearest.

    Examples
    --------
    >>> published["besiroglu2024"]
    ParametricLaw(E=1.8172, A=482.01, B=2085.43, alpha=0.3478, beta=0.3658, name='besiroglu2024')
    >>> published["hofmann2022"]
    Traceback (most recent call last):
    scalinglaws.errors.UnknownName: There is no law 'hofmann2022'. Did you mean 'hoffmann2022'?
    >>> len(published) == len(law_names())
    True
    """

    def __getitem__(self, name: str) -> Any:
        return _law(name)

    def __iter__(self) -> Iterator[str]:
        return iter(law_names())

    def __len__(self) -> int:
        return len(law_names())

    def __repr__(self) -> str:
        return f"<{len(self)} published laws: {', '.join(self)}>"


AnyLaw = TypeVar("AnyLaw", bound=Law)

published = Published()
"""The published laws by name."""


@cache
def _law(name: str) -> Law:
    constants = {
        constant.symbol: (constant.value, constant.unit)
        for constant in law_constants(name).values()
    }
    return replace(_BUILDERS[law_form(name)](constants), name=name)


def of_kind(name: str, kind: type[AnyLaw]) -> AnyLaw:
    """Return a published law by name that must be of a certain kind.

    Parameters
    ----------
    name : str
        One of ``law_names()``.
    kind : type
        A class of `laws`.

    Returns
    -------
    Law
        Of that kind, with the constants as printed.

    Raises
    ------
    UnknownName
        If there is no such law; the message gives the nearest.
    ScalingLawsError
        If it is of another kind.

    Examples
    --------
    >>> of_kind("llama3", PowerAllocation).b
    0.53
    """
    law = published[name]
    if not isinstance(law, kind):
        raise ScalingLawsError(
            f"{name} is a law of the kind {type(law).__name__}; expected {kind.__name__}."
        )
    return law


def parametric(name: str) -> ParametricLaw:
    """Return a published law by name that must be of the form E + A / N^alpha + B / D^beta.

    Parameters
    ----------
    name : str
        One of ``law_names("parametric")``.

    Returns
    -------
    ParametricLaw
        With the constants as printed.

    Raises
    ------
    UnknownName
        If there is no such law; the message gives the nearest.
    ScalingLawsError
        If it is of another form.

    Examples
    --------
    >>> parametric("hoffmann2022-printed").A
    406.4
    """
    law = published[name]
    if not isinstance(law, ParametricLaw):
        raise ScalingLawsError(
            f"{name} is not a law of the form E + A/N^alpha + B/D^beta. "
            f"Choose one of {', '.join(law_names('parametric'))}."
        )
    return law


_Constants = Mapping[str, tuple[float, str]]


def _parametric(constants: _Constants) -> Law:
    values = {}
    for symbol, (value, _) in constants.items():
        # Hoffmann et al. give the logarithms of E, A and B.
        values[symbol.removeprefix("ln_")] = math.exp(value) if symbol[:3] == "ln_" else value
    return ParametricLaw(values["E"], values["A"], values["B"], values["alpha"], values["beta"])


def _power(constants: _Constants) -> Law:
    exponent = next(value for symbol, (value, _) in constants.items() if symbol.startswith("alpha"))
    scale, unit = next(both for symbol, both in constants.items() if not symbol.startswith("alpha"))
    return PowerLaw(exponent, scale * _flop_per(unit))


def _joint(constants: _Constants) -> Law:
    values = {symbol: value for symbol, (value, _) in constants.items()}
    return JointLaw(values["alpha_N"], values["alpha_D"], values["N_c"], values["D_c"])


def _allocation(constants: _Constants) -> Law:
    values = {symbol: value for symbol, (value, _) in constants.items()}
    # Where one exponent is published, the other follows from compute being proportional to N D.
    b = values["b"]
    a = values.get("a", 1.0 - b)
    # A prefactor's unit names the compute it holds for: "tokens at 1 PF-day".
    units = {unit.partition(" at 1 ")[2] for _, unit in constants.values()} - {""}
    compute_unit = _flop_per(units.pop()) if units else 1.0
    return PowerAllocation(a, b, values.get("N_e"), values.get("D_e"), compute_unit)


def _decay(constants: _Constants) -> Law:
    values = {symbol: value for symbol, (value, _) in constants.items()}
    if "R_D" in values:
        return Decay(values["R_D"], values["R_N"], "saturating")
    return Decay(values["delta_D"], values["delta_N"], "geometric")


def _sparse(constants: _Constants) -> Law:
    v = {symbol: value for symbol, (value, _) in constants.items()}
    exponents = (v["alpha"], v["beta"], v["lambda"], v["delta"], v["gamma"])
    return SparseLaw(v["a"], v["b"], v["c"], v["d"], v["e"], *exponents)


def _flop_per(unit: str) -> float:
    return PF_DAY if unit == "PF-day" else 1.0


_BUILDERS = {
    "parametric": _parametric,
    "power": _power,
    "joint": _joint,
    "allocation": _allocation,
    "decay": _decay,
    "sparse": _sparse,
}


@dataclass(frozen=True)
class Constant:
    """One constant of a published law, a row of ``data/laws.csv``.

    Parameters
    ----------
    symbol : str
        The constant; ``ln_X`` is the natural logarithm of X.
    value, standard_error : float
        As printed, in `unit`; NaN for a standard error that the source does not give.
    unit : str
        ``1`` where there is none. That of a prefactor names the compute that it holds for.
    source, where : str
        Key of the reference, and the equation, table or section in it.
    certainty : {"read", "two-readings", "one-reading", "memory", "computed"}
        Read in the source itself, quoted alike by two or more other texts, quoted by one, unchecked
        or computed from other printed figures.
    note : str
        What to know before using it.

    Examples
    --------
    >>> beta = law_constants("besiroglu2024")["beta"]
    >>> beta.value, beta.standard_error, beta.source, beta.where
    (0.3658, 0.02, 'besiroglu2024', 'Table 1')
    """

    symbol: str
    value: float
    standard_error: float
    unit: str
    source: str
    where: str
    certainty: str
    note: str


@dataclass(frozen=True)
class Printed:
    """One printed figure, a row of ``data/published.csv``.

    Parameters
    ----------
    key : str
        Dotted name: source, quantity, variant.
    value : float
        As printed, in `unit`; for a bound, the bound.
    low, high, level : float
        Interval in `unit` and its coverage, 0 to 1; NaN where the source gives none.
    unit : str
        ``1`` where there is none.
    source, where, certainty, note : str
        As of a `Constant`.

    Examples
    --------
    >>> a = printed("hoffmann2022.approach2.a")
    >>> a.value, a.low, a.high, a.level
    (0.49, 0.462, 0.534, 0.8)
    """

    key: str
    value: float
    low: float
    high: float
    level: float
    unit: str
    source: str
    where: str
    certainty: str
    note: str


@dataclass(frozen=True)
class Model:
    """One published model, a row of ``data/models.csv``; NaN where a figure is unknown.

    Parameters
    ----------
    model : str
        Name.
    params, active_params : float
        All parameters, and for a mixture of experts those used for each token.
    tokens : float
        Training tokens.
    flop : float
        Training compute as the source states it, FLOP.
    source, where, certainty, note : str
        As of a `Constant`.

    Examples
    --------
    >>> experts = published_model("DeepSeek-V3")
    >>> f"{experts.active_params:.3g} of {experts.params:.3g} parameters; {experts.flop} FLOP"
    '3.7e+10 of 6.71e+11 parameters; nan FLOP'
    """

    model: str
    params: float
    active_params: float
    tokens: float
    flop: float
    source: str
    where: str
    certainty: str
    note: str


def law_form(name: str) -> str:
    """Return a published law's form.

    Parameters
    ----------
    name : str
        One of `law_names`.

    Returns
    -------
    str
        ``parametric``, ``power``, ``joint``, ``allocation``, ``decay`` or ``sparse``.

    Raises
    ------
    UnknownName
        If there is no such law; the message gives the nearest.

    Examples
    --------
    >>> law_form("besiroglu2024"), law_form("llama3")
    ('parametric', 'allocation')
    """
    return str(_law_rows(name)[0]["form"])


def law_constants(name: str) -> dict[str, Constant]:
    """Return the constants of a published law, as printed, by symbol.

    Parameters
    ----------
    name : str
        One of `law_names`.

    Returns
    -------
    dict of str to Constant
        In the order of ``data/laws.csv``.

    Raises
    ------
    UnknownName
        If there is no such law; the message gives the nearest.

    Examples
    --------
    >>> {symbol: c.value for symbol, c in law_constants("kaplan2020-compute-min").items()}
    {'alpha_C_min': 0.05, 'C_c_min': 310000000.0}
    >>> law_constants("kaplan2020-compute-min")["C_c_min"].unit
    'PF-day'
    """
    return {row["symbol"]: _record(row, Constant) for row in _law_rows(name)}


def printed_keys() -> tuple[str, ...]:
    """Return the keys of all printed figures.

    Returns
    -------
    tuple of str
        In the order of ``data/published.csv``.

    Examples
    --------
    >>> [key for key in printed_keys() if key.startswith("besiroglu2024.a.")]
    ['besiroglu2024.a.se', 'besiroglu2024.a.width80']
    """
    return tuple(_published(datapackage.folder()))


def printed(key: str) -> Printed:
    """Return a printed figure by its dotted key.

    Parameters
    ----------
    key : str
        One of `printed_keys`.

    Returns
    -------
    Printed
        With its interval, source and certainty.

    Raises
    ------
    UnknownName
        If there is no such key; the message gives the nearest.

    Examples
    --------
    >>> printed("besiroglu2024.a.se").value
    0.018
    """
    known = _published(datapackage.folder())
    require(key, known, "published figure")
    return known[key]


def published_model(name: str) -> Model:
    """Return a published model by name.

    Parameters
    ----------
    name : str
        A name in ``data/models.csv``.

    Returns
    -------
    Model
        With its source and certainty.

    Raises
    ------
    UnknownName
        If there is no such model; the message gives the nearest.

    Examples
    --------
    >>> chinchilla = published_model("Chinchilla")
    >>> f"{chinchilla.tokens / chinchilla.params:.0f} tokens per parameter"
    '20 tokens per parameter'
    """
    known = {row["model"]: row for row in bundled("models")}
    require(name, known, "model")
    return _record(known[name], Model)


Record = TypeVar("Record", Constant, Printed, Model)


def _record(row: Row, kind: type[Record]) -> Record:
    return kind(**{field.name: row[field.name] for field in fields(kind)})


def _law_rows(name: str) -> list[Row]:
    rows = bundled("laws")
    known = dict.fromkeys(row["law"] for row in rows)
    if name not in known and difflib.get_close_matches(str(name)[:100].casefold(), ["chinchilla"]):
        raise UnknownName(  # the one law that goes by the name of a model
            f"There is no law '{name}'. Did you mean 'hoffmann2022', Chinchilla's law as printed, "
            "or 'besiroglu2024', the same fitted anew?"
        )
    require(name, known, "law")
    return [row for row in rows if row["law"] == name]


@cache
def _published(folder: Path) -> dict[str, Printed]:
    return {row["key"]: _record(row, Printed) for row in read_rows(folder, "published")}
