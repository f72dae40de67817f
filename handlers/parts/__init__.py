"""Pieces of screens that several features show."""
