"""The chapter on the laws of Kaplan et al."""
