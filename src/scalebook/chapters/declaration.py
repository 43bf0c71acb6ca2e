"""Parameters as a chapter's notebook declares them, in its first code cell.

There they are stated once, one to a line::

    compute: float = 5.76e23  # FLOP, budget of the plan [1e15, 1e32]; hoffmann2022, Section 3.4

that is, name, type and default, and in a comment unit, meaning, bounds (both allowed) and source. A
pure number has no unit, or 1 where there is a comma in its meaning; texts and truth values have
neither unit nor bounds.
The cell is read token by token and never run.
"""

import ast
import dataclasses
import io
import json
import re
import tokenize
from collections.abc import Iterator, Mapping
from pathlib import Path

from scalebook.chapters.parameter import Parameter
from scalebook.errors import ScalebookError
from scalinglaws.errors import ScalingLawsError, shortened

_KINDS = {kind.__name__: kind for kind in (float, int, str, bool)}
_NUMBER = re.compile(
    r"#\s*(?:(?P<unit>[^,\[\]]+), )?(?P<meaning>[^\[\]]+?) "
    r"\[(?P<low>[^,\[\]]+), (?P<high>[^,\[\]]+)\]; (?P<source>.+)"
)
_TEXT = re.compile(r"#\s*(?P<meaning>[^;\[\]]+); (?P<source>.+)")
_FORM = "NAME: TYPE = VALUE  # UNIT, MEANING [LOW, HIGH]; SOURCE"


def read(notebook: Path, choices: Mapping[str, tuple[str, ...]]) -> tuple[Parameter, ...]:
    """Return the parameters that a notebook declares, in its order.

    Parameters
    ----------
    notebook : Path
    choices : mapping of str to tuple of str
        The texts that a parameter may be, where they are few.

    Raises
    ------
    ScalebookError
        If the notebook cannot be read, has no parameters cell, or has a line in it that does not
        declare a parameter; the message has the line.
    """
    where = f"{notebook.name}, parameters cell"
    found: dict[str, Parameter] = {}
    for line in _lines(_cell(notebook), where):
        parameter = _parameter(line, where, choices)
        if parameter.name in found:
            raise ScalebookError(f"{where}: '{parameter.name}' stands there twice.")
        found[parameter.name] = parameter
    return tuple(found.values())


def _cell(notebook: Path) -> str:
    try:
        cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
        found = [c for c in cells if "parameters" in c["metadata"].get("tags", ())]
        sources = ["".join(cell["source"]) for cell in found]
    except OSError as error:
        raise ScalebookError(f"{notebook} cannot be read: {error.strerror}.") from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise ScalebookError(f"{notebook} is no Jupyter notebook of version 4.") from None
    if any("injected-parameters" in cell["metadata"].get("tags", ()) for cell in cells):
        raise ScalebookError(
            f"{notebook.name}: it has a cell with values that papermill put in. Put them into the "
            "parameters cell and delete that cell, or give them with -p to the notebook without it."
        )
    if len(sources) != 1:
        raise ScalebookError(
            f"{notebook.name}: {len(sources)} cells have the tag 'parameters'; expected one, which "
            "declares the parameters."
        )
    return sources[0]


def _lines(source: str, where: str) -> Iterator[list[tokenize.TokenInfo]]:
    """Yield the tokens of each line of code, without those that only lay it out."""
    skipped = {tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
    line: list[tokenize.TokenInfo] = []
    try:
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            if token.type == tokenize.NEWLINE:
                yield line
                line = []
            elif token.type not in skipped and (line or token.type != tokenize.COMMENT):
                line.append(token)
    except (tokenize.TokenError, SyntaxError) as error:
        raise ScalebookError(f"{where}: it is no Python: {error.args[0]}.") from None


def _parameter(
    line: list[tokenize.TokenInfo], where: str, choices: Mapping[str, tuple[str, ...]]
) -> Parameter:
    text = line[0].line.strip()
    bad = f"{where}: {shortened(text)}: "
    marks = [token.string for token in line[1:4:2]]
    if len(line) < 6 or marks != [":", "="] or line[2].string not in _KINDS:
        raise ScalebookError(f"{bad}expected {_FORM}.")
    name, kind, comment = line[0].string, _KINDS[line[2].string], line[-1].string
    number = kind in (float, int)
    said = (_NUMBER if number else _TEXT).fullmatch(comment)
    if said is None:
        form = _FORM if number else f"{_FORM}, without unit or bounds"
        raise ScalebookError(f"{bad}expected {form}.")
    try:
        value = ast.literal_eval(" ".join(token.string for token in line[4:-1]))
        if not isinstance(value, float | int | str):
            raise ValueError
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        raise ScalebookError(
            f"{bad}the value is to be a number or a text as it stands, such as 5.76e23 or '70B', "
            "and no expression."
        ) from None
    unit = said["unit"] if number and said["unit"] not in (None, "1") else ""
    parameter = Parameter(
        name, kind, value, unit, said["meaning"], choices=choices.get(name, ()),
        source=said["source"],
    )  # fmt: skip
    try:
        if number:  # a bound is a number like those that it is for
            low, high = parameter.number(said["low"]), parameter.number(said["high"])
            parameter = dataclasses.replace(parameter, low=low, high=high)
            if low > high:
                raise ScalebookError(
                    f"{shortened(text)}: the bounds are {said['low']} and {said['high']}; expected "
                    "the lower first."
                )
        return dataclasses.replace(parameter, default=parameter.read(value))
    except ScalingLawsError as error:
        raise ScalebookError(f"{where}: {error}") from None
