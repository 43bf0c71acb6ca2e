"""What the chapter on the entropy of text says, as its numbers have it."""

from types import SimpleNamespace

from scalebook.chapters.common import law_name
from scalebook.chapters.entropy.steps import BASES, PUBLISHED
from scalebook.chapters.parameter import Parameters
from scalebook.show import sentences
from scalebook.show.numbers import fix, num, pct, qty
from scalebook.show.sentences import Said, finding, takeaway

Numbers = SimpleNamespace


def short_answer(p: Parameters, r: Numbers) -> Said:
    """Answer the chapter's question."""
    whose = "our fits to Chinchilla's runs" if p.runs == PUBLISHED else "our fits to these runs"
    return sentences.short_answer(
        f"To the best model imaginable, {_range(r, 'floor_bits', 1)} bits, by the floors of {whose} ({_range(r, 'floor')} nats, times {fix(r.bits_per_nat)}). That is {_range(r, 'floor_char')} bits per character. "
        f"{_matters(r)} Nobody has measured the entropy of text, so no floor can be checked."
    )  # fmt: skip


def _matters(r: Numbers) -> str:
    if r.tokenizer_width_share > r.floor_width_share:
        return "The tokenizer matters more than the law."
    return "The law matters more than the tokenizer."


def _range(r: Numbers, name: str, places: int = 2) -> str:
    low, high = (getattr(r, f"{name}_{end}") for end in ("low", "high"))
    return f"{fix(low, places)} to {fix(high, places)}"


def units(p: Parameters, r: Numbers) -> Said:
    """Carry the floor fitted here into other units."""
    return finding(
        f"The floor of {law_name(p)}, {fix(r.E)} nats per token, is {fix(r.E_bits_char)} bits per character where a token has {p.chars_per_token:.3g}, or a perplexity of {num(r.perplexity, 2)} per token and {num(r.perplexity_char, 2)} per character: names for one thing.",
    )  # fmt: skip


def nats(p: Parameters, r: Numbers) -> Said:
    """Check the unit of a loss against data."""
    sizes = [f"a {name} ({fix(size)})" for name, size in BASES.items() if r.implied_low <= size <= r.implied_high]  # fmt: skip
    told = f"Of bit, nat and decimal digit only {sizes[0]} lies in that range." if len(sizes) == 1 else _several(sizes)  # fmt: skip
    return finding(
        f"Is a loss in nats? Hoffmann and colleagues printed Chinchilla's loss on web text and books in bits per byte. What their law predicts per token agrees with that if a unit of loss is {_range(r, 'implied')} bits. {told}"
    )  # fmt: skip


def _several(sizes: list[str]) -> str:
    if not sizes:
        return "Neither a bit nor a nat nor a decimal digit lies in that range."
    return f"More than one lies in that range: {' and '.join(sizes)}."


def units_takeaway(p: Parameters, r: Numbers) -> Said:
    """Say in a line how to convert."""
    return takeaway(f"Nats per token, times {fix(r.bits_per_nat)}, over the characters per token, are bits per character.")  # fmt: skip


def tokens(p: Parameters, r: Numbers) -> Said:
    """Say what a token stands for."""
    return finding(
        f"Kaplan's text has {num(r.kaplan_chars, 2)} characters per token, Chinchilla's {_range(r, 'massive', 1)} bytes where it is prose. We take {p.chars_per_token:.3g}, and a range of {p.chars_per_token_low:.3g} to {p.chars_per_token_high:.3g}."
    )  # fmt: skip


def vocabulary(p: Parameters, r: Numbers) -> Said:
    """Say what a larger vocabulary does to the two losses."""
    more = "more" if r.unigram_large_token > r.unigram_small_token else "less"
    less = "less" if r.unigram_large_char < r.unigram_small_char else "more"
    joined = "and" if more == less else "but"
    return finding(
        f"With {r.vocab_large:,} tokens instead of {r.vocab_small:,}, a predictor that knows only how frequent each token is loses {more} per token {joined} {less} per character."
    )  # fmt: skip


def tokens_takeaway(p: Parameters, r: Numbers) -> Said:
    """Say in a line what may be compared."""
    return takeaway("Compare models with different tokenizers per byte of the same text, never per token.")  # fmt: skip


def floor(p: Parameters, r: Numbers) -> Said:
    """Say where the floor is, and how far it can be told."""
    return finding(
        f"The fits put the floor {pct(r.floor_width_share)} apart. One law alone claims to know it {'better' if r.own_width_share < r.floor_width_share else 'no better'}: its {pct(p.level)} bootstrap interval, which takes the form to be right, is {pct(r.own_width_share)} wide. "
        f"Per character it moves by {pct(r.tokenizer_width_share)} from {p.chars_per_token_low:.3g} to {p.chars_per_token_high:.3g} characters per token.",
    )  # fmt: skip


def _forms(r: Numbers) -> str:
    if not r.other_fits:
        return "No other form than Chinchilla's sum could be fitted."
    if r.other_E_high <= r.sum_E_low + 0.01:
        return "The two forms with one more constant put it lower than Chinchilla's sum does."
    return (
        "Chinchilla's sum and the two forms with one more constant overlap or part the other way."
    )


def english(p: Parameters, r: Numbers) -> Said:
    """Set the floor beside what people needed, and models."""
    return finding(
        f"{_side(r)} Nor are the two of the same text: Shannon's readers saw no capitals, digits or punctuation, and a hundred letters of context; a model also reads code and tables, and far more context.",
        f"Chinchilla itself takes {_range(r, 'prose_pile')} bits per byte on prose. {_reached(r)} Over all parts of the Pile its figures differ by a factor of {num(r.pile_factor, 2)}.",
    )  # fmt: skip


def _side(r: Numbers) -> str:
    low, high = r.threshold_low, r.threshold_high
    met = f"The floors meet Shannon's lower bound, {num(r.shannon_lower, 1)} bits, at {fix(low, 1)} to {fix(high, 1)} characters per token"
    if r.floor_char_low < r.shannon_lower < r.floor_char_high:
        return f"{met}, so the tokenizer decides on which side of it they lie."
    if r.floor_char_high <= r.shannon_lower:
        return f"{met}; with the tokenizers taken here they lie below it."
    return f"{met}; with the tokenizers taken here they lie above it."


def _reached(r: Numbers) -> str:
    if r.prose_pile_low < r.floor_char_high:
        return "Some of the floors are no lower, so a floor belongs to the mixture of texts that it was fitted on, not to every text."
    return "All of that is above the floors."


def floor_takeaway(p: Parameters, r: Numbers) -> Said:
    """Say in a line what the floor tells of English."""
    return takeaway("The floors are bits per character of one training mixture; they do not measure English.")  # fmt: skip


def derived(p: Parameters, r: Numbers) -> Said:
    """Say what the derivations come to with their units."""
    off = r.sound_result / r.stated_result - 1
    near = "Right by coincidence" if abs(off) < 0.1 else "Off"
    return finding(
        f"With units the floor is {fix(r.sound_result)} bits per character, where TLW has {fix(r.stated_result, 3)}. {near}: at a compression to a share $q$ TLW divides by $8q$ and should divide by $2/q$. The two agree at one half, and TLW's $q$ is {pct(r.bpe_ratio)}."
    )  # fmt: skip


def derived_takeaway(p: Parameters, r: Numbers) -> Said:
    """Say in a line what went wrong."""
    return takeaway(f"One derivation lost the factor {fix(r.bits_per_nat)} between nats and bits; the other divided by the wrong unit and was lucky.")  # fmt: skip


def learned(p: Parameters, r: Numbers) -> Said:
    """Say how much a run could learn."""
    values = r.learned_replication, r.learned_hoffmann, r.learned_all
    low, high = min(values), max(values)
    stored = r.capacity_allenzhu, r.capacity_morris
    return finding(
        f"A run of {qty(p.params)} parameters on {qty(p.tokens)} tokens could put at most {fix(low, 1)} to {fix(high, 1)} bits into each parameter, by the three published laws. {_stored(low, high, min(stored), max(stored))}",
    )  # fmt: skip


def _stored(low: float, high: float, least: float, most: float) -> str:
    told = f"Transformers were found to store {num(least, 2)} bits of facts or {num(most, 2)} of random strings"
    if low > most:
        return f"{told}: less, so there is more to learn than there is room."
    if high < least:
        return f"{told}: more, so there is room for all that can be learned."
    return f"{told}, which is much the same."


def learned_takeaway(p: Parameters, r: Numbers) -> Said:
    """Say in a line how much a run could learn."""
    low, high = (end(r.learned_replication, r.learned_hoffmann, r.learned_all) for end in (min, max))  # fmt: skip
    if low > max(r.capacity_allenzhu, r.capacity_morris):
        return takeaway("By these laws such a run has more to teach than a parameter was found to store.")  # fmt: skip
    if high < min(r.capacity_allenzhu, r.capacity_morris):
        return takeaway("By these laws a parameter has room for all that such a run can teach it.")  # fmt: skip
    return takeaway("By these laws such a run can teach a parameter about as much as one was found to store.")  # fmt: skip


def sure(p: Parameters, r: Numbers) -> Said:
    """Say how sure the answer is, and what would change it."""
    return finding(
        f"The conversions are arithmetic. The floor is not: no run has followed the curves to where they end. {_fits(r)}",
    )  # fmt: skip


def _fits(r: Numbers) -> str:
    if r.floor_width_share < 0.02:
        return "All forms agree on it here; another form might not."
    return "Forms that describe the same runs disagree about it, and runs nearer to it would tell them apart."


def exercises(p: Parameters, r: Numbers) -> Said:
    """Give the solutions of the exercises."""
    words = num(p.tokens_per_word * p.chars_per_token, 3)
    return sentences.solutions([
        f"$\\log_2$ of {fix(r.wiki_chinchilla)} is {fix(r.wiki_bits_word)} bits per word. A word has {p.tokens_per_word:.3g} tokens of {p.chars_per_token:.3g} characters, {words} characters with the space, so that is {fix(r.wiki_bits_char)} bits per character.",
        f"TLW would divide by 8 × 0.35 and find {fix(r.exercise_wrong)} bits per character; with units one divides by 2/0.35 and finds {fix(r.exercise_sound)}. The coincidence is gone.",
        f"What is learned grows as $D^{{1-\\beta}}$, so by a factor of {fix(r.exercise_double)} with the $\\beta$ of Besiroglu and colleagues: the second half of the data teaches less than the first.",
    ])  # fmt: skip


def specialists(p: Parameters, r: Numbers) -> Said:
    """Give what only specialists ask."""
    return finding(
        f"**The forms of the floor.** Beside Chinchilla's sum we fitted a power mean of its two terms, and an exponent of data that varies with size. {_forms(r)}",
        f"**Signal and noise.** At a loss of 10 bits and a floor of 2 a token holds 8 bits of information and 2 of noise, says harsimony's article. For an ideal learner, which knows how the source was drawn, that is exact for the first symbol. The second teaches {fix(r.ideal_second, 1)} bits and the hundred-and-first {num(r.ideal_hundred, 2)}. A learner that adds 1 to each count still loses {fix(r.naive_ten, 1)} bits on a symbol after ten, which is not what it learns from them.",
        f"**Tokens for bits.** From a start of $s$ bits above the floor a token brings at most $s$ bits, so storing $Y$ bits takes at least $Y/s$ tokens. Along the curve of Besiroglu and colleagues, held at 2 bits above its floor until it gets there, {qty(p.params)} parameters at {num(r.capacity_morris, 2)} bits each take {qty(r.tokens_needed)} tokens, {num(r.tokens_needed_per_bit, 2)} per bit.",
        f"**What a lower perplexity means.** From Gopher to Chinchilla the perplexity on WikiText-103 fell from {fix(r.wiki_gopher)} to {fix(r.wiki_chinchilla)}, so that the right word became {pct(r.wiki_gain)} more probable in the geometric mean. Which words, it does not say: on the Pile the gain in bits per byte was {pct(r.gain_low)} to {pct(r.gain_high)}, depending on the part.",
    )  # fmt: skip
