"""Figures and tables of the chapter on the entropy of text."""

import numpy as np

from scalebook.chapters.common import between, printed, stated
from scalebook.chapters.entropy import steps
from scalebook.chapters.entropy.steps import ALL_RUNS, HOFFMANN, OWN, REPLICATION
from scalebook.chapters.parameter import Parameters
from scalebook.show import figures as draw
from scalebook.show.figures import BLUE, GREEN, GREY, INK, ORANGE, PURPLE, SKY, VERMILION
from scalebook.show.numbers import fix, num, pct, qty, sci
from scalinglaws import fitting, registry
from scalinglaws.information.rates import BYTE, CHARACTER, TOKEN, WORD
from scalinglaws.units import BITS_PER_NAT

UNITS = {"token": TOKEN, "byte": BYTE, "character": CHARACTER, "word": WORD}


def massivetext(found: steps.MassiveText) -> draw.Table:
    """List what a token stands for in the parts of MassiveText."""
    rows = [
        [steps.PARTS[name], f"{disk / 1e9:,.0f}", pct(share), fix(epochs), fix(per_token)]
        for name, (disk, share, epochs, per_token) in found.by_part.items()
    ]
    columns = ["part of MassiveText", "size (GB)", "share", "epochs", "bytes per token"]
    return draw.Table(columns, rows, "Bytes per token, from three printed columns of Hoffmann et al., Table A1.")  # fmt: skip


def prose(p: Parameters, found: steps.Prose) -> draw.Shown:
    """Draw what encodings of several sizes and compressors make of this book's prose."""
    sizes = [each.vocabulary for each in found.encodings]
    chars = [float(each.text.per_token(CHARACTER)) for each in found.encodings]
    kaplan = printed("kaplan2020.chars_per_token")
    data = draw.stack({
        "tokens": draw.stack({
            "this book": {"vocabulary": sizes, "chars_per_token": chars},
            "range taken here": {"chars_per_token_low": p.chars_per_token_low, "chars_per_token_high": p.chars_per_token_high},
            "Kaplan et al.": {"chars_per_token": kaplan},
        }),
        "compressors": draw.stack({
            name: {"chars": found.lengths, "bits_per_char": bits} for name, bits in found.squeezed.items()
        }),
    }, by="panel")  # fmt: skip
    fig, (left, right) = draw.new(1, 2, height=3.2)
    draw.line(left, sizes, chars, BLUE, "this book", 2, (6, -8), marker="o")
    left.axhspan(p.chars_per_token_low, p.chars_per_token_high, color=GREY, alpha=0.15, linewidth=0)  # fmt: skip
    draw.hline(left, kaplan, VERMILION, "Kaplan et al.", sizes[0], linestyle="--", linewidth=1.2)
    draw.plain_axis(left, "x", sizes[0] / 1.15, sizes[-1] * 1.15)
    left.set_xticks(sizes, [f"{size:,}" for size in sizes])
    left.set(xlabel="vocabulary (tokens)", ylabel="characters per token", ylim=(0, 5))
    ranked = sorted(found.squeezed, key=lambda name: found.squeezed[name][-1])
    for (name, bits), colour in zip(found.squeezed.items(), (ORANGE, GREEN, PURPLE), strict=True):
        draw.line(right, found.lengths, bits, colour, name, -1, (4, 11 * (ranked.index(name) - 1)))
    draw.log_axis(right, "x")
    right.set(xlabel="length of text (characters)", ylabel="bits per character", xlim=(found.lengths[0], found.lengths[-1] * 3.5), ylim=(0, 6))  # fmt: skip
    first, last = ([bits[end] for bits in found.squeezed.values()] for end in (0, -1))
    return draw.show(fig, "fig-prose",
        f"Left: a token of {sizes[-1]:,} different ones stands for {fix(chars[-1])} characters of prose that it was not trained on; grey, the range taken here. Right: on the first {found.prose_chars:,} characters compressors reach {between((min(last), max(last)))} bits per character, more on shorter beginnings.",
        f"Left: characters per token rise from {fix(chars[0])} at {sizes[0]} tokens to {fix(chars[-1])} at {sizes[-1]}, below Kaplan's {kaplan}. Right: bits per character of gzip, bz2 and lzma fall with the length of the text, from {fix(min(first))} or more at {found.lengths[0]} characters.", data=data)  # fmt: skip


def floor_units(p: Parameters, found: steps.Floors) -> draw.Table:
    """List the floor of three fits in five units."""

    def per_char(loss: float, chars: float) -> str:
        return fix(float(steps.in_bits(loss, CHARACTER, steps.cut(p, chars))))

    least, most = p.chars_per_token_low, p.chars_per_token_high
    fits = found.by_fit.values()
    rows = [
        ["nats/token", *(fix(floor, 3) for floor, *_ in fits)],
        *([f"bits/{name}", *(fix(float(steps.in_bits(floor, unit, steps.cut(p))), 3) for floor, *_ in fits)] for name, unit in UNITS.items()),
        [f"bits/character, {most:g} to {least:g} characters per token",
         *(f"{per_char(low, most)} to {per_char(high, least)}" for _, low, high in fits)],
    ]  # fmt: skip
    return draw.Table(["floor E", *found.by_fit], rows, f"The floor in five units at {p.chars_per_token:g} characters per token; last row with the fit's {pct(p.level)} interval (replication: 95% from its standard error) and the range of tokenizers.")  # fmt: skip


def floors(p: Parameters, found: steps.Floors, scores: dict[str, dict[str, float]]) -> draw.Shown:  # fmt: skip
    """Draw the floors in bits per character beside what others measured."""
    names = [
        "Shannon 1951 (bounds)", "Cover and King 1978", "Brown et al. 1992 (bound)",
        *(f"E, {name}" for name in found.by_fit), "Gopher, Pile (bits/byte)", "Chinchilla, Pile (bits/byte)",
    ]  # fmt: skip
    shannon = printed("shannon1951.lower"), printed("shannon1951.upper")
    cover, brown = printed("cover1978.entropy"), printed("brown1992.upper")
    data: draw.Series = {
        names[0]: {"bits_per_char_low": shannon[0], "bits_per_char_high": shannon[1]},
        names[1]: {"bits_per_char": cover}, names[2]: {"bits_per_char": brown},
    }  # fmt: skip
    fig, ax = draw.new(height=4.4)
    for place, model, colour in ((7, "chinchilla", BLUE), (6, "gopher", SKY)):
        data[names[place]] = {
            "series": [*scores[model]],
            "bits_per_byte": [*scores[model].values()],
        }
        for part, bits in scores[model].items():
            filled = colour if part in steps.PILE_PROSE else "none"
            ax.plot(bits, place, "o", color=colour, markersize=6, markerfacecolor=filled)
    middle, per_char = p.chars_per_token, {}
    for place, (name, (floor, low, high)) in enumerate(found.by_fit.items(), start=3):
        ends = []
        for least, most, alpha in ((p.chars_per_token_low, p.chars_per_token_high, 0.22), (middle, middle, 0.55)):  # fmt: skip
            ends.append(steps.in_bits([low, high], CHARACTER, steps.cut(p, [most, least])))
            draw.bar(ax, ends[-1], place, VERMILION, linewidth=9, alpha=alpha)
        per_char[name] = float(steps.in_bits(floor, CHARACTER, steps.cut(p)))
        ax.plot(per_char[name], place, "o", color=VERMILION, markersize=4)
        lows, highs = np.transpose(ends)
        data[names[place]] = {
            "series": ["with the range of characters per token", "interval of the fit"],
            "bits_per_char": per_char[name], "bits_per_char_low": lows, "bits_per_char_high": highs,
        }  # fmt: skip
    draw.bar(ax, shannon, 0, INK, linewidth=4, alpha=1)
    ax.plot(cover, 1, "D", color=INK)
    ax.plot(brown, 2, "<", color=INK, markersize=8)
    draw.shade(ax, *shannon, alpha=0.1)
    draw.rows(ax, names)
    ax.set(xlabel="bits per character, or per byte", xlim=(0, 2))
    every = [*scores["chinchilla"].values()]
    on_prose = [scores["chinchilla"][part] for part in steps.PILE_PROSE]
    listed = ", ".join(f"{fix(bits)} ({name})" for name, bits in per_char.items())
    return draw.show(fig, "fig-floors",
        f"The floors, {fix(min(per_char.values()))} to {fix(max(per_char.values()))} bits per character (dark bars: interval of the fit; pale: also {num(p.chars_per_token_low, 2)} to {num(p.chars_per_token_high, 2)} characters per token), against Shannon's {shannon[0]} to {shannon[1]} and the {fix(min(on_prose))} to {fix(max(on_prose))} that Chinchilla reaches on prose (filled points). Other parts of the Pile (hollow) run from {fix(min(every))} to {fix(max(every))}.",
        f"Rows of estimates on one axis of bits per character. Shannon's range is {shannon[0]} to {shannon[1]}, Cover and King {cover}, Brown's bound {brown}. The floors are {listed}. Chinchilla on the Pile runs from {fix(min(every))} to {fix(max(every))} bits per byte, on prose from {fix(min(on_prose))} to {fix(max(on_prose))}.", data=draw.stack(data, by="row"))  # fmt: skip


def derivations(d: steps.Derivations) -> draw.Table:
    """Set the comments' derivation beside the same steps with their units."""
    said = f"{stated('t-243')}"
    rows = [
        [f"{d.stated_floor} nats in bits: cut off, not rounded", f"{said} bits/token", f"{fix(d.floor_bits, 3)} bits/token"],
        [f"{pct(d.bpe_ratio, 4)} of 8 bits: unit error", f"{d.their_divisor:.4f} bits/token", f"{d.their_divisor:.4f} bits/character"],
        ["characters in a token: left out", "—", f"{steps.TOKEN_BITS:g} / {d.their_divisor:.4f} = {fix(d.sound_chars, 3)}"],
        ["bits per character: near, by coincidence", f"{said} / {d.their_divisor:.4f} = {fix(d.their_result, 3)}",
         f"{fix(d.floor_bits, 3)} / {fix(d.sound_chars, 3)} = {fix(d.sound_result, 3)}"],
    ]  # fmt: skip
    return draw.Table(["step", "as written", "with its unit"], rows, "The derivation in the comments. Dividing bits per token by bits per character gives characters per token, whatever one calls it.")  # fmt: skip


def coincidence(d: steps.Derivations, found: steps.Prose) -> draw.Shown:
    """Draw the comments' formula and the sound one against the compression."""
    q = np.linspace(0.3, 1.0, 141)
    own = np.array([each.ratio for each in found.encodings if each.ratio <= 1])
    falling, rising, made = d.floor_bits / (8 * q), d.floor_bits * q / 2, d.floor_bits * own / 2
    data = draw.stack({
        "as in the comments, E / 8q": {"share": q, "bits_per_char": falling},
        "sound, E q / 2": {"share": q, "bits_per_char": rising},
        "as in the comments": {"share": d.bpe_ratio, "bits_per_char": d.their_result},
        "sound": {"share": d.bpe_ratio, "bits_per_char": d.sound_result},
        "encodings trained here": {"share": own, "bits_per_char": made},
    })  # fmt: skip
    fig, ax = draw.new(height=3.4)
    draw.line(ax, q, falling, ORANGE, "as in the comments, E / 8q", 100, (0, -14), "center")
    draw.line(ax, q, rising, BLUE, "sound, E q / 2", 112, (-6, 8), "right")
    ax.plot(d.bpe_ratio, d.sound_result, "o", color=BLUE)
    ax.plot(d.bpe_ratio, d.their_result, "o", color=ORANGE)
    ax.plot(own, made, "x", color=INK)
    ax.set(xlabel="size as 16-bit tokens over size as text, q", ylabel="bits per character", ylim=(0, 1.4))  # fmt: skip
    theirs, sound = fix(d.their_result, 3), fix(d.sound_result, 3)
    return draw.show(fig, "fig-coincidence",
        f"The two formulas cross at q = 1/2, and the figure used, {pct(d.bpe_ratio, 4)}, is next to it: {theirs} and {sound} bits per character. Crosses: the encodings trained above, where they shrink the text.",
        f"A falling curve, E over 8 q, and a rising line, E q over 2, cross at q = 0.5. Two points beside the crossing at q = {d.bpe_ratio} lie at {theirs} and {sound}.", data=data)  # fmt: skip


def unit(found: steps.Unit, massive: steps.MassiveText) -> draw.Table:
    """List how many bits a unit of loss has, by law and part of the Pile."""
    run = registry.published_model("Chinchilla")
    rows = [[law, part, fix(bits)] for law, part, bits in found.cases]
    return draw.Table(["law", "part of the Pile", "bits in a unit of loss"], rows, f"Measured bits per byte times {fix(massive.massive_mean)} bytes per token, over the loss predicted for {qty(run.params)} parameters and {qty(run.tokens)} tokens. A nat is {fix(BITS_PER_NAT, 3)} bits.")  # fmt: skip


def learned(p: Parameters, found: steps.Floors, bound: steps.Learned) -> draw.Shown:
    """Draw what compute-optimal runs could learn per parameter, against what models store."""
    c, stored = np.geomspace(1e18, 1e27, 60), steps.capacity()
    low, high = fitting.interval(steps.learned_along(p, found.drawn, c[:, None]).T, p.level)
    laws = {OWN: found.law, HOFFMANN: steps.law_of(HOFFMANN), "all 245 runs": steps.law_of(ALL_RUNS)}  # fmt: skip
    curves = {label: steps.learned_along(p, law, c) for label, law in laws.items()}
    here, spent = float(bound.bounds[OWN].per_param), 6 * p.params * p.tokens
    data = draw.stack({
        **{label: {"compute": c, "bits_per_param": curve} for label, curve in curves.items()},
        f"{OWN}, interval": {"compute": c, "bits_per_param_low": low, "bits_per_param_high": high},
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
    ax.set(xlabel="compute of an optimal run (FLOP)", ylabel="bits to be learned per parameter", xlim=(1e18, 1e30), ylim=(0.1, 80))  # fmt: skip
    first, last, own, known = sci(c[0], 1), sci(c[-1], 1), curves[OWN], curves[HOFFMANN]
    morris, allenzhu = stored.values()
    return draw.show(fig, "fig-learned",
        f"By our fit a compute-optimal run has {num(own[0], 2)} bits to learn per parameter at {first} FLOP and {num(own[-1], 2)} at {last}; dashed, what models were found to store. Band: {pct(p.level)} of the resamples of our fit. Point: {qty(p.params)} parameters on {qty(p.tokens)} tokens, {fix(here, 1)} bits.",
        f"Bits per parameter against compute from {first} to {last} FLOP under three fits. Our fit goes from {fix(own[0], 1)} to {fix(own[-1], 1)}, Hoffmann's from {fix(known[0], 1)} to {fix(known[-1], 1)}. Dashed lines at {morris} and {allenzhu} bits, a line at 32.", data=data)  # fmt: skip


def bounds(p: Parameters, found: steps.Learned) -> draw.Table:
    """List what the run could have learned under each law, and what moves it."""
    columns = [f"{qty(p.params)} params, {qty(p.tokens)} tokens", "bits per parameter", "bits per token, average", "without the cut-off", "down to E"]  # fmt: skip
    rows = [
        [label, fix(float(bound.per_param)), fix(float(bound.data / p.tokens), 3),
         fix(found.free[label]) if np.isfinite(found.free[label]) else "no bound", fix(float(bound.all / p.params))]
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
