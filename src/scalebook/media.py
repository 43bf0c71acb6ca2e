"""Media types under which a notebook's outputs carry more than pictures and text."""

#: Results and settled claims of a chapter.
RESULTS = "application/vnd.scalebook.results+json"

#: Caption and alternative text of a figure.
FIGURE = "application/vnd.scalebook.figure+json"
