"""The breach log."""
