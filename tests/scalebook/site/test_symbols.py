"""The table of symbols against the formulas of the chapters."""

import json
import re
from collections.abc import Iterator
from functools import cache

import pytest
import yaml

from scalebook import paths
from tests.scalebook.chapters.cells import phrases

ROOT = paths.root()
PAGE = ROOT / "book" / "symbols.md"

# Commands that are no symbols, with what is written in upright letters within formulas.
COMMANDS = {
    "approx", "big", "bigg", "bigl", "bigr", "cdot", "cosh", "dots", "exp", "frac", "hat", "infty",
    "int", "le", "left", "ln", "log", "max", "min", "prod", "propto", "quad", "qquad", "right",
    "sim", "sqrt", "sum", "tfrac", "times", "to", "top",
}  # fmt: skip
# Indices of a sum, signs of a difference, and the base of natural logarithms.
DUMMIES = {"i", "k", "d", "e", "Delta"}

# A letter with what belongs to it: a subscript, a star, a prime or "min".
SYMBOL = re.compile(r"(\\?[A-Za-z]+)((?:_\{\w+\}|_\w|\^\{(?:min|\*)\}|\^2(?=_)|')*)")
# Subscripts that only count.
INDICES = ("_i", "_k", "_x")


def formulas(text: str) -> Iterator[str]:
    """Yield the formulas of a page in Markdown."""
    text = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    text = re.sub(r"`[^`]*`", "", text)
    text = re.sub(r"\{\{.*?\}\}|\{%.*?%\}", "0", text, flags=re.DOTALL)
    for block, line in re.findall(r"\$\$(.+?)\$\$|\$([^$]+?)\$", text, flags=re.DOTALL):
        yield block or line


def symbols(formula: str) -> set[str]:
    r"""Return the symbols in a formula, written without LaTeX: ``alpha_N``, ``C_min``, ``u^*``."""
    plain = re.sub(r"_\{?\\(?:text|mathrm)\{(\w+)\}\}?", r"_{\1}", formula)
    plain = re.sub(r"\\(?:text|mathrm)\{[^{}]*\}", " ", plain)
    plain = re.sub(r"([_^])\{?\\min\}?", r"\1{min}", plain)
    plain = re.sub(r"\^\{?\*\}?", "^{*}", plain)
    # Letters side by side are a product, but for a command.
    plain = re.sub(
        r"(?<![\\A-Za-z])(?<!_\{)(?!min\})[A-Za-z]{2,}", lambda word: " ".join(word[0]), plain
    )
    found = set()
    for letter, added in SYMBOL.findall(plain):
        name = letter.lstrip("\\")
        if letter.startswith("\\") and name in COMMANDS:
            continue
        parts = re.findall(r"_\{?\w+|\^\{?(?:min|\*)|'", added)
        found.add(
            name + "".join(p for each in parts if (p := each.replace("{", "")) not in INDICES)
        )
    return found


@cache
def chapters() -> dict[str, set[str]]:
    """Return the symbols of each chapter, in the order of the book."""
    contents = yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8"))
    files = [entry["file"] for part in contents["parts"] for entry in part["chapters"]]
    found = {}
    for name in (file.rpartition("/")[2] for file in files if "/executed/" in file):
        notebook = json.loads((ROOT / "notebooks" / f"{name}.ipynb").read_text("utf-8"))
        cells = (c for c in notebook["cells"] if c["cell_type"] == "markdown")
        text = "\n\n".join([*("".join(cell["source"]) for cell in cells), *phrases(name)])
        found[name] = set().union(*(symbols(formula) for formula in formulas(text)))
    return found


def rows() -> list[tuple[set[str], list[str]]]:
    """Return symbols and chapters of each row, without the table of letters at the end."""
    text = PAGE.read_text("utf-8").split("(one-letter-several-meanings)=")[0]
    found = []
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.split("|")[1:-1]]
        if line.startswith("| $"):
            assert len(cells) == 5, line
            named = set().union(*(symbols(formula) for formula in formulas(cells[0])))
            found.append((named, re.findall(r"\(executed/([\w-]+)\)", cells[-1])))
    return found


@cache
def words() -> set[str]:
    """Return the words of the library, the tables and the chapters."""
    files = [*ROOT.glob("src/**/*.py"), *ROOT.glob("notebooks/*.ipynb")]
    text = " ".join(path.read_text("utf-8") for path in [*files, *ROOT.glob("data/*.csv")])
    return set(re.findall(r"\w+", text))


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        (r"C = 6ND", {"C", "N", "D"}),
        (r"L(C_{\min}) = \left(\frac{C_c^{\min}}{C_{\min}}\right)^{\alpha_C^{\min}}",
         {"L", "C_min", "C_c^min", "alpha_C^min"}),
        (r"N_\mathrm{opt} = G\,(C/6)^{a}", {"N_opt", "G", "C", "a"}),
        (r"\sum_i \mathrm{Huber}_\delta(\log L_i - \log \hat L_i)", {"delta", "L"}),
        (r"N'^{\alpha}", {"N'", "alpha"}),
        (r"u^* \approx c\,i_1(\beta w)", {"u^*", "c", "i_1", "beta", "w"}),
        (r"\min_{N,\,D}\; 6ND + 2NI \quad\text{with}\quad \ell", {"N", "D", "I", "ell"}),
        (r"\pi_i\, H_i \chi^2_5", {"pi", "H", "chi_5"}),
        (r"C = \text{peak} \times \text{time}", {"C"}),
    ],
)  # fmt: skip
def test_symbols_of_a_formula(formula: str, expected: set[str]) -> None:
    assert symbols(formula) == expected


def test_every_symbol_of_the_chapters_is_in_the_table() -> None:
    named = set().union(*(symbols_ for symbols_, _ in rows())) | DUMMIES
    missing = {name: sorted(found - named) for name, found in chapters().items() if found - named}
    assert missing == {}


def test_every_symbol_of_the_table_is_in_the_chapters_it_names() -> None:
    for named, places in rows():
        assert places, named
        for name in named:
            assert any(name in chapters()[place] for place in places), (name, places)


def test_symbols_are_first_where_the_table_says() -> None:
    first: dict[str, str] = {}
    for chapter, found in chapters().items():
        for name in found:
            first.setdefault(name, chapter)
    told: dict[str, set[str]] = {}
    for named, places in rows():
        for name in named:
            told.setdefault(name, set()).add(places[0])
    assert {n: p for n, p in told.items() if n not in DUMMIES and first[n] not in p} == {}


def test_names_in_code_are_there() -> None:
    lines = (line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| $"))
    named = {name for line in lines for name in re.findall(r"`([^`]+)`", line)}
    assert len(named) > 40
    assert named - words() == set()
