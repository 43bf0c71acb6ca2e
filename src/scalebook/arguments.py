"""What the commands take, read and refused in our own words."""

import difflib
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any

import typer

from scalebook.errors import ScalebookError
from scalinglaws.errors import ScalingLawsError, shortened


def argument(metavar: str, meaning: str, complete: Callable[..., Any] | None = None) -> Any:
    """Return an argument that has to be given."""
    return typer.Argument(metavar=metavar, help=meaning, autocompletion=complete)


def option(
    metavar: str,
    meaning: str,
    *names: str,
    read: Callable[..., Any] | None = None,
    complete: Callable[..., Any] | None = None,
) -> Any:
    """Return an option that takes a value; named as its parameter is, unless there are names."""
    return typer.Option(*names, metavar=metavar, help=meaning, parser=read, autocompletion=complete)


def flag(name: str, meaning: str) -> Any:
    """Return an option that takes no value."""
    return typer.Option(name, help=meaning)


Json = Annotated[bool, flag("--json", "print it as JSON, for a program")]


class WrongUse(typer.TyperException):
    """A command that was called as it cannot be."""

    exit_code = 2


def whole(option: str) -> Callable[[object], int]:
    """Return what reads a whole number given as an option."""

    def read(given: object) -> int:
        value = _number(given)
        if value is None or not value.is_integer():
            raise WrongUse(f"{option} {shortened(given)}: expected a whole number, such as 1000.")
        return given if isinstance(given, int) else int(value)

    return read


def number(option: str) -> Callable[[object], float]:
    """Return what reads a number given as an option."""

    def read(given: object) -> float:
        value = _number(given)
        if value is None:
            raise WrongUse(f"{option} {shortened(given)}: expected a number, such as 0.5.")
        return value

    return read


def _number(given: object) -> float | None:
    from scalinglaws.quantities import parse_quantity

    try:
        return parse_quantity(str(given))
    except ScalingLawsError:
        return None


def positive(option: str, text: str | None, meaning: str, unit: str) -> float:
    """Return a positive number given as an option, with its unit or without.

    Parameters
    ----------
    option : str
        As it is typed: "--tokens".
    text : str or None
        None where it was not given.
    meaning : str
        What it is: "number of tokens".
    unit : str
        The unit of a number that comes without one, and of what is returned.

    Raises
    ------
    ScalebookError
        If there is none, or it is no positive number in that unit or one that converts.

    Examples
    --------
    >>> positive("--tokens", "1.4 trillion tokens", "number of tokens", "tokens")
    1400000000000.0
    """
    from scalinglaws.quantities import parse_quantity

    if text is None:
        raise ScalebookError(f"{option} is missing: expected a positive {meaning}.")
    try:
        value = parse_quantity(text, unit)
    except ScalingLawsError as error:
        raise ScalebookError(f"{option}: {error}") from None
    if not value > 0:
        raise ScalebookError(f"{option} {text.strip()}: expected a positive {meaning}.")
    return value


def choice(option: str, known: Sequence[str]) -> Callable[[str], str]:
    """Return what reads one of some words given as an option."""

    def read(given: str) -> str:
        if given in known:
            return given
        near = difflib.get_close_matches(given[:100], known, n=1)
        hint = f" Did you mean {near[0]}?" if near else ""
        raise WrongUse(f"{option} {shortened(given)}: expected one of {', '.join(known)}.{hint}")

    return read


def named(context: typer.Context, argument: str) -> str:
    """Return an argument that stands before what the shell is to complete; empty if none does."""
    # An option whose value is still to come keeps typer from telling arguments by name.
    return str(context.params.get(argument) or next(iter(context.args), ""))


def at_most_one(given: Mapping[str, object]) -> str | None:
    """Return the name of the one option that was given, and None if none was.

    Raises
    ------
    WrongUse
        If there are several.
    """
    names = [name for name, value in given.items() if value is not None]
    if len(names) > 1:
        raise WrongUse(f"--{names[1]} does not go with --{names[0]}. Leave one of them out.")
    return names[0] if names else None
