"""Journeys: from picture to post to take-down. Policy §4.5–4.13, 5.1, 5.2."""
