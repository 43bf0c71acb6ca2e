"""What the chapters say of other runs and parameters, read beside the numbers that they record.

Runs of laws that are known, with opposite outcomes: little matters but data or but size, with no
floor or a huge one, the best ratio far below twenty or far above, exact or drowned in noise. Then
bundled runs of others, and parameters that turn an answer. Few resamples suffice: a sentence has
to agree with its own page.
"""

import csv
import re

import numpy as np
import pytest

from scalebook import contents
from scalebook.contents import CHAPTERS
from scalebook.execution import parameters
from scalebook.show import figures
from scalebook.show.sentences import Said
from scalinglaws.laws import ParametricLaw
from scalinglaws.prediction.simulation import Sweep, scatter
from tests.scalebook.chapters.cells import cells, given, shown, tags
from tests.scalebook.chapters.test_every_bound import cheap
from tests.scalebook.chapters.test_findings import number

#: Made-up tables: floor, exponents of size and of data, best ratio at 10^20 FLOP, noise.
LAWS = {
    "only-data": (0.01, 0.2, 0.5, 20.0, 0.003),
    "only-size": (6.0, 0.5, 0.2, 1.5, 0.0005),
    "noise": (1.7, 0.34, 0.36, 200.0, 0.08),
}
FITTING = [
    chapter for chapter in CHAPTERS if "runs" in {p.name for p in parameters.declared(chapter)}
]
BUNDLED = ("fineweb-c4", "llama3", "marin-dclm")


def table(folder, name):
    """Write the runs of a law that is known, and return where they are."""
    E, alpha, beta, ratio, noise = LAWS[name]
    params = np.sqrt(1e20 / 6 / ratio)
    A, B = 0.5 / alpha * params**alpha, 0.5 / beta * (ratio * params) ** beta
    law = ParametricLaw(E=E, A=A, B=B, alpha=alpha, beta=beta)
    runs = Sweep(law, 1e18, 1e21, budgets=7, sizes=9, factor=64).runs()
    loss = scatter(runs.loss, noise, 1, np.random.default_rng(1))[0]
    path = folder / f"{name}.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = zip(runs.params.tolist(), runs.tokens.tolist(), loss.tolist(), strict=True)
        csv.writer(file).writerows([("params", "tokens", "loss"), *rows])
    return str(path)


@pytest.fixture(scope="module")
def paths(tmp_path_factory):
    """Return where the made-up tables are, by name."""
    folder = tmp_path_factory.mktemp("tables")
    return {name: table(folder, name) for name in LAWS}


def read(chapter, **changed):
    """Return what a chapter records with some parameters, and its texts, one after the other."""
    *found, record = shown(chapter, **{**cheap(chapter), **changed})
    texts = [each.markdown for each in found if isinstance(each, Said)]
    for each in found:
        if isinstance(each, figures.Shown):
            texts += [each.caption, each.alt]
        elif isinstance(each, figures.Table):
            texts += [each.caption]
    return record.numbers, "\n".join(texts)


#: Parameters that turn the answer of a chapter, in opposite ways.
TURNED: dict[str, list[dict[str, object]]] = {
    "supply": [
        {"compute_growth_low": 1.0, "compute_growth_high": 1.1,
         "dataset_growth_low": 0.0, "dataset_growth_high": 0.01},
        {"compute_growth_low": 20.0, "compute_growth_high": 30.0,
         "overtraining": 100.0, "compute_now": 1e28},
    ],
    "gpt4": [
        {"compute": 2e26, "total_params": 5e11, "sparsity_factor": 1.0},
        {"compute": 2e24, "sparsity_factor": 6.0, "dense_ratio": 100.0},
    ],
    "repetition": [
        {"epochs": 2.0, "unique": 1.5e13, "compute": 1e21},
        {"decay": "muennighoff2023-geometric", "law": "besiroglu2024",
         "stretch": 16.0, "synthetic": 1.0},
    ],
    "inference": [{"served": 0.0}, {"served": 1e17, "bits": 4.5}],
    "planner": [{"compute": 1e19, "ratio": 2000.0}],
    "entropy": [{"chars_per_token": 2.0, "chars_per_token_low": 1.5, "chars_per_token_high": 2.5,
                 "params": 8e9, "tokens": 1.5e13}],
    "overtraining": [{"root": 20.0}],
    "reconciliation": [{"embedding": 0.0}],
}  # fmt: skip


def cases(chapter):
    """Return the parameters with which a chapter is read."""
    declared = {each.name for each in parameters.declared(chapter)}
    turned = TURNED.get(chapter, [])
    if chapter not in FITTING:
        return turned
    whole = {name: 0 for name in ("drop_highest", "min_ratio") if name in declared}
    place = FITTING.index(chapter)
    third = BUNDLED[place % len(BUNDLED)] if place % 2 else "noise"
    tables = ("only-data", "only-size", third)
    return [*({**whole, "runs": name} for name in tables), *turned]


# What must hold of every page


_NUMBER = r"−?\d[\d,]*(?:\.\d+)?[kMBT]?"
_HELD = re.compile(
    rf"(?<![\w.,−])({_NUMBER})(?: times| nats per token)? "
    rf"\((?:\d+% (?:bootstrap )?(?:interval )?)?({_NUMBER}) to ({_NUMBER})[,)]"
)
#: What can be said of the runs of Hoffmann et al. alone.
_THEIRS = re.compile(
    r"[Tt]he Chinchilla refit|\b[Tt]he refit (?!comes within)|Chinchilla's runs|is printed, and|"
    r"The 245 runs|print the same constants|misread by|Fitted again"
)


@pytest.mark.parametrize("chapter", [chapter for chapter in CHAPTERS if cases(chapter)])
def test_every_sentence_agrees_with_its_page(chapter, paths):
    wrong, met = {}, set()
    for changed in cases(chapter):
        runs = {"runs": paths.get(changed["runs"], changed["runs"])} if "runs" in changed else {}
        numbers, text = read(chapter, **{**changed, **runs})
        met |= {said for said in RULES.get(chapter, {}) if re.search(said, text)}
        if faults := [*_faults(chapter, numbers, text), *(_foreign(chapter, text) if runs else [])]:
            wrong[str(changed)] = faults
    assert not wrong
    assert len(met) >= min(2, len(RULES.get(chapter, {}))), "the rules are not of what is said"


def _faults(chapter, numbers, text):
    """Return what a page says that its numbers do not."""
    yield from re.findall(r"\b(nan|inf|NaN|None(?! of|:))\b", text)
    yield from (found for found in _HELD.findall(text) if not _near(found))
    for said, holds in RULES.get(chapter, {}).items():
        if re.search(said, text) and not holds(numbers):
            yield said


def _foreign(chapter, text):
    """Return what a page says of other runs that can be said of Hoffmann's alone."""
    if chapter == "predictions":  # which names the law that was published
        return []
    return _THEIRS.findall(text)


def _near(found):
    """Return whether an interval holds its estimate, to within the rounding of either."""
    value, low, high = map(number, found)
    return 0.95 * low <= value <= 1.05 * high if low > 0 else value <= high + 0.05 * abs(high)


def _ends(r, name):
    return getattr(r, f"{name}_low"), getattr(r, f"{name}_high")


def _holds(r, name, value):
    low, high = _ends(r, name)
    return low <= value <= high


def _meet(r, one, other):
    """Return whether two intervals have a number in common."""
    return max(_ends(r, one)[0], _ends(r, other)[0]) <= min(_ends(r, one)[1], _ends(r, other)[1])


#: Sentences by what the recorded numbers must say where they are said.
RULES = {
    "chinchilla": {
        "twenty tokens per parameter is too few": lambda r: r.ratio_low > 20,
        "twenty tokens per parameter is too many": lambda r: r.ratio_high < 20,
        "one of many ratios": lambda r: _holds(r, "ratio", 20),
        "so it falls": lambda r: r.falling_share > 0.9,
        "so it rises": lambda r: r.falling_share < 0.1,
        "which way it goes cannot be told": lambda r: 0.01 < r.falling_share < 0.99,
        "times as wide as the printed one": lambda r: r.times_as_wide > 1,
        "it knows that": lambda r: r.E_width_ratio > 1 and r.scatter_ratio > 1,
        "extrapolated": lambda r: r.optimal_compute > r.largest_compute,
        "those of 2022 do not describe these": lambda r: r.hoffmann_missed > r.missed,
    },
    "overtraining": {
        r"ten times it says [^;]*; the sweeps measured more": lambda r: r.m_10 < r.suites_10_low,
        r"thirty it says [^;]*; the sweeps measured more": lambda r: r.m_30 < r.suites_30_low,
        "so too many tokens cost more by the law": lambda r: r.m_10 > r.m_tenth,
        "so too few tokens cost more by the law": lambda r: r.m_10 < r.m_tenth,
        "GPT-3 had [^ ]+ times too few": lambda r: r.gpt3_degree < 1,
        "GPT-3 had [^ ]+ times too many": lambda r: r.gpt3_degree > 1,
        "cannot be tested": lambda r: r.amd_near_runs == 0,
        "says only": lambda r: r.m_30 < r.suites_30_low,
    },
    "planner": {
        "the best ratio falls with compute, and": lambda r: r.trend_high < 0,
        "the best ratio rises with compute, and": lambda r: r.trend_low > 0,
        "leave the sign open": lambda r: r.trend_low < 0 < r.trend_high,
        "times too few tokens per parameter": lambda r: r.gpt4_over < 1,
        "AMD over-trained": lambda r: r.amd_over > 1,
        "is not read off the law": lambda r: r.runs_ratio_max < r.amd_ratio,
        "far beyond the runs of those sweeps": lambda r: r.planned > r.sweep_compute,
        "which holds the 200": lambda r: _holds(r, "x1t", 200),
        "which leaves out the 200": lambda r: not _holds(r, "x1t", 200),
    },
    "inference": {
        "loss is [^ ]+ times larger": lambda r: r.gpt3_cheapest < 1,
        "loss is [^ ]+ times smaller": lambda r: r.gpt3_cheapest > 1,
        "it goes smaller than they do": lambda r: r.size_share < r.tried_share_low,
        "Yes, for heavy use": lambda r: r.saved_share_low > 0.05,
        "Hardly, for that little use": lambda r: r.saved_share_high < 0.1,
        "no demand justifies its size": lambda r: r.llama8_size >= 1,
        "beyond both": lambda r: r.ratio_served > r.harmful6,
        "below both": lambda r: r.ratio_served < r.harmful4,
        "holds by every law here, even": lambda r: r.gpt3_cheapest > 3,
    },
    "asymptotes": {
        "They flatten": lambda r: 2 * r.floor_best > r.suites,
        "maller runs put the floor too high": lambda r: 2 * r.floor_higher > r.holdout_suites,
        "do not put up with any floor": lambda r: min(r.miss_none, r.miss_most) > r.miss,
        "The intervals do not touch": lambda r: not _meet(r, "cut1000_sum", "cut1000_power"),
    },
    "isoflop": {
        "Faster than its data": lambda r: r.a_high > 0.5,
        "More slowly than its data": lambda r: r.a_low < 0.5,
        "[0-9], more than any one interval": lambda r: r.any_a_high - r.any_a_low > r.widest,
        "no more than any one interval": lambda r: r.any_a_high - r.any_a_low <= r.widest,
    },
    "entropy": {
        "taken here they lie below it": lambda r: r.floor_char_high <= r.shannon_lower,
        "taken here they lie above it": lambda r: r.floor_char_low >= r.shannon_lower,
        "All of that is above the floors": lambda r: r.prose_pile_low >= r.floor_char_high,
        "The tokenizer matters more": lambda r: r.tokenizer_width_share > r.floor_width_share,
        "The law matters more": lambda r: r.tokenizer_width_share <= r.floor_width_share,
    },
    "reconciliation": {
        "lies below that interval": lambda r: r.path_low > 0.73,
        "lies above that interval": lambda r: r.path_high < 0.73,
        "the law overstates": lambda r: r.count_effect_fit > r.moved_high,
        "the law understates": lambda r: r.count_effect_fit < r.moved_low,
        "makes next to no difference": lambda r: abs(r.path_fit - r.a_fit) < 0.05,
        "growing is a bad bargain": lambda r: r.s_smallest < 1,
    },
    "predictions": {
        "above what came": lambda r: r.own_error > 0,
        "below what came": lambda r: r.own_error < 0,
        "Here the law's own interval held": lambda r: _holds(r, "own_law", r.own_came),
        "interval gave no warning": lambda r: not _holds(r, "own_law", r.own_came),
    },
}  # fmt: skip


# What the notebooks say in cells that are the same for all runs

_OWN = re.compile(r"\b(five|5) (runs )?(that were )?left out|refit\b|245 runs|our (runs|fit)")


@pytest.mark.parametrize("chapter", FITTING)
def test_method_says_nothing_of_the_books_own_runs(chapter):
    method = ["".join(cell["source"]) for cell in cells(chapter)
              if cell["cell_type"] == "markdown" and "commentary" not in tags(cell)]  # fmt: skip
    assert not [text for text in method if _OWN.search(text)]


def test_tables_are_what_they_are_called(tmp_path):
    for name, (_, alpha, beta, *_) in LAWS.items():
        p = given("overtraining", runs=table(tmp_path, name), drop_highest=0)
        fitted = contents.module("overtraining", "steps").take(p).fitted.fit.law
        if name != "noise":
            assert (fitted.alpha < fitted.beta) == (alpha < beta)
