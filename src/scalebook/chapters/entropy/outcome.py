"""What the chapter on the entropy of text comes to: its results and its verdicts."""

from collections.abc import Iterator

import numpy as np

from scalebook.chapters.common import (
    between,
    gpt3_loss,
    low_high,
    printed,
    ranged,
    recording,
    stated,
)
from scalebook.chapters.entropy import steps
from scalebook.chapters.entropy.steps import ALL_RUNS, HOFFMANN, OWN, REPLICATION, Found
from scalebook.chapters.parameter import Parameters
from scalebook.record.judge import UNKNOWN, bounds, interval, point, sample, truth
from scalebook.record.results import numbers_of
from scalebook.record.verdicts import Settlement, Verdicts, settle
from scalebook.show.numbers import fix, num, pct, qty
from scalinglaws import registry
from scalinglaws.information import rates, tokenizers
from scalinglaws.information.rates import BYTE, CHARACTER, TOKEN, WORD, Text
from scalinglaws.units import BITS_PER_NAT, Floats


def recorded(p: Parameters, f: Found) -> dict[str, object]:
    """Return the numbers that the chapter records."""
    d, text, by_law = f.derivations, steps.cut(p), f.learned.bounds
    large, (own, *own_ends) = f.prose.encodings[-1], f.floors.by_fit[OWN]
    floor = rates.loss(own)
    every = np.array([f.floors.floor_low, f.floors.floor_high])
    bits = rates.loss(every).bits.value
    chinchilla, gopher = f.scores.values()
    gains = [1 - chinchilla[part] / gopher[part] for part in chinchilla]
    wiki, wiki_before = (printed(f"hoffmann2022.wikitext103.{model}") for model in f.scores)
    word = rates.Perplexity(wiki, WORD).bits
    shannon, law = printed("shannon1951.lower"), steps.law_of(REPLICATION)
    (morris, allenzhu), needed = steps.capacity().values(), steps.tokens_needed(p, REPLICATION)
    return {
        **numbers_of(f.massive, f.floors, d, f.unit, f.learned, but=["massive_tokens", "floor_bits", "their_result"]),
        "bits_per_nat": BITS_PER_NAT, "perplexity": floor.perplexity.value,
        **{f"perplexity_{name}": floor.to(unit, text).perplexity.value for name, unit in (("word", WORD), ("char", CHARACTER))},
        "kaplan_chars": printed("kaplan2020.chars_per_token"),
        **_encoding("small", f.prose.encodings[1]), **_encoding("large", large),
        "E": own, **low_high("E", own_ends), "own_width_share": (own_ends[1] - own_ends[0]) / own,
        **{f"E_bits_{name}": steps.in_bits(own, unit, text) for name, unit in (("token", TOKEN), ("byte", BYTE), ("char", CHARACTER))},
        "tokenizer_width_share": (1 / p.chars_per_token_low - 1 / p.chars_per_token_high) * p.chars_per_token,
        "floor_width_share": (every[1] - every[0]) / own, **low_high("floor_bits", bits), **low_high("threshold", bits / shannon),
        **low_high("floor_char", bits / (p.chars_per_token_high, p.chars_per_token_low)),
        "shannon_lower": shannon, "pile_factor": max(chinchilla.values()) / min(chinchilla.values()),
        **ranged("prose_pile", (chinchilla[part] for part in steps.PILE_PROSE)), **ranged("gain", gains),
        **_by_form(f), "stated_result": stated("t-0.595"),
        "wiki_chinchilla": wiki, "wiki_gopher": wiki_before, "wiki_gain": wiki_before / wiki - 1,
        "wiki_bits_word": word.value, "wiki_bits_char": word.to(CHARACTER, text).value,
        **{f"learned_{name}": by_law[label].per_param for name, label in (("hoffmann", HOFFMANN), ("replication", REPLICATION), ("all", ALL_RUNS), ("own", OWN))},
        "capacity_morris": morris, "capacity_allenzhu": allenzhu,
        "tokens_needed": needed, "tokens_needed_per_bit": needed / (morris * p.params),
        "naive_ten": f.signal.naive[4], "ideal_second": f.signal.ideal[1], "ideal_hundred": f.signal.ideal[5],
        "exercise_wrong": d.floor_bits / (8 * 0.35), "exercise_sound": d.floor_bits * 0.35 / 2, "exercise_double": 2 ** (1 - law.beta),
    }  # fmt: skip


def _by_form(f: Found) -> dict[str, object]:
    """Return the ends of the floors by Chinchilla's sum and by other forms, where there are any."""
    parts: dict[str, list[float]] = {"sum_E": [float(f.floors.law.E)], "other_E": []}
    for (form, _), floor in f.floors.by_form.items():
        parts["sum_E" if form == "sum" else "other_E"].append(floor)
    ends = {key: end for name, each in parts.items() if each for key, end in ranged(name, each).items()}  # fmt: skip
    return {"other_fits": len(parts["other_E"]), **ends}


def _encoding(name: str, found: tokenizers.Encoding) -> dict[str, object]:
    return {
        f"vocab_{name}": found.vocabulary, f"unigram_{name}_token": found.unigram.value,
        f"unigram_{name}_char": found.unigram.to(CHARACTER, found.text).value,
    }  # fmt: skip


def _ends(p: Parameters, f: Found) -> Floats:
    """Return the floors of laws of Chinchilla's runs, bits per character, at the ends of the ranges."""
    several = [f.floors.by_fit[HOFFMANN][0], *f.floors.by_fit[REPLICATION][1:]]
    if p.runs == steps.PUBLISHED:
        several += [f.floors.floor_low, f.floors.floor_high]
    floors = np.array(several)[:, None]
    return steps.in_bits(floors, CHARACTER, Text([p.chars_per_token_low, p.chars_per_token_high])).ravel()  # fmt: skip


def verdicts(p: Parameters, f: Found) -> Verdicts:
    """Settle the claims of the chapter."""
    settled = _units(p, f), _derivation(p, f), _learning(p, f), _quality(f), _compression(p)
    return Verdicts(each for several in settled for each in several)


def _units(p: Parameters, f: Found) -> Iterator[Settlement]:
    text, (floor, *ends) = steps.cut(p), f.floors.by_fit[REPLICATION]
    bits, low, high = (float(rates.loss(each).bits.value) for each in (floor, *ends))
    yield settle("h-entropy-unit", interval(bits, low, high), as_printed=point(floor),
        why=f"{floor} is in nats per token. An ideal compressor would need {fix(bits)} bits per token, {fix(float(steps.in_bits(floor, CHARACTER, text)))} per character at {p.chars_per_token:g} characters per token; and E is a fitted limit of one family of models, not a measured entropy.")  # fmt: skip
    low, high = f.unit.implied_low, f.unit.implied_high
    there = [name for name, size in steps.BASES.items() if low <= size <= high]
    inside = f"only the {there[0]} lies there" if len(there) == 1 else f"{len(there)} lie there"
    several = "nat" in there and len(there) > 1
    yield settle("v-nats", UNKNOWN if several else truth(there == ["nat"], f.unit.implied_mean),
        why=f"Chinchilla's bits per byte on web text and books, {fix(f.massive.massive_mean)} bytes per token and its predicted loss make the unit {fix(f.unit.implied_mean)} bits ({fix(low)} to {fix(high)}, over the parts). Of bit, nat and decimal digit, which have {', '.join(map(fix, steps.BASES.values()))} bits, {inside}"
        + ("; the same text under a known unit would decide." if several else "."))  # fmt: skip
    losses = np.geomspace(0.5, 10, 50)
    factors = steps.in_bits(losses, BYTE, text) / losses
    chars = [float(each.text.per_token(CHARACTER)) for each in f.prose.encodings[1:]]
    yield settle("v-constant-factor", point(float(np.round(factors.max() / factors.min(), 12))),
        why="With tokenizer and text fixed, bits per byte are the loss over ln 2 times the bytes per token: the same factor at every loss. "
        f"It is another for every other text and tokenizer: the parts of MassiveText have {fix(f.massive.massive_low)} to {fix(f.massive.massive_high)} bytes of prose per token, encodings of this book's own prose {fix(min(chars))} to {fix(max(chars))} characters.")  # fmt: skip
    loss = gpt3_loss()
    yield settle("w-gwern-perplexity", point(np.exp(loss)), as_printed=point(loss),
        why=f"GPT-3's line has {fix(loss, 3)} at its compute, in nats per token. Its perplexity is the exponential, {fix(float(np.exp(loss)), 2)}.")  # fmt: skip


def _derivation(p: Parameters, f: Found) -> Iterator[Settlement]:
    d, exact = f.derivations, f.floors.by_fit[HOFFMANN][0]
    yield settle("t-nat", point(BITS_PER_NAT),
        why=f"A nat is 1/ln 2 = {BITS_PER_NAT:.4f} bits. The next step of TLW's comment, {stated('t-243')}, is not {d.stated_floor} times {stated('t-nat')}, so a longer value was used.")  # fmt: skip
    yield settle("t-243", point(d.floor_bits),
        why=f"{d.stated_floor} nats are {fix(d.floor_bits, 4)} bits, which rounds to {fix(d.floor_bits)}; the unrounded E of Hoffmann et al., {fix(exact, 4)}, gives {fix(float(rates.loss(exact).bits.value), 3)}.")  # fmt: skip
    yield settle("t-4.0864", point(steps.TOKEN_BITS), as_printed=point(d.their_divisor),
        why=f"{pct(d.bpe_ratio, 4)} of 8 bits are {d.their_divisor:.4f} bits per character of the text, stored as tokens. A token itself takes {steps.TOKEN_BITS:g} bits in such a file, if tokens are stored at that width, and stands for {fix(d.sound_chars)} characters.")  # fmt: skip
    sound = bool(np.isclose(d.their_divisor, d.sound_chars, rtol=1e-3))
    yield settle("t-0.595",
        {"the compression that TLW takes": point(d.sound_result),
         f"{p.chars_per_token_low:g} to {p.chars_per_token_high:g} characters per token": bounds(d.floor_bits / p.chars_per_token_high, d.floor_bits / p.chars_per_token_low)},
        reason="" if sound else "coincidence",
        why=f"{'The comment divides as it should' if sound else 'The comment divides bits per token by bits per character, and should divide by characters per token'}. With {fix(d.sound_chars)} of these the floor is {fix(d.sound_result, 3)}. The two divisors, 8q and 2/q for a text compressed to the share q, agree at q = 1/2, and q is {num(d.their_divisor / 8, 4)}.")  # fmt: skip
    ends = _ends(p, f)
    yield settle("t-shannon", bounds(min(ends), max(ends)),
        why=f"The range is Shannon's. By fit and tokenizer the floor is {between((min(ends), max(ends)))} bits per character, and with E = {fix(d.stated_floor)} it crosses 0.6 at {fix(d.floor_bits / 0.6)} characters per token. "
        "Shannon's text has 27 symbols, so that bits per character of the two are not of the same thing: scoring a model on his kind of text would decide.")  # fmt: skip


def _learning(p: Parameters, f: Found) -> Iterator[Settlement]:
    ideal, naive, (morris, allenzhu) = f.signal.ideal, f.signal.naive, steps.capacity().values()
    yield settle("h-signal-noise", point([round(float(ideal[0]), 9), steps.MEAN_BITS]),
        why=f"The difference of loss and entropy is what an ideal learner gets from a token: exactly {fix(float(ideal[0]), 0)} bits for its first symbol, {fix(float(ideal[1]), 1)} for the second, {num(float(ideal[5]), 2)} for the hundred and first. "
        f"For any other learner it is an upper bound: one that adds 1 to each count still loses {fix(float(naive[4]), 1)} bits a symbol after ten.")  # fmt: skip
    share, beta = (3.0 - steps.MEAN_BITS) / (10.0 - steps.MEAN_BITS), float(steps.law_of(REPLICATION).beta)  # fmt: skip
    yield settle("h-less-info-3bits", point(share),
        why=f"Above a floor of 2 bits the loss has 8 bits left at 10 and one at 3, {pct(share, 3)} of them. And learning slows down: where the excess falls as the power {fix(beta)} of the data, as in the replication's law, it takes {num((1 / share) ** (1 / beta), 2)} times the data to get from the first to the second.")  # fmt: skip
    found, drawn, law = f.learned, f.floors.drawn, f.floors.law
    bound = float(found.bounds[REPLICATION].per_param)
    every = [*(float(b.per_param) for b in found.bounds.values()), found.learned_own_low, found.learned_own_high]  # fmt: skip
    reaches = max(every) >= 32
    reach = f"A run of {qty(p.params)} parameters on {qty(p.tokens)} tokens could put at most {fix(bound, 1)} bits into each ({fix(min(every), 1)} to {fix(max(every), 1)} over fits and resamples)"  # fmt: skip
    yield settle("h-float32", sample(drawn.alpha / drawn.beta, float(law.alpha / law.beta), p.level),
        reason="" if reaches else "coincidence",
        why=f"A 32-bit number takes 32 bits to write down, and along the optimum data grow as the power {fix(float(law.alpha / law.beta))} of size. {reach}{', so that by one fit or other so many could be learned' if reaches else ', which is short of 32'}; models were found to store {allenzhu:g} to {morris:g}. "
        "The inference from one to the other does not follow: that larger models need more data comes of the law, not of the number format.")  # fmt: skip
    needed = {label: steps.tokens_needed(p, label) for label in (REPLICATION, HOFFMANN)}
    yield settle("h-reply-tokens-for-bits", None,
        why=f"In the example the loss starts at 4 bits per token, its floor is 2, and the parameters are to store Y bits. A token teaches 2 bits at most, so that it takes Y/2 tokens or more. How fast the loss falls decides the rest: for {morris:g} bits in each of {qty(p.params)} parameters it takes {qty(needed[REPLICATION])} tokens along the replication's data term and {qty(needed[HOFFMANN])} along Hoffmann's.")  # fmt: skip
    capacities = bounds(min(morris, allenzhu), max(morris, allenzhu))
    differ = f"Allen-Zhu and Li measured {allenzhu:g} bits of facts in a parameter, Morris et al. {morris:g} of random strings. Each is right for its own content as far as can be seen. {reach}."  # fmt: skip
    for name in ("w-2bits", "w-36bits"):
        yield settle(name, capacities, why=f"{differ} The same models taught both contents would decide.")  # fmt: skip


def _quality(f: Found) -> Iterator[Settlement]:
    yield settle("s-perplexity",
        {f"counting the {len(registry.law_names())} published laws in this book's tables": truth(True), "counting any scaling law": truth(False)},
        why="The laws in this book's tables give a loss, whose exponential is perplexity, or the sizes that minimise it, or the worth of repeated data to it. Others are of something else: GPT-4's report of 2023 extrapolates the share of programming problems solved, by a law fitted for that. What is meant by scaling laws decides.")  # fmt: skip
    chinchilla, gopher = f.scores.values()
    gains = [1 - chinchilla[part] / gopher[part] for part in chinchilla]
    tasks, better, worse = (printed(f"hoffmann2022.mmlu.{name}") for name in ("tasks", "better", "worse"))  # fmt: skip
    yield settle("l-proportionate", point(min(gains) / max(gains)), reason="misquoted",
        why=f"From Gopher to Chinchilla the bits per byte fall on every part of the Pile, by {pct(min(gains))} on one and {pct(max(gains))} on another. Of {tasks:g} tasks of knowledge Chinchilla is better on {better:g} and worse on {worse:g}, of {printed('hoffmann2022.bigbench.tasks'):g} others worse on {printed('hoffmann2022.bigbench.worse'):g}. The paper does not speak of proportion.")  # fmt: skip


def _compression(p: Parameters) -> Iterator[Settlement]:
    table = [printed(f"deletang2023.{name}") for name in ("imagenet", "librispeech")]
    yield settle("w-deletang", point(table),
        why=f"Table 1 of the same version of the paper prints {table[0]:g}% for the images and {table[1]:g}% for the speech: the abstract and the table contradict each other. Neither counts the model, which is many times as large as the data.")  # fmt: skip
    small, large = steps.best_to_compress(p, steps.law_of(REPLICATION), [1e9, 1e12])
    yield settle("w-deletang-size", truth(bool(large / small > 1.2), float(large / small)),
        why=f"With {printed('deletang2023.bytes_per_param'):g} bytes for each parameter and the replication's law at unlimited data, a text of 1 GB is smallest together with a model of {qty(float(small))} parameters, one of 1 TB with {qty(float(large))}.")  # fmt: skip


compute, of = recording("entropy", steps.take, recorded, verdicts)
