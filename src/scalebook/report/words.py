"""A study in words, tables and figures: one content, which a page and a chapter render."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from scalebook import __version__
from scalebook.report import drawings
from scalebook.report.drawings import Drawing
from scalebook.report.study import LEVEL, Spread, Study
from scalebook.show.numbers import num, pct, sci
from scalinglaws.prediction import methods, survey
from scalinglaws.prediction.design import Plan
from scalinglaws.prediction.methods import Answer
from scalinglaws.reading import MEANING, RUN_TABLES
from scalinglaws.units import format_quantity


@dataclass(frozen=True)
class Text:
    """A paragraph, plain."""

    text: str


@dataclass(frozen=True)
class Points:
    """A list of short texts."""

    items: tuple[str, ...]


@dataclass(frozen=True)
class Grid:
    """A table of texts; the first column names the rows."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Command:
    """Lines to type."""

    lines: tuple[str, ...]


Block = Text | Points | Grid | Command | Drawing


@dataclass(frozen=True)
class Section:
    """A part with a title."""

    title: str
    blocks: tuple[Block, ...]


def sections(study: Study) -> list[Section]:
    """Return all that is said of a study, the data first."""
    figures = drawings.all_of(study)
    parts = {
        "In short": _short(study),
        "What the table is": _table(study),
        "What the data can tell": _data(study, figures),
        "Fits by every method": _fits(study, figures),
        "How far the methods disagree": _spread(study),
        "The next runs": _plans(study, figures),
        "What to keep in mind": iter([Points(tuple(_caveats(study)))]),
        "Do it again": _again(study),
    }
    return [Section(title, tuple(blocks)) for title, blocks in parts.items()]


def rounded(value: float | None, digits: int = 4) -> str:
    """Write any number, or a dash for one that does not exist."""
    if value is None or not np.isfinite(value):
        return "—"
    return num(value, digits) if value == 0 or 1e-3 <= abs(value) < 1e6 else sci(value, digits)


def count(value: float | None, digits: int = 3) -> str:
    """Write a size or an amount of data."""
    if value is None or not np.isfinite(value):
        return "—"
    return format_quantity(value, digits) if 1 <= value < 1e15 else sci(value, digits)


def pair(ends: tuple[float, float] | None, write: str = "figure", digits: int = 3) -> str:
    """Write an interval, or a dash."""
    if ends is None or not np.isfinite(ends).all():
        return "—"
    writer = count if write == "count" else rounded
    return f"{writer(ends[0], digits)} to {writer(ends[1], digits)}"


def plural(number: int, one: str, many: str = "") -> str:
    """Write a number with its noun."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


# In short


def _short(study: Study) -> Iterator[Block]:
    best, spread = study.reference, study.spread()
    at = f"{sci(study.compute, 3)} FLOP"
    if not best.usable:
        yield Text(
            f"No method finds an optimum in these {plural(study.seen.runs, 'run')}. "
            f"{best.label}: {_sentence(best.status)} The data are described below, with what each "
            "method is missing."
        )
        return
    a, ends = best.estimate["a"], best.interval("a", LEVEL)
    span = f" ({pct(LEVEL, 2)} interval {pair(ends)})" if ends else ""
    loss = best.estimate.get("loss")
    yield Text(
        f"By {best.label}, on {plural(len(study.table), 'run')}, the optimal size grows as "
        f"compute to the power a = {rounded(a, 3)}{span}. With {at} that is a model of "
        f"{count(best.estimate.get('params'))} parameters on {count(best.estimate.get('tokens'))} "
        f"tokens, {rounded(best.estimate.get('tokens_per_param'), 3)} tokens per parameter"
        + (f", at a loss of {rounded(loss, 4)} nats per token." if loss is not None else ".")
    )
    if spread:
        yield Text(_verdict(study, spread))
    untold = study.untold()
    if untold:
        yield Text(f"Cannot be told from these data: {', '.join(untold)}.")
    if study.plans:
        plan = study.plans[0]
        yield Text(
            f"{plural(len(plan.params), 'more run')} of at most {sci(float(plan.flop.max()), 3)} "
            f"FLOP, chosen for it, would narrow the interval of a by squared error from "
            f"{half_width(plan, plan.now)} to about {half_width(plan, float(plan.after[-1]))}, if "
            "the law has the right form."
        )


def _sentence(text: str) -> str:
    text = text.strip()
    return text if text.endswith(".") else f"{text}."


# The table and the data


def _table(study: Study) -> Iterator[Block]:
    header, runs = study.header, study.runs
    rows = [("rows", f"{study.seen.runs:,}")]
    if header:
        rows.append(("SHA-256 of the file", header.sha256))
    yield Grid("The table of runs", ("what", "value"), (("name", runs.name), *rows))
    if header:
        yield Grid(
            "Columns that were read",
            ("column", "meaning"),
            tuple((name, MEANING[name]) for name in header.used),
        )
        derived = "flop" if "flop" not in header.used else "tokens"
        if derived not in header.used:
            yield Text(f"There is no column {derived}; it follows from flop = 6 params tokens.")
        if header.ignored:
            shown = ", ".join(header.ignored[:12])
            more = f" and {len(header.ignored) - 12} more" if len(header.ignored) > 12 else ""
            yield Text(f"Columns left alone: {shown}{more}.")
    yield Text(
        "Every row was read. A row that is not positive and finite in the columns above is not "
        "left out in silence: the whole table is refused, with the row's number. Blank lines do "
        "not count."
    )
    drawn = len(study.table)
    if drawn < study.seen.runs:
        yield Text(
            f"Of so long a table {drawn:,} runs, drawn at random with seed {study.request.seed}, "
            "are fitted; the ranges and repeats below are of all. The intervals are those of the "
            "part, and wider than all runs would give if each were independent."
        )


_RANGE_WORDS = {
    "params": "size N, parameters",
    "tokens": "data D, tokens",
    "flop": "compute 6ND, FLOP",
    "loss": "loss, nats per token",
    "tokens per param": "tokens per parameter",
}


def _data(study: Study, figures: dict[str, Drawing]) -> Iterator[Block]:
    seen = study.seen
    rows = []
    for name, (low, high) in seen.ranges.items():
        writer = count if name in ("params", "tokens") else rounded
        rows.append((_RANGE_WORDS[name], writer(low, 3), writer(high, 3), rounded(high / low, 3)))
    yield Grid("Ranges", ("quantity", "smallest", "largest", "factor"), tuple(rows))
    yield figures["plane"]
    yield Points(tuple(_findings(study)))
    if study.law:
        pairs = study.law.constants.items()
        errors, told = study.law.relative_errors, study.law.told
        yield Grid(
            "How well the runs fix each constant of the law, to first order at the fit",
            ("constant", "value", "standard error over value", "told"),
            tuple(
                (name, rounded(value), _share(errors[name]), "yes" if told[name] else "no")
                for name, value in pairs
            ),
        )
    if "residuals" in figures:
        yield figures["residuals"]


def _share(error: float) -> str:
    return pct(error, 2) if np.isfinite(error) and 1e-5 < error < 10 else (
        "over 1,000%" if error >= 10 else rounded(error, 2)
    )  # fmt: skip


def _findings(study: Study) -> Iterator[str]:
    seen = study.seen
    if seen.doubles:
        copies = (
            f", {seen.copies:,} of them with the same loss to the last digit: copies of a row"
            * (seen.copies > 0)
        )
        runs = plural(seen.doubles, "run repeats", "runs repeat")
        yield f"{runs} the size and data of another{copies}."
    else:
        yield "No run repeats the size and data of another, so only the fit can tell the noise."
    if np.isfinite(seen.repeat_noise):
        yield (
            f"Repeated runs scatter by {pct(seen.repeat_noise, 2)} (standard deviation of log "
            "loss); that is the noise, whatever the law."
        )
    if seen.budgets:
        shown = ", ".join(f"{sci(flop, 2)} ({number:,})" for flop, number in seen.budgets[:12])
        more = f" and {len(seen.budgets) - 12} more" if len(seen.budgets) > 12 else ""
        yield f"Runs of equal compute, FLOP (runs): {shown}{more}."
    else:
        yield "No budgets stand out in the compute of the runs, so there are no isoFLOP profiles."
    if study.outliers:
        noun = "row" if len(study.outliers) == 1 else "rows"
        rows = ", ".join(map(str, study.outliers[:10]))
        more = f" and {len(study.outliers) - 10} more" if len(study.outliers) > 10 else ""
        yield (
            f"{plural(len(study.outliers), 'run is', 'runs are')} far from the fit, more than "
            f"{survey.FAR:g} robust standard deviations: {noun} {rows}{more}. Look at them before "
            "you leave them out."
        )
    elif study.answer(methods.REFERENCE).residuals is not None:
        yield f"No run is more than {survey.FAR:g} robust standard deviations from the fit."
    lost = [name for name, told in study.law.told.items() if not told] if study.law else []
    if lost:
        yield (
            f"The design cannot tell {', '.join(lost)}: "
            + (
                "its standard error is half its value"
                if len(lost) == 1
                else "their standard errors are half their values"
            )
            + " or more. Runs that differ more in the size or the data concerned would."
        )
    ratio = study.seen.ranges["tokens per param"]
    if ratio[1] / ratio[0] < 3:
        yield (
            f"Tokens per parameter differ by a factor of {rounded(ratio[1] / ratio[0], 2)} only, "
            "so size and data grow together and their terms are hard to tell apart."
        )


# The fits


def _fits(study: Study, figures: dict[str, Drawing]) -> Iterator[Block]:
    yes = [each for each in study.answers if each.estimate]
    if yes:
        yield Grid(
            f"Every method: exponent a and irreducible loss E, with {pct(LEVEL, 2)} intervals",
            ("method", "a", "interval of a", "E", "interval of E", "status"),
            tuple(
                (
                    each.label,
                    rounded(each.estimate.get("a"), 3),
                    pair(each.interval("a", LEVEL)),
                    rounded(each.estimate.get("E"), 4),
                    pair(each.interval("E", LEVEL)),
                    _state(each),
                )
                for each in yes
            ),
        )
        yield Grid(
            f"What each says of {sci(study.compute, 3)} FLOP",
            ("method", "N", "interval of N", "D", "D/N", "loss", "interval of loss"),
            tuple(
                (
                    each.label,
                    count(each.estimate.get("params")),
                    pair(each.interval("params", LEVEL), "count"),
                    count(each.estimate.get("tokens")),
                    rounded(each.estimate.get("tokens_per_param"), 3),
                    rounded(each.estimate.get("loss"), 4),
                    pair(each.interval("loss", LEVEL), digits=4),
                )
                for each in yes
            ),
        )
        if study.request.resamples:
            yield Text(_resampling(study))
        yield Points(tuple(_objectives(yes)))
    for name in ("exponents", "parabolas"):
        if name in figures:
            yield figures[name]
    forms = [each for each in study.answers if np.isfinite(each.aic)]
    if len(forms) > 1:
        yield _form_grid(forms)
        yield Text(
            "The smallest criterion (AIC, normal noise) describes the runs best, its constants "
            "charged for; ten more is clearly worse. It knows nothing of what lies beyond the runs."
        )
    law = study.reference
    if law.kind == "law" and law.usable:
        yield Grid(
            f"Constants of L = E + A/N^alpha + B/D^beta ({law.label})",
            ("constant", "value", "interval"),
            tuple(
                (name, rounded(law.estimate.get(name)), pair(law.interval(name, LEVEL)))
                for name in ("E", "A", "B", "alpha", "beta", "a")
            ),
        )
    no = [each for each in study.answers if not each.estimate]
    if no:
        yield Text("These methods do not apply:")
        yield Points(tuple(f"{each.label}: {_sentence(each.status)}" for each in no))


def _objectives(answers: Sequence[Answer]) -> Iterator[str]:
    """Say what the methods minimise, those with one objective together."""
    shared: dict[str, list[str]] = {}
    for each in answers:
        shared.setdefault(each.minimises, []).append(each.label)
    for objective, labels in shared.items():
        yield f"{'; '.join(labels)}: minimises {objective}."


def _state(answer: Answer) -> str:
    return answer.status.partition(":")[0]


def _resampling(study: Study) -> str:
    settled = [a.settled for a in study.answers if np.isfinite(a.settled)]
    made = methods.affordable(len(study.table), study.request.resamples)
    least = f"; at least {pct(min(settled), 3)} of them converged" if settled else ""
    return (
        f"The intervals are percentiles of {made:,} resamples, seed "
        f"{study.request.seed}{least}: runs drawn again with replacement, on each budget for "
        "itself by Approach 2; for Approach 1 the residuals of the law are added to the curves. A "
        "dash stands where a method does not give a number, or where too many resamples have none."
    )


def _form_grid(forms: Sequence[Answer]) -> Grid:
    best = min(each.aic for each in forms)
    rows = [
        (
            "The law (two terms and a floor)" if each.method == "mse" else each.label,
            pct(float(np.sqrt(np.mean(each.residuals**2))), 3)
            if each.residuals is not None
            else "—",
            rounded(each.aic - best, 3),
        )
        for each in sorted(forms, key=lambda each: each.aic)
    ]
    return Grid(
        "Which form describes the runs, each fitted by squared error",
        ("form", "root mean square residual", "AIC above the best"),
        tuple(rows),
    )


# Disagreement


def _verdict(study: Study, spread: Spread) -> str:
    low, high = spread.lowest.estimate["a"], spread.highest.estimate["a"]
    text = (
        f"Between the methods a goes from {rounded(low, 3)} ({spread.lowest.label}) to "
        f"{rounded(high, 3)} ({spread.highest.label})"
    )
    ends = spread.reference.interval("a", LEVEL)
    if ends is None:
        return f"{text}."
    half = (ends[1] - ends[0]) / 2
    if spread.width <= half:
        return f"{text}: less than half the width of the interval, so that they agree."
    if not spread.apart:
        return (
            f"{text}: more than half the width of one method's interval, but no more than "
            "resampling explains."
        )
    names = ", ".join(each.label for each in spread.apart)
    return (
        f"{text}. Resampling does not explain it: {names} "
        f"{'differs' if len(spread.apart) == 1 else 'differ'} from {spread.reference.label} by "
        "more. The answer depends on the method; quote the range, and not one interval."
    )


def _spread(study: Study) -> Iterator[Block]:
    spread = study.spread()
    if spread is None:
        yield Text(
            "Fewer than two methods converged to an optimum, so there is nothing to compare."
        )
        return
    found = methods.comparable(study.answers)
    yield Text(_verdict(study, spread))
    sizes = [a.estimate["params"] for a in found if "params" in a.estimate]
    items = [
        f"The optimal size at {sci(study.compute, 3)} FLOP goes from {count(min(sizes))} to "
        f"{count(max(sizes))} parameters, a factor of {rounded(max(sizes) / min(sizes), 3)}."
    ]
    floors = study.floors()
    if floors:
        items.append(f"E goes from {rounded(floors[0])} to {rounded(floors[1])} nats per token.")
    untold = study.untold()
    if "E" in untold and floors:
        items.append(
            "That is far more than its interval: forms that describe the runs as well put the "
            "floor elsewhere, so E cannot be told from these data."
        )
    if "a" in untold:
        items.append("The interval of a is so wide that a cannot be told from these data.")
    left = [a for a in study.answers if a.usable and a not in found]
    if left:
        names = ", ".join(each.label for each in left)
        items.append(
            f"Left out of the comparison, for they describe the runs clearly worse: {names}."
        )
    yield Points(tuple(items))
    yield Grid(
        f"Difference of a from {spread.reference.label}",
        ("method", "difference", f"{pct(LEVEL, 2)} interval"),
        tuple(
            (
                each.label,
                rounded(each.estimate["a"] - spread.reference.estimate["a"], 2),
                pair(methods.difference(each, spread.reference, LEVEL), digits=2),
            )
            for each in found
            if each is not spread.reference
        ),
    )


# The plan


def _plans(study: Study, figures: dict[str, Drawing]) -> Iterator[Block]:
    if not study.plans:
        yield Text(f"There is no plan: {_sentence(study.no_plan)}")
        return
    first = study.plans[0]
    yield Text(
        f"{plural(len(first.params), 'run')} to a plan, each of at most {sci(_most(study), 3)} "
        "FLOP, chosen from a grid of sizes and data to narrow an interval most. None is smaller, "
        "sees less data or is expected to end at a higher loss than the runs at hand."
    )
    yield figures["next"]
    for plan in study.plans:
        yield plan_grid(plan)
    yield expected_grid(study.plans)
    yield Text(
        "To first order, by squared error of the log loss, at the law as fitted and with the noise "
        f"that it leaves, {pct(first.noise, 2)} of the loss. Simulated laboratories scatter as "
        "this says. If the form is wrong, so is the promise: the lines “if the form may bend” fit "
        "a power that bends the law, too."
    )


def _most(study: Study) -> float:
    each = study.request.each
    return each if each else float(study.flop.max())


def plan_grid(plan: Plan) -> Grid:
    """Return the runs of a plan as a table."""
    rows = []
    for number, (n, d, c, after) in enumerate(
        zip(plan.params, plan.tokens, plan.flop, plan.after, strict=True), start=1
    ):
        rows.append((
            str(number), count(float(n)), count(float(d)), sci(float(c), 3),
            rounded(float(d / n), 3), half_width(plan, float(after)),
        ))  # fmt: skip
    return Grid(
        f"Next runs for {named(plan)}; now {estimate(plan)} {half_width(plan, plan.now)}",
        ("run", "N", "D", "FLOP", "D/N", f"{pct(LEVEL, 2)} interval after it"),
        tuple(rows),
    )


_WANTED = {
    "a": "a",
    "E": "E",
    "N": "the optimal size",
    "D": "the optimal tokens",
    "L": "the lowest loss",
}


def named(plan: Plan) -> str:
    """Write what a plan is for."""
    at = "" if plan.quantity.kind in "aE" else f" at {sci(plan.quantity.compute, 2)} FLOP"
    return _WANTED[plan.quantity.kind] + at


def estimate(plan: Plan) -> str:
    """Write the quantity as fitted."""
    return count(plan.value) if plan.quantity.multiplies else rounded(plan.value)


def half_width(plan: Plan, error: float) -> str:
    """Write an interval as its reach: ± of a number, a factor of a size."""
    low, high = plan.quantity.around(plan.value, error, LEVEL)
    if not np.isfinite([low, high]).all():
        return "—"
    if plan.quantity.multiplies:
        factor = high / plan.value if plan.value else float("inf")
        return f"×/÷ {rounded(factor, 4)}" if factor < 1e6 else "of any size"
    return f"± {rounded((high - low) / 2, 3)}"


def expected_grid(plans: Sequence[Plan]) -> Grid:
    """Return what plans are expected to gain, beside plans without a design."""
    names = list(plans[0].others)
    rows = [
        ("now", *(half_width(p, p.now) for p in plans)),
        ("after the runs above", *(half_width(p, float(p.after[-1])) for p in plans)),
        *(
            (f"after as many: {name}", *(half_width(p, p.others[name]) for p in plans))
            for name in names
        ),
        ("runs of the present design that would do as much", *(rounded(p.worth, 2) for p in plans)),
        ("now, if the form may bend", *(half_width(p, p.now_bent) for p in plans)),
        ("after, if the form may bend", *(half_width(p, p.after_bent) for p in plans)),
    ]
    return Grid(
        f"Reach of the {pct(LEVEL, 2)} interval, now and as expected",
        ("plan", *(named(p) for p in plans)),
        tuple(rows),
    )


# The rest


def _caveats(study: Study) -> Iterator[str]:
    yield (
        "An interval says how far the answer moves when the runs are drawn again. It takes the "
        "form of the law for granted, and that each run is independent of the others."
    )
    reach = study.compute / study.seen.ranges["flop"][1]
    if reach > 1:
        yield (
            f"{sci(study.compute, 3)} FLOP is {rounded(reach, 3)} times the largest run. That the "
            "law holds so far out is an assumption, which no fit can test."
        )
    yield (
        "The law is for runs that were trained to their end with a schedule that fits their "
        "length. Readings from the middle of a run lie higher, until the learning rate has decayed."
    )
    yield (
        "Compute is counted as 6ND. Whether N counts embeddings changes a, most for small models; "
        "say how you count."
    )
    yield "Losses can be compared only for the same tokenizer and the same text."
    noise, law = study.seen.repeat_noise, study.answer("mse")
    if np.isfinite(noise) and law.residuals is not None and noise > 0:
        misfit = float(np.sqrt(np.mean(law.residuals**2)))
        if misfit > 2 * noise:
            yield (
                f"The fit misses the runs by {pct(misfit, 2)}, repeated runs differ by "
                f"{pct(noise, 2)}: most of the misfit is the form's and not noise."
            )


def _again(study: Study) -> Iterator[Block]:
    request, name = study.request, study.runs.name
    if study.header and name not in RUN_TABLES:
        name = study.header.path.name
    command = f"scalebook fit {shell_name(name)} --method all"
    if request.compute is not None:
        command += f" --compute {request.compute:g}"
    command += f" --bootstrap {request.resamples} --seed {request.seed} --page report.html"
    plan = (
        f"scalebook next {shell_name(name)} --budget {_most(study):.4g} --runs {request.count or 6}"
    )
    yield Command((command, f"{plan} --for a", "make book RUNS=" + shell_name(name)))
    digest = f", data {study.header.sha256[:12]} (SHA-256, first digits)" if study.header else ""
    yield Text(
        f"scalebook {__version__}, seed {request.seed}{digest}. The same file, version and seed "
        "give the same page, byte for byte on the same machine."
    )


def shell_name(name: str) -> str:
    """Quote a file's name for a shell, if it needs it."""
    import shlex

    return shlex.quote(name)
