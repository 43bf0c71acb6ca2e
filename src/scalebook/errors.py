"""The one exception that people are meant to see."""


class ScalebookError(Exception):
    """Something the user can put right.

    The message says what happened, what was expected, what came and what to do; the command line
    prints it without a traceback.
    """


def shortened(given: object, most: int = 60) -> str:
    """Return what was given as it is shown in a message: quoted, escaped, and not too long."""
    if isinstance(given, str) and len(given) > most:
        return f"{given[:most]!r}... ({len(given):,} characters)"
    if isinstance(given, int) and abs(given) >= 10**most:  # Python refuses to write a longer one
        return "a whole number of very many digits"
    try:
        text = repr(given)
    except ValueError:
        text = f"a {type(given).__name__}"
    return text if len(text) <= most else f"{text[:most]}..."
