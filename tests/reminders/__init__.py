"""Journeys: reminders, the week, and a whole school year."""
