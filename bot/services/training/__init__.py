"""Training, lessons and refreshers. Policy §9."""
