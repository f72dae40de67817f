"""Tables, in and out of files: a leaf that knows no school."""
