"""Losses in other units, and what a run could learn: exact cases and published numbers."""

import math
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st

from scalebook.chapters.common import printed, stated
from scalebook.chapters.entropy import figures, findings, outcome, steps
from scalebook.chapters.entropy.steps import ALL_RUNS, HOFFMANN, OWN, REPLICATION
from scalebook.record import claims
from scalinglaws.errors import ScalingLawsError
from scalinglaws.information.rates import BIT, BYTE, CHARACTER, NAT, TOKEN, WORD, Rate, Text
from scalinglaws.laws import ParametricLaw
from tests.scalebook.chapters.cells import given, part

FEW = {"resamples": 100}


@pytest.fixture(scope="module")
def p():
    return given("entropy", **FEW)


@pytest.fixture(scope="module")
def found(p):
    return steps.take(p)


def verdict(claim, p, found):
    return next(each for each in outcome.verdicts(p, found) if each.claim.id == claim)


# Units


def test_ln_2_nats_are_one_bit_however_the_text_is_cut():
    text = Text(chars_per_token=4.0, bytes_per_char=2.0, tokens_per_word=1.5)
    found = [
        float(steps.in_bits(math.log(2), unit, text)) for unit in (TOKEN, CHARACTER, BYTE, WORD)
    ]
    assert found == pytest.approx([1, 1 / 4, 1 / 8, 1.5])


@drawn(st.floats(0.1, 10), st.floats(1, 10))
def test_the_floor_per_character_goes_as_the_inverse_of_the_characters(loss, chars):
    p = given("entropy")
    once, twice = (steps.in_bits(loss, CHARACTER, steps.cut(p, k * chars)) for k in (1, 2))
    assert once == pytest.approx(2 * twice)


def test_the_text_is_cut_as_the_parameters_say_unless_told_otherwise():
    p = given("entropy", chars_per_token=4.2, bytes_per_char=2.0, tokens_per_word=1.1)
    assert steps.cut(p) == Text(4.2, 2.0, 1.1)
    assert steps.cut(p, 3.0) == Text(3.0, 2.0, 1.1)


def test_laws_go_by_the_names_in_the_tables():
    assert steps.law_of(ALL_RUNS).name == "besiroglu2024-all245"
    with pytest.raises(KeyError):
        steps.law_of(OWN)


# What a token stands for


def test_massivetexts_columns_give_the_bytes_in_a_token(found):
    disk, share, epochs, per_token = found.massive.by_part["c4"]
    tokens = share * found.massive.massive_tokens / epochs
    assert per_token == pytest.approx(disk / tokens)
    assert per_token == pytest.approx(4.125)
    prose = [found.massive.by_part[name][-1] for name in steps.PROSE]
    assert (found.massive.massive_low, found.massive.massive_high) == (min(prose), max(prose))


def test_no_token_is_a_quarter_of_a_byte_so_wikipedia_is_left_out(found):
    parts = {name: row for name, row in found.massive.by_part.items() if name != "wikipedia"}
    assert found.massive.by_part["wikipedia"][-1] < 1 < min(row[-1] for row in parts.values())
    shares = [row[1] for row in parts.values()]
    mean = sum(row[1] * row[-1] for row in parts.values()) / sum(shares)
    assert found.massive.massive_mean == pytest.approx(mean)


def test_a_byte_is_a_token_of_the_smallest_encoding_and_larger_ones_hold_more(found):
    per_token = [float(each.text.per_token(BYTE)) for each in found.prose.encodings]
    assert per_token[0] == 1
    assert (np.diff(per_token) > 0).all()
    bits = [each.unigram for each in found.prose.encodings]
    per_byte = [b.to(BYTE, e.text).value for b, e in zip(bits, found.prose.encodings, strict=True)]
    assert bits[0] < bits[-1]
    assert per_byte[-1] < per_byte[0]


def test_compressors_need_more_than_the_floor_and_less_than_a_byte(found):
    least = found.floors.floor_high / math.log(2) / 3.5
    assert all(least < bits < 8 for bits in found.prose.squeezed.values())


# The floor


def test_the_floors_are_those_published_and_our_fit_is_near_the_replications(found):
    by_fit = found.floors.by_fit
    assert by_fit[HOFFMANN] == (pytest.approx(1.69, abs=0.01),) * 3
    refit, low, high = by_fit[REPLICATION]
    assert refit == pytest.approx(1.82, abs=0.01)
    assert (high - low) / 2 == pytest.approx(1.96 * printed("besiroglu2024.E.se"))
    own, low, high = by_fit[OWN]
    assert own == pytest.approx(refit, abs=0.01)
    assert low < own < high
    assert own == found.floors.law.E
    assert found.floors.drawn.E.shape == (100,)


def test_a_lower_level_narrows_the_interval_of_our_floor_alone(found):
    narrow = steps.floors(given("entropy", **FEW, level=0.5)).by_fit
    low, high = narrow[OWN][1:]
    assert found.floors.by_fit[OWN][1] < low < high < found.floors.by_fit[OWN][2]
    assert narrow[REPLICATION] == found.floors.by_fit[REPLICATION]


def test_forms_and_error_models_spread_the_floor_beyond_one_laws_interval(found):
    floors = found.floors
    assert len(floors.by_form) == len(steps.FORMS) * len(steps.ERRORS)
    assert floors.by_form["sum", "huber"] == pytest.approx(floors.by_fit[OWN][0])
    assert floors.floor_low < floors.by_fit[OWN][1]
    assert floors.floor_high > floors.by_fit[OWN][2]


def test_too_few_runs_are_refused():
    with pytest.raises(ScalingLawsError, match="drop_highest"):
        steps.floors(given("entropy", drop_highest=230))


def test_chinchilla_beats_gopher_on_all_parts_of_the_pile(found):
    chinchilla, gopher = found.scores["chinchilla"], found.scores["gopher"]
    assert chinchilla.keys() == gopher.keys() > {*steps.PILE_PROSE}
    assert all(chinchilla[part] < gopher[part] for part in chinchilla)


def test_the_scores_on_the_pile_are_those_of_the_papers_table():
    scores = steps.pile()
    assert {model: parts["pile_cc"] for model, parts in scores.items()} == {
        "chinchilla": 0.667,
        "gopher": 0.691,
    }
    assert [len(parts) for parts in scores.values()] == [19, 19]


# The derivations


def test_the_comments_figure_and_the_sound_one(found):
    d = found.derivations
    assert d.floor_bits == pytest.approx(1.69 / math.log(2))
    assert d.their_divisor == pytest.approx(stated("t-4.0864"))
    assert d.their_result == pytest.approx(stated("t-0.595"), abs=0.0005)
    # E / (2/q) over E / 8q is 4 q^2, but for the digits that the comment cut off.
    ratio = d.sound_result / d.their_result * stated("t-243") / d.floor_bits
    assert ratio == pytest.approx(4 * d.bpe_ratio**2)


# The unit of a loss


def test_the_unit_of_the_loss_is_the_nat(found):
    unit = found.unit
    assert unit.nearest == "nat"
    assert unit.implied_low < steps.BASES["nat"] < unit.implied_high
    assert unit.implied_low < min(bits for *_, bits in unit.cases)
    # The lowest score on the parts of prose with the shortest tokens, by the law of highest loss.
    low, mean = found.massive.massive_low, found.massive.massive_mean
    assert unit.implied_low == pytest.approx(min(bits for *_, bits in unit.cases) * low / mean)
    assert max(bits for *_, bits in unit.cases) < unit.implied_high


@pytest.mark.parametrize(
    ("factor", "nearest"), [(0.65, "bit"), (1.0, "nat"), (2.3, "decimal digit")]
)
def test_scores_in_proportion_move_the_unit_in_proportion(found, factor, nearest):
    scaled = {"chinchilla": {k: factor * bits for k, bits in found.scores["chinchilla"].items()}}
    unit = steps.unit(found.massive, scaled)
    assert unit.implied_mean == pytest.approx(factor * found.unit.implied_mean)
    assert unit.nearest == nearest


# What a run could learn


def test_the_area_of_a_law_with_one_half_as_its_exponent():
    # B D^(1/2) / (1/2) nats over 400 tokens, without a cut.
    law = ParametricLaw(E=1.0, A=0.0, B=1.0, alpha=0.5, beta=0.5)
    p = given("entropy", params=1e3, tokens=1e3, vocabulary=10_000_000)
    found = steps.learned(p, steps.Floors(law, _ensemble(law), {}, {}, 1.0, 1.0))
    exact = 2 * math.sqrt(1e3) / math.log(2) / 1e3
    assert (
        found.learned_own_low
        == found.learned_own_high
        == pytest.approx(found.bounds[OWN].per_param)
    )
    assert found.bounds[OWN].per_param <= exact


def _ensemble(law):
    fields = ("E", "A", "B", "alpha", "beta")
    return ParametricLaw(*(np.full(3, getattr(law, name)) for name in fields))


def test_only_the_cut_bounds_a_curve_that_falls_faster_than_the_inverse():
    steep = ParametricLaw(E=1.0, A=1.0, B=1.0, alpha=0.5, beta=1.2)
    p = given("entropy")
    found = steps.learned(p, steps.Floors(steep, _ensemble(steep), {}, {}, 1.0, 1.0))
    assert np.isfinite(found.bounds[OWN].per_param)


def test_twice_the_data_teach_less_than_twice_as_much(p, found):
    more = steps.learned(given("entropy", **FEW, tokens=2 * p.tokens), found.floors)
    gained = float(more.bounds[REPLICATION].per_param / found.learned.bounds[REPLICATION].per_param)
    assert gained == pytest.approx(2 ** (1 - steps.law_of(REPLICATION).beta), rel=0.01)
    assert 1 < gained < 2


def test_larger_optimal_runs_have_less_to_learn_per_parameter(p):
    budgets = np.geomspace(1e18, 1e27, 10)
    assert (np.diff(steps.learned_along(p, steps.law_of(REPLICATION), budgets)) < 0).all()


def test_the_tokens_that_fill_the_parameters_are_more_than_half_a_token_a_bit(p):
    bits = steps.capacity()["Morris et al."] * p.params
    assert steps.tokens_needed(p, REPLICATION) > steps.tokens_needed(p, HOFFMANN) > bits / 2
    # Few bits are learned while the curve is held at its start, 2 bits above the floor.
    few = given("entropy", params=1e3)
    assert steps.tokens_needed(few, REPLICATION) == pytest.approx(
        steps.capacity()["Morris et al."] * 1e3 / 2
    )
    small = given("entropy", params=p.params / 2)
    assert steps.tokens_needed(small, REPLICATION) < steps.tokens_needed(p, REPLICATION) / 2


def test_an_ideal_learners_first_symbol_teaches_what_is_above_the_entropy(found):
    ideal, naive = found.signal.ideal, found.signal.naive
    assert ideal[0] == pytest.approx(math.log2(steps.SYMBOLS) - steps.MEAN_BITS)
    assert naive[0] == pytest.approx(ideal[0])  # nothing seen: both guess evenly
    assert (naive[1:] > ideal[1:]).all()
    assert (np.diff(ideal) < 0).all()


# The record


@settings(max_examples=5)
@drawn(st.floats(0.5, 4), st.floats(4, 20))
def test_the_results_per_character_lie_within_the_range_of_tokenizers(found, low, high):
    p = given("entropy", **FEW, chars_per_token_low=low, chars_per_token_high=high)
    numbers = outcome.recorded(p, found)
    assert numbers["floor_char_low"] <= numbers["E_bits_char"] <= numbers["floor_char_high"] * 1.05
    assert numbers["tokenizer_width_share"] == pytest.approx(
        (1 / low - 1 / high) * p.chars_per_token
    )


def test_bytes_move_the_figures_per_byte_alone(p, found):
    wide = outcome.recorded(given("entropy", **FEW, bytes_per_char=2.0), found)
    plain = outcome.recorded(p, found)
    assert wide.pop("E_bits_byte") == pytest.approx(plain.pop("E_bits_byte") / 2)
    assert wide == plain


def test_perplexities_belong_to_their_unit_of_text(p, found):
    numbers = outcome.recorded(p, found)
    floor = found.floors.law.E
    assert numbers["perplexity"] == pytest.approx(math.exp(floor))
    assert numbers["perplexity_char"] ** p.chars_per_token == pytest.approx(math.exp(floor))
    assert numbers["perplexity_word"] == pytest.approx(math.exp(floor * p.tokens_per_word))
    chinchilla, gopher = (
        printed(f"hoffmann2022.wikitext103.{m}") for m in ("chinchilla", "gopher")
    )
    assert numbers["wiki_gain"] == pytest.approx(gopher / chinchilla - 1)


def by_row(settlement):
    return [row.verdict for row in settlement.rows]


def test_every_claim_is_settled_once(p, found):
    ids = [each.claim.id for each in outcome.verdicts(p, found)]
    assert sorted(ids) == sorted(c.id for c in claims.load().values() if c.chapter == "entropy")


@pytest.mark.parametrize("claim", ["h-entropy-unit", "t-4.0864", "w-gwern-perplexity"])
def test_numbers_in_a_wrong_unit_fail_by_their_unit(claim, p, found):
    assert (verdict(claim, p, found).verdict, verdict(claim, p, found).reason) == ("fails", "unit")


def test_a_floor_of_another_size_fails_by_more_than_its_unit(p, found):
    fits = {**found.floors.by_fit, REPLICATION: (1.5, 1.45, 1.55)}
    other = verdict("h-entropy-unit", p, replace(found, floors=replace(found.floors, by_fit=fits)))
    assert (other.verdict, other.reason) == ("roughly", "")


def test_at_a_compression_to_half_the_derivation_would_hold(p, found):
    half = replace(found.derivations, their_divisor=4.0, sound_chars=4.0)
    sound = verdict("t-0.595", p, replace(found, derivations=half))
    off = verdict("t-0.595", p, found)
    assert (sound.verdict, sound.reason) == ("holds", "")
    assert (off.verdict, off.reason) == ("holds", "coincidence")
    assert (off.rows[1].low * 4.5, off.rows[1].high * 3.5) == pytest.approx(
        (found.derivations.floor_bits,) * 2
    )


def test_shannons_range_holds_or_not_by_the_characters_in_a_token(p, found):
    assert verdict("t-shannon", p, found).verdict == "open"
    few = given(
        "entropy", **FEW, chars_per_token=3.2, chars_per_token_low=3, chars_per_token_high=3.5
    )
    many = given("entropy", **FEW, chars_per_token=6, chars_per_token_low=5, chars_per_token_high=7)
    assert verdict("t-shannon", few, found).verdict == "holds"
    assert verdict("t-shannon", many, found).verdict == "fails"


def test_the_number_format_is_judged_by_what_a_run_could_learn(p, found):
    now = verdict("h-float32", p, found)
    assert (now.verdict, now.reason) == ("holds", "coincidence")
    overfed = given("entropy", **FEW, tokens=1e14)
    fed = replace(found, learned=steps.learned(overfed, found.floors))
    assert verdict("h-float32", overfed, fed).reason == ""
    assert "so many could be learned" in verdict("h-float32", overfed, fed).why


def test_a_unit_between_two_is_left_open_and_another_one_fails(p, found):
    assert verdict("v-nats", p, found).verdict == "holds"
    assert "only the nat lies there" in verdict("v-nats", p, found).why
    wide = replace(found, unit=replace(found.unit, implied_low=0.9, implied_high=1.5))
    assert verdict("v-nats", p, wide).verdict == "open"
    assert "2 lie there; the same text" in verdict("v-nats", p, wide).why
    bits = replace(found, unit=replace(found.unit, implied_low=0.9, implied_high=1.1))
    assert verdict("v-nats", p, bits).verdict == "fails"


def test_a_fixed_tokenizer_scales_all_losses_alike(p, found):
    assert verdict("v-constant-factor", p, found).rows[0].recomputed == 1.0


def test_less_is_left_to_learn_near_the_floor(p, found):
    now = verdict("h-less-info-3bits", p, found)
    assert (now.verdict, now.rows[0].recomputed) == ("holds", 1 / 8)
    assert verdict("h-signal-noise", p, found).verdict == "holds"


def test_a_question_is_no_claim(p, found):
    assert verdict("h-reply-tokens-for-bits", p, found).verdict == "assumption"


def test_gains_in_proportion_would_hold(p, found):
    assert verdict("l-proportionate", p, found).verdict == "fails"
    chinchilla = {part: 0.9 * score for part, score in found.scores["gopher"].items()}
    alike = replace(found, scores={"chinchilla": chinchilla, "gopher": found.scores["gopher"]})
    assert verdict("l-proportionate", p, alike).verdict == "holds"


def test_the_best_compressor_is_smallest_together_with_its_text(p):
    law, size = steps.law_of(REPLICATION), 1e9
    best = float(steps.best_to_compress(p, law, size))

    def total(params):
        tokens = size / (p.chars_per_token * p.bytes_per_char)
        return 16 * params + tokens * (law.E + law.A * params**-law.alpha) / math.log(2)

    assert total(best) < min(total(0.99 * best), total(1.01 * best))
    small, large = steps.best_to_compress(p, law, [1e9, 1e12])
    assert large / small == pytest.approx(10 ** (3 / (1 + law.alpha)))


# Figures and tables


def test_the_table_of_massivetext_has_wikipedias_impossible_line(found):
    rows = {row[0]: row[1:] for row in figures.massivetext(found.massive).rows}
    assert rows["Wikipedia"][-1] == "0.24"
    assert rows["C4"][:2] == ["750", "10%"]


def test_the_prose_is_drawn_by_encoding(found, p):
    left, right = figures.prose(p, found.prose).figure.axes
    chars = [float(each.text.per_token(CHARACTER)) for each in found.prose.encodings]
    assert left.lines[0].get_ydata() == pytest.approx(chars)
    assert left.get_xscale() == "log"
    assert [tick.get_text() for tick in left.get_xticklabels()] == ["256", "1,024", "4,096"]
    per_token, per_char = (line.get_ydata() for line in right.lines)
    assert np.array(per_token) == pytest.approx(np.array(per_char) * chars)


def test_the_table_of_floors_converts_each(p, found):
    table = figures.floor_units(p, found.floors)
    assert table.columns == ["floor", "Hoffmann", "refit", "12 fits"]
    known = {row[0]: row[1:] for row in table.rows}
    assert [known[name][0] for name in known] == ["1.69", "2.44", "0.61", "3.42", "5.4"]
    assert known["nats/token"][2] == "1.71 to 1.88"
    wide = figures.floor_units(given("entropy", **FEW, bytes_per_char=2.0), found.floors)
    assert [row[2] for row in wide.rows if row[0] == "bits/byte"] == ["0.33"]


def test_the_bars_of_the_floors_widen_with_the_range_of_tokenizers(p, found):
    def bars(name="floor, fitted here", **values):
        shown = figures.floors(given("entropy", **FEW, **values), found)
        own = part(shown.data, row=name, series="with the range of characters per token")
        return own["bits_per_char_low"][0], own["bits_per_char_high"][0]

    assert bars(chars_per_token_high=8.0)[0] < bars()[0]
    low, high = found.floors.by_fit[OWN][1:]
    assert bars() == pytest.approx((low / 4.5 / math.log(2), high / 3.5 / math.log(2)))
    low, high = found.floors.floor_low, found.floors.floor_high
    several = bars("floor, several laws")
    assert several == pytest.approx((low / 4.5 / math.log(2), high / 3.5 / math.log(2)))
    shown = figures.floors(p, found)
    shannon = part(shown.data, row="Shannon 1951 (bounds)")
    assert (shannon["bits_per_char_low"], shannon["bits_per_char_high"]) == ([0.6], [1.3])
    assert f"several laws reach from {several[0]:.2f} to {several[1]:.2f}." in shown.alt


# The control


def moved(p, found, **settings):
    control = figures.lead(p, found).control
    given_ = {each.name: each.value for each in control.inputs} | settings
    return control.evaluate(given_)


def test_the_control_has_the_chapters_numbers_at_first(p, found):
    numbers = outcome.recorded(p, found)
    now = moved(p, found, loss=float(found.floors.law.E))
    assert now["token"] == pytest.approx(numbers["E_bits_token"])
    assert now["character"] == pytest.approx(numbers["E_bits_char"])
    assert now["perplexity"] == pytest.approx(numbers["perplexity"])


@pytest.mark.parametrize(
    ("unit", "rate"),
    [(0, (NAT, TOKEN)), (1, (BIT, TOKEN)), (2, (BIT, BYTE)), (3, (BIT, CHARACTER))],
)
def test_the_control_converts_as_rates_do(p, found, unit, rate):
    text = Text(3.0, 2.0, 1.1)
    now = moved(p, found, loss=0.9, unit=unit, cut=0, typed=3.0, wide=2.0, long=1.1)
    expected = Rate(0.9, *rate)
    for name, per in (("token", TOKEN), ("byte", BYTE), ("character", CHARACTER), ("word", WORD)):
        assert now[name] == pytest.approx(float(expected.to(per, text).bits.value))
    assert now["nats"] == pytest.approx(float(expected.to(TOKEN, text).nats.value))


def test_a_tokenizer_with_a_name_brings_its_own_numbers(p, found):
    for place, each in enumerate(found.tokenizers.values(), start=1):
        now = moved(p, found, cut=place, typed=9.0, wide=4.0)
        assert now["chars"] == each.chars_per_token
        assert now["word"] == pytest.approx(now["token"] * each.tokens_per_word)


# What the page says


def said(p, found, name, **changed):
    numbers = SimpleNamespace(**{**outcome.recorded(p, found), **changed})
    return getattr(findings, name)(p, numbers).markdown


def test_the_answer_says_what_matters_more(p, found):
    assert "The tokenizer matters more than the law." in said(p, found, "short_answer")
    wide = said(p, found, "short_answer", floor_width_share=0.9)
    assert "The law matters more than the tokenizer." in wide


def test_the_side_of_shannons_bound_is_told_or_left_open(p, found):
    assert "the tokenizer decides" in said(p, found, "english")
    assert "lie below it" in said(p, found, "english", floor_char_high=0.5, floor_char_low=0.4)
    assert "lie above it" in said(p, found, "english", floor_char_high=0.9, floor_char_low=0.8)


def test_one_laws_interval_may_be_the_wider(p, found):
    assert "claims to know it better" in said(p, found, "floor")
    assert "No other form" in said(p, found, "specialists", other_fits=0)
    assert "claims to know it no better" in said(p, found, "floor", own_width_share=0.5)


def test_more_can_be_learned_than_stored_or_less(p, found):
    names = ("learned_replication", "learned_hoffmann", "learned_all")
    assert "much the same" in said(p, found, "learned")
    assert "more to learn than" in said(p, found, "learned", **dict.fromkeys(names, 40.0))
    assert "room for all" in said(p, found, "learned", **dict.fromkeys(names, 0.1))


def test_the_unit_is_told_or_not(p, found):
    assert "only a nat (1.44) lies in that range" in said(p, found, "nats")
    assert "More than one" in said(p, found, "nats", implied_low=0.9)
    assert "Neither" in said(p, found, "nats", implied_low=1.1, implied_high=1.2)


# More figures and tables


def test_the_derivation_is_listed_as_written_and_with_units(found):
    last = figures.derivations(found.derivations).rows[-1]
    assert last[1:] == ["2.43 / 4.0864 = 0.595", "2.438 / 3.915 = 0.623"]


def test_the_formulas_cross_at_one_half_and_crosses_lie_on_the_sound_one(found):
    theirs, sound = (line.get_ydata() for line in _lines(found)[:2])
    q = _lines(found)[0].get_xdata()
    assert q[np.argmin(np.abs(theirs - sound))] == pytest.approx(0.5, abs=0.005)
    shown = figures.coincidence(found.derivations, found.prose)
    own = part(shown.data, series="encodings trained here")
    on_line = found.derivations.floor_bits * np.array(own["share"]) / 2
    assert own["bits_per_char"] == pytest.approx(on_line)
    assert max(own["share"]) <= 1


def _lines(found):
    return figures.coincidence(found.derivations, found.prose).figure.axes[0].lines


def test_the_table_of_units_has_two_laws_and_three_parts(found):
    rows = figures.unit(found.unit, found.massive).rows
    assert [row[:2] for row in rows] == [
        [law, part] for law in (HOFFMANN, REPLICATION) for part in steps.PILE_WEB.values()
    ]


def test_what_is_to_be_learned_is_drawn_under_three_laws_at_the_runs_place(p, found):
    ax = figures.learned(p, found.floors, found.learned).figure.axes[0]
    own = ax.lines[0].get_ydata()
    assert own[0] == pytest.approx(steps.learned_along(p, found.floors.law, 1e18))
    point = ax.lines[-1].get_xydata()
    assert point.tolist() == [[6 * p.params * p.tokens, float(found.learned.bounds[OWN].per_param)]]


def test_a_curve_that_leaves_the_picture_is_named_where_it_leaves(p, found):
    texts = {
        t.get_text(): t
        for t in figures.learned(p, found.floors, found.learned).figure.axes[0].texts
    }
    assert texts["Hoffmann et al."].xy[0] == 1e27
    assert texts["all 245 runs"].xy[0] < 1e27


def test_the_table_of_bounds_has_the_published_ones(p, found):
    rows = {row[0]: row[1:] for row in figures.bounds(p, found.learned).rows}
    assert rows.keys() == {HOFFMANN, REPLICATION, ALL_RUNS, OWN}
    assert rows[REPLICATION][0] == "3.42"
    assert float(rows[REPLICATION][2]) > float(rows[REPLICATION][0])


def test_the_table_of_the_two_learners(found):
    ideal, naive = figures.signal(found.signal).rows
    assert ideal[1] == naive[1] == "8.0"
    assert len(ideal) == 1 + len(steps.SEEN)


def test_published_and_recomputed_agree_but_for_the_unit_of_the_floor(found):
    rows = {row[0]: row[1:] for row in figures.compared(found.derivations).rows}
    assert rows["bits in 16-bit tokens, per character"] == ["4.0864", "4.0864", "0%"]
    assert rows["floor of the replication, bits/token"][2] == "44%"
