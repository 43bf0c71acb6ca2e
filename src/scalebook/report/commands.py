"""Commands on training runs and laws: `fit`, `predict`, `backtest`, `next`, `simulate`, `plan`."""

import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer
import typer.core

from scalebook import terminal
from scalebook.arguments import (
    Json,
    WrongUse,
    at_most_one,
    choice,
    flag,
    number,
    option,
    positive,
    whole,
)
from scalebook.errors import ScalebookError
from scalebook.report.sources import Source, takes_runs
from scalebook.terminal import near, say
from scalinglaws.errors import ScalingLawsError, shortened

if TYPE_CHECKING:
    from scalebook.report.answers import Given
    from scalinglaws.fitting.isoflop import Minimum

app = typer.Typer()

_METHODS = ("huber", "lad", "mse", "varpro", "all")
_MINIMA = ("parabola", "window", "akima")


def _truths() -> list[str]:
    from scalinglaws import registry

    return list(registry.law_names("parametric"))


def _laws() -> list[str]:
    from scalinglaws import registry

    return [*_truths(), *registry.law_names("allocation"), "refit"]


Seed = Annotated[int, option("S", "seed of the random draws", read=whole("--seed"))]
Force = Annotated[bool, flag("--force", "overwrite the file if it is there already")]


class _Fit(typer.core.TyperCommand):
    """A command whose help ends with what takes long to find out."""

    def get_help(self, ctx: Any) -> str:
        from scalebook.report import answers

        self.epilog = answers.objectives()
        return super().get_help(ctx)


@app.command(cls=_Fit)
@takes_runs
def fit(
    source: Source,
    method: Annotated[
        str,
        option(
            "|".join(_METHODS),
            "how (see below); all: every method, and how far they disagree",
            read=choice("--method", _METHODS),
            complete=lambda: list(_METHODS),
        ),
    ] = "huber",
    bootstrap: Annotated[
        int, option("N", "resamples; 0 for none", read=whole("--bootstrap"))
    ] = 1000,
    seed: Seed = 0,
    compute: Annotated[
        str | None, option("C", "FLOP to give the optimum for (default: ten times the largest run)")
    ] = None,
    minimum: Annotated[
        str | None,
        option(
            "|".join(_MINIMA),
            "how Approach 2 finds the minimum of a budget (default: parabola)",
            read=choice("--minimum", _MINIMA),
            complete=lambda: list(_MINIMA),
        ),
    ] = None,
    page: Annotated[
        Path | None, option("REPORT.html", "write all of it as one page to hand on")
    ] = None,
    force: Force = False,
    json: Json = False,
) -> None:
    """Fit Chinchilla's law L(N, D) to your own training runs."""
    if force and page is None:
        raise ScalebookError("--force goes with --page.")
    if method == "all" or page is not None:
        _fit_by_all(source, bootstrap, seed, compute, minimum, page, force, json)
        return
    if minimum is not None:
        raise ScalebookError("--minimum goes with --method all, or with --page.")
    if compute is not None:
        raise ScalebookError("--compute goes with --method all, or with --page.")
    from scalebook.report import answers
    from scalebook.report import terminal as texts

    read, origin = source.read()
    with terminal.progress("resamples") as progress:
        found = answers.fit(read.runs, method, bootstrap, seed, progress, origin)
    if json:
        terminal.as_json(found.as_values())
    else:
        terminal.markdown(texts.fit(found))


def _fit_by_all(
    source: Source,
    bootstrap: int,
    seed: int,
    compute: str | None,
    minimum: str | None,
    page: Path | None,
    force: bool,
    json: bool,
) -> None:
    from scalebook import files
    from scalebook.report import study
    from scalebook.report import terminal as texts
    from scalebook.report.wording import plural

    if page is not None:
        with suppress(OSError):
            if page.samefile(source.name):
                raise ScalebookError(
                    f"--page {page}: your runs are there. Give the page another name."
                )
        _check_place("--page", page, force)
    request = study.Request(
        compute=None if compute is None else _flop("--compute", compute),
        resamples=bootstrap,
        seed=seed,
        count=study.COUNT if page or json else 0,
        minimum=cast("Minimum", minimum or "parabola"),
    )
    with terminal.progress("methods and plans") as progress:
        found = study.of_file(source, request, progress)
    if page is not None:
        from scalebook.report import page as pages

        files.write(page, pages.write(found))
    if json:
        terminal.as_json(study.as_values(found))
    elif page is not None:
        say(f"{near(page)}: {found.runs.name}, {plural(found.seen.runs, 'run')}")
    else:
        terminal.markdown(texts.write(found))


_LEVEL = "share of runs that the interval should hold"


@app.command()
@takes_runs
def predict(
    source: Source,
    params: Annotated[str | None, option("N", "size of the run, such as 70B")] = None,
    tokens: Annotated[str | None, option("D", "its training tokens, such as 1.4T")] = None,
    compute: Annotated[
        str | None, option("C", "FLOP, instead of both: the best run of that budget")
    ] = None,
    level: Annotated[float, option("P", _LEVEL, read=number("--level"))] = 0.95,
    json: Json = False,
) -> None:
    """Predict the loss of a larger run from your own training runs.

    The interval is as wide as it had to be to hold the larger runs of public suites.
    """
    given = {"params": params, "tokens": tokens, "compute": compute}
    known = {key for key, text in given.items() if text is not None}
    if known not in ({"params", "tokens"}, {"compute"}):
        raise WrongUse(
            f"predict: {' and '.join(f'--{key}' for key in given if key in known) or 'no run'} "
            "given: expected --params and --tokens of the run, or --compute alone."
        )
    from scalebook.report import ahead
    from scalebook.report import terminal as texts
    from scalinglaws.prediction import forecast

    asked = {key: _quantity(key, text) for key, text in given.items() if text is not None}
    table, origin = source.read()
    with _as_options("params", "tokens", "compute", "level"):
        found = forecast.predict(table.runs, level=level, **asked)
    if json:
        terminal.as_json(ahead.as_values(found) | {"reading": list(origin.notes)})
    else:
        terminal.markdown(texts.noted(origin) + texts.prediction(found))


@app.command()
@takes_runs
def backtest(
    source: Source,
    level: Annotated[float, option("P", _LEVEL, read=number("--level"))] = 0.95,
    json: Json = False,
) -> None:
    """Predict your larger runs from the smaller, by every method.

    Cuts the table wherever enough is left below, and says which form did best on the runs above,
    and how many of them each interval held.
    """
    from scalebook.report import terminal as texts
    from scalinglaws.prediction import backtesting

    table, origin = source.read()
    with _as_options("level"), terminal.progress("splits") as progress:
        found = backtesting.backtest(table.runs, level=level, progress=progress)
    if json:
        terminal.as_json(texts.backtest_values(found) | {"reading": list(origin.notes)})
    else:
        terminal.markdown(texts.noted(origin) + texts.backtest(found))


@app.command("next")
@takes_runs
def plan_next(
    source: Source,
    budget: Annotated[
        str | None, option("C", "FLOP of a run at most (default: the largest)")
    ] = None,
    total: Annotated[str | None, option("C", "FLOP of all next runs together")] = None,
    more: Annotated[int, option("K", "how many", "--runs", read=whole("--runs"))] = 6,
    wanted: Annotated[
        str | None,
        option(
            "WHAT",
            "a, E, or N, D or L at a compute, such as N@1e24 (default: L at ten times the largest)",
            "--for",
            complete=lambda: ["a", "E", "N@", "D@", "L@"],
        ),
    ] = None,
    guard: Annotated[
        bool, flag("--guard/--no-guard", "guard against a law that has the wrong form")
    ] = True,
    ratios: Annotated[
        str | None,
        option("LOW:HIGH", "tokens per parameter (default: as in the table, at least 100-fold)"),
    ] = None,
    json: Json = False,
) -> None:
    """Choose the runs to train next, to narrow an interval most.

    Chooses sizes and data of the next runs by the law fitted to those at hand.
    """
    at_most_one({"budget": budget, "total": total})
    from scalebook.report import study
    from scalebook.report import terminal as texts
    from scalinglaws.prediction.design import next_runs, quantity

    try:
        quantity(wanted or "a")
    except ScalingLawsError as error:
        raise ScalebookError(f"--for: {error}") from None
    read, origin = source.read()
    with _as_options("runs"), terminal.progress("designs") as progress:
        made = next_runs(
            read.runs, wanted, runs=more,
            budget=None if budget is None else _flop("--budget", budget),
            total=None if total is None else _flop("--total", total),
            guarded=guard, ratios=_ratios(ratios), progress=progress,
        )  # fmt: skip
    if json:
        terminal.as_json(study.plan_values(made) | {"reading": list(origin.notes)})
    else:
        terminal.markdown(texts.next_runs(made, origin))


def _quantity(option: str, text: str) -> float:
    meaning, unit = _UNITS[option]
    return positive(f"--{option}", text, meaning, unit)


@contextmanager
def _as_options(*names: str) -> Iterator[None]:
    """Let a complaint about one of these arguments of the library name the option instead."""
    try:
        yield
    except ScalingLawsError as error:
        argument = re.compile(rf"\b({'|'.join(names)}) (?=(is )?([-\d]|nan|inf))")
        raise ScalebookError(argument.sub(r"--\1 ", str(error))) from None


def _ratios(text: str | None) -> tuple[float, float] | None:
    from scalinglaws.quantities import parse_quantity

    if text is None:
        return None
    with suppress(ScalingLawsError, ValueError):
        low, high = map(parse_quantity, text.split(":"))
        if 0 < low <= high:
            return low, high
    raise ScalebookError(
        f"--ratios {shortened(text)}: expected two numbers, the smaller first, such as 1:1000."
    )


@app.command()
def simulate(
    law: Annotated[
        str, option("NAME", "the law that the runs follow", complete=_truths)
    ] = "besiroglu2024",
    budgets: Annotated[int, option("N", "number of budgets", read=whole("--budgets"))] = 8,
    sizes: Annotated[
        int, option("N", "number of sizes on each budget", read=whole("--sizes"))
    ] = 12,
    lowest: Annotated[str, option("C", "smallest budget, FLOP")] = "1e18",
    highest: Annotated[str, option("C", "largest budget, FLOP")] = "1e21",
    factor: Annotated[
        float, option("X", "largest over smallest size", read=number("--factor"))
    ] = 30.0,
    noise: Annotated[
        float, option("S", "standard deviation of log loss", read=number("--noise"))
    ] = 0.005,
    seed: Seed = 0,
    out: Annotated[Path, option("RUNS.csv", "where the runs go", "-o")] = Path("runs.csv"),
    force: Force = False,
) -> None:
    """Make up runs of a known law, for practice."""
    from scalebook import files
    from scalinglaws.prediction import simulation

    _check_place("-o", out, force)
    range_ = _flop("--lowest", lowest), _flop("--highest", highest)
    with _as_options("budgets", "sizes", "lowest", "highest", "factor", "noise", "seed"):
        made = simulation.Laboratory(law, budgets, sizes, *range_, factor, noise, seed)
    files.write(out, simulation.csv_text(made))
    count = made.budgets * made.sizes
    say(f"{near(out)}: {count} {'run' if count == 1 else 'runs'} of {simulation.truth(made)}")


def _check_place(option: str, path: Path, force: bool) -> None:
    """Refuse, before any work, a place that cannot be written, or that another file has."""
    from scalebook import files

    # A folder that is not there may be a slip of the pen.
    if not path.absolute().parent.is_dir():
        raise ScalebookError(
            f"{option} {path} cannot be written: there is no folder {path.parent}. "
            "Make it first, or give another place."
        )
    with suppress(FileNotFoundError):
        if not stat.S_ISREG(path.stat().st_mode):
            kind = "folder" if path.is_dir() else "device or a pipe"
            raise ScalebookError(f"{option} {path} is a {kind}. Give the name of a file.")
        if not force:
            raise ScalebookError(f"{option} {path} already exists. Give another name, or --force.")
    files.check_writable(path)


# What each number is, and the unit of one that comes without.
_UNITS = {
    "compute": ("number of FLOP", "FLOP"),
    "loss": ("number of nats per token", "nats/token"),
    "params": ("number of parameters", "params"),
    "tokens": ("number of tokens", "tokens"),
    "cost": ("sum of money", "USD"),
    "energy": ("number of kWh", "kWh"),
    "peak": ("number of FLOP/s", "FLOP/s"),
    "utilisation": ("share of the peak, at most 1", "share"),
    "price": ("price per hour of the machine", "USD/h"),
    "power": ("number of W", "W"),
}
_UTILISATION = "0.4"
_FROM_MACHINES = {"time": (), "cost": ("price",), "energy": ("power",)}


@app.command()
def plan(
    compute: Annotated[str | None, option("C", "FLOP, such as 5.76e23")] = None,
    loss: Annotated[str | None, option("L", "loss to reach, nats per token")] = None,
    params: Annotated[str | None, option("N", "size of the model, such as 70B")] = None,
    tokens: Annotated[str | None, option("D", "training tokens, such as 1.4T")] = None,
    time: Annotated[str | None, option("T", "time on the machine, such as '3 months'")] = None,
    cost: Annotated[str | None, option("MONEY", "money to spend on the machine")] = None,
    energy: Annotated[str | None, option("KWH", "energy to spend on the machine, kWh")] = None,
    peak: Annotated[str | None, option("F", "arithmetic of the machine at peak, FLOP/s")] = None,
    utilisation: Annotated[
        str | None,
        option(
            "U",
            f"share of the peak that training gets (default: {_UTILISATION})",
            "--utilisation",
            "--utilization",
        ),
    ] = None,
    price: Annotated[str | None, option("P", "money per hour of the machine, with --cost")] = None,
    power: Annotated[str | None, option("W", "draw of the machine in W, with --energy")] = None,
    law: Annotated[
        list[str] | None,
        option("NAME", "a published law, or refit; give it again for another", complete=_laws),
    ] = None,
    json: Json = False,
) -> None:
    """Plan size and data for a budget, a loss, a size or a machine.

    Compute-optimal, by published laws and by one fitted here. Start from one of: --compute, --loss,
    --params, --tokens; or from a machine (--peak) with --time, with --cost and --price, or with
    --energy and --power.
    """
    starts = {"compute": compute, "loss": loss, "params": params, "tokens": tokens, "time": time,
              "cost": cost, "energy": energy}  # fmt: skip
    start = at_most_one(starts)
    if start is None:
        raise WrongUse(
            "plan: where to start from is missing: expected one of "
            f"{', '.join(f'--{name}' for name in starts)}, such as --compute 1e25."
        )
    from scalebook.report import answers
    from scalebook.report import terminal as texts

    machine = {"peak": peak, "utilisation": utilisation, "price": price, "power": power}
    given = _given(start, {**starts, **machine})
    rows = answers.plan(given, law)
    if json:
        terminal.as_json(rows)
    else:
        terminal.markdown(texts.plan(rows, given))


def _given(start: str, said: dict[str, str | None]) -> "Given":
    """Return what the plan starts from; machine figures become compute."""
    from scalebook.report.answers import Given
    from scalinglaws.optimum.machine import Machine, from_cost, from_energy, from_machine
    from scalinglaws.quantities import duration

    machine = ("peak", "utilisation")
    needed = (*machine, *_FROM_MACHINES[start]) if start in _FROM_MACHINES else ()
    for name in (*machine, "price", "power"):
        if said[name] is not None and name not in needed:
            raise ScalebookError(f"--{name} does not go with --{start}. Leave one of them out.")
    if said["utilisation"] is None:
        said = said | {"utilisation": _UTILISATION}

    def value(name: str) -> float:
        text, (meaning, unit) = said[name], _UNITS[name]
        if text is None:
            raise ScalebookError(f"--{name} is missing: expected a positive {meaning}.")
        return positive(f"--{name}", text, meaning, unit)

    if not needed:
        return Given(start, value(start))
    with _as_options(*machine):
        made = Machine(value("peak"), value("utilisation"))
    if start == "time":
        compute = from_machine(made, duration(str(said["time"])))
    elif start == "cost":
        compute = from_cost(made, value("cost"), value("price"))
    else:
        compute = from_energy(made, value("energy"), value("power"))
    return Given("compute", float(compute), made.utilisation)


def _flop(option: str, text: str) -> float:
    return positive(option, text, *_UNITS["compute"])
