"""Running a chapter: its parameters, its notebook, what it depends on."""
