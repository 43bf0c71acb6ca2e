"""Hand work to Snakemake, the engine of the build."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from scalebook import paths
from scalebook.errors import ScalebookError


def run(
    target: str,
    config: Mapping[str, str],
    cores: str = "all",
    tick: Callable[[], None] = lambda: None,
) -> None:
    """Bring a target of the Snakefile up to date.

    Parameters
    ----------
    target : str
        A rule.
    config : mapping
        Passed to the Snakefile.
    cores : str
        Number of cores, or "all".
    tick : callable
        Called again and again meanwhile.

    Raises
    ------
    ScalebookError
        If a step fails; what failed was printed by then.
    """
    pairs = [f"{key}={value}" for key, value in config.items()]
    command = [sys.executable, "-m", "snakemake", target, "--cores", cores, "--rerun-incomplete"]
    command += ["--keep-going", "--scheduler", "greedy", "--quiet", "all", "--config", *pairs]
    tools = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    with subprocess.Popen(command, cwd=paths.root(), env={**os.environ, "PATH": tools}) as child:
        while child.poll() is None:
            tick()
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(timeout=0.5)
    if child.returncode != 0:
        raise ScalebookError("Not everything could be made; what failed is named above.")
