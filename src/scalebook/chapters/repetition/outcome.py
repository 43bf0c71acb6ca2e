"""What the chapter on repeated data comes to: its results and its verdicts."""

from collections.abc import Iterator

import numpy as np

from scalebook.chapters.common import low_high, printed, ranged, recording, stated
from scalebook.chapters.parameter import Parameters
from scalebook.chapters.repetition import measured, steps
from scalebook.chapters.repetition.steps import Found, published
from scalebook.record.judge import UNKNOWN, bounds, point, sample, truth
from scalebook.record.verdicts import Settlement, Verdicts, settle
from scalebook.show.numbers import fix, num, pct, qty
from scalinglaws import reading, registry
from scalinglaws.laws import Decay
from scalinglaws.optimum import repetition


def recorded(p: Parameters, f: Found) -> dict[str, object]:
    """Return the numbers that the chapter records."""
    paper, geometric, model = f.forms.paper, f.forms.geometric, f.forms.model
    worth, needed = float(model.decay.value(p.stretch)), float(model.decay.multiple(p.stretch))
    decay, steeper, pool = paper.decay, geometric.decay, published("confirm.unique")
    best, confirm = f.plans.best, f.plans.confirm
    trained, rival = steps.trained(), steps.trained("chinchilla.")
    ours, theirs = (float(paper.loss(*run, pool)) for run in (trained, rival))
    similar = Decay(1 / (1 + decay.tokens), 0.5, "geometric")
    return {
        "R_D": decay.tokens, "R_N": decay.params, "delta_D": steeper.tokens, "delta_N": steeper.params,
        "limit": decay.limit(), "limit_geometric": steeper.limit(), "limit_chosen": model.decay.limit(),
        **{f"r2_{name}": published(f"r2.{name}") for name in ("saturating", "geometric", "D_only")},
        **{name: repetition.epoch_value(decay, k) for name, k in (("fourth", 4), ("sixteenth", 16), ("fortieth", 40))},
        **{f"worth{k}": decay.value(k) for k in (4, 60)}, **{f"worth{k}_geometric": steeper.value(k) for k in (4, 60)},
        "lambda_D": -np.log1p(-steeper.tokens), "lambda_N": -np.log1p(-steeper.params),
        **_runs_say(f),
        "confirm_params": confirm.params, "confirm_epochs": confirm.epochs,
        "confirm_params_published": trained[0], "confirm_epochs_published": published("confirm.epochs"),
        "confirm_loss_gap": ours - float(confirm.loss), "predicted_gain": theirs - ours,
        "measured_gain": published("confirm.chinchilla.loss") - published("confirm.loss"),
        "geometric_gain": float(geometric.loss(*rival, pool)) - float(geometric.loss(*trained, pool)),
        **{f"optimal_{name}": getattr(best, name) for name in ("params", "epochs", "loss")},
        "quoted": stated("n-repeat-2.5x"), "gain": f.gain,
        **dict(zip(("gain_paper", "gain_geometric", "gain_explicit"), f.gains.values(), strict=True)),
        "paper_contour": published("contour.unique"), "largest_product": round(published("lowest.high") ** 2),
        **{f"lowest_{name}": published(f"lowest.{name}") for name in ("low", "high", "compute")},
        "worth": worth, "combined": p.synthetic * worth,
        "needed": needed if np.isfinite(needed) else 0.0, "processed": p.stretch * p.synthetic,
        "base_ratio": 1 / float(paper.base_params(1.0)),
        "exercise_fifteen": decay.multiple(15.0), "exercise_delta": similar.tokens,
        "exercise_geometric": similar.value(60),
    }  # fmt: skip


def _runs_say(f: Found) -> dict[str, object]:
    """Return what the runs say, as recorded."""
    valley, every, paper = f.measured.valley, f.measured.all_runs, f.forms.paper
    low, high = np.quantile(valley.draws[:, 0], [0.025, 0.975])
    worths = [float(Decay(float(end), 1.0).value(60)) for end in (low, high)]
    excess = [100 * pair.excess for pair in f.measured.four]
    law, many = paper.fresh, f.measured.bands[-1]
    four, small, large = ([pair.worth(law) for pair in each] for each in (f.measured.four, many.small, many.large))  # fmt: skip
    rose = [line[-1].loss > 1.05 * min(each.loss for each in line) for line in f.measured.beyond]
    return {
        "pairs": len(f.measured.pairs), "four_runs": len(four), "four_excess": np.mean(excess), **ranged("four_excess", excess),
        "four_worth": np.mean(four), **ranged("four_worth", four),
        "small_runs": len(small), **ranged("small", small), "large_runs": len(large), **ranged("large", large),
        "beyond": len(rose), "beyond_rose": sum(rose),
        "valley_best_D": valley.best[0],
        **low_high("valley", (low, high)), **low_high("valley_worth60", worths),
        "valley_end": valley.tokens.max(),
        "valley_gain": 1 - float(valley.charge.min()) / measured.charge_of(paper),
        "all_runs": every.runs, "all_best_D": every.best[0],
    }  # fmt: skip


def _large(f: Found) -> measured.Pair:
    """Return the pair of the largest model at four passes."""
    return max(f.measured.four, key=lambda pair: pair.repeated.params)


def verdicts(p: Parameters, f: Found) -> Verdicts:
    """Settle the claims of the chapter."""
    return Verdicts((*_stretched(p, f), *_measured_by(f), *_epochs(), *_elsewhere(f)))


def _stretched(p: Parameters, f: Found) -> Iterator[Settlement]:
    five, quoted = stated("h-epochs-5x"), printed("nesov.repetition.epochs")
    values = [float(form.decay.value(five)) for form in (f.forms.paper, f.forms.geometric)]
    fifth = float(repetition.epoch_value(f.forms.paper.decay, five))
    worths = [five * pair.worth(f.forms.paper.fresh) for pair in f.measured.five]
    yield settle("h-epochs-5x", {
            "by the law of Muennighoff et al., in its two forms": bounds(min(values), max(values)),
            "by their runs of about five passes, with their law for fresh data": bounds(min(worths), max(worths)),
        },
        why=f"Five passes are worth {fix(values[0])} fresh ones by the paper's law and {fix(values[1])} by its geometric form. The {len(worths)} runs of about five passes that have a twin on fresh tokens reached what {fix(min(worths), 1)} to {fix(max(worths), 1)} fresh ones would, the large models least. "
        f"Runs at the best size for their text would decide. By the law the fifth pass still adds {pct(fifth, 2)} of a fresh one: returns diminish from the second on, without an edge.")  # fmt: skip
    yield settle("h-synthetic-5x", None,
        why=f"No law or measurement in these sources gives a worth of synthetic text; it is kept as a parameter of the chapter on repetition, here {p.synthetic:g}.")  # fmt: skip
    laws = f.forms.readings(f.forms.paper.fresh)
    paper, geometric, _ = (steps.gain(law, p.unique, quoted) for law in laws.values())
    yield settle("n-repeat-2.5x", {"by the form of the decay that the paper uses": point(paper), "by its geometric form": point(geometric)},
        why=f"By the paper's law, which Nesov reads off its Figure 3, the optimum at {quoted:g} passes has {fix(paper)} times the tokens per parameter of one pass. "
        f"The geometric form, fitted to the same runs with a slightly higher R², gives {fix(geometric, 1)}. Runs of several sizes at {quoted:g} passes would decide.")  # fmt: skip


def _measured_by(f: Found) -> Iterator[Settlement]:
    four, large, law = f.measured.four, _large(f), f.forms.paper
    excess = [pair.excess for pair in four]
    mean = float(np.mean(excess))
    yield settle("w-four-epochs", sample(100 * measured.mean_draws(excess), 100 * mean),
        why=f"The {len(four)} runs of about four passes that have a twin on fresh tokens have {pct(mean, 1)} more loss on average, from {pct(min(excess), 1)} to {pct(max(excess), 2)}. No law is needed for it. By the paper's law for fresh text, the same losses would on average take {pct(float(np.mean([pair.worth(law.fresh) for pair in four])), 2)} of the tokens if all were fresh.")  # fmt: skip
    yield settle("w-muen-half-percent", point(100 * large.excess),
        why=f"The losses that the authors published are {fix(large.repeated.loss, 4)} after {fix(large.repeated.epochs, 1)} passes and {fix(large.fresh.loss, 4)} after one, {fix(100 * large.excess)}% apart. Each is one run.")  # fmt: skip
    valley = f.measured.valley
    draws, best = 1 + valley.draws[:, 0], 1 + valley.best[0]
    low, high = np.quantile(draws, [0.025, 0.975])
    end = float(valley.tokens.max())
    most = f"more than {end:,.0f}, where the search ends: a cap, and no estimate" if high >= end else num(high, 2)  # fmt: skip
    geometric = 1 - 1 / float(np.log1p(-f.forms.geometric.decay.tokens))
    yield settle("w-muen-16", sample(draws, best),
        why=f"16 is 1 + R of tokens as printed, {fix(1 + law.decay.tokens, 1)}. Fitted to the same {valley.runs} runs the least objective is at {num(best, 2)} passes and {pct(1 - float(valley.charge.min()) / measured.charge_of(law), 1)} lower; resampled, the runs say {num(low, 2)} to {most}. "
        f"In the geometric form a pass is worth 1/e at {num(geometric, 2)}. Runs with many passes and few parameters for their text would decide.")  # fmt: skip
    turned = [line[-1].loss >= line[-2].loss for line in f.measured.beyond]
    rose = [line[-1].loss > 1.05 * min(each.loss for each in line) for line in f.measured.beyond]
    longest = max((line for line in f.measured.beyond if not line[-1].loss >= line[-2].loss), key=lambda line: line[-1].epochs, default=None)  # fmt: skip
    longer = f" One of {qty(longest[0].params)} parameters still gained at {longest[-1].epochs:,.0f} passes." if longest else ""  # fmt: skip
    limit = float(law.decay.limit())
    yield settle("w-muen-zero", truth(bool(np.isfinite(limit) and any(turned))),
        why=f"The test is weak: it asks whether their law has a limit, and whether in any model at all more passes stopped lowering the loss; other ways to spend compute are not tested. In their law no number of passes is worth more than {fix(limit, 1)} fresh ones. In {sum(turned)} of {len(turned)} models that were trained beyond 40 passes the last run had no less loss than the one before.{longer}")  # fmt: skip
    spent = [min(each.loss for each in line[1:]) >= line[0].loss for line in f.measured.beyond]
    fortieth = float(repetition.epoch_value(law.decay, published("worthless_epochs")))
    yield settle("w-muen-40", truth(all(spent)) if len(set(spent)) == 1 else UNKNOWN,
        why=f"By their law the fortieth pass still adds {pct(fortieth, 1)} of a fresh one. In {len(spent) - sum(spent)} of {len(spent)} models trained further from about 40 passes on, more passes lowered the loss. {_by_size(f, spent)}")  # fmt: skip
    yield settle("w-lovelace-harm", truth(any(rose)),
        why=f"In {sum(rose)} of {len(rose)} models of Muennighoff et al. trained beyond 40 passes the last loss is more than 5% above the lowest. The law of that paper has no such rise.")  # fmt: skip


def _by_size(f: Found, spent: list[bool]) -> str:
    """Say whether the models that gained by more passes were the small ones for their text."""
    base = f.forms.paper.base_params
    sizes = np.array([line[0].params / float(base(line[0].unique)) for line in f.measured.beyond])
    if len(set(spent)) < 2:
        return "That they all agree does not make it so at other sizes."
    gained, not_ = (float(np.median(sizes[np.array(spent) == so])) for so in (False, True))
    if gained >= not_:
        return "Their size does not tell which."
    return f"Those were mostly smaller for their text: half had over {num(gained, 2)} times the parameters that are best for one pass, where half of the others had over {num(not_, 2)} times. What size is meant would decide."  # fmt: skip


def _epochs() -> Iterator[Settlement]:
    runs, longest = reading.read_runs("hoffmann2022_runs"), printed("hoffmann2022.tokens_max")
    known, chinchilla = float(runs.tokens.max()), registry.published_model("Chinchilla").tokens
    (whole, part), (_, most), (everything, again) = map(steps.epochs_of, (longest, known, chinchilla))  # fmt: skip
    yield settle("w-hoffmann-one-epoch", point(whole),
        why=f"The paper has runs of up to {qty(longest)} tokens, {fix(whole)} epochs of the whole set. Of Wikipedia, its most repeated part, they are {fix(part, 1)}, and {fix(most)} for the longest of the {len(runs)} runs that are known; the table's row of Wikipedia contradicts itself, though.")  # fmt: skip
    web = steps.massivetext()["massiveweb"][1]
    yield settle("n-one-epoch", {"counting the runs that are known": point(most), "counting Chinchilla itself": point(again)},
        why=f"Counted by the part that is repeated most, Wikipedia: {fix(most)} epochs in the longest of the runs that are known, of {qty(known)} tokens, and {fix(again, 1)} in Chinchilla's {qty(chinchilla)}. Of MassiveWeb, the largest part, Chinchilla saw {fix(web)}, of the whole set {fix(everything)}. The paper says so of the runs of its analysis; whether NoSuchPlace means Chinchilla too would decide.")  # fmt: skip


def _elsewhere(f: Found) -> Iterator[Settlement]:
    size, small = (printed(f"hernandez2022.{name}") for name in ("params", "degraded"))
    yield settle("w-hernandez-2x", point(size / small),
        why=f"The abstract says {qty(size / stated('w-hernandez-2x'))}, the paper's section 2 \"nearly\" {qty(small)} parameters, {fix(size / small, 1)} times smaller. A law in which repeats only lose value gives {fix(steps.as_good_as(f.forms.paper))} times: it knows no harm, which is what they measured.")  # fmt: skip


compute, of = recording("repetition", steps.take, recorded, verdicts)
