"""The chapter on Chinchilla's law and how sure it is."""
