"""What tests of networks need."""

import pytest

jax = pytest.importorskip(
    "jax", reason="networks need JAX: pip install 'scalebook[laboratory]', or make .venv/laboratory"
)
