"""Recompute what is said about language-model scaling."""


def __getattr__(name: str) -> str:
    # When it is asked for: the program listens to signals before it imports anything.
    if name == "__version__":
        from scalinglaws import __version__

        return __version__
    raise AttributeError(name)
