"""The policy's versions, their reading, and the review. Policy §10."""
