# data -> executed notebooks and results -> book. Rules only call the project's own command, so a
# notebook knows nothing of Snakemake; what is up to date is not run again.

import hashlib
import os
import sys
import time
from contextlib import ExitStack
from pathlib import Path

# Several commands at a time would draw their bars over one another (rich reads this).
os.environ["TTY_INTERACTIVE"] = "0"

from scalebook.errors import ScalebookError
from scalebook.execution.locks import exclusive
from scalebook.execution.origin import code_of, unlike_lock
from scalebook.record.seals import sealed

# Editions bring the book's chapters up to date, too: one build after the other, until this ends.
ALONE = ExitStack()
for patience in (0, 600):
    try:
        ALONE.enter_context(exclusive(Path("_build/.building"), "It is still running.", patience))
        break
    except ScalebookError as refusal:
        print(refusal if patience else "Waiting for another build here to end.", file=sys.stderr)
else:
    sys.exit(1)

# What is installed otherwise may compute otherwise.
if unlike := unlike_lock(Path("requirements.lock")):
    print(f"Not as requirements.lock pins it: {'; '.join(unlike[:5])}{' and others' * (len(unlike) > 5)}."
          " Results may differ. `touch requirements.lock` has make install what is pinned.",
          file=sys.stderr)  # fmt: skip

CHAPTERS = sorted(path.stem for path in Path("notebooks").glob("*.ipynb"))
CODE = sorted(str(path) for end in ("py", "j2") for path in Path("src").rglob(f"*.{end}"))
SUFFIXES = {".csv", ".gz", ".json", ".txt", ".yml"}
DATA = sorted(str(path) for path in Path("data").rglob("*") if path.suffix in SUFFIXES)
LOCK = "requirements.lock"
MEASURED = sorted(str(path) for path in Path("benchmarks").glob("*.json"))
PAGES = ["_config.yml", "_toc.yml", "CITATION.cff", *MEASURED, *sorted(
    str(path)
    for path in Path("book").rglob("*")
    if path.is_file() and path.parts[1] not in ("executed", "appendix")
)]  # fmt: skip


def library_of(wildcards):
    """The code that a chapter's results depend on."""
    return [str(path) for path in code_of(wildcards.chapter, Path("src"))]


def sources_of(wildcards):
    notebook = f"notebooks/{wildcards.chapter}.ipynb"
    return [notebook, LOCK, *library_of(wildcards), *DATA]


def forgive(files):
    """Date to now what a clock that was ahead left in the future; Snakemake refuses to go on."""
    for path in map(Path, files):
        if path.is_file() and path.stat().st_mtime > time.time():
            os.utime(path)


def digest(files):
    """A hash of contents: what changed runs again even if a clock that jumped says otherwise.

    Snakemake compares parameters of a rule by value, but not those that are made from its input.
    """
    total = hashlib.sha256()
    for name in sorted(map(str, files)):
        total.update(name.encode() + b"\0" + hashlib.sha256(Path(name).read_bytes()).digest())
    return total.hexdigest()


NOTEBOOKS = [f"notebooks/{chapter}.ipynb" for chapter in CHAPTERS]
CHARTING = "_build/cache/vega.js"

# The commands put files in their places whole or not at all. Snakemake, which would remove the last
# good ones before it makes new ones, only sees a mark that they were made: none after a failure.


def marks(top, chapters, executed):
    """Return the marks of what is made in a folder, without those of files that are gone."""
    made = {
        f"{top}/made/{chapter}": [f"{executed}/{chapter}.ipynb", f"{top}/results/{chapter}.json"]
        for chapter in chapters
    }
    # To Snakemake a chapter that is not there is not needed while the book is.
    made[f"{top}/made/book"] = [f"{top}/html/index.html", *made]
    for mark, files in made.items():
        there = all(Path(each).is_file() for each in files)
        # What was changed by hand since it was made is made again.
        if not there or (mark != f"{top}/made/book" and not sealed(*map(Path, reversed(files)))):
            Path(mark).unlink(missing_ok=True)
    return list(made)


*MADE, BOOK = marks("_build", CHAPTERS, "book/executed")
# Sources before what was made of them, in which order they are dated, too.
forgive([*NOTEBOOKS, LOCK, *PAGES, *CODE, *DATA, CHARTING, *MADE, BOOK])

# An edition has a folder of its own for it.
FAILED = Path("_build", *(["editions", str(config["edition"])] if "edition" in config else []), "failed")


# Not in the commands themselves: other commands are a reason for Snakemake to run all again.
os.environ["SCALEBOOK_FAILED"] = str(FAILED)


def note(name):
    """What a rule's shell does when its command fails: leave the name for the last line."""
    place = "$SCALEBOOK_FAILED"
    return f" || {{{{ mkdir -p {place} && touch {place}/{name}.failed; exit 1; }}}}"


def note_why(name):
    """The same, with what the command said in the file, which tells data that do not suffice apart."""
    said = f"$SCALEBOOK_FAILED/{name}"
    ending = "$( [ $code -eq 4 ] && echo unsuited || echo failed )"
    return (
        f" 2> {said}.said || {{{{ code=$?; cat {said}.said >&2; mv {said}.said {said}.{ending};"
        f" exit 1; }}}}; rm {said}.said"
    )


onstart:
    FAILED.mkdir(parents=True, exist_ok=True)
    for path in [*FAILED.glob("*.failed"), *FAILED.glob("*.unsuited")]:
        path.unlink()


onerror:
    names = ", ".join(sorted(path.stem for path in FAILED.glob("*.failed"))) or "see above"
    if "edition" not in config:  # there the command that called this says what it means
        print(f"Failed: {names}. What else could be built was; earlier outputs are as they were.",
              file=sys.stderr)  # fmt: skip


rule book:
    input:
        chapters=MADE,
        pages=PAGES,
        library=CODE,
        data=DATA,
        charting=CHARTING,
    params:
        sources=lambda _: digest([*PAGES, *CODE, *DATA]),
    output:
        touch(BOOK),
    shell:
        "scalebook build" + note("book")


# Done when the environment is set up; here for where there is none of ours, or the module changed.
rule charting:
    input:
        LOCK,
        "src/scalebook/show/charting.py",
    output:
        CHARTING,
    shell:
        "{sys.executable} -m scalebook.show.charting" + note("charting")


rule run:
    input:
        notebook="notebooks/{chapter}.ipynb",
        library=library_of,
        data=DATA,
        lock=LOCK,
    params:
        sources=lambda wildcards: digest(sources_of(wildcards)),
    output:
        touch("_build/made/{chapter}"),
    shell:
        "scalebook run {wildcards.chapter}" + note("{wildcards.chapter}")


# The longest chapters first: the last of them would run alone.
use rule run as run_early with:
    wildcard_constraints:
        chapter="chinchilla|isoflop|known-entropy|supply|asymptotes|planner",
    priority: 1


ruleorder: run_early > run


# A personal edition: the chapters whose parameters were changed, the others from the book.

rule edition_run:
    input:
        parameters="_build/editions/{edition}/parameters/{chapter}.yml",
        notebook="notebooks/{chapter}.ipynb",
        library=library_of,
        data=DATA,
        lock=LOCK,
    output:
        touch("_build/editions/{edition}/made/{chapter}"),
    params:
        sources=lambda wildcards: digest(sources_of(wildcards)),
        folder="_build/editions/{edition}",
    shell:
        "scalebook run {wildcards.chapter} -f {input.parameters}"
        " -o {params.folder}/executed/{wildcards.chapter}.ipynb"
        " --results {params.folder}/results/{wildcards.chapter}.json"
        + note_why("{wildcards.chapter}")


if "edition" in config:
    EDITION = f"_build/editions/{config['edition']}"
    CHANGED = sorted(path.stem for path in Path(EDITION, "parameters").glob("*.yml"))
    *EDITION_MADE, EDITION_BOOK = marks(EDITION, CHANGED, f"{EDITION}/executed")
    # Chapters that the reader's runs did not suffice for; not there if there are none.
    LEFT_OUT = [path for path in [f"{EDITION}/left-out.json"] if Path(path).is_file()]

    rule edition_book:
        input:
            rules.book.input,
            chapters=EDITION_MADE,
            left_out=LEFT_OUT,
        output:
            touch(EDITION_BOOK),
        params:
            edition=config["edition"],
        shell:
            "scalebook build --edition {params.edition}" + note("edition")
