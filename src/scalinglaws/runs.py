"""Training runs: what a fit starts from."""

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from numpy.typing import ArrayLike

from scalinglaws.datapackage import require
from scalinglaws.errors import ScalingLawsError
from scalinglaws.quantities import format_quantity
from scalinglaws.units import Floats, training_flop

Labels = npt.NDArray[np.str_]


@dataclass(frozen=True, init=False, eq=False)
class Runs:
    """Training runs, one array element each.

    Parameters
    ----------
    params : array_like
        Model size N, shape (n,).
    tokens : array_like
        Training tokens D, shape (n,).
    loss : array_like
        Nats per token, shape (n,).
    flop : array_like, optional
        Training compute C, FLOP, shape (n,); 6 params tokens unless given.
    budget : array_like, optional
        Nominal compute of the isoFLOP profile that a run belongs to, FLOP, shape (n,); NaN for a
        run on none. None where the table has no such column.
    suite, run : array_like of str, optional
        Which family of models a row is of, and which training run: rows of one run are readings of
        the same training. Shape (n,).
    name : str
        File or table they came from.

    Raises
    ------
    ScalingLawsError
        If the columns are not of one length, or a number is not positive and finite; the message
        names the first row.

    Examples
    --------
    >>> runs = Runs(params=[1e8, 2e8, 4e8], tokens=[2e9, 4e9, 8e9], loss=[3.4, 3.1, 2.9])
    >>> runs
    Runs: 3, params 100M to 400M, tokens 2B to 8B, loss 2.9 to 3.4
    >>> len(runs), f"{runs.flop[0]:.2g}", runs.tokens_per_param
    (3, '1.2e+18', array([20., 20., 20.]))
    >>> runs.take(runs.params > 1.5e8).loss
    array([3.1, 2.9])
    >>> Runs(params=[1e8, 2e8], tokens=[2e9, 4e9], loss=[3.4, -3.1], name="mine")
    Traceback (most recent call last):
    scalinglaws.errors.ScalingLawsError: mine, row 2: loss is -3.1; expected a positive number.
    """

    params: Floats
    tokens: Floats
    loss: Floats
    flop: Floats
    budget: Floats | None
    suite: Labels | None
    run: Labels | None
    name: str

    def __init__(
        self,
        params: ArrayLike,
        tokens: ArrayLike,
        loss: ArrayLike,
        *,
        flop: ArrayLike | None = None,
        budget: ArrayLike | None = None,
        suite: npt.ArrayLike | None = None,
        run: npt.ArrayLike | None = None,
        name: str = "",
    ) -> None:
        numbers = {"params": params, "tokens": tokens, "loss": loss, "flop": flop, "budget": budget}
        columns: dict[str, npt.NDArray[Any]] = {
            key: np.array(values, dtype=np.float64)
            for key, values in numbers.items()
            if values is not None
        }
        labels = {"suite": suite, "run": run}
        columns |= {key: np.array(v, dtype=np.str_) for key, v in labels.items() if v is not None}
        _check(columns, name or "these runs")
        if flop is None:
            with np.errstate(
                over="ignore", under="ignore"
            ):  # of lengths no machine has trained for
                columns["flop"] = training_flop(columns["params"], columns["tokens"])
        if not np.all((columns["flop"] > 0) & np.isfinite(columns["flop"])):
            raise ScalingLawsError(
                f"{name or 'these runs'}: 6 params tokens is beyond all numbers. Give plain counts."
            )
        for column in columns.values():
            column.flags.writeable = False  # fits keep them
        for each in fields(self):  # the way of a frozen dataclass
            object.__setattr__(self, each.name, columns.get(each.name))
        object.__setattr__(self, "name", name)

    def __repr__(self) -> str:
        """Return how many runs there are, of what table, and their ranges.

        Examples
        --------
        >>> from scalinglaws import table
        >>> table("muennighoff2023")
        Runs: 308 of muennighoff2023, params 7.1M to 8.67B, tokens 100M to 900B, loss 2.34 to 11
        """
        said = f"Runs: {len(self)}" + f" of {self.name}" * bool(self.name)
        if len(self.suites) > 1:
            said += f" in {len(self.suites)} suites"
        if len(self) == 0:
            return said
        columns = {"params": self.params, "tokens": self.tokens, "loss": self.loss}
        return f"{said}, " + ", ".join(
            f"{name} {format_quantity(values.min())} to {format_quantity(values.max())}"
            for name, values in columns.items()
        )

    def __len__(self) -> int:
        return len(self.loss)

    @property
    def tokens_per_param(self) -> Floats:
        """D / N, shape (n,)."""
        return np.asarray(self.tokens / self.params)

    @property
    def suites(self) -> tuple[str, ...]:
        """Names of the suites, in the order of their first rows; none without a suite column."""
        return () if self.suite is None else tuple(dict.fromkeys(self.suite.tolist()))

    def of_suite(self, name: str) -> "Runs":
        """Return the runs of one suite.

        Parameters
        ----------
        name : str
            One of `suites`.

        Returns
        -------
        Runs
            In the same order, called by the suite's name.

        Raises
        ------
        UnknownName
            If there is no such suite; the message gives the nearest.

        Examples
        --------
        >>> runs = Runs([1e8, 2e8], [2e9, 4e9], [3.4, 3.1], suite=["dense", "routed"])
        >>> runs.suites, runs.of_suite("dense").loss
        (('dense', 'routed'), array([3.4]))
        """
        require(name, self.suites, f"suite of {self.name or 'these runs'}")
        return replace(self.take(np.asarray(self.suite == name)), name=name)

    def split(self) -> dict[str, "Runs"]:
        """Return the runs of each suite, by its name.

        Returns
        -------
        dict of str to Runs
            In the order of `suites`; empty without a suite column.

        Examples
        --------
        >>> runs = Runs([1e8, 2e8], [2e9, 4e9], [3.4, 3.1], suite=["dense", "routed"])
        >>> {name: len(each) for name, each in runs.split().items()}
        {'dense': 1, 'routed': 1}
        """
        return {name: self.of_suite(name) for name in self.suites}

    @property
    def groups(self) -> npt.NDArray[np.intp]:
        """Number of the training run that each row is of, from 0 by first rows, shape (n,).

        Rows of one `run` and suite are readings of one training and share its noise. A row without
        a name is a run of its own.
        """
        rows = np.arange(len(self))
        if self.run is None:
            return rows
        named = np.char.str_len(self.run) > 0
        known = self.run if self.suite is None else np.char.add(self.suite, self.run)
        _, first, group = np.unique(known, return_index=True, return_inverse=True)
        return np.unique(np.where(named, first[group], rows), return_inverse=True)[1]

    def distinct(self) -> "Runs":
        """Return the runs without copies: rows that equal one above them in every column.

        Returns
        -------
        Runs
            The first of each, in the same order.

        Examples
        --------
        >>> runs = Runs([1e8, 2e8, 1e8, 1e8], [2e9, 4e9, 2e9, 2e9], [3.4, 3.1, 3.4, 3.5])
        >>> runs.distinct().loss
        array([3.4, 3.1, 3.5])
        """
        columns = [getattr(self, each.name) for each in fields(self)]
        numbers = [c for c in columns if isinstance(c, np.ndarray)]
        row = np.zeros(len(self), dtype=np.intp)
        for column in numbers:
            _, value = np.unique(column, return_inverse=True)
            _, row = np.unique(row * (len(self) + 1) + value, return_inverse=True)
        _, first = np.unique(row, return_index=True)
        return self if len(first) == len(self) else self.take(np.sort(first))

    def require(self, count: int, purpose: str, parameter: str) -> None:
        """Complain if there are fewer than `count` runs.

        Parameters
        ----------
        count : int
            Fewest runs that do.
        purpose, parameter : str
            What they are for, and what left some out; both stand in the message.

        Raises
        ------
        ScalingLawsError
            If there are fewer.

        Examples
        --------
        >>> from scalinglaws import read_runs
        >>> runs = read_runs("hoffmann2022_runs").without_highest(240)
        >>> runs.require(6, "a bootstrap", "without_highest")  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        scalinglaws.errors.ScalingLawsError: hoffmann2022_runs.csv: 5 runs are left to fit; ...
        """
        if len(self) < count:
            raise ScalingLawsError(
                f"{self.name}: {len(self)} runs are left to fit; {purpose} needs at least {count}. "
                f"Leave fewer out ({parameter}) or add runs; a fit of the law alone does with six."
            )

    def without_highest(self, drop_highest: int) -> "Runs":
        """Return the runs without the `drop_highest` highest losses, in the same order.

        Parameters
        ----------
        drop_highest : int
            How many to leave out, 0 or more; of equal losses the first goes first.

        Returns
        -------
        Runs
            n - `drop_highest` runs.

        Raises
        ------
        ScalingLawsError
            If `drop_highest` is negative or would leave nothing.

        Examples
        --------
        Besiroglu et al. 2024 fit 240 of their 245 runs:

        >>> from scalinglaws import read_runs
        >>> runs = read_runs("hoffmann2022_runs")
        >>> len(runs), len(runs.without_highest(5))
        (245, 240)
        """
        if not 0 <= drop_highest < len(self):
            raise ScalingLawsError(
                f"drop_highest is {drop_highest}; {self.name} has {len(self)} runs, of which 0 to "
                f"{len(self) - 1} can be left out."
            )
        return self.take(np.sort(np.argsort(-self.loss, kind="stable")[drop_highest:]))

    def take(self, kept: npt.NDArray[np.intp] | npt.NDArray[np.bool_]) -> "Runs":
        """Return the runs at the given positions (or where a mask is true).

        Parameters
        ----------
        kept : numpy.ndarray
            Positions, integers, shape (k,), or a mask of shape (n,).

        Returns
        -------
        Runs
            In the order of `kept`.

        Raises
        ------
        IndexError
            If a position is beyond the runs or a mask is not as long as they are.
        """
        columns = {each.name: getattr(self, each.name) for each in fields(self)}
        taken: dict[str, Any] = {
            key: values[kept] for key, values in columns.items() if isinstance(values, np.ndarray)
        }
        return replace(self, **taken)

    def sample(self, most: int, seed: int = 0) -> "Runs":
        """Return all runs or, if there are more than `most`, a random part of them.

        Parameters
        ----------
        most : int
            How many at most, > 0.
        seed : int
            Of the draw, >= 0; the same part for the same seed.

        Returns
        -------
        Runs
            In the same order.

        Examples
        --------
        >>> from scalinglaws import read_runs
        >>> len(read_runs("hoffmann2022_runs").sample(100))
        100
        """
        if len(self) <= most:
            return self
        return self.take(
            np.sort(np.random.default_rng(seed).choice(len(self), most, replace=False))
        )


def _check(columns: dict[str, npt.NDArray[Any]], name: str) -> None:
    """Complain of columns that are not a table of training runs."""
    shapes = {key: values.shape for key, values in columns.items()}
    if len(set(shapes.values())) > 1 or len(columns["loss"].shape) != 1:
        found = ", ".join(f"{key} {shape}" for key, shape in shapes.items())
        raise ScalingLawsError(
            f"{name}: the columns must be of one length, a number for each run; found the shapes "
            f"{found}."
        )
    for key in ("params", "tokens", "loss", "flop", "budget"):
        values = columns.get(key)
        if values is None:
            continue
        wrong = ~((values > 0) & np.isfinite(values))
        if key == "budget":
            wrong &= ~np.isnan(values)
        if wrong.any():
            row = int(np.argmax(wrong))
            raise ScalingLawsError(
                f"{name}, row {row + 1}: {key} is {values[row]:g}; expected a positive number."
            )
