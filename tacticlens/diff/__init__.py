"""What changed between two builds, and whether it matters."""
