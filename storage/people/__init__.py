"""Who works for the school, and who is away."""
