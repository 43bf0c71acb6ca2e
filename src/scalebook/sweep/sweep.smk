# The runs of a sweep, some to a job. The working folder holds batches/NUMBER.json, written by
# scalebook.sweep; values travel in those files and never on a command line. Each result goes to the
# sweep's folder at once, so that a job that fails or is killed loses only the run that it was in.

import sys
from pathlib import Path

PYTHON = sys.executable


wildcard_constraints:
    batch=r"\d+",


rule sweep:
    input:
        lambda _: [f"done/{path.stem}" for path in sorted(Path("batches").glob("*.json"))],


rule runs:
    input:
        "batches/{batch}.json",
    output:
        touch("done/{batch}"),
    log:
        "log/{batch}.txt",
    shell:
        # One thread per process: jobs run side by side, and sums do not depend on the machine.
        "export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 PYTHONHASHSEED=0; "
        "{PYTHON:q} -m scalebook.sweep.job {input:q} > {log:q} 2>&1"
