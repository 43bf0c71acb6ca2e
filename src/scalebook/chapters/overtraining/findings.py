"""What the chapter on over-training says, as its numbers have it."""

from types import SimpleNamespace

from scalebook.chapters.common import law_name, of_hoffmann
from scalebook.chapters.overtraining.figures import root_name
from scalebook.chapters.overtraining.outcome import LITTLE
from scalebook.chapters.parameter import Parameters
from scalebook.show import sentences
from scalebook.show.numbers import fix, num, pct
from scalebook.show.sentences import Said, finding, takeaway

Numbers = SimpleNamespace


def short_answer(p: Parameters, r: Numbers) -> Said:
    """Answer the chapter's question."""
    little = "Little near the best number of tokens per parameter, much far from it." if _flat(r) else "A lot, and soon."  # fmt: skip
    return sentences.short_answer(
        f"{little} In {_count(r.suites)} sweeps, ten times too few wasted {_wasted(r, 'tenth')} of the compute, twice too many {_wasted(r, '2')}, ten times {_wasted(r, '10')}. "
        f"Thirty, where tried: {_wasted(r, '30')} in small models, {_lost(r.far_large_low, r.far_large_high)} in larger. {_first(_law_far_out(p, r))}"
    )  # fmt: skip


def _flat(r: Numbers) -> bool:
    return bool(max(r.suites_2_high, r.suites_half_high) < LITTLE)


def _wasted(r: Numbers, ratio: str) -> str:
    return _lost(*(getattr(r, f"suites_{ratio}_{end}") for end in ("low", "high")))


def _lost(low: float, high: float) -> str:
    """Return the shares of compute that two prices stand for."""
    low, high = 1 - 1 / low, 1 - 1 / high
    return f"{pct(low, 1 if low < 0.1 else 2).rstrip('%')} to {pct(high, 1 if high < 0.1 else 2)}"


def _law_far_out(p: Parameters, r: Numbers) -> str:
    if r.m_30 < min(r.suites_30_low, r.far_large_low):
        return f"{law_name(p)} says only {_share(r.m_30)}."
    return f"{law_name(p)} says {_share(r.m_30)}."


def _first(text: str) -> str:
    return text[0].upper() + text[1:]


def _share(lost: float) -> str:
    return pct(1 - 1 / lost)


def _count(number: int) -> str:
    words = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
    return words[number] if number < len(words) else str(number)


def _range(r: Numbers, name: str) -> str:
    low, high = (getattr(r, f"{name}_{end}") for end in ("low", "high"))
    return f"{fix(low)} to {fix(high)}"


def measured(p: Parameters, r: Numbers) -> Said:
    """Say what the sweeps took, without a law."""
    return finding(
        f"This prices {r.measured_runs} of the {r.swept_runs} runs. Some of the others are the worst of all, so the highest prices may be missing. "
        "For each ratio a sweep gives the median of its runs near there; the table has the lowest and the highest sweep, a spread over corpora and not an interval.",
    )  # fmt: skip


def measured_takeaway(p: Parameters, r: Numbers) -> Said:
    """Say in a line what the sweeps tell."""
    near = "A factor of two costs little" if _flat(r) else f"Twice too many tokens waste {_wasted(r, '2')} of the compute"  # fmt: skip
    least = 1 - 1 / min(r.suites_10_low, r.suites_tenth_low)
    return takeaway(f"{near}; ten times too many or too few waste {pct(least)} or more.")  # fmt: skip


def law(p: Parameters, r: Numbers) -> Said:
    """Set the law against the sweeps."""
    name = law_name(p)
    reach = (
        f"Far out the law has little to go on: nine tenths of its runs lie within {num(max(r.reach_high, 1 / r.reach_low), 2)} times the best ratio, either way."
        if r.reach_high < 20 else
        f"Nine tenths of its runs lie between {num(r.reach_low, 2)} and {num(r.reach_high, 2)} times the best ratio."
    )  # fmt: skip
    whose = (
        f"Fitted to {r.runs_used} runs of Hoffmann and colleagues, this page's law is {name}."
        if of_hoffmann(p) else
        f"This page's law was fitted to {r.runs_used} runs."
    )  # fmt: skip
    return finding(
        f"{whose} "
        f"At twice the best ratio the sweeps {_against(r.m_2, r.suites_2_low, r.suites_2_high)}. "
        f"At ten times it says {fix(r.m_10)}, and they {_against(r.m_10, r.suites_10_low, r.suites_10_high)} ({_range(r, 'suites_10')}); at thirty they {_against(r.m_30, r.suites_30_low, r.suites_30_high)}.",
        reach,
    )  # fmt: skip


def _against(law: float, low: float, high: float) -> str:
    if law < low:
        return "measured more"
    return "measured less" if law > high else "agree"


def law_takeaway(p: Parameters, r: Numbers) -> Said:
    """Say in a line how far the law serves."""
    name = _first(law_name(p))
    near = "matches the sweeps near the best ratio" if r.suites_2_low / 1.05 <= r.m_2 <= r.suites_2_high * 1.05 else "misses the sweeps even near the best ratio"  # fmt: skip
    if r.m_10 < r.suites_10_low and r.m_30 < r.suites_30_low:
        return takeaway(f"{name} {near}. It is too mild at ten times too many tokens{_thirty(r)}.")
    if r.m_30 < r.suites_30_low:
        return takeaway(
            f"{name} {near} and is too mild beyond ten times too many tokens{_only(r)}."
        )
    if r.m_10 > 1.05 * r.suites_10_high:
        return takeaway(f"{name} {near} and charges too much from ten times on.")
    return takeaway(f"{name} {near} and as far out as they reach.")


def _thirty(r: Numbers) -> str:
    """Say of which models that is so at thirty times, if not of all."""
    return "; at thirty, for small models only" if _only(r) else " and at thirty"


def _only(r: Numbers) -> str:
    """Say for which models the law is too mild far out, if not for all."""
    return "" if r.m_30 < r.far_large_low else " for small models, not for larger ones"


def rule(p: Parameters, r: Numbers) -> Said:
    """Set the rule of thumb against the sweeps."""
    return finding(
        f"At twice the best ratio the {root_name(p)} rule says {fix(r.rule_2)}, {_beside(r.rule_2, r.suites_2_low, r.suites_2_high)} than the sweeps measured. "
        f"At ten times too many tokens it says {_beside(r.rule_10, r.suites_10_low, r.suites_10_high)}, at thirty {_beside(r.rule_30, r.suites_30_low, r.suites_30_high)}."
    )  # fmt: skip


def _beside(rule: float, low: float, high: float) -> str:
    if rule > high:
        return "more"
    return "less" if rule < low else "no more and no less"


def rule_takeaway(p: Parameters, r: Numbers) -> Said:
    """Say in a line what the rule is good for."""
    two, ten, thirty = (
        _word(
            getattr(r, f"rule_{k}"), *(getattr(r, f"suites_{k}_{end}") for end in ("low", "high"))
        )
        for k in (2, 10, 30)
    )
    large = _word(r.rule_30, r.far_large_low, r.far_large_high)
    last = thirty if large == thirty else f"{thirty} for small models, {large} for larger ones"
    return takeaway(f"The {root_name(p)} rule is {two} at twice the best ratio and {ten} at ten times. At thirty it is {last}.")  # fmt: skip


def far(p: Parameters, r: Numbers) -> Said:
    """Say what models trained so far from outside the sweeps took."""
    return finding(
        f"For the same loss these {r.far_runs} models took {_range(r, 'far')} times the compute of a model at 20 tokens per parameter, the {_count(r.far_large_runs)} above 400M parameters {_range(r, 'far_large')}."
    )  # fmt: skip


def _word(value: float, low: float, high: float) -> str:
    if value > 1.1 * high:
        return "too harsh"
    return "too mild" if value < low / 1.1 else "about right"


def models(p: Parameters, r: Numbers) -> Said:
    """Say where known models stand."""
    return finding(
        f"By the law, GPT-3 had {_off(r.gpt3_degree)} tokens per parameter. "
        f"The plan for a trillion parameters had {_off(r.plan_degree)} and would have taken {num(r.plan_lost, 2)} times the compute it needed ({pct(p.level)} interval {num(r.plan_lost_low, 2)} to {num(r.plan_lost_high, 2)}, because its best ratio is uncertain).",
        f"AMD's model of 135M parameters had {_off(r.amd_degree)}. {_amd(r)}",
        f"GPT-4, if the rumours are right, had {_off(r.gpt4_degree)} for the parameters that are active at once, by this law of small dense models.",
    )  # fmt: skip


def _amd(r: Numbers) -> str:
    said = f"The law's {num(r.amd_lost, 2)} times"
    if not r.amd_near_runs:
        return f"{said} cannot be tested: no run of the sweeps is near that ratio."
    took = f"{num(r.amd_near_low, 2)} to {num(r.amd_near_high, 2)} times"
    if r.amd_near_low / 1.25 <= r.amd_lost <= r.amd_near_high * 1.25:
        return f"{said} is about what runs of the sweeps near that ratio took, {took}."
    runs = "run" if r.amd_near_runs == 1 else "runs"
    return f"{said} is not to be believed there: the {_count(r.amd_near_runs)} nearest {runs} of the sweeps took {took}, carried to that ratio."  # fmt: skip


def _off(degree: float) -> str:
    return f"{num(max(degree, 1 / degree), 2)} times too {'many' if degree > 1 else 'few'}"


def models_takeaway(p: Parameters, r: Numbers) -> Said:
    """Say in a line what the models paid."""
    cheap = f"at most {pct(r.cheap_most - 1)} more compute than they needed"
    if r.models_cheap == r.models:
        return takeaway(f"By the law, all {_count(r.models)} took {cheap}.")
    if not r.models_cheap:
        return takeaway(f"By the law, all {_count(r.models)} took {num(r.dear_least, 2)} times the compute they needed, or more.")  # fmt: skip
    rest = "other" if r.models - r.models_cheap == 1 else "others"
    return takeaway(f"By the law, {_count(r.models_cheap)} of the {_count(r.models)} took {cheap}; the {rest}, {num(r.dear_least, 2)} times what they needed or more.")  # fmt: skip


def sure(p: Parameters, r: Numbers) -> Said:
    """Say how sure the answer is, and what would change it."""
    spread = r.suites_10_high / r.suites_10_low - 1
    fails = "So the form itself misses by more than the sweeps differ" if r.own_miss_most > spread else "So the form misses by less than the sweeps differ"  # fmt: skip
    return finding(
        f"Fitted to each sweep on its own, the same form is at worst {pct(r.own_miss_most)} from what that sweep measured at ten times too many tokens. {fails}, {pct(spread)}.",
        f"Beyond twenty times there are few runs, all of them the smallest models of their budget. In a small model the embeddings, its table of tokens, are much of its size, and $6ND$ counts its compute badly. Of larger models so far out there are {_count(r.far_large_runs)}, outside the sweeps. More of them could change the answer for thirty times; two and ten rest on more.",
    )  # fmt: skip


def exercises(p: Parameters, r: Numbers) -> Said:
    """Give the solutions of the exercises."""
    ten = f"at ten times either way it has {fix(r.m_10, 3)} over and {fix(r.m_tenth, 3)} under"
    apart = r.alpha - r.beta
    if abs(apart) < 0.0005:
        dearer = f"Here $\\alpha - \\beta$ is {num(apart, 1)}, and both sides cost nearly the same by the law: {ten}."
    else:
        dearer = f"Here $\\alpha - \\beta$ is {fix(apart, 3)}, so too {'many' if apart > 0 else 'few'} tokens cost more by the law: {ten}."  # fmt: skip
    return sentences.solutions([
        f"At the same budget $k = 4$ means half the parameters on twice the tokens, and by the law $m(4) = {fix(r.m_4)}$. To reach the loss of the best run the budget must grow by that factor, and size and data with it, so the model ends up a little larger than half.",
        f"With $\\alpha = \\beta$, $g(k) = \\cosh(\\alpha x / 2)$ with $x = \\ln k$, which is even. Otherwise the next term of $\\ln m$ is $\\frac{{(\\alpha+\\beta)(\\alpha-\\beta)}}{{48}} x^3$. {dearer}",
        f"Solve $m(k) = 1/0.9$. The law gives {num(r.tenth_over, 3)} times the best ratio (`overtraining.ratios_for_penalty`), the square rule $\\exp\\sqrt{{8 \\ln(1/0.9)/(\\alpha+\\beta)}}$ gives {num(r.tenth_square, 3)}; where runs lose more than the law says, it is less.",
    ])  # fmt: skip


def limits(p: Parameters, r: Numbers) -> Said:
    """Give the limits of the closed form, for specialists."""
    return finding(
        f"At $k$ times the best ratio a run takes $m$ times the compute that was needed; write $x = \\ln k$. Near the best ratio $\\ln m \\approx \\frac{{\\alpha+\\beta}}{{8}} x^2$, a cost of second order, about $x^2 / {num(r.curvature_inverse, 2)}$. Far above it $m \\approx {num(r.limit_over_factor, 2)}\\, k^{{{fix(r.limit_over)}}}$: only the size of the model then limits the loss. Far below it $m \\approx {num(r.limit_under_factor, 2)}\\, k^{{-{fix(r.limit_under)}}}$. Between them $\\ln m$ is convex in $x$, so a power rule with an exponent below both limits starts above the law, crosses it once on each side and ends below: the {root_name(p)} rule at {num(r.cross_under, 2)} and {num(r.cross_over, 2)} times the best ratio.",
    )  # fmt: skip
