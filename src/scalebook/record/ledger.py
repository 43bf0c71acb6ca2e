"""The ledger: every claim as stated, joined with what its chapter found, and its history."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from scalebook.errors import ScalebookError
from scalebook.record import claims
from scalebook.record.claims import VOICES, Claim
from scalebook.record.judge import VERDICTS

Row = dict[str, Any]
Results = Mapping[str, Mapping[str, Any]]

_STATED = (
    "id", "source", "who", "voice", "where", "quote", "claim", "relation", "stated", "supplied",
    "unit", "digits", "within",
)  # fmt: skip
_FOUND = ("given", "recomputed", "low", "high", "probability", "verdict", "reason", "why", "rows")
_PENDING = {"verdict": "pending", "reason": "", "why": "", "given": "", "rows": []}


def rows(results: Results) -> list[Row]:
    """Join the claims with the results of the chapters, one row a claim; see `row`.

    Parameters
    ----------
    results : mapping
        Results by chapter, as `results.load_all` returns them.
    """
    return [row(claim, results.get(claim.chapter, {})) for claim in claims.load().values()]


def row(claim: Claim, result: Mapping[str, Any]) -> Row:
    """Join one claim with the results of its chapter.

    Returns
    -------
    dict
        ``id``, ``source``, ``who``, ``voice``, ``where``, ``quote``, ``claim``, ``relation``,
        ``stated``, ``supplied``, ``unit``, ``digits``, ``within``, ``given``, ``recomputed``,
        ``low``, ``high``, ``probability``, ``verdict``, ``reason``, ``why``, ``rows``,
        ``follows_from``, ``notebook``, ``history``. The verdict is ``pending`` where the chapter
        does not settle it.

    Raises
    ------
    ScalebookError
        If the results have a verdict that there is not.
    """
    found = next((e for e in result.get("claims", []) if e["id"] == claim.id), _PENDING)
    if found["verdict"] not in VERDICTS:
        raise ScalebookError(
            f"claim '{claim.id}' has no verdict that there is in the results of chapter "
            f"'{claim.chapter}': {found['verdict']}. Run `make book`, or "
            f"`scalebook run {claim.chapter}`."
        )
    return {
        **{name: getattr(claim, name) for name in _STATED},
        **{name: found.get(name) for name in _FOUND},
        "given": found["given"] or claim.given,
        "follows_from": list(claim.follows_from),
        "notebook": claim.chapter,
        "history": [asdict(moment) for moment in claim.history],
    }


def examined(ledger: Iterable[Row]) -> list[Row]:
    """Return the claims that were examined and count: not those pending, nor those derived."""
    return [each for each in ledger if each["verdict"] != "pending" and not each["follows_from"]]


def tally(ledger: Iterable[Row]) -> dict[str, int]:
    """Count claims by verdict, in the order of the verdicts, without those that never occur."""
    counts = Counter(each["verdict"] for each in ledger)
    return {verdict: counts[verdict] for verdict in VERDICTS if counts[verdict]}


def by_voice(ledger: Iterable[Row]) -> dict[str, list[Row]]:
    """Return the claims by who speaks: authors of the articles, commenters, others."""
    every = list(ledger)
    return {voice: [each for each in every if each["voice"] == voice] for voice in VOICES}


#: What is said of one input with a verdict, and of several.
_SAID = {
    "roughly": ("holds roughly", "hold roughly"),
    "fails": ("fails", "fail"),
    "open": ("is open", "are open"),
    "assumption": ("is an assumption", "are assumptions"),
    "pending": ("is pending", "are pending"),
}


def inputs(each: Row, ledger: Iterable[Row]) -> str:
    """Say what a derived claim stands on: "Follows from its inputs, of which 1 fails."."""
    known = {other["id"]: other["verdict"] for other in ledger}
    counts = Counter(known[name] for name in each["follows_from"])
    weak = [f"{n} {_SAID[verdict][n > 1]}" for verdict, n in counts.items() if verdict in _SAID]
    return f"Follows from its inputs, of which {' and '.join(weak) if weak else 'all hold'}."
