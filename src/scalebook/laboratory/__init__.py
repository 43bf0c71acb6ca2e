"""Sources whose entropy is known, and learners of them."""
