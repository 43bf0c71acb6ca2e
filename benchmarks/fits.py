"""Time the fits against a plain reference in the same process, and print ratios; `make bench`.

The reference fits one resample after the other by SciPy's BFGS with its numerical gradient, from
the full-sample optimum, as the published replication does.
"""

import platform
import time

import numpy as np
from scipy.optimize import minimize

from scalebook import fitting, tables
from scalebook.fitting.bootstrap import weights
from scalebook.fitting.parametric import minimise

RESAMPLES, REFERENCE_RESAMPLES, SEED = 4000, 40, 1


def main() -> None:
    """Print one line a benchmark."""
    runs = tables.runs("hoffmann2022_runs").without_highest(5)
    data = (runs.params, runs.tokens, runs.loss)
    design, fit = fitting.design(*data), fitting.fit(*data)
    counts = weights(len(runs), RESAMPLES, np.random.default_rng(SEED))
    print(f"{platform.python_implementation()} {platform.python_version()}, NumPy {np.__version__}")

    start = time.perf_counter()
    starts = np.repeat(fit.theta[None], RESAMPLES, axis=0)
    _, ours, converged = minimise(starts, design, weights=counts)
    each = (time.perf_counter() - start) / RESAMPLES

    start = time.perf_counter()
    reference = np.array(
        [_reference(fit.theta, design, row) for row in counts[:REFERENCE_RESAMPLES]]
    )
    reference_each = (time.perf_counter() - start) / REFERENCE_RESAMPLES

    worse = float(np.max(ours[:REFERENCE_RESAMPLES] / reference - 1))
    print(f"bootstrap: {1e3 * each:.2f} ms a resample, {reference_each / each:.0f} times the "
          f"reference's rate; {converged.mean():.2%} converged; objective at most {worse:+.1e} "
          "relative to the reference's")  # fmt: skip

    start = time.perf_counter()
    grid = fitting.fit(*data, starts=fitting.PAPER_STARTS[::10])
    taken = time.perf_counter() - start
    print(f"a tenth of the paper's grid: {taken:.2f} s for {grid.starts} starts; "
          f"{grid.starts_at_best:.0%} end in the best minimum")  # fmt: skip


def _reference(theta: np.ndarray, design: fitting.Design, counts: np.ndarray) -> float:
    found = minimize(
        lambda point: float(fitting.objective(design.uncentre(point), design, weights=counts)),
        design.centre(theta),
        method="BFGS",
    )
    return float(found.fun)


if __name__ == "__main__":
    main()
