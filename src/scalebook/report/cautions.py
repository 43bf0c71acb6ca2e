"""What a reader of a fit has to know before its numbers: a sentence each."""

from collections.abc import Mapping, Sequence

import numpy as np

from scalinglaws.fitting import Fit
from scalinglaws.prediction import survey
from scalinglaws.prediction.comparison import CLEARLY, Preference
from scalinglaws.runs import Runs

#: What every interval of a fit is of.
OF = "of the law, if its form is right"

_SCHEDULE = "readings from the middle of a run lie higher than a run that ends there would"


def of_table(runs: Runs, floor: float | None = None) -> list[str]:
    """Return what the numbers of a table give cause to look at.

    Parameters
    ----------
    runs : Runs
        As read, copies of a row included.
    floor : float, optional
        Irreducible loss of a law fitted to them.
    """
    kept = runs.distinct()
    copies, trained = len(runs) - len(kept), int(kept.groups.max()) + 1
    found = []
    if copies:
        are = (
            "row is a copy of another and was"
            if copies == 1
            else "rows are copies of others and were"
        )
        found.append(f"{copies:,} {are} left out.")
    if trained < len(kept):
        found.append(
            f"The {len(kept):,} rows are of {trained:,} training runs, which are drawn whole: "
            f"{_SCHEDULE}, so that a fit to them is of something else than one to final losses."
        )
    return [*found, *survey.suspicions(kept, floor)]


def of_fit(fit: Fit, told: Mapping[str, bool]) -> list[str]:
    """Return what the runs do not tell, and why not."""
    lost = [name for name, known in told.items() if not known]
    if not lost:
        return []
    names = f"These runs do not tell {listed(lost)}"
    if fit.one_dimensional and not fit.problem.confounded:
        return [
            f"{names}: they lie along one line of size and data, as on one budget or at one ratio "
            "of tokens to parameters. Vary both at several budgets."
        ]
    if not fit.converged:
        return [f"{names} ({fit.status})."]
    return [f"{names}: the noise moves them too far. More runs would, or runs that differ more."]


def of_form(form: str, preference: Preference | None) -> list[str]:
    """Return how much better another form describes the runs, if it does so clearly."""
    worse = 0.0 if preference is None else preference.aic.get(form, np.inf)
    if preference is None or worse <= CLEARLY:
        return []
    by = f"AIC higher by {worse:.0f}" if np.isfinite(worse) else "its fit did not converge"
    return [
        f"The form {preference.form!r} describes these runs clearly better than {form!r} ({by}): "
        f"numbers of {form!r} are what it would say if it were right."
    ]


def listed(names: Sequence[str]) -> str:
    """Write names as a list: a, b and c."""
    *rest, last = names
    return f"{', '.join(rest)} and {last}" if rest else last
