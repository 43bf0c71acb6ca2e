"""The chapter on networks that learned sources of known entropy."""
