"""What the book refuses."""

from scalinglaws.errors import ScalingLawsError


class ScalebookError(ScalingLawsError):
    """Something about a chapter, the ledger or a build that the user can put right."""
