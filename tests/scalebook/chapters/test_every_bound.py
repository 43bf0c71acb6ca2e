"""Every chapter at each bound of each parameter, one at a time, and with a changed set.

It comes to finite results and to intervals that are none of them empty, without a warning and
without a nan in a text, or it is refused for the reason listed here. Other parameters that only
cost time are lowered meanwhile.
"""

import math
import re
from collections.abc import Iterator

import pytest

from scalebook.chapters import parameter
from scalebook.contents import CHAPTERS
from scalebook.execution import parameters, runner
from scalebook.record.results import Record
from scalebook.record.verdicts import Verdicts
from scalebook.show import figures, labels, templates
from scalinglaws.errors import ScalingLawsError
from tests.scalebook.chapters.cells import compute, shown, texts

CHEAP = {
    "resamples": 100, "surface_resamples": 100, "draws": 1000, "seeds": 1, "sizes": 10,
    "amounts": 10, "data_high": 100_000,
}  # fmt: skip

# Upper bounds that are only checked and not run, and why.
COSTLY = {
    ("chinchilla", "resamples"): "five times the default's fits",
    ("isoflop", "surface_resamples"): "13 s of CPU: twenty times the default's fits",
    ("asymptotes", "resamples"): "fifty times the default's fits, two forms on six tables",
    ("known-entropy", "data_high"): "10 s of CPU: ten times the default's data",
    ("supply", "draws"): "five times the default's draws, with their memory",
}

TOGETHER = r"expected .* at (most|least) "
# Bounds that do not go with the other parameters at their defaults, and what is said then.
REFUSED = {
    **{
        (chapter, "drop_highest", "high"): r"drop_highest is 10+; .* of which 0 to 2\d\d can be"
        for chapter in CHAPTERS
        if "drop_highest" in {p.name for p in parameters.declared(chapter)}
    },
    ("asymptotes", "holdout", "high"): "no table has enough runs on both sides of the cut",
    ("isoflop", "factor", "low"): "expected widening below the square of factor",
    ("isoflop", "min_ratio", "high"): r"0 runs are left to fit.*fewer out \(min_ratio\)",
    ("isoflop", "window", "low"): "budgets have a usable minimum.*Or raise 'window'",
    ("isoflop", "tolerance", "low"): "No runs of equal compute were found.*widen the tolerance",
    ("isoflop", "fewest", "high"): "No runs of equal compute were found.*fewer runs",
    ("reconciliation", "smallest", "high"): TOGETHER,
    ("reconciliation", "largest", "low"): TOGETHER,
    ("gpt4", "total_params", "low"): TOGETHER,
    ("gpt4", "total_off", "high"): TOGETHER,
    ("gpt4", "experts", "low"): TOGETHER,
    ("gpt4", "active_experts", "high"): TOGETHER,
    ("gpt4", "shared_params", "high"): TOGETHER,
    ("gpt4", "shared_off", "high"): TOGETHER,
    ("gpt4", "later_active_experts", "high"): TOGETHER,
    ("gpt4", "sparse_compute_low", "high"): TOGETHER,
    ("gpt4", "sparse_compute_high", "low"): TOGETHER,
    ("known-entropy", "contexts", "low"): TOGETHER,
    ("known-entropy", "size_low", "high"): "expected size_low below size_high",
    ("known-entropy", "size_high", "low"): "expected size_low below size_high",
    ("known-entropy", "data_low", "high"): TOGETHER,
    ("supply", "compute_growth_low", "high"): TOGETHER,
    ("supply", "compute_growth_high", "low"): TOGETHER,
    ("supply", "dataset_growth_low", "high"): TOGETHER,
    ("supply", "dataset_growth_high", "low"): TOGETHER,
    ("entropy", "chars_per_token", "low"): TOGETHER,
    ("entropy", "chars_per_token", "high"): TOGETHER,
    ("entropy", "chars_per_token_low", "high"): TOGETHER,
    ("entropy", "chars_per_token_high", "low"): TOGETHER,
}

# A set that somebody might try, for each chapter, as people write it.
CHANGED: dict[str, dict[str, object]] = {
    "scaling-law": {"largest": "1.5B", "level": "80%", "params": "70B", "tokens": "15T tokens"},
    "kaplan": {"growth": "100", "params": "70B params", "tokens": "1.4 trillion"},
    "chinchilla": {"drop_highest": 0, "delta": 0.01, "compute": "3.8e25 FLOP", "level": "80%"},
    "isoflop": {"runs": "marin-dclm", "min_ratio": 0, "window": 3.0, "noise": 0.01},
    "reconciliation": {"runs": "marin-dclm", "drop_highest": 0, "smallest": 1e6, "largest": "10B"},
    "asymptotes": {"holdout": 100, "compute": "3.8e25", "growth": "2.5x", "runs": "marin-dclm"},
    "predictions": {"level": "80%", "farthest": 30, "ahead": 5, "left_out": "porian"},
    "atlas": {"method": "window", "near": 1.25, "level": "80%"},
    "planner": {"basis": "cost", "cost": "1e9 USD", "price": "72 USD/day", "days": "3 months"},
    "overtraining": {"root": 4.0, "ratio_high": 100.0, "drop_highest": 0},
    "gpt4": {"compute": "3e25", "experts": 8, "accelerator_memory": "1 TB", "run_days": "1 year"},
    "inference": {"params": "8B", "tokens": "15T tokens", "served": 1e14, "bits": 4.5},
    "supply": {"overlap": "90%", "overtraining": 10, "law": "llama3-figure", "paper_growth": "3%"},
    "repetition": {"unique": "15T", "compute": 5e28, "law": "besiroglu2024", "epochs": 4},
    "entropy": {"chars_per_token": 4.3, "params": "8B", "tokens": "15T", "vocabulary": 128_000},
    "laboratory": {"least_tokens": "100k", "level": "80%", "straight": 0.05, "small": 0.6},
    "known-entropy": {"exponent": 1.3, "noise": 0.01, "symbols": 8, "sizes": 12, "amounts": 12},
}

_NAN = re.compile(r"\b(nan|inf|NaN)\b")
_ENDLESS = re.compile(r"[\d,.]{25,}")


def cheap(chapter: str) -> dict[str, object]:
    own = {p.name: p for p in parameters.declared(chapter)}
    return {k: max(v, int(own[k].low)) for k, v in CHEAP.items() if k in own}


def ends(chapter: str) -> Iterator[tuple[str, str, parameter.Value]]:
    for p in parameters.declared(chapter):
        yield from ((p.name, choice, choice) for choice in p.choices)
        for end, bound in (("low", p.low), ("high", p.high)):
            if math.isfinite(bound):
                yield p.name, end, p.kind(bound)


def check_record(record: Record) -> None:
    for key, value in record.results.items():
        high = record.results.get(f"{key.removesuffix('_low')}_high")
        assert math.isfinite(value)
        assert not key.endswith("_low") or high is None or value <= high, f"{key} is above its high"
    for claim in record.claims:
        check_text(claim["why"])
        lows, highs = ([x] if not isinstance(x, list) else x for x in (claim["low"], claim["high"]))
        assert lows == [None] or all(a <= b for a, b in zip(lows, highs, strict=True)), claim["id"]


def check_text(text: str) -> None:
    assert not _NAN.search(text), text
    assert not _ENDLESS.search(text), text


def check_page(chapter: str, found: list[object]) -> list[figures.Shown]:
    """Read what a chapter shows, its texts filled in, and return its figures."""
    *shown_, record = found
    check_record(record)
    for text in texts(chapter):
        check_text(templates.render(text, {"r": record.results, "p": record.parameters}))
    for each in shown_:
        if isinstance(each, figures.Shown):
            check_text(f"{each.caption} {each.alt}")
        elif isinstance(each, figures.Table):
            assert all(len(row) == len(each.columns) for row in each.rows)
            check_text(re.sub("<[^>]*>", " ", each._repr_html_()))
        elif not isinstance(each, Verdicts):  # a value that a cell ends in
            check_text(repr(each))
    return [each for each in shown_ if isinstance(each, figures.Shown)]


def check_drawn(drawn: list[figures.Shown]) -> None:
    for each in drawn:
        figures.as_svg(each.figure)
        assert labels.overlapping(each.figure) == [], each.name


def trial(chapter: str, name: str, end: str, value: parameter.Value) -> str | None:
    """Compute with one value; return what went wrong, if anything did."""
    expected = REFUSED.get((chapter, name, end))
    try:
        given = cheap(chapter) | {name: value}
        check_record(compute(chapter, **given))
        check_page(chapter, shown(chapter, **given))
    except ScalingLawsError as error:
        if expected is None or not re.search(expected, str(error)):
            return f"refused: {error}"
        return None if name in str(error) or "tolerance" in str(error) else f"not named: {error}"
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return "ran, and was expected to be refused" if expected else None


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_every_bound(chapter: str) -> None:
    wrong = {}
    for name, end, value in ends(chapter):
        if end == "high" and (chapter, name) in COSTLY:
            parameters.check(chapter, {name: value})
        elif message := trial(chapter, name, end, value):
            wrong[f"{name} = {value}"] = message
    assert not wrong, "\n".join(f"{key}: {message}" for key, message in wrong.items())


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_changed_set_drawn(chapter: str) -> None:
    """Take a set as people might give it; the cells come to what `compute` comes to."""
    given = cheap(chapter) | CHANGED[chapter]
    found = shown(chapter, **given)
    drawn = check_page(chapter, found)
    assert len(drawn) >= 3
    check_drawn(drawn)
    changed = compute(chapter, **given)
    assert found[-1] == changed
    assert changed.results != compute(chapter, **cheap(chapter)).results


FITTING = [
    chapter for chapter in CHAPTERS if "runs" in {p.name for p in parameters.declared(chapter)}
]


@pytest.mark.parametrize("chapter", FITTING)
def test_figures_of_other_runs_can_be_read(chapter: str) -> None:
    own = {p.name for p in parameters.declared(chapter)}
    all_of_them = {"drop_highest": 0} if "drop_highest" in own else {}
    for runs in ("fineweb-c4", "llama3", "marin-dclm"):
        given = {**cheap(chapter), "runs": runs, **all_of_them}
        drawn = check_page(chapter, shown(chapter, **given))
        assert drawn
        check_drawn(drawn)


@pytest.mark.parametrize("chapter", ["kaplan", "repetition"])
def test_papermill_gives_the_same(chapter: str) -> None:
    values = parameters.check(chapter, CHANGED[chapter])
    _, path = parameters.locate(chapter)
    _, content = runner.compute(chapter, path, values)
    here = compute(chapter, **CHANGED[chapter])
    assert (content["results"], content["claims"]) == (here.results, here.claims)


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_what_is_listed_exists(chapter: str) -> None:
    own = {p.name for p in parameters.declared(chapter)}
    listed = {name for where, name, *_ in (*REFUSED, *COSTLY) if where == chapter}
    assert listed | set(CHANGED[chapter]) <= own
