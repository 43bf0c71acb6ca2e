"""How the claims of the chapter come out: each by the seeds that were trained."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from scalebook.chapters.laboratory import experiments, readings, steps
from scalebook.chapters.laboratory.experiments import Course
from scalebook.chapters.laboratory.readings import Readings
from scalebook.laboratory import extent
from scalebook.record.judge import UNKNOWN, Evidence, truth
from scalebook.record.verdicts import Settlement, settle
from scalebook.show.numbers import num, pct
from scalinglaws.units import Floats

#: Tokens of two data sets that are called as many: within a twentieth.
ALIKE = 0.05
#: Share of the least loss below which a floor is called zero.
NOTHING = 0.01

#: What all is judged under, but for claims with conditions of their own.
HERE = "small networks on a source of independent contexts"
_LANGUAGE = "It is no evidence about text, where a model generalises."


def every(f: steps.Found) -> Iterator[Settlement]:
    """Settle the claims, in the order of the file."""
    arms = f.trials.courses
    yield from _distilled(arms["distilled"], arms["blind"]["all digits"])
    yield _filtered(arms["filtered"])
    yield _own(arms["own-outputs"])
    yield from _checked(arms["checked-outputs"])
    yield _certain(f)
    yield _overlong(f)


def _so(values: NDArray[np.bool_]) -> str:
    """Say in how many cases something is so: "3 of 3"."""
    return f"{int(values.sum())} of {values.size}"


def _mean(values: Floats) -> str:
    return num(float(values.mean()), 2)


def _distilled(arms: dict[str, Course], larger: Course) -> Iterator[Settlement]:
    soft, plain, teacher = arms["probabilities of the teacher"], arms["symbols"], arms["teacher"]
    end, known, alone = soft.end("excess"), teacher.end("excess"), plain.end("excess")
    beats, level = end < known, soft["excess"] < larger["excess"]
    yield settle(
        "h-distill",
        {"against its teacher, on as many symbols": truth(beats, (end - known).mean()),
         "against a network of the teacher's size, its teacher having read more": truth(level.ravel(), (soft["excess"] - larger["excess"]).mean())},
        why=f"Students of {pct(soft.params / teacher.params)} of their teacher's size, taught its probabilities, end {_mean(end)} nats above the entropy and their teachers {_mean(known)}: better in {_so(beats)} seeds. "
        f"Against networks of the teacher's size on as many symbols they are better in {_so(level)} cases, seeds at {len(soft.tokens)} lengths. The article says that it often can be so, and explains it by regularisation, which has nothing to do here: every symbol is fresh. Short data read many times, on text, would decide.",
    )  # fmt: skip
    gains = end < alone
    yield settle("h-distill-gain", {HERE: truth(gains, (alone - end).mean())},
        why=f"After as many symbols as the teacher read, students of its probabilities are {_mean(end)} nats above the entropy, networks of their size that read symbols of the source {_mean(alone)}: better in {_so(gains)} seeds. {_LANGUAGE}")  # fmt: skip


def _filtered(arms: dict[str, Course]) -> Settlement:
    half, floor = arms["the better half"].end("excess"), arms["everything"].end("floor")
    below, whole = half < floor, arms["everything"].end("excess")
    return settle("h-filter", {HERE: truth(below, (floor - half).mean())},
        why=f"Half of the symbols, all of the better source, bring networks to {_mean(half)} nats above its entropy; the mixture itself is {_mean(floor)} above it, which no amount of it can better, and all of it brings networks to {_mean(whole)}. Below that limit: {_so(below)} seeds. The filter here makes no mistakes, and on text no filter is like that.")  # fmt: skip


def _own(arms: dict[str, Course]) -> Settlement:
    losses = np.stack([each.end("excess") for each in arms.values()])
    no_better = np.asarray((np.diff(losses, axis=0) >= 0).all(axis=0))
    return settle("h-own-output", {HERE: truth(no_better, (losses[-1] - losses[0]).mean())},
        why=f"In {_so(no_better)} seeds none of {len(losses) - 1} generations, each taught by outputs of the one before alone, is better than that one; from first to last they go from {_mean(losses[0])} to {_mean(losses[-1])} nats above the entropy. {_LANGUAGE}")  # fmt: skip


def _checked(arms: dict[str, Course]) -> Iterator[Settlement]:
    written = arms["network"].end("excess")
    once, more = (experiments.strict(arms, times) for times in (1, 4))
    left = np.stack([each.end("floor") for each in once.values()])
    ends = np.stack([each.end("excess") for each in once.values()])
    best = ends[ends.mean(axis=1).argmin()]
    adds = (left < written).all(axis=0) & (best < written)
    worse = ends[-1].mean() > written.mean()
    yield settle("h-verifier", {HERE: truth(adds, (written - best).mean())},
        why=f"What passes the check is {num(left.min(), 2)} to {num(left.max(), 2)} nats from the source, the stricter the nearer, and the network that wrote it {_mean(written)}. The next network comes to {_mean(best)} at the best strictness, better in {_so(adds)} seeds. At the strictest it comes to {_mean(ends[-1])}, {'for too few pass' if worse else 'better still than the writer'}: information is added by each output, and how much is learned depends on their number too. The check knows the source, as no check of text does.")  # fmt: skip
    loose = {0: arms["drawn 1, all"], **once}
    pairs = [(a, b) for m, a in more.items() for n, b in loose.items() if m > n and _alike(a, b)]
    ratios = np.array([a.end("excess") / b.end("excess") for a, b in pairs])
    passed = [np.diff([each.tokens[-1] for each in checks.values()]) for checks in (once, more)]
    fewer = bool((np.stack(passed) < 0).all())
    yield settle("h-verifier-selective", {HERE: truth((ratios < 1).all(axis=0) & fewer, ratios.mean()) if pairs else UNKNOWN},
        why=f"From the loosest to the strictest check the outputs that pass go from {num(float(once[min(once)].tokens[-1]), 2)} to {num(float(once[max(once)].tokens[-1]), 2)}. {_paired(ratios)} {_LANGUAGE}")  # fmt: skip


def _alike(strict: Course, loose: Course) -> bool:
    return bool(abs(strict.tokens[-1] / loose.tokens[-1] - 1) < ALIKE)


def _paired(ratios: Floats) -> str:
    if not ratios.size:
        return "No two checks let as many outputs pass, so what one of them teaches cannot be told; such a pair would decide."
    return f"As many outputs teach more where the check that they passed was stricter in {_so(ratios < 1)} comparisons: the loss above the entropy is then {num(ratios.min(), 2)} to {num(ratios.max(), 2)} times the other."


def _certain(f: steps.Found) -> Settlement:
    found = f.certain
    least = readings.every()[readings.CERTAIN, "matched"].excess.min() if found.share else np.nan
    nets: Evidence = UNKNOWN
    if found.floors is None or found.share < experiments.HALF:
        told = f"Whether networks learn all of it is open: {pct(found.share)} of those that are to try are trained. The rest would decide."
    else:
        none = found.floors < NOTHING * least
        middle = float(np.median(found.floors))
        nets = truth(none, middle if middle > NOTHING * least else 0.0)
        told = f"The law fitted to the networks has a floor below a hundredth of the least loss, {num(float(least), 2)} nats, in {pct(float(none.mean()))} of {none.size} resamples, if its form is right.{_falling(found)}"
    return settle("h-e-zero", {"by the entropy of a source without noise": truth(True, 0.0), "by networks that learn it": nets},
        why=f"Where one symbol follows each context, always the same, the entropy is zero: that is arithmetic. {told} Whether a task of language has clear criteria, or can be learned in any time, is not shown.")  # fmt: skip


def _falling(found: experiments.Certain) -> str:
    line = found.frontier
    if line is None:
        return ""
    how = "no flatter" if line.late >= line.early else "flatter"
    return f" Without a law, the best runs fall with compute as the power {num(line.late, 2)} in the costlier half, {how} than in the cheaper ({num(line.early, 2)})."


def _overlong(f: steps.Found) -> Settlement:
    kinds = [each.used for each in (f, f.other) if each is not None]
    found = {each.suite.rpartition("-")[2]: ratios for each in kinds if (ratios := overlong(each))}
    if not found:
        return settle("w-hoffmann-25pct", UNKNOWN,
            why="No runs of this suite have a schedule much longer than they are, past its warm-up; such runs would decide.")  # fmt: skip
    times = np.concatenate([each[0] for each in found.values()])
    return settle("w-hoffmann-25pct", {f"{kind}s on a source of independent contexts": truth(least > 1, mean.mean()) for kind, (_, least, mean) in found.items()},
        why=f"Read where the schedule is {num(times.min(), 2)} to {num(times.max(), 2)} times as long as the run, its warm-up over, networks are further above the entropy than those whose schedule has the right length: {_longer(found)}. A case is one seed at one size and length. How much less than twice would do is not tried.")  # fmt: skip


def _longer(found: dict[str, tuple[Floats, Floats, Floats]]) -> str:
    return "; ".join(
        f"{kind}s {num(mean.mean(), 2)} times as far, and further than every seed of the right length in {_so(least > 1)} cases"
        for kind, (_, least, mean) in found.items()
    )  # fmt: skip


def overlong(used: Readings) -> tuple[Floats, Floats, Floats] | None:
    """Set runs cut short of the longest schedule, past its warm-up, against those that end there.

    Returns
    -------
    tuple of ndarray or None
        For each cell and seed: length of the schedule over that of the run, and the loss above
        the entropy over the highest of the seeds with the right schedule, and over their mean.
        None where there are no such runs.
    """
    way, longest = readings.every().get((used.suite, "unmatched")), used.tokens.max()
    if way is None:
        return None
    way = way.take(way.tokens > extent.WARM * longest).among(used)
    rows = []
    for params, tokens, excess in zip(way.params, way.tokens, way.excess, strict=True):
        right = used.excess[(used.params == params) & (used.tokens == tokens)]
        rows.append((longest / tokens, excess / right.max(), excess / right.mean()))
    if not rows:
        return None
    times, least, mean = np.array(rows).T
    return times, least, mean
