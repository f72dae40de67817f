"""What hangs on a record on the spine: tasks, links, and the figures of a kind."""
