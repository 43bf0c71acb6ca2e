"""How often the intervals of a fit hold the truth, where errors are as real laboratories have them.

    nice -n 19 python benchmarks/coverage.py                   # some minutes
    nice -n 19 python benchmarks/coverage.py --laboratories 5  # five more of each kind

writes benchmarks/coverage.json: outcomes by kind of error, interval and constant. What is there
already is kept, so that it can be stopped and gone on with. Laboratory k of a kind has seed k.
"""

import argparse
import json
import os
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")  # read when NumPy is imported

import numpy as np

from scalinglaws import Runs, fit, published
from scalinglaws.errors import ScalingLawsError
from scalinglaws.fitting import isoflop, profile
from scalinglaws.laws import GeneralLaw
from scalinglaws.prediction.simulation import Sweep

TARGET = Path(__file__).with_suffix(".json")
LABORATORIES = 100
RESAMPLES = 200
LEVEL = 0.95
NOISE = 0.005  # of log loss, of every kind of error
POWER = 1.5  # of the bent law; on real suites fits give 1.4 to 1.7
LENGTH = 2.0  # of the smooth error, in log size and log data
NORMAL = 1.959964

LAW = published["besiroglu2024"]
CONSTANTS = ("E", "A", "B", "alpha", "beta", "a")
PROFILED = ("E", "alpha", "beta", "a")

#: What the errors of log loss are, by kind.
KINDS = {
    "independent": "normal, each run its own",
    "heavy tails": "Student's t of 3 degrees of freedom, each run its own",
    "by budget": "half of the variance shared by the runs of a budget",
    "smooth": "a Gaussian process in log size and log data, and a fifth of the noise by run",
    "bent law": f"normal, about a law whose terms are joined by p = {POWER}",
    "checkpoints": "half of the variance shared by the eight readings of a run, which are named",
    "checkpoints, no names": "the same, and nothing says which readings are of one run",
}


def laboratory(kind, seed):
    """Return the runs of one made-up laboratory: 8 budgets of 12 sizes, or 12 runs read 8 times."""
    rng = np.random.default_rng([list(KINDS).index(kind), seed])
    made = Sweep(LAW, 1e18, 1e21, 8, 12, 30.0).runs()
    params, tokens, group = made.params, made.tokens, np.repeat(np.arange(8), 12)
    budget, run = made.budget, None
    if kind.startswith("checkpoints"):
        params = np.repeat(np.geomspace(1e8, 1e10, 12), 8)
        tokens = np.tile(np.geomspace(2e9, 2e11, 8), 12)
        group, budget = np.repeat(np.arange(12), 8), None
        run = None if kind.endswith("names") else [f"run {each}" for each in group]
    n, law = len(params), LAW
    own = rng.standard_normal(n)
    if kind == "heavy tails":
        own = rng.standard_t(3, n) / np.sqrt(3)
    elif kind == "by budget" or kind.startswith("checkpoints"):
        own = np.sqrt(0.5) * own + np.sqrt(0.5) * rng.standard_normal(group.max() + 1)[group]
    elif kind == "smooth":
        places = np.log(np.stack([params, tokens], axis=1))
        apart = ((places[:, None] - places) ** 2).sum(axis=-1)
        shape = np.exp(-apart / (2 * LENGTH**2)) + 1e-9 * np.eye(n)
        own = np.linalg.cholesky(shape) @ rng.standard_normal(n) + 0.2 * own
    elif kind == "bent law":
        law = GeneralLaw(LAW.E, LAW.A, LAW.B, LAW.alpha, LAW.beta, POWER)
    loss = law.loss(params, tokens) * np.exp(NOISE * own)
    return Runs(params, tokens, loss, budget=budget, run=run)


def intervals(runs, seed):
    """Return every interval of the constants that the project prints, by method and constant.

    One that does not exist, or is of a constant that the fit says is not told, is None.
    """
    found = {}
    for error in ("huber", "mse"):
        one = fit(runs, error=error)
        told = {**one.told, "a": one.optimum_told}
        draws = one.bootstrap(RESAMPLES, seed) if one.converged else None
        found[f"bootstrap, {error}"] = {
            name: _pair(draws.interval(name, LEVEL)) if draws and told[name] else None
            for name in CONSTANTS
        }
        found[f"first order, {error}"] = {
            name: _first_order(one, name) if one.converged and told[name] else None
            for name in ("E", "A", "B", "alpha", "beta")
        }
        if error == "huber":
            found["profile, huber"] = {
                name: _profile(one, name) if one.converged and told[name] else None
                for name in PROFILED
            }
    if runs.budget is not None:
        try:
            ends = np.nanquantile(isoflop.fit(runs).bootstrap(RESAMPLES, seed).allocation.a,
                                  [(1 - LEVEL) / 2, (1 + LEVEL) / 2])  # fmt: skip
            found["Approach 2, bootstrap by budget"] = {"a": _pair(ends)}
        except ScalingLawsError:
            found["Approach 2, bootstrap by budget"] = {"a": None}
    return found


def _pair(ends):
    low, high = map(float, ends)
    return [low, high] if np.isfinite([low, high]).all() else None


def _first_order(one, name):
    value, error = one.constants[name], one.relative_errors[name]
    if name in ("A", "B", "E"):
        return _pair(value * np.exp([-NORMAL * error, NORMAL * error]))
    return _pair(value * (1 + NORMAL * error * np.array([-1, 1])))


def _profile(one, name):
    value = float(getattr(one.law, name))
    wanted = profile.size_exponent() if name == "a" else profile.coordinate(name)
    grid = value * np.linspace(0.6, 1.4, 41)
    grid = grid[(grid > 0) & ((name != "a") | (grid < 1))]
    try:
        return _pair(profile.profile_along(one, wanted, grid).interval(LEVEL))
    except ScalingLawsError:
        return None


def count(rows, kind, found):
    """Add one laboratory's intervals to the rows of its kind of error."""
    known = {(row["errors"], row["interval"], row["constant"]): row for row in rows}
    for method, spans in found.items():
        for name, ends in spans.items():
            row = known.get((kind, method, name))
            if row is None:
                row = {"errors": kind, "interval": method, "constant": name,
                       "laboratories": 0, "given": 0, "held": 0, "width": None}  # fmt: skip
                rows.append(row)
            row["laboratories"] += 1
            if ends is None:
                continue
            truth = float(getattr(LAW, name))
            width = (ends[1] - ends[0]) / abs(truth)
            row["width"] = ((row["width"] or 0.0) * row["given"] + width) / (row["given"] + 1)
            row["given"] += 1
            row["held"] += ends[0] <= truth <= ends[1]


def done(rows, kind):
    """Return how many laboratories of a kind are counted."""
    return max((row["laboratories"] for row in rows if row["errors"] == kind), default=0)


def main():
    """Add laboratories to those there are, one of each kind at a time."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--laboratories", type=int, help=f"more of each (up to {LABORATORIES})")
    asked = parser.parse_args().laboratories
    rows = json.loads(TARGET.read_text("utf-8"))["rows"] if TARGET.exists() else []
    there = min(done(rows, kind) for kind in KINDS)
    until = LABORATORIES if asked is None else there + asked
    for seed in range(there, until):
        for kind in KINDS:
            if done(rows, kind) <= seed:
                count(rows, kind, intervals(laboratory(kind, seed), seed))
        _store(rows)
    for row in rows:
        if row["constant"] in ("E", "a"):
            held = f"{row['held'] / row['given']:.0%}" if row["given"] else "-"
            print(f"{row['errors']:22} {row['interval']:32} {row['constant']:2} {held:>5}")


def _store(rows):
    stored = {
        "level": LEVEL, "resamples": RESAMPLES, "noise": NOISE, "law": LAW.name, "errors": KINDS,
        "columns": {
            "laboratories": "made up and fitted",
            "given": "those whose fit gives the interval: the constant is told, both ends exist",
            "held": "those of them in which it holds the truth",
            "width": "its mean, over the true value",
        },
        "rows": rows,
    }  # fmt: skip
    partial = TARGET.with_suffix(".part")
    partial.write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")
    partial.replace(TARGET)


if __name__ == "__main__":
    main()
