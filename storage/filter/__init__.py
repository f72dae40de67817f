"""The filter register."""
