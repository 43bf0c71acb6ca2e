"""The claims on isoFLOP profiles, settled."""

from collections.abc import Iterator

import numpy as np
from scipy import special

from scalebook.chapters.common import printed
from scalebook.chapters.isoflop import suite, sweep
from scalebook.chapters.isoflop.steps import Found
from scalebook.chapters.parameter import Parameters
from scalebook.record.judge import bounds, interval, point
from scalebook.record.verdicts import Settlement, settle
from scalebook.show.numbers import fix, num, pct, qty, sci, span
from scalinglaws import catalogue
from scalinglaws.fitting.isoflop import Profiles
from scalinglaws.runs import Runs

#: How nanochat's parameters are counted, by the suite of its optima.
COUNTS = {
    "nanochat2026-kaplan": "counting parameters without embeddings but with the last layer",
    "nanochat2026-chinchilla": "counting all of them",
    "nanochat2026-transformer-only": "counting neither embeddings nor the last layer",
}


def every(p: Parameters, f: Found) -> Iterator[Settlement]:
    """Settle the claims of the chapter."""
    yield _budgets(p, f)
    yield _flatter(p, f)
    yield _llama(f)
    yield from _palm(f)
    yield from _nanochat()
    yield _deepseek()


def _budgets(p: Parameters, f: Found) -> Settlement:
    hoffmann = f.suites["hoffmann2022_runs"]
    (low, high, nine), centres = sweep.paper_budgets(), hoffmann.profiles.compute
    count, others = suite.budget_counts(p, hoffmann.table)
    rows = {"by the paper's own count": point(nine), "by dense stretches of compute in the digitised runs": point(count)}  # fmt: skip
    return settle("a-isoflop-budgets", rows,
        why=f"The paper says {nine}, from {sci(low, 1)} to {sci(high, 1)} FLOP, and the digitised runs show {count} dense stretches of compute, {sci(centres.min(), 2)} to {sci(centres.max(), 2)} "
        f"({min(others)} to {max(others)} with other limits of width and number). The range as claimed, 10¹⁸ to 10²¹, is rounded down by factors of {num(low / 1e18, 1)} and {num(high / 1e21, 1)}.")  # fmt: skip


def flattening(found: Profiles, level: float) -> tuple[float, float, float]:
    """Return the power of compute that the curvature of parabolas goes as, with its interval.

    Least squares over the budgets that are used, which count alike, with Student's t for the
    interval; the curvature is in units of the loss per squared log of the size.
    """
    used = found.used & (found.curvature > 0)
    x, y = np.log(found.compute[used]), np.log(found.curvature[used])
    (slope, start), freedom = np.polyfit(x, y, 1), len(x) - 2
    left = y - np.polyval([slope, start], x)
    error = np.sqrt((left**2).sum() / freedom / ((x - x.mean()) ** 2).sum())
    reach = float(special.stdtrit(freedom, (1 + level) / 2) * error)
    return float(slope), float(slope) - reach, float(slope) + reach


def _flatter(p: Parameters, f: Found) -> Settlement:
    found = {name: flattening(f.suites[name].profiles, p.level) for name in suite.LABELS}
    slope, low, high = found["llama3"]
    others = [each[0] for name, each in found.items() if name != "llama3"]
    return settle("w-llama-flat", interval(slope, low, high, p.level),
        why=f"Over {int(f.suites['llama3'].profiles.used.sum())} budgets the curvature goes as compute to the power {fix(slope, 3)}, {pct(p.level)} interval {span([low, high], 2)}; in the other suites here {fix(min(others))} to {fix(max(others))}. "
        "A law of Chinchilla's form, with the exponents α of size and β of data, says so of any runs: the curvature is αβ/2 of what the loss has left above its floor.")  # fmt: skip


def _llama(f: Found) -> Settlement:
    line, text = f.llama.line, f.llama.text
    pairs = {each: [float(line.params(each)), float(line.tokens(each))] for each in (f.llama.target, f.llama.meant)}  # fmt: skip
    named, meant = pairs.values()
    return settle("w-llama-402b", {f"{sci(each)} FLOP, by the line through the digitised runs": point(pair) for each, pair in pairs.items()},
        why=f"The line through all digitised points has {qty(named[0])} on {qty(named[1], 4)} at the budget named. {qty(meant[0])} on {qty(meant[1], 4)} belong to {sci(f.llama.meant)} FLOP, which is 6ND of the pair printed. "
        f"The two digits printed of the law itself, {fix(float(text.b))} and {fix(float(text.tokens(1.0)))}, would give {qty(float(text.tokens(f.llama.target)))} tokens.")  # fmt: skip


def _palm(f: Found) -> Iterator[Settlement]:
    ratios = {s.label: s.b / s.a for s in map(f.suites.get, suite.LABELS) if s is not None}
    least, most = (pick(ratios, key=ratios.__getitem__) for pick in (min, max))
    yield settle("w-palm2-1to1", bounds(ratios[least], ratios[most]),
        decides="PaLM 2's own runs would decide.",
            why=f"PaLM 2's runs are not public. On the six suites here the power of compute of the data over that of the size goes from {fix(ratios[least])} ({least}) to {fix(ratios[most])} ({most}): it depends on the runs.")  # fmt: skip
    size, data = (printed(f"kaplan2020.optimum.{name}.exponent") for name in ("params", "tokens"))
    yield settle("w-palm2-3x", point(size / data),
        why=f"By Kaplan et al. size grows as compute to the power {fix(size)} and data to {fix(data)}, {num(size / data, 2)} times as fast. The large models of 2020 to 2022 went further: their data hardly grew at all.")  # fmt: skip


def powers(optima: Runs) -> list[float]:
    """Return the powers of compute of best sizes and of best tokens."""
    budgets = np.log(optima.flop)
    return [float(np.polyfit(budgets, np.log(each), 1)[0]) for each in (optima.params, optima.tokens)]  # fmt: skip


def _nanochat() -> Iterator[Settlement]:
    optima = {name: catalogue.table("nanochat2026_optima", name, loss_unit="bits/byte") for name in COUNTS}  # fmt: skip
    kaplan, *_ = optima.values()
    both = {name: [fix(each) for each in powers(runs)] for name, runs in optima.items()}
    texts = "; ".join(f"{size} and {data}, {COUNTS[name]}" for name, (size, data) in both.items())
    yield settle("w-nanochat-half", point(powers(kaplan)),
        why=f"Over the four budgets size and data grow as these powers of compute: {texts}.")  # fmt: skip
    ratios = {name: np.exp(np.log(runs.tokens_per_param).mean()) for name, runs in optima.items()}
    kaplans, alls, least = ratios.values()
    ends = kaplan.tokens_per_param
    yield settle("w-nanochat-ratio", point(float(kaplans)),
        why=f"At the four budgets it is {num(float(ends.max()))} to {num(float(ends.min()))}, {num(float(kaplans))} on average; with all parameters counted {num(float(alls), 2)}, with those of the transformer alone {num(float(least), 2)}. The default has since become 12.")  # fmt: skip


def _deepseek() -> Settlement:
    early, present, web = (printed(f"bi2024.{key}") for key in ("early.a", "a", "openwebtext2.a"))
    return settle("w-deepseek-quality", point([present - early, web - present]),
        why=f"The powers that they print are {fix(early, 3)} on their early data, {fix(present, 3)} on their present data and {fix(web, 3)} on OpenWebText2, which they call the best of the three. They print no intervals, and the three differ in more than quality.")  # fmt: skip
