"""The rules: one file per finding, each a pure function of the context."""
