"""The ledger: what was claimed, what comes out, and the verdict that follows from the two.

`data/claims.yml` holds the claims as stated. The chapter that owns a claim settles it with
`settle`, which compares numbers and derives the verdict; nobody writes a verdict.
"""

import html
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import numpy as np

from scalebook import documents
from scalebook.contents import CHAPTERS
from scalebook.errors import ScalebookError
from scalebook.show.numbers import Numbers, listed, quantity, significant
from scalinglaws import datapackage
from scalinglaws.errors import shortened

#: The verdicts and what each means.
VERDICTS = {
    "reproduced": "follows from its inputs at the precision stated",
    "rounded": "off in the last digit or within the hedge (about, roughly)",
    "wrong-unit": "the number is right, the unit printed with it is not",
    "misquoted": "the primary source says something else",
    "contradicted": "what the claim leans on says otherwise, beyond the interval",
    "coincidence": "the figure is near right, the derivation is not",
    "underdetermined": "the inputs do not fix it",
    "assumption": "nothing to compute; kept as a parameter",
}

Against = Literal["arithmetic", "source", "law", "unit", "derivation", "nothing"]

_FIELDS = {"id", "source", "who", "claim", "stated", "unit", "precision", "chapter"}
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,60}")
_PRECISIONS = {"printed": "digits", "hedged": "hedge", "exact": None}


@dataclass(frozen=True)
class Claim:
    """A claim as stated.

    Attributes
    ----------
    id, source, who, claim, unit, chapter : str
        Identifier, bibliography key of the article, speaker, wording, unit of `stated`, chapter.
    stated : float or list of float
    hedge : float
        Relative difference that the wording allows ("about"), 0 if none.
    digits : int
        Significant digits printed, 0 where the claim is exact or only hedged.
    """

    id: str
    source: str
    who: str
    claim: str
    stated: float | list[float]
    unit: str
    chapter: str
    hedge: float = 0.0
    digits: int = 0


@dataclass(frozen=True)
class Settlement:
    """Outcome of one claim; shows itself as a card in the notebook."""

    claim: Claim
    recomputed: float | list[float] | None
    low: float | list[float] | None
    high: float | list[float] | None
    verdict: str
    why: str

    def entry(self) -> dict[str, object]:
        """Return the outcome as it is recorded in a chapter's results."""
        return {
            "id": self.claim.id,
            "stated": self.claim.stated,
            "unit": self.claim.unit,
            "recomputed": self.recomputed,
            "low": self.low,
            "high": self.high,
            "verdict": self.verdict,
            "why": self.why,
        }

    def _repr_html_(self) -> str:
        c = self.claim
        lines = {
            "text": f"<strong>{html.escape(c.who)}</strong>: {html.escape(c.claim, quote=False)}",
            "numbers": f"Stated: {quantity(c.stated, c.unit)}. "
            f"Recomputed: {recomputed(self.entry())}.",
            "why": html.escape(self.why, quote=False),
        }
        return (
            f'<div class="claim-card" id="claim-{c.id}"><p class="claim-card-head">'
            f'<span class="verdict verdict-{self.verdict}">{self.verdict}</span> '
            f'<a class="claim-id" href="#claim-{c.id}" title="Permanent link to this claim">'
            f"{c.id}</a></p>"
            + "".join(f'<p class="claim-card-{kind}">{line}</p>' for kind, line in lines.items())
            + "</div>"
        )

    def __repr__(self) -> str:
        return f"{self.claim.id}: {self.verdict}. {self.why}"


class Verdicts(tuple[Settlement, ...]):
    """Verdicts on several claims; shows itself as their cards."""

    def _repr_html_(self) -> str:
        return "\n".join(each._repr_html_() for each in self)

    def __repr__(self) -> str:
        return "\n".join(map(repr, self))


class Heard(tuple[Settlement, ...]):
    """Where a reader may have heard what a chapter is about: some of its claims in short."""

    def _repr_html_(self) -> str:
        items = "".join(
            f"<li><p>{html.escape(each.claim.who)}: "
            f"{html.escape(each.claim.claim, quote=False)}</p>"
            f'<p><span class="verdict verdict-{each.verdict}">{each.verdict}</span> '
            f"Recomputed: {recomputed(each.entry())}. "
            f'<a href="#claim-{each.claim.id}" aria-label="Why: {each.claim.id}">Why</a></p></li>'
            for each in self
        )
        return f'<ul class="heard">{items}</ul>'

    def __repr__(self) -> str:
        return "\n".join(map(repr, self))


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


@cache
def load() -> dict[str, Claim]:
    """Return the claims as stated, by id, in the order of the file.

    Raises
    ------
    ScalebookError
        If the file is malformed; the message names the claim and the field.
    """
    path = datapackage.folder() / "claims.yml"
    entries = documents.read(path, "the list of claims")
    if not isinstance(entries, list):
        raise ScalebookError(f"{path.name}: expected a list of claims, each starting with '- id:'.")
    claims: dict[str, Claim] = {}
    for number, entry in enumerate(entries, start=1):
        claim = parse(entry, f"{path.name}, claim {number}")
        if claim.id in claims:
            raise ScalebookError(f"{path.name}: claim '{claim.id}' stands there twice.")
        claims[claim.id] = claim
    return claims


def parse(entry: Any, where: str) -> Claim:
    """Read one claim from its entry in the file, or say which field is wrong.

    Raises
    ------
    ScalebookError
    """
    if not isinstance(entry, dict):
        raise ScalebookError(f"{where}: expected fields {', '.join(sorted(_FIELDS))}.")
    where = f"{where} ({shortened(entry.get('id', '?'))})"
    precision = entry.get("precision")
    if not isinstance(precision, str) or precision not in _PRECISIONS:
        raise ScalebookError(
            f"{where}: precision is {shortened(precision)}; expected one of "
            f"{', '.join(_PRECISIONS)}."
        )
    extra = _PRECISIONS[precision]
    expected = _FIELDS | ({extra} if extra else set())
    if set(entry) != expected:
        missing = ", ".join(sorted(expected - set(entry))) or "nothing"
        unknown = ", ".join(sorted(_brief(k) for k in set(entry) - expected)) or "nothing"
        raise ScalebookError(f"{where}: missing {missing}; not expected: {unknown}.")
    _check_fields(entry, where)
    return Claim(**{k: v for k, v in entry.items() if k != "precision"})


def _check_fields(entry: dict[str, Any], where: str) -> None:
    """Complain of a field whose value is none that the field takes."""
    for name in ("id", "source", "who", "claim", "unit", "chapter"):
        value = entry[name]
        if not isinstance(value, str) or not value.strip():
            raise ScalebookError(f"{where}: {name} is {shortened(value)}; expected a text.")
    if not _ID.fullmatch(entry["id"]):
        raise ScalebookError(
            f"{where}: expected an id of letters, digits, dots and hyphens, such as n-gpt4-ratio."
        )
    if entry["chapter"] not in CHAPTERS:
        raise ScalebookError(
            f"{where}: chapter is {shortened(entry['chapter'])}; expected one of "
            f"{', '.join(CHAPTERS)}."
        )
    stated = entry["stated"]
    values = stated if isinstance(stated, list) else [stated]
    if not values or not all(map(_is_number, values)):
        raise ScalebookError(
            f"{where}: stated is {shortened(stated)}; expected a number or a list of them."
        )
    digits, hedge = entry.get("digits", 1), entry.get("hedge", 0.5)
    if not isinstance(digits, int) or isinstance(digits, bool) or not 1 <= digits <= 15:
        raise ScalebookError(f"{where}: digits is {shortened(digits)}; expected 1 to 15.")
    if not _is_number(hedge) or not 0 < hedge < 1:
        raise ScalebookError(
            f"{where}: hedge is {shortened(hedge)}; expected a share between 0 and 1, such as 0.2."
        )


def _is_number(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def _brief(name: object) -> str:
    return str(name) if len(str(name)) <= 40 else f"{str(name)[:40]}..."


def closeness(claim: Claim, recomputed: Numbers) -> Literal["same", "near", "off"]:
    """Compare what was stated with what came out.

    "same": equal at the precision stated. "near": within the hedge, or within one unit of the last
    digit printed. "off": neither.
    """
    stated, found = np.array(listed(claim.stated)), np.array(listed(recomputed))
    if stated.shape != found.shape:
        raise ScalebookError(
            f"claim '{claim.id}' states {stated.size} numbers, {found.size} were recomputed."
        )
    difference = np.abs(stated - found)
    rounding = 1e-12 * np.abs(stated)
    if claim.digits:
        power = np.floor(np.log10(np.where(stated == 0, 1.0, np.abs(stated))))
        last = 10.0 ** (power - claim.digits + 1)
        same, near = last / 2 + rounding, last + rounding
    else:
        same, near = rounding, claim.hedge * np.abs(stated) + rounding
    if (difference <= same).all():
        return "same"
    return "near" if (difference <= np.maximum(near, claim.hedge * np.abs(stated))).all() else "off"


def judge(
    claim: Claim,
    recomputed: Numbers | None,
    low: Numbers | None = None,
    high: Numbers | None = None,
    *,
    against: Against = "arithmetic",
    as_printed: Numbers | None = None,
    step_holds: bool | None = None,
) -> str:
    """Derive the verdict from the numbers.

    Parameters
    ----------
    claim : Claim
    recomputed : float or sequence, optional
        In the claim's own unit; None where nothing can be computed.
    low, high : float or sequence, optional
        Interval of `recomputed`.
    against : str
        What the claim is held against. "arithmetic": its own inputs. "source": what the primary
        source says. "law": a law or data with an interval. "unit": the same quantity in the unit
        printed; `as_printed` is then the number in the unit that was meant. "derivation": the
        figure and the steps to it; `step_holds` says whether these hold. "nothing": assumptions.
    """
    if against == "nothing" or recomputed is None:
        return "assumption" if against == "nothing" else "underdetermined"
    match = closeness(claim, recomputed)
    if against == "unit":
        if as_printed is None:
            raise ScalebookError(f"claim '{claim.id}': a unit is checked with as_printed.")
        if match == "off" and closeness(claim, as_printed) != "off":
            return "wrong-unit"
    if against == "derivation" and match != "off" and step_holds is False:
        return "coincidence"
    if match != "off":
        return {"same": "reproduced", "near": "rounded"}[match]
    if against == "source":
        return "misquoted"
    if against == "law" and low is not None and high is not None:
        stated = np.array(listed(claim.stated))
        inside = (np.array(listed(low)) <= stated) & (stated <= np.array(listed(high)))
        return "underdetermined" if inside.all() else "contradicted"
    return "contradicted"


def settle(
    claim_id: str,
    recomputed: Numbers | None,
    low: Numbers | None = None,
    high: Numbers | None = None,
    *,
    why: str,
    against: Against = "arithmetic",
    as_printed: Numbers | None = None,
    step_holds: bool | None = None,
) -> Settlement:
    """Settle a claim; see `judge` for the arguments.

    Parameters
    ----------
    why : str
        One or two sentences, with the numbers that decide.

    Raises
    ------
    ScalebookError
        If there is no such claim, or the numbers do not match it in kind.
    """
    known = load()
    if claim_id not in known:
        raise ScalebookError(f"claim '{claim_id}' is not in data/claims.yml. Add it there first.")
    claim = known[claim_id]
    verdict = judge(
        claim, recomputed, low, high,
        against=against, as_printed=as_printed, step_holds=step_holds,
    )  # fmt: skip
    return Settlement(claim, _plain(recomputed), _plain(low), _plain(high), verdict, why)


def entries(chapter: str, verdicts: Iterable[Settlement]) -> list[dict[str, object]]:
    """Return what is recorded of the claims of a chapter, in the order of the file.

    Raises
    ------
    ScalebookError
        If a claim of the chapter has no verdict.
    """
    settled = {each.claim.id: each for each in verdicts}
    own = [claim for claim in load().values() if claim.chapter == chapter]
    for claim in own:
        if claim.id not in settled:
            raise ScalebookError(
                f"claim '{claim.id}' (data/claims.yml) belongs to chapter '{chapter}', which does "
                f"not settle it. Add claims.settle('{claim.id}', ...) to its verdicts."
            )
    return [settled[claim.id].entry() for claim in own]


def ledger_rows(results: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Join the claims with the results of the chapters.

    Parameters
    ----------
    results : dict
        Results by chapter, as `results.load_all` returns them.

    Returns
    -------
    list of dict
        One row a claim: id, source, who, claim, stated, unit, recomputed, low, high, verdict, why,
        notebook.

    Raises
    ------
    ScalebookError
        If a claim has no verdict in the results of its chapter.
    """
    return [ledger_row(claim, results.get(claim.chapter, {})) for claim in load().values()]


def ledger_row(claim: Claim, result: dict[str, Any]) -> dict[str, Any]:
    """Join one claim with the results of its chapter, as `ledger_rows` does.

    Raises
    ------
    ScalebookError
        If it has no verdict there.
    """
    found = next((e for e in result.get("claims", []) if e["id"] == claim.id), None)
    if found is None or found["verdict"] not in VERDICTS:
        raise ScalebookError(
            f"claim '{claim.id}' has no verdict in the results of chapter '{claim.chapter}'. "
            f"Run `make book`, or `scalebook run {claim.chapter}`."
        )
    return {
        "id": claim.id,
        "source": claim.source,
        "who": claim.who,
        "claim": claim.claim,
        **{key: found[key] for key in ("stated", "unit", "recomputed", "low", "high")},
        "verdict": found["verdict"],
        "why": found["why"],
        "notebook": claim.chapter,
    }


def recomputed_digits(row: Mapping[str, Any]) -> int:
    """Return the digits to show of what was recomputed: one more than stated, three at least."""
    return max(3, *(significant(v) + 1 for v in listed(row["stated"])))


def recomputed(row: Mapping[str, Any]) -> str:
    """Format what was recomputed, with its interval where there is one."""
    pairs: list[tuple[float, float]] = []
    if row["low"] is not None and row["high"] is not None:
        pairs = list(zip(listed(row["low"]), listed(row["high"]), strict=True))
    return quantity(row["recomputed"], row["unit"], recomputed_digits(row), pairs)


def _plain(value: Numbers | None) -> float | list[float] | None:
    if value is None:
        return None
    values = listed(value)
    if not all(math.isfinite(v) for v in values):
        raise ScalebookError(f"a settled claim needs finite numbers, got {value!r}.")
    return values[0] if np.ndim(value) == 0 else values
