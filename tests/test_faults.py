"""What goes wrong around a build, tried: outputs are whole or absent, the rest goes on, and the
exit code and the last line say what failed."""

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from importlib import metadata
from pathlib import Path

import pytest

from scalebook import cli, files, paths
from scalebook.execution import parameters, runner
from scalebook.execution.locks import exclusive
from scalebook.record import results
from scalebook.record.seals import seal
from scalebook.show import media
from scalebook.site import book
from scalebook.site.editions import making, wanted
from scalinglaws.errors import ScalingLawsError
from tests.scalebook.execution.test_runner import PARAMETERS, notebook

# What a last cell shows, without the second that importing the library takes.
RECORD = (
    "from IPython.display import display\n"
    f"own = {[p.name for p in parameters.declared('kaplan')]}\n"
    "given = {name: globals()[name] for name in own}\n"
    'found = {"parameters": given, "results": {"twice": 2 * growth}, "claims": []}\n'
    f'display({{"{media.RESULTS}": found}}, raw=True)'
)


def quick(folder: Path, *cells: str, name: str = "kaplan", parameters: str = PARAMETERS) -> str:
    """Write a notebook that imports nothing."""
    import nbformat

    path = Path(notebook(folder))
    content = nbformat.read(path, as_version=4)
    content.cells = [nbformat.v4.new_code_cell(parameters, metadata={"tags": ["parameters"]})]
    content.cells += [nbformat.v4.new_code_cell(source) for source in cells]
    path.unlink()
    nbformat.write(content, folder / f"{name}.ipynb")
    return str(folder / f"{name}.ipynb")


@pytest.fixture
def failed() -> Iterator[Path]:
    """Where a failed notebook is kept; put back as it was."""
    path = paths.root() / "_build" / "failed" / "kaplan.ipynb"
    before = path.read_bytes() if path.is_file() else None
    yield path
    path.unlink(missing_ok=True)
    if before is not None:
        path.write_bytes(before)


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Replace the execution of a notebook; counts the calls."""
    import nbformat

    calls: list[int] = []

    def compute(*_: object, **__: object) -> tuple[object, dict[str, object]]:
        calls.append(1)
        cell = nbformat.v4.new_markdown_cell("x" * 200_000, id="cell-0")
        return nbformat.v4.new_notebook(cells=[cell]), {"results": {}}

    monkeypatch.setattr(runner, "compute", compute)
    return calls


# A full disk


def check_nothing_half_written(folder: Path) -> None:
    for name in ("out.ipynb", "out.json"):
        (folder / name).write_text("earlier", encoding="utf-8")
    with pytest.raises(
        ScalingLawsError, match=r"out\.ipynb cannot be written: (No space|File too)"
    ):
        runner.run("kaplan", {}, folder / "out.ipynb")
    assert sorted(path.name for path in folder.iterdir()) == ["out.ipynb", "out.json"]
    assert {path.read_text(encoding="utf-8") for path in folder.iterdir()} == {"earlier"}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small file system")
def test_a_full_disk(tmp_path: Path, computed: list[int]) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)]
    if subprocess.run(mounted, capture_output=True, check=False).returncode != 0:
        pytest.skip("no file systems can be mounted here")
    try:
        check_nothing_half_written(disk)
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_limit_on_the_size_of_files(tmp_path: Path, computed: list[int]) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (65_536, before[1]))
    try:
        check_nothing_half_written(tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_of_two_files_none_is_replaced_if_one_cannot_be(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "folder"
    one.write_text("earlier", encoding="utf-8")
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(ScalingLawsError, match="cannot be written"):
        files.write_all({one: "new", tmp_path / "file" / "two": "new"})
    assert one.read_text(encoding="utf-8") == "earlier"
    assert not two.exists()
    assert {path.name for path in tmp_path.iterdir()} == {"one", "file"}


# No permission


def test_no_write_permission_is_said_before_any_work(tmp_path: Path, computed: list[int]) -> None:
    place = tmp_path / "shut"
    place.mkdir(mode=0o555)
    for folder in (tmp_path, *tmp_path.parents[:2]):
        if folder.owner() != "root" or os.geteuid() == 0:
            folder.chmod(folder.stat().st_mode | 0o055)
    user = os.geteuid()
    if user == 0:  # permissions do not bind root, so it becomes nobody for a moment
        os.seteuid(65534)
    try:
        with pytest.raises(ScalingLawsError, match=r"out\.ipynb cannot be written: Permission den"):
            runner.run("kaplan", {}, place / "out.ipynb")
    finally:
        os.seteuid(user)
    assert computed == []
    assert list(place.iterdir()) == []


def test_no_folder_is_made_for_what_cannot_be_written(tmp_path: Path, computed: list[int]) -> None:
    (tmp_path / "taken.json").mkdir()
    for results_path in (Path("/proc/none/x.json"), tmp_path / "taken.json"):
        with pytest.raises(ScalingLawsError, match=r"json cannot be written"):
            runner.run("kaplan", {}, tmp_path / "new" / "deep" / "x.ipynb", results_path)
    assert computed == []
    assert [path.name for path in tmp_path.iterdir()] == ["taken.json"]


# Signals


@pytest.mark.parametrize(
    ("sign", "where"),
    [(signal.SIGINT, "cli.main"), (signal.SIGTERM, "cli.main"), (signal.SIGTERM, "near")],
)
def test_a_signal_ends_a_command_with_a_line(sign: signal.Signals, where: str) -> None:
    stop = f"lambda *_: os.kill(os.getpid(), {int(sign)})"
    place = where if where == "cli.main" else "cli.scalebook.execution.parameters.locate"
    code = (
        "import os, sys\nfrom scalebook import __main__, cli\n"
        "import scalebook.execution.parameters\n"
        f"sys.argv = ['scalebook', 'params', 'gpt4']\n{place} = {stop}\nsys.exit(__main__.main())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (128 + sign, "")
    assert done.stderr == "scalebook: stopped.\n"


# Notebooks that die or never end


def test_an_interrupted_kernel(tmp_path: Path, failed: Path) -> None:
    source = quick(tmp_path, "raise KeyboardInterrupt", RECORD)
    with pytest.raises(ScalingLawsError, match=r"kaplan: was interrupted in cell \d. Earlier out"):
        runner.run(source, {}, tmp_path / "out.ipynb")


def test_a_killed_kernel(tmp_path: Path, failed: Path) -> None:
    source = quick(tmp_path, "import os\nos.kill(os.getpid(), 9)", RECORD)
    with pytest.raises(ScalingLawsError, match="kaplan: the run stopped: DeadKernelError: .*died"):
        runner.run(source, {}, tmp_path / "out.ipynb")
    assert not (tmp_path / "out.ipynb").exists()
    assert not (tmp_path / "out.json").exists()


def test_a_notebook_that_loops(
    tmp_path: Path, failed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # Two cells, each within the limit by itself: the limit is the notebook's.
    source = quick(tmp_path, "import time\ntime.sleep(0.7)", "while True:\n    pass", RECORD)
    out = tmp_path / "out.ipynb"
    assert cli.main(["run", source, "-o", str(out), "--timeout", "1"]) == 1
    message = capsys.readouterr().err
    assert message.startswith("scalebook: kaplan: stopped after 1 s, the time limit of a notebook")
    assert "--timeout" in message
    assert not out.exists()


# A corrupt cache


@pytest.mark.parametrize(
    "content", [b"", b'{"parameters": {', b"\xff\xfe\x00", b"[7]", b"{}", b"[" * 100_000]
)
def test_corrupt_results_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    monkeypatch.setattr(paths, "results_dir", lambda: tmp_path)
    (tmp_path / "kaplan.json").write_bytes(content)
    with pytest.raises(
        ScalingLawsError, match=r"kaplan\.json cannot be read as results.*Delete it"
    ):
        results.load("kaplan")


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"[7]", b'[{"chapter": "../x"}]'])
def test_the_folder_of_an_edition_that_is_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    (tmp_path / "mine.yml").write_text("kaplan: {growth: 3}", encoding="utf-8")
    monkeypatch.setattr(paths, "root", lambda: tmp_path)
    folder = paths.edition_dir("mine")
    (folder / "parameters").mkdir(parents=True)
    for name in ("left-out.json", ".holder", "made-from", "parameters/kaplan.yml"):
        (folder / name).write_bytes(content)
    edition = wanted.read(tmp_path / "mine.yml", None)
    assert edition.name.startswith("mine-")  # who made that folder cannot be told
    with pytest.raises(
        ScalingLawsError, match=r"left-out\.json was changed.*Make the edition agai"
    ):
        making.left_out("mine")
    with making.alone("mine"), pytest.raises(ScalingLawsError, match="being made by process"):
        making.alone("mine").__enter__()
    making.prepare(replace(edition, name="mine"))
    assert making.left_out("mine") == []
    assert making.changed_chapters("mine") == {"kaplan": {"growth": 3.0}}


# Two builds at once


def test_two_builds_of_the_book(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(paths, "root", lambda: tmp_path)
    with (
        exclusive(tmp_path / "_build" / ".lock", "held"),
        pytest.raises(ScalingLawsError, match="Another build of the book is running"),
    ):
        book.build()


def test_a_lock_ends_with_its_holder(tmp_path: Path) -> None:
    code = (
        "import os, sys\nfrom pathlib import Path\n"
        "from scalebook.execution.locks import exclusive\n"
        "with exclusive(Path(sys.argv[1]), 'held'):\n    print('locked', flush=True)\n    input()"
    )
    lock = tmp_path / ".lock"
    child = subprocess.Popen(
        [sys.executable, "-c", code, str(lock)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert child.stdout is not None
    with child:
        assert child.stdout.readline() == b"locked\n"
        with pytest.raises(ScalingLawsError, match="held here"), exclusive(lock, "held here"):
            pass
        child.kill()
    with exclusive(lock, "held") as descriptor:
        assert descriptor is not None


def test_two_runs_into_one_file(tmp_path: Path) -> None:
    texts = ["a" * 300_000, "b" * 300_000]
    place = tmp_path / "out.json"

    def write(text: str) -> None:
        for _ in range(20):
            files.write(place, text)

    threads = [threading.Thread(target=write, args=(text,)) for text in texts]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        assert not place.exists() or place.read_text(encoding="utf-8") in texts
    assert place.read_text(encoding="utf-8") in texts
    assert list(tmp_path.iterdir()) == [place]


# The build as a whole, with a stand-in for the command that the rules call

STAND_IN = """#!/bin/sh
if [ "$1" = build ]; then
  if [ -f fail-book ]; then echo "scalebook: The book was not built." >&2; exit 1; fi
  mkdir -p _build/html; echo >> book.log; touch _build/html/index.html; exit
fi
echo "$2" >> run.log
mkdir -p book/executed _build/results
if [ -f "fail-$2" ]; then echo "scalebook: $2: cell 3 failed: ValueError: no" >&2; exit 1; fi
echo new > "book/executed/$2.ipynb"; echo 'SEALED' > "_build/results/$2.json"
""".replace("SEALED", json.dumps({"seal": seal({}, "new\n")}))


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    shutil.copy(paths.root() / "Snakefile", tmp_path)
    names = ["_config.yml", "_toc.yml", "CITATION.cff", "requirements.lock", "data/laws.csv"]
    names += ["notebooks/one.ipynb", "notebooks/two.ipynb", "notebooks/three.ipynb"]
    names += ["src/scalinglaws/laws.py", "book/index.md", "benchmarks/sweep.json"]
    # The second is made of the first.
    names += ["src/scalebook/show/charting.py", "_build/cache/vega.js"]
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("first", encoding="utf-8")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "scalebook").write_text(STAND_IN, encoding="utf-8")
    (tmp_path / "bin" / "scalebook").chmod(0o755)
    return tmp_path


def build(checkout: Path, *more: str) -> tuple[int, list[str], list[str]]:
    """Build; return exit code, chapters run, and the lines of stderr."""
    command = [sys.executable, "-m", "snakemake", "--cores", "1", "--quiet", "all", "--keep-going"]
    command += more
    environment = {**os.environ, "PATH": f"{checkout / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    log = checkout / "run.log"
    log.unlink(missing_ok=True)
    done = subprocess.run(
        command, cwd=checkout, env=environment, capture_output=True, text=True, check=False
    )
    ran = sorted(log.read_text(encoding="utf-8").split()) if log.exists() else []
    return done.returncode, ran, done.stderr.strip().splitlines()


def test_one_chapter_fails_and_the_rest_is_built(checkout: Path) -> None:
    (checkout / "fail-two").touch()
    code, ran, lines = build(checkout)
    assert code == 1
    assert ran == ["one", "three", "two"]
    assert "scalebook: two: cell 3 failed: ValueError: no" in lines
    assert lines[-1].startswith("Failed: two. ")
    built = sorted(path.stem for path in (checkout / "_build" / "results").iterdir())
    assert built == ["one", "three"]
    assert not (checkout / "_build" / "html").exists()


@pytest.mark.parametrize("place", ["two", "book"])
def test_what_failed_fails_again_and_the_last_good_book_stays(checkout: Path, place: str) -> None:
    assert build(checkout)[0] == 0
    first = checkout / "_build" / "html" / "index.html"
    (checkout / f"fail-{place}").touch()
    changed = "notebooks/two.ipynb" if place == "two" else "book/index.md"
    (checkout / changed).write_text("second", encoding="utf-8")
    for _ in range(2):
        code, ran, lines = build(checkout)
        assert code == 1
        assert ran == [place] * (place == "two")
        assert lines[-1].startswith(f"Failed: {place}. ")
        assert first.is_file()
    (checkout / f"fail-{place}").unlink()
    assert build(checkout)[0] == 0


def test_an_edition_does_not_run_the_book_again(checkout: Path) -> None:
    build(checkout)
    assert build(checkout, "edition_book", "--config", "edition=mine")[:2] == (0, [])


def test_one_build_after_the_other(checkout: Path) -> None:
    (checkout / "_build").mkdir(exist_ok=True)
    path = f"{checkout / 'bin'}{os.pathsep}{os.environ['PATH']}"
    with exclusive(checkout / "_build" / ".building", "held"):
        later = subprocess.Popen(
            [sys.executable, "-m", "snakemake", "--cores", "1", "--quiet", "all"],
            cwd=checkout, env={**os.environ, "PATH": path}, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert later.stderr is not None
        assert later.stderr.readline() == "Waiting for another build here to end.\n"
        assert not (checkout / "run.log").exists()
    later.communicate()
    assert later.returncode == 0
    assert sorted((checkout / "run.log").read_text("utf-8").split()) == ["one", "three", "two"]


def test_an_environment_that_the_lock_does_not_pin(checkout: Path) -> None:
    here = metadata.version("numpy")
    for pinned, said in ((here, 0), ("0.1", 1)):
        lock = f"numpy=={pinned} \\\n    --hash=sha256:0\nnone-such==1.0 ; sys_platform == 'x'\n"
        (checkout / "requirements.lock").write_text(lock, encoding="utf-8")
        os.utime(checkout / "requirements.lock", (1e9, 1e9))
        code, ran, lines = build(checkout)
        assert (code, ran) == (0, ["one", "three", "two"])
        assert len(lines) == said
    assert lines[0].startswith(
        f"Not as requirements.lock pins it: numpy {here} is installed, 0.1 is pinned. "
    )


def test_what_is_gone_is_made_again(checkout: Path) -> None:
    build(checkout)
    (checkout / "_build" / "results" / "two.json").unlink()
    assert build(checkout)[:2] == (0, ["two"])


def test_a_clock_that_jumps(checkout: Path) -> None:
    assert build(checkout)[:2] == (0, ["one", "three", "two"])
    # What was built while the clock was years ahead looks newer than any later change ...
    for path in (*checkout.glob("book/executed/*"), *checkout.glob("_build/*/*")):
        os.utime(path, (4e9, 4e9))
    (checkout / "notebooks" / "two.ipynb").write_text("second", encoding="utf-8")
    assert build(checkout)[:2] == (0, ["two"])
    # ... and sources that lie in the future do not make everything run for ever.
    for path in checkout.glob("notebooks/*"):
        os.utime(path, (4.1e9, 4.1e9))
    assert build(checkout)[:2] == (0, [])


def test_a_second_build_in_the_same_folder_is_refused(checkout: Path) -> None:
    locks = checkout / ".snakemake" / "locks"
    locks.mkdir(parents=True)
    (locks / "0.output.lock").write_text("_build/made/book\n", encoding="utf-8")
    assert build(checkout)[:2] == (1, [])
    assert not (checkout / "_build" / "html").exists()


def test_metadata_of_an_earlier_build_that_is_damaged(checkout: Path) -> None:
    shutil.rmtree(checkout / "notebooks")
    (checkout / "notebooks").mkdir()
    (checkout / "notebooks" / "one.ipynb").write_text("first", encoding="utf-8")
    assert build(checkout)[:2] == (0, ["one"])
    for path in (checkout / ".snakemake" / "metadata").rglob("*"):
        if path.is_file():
            path.write_bytes(b'{"version": ')
    (checkout / "notebooks" / "one.ipynb").write_text("second", encoding="utf-8")
    assert build(checkout)[:2] == (0, ["one"])
