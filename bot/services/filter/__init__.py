"""The filter register and its lists. Policy §7.1, 7.3, 7.5."""
