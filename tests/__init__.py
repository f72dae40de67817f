"""Journeys through the whole bot."""
