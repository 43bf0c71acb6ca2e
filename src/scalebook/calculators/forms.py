"""What the calculators ask and answer in words: labels, lines of results, numbers as text."""

import math
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from scalebook.calculators import formulas
from scalebook.calculators.formulas import Answer, Quantity
from scalebook.chapters.parameter import Value
from scalebook.report import answers
from scalebook.show.numbers import fix, num, pct, sci
from scalinglaws import registry
from scalinglaws.units import format_quantity


@dataclass(frozen=True)
class Group:
    """Some fields of a form under a heading, with their labels; folded away if they are details."""

    heading: str
    labels: dict[str, str]
    folded: bool = False


@dataclass(frozen=True)
class Line:
    """A line of a table of results: its label, its keys and how they are written.

    A key that ends in "~" stands for the interval of the quantity.
    """

    label: str
    keys: tuple[str, ...]
    style: str


@dataclass(frozen=True)
class Calculator:
    """What a calculator shows.

    Attributes
    ----------
    groups : tuple of Group
    columns : tuple of str
        Headings of the results, the first that of the labels.
    lines : tuple of Line
    summary : tuple of str
        Sentences with keys in braces; one of which a number is missing is left out.
    chart : str
        What the chart shows, in one sentence.
    """

    groups: tuple[Group, ...]
    columns: tuple[str, ...]
    lines: tuple[Line, ...]
    summary: tuple[str, ...]
    chart: str


def _single(label: str, key: str, style: str) -> Line:
    return Line(label, (key, f"{key}~"), style)


_KEY = re.compile(r"{(.+?)}")

#: Label of the second of two fields that make a range.
TO = "to"

#: Words in braces in labels and headings are from `facts`, those in summaries are keys of answers.
CALCULATORS: dict[str, Calculator] = {
    "planner": Calculator(
        (
            Group(
                "Run",
                {
                    "start": "Plan from",
                    "compute": "Training compute",
                    "peak": "Machine at its peak",
                    "utilisation": "Share of the peak",
                    "days": "Time",
                    "given_params": "Size",
                    "given_tokens": "Data",
                    "ratio": "Tokens per parameter",
                    "law": "Law",
                },
            ),
        ),
        ("", "value", "{level} interval"),
        (
            Line("Compute (FLOP)", ("compute", ""), "num"),
            _single("Loss to expect of the best run (calibrated)", "expected.loss", "loss"),
            Line("the same, extrapolated by its trend", ("", "extrapolated.loss~"), "loss"),
            _single("Size to expect of it (parameters, calibrated)", "expected.params", "amount"),
            Line("the same, extrapolated by its trend", ("", "extrapolated.params~"), "amount"),
            _single("By the law: optimal size (parameters)", "optimum.params", "amount"),
            _single("optimal data (tokens)", "optimum.tokens", "amount"),
            _single("optimal tokens per parameter", "optimum.ratio", "num"),
            _single("loss at the optimum (nats per token)", "optimum.loss", "loss"),
            _single("size at your ratio (parameters)", "choice.params", "amount"),
            _single("data at your ratio (tokens)", "choice.tokens", "amount"),
            _single("loss at your ratio (nats per token)", "choice.loss", "loss"),
            _single(
                "compute over what the best ratio needs for that loss", "choice.penalty", "factor"
            ),
        ),
        (
            "The best run is expected to reach {expected.loss} nats per token, {expected.loss~} by "
            "the calibrated interval.",
            "No interval of the loss was tried so far out: the law's own is {optimum.loss~}, right "
            "only if its form is, and the calibrated one would be {extrapolated.loss~} if the "
            "trend of its width went on.",
            "By the law the best are {optimum.params} parameters on {optimum.tokens} tokens, "
            "{optimum.ratio} tokens per parameter.",
            "They reach a loss of {optimum.loss} nats per token.",
            "At your ratio, {choice.params} parameters on {choice.tokens} tokens reach "
            "{choice.loss}, for {choice.penalty} times the compute that the best ratio needs to "
            "reach that.",
        ),
        "Loss against size at this compute",
    ),
    "units": Calculator(
        (
            Group("Loss", {"loss": "Loss", "unit": "Unit"}),
            Group(
                "Text",
                {
                    "tokenizer": "Tokenizer and text",
                    "bytes_per_token": "Bytes per token",
                    "chars_per_token": "Characters per token",
                    "tokens_per_word": "Tokens per word",
                },
            ),
        ),
        ("", "per token", "per byte", "per character", "per word"),
        tuple(
            Line(label, tuple(f"{key}.{per}" for per in ("token", "byte", "character", "word")), s)
            for label, key, s in (
                ("Bits", "bits", "num"),
                ("Nats", "nats", "num"),
                ("Perplexity", "perplexity", "num"),
            )
        ),
        (
            "{bits.token} bits per token, {bits.byte} per byte, {bits.character} per character.",
            "The perplexity is {perplexity.token} per token and {perplexity.word} per word.",
        ),
        "This loss beside published estimates of what English holds",
    ),
    "gpt4": Calculator(
        (
            Group(
                "Run",
                {
                    "compute": "Training compute",
                    "total_params": "All parameters",
                    "shared_params": "Parameters outside the experts",
                    "experts": "Experts in a layer",
                    "active_experts": "Experts for each token",
                },
            ),
            Group(
                "Optimum",
                {
                    "dense_ratio": "Optimal ratio of a dense model",
                    "dense_compute": "Compute where that holds",
                    "ratio_growth": "Its growth for each 1000x of compute",
                    "sparsity_factor": "Factor for sparsity",
                },
            ),
            Group(
                "How far each may be off: a factor, up or down",
                {
                    "compute_off": "Training compute",
                    "total_off": "All parameters",
                    "shared_off": "Parameters outside the experts",
                    "dense_off": "Optimal ratio of a dense model",
                    "growth_off": "Growth of that ratio",
                    "sparsity_off": "Factor for sparsity",
                },
                folded=True,
            ),
        ),
        ("", "value", "{level} interval"),
        (
            _single("Active parameters", "active", "amount"),
            _single("Tokens", "tokens", "amount"),
            _single("Tokens per active parameter", "ratio", "num"),
            _single("Optimal, dense model", "dense", "num"),
            _single("Optimal, with experts", "optimum", "num"),
            _single("Optimal over actual ratio: above 1, too few tokens", "under", "num"),
            _single(
                "Compute over what the optimal ratio needs (replication's law)", "cost", "factor"
            ),
            Line("Share of the draws with too few tokens", ("share", ""), "share"),
        ),
        (
            "{active} active parameters on {tokens} tokens make {ratio} tokens per parameter, "
            "where {optimum} would be optimal.",
            "The optimal ratio is {under} times the actual one, {under~} with these ranges.",
        ),
        "Actual and optimal tokens per active parameter",
    ),
    "supply": Calculator(
        (
            Group(
                "Demand",
                {
                    "stock": "Stock",
                    "law": "Law of demand",
                    "compute_now": "Compute of the largest runs of {base}",
                    "overtraining": "Tokens per parameter, over the optimal",
                    "compute_growth_low": "Growth of compute, from",
                    "compute_growth_high": TO,
                    "dataset_growth_low": "Growth of datasets, from",
                    "dataset_growth_high": TO,
                },
            ),
            Group(
                "Factors of the web's stocks ({level} ranges)",
                {
                    "indexed_pages_low": "Pages, from",
                    "indexed_pages_high": TO,
                    "bytes_per_page_low": "Text on a page, from",
                    "bytes_per_page_high": TO,
                    "bytes_per_token_low": "Text in a token, from",
                    "bytes_per_token_high": TO,
                    "usable_share_low": "Share left by filtering, from",
                    "usable_share_high": TO,
                    "repetition_gain_low": "Gain from repeating, from",
                    "repetition_gain_high": TO,
                    "overlap": "Overlap of the stocks, in their total",
                },
                folded=True,
            ),
        ),
        ("", "median", "interval"),
        (
            _single("Stock (tokens, {level})", "stock", "amount"),
            Line("Tokens of the largest run of {base}", ("demand", ""), "amount"),
            Line("Growth of that demand (times a year)", ("growth", ""), "num"),
            _single("Year it is used up, as datasets grow ({years})", "year.datasets", "year"),
            _single("Year it is used up, as compute grows ({years})", "year.compute", "year"),
            _single("Year it is used up, half and half ({years})", "year.mixture", "year"),
            _single("Growth of compute that it allows, powers of ten ({level})", "orders", "num"),
        ),
        (
            "The stock holds {stock} tokens ({stock~}).",
            "Half and half by the two trends, demand uses it up in {year.mixture} "
            "({year.mixture~}).",
        ),
        "Stock and demand by year",
    ),
}

#: What the choices of a field are called; others go by their own names.
CHOICES = {
    "refit": "refit (this book's fit, with intervals)",
    formulas.OWN: "my own numbers",
    "compute": "compute",
    "machine": "a machine and a time",
    "params": "a size",
    "tokens": "an amount of data",
    formulas.RATIO_RULE: "{rule} tokens per parameter",
    "repeated_web": "the web, filtered and repeated",
    "usable_web": "the web, filtered",
    "indexed_web": "the indexed web",
    "common_crawl": "Common Crawl",
    "whole_web": "the whole web",
    "total": "books, papers, filtered web and YouTube",
}


@cache
def facts() -> dict[str, str]:
    """Return what labels quote: levels of intervals, the year of the stocks, a rule's ratio."""
    published = {
        name: registry.printed(f"villalobos2024.{name}")
        for name in ("exhaustion", "base_year", "tokens_per_param")
    }
    return {
        "level": pct(answers.LEVEL),
        "years": pct(published["exhaustion"].level),
        "base": f"{published['base_year'].value:.0f}",
        "rule": f"{published['tokens_per_param'].value:g}",
    }


def filled(text: str) -> str:
    """Return a label with its facts filled in."""
    return text.format(**facts())


def choice(name: str) -> str:
    """Return what a choice of a field is called."""
    if name in CHOICES:
        return filled(CHOICES[name])
    return {each.name: each.label for each in formulas.known_tokenizers()}.get(name, name)


# Numbers as text


def written(value: float, style: str) -> str:
    """Return a number in one of the styles of the tables of results."""
    if math.isnan(value):
        return "—"
    return "∞" if math.isinf(value) else _STYLES[style](value)


def interval(found: Quantity, style: str) -> str:
    """Return the interval of a quantity as text, empty where it has none."""
    if math.isnan(found.low):
        return ""
    return f"{written(found.low, style)} to {written(found.high, style)}"


def _amount(value: float) -> str:
    rounded = float(f"{value:.2e}")
    if 1e15 <= rounded < 1e18:
        return f"{num(rounded / 1e12)}T"
    return _plain(rounded) if rounded < 1e3 or rounded >= 1e18 else format_quantity(rounded)


def _plain(value: float, digits: int = 3) -> str:
    return (sci if value > 0 and (value < 1e-3 or value >= 1e6) else num)(value, digits)


def _year(value: float) -> str:
    if value >= formulas.NEVER:
        return "never"
    return "long ago" if value < 1900 else f"{value:.1f}"


_STYLES = {
    "amount": _amount,
    "num": _plain,
    "factor": lambda value: _plain(value, 4),
    "loss": lambda value: fix(value, 3),
    "share": lambda value: pct(value, 3),
    "year": _year,
}


def summary(calculator: str, answer: Answer) -> str:
    """Return the answer of a calculator in a few sentences."""
    styles = style_of(calculator)

    def words(found: re.Match[str]) -> str:
        return cell(found[1], styles[found[1].removesuffix("~")], answer)

    told = []
    for sentence in CALCULATORS[calculator].summary:
        if all(words(key) not in ("", "—") for key in _KEY.finditer(sentence)):
            told.append(_KEY.sub(words, sentence))
    return " ".join(told)


def style_of(calculator: str) -> dict[str, str]:
    """Return how each quantity of a calculator is written, by key."""
    return {
        key.removesuffix("~"): line.style
        for line in CALCULATORS[calculator].lines
        for key in line.keys
        if key
    }


def inputs(calculator: str, values: Mapping[str, Value]) -> str:
    """Return what was asked of a calculator, a line for each value: name, number, unit, meaning."""
    cut = {each.name: vars(each) for each in formulas.known_tokenizers()}
    used = {**values, **cut.get(str(values.get("tokenizer")), {})}  # one with a name has its own
    idle = formulas.unused(calculator, values) if calculator == "planner" else ()
    rows = [
        (each.name, f"{entry(used[each.name])} {each.unit}".rstrip(), each.meaning)
        for each in formulas.fields(calculator)
        if each.name not in idle
    ]
    width, room = (max(len(row[place]) for row in rows) for place in (0, 1))
    return "\n".join(f"{name:<{width}} = {value:<{room}}  {what}" for name, value, what in rows)


def text(calculator: str, answer: Answer) -> str:
    """Return the answer of a calculator as a table of plain text."""
    shown = CALCULATORS[calculator]
    rows = [[filled(column) for column in shown.columns]]
    for line in shown.lines:
        if not is_empty(line, answer):
            rows.append([filled(line.label), *(cell(key, line.style, answer) for key in line.keys)])
    widths = [max(len(row[place]) for row in rows) for place in range(len(shown.columns))]
    return "\n".join(
        "  ".join(
            each.ljust(width) if place == 0 else each.rjust(width)
            for place, (each, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def is_empty(line: Line, answer: Answer) -> bool:
    """Return whether a line of the results has nothing to say."""
    return all(cell(key, line.style, answer) in ("", "—") for key in line.keys)


def cell(key: str, style: str, answer: Answer) -> str:
    """Return a cell of the results; empty without a key."""
    if not key:
        return ""
    found = answer[key.removesuffix("~")]
    return interval(found, style) if key.endswith("~") else written(found.value, style)


def plain(answer: Answer) -> dict[str, dict[str, float | None]]:
    """Return an answer as plain values for JSON: None for what is not there or not finite."""

    def finite(value: float) -> float | None:
        return value if math.isfinite(value) else None

    return {
        key: {"value": finite(each.value), "low": finite(each.low), "high": finite(each.high)}
        for key, each in answer.items()
    }


def shell_commands(calculator: str, given: Mapping[str, str]) -> list[str]:
    """Return the shell commands that give the numbers of a calculator.

    Parameters
    ----------
    calculator : str
    given : mapping of str to str
        The values that are not the defaults, as written.
    """
    parts = "".join(f" -p {shlex.quote(f'{name}={value}')}" for name, value in given.items())
    lines = []
    if calculator == "planner":
        defaults = {each.name: entry(each.default) for each in formulas.fields(calculator)}
        values = {**defaults, **given}
        lines.append(f"scalebook plan --compute {values['compute']} --law {values['law']}")
    if calculator == "gpt4":
        lines.append(f"scalebook run gpt4{parts}")
    return [*lines, f"scalebook calculate {calculator}{parts}"]


def entry(value: Value) -> str:
    """Return a value as a reader would enter it."""
    return value if isinstance(value, str) else format_quantity(float(value), 6)
