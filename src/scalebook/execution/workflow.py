"""Hand work to Snakemake, the engine of the build."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from scalebook import paths
from scalebook.errors import ScalebookError


def run(target: str, config: Mapping[str, str], cores: str = "all") -> None:
    """Bring a target of the Snakefile up to date.

    Parameters
    ----------
    target : str
        A rule.
    config : mapping
        Passed to the Snakefile.
    cores : str
        Number of cores, or "all".

    Raises
    ------
    ScalebookError
        If a step fails; what failed was printed by then.
    """
    pairs = [f"{key}={value}" for key, value in config.items()]
    command = [sys.executable, "-m", "snakemake", target, "--cores", cores, "--rerun-incomplete"]
    command += ["--keep-going", "--scheduler", "greedy", "--quiet", "all", "--config", *pairs]
    tools = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    done = subprocess.run(command, cwd=paths.root(), env={**os.environ, "PATH": tools})
    if done.returncode != 0:
        raise ScalebookError("Not everything could be made; what failed is named above.")
