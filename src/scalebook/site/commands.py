"""Commands that make the book: `build`, `edition`, `pdf` and `picture`."""

from pathlib import Path
from typing import Annotated

import typer

from scalebook import paths, terminal
from scalebook.arguments import option
from scalebook.files import write
from scalebook.terminal import near, say
from scalinglaws.errors import ScalingLawsError

app = typer.Typer()

Edition = Annotated[str | None, option("NAME", "of a personal edition", "--edition")]


@app.command()
def build(name: Edition = None) -> None:
    """Build the book from the executed chapters."""
    paths.root()  # says at once that it takes a checkout
    from scalebook.site import book

    with terminal.progress("pages"):
        page = book.build_edition(name) if name else book.build()
    say(f"book: {near(page)}")


@app.command("edition")
def make_edition(
    file: Annotated[Path | None, option("mine.yml", "your values, by chapter", "-f")] = None,
    runs: Annotated[Path | None, option("RUNS.csv", "your own training runs")] = None,
) -> None:
    """Build the whole book with your own values."""
    paths.root()  # says at once that it takes a checkout
    from scalebook.site.editions import making, wanted

    mine = wanted.read(file, runs)
    with making.alone(mine.name) as held:
        folder = making.prepare(mine)
        try:
            _make(mine.name, held)
        except ScalingLawsError:
            left = making.leave_out(mine)
            names = ", ".join(each.chapter for each in left)
            say(
                f"Your runs do not suffice for {names}: as in the book, with the reason on the "
                "page."
            )
            _make(mine.name, held)
        write(paths.latest_edition(), mine.name)
    say(f"Your edition is in {near(folder / 'html' / 'index.html')}")


def _make(name: str, held: int | None) -> None:
    from scalebook.site.editions import workflow

    folder = paths.edition_dir(name)
    asked = list((folder / "parameters").glob("*.yml"))

    def done(parameters: Path) -> bool:
        results = folder / "results" / f"{parameters.stem}.json"
        return results.is_file() and results.stat().st_mtime >= parameters.stat().st_mtime

    with terminal.progress("chapters, and the book") as progress:
        workflow.run(
            "edition_book", {"edition": name}, held,
            tick=lambda: progress(sum(map(done, asked)), len(asked) + 1),
        )  # fmt: skip


@app.command("pdf")
def make_pdf(
    out: Annotated[Path | None, option("OUT.pdf", "where the PDF goes", "-o")] = None,
    name: Edition = None,
) -> None:
    """Make one PDF of the built book, with Chromium."""
    from scalebook.site.print import pdf

    folder = paths.edition_dir(name) if name else paths.root() / "_build"
    with terminal.progress("PDF"):
        made = pdf.make(folder / "html", out or folder / "scalebook.pdf", name or "")
    say(f"pdf: {near(made.path)}, {made.pages} pages, {made.path.stat().st_size / 1e6:.1f} MB")


@app.command("picture")
def take_picture() -> None:
    """Take the picture of the title page anew, for the README."""
    from scalebook.site.print import picture

    top = paths.root()
    made = picture.take(top / "_build" / "html", top / "book" / "_static" / "book.png")
    say(f"picture: {near(made)}")
