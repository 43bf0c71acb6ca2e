"""Figures and tables of the chapter on the entropy of text."""

from collections.abc import Callable

import numpy as np

from scalebook.chapters.common import between, law_name, printed, stated
from scalebook.chapters.entropy import steps
from scalebook.chapters.entropy.steps import ALL_RUNS, HOFFMANN, OWN, PUBLISHED, REPLICATION
from scalebook.chapters.parameter import Parameters
from scalebook.show import control as control_
from scalebook.show import figures as draw
from scalebook.show.control import Choice, Control, Slider
from scalebook.show.figures import BLUE, GREEN, GREY, INK, ORANGE, VERMILION
from scalebook.show.formula import Formula, Pick, Quantity
from scalebook.show.numbers import fix, num, pct, qty, sci
from scalinglaws import fitting, registry
from scalinglaws.information import rates
from scalinglaws.information.rates import BYTE, CHARACTER, TOKEN, WORD, Per
from scalinglaws.units import BITS_PER_NAT, NATS_PER_BIT, Floats

#: Units that a loss may come in.
LOSSES = ("nats per token", "bits per token", "bits per byte", "bits per character")
#: Characters per token that the first figure shows.
CHARS = np.geomspace(1.0, 10.0, 41)
TYPED = "as below"


def lead(p: Parameters, f: steps.Found) -> draw.Shown:
    """Draw the floors by the characters in a token; a reader's own loss moves among them."""
    low, high = (steps.in_bits(end, CHARACTER, steps.cut(p, CHARS)) for end in (f.floors.floor_low, f.floors.floor_high))  # fmt: skip
    middle = float(f.floors.law.E)
    per_char = steps.in_bits(middle, CHARACTER, steps.cut(p, CHARS))
    shannon, cover = (printed("shannon1951.lower"), printed("shannon1951.upper")), printed("cover1978.entropy")  # fmt: skip
    cuts = np.array([each.chars_per_token for each in f.tokenizers.values()])
    marks = steps.in_bits(middle, CHARACTER, steps.cut(p, cuts))
    here = float(steps.in_bits(middle, CHARACTER, steps.cut(p)))
    fig, ax = draw.new(height=3.9)
    ax.axhspan(*shannon, color=GREY, alpha=0.15, linewidth=0)
    draw.band(ax, CHARS, low, high, VERMILION)
    draw.line(ax, CHARS, per_char, VERMILION, "floor of the loss", 12, (10, 6))
    ax.plot(p.chars_per_token, here, "o", color=VERMILION, markersize=10)
    ax.plot(cuts, marks, "o", color=INK, markersize=4)
    draw.plain_axis(ax, "x", CHARS[0], CHARS[-1])
    draw.label(
        ax, CHARS[-1], shannon[1], "Shannon's bounds for English", GREY, (-4, -9), ha="right"
    )
    ax.set(xlabel="characters per token", ylabel="bits per character", ylim=(0, 3))
    data = draw.stack({
        "floors of several laws": {"chars_per_token": CHARS, "bits_per_char_low": low, "bits_per_char_high": high},
        law_name(p): {"chars_per_token": CHARS, "bits_per_char": per_char},
        **{name: {"chars_per_token": x, "bits_per_char": y} for name, x, y in zip(f.tokenizers, cuts, marks, strict=True)},
        "taken here": {"chars_per_token": p.chars_per_token, "bits_per_char": here},
        "Shannon 1951": {"chars_per_token": CHARS[[0, -1]], "bits_per_char_low": shannon[0], "bits_per_char_high": shannon[1]},
        "Cover and King 1978": {"bits_per_char": cover},
    })  # fmt: skip
    ends = [float(each[place]) for each in (low, high) for place in (0, -1)]
    return draw.show(fig, "fig-lead-entropy",
        f"How many characters a token stands for decides what a floor is per character: {fix(here)} bits at {p.chars_per_token:g}, as taken here. Band: floors by several laws. Black: {len(cuts)} published tokenizers, of {between((cuts.min(), cuts.max()))} characters. Grey: Shannon's bounds for printed English.",
        f"A band of bits per character that falls as characters per token grow, from {fix(ends[0])} to {fix(ends[2])} at one character to {fix(ends[1])} to {fix(ends[3])} at ten. A grey strip lies from {shannon[0]} to {shannon[1]} bits per character.",
        data=data, control=control(p, f, (low, high, per_char, cuts, marks)))  # fmt: skip


def control(p: Parameters, f: steps.Found, drawn: tuple[Floats, ...]) -> Control:
    """Let a reader carry a loss from one unit into the others."""
    low, high, middle, cuts, marks = drawn
    known = f.tokenizers.values()
    low_end, high_end = shannon = printed("shannon1951.lower"), printed("shannon1951.upper")
    start = float(f"{np.clip(float(f.floors.law.E), 0.1, 10.0):.4g}")
    values: dict[str, Quantity] = {
        "chars": Pick("cut", ("typed", *(each.chars_per_token for each in known))),
        "each": Pick("cut", ("wide", *(each.bytes_per_char for each in known))),
        "bytes": Formula(steps.product, {"one": "chars", "other": "each"}),
        "tokens": Pick("cut", ("long", *(each.tokens_per_word for each in known))),
        "words": Formula(steps.inverse, {"value": "tokens"}),
        "measure": Pick("unit", (BITS_PER_NAT, 1.0, 1.0, 1.0)),
        "here": Pick("unit", (1.0, 1.0, "bytes", "chars")),
        **{
            name: Formula(steps.bits_per, {"loss": "loss", "measure": "measure", "here": "here", "there": there})
            for name, there in (("token", 1.0), ("character", "chars"), ("byte", "bytes"), ("word", "words"))
        },
        "nats": Formula(steps.product, {"one": "token", "other": NATS_PER_BIT}),
        "perplexity": Formula(rates.perplexity_of, {"bits": "token"}),
    }  # fmt: skip
    told = control_.text("{token:fix} bits ({nats:fix} nats) per token, {character:fix} per character, {byte:fix} per byte and {word:num} per word. The perplexity is ")  # fmt: skip
    guess = control_.either("perplexity < 1e6", control_.text("{perplexity:num} per token."), control_.text("{perplexity:sci} per token."))  # fmt: skip
    place = control_.either(f"character < {low_end}", control_.text(f" That is below Shannon's lower bound for English, {low_end} bits per character,"),
        control_.either(f"character > {high_end}", control_.text(f" That is above Shannon's upper bound for English, {high_end} bits per character,"),
            control_.text(f" That is within Shannon's bounds for English, {low_end} to {high_end} bits per character,")))  # fmt: skip
    floor = control_.either(f"nats < {f.floors.floor_low:.6g}", control_.text(" and below the fitted floors."),
        control_.either(f"nats > {f.floors.floor_high:.6g}", control_.text(" and above the fitted floors."),
            control_.text(" and among the fitted floors.")))  # fmt: skip
    strip = control_.band({"x": CHARS[[0, -1]], "low": [shannon[0]] * 2, "high": [shannon[1]] * 2}, GREY)  # fmt: skip
    return Control(
        (Slider("loss", "Loss", 0.1, 10.0, start, style="fix"),
         Choice("unit", "Unit", {name: float(place) for place, name in enumerate(LOSSES)}),
         Choice("cut", "Tokenizer", {name: float(place) for place, name in enumerate((TYPED, *f.tokenizers))}),
         Slider("typed", "Characters per token", min(1.0, p.chars_per_token), max(10.0, p.chars_per_token), p.chars_per_token, when="cut == 0"),
         Slider("wide", "Bytes per character", 1.0, 4.0, p.bytes_per_char, when="cut == 0"),
         Slider("long", "Tokens per word", min(0.5, p.tokens_per_word), max(10.0, p.tokens_per_word), p.tokens_per_word, when="cut == 0")),
        values, f"{told} + {guess} + {place} + {floor}",
        [strip, control_.band({"x": CHARS, "low": low, "high": high}, VERMILION), control_.curve({"x": CHARS, "y": middle}, VERMILION),
         control_.name(9.8, shannon[1] - 0.1, "Shannon's bounds for English", GREY, "right"),
         control_.name(2.1, 1.5, "floor of the loss", VERMILION),
         control_.marker("chars", "character", VERMILION), control_.dots({"x": cuts, "y": marks}, INK), control_.moving_name("chars", "character", "'your loss'", VERMILION)],
        control_.axis("characters per token", 1, 10, ticks=[1, 2, 3, 4, 5, 6, 8, 10]),
        control_.axis("bits per character", 0, 3, log=False),
    )  # fmt: skip


def massivetext(found: steps.MassiveText) -> draw.Table:
    """List what a token stands for in the parts of MassiveText."""
    rows = [
        [steps.PARTS[name], f"{disk / 1e9:,.0f}", pct(share), fix(epochs), fix(per_token)]
        for name, (disk, share, epochs, per_token) in found.by_part.items()
    ]
    columns = ["part of MassiveText", "size (GB)", "share", "epochs", "bytes per token"]
    return draw.Table(columns, rows, "Bytes per token, from three printed columns of Hoffmann et al., Table A1.")  # fmt: skip


def prose(p: Parameters, found: steps.Prose) -> draw.Shown:
    """Draw what encodings of several sizes make of this book's prose."""
    sizes = [each.vocabulary for each in found.encodings]
    chars = [float(each.text.per_token(CHARACTER)) for each in found.encodings]
    per_token = [float(each.unigram.value) for each in found.encodings]
    per_char = [float(each.unigram.to(CHARACTER, each.text).value) for each in found.encodings]
    kaplan = printed("kaplan2020.chars_per_token")
    data = draw.stack({
        "characters": draw.stack({
            "this book": {"vocabulary": sizes, "chars_per_token": chars}, "Kaplan et al.": {"chars_per_token": kaplan},
        }),
        "loss": draw.stack({
            "per token": {"vocabulary": sizes, "loss_bits": per_token}, "per character": {"vocabulary": sizes, "bits_per_char": per_char},
        }),
    }, by="panel")  # fmt: skip
    fig, (left, right) = draw.new(1, 2, height=3.2)
    draw.line(left, sizes, chars, BLUE, "this book", 2, (6, -8), marker="o")
    draw.hline(left, kaplan, VERMILION, "Kaplan et al.", sizes[0], linestyle="--", linewidth=1.2)
    draw.line(right, sizes, per_token, VERMILION, "per token", 2, (0, -12), marker="o")
    draw.line(right, sizes, per_char, BLUE, "per character", 1, (6, 8), marker="o")
    left.set(ylabel="characters per token", ylim=(0, 5))
    right.set(ylabel="loss by frequencies alone (bits)", ylim=(0, 10))
    for ax in (left, right):
        draw.plain_axis(ax, "x", sizes[0] / 1.15, sizes[-1] * 1.15)
        ax.set_xticks(sizes[::2], [f"{size:,}" for size in sizes[::2]])
        ax.set(xlabel="vocabulary (tokens)")
    return draw.show(fig, "fig-prose",
        f"Left: of {sizes[-1]:,} different tokens each stands for {fix(chars[-1], 1)} characters of prose that the encoding was not trained on. Right: what a predictor loses that knows only how frequent each token is.",
        f"Left: characters per token rise from {fix(chars[0])} at {sizes[0]} tokens to {fix(chars[-1])} at {sizes[-1]}; a dashed line marks Kaplan's {kaplan}. Right: the loss per token goes from {fix(per_token[0])} bits to {fix(per_token[-1])}, per character from {fix(per_char[0])} to {fix(per_char[-1])}.", data=data)  # fmt: skip


def floor_units(p: Parameters, found: steps.Floors) -> draw.Table:
    """List the floor in several units: the published one, the law fitted here, and several laws."""
    known = found.by_fit[HOFFMANN][0]
    several = found.floor_low, found.floor_high
    text = steps.cut(p)

    def row(name: str, form: Callable[[float], float], places: int = 2) -> list[str]:
        return [name, fix(form(known), places), fix(form(float(found.law.E)), places), between(map(form, several), places)]  # fmt: skip

    def per(unit: Per) -> Callable[[float], float]:
        return lambda loss: float(steps.in_bits(loss, unit, text))

    per_byte = {"byte": BYTE} if p.bytes_per_char != 1 else {}
    units = {"token": TOKEN, "character": CHARACTER, **per_byte, "word": WORD}
    rows = [
        row("nats/token", float), *(row(f"bits/{name}", per(unit)) for name, unit in units.items()),
        row("perplexity", lambda loss: float(rates.loss(loss).perplexity.value), 1),
    ]  # fmt: skip
    return draw.Table(["floor", "Hoffmann", "refit" if p.runs == PUBLISHED else "fit", f"{len(found.by_form)} fits"], rows,
        f"The floor in other units, at {p.chars_per_token:.3g} characters per token, {p.bytes_per_char:.3g} {'byte' if p.bytes_per_char == 1 else 'bytes'} per character and {p.tokens_per_word:.3g} tokens per word. Hoffmann: as published. Last column: three forms of law, each by four ways to charge errors. Perplexity is per token.")  # fmt: skip


def floors(p: Parameters, f: steps.Found) -> draw.Shown:
    """Draw the floors in bits per character beside what others measured."""
    found, scores, squeezed = f.floors, f.scores["chinchilla"], f.prose.squeezed
    shannon = printed("shannon1951.lower"), printed("shannon1951.upper")
    cover, brown = printed("cover1978.entropy"), printed("brown1992.upper")
    several = float(found.law.E), found.floor_low, found.floor_high
    fits = {"floor, Hoffmann et al.": found.by_fit[HOFFMANN], "floor, fitted here": found.by_fit[OWN],
            "floor, several laws": several}  # fmt: skip
    names = ["Shannon 1951 (bounds)", "Cover and King 1978", "Brown et al. 1992 (bound)", *fits,
             "Chinchilla on the Pile", "compressors, this book"]  # fmt: skip
    data: draw.Series = {
        names[0]: {"bits_per_char_low": shannon[0], "bits_per_char_high": shannon[1]},
        names[1]: {"bits_per_char": cover}, names[2]: {"bits_per_char": brown},
    }  # fmt: skip
    fig, ax = draw.new(height=4.2)
    for place, (name, (floor, low, high)) in enumerate(fits.items(), start=3):
        ends = []
        middle = p.chars_per_token
        for least, most, alpha in ((p.chars_per_token_low, p.chars_per_token_high, 0.22), (middle, middle, 0.55)):  # fmt: skip
            ends.append(steps.in_bits([low, high], CHARACTER, steps.cut(p, [most, least])))
            draw.bar(ax, ends[-1], place, VERMILION, linewidth=9, alpha=alpha)
        at = float(steps.in_bits(floor, CHARACTER, steps.cut(p)))
        ax.plot(at, place, "o", color=VERMILION, markersize=4)
        lows, highs = np.transpose(ends)
        around = between((lows[0], highs[0]))  # in the end of the several laws
        data[name] = {
            "series": ["with the range of characters per token", "at one tokenizer"],
            "bits_per_char": at, "bits_per_char_low": lows, "bits_per_char_high": highs,
        }  # fmt: skip
    for part, bits in scores.items():
        filled = BLUE if part in steps.PILE_PROSE else "none"
        ax.plot(bits, 6, "o", color=BLUE, markersize=6, markerfacecolor=filled)
    data[names[6]] = {"series": [*scores], "bits_per_byte": [*scores.values()]}
    ax.plot([*squeezed.values()], [7] * len(squeezed), "s", color=GREEN, markersize=6)
    data[names[7]] = {"series": [*squeezed], "bits_per_char": [*squeezed.values()]}
    draw.bar(ax, shannon, 0, INK, linewidth=4, alpha=1)
    ax.plot(cover, 1, "D", color=INK)
    ax.plot(brown, 2, "<", color=INK, markersize=8)
    draw.shade(ax, *shannon, alpha=0.1)
    draw.rows(ax, names)
    ax.set(xlabel="bits per character, or per byte", xlim=(0, 3))
    on_prose = [scores[part] for part in steps.PILE_PROSE]
    return draw.show(fig, "fig-floors",
        f"Long bars: the floor at {p.chars_per_token_low:.3g} to {p.chars_per_token_high:.3g} characters per token; the short ones within them: at {p.chars_per_token:.3g}. Filled: Chinchilla's losses on prose of the Pile, in bits per byte; hollow: on its other parts. Squares: compressors.",
        f"Rows of estimates on one axis of bits per character. Shannon's range is {shannon[0]} to {shannon[1]}, Cover and King {cover}, Brown's bound {brown}. The floors of several laws reach from {around}. Chinchilla on the Pile runs from {between((min(scores.values()), max(scores.values())))} bits per byte, on prose from {between((min(on_prose), max(on_prose)))}. Compressors reach {between((min(squeezed.values()), max(squeezed.values())))}.", data=draw.stack(data, by="row"))  # fmt: skip


def derivations(d: steps.Derivations) -> draw.Table:
    """Set the derivation of TLW's comment beside the same steps with their units."""
    said = f"{stated('t-243')}"
    rows = [
        [f"{d.stated_floor} nats in bits: cut off, not rounded", f"{said} bits/token", f"{fix(d.floor_bits, 3)} bits/token"],
        [f"{pct(d.bpe_ratio, 4)} of 8 bits: unit error", f"{d.their_divisor:.4f} bits/token", f"{d.their_divisor:.4f} bits/character"],
        ["characters in a token: left out", "—", f"{steps.TOKEN_BITS:g} / {d.their_divisor:.4f} = {fix(d.sound_chars, 3)}"],
        ["bits per character: near, by coincidence", f"{said} / {d.their_divisor:.4f} = {fix(d.their_result, 3)}",
         f"{fix(d.floor_bits, 3)} / {fix(d.sound_chars, 3)} = {fix(d.sound_result, 3)}"],
    ]  # fmt: skip
    return draw.Table(["step", "as written", "with its unit"], rows, "TLW's derivation. Bits per token over bits per character are characters per token, whatever one calls them.")  # fmt: skip


def coincidence(d: steps.Derivations, found: steps.Prose) -> draw.Shown:
    """Draw TLW's formula and the sound one against the compression."""
    q = np.linspace(0.3, 1.0, 141)
    own = np.array([each.ratio for each in found.encodings if each.ratio <= 1])
    falling, rising, made = d.floor_bits / (8 * q), d.floor_bits * q / 2, d.floor_bits * own / 2
    data = draw.stack({
        "TLW, E / 8q": {"share": q, "bits_per_char": falling},
        "sound, E q / 2": {"share": q, "bits_per_char": rising},
        "TLW": {"share": d.bpe_ratio, "bits_per_char": d.their_result},
        "sound": {"share": d.bpe_ratio, "bits_per_char": d.sound_result},
        "encodings trained here": {"share": own, "bits_per_char": made},
    })  # fmt: skip
    fig, ax = draw.new(height=3.4)
    draw.line(ax, q, falling, ORANGE, "TLW, E / 8q", 100, (0, -14), "center")
    draw.line(ax, q, rising, BLUE, "sound, E q / 2", 112, (-6, 8), "right")
    ax.plot(d.bpe_ratio, d.sound_result, "o", color=BLUE)
    ax.plot(d.bpe_ratio, d.their_result, "o", color=ORANGE)
    ax.plot(own, made, "x", color=INK)
    ax.set(xlabel="size as 16-bit tokens over size as text, q", ylabel="bits per character", ylim=(0, 1.4))  # fmt: skip
    theirs, sound = fix(d.their_result, 3), fix(d.sound_result, 3)
    return draw.show(fig, "fig-coincidence",
        f"TLW's formula and the sound one cross at q = 1/2, and the compression that TLW uses, {pct(d.bpe_ratio, 4)}, is next to it: {theirs} and {sound} bits per character. Crosses: encodings of this book's prose, where they shrink it.",
        f"A falling curve, E over 8 q, and a rising line, E q over 2, cross at q = 0.5. Two points beside the crossing at q = {d.bpe_ratio} lie at {theirs} and {sound}.", data=data)  # fmt: skip


def unit(found: steps.Unit, massive: steps.MassiveText) -> draw.Table:
    """List how many bits a unit of loss has, by law and part of the Pile."""
    run = registry.published_model("Chinchilla")
    rows = [[law, steps.PILE_WEB[part], fix(bits)] for law, part, bits in found.cases]
    return draw.Table(["law", "part of the Pile", "bits in a unit of loss"], rows, f"Measured bits per byte times {fix(massive.massive_mean)} bytes per token, over the loss predicted for {qty(run.params)} parameters and {qty(run.tokens)} tokens. A nat is {fix(BITS_PER_NAT, 3)} bits.")  # fmt: skip


def learned(p: Parameters, found: steps.Floors, bound: steps.Learned) -> draw.Shown:
    """Draw what compute-optimal runs could learn per parameter, against what models store."""
    c, stored = np.geomspace(1e18, 1e27, 60), steps.capacity()
    low, high = fitting.interval(steps.learned_along(p, found.drawn, c[:, None]).T, p.level)
    ours = law_name(p).removeprefix("the ")
    laws = {ours: found.law, HOFFMANN: steps.law_of(HOFFMANN), "all 245 runs": steps.law_of(ALL_RUNS)}  # fmt: skip
    curves = {label: steps.learned_along(p, law, c) for label, law in laws.items()}
    here, spent = float(bound.bounds[OWN].per_param), 6 * p.params * p.tokens
    data = draw.stack({
        **{label: {"compute": c, "bits_per_param": curve} for label, curve in curves.items()},
        f"{ours}, interval": {"compute": c, "bits_per_param_low": low, "bits_per_param_high": high},
        **{f"stored: {name}": {"bits_per_param": bits} for name, bits in stored.items()},
        "a 32-bit number": {"bits_per_param": 32},
        f"{qty(p.params)} parameters on {qty(p.tokens)} tokens": {"compute": spent, "bits_per_param": here},
    })  # fmt: skip
    fig, ax = draw.new(height=4.0, log="xy")
    draw.band(ax, c, low, high, BLUE)
    for (label, curve), colour in zip(curves.items(), (BLUE, ORANGE, GREEN), strict=True):
        end = int(np.flatnonzero(curve > 0.15)[-1])  # where the curve leaves the picture
        shift, side = ((4, 0), "left") if end == len(c) - 1 else ((-8, 0), "right")
        draw.line(ax, c, curve, colour, label, end, shift, side)
    for name, bits in stored.items():
        draw.hline(ax, bits, INK, f"stored: {name}", 1e30, (0, 7), "right", linestyle="--")
    draw.hline(ax, 32, GREY, "a 32-bit number", 1e30, (0, 7), "right")
    ax.plot(spent, here, "o", color=BLUE)
    ax.set(xlabel="compute of a compute-optimal run (FLOP)", ylabel="bits to be learned per parameter", xlim=(1e18, 1e30), ylim=(0.1, 80))  # fmt: skip
    first, last, own, known = sci(c[0], 1), sci(c[-1], 1), curves[ours], curves[HOFFMANN]
    morris, allenzhu = stored.values()
    return draw.show(fig, "fig-learned",
        f"A compute-optimal run can put {num(own[0], 2)} bits into each parameter at {first} FLOP and {num(own[-1], 2)} at {last}, by {law_name(p)}. Dashed: what models were found to store. Band: {pct(p.level)} bootstrap interval. Point: {qty(p.params)} parameters on {qty(p.tokens)} tokens.",
        f"Bits per parameter against compute from {first} to {last} FLOP under three laws. {law_name(p)[0].upper()}{law_name(p)[1:]} goes from {fix(own[0], 1)} to {fix(own[-1], 1)}, that of Hoffmann et al. from {fix(known[0], 1)} to {fix(known[-1], 1)}. Dashed lines at {morris} and {allenzhu} bits, a line at 32.", data=data)  # fmt: skip


def bounds(p: Parameters, found: steps.Learned) -> draw.Table:
    """List what the run could have learned under each law, and what moves it."""
    columns = [f"{qty(p.params)} params, {qty(p.tokens)} tokens", "bits per parameter", "bits per token, average", "down to E"]  # fmt: skip
    rows = [
        [label, fix(float(bound.per_param)), fix(float(bound.data / p.tokens), 3), fix(float(bound.all / p.params))]
        for label, bound in found.bounds.items()
    ]  # fmt: skip
    return draw.Table(columns, rows, "The area in bits, and what moves it. Down to E: with the part that a model of this size never predicts, and so does not learn.")  # fmt: skip


def signal(found: steps.Signal) -> draw.Table:
    """List what the example's two learners lose above the entropy, symbol by symbol."""
    rows = [
        ["excess of the ideal learner = information (bits)", *(num(bits, 2) for bits in found.ideal)],
        ["excess of one that adds 1 to each count (bits)", *(num(bits, 2) for bits in found.naive)],
    ]  # fmt: skip
    return draw.Table(["symbols seen before", *map(str, steps.SEEN)], rows, "Loss above the entropy of 2 bits, symbol by symbol. For the ideal learner it is what the symbol teaches; for another, only a bound.")  # fmt: skip


def compared(d: steps.Derivations) -> draw.Table:
    """Set what was stated against what comes out."""
    refit = float(steps.law_of(REPLICATION).E) * BITS_PER_NAT
    rows = [
        ("bits in a nat", "t-nat", BITS_PER_NAT),
        (f"{d.stated_floor} nats in bits", "t-243", d.floor_bits),
        ("floor of the replication, bits/token", "h-entropy-unit", refit),
        (f"bits/character at {pct(d.bpe_ratio, 4)}", "t-0.595", d.sound_result),
        ("bits in 16-bit tokens, per character", "t-4.0864", d.their_divisor),
    ]
    return draw.compared((name, stated(claim), found, "{:.5g}".format) for name, claim, found in rows)  # fmt: skip
