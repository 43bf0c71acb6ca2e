"""What the book refuses."""

from scalinglaws.errors import ScalingLawsError


class ScalebookError(ScalingLawsError):
    """Something about a chapter, the ledger or a build that the user can put right."""

    def _render_traceback_(self) -> list[str]:
        """Return what Jupyter shows below a cell: the sentence, without the way to it."""
        return [f"{type(self).__name__}: {self}"]


class Unsuited(ScalebookError):
    """Data or values that a chapter cannot be computed from, as it says itself."""


class Faulty(ScalebookError):
    """What a chapter came to and must not, whatever its data: a fault of the chapter's own."""
