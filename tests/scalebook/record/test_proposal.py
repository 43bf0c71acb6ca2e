"""A claim entered by someone who is not a programmer."""

import pytest
import yaml

from scalebook import cli, documents, paths
from scalebook.contents import CHAPTERS
from scalebook.errors import ScalebookError
from scalebook.record import claims, proposal
from scalebook.record.judge import RELATIONS

ANSWERS = [
    "kaplan", "x-new", "Someone", "elsewhere", "kaplan2020", "section 2", "it is about six",
    "Training takes six FLOP.", "", "about", "6", "FLOP/(param*token)", "",
]  # fmt: skip


def typed(answers):
    rest = iter(answers)
    told = []
    return lambda question: next(rest), told.append, told


def test_a_claim_is_asked_for_and_reads_back():
    ask, tell, told = typed(ANSWERS)
    chapter, found = proposal.asked(ask, tell)
    assert chapter == "kaplan"
    assert any(line.startswith("  kaplan ") and "Were Kaplan's" in line for line in told)
    (read,) = yaml.safe_load(proposal.written(found))
    made = claims.parse(read, chapter, "test")
    assert (made.id, made.relation, made.stated, made.where) == ("x-new", "about", 6, "section 2")


@pytest.mark.parametrize(
    ("place", "wrong", "said"),
    [
        (0, "nowhere", "'nowhere' is none of them"),
        (1, "h-6nd", "'h-6nd' is another claim already"),
        (1, "a b", "Letters, digits, dots and hyphens only"),
        (2, "", "Something has to be said"),
        (4, "two words", "A key has letters, digits and hyphens only"),
        (6, "word " * 30, "These are 30 words; at most 25"),
        (5, "", "Something has to be said"),
        (6, "half a \udcff letter", "characters that can be printed"),
        (6, "long" * 400, "At most 1000 characters"),
        (9, "equals", "'equals' is none of them"),
        (10, "many", "'many' is no number"),
        (10, "2,200,000", "A comma parts two numbers"),
    ],
)
def test_a_wrong_answer_is_asked_for_again(place, wrong, said):
    ask, tell, told = typed([*ANSWERS[:place], wrong, *ANSWERS[place:]])
    assert proposal.asked(ask, tell)[1]["id"] == "x-new"
    assert any(said in line for line in told)


def test_answers_that_do_not_go_together_are_asked_for_again():
    ask, tell, told = typed([*ANSWERS[:9], "between", *ANSWERS[10:], "between", "3, 6", "x"])
    assert proposal.asked(ask, tell)[1]["stated"] == [3, 6]
    assert any("'between' expects two numbers" in line for line in told)


def test_numbers_read_back_whatever_they_are():
    text = proposal.written({"stated": [1e25, 3.5e-7, 20], "unit": "x"})
    assert yaml.safe_load(text)[0]["stated"] == [1e25, 3.5e-7, 20]


def test_words_are_written_as_they_were_typed():
    text = proposal.written({"quote": "at 5e+28 FLOP"})
    assert yaml.safe_load(text)[0]["quote"] == "at 5e+28 FLOP"


@pytest.mark.parametrize("words", ["1e5", "-.5", "010", "1:30", "yes", "null", "~", "a: b", "#6"])
def test_words_that_look_like_something_else_stay_words(words, tmp_path):
    path = tmp_path / "claims.yml"
    path.write_text(proposal.written({"quote": words}))
    assert documents.read(path, "claims") == [{"quote": words}]


def test_digits_that_are_none_are_asked_for_again():
    rest = ["eq", "6", "x", "²", "", "eq", "6", "x", "2"]
    ask, tell, told = typed([*ANSWERS[:9], *rest])
    assert proposal.asked(ask, tell)[1]["digits"] == 2
    assert any("digits is '²'" in line for line in told)


def test_a_source_is_asked_for_until_it_can_be_written():
    ask, tell, told = typed(["", "A } {", "half \udcff", "{A}"])
    assert proposal.source_field("author", ask, tell) == "{A}"
    assert len(told) == 3


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    (tmp_path / "book").mkdir()
    (tmp_path / "data" / "claims").mkdir(parents=True)
    (tmp_path / "book" / "references.bib").write_text("@misc{kaplan2020,\n  year = {2020}\n}\n")
    monkeypatch.setattr(paths, "root", lambda: tmp_path)
    return tmp_path


def run(answers, monkeypatch):
    rest = iter(answers)
    monkeypatch.setattr("scalebook.record.commands._asked", lambda question: next(rest))
    return cli.main(["claim", "new"])


def test_the_command_writes_claim_and_source(checkout, monkeypatch, capsys):
    answers = [*ANSWERS[:4], "new2024", *ANSWERS[5:], "A. B.", "On six", "2024", "https://x.org"]
    assert run(answers, monkeypatch) == 0
    assert "x-new is pending" in capsys.readouterr().out
    (found,) = yaml.safe_load((checkout / "data/claims/kaplan.yml").read_text("utf-8"))
    assert found["source"] == "new2024"
    assert proposal.known_source("new2024")
    assert proposal.known_source("kaplan2020")
    assert run([ANSWERS[0], "x-two", *ANSWERS[2:]], monkeypatch) == 0
    both = yaml.safe_load((checkout / "data/claims/kaplan.yml").read_text("utf-8"))
    assert [each["id"] for each in both] == ["x-new", "x-two"]


def test_who_stops_leaves_everything_as_it_was(checkout, monkeypatch, capsys):
    def stop(question):
        raise ScalebookError("Stopped; nothing was written.")

    monkeypatch.setattr("scalebook.record.commands._asked", stop)
    assert cli.main(["claim", "new"]) == 1
    assert "nothing was written" in capsys.readouterr().err
    assert list((checkout / "data" / "claims").iterdir()) == []


def test_the_form_of_the_repository_asks_the_same():
    path = paths.root() / ".github" / "ISSUE_TEMPLATE" / "claim.yml"
    form = {
        each["id"]: each for each in yaml.safe_load(path.read_text("utf-8"))["body"] if "id" in each
    }
    asked = {field.name: field for field in proposal.FIELDS}
    assert set(form) == set(asked) - {"id"}

    def options(name):
        return [each.partition(":")[0] for each in form[name]["attributes"]["options"]]

    assert options("voice") == list(claims.VOICES)
    assert options("relation") == list(RELATIONS)
    assert options("chapter")[:-1] == list(CHAPTERS)
