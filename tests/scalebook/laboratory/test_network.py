"""The two networks: counts, gradients, and what they may look at."""

import numpy as np
import pytest

from tests.scalebook.laboratory.jax_wanted import jax

# isort: split
from scalebook.laboratory import strings, training
from scalebook.laboratory.network import KINDS, Network, predictions
from scalinglaws.errors import ScalingLawsError

both = pytest.mark.parametrize("kind", KINDS)


def started(network, seed=0):
    """Weights none of which is zero."""
    rng = np.random.default_rng(seed)
    return {
        name: (array + 0.3 * rng.standard_normal(array.shape)).astype(np.float32)
        for name, array in network.start(rng).items()
    }


@both
def test_parameters_are_counted(kind):
    network = Network(kind, 10)
    weights = network.start(np.random.default_rng(0))
    assert sum(array.size for array in weights.values()) == network.params
    assert {name: array.shape for name, array in weights.items()} == network.shapes()


def test_parameters_by_hand():
    perceptron = Network("perceptron", 4)
    assert perceptron.params_no_embed == (6 * 4 + 4) + (4 * 4 + 4) + (4 * 16 + 16)
    assert perceptron.params - perceptron.params_no_embed == 3 * 16 * 2
    transformer = Network("transformer", 4)
    assert transformer.params_no_embed == 2 * (12 * 4**2 + 2 * 4) + 4 + 4 * 16
    assert transformer.params - transformer.params_no_embed == (16 + 3) * 4


@both
def test_flop_are_those_that_the_compiler_counts(kind):
    network, batch = Network(kind, 128), 64
    digits = np.zeros((batch, 3), dtype=np.int32)

    def missed(weights):
        wanted = jax.numpy.ones((batch, 16)) / 16
        return training.missed(network, weights, digits, wanted)

    step = jax.jit(jax.grad(missed)).lower(started(network)).compile()
    counted = step.cost_analysis()["flops"] / batch
    # Beside what we count: looking embeddings up as a product, norms and activations.
    assert network.flop_per_token < counted < 1.25 * network.flop_per_token


@both
def test_gradients_are_differences(kind):
    from jax.test_util import check_grads

    network = Network(kind, 4)
    rng = np.random.default_rng(1)
    digits = rng.integers(0, 16, (12, 3))
    wanted = rng.dirichlet(np.ones(16), 12)
    check_grads(
        lambda weights: training.missed(network, weights, digits, wanted),
        (started(network),), order=1, modes=["rev"], atol=0.02, rtol=0.02, eps=1e-2,
    )  # fmt: skip


@both
def test_a_new_network_gives_all_symbols_the_same_probability(kind):
    network = Network(kind, 6)
    weights = network.start(np.random.default_rng(0))
    logs = predictions(
        network, {k: v[None] for k, v in weights.items()}, strings.named("first").digits
    )
    assert logs.shape == (1, 4096, 16)
    np.testing.assert_allclose(logs, -np.log(16), rtol=1e-12)


@both
def test_every_digit_matters_and_probabilities_add_up(kind):
    network = Network(kind, 8)
    weights = {name: array[None] for name, array in started(network).items()}
    digits = np.array([[1, 2, 3], [9, 2, 3], [1, 9, 3], [1, 2, 9]])
    (logs,) = predictions(network, weights, digits)
    np.testing.assert_allclose(np.exp(logs).sum(axis=1), 1, rtol=1e-12)
    assert all(np.abs(other - logs[0]).max() > 1e-3 for other in logs[1:])


def test_the_transformer_does_not_see_what_comes_after():
    network = Network("transformer", 8)
    weights = started(network)
    weights["last"] = np.zeros_like(weights["last"])  # nothing but the digits before can differ

    def first_place(digits):
        from scalebook.laboratory.network import _attention

        x = jax.nn.one_hot(np.array([digits]), 16) @ weights["embedding"]
        return np.asarray(_attention(network, weights, 0, x))[0, 0]

    np.testing.assert_array_equal(first_place([1, 2, 3]), first_place([1, 5, 7]))


def test_networks_that_cannot_be_are_refused():
    with pytest.raises(ScalingLawsError, match="no learner 'recurrent'"):
        Network("recurrent", 8)
    with pytest.raises(ScalingLawsError, match="width of 1 "):
        Network("perceptron", 1)
