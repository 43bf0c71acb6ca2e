# The jobs of the laboratory: a size, with all lengths, or an experiment. The working folder holds
# jobs/NAME.json, written by scalebook.laboratory; each job puts its results down as they come, so
# that one that fails or is killed loses only the length that it was at.

import sys
from pathlib import Path

PYTHON = sys.executable


rule laboratory:
    input:
        [f"done/{path.stem}" for path in sorted(Path("jobs").glob("*.json"))],


rule job:
    input:
        "jobs/{name}.json",
    output:
        touch("done/{name}"),
    log:
        "log/{name}.txt",
    shell:
        # One thread a job: jobs run side by side, and sums do not depend on the machine.
        "export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 PYTHONHASHSEED=0 "
        "XLA_PYTHON_CLIENT_PREALLOCATE=false "
        "XLA_FLAGS='--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1'; "
        "{PYTHON:q} -m scalebook.laboratory.job {input:q} > {log:q} 2>&1"
