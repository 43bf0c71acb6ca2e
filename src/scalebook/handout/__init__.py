"""What a table of runs says, by every method, as values, as text, as a page and as a chapter."""
