"""The claims on why Kaplan et al. and Hoffmann et al. disagreed, settled."""

from collections.abc import Iterator

import numpy as np

from scalebook.chapters.common import ends, printed, runs_name, with_interval
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


def _ends(draws: Floats, level: float) -> str:
    low, high = ends(draws, level)
    return f"{pct(low)} to {pct(high)}"


def _listed(texts: dict[str, str]) -> str:
    return " and ".join(f"{text} on {CORPORA[corpus]}" for corpus, text in texts.items())


def _in_both_orders(f: Found, step: int) -> tuple[dict[str, str], dict[str, str]]:
    """Return a step's share by corpus, with the count corrected first and last."""
    first = {k: pct(each.share[0, step]) for k, each in f.corrections.items()}
    return first, {k: pct(each.share_last[0, step]) for k, each in f.corrections.items()}


def _schedule(p: Parameters, f: Found) -> Iterator[Settlement]:
    found = f.corrections
    mean = {k: with_interval(each.mean_share[0, DECAY], each.mean_share[1:, DECAY], pct) for k, each in found.items()}  # fmt: skip
    first, last = _in_both_orders(f, DECAY)
    tuned = {k: fix(each.refit.exponents[-1], 3) for k, each in found.items()}
    decay = {f"on {CORPORA[k]}": sample(each.averaged[:, DECAY], each.mean_share[0, DECAY], p.level) for k, each in found.items()}  # fmt: skip
    takes = f"In the runs of Porian et al., fitting the decay of the learning rate to each run makes {_listed(first)} of the change of exponent if the count is corrected first, and {_listed(last)} if it is corrected last; on average {_listed(mean)}."
    yield settle("a-lr-schedule", decay, reason="experiment",
        why=f"{takes} At a constant rate, tuned, the exponent is {_listed(tuned)}. The hypothesis is that of Hoffmann et al., who say no more than that the decay contributes: w-kaplan-lr.")  # fmt: skip
    sure = {k: float((each.averaged[:, DECAY] > 0).mean()) for k, each in found.items()}
    likely = {k: "over 99%" if each > 0.99 else pct(each) for k, each in sure.items()}
    yield settle("w-kaplan-lr", decay,
        why=f"{takes} So it is a step down with a probability of {_listed(likely)}. {OVER_SIZES}")  # fmt: skip


def _factors(f: Found) -> Settlement:
    three = [LAST_LAYER, WARMUP, TUNED]
    so = {
        f"on {CORPORA[k]}": truth(
            (each.refit.shares[:, three] > 0).all(axis=1), each.share[0, three]
        )
        for k, each in f.corrections.items()
    }
    parts = {
        k: ", ".join(pct(each.share[0, step]) for step in three)
        for k, each in f.corrections.items()
    }
    late = {k: pct(each.share_last[0, TUNED]) for k, each in f.corrections.items()}
    return settle("w-porian", so,
        why=f"Of the change of exponent the last layer, the warm-up and the tuning take {_listed(parts)}; the rest is the decay of the learning rate. The order of the steps is theirs; where the count is corrected last, the tuning takes {_listed(late)}. {OVER_SIZES}")  # fmt: skip


def _without_decay(p: Parameters, f: Found) -> Settlement:
    found = f.corrections
    rows = {
        f"on {CORPORA[k]}": sample(each.refit.draws[:, -1], each.refit.exponents[-1], p.level)
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
    measured = {k: with_interval(each.mean_share[0, LAST_LAYER], each.mean_share[1:, LAST_LAYER], pct) for k, each in f.corrections.items()}  # fmt: skip
    first, last = _in_both_orders(f, LAST_LAYER)
    rows = {
        "by Hoffmann's law, counted as Kaplan et al. counted": point(hoffmann),
        f"by the law fitted to {runs_name(p)}, so counted": sample(drawn_ours, ours, p.level),
        **{f"by Kaplan's experiment repeated on {CORPORA[k]}": sample(each.averaged[:, LAST_LAYER], each.mean_share[0, LAST_LAYER], p.level) for k, each in f.corrections.items()},
    }  # fmt: skip
    return settle("w-pearce", rows,
        why=f"Counted as Kaplan et al. counted, a law of total size takes {pct(float(hoffmann))} (Hoffmann's constants) or {pct(ours)} (the law fitted to {runs_name(p)}; {_ends(drawn_ours, p.level)}) of the way from its own exponent to their {fix(kaplan)}. "
        f"Where Porian et al. repeat the experiment, counting the last layer takes {_listed(first)} of the way back as the first correction and {_listed(last)} as the last; on average {_listed(measured)}.")  # fmt: skip
