"""The chapter on the cost of over-training."""
