"""What papers printed, by name: laws with their constants, single figures, and models."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from functools import cache
from pathlib import Path
from typing import TypeVar

from scalinglaws import datapackage
from scalinglaws.datapackage import Row, bundled, read_rows, require
from scalinglaws.errors import ScalingLawsError
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
        In the order of the table `laws`.

    Examples
    --------
    >>> "hoffmann2022" in law_names("parametric")
    True
    """
    names = dict.fromkeys(row["law"] for row in bundled("laws"))
    return tuple(name for name in names if form is None or law_form(name) == form)


class Published(Mapping[str, Law]):
    """The published laws by name, each with the constants as printed.

    Compute is in FLOP throughout, also for laws published in PF-days. A name that is not there is
    an `UnknownName`, whose message gives the nearest.

    Examples
    --------
    >>> published["besiroglu2024"].E
    1.8172
    """

    def __getitem__(self, name: str) -> Law:
        return _law(name)

    def __iter__(self) -> Iterator[str]:
        return iter(law_names())

    def __len__(self) -> int:
        return len(law_names())

    def __repr__(self) -> str:
        return f"<{len(self)} published laws: {', '.join(self)}>"


published = Published()
"""The published laws by name."""


@cache
def _law(name: str) -> Law:
    constants = {
        constant.symbol: (constant.value, constant.unit)
        for constant in law_constants(name).values()
    }
    return replace(_BUILDERS[law_form(name)](constants), name=name)


def parametric(name: str) -> ParametricLaw:
    """Return a published law by name that must be of the form E + A / N^alpha + B / D^beta.

    Raises
    ------
    ScalingLawsError
        If there is no such law, or it is of another form.
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

    `standard_error` is NaN where the source gives none; `unit` is that of `value`.
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

    `low`, `high` and `level` (the coverage of the interval) are NaN where the source gives none.
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
    """One published model, a row of ``data/models.csv``; NaN where a figure is unknown."""

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
    """Return a published law's form: parametric, power, joint or allocation.

    Raises
    ------
    ScalingLawsError
        If there is no such law.
    """
    return str(_law_rows(name)[0]["form"])


def law_constants(name: str) -> dict[str, Constant]:
    """Return the constants of a published law, as printed, by symbol.

    Raises
    ------
    ScalingLawsError
        If there is no such law; the message names the nearest.
    """
    return {row["symbol"]: _record(row, Constant) for row in _law_rows(name)}


def printed_keys() -> tuple[str, ...]:
    """Return the keys of all printed figures."""
    return tuple(_published(datapackage.folder()))


def printed(key: str) -> Printed:
    """Return a printed figure by its dotted key, such as ``"besiroglu2024.a.se"``.

    Raises
    ------
    ScalingLawsError
        If there is no such key; the message names the nearest.
    """
    known = _published(datapackage.folder())
    require(key, known, "published figure")
    return known[key]


def published_model(name: str) -> Model:
    """Return a published model, such as ``"Chinchilla"``.

    Raises
    ------
    ScalingLawsError
        If there is no such model; the message names the nearest.
    """
    known = {row["model"]: row for row in bundled("models")}
    require(name, known, "model")
    return _record(known[name], Model)


Record = TypeVar("Record", Constant, Printed, Model)


def _record(row: Row, kind: type[Record]) -> Record:
    return kind(**{field.name: row[field.name] for field in fields(kind)})


def _law_rows(name: str) -> list[Row]:
    rows = bundled("laws")
    require(name, dict.fromkeys(row["law"] for row in rows), "law")
    return [row for row in rows if row["law"] == name]


@cache
def _published(folder: Path) -> dict[str, Printed]:
    return {row["key"]: _record(row, Printed) for row in read_rows(folder, "published")}
