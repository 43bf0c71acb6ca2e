"""The claims on why Kaplan et al. and Hoffmann et al. disagreed, settled."""

from collections.abc import Iterator

import numpy as np

from scalebook.chapters.common import ends, printed, with_interval
from scalebook.chapters.parameter import Parameters
from scalebook.chapters.reconciliation import counted
from scalebook.chapters.reconciliation.steps import CORPORA, Found
from scalebook.record.judge import point, sample, truth
from scalebook.record.verdicts import Settlement, settle
from scalebook.show.numbers import fix, pct, span
from scalinglaws.units import Floats

#: Places of the corrections among the steps of Porian et al.
LAST_LAYER, WARMUP, DECAY, TUNED = range(4)
#: What the intervals of the refitted exponents hold.
OVER_SIZES = "The exponents are refitted from their points; resamples draw model sizes, the same at every step, and hold nothing of other seeds."


def every(p: Parameters, f: Found) -> Iterator[Settlement]:
    """Settle the claims of the chapter."""
    yield from _schedule(p, f)
    yield _factors(f)
    yield _without_decay(p, f)
    yield _counting(p, f)


def _listed(texts: dict[str, str]) -> str:
    return " and ".join(f"{text} on {CORPORA[corpus]}" for corpus, text in texts.items())


def _schedule(p: Parameters, f: Found) -> Iterator[Settlement]:
    found = f.corrections
    narrow, wide = {k: pct(each.cosine[0], 1) for k, each in found.items()}, {k: pct(each.wide[0], 2) for k, each in found.items()}  # fmt: skip
    tuned = {k: fix(each.refit.exponents[-1], 3) for k, each in found.items()}
    decay = {CORPORA[k]: sample(each.refit.shares[:, DECAY], each.cosine[0], p.level) for k, each in found.items()}  # fmt: skip
    yield settle("a-lr-schedule", decay, reason="experiment",
        why=f"Of the change of exponent in the runs of Porian et al., fitting the decay to each run takes {_listed(narrow)}; with the warm-up, {_listed(wide)}. The published order of steps is one of several. "
        f"At a constant rate, tuned, the exponent is {_listed(tuned)}, so the decay is not needed. That it contributes is another claim.")  # fmt: skip
    sure = {k: float((each.refit.shares[:, DECAY] > 0).mean()) for k, each in found.items()}
    likely = {k: "over 99%" if each > 0.99 else pct(each) for k, each in sure.items()}
    yield settle("w-kaplan-lr", decay,
        why=f"Fitting the decay to each run takes {_listed(narrow)} of the measured change, and is a step down with a probability of {_listed(likely)}. {OVER_SIZES}")  # fmt: skip


def _factors(f: Found) -> Settlement:
    three = [LAST_LAYER, WARMUP, TUNED]
    so = {
        CORPORA[k]: truth((each.refit.shares[:, three] > 0).all(axis=1), each.share[0, three])
        for k, each in f.corrections.items()
    }
    parts = {
        k: ", ".join(pct(each.share[0, step]) for step in three)
        for k, each in f.corrections.items()
    }
    return settle("w-porian", so,
        why=f"Of the change of exponent the last layer, the warm-up and the tuning take {_listed(parts)}; the rest is the decay of the learning rate. The order of the steps is theirs. {OVER_SIZES}")  # fmt: skip


def _without_decay(p: Parameters, f: Found) -> Settlement:
    found = f.corrections
    rows = {
        CORPORA[k]: sample(each.refit.draws[:, -1], each.refit.exponents[-1], p.level)
        for k, each in found.items()
    }
    texts = {
        k: f"{fix(each.refit.exponents[-1], 3)} ({span([each.low[-1], each.high[-1]], 2)})"
        for k, each in found.items()
    }
    said = {
        k: f"{fix(each.published[-1].value, 3)} ({span([each.published[-1].low, each.published[-1].high], 2)})"
        for k, each in found.items()
    }
    return settle("w-porian-decay", rows,
        why=f"At a constant learning rate, tuned by size, the exponent refitted from their points is {_listed(texts)}; they print {_listed(said)}, with intervals of noise. Hoffmann et al. print {fix(printed('hoffmann2022.approach1.a'))}, {fix(printed('hoffmann2022.approach2.a'))} and {fix(printed('hoffmann2022.approach3.a'))} for their three approaches.")  # fmt: skip


def _counting(p: Parameters, f: Found) -> Settlement:
    kaplan = printed("kaplan2020.optimum.params.exponent")

    def share(path: Floats | float, a: Floats | float) -> Floats:
        return np.asarray((path - a) / (kaplan - a))

    size = p.smallest, p.largest, p.embedding
    paths, powers = counted.path_exponent(f.laws.draws, *size), np.asarray(f.laws.draws.a)
    sound = np.isfinite(paths)
    hoffmann = share(f.exponents.path["hoffmann"], f.laws.large["hoffmann"])
    ours = float(share(f.exponents.path["fit"], f.laws.large["fit"]))
    drawn_ours = share(paths[sound], powers[sound])
    measured = {k: with_interval(each.share[0, LAST_LAYER], each.share[1:, LAST_LAYER], pct) for k, each in f.corrections.items()}  # fmt: skip
    rows = {
        "Hoffmann's law, counted as Kaplan et al. counted": point(hoffmann),
        "our fit to their runs, so counted": sample(drawn_ours, ours, p.level),
        **{f"Kaplan's experiment repeated on {CORPORA[k]}": sample(each.refit.shares[:, LAST_LAYER], each.share[0, LAST_LAYER], p.level) for k, each in f.corrections.items()},
    }  # fmt: skip
    return settle("w-pearce", rows,
        why=f"Counted as Kaplan et al. counted, a law of total size takes {pct(float(hoffmann))} (Hoffmann's constants) or {pct(ours)} (our fit, {span([*ends(drawn_ours, p.level)], 2)} as a share) of the way from its own exponent to their {fix(kaplan)}. "
        f"Where Porian et al. repeat the experiment, counting the last layer takes {_listed(measured)} of the way back, refitted from their points.")  # fmt: skip
