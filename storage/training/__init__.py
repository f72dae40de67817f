"""Completions, their evidence, and refreshers."""
