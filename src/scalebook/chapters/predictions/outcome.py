"""What the chapter on predictions comes to: its results and its verdicts."""

from collections.abc import Iterator

import numpy as np

from scalebook.chapters.common import low_high, prefixed, recording
from scalebook.chapters.parameter import Parameters
from scalebook.chapters.predictions import promises, steps
from scalebook.chapters.predictions.trials import KINDS, Share
from scalebook.chapters.predictions.words import span, times
from scalebook.record.judge import UNKNOWN, point, truth
from scalebook.record.verdicts import Settlement, Verdicts, settle
from scalebook.show.numbers import num, pct
from scalinglaws.units import training_flop

#: Forms by what their results are called.
FORMS = {
    "sum": "Chinchilla's sum", "free": "sum without a floor", "mean": "power mean",
    "near": "power mean, near the frontier", "varying": "exponent that varies",
    "left": "exponent that varies, with what it leaves over",
}  # fmt: skip


def recorded(p: Parameters, f: steps.Found) -> dict[str, object]:
    """Return the numbers that the chapter records."""
    c, w = f.coverage, f.width
    return {
        "laboratories": c.laboratories, "suites": c.suites, "splits": c.splits, "predicted": c.predicted,
        **_own(f.own), **_shares(f),
        **{f"{kind}_half_{h:.0f}": w.trend[kind].at(h) for kind in KINDS for h in steps.TOLD},
        **{f"{kind}_power": w.trend[kind].power for kind in KINDS},
        **{f"error_{k}": each for k, each in enumerate(w.error, start=1)},
        **{f"size_factor_{h:.0f}": factor for h, factor in f.sizes.factor.items()},
        **_share("size_share", f.sizes.held),
        **{f"best_{factor:.0f}_error": each.error for factor, each in f.best.items()},
        **{f"best_{factor:.0f}_laboratories": each.laboratories for factor, each in f.best.items()},
        **{f"form_{key}_error": f.forms[name].error for key, name in FORMS.items()},
        **{f"form_{key}_bias": f.forms[name].bias for key, name in FORMS.items()},
        **_promised(f), "gain_10": steps.gain(10),
    }  # fmt: skip


def _own(own: steps.Own) -> dict[str, object]:
    told = own.told
    banded = told.low is not None and told.high is not None
    return {
        "own_params": told.params, "own_tokens": told.tokens, "own_flop": training_flop(told.params, told.tokens),
        "own_h": told.h, "own_smaller": own.smaller, "own_came": own.came, "own_told": told.loss, "own_error": own.error,
        **low_high("own_law", (told.law_low, told.law_high)), "own_band_runs": int(banded),
        **(low_high("own_band", (told.low, told.high)) if banded else {}),
    }  # fmt: skip


def _shares(f: steps.Found) -> dict[str, object]:
    found: dict[str, object] = {}
    for kind in KINDS:
        found |= _share(f"{kind}_share", f.coverage.all[kind])
        for k, each in enumerate(f.coverage.at[kind], start=1):
            found |= _share(f"{kind}_share_{k}", each)
        for factor, best in f.best.items():
            found |= _share(f"best_{factor:.0f}_{kind}_share", best.held[kind])
    for kind in ("law", "band"):
        by = f.coverage.all[kind].by_laboratory
        found |= {f"{kind}_share_of_{name}": each for name, each in by.items()}
    return found


def _share(name: str, share: Share) -> dict[str, object]:
    return {name: share.value, **low_high(name, (share.low, share.high))}


def _promised(f: steps.Found) -> dict[str, object]:
    made = f.promised
    found: dict[str, object] = {}
    for corpus, again in made.again.items():
        for name, error in again.errors.items():
            found[f"again_{corpus}_{_key(name)}_error"] = error
    for name, ratio in made.again["RedPajama"].ratios.items():
        found[f"again_{_key(name)}_ratio"] = ratio
    for kind, runs in (
        ("gadre", made.gadre),
        ("ladder", made.ladder),
        ("hundredth", made.hundredth),
    ):
        for name, each in runs.items():
            key = f"{kind}_{_key(name)}"
            found |= {
                f"{key}_error": each.error,
                f"{key}_h": each.told.h,
                f"{key}_smaller": each.runs,
            }
    for name, each in made.ladder.items():
        key = f"ladder_{_key(name)}"
        found |= {f"{key}_came": each.came, f"{key}_told": each.told.loss}
        found |= low_high(f"{key}_band", (each.told.low, each.told.high))
    return found | prefixed("stated", promises.stated())


def _key(name: str) -> str:
    """Return a model's name as part of a key: 1.4B as 1_4B."""
    return name.replace(".", "_")


def verdicts(p: Parameters, f: steps.Found) -> Verdicts:
    """Settle the claims of the chapter."""
    return Verdicts([*_closed(p, f), *_gadre(f), _ladder(f), _near(p, f)])


def _closed(p: Parameters, f: steps.Found) -> Iterator[Settlement]:
    """Leave open what cannot be checked, and say what public runs tell at that distance."""
    told, trend = promises.stated(), f.width.trend["band"]

    def band(name: str) -> str:
        return f"Public runs cannot stand in for them: at {times(told[name])} times the compute the typical {pct(p.level)} band here, if its trend went on, would be {span(trend.at(told[name]))}"

    yield settle("w-gpt4-predicted", UNKNOWN,
        why=f"Neither the runs nor an error in numbers was published, only a figure; the losses of the small runs and of GPT-4 would decide. {band('gpt4_loss')}. One recipe, kept the same at every size, may do better.")  # fmt: skip
    yield settle("w-gpt4-1000", UNKNOWN,
        why="The report shows the pass rate on part of HumanEval in a figure, without its runs or an error in numbers; these would decide. Public runs cannot stand in for them: the bands here are of a loss, and a loss is no pass rate. \"Some aspects\" is often left out when the sentence is repeated.")  # fmt: skip
    yield settle("w-deepseek-1000x", UNKNOWN,
        why=f"Figure 5 of the paper shows two losses near the curve, without the runs or an error in numbers; these would decide. {band('deepseek')}.")  # fmt: skip


def _gadre(f: steps.Found) -> Iterator[Settlement]:
    """Make Gadre's predictions again, by their law from their runs."""
    again = f.promised.again
    errors, ratios = again["RedPajama"].errors, again["RedPajama"].ratios
    names = ("1.4B", "6.9B")
    yield settle("w-gadre-07", point(abs(errors["1.4B"])),
        why=f"Their law, fitted again to their five runs, misses by {_off(errors['1.4B'])}. That is one draw: the same recipe misses their model of that size on C4 by {_off(again['C4'].errors['1.4B'])}, on RefinedWeb by {_off(again['RefinedWeb'].errors['1.4B'])}.")  # fmt: skip
    yield settle("w-constant-ratio-overtrain", point([abs(errors[name]) for name in names]),
        why=f"Their law, fitted again to their five runs, misses by {' and '.join(_off(errors[name]) for name in names)}. The same recipe misses their model of 6.9B parameters trained on C4 by {_off(again['C4'].errors['6.9B'])}, on RefinedWeb by {_off(again['RefinedWeb'].errors['6.9B'])}: that it works is shown for one text, and not how often.")  # fmt: skip
    yield settle("w-gadre-300x", point([ratios[name] for name in names]),
        why=f"The five runs of their Table 1 took {' and '.join(f'{times(ratios[name])} times less compute than {name}' for name in names)}. To one digit that is {num(ratios['1.4B'], 1)} for the first, of which section 4 speaks, and {num(ratios['6.9B'], 1)} for the second.")  # fmt: skip


def _off(error: float) -> str:
    return f"{100 * abs(error):.2f}%"


def _ladder(f: steps.Found) -> Settlement:
    low, high = sorted(abs(each.error) for each in f.promised.hundredth.values())
    return settle("w-olmo-ladder", UNKNOWN,
        why=f"The table of the ladder that this book has is of losses; the accuracies of its models on the four tasks would decide. The sentence is of the accuracy, and is often repeated as one of the loss. Of the losses, this library's predictions from a hundredth of the compute are off by {pct(low, 2)} and {pct(high, 2)}.")  # fmt: skip


def _near(p: Parameters, f: steps.Found) -> Settlement:
    """Compare the misses nearest to the runs fitted with the farthest, laboratories drawn again."""
    rise = np.array([each[-1] - each[0] for each in f.width.errors.values()])
    drawn = np.random.default_rng(p.seed).choice(rise, (2000, len(rise))).mean(axis=1)
    error = f.width.error
    return settle("w-choshen-near", truth(drawn > 0),
        why=f"On the public suites a prediction missed by {pct(error[0], 2)} in the median up to 3 times the compute of the largest run fitted, by {pct(error[1], 2)} from 3 to 10 and by {pct(error[3], 2)} from 30 to 100. The farthest miss is larger than the nearest for {np.sum(rise > 0)} of {len(rise)} laboratories. Choshen and colleagues go by the size of the model, this comparison by compute.")  # fmt: skip


compute, of = recording("predictions", steps.take, recorded, verdicts)
