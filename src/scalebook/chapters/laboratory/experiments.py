"""The articles' thought experiments: what the networks came to, each with its spread over seeds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from scalebook.chapters.common import ends, kept
from scalebook.chapters.laboratory import floor_fits, readings, shape
from scalebook.chapters.parameter import Parameters
from scalebook.laboratory import strings
from scalinglaws import datapackage, fitting
from scalinglaws.errors import ScalingLawsError
from scalinglaws.fitting import Fit, Form
from scalinglaws.runs import Runs
from scalinglaws.units import Floats

#: Share of the grid of the source without noise that must be there before it is spoken of.
HALF = 0.5
#: The law of networks of one size.
ONE_SIZE = Form("one size", "E + B/D^beta", ("B", "E", "beta"))


class Spread(NamedTuple):
    """The mean over seeds, and the least and the greatest of them."""

    value: float
    low: float
    high: float


def over(values: Floats) -> Spread:
    """Return the spread of a number over seeds."""
    return Spread(float(np.mean(values)), float(np.min(values)), float(np.max(values)))


@dataclass(frozen=True)
class Course:
    """Networks of one arm of an experiment.

    Attributes
    ----------
    params : int
    tokens : ndarray, shape (k,)
        Symbols learned when they were judged, increasing.
    columns : mapping of str to ndarray, shape (k, seeds)
        See the table ``laboratory_experiments``.
    """

    params: int
    tokens: Floats
    columns: Mapping[str, Floats] = field(repr=False)

    def __getitem__(self, column: str) -> Floats:
        return self.columns[column]

    def end(self, column: str) -> Floats:
        """Return a column at the end, shape (seeds,)."""
        end: Floats = self.columns[column][-1]
        return end


@kept  # no parameter changes it
def courses() -> dict[str, dict[str, Course]]:
    """Return what the experiments came to, by experiment and arm."""
    groups: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for row in datapackage.rows("laboratory_experiments"):
        groups.setdefault(row["experiment"], {}).setdefault(row["arm"], []).append(row)
    return {
        name: {arm: _course(rows) for arm, rows in arms.items()} for name, arms in groups.items()
    }


def _course(rows: list[dict[str, Any]]) -> Course:
    tokens = np.unique([row["tokens"] for row in rows])
    seeds = len({row["seed"] for row in rows})
    ordered = sorted(rows, key=lambda row: (row["tokens"], row["seed"]))
    numbers = [name for name, value in rows[0].items() if isinstance(value, float)]
    columns = {
        name: np.array([row[name] for row in ordered]).reshape(len(tokens), seeds) for name in numbers
    }  # fmt: skip
    return Course(int(rows[0]["params"]), tokens.astype(float), columns)


@dataclass(frozen=True)
class Trials:
    """The numbers of the experiments, by what they are recorded as.

    Attributes
    ----------
    courses : dict
        As of `courses`.
    numbers : dict of str to Spread
    blind : dict of str to floor_fits.Floor
        By arm, the floor fitted to networks that cannot see a digit, nats above the entropy.
    """

    courses: dict[str, dict[str, Course]]
    numbers: dict[str, Spread]
    blind: dict[str, floor_fits.Floor]


def trials(p: Parameters) -> Trials:
    """Take the numbers of all experiments."""
    every = courses()
    blind = blinded(p, every["blind"])
    numbers = {
        **taught(every), **mixed(every), **flawed(every["blind"], blind), **distilled(every),
        **filtered(every["filtered"]), **repeated(every["own-outputs"]),
        **checked(every["checked-outputs"]),
    }  # fmt: skip
    return Trials(every, numbers, blind)


def _place(value: Floats, better: Floats, worse: Floats) -> Floats:
    """Return places between two: 0 at the better, 1 at the worse."""
    return np.asarray((value - better) / (worse - better))


def taught(every: dict[str, dict[str, Course]]) -> dict[str, Spread]:
    """Measure networks that change their teacher, and one that keeps it."""
    down, up = every["better-then-worse"], every["worse-then-better"]
    better, worse = down["better"], up["worse"]
    ends = {name: (better.end(name), worse.end(name)) for name in ("excess", "play")}
    turned, back = down["then worse"], up["then better"]
    alone = every["blind"]["all digits"]
    return {
        "turned_place": over(_place(turned.end("excess"), *ends["excess"])),
        "turned_play": over(_place(turned.end("play"), *ends["play"])),
        "back_place": over(_place(back.end("excess"), *ends["excess"])),
        "approach_first": over(alone["excess"][0]), "approach_last": over(alone.end("excess")),
        "approach_play": over(alone.end("play") / alone.end("teacher_play")),
        "own_play": over(alone.end("play")), "own_pick": over(alone.end("pick")),
        "teacher_play": over(alone.end("teacher_play")),
    }  # fmt: skip


def mixed(every: dict[str, dict[str, Course]]) -> dict[str, Spread]:
    """Measure networks taught by both at once, and by several that err each in its own way."""
    better, worse = every["better-then-worse"]["better"], every["worse-then-better"]["worse"]
    arms, many = every["mixed"], every["many-teachers"]
    few, most = many["1 teachers"], many["8 teachers"]
    places = {
        f"mixed_{what}_{share}": over(_place(arms[f"{share}% worse"].end(column), better.end(column), worse.end(column)))
        for what, column in (("place", "play"), ("loss", "excess")) for share in (25, 50, 75)
    }  # fmt: skip
    return {
        **places,
        "crowd_teacher_play": over(few.end("teacher_play")),
        "crowd_pick": over(most.end("pick")), "crowd_limit": over(most.end("teacher_pick")),
    }  # fmt: skip


def blinded(p: Parameters, arms: dict[str, Course]) -> dict[str, floor_fits.Floor]:
    """Fit the floor of networks of one size that cannot see a digit."""
    entropy = strings.named("first").source.entropy()
    found = {}
    for arm, course in arms.items():
        runs = _runs(course, entropy)
        try:
            fit = fitting.fit(runs, ONE_SIZE)
        except ScalingLawsError:
            continue
        if fit.converged:
            low, high = fit.bootstrap(p.resamples, p.seed).interval("E", p.level)
            found[arm] = floor_fits.Floor(*(e - entropy for e in (fit.constants["E"], low, high)))
    return found


def _runs(course: Course, entropy: float) -> Runs:
    loss = course["excess"] + entropy
    data = np.broadcast_to(course.tokens[:, None], loss.shape)
    return Runs(np.full(loss.size, course.params), data.ravel(), loss.ravel(), name="one size")


def flawed(arms: dict[str, Course], blind: dict[str, floor_fits.Floor]) -> dict[str, Spread]:
    """Set fitted floors of flawed networks against what their flaw costs, which is known."""
    flawed = [arm for arm in arms if arm != "all digits"]
    known = np.array([arms[arm].end("floor")[0] for arm in flawed])
    ratios = [blind[arm].value / cost for arm, cost in zip(flawed, known, strict=True) if arm in blind]  # fmt: skip
    found = {"flaw_share": over(np.array([len(ratios) / len(flawed)])), "flaw_known": over(known)}  # fmt: skip
    return found | ({"flaw_ratio": over(np.array(ratios))} if ratios else {})


def distilled(every: dict[str, dict[str, Course]]) -> dict[str, Spread]:
    """Set students of a larger network against students of symbols."""
    arms, larger = every["distilled"], every["blind"]["all digits"]
    plain, soft = arms["symbols"], arms["probabilities of the teacher"]
    fewer = [
        plain.tokens[-1] / _needed(soft.tokens, soft["excess"].mean(axis=1), end)
        for end in plain.end("excess")
    ]
    same = soft["excess"].mean(axis=1) / larger["excess"].mean(axis=1)
    return {
        "student_symbols": over(plain.end("excess")), "student_soft": over(soft.end("excess")),
        "student_echo": over(arms["symbols of the teacher"].end("excess")),
        "student_teacher": over(arms["teacher"].end("excess")),
        "student_share": over(np.array([plain.params / arms["teacher"].params])),
        "student_fewer": over(np.array(fewer)), "student_larger": over(same),
    }  # fmt: skip


def _needed(tokens: Floats, excess: Floats, wanted: float) -> float:
    """Return the tokens at which a falling loss comes to a value; the first if it begins there."""
    falling = np.minimum.accumulate(excess)
    return float(np.exp(np.interp(-wanted, -falling, np.log(tokens))))


def filtered(arms: dict[str, Course]) -> dict[str, Spread]:
    """Set networks of the better half against networks of everything."""
    whole, half = arms["everything"]["excess"], arms["the better half"]["excess"]
    gain = whole - half
    return {
        "filter_all": over(whole[-1]), "filter_half": over(half[-1]), "filter_gain": over(gain[-1]),
        "filter_floor": over(arms["everything"].end("floor")),
    }  # fmt: skip


def repeated(arms: dict[str, Course]) -> dict[str, Spread]:
    """Follow networks taught by the one before."""
    losses = np.stack([course.end("excess") for course in arms.values()])
    steps = np.diff(losses, axis=0).ravel()
    return {
        "echo_first": over(losses[0]), "echo_last": over(losses[-1]),
        "echo_step": over(steps), "echo_share": over((steps > 0).astype(float)),
    }  # fmt: skip


def checked(arms: dict[str, Course]) -> dict[str, Spread]:
    """Set networks of outputs that passed a check against the network that wrote them."""
    written = arms["network"].end("excess")
    found = {"check_network": over(written)}
    for times in (1, 4):
        loose, passed = arms[f"drawn {times}, all"], strict(arms, times)
        best = min(passed, key=lambda each: passed[each].end("excess").mean())
        found |= {
            f"check_all_{times}": over(loose.end("excess")),
            f"check_best_{times}": over(passed[best].end("excess")),
            f"check_strictness_{times}": Spread(float(best), float(best), float(best)),
            f"check_most_{times}": over(passed[max(passed)].end("excess")),
            f"check_passed_{times}": over(passed[max(passed)].tokens / loose.tokens),
        }
    return found


def strict(arms: dict[str, Course], times: int) -> dict[int, Course]:
    """Return the arms of outputs that passed a check, by its strictness."""
    begin = f"drawn {times}, strictness "
    found = {int(arm.removeprefix(begin)): arm for arm in arms if arm.startswith(begin)}
    return {strictness: arms[found[strictness]] for strictness in sorted(found)}


@dataclass(frozen=True)
class Certain:
    """The source without noise.

    Attributes
    ----------
    share : float
        Of its grid that is there.
    frontier : shape.Frontier or None
        None where too little is there.
    fit : Fit or None
        Chinchilla's form; it has converged only where its floor is not at nothing.
    floor : floor_fits.Floor or None
    floors : ndarray or None
        Of the resamples.
    """

    share: float
    frontier: shape.Frontier | None = None
    fit: Fit | None = None
    floor: floor_fits.Floor | None = None
    floors: Floats | None = field(default=None, repr=False)


def certain(p: Parameters) -> Certain:
    """Ask whether the loss goes on as a power law where the entropy is 0."""
    stored = readings.every().get((readings.CERTAIN, "matched"))
    if stored is None:
        return Certain(0.0)
    grid = readings.planned(readings.CERTAIN)
    share = stored.cells / (len(grid.widths) * len(grid.steps))
    if stored.cells < readings.ENOUGH:
        return Certain(share)
    fit = fitting.fit(stored.runs())
    floors = np.asarray(fit.bootstrap(p.resamples, p.seed).law.E)
    floor = floor_fits.Floor(fit.constants["E"], *ends(floors, p.level))
    return Certain(share, shape.frontier(p, stored), fit, floor, floors)
