"""How much text there is and when training would use it up: products of factors, and a crossing.

A stock of text is a product of named factors, such as books x words/book x tokens/word, whose
units must multiply out to tokens. Factors of the same name in several stocks are one quantity and
share their draws. Demand follows from a compute budget and a law, or from a trend. The question and
its parts are those of Villalobos et al. 2024; the bundled table of factors,
data/supply_factors.csv, gives the source of each row.
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
        The quantity as far as it is known, in `unit`.
    unit : str
        Such as words/book; "share" for a part of a whole, "x" for a bare multiple.

    Examples
    --------
    Bytes per token, by which bytes are divided; 4 [2, 5] in Villalobos et al. 2024:

    >>> each = Distribution(2, 5, kind="reflected", offset=6)
    >>> factor = Factor("bytes_per_token", -1, 4.0, each, "bytes/token")
    >>> round(factor.distribution.median, 6)
    4.0
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
        Name to show.
    factors : tuple of Factor
        Their units, with their powers, multiply out to tokens.
    counted : bool
        Whether it belongs into the total, or only checks a figure.

    Examples
    --------
    The books of harsimony 2025, with ranges of our own:

    >>> books = Factor("books", 1, 1e8, Distribution(2.39e7, 1e8), "books")
    >>> words = Factor("words_per_book", 1, 1e5, Distribution(5e4, 1.5e5), "words/book")
    >>> tokens = Factor("tokens_per_word", 1, 1.3, Distribution(1.25, 1.41), "tokens/word")
    >>> stock = Stock("books", (books, words, tokens))
    >>> f"{stock.point:.3g}"
    '1.3e+13'
    >>> draws = {"books": np.array([5e7, 1e8]), "words_per_book": 1e5, "tokens_per_word": 1.3}
    >>> [f"{each:.3g}" for each in stock.tokens(draws)]
    ['6.5e+12', '1.3e+13']
    """

    name: str
    factors: tuple[Factor, ...]
    counted: bool = True

    @property
    def point(self) -> float:
        """Product of the stated values in tokens; where only a range was stated, of its median."""
        stated = (
            each.distribution.median if np.isnan(each.stated) else each.stated
            for each in self.factors
        )
        powers = (each.power for each in self.factors)
        return float(np.prod([value**power for value, power in zip(stated, powers, strict=True)]))

    def tokens(self, values: Mapping[str, Floats]) -> Floats:
        """Return the product of the factors' values, each to its power.

        Parameters
        ----------
        values : mapping
            Values, such as draws, by the name of the factor, in its unit; they broadcast.

        Returns
        -------
        numpy.ndarray
            Tokens, of the broadcast shape, by definition of a stock.

        Raises
        ------
        KeyError
            If a factor has no value.
        """
        product: Floats = np.asarray(1.0)
        for each in self.factors:
            value = values[each.name]
            product = product * value if each.power == 1 else product / value
        return product


@dataclass(frozen=True)
class Supply:
    """All stocks of a table.

    A stock is had by its name in brackets, and `in` tells whether there is one.

    Parameters
    ----------
    name : str
        Name of the table, for messages.
    stocks : tuple of Stock
        In the order of the table.

    Raises
    ------
    ScalingLawsError
        By the brackets, if there is no such stock.

    Examples
    --------
    Two stocks that share a factor:

    >>> supply = read(
    ...     {
    ...         "stock": ["one", "other", "other"],
    ...         "factor": ["wide", "wide", "narrow"],
    ...         "value": ["", "", ""],
    ...         "low": ["1", "", "1"],
    ...         "high": ["100", "", "4"],
    ...         "unit": ["tokens", "tokens", "x"],
    ...     },
    ...     "mine.csv",
    ... )
    >>> supply.counted, "third" in supply, round(supply["other"].point, 6)
    (('one', 'other'), False, 20.0)
    >>> list(supply.distributions()), list(supply.distributions(["one"]))
    (['wide', 'narrow'], ['wide'])
    >>> tokens = supply.tokens({"wide": np.array([5.0, 10.0]), "narrow": 1.5})
    >>> tokens["one"], tokens["other"]
    (array([ 5., 10.]), array([ 7.5, 15. ]))
    >>> list(supply.unshared().distributions())
    ['one: wide', 'other: wide', 'other: narrow']
    >>> supply.require(supply)
    """

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
        """Return the uncertain quantities by name, of all stocks or some.

        Parameters
        ----------
        stocks : iterable of str, optional
            Names of stocks; all where left out.

        Returns
        -------
        dict
            A `Distribution` for each name of a factor.
        """
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
        """Return the tokens of all stocks, or some, from the factors' values by name.

        Parameters
        ----------
        values : mapping
            Values, such as draws, by the name of the factor, in its unit; they broadcast.
        stocks : iterable of str, optional
            Names of stocks; all where left out.

        Returns
        -------
        dict
            Tokens by stock, numpy.ndarray of the broadcast shape of its factors.

        Raises
        ------
        ScalingLawsError
            If there is no such stock.
        KeyError
            If a factor has no value.
        """
        names = [stock.name for stock in self.stocks] if stocks is None else list(stocks)
        return {name: self[name].tokens(values) for name in names}

    def require(self, other: "Supply") -> None:
        """Complain if a stock or a factor of another table is missing here.

        Parameters
        ----------
        other : Supply
            Table whose stocks, with their factors, must be here too; their numbers may differ.

        Raises
        ------
        ScalingLawsError
            If one is missing; the message names it.
        """
        have = {(stock.name, each.name) for stock in self.stocks for each in stock.factors}
        for stock in other.stocks:
            for each in stock.factors:
                if (stock.name, each.name) not in have:
                    raise ScalingLawsError(
                        f"{self.name} lacks the factor '{each.name}' of the stock '{stock.name}', "
                        f"which {other.name} has. Keep the rows of {other.name} and add yours."
                    )

    def unshared(self) -> "Supply":
        """Return the same stocks with every factor a quantity of its own, for comparison.

        Returns
        -------
        Supply
            Its factors are named "stock: factor".
        """
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

    Examples
    --------
    >>> columns = {
    ...     "stock": ["books", "books", "books"],
    ...     "factor": ["books", "words_per_book", "words_per_token"],
    ...     "power": ["1", "1", "-1"],
    ...     "value": ["100M", "1e5", "0.75"],
    ...     "low": ["50M", "", "0.7"],
    ...     "high": ["200M", "", "0.8"],
    ...     "unit": ["books", "words/book", "words/token"],
    ... }
    >>> f"{read(columns, 'mine.csv')['books'].point:.3g}"
    '1.33e+13'

    The bundled table:

    >>> from scalinglaws.datapackage import cells
    >>> name, columns = cells("supply_factors", "supply_factors")
    >>> f"{read(columns, name)['books'].point:.3g}"
    '1.3e+13'
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
        Draws by stock, tokens, at least one stock; they broadcast.
    overlap : array_like
        Share of each smaller stock that the largest one holds already, 0 to 1, draw by draw.

    Returns
    -------
    numpy.ndarray
        Tokens, draw by draw, by arithmetic: the plain sum without overlap, the largest stock with
        full overlap, and linear between the two.

    Raises
    ------
    ScalingLawsError
        If `overlap` is outside 0 to 1, or there is no stock.

    Examples
    --------
    >>> total({"web": np.array([100.0]), "books": np.array([10.0])}, [0, 0.5, 1])
    array([110., 105., 100.])
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
        Length of the past, years, > 0, broadcast against `growth`.

    Returns
    -------
    numpy.ndarray
        Years, of the broadcast shape (closed form, the sum of a geometric series from i = 0).

    Raises
    ------
    ValueError
        If `growth` is not above -1 or `years` not positive.

    Examples
    --------
    A century of papers, steady or growing by the 4.1% a year of Bornmann et al. 2021:

    >>> years_at_todays_rate([0, 0.041], 100).round(1)
    array([100. ,  24.9])
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

    Parameters
    ----------
    tokens_per_param : float
        D / N, > 0.

    Returns
    -------
    PowerAllocation
        N = (C / (6 ratio))^0.5 and D = (ratio C / 6)^0.5, C in FLOP (closed form).

    Raises
    ------
    ValueError
        If the ratio is not positive.

    Examples
    --------
    Chinchilla's:

    >>> rule = ratio_rule(20)
    >>> f"{rule.params(5.88e23):.3g}, {rule.tokens(5.88e23):.3g}"
    '7e+10, 1.4e+12'
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
        What is optimal; an ensemble broadcasts.
    compute : array_like
        FLOP, > 0.
    overtraining : array_like
        Tokens per parameter over the optimal number at equal compute, > 0: k takes sqrt(k) times
        the data on a model smaller by as much.

    Returns
    -------
    numpy.ndarray
        Tokens, of the broadcast shape: the optimum (of a parametric law Hoffmann et al. 2022, Eq 4)
        times sqrt(k), which follows from C = 6 N D.

    Raises
    ------
    ValueError
        If any input is not positive, or `compute` is not finite and the law parametric.
    ScalingLawsError
        If the allocation was published as exponents only.

    Examples
    --------
    >>> [f"{tokens:.3g}" for tokens in tokens_for_compute(ratio_rule(20), 5.88e23, [1, 4])]
    ['1.4e+12', '2.8e+12']
    """
    stretch = np.sqrt(positive(overtraining, "overtraining"))
    if isinstance(law, ParametricLaw):
        return np.asarray(dense.optimal(law, compute).tokens * stretch)
    return law.tokens(compute) * stretch


def compute_for_tokens(
    law: ParametricLaw | PowerAllocation, tokens: ArrayLike, overtraining: ArrayLike = 1.0
) -> Floats:
    """Return the compute of the run that takes `tokens` tokens: inverse of `tokens_for_compute`.

    Parameters
    ----------
    law : ParametricLaw or PowerAllocation
        What is optimal; an ensemble broadcasts.
    tokens : array_like
        Training tokens, > 0.
    overtraining : array_like
        Tokens per parameter over the optimal number at equal compute, > 0.

    Returns
    -------
    numpy.ndarray
        FLOP, of the broadcast shape (closed form).

    Raises
    ------
    ValueError
        If any input is not positive, or `tokens` is not finite and the law parametric.
    ScalingLawsError
        If the allocation was published as exponents only.

    Examples
    --------
    Villalobos et al. 2024, Figure 1, have 4e14 tokens used up at around 5e28 FLOP:

    >>> [f"{flop:.3g}" for flop in compute_for_tokens(ratio_rule(20), 4e14, [1, 5])]
    ['4.8e+28', '9.6e+27']
    """
    plain = positive(tokens, "tokens") / np.sqrt(positive(overtraining, "overtraining"))
    if isinstance(law, ParametricLaw):
        return dense.given_tokens(law, plain).compute
    unit = law.tokens(law.compute_unit)
    return law.compute_unit * (plain / unit) ** (1.0 / law.b)


def demand_growth(law: ParametricLaw | PowerAllocation, compute_growth: ArrayLike) -> Floats:
    """Return the factor a year by which optimal data grow when compute grows by `compute_growth`.

    Parameters
    ----------
    law : ParametricLaw or PowerAllocation
        What is optimal; only its exponent b of the tokens matters. An ensemble broadcasts.
    compute_growth : array_like
        Factor a year, > 0.

    Returns
    -------
    numpy.ndarray
        compute_growth^b, of the broadcast shape (closed form; for a parametric law b is that of
        Hoffmann et al. 2022, Eq 4).

    Raises
    ------
    ValueError
        If any factor is not positive.

    Examples
    --------
    Compute has grown by 4 to 5 times a year (Sevilla and Roldán 2024):

    >>> demand_growth(ratio_rule(20), [4, 5]).round(2)
    array([2.  , 2.24])
    """
    growth: Floats = positive(compute_growth, "compute_growth") ** np.asarray(law.b)
    return growth


def meeting_year(year: float, gap: Floats, closing: Floats) -> Floats:
    """Return when a growing demand meets a growing stock, in closed form.

    Parameters
    ----------
    year : float
        Year for which stock and demand hold.
    gap : ndarray
        Logarithm of the stock over the demand, to any base.
    closing : ndarray
        Logarithm, to the same base, of the growth of demand over that of the stock, both factors a
        year; not zero.

    Returns
    -------
    ndarray
        Years with their fraction, of the broadcast shape; see `crossing_year` for what comes of a
        demand that never meets the stock.

    Examples
    --------
    A stock ten times the demand, of which demand gains a factor of ten in two years:

    >>> meeting_year(2024, np.array([1.0]), np.array([0.5]))
    array([2026.])
    """
    return year + gap / closing


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
        Tokens in that year, > 0.
    stock_growth, demand_growth : array_like
        Factors a year, > 0: 1.05 for 5%. All broadcast.

    Returns
    -------
    numpy.ndarray
        Years with their fraction, of the broadcast shape (closed form): infinity where demand never
        meets the stock; before `year` where it already has, minus infinity if it was ahead ever
        since.

    Raises
    ------
    ValueError
        If any input is not positive.

    Examples
    --------
    A demand that gains tenfold on the stock each year meets ten times as much in one; one that
    grows more slowly than the stock never does:

    >>> growth = np.array([11, 1.05])
    >>> crossing_year(2024, 1e14, 1.1, demand=1e13, demand_growth=growth).round(6)
    array([2025.,   inf])
    """
    gap = np.log(positive(stock, "stock") / positive(demand, "demand"))
    closing = np.log(
        positive(demand_growth, "demand_growth") / positive(stock_growth, "stock_growth")
    )
    gap, closing = np.broadcast_arrays(gap, closing)
    with np.errstate(divide="ignore", invalid="ignore"):
        # A demand that is ahead and does not fall back has met the stock whenever it began.
        never = np.where(gap > 0, np.inf, -np.inf)
        return np.where(closing > 0, meeting_year(year, gap, closing), never)[()]


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
            return parse_quantity(cell, "" if column == "level" else self.text("unit"))
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
