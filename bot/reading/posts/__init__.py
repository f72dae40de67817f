"""A list of what was posted before Lanyard."""
