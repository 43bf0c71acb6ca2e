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
    from scalebook.record import claims

    return list(claims.VERDICTS)


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
        option(
            "NAME", "only claims judged so, such as contradicted", read=_verdict, complete=_verdicts
        ),
    ] = None,
) -> None:
    """Show the ledger of claims: what was said, and what comes out."""
    from scalebook.record import claims, results

    at_most_one({"id": id, "verdict": verdict})
    if id is None:
        rows = claims.ledger_rows(results.load_all())
    else:  # needs the results of its own chapter only
        claim = claims.load().get(id) or _refuse(id)
        rows = [claims.ledger_row(claim, results.load(claim.chapter))]
    rows = [row for row in rows if verdict in (None, row["verdict"])]
    if json:
        terminal.as_json(rows)
        return
    for row in rows:
        say(f"{row['id']}  [{row['verdict']}]  {row['who']} ({row['source']})")
        say(f"    {row['claim']}")
        say(f"    {_numbers(row)}")
        say(f"    {row['why']}  ({row['notebook']})")


def _refuse(given: str) -> Any:
    near = difflib.get_close_matches(given[:100], _ids(), n=3)
    hint = f" Did you mean {', '.join(near)}?" if near else ""
    raise ScalebookError(
        f"There is no claim {shortened(given)}.{hint} `scalebook claims` lists them."
    )


def _numbers(row: dict[str, Any]) -> str:
    from scalebook.record.claims import recomputed
    from scalebook.show.numbers import quantity

    found = "nothing" if row["recomputed"] is None else recomputed(row)
    text = f"stated {quantity(row['stated'], row['unit'])}, recomputed {found}"
    return text.replace("\u200b", "")  # where the page may break a line
