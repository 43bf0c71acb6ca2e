"""The command `claims`."""

import difflib
from typing import Annotated, Any

import typer

from scalebook import terminal
from scalebook.arguments import Json, at_most_one, choice, option
from scalebook.errors import ScalebookError
from scalebook.terminal import say
from scalinglaws.errors import shortened

app = typer.Typer()


def _ids() -> list[str]:
    from scalebook.record import claims

    return list(claims.load())


def _verdicts() -> list[str]:
    from scalebook.record.judge import VERDICTS

    return list(VERDICTS)


def _verdict(given: str) -> str:
    return choice("--verdict", _verdicts())(given)


@app.command("claims")
def show_claims(
    json: Json = False,
    id: Annotated[  # noqa: A002
        str | None, option("ID", "only this claim", complete=_ids)
    ] = None,
    verdict: Annotated[
        str | None,
        option("NAME", "only claims judged so, such as fails", read=_verdict, complete=_verdicts),
    ] = None,
) -> None:
    """Show the ledger of claims: what was said, and what comes out."""
    from scalebook.record import claims, ledger, results

    at_most_one({"id": id, "verdict": verdict})
    if id is None:
        rows = ledger.rows(results.load_all())
    else:  # needs the results of its own chapter only
        claim = claims.load().get(id) or _refuse(id)
        rows = [ledger.row(claim, results.load(claim.chapter))]
    rows = [row for row in rows if verdict in (None, row["verdict"])]
    if json:
        terminal.as_json(rows)
        return
    for row in rows:
        reason = f": {row['reason']}" if row["reason"] else ""
        say(f"{row['id']}  [{row['verdict']}{reason}]  {row['who']} ({row['source']})")
        say(f"    {row['claim']}")
        for line in _numbers(row):
            say(f"    {line}")
        say(f"    {row['why']}  ({row['notebook']})".replace("      (", "    ("))


def _refuse(given: str) -> Any:
    near = difflib.get_close_matches(given[:100], _ids(), n=3)
    hint = f" Did you mean {', '.join(near)}?" if near else ""
    raise ScalebookError(
        f"There is no claim {shortened(given)}.{hint} `scalebook claims` lists them."
    )


def _numbers(row: dict[str, Any]) -> list[str]:
    """Return what was stated and what came out, a line for each condition."""
    from scalebook.record.claims import stated
    from scalebook.record.verdicts import chance, condition, recomputed

    lines = []
    for each in row["rows"] or [row]:
        found = recomputed({**each, "stated": row["stated"], "unit": row["unit"]})
        given = f" {condition(each['given'])}" if each["given"] else ""
        sure = chance(each["probability"], row["relation"])
        found = "no number" if found == "—" else found
        lines.append(f"recomputed{given}: {found}" + (f" ({sure})" if sure else ""))
    if row["stated"] is not None:
        lines[0] = f"stated {stated(row['relation'], row['stated'], row['unit'])}; {lines[0]}"
    if row["rows"] and row["given"] != row["rows"][0]["given"]:
        lines[0] = f"given {row['given']}; {lines[0]}"
    return [line.replace("\u200b", "") for line in lines]  # where the page may break a line


claim = typer.Typer()
app.add_typer(claim, name="claim", help="Add a claim to the ledger.")


@claim.callback()
def _claim() -> None:
    """Add a claim to the ledger."""


@claim.command("new")
def new_claim() -> None:
    """Ask for a claim field by field, check each answer, and write it to its chapter's file.

    It is pending then, until the chapter computes it. Nothing is written before all is answered.
    """
    from scalebook.record import proposal

    say("Ctrl-C leaves everything as it was.")
    chapter, found = proposal.asked(_asked, say)
    source = ""
    if not proposal.known_source(found["source"]):
        say(f"The bibliography has no '{found['source']}' yet. Its entry:")
        source = proposal.source_entry(
            found["source"],
            {name: proposal.source_field(name, _asked, say) for name in proposal.SOURCE_FIELDS},
        )
    place = proposal.add(chapter, found, source)
    say(f"Written to {terminal.near(place)}; {found['id']} is pending.")
    say(f"Next: settle it in the outcome of chapter '{chapter}' (CONTRIBUTING.md, Add a claim).")


def _asked(question: str) -> str:
    try:
        return str(typer.prompt(question, default="", show_default=False))
    except typer.Abort:
        raise ScalebookError("Stopped; nothing was written.") from None
