"""A fleet of logs: a dataset that grows, and what can be asked of it."""
