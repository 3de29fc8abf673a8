"""One file a command; its docstring's first line is its help. Tasks are commands too, without a file here."""
