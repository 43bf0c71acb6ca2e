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
        Training tokens D; flop / (6 params) where the table has none.
    flop : numpy.ndarray
        Training compute C, FLOP; 6 params tokens where the table has none.
    loss : numpy.ndarray
        Nats per token.
    name : str
        File or table they came from.
    budget : numpy.ndarray or None
        Nominal compute of the isoFLOP profile that a run belongs to, FLOP; None where the table
        has no such column.
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
        """Complain if there are fewer than `count` runs; `parameter` is what left some out.

        Raises
        ------
        ScalingLawsError
        """
        if len(self) < count:
            raise ScalingLawsError(
                f"{self.name}: {len(self)} runs are left to fit; {purpose} needs at least {count}. "
                f"Leave fewer out ({parameter}) or add runs; a fit of the law alone does with six."
            )

    def without_highest(self, count: int) -> "Runs":
        """Return the runs without the `count` highest losses, in the same order.

        Raises
        ------
        ScalingLawsError
            If that would leave nothing.
        """
        if not 0 <= count < len(self):
            raise ScalingLawsError(
                f"{self.name}: {count} of {len(self)} runs cannot be left out. "
                f"Leave out at most {len(self) - 1}."
            )
        return self.take(np.sort(np.argsort(-self.loss, kind="stable")[count:]))

    def take(self, kept: npt.NDArray[np.intp] | npt.NDArray[np.bool_]) -> "Runs":
        """Return the runs at the given positions (or where a mask is true)."""
        return replace(
            self,
            params=self.params[kept],
            tokens=self.tokens[kept],
            flop=self.flop[kept],
            loss=self.loss[kept],
            budget=None if self.budget is None else self.budget[kept],
        )
