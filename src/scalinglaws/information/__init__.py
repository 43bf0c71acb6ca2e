"""Nats, bits, tokens and characters, and what a text holds."""
