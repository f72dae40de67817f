"""A made-up Slack, as strict as the real one: a product of its own, with its own tests."""
