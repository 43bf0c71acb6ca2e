"""What the chapter on models that are served says, as its numbers have it."""

from types import SimpleNamespace

from scalebook.chapters.common import law_name
from scalebook.chapters.inference.figures import trillions
from scalebook.chapters.parameter import Parameters
from scalebook.show import sentences
from scalebook.show.numbers import fix, num, pct, qty, span
from scalebook.show.sentences import Said, finding, takeaway

Numbers = SimpleNamespace
#: A share of the compute up to which a saving is called small, and one from which it is large.
SMALL, LARGE = 0.05, 0.1


def short_answer(p: Parameters, r: Numbers) -> Said:
    """Answer the chapter's question."""
    if p.served == 0:
        return sentences.short_answer(
            f"Only if it is used. Serving nothing, the cheapest model of that loss is the one that is best to train, {qty(r.params_plain)} parameters on {qty(r.tokens_plain)} tokens. Serving ten times its training tokens, a smaller one would save {_percent(r, 'saved_share_10')} of the compute."
        )  # fmt: skip
    rounded = " Rounding to 4 bits may undo it." if r.ratio_served > r.harmful4 else ""
    return sentences.short_answer(
        f"{_yes(r)} To serve {trillions(p.served)} tokens, {num(r.load, 2)} times those trained on, take {_percent(r, 'size_share')} of the compute-optimal size and {_times(r, 'data_times')} times its tokens: "
        f"{_percent(r, 'saved_share')} less compute in all ({r.laws} laws, {_count(r.suites)} sweeps).{rounded}"
    )  # fmt: skip


def _yes(r: Numbers) -> str:
    if r.saved_share_high < SMALL:
        return "Hardly, for that little use."
    return "Yes, for heavy use." if r.saved_share_low > LARGE else "A little."


def _percent(r: Numbers, name: str) -> str:
    low, high = (getattr(r, f"{name}_{end}") for end in ("low", "high"))
    return f"{pct(low).rstrip('%')} to {pct(high)}"


def _times(r: Numbers, name: str) -> str:
    return span([getattr(r, f"{name}_low"), getattr(r, f"{name}_high")], 2)


def _count(number: int) -> str:
    words = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
    return words[number] if number < len(words) else str(number)


def _name(p: Parameters) -> str:
    name = law_name(p)
    return name[0].upper() + name[1:]


def plan(p: Parameters, r: Numbers) -> Said:
    """Say what is best for the loss and the demand of the parameters."""
    loss = f"the loss of {qty(p.params)} parameters on {qty(p.tokens)} tokens"
    weight = "" if p.serving_weight == 1 else f", each FLOP of serving counted {num(p.serving_weight, 2)} times"  # fmt: skip
    if p.served == 0:
        return finding(f"Take {loss}. {_name(p)} reaches it at the least training compute with {qty(r.params_plain)} parameters on {qty(r.tokens_plain)} tokens; with nothing served, that is the answer.")  # fmt: skip
    return finding(
        f"Take {loss}. {_name(p)} reaches it at the least training compute with {qty(r.params_plain, 2)} parameters. "
        f"With {trillions(p.served)} tokens served{weight}, the cheapest for training and serving together is a model of {qty(r.params_served, 2)}, trained for longer.",
    )  # fmt: skip


def plan_takeaway(p: Parameters, r: Numbers) -> Said:
    """Say in a line what is traded."""
    return takeaway(f"A smaller model costs training compute once and saves serving compute with every token: half the size took {_times(r, 'cost_half')} times the training compute in {_count(r.suites)} sweeps.")  # fmt: skip


def spread(p: Parameters, r: Numbers) -> Said:
    """Say how far laws and sweeps agree."""
    return finding(_tried(p, r), "Nobody knows the demand beforehand. The curves above rise steeply to the left and gently to the right, so if in doubt take the larger size.")  # fmt: skip


def _tried(p: Parameters, r: Numbers) -> str:
    if not r.tried_share_runs or not r.gain_share_runs:
        return f"At this page's demand the sweeps do not tell: their prices are too unsure there, or no run is small enough. {r.laws} laws put the size at {_percent(r, 'size_share')} of the best to train."  # fmt: skip
    sweeps = "one sweep" if r.tried_share_runs == 1 else f"{_count(r.tried_share_runs)} sweeps"
    puts = "puts" if r.tried_share_runs == 1 else "put"
    told = f"At this page's demand {sweeps} {puts} the size, without any law, at {_percent(r, 'tried_share')} of the best to train, and what is saved at {_percent(r, 'gain_share')}."  # fmt: skip
    law = f"{_name(p)} says {pct(r.size_share)} and {pct(r.saved_share)}"
    if r.size_share < r.tried_share_low:
        return f"{told} {law}: it goes smaller than they do, since it charges small models [less than the sweeps took](overtraining.ipynb)."  # fmt: skip
    if r.size_share > r.tried_share_high:
        return f"{told} {law}: it does not go as small as the sweeps."
    return f"{told} {law}, in agreement with them."


def spread_takeaway(p: Parameters, r: Numbers) -> Said:
    """Say in a line what is saved by how much use."""
    return takeaway(f"Serving as many tokens as were trained on saves {_percent(r, 'saved_share_1')} of the compute, a hundred times as many {_percent(r, 'saved_share_100')}.")  # fmt: skip


def known(p: Parameters, r: Numbers) -> Said:
    """Say what demand would justify known models."""
    return finding(
        f"{_justified('Llama 3 8B, on 15T tokens,', r.llama8_size, r.llama8_served, r.llama8_served_low, r.llama8_served_high)} "
        "Memory and speed are also reasons for small models, and no law here counts them."
    )  # fmt: skip


def _justified(name: str, size: float, served: float, low: float, high: float) -> str:
    if size >= 1:
        return f"{name} is {num(size, 2)} times as large as is best to train, so no demand justifies its size."  # fmt: skip
    least = trillions(low) if low > 0 else "none"
    return f"{name} has {fix(size)} of the size that is best to train. It is the cheapest of its loss if about {trillions(served)} tokens are served; over all laws {least} to {trillions(high)}."  # fmt: skip


def known_takeaway(p: Parameters, r: Numbers) -> Said:
    """Say in a line what the small model of 2024 supposes."""
    if r.llama8_size >= 1:
        return takeaway("By this law the small models of 2024 were not trained too long for their training alone.")  # fmt: skip
    return takeaway(f"Llama 3 8B pays if about {num(r.llama8_served / r.llama8_tokens, 2)} tokens are served for each one it was trained on.")  # fmt: skip


def gpt3(p: Parameters, r: Numbers) -> Said:
    """Say how much smaller GPT-3 could have been."""
    return finding(
        f"By {law_name(p)} the cheapest model of GPT-3's loss is {_smaller(r.gpt3_cheapest)}; over all laws GPT-3 is {_times(r, 'gpt3_cheapest_laws')} times its size. "
        f"Spend GPT-3's compute again, and the smallest is {_smaller(r.gpt3_same)}; over all laws GPT-3 is {_times(r, 'gpt3_same_laws')} times its size.",
        f"For Gopher no law is needed: Chinchilla is {r.gopher_over_chinchilla:g} times smaller, took about the same compute, and is better. GPT-3 read other text than the runs of these laws, so its loss by a law is not its loss.",
    )  # fmt: skip


def _smaller(times: float) -> str:
    """Say how a size lies to GPT-3's, which is so many times as large."""
    if num(times, 2) == num(1.0, 2):
        return "of GPT-3's size"
    return f"{num(times, 2)} times smaller" if times > 1 else f"{num(1 / times, 2)} times larger"


def gpt3_takeaway(p: Parameters, r: Numbers) -> Said:
    """Say in a line whether the claim of three holds."""
    if min(r.gpt3_cheapest_laws_low, r.gpt3_cheapest_low) > 3:
        return takeaway("A factor of three or more holds by every law here, even for the model that is cheapest to train.")  # fmt: skip
    if min(r.gpt3_same_laws_low, r.gpt3_same_low) > 3:
        return takeaway("A factor of three or more holds by every law here if GPT-3's compute is spent again, and not by every law if as little as possible is spent.")  # fmt: skip
    return takeaway("Whether a factor of three holds depends on the law and on what is spent.")


def rounding(p: Parameters, r: Numbers) -> Said:
    """Say what rounding does to the model planned."""
    planned = f"The model planned here has {num(r.ratio_served, 2)}"
    four = f"By this law more data turn harmful beyond {num(r.harmful4, 2)} tokens per parameter at 4 bits, beyond {num(r.harmful6, 2)} at 6."  # fmt: skip
    if r.ratio_served > r.harmful6:
        so = f"{planned}: beyond both, so the long training that serving asks for would make the rounded model worse."  # fmt: skip
    elif r.ratio_served > r.harmful4:
        so = f"{planned}: fine for 6 bits, too many for 4, where the long training that serving asks for would make the rounded model worse."  # fmt: skip
    else:
        so = f"{planned}: below both, so either would do."
    return finding(
        f"{four} {so} The runs had at most {qty(r.kumar_params)} parameters, and the authors warn that the constants will not carry over: trust the direction, not the numbers.",
    )  # fmt: skip


def rounding_takeaway(p: Parameters, r: Numbers) -> Said:
    """Say in a line what the two together mean."""
    if r.ratio_served > r.harmful4:
        return takeaway("Training longer for serving and rounding to 4 bits work against each other: decide on the bits first.")  # fmt: skip
    return takeaway("By this law the model planned here is not trained too long to be rounded to 4 bits.")  # fmt: skip


def sure(p: Parameters, r: Numbers) -> Said:
    """Say how sure the answer is, and what would change it."""
    return finding(
        "That serving makes the best model smaller holds in every law and every sweep here. By how much is less sure. The sweeps are of small models, and nobody has tested a best size for serving on real runs.",
        f"Very long training is the weak point. Sardana and colleagues, who trained at up to {num(r.sardana_ratio_max)} tokens per parameter, report that laws fitted at common ratios promise too much there. [Repeated text](repetition.ipynb) would be worth less still. "
        "Writing text also uses a machine less well than training, so a FLOP of serving may cost more; the third slider of the first figure is for that.",
    )  # fmt: skip


def exercises(p: Parameters, r: Numbers) -> Said:
    """Give the solutions of the exercises."""
    third = (
        "Nothing is served here, so nothing is spent on it."
        if p.served == 0 else
        f"$I/(I + 3D)$ is {pct(r.serving_share)} by {law_name(p)}, with $D$ = {qty(r.tokens_served)} and every FLOP counted as given."
    )  # fmt: skip
    return sentences.solutions([
        "$I = D$ makes the right side of the condition $4/3$: the size term, weighted by $\\alpha$, is a third larger than the data term, weighted by $\\beta$, whatever the law.",
        "The loss above the floor of that model is $A N_0^{-\\alpha}(1 + \\alpha/\\beta)$, without $E$. Divide the equation of equal loss by it: in units of the best size and data, $\\beta n^{-\\alpha} + \\alpha d^{-\\beta} = \\alpha + \\beta$, and the condition is $n^{-\\alpha} / d^{-\\beta} = 1 + q / (3 d)$, where $q$ is the tokens served for each training token.",
        third,
    ])  # fmt: skip


def specialists(p: Parameters, r: Numbers) -> Said:
    """Say what only specialists ask of the law of precision."""
    few = "more" if r.data_factor > 1 else "fewer"
    return finding(
        f"Kumar and colleagues count effective parameters $N \\prod_x (1 - e^{{-P_x/\\gamma_x}})$ and training compute as $\\tfrac{{6}}{{16}} N D P$, so the best $P$ is where the share of effective parameters per bit is greatest, whatever the budget. The paper finds 7 to 8 bits best to train in. With the printed $\\gamma$ that is {fix(r.bits_plain, 1)} bits, with their mean {fix(r.bits_mean, 1)} (it solves $3x = e^x - 1$), with the offsets $n$ of Appendix K in the exponent, $1 - e^{{-P/\\gamma + n}}$, {fix(r.bits_added, 1)}; activations then fail below {fix(r.activation_floor, 1)} bits.",
        f"Equation 6 of the paper has the best data grow as $P^{{+\\beta/(\\alpha+\\beta)}}$. But the budget fixes $NDP$, so the powers of $P$ add up to minus one: $-\\alpha/(\\alpha+\\beta)$ for data. Coming down from 16 bits to {num(p.bits, 2)}, the best size is {num(r.size_factor)} and the best data are {num(r.data_factor)} times what they were: {few} data, not the opposite, since each operation costs less. The effective compute is {num(r.compute_factor)} times as large.",
    )  # fmt: skip
