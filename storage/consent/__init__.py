"""The roll, its decisions, and who looked them up."""
