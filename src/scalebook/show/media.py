"""Media types under which a notebook's outputs carry more than pictures and text."""

#: Results and settled claims of a chapter.
RESULTS = "application/vnd.scalebook.results+json"

#: Caption, alternative text and data of a figure.
FIGURE = "application/vnd.scalebook.figure+json"

#: Key of a cell's metadata under which an executed chapter keeps the data of its figure.
DATA = "scalebook-figure-data"

#: Key of a cell's metadata under which it keeps the control of its figure.
CONTROL = "scalebook-figure-control"
