"""One job of a sweep: `python -m scalebook.sweep.job batches/NUMBER.json`, called by Snakemake.

The process stays up for all runs of the job, and calls the chapter's function for each.
"""

import json
import os
import signal
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from scalebook import contents
from scalebook.chapters.parameter import Parameters, Value
from scalebook.errors import ScalebookError
from scalebook.record.results import Record
from scalebook.sweep.store import Rows, Store, line
from scalinglaws.errors import ScalingLawsError


def main(batch: Path) -> int:
    """Run a batch, one run after the other; return 1 if any of them failed."""
    task = json.loads(batch.read_bytes())
    plan = json.loads(Path(task["plan"]).read_bytes())
    os.chdir(plan["cwd"])
    store, failed = Store(Path(plan["folder"]), Path(plan["notebook"])), False
    with Path(task["out"]).open("ab", buffering=0) as out:
        there = Rows([Path(task["out"])])  # a cluster may have started this job before
        for key, row in task["runs"]:
            if key not in there.places:
                values = {**plan["fixed"], **dict(zip(plan["swept"], row, strict=True))}
                found = _tried(key, values, plan, store)
                failed = failed or "message" in found
                out.write(line({"key": key, "parameters": values, **found}))
    return int(failed)


def _tried(
    key: str, values: dict[str, Value], plan: dict[str, Any], store: Store
) -> dict[str, object]:
    """Run one combination; return what it came to, or what it said when it failed."""
    chapter = plan["chapter"]
    try:
        if store.key(values) != key:
            raise ScalebookError(_not_the_same(plan, store))
        with _limited(chapter, plan["timeout"]):
            record: Record = contents.module(chapter, "outcome").compute(Parameters(**values))
        if plan["notebooks"]:
            _execute(key, values, plan, store, record)
    except ScalingLawsError as error:
        return {"message": str(error)}
    except Exception as error:
        traceback.print_exc()  # into the job's log
        return {"message": f"{chapter}: {type(error).__name__}: {error}"}
    verdicts = {str(claim["id"]): claim["verdict"] for claim in record.claims}
    return {"results": record.results, "verdicts": verdicts}


def _not_the_same(plan: dict[str, Any], store: Store) -> str:
    """Say what a run depends on that is not what it was when the sweep was planned."""
    from scalebook.execution.verify import differences

    differing = differences(plan["provenance"], store.provenance)
    return (
        f"{plan['chapter']}: not the same here as where the sweep was started: "
        f"{', '.join(differing) or 'a file among the parameters'}. If you changed it meanwhile, "
        "start the sweep again."
    )


class _TooLong(BaseException):
    """Not an Exception, so that no chapter takes it for one of its own."""


def _stop(*_: object) -> None:
    raise _TooLong


@contextmanager
def _limited(chapter: str, seconds: float) -> Iterator[None]:
    """Raise an error after so many seconds."""
    signal.signal(signal.SIGALRM, _stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    except _TooLong:
        raise ScalebookError(
            f"{chapter}: stopped after {seconds:g} s, the time limit of a run; "
            "`--timeout SECONDS` gives it longer."
        ) from None
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _execute(
    key: str, values: dict[str, Value], plan: dict[str, Any], store: Store, record: Record
) -> None:
    """Execute the notebook of a run and keep it, if it comes to the same as the function."""
    from scalebook import files, patches
    from scalebook.execution import runner

    chapter, failed = plan["chapter"], store.folder / "failed" / f"{key}.ipynb"
    failed.unlink(missing_ok=True)
    executed, content = runner.compute(chapter, store.source, values, plan["timeout"], failed)
    function = {**record.results, **{str(claim["id"]): claim for claim in record.claims}}
    found = {**content["results"], **{claim["id"]: claim for claim in content["claims"]}}
    other = [n for n in {**function, **found} if function.get(n) != found.get(n)]
    if other:
        raise ScalebookError(
            f"{chapter}: '{other[0]}' is {found.get(other[0])!r} in the executed notebook and "
            f"{function.get(other[0])!r} by the chapter's function; expected the same. The cells "
            "are to call the steps that the function calls."
        )
    kept = {".ipynb": patches.nbformat().writes(executed) + "\n", ".json": files.dumps(content)}
    files.write_all({store.notebook(key).with_suffix(end): text for end, text in kept.items()})


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
