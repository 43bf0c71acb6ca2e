"""The book on paper, and pictures of it: what takes a browser."""
