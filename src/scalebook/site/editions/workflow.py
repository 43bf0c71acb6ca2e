"""Hand work to Snakemake, the engine of the build."""

from collections.abc import Callable, Mapping

from scalebook import engine, paths
from scalebook.errors import ScalebookError


def run(
    target: str,
    config: Mapping[str, str],
    held: int | None = None,
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
    held : int, optional
        Descriptor of a lock, which lasts until all that is started here has ended.
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
    command = [target, "--cores", cores, "--rerun-incomplete"]
    # Snakemake's own lock outlives a process that was killed.
    command += ["--nolock", "--keep-going", "--scheduler", "greedy", "--quiet", "all"]
    command += ["--directory", str(paths.root()), "--snakefile", str(paths.root() / "Snakefile")]

    def wait() -> float:
        tick()
        return 0.5

    if engine.execute([*command, "--config", *pairs], None, wait, held) != 0:
        raise ScalebookError("Not everything could be made; what failed is named above.")
