import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats

from scalinglaws import fitting, reading, registry
from scalinglaws.fitting import likelihood
from scalinglaws.fitting.family import FORMS
from scalinglaws.fitting.likelihood import _log_normaliser
from scalinglaws.fitting.model import Design
from scalinglaws.fitting.surface import Problem

CHINCHILLA = FORMS["chinchilla"]


def _residuals(runs, name):
    """Return the residuals of runs by a published law."""
    values = CHINCHILLA.values(registry.parametric(name))
    return Problem(Design.of(runs), CHINCHILLA).residuals(values)


@pytest.mark.parametrize(
    ("key", "name"),
    [("hoffmann", "hoffmann2022"), ("hoffmann_printed", "hoffmann2022-printed")],
)
def test_log_likelihoods_of_hoffmann(runs, key, name):
    printed = registry.printed(f"besiroglu2024.loglik.{key}").value
    assert round(likelihood.log_likelihood(_residuals(runs, name)), 2) == printed


def test_log_likelihood_of_the_refit_and_the_ratio(runs, lad_fit):
    refit = likelihood.log_likelihood(lad_fit.residuals)
    assert round(refit, 2) == registry.printed("besiroglu2024.loglik.refit").value
    base = likelihood.log_likelihood(_residuals(runs, "hoffmann2022"))
    test = likelihood.likelihood_ratio(base, refit, dof=5)
    assert float(f"{test.p:.1e}") == registry.printed("besiroglu2024.lr.p").value


def test_log_likelihoods_on_all_runs(lad_fit):
    everything = reading.read_runs("hoffmann2022_runs")
    for key, name in (("hoffmann", "hoffmann2022"), ("hoffmann_printed", "hoffmann2022-printed")):
        printed = registry.printed(f"besiroglu2024.loglik245.{key}").value
        assert round(likelihood.log_likelihood(_residuals(everything, name)), 2) == printed
    # What is printed as the fit of all runs belongs to the constants fitted to 240 of them.
    printed = registry.printed("besiroglu2024.loglik245.refit").value
    best = fitting.fit(everything, error="lad")
    theirs = likelihood.log_likelihood(best.problem.residuals(lad_fit.values))
    assert round(theirs, 2) == printed
    assert likelihood.log_likelihood(best.residuals) > printed + 12


def test_a_narrow_kink_is_laplace():
    r = np.random.default_rng(1).laplace(size=500)
    scale = np.abs(r).mean()
    expected = stats.laplace.logpdf(r, scale=scale).sum()
    assert likelihood.log_likelihood(r, delta=1e-6) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("s", [1e-7, 1e-5, 1e-2])
def test_normaliser(s):
    delta = 1e-3

    def density(r):
        return np.exp(-float(fitting.HUBER.rho(r)) / s)

    ends = delta + 60 * s / delta
    inner, _ = integrate.quad(density, 0, min(delta, 12 * np.sqrt(s)), epsabs=0)
    outer, _ = integrate.quad(density, delta, ends, epsabs=0, limit=200)
    assert _log_normaliser(delta, s) == pytest.approx(np.log(2 * (inner + outer)), rel=1e-6)


def test_squared_error_gives_the_gaussian_likelihood():
    r = np.random.default_rng(2).normal(size=300)
    expected = stats.norm.logpdf(r, scale=np.sqrt(np.mean(r**2))).sum()
    got = likelihood.profiled_log_likelihood(np.sum(r**2) / 2, 300, np.inf)
    assert float(got) == pytest.approx(expected, rel=1e-12)


def test_equality_is_mahalanobis():
    test = likelihood.equality([0.0, 0.0], [3.0, 4.0], [[1.0, 0.0], [0.0, 4.0]])
    assert test.statistic == pytest.approx(13.0)
    assert test.p == pytest.approx(np.exp(-6.5))


def test_equality_with_hoffmann_is_rejected_on_the_logarithmic_scale(huber_fit):
    draws = huber_fit.bootstrap(resamples=1500, seed=9)
    hoffmann = CHINCHILLA.values(registry.parametric("hoffmann2022"))
    test = likelihood.equality(hoffmann, huber_fit.values, np.cov(draws.values.T))
    # printed: below 1e-51; the exponent follows the covariance, which resampling knows to a tenth
    assert -70 < np.log10(test.p) < -35


def test_conditioning_improves_from_printed_to_projected(huber_fit):
    numbers = likelihood.conditioning(huber_fit)
    assert numbers.full > 1e12
    assert numbers.projected < 10
    assert numbers.full > numbers.centred > numbers.projected


@pytest.mark.parametrize("form", ["chinchilla", "kaplan+floor", "varying"])
def test_conditioning_is_that_of_the_slopes_of_the_loss(runs, form):
    fit = fitting.fit(runs, form)

    def loss(constants):
        values = np.where(logarithms, np.log(np.abs(constants)), constants)
        return np.exp(fit.problem.design.log_loss - fit.problem.residuals(values))

    logarithms = np.isin(fit.form.free, list("ABE"))
    printed = np.array([*fit.constants.values()])
    steps = np.diag(1e-5 * np.abs(printed))
    slopes = np.stack([(loss(printed + s) - loss(printed - s)) / 2 / s.sum() for s in steps]).T
    assert likelihood.conditioning(fit).full == pytest.approx(np.linalg.cond(slopes) ** 2, rel=1e-3)


@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(-3, 3)), min_size=4, max_size=30).filter(
        lambda rows: all(len(set(column)) > 1 for column in zip(*rows, strict=True))
    )
)
def test_rank_correlation_is_scipys_with_ties_too(rows):
    first, second = zip(*rows, strict=True)
    expected = stats.spearmanr(first, second).statistic
    assert likelihood.rank_correlation(first, second) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("delta", [0.5, 2.0])
def test_the_log_likelihood_at_any_width_is_the_best_of_a_scan(delta):
    r = np.random.default_rng(3).standard_normal(200)
    best = -np.inf
    for sigma in np.exp(np.linspace(-2, 3, 4001)):
        z = np.abs(r) / sigma
        charge = np.where(z <= delta, z**2 / 2, delta * z - delta**2 / 2)
        best = max(best, -charge.sum() - len(r) * np.log(sigma))
    normaliser, _ = integrate.quad(
        lambda z: np.exp(-np.where(z <= delta, z**2 / 2, delta * z - delta**2 / 2)), 0, np.inf
    )
    expected = best - len(r) * np.log(2 * normaliser)
    assert likelihood.log_likelihood(r, delta) == pytest.approx(expected, abs=1e-3)
