"""The command line: `scalebook run | sweep | verify | params | fit | next | plan | ...`."""

import argparse
import io
import json
import math
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import scalebook
from scalebook.errors import ScalebookError
from scalinglaws.errors import ScalingLawsError, shortened

if TYPE_CHECKING:
    from scalebook.report.answers import Given


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; errors go to stderr without a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a file's name may hold what has no encoding
            stream.reconfigure(errors="backslashreplace")
    arguments = _parser().parse_args(_joined(sys.argv[1:] if argv is None else argv))
    try:
        arguments.command(arguments)
        sys.stdout.flush()
    except ScalingLawsError as error:
        print(f"scalebook: {error}", file=sys.stderr)
        return 1
    except ModuleNotFoundError as error:
        if str(error.name).startswith(("scalebook", "scalinglaws")):
            raise
        print(
            f"scalebook: this needs the package {error.name}, which comes with the chapters: "
            "pip install 'scalebook[book]'",
            file=sys.stderr,
        )
        return 1
    except KeyboardInterrupt:
        print("scalebook: stopped.", file=sys.stderr)
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    return 0


def _joined(argv: Sequence[str]) -> list[str]:
    """Join an option and a negative number, which argparse takes for an option if it has an e."""
    out: list[str] = []
    for text in argv:
        if out and re.match(r"-\.?\d", text) and re.fullmatch(r"--[a-z]+", out[-1]):
            out[-1] = f"{out[-1]}={text}"
        else:
            out.append(text)
    return out


class _Parser(argparse.ArgumentParser):
    """A parser whose help may end with what takes long to find out."""

    ending: Callable[[], str] | None = None

    def format_help(self) -> str:
        """Return the help, its end found out only now."""
        if self.ending is not None:
            self.epilog = self.ending()
        return super().format_help()


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="scalebook", description="Recompute what is said about language-model scaling."
    )
    parser.add_argument("--version", action="version", version=scalebook.__version__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    run = commands.add_parser("run", help="run a chapter, with your parameters if you give any")
    run.add_argument(
        "notebook", metavar="NOTEBOOK", help="name of a chapter, or path of a notebook"
    )
    run.add_argument("-p", dest="parameters", action="append", default=[], metavar="name=value")
    run.add_argument("-f", dest="file", type=Path, metavar="params.yml")
    run.add_argument("-o", dest="out", type=Path, metavar="OUT.ipynb")
    run.add_argument("--results", type=Path, metavar="OUT.json", help="where the results go")
    _add_timeout(run)
    run.set_defaults(command=_run)

    sweep = commands.add_parser("sweep", help="run a chapter for every combination of values")
    sweep.add_argument("notebook", metavar="CHAPTER", help="name of a chapter")
    sweep.add_argument(
        "-p", dest="parameters", action="append", default=[], metavar="name=v1,v2,...",
        help="values, or a range such as 1e9:1e12:5log",
    )  # fmt: skip
    sweep.add_argument("-f", dest="file", type=Path, metavar="params.yml")
    sweep.add_argument("-o", dest="out", type=Path, metavar="DIR")
    sweep.add_argument("--jobs", type=int, metavar="N", help="jobs at a time")
    sweep.add_argument("--profile", metavar="PROFILE", help="slurm, kubernetes, or a folder")
    sweep.add_argument("--batch", type=int, metavar="N", help="runs to a job")
    sweep.add_argument(
        "--notebooks", action="store_true", help="execute the notebook of each run too, and keep it"
    )
    _add_timeout(sweep)
    sweep.set_defaults(command=_sweep)

    verify = commands.add_parser("verify", help="reproduce a stored result from this checkout")
    verify.add_argument("result", type=Path, metavar="RESULT.json")
    verify.add_argument(
        "--no-run", action="store_true", help="only compare what the result depends on"
    )
    _add_timeout(verify)
    verify.set_defaults(command=_verify)

    params = commands.add_parser("params", help="show the parameters of a chapter")
    params.add_argument("notebook", metavar="NOTEBOOK")
    params.add_argument("--json", action="store_true")
    params.set_defaults(command=_params)

    claims = commands.add_parser("claims", help="show the ledger of claims")
    claims.add_argument("--json", action="store_true")
    claims.add_argument("--id", metavar="ID")
    claims.set_defaults(command=_claims)

    _add_fit(commands)
    _add_next(commands)
    _add_simulate(commands)
    _add_plan(commands)

    calculate = commands.add_parser("calculate", help="answer as a calculator of the book does")
    calculate.add_argument("calculator", metavar="NAME", help="planner, units, gpt4 or supply")
    calculate.add_argument("-p", dest="values", action="append", default=[], metavar="name=value")
    calculate.add_argument("--json", action="store_true")
    calculate.set_defaults(command=_calculate)

    build = commands.add_parser("build", help="build the book from the executed chapters")
    build.add_argument("--edition", metavar="NAME", help="a personal edition, of that name")
    build.set_defaults(command=_build)

    pdf = commands.add_parser("pdf", help="make one PDF of the built book, with Chromium")
    pdf.add_argument("-o", dest="out", type=Path, metavar="OUT.pdf")
    pdf.add_argument("--edition", metavar="NAME", help="of a personal edition")
    pdf.set_defaults(command=_pdf)

    picture = commands.add_parser(
        "picture", help="take the picture of the title page anew, for previews and the README"
    )
    picture.set_defaults(command=_picture)

    edition = commands.add_parser("edition", help="build the whole book with your own values")
    edition.add_argument("-f", dest="file", type=Path, metavar="mine.yml")
    edition.add_argument("--runs", type=Path, metavar="RUNS.csv")
    edition.set_defaults(command=_edition)
    return parser


def _add_fit(commands: Any) -> None:
    fit = commands.add_parser(
        "fit", help="fit the law to your own runs",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    fit.ending = _objectives
    fit.add_argument("runs", metavar="RUNS.csv", help="columns params, loss, and tokens or flop")
    fit.add_argument(
        "--method", choices=["huber", "lad", "mse", "varpro", "all"], default="huber",
        help="how (see below); all asks every method and says where they disagree",
    )  # fmt: skip
    fit.add_argument(
        "--bootstrap", type=int, default=1000, metavar="N", help="resamples; 0 for none"
    )
    fit.add_argument("--seed", type=int, default=0, metavar="S")
    fit.add_argument(
        "--compute", metavar="C",
        help="FLOP for which every method gives the optimum (default ten times the largest run)",
    )  # fmt: skip
    fit.add_argument(
        "--page", type=Path, metavar="REPORT.html", help="write all of it as one page to hand on"
    )
    fit.add_argument("--json", action="store_true")
    fit.set_defaults(command=_fit)


def _objectives() -> str:
    from scalebook.report import answers

    return answers.objectives()


def _add_next(commands: Any) -> None:
    plan = commands.add_parser(
        "next",
        help="which runs to train next, to narrow an interval most",
        description="Chooses sizes and data of the next runs by the law fitted to those at hand.",
    )
    plan.add_argument("runs", metavar="RUNS.csv", help="columns params, loss, and tokens or flop")
    cost = plan.add_mutually_exclusive_group()
    cost.add_argument("--budget", metavar="C", help="FLOP of a run at most (default: the largest)")
    cost.add_argument("--total", metavar="C", help="FLOP of all next runs together")
    plan.add_argument("--runs", dest="more", type=int, default=6, metavar="K", help="how many")
    plan.add_argument(
        "--for", dest="wanted", default="a", metavar="WHAT",
        help="a (default), E, or N, D or L at a compute, such as N@1e24",
    )  # fmt: skip
    plan.add_argument(
        "--guard", action="store_true", help="guard against a law that has the wrong form"
    )
    plan.add_argument(
        "--ratios", metavar="LOW:HIGH", help="tokens per parameter (default: as in the table)"
    )
    plan.add_argument("--json", action="store_true")
    plan.set_defaults(command=_next)


def _add_simulate(commands: Any) -> None:
    simulate = commands.add_parser("simulate", help="make up runs of a known law, for practice")
    simulate.add_argument("--law", default="besiroglu2024", metavar="NAME", help="the truth")
    simulate.add_argument("--budgets", type=int, default=8, metavar="N", help="budgets")
    simulate.add_argument("--sizes", type=int, default=12, metavar="N", help="sizes on each")
    simulate.add_argument("--lowest", default="1e18", metavar="C", help="smallest budget, FLOP")
    simulate.add_argument("--highest", default="1e21", metavar="C", help="largest budget, FLOP")
    simulate.add_argument(
        "--factor", type=float, default=30.0, metavar="X", help="largest over smallest size"
    )
    simulate.add_argument(
        "--noise", type=float, default=0.005, metavar="S", help="standard deviation of log loss"
    )
    simulate.add_argument("--seed", type=int, default=0, metavar="S")
    simulate.add_argument("-o", dest="out", type=Path, default=Path("runs.csv"), metavar="RUNS.csv")
    simulate.set_defaults(command=_simulate)


def _add_plan(commands: Any) -> None:
    plan = commands.add_parser(
        "plan",
        help="compute-optimal size and data for a budget, or the budget for a loss or a size",
        description="Start from one of: --compute, --loss, --params, --tokens; or from a machine "
        "(--peak) with --time, with --cost and --price, or with --energy and --power.",
    )
    start = plan.add_mutually_exclusive_group(required=True)
    start.add_argument("--compute", metavar="C", help="FLOP, such as 5.76e23")
    start.add_argument("--loss", metavar="L", help="loss to reach, nats per token")
    start.add_argument("--params", metavar="N", help="size of the model, such as 70B")
    start.add_argument("--tokens", metavar="D", help="training tokens, such as 1.4T")
    start.add_argument("--time", metavar="T", help="time on the machine, such as '3 months'")
    start.add_argument("--cost", metavar="MONEY", help="money to spend on the machine")
    start.add_argument("--energy", metavar="KWH", help="energy to spend on the machine, kWh")
    plan.add_argument("--peak", metavar="F", help="arithmetic of the machine at peak, FLOP/s")
    plan.add_argument(
        "--utilisation", "--utilization", default="0.4", metavar="U",
        help="share of the peak that training gets (default 0.4)",
    )  # fmt: skip
    plan.add_argument("--price", metavar="P", help="money per hour of the machine, with --cost")
    plan.add_argument("--power", metavar="W", help="draw of the machine in W, with --energy")
    plan.add_argument("--law", action="append", metavar="NAME", help="a published law, or refit")
    plan.add_argument("--json", action="store_true")
    plan.set_defaults(command=_plan)


def _add_timeout(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--timeout", type=float, default=600.0, metavar="SECONDS",
        help="time limit of one notebook, 600 unless given",
    )  # fmt: skip


def _given(arguments: argparse.Namespace) -> dict[str, object]:
    from scalebook.execution import parameters

    given = parameters.read_file(arguments.file) if arguments.file else {}
    return {**given, **parameters.read_assignments(arguments.parameters)}


def _run(arguments: argparse.Namespace) -> None:
    from scalebook.execution import runner

    done = runner.run(
        arguments.notebook, _given(arguments), arguments.out, arguments.results, arguments.timeout
    )
    print(f"{done.chapter}: {done.seconds:.1f} s, {_near(done.notebook)}, {_near(done.results)}")


def _sweep(arguments: argparse.Namespace) -> None:
    from scalebook.sweep import campaign

    a = arguments
    done = campaign.run(
        a.notebook, _given(a), a.jobs, a.profile, a.out, a.batch, a.timeout, a.notebooks
    )
    folder, failed = _near(done.folder), len(done.failures)
    print(
        f"{done.chapter}: {done.total} runs, {done.cached} of them there already, "
        f"{done.seconds:.1f} s; {folder}/table.csv, table.parquet"
        + (" and figure.svg" if done.figure else "; no result varies, so there is no figure")
    )
    if failed:
        sys.stdout.flush()
        for combination, message in done.failures[:5]:
            print(f"{combination}: {message}", file=sys.stderr)
        if failed > 5:
            print(f"... and {failed - 5} more", file=sys.stderr)
        raise ScalebookError(
            f"{failed} of {done.total} runs of {done.chapter} failed; each is named with its "
            f"message in {folder}/failures.csv."
        )


def _verify(arguments: argparse.Namespace) -> None:
    from scalebook.execution import verify

    rerun = not arguments.no_run
    found = verify.reproduce(arguments.result, rerun, arguments.timeout)
    print(verify.report(arguments.result, found, rerun))
    if (rerun and not found.identical) or (not rerun and found.differing):
        raise ScalebookError(
            f"{arguments.result} is not reproduced by this checkout."
            if rerun
            else f"{arguments.result} was made by another state of this checkout."
        )


def _params(arguments: argparse.Namespace) -> None:
    from scalebook.execution import parameters

    chapter, path = parameters.locate(arguments.notebook)
    rows = [p.describe() for p in parameters.declared(chapter, path)]
    if arguments.json:
        _json(rows)
        return
    for p in parameters.declared(chapter, path):
        bounds = ", ".join(p.choices) if p.choices else ("" if p.kind in (str, bool) else p.bounds)
        print(f"{p.name}: {p.kind.__name__} = {p.default}" + (f" {p.unit}" if p.unit else ""))
        print(f"    {p.meaning}" + (f"; {bounds}" if bounds else ""))
        print(f"    default: {p.source}")
    for relation in parameters.relations(chapter):
        print(f"Together: {relation.rule}")


def _claims(arguments: argparse.Namespace) -> None:
    from scalebook.record import claims, results

    rows = claims.ledger_rows(results.load_all())
    if arguments.id is not None:
        rows = [row for row in rows if row["id"] == arguments.id]
        if not rows:
            raise ScalebookError(
                f"There is no claim '{arguments.id}'. The claims are {', '.join(claims.load())}."
            )
    if arguments.json:
        _json(rows)
        return
    for row in rows:
        print(f"{row['id']}  [{row['verdict']}]  {row['who']} ({row['source']})")
        print(f"    {row['claim']}")
        print(f"    stated {_numbers(row['stated'])}, recomputed {_interval(row)}, {row['unit']}")
        print(f"    {row['why']}  ({row['notebook']})")


def _fit(arguments: argparse.Namespace) -> None:
    from scalebook.report import answers
    from scalinglaws import reading

    if arguments.method == "all" or arguments.page is not None:
        _fit_by_all(arguments)
        return
    if arguments.compute is not None:
        raise ScalebookError("--compute goes with --method all, or with --page.")
    runs = reading.read_runs(arguments.runs)
    found = answers.fit(runs, arguments.method, arguments.bootstrap, arguments.seed)
    if arguments.json:
        _json(found)
    else:
        print(answers.data_table(runs, arguments.method))
        print(answers.fit_table(found))


def _fit_by_all(arguments: argparse.Namespace) -> None:
    from scalebook.execution import files
    from scalebook.report import page, study, terminal

    paged = arguments.page is not None
    request = study.Request(
        compute=None if arguments.compute is None else _positive(arguments, "compute"),
        resamples=arguments.bootstrap,
        seed=arguments.seed,
        count=study.COUNT if paged or arguments.json else 0,
    )
    found = study.of_file(arguments.runs, request)
    if paged:
        files.write(arguments.page, page.write(found))
    if arguments.json:
        _json(study.as_values(found))
    elif paged:
        print(f"{_near(arguments.page)}: {found.runs.name}, {found.seen.runs} runs")
    else:
        print(terminal.write(found))


def _next(arguments: argparse.Namespace) -> None:
    from scalebook.report import study, terminal
    from scalinglaws.prediction.design import next_runs
    from scalinglaws.reading import read_runs

    runs = read_runs(arguments.runs)
    limits = {
        name: _positive(arguments, name)
        for name in ("budget", "total")
        if getattr(arguments, name) is not None
    }
    with _as_options(runs="runs"):
        made = next_runs(
            runs, arguments.wanted, runs=arguments.more, **limits,
            guarded=arguments.guard, ratios=_ratios(arguments.ratios),
        )  # fmt: skip
    if arguments.json:
        _json(study.plan_values(made))
    else:
        print(terminal.plan(made))


@contextmanager
def _as_options(**names: str) -> Iterator[None]:
    """Let a complaint about one of these arguments of the library name the option instead."""
    try:
        yield
    except ScalingLawsError as error:
        argument = re.compile(rf"\b({'|'.join(names)}) (?=[-\d]|nan|inf)")
        named = argument.sub(lambda found: f"--{names[found[1]]} ", str(error))
        raise ScalebookError(named) from None


def _ratios(text: str | None) -> tuple[float, float] | None:
    from scalinglaws.units import parse_quantity

    if text is None:
        return None
    low, colon, high = text.partition(":")
    if not colon:
        raise ScalebookError(f"--ratios {text}: expected two numbers, such as 1:1000.")
    return parse_quantity(low), parse_quantity(high)


_LABORATORY = ("budgets", "sizes", "lowest", "highest", "factor", "noise", "seed")


def _simulate(arguments: argparse.Namespace) -> None:
    from scalebook.execution import files
    from scalinglaws.prediction import simulation

    lowest, highest = _positive(arguments, "lowest"), _positive(arguments, "highest")
    with _as_options(**{name: name for name in _LABORATORY}):
        made = simulation.Laboratory(
            arguments.law, arguments.budgets, arguments.sizes, lowest, highest,
            arguments.factor, arguments.noise, arguments.seed,
        )  # fmt: skip
    files.write(arguments.out, simulation.csv_text(made))
    print(f"{_near(arguments.out)}: {made.budgets * made.sizes} runs of {simulation.truth(made)}")


def _plan(arguments: argparse.Namespace) -> None:
    from scalebook.report import answers

    given = _plan_start(arguments)
    rows = answers.plan(given, arguments.law)
    if arguments.json:
        _json(rows)
    else:
        print(answers.plan_table(rows, given))


def _plan_start(arguments: argparse.Namespace) -> "Given":
    """Return what the plan starts from; machine figures become compute."""
    from scalebook.report.answers import Given
    from scalinglaws.numerals import duration
    from scalinglaws.optimum.machine import Machine, from_cost, from_energy, from_machine

    for quantity in ("compute", "loss", "params", "tokens"):
        if getattr(arguments, quantity) is not None:
            _refuse(arguments, quantity, "peak", "price", "power")
            return Given(quantity, _positive(arguments, quantity))
    machine = Machine(_positive(arguments, "peak"), _positive(arguments, "utilisation"))
    if arguments.time is not None:
        _refuse(arguments, "time", "price", "power")
        compute = from_machine(machine, duration(arguments.time))
    elif arguments.cost is not None:
        _refuse(arguments, "cost", "power")
        cost, price = _positive(arguments, "cost"), _positive(arguments, "price")
        compute = from_cost(machine, cost, price)
    else:
        _refuse(arguments, "energy", "price")
        energy, power = _positive(arguments, "energy"), _positive(arguments, "power")
        compute = from_energy(machine, energy, power)
    return Given("compute", float(compute))


# What each option is, and the unit of a number that comes without one.
_UNITS = {
    **dict.fromkeys(
        ("lowest", "highest", "compute", "budget", "total"), ("number of FLOP", "FLOP")
    ),
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


def _positive(arguments: argparse.Namespace, name: str) -> float:
    from scalinglaws import quantities
    from scalinglaws.units import parse_quantity

    text, (meaning, unit) = getattr(arguments, name), _UNITS[name]
    if text is None:
        raise ScalebookError(f"--{name} is missing: expected a positive {meaning}.")
    try:
        value = quantities.read(text, unit)
    except quantities.WrongUnit as error:
        raise ScalebookError(f"--{name} {shortened(text)}: {error}.") from None
    except ScalingLawsError:
        try:
            value = parse_quantity(text)  # says what a number looks like
        except ScalingLawsError as error:
            raise ScalebookError(f"--{name}: {error}") from None
    if not value > 0:
        raise ScalebookError(f"--{name} {text}: expected a positive {meaning}.")
    return value


def _refuse(arguments: argparse.Namespace, start: str, *names: str) -> None:
    for name in names:
        if getattr(arguments, name) is not None:
            raise ScalebookError(f"--{name} does not go with --{start}. Leave one of them out.")


def _calculate(arguments: argparse.Namespace) -> None:
    from scalebook.calculators import forms, formulas
    from scalebook.execution import parameters

    name, given = arguments.calculator, parameters.read_assignments(arguments.values)
    answer = formulas.calculate(name, given)
    if arguments.json:
        _json(forms.plain(answer))
    else:
        print(forms.text(name, answer))


def _build(arguments: argparse.Namespace) -> None:
    from scalebook import paths

    paths.root()  # says at once that it takes a checkout
    from scalebook.site import book

    name = arguments.edition
    print(f"book: {_near(book.build_edition(name) if name else book.build())}")


def _pdf(arguments: argparse.Namespace) -> None:
    from scalebook import paths
    from scalebook.site.print import pdf

    name = arguments.edition
    folder = paths.edition_dir(name) if name else paths.root() / "_build"
    made = pdf.make(folder / "html", arguments.out or folder / "scalebook.pdf", name or "")
    print(f"pdf: {_near(made.path)}, {made.pages} pages, {made.path.stat().st_size / 1e6:.1f} MB")


def _picture(_: argparse.Namespace) -> None:
    from scalebook import paths
    from scalebook.site.print import picture

    top = paths.root()
    made = picture.take(top / "_build" / "html", top / "book" / "_static" / "book.png")
    print(f"picture: {_near(made)}")


def _edition(arguments: argparse.Namespace) -> None:
    from scalebook import paths

    paths.root()  # says at once that it takes a checkout
    from scalebook.execution import workflow
    from scalebook.site import edition

    mine = edition.read(arguments.file, arguments.runs)
    folder = edition.prepare(mine)
    try:
        workflow.run("edition_book", {"edition": mine.name})
    except ScalingLawsError:
        left = edition.leave_out(mine)
        if not left:
            raise
        names = ", ".join(each.chapter for each in left)
        print(f"Your runs do not suffice for {names}: as in the book, with the reason on the page.")
        workflow.run("edition_book", {"edition": mine.name})
    print(f"Your edition is in {_near(folder / 'html' / 'index.html')}")


def _json(content: object) -> None:
    print(json.dumps(_known(content), indent=1, ensure_ascii=False, allow_nan=False))


def _known(content: Any) -> Any:
    """Return content with null in place of numbers that do not exist."""
    if isinstance(content, Mapping):
        return {key: _known(value) for key, value in content.items()}
    if isinstance(content, (list, tuple)):
        return [_known(value) for value in content]
    return None if isinstance(content, float) and not math.isfinite(content) else content


def _near(path: Path) -> str:
    """Write a path relative to here if it lies below."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_absolute() and path.is_relative_to(here) else path)


def _numbers(value: Any) -> str:
    if value is None:
        return "nothing"
    return ", ".join(f"{v:.4g}" for v in (value if isinstance(value, list) else [value]))


def _interval(row: dict[str, Any]) -> str:
    if row["low"] is None:
        return _numbers(row["recomputed"])
    return f"{_numbers(row['recomputed'])} [{_numbers(row['low'])} to {_numbers(row['high'])}]"
