"""The outputs that are stored, and how each comes about.

The package is only called as a reader calls it, by its command line, so that it does not matter
where its modules are. Records and pages are those of the built book.
"""

import io
import json
import re
import tempfile
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

from bs4 import BeautifulSoup

from scalebook import cli
from scalebook.contents import CHAPTERS
from tests.golden import compare

FOLDER = Path(__file__).parent
BUILT = Path(__file__).parents[2] / "_build"
HTML = BUILT / "html"
RESULTS = BUILT / "results"

PAGES = FOLDER / "pages.json"
RECORDS = FOLDER / "records"
COMMANDS = FOLDER / "commands"

_FITS = {
    "fit-huber": "hoffmann2022_runs --method huber --bootstrap 200 --seed 0",
    "fit-lad": "hoffmann2022_runs --method lad --bootstrap 200 --seed 0",
    "fit-mse": "hoffmann2022_runs --method mse --bootstrap 200 --seed 0",
    "fit-varpro": "hoffmann2022_runs --method varpro --bootstrap 200 --seed 0",
    "fit-no-bootstrap": "hoffmann2022_runs --bootstrap 0",
    "fit-llama3": "llama3 --method huber --bootstrap 200",
    "fit-fineweb-c4": "fineweb-c4 --method huber --bootstrap 200 --seed 1",
    "fit-all": "llama3 --method all --bootstrap 100 --compute 1e24",
}

_LAWS = (
    "--law refit --law besiroglu2024-all245 --law hoffmann2022-printed --law kaplan2020-allocation "
    "--law llama3-figure"
)
_PLANS = {
    "plan-compute": "--compute 1e25",
    "plan-loss": "--loss 2.0",
    "plan-params": "--params 70B",
    "plan-tokens": "--tokens 1.4T",
    "plan-time": "--time 3months --peak 1e19 --utilisation 0.35",
    "plan-cost": "--cost 1e7 --price 2 --peak 1e15",
    "plan-energy": "--energy 1e6 --power 700 --peak 1e15",
    "plan-laws": f"--compute 5.76e23 {_LAWS}",
    "plan-params-laws": f"--params 1e9 {_LAWS}",
    "plan-out-of-reach": "--loss 1.85 --law refit",
}

_NEXT = {
    "next-a": "hoffmann2022_runs --runs 3 --for a",
    "next-E": "hoffmann2022_runs --runs 3 --for E",
    "next-N": "hoffmann2022_runs --runs 3 --for N@1e24 --budget 1e20",
    "next-total": "hoffmann2022_runs --runs 3 --total 1e22",
    "next-guard": "hoffmann2022_runs --runs 3 --no-guard --for a --ratios 1:1000",
    "next-llama3-a": "llama3 --runs 4 --budget 1e21 --for a",
    "next-llama3-E": "llama3 --runs 4 --for E --ratios 5:200",
    "next-llama3-N": "llama3 --runs 4 --for N@1e24 --guard",
    "next-llama3-L": "llama3 --runs 3 --for L@1e24 --total 3e22",
}

_PREDICT = {
    "predict-point": "hoffmann2022_runs --params 70B --tokens 1.4T",
    "predict-budget": "llama3 --compute 1e23 --level 0.8",
    "predict-far": "marin-dclm --compute 1e24",
}

_SIMULATIONS = {
    "simulate": "",
    "simulate-changed": "--law hoffmann2022 --budgets 3 --sizes 5 --lowest 1e19 --highest 1e22 "
    "--factor 10 --noise 0.01 --seed 7",
}


def _arguments(command: str, lines: dict[str, str]) -> dict[str, list[str]]:
    return {name: [command, *line.split(), "--json"] for name, line in lines.items()}


#: Command lines by the name of what they gave.
CASES: dict[str, list[str]] = {
    **_arguments("fit", _FITS),
    **_arguments("plan", _PLANS),
    **_arguments("next", _NEXT),
    **_arguments("predict", _PREDICT),
    **_arguments("backtest", {"backtest": "marin-dclm"}),
    **_arguments("params", {f"params-{chapter}": chapter for chapter in CHAPTERS}),
    **_arguments("claims", {"claims": ""}),
    **{name: ["simulate", *line.split()] for name, line in _SIMULATIONS.items()},
}

#: Cases that read the results of the built book.
OF_THE_BOOK = frozenset({"claims"})

# The ledger does not say how its intervals were drawn; no chapter draws less than this.
_FEWEST = 200

# Names the bytes of a file, not what was computed from it.
_LEFT_OUT = ("sha256",)


def output(name: str) -> Any:
    """Run the command of a case and return what it says, as plain values.

    Raises
    ------
    RuntimeError
        If the command fails.
    """
    arguments = CASES[name]
    if arguments[0] == "simulate":
        return _simulated(arguments)
    said = json.loads(_run(arguments))
    if isinstance(said, dict):
        said = {key: value for key, value in said.items() if key not in _LEFT_OUT}
    return said


def _simulated(arguments: Sequence[str]) -> list[str]:
    """Return the lines of the file; the command itself says only where it is."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "runs.csv"
        _run([*arguments, "-o", str(path)])
        return path.read_text("utf-8").splitlines()


def _run(arguments: Sequence[str]) -> str:
    said, complaint = io.StringIO(), io.StringIO()
    with redirect_stdout(said), redirect_stderr(complaint):
        code = cli.main(arguments)
    if code != 0:
        raise RuntimeError(f"scalebook {' '.join(arguments)} gave {code}: {complaint.getvalue()}")
    return said.getvalue()


def resamples(name: str) -> int:
    """Return how many resamples the intervals of a case come from, where the output is silent."""
    arguments = CASES[name]
    if "--bootstrap" in arguments:
        return max(int(arguments[arguments.index("--bootstrap") + 1]), 1)
    return _FEWEST if name in OF_THE_BOOK else compare.RESAMPLES


def record(chapter: str) -> dict[str, Any]:
    """Return what a chapter of the built book recorded, without what it was made of and when."""
    content = json.loads((RESULTS / f"{chapter}.json").read_text("utf-8"))
    return {key: content[key] for key in ("parameters", "results", "claims")}


def recorded() -> list[str]:
    """Return the chapters of the built book."""
    return sorted(path.stem for path in RESULTS.glob("*.json") if path.stem != "ledger")


def is_built() -> bool:
    """Return whether there is a built book."""
    return (HTML / "index.html").is_file()


def pages() -> dict[str, list[str]]:
    """Return the anchors of every page of the built book, by its path."""
    paths = sorted(path.relative_to(HTML) for path in HTML.rglob("*.html"))
    return {
        path.as_posix(): anchors((HTML / path).read_text("utf-8"))
        for path in paths
        if not path.parts[0].startswith("_")  # the theme's own templates
    }


def anchors(page: str) -> list[str]:
    """Return, sorted, the places of a page that a link can go to and that stay.

    They are the ids within the article, without those that docutils counts out (`id7`), which move
    with every citation before them, and without those of the notes that only describe another
    element: what a term means, or what was typed wrong into a field.
    """
    article = BeautifulSoup(page, "html.parser").select_one("article")
    if article is None:
        return []
    notes = {
        name
        for element in article.select("[aria-describedby]")
        for name in str(element["aria-describedby"]).split()
    }
    found = {str(element["id"]) for element in article.select("[id]")}
    return sorted(name for name in found - notes if not re.fullmatch(r"id\d+", name))


# Files


def stored(path: Path) -> Any:
    """Return the content of a stored output."""
    return json.loads(path.read_text("utf-8"))


def store(path: Path, content: Any) -> None:
    """Store an output, in the order in which the program gives it."""
    path.parent.mkdir(exist_ok=True)
    text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False)
    path.write_text(f"{text}\n", encoding="utf-8", newline="\n")


def file(folder: Path, name: str) -> Path:
    """Return where an output is stored."""
    return folder / f"{name}.json"
