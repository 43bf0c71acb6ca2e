"""The chapter on where the curves of loss against compute go."""
