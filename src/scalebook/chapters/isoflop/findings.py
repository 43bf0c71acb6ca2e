"""What the chapter on isoFLOP profiles finds, in sentences that follow the numbers."""

from collections.abc import Mapping

from scalebook.chapters.isoflop.suite import Intervals, Suites
from scalebook.chapters.isoflop.surface import Surfaces
from scalebook.chapters.parameter import Parameters
from scalebook.show.numbers import fix, pct
from scalebook.show.sentences import Said, finding


def exponent(p: Parameters, suites: Suites, drawn: Mapping[str, Intervals], surfaces: Surfaces) -> Said:  # fmt: skip
    """Say how far suites and methods differ, beside the interval of one."""
    found = [a for name, s in suites.items() for a in (s.a, surfaces[name].a_huber, surfaces[name].a_varpro)]  # fmt: skip
    low, high = min(found), max(found)
    widest = max(each.a[1] - each.a[0] for each in drawn.values())
    beside = "less than that" if widest < high - low else "no less than that"
    return finding(
        f"So how should size grow with compute? Over {len(suites)} suites and three methods the exponent $a$ runs from {fix(low)} to {fix(high)}: that spread is what to go by. "
        f"The {pct(p.level)} intervals of single suites are of one law, if its form is right; the widest of Approach 2 spans {fix(widest)}, {beside}."
    )  # fmt: skip
