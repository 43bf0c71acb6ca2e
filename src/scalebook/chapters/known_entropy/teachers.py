"""One learner, two teachers: a better source and then a worse one, or both at once."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scalebook.chapters.parameter import Parameters
from scalebook.errors import ScalebookError
from scalebook.laboratory import source, teaching
from scalinglaws.units import Floats


@dataclass(frozen=True)
class Courses:
    """The sources, and how learners of them stand at the same numbers of symbols.

    `half` blends the two. `counting` learns `first` symbols of the better source, then `second` of
    the worse; `fading` too, but forgets; `both` learns as many of `half`. `alone` has learners of
    one source, "better" or "worse", by what they remember.
    """

    better: source.Source
    worse: source.Source
    half: source.Source
    first: int
    second: int
    counting: teaching.Course
    fading: teaching.Course
    both: teaching.Course
    alone: dict[tuple[str, float], teaching.Course]


def courses(p: Parameters, better: source.Source) -> Courses:
    """Teach learners from the better source, from a worse one, and from both."""
    worse = teaching.blundering(better, p.blunders, p.concentration, p.seed + 3)
    half = teaching.blend(better, worse, 0.5)
    first, second = p.data_high // 20, p.data_high // 2
    marks = np.r_[np.geomspace(100, first, 9), first + np.geomspace(100, second, 15)].round()

    def taught(*stages: tuple[source.Source, int], memory: float = np.inf) -> teaching.Course:
        options = {"seed": p.seed + 4, "smoothing": p.concentration, "memory": memory}
        return teaching.course(stages, better, worse, marks, **options)

    spans, teachers = (np.inf, p.memory), {"better": better, "worse": worse}
    counting, fading = (taught((better, first), (worse, second), memory=span) for span in spans)
    alone = {
        (name, span): taught((teacher, first + second), memory=span)
        for name, teacher in teachers.items()
        for span in spans
    }
    both = taught((half, first + second))
    return Courses(better, worse, half, first, second, counting, fading, both, alone)


@dataclass(frozen=True)
class Places:
    """Where the learners stand between the teachers: 0 as the better one's alone, 1 as the worse's.

    `counting`, `fading` and `both` have their play at every mark, `since` and `share` the symbols
    since the change of teacher and their share of all, at the marks after it (`later`). The numbers
    ending in ``_play`` are at the end, `limit_play` where the counting learner would end up.
    """

    counting: Floats
    fading: Floats
    both: Floats
    later: NDArray[np.bool_]
    since: Floats
    share: Floats
    mixed_play: float
    end_play: float
    limit_play: float
    end_share: float


def places(p: Parameters, taught: Courses) -> Places:
    """Measure where the learners stand between the two teachers.

    Raises
    ------
    ScalebookError
        If learners of the two teachers play alike, so that there is nothing between them.
    """
    counting, both = _play(taught, taught.counting), _play(taught, taught.both)
    later = taught.counting.tokens > taught.first
    since = taught.counting.tokens[later] - taught.first
    share = since / (taught.first + since)
    # Where the play would end: a straight line in the share of old data, carried on to none.
    limit = np.polyfit(1 - share, counting[later], 1)[1]
    ends = map(float, (both[-1], counting[-1], limit, share[-1]))
    fading = _play(taught, taught.fading, p.memory)
    return Places(counting, fading, both, later, since, share, *ends)


def favourites(taught: Courses) -> dict[str, float]:
    """Return how often a favourite is that of the better source, by the names recorded.

    Of learners from one source alone (``pick_better``, ``pick_worse``) and of those of two
    (``choice_``); the places of these between those (``pick_``); and how often the sources
    themselves draw it (``play_``).
    """
    top, bottom = (float(taught.alone[which, np.inf].choice[-1]) for which in ("better", "worse"))
    way = (top - bottom) or 1.0  # none, where both pick alike
    one = taught.counting
    end, both = (float(each.choice[-1]) for each in (one, taught.both))
    return {
        "choice_first": float(one.choice[one.tokens == taught.first][0]),
        "choice_end": end, "choice_both": both, "pick_better": top, "pick_worse": bottom,
        "pick_end": (top - end) / way, "pick_both": (top - both) / way,
        "play_better": teaching.play(taught.better, taught.better),
        "play_worse": teaching.play(taught.better, taught.worse),
    }  # fmt: skip


def approaches(strength: Floats) -> bool:
    """Return whether a strength comes up to that of its teacher, 1, and never passes it.

    A fiftieth is allowed for, as an article allows for fluctuations.
    """
    gap = 1 - strength
    return bool(gap[-1] < gap[0] and np.min(gap) > -0.02)


def _play(taught: Courses, one: teaching.Course, memory: float = np.inf) -> Floats:
    top, bottom = (
        np.interp(one.tokens, alone.tokens, alone.play)
        for alone in (taught.alone["better", memory], taught.alone["worse", memory])
    )
    apart, later = top != bottom, one.tokens > taught.first
    if not apart[later].all():
        raise ScalebookError(
            f"After {one.tokens[later & ~apart][0]:,.0f} symbols a learner of the better source "
            "plays just as one of the worse does, so that no place between them can be told. "
            "Lower 'concentration', or raise 'blunders' or 'data_high'."
        )
    # Before the change of teacher the learner of the better source is the one measured.
    found: Floats = np.divide(top - one.play, top - bottom, out=np.zeros(len(top)), where=apart)
    return found
