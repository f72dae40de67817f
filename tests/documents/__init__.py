"""Journeys: forms and lists as files."""
