"""The pages of the book, built with Sphinx."""

#: Where the pages on the library are, which are for the screen and for looking things up.
REFERENCE = "book/api/"
