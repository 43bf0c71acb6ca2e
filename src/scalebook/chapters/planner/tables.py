"""Tables of the chapter on planning."""

import math
from functools import partial

from scalebook.chapters.common import between, interval_of, printed
from scalebook.chapters.parameter import Parameters
from scalebook.chapters.planner import fits
from scalebook.chapters.planner.fits import KAPLAN, LLAMA_FIGURE, MAIN, Refit, called, title
from scalebook.chapters.planner.hoffmann import Columns
from scalebook.chapters.planner.ratios import Rejection
from scalebook.chapters.planner.steps import FIRST, Backwards, Found
from scalebook.show import figures as draw
from scalebook.show.figures import Table
from scalebook.show.numbers import fix, num, pct, qty, sci


def budgets(p: Parameters, found: Found) -> Table:
    """List budgets with the best use of each: the notes' machines, and those of the parameters."""
    spent = found.budgets
    rows = {name: most * p.utilisation for name, most in spent.notes.items()}
    texts = {
        "machine": f"{sci(p.peak, 2)} FLOP/s, {qty(p.days)} days",
        "cost": f"{qty(p.cost)} USD at {qty(p.price)} USD an hour",
        "energy": f"{qty(p.energy)} kWh at {num(p.power, 4)} W",
        "compute": "compute, as given",
    }
    rows |= {
        f"{text}{' (planned here)' if basis == p.basis else ''}": spent.by_basis[basis]
        for basis, text in texts.items()
        if (basis, spent.by_basis[basis]) != ("machine", rows[FIRST]) or basis == p.basis
    }
    best = {name: found.refit.optimum(compute)[0] for name, compute in rows.items()}
    cells = [[name, sci(rows[name], 2), qty(float(each.params), 2), qty(float(each.tokens), 2)] for name, each in best.items()]  # fmt: skip
    return Table(["budget", "FLOP", "parameters", "tokens"], cells,
        f"Budgets at {pct(p.utilisation)} of the peak, and the best use of each by {called(p)}.")  # fmt: skip


def plan(p: Parameters, found: Found) -> Table:
    """List the best use of the chosen budget by law, and what the ratio asked about costs by it."""
    spread = found.spread
    rows = [
        [title(p, name), qty(float(best.params), 2), num(float(best.tokens_per_param), 2), _loss(float(best.loss)),
         share(1 - 1 / spread.published_cost[name]) if name in spread.published_cost else "—"]
        for name, best in found.plan.items() if name in (*MAIN, KAPLAN)
    ]  # fmt: skip
    sweeps = [*spread.sweeps.values()]
    sizes, ratios = ([float(getattr(best, key)) for best in sweeps] for key in ("params", "tokens_per_param"))  # fmt: skip
    wasted = [1 - 1 / cost for cost in spread.sweeps_cost.values()]
    rows.append([f"{len(sweeps)} laws of public sweeps", between(_ends(sizes), partial(qty, digits=2)),
                 between(_ends(ratios), partial(num, digits=2)), "—", between(_ends(wasted), share)])  # fmt: skip
    columns = ["law", "parameters", "tokens per parameter", "loss", f"compute wasted at {qty(p.ratio)}"]  # fmt: skip
    return Table(columns, rows,
        f"The best use of {sci(found.budgets.planned, 2)} FLOP by law, and the share of it that {qty(p.ratio)} tokens per parameter would waste if that law were right. Losses are of each law's own data.")  # fmt: skip


def share(part: float) -> str:
    """Return a share of the compute in whole percent."""
    return "under 1%" if part < 0.005 else "over 99%" if part > 0.995 else f"{100 * part:.0f}%"


def _loss(loss: float) -> str:
    return fix(loss) if math.isfinite(loss) else "—"


def _ends(values: list[float]) -> tuple[float, float]:
    return min(values), max(values)


def backwards(p: Parameters, refit: Refit, found: Backwards) -> Table:
    """List the compute that a loss, a size and a corpus take, by law."""
    floors = {name: f"below its floor {fix(float(law.E))}" for name, law in refit.surfaces.items()}
    rows = [
        [title(p, name), _flop(loss, floors.get(name, "—")), *(sci(each, 2) for each in rest)]
        for name, (loss, *rest) in found.by_law.items() if name in (*MAIN, KAPLAN)
    ]  # fmt: skip
    for place, end in enumerate(("from", "to")):
        ends = [_flop(each[place], "out of reach") for each in found.intervals]
        rows.insert(1 + place, [f"its own {interval_of(p)}, {end}", *ends])
    columns = ["FLOP by law, for", f"a loss of {num(found.target_nats)}", f"{qty(p.given_params)} parameters", f"{qty(p.given_tokens)} tokens"]  # fmt: skip
    return Table(columns, rows, "The compute at which a loss is reached, a size is the best, or a corpus is used up.")  # fmt: skip


def _flop(flop: float, otherwise: str) -> str:
    return sci(flop, 2) if math.isfinite(flop) else otherwise


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
    """List the best ratio by budget, and whether the one asked about can be told from it."""

    def chance(value: float) -> str:
        return f"below {num(2 / p.resamples, 1)}" if value == 0 else num(value, 2)

    rows = [
        [sci(compute), num(each.best), between((each.low, each.high), partial(num, digits=2)), chance(each.p)]
        for compute, each in found.at.values()
    ]  # fmt: skip
    columns = ["FLOP", "best tokens per parameter", f"{pct(p.level)} bootstrap", f"p of {qty(p.ratio)}"]  # fmt: skip
    return Table(columns, rows,
        f"Is the best ratio {qty(p.ratio)}? By {called(p)} and its resamples, if its form is right.")  # fmt: skip


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
        ("best size at Gopher's budget, Figure 4", printed("hoffmann2022.gopher.params_at_budget"), float(fits.best(law, gopher).params), qty),
        ("Llama 3's tokens, constants of the text", x.llama_tokens, x.llama_text_tokens, four),
        ("Llama 3's tokens, label of the figure", x.llama_tokens, x.llama_figure_tokens, four),
        ("Llama 3's size, label of the figure", x.llama_params, float(fits.power(LLAMA_FIGURE).params(x.llama_compute)), qty),
    ])  # fmt: skip
