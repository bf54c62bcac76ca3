"""What the tables are: each column once, with its type, unit, meaning and closed set of values."""
