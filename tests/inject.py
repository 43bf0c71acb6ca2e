"""Make some 90 things go wrong around commands and builds, and look at what is left.

Run by `make check-faults`; not a test module, for it takes minutes. A copy of the checkout has two
chapters whose notebooks import nothing, and pages that are only laid out. Whatever goes wrong,
nothing shows a traceback, the exit code and the last line say what happened, no process goes on,
what was made before is there or was made again, and runs do "not suffice" only if they are too few.
"""

import argparse
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from queue import Queue

import nbformat

ROOT = Path(__file__).resolve().parents[1]
CHAPTERS = ("kaplan", "isoflop")
INT, TERM, KILL = signal.SIGINT, signal.SIGTERM, signal.SIGKILL
#: Folders that a case may change.
KEPT = ("_build", "book", "data", "notebooks", ".snakemake")
SHORT = "do not suffice"
MARKUP = "<img src=x onerror=alert(1)>"
#: What a command may be killed with, what it then says and returns.
STOPPED = {INT: (130, "stopped"), TERM: (143, "stopped"), KILL: (-9, "")}

# The second cell waits while there is a file `hold`, and says by a file `here` that it does.
WAIT = """
import os, pathlib, time
if pathlib.Path("hold").exists():
    pathlib.Path("here").write_text(str(os.getpid()))
while pathlib.Path("hold").exists():
    time.sleep(0.02)
"""
# Runs that are too few, as a chapter says it.
FEW = """
class ScalingLawsError(Exception): pass
if runs != "llama3" and len(open(runs).readlines()) < 20:
    raise ScalingLawsError(f"{runs}: expected 20 runs, not fewer.")
"""
NEW = "\n"
RECORD = """
from IPython.display import display
given = {{name: globals()[name] for name in {names}}}
found = {{"parameters": given, "results": {{"twice": 2.0 * {first}}}, "claims": {claims}}}
display({{"{media}": found}}, raw=True)
"""


class Fault(AssertionError):
    """What went wrong with something that went wrong."""


class Checkout:
    """A copy of the checkout whose chapters run in a second."""

    def __init__(self, folder: Path) -> None:
        self.top, self.good, self.mine = folder / "top", folder / "good", folder / "mine"
        self.few = folder / "few"
        self.children: list[subprocess.Popen[str]] = []
        self.said: list[str] = []
        self.mine.mkdir(parents=True)
        listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        names = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout
        for name in filter(None, names.split("\0")):
            (self.top / name).parent.mkdir(parents=True, exist_ok=True)
            if (ROOT / name).exists():
                shutil.copy2(ROOT / name, self.top / name, follow_symlinks=False)
        self._environment()
        self._cut()
        done = self.call("make", "book", "CORES=2")
        expect(done, 0, "The book is in")
        self._keep(self.good)

    def _keep(self, folder: Path) -> None:
        for name in KEPT:
            shutil.copytree(self.top / name, folder / name, symlinks=True)

    def _put_back(self, folder: Path) -> None:
        for name in KEPT:
            shutil.rmtree(self.top / name, ignore_errors=True)
            shutil.copytree(folder / name, self.top / name, symlinks=True)

    def edition_of_few(self, *command: str) -> None:
        """Make an edition whose runs are few, or take the one that was made before."""
        if not self.few.exists():
            expect(self.call(*command), 0, "Your edition is in")
            self._keep(self.few)
        self._put_back(self.few)

    def _environment(self) -> None:
        (self.top / ".venv").mkdir()
        for path in Path(sys.prefix).iterdir():
            if path.name != "installed":
                (self.top / ".venv" / path.name).symlink_to(path)
        (self.top / ".venv" / "installed").touch()
        vega = self.top / "_build" / "cache" / "vega.js"
        vega.parent.mkdir(parents=True)
        vega.write_text("// none", encoding="utf-8")

    def _cut(self) -> None:
        """Leave two chapters, and pages that are copies of their source."""
        from scalebook.execution import parameters
        from scalebook.record import claims, judge, verdicts
        from scalebook.show import media

        for name in CHAPTERS:
            path = self.top / "notebooks" / f"{name}.ipynb"
            book = nbformat.read(path, as_version=4)
            own = [each for each in claims.load().values() if each.chapter == name == "kaplan"]
            known = [verdicts.settle(each.id, judge.UNKNOWN, why="not known") for each in own]
            names = [p.name for p in parameters.declared(name)]
            last = RECORD.format(
                names=names,
                first="growth" if name == "kaplan" else "min_ratio",
                claims=json.loads(json.dumps(verdicts.entries(name, known))),
                media=media.RESULTS,
            )
            cells = [WAIT, *([FEW] if name == "isoflop" else []), last]
            book.cells = [*book.cells[:2], *map(nbformat.v4.new_code_cell, cells)]
            nbformat.write(book, path)
        for path in (*self.top.glob("notebooks/*.ipynb"), *self.top.glob("data/claims/*.yml")):
            if path.stem not in (CHAPTERS if path.suffix == ".ipynb" else CHAPTERS[:1]):
                path.unlink()
        package = self.top / "src" / "scalebook"
        edit(package / "contents.py", r"CHAPTERS = \(.*?\n\)", f"CHAPTERS = {CHAPTERS}")
        pages = (
            "shutil.copytree(source, target)\n    (target / 'index.html').touch()\n"
            "    for each in ('.doctrees', 'jupyter_execute'):\n"
            "        (target.parent / each).mkdir(exist_ok=True)"
        )
        edit(package / "site" / "typeset.py", r"    done = .*?(?=\n\n\ndef )", f"    {pages}")
        outcome, body = (
            package / "chapters" / "kaplan" / "outcome.py",
            WAIT.replace(NEW, NEW + " " * 4),
        )
        edit(
            outcome,
            r"    return \{\*\*_of_laws.*?\n",
            f"{body}\n    return {{'twice': 2 * p.growth}}\n",
        )
        edit(package / "site" / "typeset.py", r"import os\n", "import os\nimport shutil\n")
        edit(
            package / "site" / "print" / "pdf.py",
            r"    here = Path\(__file__\).parent\n.*?(?=    return page\n)",
            f"    page = browser.new_page()\n    {WAIT.replace(NEW, NEW + ' ' * 4)}\n",
        )

    def reset(self) -> None:
        """Put everything back, and end what is left of the last case."""
        for child in self.children:
            child.kill()
        for pid in self.living():
            os.kill(pid, KILL)
        self.children.clear()
        self.said.clear()
        self._put_back(self.good)
        for name in ("hold", "here"):
            (self.top / name).unlink(missing_ok=True)
        shutil.rmtree(self.mine, ignore_errors=True)
        self.mine.mkdir()

    def path(self, name: str) -> Path:
        return self.top / name

    def start(self, *command: str, before: str = "", **env: str) -> "subprocess.Popen[str]":
        """Start a command of the checkout, or another; `before` is said to the shell first."""
        python = str(self.top / ".venv" / "bin" / "python")
        if command[0] not in ("make", "sh"):
            command = (python, "-m", "scalebook", *command)
        if before:
            command = ("sh", "-c", f'{before}; exec "$@"', "sh", *command)
        child = subprocess.Popen(
            command,
            cwd=self.top,
            text=True,
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(self.top / "src"), **env},
        )
        self.children.append(child)
        return child

    def end(self, child: "subprocess.Popen[str]", seconds: float = 90, ours: str = "") -> "Done":
        """Wait for a command."""
        try:
            out, err = child.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            raise Fault(f"still running after {seconds:g} s") from None
        done = Done(child.returncode, out, err)
        self.said += [out, err]
        if "Traceback (most recent" in out + err and ours in err:
            raise Fault(f"a traceback: {err[-1500:]}")
        return done

    def call(self, *command: str, before: str = "", **env: str) -> "Done":
        return self.end(self.start(*command, before=before, **env))

    def held(self, *command: str, **env: str) -> "tuple[subprocess.Popen[str], int]":
        """Start a command, and return it and its kernel when a cell waits."""
        self.path("hold").touch()
        child = self.start(*command, **env)
        place = self.path("here")
        wait(lambda: place.exists() and place.read_text() != "", "no cell was reached")
        return child, int(place.read_text())

    def release(self) -> None:
        for name in ("hold", "here"):
            self.path(name).unlink(missing_ok=True)

    def living(self) -> list[int]:
        """Return the processes at work in the checkout."""
        found = []
        for place in Path("/proc").glob("[0-9]*"):
            try:
                words = (place / "environ").read_bytes()
                if f"PYTHONPATH={self.top}/src".encode() in words.split(b"\0"):
                    found.append(int(place.name))
            except OSError:
                continue
        return found

    def check(self, short: bool) -> None:
        """Look at what is left: processes, files, and sentences."""
        from scalebook.record.seals import sealed

        self.release()
        wait(lambda: not self.living(), "a process goes on", 12)
        for name in CHAPTERS:
            pair = f"_build/results/{name}.json", f"book/executed/{name}.ipynb"
            if not sealed(*map(self.path, pair)):
                raise Fault(f"{name} of the book is not whole")
        if not self.path("_build/html/index.html").is_file():
            raise Fault("the book is gone")
        for made in self.path("_build").glob("*.pdf"):
            if not made.read_bytes().rstrip().endswith(b"%%EOF"):
                raise Fault(f"{made.name} is not whole")
        pages = self.path("_build").glob("editions/*/html/book/edition.md")
        texts = [*self.said, *(page.read_text(encoding="utf-8") for page in pages)]
        if any(SHORT in text or "could not be computed" in text for text in texts) != short:
            raise Fault("the runs suffice" if not short else "nobody says that runs are too few")
        if stray := [
            p
            for p in self.top.rglob(".*.??????*")
            if re.search(r"\.\w{8}$", p.name)
            and ".snakemake" not in p.parts
            and ".venv" not in p.parts
            and ".git" not in p.parts
        ]:
            raise Fault(f"left behind: {stray[0].relative_to(self.top)}")


class Done:
    """A command that has ended."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err
        lines = (err if code else out).strip().splitlines()
        self.last = lines[-1] if lines else ""


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    changed = re.sub(old, lambda _: new, text, count=1, flags=re.DOTALL)
    if changed == text:
        raise Fault(f"{path}: no {old}")
    path.write_text(changed, encoding="utf-8")


def wait(true: Callable[[], bool], complaint: str, seconds: float = 40) -> None:
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            raise Fault(complaint)
        time.sleep(0.02)


def expect(done: Done, code: int | tuple[int, ...], last: str = "") -> None:
    """Check how a command ended."""
    if done.code not in (code if isinstance(code, tuple) else (code,)):
        raise Fault(f"exit code {done.code} and not {code}: {done.err.strip()[-600:]}")
    if not re.search(last, done.last):
        raise Fault(f"the last line has no {last!r}: {done.last!r}")


Case = Callable[[Checkout], None]
CASES: dict[str, Case] = {}
FEW_RUNS: set[str] = set()


class Skip(Exception):
    """What cannot be tried here."""


def case(name: str, few: bool = False) -> Callable[[Case], Case]:
    """Keep a case by its name; with `few`, its runs do not suffice."""

    def keep(function: Case) -> Case:
        CASES[name] = function
        if few:
            FEW_RUNS.add(name)
        return function

    return keep


# Signals

MINE = {"mine.yml": "kaplan: {growth: 3}\n", "other.yml": "kaplan: {growth: 4}\n"}
COMMANDS = {
    "run": ("run", "kaplan", "-p", "growth=3"),
    "edition": ("edition", "-f", "{mine}/mine.yml"),
    "verify": ("verify", "_build/results/kaplan.json"),
    "sweep": ("sweep", "kaplan", "-p", "growth=3,4", "--jobs", "1"),
    "pdf": ("pdf",),
}


def command(book: Checkout, name: str) -> tuple[str, ...]:
    for file, text in MINE.items():
        (book.mine / file).write_text(text, encoding="utf-8")
    return tuple(part.format(mine=book.mine) for part in COMMANDS[name])


def need_chromium() -> None:
    from scalebook.site.print.browser import NAMES

    if not any(map(shutil.which, NAMES)):
        raise Skip("there is no Chromium")


def signalled(name: str, sign: signal.Signals) -> Case:
    def run(book: Checkout) -> None:
        if name == "pdf":
            need_chromium()
        child, _ = book.held(*command(book, name))
        os.kill(child.pid, sign)
        code, said = STOPPED[sign]
        expect(book.end(child), code, said)
        wait(lambda: not book.living(), "a process goes on", 12)
        book.release()
        expect(book.call(*command(book, name)), 0)

    return run


for _name in COMMANDS:
    for _sign in (INT, TERM, KILL):
        case(f"{_name}: {_sign.name} in a cell, and again")(signalled(_name, _sign))


def at_start(sign: signal.Signals, *words: str) -> Case:
    def run(book: Checkout) -> None:
        for hundredths in range(3, 40, 4):
            child = book.start(*words)
            time.sleep(hundredths / 100)
            os.kill(child.pid, sign)
            # While Python itself starts, it answers with a traceback that has nothing of ours.
            expect(book.end(child, ours=f"{book.top}/src"), (-sign, 128 + sign, 0, 1))

    return run


case("run: SIGINT, ten moments of its first half second")(at_start(INT, *COMMANDS["run"]))
case("fit: SIGTERM, ten moments")(
    at_start(TERM, "fit", "data/hoffmann2022_runs.csv", "--bootstrap", "2000")
)
case("claims: SIGINT, ten moments")(at_start(INT, "claims"))


def kernel(name: str, sign: signal.Signals, last: str) -> Case:
    def run(book: Checkout) -> None:
        child, pid = book.held(*command(book, name))
        os.kill(pid, sign)
        book.release()
        expect(book.end(child), 1, last)
        expect(book.call(*command(book, name)), 0)

    return run


for _sign, _said in ((KILL, "died"), (TERM, "died"), (INT, "interrupted")):
    case(f"run: {_sign.name} to the kernel")(kernel("run", _sign, _said))
case("edition: SIGKILL to the kernel")(kernel("edition", KILL, "not built: kaplan .*died.*again"))
case("verify: SIGKILL to the kernel")(kernel("verify", KILL, "died"))
case("sweep: SIGKILL to a job")(kernel("sweep", KILL, "1 of 2 runs of kaplan failed"))


def called(book: Checkout, words: str) -> int:
    """Return the Python process whose command line has some words."""
    for pid in book.living():
        line = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
        if words in line and "python" in line.split()[0]:
            return pid
    raise Fault(f"no process '{words}'")


def in_build(words: str, sign: signal.Signals, last: str) -> Case:
    def run(book: Checkout) -> None:
        change(book, "notebooks/kaplan.ipynb", "\n")
        child, _ = book.held("make", "book", "CORES=1")
        os.kill(called(book, words), sign)
        book.release()  # Snakemake lets what runs come to its end, and what it leaves does
        expect(book.end(child), 2, "")
        if not re.search(last, book.said[-1]):
            raise Fault(f"no {last!r} in {book.said[-1]!r}")
        wait(lambda: not book.living(), "a process goes on", 12)
        book.release()
        if sign == KILL and "snakemake" in words:
            done = book.call("make", "book", "CORES=1")
            if done.code != 2 or "make unlock" not in done.err:
                raise Fault(f"the lock is not named: {done.err[-500:]}")
            expect(book.call("make", "unlock"), 0)
        expect(book.call("make", "book", "CORES=1"), 0, "The book is in")

    return run


for _sign in (INT, TERM, KILL):
    case(f"make book: {_sign.name} to Snakemake")(in_build("snakemake --cores", _sign, ""))
    case(f"make book: {_sign.name} to the run")(in_build("scalebook run", _sign, "Failed: kaplan"))


def all_stopped(target: str, last: str) -> Case:
    def run(book: Checkout) -> None:
        if target == "pdf":
            need_chromium()
        else:
            change(book, "notebooks/kaplan.ipynb", "\n")
        child, _ = book.held("make", target)
        os.killpg(child.pid, INT)
        expect(book.end(child), (2, 130, -2))
        book.release()
        expect(book.call("make", target), 0, last)

    return run


case("make book: Ctrl-C, to all that it started")(all_stopped("book", "The book is in"))
case("make pdf: Ctrl-C, to all that it started")(all_stopped("pdf", "pdf: _build/scalebook.pdf, 1"))


@case("edition: SIGKILL to Snakemake")
def _(book: Checkout) -> None:
    child, _ = book.held(*command(book, "edition"))
    os.kill(called(book, "scalebook.engine"), KILL)
    book.release()
    expect(book.end(child), 1, "not built: kaplan .it was stopped.*again")
    wait(lambda: not book.living(), "a process goes on", 12)
    book.release()
    expect(book.call(*command(book, "edition")), 0)


# Two at once


def twice(first: tuple[str, ...], second: tuple[str, ...], refused: str = "") -> Case:
    def run(book: Checkout) -> None:
        command(book, "run")
        change(book, "notebooks/kaplan.ipynb", "\n")
        one, two = (tuple(part.format(mine=book.mine) for part in x) for x in (first, second))
        child, _ = book.held(*one)
        if refused:
            done = book.call(*two)
            if not done.code or not re.search(refused, done.err):
                raise Fault(f"not refused: {done.code} {done.err[-500:]}")
            book.release()
        else:
            other = book.start(*two)
            time.sleep(1)
            book.release()
            expect(book.end(other), 0)
        expect(book.end(child), 0)
        expect(book.call("make", "book"), 0)

    return run


_OTHER, _MAKE = ("edition", "-f", "{mine}/other.yml"), ("make", "book", "CORES=1")
case("two of one edition")(twice(COMMANDS["edition"], COMMANDS["edition"], "is being made by"))
case("two editions")(twice(COMMANDS["edition"], _OTHER))
case("two books")(twice(_MAKE, _MAKE))
case("an edition, then the book")(twice(COMMANDS["edition"], _MAKE))
case("the book, then an edition")(twice(_MAKE, COMMANDS["edition"]))
case("two runs into one file")(twice(COMMANDS["run"], COMMANDS["run"]))


# Disks and folders


@contextmanager
def mounted(*options: str, place: Path) -> Iterator[None]:
    place.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(["mount", *options, str(place)], capture_output=True, text=True)
    if done.returncode != 0:
        raise Skip("nothing can be mounted here")
    try:
        if "--bind" in options:
            subprocess.run(["mount", "-o", "remount,bind,ro", str(place)], check=True)
        yield
    finally:
        subprocess.run(["umount", "-l", str(place)], check=False)


def read_only(place: Path) -> "contextmanager[None]":
    place.mkdir(parents=True, exist_ok=True)
    return mounted("--bind", str(place), place=place)  # type: ignore[return-value]


def full(place: Path) -> "contextmanager[None]":
    return mounted("-t", "tmpfs", "-o", "size=4k,nr_inodes=9", "tmpfs", place=place)  # type: ignore[return-value]


DISKS: dict[str, tuple[tuple[str, ...], int, str]] = {
    "run": (("run", "kaplan", "-o", "{disk}/x/k.ipynb"), 1, r"k\.\w+ cannot be written"),
    "sweep": (
        ("sweep", "kaplan", "-p", "growth=3", "-o", "{disk}/s"),
        1,
        "{disk}/s.*(cannot|space)",
    ),
    "fit --page": (
        ("fit", "data/hoffmann2022_runs.csv", "--page", "{disk}/x.html"),
        1,
        "{disk}/x.html.* cannot be wri",
    ),
    "simulate": (("simulate", "-o", "{disk}/r.csv"), 1, "{disk}/r.csv.* cannot be written"),
}


def on_disk(
    kind: Callable[[Path], "contextmanager[None]"], words: tuple[str, ...], code: int, last: str
) -> Case:
    def run(book: Checkout) -> None:
        disk = book.mine / "disk"
        with kind(disk):  # type: ignore[attr-defined]
            done = book.call(*(word.format(disk=disk) for word in words))
            expect(done, code, last.format(disk=disk))
            if kind is read_only and any(disk.iterdir()):
                raise Fault("something was made")

    return run


for _name, _row in DISKS.items():
    case(f"{_name}: a read-only folder")(on_disk(read_only, *_row))
    case(f"{_name}: a full disk")(on_disk(full, *_row))


def with_place(
    kind: Callable[[Path], "contextmanager[None]"],
    name: str,
    *words: str,
    code: int | tuple[int, ...] = 1,
    said: str = "",
) -> Case:
    """A command while a folder of the checkout is read-only, and once it is not."""

    def run(book: Checkout) -> None:
        command(book, "run")
        change(book, "notebooks/kaplan.ipynb", "\n")
        one = tuple(word.format(mine=book.mine) for word in words)
        with kind(book.path(name)):  # type: ignore[attr-defined]
            done = book.call(*one)
            expect(done, code)
            if not re.search(said, done.err):
                raise Fault(f"no {said!r} in {done.err[-800:]}")
        expect(book.call(*one), 0)
        expect(book.call("make", "book"), 0)

    return run


case("make book: read-only results")(
    with_place(read_only, "_build/results", *_MAKE, code=2, said="cannot be written.*Read-only")
)
case("make book: a read-only _build")(
    with_place(read_only, "_build", *_MAKE, code=2, said="Read-only")
)
case("edition: read-only editions")(
    with_place(read_only, "_build/editions", *COMMANDS["edition"], said="cannot be.*Read-only")
)


@case("make book: files may not grow")
def _(book: Checkout) -> None:
    change(book, "notebooks/kaplan.ipynb", "\n")
    done = book.call(*_MAKE, before="ulimit -f 1")
    expect(done, 2)
    expect(book.call(*_MAKE), 0)


@case("run: a full folder for temporary files")
def _(book: Checkout) -> None:
    with full(book.mine / "tmp"):  # type: ignore[attr-defined]
        done = book.call("run", "kaplan", TMPDIR=str(book.mine / "tmp"))
        expect(done, (0, 1), "" if done.code == 0 else "No space left|cannot|stopped")


# Clocks


def dated(name: str, when: float, *words: str) -> Case:
    def run(book: Checkout) -> None:
        for path in book.path(name).rglob("*"):
            if path.is_file():
                os.utime(path, (when, when))
        change(book, "notebooks/kaplan.ipynb", "\n")
        os.utime(book.path("notebooks/kaplan.ipynb"), (when, when))
        command(book, "run")
        expect(book.call(*(word.format(mine=book.mine) for word in words)), 0)

    return run


for _name in ("_build", "notebooks", "data"):
    case(f"make book: {_name} of the year 2096")(dated(_name, 4e9, *_MAKE))
    case(f"edition: {_name} of the year 1990")(
        dated(_name, 6.5e8, *_MAKE[:2], "PARAMS={mine}/mine.yml")
    )


# Tampering


def change(book: Checkout, name: str, more: str) -> None:
    with book.path(name).open("a", encoding="utf-8") as stream:
        stream.write(more)


def spoil(path: Path, how: str) -> None:
    """Damage a file: by another number or verdict, other bytes, a folder in its place, or none."""
    if how == "gone":
        path.unlink()
    elif how == "folder":
        path.unlink(missing_ok=True)
        path.mkdir()
    elif how == "number":
        edit(path, r"(\d)(?=\D*$)", "7") if path.suffix != ".json" else edit(
            path, r'"twice": \d', '"twice": 9'
        )
    elif how == "verdict":
        edit(path, r'"verdict": "open"', '"verdict": "holds"')
    else:
        path.write_bytes(
            {"empty": b"", "bytes": b"\xff\xfe\x00", "list": b"[7]", "other": b"{}"}[how]
        )


def spoilt(name: str, how: str) -> Case:
    def run(book: Checkout) -> None:
        spoil(book.path(name), how)
        done = book.call("claims")
        told = "results" in name or "executed" in name
        expect(done, int(told), "make book|cannot be" if told else "")
        done = book.call("build")
        expect(done, (0, 1), "" if done.code == 0 else r"[Mm]ake book|Delete it|cannot be")
        done = book.call(*_MAKE, before="echo >> book/cite.md")
        if how == "folder":
            expect(done, 2)
            if not re.search(r"cannot be|is a folder|directory", done.err):
                raise Fault(f"the folder is not named: {done.err[-500:]}")
            shutil.rmtree(book.path(name))
            done = book.call(*_MAKE)
        expect(done, 0, "The book is in")

    return run


for _name, _how in (
    ("_build/results/kaplan.json", "number"),
    ("_build/results/kaplan.json", "verdict"),
    ("_build/results/kaplan.json", "bytes"),
    ("_build/results/kaplan.json", "list"),
    ("_build/results/kaplan.json", "folder"),
    ("book/executed/kaplan.ipynb", "empty"),
    ("book/executed/kaplan.ipynb", "gone"),
    ("_build/html/index.html", "gone"),
    ("_build/.lock", "folder"),
):
    case(f"the book's {Path(_name).name}: {_how}")(spoilt(_name, _how))


@contextmanager
def other_lock(book: Checkout, when: float) -> Iterator[None]:
    """Have the lock pin what nobody has installed, in a file of this date."""
    lock = book.path("requirements.lock")
    good = lock.read_bytes()
    edit(lock, r"\nnumpy==[^\s;]+", "\nnumpy==0.1")
    os.utime(lock, (when, when))
    try:
        yield
    finally:
        lock.write_bytes(good)
        os.utime(lock, (1e9, 1e9))  # older than what make thinks is installed


@case("make book: the lock pins another version than is installed")
def _(book: Checkout) -> None:
    with other_lock(book, 1e9):
        expect(book.call("build"), 1, "made by another state.*make book")
        done = book.call("verify", "_build/results/kaplan.json", "--no-run")
        if "Not the same in this checkout: the lock file." not in done.out:
            raise Fault(f"the lock is not named: {done.out}")
        done = book.call(*_MAKE)
        expect(done, 0, "The book is in")
        if not re.search(r"numpy [\d.]+ is installed, 0.1 is pinned", done.err):
            raise Fault(f"the environment is not named: {done.err[-500:]}")
    expect(book.call("build"), 1, "made by another state.*make book")
    expect(book.call(*_MAKE), 0, "The book is in")


@case("make book: what the lock pins cannot be installed")
def _(book: Checkout) -> None:
    with other_lock(book, time.time()):
        # So that nothing is fetched, nor put into the environment that runs this.
        done = book.call(*_MAKE, PIP_NO_INDEX="1", PIP_DRY_RUN="1")
        expect(done, 2)
        if not re.search(r"numpy==0.1.*could not be set up", done.err, re.DOTALL):
            raise Fault(f"what failed is not named: {done.err[-500:]}")
    expect(book.call(*_MAKE), 0, "The book is in")


FEW_ROWS = "params,tokens,loss\n1e9,2e10,2.5\n2e9,4e10,2.4\n4e9,8e10,2.3\n"


def spoilt_edition(name: str, how: str) -> Case:
    """An edition whose runs are few, made again after something in its folder was damaged."""

    def run(book: Checkout) -> None:
        words = ("edition", "-f", f"{book.mine}/mine.yml", "--runs", f"{book.mine}/runs.csv")
        command(book, "run")
        (book.mine / "runs.csv").write_text(FEW_ROWS, encoding="utf-8")
        book.edition_of_few(*words)
        spoil(book.path(f"_build/editions/mine/{name}"), how)
        done = book.call(*words)
        if how == "folder" and done.code != 0:  # a mark may be a folder, and says the same
            expect(done, 1, "cannot be|is a folder|directory")
            return
        expect(done, 0, "Your edition is in")
        found = list(book.path("_build/editions").glob("*/results/kaplan.json"))
        if any(json.loads(path.read_bytes())["results"] != {"twice": 6.0} for path in found):
            raise Fault("the edition has other numbers than were asked for")

    return run


for _name, _how in (
    ("left-out.json", "bytes"),
    ("left-out.json", "list"),
    ("left-out.json", "gone"),
    (".holder", "folder"),
    (".holder", "bytes"),
    ("made-from", "bytes"),
    ("parameters/kaplan.yml", "number"),
    ("parameters/kaplan.yml", "bytes"),
    ("results/kaplan.json", "number"),
    ("executed/kaplan.ipynb", "empty"),
    ("results/kaplan.json", "folder"),
    ("made/kaplan", "folder"),
):
    case(f"an edition's {Path(_name).name}: {_how}", few=True)(spoilt_edition(_name, _how))


@case("edition: runs that are too few, and killed before that is known", few=True)
def _(book: Checkout) -> None:
    (book.mine / "runs.csv").write_text(FEW_ROWS, encoding="utf-8")
    child, pid = book.held("edition", "--runs", f"{book.mine}/runs.csv")
    os.kill(pid, KILL)
    done = book.end(child)
    expect(done, 1, "not built: isoflop .*died")
    if SHORT in done.out:
        raise Fault("a killed kernel is taken for a shortage")
    book.release()
    expect(book.call("edition", "--runs", f"{book.mine}/runs.csv"), 0, "Your edition is in")


@case("edition: the runs change while it is made", few=True)
def _(book: Checkout) -> None:
    runs = book.mine / "runs.csv"
    runs.write_text(FEW_ROWS, encoding="utf-8")
    child, _ = book.held("edition", "--runs", str(runs))
    runs.write_bytes(b"\xff\xfe\x00")
    book.release()
    expect(book.end(child), 0, "Your edition is in")


@case("pdf: an edition that the file of the last one misnames")
def _(book: Checkout) -> None:
    for name in ("../..", MARKUP, "none"):
        expect(book.call("pdf", "--edition", name), 1, "name of an edition|make book|no edition")


@case("verify: results that are none")
def _(book: Checkout) -> None:
    place = book.mine / "mine.json"
    good = book.path("_build/results/kaplan.json").read_text(encoding="utf-8")
    hostile = (
        "",
        "[]",
        "{",
        "NaN",
        "[" * 100_000,
        good.replace('"kaplan"', '"../../x"', 1),
        good.replace('"growth": 10.0', '"growth": NaN'),
        good.replace("20.0", "1e999"),
        good.replace('"growth"', f'"{MARKUP}"'),
        good[: len(good) // 2],
    )
    for text in hostile:
        place.write_text(text, encoding="utf-8")
        expect(book.call("verify", str(place)), 1)


# What people hand in

TABLES = {
    "other columns": "a,b,c\n1,2,3\n",
    "markup": f"{MARKUP},tokens,loss\n1e9,2e10,2.5\n",
    "one row": "params,tokens,loss\n1e9,2e10,2.5\n",
    "empty": "",
    "no numbers": "params,tokens,loss\nx,y,z\n",
    "nan": "params,tokens,loss\nnan,nan,nan\n" * 30,
    "bytes": "\x00\x01\x02",
    "negative": "params,tokens,loss\n-1,2,3\n",
    "equal": "params,tokens,loss\n" + "1e9,2e10,2.5\n" * 40,
    "huge": "params,tokens,loss\n" + "1e308,1e308,1e308\n" * 40,
}


def tables(*words: str) -> Case:
    def run(book: Checkout) -> None:
        place = book.mine / f"{MARKUP.replace('/', '')}.csv"
        for name, text in TABLES.items():
            place.write_text(text, encoding="utf-8")
            done = book.call(*(word.format(runs=place) for word in words))
            if done.code not in (0, 1, 4):
                raise Fault(f"{name}: exit code {done.code}: {done.err[-500:]}")
            if done.code and not done.last.startswith("scalebook: "):
                raise Fault(f"{name}: {done.last}")

    return run


case("fit: tables")(tables("fit", "{runs}", "--bootstrap", "20"))
case("predict: tables")(tables("predict", "{runs}", "--compute", "1e22"))
case("run isoflop: tables")(tables("run", "isoflop", "-p", "runs={runs}"))


@case("edition: tables that are none, and places that are no files")
def _(book: Checkout) -> None:
    for name, text in TABLES.items():
        if name in ("other columns", "markup", "empty", "no numbers", "bytes"):
            (book.mine / "runs.csv").write_text(text, encoding="utf-8")
            expect(book.call("edition", "--runs", f"{book.mine}/runs.csv"), 1, "^scalebook: ")
    os.mkfifo(book.mine / "pipe.csv")
    for place in (book.mine / "pipe.csv", book.mine, Path("/dev/zero"), Path("/proc/self/mem")):
        expect(book.call("edition", "--runs", str(place)), 1, "^scalebook: ")


@case("edition: parameter files")
def _(book: Checkout) -> None:
    place = book.mine / "mine.yml"
    hostile = (
        "",
        "- 1",
        "kaplan: 3",
        f"'{MARKUP}': 3",
        "kaplan: {growth: .nan}",
        "kaplan: {growth: -1}",
        "kaplan: {growth: '$(touch pwned)'}",
        "a: &a [*a]",
        "kaplan: {growth: 1, growth: 2}",
        "kaplan: {growth: 1e999}",
        "\x00",
        "isoflop: {runs: /etc/passwd}",
        "isoflop: {runs: none}",
    )
    for text in hostile:
        place.write_text(text, encoding="utf-8")
        expect(book.call("edition", "-f", str(place)), 1, "^scalebook: ")


@case("edition: markup in the name of a file and in what a chapter says", few=True)
def _(book: Checkout) -> None:
    place = book.mine / f"`{MARKUP}`{{{{ r }}}}|$x$.csv"
    place.write_text(FEW_ROWS, encoding="utf-8")
    expect(book.call("edition", "--runs", str(place)), 0, "Your edition is in")
    for page in book.path("_build").glob("editions/*/html/**/*.*"):
        text = page.read_text(encoding="utf-8", errors="replace")
        for line in text.splitlines() if page.suffix in (".md", ".ipynb", ".yml") else ():
            bare = re.sub(r"`[^`]*`", "", line)
            if MARKUP in bare:
                raise Fault(f"{page.name}: {line[:300]}")


@case("run: nothing is made before a value is refused")
def _(book: Checkout) -> None:
    for words in (("-p", "growth=x"), ("--results", "/proc/none/x.json"), ("--timeout", "nan")):
        expect(book.call("run", "kaplan", "-o", f"{book.mine}/a/b/k.ipynb", *words), (1, 2))
        if (book.mine / "a").exists():
            raise Fault(f"a folder was made before {' '.join(words)} was refused")


@case("sweep: damaged lines among its runs")
def _(book: Checkout) -> None:
    words = ("sweep", "kaplan", "-p", "growth=3,4", "--jobs", "1")
    expect(book.call(*words), 0)
    for how in ("bytes", "list", "other", "empty"):
        for path in book.path("_build/sweeps/kaplan/runs").rglob("*.jsonl"):
            spoil(path, how)
        expect(book.call(*words), 0)


def main() -> int:
    """Try all cases, or those whose name has some words, and return 0 if all end well."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("words", nargs="*", help="only cases whose name has one of these")
    parser.add_argument("--jobs", type=int, default=2, help="checkouts at a time")
    asked = parser.parse_args()
    # What a shell starts in the background ignores a Ctrl-C, and so would all that is started here.
    signal.signal(INT, signal.default_int_handler)
    names = [n for n in CASES if not asked.words or any(word in n for word in asked.words)]
    start, bad = time.monotonic(), 0
    with tempfile.TemporaryDirectory(prefix="scalebook-faults-") as folder:
        books: Queue[Checkout] = Queue()
        for number in range(min(asked.jobs, len(names))):
            books.put(Checkout(Path(folder) / str(number)))

        def one(name: str) -> tuple[str, str, float]:
            book, began = books.get(), time.monotonic()
            try:
                ended = attempt(book, name)
            finally:
                books.put(book)
            return name, ended, time.monotonic() - began

        with ThreadPoolExecutor(asked.jobs) as pool:
            for name, ended, seconds in pool.map(one, names):
                bad += ended.startswith("BAD")
                print(f"{name}: {ended} ({seconds:.0f} s)", flush=True)
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(
        f"{len(names)} faults, {bad} ended badly; {time.monotonic() - start:.0f} s, "
        f"{spent.ru_utime + spent.ru_stime:.0f} s of processors."
    )
    return bool(bad)


def attempt(book: Checkout, name: str) -> str:
    """Try one case and say how it ended."""
    book.reset()
    try:
        CASES[name](book)
        book.check(name in FEW_RUNS)
    except Skip as why:
        return f"left out, {why}"
    except Exception as fault:
        return f"BAD: {type(fault).__name__}: {fault}"
    return "ended well"


if __name__ == "__main__":
    sys.exit(main())
