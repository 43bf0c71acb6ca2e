"""The pages of single claims."""
