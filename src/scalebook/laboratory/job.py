"""One job of the laboratory: `python -m scalebook.laboratory.job jobs/NAME.json`, by Snakemake.

All lengths of one size, or one experiment. Each length is put down when it is done, so that a job
that is killed loses no more than the length that it was at.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

from scalebook.errors import ScalebookError
from scalinglaws.errors import ScalingLawsError


def main(task: Path) -> int:
    """Do what is not done yet, and return 1 with a line if it cannot be done."""
    given = json.loads(task.read_bytes())
    try:
        return _size(given) if "width" in given else _experiment(given)
    except ScalingLawsError as error:
        print(error, file=sys.stderr)
    except RuntimeError as error:  # what JAX raises when a device fails or vanishes
        print(
            f"{task.stem}: the device stopped computing ({str(error).splitlines()[0]}). What was "
            "done is kept; call again to go on, with JAX_PLATFORMS=cpu to do without a GPU.",
            file=sys.stderr,
        )
    return 1


def _size(given: dict[str, Any]) -> int:
    places = [Path(given["folder"]) / f"{steps}.json" for steps in given["steps"]]
    rate = None
    for at, place in enumerate(places):
        if not place.is_file():
            from scalebook.laboratory import grid  # takes a second, and what is done needs no JAX

            found = grid.cell(
                given["source"], given["learner"], given["width"], given["steps"], at,
                rate or grid.FIRST_RATE,
            )  # fmt: skip
            put(place, {**grid.as_rows(found), "made_with": made_with()})
        rate = json.loads(place.read_bytes())["rate"]
    return 0


def _experiment(given: dict[str, Any]) -> int:
    from scalebook.laboratory import experiments

    place = Path(given["folder"]) / f"{given['experiment']}.json"
    if not place.is_file():
        rows = experiments.run(given["experiment"], given["reduced"])
        put(place, {"rows": rows, "made_with": made_with()})
    return 0


def made_with() -> str:
    """Say which versions computed, and on what."""
    import jax
    import numpy as np

    return f"jax {jax.__version__}, numpy {np.__version__}, {jax.default_backend()}"


def put(place: Path, content: object) -> None:
    """Write a file whole or not at all."""
    place.parent.mkdir(parents=True, exist_ok=True)
    half = place.with_suffix(f".{os.getpid()}")
    try:
        half.write_text(json.dumps(content), encoding="utf-8")
    except OSError as error:
        half.unlink(missing_ok=True)
        raise ScalebookError(f"{place}: {error.strerror}.") from None
    half.replace(place)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
