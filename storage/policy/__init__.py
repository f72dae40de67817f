"""The policy's versions, its reviews, and who has read it."""
