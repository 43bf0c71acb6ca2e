"""What the chapter on models that are served finds, in sentences that follow the numbers."""

from scalebook.chapters import foresight
from scalebook.chapters.common import ends, runs_of
from scalebook.chapters.inference.steps import Laws
from scalebook.chapters.parameter import Parameters
from scalebook.show.numbers import qty
from scalebook.show.sentences import Said, finding


def loss(p: Parameters, laws: Laws) -> Said:
    """Say what loss the model is expected to have, and that no size of a served one was tried."""
    own = ends(laws.draws.loss(p.params, p.tokens), p.level)
    found = foresight.expected(runs_of(p)[1], p.level, params=p.params, tokens=p.tokens)
    return finding(
        f"How sure is that loss, of {qty(p.params)} parameters on {qty(p.tokens)} tokens? {foresight.of_loss(found, own)}",
        "The intervals of sizes and data here are the law's own as well: no best size of a model that is also served has been held to runs.",
    )  # fmt: skip
