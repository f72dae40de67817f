"""Were a rule a little different, would a test notice? A sample of small changes, from a seed: `make mutants`.

Our own because our rules are tables and conditions. mutmut changes only the bodies of functions; Cosmic Ray takes no
member out of a table and no condition out of a statement; and neither draws a sample. Which tests come by a line is
coverage.py's to say.
"""
