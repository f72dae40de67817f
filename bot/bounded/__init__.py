"""Files that people send, read in a process of its own with limits: a reader's fault costs one import, and no answer.

`files` is the one way to a reader. `process` runs `child`, which limits itself, reads, and writes JSON back; `readers`
says who reads what; `limits` how long, and with how much memory.
"""
