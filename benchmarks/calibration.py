"""Make the stored calibration of prediction intervals anew; `make calibration`.

python benchmarks/calibration.py [--jobs N] [--date YYYY-MM-DD]

Every suite's splits are kept in _build/calibration until the code or the suite changes, so that a
run that was stopped goes on where it was. Writes data/calibration*.csv*.
"""

import argparse
import ast
import csv
import datetime
import gzip
import hashlib
import io
import json
import os
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")  # read when NumPy is imported

import numpy as np

import scalinglaws
from scalebook.execution import files
from scalebook.terminal import progress
from scalinglaws.prediction import calibration
from scalinglaws.prediction.bands import REACH

ROOT = Path(__file__).resolve().parents[1]
KEPT = ROOT / "_build" / "calibration"
CODE = [
    *(Path(scalinglaws.__file__).parent / "fitting").glob("*.py"),
    *(
        Path(scalinglaws.__file__).parent / "prediction" / f"{name}.py"
        for name in ("bands", "calibration", "centre", "discrepancy", "splits")
    ),
]


def main() -> None:
    """Make the tables."""
    parser = argparse.ArgumentParser(prog="python benchmarks/calibration.py", description=__doc__)
    parser.add_argument("--jobs", type=int, default=2, help="processes (default: 2)")
    parser.add_argument("--date", default=datetime.date.today().isoformat(), help="to store")
    asked = parser.parse_args()
    suites = list(calibration.suites())
    found = dict(zip((s.name for s in suites), everything(suites, asked.jobs), strict=True))
    losses, sizes = (gathered(suites, found, place) for place in (0, 1))
    split = {(a, b) for a, b in zip(losses["suite"], losses["split"], strict=True)}
    store("calibration_suites", ("suite", "laboratory", "table", "runs", "splits", "predicted"), (
        (s.name, s.laboratory, s.table, len(s.runs), sum(name == s.name for name, _ in split),
         losses["suite"].count(s.name))
        for s in suites if s.name in losses["suite"]
    ))  # fmt: skip
    for name, rows in (("calibration_splits", losses), ("calibration_sizes", sizes)):
        columns = [key for key in rows if key != "laboratory"]
        store(name, columns, zip(*(rows[key] for key in columns), strict=True))
    store("calibration", ("band", "without", "level", "c0", "c1", "reach", "made"),
          multiples({"loss": losses, "size": sizes}, asked.date))  # fmt: skip


def everything(suites: list[calibration.Suite], jobs: int) -> list[Any]:
    """Return the errors of every suite, those that are kept or made now."""
    KEPT.mkdir(parents=True, exist_ok=True)
    code = hashlib.sha256("".join(map(without_docstrings, sorted(CODE))).encode())
    places = [KEPT / f"{key(suite, code.copy())}.json" for suite in suites]
    with ProcessPoolExecutor(jobs) as pool, progress("suites") as told:
        open_ = {
            pool.submit(calibration.predicted, suite): place
            for suite, place in zip(suites, places, strict=True)
            if not place.exists()
        }
        told(len(suites) - len(open_), len(suites))
        for done, each in enumerate(as_completed(open_), start=1):
            files.write(open_[each], json.dumps(each.result()))
            told(len(suites) - len(open_) + done, len(suites))
    return [json.loads(place.read_text("utf-8")) for place in places]


def without_docstrings(path: Path) -> str:
    """Return code without what changes no number."""
    tree = ast.parse(path.read_text("utf-8"))
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        first = body[0] if isinstance(body, list) and body else None
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
            node.body = body[1:]
    return ast.dump(tree)


def key(suite: calibration.Suite, code: Any) -> str:
    """Return a name that no other suite has, nor this one with other runs or code."""
    for column in (suite.runs.params, suite.runs.tokens, suite.runs.loss, suite.runs.budget):
        code.update(b"" if column is None else column.tobytes())
    code.update(suite.name.encode())
    return str(code.hexdigest()[:24])


def gathered(suites: list[calibration.Suite], found: Any, place: int) -> dict[str, list[Any]]:
    """Put the rows of all suites together, as they are stored: with five digits."""
    rows: dict[str, list[Any]] = {}
    for suite in suites:
        mine = found[suite.name][place]
        number = len(mine.get("split", ()))
        points: dict[int, int] = {}
        for key, values in {
            "laboratory": [suite.laboratory] * number, "suite": [suite.name] * number, **mine,
        }.items():  # fmt: skip
            rows.setdefault(key, []).extend(map(rounded, values))
            if key == "split":
                for split in values:
                    points[int(split)] = points.get(int(split), 0) + 1
                    rows.setdefault("point", []).append(points[int(split)])
    rows["split"] = [int(split) for split in rows["split"]]
    if "fitted" in rows:
        rows["fitted"] = [int(number) for number in rows["fitted"]]
    return rows


def rounded(value: Any) -> Any:
    """Return a number as it is stored."""
    return float(f"{value:.5g}") if isinstance(value, float) else value


def multiples(rows: dict[str, dict[str, list[Any]]], date: str) -> Iterable[tuple[Any, ...]]:
    """Yield the multiples of all bands, of all laboratories and of all but each."""
    for band, reach in REACH.items():
        columns = {
            key: np.array(values)
            for key, values in rows["size" if band == "size" else "loss"].items()
        }
        for without in ("", *dict.fromkeys(columns["laboratory"].tolist())):
            for level, found in calibration.multiples(columns, band, without).items():
                yield band, without, level, f"{found.c0:.5f}", f"{found.c1:.5f}", reach, date


def store(name: str, columns: Iterable[str], rows: Iterable[Iterable[Any]]) -> None:
    """Write a table; a long one is packed, without a time."""
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(columns)
    lines.writerows([f"{v:.5g}" if isinstance(v, float) else v for v in row] for row in rows)
    packed = name == "calibration_splits"
    content = text.getvalue().encode()
    if packed:
        content = gzip.compress(content, 9, mtime=0)
    files.write(ROOT / "data" / f"{name}.csv{'.gz' * packed}", content)


if __name__ == "__main__":
    main()
