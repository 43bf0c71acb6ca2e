"""What the page on one's own runs quotes: outputs of the commands, and how far intervals hold.

    python benchmarks/own_runs.py              # a minute or two
    python benchmarks/own_runs.py --outputs    # only what the commands print

writes benchmarks/own_runs.json. Everything is computed from seeds, so that a test
can compute parts of it again.
"""

import argparse
import contextlib
import io
import json
import os
import tempfile
from pathlib import Path

import numpy as np

from scalebook import cli
from scalinglaws import Runs, registry
from scalinglaws.fitting import FORMS, MSE, fit
from scalinglaws.fitting.model import Design
from scalinglaws.fitting.surface import Problem, minimise
from scalinglaws.prediction import design as next_runs
from scalinglaws.prediction import methods, simulation
from scalinglaws.prediction.simulation import Laboratory, scatter

TARGET = Path(__file__).with_suffix(".json")

LABORATORIES = 200
RESAMPLES = 300
LEVELS = (0.8, 0.95)
METHODS = ("huber", "mse", "varpro", "isoflop")
CONSTANTS = ("E", "alpha", "beta", "a")
COMPUTE = 1e24

#: The commands of the page, as typed.
COMMANDS = {
    "simulate": "simulate --budgets 5 --sizes 7 --seed 1 -o runs.csv",
    "fit": "fit runs.csv --method all --compute 1e23",
    "next": "next runs.csv --budget 1e22 --runs 4 --for a",
}

#: The laboratory whose next runs are planned and then trained, many times over.
PLANNED = Laboratory(budgets=5, sizes=7)
PLAN = {"runs": 6, "budget": 1e22}


def outputs(only=tuple(COMMANDS)):
    """Return what the commands print, by name, run one after the other in an empty folder."""
    found, before = {}, Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            for name, command in COMMANDS.items():
                if name in only:
                    stream = io.StringIO()
                    with contextlib.redirect_stdout(stream):
                        assert cli.main(command.split()) == 0
                    found[name] = stream.getvalue()
        finally:
            os.chdir(before)
    return found


def shown(text):
    """Return the parts of the long answer of `fit` that the page quotes."""
    parts = text.strip().split("\n\n")
    short = parts[: parts.index("## What the data can tell")]
    start = next(place for place, part in enumerate(parts) if part.startswith("Table: Every"))
    return "\n\n".join([*short, *parts[start : start + 2]]) + "\n"


def laboratory_answers(seed):
    """Return what every method says of one laboratory, without the forms that are not true."""
    made = simulation.simulate(Laboratory(seed=seed))
    return methods.compare(made, COMPUTE, resamples=RESAMPLES, seed=seed, methods=METHODS)


def coverage(laboratories=LABORATORIES):
    """Return how often intervals hold the truth, by method, constant and level."""
    truth = registry.parametric(Laboratory().law)
    every = [laboratory_answers(seed) for seed in range(laboratories)]
    rows = []
    for place, method in enumerate(METHODS):
        for name in CONSTANTS:
            answers = [answers[place] for answers in every]
            if name not in answers[0].estimate:
                continue
            values = np.array([answer.estimate[name] for answer in answers])
            held = {}
            for level in LEVELS:
                ends = [answer.interval(name, level) for answer in answers]
                inside = [e is not None and e[0] <= getattr(truth, name) <= e[1] for e in ends]
                held[f"{level:g}"] = float(np.mean(inside))
            rows.append({
                "method": method,
                "label": methods.METHODS[method].label,
                "constant": name,
                "truth": float(getattr(truth, name)),
                "mean": float(values.mean()),
                "scatter": float(values.std(ddof=1)),
                "held": held,
                "first": [float(value) for value in values[:3]],
            })  # fmt: skip
    return rows


def promised(laboratories=2 * LABORATORIES):
    """Return what plans promise and what laboratories then show, by quantity."""
    law, form = registry.parametric(PLANNED.law), FORMS["chinchilla"]
    made = simulation.simulate(PLANNED)
    params, tokens = made.params, made.tokens
    exact = fit(Runs(params, tokens, law.loss(params, tokens)), error="mse")
    known = next_runs.Knowledge(exact, PLANNED.noise)
    rng, rows = np.random.default_rng(0), []
    for name in ("a", "E", "N@1e24"):
        wanted = next_runs.quantity(name)
        plan = next_runs.plan(known, wanted, next_runs.Limits(PLAN["runs"], each=PLAN["budget"]))
        both = np.append(params, plan.params), np.append(tokens, plan.tokens)
        for when, expected, (n, d) in (
            ("now", plan.now, (params, tokens)),
            ("after", float(plan.after[-1]), both),
        ):
            values = []
            for loss in scatter(law.loss(n, d), PLANNED.noise, laboratories, rng):
                problem = Problem(Design.of(Runs(n, d, loss)), form, MSE)
                found = minimise(form.values(law)[None], problem, near=True)[0]
                values.append(_value(wanted, form.law(found[0])))
            spread = float(np.std(values, ddof=1))
            rows.append({
                "for": name,
                "when": when,
                "promised": expected,
                "found": spread,
                "blur": spread / np.sqrt(2 * (laboratories - 1)),
            })  # fmt: skip
    return rows


def _value(wanted, law):
    if wanted.kind != "N":
        return getattr(law, wanted.kind)
    return np.log(law.optimum(compute=wanted.compute).params)


def main():
    """Compute all of it, or only what the commands print, and store it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--outputs", action="store_true", help="only what the commands print")
    arguments = parser.parse_args()
    said = outputs()
    if arguments.outputs:
        stored = json.loads(TARGET.read_text(encoding="utf-8"))
        stored["outputs"] = {**said, "fit": shown(said["fit"])}
        stored["commands"] = {name: f"scalebook {command}" for name, command in COMMANDS.items()}
        _store(stored)
        return
    stored = {
        "commands": {name: f"scalebook {command}" for name, command in COMMANDS.items()},
        "outputs": {**said, "fit": shown(said["fit"])},
        "laboratories": LABORATORIES,
        "planned_laboratories": 2 * LABORATORIES,
        "resamples": RESAMPLES,
        "levels": list(LEVELS),
        "slack": {f"{level:g}": float(np.sqrt(level * (1 - level) / LABORATORIES))
                  for level in LEVELS},
        "laboratory": {"budgets": Laboratory().budgets, "sizes": Laboratory().sizes,
                       "noise": Laboratory().noise},
        "coverage": coverage(),
        "plan": PLAN,
        "promised": promised(),
    }  # fmt: skip
    _store(stored)


def _store(stored):
    text = json.dumps(stored, indent=1, ensure_ascii=False) + "\n"
    TARGET.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
