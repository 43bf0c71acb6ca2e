"""The command `calculate`."""

from collections.abc import Iterator, Mapping
from typing import Annotated

import typer

from scalebook import terminal
from scalebook.arguments import Json, argument, named, option
from scalebook.errors import ScalebookError
from scalebook.terminal import say
from scalinglaws.errors import shortened

app = typer.Typer()


def _names() -> list[str]:
    from scalebook.calculators import formulas

    return list(formulas.calculator_names())


def _assignments(context: typer.Context) -> Iterator[tuple[str, str]]:
    from scalebook.calculators import formulas

    name = named(context, "calculator")
    if name in formulas.calculator_names():
        for each in formulas.fields(name):
            yield f"{each.name}=", each.meaning


@app.command()
def calculate(
    calculator: Annotated[str, argument("NAME", "planner, units, gpt4 or supply", _names)],
    values: Annotated[
        list[str],
        option("name=value", "a value; give it again for another", "-p", complete=_assignments),
    ] = [],  # noqa: B006
    json: Json = False,
) -> None:
    """Answer as a calculator of the book does.

    Without -p it takes the defaults, and tells their names and units.
    """
    from scalebook.calculators import forms, formulas
    from scalebook.execution import parameters

    given = parameters.read_assignments(values)
    _check_names(calculator, given)
    answer = formulas.calculate(calculator, given)
    if json:
        terminal.as_json(forms.plain(answer))
    else:
        say(forms.inputs(calculator, formulas.check(calculator, given)))
        say()
        say(forms.text(calculator, answer))


def _check_names(calculator: str, given: Mapping[str, object]) -> None:
    """Refuse an unknown name with all that there are, their units and defaults."""
    from scalebook.calculators import formulas
    from scalebook.execution.parameters import nearest

    known = {each.name: each.label for each in formulas.fields(calculator)}
    for name in given:
        if name not in known:
            near = nearest(name, list(known))
            hint = f" Did you mean '{near}'?" if near else ""
            raise ScalebookError(
                f"{calculator}: unknown value {shortened(name)}.{hint} It takes "
                f"{', '.join(known.values())}."
            )
