"""What is kept of a chapter: results, claims and their verdicts."""
