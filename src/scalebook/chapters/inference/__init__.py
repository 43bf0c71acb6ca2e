"""The chapter on models that are served."""
