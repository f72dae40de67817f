"""Several processes that send: what they owe each other, and the people they tell."""
