"""What people's files say, read right or refused."""
