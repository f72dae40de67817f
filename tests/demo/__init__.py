"""The demo: the invented school, its people and a local Slack. `python -m tests.demo`."""
