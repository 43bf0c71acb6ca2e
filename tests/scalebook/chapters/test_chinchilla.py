"""Chinchilla's law and its intervals: the published figures, made runs of a known law, branches."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given as drawn_from
from hypothesis import settings
from hypothesis import strategies as st

from scalebook.chapters import foresight
from scalebook.chapters.chinchilla import figures, findings, fits, intervals, outcome, steps
from scalebook.chapters.chinchilla.fits import HOFFMANN, HOFFMANN_PRINTED, REPLICATION
from scalebook.chapters.common import ends, printed
from scalebook.errors import ScalebookError
from scalinglaws.errors import ScalingLawsError
from scalinglaws.fitting import LAD, ErrorModel
from scalinglaws.laws import ParametricLaw
from scalinglaws.optimum import dense
from scalinglaws.runs import Runs
from tests.scalebook.chapters.cells import given

TRUE = ParametricLaw(1.7, 400.0, 1200.0, 0.35, 0.35)


def parameters(**values):
    return given("chinchilla", **{"resamples": 100, **values})


@pytest.fixture(scope="module")
def p():
    return parameters()


@pytest.fixture(scope="module")
def found(p):
    return steps.take(p)


def grid(count):
    """Return sizes and tokens of the runs on a grid."""
    axes = np.geomspace(1e8, 1e10, count), np.geomspace(2e9, 2e11, count)
    return [values.ravel() for values in np.meshgrid(*axes)]


def table(path, loss):
    """Write runs on a grid of sizes and tokens with the losses that a function gives them."""
    sizes, tokens = grid(9)
    rows = [f"{n},{d},{x}" for n, d, x in zip(sizes, tokens, loss(sizes, tokens), strict=True)]
    path.write_text("\n".join(["params,tokens,loss", *rows]))
    return str(path)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Return parameters, runs and fits of a law with equal exponents and independent noise."""
    noise = np.random.default_rng(5).normal(0, 0.004, 81)
    path = tmp_path_factory.mktemp("made") / "made.csv"
    p = parameters(
        runs=table(path, lambda n, d: TRUE.loss(n, d) * np.exp(noise)), drop_highest=0, delta=0.02
    )
    sample = fits.read(p)
    return p, sample, fits.fit(p, sample)


# The runs


def test_the_runs_are_those_of_the_replication(found):
    sample = found.sample
    assert len(sample.everything) == printed("besiroglu2024.runs")
    assert len(sample.used) == printed("besiroglu2024.runs.fitted")
    assert sample.left_out.sum() == 5
    assert sample.everything.loss[sample.left_out].min() > sample.used.loss.max()


def test_the_step_of_the_losses_is_found(tmp_path):
    stepped = lambda n, d: 1.02 ** np.round(np.log(TRUE.loss(n, d)) / np.log(1.02))  # noqa: E731
    sample = fits.read(parameters(runs=table(tmp_path / "t.csv", stepped), drop_highest=0))
    assert sample.half_step == pytest.approx(0.01)
    assert sample.distinct_losses == len(np.unique(sample.everything.loss.round(9))) < 81


def test_too_few_runs_are_refused():
    with pytest.raises(ScalingLawsError, match=r"31 runs are left to fit.*drop_highest"):
        fits.read(parameters(drop_highest=214))
    assert len(fits.read(parameters(drop_highest=213)).used) == 32


# The fits


def test_the_stated_objective_is_lowest_where_it_was_found_before(found):
    fit = found.fitted.stated
    for name in ("E", "A", "B", "alpha", "beta"):
        known = printed(f"besiroglu2024.minimum.{name}")
        assert getattr(fit.law, name) == pytest.approx(known, rel=2e-4)
    assert fit.objective == pytest.approx(printed("besiroglu2024.minimum.objective"), rel=1e-5)


def test_the_printed_constants_are_those_of_the_absolute_error(found):
    law, every = found.fitted.absolute.law, found.fitted.absolute_all.law
    for name in "AB":
        assert getattr(law, name) == pytest.approx(getattr(REPLICATION, name), rel=1e-4)
    assert abs(found.fitted.stated.law.B / REPLICATION.B - 1) > 0.02
    for name, digits in (("E", 2), ("A", 1), ("alpha", 3), ("beta", 3)):
        known = printed(f"besiroglu2024.all245.{name}")
        assert getattr(every, name) == pytest.approx(known, abs=0.6 * 10.0**-digits)


def test_each_objective_is_lowest_at_its_own_fit(found):
    laws = fits.candidates(found.fitted)
    for error, lowest in ((found.fitted.error, "stated objective"), (LAD, "absolute error")):
        charges = {name: fits.objective(law, found.sample, error) for name, law in laws.items()}
        assert min(charges, key=charges.get) == f"minimum of the {lowest}"
        assert max(charges, key=charges.get) == "Hoffmann et al., as printed"


def test_a_known_law_is_recovered(made):
    fitted = made[2]
    for fit in (fitted.stated, fitted.absolute):
        assert abs(fit.law.E - TRUE.E) < 0.05
        assert (fit.law.alpha, fit.law.beta) == pytest.approx((0.35, 0.35), abs=0.03)
    assert fitted.stated.values == pytest.approx(fitted.stated_all.values)
    assert fitted.best.compute == pytest.approx(5.76e23)


def test_runs_that_fix_no_law_are_refused(tmp_path):
    rising = table(tmp_path / "rising.csv", lambda n, d: 2 + 0.1 * np.log10(n) + 0.2 * np.log10(d))
    p = parameters(runs=rising, drop_highest=0)
    with pytest.raises(ScalebookError, match=r"rising.csv: the fit of the law is of no use"):
        fits.fit(p, fits.read(p))


def test_rounding_to_the_printed_digits():
    law = ParametricLaw(1.81716, 482.0149, 2085.4251, 0.347846, 0.365749)
    rounded = fits.as_printed(law)
    assert rounded == ParametricLaw(1.8172, 482.01, 2085.43, 0.3478, 0.3657)
    assert fits.as_printed(rounded) == rounded


def test_log_likelihoods_agree_with_the_printed_ones(found):
    tests = found.tests
    for key, values in (("loglik", tests.used), ("loglik245", tests.everything)):
        for name, value in values.items():
            assert value == pytest.approx(printed(f"besiroglu2024.{key}.{name}"), abs=0.05)
    assert tests.ratio.p == pytest.approx(printed("besiroglu2024.lr.p"), rel=0.05)
    assert tests.best_on_all > tests.everything["refit"] + 1
    assert tests.ratio_all.p < printed("besiroglu2024.lr245.p") / 10


def test_ends_of_known_draws():
    assert ends(np.arange(101.0), 0.8) == pytest.approx([10, 90])


def test_resamples_begin_alike_and_move_with_the_seed(p, found):
    stated = found.fitted.stated
    assert len(found.ensemble) == 100
    more, other = stated.bootstrap(120, p.seed), stated.bootstrap(100, p.seed + 1)
    assert more.law.E[:100] == pytest.approx(found.ensemble.law.E)
    assert not np.allclose(other.law.E, found.ensemble.law.E)


def test_floors_follow_from_their_errors(p, found):
    floors = {floor.name: floor for floor in found.floors}
    assert floors[fits.PAPERS].E == found.fitted.stated.law.E
    assert floors["absolute"].E == found.fitted.absolute.law.E
    low, high = floors["quantile 25%"], floors["quantile 75%"]
    assert low.E < floors[fits.PAPERS].E < high.E
    drawn = [floor for floor in found.floors if not np.isnan(floor.low)]
    assert len(drawn) == len(found.floors) - 1
    assert all(floor.low < floor.E < floor.high for floor in drawn)
    assert floors["Huber, all 245 runs"].E == found.fitted.stated_all.law.E


def test_a_wide_huber_error_is_the_squared_one(found):
    wide = fits.fit(parameters(delta=1.0), found.sample).stated.law
    squared = next(floor for floor in found.floors if floor.name == "squared (log loss)")
    assert abs(squared.E - wide.E) < 1e-6
    assert wide.E > found.fitted.stated.law.E + 0.02


def test_scatter_sees_what_neighbours_share_and_nothing_in_independent_noise(found, made):
    ours, independent = found.scatter, fits.scatter(made[0], made[2].stated)
    shared, chance = (each["neighbour_correlation"] for each in (ours, independent))
    assert shared > 0.4 > 0.25 > abs(chance)
    assert ours["scatter_large"] > 1.2 * ours["scatter_small"]
    assert independent["scatter_large"] == pytest.approx(independent["scatter_small"], rel=0.4)
    mean = 0.004 * np.sqrt(2 / np.pi)  # of the size of normal noise
    assert independent["residual_over_delta"] == pytest.approx(mean / 0.02, rel=0.2)
    assert independent["share_beyond_delta"] == 0
    wider = fits.scatter(parameters(delta=0.01), found.fitted.stated)
    assert wider["share_beyond_delta"] < ours["share_beyond_delta"]
    assert wider["residual_over_delta"] == pytest.approx(ours["residual_over_delta"] / 10)


# The optimum


def test_rounding_moves_the_optimum_from_the_printed_one(p, found):
    exact, rough, *_ = found.optima.values()
    assert exact.params == pytest.approx(printed("hoffmann2022.gopher.params_at_budget"), rel=0.02)
    assert rough.params < 0.85 * exact.params
    rounding, shift = intervals.rounding(p), HOFFMANN.beta - HOFFMANN_PRINTED.beta
    assert rounding["beta_rounding_bias"] == pytest.approx(1e11**shift - 1)
    assert rough.params < rounding["only_beta_params"] < exact.params


def test_the_quoted_budget_moves_the_optima_and_not_the_biases(p, found):
    larger = parameters(compute=3.8e25)
    for name, best in intervals.optima(larger, found.fitted).items():
        assert best.params > found.optima[name].params
    before, after = intervals.rounding(p), intervals.rounding(larger)
    assert after["beta_rounding_bias"] == before["beta_rounding_bias"]
    assert after["only_beta_params"] > before["only_beta_params"]


# The intervals


def test_standard_errors_are_near_the_printed_ones(found):
    for name in ("alpha", "beta", "E"):
        error = found.constants[name].se
        assert error == pytest.approx(printed(f"besiroglu2024.{name}.se"), rel=0.4)
    assert all(each.se_error < each.se for each in found.constants.values())


def test_intervals_hold_the_estimate_and_widen_with_the_level(found):
    wide = intervals.constants(parameters(level=0.99), found.fitted.stated, found.drawn)
    for name, each in found.constants.items():
        for kind in ("interval", "profile"):
            (low, high), (lower, higher) = getattr(each, kind), getattr(wide[name], kind)
            assert lower < low < each.value < high < higher


def test_intervals_of_made_runs_hold_the_truth(made):
    p, _, fitted = made
    drawn = fitted.stated.bootstrap(p.resamples, p.seed).law
    for name, each in intervals.constants(p, fitted.stated, drawn).items():
        low, high = each.interval
        slack = 0.5 * (high - low)
        assert low - slack < getattr(TRUE, name) < high + slack


def test_the_runs_that_a_narrow_interval_takes(found):
    third = intervals.approaches()[2]
    width = printed("besiroglu2024.a.width80")
    assert np.ptp(found.exponent.interval80) == pytest.approx(width, rel=0.3)
    times = np.ptp(found.exponent.interval80) / (third.high - third.low)
    assert found.exponent.times == pytest.approx(times)
    assert found.exponent.runs_needed == pytest.approx(240 * found.exponent.times**2)
    # As narrow already: no more runs than there are.
    a = np.linspace(third.low, third.high, 1001)
    middle = 0.8 * (third.high - third.low)
    drawn = ParametricLaw(np.ones(1001), np.ones(1001), np.ones(1001), 1 - a, a)
    assert np.ptp(intervals.exponent(found.sample, drawn).interval80) == pytest.approx(middle)
    assert intervals.exponent(found.sample, drawn).runs_needed == pytest.approx(0.8**2 * 240)


def test_equality_is_rejected_and_not_where_the_constants_are_hoffmanns(found):
    tests = found.equality
    assert all(test.p < 0.01 and test.dof == 5 for test in tests.values())
    theirs = replace(found.fitted.stated, values=fits.FORM.values(HOFFMANN))
    same = intervals.equality(replace(found.ensemble, fit=theirs))
    for scale in ("logarithms", "plain"):
        assert same[scale].statistic == pytest.approx(0, abs=1e-9)
        assert same[scale].p == pytest.approx(1)


def test_the_ratio_lies_in_its_intervals(p, found):
    ratios = found.ratios
    assert ((ratios.low < ratios.ratio) & (ratios.ratio < ratios.high)).all()
    low, high = ratios.at_median
    assert 15 < low < high < 30
    assert high / low < ratios.at_compute[1] / ratios.at_compute[0]
    least, most = ratios.sweeps
    assert ((least <= ratios.ratio) & (ratios.ratio <= most)).all()
    here = [
        dense.optimal(law, p.compute).tokens_per_param for law in foresight.sweep_laws().values()
    ]
    assert ratios.sweeps_at_compute == pytest.approx((min(here), max(here)))


def test_the_ratio_is_constant_where_the_exponents_are_equal(found):
    equal = replace(found.fitted.stated, values=fits.FORM.values(TRUE))
    drawn = replace(TRUE, beta=np.array([0.3, 0.4, 0.4]))
    ratios = intervals.ratios(parameters(), equal, drawn)
    # Where N^alpha / D^alpha is A / B.
    assert ratios.ratio == pytest.approx((TRUE.B / TRUE.A) ** (1 / 0.35))
    assert ratios.falling_share == pytest.approx(2 / 3)


def test_intervals_keep_less_than_they_promise_and_as_much_where_the_form_is_true(found, made):
    assert [split.runs for split in found.splits] == [60, 120, 180]
    assert found.splits[1].covered < 0.9
    assert found.splits[0].reach > found.splits[1].reach > found.splits[2].reach > 1
    true = intervals.splits(made[0], made[2].stated)
    assert true[1].covered > 0.85
    assert true[2].covered > 0.85


# Figures


def test_crosses_are_named_as_they_lie(found):
    assert "the 5 runs left out, which have fewer tokens per" in figures.runs(found.sample).caption
    some = figures.runs(fits.read(parameters(drop_highest=60))).caption
    assert "the 60 runs left out." in some
    assert "fewer tokens per parameter" not in some
    assert "Crosses" not in figures.runs(fits.read(parameters(drop_highest=0))).caption


def banded(ratios, low, high):
    """Return the ratios with another band: its ends at each budget."""
    return replace(ratios, low=np.broadcast_to(low, 37), high=np.broadcast_to(high, 37))


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (10.0, 30.0, "The blue band holds twenty from about 10¹⁸ to 10²⁷ FLOP;"),
        (21.0, 30.0, "The blue band leaves out twenty at every budget from 10¹⁸ to 10²⁷ FLOP"),
        (np.linspace(30, 10, 37), 40.0, "below, it is too few"),
        (5.0, np.linspace(10, 30, 37), "below, it is too many"),
    ],
)
def test_where_twenty_is_rejected(p, found, low, high, said):
    ratios = banded(found.ratios, low, high)
    assert said in figures.lead(p, replace(found, ratios=ratios)).caption


@pytest.mark.parametrize(
    ("share", "said"),
    [(0.5, "cannot be told"), (0.99, "the ratio falls"), (0.01, "the ratio rises")],
)
def test_which_way_the_ratio_goes(p, found, share, said):
    ratios = replace(found.ratios, falling_share=share)
    assert said in figures.lead(p, replace(found, ratios=ratios)).caption


def test_a_reader_chooses_a_budget_and_whose_constants(p, found):
    control = figures.lead(p, found).control
    laws = [HOFFMANN, HOFFMANN_PRINTED, found.fitted.stated_all.law]
    for place, law in zip((2, 3, 4), laws, strict=True):
        best, now = dense.optimal(law, 1e24), control.evaluate({"C": 1e24, "law": place})
        assert (now["N"], now["D"]) == pytest.approx((float(best.params), float(best.tokens)))
        assert now["k"] == pytest.approx(float(best.tokens_per_param))
    own = control.evaluate({"C": found.ratios.largest_compute, "law": 0})
    assert (own["times"], own["beyond"]) == pytest.approx((1, 1))
    ratios = found.ratios
    there = control.evaluate({"C": ratios.budgets[12], "law": 0})
    assert (there["low"], there["most"]) == pytest.approx((ratios.low[12], ratios.sweeps[1][12]))


def test_the_rows_of_exponents_are_those_printed_fitted_and_of_the_sweeps(p, found):
    shown = figures.exponents(p, found)
    rows = [label.get_text() for label in shown.figure.axes[0].get_yticklabels()]
    assert rows[-4:] == ["the refit", "Approach 3", "Approach 2", "Approach 1"]
    assert rows[:-4] == [*reversed(foresight.SWEEPS.values())]
    assert "leaves out its own point" in shown.caption
    assert (
        "of the law fitted here (blue), with"
        in figures.exponents(parameters(runs="mine.csv"), found).caption
    )


def test_forms_are_named_where_they_could_be_fitted(p, found):
    assert [each.name for each in found.forms] == [*fits.OTHER_FORMS]
    assert "another form moves it to 1.50" in figures.floors(p, found).caption
    assert "form" not in figures.floors(p, replace(found, forms=[])).caption


# Findings


def said(name, found, **changed):
    """Return a finding on the chapter's record, some of its numbers and parameters changed."""
    given = {k: changed.pop(k) for k in ("level", "compute") if k in changed}
    r = SimpleNamespace(**outcome.of(parameters(**given), found).results | changed)
    return getattr(findings, name)(parameters(**given), r).markdown


@pytest.mark.parametrize(
    ("name", "changed", "text", "never"),
    [
        ("short_answer", {}, "Far less than was printed", "As sure as"),
        ("short_answer", {"times_as_wide": 1.2}, "As sure as was printed", "Far less"),
        ("refit", {}, "print the same constants", "No run was left out"),
        ("refit", {"refit_apart": 0.5, "runs_all_out": 0}, "No run was left out", "the same"),
        ("refit_takeaway", {}, "differ 3.3-fold in the best", "do not describe"),
        ("refit_takeaway", {"hoffmann_missed": 0.02}, "do not describe these runs", "fold"),
        ("refit_takeaway", {"hoffmann_ratio": 20.0}, "ask for much the same", "fold"),
        ("narrow", {}, "times as wide as the printed one", "no wider"),
        ("narrow", {"times_as_wide": 0.9}, "is no wider than the printed one", "times as wide"),
        ("ratio", {"falling_share": 0.6}, "which way it goes cannot be told", "so it falls"),
        ("ratio", {"falling_share": 0.99}, "so it falls", "cannot be told"),
        ("ratio", {"falling_share": 0.01}, "so it rises", "cannot be told"),
        ("ratio", {"optimal_compute": 1e20}, "it allows", "extrapolated"),
        ("ratio_takeaway", {"ratio_low": 25.0}, "parameter is too few,", "one of"),
        ("ratio_takeaway", {"ratio_high": 15.0}, "parameter is too many,", "one of"),
        ("kept", {"neighbour_correlation": 0.0}, "held", "One reason"),
        ("kept_takeaway", {"coverage_median": 0.95, "coverage_three_quarters": 0.96},
         "as many of the larger runs as it promises", "outside"),
        ("minimised", {"lad_match_parts": 10.0}, "minimise neither objective", "We infer"),
    ],
)  # fmt: skip
def test_findings_follow_their_numbers(found, name, changed, text, never):
    markdown = said(name, found, **changed)
    assert text in markdown
    assert never not in markdown


# Tables


def test_tables_hold_what_the_steps_came_to(p, found):
    rows = figures.candidates(found.sample, found.fitted).rows
    assert rows[2][1:6] == ["482.01", "2,085.43", "1.8172", "0.3478", "0.3658"]
    rows = figures.log_likelihoods(p, found.sample, found.tests).rows
    assert rows[0] == ["fit of the 240 runs", "240", "879.77", "879.77"]
    assert rows[-1][2:] == ["1.2 × 10⁻¹⁶", "1.2 × 10⁻¹⁶"]
    assert figures.optima(p, found.optima).rows[0][1] == "40.4B"
    assert [row[1] for row in figures.splits(p, found.splits).rows] == ["60", "120", "180"]


def test_the_table_of_constants_has_places_that_fit(p):
    constant = intervals.Constant(478.123, 100.0, 9.0, [300.0, 700.0], [400.0, 600.0])
    rows = figures.constants(p, {"A": constant, "alpha": replace(constant, value=0.34731)}).rows
    assert rows[0] == ["A", "478.12", "100 ± 9", "124.58", "300.00 to 700.00", "400.00 to 600.00"]
    assert rows[1][1] == "0.3473"


def test_compared_finds_the_published_figures_again(found):
    rows = {row[0]: row[1:] for row in figures.compared(found).rows}
    assert rows["A, Besiroglu et al. (absolute error)"][0] == "482.01"
    assert rows["best size at Gopher's budget (40B)"][:2] == ["40B", "40.4B"]
    for name in ("E, all runs (absolute error)", "log-likelihood, refit"):
        assert float(rows[name][2].rstrip("%")) < 1


# What is recorded


def settled(p, found):
    return {each.claim.id: each for each in outcome.verdicts(p, found)}


def by_row(settlement):
    return [row.verdict for row in settlement.rows]


def with_draws(found, **constants):
    """Return what was found with other draws of the law, and the fit at their middle."""
    law = ParametricLaw(**{name: np.asarray(x, dtype=float) for name, x in constants.items()})
    middle = {
        name: replace(each, value=float(np.median(draws)), interval=ends(draws, 0.95))
        for name, each in found.constants.items()
        for draws in [getattr(law, name)]
    }
    return replace(found, drawn=law, constants=middle)


def draws_about(**constants):
    spread = np.linspace(0.999, 1.001, 101)
    law = {"E": 1.8, "A": 480.0, "B": 2100.0, "alpha": 0.35, "beta": 0.35, **constants}
    return {name: value * spread for name, value in law.items()}


def test_the_floors_hold_as_quoted_and_roughly_as_fitted(p, found):
    now = settled(p, found)
    assert by_row(now["h-law-E"]) == by_row(now["w-floor-169"]) == ["holds", "roughly", "roughly"]
    assert now["w-floor-169"].reason == ""
    assert "bootstrap does not contain 1.69" in now["w-floor-169"].why
    low = settled(p, with_draws(found, **draws_about(E=1.69)))
    assert by_row(low["w-floor-169"])[1] == "holds"
    assert "bootstrap contains 1.69" in low["w-floor-169"].why
    far = settled(p, with_draws(found, **draws_about(E=1.2)))
    assert by_row(far["h-law-E"])[1] == by_row(far["w-floor-169"])[1] == "fails"
    assert far["h-law-E"].verdict == "open"


def test_size_and_data_grow_alike_and_not_where_the_exponents_differ(p, found):
    now = settled(p, found)
    assert {now[name].verdict for name in ("l-chinchilla-half", "w-equal-scaling")} == {"holds"}
    assert "contains one half" in now["l-chinchilla-half"].why
    apart = settled(p, with_draws(found, **draws_about(alpha=0.2, beta=0.5)))
    for name in ("l-chinchilla-half", "w-equal-scaling"):
        assert by_row(apart[name]) == ["holds", "fails"]
    assert "does not contain one half" in apart["l-chinchilla-half"].why


def test_twenty_is_kept_or_rejected_by_budget(p, found):
    now = settled(p, found)["w-20-tokens"]
    assert by_row(now)[1] == "holds"
    assert now.rows[1].low < 20 < now.rows[1].high
    # Of equal exponents the ratio is (B / A)^(1 / alpha) at every budget: here far above 20.
    spread = np.linspace(0.9, 1.1, 101)
    high = draws_about(B=480 * 40**0.35) | {"A": 480 * spread}
    assert settled(p, with_draws(found, **high))["w-20-tokens"].verdict == "fails"
    about = draws_about(B=480 * 20**0.35) | {"A": 480 * spread}
    assert settled(p, with_draws(found, **about))["w-20-tokens"].verdict == "holds"
    chosen = settled(parameters(compute=1e25), found)
    assert chosen["w-20-tokens"].rows[1].given == "the budget chosen"
    assert by_row(chosen["w-repl-256"]) == ["roughly", "fails"]
    small = settled(parameters(compute=1.2e18), found)["w-repl-256"]
    assert small.rows[1].recomputed == pytest.approx(25.6, abs=0.1)


def test_the_runs_that_a_narrow_interval_takes_hang_on_its_last_digit(p, found):
    now = settled(p, found)["w-repl-ci"]
    assert now.rows[1].recomputed == pytest.approx(now.rows[0].recomputed / 4)
    more = replace(found, exponent=replace(found.exponent, runs_needed=4e6))
    assert by_row(settled(p, more)["w-repl-ci"])[1] == "holds"
    again = intervals.runs_needed_by_chance(p, found.sample, found.drawn)
    assert again.min() < found.exponent.runs_needed < again.max()


def test_all_runs_raise_the_data_term(p, found):
    results = outcome.recorded(p, found)
    assert results["B_all_over_B"] > 3
    assert results["a_all"] > results["a_high"]
    every = parameters(drop_highest=0)
    sample = fits.read(every)
    times = fits.fit(every, sample).stated.law.B / found.fitted.stated.law.B
    assert times == pytest.approx(results["B_all_over_B"])


@settings(max_examples=20)
@drawn_from(st.floats(0.2, 0.6), st.floats(0.2, 0.6))
def test_the_objective_is_zero_at_the_truth_alone(alpha, beta):
    law = ParametricLaw(1.7, 400.0, 1200.0, alpha, beta)
    n, d = grid(4)
    sample = fits.Sample(None, Runs(n, d, law.loss(n, d)), None, 0, 0.0)
    error = ErrorModel("huber", 1e-3)
    assert fits.objective(law, sample, error) == pytest.approx(0, abs=1e-15)
    assert fits.objective(replace(law, E=1.71), sample, error) > 1e-8
