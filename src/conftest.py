"""Examples of modules that need JAX are left out where it is not installed."""

from importlib.util import find_spec

_NETWORKS = ("agenda", "experiments", "grid", "network", "training")
collect_ignore = (
    [] if find_spec("jax") else [f"scalebook/laboratory/{name}.py" for name in _NETWORKS]
)
