"""Training runs: what a fit starts from."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from scalinglaws.errors import ScalingLawsError
from scalinglaws.units import Floats


@dataclass(frozen=True)
class Runs:
    """Training runs, one array element each.

    Parameters
    ----------
    params : numpy.ndarray
        Model size N, shape (n,).
    tokens : numpy.ndarray
        Training tokens D, shape (n,); flop / (6 params) where the table has none.
    flop : numpy.ndarray
        Training compute C, FLOP, shape (n,); 6 params tokens where the table has none.
    loss : numpy.ndarray
        Nats per token, shape (n,).
    name : str
        File or table they came from.
    budget : numpy.ndarray or None
        Nominal compute of the isoFLOP profile that a run belongs to, FLOP, shape (n,); None where
        the table has no such column.

    Examples
    --------
    >>> params, tokens = np.array([1e8, 2e8, 4e8]), np.array([2e9, 4e9, 8e9])
    >>> runs = Runs(params, tokens, 6 * params * tokens, np.array([3.4, 3.1, 2.9]), "mine")
    >>> len(runs), f"{runs.flop[0]:.2g}"
    (3, '1.2e+18')
    >>> runs.take(runs.params > 1.5e8).loss
    array([3.1, 2.9])
    """

    params: Floats
    tokens: Floats
    flop: Floats
    loss: Floats
    name: str = ""
    budget: Floats | None = None

    def __len__(self) -> int:
        return len(self.loss)

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
        return replace(
            self,
            params=self.params[kept],
            tokens=self.tokens[kept],
            flop=self.flop[kept],
            loss=self.loss[kept],
            budget=None if self.budget is None else self.budget[kept],
        )
