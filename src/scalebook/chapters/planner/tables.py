"""Tables of the chapter on planning."""

import math
from functools import partial

from scalebook.chapters.common import between, ends, interval_of, printed, with_interval
from scalebook.chapters.parameter import Parameters
from scalebook.chapters.planner import fits
from scalebook.chapters.planner.fits import LLAMA_FIGURE, Refit
from scalebook.chapters.planner.hoffmann import Columns
from scalebook.chapters.planner.ratios import Rejection
from scalebook.chapters.planner.steps import Amd, Backwards, Budgets, Found
from scalebook.show import figures as draw
from scalebook.show.figures import Table
from scalebook.show.numbers import Form, fix, num, pct, qty, sci, written
from scalinglaws import registry
from scalinglaws.balance import Allocation


def budgets(p: Parameters, found: Budgets) -> Table:
    """List the compute of the notes' machines and of the parameters, and which is chosen."""
    rows = [[name, sci(most), sci(most * p.utilisation), ""] for name, most in found.notes.items()]
    texts = {
        "machine": f"machine of {sci(p.peak, 2)} FLOP/s, {qty(p.days)} days",
        "cost": f"{qty(p.cost)} USD at {qty(p.price)} USD an hour",
        "energy": f"{qty(p.energy)} kWh at {num(p.power, 4)} W",
        "compute": "given directly",
    }
    for basis, text in texts.items():
        done = found.by_basis[basis]
        most = "" if basis == "compute" else sci(done / p.utilisation)
        rows.append([text, most, sci(done), "yes" if basis == p.basis else ""])
    columns = ["budget", "FLOP at the peak", f"FLOP at {pct(p.utilisation)}", "chosen"]
    return Table(columns, rows, "Budgets: the notes' two machines, and those of this chapter's parameters.")  # fmt: skip


def tokens(found: dict[str, tuple[float, float]]) -> Table:
    """Set GPT-3's tokens by the constant beside those by its inverse."""
    gpt3 = registry.published_model("GPT-3")
    rows = [[name, *map(sci, both)] for name, both in found.items()]
    return Table(["for GPT-3", "k (FLOP/token)", "tokens C / k"], rows,
        f"The constant and its inverse, for {qty(gpt3.params)} parameters and {sci(gpt3.flop)} FLOP; GPT-3 saw {qty(gpt3.tokens)} tokens.")  # fmt: skip


def plan(p: Parameters, spent: Budgets, refit: Refit, found: dict[str, Allocation]) -> Table:
    """List the best use of the chosen budget by law."""
    forms: dict[str, Form] = {"params": qty, "tokens": qty, "tokens_per_param": num, "loss": 3}
    rows = []
    for name, best in found.items():
        values = {key: float(getattr(best, key)) for key in forms}
        rows.append([name, *(written(values[key], form) if math.isfinite(values[key]) else "not given" for key, form in forms.items())])  # fmt: skip
    draws = refit.optimum(spent.planned)[1]
    rows.insert(1, [interval_of(p), *(between(ends(getattr(draws, key), p.level), form) for key, form in forms.items())])  # fmt: skip
    return Table(["law", "parameters", "tokens", "tokens per parameter", "loss"], rows,
        f"The best use of {sci(spent.planned)} FLOP, by law. The interval is of our fit's constants, if its form is right. Kaplan et al. leave embeddings out of the parameters and count compute at a small batch: at the batch that they advise a run takes about twice that.")  # fmt: skip


def backwards(p: Parameters, refit: Refit, found: Backwards) -> Table:
    """List the compute that a loss, a size and a corpus take, by law."""
    floors = {name: f"below its floor {fix(float(law.E))}" for name, law in refit.surfaces.items()}
    rows = [[name, sci(loss) if math.isfinite(loss) else floors.get(name, "not given"), *map(sci, rest)]
            for name, (loss, *rest) in found.by_law.items()]  # fmt: skip
    tops = [sci(high, 2) if math.isfinite(high) else "out of reach" for _, high in found.intervals]
    spans = [f"{sci(low, 2)} to {top}" for (low, _), top in zip(found.intervals, tops, strict=True)]
    rows.insert(1, [interval_of(p), *spans])
    columns = ["FLOP by law, for", f"a loss of {num(found.target_nats)}", f"{qty(p.given_params)} parameters", f"{qty(p.given_tokens)} tokens"]  # fmt: skip
    return Table(columns, rows, "The compute at which a loss is reached, a size is the best, or a corpus is used up.")  # fmt: skip


def amd(p: Parameters, found: Amd) -> Table:
    """Hold AMD's run against the optimum at equal compute, by law."""
    rows = []
    for name, by_law in found.by_law.items():
        best, over = by_law.best, float(by_law.over)
        runs = f"{qty(float(best.params))} on {qty(float(best.tokens))}"
        rows.append([name, runs, num(float(best.tokens_per_param)), f"{num(over)} x"])  # fmt: skip
    draws = found.draws
    drawn = draws.best.tokens_per_param, draws.over
    rows.insert(1, [interval_of(p), "", *(between(ends(each, p.level), num) for each in drawn)])
    columns = ["law", "best at AMD's compute", "its tokens per parameter", "over-trained"]  # fmt: skip
    return Table(columns, rows,
        f"AMD-135M: {num(found.ratio, 4)} tokens per parameter at {sci(found.compute)} FLOP, against the optimum at equal compute, by law.")  # fmt: skip


def odd_rows(found: Columns) -> Table:
    """List the rows of Hoffmann's tables that are not 6ND, or are off their line by over 2%."""
    rows = [
        [f"{qty(row.params)}, approach {k}", sci(row.flop), sci(6 * row.params * row.tokens), sci(row.line),
         qty(row.tokens), qty(row.line / 6 / row.params)]
        for k, column in found.rows.items()
        for row in column[column.slip | ((column.over - 1).abs() > 0.02)].itertuples()
    ]  # fmt: skip
    columns = ["row", "FLOP printed", "6ND", "FLOP on the line of the others", "tokens printed", "tokens on that line"]  # fmt: skip
    count = sum(map(len, found.rows.values()))
    return Table(columns, rows, f"The rows of Tables 3 and A3 that do not hold together, of {count}.")  # fmt: skip


def rejection(p: Parameters, refit: Refit, found: Rejection) -> Table:
    """List the tests of the ratio asked about, by budget."""
    two = partial(num, digits=2)

    def share(chance: float, draws: int) -> str:
        return f"below {num(2 / draws, 1)}" if chance == 0 else two(chance)

    rows = []
    for at in found.at.values():
        chance, ours, every = at.p_likelihood, at.ours, at.everything
        rows.append([
            sci(at.compute), num(ours.best), between((ours.low, ours.high), two),
            share(ours.p, p.resamples), sci(chance, 1) if chance < 1e-3 else two(chance),
            with_interval(every.best, (every.low, every.high), two), share(every.p, found.all_draws),
        ])  # fmt: skip
    columns = ["FLOP", "D/N", f"{pct(p.level)} bootstrap", "p, bootstrap", "p, likelihood", "D/N with no run left out", "p, bootstrap"]  # fmt: skip
    return Table(columns, rows,
        f"Is the optimum {qty(p.ratio)} tokens per parameter? Fit of {len(refit.used)} runs, and of all {len(refit.everything)}.")  # fmt: skip


def compared(f: Found) -> Table:
    """Set published figures against recomputed ones."""
    first, third, x = f.columns.rows[1], f.columns.rows[3], f.llama
    law, four, slip = f.refit.surfaces[fits.HOFFMANN], partial(qty, digits=4), third.loc[175e9]
    gopher, prose = f.multiples.gopher_flop, "hoffmann2022.prose"
    return draw.compared([
        *((f"a, approach {k}, from Table {'3' if k == 1 else 'A3'}", printed(f"hoffmann2022.approach{k}.a"), a, 3)
          for k, a in f.columns.exponents.items()),
        ("FLOP, 175B, approach 3 (against 6ND)", slip.flop, 6 * 175e9 * slip.tokens, sci),
        ("FLOP, 10T, approach 3 (unrounded constants)", third.flop[1e13], float(fits.compute_for(law, "params", 1e13)), sci),
        ("Gopher ratio, 520B (Table 3)", first.gopher_ratio[520e9], first.flop[520e9] / gopher, num),
        ("Gopher ratio, 1T (Table 3)", first.gopher_ratio[1e12], first.flop[1e12] / gopher, 1),
        *((f"FLOP for {size} (Section 3.4), as 6ND", printed(f"{prose}.{size}.flop"), 6 * params * printed(f"{prose}.{size}.tokens"), sci)
          for size, params in (("175B", 175e9), ("280B", 280e9))),
        ("optimal size at Gopher's budget, Figure 4", printed("hoffmann2022.gopher.params_at_budget"), float(fits.best(law, gopher).params), qty),
        ("Llama 3's tokens, constants of the text", x.llama_tokens, x.llama_text_tokens, four),
        ("Llama 3's tokens, label of the figure", x.llama_tokens, x.llama_figure_tokens, four),
        ("Llama 3's size, label of the figure", x.llama_params, float(fits.power(LLAMA_FIGURE).params(x.llama_compute)), qty),
    ])  # fmt: skip
