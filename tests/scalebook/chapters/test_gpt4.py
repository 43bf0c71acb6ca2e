"""What the chapters on over-training and on GPT-4 say, from the tables and the library."""

import json

import numpy as np
import pytest

from scalebook import paths
from scalebook.chapters import CHAPTERS
from scalebook.execution import parameters
from scalebook.record import claims
from scalinglaws import registry
from scalinglaws.errors import ScalingLawsError
from scalinglaws.optimum import dense, experts, repetition
from scalinglaws.units import tokens_from_flop

LLAMA = {name: registry.published[name] for name in ("llama3", "llama3-figure")}


def printed(key):
    return registry.printed(key).value


def stated(claim):
    return claims.load()[claim].stated


def llama_ratio(law, compute):
    return 6 * law.tokens(compute) ** 2 / compute


def repetition_factor(passes, unique=1e12):
    law = repetition.published()
    spent = repetition.best_runs(law, unique, passes)
    fresh = dense.optimal(law.fresh, spent.compute)
    return float(spent.tokens_per_param / fresh.tokens_per_param)


def start(chapter, **given):
    """Run the chapter's cell that checks its parameters, with some of them changed."""
    notebook = json.loads((paths.notebooks_dir() / f"{chapter}.ipynb").read_text(encoding="utf-8"))
    cells = ["".join(c["source"]) for c in notebook["cells"] if c["cell_type"] == "code"]
    namespace = {p.name: p.default for p in CHAPTERS[chapter]} | given
    exec(compile(cells[1], chapter, "exec"), namespace)


# The plan for a trillion parameters


def test_the_plans_days_and_tokens_agree():
    speed = printed("narayanan2021.plan.accelerators") * printed("narayanan2021.plan.throughput")
    flop = printed("narayanan2021.flop_per_param_token") * printed("narayanan2021.plan.params")
    days = flop * printed("narayanan2021.plan.tokens") / speed / 86400
    assert days == pytest.approx(printed("narayanan2021.plan.days"), abs=1)


# GPT-4


def test_the_estimate_of_gpt4_follows_from_the_rumour():
    total = registry.published_model("GPT-4 (rumoured)").params
    active = experts.active_params(
        total, printed("gpt4.experts"), printed("gpt4.active_experts"), printed("gpt4.shared")
    )
    assert active == pytest.approx(stated("n-gpt4-active"), rel=0.5e-2)
    tokens = tokens_from_flop(printed("nesov.gpt4.compute"), active)
    assert tokens == pytest.approx(stated("n-gpt4-tokens"), abs=0.05e13)
    assert tokens / active == pytest.approx(stated("n-gpt4-ratio"), abs=1)


def test_llama_3s_two_printings_disagree_and_the_figures_agrees_with_its_optimum():
    optimum = printed("llama3.optimum.tokens") / printed("llama3.optimum.params")
    compute = printed("llama3.optimum.compute")
    assert llama_ratio(LLAMA["llama3-figure"], compute) == pytest.approx(optimum, rel=0.03)
    assert llama_ratio(LLAMA["llama3"], compute) < optimum / 2
    assert optimum == pytest.approx(41.2, abs=0.05)


def test_the_ratios_growth_is_that_of_the_printed_exponent():
    law = LLAMA["llama3"]
    growth = llama_ratio(law, 1e25) / llama_ratio(law, 1e22)
    assert growth == pytest.approx(stated("n-llama-1.5x"), abs=0.05)
    assert experts.scaled_ratio(1, growth, 1e26, 1e25) ** 3 == pytest.approx(growth)


# The run of 2028


def test_repetition_raises_the_ratio_as_the_comment_has_it_within_a_tenth():
    found = repetition_factor(printed("nesov.repetition.epochs"))
    assert found == pytest.approx(printed("nesov.repetition.factor"), rel=0.1)


def test_repetition_counts_from_one_pass_and_not_on_the_amount_of_data():
    assert repetition_factor(1.0) == pytest.approx(1, rel=1e-6)
    assert repetition_factor(30.0, 1e9) == pytest.approx(repetition_factor(30.0, 1e14))
    rising = [repetition_factor(passes) for passes in (1.0, 2.0, 5.0, 30.0, 100.0)]
    assert (np.diff(rising) > 0).all()


def test_the_quoted_factors_need_about_two_for_repetition():
    scale = experts.scaled_ratio(stated("n-llama-37"), stated("n-llama-1.5x"), 5e28, 4e25)
    needed = stated("n-2028-ratio") / (scale * stated("n-moe-6x"))
    assert needed == pytest.approx(2.07, abs=0.01)
    assert repetition_factor(10.0) < needed < repetition_factor(30.0)


# What the chapters refuse


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"active_experts": 17}, "'active_experts' is 17 experts and 'experts' is 16 experts"),
        ({"later_active_experts": 33}, "'later_active_experts' is 33 experts"),
        ({"shared_params": 2e12}, "'shared_params' is 2e\\+12 params, .* 1.8e\\+12 params"),
        ({"shared_params": 1e12}, "'shared_off' is 2 x, .* expected shared_params times"),
        ({"sparse_compute_low": 1e22}, "'sparse_compute_low' is 1e\\+22 FLOP"),
        ({"compute": 0.0}, "'compute' \\(FLOP, .* expected from 1e\\+18 to 1e\\+32 FLOP"),
        ({"experts": 0}, "'experts' \\(experts, default 16\\).* expected from 1"),
        ({"dense_ratio": 0.0}, "'dense_ratio' \\(tokens/param, .* expected from 0.01"),
        ({"epochs": 0.5}, "'epochs' .* expected from 1 to 1000 epochs"),
    ],
)
def test_bad_mixtures_are_refused_by_name_unit_and_bounds(given, message):
    with pytest.raises(ScalingLawsError, match=message):
        start("gpt4", **given)


def test_good_parameters_pass():
    start("gpt4", compute=3e25, shared_params=0.0, experts=8)
    start("overtraining", root=2.0)


def test_a_rule_without_a_root_is_refused():
    with pytest.raises(ScalingLawsError, match="'root'"):
        start("overtraining", root=0.0)


def test_a_name_like_the_unit_of_compute_is_led_to_compute():
    with pytest.raises(ScalingLawsError, match="unknown parameter 'flops'. Did you mean 'compute'"):
        parameters.check("gpt4", {"flops": 2e25})
