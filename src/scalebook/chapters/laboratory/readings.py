"""What the networks came to, as the laboratory's tables have it."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

import numpy as np

from scalebook.chapters.common import kept
from scalebook.errors import ScalebookError
from scalebook.laboratory import extent, strings
from scalinglaws import datapackage
from scalinglaws.runs import Runs
from scalinglaws.units import Floats, training_flop

#: How parameters are counted: all of them, or without the embeddings, as Kaplan et al. 2020 count.
Counted = Literal["params", "params_no_embed"]
#: Cells, sizes by lengths, below which a suite is not fitted.
ENOUGH = 24
CERTAIN = "certain-perceptron"

_COLUMNS = ("width", "params", "params_no_embed", "tokens", "seed", "excess", "loss")


@dataclass(frozen=True)
class Readings:
    """Losses of the networks of one suite, one array element each, shape (n,).

    Attributes
    ----------
    suite : str
        Source and learner.
    entropy : float
        Of the source, nats per symbol.
    width, params, params_no_embed, tokens, seed, excess, loss : ndarray
        See the table ``laboratory_runs``; `excess` is the loss above the entropy, nats per symbol.
    """

    suite: str
    entropy: float
    width: Floats
    params: Floats
    params_no_embed: Floats
    tokens: Floats
    seed: Floats
    excess: Floats
    loss: Floats

    def __len__(self) -> int:
        return len(self.excess)

    @property
    def compute(self) -> Floats:
        """FLOP by the rule 6 N D, all parameters counted."""
        return np.asarray(training_flop(self.params, self.tokens))

    @cached_property
    def places(self) -> Any:
        """Number of the cell of each reading, size by length, from 0."""
        pairs = np.stack([self.params, self.tokens], axis=1)
        return np.unique(pairs, axis=0, return_inverse=True)[1].ravel()

    @property
    def cells(self) -> int:
        """Sizes by lengths that there are."""
        return int(self.places.max(initial=-1)) + 1

    def take(self, kept: Any) -> "Readings":
        """Return the readings at positions, or where a mask is true."""
        columns: dict[str, Any] = {name: getattr(self, name)[kept] for name in _COLUMNS}
        return replace(self, **columns)

    def mean(self) -> "Readings":
        """Return one reading a cell, the mean of its seeds."""
        _, first = np.unique(self.places, return_index=True)
        counts = np.bincount(self.places)
        excess, loss = (np.bincount(self.places, v) / counts for v in (self.excess, self.loss))
        return replace(self.take(first), excess=excess, loss=loss)

    def among(self, others: "Readings") -> "Readings":
        """Return the readings of cells that others have too."""
        known = set(zip(others.params, others.tokens, strict=True))
        pairs = zip(self.params, self.tokens, strict=True)
        return self.take(np.array([each in known for each in pairs], dtype=bool))

    def joined(self, others: "Readings") -> "Readings":
        """Return these readings and others of the suite."""
        columns: dict[str, Any] = {
            name: np.concatenate([getattr(self, name), getattr(others, name)]) for name in _COLUMNS
        }
        return replace(self, **columns)

    def runs(self, counted: Counted = "params", *, one_training: bool = False) -> Runs:
        """Return the readings as a table of runs.

        Parameters
        ----------
        counted : {"params", "params_no_embed"}
        one_training : bool
            Whether readings of one size and seed are of one training run.
        """
        labels = [f"{n:g}-{s:g}" for n, s in zip(self.params, self.seed, strict=True)]
        return Runs(
            getattr(self, counted), self.tokens, self.loss, run=labels if one_training else None,
            name=self.suite,
        )  # fmt: skip


@kept  # no parameter changes it
def every() -> dict[tuple[str, str], Readings]:
    """Return the stored readings by suite and arm; those that diverged are left out."""
    rows = datapackage.rows("laboratory_runs")
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in rows:
        if np.isfinite(row["excess"]):
            groups.setdefault((row["suite"], row["arm"]), []).append(row)
    return {
        (suite, arm): Readings(
            suite, strings.named(suite.rpartition("-")[0]).source.entropy(),
            *(np.array([row[name] for row in found], dtype=float) for name in _COLUMNS),
        )
        for (suite, arm), found in groups.items()
    }  # fmt: skip


@kept
def diverged(suite: str) -> int:
    """Return how many measured runs of a suite diverged."""
    rows = datapackage.rows("laboratory_runs")
    wanted = suite, "matched"
    return sum(
        (row["suite"], row["arm"]) == wanted and not np.isfinite(row["excess"]) for row in rows
    )


def other(suite: str) -> str:
    """Return the suite of the same source learned by the other kind of network."""
    source, _, learner = suite.rpartition("-")
    kind = next(each for each in extent.GRIDS if each != learner)
    return f"{source}-{kind}"


def planned(suite: str) -> extent.Grid:
    """Return the grid that a suite is to have in the end."""
    return extent.GRIDS[suite.rpartition("-")[2]]


def measured(suite: str) -> Readings:
    """Return the measured runs of a suite, whose schedule ends where they end.

    Raises
    ------
    ScalebookError
        If there are too few to fit, or the suite has no entropy to be found.
    """
    stored = {name: found for (name, arm), found in every().items() if arm == "matched"}
    whole = [name for name, each in stored.items() if each.cells >= ENOUGH and each.entropy > 0]
    if suite not in whole:
        has = f"{stored[suite].cells} sizes by lengths" if suite in stored else "no runs"
        raise ScalebookError(
            f"laboratory: suite '{suite}' has {has} in the table of the laboratory; expected one "
            f"with an entropy and at least {ENOUGH}: {', '.join(whole)}. Choose one of these, or "
            "train more networks with `make laboratory`."
        )
    return stored[suite]
