"""Journeys: people, absences and the calendar."""
