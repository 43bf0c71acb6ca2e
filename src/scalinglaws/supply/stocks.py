"""How much text there is and when training would use it up: products of factors, and a crossing.

A stock of text is a product of named factors, such as books x words/book x tokens/word, whose
units must multiply out to tokens. Factors of the same name in several stocks are one quantity and
share their draws. Demand follows from a compute budget and a law, or from a trend.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from scalinglaws.errors import ScalingLawsError, shortened
from scalinglaws.laws import ParametricLaw, PowerAllocation
from scalinglaws.optimum import dense
from scalinglaws.supply.uncertain import Distribution
from scalinglaws.units import FLOP_PER_PARAM_TOKEN, Floats, parse_quantity, positive

REQUIRED = ("stock", "factor", "value", "low", "high", "unit")
"""Columns that a table of factors must have."""

OPTIONAL = ("role", "power", "median", "level", "kind", "offset", "floor")
"""Columns that may be left out: sum, 1, the middle of the range, 0.95, lognormal, none, none."""

ROLES = ("sum", "check")
_BARE = {"", "1", "x", "share"}
_NAME = re.compile(r"[\w .,()/+-]{1,100}")

Columns = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Factor:
    """One factor of a stock.

    Parameters
    ----------
    name : str
        Factors of one name are one quantity.
    power : int
        1, or -1 for a factor that is divided by.
    stated : float
        The point value as stated, NaN where only a range was; it may lie anywhere in the range.
    distribution : Distribution
    unit : str
        Such as words/book; "share" for a part of a whole, "x" for a bare multiple.
    """

    name: str
    power: int
    stated: float
    distribution: Distribution
    unit: str


@dataclass(frozen=True)
class Stock:
    """An amount of text as a product of factors.

    Parameters
    ----------
    name : str
    factors : tuple of Factor
    counted : bool
        Whether it belongs into the total, or only checks a figure.
    """

    name: str
    factors: tuple[Factor, ...]
    counted: bool = True

    @property
    def point(self) -> float:
        """Product of the stated values; the median stands in where only a range was stated."""
        stated = (
            each.distribution.median if np.isnan(each.stated) else each.stated
            for each in self.factors
        )
        powers = (each.power for each in self.factors)
        return float(np.prod([value**power for value, power in zip(stated, powers, strict=True)]))

    def tokens(self, values: Mapping[str, Floats]) -> Floats:
        """Return the product of the factors' values, given by name."""
        product: Floats = np.asarray(1.0)
        for each in self.factors:
            value = values[each.name]
            product = product * value if each.power == 1 else product / value
        return product


@dataclass(frozen=True)
class Supply:
    """All stocks of a table."""

    name: str
    stocks: tuple[Stock, ...]

    def __getitem__(self, name: str) -> Stock:
        for stock in self.stocks:
            if stock.name == name:
                return stock
        raise ScalingLawsError(
            f"{self.name} has no stock '{name}'. "
            f"It has {', '.join(stock.name for stock in self.stocks)}."
        )

    def __contains__(self, name: object) -> bool:
        return any(stock.name == name for stock in self.stocks)

    @property
    def counted(self) -> tuple[str, ...]:
        """Names of the stocks that belong into the total."""
        return tuple(stock.name for stock in self.stocks if stock.counted)

    def distributions(self, stocks: Iterable[str] | None = None) -> dict[str, Distribution]:
        """Return the uncertain quantities by name, of all stocks or some."""
        names = None if stocks is None else set(stocks)
        return {
            factor.name: factor.distribution
            for stock in self.stocks
            if names is None or stock.name in names
            for factor in stock.factors
        }

    def tokens(
        self, values: Mapping[str, Floats], stocks: Iterable[str] | None = None
    ) -> dict[str, Floats]:
        """Return the tokens of all stocks, or some, from the factors' values by name."""
        names = [stock.name for stock in self.stocks] if stocks is None else list(stocks)
        return {name: self[name].tokens(values) for name in names}

    def require(self, other: "Supply") -> None:
        """Complain if a stock or a factor of another table is missing here.

        Raises
        ------
        ScalingLawsError
        """
        have = {(stock.name, each.name) for stock in self.stocks for each in stock.factors}
        for stock in other.stocks:
            for each in stock.factors:
                if (stock.name, each.name) not in have:
                    raise ScalingLawsError(
                        f"{self.name} lacks the factor '{each.name}' of the stock '{stock.name}', "
                        f"which the chapter quotes. Keep the rows of {other.name} and add yours."
                    )

    def unshared(self) -> "Supply":
        """Return the same stocks with every factor a quantity of its own, for comparison."""
        return Supply(
            self.name,
            tuple(
                Stock(
                    stock.name,
                    tuple(
                        Factor(
                            f"{stock.name}: {each.name}", each.power, each.stated,
                            each.distribution, each.unit,
                        )
                        for each in stock.factors
                    ),
                    stock.counted,
                )
                for stock in self.stocks
            ),
        )  # fmt: skip


def read(columns: Columns, name: str) -> Supply:
    """Turn a table of factors into stocks.

    Parameters
    ----------
    columns : mapping
        Cells as text by column: `REQUIRED` and, where wanted, `OPTIONAL`; others are left alone.
        One row a factor; the rows of a stock share its name. A factor that occurs again, in another
        stock, needs its numbers only once. An empty `low` and `high` make it known.
    name : str
        Name of the table, for messages.

    Returns
    -------
    Supply
        Stocks in the order of their first rows.

    Raises
    ------
    ScalingLawsError
        If a column is missing, a cell is not what it must be, a factor is given twice with
        different numbers, or the units of a stock do not multiply out to tokens. The message names
        row and column; rows count from 1 below the header.
    """
    missing = [column for column in REQUIRED if column not in columns]
    if missing:
        raise ScalingLawsError(
            f"{name} lacks the column{'s' * (len(missing) > 1)} {', '.join(missing)}; found "
            f"{', '.join(columns)}. Expected {', '.join(REQUIRED)}, and if wanted "
            f"{', '.join(OPTIONAL)}."
        )
    count = len(columns["stock"])
    if not count:
        raise ScalingLawsError(f"{name} has a header and no rows. Add one row for each factor.")
    rows = [
        _Row(name, place + 1, {c: columns[c][place] for c in columns}) for place in range(count)
    ]
    known: dict[str, tuple[int, Factor]] = {}
    stocks: dict[str, list[tuple[_Row, Factor]]] = {}
    for row in rows:
        factor = _factor(row, known)
        stocks.setdefault(row.name("stock"), []).append((row, factor))
    return Supply(name, tuple(_stock(title, parts) for title, parts in stocks.items()))


def total(tokens: Mapping[str, Floats], overlap: ArrayLike) -> Floats:
    """Return the tokens of several stocks together.

    Parameters
    ----------
    tokens : mapping
        Draws by stock, at least one stock.
    overlap : array_like
        Share of each smaller stock that the largest one holds already, 0 to 1, draw by draw.

    Returns
    -------
    numpy.ndarray
        The plain sum without overlap, the largest stock with full overlap.

    Raises
    ------
    ScalingLawsError
        If `overlap` is outside 0 to 1, or there is no stock.
    """
    shared = np.asarray(overlap, dtype=np.float64)
    if not np.all((shared >= 0) & (shared <= 1)):
        worst = shared[~((shared >= 0) & (shared <= 1))].flat[0]
        raise ScalingLawsError(f"the overlap is {worst:g}; expected a share from 0 to 1.")
    if not tokens:
        raise ScalingLawsError("There is no stock to add up.")
    largest, whole = np.asarray(-np.inf), np.asarray(0.0)
    for stock in tokens.values():
        largest, whole = np.maximum(largest, stock), whole + stock
    summed: Floats = whole - shared * (whole - largest)
    return summed


def years_at_todays_rate(growth: ArrayLike, years: ArrayLike) -> Floats:
    """Return how many years at today's rate make up a past that grew by `growth` a year.

    The sum over `years` years of (1 + growth)^-i: `years` without growth, at most 1 + 1 / growth
    however long ago it began.

    Parameters
    ----------
    growth : array_like
        Relative growth a year, above -1: 0.04 for 4%.
    years : array_like
        Length of the past, > 0.

    Raises
    ------
    ValueError
        If `growth` is not above -1 or `years` not positive.
    """
    rate, past = np.asarray(growth, dtype=np.float64), positive(years, "years")
    if not np.all(rate > -1):
        raise ValueError(f"growth must be above -1, got {rate[~(rate > -1)].flat[0]:g}.")
    small = np.abs(rate) < 1e-9
    safe = np.where(small, 1.0, rate)
    grown = -np.expm1(-past * np.log1p(safe)) * (1.0 + safe) / safe
    return np.where(small, past, grown)[()]


def ratio_rule(tokens_per_param: float) -> PowerAllocation:
    """Return the rule of a fixed number of tokens per parameter, C = 6 N D with D = ratio N.

    Raises
    ------
    ValueError
        If the ratio is not positive.
    """
    ratio = float(positive(tokens_per_param, "tokens_per_param"))
    root = FLOP_PER_PARAM_TOKEN**-0.5
    return PowerAllocation(
        0.5, 0.5, root * ratio**-0.5, root * ratio**0.5, name=f"{ratio:g} tokens per parameter"
    )


def tokens_for_compute(
    law: ParametricLaw | PowerAllocation, compute: ArrayLike, overtraining: ArrayLike = 1.0
) -> Floats:
    """Return the tokens that a run of `compute` FLOP is trained on.

    Parameters
    ----------
    law : ParametricLaw or PowerAllocation
        What is optimal.
    compute : array_like
        FLOP.
    overtraining : array_like
        Tokens per parameter over the optimal number at equal compute: k takes sqrt(k) times the
        data on a model smaller by as much.

    Raises
    ------
    ValueError
        If any input is not positive.
    """
    stretch = np.sqrt(positive(overtraining, "overtraining"))
    if isinstance(law, ParametricLaw):
        return np.asarray(dense.optimal(law, compute).tokens * stretch)
    return law.tokens(compute) * stretch


def compute_for_tokens(
    law: ParametricLaw | PowerAllocation, tokens: ArrayLike, overtraining: ArrayLike = 1.0
) -> Floats:
    """Return the compute of the run that takes `tokens` tokens: inverse of `tokens_for_compute`.

    Raises
    ------
    ValueError
        If any input is not positive.
    ScalingLawsError
        If the allocation was published as exponents only.
    """
    plain = positive(tokens, "tokens") / np.sqrt(positive(overtraining, "overtraining"))
    if isinstance(law, ParametricLaw):
        return dense.given_tokens(law, plain).compute
    unit = law.tokens(law.compute_unit)
    return law.compute_unit * (plain / unit) ** (1.0 / law.b)


def demand_growth(law: ParametricLaw | PowerAllocation, compute_growth: ArrayLike) -> Floats:
    """Return the factor a year by which optimal data grow when compute grows by `compute_growth`.

    Raises
    ------
    ValueError
        If any factor is not positive.
    """
    growth: Floats = positive(compute_growth, "compute_growth") ** np.asarray(law.b)
    return growth


def crossing_year(
    year: float,
    stock: ArrayLike,
    stock_growth: ArrayLike,
    demand: ArrayLike,
    demand_growth: ArrayLike,
) -> Floats:
    """Return when a growing demand meets a growing stock.

    Both grow exponentially: year + ln(stock / demand) / ln(demand growth / stock growth).

    Parameters
    ----------
    year : float
        Year for which stock and demand hold.
    stock, demand : array_like
        Tokens in that year.
    stock_growth, demand_growth : array_like
        Factors a year: 1.05 for 5%.

    Returns
    -------
    numpy.ndarray
        Infinity where demand never meets the stock; before `year` where it already has.

    Raises
    ------
    ValueError
        If any input is not positive.
    """
    gap = np.log(positive(stock, "stock") / positive(demand, "demand"))
    closing = np.log(
        positive(demand_growth, "demand_growth") / positive(stock_growth, "stock_growth")
    )
    gap, closing = np.broadcast_arrays(gap, closing)
    with np.errstate(divide="ignore", invalid="ignore"):
        # A demand that is ahead and does not fall back has met the stock whenever it began.
        never = np.where(gap > 0, np.inf, -np.inf)
        return np.where(closing > 0, year + gap / closing, never)[()]


@dataclass(frozen=True)
class _Row:
    """One row of a table of factors, and how to complain of it."""

    table: str
    number: int
    cells: Mapping[str, str]

    def text(self, column: str, default: str = "") -> str:
        return self.cells.get(column, "").strip() or default

    def name(self, column: str) -> str:
        """Return a cell that is shown, or complain if it could be taken for markup."""
        text = self.text(column)
        if text and not _NAME.fullmatch(text):
            raise self.refuse(
                column,
                f"{shortened(text)} is no name; expected letters, digits, spaces and _-/.().",
            )
        return text

    def refuse(self, column: str, problem: str) -> ScalingLawsError:
        return ScalingLawsError(f"{self.table}, row {self.number}, column {column}: {problem}")

    def number_in(self, column: str) -> float | None:
        """Return a cell as a number, None if it is empty."""
        cell = self.text(column)
        if not cell:
            return None
        try:
            return parse_quantity(cell)
        except ScalingLawsError as error:
            raise self.refuse(column, str(error)) from None


def _factor(row: _Row, known: dict[str, tuple[int, Factor]]) -> Factor:
    """Read the factor of a row; a repeated one must agree with itself."""
    for column in ("stock", "factor"):
        if not row.text(column):
            raise row.refuse(column, "the cell is empty; expected a name.")
    name = row.name("factor")
    power = _power(row)
    given = any(row.text(column) for column in ("value", "low", "high"))
    if name in known and not given:
        first, before = known[name]
        if row.text("unit") and _powers(row.text("unit")) != _powers(before.unit):
            raise row.refuse(
                "unit", f"{row.text('unit')} is not the {before.unit} of '{name}' in row {first}."
            )
        return Factor(name, power, before.stated, before.distribution, before.unit)
    factor = Factor(name, power, *_numbers(row), row.text("unit"))
    if name in known:
        first, before = known[name]
        same = (
            (factor.stated == before.stated or np.isnan([factor.stated, before.stated]).all())
            and factor.distribution == before.distribution
            and _powers(factor.unit) == _powers(before.unit)
        )
        if not same:
            raise row.refuse(
                "factor",
                f"'{name}' has other numbers than in row {first}. Factors of one name are one "
                "quantity: leave value, low and high empty here, or give it a name of its own.",
            )
    known.setdefault(name, (row.number, factor))
    return factor


def _power(row: _Row) -> int:
    text = row.text("power", "1")
    if text not in ("1", "-1"):
        raise row.refuse("power", f"'{text}' was given; expected 1, or -1 to divide by the factor.")
    return int(text)


def _numbers(row: _Row) -> tuple[float, Distribution]:
    """Return a factor's stated value and its distribution."""
    value, low, high, median, level, offset, floor = (
        row.number_in(column)
        for column in ("value", "low", "high", "median", "level", "offset", "floor")
    )
    for column in ("low", "high"):
        if row.text(column) == "" and row.text("low" if column == "high" else "high"):
            raise row.refuse(column, "the cell is empty; give both ends of the range, or neither.")
    if low is None or high is None:
        if value is None:
            raise row.refuse("value", "the cell is empty, and so is the range; give one of them.")
        low = high = value
    if low > high:
        raise row.refuse("low", f"{low:g} is above {high:g} in column high. Swap them.")
    if row.text("unit") == "share":
        _check_shares(row)
    for column, number in (("value", value), ("low", low)):
        if number is not None and not number > 0:
            raise row.refuse(column, f"{number:g} was given; expected a positive number.")
    try:
        spread = Distribution(
            low, high, 0.95 if level is None else level, median,
            row.text("kind", "lognormal"), offset=offset or 0.0,
            floor=-np.inf if floor is None else floor,
        )  # fmt: skip
    except ScalingLawsError as error:
        raise row.refuse(_culprit(str(error)), str(error)) from None
    return (np.nan if value is None else value), spread


def _check_shares(row: _Row) -> None:
    for column in ("value", "low", "high", "median"):
        number = row.number_in(column)
        if number is not None and not 0 <= number <= 1:
            raise row.refuse(column, f"{number:g} is not a share; expected a number from 0 to 1.")


def _culprit(problem: str) -> str:
    """Return the column that a distribution complains of."""
    words = {
        "level": "level", "kind of": "kind", "offset": "offset", "floor": "floor",
        "the value": "median",
    }  # fmt: skip
    return next((column for word, column in words.items() if word in problem), "low")


def _stock(title: str, parts: Sequence[tuple[_Row, Factor]]) -> Stock:
    rows = [row for row, _ in parts]
    factors = tuple(factor for _, factor in parts)
    roles = {row.text("role") for row in rows} - {""} or {"sum"}
    for row in rows:
        if row.text("role", "sum") not in ROLES or len(roles) > 1:
            raise row.refuse(
                "role", f"'{row.text('role')}' was given; expected one of {', '.join(ROLES)}, the "
                f"same in all rows of '{title}'.",
            )  # fmt: skip
    left = _multiplied(factors)
    if left != {"token": 1}:
        places = _places([row.number for row in rows])
        raise ScalingLawsError(
            f"{rows[0].table}, {places}, column unit: the factors of '{title}' multiply out to "
            f"{_written(left)}, expected tokens. Check the units and the powers, or add the "
            "factor that is missing."
        )
    return Stock(title, factors, "check" not in roles)


def _multiplied(factors: Iterable[Factor]) -> dict[str, int]:
    powers: Counter[str] = Counter()
    for each in factors:
        for unit, power in _powers(each.unit).items():
            powers[unit] += power * each.power
    return {unit: power for unit, power in powers.items() if power}


def _powers(text: str) -> dict[str, int]:
    """Return the powers of the units in words*pages/book, without regard to plurals."""
    powers: Counter[str] = Counter()
    for sign, unit in re.findall(r"([*/]?)([^*/]+)", text):
        if unit.strip() not in _BARE:
            powers[_singular(unit.strip())] += -1 if sign == "/" else 1
    return {unit: power for unit, power in powers.items() if power}


def _singular(unit: str) -> str:
    return unit[:-1] if unit.endswith("s") and not unit.endswith("ss") else unit


def _written(powers: Mapping[str, int]) -> str:
    """Write powers of units as words/book."""
    above = [unit + "s" for unit, power in powers.items() for _ in range(power)]
    below = [unit for unit, power in powers.items() for _ in range(-power)]
    return "/".join(["*".join(above) or "1", *below])


def _places(numbers: Sequence[int]) -> str:
    if len(numbers) == 1:
        return f"row {numbers[0]}"
    return f"rows {', '.join(map(str, numbers[:-1]))} and {numbers[-1]}"
