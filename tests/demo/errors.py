"""What can go wrong with the demo, in words for whoever started it."""


class DemoError(Exception):
    """One line that says what to mend."""
