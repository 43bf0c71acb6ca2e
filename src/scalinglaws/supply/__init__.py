"""How much text there is, and quantities that are known only roughly."""
