"""What people are told that they can put right."""


class ScalingLawsError(Exception):
    """Something the user can put right.

    The message says what happened, what was expected, what came and what to do, so that it can be
    shown to them as it is.

    Examples
    --------
    >>> from scalinglaws import parse_quantity
    >>> parse_quantity("1e400")
    Traceback (most recent call last):
    scalinglaws.errors.ScalingLawsError: '1e400' is not a quantity: expected a number below 1e308.
    """


class UnknownName(ScalingLawsError, KeyError):
    """A name that is not among those known; the message gives the nearest.

    Examples
    --------
    >>> from scalinglaws import published
    >>> try:
    ...     published["besiroglu"]
    ... except KeyError as error:
    ...     print(error)
    There is no law 'besiroglu'. Did you mean 'besiroglu2024'?
    """

    __str__ = Exception.__str__  # that of KeyError would quote the message


def shortened(given: object, most: int = 60) -> str:
    """Return what was given as it is shown in a message: quoted, escaped, and not too long.

    Parameters
    ----------
    given : object
        What to show.
    most : int
        Characters of it to show, > 0.

    Returns
    -------
    str
        On one line.

    Examples
    --------
    >>> print(shortened("70 billions"), shortened("9" * 1000, most=5))
    '70 billions' '99999'... (1,000 characters)
    """
    if isinstance(given, str) and len(given) > most:
        return f"{given[:most]!r}... ({len(given):,} characters)"
    if isinstance(given, int) and abs(given) >= 10**most:  # Python refuses to write a longer one
        return "a whole number of very many digits"
    try:
        text = repr(given)
    except ValueError:
        text = f"a {type(given).__name__}"
    return text if len(text) <= most else f"{text[:most]}..."
