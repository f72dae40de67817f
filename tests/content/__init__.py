"""Journeys: reporting inappropriate content. Policy §5.5, 6.7, 7.3."""
