"""The claims about plans, settled: those of the articles, and those of papers and reports."""

import math
from collections.abc import Iterator
from datetime import date

import numpy as np
import pandas as pd

from scalebook.chapters.common import between, ends, printed
from scalebook.chapters.parameter import Parameters
from scalebook.chapters.planner import fits, hoffmann
from scalebook.chapters.planner.fits import HOFFMANN, KAPLAN, LLAMA_FIGURE, LLAMA_TEXT, OURS
from scalebook.chapters.planner.steps import Found
from scalebook.record import claims
from scalebook.record.judge import (
    HEDGE,
    UNKNOWN,
    Evidence,
    bounds,
    doubled_share,
    point,
    pvalue,
    sample,
    sided,
    truth,
)
from scalebook.record.verdicts import Settlement, settle
from scalebook.show.numbers import fix, num, pct, qty, sci, span
from scalinglaws import units
from scalinglaws.optimum import dense, machine
from scalinglaws.optimum.machine import Machine
from scalinglaws.registry import published_model

#: The day of the article on Hoffmann et al., and that on which PaLM was published (arXiv 2204.02311).
ARTICLE, PALM = date(2022, 4, 1), date(2022, 4, 5)
#: What the three approaches of Hoffmann et al. are called as conditions.
APPROACHES = {
    1: "by approach 1 (Table 3)", 2: "by approach 2 (Table A3)", 3: "by approach 3 (Table A3)",
}  # fmt: skip
#: Peak of an H100, dense BF16, as its maker gives it: FLOP/s.
H100 = 9.89e14


def of_articles(p: Parameters, f: Found) -> Iterator[Settlement]:
    """Settle what the five articles and their commenters say."""
    yield from _ratio(p, f)
    yield from _notes(p, f)
    yield from _sizes(p, f)
    yield from _ahead(p, f)


def _ratio(p: Parameters, f: Found) -> Iterator[Settlement]:
    t, draws, grows = f.trend, f.refit.draws, f.trend.params_per_tokens_exponent
    powers = np.asarray(draws.a - draws.b)
    decided = "the runs fix the sign" if t.fixed else "the runs do not fix the sign"  # fmt: skip
    yield settle("h-dn-trend", sample(powers, -t.trend, p.level), reason="" if not t.fixed else "law",
        decides="Larger runs would decide.",
            why=f"N/D goes as the power (β − α)/(α + β) of compute: {fix(-t.trend, 3)} by {fits.whose(p)}, so it {'rises' if t.trend < 0 else 'falls'}, {pct(p.level)} bootstrap {fix(-t.trend_high, 3)} to {fix(-t.trend_low, 3)}; {decided}. "
        f"The constants as published give {fix(-t.trend_published, 3)}, a slow rise.")  # fmt: skip
    yield settle("h-dn-trend-note", sample(np.asarray(draws.a / draws.b), grows, p.level), reason="law",
        why=f"Along the optimum size and data both grow, in this and any such law: N goes as the {fix(grows)}th power of D. What harsimony says of it in a reply, that tokens per parameter fall, is judged as h-dn-reply.")  # fmt: skip
    yield settle("h-dn-reply", point(t.trend_published), reason="law",
        why=f"By the constants as published D/N goes as compute to the power {fix(t.trend_published, 3)}. How sure that is of the runs is another matter: it falls in {pct(t.falls)} of the resamples.")  # fmt: skip
    yield _twenty(p, f)


def _twenty(p: Parameters, f: Found) -> Settlement:
    (ratio,) = claims.load()["h-dn-20"].numbers
    rows: dict[str, Evidence] = {}
    kept: list[str] = []
    near: list[str] = []
    broken: list[str] = []
    for compute, there in f.rejection.at.values():
        drawn = dense.optimal(f.refit.draws, compute).tokens_per_param
        chance = doubled_share(drawn, ratio)
        decided = sided(chance, len(drawn))
        rows[f"{sci(compute, 2)} FLOP"] = pvalue(decided, there.best, there.low, there.high)  # fmt: skip
        least = f"p below {num(2 / len(drawn), 1)}" if chance == 0 else f"p = {num(chance, 2)}"
        (near if decided is None else kept if chance >= 0.05 else broken).append(f"{sci(compute, 2)} FLOP (best {num(there.best)}, {least})")  # fmt: skip
    low, high = f.rejection.constant_low, f.rejection.constant_high
    close = f"; {p.resamples} resamples are too few to say at {', '.join(near)}, where other draws may move p across 5%" if near else ""  # fmt: skip
    single = f"One ratio at every budget would have to lie between {num(low, 2)} and {num(high, 2)}." if low else "No ratio does at every budget."  # fmt: skip
    return settle("h-dn-20", rows,
        decides="Naming the budget, and larger runs, would decide.",
            why=f"The claim names no budget. By bootstrap {ratio:g} passes at {', '.join(kept) or 'none'}; it does not at {', '.join(broken) or 'none'}{close}. {single} This book's chapter on Chinchilla's law shows that such intervals are too narrow for larger runs.")  # fmt: skip


def _notes(p: Parameters, f: Found) -> Iterator[Settlement]:
    k, ((_, right), (_, inverse)) = units.FLOP_PER_PARAM_TOKEN, f.constant.values()
    size = published_model("GPT-3").params
    yield settle("l-k-constant", point(k * size), reason="misquoted",
        why=f"Kaplan et al. count 6N FLOP per token, for GPT-3's size {sci(k * size)}; 1/(6N) is tokens per FLOP. Dividing by it, as the notes do, makes the dataset too large by 36 N²: GPT-3's {sci(right, 2)} tokens become {sci(inverse, 2)}.")  # fmt: skip
    yield settle("l-model-size-tokens", truth(False),
        why="A size is a number of parameters; tokens are the unit of the dataset. The loop around it is over budgets in FLOP, as it says.")  # fmt: skip
    b, names = f.budgets, ("l-exaflop-64d", "l-10ef-3mo")
    for claim, most in zip(names, b.notes.values(), strict=True):
        best, draws = f.refit.optimum(most * p.utilisation)
        kaplan = float(fits.power(KAPLAN).params(most * p.utilisation))
        rows = {"with the machine always at its peak": point(most), "with the share of its peak that LaMDA, PaLM and Llama 3 report": bounds(most * b.share_low, most * b.share_high)}  # fmt: skip
        yield settle(claim, rows,
            why=f"The product is {sci(most)} FLOP, which only a machine at its peak would do; reported are {pct(b.share_low, 3)} to {pct(b.share_high, 3)} of it. At {pct(p.utilisation)} {fits.whose(p)} gives {qty(float(best.params))} parameters, {between(ends(draws.params, p.level), qty)}, "
            f"on {qty(float(best.tokens))} tokens, Kaplan's law {qty(kaplan)} parameters. The share of the peak, and the law, would decide.")  # fmt: skip
    x, (text, figure, kaplan_law) = f.llama, map(fits.power, (LLAMA_TEXT, LLAMA_FIGURE, KAPLAN))
    apart = abs(text.b - kaplan_law.b) > HEDGE * max(text.b, kaplan_law.b)
    yield settle("l-llama31", truth(bool(apart), [text.a, text.b]),
        why=f"Its tokens go as the power {fix(text.b)} of compute, Kaplan's as {fix(kaplan_law.b)}. The two digits do not give the paper's own optimum: its {qty(x.llama_tokens, 4)} tokens need {fix(x.llama_implied_b, 3)}, and the label of its figure has {fix(figure.b, 3)}.")  # fmt: skip
    a = f.amd
    tokens = published_model("AMD-Llama-135M").tokens
    yield settle("l-amd-135m", truth(a.share_attention <= 1, a.share),
        why=f"{qty(tokens)} tokens are {sci(a.compute)} FLOP, {pct(a.share)} of what the four nodes could do in six days at their peak; {pct(a.share_attention)} with attention. They are {num(a.ratio)} tokens per parameter, {num(a.over)} times the optimum by {fits.whose(p)}. The notes quote AMD and leave the arithmetic to do.")  # fmt: skip


def _sizes(p: Parameters, f: Found) -> Iterator[Settlement]:
    for claim, size, digits, more in (
        ("a-520b", 520e9, 2, ""), ("a-1t", 1e12, 3, " 1a3orn says that it might be more."),
    ):  # fmt: skip
        by_law, interval = f.multiples.by_law[size], f.multiples.ends[size]
        one, two, three = (by_law[hoffmann.approach(k)] for k in (1, 2, 3))
        yield settle(claim, point(one),
            why=f"The FLOP of Table 3 make it {num(one)}. Approach 2 of the same paper has {num(two)}, approach 3 has {num(three)}, and {fits.whose(p)} {num(by_law[OURS], digits)}, {pct(p.level)} interval {span(interval, 2)}.{more}")  # fmt: skip
    years = (PALM - ARTICLE).days / 365.25
    palm, before, gopher = map(published_model, ("PaLM", "MT-NLG", "Gopher"))
    best = [flop_for(f, k, before.params) / f.multiples.gopher_flop for k in (1, 3)]
    yield settle("a-no-larger", point(years), reason="experiment",
        why=f"PaLM, of {qty(palm.params)} parameters where the largest before had {qty(before.params)}, was published {(PALM - ARTICLE).days} days later. It was not trained by the new law: at its compute the best size is {qty(size_at(f, 1, palm.flop))} by Table 3.")  # fmt: skip
    yield settle("a-ten-times-ten", point(palm.flop / gopher.flop), reason="experiment",
        why=f"The next larger model, PaLM, took {num(palm.flop / gopher.flop, 2)} times Gopher's compute. For {qty(before.params)} parameters, the largest then, to be the best size it takes {num(best[0], 2)} times by Table 3 and {num(best[1], 2)} by approach 3, and a hundred lies between.")  # fmt: skip


def _ahead(p: Parameters, f: Found) -> Iterator[Settlement]:
    law, draws, published = f.refit.law, f.refit.draws, f.refit.surfaces[HOFFMANN]
    terms = {"by the law of Hoffmann et al.": point(float(published.beta / published.alpha)), f"by {fits.whose(p)}": sample(np.asarray(draws.beta / draws.alpha), float(law.beta / law.alpha), p.level)}  # fmt: skip
    yield settle("v-tradeoff-1-1", terms,
        why=f"At the best use of compute the size term over the data term is β/α: {fix(float(published.beta / published.alpha))} by Hoffmann's constants, {fix(float(law.beta / law.alpha))} by {fits.whose(p)}.")  # fmt: skip
    (budget,), figure = claims.load()["n-5gw"].numbers, fits.power(LLAMA_FIGURE)
    ours, drawn = f.refit.optimum(budget)
    llama = float(figure.tokens(budget))
    rows = {"by Llama 3's law, as its figure is labelled": point(llama), f"by {fits.whose(p)}": sample(drawn.tokens, float(ours.tokens), p.level)}  # fmt: skip
    yield settle("n-250t-750t", rows,
        decides="Optima measured at larger budgets would decide.",
            why=f"At {sci(budget, 1)} FLOP Llama 3's law asks for {qty(llama)} tokens, and for 250T at {sci(float(figure.compute_for(tokens=2.5e14)), 2)}; {fits.whose(p)} asks for {qty(float(ours.tokens))}. Both are carried over more than three orders of magnitude, and whether the compute comes is a forecast.")  # fmt: skip
    yield _five_gigawatts(p)
    yield _tandem(f)


def _five_gigawatts(p: Parameters) -> Settlement:
    hired, hours = Machine(p.accelerator, p.utilisation), {"three months": 91 * 24, "a year": 365.25 * 24}  # fmt: skip
    done = {name: float(machine.from_energy(hired, 5e6 * each, p.power)) for name, each in hours.items()}  # fmt: skip
    count, (stated,) = 5e9 / p.power, claims.load()["n-5gw"].numbers
    days = stated / (count * p.accelerator * p.utilisation) / machine.SECONDS_PER_DAY
    whose = "H100s" if p.accelerator == H100 else f"accelerators of {sci(p.accelerator)} FLOP/s"
    return settle("n-5gw", {f"with {whose}, for {name}": point(each) for name, each in done.items()},
        why=f"5 GW are {qty(count)} accelerators of {num(p.power)} W with cooling; at {sci(p.accelerator)} FLOP/s and {pct(p.utilisation)} use they take {num(days)} days for {sci(stated, 1)} FLOP. What those of 2028 do for the power, and how long a run is, would decide.")  # fmt: skip


def _tandem(f: Found) -> Settlement:
    exponents = np.array([[law.a, law.b] for law in f.refit.laws.values()], dtype=float)
    first, last, llama = map(published_model, ("GPT-3", "MT-NLG", "Llama 3.1 405B"))
    grown = {name: [each.params / first.params, each.tokens / first.tokens] for name, each in (("MT-NLG", last), ("Llama 3.1", llama))}  # fmt: skip
    rows = {"by the laws of the best use of compute": truth(bool((exponents > 0).all()))}
    for name, each in grown.items():
        rows[f"models from GPT-3 to {name}"] = truth(min(each) > 1, each)
    return settle("s-tandem", rows,
        decides="Which years are meant would decide.",
            why=f"Tested is only whether size and data both grow, not whether at one pace: a weak test. By the laws that this book plans with, both grow as powers of compute, from {fix(exponents.min())} to {fix(exponents.max())}. From 2020 to early 2022 size grew {num(last.params / first.params, 2)}-fold on {qty(last.tokens)} tokens in place of {qty(first.tokens)}; by 2024 data had grown {num(llama.tokens / first.tokens, 2)}-fold and size {num(llama.params / first.params, 2)}-fold.")  # fmt: skip


def of_papers(p: Parameters, f: Found) -> Iterator[Settlement]:
    """Settle what papers and reports say."""
    yield from _hoffmann(p, f)
    chances = dense.given_params(f.refit.draws, 8e9).tokens, float(dense.given_params(f.refit.law, 8e9).tokens)  # fmt: skip
    tokens = {k: flop_for(f, k, 8e9) / 6 / 8e9 for k in APPROACHES}
    yield settle("w-meta-200b", {**{APPROACHES[k]: point(each) for k, each in tokens.items()}, f"by {fits.whose(p)}": sample(*chances, p.level)},
        decides="Which of the approaches is called Chinchilla's would decide.",
            why=f"For 8B parameters the three approaches of Hoffmann et al. have {', '.join(map(qty, tokens.values()))} tokens, and {fits.whose(p)} {qty(chances[1])}. Table 3 has {qty(float(f.columns.rows[1].tokens[10e9]))} in its row of 10B.")  # fmt: skip
    ten = {k: float(rows.tokens[10e9]) for k, rows in f.columns.rows.items()}
    yield settle("w-llama1-10b", point(ten[1]),
        why=f"Table 3 has {qty(ten[1])} tokens, approach 2 has {qty(ten[2])} and approach 3 has {qty(ten[3])}.")  # fmt: skip
    palm = published_model("PaLM")
    laws = {"the constants as printed": "Hoffmann et al., as printed", "the unrounded constants": HOFFMANN}  # fmt: skip
    best = {name: dense.optimal(f.refit.surfaces[key], palm.flop) for name, key in laws.items()}
    texts = [f"{qty(float(each.params))} on {qty(float(each.tokens))} tokens by {name}" for name, each in best.items()]  # fmt: skip
    yield settle("w-nost-palm", {name: point([each.params, each.tokens]) for name, each in best.items()},
        decides="Which constants are meant would decide.",
            why=f"For PaLM's {sci(palm.flop)} FLOP it is {' and '.join(texts)}. Two digits of an exponent are too few to carry a law that far.")  # fmt: skip
    alpha, beta = (printed(f"hu2024.{name}") for name in ("alpha", "beta"))
    yield settle("w-minicpm-192", UNKNOWN,
        why=f"By the exponents of its law, {fix(alpha)} and {fix(beta)}, the ratio goes as compute to the power {fix((alpha - beta) / (alpha + beta), 3)}, {fix(10 ** ((alpha - beta) / (alpha + beta)))} times for each tenfold, so \"on average\" is of some range of budgets. The constants that fix its height, and the runs, would decide; this book has neither.")  # fmt: skip


def _hoffmann(p: Parameters, f: Found) -> Iterator[Settlement]:
    gopher, budget = published_model("Gopher"), f.multiples.gopher_flop
    found = {}
    for k in APPROACHES:
        size = size_at(f, k, budget)
        found[k] = [gopher.params / size, budget / 6 / size / gopher.tokens]
    yield settle("w-hoffmann-4x", {APPROACHES[k]: point(each) for k, each in found.items()},
        decides="Which of the approaches is meant would decide.",
            why=f"At Gopher's {sci(budget)} FLOP the lines through the paper's tables have a model {', '.join(num(each[0], 2) for each in found.values())} times smaller on {', '.join(num(each[1], 2) for each in found.values())} times the tokens, by its three approaches. Chinchilla itself is 4 times smaller, on 4.7 times the tokens.")  # fmt: skip
    counts = [1e26 / printed(f"hoffmann2022.gopher.flop.{name}") for name in ("appendixF", "text", "6ND")]  # fmt: skip
    one, two = (f.multiples.by_law[1e12][hoffmann.approach(k)] for k in (1, 2))
    yield settle("w-hoffmann-1t", bounds(min(counts), max(counts)), reason="slip",
        why=f"10²⁶ FLOP are {num(counts[1])} times the compute of Gopher by the text, {num(min(counts))} to {num(max(counts))} by its three counts. The row of 1T in Table 3 is {num(one)} times, that of approach 2 is {num(two)} times; 250 fits neither.")  # fmt: skip
    rows = {k: [flop_for(f, k, 175e9), float(f.columns.rows[k].tokens[175e9])] for k in APPROACHES}
    texts = [f"{sci(flop)} FLOP and {qty(tokens)} tokens" for flop, tokens in rows.values()]
    yield settle("w-hoffmann-175b", {APPROACHES[k]: point(each) for k, each in rows.items()},
        decides="Which of the approaches is meant would decide.",
            why=f"The numbers are 6ND of one another, but of no row of the paper's tables: those have {'; '.join(texts)}.")  # fmt: skip


def flop_for(f: Found, approach: int, params: float) -> float:
    """Return the FLOP for which a size is the best, on the line of an approach of Hoffmann et al."""
    return _along(f.columns.rows[approach], "params", "line", params)


def size_at(f: Found, approach: int, flop: float) -> float:
    """Return the best size for a budget, on the line of an approach of Hoffmann et al."""
    return _along(f.columns.rows[approach], "line", "params", flop)


def _along(rows: pd.DataFrame, given: str, wanted: str, value: float) -> float:
    return math.exp(np.interp(np.log(value), np.log(rows[given]), np.log(rows[wanted])))
