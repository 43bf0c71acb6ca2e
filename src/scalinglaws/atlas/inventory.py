"""The suites of the public tables, with what may move their exponents."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from scalinglaws import datapackage
from scalinglaws.prediction import calibration
from scalinglaws.prediction.calibration import Suite
from scalinglaws.prediction.splits import thinned
from scalinglaws.runs import Runs

#: Tables whose suites stand here a second time, counted without embeddings. Of gadre2024 one text
#: of evaluation does.
_RECOUNTED = {"gadre2024": "@c4_val", "gemstones2025": ""}
#: What is added to the name of a suite that is counted so.
RECOUNTED = " without embeddings"

_WITHOUT = {"bhagia2024_final"}
_UNDECAYED = {
    "clark2022_curves": "unfinished",
    "brown2020_curves": "unfinished",
    "alabdulmohsin2022_lm": "unfinished",
    "gemstones2025": "constant",
}


@dataclass(frozen=True)
class Entry:
    """A suite of the atlas.

    Attributes
    ----------
    suite : Suite
        Its runs, and where they are.
    embeddings : bool
        Whether its parameters include them or the last layer; true where nothing is said.
    schedule : {"decayed", "unfinished", "constant"}
        Whether the learning rate of each row had decayed to its planned end, was read off a longer
        schedule, or never decayed (data/README.md).

    Examples
    --------
    >>> first = next(entries())
    >>> first.name, first.laboratory, first.schedule, len(first.runs)
    ('hoffmann2022_runs', 'hoffmann', 'decayed', 240)
    """

    suite: Suite
    embeddings: bool
    schedule: str

    @property
    def name(self) -> str:
        """What the suite is called."""
        return self.suite.name

    @property
    def laboratory(self) -> str:
        """Whose runs."""
        return self.suite.laboratory

    @property
    def table(self) -> str:
        """Which table they are in."""
        return self.suite.table

    @property
    def runs(self) -> Runs:
        """Those that count, readings of shared training thinned."""
        return self.suite.runs

    @property
    def profiled(self) -> Runs:
        """Those that isoFLOP profiles are drawn through: all readings where budgets are named."""
        return self.suite.runs if self.suite.readings.budget is None else self.suite.readings

    @property
    def shares_sizes(self) -> bool:
        """Whether rows of one size share their training."""
        return self.name == "fineweb-c4"


def entries() -> Iterator[Entry]:
    """Yield every suite whose loss goes by size and data.

    Yields
    ------
    Entry
        Those of `prediction.calibration.suites`, and some of them again with their parameters
        counted without embeddings, which their tables tell.

    Examples
    --------
    >>> everything = list(entries())
    >>> len(everything), sum(each.name.endswith(RECOUNTED) for each in everything)
    (72, 12)
    """
    again: list[Entry] = []
    for suite in calibration.suites():
        entry = Entry(suite, _embeddings(suite), _schedule(suite))
        again.extend(_recounted(entry))
        yield entry
    yield from again


def _embeddings(suite: Suite) -> bool:
    return suite.table not in _WITHOUT and "-kaplan-train" not in suite.name


def _schedule(suite: Suite) -> str:
    if suite.name == "fineweb-c4":
        return "unfinished"
    if suite.table == "porian2024":
        decay = suite.name.split("-")[3]
        return {"kaplan": "unfinished", "chinchilla": "decayed", "const": "constant"}[decay]
    if "cool" in suite.name:
        return "decayed"
    return _UNDECAYED.get(suite.table, "decayed")


def _recounted(entry: Entry) -> Iterator[Entry]:
    """Yield the suite with the sizes of the column ``params_no_embed``."""
    suite = entry.suite
    if _RECOUNTED.get(suite.table) is None or not suite.name.endswith(_RECOUNTED[suite.table]):
        return
    rows = [row for row in datapackage.rows(suite.table) if row["suite"] == suite.name]
    sizes = np.array([row["params_no_embed"] for row in rows], dtype=float)
    if np.isnan(sizes).any():
        return
    old = suite.readings
    readings = Runs(
        sizes, old.tokens, old.loss, budget=old.budget, suite=old.suite, run=old.run, name=old.name
    )
    runs = readings
    if len(suite.runs) < len(readings):
        runs = thinned(readings, np.asarray(readings.run))
    name = suite.name + RECOUNTED
    yield Entry(replace(suite, name=name, runs=runs, readings=readings), False, entry.schedule)
