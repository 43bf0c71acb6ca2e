"""What the chapter on repeated data comes to: its results and its verdicts."""

import numpy as np

from scalebook.chapters.common import printed, recording, stated
from scalebook.chapters.parameter import Parameters
from scalebook.chapters.repetition import steps
from scalebook.chapters.repetition.steps import Found, published
from scalebook.record.claims import Verdicts, settle
from scalebook.show.numbers import fix, pct
from scalinglaws.laws import Decay
from scalinglaws.optimum import repetition


def recorded(p: Parameters, f: Found) -> dict[str, object]:
    """Return the numbers that the chapter records."""
    paper, geometric, model = f.forms.paper, f.forms.geometric, f.forms.model
    worth, needed = float(model.decay.value(p.stretch)), float(model.decay.multiple(p.stretch))
    decay, steeper, pool = paper.decay, geometric.decay, published("confirm.unique")
    best, confirm, other = f.plans.best, f.plans.confirm, f.plans.confirm_geometric
    size, tokens = rival = steps.trained("chinchilla.")
    trained = steps.trained()
    ours, theirs = (float(paper.loss(*run, pool)) for run in (trained, rival))
    once = float(paper.loss(size, tokens, tokens))
    similar = Decay(1 / (1 + decay.tokens), 0.5, "geometric")
    return {
        "R_D": decay.tokens, "R_N": decay.params, "delta_D": steeper.tokens, "delta_N": steeper.params,
        "limit": decay.limit(), "limit_geometric": steeper.limit(), "limit_chosen": model.decay.limit(),
        **{f"r2_{name}": published(f"r2.{name}") for name in ("saturating", "geometric", "D_only")},
        **{name: repetition.epoch_value(decay, k) for name, k in (("fourth", 4), ("fifth", 5), ("sixteenth", 16), ("fortieth", 40))},
        **{f"worth{k}": decay.value(k) for k in (4, 16, 40, 60)}, "worth60_geometric": steeper.value(60),
        "lambda_D": -np.log1p(-steeper.tokens), "lambda_N": -np.log1p(-steeper.params),
        "check_params": size, "check_tokens": tokens, "excess_published": published("four_epoch_excess"),
        "excess": float(paper.loss(size, tokens, tokens / 4)) / once - 1,
        "excess_geometric": float(geometric.loss(size, tokens, tokens / 4)) / once - 1,
        "confirm_compute": published("confirm.compute"), "confirm_unique": pool,
        "confirm_params": confirm.params, "confirm_epochs": confirm.epochs,
        "confirm_params_published": trained[0], "confirm_epochs_published": published("confirm.epochs"),
        "confirm_params_error": abs(float(confirm.params) / trained[0] - 1),
        "confirm_loss_gap": ours - float(confirm.loss), "predicted_gain": theirs - ours,
        "measured_gain": published("confirm.chinchilla.loss") - published("confirm.loss"),
        "geometric_gain": float(geometric.loss(*rival, pool)) - float(geometric.loss(*trained, pool)),
        "level_gap": published("confirm.loss") - ours, "level_gap_chinchilla": published("confirm.chinchilla.loss") - theirs,
        "geometric_params": other.params, "geometric_epochs": other.epochs,
        **{f"optimal_{name}": getattr(best, name) for name in ("params", "tokens", "epochs", "loss")},
        "quoted": stated("n-repeat-2.5x"), "gain": f.gain,
        **dict(zip(("gain_paper", "gain_geometric", "gain_explicit"), f.gains.values(), strict=True)),
        "paper_contour": published("contour.unique"), "largest_product": round(published("lowest.high") ** 2),
        **{f"lowest_{name}": published(f"lowest.{name}") for name in ("low", "high", "compute")},
        "worth": worth, "combined": p.synthetic * worth,
        "needed": needed if np.isfinite(needed) else 0.0, "processed": p.stretch * p.synthetic,
        "base_ratio": 1 / float(paper.base_params(1.0)),
        "exercise_fifteen": decay.multiple(15.0), "exercise_delta": similar.tokens,
        "exercise_geometric": similar.value(60), "exercise_saturating": decay.value(60),
    }  # fmt: skip


def verdicts(p: Parameters, f: Found) -> Verdicts:
    """Settle the claims of the chapter."""
    five, quoted = stated("h-epochs-5x"), printed("nesov.repetition.epochs")
    values = [float(form.value(five)) for form in f.forms.fitted.values()]
    fifth = float(repetition.epoch_value(f.forms.paper.decay, five))
    laws = f.forms.readings(f.forms.paper.fresh)
    readings = [steps.gain(law, p.unique, quoted) for law in laws.values()]
    return Verdicts((
        settle("h-epochs-5x", values[0], min(values), max(values), against="law",
            why=f"Of the number alone: five passes are worth {fix(values[0])} fresh ones by the paper's law, {fix(values[1])} by its geometric form and {fix(values[2])} if only data decay. "
            f"The fifth pass still adds {pct(fifth, 2)} of a fresh one: returns diminish from the second pass on, without an edge."),
        settle("h-synthetic-5x", None, against="nothing",
            why=f"No law or measurement in these sources gives a worth of synthetic text; it is kept as the chapter's parameter synthetic, here {p.synthetic:g}."),
        settle("n-repeat-2.5x", readings[0], min(readings), max(readings), against="law",
            why=f"By the paper's law, which the comment reads, the optimum at {quoted:g} passes has {fix(readings[0])} times the tokens per parameter of one pass, whatever the number of unique tokens. "
            f"The geometric form, fitted to the same runs with a slightly higher R², gives {fix(readings[1], 1)}, so the figure rests on the form chosen."),
    ))  # fmt: skip


compute, of = recording("repetition", steps.take, recorded, verdicts)
