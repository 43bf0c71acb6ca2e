"""What authors printed about the runs they published, reached from those runs by our own code.

Each test names the paper, the table and the digits that are printed; a value that is not reached to
those digits fails.
"""

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

import scalinglaws as sl
from scalinglaws import datapackage
from scalinglaws.fitting import isoflop
from scalinglaws.optimum import repetition


def columns(name, *keys, **wanted):
    """Return columns of a table as arrays, of the rows that have the wanted values."""
    rows = [
        row for row in datapackage.rows(name) if all(row[k] == value for k, value in wanted.items())
    ]
    return [np.array([row[key] for row in rows]) for key in keys]


def printed(value, digits):
    """Return a number as it would be printed."""
    return f"{value:.{digits}f}"


# Porian et al. 2024 (arXiv:2406.19146): ten exponents with 95% intervals are printed; they and five
# others are stored in data/summary_df*.pickle.xz

EXPONENTS = {row["suite"]: row for row in datapackage.rows("porian2024_fits")}


@pytest.mark.parametrize("suite", EXPONENTS)
def test_the_exponents_of_porian_lie_within_their_intervals(suite):
    """Minima by an Akima spline of log loss, as theirs; the line through them is not weighted."""
    stored = EXPONENTS[suite]
    found = isoflop.fit(sl.table("porian2024", suite=suite), minimum="akima").allocation.a
    assert stored["a_low"] <= found <= stored["a_high"]
    assert found == pytest.approx(stored["a"], abs=0.01)


def test_one_parabola_through_their_wide_profiles_misses_most():
    found = {
        suite: isoflop.fit(runs).allocation.a
        for suite, runs in sl.table("porian2024").split().items()
    }
    within = [row["a_low"] <= found[suite] <= row["a_high"] for suite, row in EXPONENTS.items()]
    assert sum(within) == 7


# McLeish et al. 2025 (arXiv:2502.06857): fits stored in parameters_delta-3 and parameters_delta-4

STORED = datapackage.rows("gemstones2025_fits")


@pytest.mark.parametrize(
    "stored", STORED, ids=[f"{s['suite'][10:]}-{s['embeddings']}-{s['delta']:g}" for s in STORED]
)
def test_every_stored_objective_of_the_gemstones_is_reached(stored):
    size = "params" if stored["embeddings"] == "yes" else "params_no_embed"
    params, tokens, loss = columns("gemstones2025", size, "tokens", "loss", suite=stored["suite"])
    error = sl.ErrorModel("huber", delta=stored["delta"])
    law = sl.ParametricLaw(*(stored[key] for key in ("E", "A", "B", "alpha", "beta")))
    charge = error.rho(np.log(law.loss(params, tokens)) - np.log(loss)).sum()
    assert charge == pytest.approx(stored["objective"], rel=1e-5)
    found = sl.fit(sl.Runs(params, tokens, loss), error=error)
    assert found.converged
    assert found.objective <= charge


# Muennighoff et al. 2023 (arXiv:2305.16264): the notebook's fit to 182 runs, Table 1 of the paper


@pytest.fixture(scope="module")
def repeated():
    keys = ("params", "tokens", "unique_tokens", "loss")
    return columns("muennighoff2023", *keys, in_published_fit=1)


def r2(loss, predicted):
    return 1 - ((loss - predicted) ** 2).sum() / ((loss - loss.mean()) ** 2).sum()


def test_the_law_of_repeated_data_has_its_printed_objective_and_r2(repeated):
    params, tokens, unique, loss = repeated
    law = repetition.published()
    assert len(loss) == 182
    predicted = law.loss(params, tokens, unique)
    assert printed(sl.HUBER.rho(np.log(predicted) - np.log(loss)).sum(), 7) == "0.0158259"
    assert printed(r2(loss, predicted), 4) == "0.7722"
    assert printed(r2(loss, law.fresh.loss(params, tokens)), 4) == "0.4452"


def test_the_optimum_of_the_law_of_repeated_data_is_flat(repeated):
    params, tokens, unique, loss = repeated
    law = repetition.published()

    def charge(worth, excess=law.decay.params):
        decay = replace(law.decay, tokens=worth, params=excess)
        predicted = replace(law, decay=decay).loss(params, tokens, unique)
        return sl.HUBER.rho(np.log(predicted) - np.log(loss)).sum()

    excess = np.geomspace(0.5, 50, 60)
    at = {w: min(charge(w, e) for e in excess) for w in (3.0, 7.0, law.decay.tokens, 1000.0)}
    best = at[law.decay.tokens]
    assert at[7.0] < 1.015 * best
    assert at[1000.0] < 1.015 * best
    assert at[3.0] > 1.015 * best


# Gadre et al. 2024 (arXiv:2403.08540): Figure 1 and Appendix, relative errors of the loss on C4


def over_training(corpus):
    """Fit L = E + A N^-eta + B D^-eta to their five small runs; return it and the targets.

    Their recipe: 20 tokens a parameter at the four smallest sizes, 320 at the smallest, least
    squares of the loss; D is the multiplier times N and not the tokens logged.
    """
    params, multiplier, loss = columns(
        "gadre2024", "params", "multiplier", "loss", suite=f"{corpus}@c4_val"
    )
    tokens = 20 * multiplier * params
    small = np.unique(params)[:4]
    used = np.isin(params, small) & (multiplier == 1) | (params == small[0]) & (multiplier == 16)
    assert used.sum() == 5

    def terms(eta, n, d):
        return np.stack([np.ones_like(n), (n / 1e8) ** -eta, (d / 1e9) ** -eta], axis=1)

    def solved(eta):
        design = terms(eta, params[used], tokens[used])
        constants = np.linalg.lstsq(design, loss[used])[0]
        return ((design @ constants - loss[used]) ** 2).sum(), constants

    eta = minimize_scalar(
        lambda eta: solved(eta)[0], bounds=(0.1, 0.6), method="bounded", options={"xatol": 1e-9}
    ).x
    wrong = np.abs(terms(eta, params, tokens) @ solved(eta)[1] / loss - 1)
    return {(p, m): 100 * w for p, m, w in zip(params, multiplier, wrong, strict=True)}


@pytest.mark.parametrize(
    ("corpus", "params", "multiplier", "expected"),
    [
        ("rpj", 1439795200, 32, "0.71"),
        ("rpj", 6889410560, 1, "0.73"),
        ("c4_original", 6889410560, 1, "4.3"),
        ("rw_original", 6889410560, 1, "1.6"),
    ],
)
def test_over_trained_models_are_predicted_as_well_as_is_printed(
    corpus, params, multiplier, expected
):
    wrong = over_training(corpus)[params, multiplier]
    assert printed(wrong, len(expected.partition(".")[2])) == expected


# Bhagia et al. 2024 (arXiv:2412.04403): C4 loss of the 13B, src/scripts/paper/figures


def test_the_ladder_predicts_what_it_predicted_of_the_13b():
    """Four sizes, durations 1 to 10, the mean of the last five evaluations, the Huber loss."""
    curves = sl.table("bhagia2024_curves", suite="bhagia2024-c4")
    ends = [curves.take(curves.run == run) for run in dict.fromkeys(curves.run.tolist())]
    ends = [end for end in ends if "3B" not in end.run[0] and "-0.5x" not in end.run[0]]
    assert len(ends) == 16
    ladder = sl.Runs(
        [end.params[-1] for end in ends],
        [end.tokens[-1] for end in ends],
        [end.loss[-5:].mean() for end in ends],
    )
    target = sl.table("bhagia2024_final", suite="bhagia2024-target")
    (large,) = (target.run == "13B-5T").nonzero()[0]
    predicted = sl.fit(ladder).law.loss(target.params[large], target.tokens[large])
    assert printed(predicted, 4) == "2.3444"
    assert 0.037 < 1 - predicted / target.loss[large] < 0.039  # printed as 3.8%


# Clark et al. 2022 (arXiv:2202.01169): Table of dense constants, alpha_N .078 and N_c 3.568e13


def test_the_dense_law_of_the_routed_models():
    params, loss = columns(
        "clark2022_final", "params", "loss", suite="clark2022-dense", flop_increase=1
    )
    sizes = np.unique(params)
    means = [np.log(loss[params == size]).mean() for size in sizes]  # one size has three seeds
    slope, level = np.polyfit(np.log(sizes), means, 1)
    assert f"{np.exp(level / -slope):.4g}" == "3.568e+13"
    assert str(-slope).startswith("0.078")  # .0786: cut, not rounded


# Karpathy, nanochat, dev/LOG.md: exponents of N and of D by counting


@pytest.mark.parametrize(
    ("counting", "a", "b"),
    [
        ("kaplan", "0.54", "0.49"),
        ("chinchilla", "0.37", "0.50"),
        ("transformer-only", "0.70", "0.41"),
    ],
)
def test_the_exponents_of_nanochat_by_counting(counting, a, b):
    suite = f"nanochat2026-{counting}"
    optima = sl.table("nanochat2026_optima", suite=suite, loss_unit="bits/byte")
    for values, expected in ((optima.params, a), (optima.tokens, b)):
        exponent = np.polyfit(np.log(optima.budget), np.log(values), 1)[0]
        assert printed(exponent, 2) == expected
