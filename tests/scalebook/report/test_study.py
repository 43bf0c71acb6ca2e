"""What is said of a table of runs: by every method, of odd tables too, and never in half."""

import json
import re
from html import escape

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from scalebook import cli
from scalebook.report import chapter, page, study, terminal, words
from scalebook.show.templates import render
from scalinglaws import Runs, fit
from scalinglaws.errors import ScalingLawsError
from scalinglaws.fitting import ERROR_MODELS
from scalinglaws.laws import GeneralLaw
from scalinglaws.prediction import methods, simulation, survey
from scalinglaws.prediction.simulation import Laboratory
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
    markup = re.sub(r"<style>.*?</style>", "", markup, flags=re.DOTALL)
    labels = re.findall(r'aria-label="([^"]*)"', markup)
    return re.sub(r"<[^>]+>", " ", markup) + " ".join(labels)


def assert_whole(found):
    for kind, shown in renderings(found).items():
        words_seen = seen(shown)
        assert not re.search(r"(?<![\w])(nan|inf|infinity)(?![\w])", words_seen, re.I), kind
        if kind == "page":
            places = re.findall(r'(?:cx|cy|x|y|r|d|width|transform)="([^"]*)"', shown)
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
    assert wrong == {"power+floor", "power", "sum"}
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
    assert "E" in found.untold()


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
@settings(max_examples=25, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
def test_no_table_breaks_the_report(drawn, rounded):
    digits = 0 if rounded else 3
    params = [10.0 ** round(n, digits) for n, _, _ in drawn]
    tokens = [10.0 ** round(d, digits) for _, d, _ in drawn]
    found = study.of_runs(
        table(params, tokens, [round(y, 2) + 0.01 for *_, y in drawn]),
        study.Request(resamples=4, count=2),
    )
    assert_whole(found)


EVIL = "<script>alert(1)</script>`{{ r }}`{% raw %}|**x**](http://a.b)"


def test_a_name_of_the_readers_own_does_not_become_markup():
    made = simulated(budgets=3, sizes=5)
    found = study.of_runs(table(made.params, made.tokens, made.loss, name=EVIL), QUICK)
    html = page.write(found)
    assert "<script" not in html
    assert "&lt;script&gt;" in html
    markdown = render(chapter.write(found), {})
    # Apart from the commands, which stand in a fence longer than any in the name.
    ((_, commands), *others) = re.findall(r"^(`{3,})sh\n(.*?)\n\1$", markdown, re.M | re.S)
    assert not others
    assert f"'{EVIL}'" in commands
    assert "<script" not in markdown.replace(commands, "")
    assert escape(EVIL) in markdown


def test_the_chapter_has_the_data_first_and_the_same_sections(found):
    titles = re.findall(r"^## (.*)$", chapter.write(found), re.M)
    assert titles[:2] == ["What the table is", "What the data can tell"]
    assert sorted(titles) == sorted(part.title for part in words.sections(found))


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
        assert each["minimises"] == methods.METHODS[each["method"]].minimises
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
    assert found["form"] == "chinchilla"
    assert found["told"] == dict.fromkeys(("A", "B", "E", "alpha", "beta"), True)
    assert found["constants"] == {name: found[name] for name in found["told"]}
    assert cli.main(options) == 0
    assert f"{method}: minimises {said}\n" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        cli.main(["fit", "--help"])
    assert f"  {method:<8}{said}\n" in capsys.readouterr().out


def test_a_page_is_written_whole_and_the_same_each_time(file, tmp_path, capsys):
    first, second = tmp_path / "one.html", tmp_path / "two.html"
    for out in (first, second):
        assert cli.main(["fit", str(file), "--bootstrap", "30", "--page", str(out)]) == 0
    assert first.read_bytes() == second.read_bytes()
    html = first.read_text(encoding="utf-8")
    assert html.endswith("</html>\n")
    assert not re.search(r"<(script|link|img|iframe)|https?://|url\(", html)
    assert str(tmp_path) not in html
    assert html.count("<svg") == html.count('role="img"') >= 4
    capsys.readouterr()
    assert cli.main(["fit", str(file), "--page", str(file / "no.html")]) == 1
    assert "cannot be written" in capsys.readouterr().err


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
        (("next", "--ratios", "3"), "--ratios 3: expected two numbers"),
        (("next", "--ratios", "9:3"), "the smaller first"),
        (("fit", "--compute", "1e24"), "--compute goes with --method all"),
        (("fit", "--method", "all", "--seed", "-1"), "--seed -1"),
        (("fit", "--method", "all", "--bootstrap", "1"), "--bootstrap 1"),
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
