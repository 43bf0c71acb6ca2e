"""The one exception that people are meant to see."""


class ScalebookError(Exception):
    """Something the user can put right.

    The message says what happened, what was expected, what came and what to do; the command line
    prints it without a traceback.
    """
