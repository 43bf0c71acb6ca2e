"""The claims about Kaplan et al. 2020, settled: those of the articles, and those of others."""

from collections.abc import Iterator

import numpy as np

from scalebook.chapters.common import printed
from scalebook.chapters.kaplan import checks, steps
from scalebook.chapters.kaplan.steps import Found, kaplan
from scalebook.record import claims
from scalebook.record.judge import UNKNOWN, bounds, point, truth
from scalebook.record.verdicts import Settlement, settle
from scalebook.show.numbers import fix, num, pct, qty, sci
from scalinglaws.optimum.transformer import Shape
from scalinglaws.registry import published_model
from scalinglaws.units import FLOP_PER_PARAM_TOKEN

#: What the two sets of constants of the joint law are called.
TABLE2, EQS = "by the constants of Table 2", "by the constants of Eqs 1.1 and 1.2"


def of_articles(f: Found) -> Iterator[Settlement]:
    """Settle what the five articles and their commenters say."""
    seen, table6, derived = f.counted, f.laws.table6, f.derived
    most = 6 * seen.reported["Gopher, App. F"]
    yield settle("h-6nd", point(seen.flop_per_param_token),
        why=f"The forward pass takes two FLOP per parameter and token, the backward pass four; attention adds up to {pct(seen.gpt3_attention_share)} for GPT-3's shape. Gopher's own counts come to {num(6 * seen.reported['Gopher, text'])} and {num(most)}; the larger is {pct(most / 6 - 1)} more than 6, and 6 is {pct(1 - 6 / most)} less than it. A hedged number may be off by a fifth of the larger of the two.")  # fmt: skip
    yield settle("l-kaplan-073", truth(table6.a > 0, table6.a),
        why=f"They print {fix(table6.a)} as measured (Table 6, Eq 6.1) and {fix(kaplan('optimum_eq6.5.params.exponent'))} as predicted (Eq 6.5); their printed exponents give {fix(derived.params)}. The number of the notes is lost, so only that the size grows as a power of compute is judged.")  # fmt: skip
    gopher = published_model("Gopher")
    yield settle("l-gopher-380", point(gopher.params), reason="misquoted",
        why=f"Hoffmann et al. give Gopher {qty(gopher.params)} parameters; the tokens are right. With 380B its compute would be {pct(f.gopher['6nd_380'] / f.gopher['6nd'] - 1)} higher.")  # fmt: skip
    yield settle("a-gopher-270", point(gopher.params), reason="misquoted",
        why=f"Hoffmann et al. give it {qty(gopher.params)}, as the same article does further down.")  # fmt: skip
    ratios = steps.over_chinchilla(f.gopher)
    budget = "in the paper's text" if ratios["chosen"] == ratios["text"] else "chosen for Gopher"
    counts = {"by 6ND for both": ratios["6nd"], f"by the budget {budget}": ratios["chosen"], "by Gopher's FLOP of Appendix F": ratios["appendix"]}  # fmt: skip
    yield settle("l-same-flops", {name: point(ratio) for name, ratio in counts.items()},
        why=f"Gopher's compute over Chinchilla's is {fix(ratios['6nd'])} by 6ND, {fix(ratios['text'])} by the budget in the paper's text and {fix(ratios['appendix'])} by its Appendix F. The papers match a budget, not the product of the rounded sizes.")  # fmt: skip
    yield from _growth(f)
    yield _equal_terms(f)
    models = [published_model(name) for name in ("GPT-3", "Jurassic-1", "Gopher", "MT-NLG", "LaMDA")]  # fmt: skip
    first, *_, last, lamda = models
    yield settle("a-half-trillion", point(last.tokens / first.tokens),
        why=f"The article's chart is Table 1 of Hoffmann et al.: from GPT-3's {qty(first.params)} parameters to MT-NLG's {qty(last.params)} the tokens go from {qty(first.tokens)} to {qty(last.tokens)}, with Jurassic-1 and Gopher at {qty(first.tokens)} in between. LaMDA, the smallest, has {qty(lamda.tokens)}.")  # fmt: skip
    near = checks.near_convergence()
    yield settle("l-ideal-dataset", truth(near["compute"] < 1),
        why=f"By the exponents of Table 3, a model {num(near['params'], 2)} times as large, stopped {pct(near['excess'])} above the loss it would converge to, takes {pct(near['compute'])} of the compute of one that is trained to within {pct(kaplan('near_convergence'), 1)}.")  # fmt: skip


def _growth(f: Found) -> Iterator[Settlement]:
    table6, derived = f.laws.table6, f.derived
    ten, hundred = ([*steps.grown(table6, factor).values()] for factor in (10, 100))
    yield settle("a-kaplan-10x", point(ten),
        why=f"Table 6 gives {num(ten[0])} and {num(ten[1])}; the exponents derived in Section 6.2 give {num(10**derived.params)} and {num(10**derived.tokens)}, nearer still.")  # fmt: skip
    squared = np.square(claims.load()["a-kaplan-10x"].numbers)
    off = np.divide(hundred, squared) - 1
    yield settle("a-kaplan-100x", point(squared),
        why=f"The article squares its 5 and 2. Table 6 itself gives {num(hundred[0])} and {num(hundred[1])}: the rounding errors of the first step grow to {pct(off[0])} and {pct(off[1])}.")  # fmt: skip
    yield settle("w-kaplan-10x-5x", point(ten[0]),
        why=f"The exponent {fix(table6.a)} of Table 6 gives {num(ten[0])}, and {num(ten[1])} for the data, which the caption calls 2x.")  # fmt: skip
    yield settle("w-hoffmann-10x", point(ten),
        why=f"Kaplan's Table 6 gives {num(ten[0])} and {num(ten[1])}. The numbers quoted are those of exponents {fix(np.log10(5.5))} and {fix(np.log10(1.8))}: near those of Table 6, or of Eq 6.7 for the data ({fix(f.laws.eq67.b)}), and not printed together.")  # fmt: skip


def _equal_terms(f: Found) -> Settlement:
    laws = {TABLE2: f.laws.table2, EQS: f.laws.eqs}
    found = {name: steps.ratio(law, "GPT-3") for name, law in laws.items()}
    best = {name: float(law.alpha_D / law.alpha_N) for name, law in laws.items()}
    return settle("v-kaplan-gpt3", {name: point(ratio) for name, ratio in found.items()},
        why=f"Size term over data term is {fix(found[TABLE2])} with the constants of Table 2 and {fix(found[EQS])} with those of Eqs 1.1 and 1.2, on either side of 1. At the best use of a budget it is {fix(best[TABLE2])} or {fix(best[EQS])}. "
        "Saying which constants, and what a contribution is in a law that does not add its terms, would decide.")  # fmt: skip


def of_papers(f: Found) -> Iterator[Settlement]:
    """Settle what papers and reports say, Kaplan et al. themselves among them."""
    yield from _compute(f)
    yield from _ranges(f)
    yield from _laws(f)
    yield from _training(f)
    yield from _gpt3(f)


def _compute(f: Found) -> Iterator[Settlement]:
    seen, attention = f.counted, pct(f.counted.gpt3_attention_share)
    yield settle("w-6nd", point(seen.flop_per_param_token),
        why=f"The forward pass takes two FLOP per parameter and token, the backward pass four. For GPT-3's shape and its context of {num(seen.shape.n_ctx, 4)} tokens attention adds up to {attention}. "
        "Kaplan et al. write 6N per token and leave embeddings out of N. The popular \"6ND\" stands in Section 3.3 of Hoffmann et al.: it is 6N times the tokens, and mostly counts embeddings in.")  # fmt: skip
    gated, plain = (checks.attention_takes_over(gated) for gated in (True, False))
    yield settle("w-book-8d", point(gated),
        why=f"Per token and layer the context costs 4TD forward, the matrices 2 × 16 D²: equal at T = {gated:g} D. With a plain feed-forward layer, as Kaplan et al. count, it is {plain:g} D; if each token attends only to those before it, twice that.")  # fmt: skip
    forward = FLOP_PER_PARAM_TOKEN / 3
    yield settle("w-wiki-inference", point(forward),
        why=f"A forward pass takes one multiplication and one addition per parameter and token, {forward:g} FLOP, a third of the {FLOP_PER_PARAM_TOKEN:g} of training: the upper end. The lower end counts the two as one.")  # fmt: skip
    bare, whole = ([*checks.appendix_f(embeddings).values()] for embeddings in (False, True))
    counted = {"with embeddings and last layer left out": bare, "with embeddings and last layer counted, as Appendix F lists them": whole}  # fmt: skip
    yield settle("w-hoffmann-6nd", {name: bounds(min(each), max(each)) for name, each in counted.items()},
        decides="Their own counts, run by run, would decide.",
            why=f"From the shapes of three models of Table A4 the printed ratios follow, {fix(min(bare))} to {fix(max(bare))}, only if the products with the vocabulary that Appendix F lists are left out; with them they are up to {fix(max(whole))}, for the smallest. "
        f"The same appendix counts {num(seen.reported['Gopher, App. F'])} times 6ND for Gopher.")  # fmt: skip


def _ranges(f: Found) -> Iterator[Settlement]:
    orders = checks.orders()
    compute, params, tokens = (num(orders[name]) for name in ("compute", "params", "tokens"))
    yield settle("w-kaplan-7-orders", point(orders["compute"]),
        why=f"Compute spans {compute} orders of magnitude in the range over which Pearce and Song repeat the runs; the sizes printed span {params}, the data {tokens}. Section 1.1 says \"more than six\", Section 1.2 eight.")  # fmt: skip
    yield settle("w-kaplan-six-orders", point(orders["params"]),
        why=f"From 768 to 1.5B parameters are {params} orders of magnitude; the abstract's \"more than seven\" holds for compute ({compute}). Data span {tokens}.")  # fmt: skip
    yield settle("w-kaplan-range", point([orders["compute"], orders["params"]]),
        why=f"Compute spans {compute} orders of magnitude, by the range over which Pearce and Song repeat the runs, and the sizes printed span {params}. Data span {tokens}, from 22M tokens to 22.9B, which is \"over two\".")  # fmt: skip
    wide, deep = (Shape(int(kaplan(f"shape.{name}.n_layer")), int(kaplan(f"shape.{name}.d_model")), 1024) for name in ("wide", "deep"))  # fmt: skip
    ratios = [each.d_model / each.n_layer for each in (wide, deep)]
    yield settle("w-kaplan-shape", UNKNOWN,
        why=f"The example that goes with it, 6 layers of width 4288 against 48 of 1600, differs {num(ratios[0] / ratios[1], 2)}-fold in width over depth (and by {pct(1 - wide.params / deep.params)} in size). The 40 is read off a figure, and the table of its runs, which would decide, is not public.")  # fmt: skip


def _laws(f: Found) -> Iterator[Settlement]:
    laws, table2 = f.laws, f.laws.table2
    factor = kaplan("overfitting.params_factor")
    grown = {name: factor ** float(law.tokens_exponent) for name, law in ((TABLE2, table2), (EQS, laws.eqs))}  # fmt: skip
    yield settle("w-kaplan-8x-5x", {name: point(each) for name, each in grown.items()},
        why=f"The data have to grow as the size to the power α_N/α_D: {num(grown[TABLE2])} times with Table 2, {num(grown[EQS])} times with Eqs 1.1 and 1.2.")  # fmt: skip
    tokens = checks.tokens_within(table2)
    yield settle("w-kaplan-overfit", point(tokens),
        why=f"With Table 2 the loss is 2% above that of endless data at {sci(tokens, 2)} tokens times N to the power {fix(float(table2.tokens_exponent))}; the {sci(kaplan('overfitting.prefactor'), 1)} printed has one digit.")  # fmt: skip
    alpha_B = kaplan("alpha_B")
    fall = 1 - 2**-alpha_B
    yield settle("w-kaplan-bcrit", point(fall),
        why=f"The critical batch goes as the loss to the power −1/{fix(alpha_B)}, and doubles where the loss falls by {pct(fall, 3)}.")  # fmt: skip
    later = [printed(f"hoffmann2022.approach{k}.a") for k in (1, 2, 3)] + [printed("besiroglu2024.a")] + [printed(f"porian2024.{corpus}.tuned") for corpus in ("openwebtext2", "refinedweb")]  # fmt: skip
    yield settle("w-kaplan-big-models", bounds(min(later), max(later)),
        decides="A sweep with the data and models in question would decide.",
            why=f"Their own exponent of size was {fix(laws.table6.a)}. Later measurements have {fix(min(later))} to {fix(max(later))}, on both sides of one half: by them size and data matter about alike. Which is ahead, if either, depends on the runs.")  # fmt: skip


def _training(f: Found) -> Iterator[Settlement]:
    near = checks.near_convergence()
    yield settle("w-kaplan-10pct", point(near["excess"]),
        why=f"α_N/α_S is {pct(near['excess'], 3)} with the exponents of Table 3.")  # fmt: skip
    found = [1 / near["steps"], near["params"], 100 * (1 - near["compute"])]
    yield settle("w-kaplan-efficient", point(found),
        why=f"With the exponents of Table 3 they are {num(found[0])}, {num(found[1])} and {num(found[2])}%. The 7.7 is one over the rounded 0.13 of Eq B.13.")  # fmt: skip
    least, most = checks.sizes_within(1.2)
    ends = [pct(checks.excess_compute(size) - 1) for size in (0.6, 2.2)]
    yield settle("w-kaplan-suboptimal", point([least, most]),
        why=f"By Eq B.16 a fifth more compute allows {num(least, 2)} to {num(most)} times the best size, and these two ends are what is judged. 0.6 times the best size costs {ends[0]} more, 2.2 times costs {ends[1]} more.")  # fmt: skip
    c_min = 1e21 / 2
    size, whole = (float(f.laws.table6.params(compute)) for compute in (c_min, 1e21))
    yield settle("w-hoffmann-kaplan-468", point(size),
        why=f"Table 6 gives {qty(size)} parameters, without embeddings, at a least compute of {sci(c_min, 1)} FLOP, half of 10²¹. Had all of it been taken for the least, they would be {qty(whole)}.")  # fmt: skip


def _gpt3(f: Found) -> Iterator[Settlement]:
    beyond, line, seen = checks.orders()["beyond"], f.losses["brown"], checks.gpt3_loss()
    yield settle("w-gpt3-two-orders", point(beyond),
        why=f"GPT-3 took {num(10**beyond, 2)} times the compute of Kaplan's largest model on a run of the usual length, {num(beyond)} orders of magnitude. Its loss, read off the paper's figure, is {fix(seen)}, {pct(seen / line - 1)} above the line's {fix(line)}.")  # fmt: skip
