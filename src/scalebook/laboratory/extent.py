"""Which sizes and lengths of each network make up the grid; chapters ask what is missing."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Grid:
    """Sizes and lengths of the runs of one kind of network.

    Attributes
    ----------
    widths : tuple of int
    steps : tuple of int
        Lengths, of `BATCH` symbols a step, increasing.
    """

    widths: tuple[int, ...]
    steps: tuple[int, ...]


#: Symbols of a step.
BATCH = 64
#: Share of the steps of a run over which its learning rate rises.
WARM = 0.1

_STEPS = (160, 340, 740, 1600, 3400, 7400, 16_000, 34_000, 74_000, 160_000)

GRIDS = {
    "perceptron": Grid((2, 4, 6, 10, 16, 26, 42, 68, 110, 160), _STEPS),
    "transformer": Grid((2, 4, 6, 8, 12, 16, 24, 32, 48, 64), _STEPS[:-1]),
}
#: A corner of the grid, whose runs are those of the whole.
REDUCED = {
    "perceptron": Grid((4, 16), _STEPS[:3]),
    "transformer": Grid((4, 8), _STEPS[:2]),
}
