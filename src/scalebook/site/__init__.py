"""The pages of the book, built with Sphinx."""
