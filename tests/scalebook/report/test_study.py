"""What is said of a table of runs: by every method, of odd tables too, and never in half."""

import json
import re
import subprocess
import sys
from html import escape
from pathlib import Path

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from scalebook import cli
from scalebook.report import answers, chapter, page, study, terminal, wording
from scalebook.show.templates import render
from scalinglaws import Runs, fit
from scalinglaws.errors import ScalingLawsError
from scalinglaws.fitting import ERROR_MODELS
from scalinglaws.laws import GeneralLaw
from scalinglaws.prediction import methods, simulation, survey
from scalinglaws.prediction.simulation import Laboratory
from scalinglaws.reading import Header
from tests.scalinglaws.synthetic import LAW

QUICK = study.Request(resamples=40)


def table(params, tokens, loss, budget=None, name="runs.csv"):
    return Runs(params, tokens, loss, budget=budget, name=name)


def simulated(**options):
    return simulation.simulate(Laboratory(**options))


def renderings(found):
    """All that is shown of a study, by how it is shown."""
    return {
        "page": page.write(found),
        "chapter": chapter.write(found),
        "text": terminal.write(found),
        "json": json.dumps(study.as_values(found), allow_nan=False),
    }


def seen(markup):
    """Return what of a page is read: its text, alternative texts included."""
    markup = re.sub(r"<(style|defs)>.*?</\1>", "", markup, flags=re.DOTALL)
    labels = re.findall(r'aria-label="([^"]*)"', markup)
    return re.sub(r"<[^>]+>", " ", markup) + " ".join(labels)


def assert_whole(found):
    for kind, shown in renderings(found).items():
        words_seen = seen(shown)
        assert not re.search(r"(?<![\w])(nan|inf|infinity)(?![\w])", words_seen, re.I), kind
        if kind == "page":
            places = re.findall(r'\b(?:x|y|d|width|transform)="([^"]*)"', shown)
            assert not any(re.search("nan|inf", place) for place in places)


@pytest.fixture(scope="module")
def found():
    return study.of_runs(simulated(), study.Request(resamples=200))


def test_every_method_recovers_the_law_that_is_true(found):
    from scalinglaws import registry

    truth = registry.parametric("besiroglu2024")
    for method in ("huber", "lad", "mse", "varpro", "isoflop", "powermean"):
        answer = found.answer(method)
        assert answer.usable
        low, high = answer.interval("a", 0.95)
        assert low <= truth.a <= high, method
        if "E" in answer.estimate:
            low, high = answer.interval("E", 0.95)
            assert low <= truth.E <= high, method
    assert "at least three" in found.answer("envelope").status
    wrong = {a.method for a in found.answers if a.usable} - {
        a.method for a in methods.comparable(found.answers)
    }
    assert {"power+floor", "power"} <= wrong <= {"power+floor", "power", "sum"}
    assert found.reference.method == "huber"
    assert found.untold() == []


def test_the_optimum_of_each_form_is_where_its_loss_is_lowest(found):
    for answer in found.answers:
        if answer.kind == "allocation" or not answer.usable:
            continue
        e = answer.estimate
        grid = np.geomspace(e["params"] / 2, e["params"] * 2, 20_001)
        tokens = found.compute / 6 / grid
        how = methods.METHODS[answer.method]
        loss = fit(found.table, how.form, error=how.error).law.loss(grid, tokens)
        assert e["loss"] == pytest.approx(loss.min(), rel=1e-6)
        assert e["params"] == pytest.approx(grid[loss.argmin()], rel=0.01)


def test_an_envelope_of_curves_finds_the_exponent():
    sizes = np.geomspace(1e7, 1e10, 25)
    params, tokens = (v.ravel() for v in np.meshgrid(sizes, np.geomspace(1e8, 1e12, 30)))
    loss = LAW.loss(params, tokens) * np.exp(1e-4 * np.random.default_rng(0).normal(size=750))
    runs = Runs(params, tokens, loss)
    answers = methods.compare(runs, 1e22, resamples=50, methods=("huber", "envelope"))
    envelope = answers[1]
    assert envelope.usable
    low, high = envelope.interval("a", 0.95)
    assert low - 0.02 <= LAW.a <= high + 0.02
    assert envelope.estimate["a"] == pytest.approx(LAW.a, abs=0.03)


def test_methods_that_see_the_same_resamples_are_compared_in_pairs(found):
    huber, mse = found.answer("huber"), found.answer("mse")
    low, high = methods.difference(mse, huber, 0.95)
    alone = [a.interval("a", 0.95) for a in (huber, mse)]
    apart = np.hypot(*[end[1] - end[0] for end in alone])
    assert high - low < apart


def test_a_wrong_form_is_told_of():
    """Runs of Kaplan's form above a floor: the two-term law is not the best description."""
    made = simulated(noise=0.002)
    bent = GeneralLaw(LAW.E, LAW.A, LAW.B, LAW.alpha, LAW.beta, 2.5)
    loss = made.loss / made.loss * bent.loss(made.params, made.tokens)
    loss = loss * np.exp(0.002 * np.random.default_rng(3).normal(size=len(loss)))
    found = study.of_runs(table(made.params, made.tokens, loss, made.budget), QUICK)
    assert (
        min(found.answers, key=lambda a: a.aic if np.isfinite(a.aic) else 0).method == "powermean"
    )
    assert found.reference.method == "powermean"
    assert not {"huber", "mse"} & {each.method for each in methods.comparable(found.answers)}


ODD = {
    "three runs": table([1e8, 2e8, 4e8], [1e9, 2e9, 3e9], [3.5, 3.2, 3.0]),
    "one run": table([1e8], [1e9], [3.5]),
    "one size": table([1e8] * 20, np.geomspace(1e9, 1e11, 20), np.linspace(3.5, 3, 20)),
    "one budget": simulated(budgets=1, sizes=15),
    "constant loss": table(np.geomspace(1e7, 1e9, 12), np.geomspace(1e9, 1e11, 12), [3.0] * 12),
    "noise above all": simulated(noise=1.0, seed=3),
    "no noise": simulated(noise=0.0),
    "copies": table([1e8] * 9, [1e9] * 9, [3.0] * 9),
    "far apart": table(np.geomspace(1e3, 1e20, 9), np.geomspace(1e20, 1e3, 9), [3.0, 2.0, 1.0] * 3),
}


@pytest.mark.parametrize("case", ODD)
def test_odd_tables_get_a_clear_statement(case):
    found = study.of_runs(ODD[case], QUICK)
    assert_whole(found)
    said = " ".join(renderings(found)["text"].split())
    if case in ("three runs", "one run"):
        assert "cannot fix the 5 constants" in said
        assert found.no_plan
    if case == "one size":
        assert "All runs have the same params" in said
    if case == "one budget":
        assert "a power law through minima needs at least two" in said
    if case == "noise above all":
        assert found.untold()
    if case == "constant loss":
        assert found.no_plan or found.untold()


positive = st.floats(1e-3, 25.0)
rows = st.lists(
    st.tuples(st.floats(3, 13), st.floats(3, 15), positive), min_size=1, max_size=14
)  # fmt: skip


@given(rows, st.booleans())
@settings(max_examples=10, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
def test_no_table_breaks_the_report(drawn, rounded):
    digits = 0 if rounded else 3
    params = [10.0 ** round(n, digits) for n, _, _ in drawn]
    tokens = [10.0 ** round(d, digits) for _, d, _ in drawn]
    found = study.of_runs(
        table(params, tokens, [round(y, 2) + 0.01 for *_, y in drawn]),
        study.Request(resamples=4, count=2),
    )
    assert_whole(found)


EVIL = "<script>alert(1)<script>`{{ r }}`{% raw %}|**x**](http:a.b)"


@pytest.fixture(scope="module")
def evil():
    made = simulated(budgets=3, sizes=5)
    header = Header(Path(EVIL), "0" * 64, ("params", "tokens", "loss"), (EVIL, "{x}`y`", "| z"))
    return study.of_runs(
        table(made.params, made.tokens, made.loss, name=EVIL), QUICK, header
    )  # fmt: skip


def test_a_name_of_the_readers_own_does_not_become_markup(evil):
    html = page.write(evil)
    assert "<script" not in html
    assert html.count("<strong") == 1  # the loss to expect, which is ours
    assert "<a href=" not in html.partition("</nav>")[2]
    assert html.count(escape(EVIL, quote=False)) >= 7
    assert "<code>| z</code>" in html
    (name,) = re.findall(r'<th scope="row">name</th>\n<td[^>]*>(.*?)</td>', html)
    assert name == f"<code>{escape(EVIL, quote=False)}</code>"


def test_a_name_of_the_readers_own_is_text_in_an_edition(evil):
    markdown = render(chapter.write(evil), {})
    made = MarkdownIt("commonmark").parse(markdown)
    fences = [token for token in made if token.type == "fence"]
    assert {token.info for token in fences} == {"{raw} html", "sh"}
    for token in fences:
        assert ("<script" in token.content) == (token.info == "sh")
    inline = [child for token in made for child in token.children or ()]
    assert not {"link_open", "html_inline"} & {child.type for child in inline}
    assert [child.type for child in inline].count("strong_open") == 1  # the loss to expect
    assert EVIL in [child.content for child in inline if child.type == "code_inline"]


def test_the_terminal_says_names_as_they_are(evil):
    assert f"``{EVIL}``: 15 runs" in " ".join(terminal.write(evil).split())


def test_the_chapter_has_the_data_first_and_the_same_sections(found):
    titles = re.findall(r"^## (.*)$", chapter.write(found), re.M)
    assert titles[:2] == ["What the table is", "What the data can tell"]
    assert sorted(titles) == sorted(re.findall(r"^## (.*)$", wording.report(found), re.M))


def test_tables_in_a_pipe_are_aligned_and_lines_short(found):
    said = terminal.write(found)
    tables = re.findall(r"(?:^\|.*\n)+", said, re.M)
    assert len(tables) == 8
    for rows in tables:
        bars = {tuple(m.start() for m in re.finditer(r"\|", row)) for row in rows.splitlines()}
        assert len(bars) == 1
    others = [line for line in said.splitlines() if not line.startswith("|")]
    assert max(map(len, others)) <= 100
    assert "![" not in said


@pytest.mark.parametrize(
    ("name", "shown"),
    [("runs.csv", "`runs.csv`"), ("a`b", "``a`b``"), ("`", "`` ` ``"), ("a\n\n# b", "`a # b`")],
)
def test_code_holds_any_text(name, shown):
    assert wording.code(name) == shown


def test_a_figure_has_names_of_its_own_on_the_page(found):
    html = page.write(found)
    names = re.findall(r'\bid="([^"]*)"', html)
    assert len(names) == len(set(names))
    used = set(re.findall(r'(?:href="#|url\(#)([^")]*)', html))
    assert used <= set(names)


def test_a_long_table_is_fitted_in_part():
    rng = np.random.default_rng(0)
    params = 10.0 ** rng.uniform(7, 10, 30_000)
    tokens = 10.0 ** rng.uniform(9, 12, 30_000)
    loss = LAW.loss(params, tokens) * np.exp(0.01 * rng.normal(size=30_000))
    runs = Runs(params, tokens, loss)
    assert not np.isfinite(survey.on_budgets(runs).budget).any()  # runs everywhere are no budgets
    (answer,) = methods.compare(runs, 1e23, resamples=20, methods=("mse",))
    assert answer.detail.n == len(answer.residuals) == methods.MOST
    low, high = answer.interval("a", 0.95)
    assert low - 0.002 < LAW.a < high + 0.002


# The commands


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "runs.csv"
    path.write_text(simulation.csv_text(Laboratory(budgets=4, sizes=7)), encoding="utf-8")
    return path


def test_all_methods_as_json(file, capsys):
    assert cli.main(["fit", str(file), "--method", "all", "--bootstrap", "30", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [each["method"] for each in found["fits"]] == list(methods.METHODS)
    assert found["n"] == 28
    assert found["next"][0]["for"] == "a"
    for each in found["fits"]:
        assert each["minimises"].startswith(methods.METHODS[each["method"]].minimises)
    ends = found["fits"][0]["intervals"]["a"]
    assert ends[0] <= found["fits"][0]["a"] <= ends[1]
    assert found["compute"] == pytest.approx(10 * 1e21)


@pytest.mark.parametrize("method", ERROR_MODELS)
def test_a_fit_says_what_it_minimised(file, capsys, method):
    options = ["fit", str(file), "--method", method, "--bootstrap", "20", "--seed", "3"]
    assert cli.main([*options, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    said = ERROR_MODELS[method].minimises
    assert (found["method"], found["minimises"], found["seed"]) == (method, said, 3)
    assert found["told"] == dict.fromkeys(("A", "B", "E", "alpha", "beta", "a"), True)
    assert cli.main(options) == 0
    assert f"{method}: minimises {said}" in " ".join(capsys.readouterr().out.split())
    assert cli.main(["fit", "--help"]) == 0
    assert f"  {method:<8}{said}\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("module", "name", "options", "times"),
    [
        (answers, "fit_runs", (), 1),
        (methods, "fit", ("--method", "all"), 8),  # and two that fit no law
        (methods, "fit", ("--page", "report.html"), 8),
    ],
)
def test_each_method_is_fitted_once(file, monkeypatch, module, name, options, times):
    made, fitted = getattr(module, name), []

    def counted(*given, **how):
        fitted.append(given)
        return made(*given, **how)

    monkeypatch.setattr(module, name, counted)
    monkeypatch.chdir(file.parent)
    assert cli.main(["fit", str(file), "--bootstrap", "0", *options]) == 0
    assert len(fitted) == times


def test_a_page_is_written_whole_and_the_same_each_time(file, tmp_path, capsys):
    first, second = tmp_path / "one.html", tmp_path / "two.html"
    for out in (first, second):
        assert cli.main(["fit", str(file), "--bootstrap", "30", "--page", str(out)]) == 0
    assert first.read_bytes() == second.read_bytes()
    html = first.read_text(encoding="utf-8")
    assert html.endswith("</html>\n")
    assert not re.search(r"<(script|link|img|iframe)|https?://|url\((?!#)", html)
    assert str(tmp_path) not in html
    assert html.count("<svg") == html.count('role="img"') == 5
    capsys.readouterr()
    assert cli.main(["fit", str(file), "--page", str(file / "no.html")]) == 1
    assert "cannot be written" in capsys.readouterr().err


def test_without_matplotlib_the_page_says_how_figures_are_had(file, tmp_path):
    without = "import sys; sys.modules['matplotlib'] = None; from scalebook import cli; cli.main()"
    out = tmp_path / "report.html"
    options = ["fit", str(file), "--bootstrap", "0", "--page", str(out)]
    subprocess.run([sys.executable, "-c", without, *options], check=True)
    html = out.read_text(encoding="utf-8")
    assert html.count("pip install 'scalebook[book]'") == 1
    assert not re.search("<(svg|img|figure)", html)


def test_the_next_runs_on_the_command_line(file, capsys):
    options = ["--budget", "1e22", "--runs", "3", "--for", "N@1e24"]
    assert cli.main(["next", str(file), *options]) == 0
    assert "Next runs for the optimal size at" in capsys.readouterr().out
    assert cli.main(["next", str(file), *options, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert len(found["runs"]) == 3
    assert max(run["flop"] for run in found["runs"]) <= 1e22 * (1 + 1e-9)
    assert found["after"]["error"] < found["now"]["error"]
    assert cli.main(["next", str(file), "--total", "1e21", "--runs", "3", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert sum(run["flop"] for run in found["runs"]) <= 1e21 * (1 + 1e-9)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("next", "--for", "beta"), "'beta' is not something to plan for"),
        (("next", "--budget", "1"), "nothing to choose from"),
        (("next", "--runs", "99"), "--runs 99: expected 1 to 50"),
        (("next", "--budget", "lots"), "--budget: 'lots' is not a quantity"),
        (("next", "--ratios", "3"), "--ratios '3': expected two numbers"),
        (("next", "--ratios", "5:"), "--ratios '5:': expected two numbers"),
        (("next", "--ratios", "1:2:3"), "--ratios '1:2:3': expected two numbers"),
        (("next", "--for", "N@"), "--for: '' is not a quantity"),
        (("next", "--ratios", "9:3"), "the smaller first"),
        (("fit", "--compute", "1e24"), "--compute goes with --method all"),
        (("fit", "--method", "all", "--seed", "-1"), "--seed -1"),
        (("fit", "--method", "all", "--bootstrap", "1"), "--bootstrap 1: expected 0 for none"),
        (("fit", "--bootstrap", "1e12"), "expected 0 for none, or from 2 to 10,000,000."),
        (("fit", "--force"), "--force goes with --page."),
    ],
)
def test_errors_are_one_clear_line(file, capsys, arguments, message):
    command, *options = arguments
    assert cli.main([command, str(file), *options]) == 1
    streams = capsys.readouterr()
    assert message in streams.err
    assert streams.err.count("\n") == 1


def test_too_few_runs_give_no_plan_but_a_reason(tmp_path, capsys):
    path = tmp_path / "few.csv"
    path.write_text("params,tokens,loss\n1e8,1e9,3.5\n2e8,2e9,3.2\n4e8,3e9,3\n", encoding="utf-8")
    assert cli.main(["next", str(path)]) == 1
    assert "3 runs cannot fix the 5 constants" in capsys.readouterr().err
    assert cli.main(["fit", str(path), "--method", "all"]) == 0
    assert "No method finds an optimum in these 3 runs." in capsys.readouterr().out
    out = tmp_path / "few.html"
    assert cli.main(["fit", str(path), "--page", str(out)]) == 0
    assert "There is no plan" in out.read_text(encoding="utf-8")


def test_a_request_is_checked():
    with pytest.raises(ScalingLawsError, match="--compute"):
        study.Request(compute=-1.0)
