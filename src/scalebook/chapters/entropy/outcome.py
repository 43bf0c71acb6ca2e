"""What the chapter on the entropy of text comes to: its results and its verdicts."""

from collections.abc import Iterator

import numpy as np

from scalebook.chapters.common import low_high, printed, ranged, recording, stated
from scalebook.chapters.entropy import steps
from scalebook.chapters.entropy.steps import ALL_RUNS, HOFFMANN, OWN, REPLICATION, Found
from scalebook.chapters.parameter import Parameters
from scalebook.record.claims import Settlement, Verdicts, settle
from scalebook.record.results import numbers_of
from scalebook.show.numbers import fix, num, pct, qty
from scalinglaws import registry
from scalinglaws.information import rates, tokenizers
from scalinglaws.information.rates import BYTE, CHARACTER, TOKEN, WORD, Text
from scalinglaws.units import BITS_PER_NAT, Floats


def recorded(p: Parameters, f: Found) -> dict[str, object]:
    """Return the numbers that the chapter records."""
    d, text, by_law, large = f.derivations, steps.cut(p), f.learned.bounds, f.prose.encodings[-1]
    floor, (own, *own_ends) = rates.loss(d.stated_floor), f.floors.by_fit[OWN]
    hoffmann, refit = (f.floors.by_fit[label][0] for label in (HOFFMANN, REPLICATION))
    hoffmann_bits, refit_bits = map(float, rates.loss([hoffmann, refit]).bits.value)
    chinchilla, gopher = f.scores.values()
    gains = [1 - chinchilla[part] / gopher[part] for part in chinchilla]
    wiki, wiki_before = (printed(f"hoffmann2022.wikitext103.{model}") for model in f.scores)
    word, gained = rates.Perplexity(wiki, WORD).bits, float(np.log(wiki_before / wiki))
    run, law = registry.published_model("Chinchilla"), steps.law_of(REPLICATION)
    excess = float(law.loss(run.params, run.tokens) - law.E)
    shannon = printed("shannon1951.lower")
    (morris, allenzhu), needed = steps.capacity().values(), steps.tokens_needed(p, REPLICATION)
    return {
        **numbers_of(f.massive, f.prose, d, f.unit, f.learned, but=["floor_bits", "their_result"]),
        "bits_per_nat": BITS_PER_NAT, "perplexity_floor": floor.perplexity.value,
        **{f"perplexity_floor_{name}": floor.to(unit, text).perplexity.value for name, unit in (("word", WORD), ("char", CHARACTER))},
        "kaplan_chars": printed("kaplan2020.chars_per_token"), "kaplan_tokens_per_word": printed("kaplan2020.tokens_per_word"),
        **_encoding("small", f.prose.encodings[1]), **_encoding("large", large),
        "chars_per_token_measured": large.text.per_token(CHARACTER),
        "compressor_best": min(bits[-1] for bits in f.prose.squeezed.values()),
        "E": own, **low_high("E", own_ends), "own_width_share": (own_ends[1] - own_ends[0]) / own,
        **{f"E_bits_{name}": steps.in_bits(own, unit, text) for name, unit in (("token", TOKEN), ("byte", BYTE), ("char", CHARACTER))},
        "tokenizer_width_share": (1 / p.chars_per_token_low - 1 / p.chars_per_token_high) * p.chars_per_token,
        "shannon_lower": shannon, "shannon_upper": printed("shannon1951.upper"),
        "cover": printed("cover1978.entropy"), "brown": printed("brown1992.upper"),
        "pile_factor": max(chinchilla.values()) / min(chinchilla.values()),
        **ranged("prose_pile", (chinchilla[part] for part in steps.PILE_PROSE)), **ranged("floor_char", _ends(p, f)), **ranged("gain", gains),
        "replication_bits": refit_bits, "stated_result": stated("t-0.595"),
        "sound_replication": steps.in_bits(refit, CHARACTER, Text(d.sound_chars)),
        "threshold_hoffmann": hoffmann_bits / shannon, "threshold_replication": refit_bits / shannon,
        "wiki_chinchilla": wiki, "wiki_gopher": wiki_before,
        "wiki_nats": gained, "wiki_gain": np.exp(gained) - 1, "wiki_sentence": np.exp(20 * gained),
        "wiki_bits_word": word.value, "wiki_bits_char": word.to(CHARACTER, text).value,
        "excess_chinchilla": excess, "page_bits": 500 * excess * BITS_PER_NAT,
        **{f"learned_{name}": by_law[label].per_param for name, label in (("hoffmann", HOFFMANN), ("replication", REPLICATION), ("all", ALL_RUNS), ("own", OWN))},
        "capacity_morris": morris, "capacity_allenzhu": allenzhu,
        "tokens_needed": needed, "tokens_needed_per_param": needed / p.params, "tokens_needed_per_bit": needed / (morris * p.params),
        "signal_symbols": steps.SYMBOLS, "naive_ten": f.signal.naive[4], "ideal_second": f.signal.ideal[1], "ideal_hundred": f.signal.ideal[5],
        "exercise_wrong": d.floor_bits / (8 * 0.35), "exercise_sound": d.floor_bits * 0.35 / 2, "exercise_double": 2 ** (1 - law.beta),
    }  # fmt: skip


def _encoding(name: str, found: tokenizers.Encoding) -> dict[str, object]:
    return {
        f"vocab_{name}": found.vocabulary, f"unigram_{name}_token": found.unigram.value,
        f"unigram_{name}_char": found.unigram.to(CHARACTER, found.text).value,
    }  # fmt: skip


def _ends(p: Parameters, f: Found) -> Floats:
    """Return the floors of the published fits, bits per character, at the ends of the ranges."""
    floors = np.array([[f.floors.by_fit[HOFFMANN][0]], *([end] for end in f.floors.by_fit[REPLICATION][1:])])  # fmt: skip
    return steps.in_bits(floors, CHARACTER, Text([p.chars_per_token_low, p.chars_per_token_high])).ravel()  # fmt: skip


def verdicts(p: Parameters, f: Found) -> Verdicts:
    """Settle the claims of the chapter."""
    return Verdicts((*_units(p, f), *_derivation(p, f), *_learning(p, f)))


def _units(p: Parameters, f: Found) -> Iterator[Settlement]:
    text, (floor, *ends) = steps.cut(p), f.floors.by_fit[REPLICATION]
    low, high = (float(rates.loss(end).bits.value) for end in ends)
    bits = float(rates.loss(floor).bits.value)
    yield settle("h-entropy-unit", bits, low, high, against="unit", as_printed=floor,
        why=f"{floor} is in nats per token. An ideal compressor would need {fix(bits)} bits per token, {fix(float(steps.in_bits(floor, CHARACTER, text)))} per character at {p.chars_per_token:g} characters per token; and E is a fitted limit of one family of models, not a measured entropy.")  # fmt: skip
    low, high = f.unit.implied_low, f.unit.implied_high
    there = [name for name, size in steps.BASES.items() if low <= size <= high]
    inside = f"only the {there[0]} lies there" if len(there) == 1 else f"{len(there)} lie there"
    yield settle("v-nats", steps.BASES[f.unit.nearest], low, high,
        why=f"Chinchilla's bits per byte on web text and books, {fix(f.massive.massive_mean)} bytes per token and its predicted loss make the unit {fix(f.unit.implied_mean)} bits ({fix(low)} to {fix(high)}, over the parts). Of bit, nat and decimal digit {inside}; the value is that of the {f.unit.nearest}.")  # fmt: skip
    losses = np.geomspace(0.5, 10, 50)
    factors = steps.in_bits(losses, BYTE, text) / losses
    chars = [float(each.text.per_token(CHARACTER)) for each in f.prose.encodings[1:]]
    yield settle("v-constant-factor", float(np.round(factors.max() / factors.min(), 12)),
        why="With tokenizer and text fixed, bits per byte are the loss over ln 2 times the bytes per token: the same factor at every loss. "
        f"It is another for every other text and tokenizer: the parts of MassiveText have {fix(f.massive.massive_low)} to {fix(f.massive.massive_high)} bytes of prose per token, our encodings {fix(min(chars))} to {fix(max(chars))} characters.")  # fmt: skip
    yield settle("s-perplexity", None,
        why=f"It is true of the {len(registry.law_names())} published laws in this book's tables: they give a loss, whose exponential is perplexity, or the sizes that minimise it, or the worth of repeated data to it. "
        "Whether it is true of all depends on what counts as one: GPT-4's report extrapolates a score on programming problems, by a law fitted for that.")  # fmt: skip


def _derivation(p: Parameters, f: Found) -> Iterator[Settlement]:
    d, exact = f.derivations, f.floors.by_fit[HOFFMANN][0]
    yield settle("t-nat", BITS_PER_NAT,
        why=f"A nat is 1/ln 2 = {BITS_PER_NAT:.4f} bits. The next step of the comment, {stated('t-243')}, is not {d.stated_floor} times {stated('t-nat')}, so a longer value was used.")  # fmt: skip
    yield settle("t-243", d.floor_bits,
        why=f"{d.stated_floor} nats are {fix(d.floor_bits, 4)} bits, which rounds to {fix(d.floor_bits)}; the unrounded E of Hoffmann et al., {fix(exact, 4)}, gives {fix(float(rates.loss(exact).bits.value), 3)}.")  # fmt: skip
    yield settle("t-4.0864", steps.TOKEN_BITS, against="unit", as_printed=d.their_divisor,
        why=f"{pct(d.bpe_ratio, 4)} of 8 bits are {d.their_divisor:.4f} bits per character of the text, stored as tokens. A token itself takes {steps.TOKEN_BITS:g} bits in such a file, if tokens are stored at that width, and stands for {fix(d.sound_chars)} characters.")  # fmt: skip
    yield settle("t-0.595", d.sound_result, d.floor_bits / 4.5, d.floor_bits / 3.5, against="derivation",
        step_holds=bool(np.isclose(d.their_divisor, d.sound_chars, rtol=1e-3)),
        why=f"It divides bits per token by bits per character. With {fix(d.sound_chars)} characters per token the floor is {fix(d.sound_result, 3)}. The two divisors, 8q and 2/q, agree at q = 1/2, and q is {d.bpe_ratio}. Interval: 3.5 to 4.5 characters per token.")  # fmt: skip
    ends = _ends(p, f)
    yield settle("t-shannon", None, against="law",
        why=f"The range is Shannon's. Whether the floor lies in it, E alone does not fix: by fit and tokenizer it is {fix(min(ends))} to {fix(max(ends))} bits per character, and with E = {fix(d.stated_floor)} crosses 0.6 at {fix(d.floor_bits / 0.6)} characters per token. "
        "Shannon's text has 27 symbols, so that bits per character of the two are not of the same thing.")  # fmt: skip


def _learning(p: Parameters, f: Found) -> Iterator[Settlement]:
    ideal, naive = f.signal.ideal, f.signal.naive
    yield settle("h-signal-noise", [round(float(ideal[0]), 9), steps.MEAN_BITS],
        why=f"The difference of loss and entropy is what an ideal learner gets from a token: exactly {fix(float(ideal[0]), 0)} bits for its first symbol, {fix(float(ideal[1]), 1)} for the second, {num(float(ideal[5]), 2)} for the hundred and first. "
        f"For any other learner it is an upper bound: one that adds 1 to each count still loses {fix(float(naive[4]), 1)} bits a symbol after ten.")  # fmt: skip
    found, (morris, allenzhu) = f.learned, steps.capacity().values()
    bound = float(found.bounds[REPLICATION].per_param)
    every = [*(float(b.per_param) for b in found.bounds.values()), found.learned_own_low, found.learned_own_high]  # fmt: skip
    yield settle("h-float32", bound, min(every), max(every), against="law",
        why=f"A 32-bit number takes 32 bits to write down, but models were found to store {allenzhu:g} to {morris:g} bits in each, and a run of {qty(p.params)} parameters on {qty(p.tokens)} tokens could put no more than {fix(bound, 1)} there ({fix(min(every), 1)} to {fix(max(every), 1)} over fits and resamples; other runs differ). "
        "That larger models need more data follows from the law, not from the number format.")  # fmt: skip
    needed = steps.tokens_needed(p, REPLICATION)
    yield settle("h-reply-tokens-for-bits", None, against="law",
        why=f"Start and floor bound X from below: at 2 bits a token, X is at least Y/2. How fast the loss falls decides the rest. Along the replication's data term, Y = {morris:g} bits for each of {qty(p.params)} parameters takes {qty(needed)} tokens, {num(needed / (morris * p.params), 2)} per bit; along Hoffmann's {qty(steps.tokens_needed(p, HOFFMANN))}.")  # fmt: skip


compute, of = recording("entropy", steps.take, recorded, verdicts)
