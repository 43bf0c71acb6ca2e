"""Store all outputs anew: `python -m tests.golden`, after `make book`.

Look at what changed before you commit it, and say in the commit message why it changed.
"""

import sys

from tests.golden import cases


def main() -> int:
    """Return 0 if everything was stored."""
    if not cases.is_built():
        print("The book is not built, and records and pages are taken from it: run make book.")
        return 1
    made = {cases.PAGES: cases.pages()}
    made |= {cases.file(cases.RECORDS, name): cases.record(name) for name in cases.CHAPTERS}
    made |= {cases.file(cases.COMMANDS, name): cases.output(name) for name in cases.CASES}
    for folder in (cases.RECORDS, cases.COMMANDS):
        for left in set(folder.glob("*.json")) - set(made):
            left.unlink()
    for path, content in made.items():
        cases.store(path, content)
    print(f"{len(cases.CHAPTERS)} records, {len(cases.CASES)} outputs of commands and the pages")
    return 0


if __name__ == "__main__":
    sys.exit(main())
