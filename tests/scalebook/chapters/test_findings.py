"""What the chapters say in words, on the book's own numbers and on many that came out otherwise.

A record that might have come out is made from the book's own: its numbers are multiplied, and
intervals stay in order. Parameters are drawn within their bounds.
"""

import ast
import inspect
import itertools
import math
import random
import re
from functools import cache
from types import SimpleNamespace

import pytest

from scalebook import contents
from scalebook.chapters.parameter import Parameters
from scalebook.contents import CHAPTERS
from scalebook.errors import ScalebookError
from scalebook.execution import parameters
from scalebook.record import results
from scalebook.show.sentences import Said
from scalinglaws.quantities import SUPERSCRIPTS
from tests.scalebook.chapters.cells import code, given

#: On how many records, besides the book's own, each finding is read.
RECORDS = 2000


def findings(chapter):
    """Return what a chapter says, by name: functions of parameters and record."""
    functions = inspect.getmembers(contents.module(chapter, "findings"), inspect.isfunction)
    return {name: each for name, each in functions
            if each.__module__.endswith(f"{contents.package(chapter)}.findings")
            and list(inspect.signature(each).parameters) == ["p", "r"]
            and inspect.signature(each).return_annotation is Said}  # fmt: skip


# Other outcomes

#: Numbers by the least and the most that they can be, whatever the runs; all others keep a sign.
BOUNDS = {
    r"(.*_)?share(_.*)?": (0.0, 1.0),
    # Factors of compute lost: nothing is cheaper than the best.
    r"m_\w+|suites_\d+_\w+|own_10_\w+|\w+_lost(_\w+)?|far_\w+": (1.0, math.inf),
    r"\w+_near_\w+|rule_\d+|cost_\w+": (1.0, math.inf),
}
#: What others state, and counts of what the book brings with it: no parameter changes them.
FIXED = re.compile(
    r"stated_\w+|models|suites|swept_runs|measured_runs|far_\w*runs"
    r"|sweeps|slips|row67_\w+|amd_per_node"
)


def bounds(name):
    return next((b for form, b in BOUNDS.items() if re.fullmatch(form, name)), (0.0, math.inf))


def otherwise(name, value, wide, draw):
    """Return a number that might have come out in the place of another."""
    low, high = bounds(name)
    factor = math.exp(draw.gauss(0, wide))
    if isinstance(value, int):  # few things may be one or none; runs that a law is fitted to not
        return draw.choice([0, 1, 2, 12]) if value < 10 else max(2, round(value * factor))
    if high == 1:
        return draw.choice([draw.random(), 0.0, 1.0])
    if low == 1:
        return 1 + (value - 1) * factor
    # Ratios and exponents lie on both sides of one; sizes, data and compute stay large.
    return draw.choice([value, value, 1.0]) * factor if 0 < value < 1e3 else value * factor


def record(own, draw):
    """Return numbers that might have come out, in place of a chapter's own."""
    wide, some = draw.choice([0.1, 0.5, 2.0]), draw.choice([0.1, 0.5, 1.0])
    kept = {name for name in own if FIXED.fullmatch(name) or draw.random() > some}
    found = {name: value if name in kept else otherwise(name, value, wide, draw)
             for name, value in own.items()}  # fmt: skip
    certain = draw.random() < 0.1
    for low in [name for name in own if name.endswith("_low")]:
        middle, high = low.removesuffix("_low"), low.removesuffix("_low") + "_high"
        if high in own:
            found[low], found[high] = sorted((found[high if certain else low], found[high]))
            if isinstance(own.get(middle), float):  # an estimate lies in its interval
                found[middle] = min(max(found[middle], found[low]), found[high])
    counts = [name for name, value in own.items() if isinstance(value, int)]
    for name, whole in itertools.permutations(counts, 2):
        if name.startswith(f"{whole}_"):  # a part is no more than the whole
            found[name] = min(found[name], found[whole])
    none = [name.removesuffix("_runs") for name in counts if found[name] == 0]
    ends = {f"{name}_{end}" for name in none for end in ("low", "high")}
    # What no run measured has no ends.
    return SimpleNamespace(**{name: value for name, value in found.items() if name not in ends})


def values(chapter, draw):
    """Return parameters of a chapter, some of them changed."""
    some = draw.sample(parameters.declared(chapter), draw.choice([0, 0, 1, 3]))
    try:
        changed = {each.name: changed_value(each, draw) for each in some}
        return Parameters(**parameters.check(chapter, changed))
    except ScalebookError:  # these do not go together
        return given(chapter)


def changed_value(each, draw):
    if each.kind is bool:
        return not each.default
    if each.kind is str:
        return draw.choice(each.choices or [each.default, "hoffmann2022_runs", "mine.csv"])
    near = each.default * math.exp(draw.gauss(0, 0.5))
    return each.kind(min(each.high, max(each.low, draw.choice([near, each.low, each.high]))))


@cache
def said(chapter):
    """Return what a chapter says, by finding: a text for each of many records, its own first."""
    draw, own = random.Random(chapter), results.load(chapter)["results"]
    cases = [(given(chapter), SimpleNamespace(**own))]
    cases += [(values(chapter, draw), record(own, draw)) for _ in range(RECORDS)]
    return {name: [each(p, r).markdown for p, r in cases]
            for name, each in findings(chapter).items()}  # fmt: skip


def wrong(chapter, fault):
    """Return what is wrong in texts, by finding: how often, and the first of them."""
    found = {name: [(what, text) for text in dict.fromkeys(texts) if (what := fault(name, text))]
             for name, texts in said(chapter).items()}  # fmt: skip
    return {name: (len(each), each[0]) for name, each in found.items() if each}


# Their language


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_every_finding_is_shown_in_the_notebook(chapter):
    cells = "\n".join("".join(cell["source"]) for cell in code(chapter))
    names = findings(chapter)
    assert "short_answer" in names
    assert [name for name in names if f"findings.{name}(p, r)" not in cells] == []


_NO_NUMBER = re.compile(r"\b(nan|inf|None(?! of)|True|False)\b|\d[eE][+-]\d|\d\.\d{9}")
_MARKS = re.compile(r"[{}]|[^ \n] {2,}| [.,;:](\s|$)|\.\.|,,|\( | \)|, ?\.")


def _malformed(_, text):
    plain = re.sub(r"\$[^$]*\$", "x", text)  # formulas have braces of their own
    found = _NO_NUMBER.search(plain) or _MARKS.search(plain)
    return found and found[0]


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_no_text_has_a_hole_in_it(chapter):
    assert wrong(chapter, _malformed) == {}


def _unfinished(name, text):
    plain = re.sub(r"</?(details|summary)[^>]*>(Solution \d+</summary>)?", "", text)
    paragraphs = filter(None, map(str.strip, plain.split("\n\n")))
    return [each for each in paragraphs if not re.search(r"[.?!:]\)?$", each)]


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_every_paragraph_ends_in_a_full_stop(chapter):
    assert wrong(chapter, _unfinished) == {}


def _lower(_, text):
    body = re.sub(r"\*\*Short answer\.\*\* ", "", text)
    return re.search(r"(?:^(?:> )?|[a-z)%][.?!] )(?!arXiv)[a-z]\w*", body)


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_every_sentence_begins_with_a_capital(chapter):
    assert wrong(chapter, _lower) == {}


_THINGS = "runs|sweeps|suites|models|groups|experts|days|passes|resamples|laws|sources|accelerators"
_ONE = re.compile(rf"(?<![\w.,−])(1|[Oo]ne) (?:[\w-]+ )?({_THINGS})\b")


def _plural(_, text):
    found = _ONE.search(text)
    return found and found[0]


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_one_thing_is_not_several(chapter):
    assert wrong(chapter, _plural) == {}


_SIZES = {"": 1.0, "k": 1e3, "M": 1e6, "B": 1e9, "T": 1e12}
_RAISED = "".join(SUPERSCRIPTS.values())
_NUMBER = rf"−?(?:\d{{1,3}}(?:,\d{{3}})+|\d+)(?:\.\d+)?(?: × 10[{_RAISED}]+)?(?:e\d+)?[kMBT]?"
_BETWEEN = re.compile(rf"(?<![\w.,−])(?<!from )({_NUMBER}) to ({_NUMBER})(?![\d{_RAISED}])")
_PLAIN = str.maketrans({high: low for low, high in SUPERSCRIPTS.items()})


def number(text):
    """Read a number as findings write it."""
    size = _SIZES.get(text[-1], 1.0)
    text = text.rstrip("kMBT").replace(",", "").replace("−", "-").replace(" × 10", "e")
    return float(text.translate(_PLAIN)) * size


def _falling(_, text):
    pairs = _BETWEEN.findall(text)
    return [pair for pair in pairs if number(pair[0]) > number(pair[1])]


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_intervals_are_in_order(chapter):
    assert any(_BETWEEN.search(text) for texts in said(chapter).values() for text in texts[:1])
    assert wrong(chapter, _falling) == {}


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_takeaways_are_one_line(chapter):
    lines = {name: texts for name, texts in said(chapter).items() if name.endswith("takeaway")}
    assert lines
    for name, texts in lines.items():
        assert not [text for text in texts if "\n" in text or not text.startswith("> ")], name


# Their branches


def fragments(chapter):
    """Return the pieces of text of three words and more in a chapter's findings."""
    tree = ast.parse(inspect.getsource(contents.module(chapter, "findings")))
    docs = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    raised = {id(node) for each in ast.walk(tree) if isinstance(each, ast.Raise)
              for node in ast.walk(each)}  # fmt: skip
    return {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        and id(node) not in docs | raised and len(re.findall(r"[^\W\d][^\s]*", node.value)) >= 3
    }  # fmt: skip


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_every_piece_of_text_is_said_of_some_record(chapter):
    whole = "\n".join({text for texts in said(chapter).values() for text in texts}).lower()
    pieces = fragments(chapter)
    assert len(pieces) > 10
    assert {each for each in pieces if each.strip().lower() not in whole} == set()
