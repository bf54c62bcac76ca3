"""The explorer page: what the tables and views say of logs, packed into one HTML file that needs nothing else."""
