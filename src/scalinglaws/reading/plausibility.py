"""Whether the numbers of a table can be in the units that are expected of them."""

from collections.abc import Mapping, Sequence

import numpy as np

from scalinglaws.errors import ScalingLawsError
from scalinglaws.units import Floats, training_flop


def check(values: Mapping[str, Floats], rows: Sequence[int], name: str) -> None:
    """Complain of numbers that can only be in another unit than the one expected.

    Parameters
    ----------
    values : mapping of str to numpy.ndarray
        Positive params, tokens, flop and loss, shape (n,) each.
    rows : sequence of int
        Their rows in the table.
    name : str
        What to call the table.

    Raises
    ------
    ScalingLawsError
        If there are such.

    Examples
    --------
    >>> import numpy as np
    >>> values = dict.fromkeys(["params", "tokens", "flop", "loss"], np.array([70.0]))
    >>> check(values, [1], "mine.csv")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    scalinglaws.errors.ScalingLawsError: mine.csv: the largest params is 70; ...
    """
    for column in ("params", "tokens"):
        most = values[column].max()
        if most < 1000:
            raise ScalingLawsError(
                f"{name}: the largest {column} is {most:g}; expected plain counts. If the table is "
                "in millions or billions, multiply it out; if tokens come from flop, check both."
            )
    worst = int(np.argmax(values["loss"]))
    if values["loss"][worst] > 25:
        raise ScalingLawsError(
            f"{name}, row {rows[worst]}: loss is {values['loss'][worst]:g}; a loss in nats per "
            "token does not come to that for any tokenizer. If it is a perplexity, take its "
            "logarithm."
        )
    ratio = float(np.median(values["flop"] / training_flop(values["params"], values["tokens"])))
    if not 0.2 <= ratio <= 5:
        raise ScalingLawsError(
            f"{name}: flop is {ratio:.3g} times 6 params tokens, expected about once. Give flop in "
            "FLOP, params and tokens as plain counts, or leave one of tokens and flop out: "
            'columns={"flop": ""}.'
        )
