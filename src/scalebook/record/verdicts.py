"""Claims settled: what a chapter found about each of its claims, and the verdict that follows."""

import html
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from scalebook.errors import ScalebookError
from scalebook.record import claims
from scalebook.record.claims import Claim
from scalebook.record.judge import REASONS, VERDICTS, Evidence, Judgement, decide, half_unit
from scalebook.show.numbers import Numbers, listed, num, quantity, significant, units_of

#: Digits of a number on a card or in a drawing, where it is read at a glance.
BRIEF = 3
#: Words that a condition may begin with and that say themselves how it is meant.
_LINKS = (
    "against", "beside", "by", "counting", "from", "on", "only", "too", "with", "within",
)  # fmt: skip


@dataclass(frozen=True)
class Row:
    """What one piece of evidence comes to, and the condition that it was judged under."""

    given: str
    recomputed: float | list[float] | None
    low: float | list[float] | None
    high: float | list[float] | None
    probability: float | None
    verdict: str


@dataclass(frozen=True)
class Settlement:
    """Outcome of one claim; shows itself as a card in the notebook."""

    claim: Claim
    rows: tuple[Row, ...]
    verdict: str
    probability: float | None
    reason: str
    why: str

    def entry(self) -> dict[str, Any]:
        """Return the outcome as it is recorded in a chapter's results."""
        first = self.rows[0]
        return {
            "id": self.claim.id,
            "relation": self.claim.relation,
            "stated": self.claim.stated,
            "unit": self.claim.unit,
            "given": self.claim.given or first.given,
            "recomputed": first.recomputed,
            "low": first.low,
            "high": first.high,
            "probability": self.probability,
            "verdict": self.verdict,
            "reason": self.reason,
            "why": self.why,
            "rows": [asdict(row) for row in self.rows] if len(self.rows) > 1 else [],
        }

    def _repr_html_(self) -> str:
        return card(self)

    def __repr__(self) -> str:
        return f"{self.claim.id}: {self.verdict}. {self.why}"


class Verdicts(tuple[Settlement, ...]):
    """Verdicts on several claims; shows itself as their cards."""

    def _repr_html_(self) -> str:
        return "\n".join(map(card, self))

    def __repr__(self) -> str:
        return "\n".join(map(repr, self))


class Heard(tuple[Settlement, ...]):
    """Where a reader may have heard what a chapter is about: some of its claims in short."""

    def _repr_html_(self) -> str:
        return f'<ul class="heard">{"".join(map(heard_item, self))}</ul>'

    def __repr__(self) -> str:
        return "\n".join(map(repr, self))


def settle(
    claim_id: str,
    evidence: Evidence | Mapping[str, Evidence] | None,
    *,
    why: str,
    decides: str = "",
    reason: str = "",
    as_printed: Evidence | None = None,
) -> Settlement:
    """Settle a claim.

    Parameters
    ----------
    claim_id : str
    evidence : Evidence or mapping or None
        See `scalebook.record.judge`. By the condition that it was found under, where there are
        several: the claim has the verdict that all of them have, and is open where they differ.
        None for an assumption: there is nothing to compute.
    why : str
        One or two sentences, with the numbers that decide.
    decides : str
        What would decide, in a sentence; said where the claim comes out open, and not elsewhere.
    reason : str
        One of `judge.REASONS`, for a claim that does not simply hold.
    as_printed : Evidence, optional
        The number in another unit than the one printed: if the claim fails and this would not,
        then its unit is what is wrong.

    Raises
    ------
    ScalebookError
        If there is no such claim, or the evidence does not match it in kind.
    """
    claim = claims.load().get(claim_id)
    if claim is None:
        raise ScalebookError(
            f"claim '{claim_id}' is not in data/claims. Add it there first, to the file of its "
            "chapter."
        )
    if reason and reason not in REASONS:
        raise ScalebookError(
            f"claim '{claim_id}': reason is '{reason}'; expected one of {', '.join(REASONS)}."
        )
    if evidence is None:
        row = Row("", None, None, None, None, "assumption")
        return Settlement(claim, (row,), "assumption", None, "", why)
    several = evidence if isinstance(evidence, Mapping) else {"": evidence}
    rows = tuple(_row(claim, given, each) for given, each in several.items())
    verdict = combined([row.verdict for row in rows])
    if verdict == "open" and decides:
        why = f"{why} {decides}"
    if as_printed is not None and verdict == "fails":
        reason = "unit" if _judged(claim, as_printed).verdict in ("holds", "roughly") else reason
    elif verdict == "open" or (verdict == "holds" and reason != "coincidence"):
        reason = ""
    elif verdict == "roughly" and not reason and claim.relation == "eq":
        reason = "rounding" if _in_last_digit(claim, several) else ""
    return Settlement(claim, rows, verdict, _probability(verdict, rows), reason, why)


def combined(verdicts: Iterable[str]) -> str:
    """Return the verdict on a claim from those under several conditions."""
    found = set(verdicts)
    if len(found) == 1:
        return found.pop()
    return "roughly" if found == {"holds", "roughly"} else "open"


def _probability(verdict: str, rows: Sequence[Row]) -> float | None:
    """Return the probability to print: the one that is nearest to another verdict."""
    known = [row.probability for row in rows if row.probability is not None]
    if not known or (verdict == "open" and len(rows) > 1):
        return None
    return max(known) if verdict == "fails" else min(known)


def _row(claim: Claim, given: str, evidence: Evidence) -> Row:
    found = _judged(claim, evidence)
    several = isinstance(claim.stated, list) and claim.relation != "between"
    value, low, high = (_plain(x, several) for x in (evidence.value, evidence.low, evidence.high))
    return Row(given, value, low, high, found.probability, found.verdict)


def _judged(claim: Claim, evidence: Evidence) -> Judgement:
    try:
        return decide(
            claim.relation, claim.numbers, evidence, digits=claim.digits, within=claim.within
        )
    except ScalebookError as error:
        raise ScalebookError(f"claim '{claim.id}': {error}") from None


def _in_last_digit(claim: Claim, evidence: Mapping[str, Evidence]) -> bool:
    """Return whether a number is off by one unit of its last digit at most."""
    goal = np.array(claim.numbers)
    unit = 2 * half_unit(goal, claim.digits)
    return bool(claim.digits) and all(
        each.value is not None and (np.abs(each.value - goal) <= unit * (1 + 1e-9)).all()
        for each in evidence.values()
    )


def _plain(values: Any, several: bool) -> float | list[float] | None:
    if values is None:
        return None
    found: list[float] = listed(values)
    return found if several or len(found) > 1 else found[0]


def entries(chapter: str, settled: Iterable[Settlement]) -> list[dict[str, Any]]:
    """Return what is recorded of the claims of a chapter, in the order of the file.

    A claim of the chapter that is not among them is pending, and not recorded.

    Raises
    ------
    ScalebookError
        If one settled is a claim of another chapter.
    """
    found = {each.claim.id: each for each in settled}
    for name, each in found.items():
        if each.claim.chapter != chapter:
            raise ScalebookError(
                f"claim '{name}' stands in data/claims/{each.claim.chapter}.yml, and chapter "
                f"'{chapter}' settles it. Move it to {chapter}.yml."
            )
    return [found[claim.id].entry() for claim in claims.load().values() if claim.id in found]


def heard(verdicts: Iterable[Settlement], *ids: str) -> Heard:
    """Pick some of a chapter's claims, for the place where it says who has said what.

    Raises
    ------
    ScalebookError
        If one is not among the verdicts.
    """
    settled = {each.claim.id: each for each in verdicts}
    for name in ids:
        if name not in settled:
            raise ScalebookError(
                f"claim '{name}' is not settled here; there are {', '.join(settled)}."
            )
    return Heard(settled[name] for name in ids)


def recomputed(row: Mapping[str, Any], digits: int | None = None) -> str:
    """Format what was recomputed, with its interval or as a range, where there is one.

    Parameters
    ----------
    row : mapping
        With ``stated``, ``unit``, ``recomputed``, ``low`` and ``high``.
    digits : int, optional
        Significant digits; as `recomputed_digits` has it where left out.
    """
    digits = digits or recomputed_digits(row["stated"])
    if row["low"] is None or row["high"] is None:
        return quantity(row["recomputed"], row["unit"], digits)
    pairs = list(zip(listed(row["low"]), listed(row["high"]), strict=True))
    if row["recomputed"] is not None:
        return quantity(row["recomputed"], row["unit"], digits, pairs)
    return "; ".join(
        quantity(pair, unit, digits).replace(", ", " to ", 1)
        for pair, unit in zip(pairs, units_of(row["unit"], len(pairs)), strict=True)
    )


def recomputed_digits(stated: Numbers | None) -> int:
    """Return the digits to show of what was recomputed: one more than stated, three at least."""
    return max(3, *(significant(v) + 1 for v in listed(stated))) if stated is not None else 3


def chance(probability: float | None, relation: str = "") -> str:
    """Return a probability in words; nothing where it is 0 or 1 or not known.

    Of a test it is the p that it came to.
    """
    if probability is None:
        return ""
    if relation == "not-rejected":
        return f"p = {num(probability, 2)}" if probability else "p below 0.01"
    if probability in (0.0, 1.0):
        return ""
    share = 100 * probability
    text = "under 1" if share < 1 else "over 99" if share > 99 else num(share, 2)
    return f"true with probability {text}%"


def condition(given: str) -> str:
    """Return a condition as it stands behind a number: "by sweeps", "given OpenWebText2"."""
    return given if given.split()[0] in _LINKS else f"given {given}"


def badge(verdict: str, reason: str = "") -> str:
    """Return a verdict as HTML, with the reason where there is one."""
    text = f"{verdict}: {reason}" if reason else verdict
    title = f"{VERDICTS[verdict]}; {REASONS[reason]}" if reason else VERDICTS[verdict]
    return f'<span class="verdict verdict-{verdict}" title="{html.escape(title)}">{text}</span>'


def heard_item(each: Settlement) -> str:
    """Return a claim in short: who, the words, the verdict and a link to its card."""
    c = each.claim
    said = html.escape(_found(each), quote=False)
    return (
        f"<li><p>{html.escape(c.who)}: “{html.escape(c.quote, quote=False)}”</p>"
        f"<p>{badge(each.verdict, each.reason)} {said}"
        f'<a href="#claim-{c.id}" aria-label="Why: {c.id}">Why</a></p></li>'
    )


def _found(each: Settlement) -> str:
    """Return what was recomputed in short, by its conditions; nothing where it is no number."""
    c, several = each.claim, len(each.rows) > 1
    texts = []
    for row in each.rows:
        found = recomputed({"stated": c.stated, "unit": c.unit, **asdict(row)}, BRIEF)
        if found != "—":
            texts.append(f"{row.given}, {found}" if several and row.given else found)
    return f"Recomputed: {'; '.join(texts)}. " if texts else ""


def card(each: Settlement) -> str:
    """Return a claim as HTML: the words, what they say of which number, what came out, and why."""
    c = each.claim
    lines = [
        ("quote", f"<strong>{html.escape(c.who)}</strong>: “{html.escape(c.quote, quote=False)}”"),
        ("text", html.escape(c.claim, quote=False)),
        *(("numbers", line) for line in _number_lines(each)),
        ("why", html.escape(each.why, quote=False)),
    ]
    if c.supplied:
        supplied = html.escape(c.supplied, quote=False)
        lines.insert(2, ("supplied", f"Not the speaker's: {supplied}."))
    if c.follows_from:
        links = ", ".join(f'<a href="../ledger.html#claim-{i}">{i}</a>' for i in c.follows_from)
        lines.append(("derived", f"Follows from {links}."))
    return (
        f'<div class="claim-card" id="claim-{c.id}"><p class="claim-card-head">'
        f"{badge(each.verdict, each.reason)} "
        f'<a class="claim-id" href="#claim-{c.id}" title="Permanent link to this claim">'
        f"{c.id}</a></p>"
        + "".join(f'<p class="claim-card-{kind}">{line}</p>' for kind, line in lines)
        + "</div>"
    )


def _number_lines(each: Settlement) -> list[str]:
    """Return what was stated and what came out, a line for each condition."""
    c = each.claim
    word = claims.word(c.supplied).capitalize()
    said = f"{word}: {claims.stated(c.relation, c.stated, c.unit)}. " if c.numbers else ""
    if c.given and len(each.rows) > 1:
        said += f"Given {c.given}. "
    lines = []
    for row in each.rows:
        given = row.given or c.given
        where = f" ({condition(given)})" if given else ""
        found = recomputed({"stated": c.stated, "unit": c.unit, **asdict(row)}, BRIEF)
        sure = chance(row.probability, c.relation)
        verdict = f" {badge(row.verdict)}" if len(each.rows) > 1 else ""
        line = f"{said}Recomputed{where}: {found}{'; ' + sure if sure else ''}."
        lines.append(html.escape(line, quote=False) + verdict)
        said = ""
    return lines
